"""A mouth as a thick brush means it: the lips that were there, fuller or thinner, and open as far as it was dabbed.

Lips are lines over the way from one corner to the other: S samples along it, -1 to 1.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..labels import IDS, LIPS, mask_of
from .movement import FACE
from .painting import Painting
from .parts import without

FINE = 0.01
"""Eye distances from sample to sample."""
BENDS = 5
"""How many numbers say how a line of the lips bends."""
FEWEST = 10
"""Samples that a mouth is wide at least."""
ODD, ROUGHER = np.array([0.12, 0.47, 0.47, 0.0, 0.5]), np.array([0.07, 0.1, 0.1, 0.045, 0.0])
"""Nobody has lips that are odder than this, and odder by so much than they were, and a thick brush painted them: the
share of a mouth's width without one of them, how high its ends are and its steps, of its height, what smooth lines do
not give back, teeth in its corners alone."""
SPECK, DAB = 0.015, 0.5
"""Squared eye distances that a dab has at least, and the share of its width that it opens of a mouth at the most."""
FULLER = (0.6, 1.7)
"""How much thinner and fuller lips become at once."""
LIFT, SHUT, KEPT = 0.04, 0.02, 0.35
"""Eye distances that an upper lip gives way to a mouth that opens, and below which one is shut; the share of an opening
that is left over where it was painted shut."""


@dataclass(frozen=True, eq=False)
class Lines:
    """The lips of an upright label map, by columns: float (S,) each in its rows.

    columns: int (S,);  s: -1 to 1;  middle: where lips meet or would;  gap: how far they are apart
    first, last: where the inside of the mouth was painted from and to;  upper, lower: how thick lips are
    areas:   pixels of each of LIPS
    """

    columns: np.ndarray
    s: np.ndarray
    middle: np.ndarray
    gap: np.ndarray
    first: np.ndarray
    last: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    areas: np.ndarray

    def drawn(self, shape: tuple[int, int]) -> np.ndarray:
        """Labels uint8 (h, w): the lips and what is between them; elsewhere background."""
        labels, row = np.zeros(shape, np.uint8), np.arange(shape[0])[:, None]
        first, last = self.middle - self.gap / 2, self.middle + self.gap / 2
        part = labels[:, self.columns]
        for name, begin, end in zip(LIPS, (first - self.upper, last, first), (first, last + self.lower, last),
                                    strict=True):
            part[(row >= np.round(begin)) & (row < np.round(end))] = IDS[name]
        labels[:, self.columns] = part
        return labels

    def over(self, other: "Lines") -> "Lines":
        """These lines over the width of others."""
        along = {name: np.interp(other.s, self.s, getattr(self, name))
                 for name in ("middle", "gap", "first", "last", "upper", "lower")}
        return replace(self, columns=other.columns, s=other.s, **along)


def lines_of(labels: np.ndarray) -> Lines:
    """The lines of a mouth, uint8 (h, w), upright in steps of FINE."""
    parts = [labels == IDS[name] for name in LIPS]
    union, rows = parts[0] | parts[1] | parts[2], len(labels)
    columns = np.nonzero(union.any(0))[0]
    s = 2 * (columns - columns[0]) / max(1, columns[-1] - columns[0]) - 1
    firsts, lasts, there = ([op(part[:, columns]) for part in (*parts, union)] for op in (
        lambda part: part.argmax(0), lambda part: rows - part[::-1].argmax(0), lambda part: part.any(0)))
    ends, begins = np.where(there[0], lasts[0], firsts[3]), np.where(there[1], firsts[1], lasts[3])
    meet = np.where(there[0] & there[1], (ends + begins) / 2, np.where(there[0], ends, begins))
    first, last = np.where(there[2], firsts[2], meet), np.where(there[2], lasts[2], meet)
    middle = _fitted(s, (first + last) / 2)
    gap = _fitted(s, last - first, ends=False).clip(0)
    gap = gap * (gap.max() * FINE > SHUT)
    upper, lower = (middle - gap / 2 - _fitted(s, firsts[3])).clip(0), (_fitted(s, lasts[3]) - middle - gap / 2).clip(0)
    return Lines(columns, s, middle, gap, first, last, upper, lower, np.array([part.sum() for part in parts], float))


def _fitted(s: np.ndarray, values: np.ndarray, ends: bool = True) -> np.ndarray:
    """Values (S,) as smooth as a line of the lips; ends: not 0 at the corners."""
    chord = [1 - s, 1 + s] if ends else []
    basis = np.stack([*chord, *((1 - s**2) * s**power for power in range(BENDS if ends else 3))], 1)
    return basis @ np.linalg.lstsq(basis, values.astype(float), rcond=None)[0]


def mouth_meant(painting: Painting) -> Painting:
    """With the lips that were there, in the size of what was painted, where a thick brush dabbed at a mouth."""
    was, now = painting.was(*LIPS), painting.now(*LIPS)
    touched = (painting.old != painting.new) & (was | now)
    if touched.sum() < SPECK * painting.eyes**2:
        return painting
    now = _one(now, was)
    beside = cv2.dilate((was | now).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if (beside & ~painting.was(*FACE)).any():                               # seen from the side, or behind a hand
        return painting
    if not painting.now("upper lip", "lower lip").any() or not now.any():
        return painting
    old, new = (_upright(np.where(mask, labels, 0), painting) for mask, labels in (
        (was, painting.old), (now, painting.new)))
    if min(mask_of(each, LIPS[:2]).any(0).sum() for each in (old, new)) < FEWEST:
        return painting
    before, after = lines_of(old), lines_of(new)
    inside = painting.now("mouth") & ~painting.was("mouth") & now
    opened = bool(inside.sum() > SPECK * painting.eyes**2)
    dab = opened and np.ptp(painting.x[inside]) < DAB * np.ptp(painting.x[now])
    usual, seen = _oddness(old, before), _oddness(new, after)
    if not dab and (seen <= np.maximum(usual + ROUGHER, ODD)).all():
        return painting
    drawn = _back(_scaled(before, after, opened).drawn(new.shape), painting)
    out = without(painting.new, now & (drawn == 0), ("skin", "nose"))
    return painting.painted(np.where((drawn > 0) & painting.now(*FACE), drawn, out))


def _one(now: np.ndarray, was: np.ndarray) -> np.ndarray:
    """What hangs together of a mouth and is where it was."""
    _, parts = cv2.connectedComponents(cv2.dilate(now.astype(np.uint8), np.ones((3, 3), np.uint8)))
    return now & np.isin(parts, np.unique(parts[now & was]))


def _lost(labels: np.ndarray, lines: Lines) -> float:
    """Share of a mouth that its lines do not give back."""
    drawn = lines.drawn(labels.shape)
    return 1 - float((drawn == labels)[(drawn > 0) | mask_of(labels, LIPS)].mean())


def _oddness(labels: np.ndarray, lines: Lines) -> np.ndarray:
    """How little a mouth is one, (5,), in the order of ODD."""
    tall = mask_of(labels, LIPS)[:, lines.columns].sum(0)
    within, opened = np.abs(lines.s) < 0.8, lines.last > lines.first
    covered = [mask_of(labels, (name,))[:, lines.columns].any(0)[within].mean() for name in LIPS[:2]]
    ends = np.mean([tall[np.abs(lines.s - side) < 0.06].mean() for side in (-0.88, 0.88)]) / tall.max()
    wide = max(2, len(tall) // 16)
    step = np.abs(tall[wide:] - tall[:-wide]).max() / tall.max()
    split = opened.any() and not opened[np.abs(lines.s) < 0.25].any()
    return np.array([1 - min(covered), ends, step, _lost(labels, lines), float(split)])


def _scaled(before: Lines, after: Lines, opened: bool) -> Lines:
    """The old lips over the width of the new ones and as full as they are."""
    lips = before.over(after)
    ratio = after.areas / len(after.s) / np.maximum(before.areas / len(before.s), 1e-6)
    upper, lower = ratio[:2].clip(*FULLER)
    gap, middle = lips.gap * min(1.0, ratio[2]) * (ratio[2] > KEPT), lips.middle
    if opened:                                                              # the jaw drops, the upper lip hardly moves
        tallest, lens = int((after.last - after.first).argmax()), 1 - np.abs(after.s) ** 2.4
        first = middle - lips.gap / 2
        first = first - (first[tallest] - after.first[tallest]).clip(0, LIFT / FINE) * lens
        last = np.maximum(middle + lips.gap / 2, first + (after.last[tallest] - first[tallest]) * lens)
        gap, middle, upper, lower = last - first, (first + last) / 2, max(upper, 0.9), max(lower, 0.9)
    return replace(lips, gap=gap, middle=middle, upper=lips.upper * upper, lower=lips.lower * lower)


def _grid(painting: Painting) -> tuple[float, float, float, float]:
    """First x and y, and how far they go, of the upright copy: all of the mouth and some more."""
    parts = painting.was(*LIPS) | painting.now(*LIPS)
    x, y = painting.x[parts], painting.y[parts]
    return float(x.min()) - 0.3, float(y.min()) - 0.5, float(np.ptp(x)) + 0.6, float(np.ptp(y)) + 1.0


def _upright(labels: np.ndarray, painting: Painting) -> np.ndarray:
    """A copy of labels in steps of FINE, uint8 (h, w)."""
    left, top, wide, tall = _grid(painting)
    to_places = np.vstack([painting.to_places, [0, 0, 1]])
    affine = np.linalg.inv(to_places)[:2] @ np.array([[FINE, 0, left], [0, FINE, top], [0, 0, 1]])
    return cv2.warpAffine(labels.astype(np.uint8), affine, (round(wide / FINE), round(tall / FINE)),
                          flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)


def _back(upright: np.ndarray, painting: Painting) -> np.ndarray:
    """An upright copy where the painting has its pixels."""
    left, top, _, _ = _grid(painting)
    places = [((axis - first) / FINE).astype(np.float32) for axis, first in ((painting.x, left), (painting.y, top))]
    return cv2.remap(upright, *places, cv2.INTER_NEAREST)
