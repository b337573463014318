"""Dots that are drawn on skin: freckles and moles, which are finer than a painter of faces can paint.

H, W height and width of a photograph; lengths are in eye distances.
"""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..faces import eye_distance
from ..mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, OVAL, RIGHT_BROW, RIGHT_EYE
from .shut import soft_within
from .strokes import MARKED, firm, grown
from .surroundings import laid

LARGEST, AWAY = 0.13, 0.08
"""How long a dot is at most, and how far from eyes, brows, lips and nostrils it is on skin."""
NOSTRILS = (98, 97, 2, 326, 327, 4)
"""Points of the mesh around what is below a nose."""
BROWN, COVERS = (0.66, 0.5, 0.4), 0.85
"""Colour of a freckle as shares of that of skin, and how much of skin a dot of another colour covers."""


def drawn_freckles(lines: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The lines that are dots on skin, float32 (H, W) in 0..1; all 0 for none.

    lines: float32 (H, W) in 0..1;  mesh: (468, 3) of the face, in pixels
    """
    strokes = firm(lines)
    if not strokes.any():
        return np.zeros_like(lines)
    eyes, points = eye_distance(mesh), mesh[:, :2]
    count, numbers, found, middles = cv2.connectedComponentsWithStats((strokes > MARKED).astype(np.uint8))
    small = np.hypot(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT]) < LARGEST * eyes
    skin = within_hull(points[list(OVAL)], lines.shape)
    for part in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS_OUTER, NOSTRILS):
        skin &= ~grown(within_hull(points[list(part)], lines.shape), AWAY * eyes)
    x, y = np.round(middles).astype(int).T
    dots = small & skin[y, x]
    dots[0] = False
    return strokes * dots[numbers]


def lay_freckles(
    picture: np.ndarray, dots: np.ndarray, hole: np.ndarray, eyes: float, colour: np.ndarray | None
) -> np.ndarray:
    """A photograph uint8 (H, W, 3) with dots, float32 (H, W) in 0..1, on what was filled, bool (H, W).

    eyes: pixels between the eyes;  colour: RGB (3,) that was asked for, None for the brown of freckles
    """
    here = bounds(dots > 0, round(0.1 * eyes) + 3)
    under = picture[here].astype(np.float32)
    cover = cv2.GaussianBlur(dots[here], (0, 0), max(0.6, 0.014 * eyes)).clip(0, 1) * soft_within(hole[here], 1.5)
    spot = under * np.float32(BROWN) if colour is None else under + np.float32(COVERS) * (colour - under)
    return laid(picture, here, under + cover[..., None] * (spot - under), hole[here])
