"""A picture and the facts derived from it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ImageError

if TYPE_CHECKING:
    from .files import Source


@dataclass(frozen=True, eq=False)
class Portrait:
    """A photograph being edited. Facts are found when first asked for and never outlive their picture.

    image:    uint8 (H, W, 3) RGB, read-only
    alpha:    uint8 (H, W) opacity that came with the file, or None
    profile:  ICC colour profile that came with the file, or None; copied to what is saved
    face:     which face is edited: 0 is the largest of `origin`, or of this picture where there is none
    origin:   the photograph that this picture was made from, in which faces were counted
    """

    image: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    face: int = 0
    origin: "Portrait | None" = None
    _facts: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self):
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.size == 0:
            raise ImageError(
                f"The image is {self.image.dtype} {self.image.shape}; a portrait takes uint8 (height, width, 3) RGB."
            )
        if self.alpha is not None and (self.alpha.dtype != np.uint8 or self.alpha.shape != self.image.shape[:2]):
            raise ImageError(
                f"The transparency is {self.alpha.dtype} {self.alpha.shape}, the image {self.image.shape}; "
                "it takes uint8 of the image's height and width."
            )
        object.__setattr__(self, "image", _read_only(self.image))
        object.__setattr__(self, "alpha", None if self.alpha is None else _read_only(self.alpha))

    @classmethod
    def open(cls, source: "Source", face: int = 0) -> "Portrait":
        """Read a photograph (see `images.open_photo`). Raises ImageError if it is not one that can be used."""
        from .images import open_photo

        photo = open_photo(source)
        return cls(photo.pixels, photo.alpha, photo.profile, face)

    def save(self, path: str | Path, note: Mapping[str, Any] | None = None) -> None:
        """Write the picture with its profile and transparency, whole or not at all (see `images.save_photo`)."""
        from .images import save_photo

        save_photo(path, self.image, profile=self.profile, alpha=self.alpha, note=note)

    def fact(self, name: str, find: Callable[[], Any]) -> Any:
        """The fact called `name`, found by `find()` the first time and remembered."""
        with self._lock:
            if name not in self._facts:
                self._facts[name] = find()
            return self._facts[name]

    def knows(self, name: str) -> bool:
        """Whether the fact called `name` was found already."""
        return name in self._facts

    def weight(self) -> int:
        """Bytes that the picture and the arrays among its facts take in memory."""
        return _bytes_of(self, set())

    def with_image(self, image: np.ndarray, **facts: Any) -> "Portrait":
        """The same photograph with other pixels; every fact not given again is dropped."""
        return Portrait(image, self.alpha, self.profile, self.face, self.origin or self, dict(facts))

    def with_face(self, face: int) -> "Portrait":
        """The same picture with another face chosen; what was found for the other face is dropped."""
        if face == self.face:
            return self
        found = {name: self._facts[name] for name in ("faces", "key") if name in self._facts}
        return Portrait(self.image, self.alpha, self.profile, face, self.origin, found)


def _read_only(array: np.ndarray) -> np.ndarray:
    """The array itself where nobody can write into it, else a copy."""
    lent = isinstance(array.base, np.ndarray) and array.base.flags.writeable
    if lent or array.flags.writeable or not array.flags.c_contiguous:
        array = np.array(array, order="C")
        array.flags.writeable = False
    return array


def _bytes_of(value: Any, weighed: set[int]) -> int:
    """Bytes of the arrays in a value, however deep in lists, mappings and dataclasses.

    weighed: identities of the portraits met before: one may be among the facts of its own facts
    A portrait weighs without its origin, which others are made from, too.
    """
    if isinstance(getattr(value, "nbytes", None), int):
        return value.nbytes
    if isinstance(value, Portrait):
        if id(value) in weighed:
            return 0
        weighed.add(id(value))
        value = [value.image, value.alpha, *list(value._facts.values())]  # no lock: a fact may take a second
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return sum(_bytes_of(each, weighed) for each in value)
    if is_dataclass(value):
        return sum(_bytes_of(getattr(value, each.name), weighed) for each in fields(value))
    return 0
