"""Strokes of hair beside a face as a thick brush means them: long hair that hangs from the head, or one lock of it.

It is looked at upright, the person's sides one by one, each as if it were the picture's right.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..labels import mask_of
from .movement import FACE
from .painting import Painting, disc, hull_of

FINE, WIDE, TOP, LOW = 48, 2.6, -2.4, 4.2
"""Pixels to an eye distance in which hair is looked at, how far to the side, and from where to where below the eyes."""
INNER, ABOVE = 0.45, -0.6
"""Eye distances beside and below the middle of the eyes from where hair is beside a face."""
TALL, DOWN, THICK, OVER, ALONG = 0.7, 0.6, 0.5, 0.8, 0.75
"""A stroke is as tall at least and reaches as far down, in eye distances; half its width at the most; shares of it that
lie on a face, and of its rows that lie along hair, at the most."""
FAR, BESIDE, GAP = 0.8, 0.3, 0.9
"""Eye distances: hair so far away is none that a stroke hangs from; how much of that hair joins it; the widest gap
between a stroke and a head or neck that is hair, too."""
FULL = 0.6
"""Share of a stroke from above, down to which the outline runs straight from the head's hair."""
JAW, LACKS, EVEN, UNEVEN = 1.2, 0.05, 0.12, 0.6
"""Eye distances below the eyes; squared ones that a haircut has above that line and a stroke has not, or else a careful
hand has painted it; how much its width varies beyond which more has to be lacking, and how much more."""
CROWN, OTHER, OFTEN = -1.0, 0.15, 2
"""Eye distances below the eyes above which, and squared ones of other hair that was painted or taken away, from which
more has to be lacking, so often."""
ENDS, ROUND = 0.24, 0.2
"""Eye distances over which the ends of locks lie apart, and by which outer ones are shorter."""
LOCKS = ((0.33, 0.0, 0.7), (0.14, 0.4, 0.3))
"""Width in eye distances, place and share of the two sizes of locks that end apart."""
EARS, COVERED, HOLE, SEAM = ("left ear", "right ear", "earring"), 0.4, 0.12, 0.05
"""Share of an ear that is hidden from which all of it is; squared eye distances of gaps that are closed, and half the
width of seams that are."""
BEHIND = ("background", *EARS)
"""What long hair hides."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a head, x to the right of its middle: (h, w) places, labels and strokes."""

    x: np.ndarray
    y: np.ndarray
    old: np.ndarray
    new: np.ndarray
    stroke: np.ndarray

    @property
    def reach(self) -> tuple[float, float]:
        """Where the stroke begins and ends below the eyes."""
        return float(self.y[self.stroke].min()), float(self.y[self.stroke].max())

    @property
    def other(self) -> float:
        """Squared eye distances of hair that was taken away, or painted above the forehead."""
        was, now = (mask_of(each, ("hair",)) for each in (self.old, self.new))
        return float((was & ~now | now & ~was & (self.y < CROWN)).sum()) / FINE**2

    @property
    def hair(self) -> np.ndarray:
        """bool (h, w): hair that is not of the stroke, and a hat on it."""
        return mask_of(self.new, ("hair", "hat")) & ~self.stroke

    def hidden(self) -> np.ndarray:
        """bool (h, w): what hair may hide beside the face, and on it above the stroke's own inner edge."""
        inner = np.percentile(self.x[self.stroke & (self.y < self.reach[0] + THICK)], 3)
        temple = mask_of(self.new, ("skin",)) & (self.x > inner) & (self.y < self.reach[0] + 0.25)
        return mask_of(self.new, BEHIND) | temple


def haircut_meant(painting: Painting) -> Painting:
    """With strokes of hair on both sides of a face as long hair, with one on one side as a lock of hair."""
    if not (painting.now("hair") & ~painting.was("hair") & (np.abs(painting.x) > INNER)).any():
        return painting
    to_grid = _to_grid(painting)
    size = round(2 * WIDE * FINE) + 1, round((LOW - TOP) * FINE) + 1
    old, new = (cv2.warpAffine(each, to_grid, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
                for each in (painting.old, painting.new))
    turns = (np.s_[:, size[0] // 2 :], np.s_[:, size[0] // 2 :: -1])
    sides = [_side(old[turn], new[turn]) for turn in turns]
    both = all(side.stroke.any() for side in sides)
    wholes = [_whole(side, both) for side in sides]
    more = sum(side.other for side in sides) > OTHER
    if not any(_rough(side, whole, both, more) for side, whole in zip(sides, wholes, strict=True)):
        return painting
    hair, gone = np.zeros(size[::-1], bool), np.zeros(size[::-1], bool)
    for side, whole, turn in zip(sides, wholes, turns, strict=True):
        if side.stroke.any():
            hair[turn] |= _shut(side, _ended(side, whole))
            gone[turn] |= side.stroke & ~hair[turn]
    hair, gone = (_back(mask, to_grid, painting) for mask in (hair, gone))
    drawn = painting.now("hair") & ~painting.was("hair")
    painting = painting.painted(np.where(gone & drawn, painting.old, painting.new)).with_label(hair, "hair")
    seams = cv2.morphologyEx(painting.now("hair").astype(np.uint8), cv2.MORPH_CLOSE, disc(SEAM * painting.eyes)) > 0
    near = cv2.dilate(hair.astype(np.uint8), disc(SEAM * painting.eyes)) > 0
    return painting.with_label(seams & near & ~gone & painting.now(*BEHIND, "skin"), "hair")


def _to_grid(painting: Painting) -> np.ndarray:
    """Affine (2, 3) from pixels of a painting to the upright grid."""
    return FINE * (painting.to_places - [[0, 0, -WIDE], [0, 0, TOP]])


def _back(mask: np.ndarray, to_grid: np.ndarray, painting: Painting) -> np.ndarray:
    """A mask of the grid in a painting, with a smooth outline."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
    return cv2.warpAffine(soft, to_grid, painting.x.shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) > 0.5


def _side(old: np.ndarray, new: np.ndarray) -> Side:
    """A side with the strokes of hair beside the face."""
    y, x = (np.indices(old.shape) / FINE).astype(np.float32)
    y += TOP
    hair, was = mask_of(new, ("hair",)), mask_of(old, ("hair",))
    count, parts = cv2.connectedComponents((hair & ~was & (y > ABOVE)).astype(np.uint8))
    along = cv2.dilate(was.astype(np.uint8), np.ones((1, 5), np.uint8)) > 0
    stroke = np.zeros_like(hair)
    for part in (parts == number for number in range(1, count)):
        tall, down = np.ptp(y[part]), y[part].max()
        if tall < TALL or down < DOWN or x[part].min() < INNER or (part & mask_of(old, FACE)).sum() > OVER * part.sum():
            continue
        deep = cv2.distanceTransform(np.pad(part, 1).astype(np.uint8), cv2.DIST_L2, 5).max() / FINE
        if deep < THICK and (part & along).any(1).sum() < ALONG * part.any(1).sum():
            stroke |= part
    return Side(x, y, old, new, stroke)


def _whole(side: Side, both: bool) -> np.ndarray:
    """bool (h, w): a stroke and what it has to have to be long hair, if there is one on both sides, or a lock of it."""
    if not side.stroke.any():
        return side.stroke
    whole = side.stroke | _joined(side)
    if not both:
        return whole
    whole |= _rounded(side) | _between(side)
    ear = mask_of(side.new, EARS) & (side.y < side.reach[1])
    if (ear & whole).sum() > COVERED * ear.sum():
        wide = cv2.dilate(ear.astype(np.uint8), disc(2)) > 0
        whole |= wide & mask_of(side.new, BEHIND)               # its rim, too
    return _shut(side, whole)


def _shut(side: Side, hair: np.ndarray) -> np.ndarray:
    """Hair bool (h, w) without small gaps through which the background shows."""
    gaps = mask_of(side.new, BEHIND) & ~hair
    _, parts, found, _ = cv2.connectedComponentsWithStats(gaps.astype(np.uint8))
    return hair | np.isin(parts, np.flatnonzero(found[:, cv2.CC_STAT_AREA] < HOLE * FINE**2)) & gaps


def _rough(side: Side, whole: np.ndarray, both: bool, more: bool) -> bool:
    """Whether a stroke is no careful hand's: as wide all along as a brush, or with much missing to hair.

    both: whether there are strokes on both sides;  more: whether hair was changed elsewhere, as by a whole haircut
    """
    if not side.stroke.any():
        return False
    wide = side.stroke.sum(1)[side.stroke.any(1)]
    wide = wide[round(0.15 * len(wide)) : round(0.85 * len(wide))]          # but for the ends of a brush
    lacks = LACKS * both
    if more:
        lacks += OFTEN * LACKS + both * UNEVEN * max(0.0, float(wide.std() / wide.mean()) - EVEN)
    return (whole & ~side.stroke & (side.y < JAW)).sum() / FINE**2 >= lacks


def _joined(side: Side) -> np.ndarray:
    """bool (h, w): what joins a stroke's upper end to the hair it hangs from, and covers the temple above it."""
    hair, top = side.hair & (side.y < side.reach[0] + 0.3), side.stroke & (side.y < side.reach[0] + BESIDE)
    if not hair.any():
        return np.zeros_like(hair)
    away = cv2.distanceTransform((~top).astype(np.uint8), cv2.DIST_L2, 5) / FINE
    nearest = away[hair].min()
    if nearest > FAR:
        return np.zeros_like(hair)
    bridge = hull_of(top | hair & (away < nearest + BESIDE))
    under = np.maximum.accumulate(hair, axis=0) & np.maximum.accumulate(top[::-1], axis=0)[::-1]
    return (bridge | under) & side.hidden() & ~side.stroke


def _rounded(side: Side) -> np.ndarray:
    """bool (h, w): what rounds the outline from the head's hair, or a bald head, down to the stroke."""
    top, low = side.reach
    head = side.hair if (side.hair & (side.y < top)).any() else mask_of(side.new, FACE)
    head = head & (side.y > top - 1.2) & (side.y < top + 0.2) & (side.x > 0.3)
    return hull_of(head | side.stroke & (side.y < top + FULL * (low - top))) & side.hidden() & ~side.stroke


def _between(side: Side) -> np.ndarray:
    """bool (h, w): what lies between a stroke and the head, neck or hair beside it."""
    outer = np.maximum.accumulate(side.stroke[:, ::-1], axis=1)[:, ::-1]
    head = mask_of(side.new, (*FACE, "neck", "hair"))
    gap = outer & mask_of(side.new, BEHIND)
    inner = np.maximum.accumulate(np.where(head & ~side.stroke, side.x, -9), axis=1)
    return gap & (side.x - inner < GAP)


def _ended(side: Side, whole: np.ndarray) -> np.ndarray:
    """The hair bool (h, w) with locks that end apart instead of the end of a round brush."""
    x, low = side.x, side.reach[1]
    above = low - ENDS - ROUND
    near = whole & (side.y > above - 0.1) & (side.y < above + 0.1)
    if not near.any():
        return whole
    inner, outer = x[near].min(), x[near].max()
    across = ((x - inner) / max(outer - inner, 0.1)).clip(0, 1)
    apart = sum(share * np.abs((x / width + place) % 1 - 0.5) * 2 for width, place, share in LOCKS)
    shorter = ENDS * apart + ROUND * np.maximum(across - 0.5, 0) ** 2 * 4
    side_in = (x > inner) & (x < outer - 0.1 * ((side.y - above) / (low - above)).clip(0, 1) ** 2)
    covers = mask_of(side.new, (*BEHIND, "cloth", "neck")) | side.stroke
    ends = (side.y >= above) & (side.y < low - shorter) & side_in & covers
    neck = mask_of(side.new, ("neck",)) & ~side.stroke
    return np.where(side.y < above, whole, ends & ~neck)
