"""Irises: where they lie in eyes that are seen, and what is neither they nor white."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..colours import rgb_to_lab
from ..labels import IDS

RADIUS, PUPIL, EDGE = 0.093, 0.4, 0.25
"""Size of an iris in eye distances (11.7 mm across of 63), its pupil's share of that, and over which share it ends."""
FEWEST = 0.004
"""Squared eye distances of an eye that is seen."""
BESIDE, WHITES = 1.3, 0.001
"""Radii from which there is white beside an iris, and squared eye distances of it that tell the light."""
GLINT, OVER, DARK = 0.75, 15.0, 0.6
"""How far from an iris to its white a glint begins, in lightness over which it does; and below which share of its own
lightness there is pupil or lash."""


@dataclass(frozen=True)
class Irises:
    """The irises of some eyes.

    share:  float32 (H, W) 0..1, how much of a pixel they are;  ring: bool (H, W), iris beyond doubt
    white:  (3,), CIELAB of the white beside them; None where too little shows
    """

    share: np.ndarray
    ring: np.ndarray
    white: np.ndarray | None


def irises_of(image: np.ndarray, labels: np.ndarray, names: tuple[str, ...], eyes: float) -> Irises:
    """The darkest disc in each eye among these labels of a picture uint8 (H, W, 3); nothing where none is seen."""
    away, radius = np.full(labels.shape, np.inf, np.float32), max(1.5, RADIUS * eyes)       # in radii, within eyes
    rows, columns = np.ogrid[:labels.shape[0], :labels.shape[1]]
    for name in names:
        part = labels == IDS[name]
        if part.sum() >= max(6, FEWEST * eyes**2):
            x, y = _middle(image, part, radius)
            here = np.where(part, np.hypot(columns - x, rows - y), np.inf) / radius
            away = np.minimum(away, here.astype(np.float32))
    share = ((1 - away) / EDGE + 0.5).clip(0, 1)
    ring = (away < 1 - EDGE / 2) & (away > PUPIL)
    beside = (away > BESIDE) & np.isfinite(away)
    if not ring.any():
        return Irises(share, ring, None)
    light = rgb_to_lab(image[beside])
    bright = light[light[:, 0] >= np.median(light[:, 0])] if len(light) else light      # no lashes, no shade of lids
    white = bright.mean(0) if len(bright) >= max(6, WHITES * eyes**2) else None
    return Irises(share, ring, white)


def _middle(image: np.ndarray, part: np.ndarray, radius: float) -> tuple[float, float]:
    """Where the middle of the darkest disc of an eye lies, in pixels from the left and the top."""
    (top, bottom), (left, right) = ((np.nonzero(part.any(axis))[0][0], np.nonzero(part.any(axis))[0][-1] + 1)
                                    for axis in (1, 0))
    inside = part[top:bottom, left:right]
    light = rgb_to_lab(image[top:bottom, left:right])[..., 0]
    dark = np.where(inside, light[inside].mean() - light, 0).astype(np.float32)
    reach = np.arange(-int(radius + 1), int(radius + 2))
    disc = (radius + 0.5 - np.hypot(*np.meshgrid(reach, reach))).clip(0, 1).astype(np.float32)
    row, column = np.unravel_index(cv2.filter2D(dark, -1, disc, borderType=cv2.BORDER_CONSTANT).argmax(), dark.shape)
    return left + column, top + row


def kept_of(light: np.ndarray, own: float, white: float | None) -> np.ndarray:
    """How much of what lies in an iris is coloured, 0..1, by its lightness (H, W): neither pupils nor glints are."""
    top = own + GLINT * (max(white - own, OVER) if white is not None else 2 * OVER)
    return (light / (DARK * max(own, 1))).clip(0, 1) * (1 - (light - top) / OVER).clip(0, 1)
