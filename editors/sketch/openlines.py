"""Which lines draw an eye that is open: they hold its white between two lids, with or without an iris in it.

Lengths are in widths of the eye that the face has. h, w: of a patch around it, level with the eyes.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import within_hull, without_holes
from ..crops import inverse, sample
from ..mesh_points import LEFT_EYE, RIGHT_EYE
from .paint import Drawing
from .place import hidden_points
from .shutlines import EYE, patch_of, to_photograph
from .strokes import FEATURE, closed, firm, grown, opened, parts, shares, strokes_of

GAP, LASHES = 0.06, 0.14
"""How wide a gap is that a hand leaves in a lid, and what is narrower is no eye but lashes and tails."""
WIDE, HIGH, OFF = (0.55, 2.2), (0.16, 1.0), (0.45, 0.5)
"""How wide an eye is, how high in its own widths, and how far its middle is off where the face has it, across and
down."""
FOLD = (0.6, 0.3)
"""A part of an eye so wide and so high, of its own, above the rest, is the fold over a lid."""
IRIS, USUAL, SHOWN = (0.13, 0.4), 0.23, 0.62
"""Radius of a drawn iris in widths of the eye it is in, and of one that is not drawn; of its height what is seen of an
iris at least."""
ABOVE, BELOW = 0.45, 0.3
"""How far above and below an eye strokes are of it: folds, lashes, bags."""
FINE, SPECK = 0.16, 0.003
"""How wide a fine pen is, in widths of the drawn eye, and squared what is no white."""
POINTS, BENDS = 33, 4
"""Points of a lid, and the degree of the curve through them."""
BROWN = (98, 60, 34)
"""RGB of an iris in full light."""


@dataclass(frozen=True, eq=False)
class OpenEye:
    """An eye that was drawn open.

    to_eye: the affine (2, 3) from the photograph to widths of the eye from its middle
    lids:   float64 (2, N, 2), the upper and the lower one from left to right in the picture, in the same
    iris:   float64 (3,), its middle x, y and its radius, in the same
    lines:  float32 (H, W) in 0..1, all that was drawn of it
    left:   whether it is the person's left one
    colour: RGB of the iris in full light where no stroke asks for one
    """

    to_eye: np.ndarray
    lids: np.ndarray
    iris: np.ndarray
    lines: np.ndarray
    left: bool
    colour: tuple[int, int, int] = BROWN

    @property
    def ring(self) -> np.ndarray:
        """The outline of the eye, (2 N, 2) in pixels of the photograph."""
        return to_photograph(self.to_eye, np.concatenate([self.lids[0], self.lids[1][::-1]]))

    def without(self, drawing: Drawing) -> Drawing:
        """What else was drawn."""
        own = grown(within_hull(self.ring, drawing.hole.shape), 2.0)
        return replace(drawing, lines=(drawing.lines - self.lines).clip(0), colours=drawing.colours * ~own[..., None])


def drawn_open(lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> list[OpenEye]:
    """The eyes that lines float32 (H, W) in 0..1 draw open in a hole, bool (H, W); mesh: (468, 3) of the face."""
    strokes = firm(lines)
    if not strokes.any():
        return []
    hidden = hidden_points(mesh, hole)
    found = [_open(strokes, mesh, eye) for eye in (RIGHT_EYE, LEFT_EYE) if hidden[list(eye)].all()]
    return [eye for eye in found if eye]


def _open(strokes: np.ndarray, mesh: np.ndarray, points: tuple[int, ...]) -> OpenEye | None:
    """As drawn_open, of the eye with these points of the mesh; strokes: the lines (H, W) that may be its lids."""
    to_eye, to_patch, size = patch_of(mesh, points)
    drawn = sample(strokes, inverse(to_patch), size) > FEATURE
    body = _body(drawn)
    if body is None:
        return None
    pen = pen_of(drawn & grown(body, 2))
    lids, iris = lids_of(body, 0.5 * pen), _iris(drawn, body, pen)
    near = sample(grown(_own(drawn, body), 0.04 * EYE).astype(np.float32), to_patch, strokes.shape[::-1]) > 0.5
    middle = (np.array(size) - 1) / 2
    return OpenEye(to_eye, (lids - middle) / EYE, (iris - [*middle, 0]) / EYE, strokes * near, points == LEFT_EYE)


def pen_of(drawn: np.ndarray) -> float:
    """How wide lines (h, w) are drawn, in pixels."""
    deep = cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 5)
    return float(np.clip(4 * np.median(deep[drawn]), 1, 0.2 * EYE)) if drawn.any() else 1.0


def _body(drawn: np.ndarray) -> np.ndarray | None:
    """What lids enclose and they themselves, bool (h, w), without lashes; None where no eye is drawn."""
    walls = closed(drawn, GAP * EYE)
    whole = opened(without_holes(walls), LASHES * EYE)
    height, width = drawn.shape
    for part in sorted(parts(whole), key=np.sum, reverse=True):
        part = _without_fold(part, walls)
        rows, columns = np.nonzero(part)
        wide, high = (np.ptp(axis) / EYE for axis in (columns, rows))
        off = abs((columns.min() + columns.max()) / 2 - width / 2), abs((rows.min() + rows.max()) / 2 - height / 2)
        if WIDE[0] < wide < WIDE[1] and HIGH[0] < high / wide < HIGH[1] and (np.array(off) < np.array(OFF) * EYE).all():
            return part
    return None


def _without_fold(part: np.ndarray, walls: np.ndarray) -> np.ndarray:
    """What lids enclose without what a fold encloses above them, bool (h, w); walls: the lines."""
    rows, columns = np.nonzero(part)
    for inner in parts(part & ~walls):
        there = np.nonzero(inner)
        low = np.ptp(there[0]) < FOLD[1] * np.ptp(columns)
        above = there[0].mean() < rows.min() + 0.35 * np.ptp(rows)
        if low and above and np.ptp(there[1]) > FOLD[0] * np.ptp(columns):
            lower = part & ~grown(inner, 1.0)
            lower[: round(there[0].mean())] = False
            return max(parts(opened(lower, 3)), key=np.sum, default=part)
    return part


def lids_of(body: np.ndarray, inset: float) -> np.ndarray:
    """The upper and the lower edge of what is bool (h, w): (2, N, 2) from left to right, amid their lines."""
    columns = np.flatnonzero(body.any(0))
    top, low = body.argmax(0)[columns] + inset, body.shape[0] - 1 - body[::-1].argmax(0)[columns] - inset
    along = np.linspace(columns[0] + inset, columns[-1] - inset, POINTS)
    upper, lower = (np.polynomial.Polynomial.fit(columns, edge, BENDS)(along) for edge in (top, low))
    return meeting(along, np.minimum(upper, (upper + lower) / 2 - 0.5), np.maximum(lower, (upper + lower) / 2 + 0.5))


def meeting(along: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """The lids (2, POINTS, 2) that are so far down, (POINTS,) each, at places along an eye, and meet in its corners."""
    middle, ends = (upper + lower) / 2, np.abs(np.linspace(-1, 1, POINTS)) ** 8
    return np.stack([np.stack([along, edge + ends * (middle - edge)], 1) for edge in (upper, lower)])


def _iris(drawn: np.ndarray, body: np.ndarray, pen: float) -> np.ndarray:
    """The middle x, y and the radius of the iris in an eye, (3,) in pixels: as it is drawn, or where one usually is."""
    rows, columns = np.nonzero(body)
    wide, high = np.ptp(columns), np.ptp(rows)
    inner = body & ~grown(~body, pen + 1)
    sides, least = _sides(drawn, body, inner, pen < FINE * wide), SHOWN * high / 2
    if sides is None or not IRIS[0] * wide < np.ptp(sides) / 2 < IRIS[1] * wide:
        size = max(min(USUAL * wide, 0.55 * high), least)
        return np.array([columns.mean(), (rows.min() + rows.max()) / 2 - 0.04 * wide, size])
    size, x = max(np.ptp(sides) / 2, least), np.mean(sides)
    within = np.nonzero(inner[:, round(x)])[0]
    ink = np.nonzero((drawn & inner)[:, round(sides[0]) : round(sides[1]) + 1])[0]
    if not len(ink) or not len(within) or ink.min() <= within.min() + 1:        # a lid cuts it
        y = (rows.max() if not len(ink) else min(ink.max() + pen, rows.max())) - size
    else:
        y = (ink.min() + ink.max()) / 2
    return np.array([x, np.clip(y, rows.min() + 0.3 * high, rows.max() - 0.3 * high), size])


def _sides(drawn: np.ndarray, body: np.ndarray, inner: np.ndarray, fine: bool) -> tuple[float, float] | None:
    """From where to where an iris reaches, in columns: as far as there is ink, or between the white on its two sides
    where the pen is not fine and lids are ink, too.

    inner: bool (h, w), between the lids;  None where no iris is drawn
    """
    ink = np.nonzero(drawn & inner)[1]
    if fine or not len(ink):
        return tuple(np.quantile(ink, (0.02, 0.98))) if len(ink) else None
    whites = [np.nonzero(part)[1] for part in parts(body & ~drawn) if part.sum() > SPECK * EYE**2]
    left, right = (pick(whites, key=end, default=ink) for pick, end in ((min, np.min), (max, np.max)))
    return None if left is right else (float(left.max()), float(right.min()))


def _own(drawn: np.ndarray, body: np.ndarray) -> np.ndarray:
    """All strokes of an eye, bool (h, w): its lids, what is in them, folds above and lashes."""
    strokes = strokes_of(drawn)
    rows, columns = np.nonzero(body)
    y, x = np.indices(drawn.shape)
    zone = (y > rows.min() - ABOVE * EYE) & (y < rows.max() + BELOW * EYE)
    zone &= (x > columns.min() - 0.2 * EYE) & (x < columns.max() + 0.2 * EYE)
    own = (shares(strokes, zone) > 0.8) | (shares(strokes, body) > 0)
    return own[strokes] & drawn & zone
