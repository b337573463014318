"""The glasses that a photograph shows, while labels around them are painted: they stay on, or come off as painted."""

from dataclasses import dataclass

import numpy as np

from ..bare import taken_off
from ..glasses import Glasses, glasses_of
from ..labels import EMBEDDED, IDS, mask_of
from ..models import Models
from ..parsers import labels_of
from ..portrait import Portrait

KEPT = 0.7
"""Share of the glasses' label that is still there from which on they stay."""


@dataclass(frozen=True, eq=False)
class Behind:
    """What is painted on behind glasses.

    portrait: without them;  own: labels uint8 (H, W) that it is taken to have;  labels: uint8 (H, W), wanted of it
    kept:     whether the glasses are to be put on again
    """

    portrait: Portrait
    own: np.ndarray
    labels: np.ndarray
    kept: bool


def behind_glasses(portrait: Portrait, labels: np.ndarray, models: Models, parser: str = EMBEDDED) -> Behind:
    """The portrait and its labels behind the glasses that it shows, if it does.

    labels: uint8 (H, W), wanted of the portrait.  Raises FaceError without a usable face.
    """
    own, glasses = labels_of(portrait, models, parser), glasses_of(portrait, models)
    was = own == IDS["eyeglasses"]
    if glasses is None or not was.any():
        return Behind(portrait, own, labels, False)
    bare = taken_off(portrait, models)
    behind, now = labels_of(bare, models, parser), labels == IDS["eyeglasses"]
    if (was & now).sum() >= KEPT * was.sum():
        return Behind(bare, behind, np.where(labels == own, behind, labels), True)
    instead = now & (now & ~was).any()                                       # others, drawn in their place
    labels = np.where((was | (labels == own)) & ~instead, behind, labels)
    return Behind(bare, np.where(_hidden(glasses, own), IDS["eyeglasses"], behind).astype(np.uint8), labels, False)


def _hidden(glasses: Glasses, own: np.ndarray) -> np.ndarray:
    """bool (H, W): what dark lenses hide, so that it has to be painted."""
    hidden = np.zeros(own.shape, bool)
    if glasses.dark:
        x0, y0, x1, y1 = glasses.box
        hidden[y0:y1, x0:x1] = glasses.cover > 0.5
    return hidden & mask_of(own, ("eyeglasses", "left eye", "right eye"))
