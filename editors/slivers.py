"""Slivers that open where a head turns, between jaw, ear and hair: no background shows within a head."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from .areas import Box, step_between, within_hull
from .canvas import Canvas
from .faces import eye_distance
from .far_side import part_of
from .frame import continued
from .mesh_points import LEFT_EYE, OVAL, RIGHT_EYE
from .tears import TEAR, stretch_of

SLIVER = 0.45
"""Eye distances: gaps up to so wide that open within a turned head are closed."""
RIM, EVEN = 0.07, 0.06
"""Eye distances from its outline over which a face shows some of what is behind it; and within which the skin beside a
gap is evened to fill it."""
REACH, IN_HAIR = (0.25, 0.35), (0.05, 0.12)
"""Eye distances from skin up to which a gap is filled with it, and from which it is not; the same within hair."""
THREADBARE, BESIDE = 0.35, 0.2
"""Pixels of the photograph that a pixel shows at least along its narrowest way; eye distances within the outline of a
face where it may show fewer."""
GRAIN, MOST = 0.03, 14.0
"""Eye distances up to which what the skin shows is grain, and levels of 255 from which on it counts less and less."""
SLIT = 0.1
"""Eye distances: how wide what shows between skin and skin is at most, if it is to be skin itself."""
FACE, HAIR = ("skin", "nose", "neck"), ("hair", "hat")
FLESH = (*FACE, "left ear", "right ear")


def pulled(mask: np.ndarray, shift: np.ndarray, step: float) -> np.ndarray:
    """What a mask on the grid (h, w) is at each point once the picture is pulled by shift (h, w, 2) pixels."""
    return cv2.remap(mask, _source(shift, step), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def close_slivers(
    warped: np.ndarray, crop: np.ndarray, shift: np.ndarray, unseen: np.ndarray, canvas: Canvas
) -> np.ndarray:
    """A turned head without gaps: where hair was, it shows in them, and elsewhere skin goes on as it is beside them.

    warped, crop: uint8 (H, W, 3), the box of the canvas after and before;  shift: float32 (h, w, 2), its movement
    unseen:       bool (h, w), what no part of the photograph shows: a cheek that turns into sight
    """
    person, eyes = 1 - canvas.labels_on_grid(("background",)), eye_distance(canvas.vertices) / canvas.step
    cloth, hair = canvas.labels_on_grid(("cloth",)), canvas.labels_on_grid(HAIR)
    after, worn = (pulled(each, shift, canvas.step) for each in (person, cloth))
    closed, whole = (np.maximum(cv2.morphologyEx(each - over, cv2.MORPH_CLOSE, _disc(SLIVER * eyes)), each)
                     for each, over in ((after, worn), (person, cloth)))
    along = _beside_outline(shift, canvas) & (worn < 0.1)
    slits = along & _slits(shift, canvas)
    unseen = unseen | slits | along & _threadbare(shift, canvas) & (pulled(hair, shift, canvas.step) < 0.5)
    unseen = cv2.morphologyEx(unseen.astype(np.uint8), cv2.MORPH_CLOSE, _disc(RIM * eyes)) > 0
    gap, moves = (closed - after).clip(0, 1), (shift != 0).any(2)
    if not (moves & ((gap > 0.02) | unseen)).any():
        return warped
    behind = moves * hair * cv2.GaussianBlur(cv2.dilate(gap, np.ones((3, 3))), (0, 0), 1)
    warped = _laid(warped, behind, lambda part: crop[part[1] : part[3], part[0] : part[2]].astype(np.float32), canvas)
    opened = np.maximum(gap - pulled((whole - person).clip(0, 1), shift, canvas.step), gap * person)
    opened *= (1 - hair) * cv2.GaussianBlur(np.float32(closed > 0.5), (0, 0), 1)
    return _with_skin(warped, np.maximum(opened, unseen * closed) * moves, moves * closed, unseen, slits, shift, canvas)


def across_face(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """The middle between the eyes (2,) and the way from the right eye to the left, float32 (2,) of length 1."""
    right, left = (canvas.vertices[list(corners), :2].mean(0) for corners in (RIGHT_EYE, LEFT_EYE))
    return (right + left) / 2, np.float32((left - right) / np.linalg.norm(left - right))


def _disc(width: float) -> np.ndarray:
    """A disc of so many grid points across, 3 at least."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(3, round(width) | 1),) * 2)


def _beside_outline(shift: np.ndarray, canvas: Canvas) -> np.ndarray:
    """What lies along the outline of a face before it moves by shift (h, w, 2), bool (h, w)."""
    outline = within_hull(canvas.to_grid(canvas.vertices[list(OVAL)]), shift.shape[:2])
    wide = round(2 * BESIDE * eye_distance(canvas.vertices) / canvas.step) | 1
    band = cv2.morphologyEx(outline.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((wide, wide)))
    return pulled(band, shift, canvas.step) > 0.5


def _threadbare(shift: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Where a picture that moves by shift (h, w, 2) is drawn out of hardly anything, bool (h, w)."""
    rows, columns = (np.stack(np.gradient(shift[..., k] / np.float32(canvas.step)), -1) for k in (1, 0))
    a, b, c, d = 1 + columns[..., 1], columns[..., 0], rows[..., 1], 1 + rows[..., 0]
    whole, area = a**2 + b**2 + c**2 + d**2, a * d - b * c
    return np.sqrt((whole - np.sqrt((whole**2 - 4 * area**2).clip(0))) / 2) < THREADBARE


def _slits(shift: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Where hair or a wall shows between skin and skin beside a tear of what moves by shift (h, w, 2), bool (h, w)."""
    skin, near = canvas.labels_on_grid(FLESH), _disc(SLIT * eye_distance(canvas.vertices) / canvas.step)
    after = pulled(skin, shift, canvas.step)
    new, old = (cv2.morphologyEx(each, cv2.MORPH_CLOSE, near) - each for each in (after, skin))
    aside = stretch_of((shift @ across_face(canvas)[1])[..., None] * np.ones(2, np.float32))      # no nod shows a cheek
    torn = cv2.dilate(np.float32(aside > TEAR * canvas.step), near)
    return torn * cv2.dilate(np.float32(new - pulled(old, shift, canvas.step) > 0.3), np.ones((3, 3))) > 0


def _with_skin(
    warped: np.ndarray, opened: np.ndarray, moves: np.ndarray, unseen: np.ndarray, slits: np.ndarray,
    shift: np.ndarray, canvas: Canvas,
) -> np.ndarray:
    """The turned head with the skin beside them in the gaps that opened, float32 (h, w) 0..1, where it moves (h, w)."""
    eyes = eye_distance(canvas.vertices) / canvas.step
    rim = _disc(RIM * eyes)
    firm = pulled(cv2.erode(canvas.labels_on_grid(FACE), rim), shift, canvas.step) > 0.9
    away = cv2.distanceTransform((~firm).astype(np.uint8), cv2.DIST_L2, 5) / eyes
    firm &= cv2.dilate(unseen.astype(np.uint8), np.ones((3, 3))) == 0
    if not firm.any():
        return warped
    small = cv2.resize(warped, shift.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    skin = cv2.GaussianBlur(continued(small, firm), (0, 0), EVEN * eyes)
    hair = pulled(canvas.labels_on_grid(HAIR), shift, canvas.step) * (1 - cv2.dilate(slits.astype(np.float32), rim))
    far = np.maximum(step_between(away, *REACH), hair * step_between(away, *IN_HAIR))
    opened = cv2.morphologyEx(opened.clip(0, 1).astype(np.float32), cv2.MORPH_OPEN, np.ones((3, 3))) * (1 - far)
    opened = np.maximum(opened, cv2.dilate(opened, rim) * (1 - hair))
    share = cv2.GaussianBlur(opened, (0, 0), max(1, EVEN / 3 * eyes))
    aside = (float(away[opened > 0.5].max(initial=0)) + RIM) * eyes * canvas.step
    grain = partial(_grain, warped, cv2.GaussianBlur(firm.astype(np.float32), (0, 0), 1), aside, canvas)
    return _laid(warped, share * moves, lambda part: canvas.enlarge(skin, part) + grain(part), canvas)


def _grain(warped: np.ndarray, firm: np.ndarray, aside: float, canvas: Canvas, part: Box) -> np.ndarray:
    """The grain of the skin so many pixels nearer to the middle of the face, for a part of the box, float32 (h, w, 3).

    It is shifted as it is: mirrored, it would meet itself in the middle of a gap.
    firm: float32 (h, w) on the grid, 1 where the turned head is skin
    """
    middle, along = across_face(canvas)
    (x0, y0, x1, y1), (width, height), reach = part, canvas.size, int(aside) + 2
    around = max(0, x0 - reach), max(0, y0 - reach), min(width, x1 + reach), min(height, y1 + reach)
    picture = warped[around[1] : around[3], around[0] : around[2]].astype(np.float32)
    fine = picture - cv2.GaussianBlur(picture, (0, 0), max(1, GRAIN * eye_distance(canvas.vertices)))
    fine *= canvas.enlarge(firm, around)[..., None] / (1 + np.square(fine / MOST))
    pixels = canvas.pixels[y0:y1, x0:x1]
    side = np.sign((pixels - (middle - canvas.box[:2])) @ along)[..., None]
    where = pixels - np.round(side * aside * along) - around[:2]
    return cv2.remap(fine, where.astype(np.float32), None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)


def _laid(under: np.ndarray, share: np.ndarray, over: Callable[[Box], np.ndarray], canvas: Canvas) -> np.ndarray:
    """A picture, uint8 (H, W, 3), under a share, (h, w) on the grid, of another, of which `over` gives any part."""
    if (part := part_of(share, canvas)) is None:
        return under
    x0, y0, x1, y1 = part
    result, here = under.copy(), np.s_[y0:y1, x0:x1]
    share = canvas.enlarge(share.astype(np.float32), part)[..., None]
    result[here] = np.round(under[here] + share * (over(part) - under[here])).clip(0, 255)
    return result


def _source(shift: np.ndarray, step: float) -> np.ndarray:
    """Grid coordinates float32 (h, w, 2) that each grid point's picture comes from."""
    rows, columns = np.indices(shift.shape[:2], np.float32)
    return np.stack([columns, rows], -1) + shift / np.float32(step)
