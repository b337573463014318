"""Glasses that are drawn: a line around each eye, joined over the nose.

Faces have no such edges, and a painter of faces does not draw them; they are laid on the filling as they were drawn.
"""

import cv2
import numpy as np

from ..areas import bounds
from ..crops import inverse, sample
from .place import level_patch
from .strokes import WORN, closed, strokes_of
from .surroundings import laid

SIZE, EYES = (360, 216), 72
"""Width and height of the patch in which glasses are looked for, level with the eyes and around them; pixels between
the eyes in it."""
GAP = 0.06
"""How wide a gap is that a hand leaves in a frame, in eye distances."""
BRIDGE = (0.2, 0.3)
"""How far from the middle between the eyes a line joins them, across and down the face, in eye distances."""
LENS = (0.12, 1.2)
"""Squared eye distances that a line around an eye encloses."""
COLOUR, COVERS = (42, 36, 34), 0.9
"""RGB of a frame, and how much of what lies under it is covered."""
SHADOW, FALLS = 0.25, 0.04
"""How much darker skin is below a frame, and how many eye distances below."""


def drawn_glasses(lines: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The lines that are glasses, float32 (H, W) in 0..1; all 0 for none.

    lines: float32 (H, W) in 0..1;  mesh: (468, 3) of the face, in pixels
    """
    nothing = np.zeros_like(lines)
    if not lines.any():
        return nothing
    to_patch = level_patch(mesh, EYES, (np.array(SIZE) - 1) / 2)
    marked = sample(lines, inverse(to_patch), SIZE) > WORN
    joined = closed(marked, GAP * EYES)
    strokes = strokes_of(joined)
    x, y, across, down = SIZE[0] // 2, SIZE[1] // 2, round(BRIDGE[0] * EYES), round(BRIDGE[1] * EYES)
    for number in np.unique(strokes[y - down : y + down, x - across : x + across]):
        stroke = strokes == number
        if number and all(_around(stroke, (x + side, y)) for side in (-EYES // 2, EYES // 2)):
            own, other = (cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 5)
                          for part in (stroke & marked, marked & ~stroke))
            nearer = (own <= other).astype(np.float32)
            return lines * (sample(nearer, to_patch, lines.shape[::-1]) > 0.5)
    return nothing


def _around(stroke: np.ndarray, place: tuple[int, int]) -> bool:
    """Whether a stroke, bool (h, w), goes around a place x, y at about the distance of a lens."""
    open_ = np.pad(~stroke, 1, constant_values=True).astype(np.uint8)
    _, areas, found, _ = cv2.connectedComponentsWithStats(open_, connectivity=4)
    own = areas[place[1] + 1, place[0] + 1]
    return bool(own and own != areas[0, 0] and LENS[0] < found[own, cv2.CC_STAT_AREA] / EYES**2 < LENS[1])


def lay_glasses(
    picture: np.ndarray, glasses: np.ndarray, hole: np.ndarray, eyes: float, colour: np.ndarray | None
) -> np.ndarray:
    """A photograph uint8 (H, W, 3) with glasses, float32 (H, W) in 0..1, on what was filled, bool (H, W).

    eyes: pixels between the eyes;  colour: RGB (3,) that was asked for, None for a dark frame
    """
    here = bounds(glasses > 0, round(0.2 * eyes) + 2)
    under = picture[here]
    frame = cv2.GaussianBlur(glasses[here], (0, 0), max(0.5, 0.006 * eyes)).clip(0, 1)
    fall = cv2.warpAffine(cv2.GaussianBlur(frame, (0, 0), max(0.6, 0.6 * FALLS * eyes)),
                          np.array([[1, 0, 0], [0, 1, FALLS * eyes]], np.float32), frame.shape[::-1])
    lit = under * (1 - SHADOW * fall)[..., None]
    worn = lit + (COVERS * frame)[..., None] * (np.float32(COLOUR if colour is None else colour) - lit)
    return laid(picture, here, worn, hole[here])
