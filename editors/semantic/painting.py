"""Labels and what was painted over them, with places in the head's own measure."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import within_hull
from ..labels import IDS, mask_of


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

    @property
    def to_places(self) -> np.ndarray:
        """The affine (2, 3) from pixels x, y to places."""
        return np.array([[axis[0, 1] - axis[0, 0], axis[1, 0] - axis[0, 0], axis[0, 0]] for axis in (self.x, self.y)])

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


def disc(radius: float) -> np.ndarray:
    """A round element of morphology, of one pixel around its middle at least."""
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def hull_of(mask: np.ndarray) -> np.ndarray:
    """Bool (H, W), True within the outline of a mask, which is not empty."""
    return within_hull(np.argwhere(mask)[:, ::-1], mask.shape)
