"""Earrings that are drawn: rings, studs and what hangs from them, beside the lower half of a face.

No face has such edges, and a painter of faces leaves them faint; they are laid on the filling as they were drawn.
Lengths are in eye distances.
"""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..faces import eye_distance
from ..mesh_points import CHIN, FOREHEAD, OVAL, SIDES
from .shut import soft_within
from .strokes import WORN, firm, loops_of, opened
from .surroundings import laid

LOBE, REACH, LONGEST = 0.35, 0.45, 0.6
"""How far below the middle of its side of the face a lobe is, how far from there jewellery begins, how long it is."""
BESIDE, MOST = 0.7, 0.8
"""Share of jewellery outside the face, and of all that is drawn there which share it is."""
LOOP, SOLID, COMPACT = 0.003, 0.07, 0.55
"""Squared eye distances that a ring encloses, at least; how wide ink is that is a stone, and which share of its box it
fills."""
METAL, SHEEN, COVERS = (186, 150, 84), 0.75, 0.95
"""RGB of metal, how far it is lit from the upper left, and how much of what lies under it is covered."""


def drawn_jewellery(lines: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The lines that are earrings, float32 (H, W) in 0..1; all 0 for none.

    lines: float32 (H, W) in 0..1;  mesh: (468, 3) of the face, in pixels
    """
    kept, strokes = np.zeros_like(lines), firm(lines)
    if not strokes.any():
        return kept
    eyes, down = eye_distance(mesh), mesh[CHIN, :2] - mesh[FOREHEAD, :2]
    for side in SIDES:
        x, y = mesh[side, :2] + LOBE * eyes * down / np.linalg.norm(down)
        reach = (REACH + LONGEST) * eyes
        x0, y0 = (max(0, round(place - reach)) for place in (x, y))
        here = slice(y0, max(y0, round(y + reach))), slice(x0, max(x0, round(x + reach)))
        if strokes[here].size and strokes[here].any():
            face = within_hull(mesh[list(OVAL), :2] - (x0, y0), strokes[here].shape)
            kept[here] += strokes[here] * _jewellery(lines[here], strokes[here] > WORN, face, (x - x0, y - y0), eyes)
    return kept.clip(0, 1)


def _jewellery(
    lines: np.ndarray, strokes: np.ndarray, face: np.ndarray, lobe: tuple[float, float], eyes: float
) -> np.ndarray:
    """Which of the strokes, bool (h, w), are earrings that hang from a lobe beside a face, bool (h, w)."""
    rows, columns = np.mgrid[: lines.shape[0], : lines.shape[1]]
    near = (np.hypot(columns - lobe[0], rows - lobe[1]) < REACH * eyes) & ~face
    count, numbers, found, middles = cv2.connectedComponentsWithStats(strokes.astype(np.uint8))
    long = np.hypot(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT]) / eyes
    outside = 1 - np.bincount(numbers.ravel(), face.ravel(), count) / found[:, cv2.CC_STAT_AREA]
    close = np.hypot(*(middles - lobe).T) < REACH * eyes
    below = found[:, cv2.CC_STAT_TOP] > lobe[1] - LOBE * eyes                            # an ear begins farther up
    own = ((long < LONGEST) & (outside > BESIDE) & close & below)[numbers] & strokes
    rings = any(LOOP < ring.sum() / eyes**2 < LONGEST**2 / 2 for ring in loops_of(own))
    compact = found[:, cv2.CC_STAT_AREA] > COMPACT * found[:, cv2.CC_STAT_WIDTH] * found[:, cv2.CC_STAT_HEIGHT]
    stones = opened(own & compact[numbers], SOLID * eyes)
    if (rings or stones.any()) and own.sum() > MOST * ((lines > WORN) & near).sum():
        return cv2.dilate(own.astype(np.uint8), np.ones((3, 3))) > 0
    return np.zeros(strokes.shape, bool)


def lay_jewellery(
    picture: np.ndarray, jewellery: np.ndarray, hole: np.ndarray, eyes: float, colour: np.ndarray | None
) -> np.ndarray:
    """A photograph uint8 (H, W, 3) with jewellery, float32 (H, W) in 0..1, on what was filled, bool (H, W).

    eyes: pixels between the eyes;  colour: RGB (3,) that was asked for, None for gold
    """
    here = bounds(jewellery > 0, round(0.1 * eyes) + 3)
    under = picture[here].astype(np.float32)
    body = cv2.GaussianBlur(jewellery[here], (0, 0), max(0.6, 0.012 * eyes)).clip(0, 1)
    round_ = cv2.GaussianBlur(jewellery[here], (0, 0), max(0.8, 0.02 * eyes))
    lit = sum(cv2.Sobel(round_, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    light = 0.6 + 0.5 * round_ + SHEEN * (lit / max(float(np.abs(lit).max()), 1e-6))
    metal = np.float32(METAL if colour is None else colour) * light[..., None]
    covers = (COVERS * 1.3 * body).clip(0, COVERS) * soft_within(hole[here], 1.5)
    return laid(picture, here, under + covers[..., None] * (metal - under), hole[here])
