"""Which lines draw hair: long ones side by side, strand by strand, and outlines that hold some beside a face.

A painter that knows hair as edges of photographs makes scratches of such lines. Strands are told from other lines by
their neighbours: they run alike, begin beyond the face or beside hair that is seen, and are more than a hat's brim.
The edges of a photograph are shorter and run all ways; those are left to the painter.

H, W height and width of a photograph, h, w of a small copy in which lines are looked at; lengths are in eye distances.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..areas import within_hull
from ..faces import eye_distance
from ..labels import IDS
from ..mesh_points import CHIN, FOREHEAD, OVAL
from .place import MIDDLE, middles_of
from .scale import Blank, below_brows
from .strokes import MARKED, closed, firm, grown, loops_of, opened, parts, shares, strokes_of, ways_of

WORKED, COUNTED = 48.0, 96.0
"""Pixels between the eyes at which strands are told from other lines; at which those of a hand are counted."""
OWN = 0.8
"""Share of a stroke within the features of a face from which it is one of them."""
BETWEEN = 0.5
"""How far apart strands may lie with hair between them, and hair from a face."""
NARROW = 0.14
"""What is narrower is a single line."""
BEYOND = 0.25
"""Share of drawn hair that lies outside the oval of the face, or else its strands run down it."""
FAR, STRAYS = (4.0, 6.5), 0.15
"""How far to a side of a chin and below it hair seldom reaches; more than this share of it: a photograph is drawn."""
FEW = 2.2
"""Lines of so many lengths are a brim or a ribbon."""
AMID = (0.35, 0.8)
"""How far around strands what is seen tells whether they lie on skin, and which share of it is skin then."""
THINNEST, PENS = 0.1, 4.0
"""Share of what is drawn that is as thin as the pen, and how many pens wide ink is that no single line leaves: strokes
that ran together.
"""
LARGE, OPEN, BY_LINES, GAP = 0.3, 0.1, 0.15, 0.35
"""Squared eye distances that an outline holds at least, and of its rim what may be open and what has to be lines;
how wide a gap closes by itself."""
RING = (0.3, 0.3, 0.12)
"""Share of what a line encloses by itself that is hair, from which all of it is, and share of it on a face, up to which
it may be; and how wide a gap a hand leaves in it."""
THROAT, NECK = 0.75, 0.5
"""How far to both sides of a chin a throat reaches, and which share of what is enclosed lies there that is no hair."""
LONG, ALIKE, AROUND = (0.45, 0.9), (0.87, 0.82), 0.03
"""How long half of the strands are, and how far lines within the last distance have one direction, of 1, at least: the
shorter, the more. Of the edges of photographs that are kept for choosing, few are taken for strands."""
SHOWN = 0.5
"""How far from what is seen a hole may be of the same, where its lines are not drawn by hand."""
BY_HAND, SHAKY = 0.9, (0.77, 0.72)
"""Share of all lines that fade to no side from which they are drawn by hand, and how far those have one direction."""


@dataclass(frozen=True, eq=False)
class Head:
    """What is known of a head where hair is drawn.

    mesh:   (468, 3) in pixels of the photograph;  hole: bool (H, W)
    seen:   bool (H, W), hair around the hole;     skin: bool (H, W), skin around it
    """

    mesh: np.ndarray
    hole: np.ndarray
    seen: np.ndarray
    skin: np.ndarray

    @cached_property
    def eyes(self) -> float:
        """Pixels between the eyes."""
        return eye_distance(self.mesh)

    def part(self, here: tuple[slice, slice]) -> "Head":
        """The same head in a part of the photograph."""
        mesh = self.mesh - [here[1].start, here[0].start, 0]
        return Head(mesh, self.hole[here], self.seen[here], self.skin[here])


def head_of(blank: Blank, lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> Head | None:
    """What a photograph with nothing under its hole tells of a head; None if no line can be of hair.

    lines: float32 (H, W) in 0..1
    """
    nothing = np.zeros(hole.shape, bool)
    head = Head(mesh, hole, nothing, nothing)
    if not _in_small(lines, head)[0].any():
        return None
    labels = blank.labels(mesh)
    return Head(mesh, hole, (labels == IDS["hair"]) & ~hole, (labels == IDS["skin"]) & ~hole)


def _in_small(lines: np.ndarray, head: Head) -> tuple[np.ndarray, "_Places"]:
    """A small copy (h, w) of lines that are none of a face's features, and its places."""
    scale = min(1.0, WORKED / head.eyes)
    size = tuple(max(2, round(side * scale)) for side in head.hole.shape[::-1])
    small, hole, seen, skin = (cv2.resize(np.asarray(layer, np.float32), size, interpolation=cv2.INTER_AREA)
                               for layer in (lines, head.hole, head.seen, head.skin))
    mesh = head.mesh * [*(np.array(size) / head.hole.shape[::-1]), scale]
    by_hand, fine = firm(lines).sum() > BY_HAND * lines.sum(), small
    if by_hand:
        sides = np.array(lines.shape[::-1]) * min(1.0, COUNTED / head.eyes)
        fine = cv2.resize(lines, sides.astype(int), interpolation=cv2.INTER_AREA)
    there = _Places(Head(mesh, hole > 0.5, seen > 0.5, skin > 0.5), by_hand, fine)
    return small * _outside((small > MARKED) & there.head.hole, there.features), there


def drawn_hair(lines: np.ndarray, head: Head) -> np.ndarray:
    """Where lines float32 (H, W) in 0..1 draw hair, strand by strand or as an outline: bool (H, W)."""
    small, there = _in_small(lines, head)
    kept = there.hatched(small) | there.enclosed(small)
    if kept.any():
        gaps = closed(kept | there.head.seen, BETWEEN * there.eyes) & grown(kept, BETWEEN * there.eyes)
        kept |= gaps & there.head.hole & ~there.features & ~there.head.seen
    if kept.any() and not there.by_hand:
        left = opened(kept & ~_beside_other(there.head), NARROW * there.eyes)
        kept = np.any([np.zeros_like(left), *(part for part in parts(left) if there.at_head(part))], axis=0)
    soft = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 1.0)
    return (cv2.resize(soft, head.hole.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5) & head.hole


class _Places:
    """Parts of a small picture of a head in which lines may be hair."""

    def __init__(self, head: Head, by_hand: bool, fine: np.ndarray):
        """by_hand: whether lines are drawn by hand, which is shaky
        fine:    (H, W) in 0..1, all lines in a copy in which they are counted
        """
        self.by_hand, self.fine = by_hand, fine
        self.head, self.eyes = head, head.eyes
        self.features = below_brows(head.mesh, head.hole.shape)
        self.oval = within_hull(head.mesh[list(OVAL), :2], head.hole.shape)
        self.throat = _throat(head)
        self.beside = grown(self.oval | head.seen, BETWEEN * self.eyes)

    def hatched(self, lines: np.ndarray) -> np.ndarray:
        """Where strands lie side by side, bool (h, w)."""
        area = opened(closed(lines > 0, BETWEEN * self.eyes), NARROW * self.eyes) & self.head.hole
        kept = np.zeros(area.shape, bool)
        for part in parts(area):
            if self.at_head(part) and self._strands(lines * part) and self._many(lines * part) and self._near(part):
                beyond = (part & ~self.oval).sum() > BEYOND * part.sum() and not self._on_skin(part)
                if beyond or self._upright(lines * part):
                    kept |= part
        return kept

    def enclosed(self, lines: np.ndarray) -> np.ndarray:
        """What long lines, the face and hair that is seen enclose together, bool (h, w)."""
        drawn = grown(lines > 0, 1.0)
        drawn |= closed(drawn | self.oval | self.head.seen, GAP * self.eyes) & ~self.oval & ~self.head.seen
        kept = np.zeros(drawn.shape, bool)
        for part in parts(self.head.hole & ~drawn & ~self.oval):
            if part.sum() < LARGE * self.eyes**2 or not self.at_head(part) or not self._near(part):
                continue
            if (part & self.throat).sum() > NECK * part.sum():
                continue
            rim = (cv2.dilate(part.astype(np.uint8), np.ones((5, 5))) > 0) & ~part
            ends = sum(int(side.sum()) for side in (part[0], part[-1], part[:, 0], part[:, -1]))
            bare = ends + (rim & ~drawn & ~self.oval & ~self.head.seen & ~self.head.hole).sum()
            if bare < OPEN * rim.sum() and (rim & drawn).sum() > BY_LINES * rim.sum():
                if self._strands(lines * grown(part, 0.1 * self.eyes)):
                    kept |= grown(part, 2.0)
        for loop in loops_of(closed(lines > 0, RING[2] * self.eyes)):     # what is narrow beside a face, too
            if (loop & kept).sum() > RING[0] * loop.sum() and (loop & self.features).sum() < RING[1] * loop.sum():
                kept |= grown(loop, 2.0)
        return kept & self.head.hole

    def at_head(self, part: np.ndarray) -> bool:
        """Whether a part lies at the head, and begins above the chin."""
        return bool((part & self.beside).any() and np.flatnonzero(part.any(1))[0] < self.head.mesh[CHIN, 1])

    def _on_skin(self, part: np.ndarray) -> bool:
        """Whether what is seen around a part is skin: what runs across a high forehead lies beyond the oval, too."""
        around = grown(part, AMID[0] * self.eyes) & ~self.head.hole
        return bool((around & self.head.skin).sum() > AMID[1] * around.sum() > 0)

    def _near(self, part: np.ndarray) -> bool:
        """Whether a part reaches no farther from the head than hair does."""
        (rows, columns), (x, y) = np.nonzero(part), self.head.mesh[CHIN, :2]
        return bool(((np.abs(columns - x) > FAR[0] * self.eyes) | (rows - y > FAR[1] * self.eyes)).mean() < STRAYS)

    def _strands(self, lines: np.ndarray) -> bool:
        """Whether lines are long, and smooth: of one direction where they are near to each other."""
        _, strokes, found, _ = cv2.connectedComponentsWithStats((lines > 0).astype(np.uint8))
        sides, areas = found[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]], found[1:, cv2.CC_STAT_AREA]
        ways = ways_of(lines)
        near = cv2.GaussianBlur(ways, (0, 0), AROUND * self.eyes)
        alike = np.hypot(near[..., 0], near[..., 1]) / (near[..., 2] + 1e-9)
        smooth = np.average(alike, weights=ways[..., 2] + 1e-12)
        long = np.median(np.repeat(np.hypot(*sides.T), areas)) / self.eyes if len(areas) else 0
        return bool(long > LONG[0] and smooth > np.interp(long, LONG, SHAKY if self.by_hand else ALIKE))

    def _many(self, lines: np.ndarray) -> bool:
        """Whether lines have together more length than the two of a brim or a ribbon would."""
        rows, columns = np.nonzero(lines)
        far = FEW * MIDDLE * np.hypot(np.ptp(rows), np.ptp(columns))
        if middles_of(lines > 0).sum() > far:
            return True
        size, scale = self.fine.shape[::-1], self.fine.shape[1] / lines.shape[1]
        here = cv2.resize((lines > 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        drawn = (self.fine > MARKED) & here
        middles = middles_of(drawn)
        deep = cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 5)
        pen = 2 * float(np.quantile(deep[middles & drawn], THINNEST)) if (middles & drawn).any() else np.inf
        solid = opened(drawn, PENS * pen) if np.isfinite(pen) else ~drawn & drawn
        return bool((middles & ~solid).sum() + MIDDLE * solid.sum() / pen > scale * far)

    def _upright(self, lines: np.ndarray) -> bool:
        """Whether lines run down a face rather than across it, as those of a forehead do."""
        down = self.head.mesh[CHIN, :2] - self.head.mesh[FOREHEAD, :2]
        x, y = down / np.linalg.norm(down)
        ways = ways_of(lines).sum((0, 1))
        return bool(ways[0] * (x * x - y * y) + ways[1] * 2 * x * y > 0)


def _beside_other(head: Head) -> np.ndarray:
    """Which part of a hole lies beside something that is seen, and is no hair, bool (H, W)."""
    away, nearest = cv2.distanceTransformWithLabels(head.hole.astype(np.uint8), cv2.DIST_L2, 5,
                                                    labelType=cv2.DIST_LABEL_PIXEL)
    hairy = np.zeros(nearest.max() + 1, bool)
    hairy[nearest[~head.hole]] = head.seen[~head.hole]
    return head.hole & (away < SHOWN * head.eyes) & ~hairy[nearest]


def _throat(head: Head) -> np.ndarray:
    """What lies below a chin and not beside it, bool (H, W)."""
    chin, down = head.mesh[CHIN, :2], head.mesh[CHIN, :2] - head.mesh[FOREHEAD, :2]
    x, y = down / np.linalg.norm(down)
    rows, columns = np.indices(head.hole.shape)
    below = (columns - chin[0]) * x + (rows - chin[1]) * y
    aside = np.abs((columns - chin[0]) * y - (rows - chin[1]) * x)
    return (below > 0) & (aside < THROAT * head.eyes)


def _outside(lines: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Lines, bool (h, w), without the strokes that lie in an area."""
    strokes = strokes_of(lines)
    return lines & (shares(strokes, area)[strokes] < OWN)
