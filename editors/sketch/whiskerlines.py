"""Which lines draw a beard, a moustache or stubble: many strokes side by side on a lip, a chin and cheeks.

The edges of a smooth face are few there: the outlines of its mouth and its jaw, and here and there a shadow.

Lengths are in eye distances. h, w: of the patch in which lines are looked for, level with the eyes.
"""

import cv2
import numpy as np

from ..areas import within_hull
from ..crops import inverse, sample, transform
from ..faces import eye_distance
from ..mesh_points import CHIN, LEFT_EYE, LIPS_OUTER, MOUTH_CORNERS, NOSE, OVAL, RIGHT_EYE
from .place import MIDDLE, level_patch, middles_of
from .strokes import FEATURE, closed, firm, grown, loops_of, opened, parts, shares, strokes_of

SIZE, ABOVE, EYES = 3.4, 0.33, (72, 120)
"""Sides of the patch, how much of it lies above the eyes, and how few and how many pixels lie between them in it."""
NOSTRILS = (98, 2, 327)
"""Points of the mesh below the nose."""
MOUTH, EDGE = 0.5, 0.03
"""Share of a stroke on the lips from which it is one of the mouth's, and how far beyond it still is on them."""
JAW, DOTTED = (0.4, 0.16, 0.16), (0.06, 0.07)
"""A stroke along the outline of a face, rather than across it: of its length and at most so far it goes from it, and
about so near it is; and the same two of a short one."""
LONG, LYING, WOUND, LOOP = 0.4, 1.2, 4.0, 0.05
"""A stroke of such a reach is an outline, of a mouth or a fold, if it is so much wider than it is high, or encloses
such an area, and is not wound up to so many times its reach."""
BETWEEN, NARROW = 0.3, (0.13, 0.07)
"""How far apart strokes may lie with hairs between them; what is narrower is a single line, and above the mouth."""
SOLID = (0.09, 4.5)
"""How wide ink is that no single line leaves: in eye distances, and in pixels of the photograph."""
HATCHED = 0.03
"""How far apart strokes lie at most that are as good as solid ink."""
ELSEWHERE = 0.8
"""Share of a stroke on eyes, brows and nose from which it tells how wide the pen is; one above the eyes always does."""
PENS = 3.0
"""How many times as wide as the pen is ink that no single line leaves, where the pen is known."""
STROKE, DOT = 0.03, 0.05
"""Of which width solid ink would be strokes, and how long a dot counts."""
SOME, FEW = 1.2, 1.6
"""How many times as long as it reaches all that is drawn in a part, and in all parts, has to be."""
SHARE, SHARE_ABOVE, ABOVE_MOUTH = 0.68, 0.4, 0.7
"""Of all lines on the lower face which share is hairs, at least, and where this share of them lies above the mouth."""
BESIDE = 0.3
"""Share of the hairs that may lie beside a face."""
CENTRE, NEAR, HALF = 0.25, 0.1, 0.15
"""How near to the middle of a face which share of the hairs lies, and which one lies on each side of it."""
JOINING = 0.2
"""How far beside others hairs may stand by themselves."""
WHOLE = (0.3, 0.5)
"""Share of a stroke that is hairs from which all of it on the skin beside others is, and what of it lies on lips."""
SMALL, DOTS, DOTTY = 0.2, 12, 0.6
"""How long a dot is at most, or twice that where stubble is, since dots may touch; of how many dots it is, and of all
lines which share they are."""


def drawn_whiskers(lines: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The lines that are hairs of a beard, float32 (H, W) in 0..1; all 0 for none.

    lines: float32 (H, W) in 0..1;  mesh: (468, 3) of the face, in pixels
    """
    nothing = np.zeros_like(lines)
    strokes = firm(lines)
    if not strokes.any():
        return nothing
    there = _Places(mesh)
    area = there.bearded(*(sample(layer, inverse(there.to_patch), there.size) for layer in (strokes, lines)))
    if not area.any():
        return nothing
    return strokes * (sample(area.astype(np.float32), there.to_patch, lines.shape[::-1]) > 0.5)


class _Places:
    """Parts of the patch in which lines may be hairs.

    to_patch: the affine (2, 3) from the photograph;  eyes: pixels between the eyes
    """

    def __init__(self, mesh: np.ndarray):
        """mesh: (468, 3) in pixels of the photograph."""
        apart = eye_distance(mesh)
        self.eyes = float(np.clip(apart, *EYES))
        self.size = (round(SIZE * self.eyes),) * 2
        middle = (self.size[0] - 1) / 2, ABOVE * self.eyes
        self.to_patch = level_patch(mesh, self.eyes, middle)
        self.solid = max(SOLID[0], SOLID[1] / apart) * self.eyes         # pixels from which on ink is wider than a line
        points, rows = transform(mesh[:, :2], self.to_patch), np.mgrid[: self.size[1], : self.size[0]][0]
        lips = np.round(points[list(LIPS_OUTER)]).astype(np.int32)
        self.lips = cv2.fillPoly(np.zeros(self.size[::-1], np.uint8), [lips], 1) > 0
        shape = self.size[::-1]
        self.oval = within_hull(points[list(OVAL)], shape)
        self.low = rows > points[CHIN, 1]
        over = within_hull(points[list(LIPS_OUTER + NOSTRILS)], shape) & ~self.lips
        self.above_mouth = over & (rows < points[list(MOUTH_CORNERS), 1].max())
        self.upper = rows < middle[1]
        self.bare = within_hull(points[list(NOSE + RIGHT_EYE + LEFT_EYE)], shape) | self.upper
        self.middle = (points[CHIN, 0] + points[list(LIPS_OUTER), 0].mean()) / 2

    def bearded(self, firm_lines: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """Where firm ones of lines (h, w) are hairs, bool (h, w)."""
        drawn = (lines > FEATURE) & ~self.bare
        solid = opened(closed(drawn & ~self.lips, HATCHED * self.eyes), max(self.solid, PENS * self._pen(lines)))
        strokes = strokes_of(drawn)
        mouths = shares(strokes, grown(self.lips, EDGE * self.eyes)) > MOUTH
        on_skin = drawn & ~self.lips & (~mouths[strokes] | grown(solid, EDGE * self.eyes))
        across = on_skin & ~self._along_jaw(on_skin, solid) & ~_outlines(on_skin, solid, self.eyes)
        across &= firm_lines > FEATURE
        area = opened(closed(across, BETWEEN * self.eyes), NARROW[0] * self.eyes)
        area |= opened(closed(across & self.above_mouth, BETWEEN * self.eyes), NARROW[1] * self.eyes)
        kept = np.zeros(area.shape, bool)
        for part in parts(area):
            if self._length(part & across, solid) > SOME:
                kept |= part
        hairs = kept & across
        if self._length(hairs, solid) > FEW and self._at_face(hairs) and self._most(hairs, on_skin):
            kept = grown(kept, JOINING * self.eyes)
            whole = (shares(strokes, kept) > WHOLE[1])[strokes] & drawn
            strokes = strokes_of(on_skin)
            hairs = (shares(strokes, kept) > WHOLE[0])[strokes] & on_skin | whole
            return grown(hairs & kept, EDGE * self.eyes)
        dots = self._dots(on_skin & (firm_lines > FEATURE))
        if dots.sum() > DOTTY * drawn.sum() and self._at_face(dots):
            return grown(self._dots(on_skin, 2 * SMALL), EDGE * self.eyes)
        return np.zeros(area.shape, bool)

    def _pen(self, lines: np.ndarray) -> float:
        """How wide the lines (h, w) of eyes, brows and nose are drawn, in pixels; 0 where none are."""
        marked = lines > FEATURE
        strokes = strokes_of(marked)
        other = (shares(strokes, self.bare) > ELSEWHERE) | (shares(strokes, self.upper) > 0)
        elsewhere = marked & self.bare & other[strokes]                            # hairs may reach up to a nose
        deep = cv2.distanceTransform(elsewhere.astype(np.uint8), cv2.DIST_L2, 5)
        return 4 * float(np.median(deep[elsewhere])) if elsewhere.any() else 0.0   # a line is a quarter of it deep

    def _along_jaw(self, drawn: np.ndarray, solid: np.ndarray) -> np.ndarray:
        """Strokes, bool (h, w), that run along the outline of the face."""
        oval, strokes = self.oval.astype(np.uint8), strokes_of(drawn)
        away = cv2.distanceTransform(oval, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - oval, cv2.DIST_L2, 5)
        low, high = (np.full(strokes.max() + 1, end) for end in (np.inf, -np.inf))
        np.minimum.at(low, strokes, away)
        np.maximum.at(high, strokes, away)
        wide, off = (high - low) / self.eyes, np.abs(high + low) / 2 / self.eyes
        along = (wide < np.minimum(JAW[0] * _sizes(drawn) / self.eyes, JAW[1])) & (off < JAW[2])
        along |= (wide < DOTTED[0]) & (off < DOTTED[1])
        return (along & (shares(strokes, solid) < 0.1))[strokes] & drawn

    def _length(self, drawn: np.ndarray, solid: np.ndarray) -> float:
        """How many times as long as it reaches all that is drawn is."""
        rows, columns = np.nonzero(drawn)
        if not len(rows):
            return 0.0
        single = drawn & ~grown(solid, 1.5)
        middles = middles_of(drawn) & single
        lengths = np.bincount(strokes_of(single).ravel(), middles.ravel())[1:] / MIDDLE
        length = np.maximum(lengths, DOT * self.eyes).sum() + (drawn & ~single).sum() / (STROKE * self.eyes)
        return float(length / (np.hypot(np.ptp(rows), np.ptp(columns)) + 1))

    def _at_face(self, hairs: np.ndarray) -> bool:
        """Whether hairs lie on both sides of the middle of the face, near to it, too, and few beside the face."""
        off = (np.nonzero(hairs)[1] - self.middle) / self.eyes
        beside = (hairs & ~grown(self.oval, 0.1 * self.eyes) & ~self.low).sum()
        return bool(beside < BESIDE * len(off) and (np.abs(off) < CENTRE).mean() > NEAR
                    and min((off < 0).mean(), (off > 0).mean()) > HALF)

    def _most(self, hairs: np.ndarray, drawn: np.ndarray) -> bool:
        """Whether most of what is drawn is hairs."""
        above = (hairs & self.above_mouth).sum() > ABOVE_MOUTH * hairs.sum()
        return bool(hairs.sum() > (SHARE_ABOVE if above else SHARE) * drawn.sum())

    def _dots(self, drawn: np.ndarray, long: float = SMALL) -> np.ndarray:
        """Strokes no longer than this, bool (h, w), if they are many."""
        small = _sizes(drawn) / self.eyes < long
        small[0] = False
        return small[strokes_of(drawn)] & (small.sum() >= DOTS)


def _outlines(drawn: np.ndarray, solid: np.ndarray, eyes: float) -> np.ndarray:
    """Strokes, bool (h, w), that outline something wide."""
    _, strokes, found, _ = cv2.connectedComponentsWithStats((drawn & ~grown(solid, 1.5)).astype(np.uint8))
    middles, outlines = middles_of(drawn), np.zeros(drawn.shape, bool)
    for number in np.flatnonzero(_reach(found) > LONG * eyes)[1:]:
        x, y, width, height = found[number, :4]
        stroke = strokes[y : y + height, x : x + width] == number
        wound = (middles[y : y + height, x : x + width] & stroke).sum() / MIDDLE > WOUND * _reach(found)[number]
        large = any(loop.sum() > LOOP * eyes**2 for loop in loops_of(stroke))
        if not wound and (width > LYING * height or large):
            outlines |= strokes == number
    return outlines


def _sizes(drawn: np.ndarray) -> np.ndarray:
    """How many pixels each stroke reaches."""
    return _reach(cv2.connectedComponentsWithStats(drawn.astype(np.uint8))[2])


def _reach(found: np.ndarray) -> np.ndarray:
    return np.hypot(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT])
