"""A picture and the facts derived from it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import ImageError


@dataclass(frozen=True, eq=False)
class Portrait:
    """A photograph being edited. Facts are found when first asked for and never outlive their picture.

    image:    uint8 (H, W, 3) RGB, read-only
    alpha:    uint8 (H, W) opacity that came with the file, or None
    profile:  ICC colour profile that came with the file, or None; copied to what is saved
    face:     which face is edited: 0 is the largest
    """

    image: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    face: int = 0
    _facts: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self):
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ImageError(
                f"The image is {self.image.dtype} {self.image.shape}; a portrait takes uint8 (height, width, 3) RGB."
            )
        image = np.ascontiguousarray(self.image)
        if image is self.image and image.flags.writeable:
            image = image.copy()
        image.flags.writeable = False
        object.__setattr__(self, "image", image)

    def fact(self, name: str, find: Callable[[], Any]) -> Any:
        """The fact called `name`, found by `find()` the first time and remembered."""
        with self._lock:
            if name not in self._facts:
                self._facts[name] = find()
            return self._facts[name]

    def with_image(self, image: np.ndarray, **facts: Any) -> "Portrait":
        """The same photograph with other pixels; every fact not given again is dropped."""
        return Portrait(image, self.alpha, self.profile, self.face, dict(facts))

    def with_face(self, face: int) -> "Portrait":
        """The same picture with another face chosen; what was found for the other face is dropped."""
        found = {name: self._facts[name] for name in ("faces",) if name in self._facts}
        return Portrait(self.image, self.alpha, self.profile, face, found)
