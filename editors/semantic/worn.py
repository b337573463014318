"""The glasses that a photograph shows, while labels around them are painted: they stay on, or come off as painted."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..bare import taken_off
from ..glasses import glasses_of
from ..labels import EMBEDDED, IDS
from ..models import Models
from ..parsers import labels_of
from ..portrait import Portrait

KEPT = 0.7
"""Share of the glasses' label that is still there from which on they stay."""
OTHERS = 0.3
"""Share of their size that lies elsewhere, or on either side of the nose, from which on others take their place."""


@dataclass(frozen=True, eq=False)
class Behind:
    """What is painted on behind glasses.

    portrait: without them;  own: its labels, uint8 (H, W);  labels: uint8 (H, W), wanted of it
    kept:     whether the glasses are to be put on again
    covered:  bool (H, W), what they hide then; None where they do not stay
    """

    portrait: Portrait
    own: np.ndarray
    labels: np.ndarray
    kept: bool
    covered: np.ndarray | None = None

    def only_near(self, image: np.ndarray, labels: np.ndarray, reach: float) -> np.ndarray:
        """An edited picture uint8 (H, W, 3) without what an edit changed of it for the sake of what glasses hide.

        labels: uint8 (H, W), those it was brought to;  reach: pixels within which it may follow a change that shows
        """
        if self.covered is None or image is self.portrait.image:
            return image
        changed = (labels != self.own) & ~self.covered
        away = cv2.distanceTransform((~changed).astype(np.uint8), cv2.DIST_L2, 5)
        return np.where((away > reach)[..., None], self.portrait.image, image)


def behind_glasses(portrait: Portrait, labels: np.ndarray, models: Models, parser: str = EMBEDDED) -> Behind:
    """The portrait and its labels behind the glasses that it shows, if it does.

    labels: uint8 (H, W), wanted of the portrait.  Raises FaceError without a usable face.
    """
    own = labels_of(portrait, models, parser)
    was = own == IDS["eyeglasses"]
    if glasses_of(portrait, models) is None or not was.any():
        return Behind(portrait, own, labels, False)
    bare = taken_off(portrait, models)
    behind, now = labels_of(bare, models, parser), labels == IDS["eyeglasses"]
    more = (now & ~was).sum() >= OTHERS * was.sum()
    if (was & now).sum() >= KEPT * was.sum() and not more:
        return Behind(bare, behind, np.where(labels == own, behind, labels), True, was & now)
    instead = now & (more or _on_both_sides(was, now))
    labels = np.where((was | (labels == own)) & ~instead, behind, labels)
    return Behind(bare, behind, labels, False)


def _on_both_sides(was: np.ndarray, now: np.ndarray) -> bool:
    """Whether glasses bool (H, W) have much on either side of where others were: a brush that wipes begins at one."""
    columns = np.nonzero(was.any(0))[0]
    middle = (columns[0] + columns[-1]) // 2
    sides = ((each[:, :middle].sum(), each[:, middle:].sum()) for each in (was, now))
    return all(after >= OTHERS * before for before, after in zip(*sides, strict=True))
