"""Slivers that open where a head turns, between jaw, ear and hair: no background shows within a head."""

import cv2
import numpy as np

from .canvas import Canvas
from .faces import eye_distance
from .frame import continued

SLIVER = 0.45
"""Eye distances: gaps up to so wide that open within a turned head are closed."""
FRINGE = 0.07
"""Eye distances from the background over which a head shows some of it."""
LARGE = (0.12, 0.09)
"""Square eye distances, and eye distances from its outline to its middle, from which a patch is no fringe but a side of
the face that was hidden, and is left as it was drawn."""
DRAWN_OUT = -0.45
"""Change of movement, pixels per pixel, below which a picture is drawn out so far that fringes or triangles show."""


def pulled(mask: np.ndarray, shift: np.ndarray, step: float) -> np.ndarray:
    """What a mask on the grid (h, w) is at each point once the picture is pulled by shift (h, w, 2) pixels."""
    return cv2.remap(mask, _source(shift, step), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def close_slivers(warped: np.ndarray, crop: np.ndarray, shift: np.ndarray, canvas: Canvas) -> np.ndarray:
    """A turned head without gaps: what was there shows in them, and where that was background, the skin beside them.

    warped, crop: uint8 (H, W, 3), the box of the canvas after and before;  shift: float32 (h, w, 2), its movement
    """
    person, eyes = 1 - canvas.labels_on_grid(("background",)), eye_distance(canvas.vertices) / canvas.step
    after = pulled(person, shift, canvas.step)
    width = round(SLIVER * eyes) | 1
    closed = cv2.morphologyEx(after, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
    fill = cv2.GaussianBlur(cv2.dilate((closed - after).clip(0, 1), np.ones((3, 3))), (0, 0), 1) * person
    fill[_still(shift)] = 0
    if (fill > 0.02).any():
        share = canvas.enlarge(fill)[..., None]
        warped = np.round(warped + share * (crop.astype(np.float32) - warped)).astype(np.uint8)
    return _without_fringe(warped, crop, shift, person, closed, canvas)


def _without_fringe(
    warped: np.ndarray, crop: np.ndarray, shift: np.ndarray, person: np.ndarray, closed: np.ndarray, canvas: Canvas
) -> np.ndarray:
    """The turned head without background that shows through its old outline, drawn out: the head beside it shows."""
    eyes = eye_distance(canvas.vertices) / canvas.step
    size = max(3, round(FRINGE * eyes) | 1)
    firm = pulled(cv2.erode(person, np.ones((size, size))), shift, canvas.step)
    across = np.gradient(shift[..., 0] / canvas.step, axis=1)
    drawn = cv2.dilate((across < DRAWN_OUT).astype(np.uint8), np.ones((5, 5))) > 0
    loose = drawn & (firm < 0.5) & (cv2.erode(closed, np.ones((3, 3))) > 0.5)
    loose &= ~_large(loose, eyes)
    if not loose.any():
        return warped
    share = cv2.GaussianBlur(cv2.dilate(loose.astype(np.float32), np.ones((3, 3))), (0, 0), 1.2)
    share[_still(shift)] = 0
    rows, columns = (np.flatnonzero((share > 0.004).any(axis)) for axis in (1, 0))
    if not len(rows):
        return warped
    low = np.floor((np.array([columns[0], rows[0]]) - 1) * canvas.step).astype(int).clip(0)
    high = np.minimum(np.ceil((np.array([columns[-1], rows[-1]]) + 2) * canvas.step).astype(int), canvas.size)
    x0, y0, x1, y1 = part = (*low.tolist(), *high.tolist())
    where = continued((_source(shift, canvas.step) + 0.5) * np.float32(canvas.step) - 0.5, firm > 0.9)
    beside = cv2.remap(crop, canvas.enlarge(where, part), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    result, under = warped.copy(), warped[y0:y1, x0:x1]
    change = canvas.enlarge(share, part)[..., None] * (beside.astype(np.float32) - under)
    result[y0:y1, x0:x1] = np.round(under + change)
    return result


def _large(loose: np.ndarray, eyes: float) -> np.ndarray:
    """The patches that are no fringe, bool (h, w)."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(loose.astype(np.uint8))
    depth = cv2.distanceTransform(loose.astype(np.uint8), cv2.DIST_L2, 5)
    large = [part for part in range(1, count)
             if stats[part, cv2.CC_STAT_AREA] > LARGE[0] * eyes**2 and depth[parts == part].max() > LARGE[1] * eyes]
    return np.isin(parts, large)


def _still(shift: np.ndarray) -> np.ndarray:
    """Where nothing moves, bool (h, w)."""
    return (shift[..., 0] == 0) & (shift[..., 1] == 0)


def _source(shift: np.ndarray, step: float) -> np.ndarray:
    """Grid coordinates float32 (h, w, 2) that each grid point's picture comes from."""
    rows, columns = np.indices(shift.shape[:2], np.float32)
    return np.stack([columns, rows], -1) + shift / np.float32(step)
