"""Labels and what was painted over them, with places in the head's own measure."""

from dataclasses import dataclass, replace

import numpy as np

from ..labels import IDS
from .movement import mask_of


@dataclass(frozen=True, eq=False)
class Painting:
    """Labels and what was painted over them, uint8 (H, W) each.

    x, y: float (H, W), places along and below the eye line, in eye distances;  eyes: pixels between the eyes
    """

    old: np.ndarray
    new: np.ndarray
    x: np.ndarray
    y: np.ndarray
    eyes: float

    def was(self, *names: str) -> np.ndarray:
        """bool (H, W): where these labels were."""
        return mask_of(self.old, names)

    def now(self, *names: str) -> np.ndarray:
        """bool (H, W): where these labels are."""
        return mask_of(self.new, names)

    def with_label(self, where: np.ndarray, label: str) -> "Painting":
        """The painting with a label in a mask."""
        return self.painted(np.where(where, np.uint8(IDS[label]), self.new))

    def painted(self, new: np.ndarray) -> "Painting":
        """The painting with other new labels."""
        return replace(self, new=new)
