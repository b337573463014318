"""Eyes that are drawn shut: a lid of the skin around an eye, and lashes along the arc that was drawn.

A painter of faces knows hardly any, and opens them. H, W height and width; lengths are in widths of the eye.
"""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..beard import drawn_hairs
from ..blurs import spread_out
from ..crops import scale_of
from ..mesh_points import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from .shutlines import ShutEye, places_in, to_photograph
from .strokes import grown
from .surroundings import laid, match_grain

LID, ABOVE, BELOW, BROW = 0.24, 0.2, 0.16, 0.1
"""How far around an open eye skin is laid over it, how far above and below the arc, and how near it comes to a brow."""
SOFT = 0.15
"""Over which the lid fades into the skin around it."""
AROUND, DARK = 0.3, 0.6
"""How far around a lid its skin is looked for, and how light that is, of the usual there: lashes and brows are none."""
ROUND, CREASE, FOLD, UNDER = 0.07, 0.12, 0.05, 0.16
"""How much lighter a lid is in its middle, how much darker its crease is and how wide that, and how much darker skin is
just below lashes."""
LASHES, THICK, COVERS = (38, 28, 25), 0.032, 0.9
"""RGB of lashes, how thick their row is where it is thickest, and how much of what lies under it is covered."""
HAIRS, LONG, HAIR = 46, (0.05, 0.13), 0.014
"""How many lashes there are, how long from the nose outwards, and how wide each is at its root."""
DRAWN = 0.55
"""How firmly lashes that were drawn are seen."""


def lay_shut(picture: np.ndarray, eye: ShutEye, hole: np.ndarray, mesh: np.ndarray, seed: int) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with an eye shut.

    hole: bool (H, W);  mesh: (468, 3) of the face that was filled in, in pixels
    """
    wide = 1 / scale_of(eye.to_eye)
    lid = _lid(eye, mesh, hole, wide)
    if not lid.any():
        return picture
    here = bounds(lid | (eye.lines > 0), round(1.5 * AROUND * wide) + 4)
    lid, inside = lid[here], hole[here]
    under = picture[here].astype(np.float32)
    x, y = places_in(eye.to_eye, here)
    down = y - np.interp(x, *eye.arc.T).astype(np.float32)
    soft = soft_within(lid & inside, SOFT * wide)
    skin = skin_beside(under, lid, wide) * _shade(x, down, eye.arc)[..., None]
    skin = match_grain(skin * lid[..., None] + under * ~lid[..., None], picture[here], lid, seed)
    shut = under + soft[..., None] * (skin - under)
    drawn = cv2.GaussianBlur(eye.lines[here], (0, 0), max(0.5, 0.02 * wide)) * (down > 0)
    row = (_row(x, down, eye, wide) + DRAWN * drawn).clip(0, 1)
    covers = COVERS * np.maximum(row, _hairs(eye, here, down.shape, wide, seed)) * soft_within(inside, 2.0)
    shut += covers[..., None] * (np.float32(LASHES) - shut)
    return laid(picture, here, shut, inside)


def _lid(eye: ShutEye, mesh: np.ndarray, hole: np.ndarray, wide: float) -> np.ndarray:
    """Where skin is laid, bool (H, W): over the eye that was filled in and around the arc, up to the brow."""
    parts = (LEFT_EYE, LEFT_BROW) if eye.left else (RIGHT_EYE, RIGHT_BROW)
    contour, brow = (mesh[list(part), :2] for part in parts)
    arc = np.concatenate([to_photograph(eye.to_eye, eye.arc + [0, side]) for side in (-ABOVE, BELOW)])
    contour, arc, brow = (within_hull(points, hole.shape) for points in (contour, arc, brow))
    return (arc | grown(contour, LID * wide)) & hole & ~grown(brow, BROW * wide)


def soft_within(area: np.ndarray, width: float) -> np.ndarray:
    """An area, bool (H, W), fading inwards over a width in pixels: (H, W) in 0..1."""
    inner = np.pad(area, 1).astype(np.uint8)
    return (cv2.distanceTransform(inner, cv2.DIST_L2, 5)[1:-1, 1:-1] / max(1.0, width)).clip(0, 1)


def skin_beside(picture: np.ndarray, lid: np.ndarray, wide: float) -> np.ndarray:
    """The colours of skin beside a lid carried over it, float32 (H, W, 3); what is much darker there is no skin."""
    beside = grown(lid, AROUND * wide) & ~lid
    grey = picture.mean(2)
    if beside.any():
        beside &= grey > DARK * np.median(grey[beside])
    known = beside.astype(np.float32)
    skin = spread_out(picture * known[..., None], known)
    return cv2.GaussianBlur(skin, (0, 0), max(1.0, 0.08 * wide))


def _shade(x: np.ndarray, down: np.ndarray, arc: np.ndarray) -> np.ndarray:
    """How light a lid is, (H, W), at x and so far below the arc (N, 2): round, with a crease above, dark below."""
    across = ((x - arc[:, 0].mean()) / (0.5 * np.ptp(arc[:, 0]))).clip(-1, 1)
    over = 1 - across**2
    high = 0.16 + 0.16 * over                                            # of the crease above the lashes
    lit = ROUND * over * np.exp(-(((down + 0.5 * high) / (0.45 * high)) ** 2))
    crease = CREASE * np.sqrt(over) * np.exp(-(((down + high) / FOLD) ** 2))
    below = UNDER * np.sqrt(over) * np.exp(-down.clip(0) / 0.09) * (down > 0)
    return 1 + lit - crease - cv2.GaussianBlur(below.astype(np.float32), (0, 0), 1.0)


def _row(x: np.ndarray, down: np.ndarray, eye: ShutEye, wide: float) -> np.ndarray:
    """How dark the row of lashes is, (H, W) in 0..1: along the arc, thinner to its ends."""
    along = ((x - eye.arc[0, 0]) / np.ptp(eye.arc[:, 0])).clip(0, 1)
    slope = np.interp(x, eye.arc[:, 0], np.gradient(eye.arc[:, 1], eye.arc[:, 0]))
    thick = THICK * (0.3 + 0.7 * np.sin(np.pi * along) ** 0.7) + 0.4 / wide        # no thinner than a pixel shows
    ends = ((x > eye.arc[0, 0]) & (x < eye.arc[-1, 0])).astype(np.float32)
    return np.exp(-((down / np.hypot(1, slope) / thick) ** 2)) * cv2.GaussianBlur(ends, (0, 0), 1.0)


def _hairs(
    eye: ShutEye, here: tuple[slice, slice], shape: tuple[int, int], wide: float, seed: int
) -> np.ndarray:
    """How much of each pixel of a part (H, W) single lashes cover, in 0..1."""
    chance = np.random.default_rng(seed).random((HAIRS, 4))
    along = np.sort((np.arange(HAIRS) + chance[:, 0]) / HAIRS)
    root = np.stack([np.interp(along, np.linspace(0, 1, len(eye.arc)), eye.arc[:, axis]) for axis in (0, 1)], 1)
    outer = along if eye.left else 1 - along
    long = (LONG[0] + (LONG[1] - LONG[0]) * outer) * (0.6 + 0.8 * chance[:, 1]) * np.sin(np.pi * along) ** 0.3
    lean = 1.2 * (along - 0.5) + 0.5 * (chance[:, 2] - 0.5)
    middle = root + 0.5 * long[:, None] * np.stack([np.sin(lean), np.cos(lean)], 1)
    tip = middle + 0.5 * long[:, None] * np.stack([np.sin(1.5 * lean), np.cos(1.5 * lean)], 1)
    curves = np.stack([to_photograph(eye.to_eye, points) for points in (root, middle, tip)])
    curves -= (here[1].start, here[0].start)
    return 1 - np.exp(-drawn_hairs(curves, chance, HAIR * wide, shape[::-1])[0])

