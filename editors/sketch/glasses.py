"""Glasses that are drawn: a line around each eye, joined over the nose.

Faces have no such edges, and a painter of faces does not draw them; they are laid on the filling as they were drawn.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..areas import bounds
from ..crops import inverse, sample, transform
from ..faces import eye_distance
from ..mesh_points import LEFT_EYE, RIGHT_EYE
from ..networks.face_shape import FaceShape
from .place import complete_mesh, hidden_points, level_patch
from .strokes import WORN, closed, loops_of, strokes_of
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
OFF, ABOVE, NEAR = 0.35, 0.03, 0.15
"""How far a lens may be off the eye behind it, how far above the middle of a lens an eye is, and how far it may be from
there in a mesh that is found without glasses to be believed rather than one that is found with them, in eye distances.
"""
SHADOW, FALLS = 0.25, 0.04
"""How much darker skin is below a frame, and how many eye distances below."""


@dataclass(frozen=True, eq=False)
class Glasses:
    """Glasses that were drawn: float32 (H, W) lines in 0..1, and the middles of their lenses (2, 2) in pixels, the
    picture's left one first."""

    lines: np.ndarray
    lenses: np.ndarray

    def off(self, mesh: np.ndarray) -> np.ndarray:
        """From the eyes of a mesh (468, 3) to where they are behind the lenses, (2, 2) in pixels."""
        eyes = np.array([mesh[list(lids), :2].mean(0) for lids in (RIGHT_EYE, LEFT_EYE)])
        return self.lenses - (0, ABOVE * eye_distance(mesh)) - eyes

    def before(self, mesh: np.ndarray, hole: np.ndarray, shape: FaceShape) -> np.ndarray:
        """A mesh (468, 3) whose eyes are behind the lenses where a hole, bool (H, W), hides them."""
        hidden, moved = hidden_points(mesh, hole), mesh.copy()
        for lids, off in zip((RIGHT_EYE, LEFT_EYE), self.off(mesh), strict=True):
            if hidden[list(lids)].all():
                moved[list(lids), :2] += off
                hidden[list(lids)] = False
        return mesh if (moved == mesh).all() else complete_mesh(moved, hidden, shape)


def drawn_glasses(lines: np.ndarray, mesh: np.ndarray) -> Glasses | None:
    """The glasses that lines float32 (H, W) in 0..1 draw; None for none.

    mesh: (468, 3) of the face, in pixels
    """
    if not lines.any():
        return None
    to_patch = level_patch(mesh, EYES, (np.array(SIZE) - 1) / 2)
    marked = sample(lines, inverse(to_patch), SIZE) > WORN
    joined = closed(marked, GAP * EYES)
    strokes = strokes_of(joined)
    x, y, across, down = SIZE[0] // 2, SIZE[1] // 2, round(BRIDGE[0] * EYES), round(BRIDGE[1] * EYES)
    for number in np.unique(strokes[y - down : y + down, x - across : x + across]):
        stroke = strokes == number
        lenses = [_around(stroke, (x + side, y)) for side in (-EYES // 2, EYES // 2)] if number else [None]
        if all(lens is not None for lens in lenses):
            own, other = (cv2.distanceTransform((~part).astype(np.uint8), cv2.DIST_L2, 5)
                          for part in (stroke & marked, marked & ~stroke))
            nearer = (own <= other).astype(np.float32)
            own = lines * (sample(nearer, to_patch, lines.shape[::-1]) > 0.5)
            return Glasses(own, transform(np.array(lenses), inverse(to_patch)))
    return None


def _around(stroke: np.ndarray, place: tuple[int, int]) -> np.ndarray | None:
    """The middle (2,) of what a stroke, bool (h, w), goes around about as wide as a lens, where a place x, y is in it
    or near; None for none."""
    held = [part for part in loops_of(stroke) if LENS[0] < part.sum() / EYES**2 < LENS[1]]
    middles = [np.argwhere(part)[:, ::-1].mean(0) for part in held]
    return min((middle for middle in middles if np.hypot(*(middle - place)) < OFF * EYES),
               key=lambda middle: np.hypot(*(middle - place)), default=None)


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
