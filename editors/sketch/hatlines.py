"""Which lines draw a hat: they enclose what sits on a head above its brows, across all of it, with little inside.

An outline of hair is open at the face, or its lower line is a hairline: an arch over a forehead that ends beside it.
Lengths are in eye distances. h, w: of the patch in which lines are looked for, level with the eyes.
"""

import cv2
import numpy as np

from ..areas import within_hull
from ..crops import inverse, sample, transform
from ..faces import eye_distance
from ..mesh_points import FOREHEAD, LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE
from .place import level_patch
from .strokes import MARKED, closed, grown, opened, parts

WORKED, SIDE, ABOVE = 40, 6.4, 4.4
"""Pixels between the eyes in the patch, how long its sides are, and how much of it lies above the eyes."""
GAP, LEAST = 0.12, 0.004
"""How wide a gap in a line closes by itself, and squared what is too small to be a part."""
CROSSES, RISES, LARGE = 0.55, 0.25, 0.8
"""How far to both sides of a face a hat reaches, how far above a forehead, and squared how large it is, at least."""
SMOOTH = 0.04
"""How far steps of the patch are smoothed away."""
BRIM = 0.7
"""How long the end of a brim at the picture's border is at most."""
LOW = 0.05
"""How far above the eyes a hat ends."""
ARCHED, WIDER = 0.12, 0.2
"""How much higher the lower line is in the middle than at its ends from which it is a hairline, unless there is a brim,
which is so much wider to both sides than what is as much above it."""
SOLID = 0.5
"""Share of a hat that is ink from which on it is a mass of strands."""
BUSY = 0.8
"""How near to each other lines in the upper part of a hat are on average, from which on they are strands."""


def drawn_hat(lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Where lines float32 (H, W) in 0..1 draw a hat in a hole, bool (H, W); mesh: (468, 3) of the face, in pixels."""
    there = np.zeros(hole.shape, bool)
    if not lines.any():
        return there
    to_patch = level_patch(mesh, WORKED, WORKED * np.array([SIDE / 2, ABOVE]))
    size = (round(SIDE * WORKED),) * 2
    layers = (lines, hole.astype(np.float32), np.ones(hole.shape, np.float32))
    drawn, inside, picture = (sample(layer, inverse(to_patch), size) > MARKED for layer in layers)
    points = transform(mesh[:, :2], to_patch)
    hat = _hat(drawn, inside, picture, points)
    if not hat.any():
        return there
    whole = sample(hat.astype(np.float32), to_patch, hole.shape[::-1])
    return (cv2.GaussianBlur(whole, (0, 0), max(1.0, SMOOTH * eye_distance(mesh))) > 0.5) & hole


def _pen(drawn: np.ndarray) -> float:
    """How wide lines (h, w) are drawn, in pixels."""
    deep = cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 5)
    return 4 * float(np.median(deep[drawn])) if drawn.any() else 0.0                # a line is a quarter of it deep


def _hat(drawn: np.ndarray, inside: np.ndarray, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The hat, bool (h, w), that is drawn in a hole of a picture, bool (h, w), on a head with these points (468, 2)."""
    rows, columns = np.mgrid[: drawn.shape[0], : drawn.shape[1]]
    nothing, pen = np.zeros(drawn.shape, bool), _pen(drawn)
    whole = _whole(drawn, inside, picture, points, pen)
    hat = whole & (rows < points[list(RIGHT_EYE + LEFT_EYE), 1].mean() - LOW * WORKED)
    if hat.sum() < LARGE * WORKED**2 or hat.sum() < 0.97 * whole.sum():
        return nothing
    middle = points[list(OVAL), 0].mean()
    aside = (columns[hat].min() - middle) / WORKED, (columns[hat].max() - middle) / WORKED
    above = (points[FOREHEAD, 1] - rows[hat].min()) / WORKED
    if aside[0] > -CROSSES or aside[1] < CROSSES or above < RISES:
        return nothing
    if _hairline(hat, points) or drawn[hat].mean() > SOLID or _busy((drawn & ~grown(~hat, 1.5 * pen + 1)) / pen, hat):
        return nothing
    return hat


def _whole(
    drawn: np.ndarray, inside: np.ndarray, picture: np.ndarray, points: np.ndarray, pen: float
) -> np.ndarray:
    """The largest of what lines enclose or fill above brows, bool (h, w); what ends at the picture's border is open
    there for a brim alone."""
    brow, rows = points[list(RIGHT_BROW + LEFT_BROW), 1].mean(), np.indices(drawn.shape)[0]
    rim, end = (grown(~layer, 1.0) for layer in (inside | ~picture, picture))
    walls = closed(drawn, GAP * WORKED)
    kept = walls.copy()
    for part in parts(inside & ~walls):
        open_ = (part & rim).any() or (part & end).sum() > BRIM * WORKED
        if not open_ and part.sum() > LEAST * WORKED**2:
            kept |= part
    kept = opened(kept, 1.5 * pen + 1)
    for part in parts(kept):
        if rows[part].mean() > brow:
            kept &= ~part
    return max(parts(closed(kept, max(2 * pen, GAP * WORKED))), key=np.sum, default=kept)


def _hairline(hat: np.ndarray, points: np.ndarray) -> bool:
    """Whether the lower line of a hat, bool (h, w), is a hairline."""
    face = within_hull(points[list(OVAL)], hat.shape)
    over = np.flatnonzero(hat.any(0) & face.any(0))
    lower = hat.shape[0] - 1 - hat[::-1].argmax(0)[over]
    left, centre, right = (part.mean() for part in np.split(lower, [len(lower) // 5, 4 * len(lower) // 5]))
    arched = ((left + right) / 2 - centre) / WORKED > ARCHED
    wide, step = hat.sum(1)[hat.any(1)], round(WIDER * WORKED)
    wide = wide[len(wide) // 3 :]
    brim = len(wide) > step and (wide[step:] - wide[:-step]).max() > 2 * step
    return bool(arched and not brim)


def _busy(inner: np.ndarray, hat: np.ndarray) -> bool:
    """Whether the upper part of a hat, bool (h, w), is full of lines, (h, w), each as wide as 1."""
    rows = np.flatnonzero(hat.any(1))
    upper = slice(rows[0], rows[0] + round(0.6 * len(rows)))
    return bool(inner[upper].sum() * BUSY * WORKED > hat[upper].sum())
