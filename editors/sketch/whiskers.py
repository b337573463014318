"""A beard, a moustache or stubble grown where strokes ask for it, hair by hair, in the colour of the face's own hairs.

H, W height and width; lengths are in eye distances.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ..areas import bounds
from ..beard import colour_by, drawn_hairs, growing, turned
from ..faces import eye_distance
from ..labels import BROWS, mask_of
from ..mesh_points import CHIN, LIPS_OUTER, MOUTH_CORNERS
from ..models import Models
from ..strands import LUMA, Locks, in_locks
from .hairlines import WORKED
from .paint import Drawing
from .scale import labels_at
from .strokes import MARKED, closed, grown, opened, ways_of
from .surroundings import colour_asked, laid
from .whiskerlines import drawn_whiskers

BETWEEN, WIDEST, AROUND = (2.5, 0.3), 0.6, 0.03
"""How far apart strokes may lie with hairs between them, in their usual gaps and at least, and at most; how far beside
them some still grow."""
THICK, SPREAD, FULL = 0.05, (0.5, 0.06, 0.14), 1.5
"""How far around a stroke hairs are dense; over which density fades, in usual gaps and within which bounds; how soon it
is full."""
STROKE, DOTS, STUBBLE = 0.5, (0.08, 0.12), 0.55
"""From which strength on pixels beside each other are one stroke; how long most strokes are of stubble and of a beard,
and how dense stubble is."""
PER, WIDTH, SPARSE = 14000, 0.0022, 1.5
"""Hairs on a squared eye distance of the fullest beard, how wide one is at its root, and which power of the density
they follow: a beard ends softly."""
OF_STROKE, SHORTEST, LONGEST = 0.5, 0.018, 0.14
"""How long hairs are for a stroke, and at all."""
LEAN, BEND = 0.5, 0.6
"""Radians that a hair may stand and bend away from its neighbours, either way."""
USUAL, FAINT, SOLID, SINGLE = 0.35, 3e-4, 0.8, 0.1
"""How much the way that hairs usually grow counts beside a stroke's own; squared slope below which that counts less;
from which strength and width on ink has no way of its own."""
LOCKS: Locks = ((0.2, 0.012, 0.3, 0.1), (0.3, 0.03, 0.25, 0.08), (0.35, 0.07, 0.15, 0.04))
SKIN = 0.5
"""How far skin takes the colour of a full beard on it."""
COLOURED = 0.15
"""How far beside hairs a stroke of colour is one for them."""
EDGE = 0.03
"""Over which hairs thin out towards the border of a hole."""


@dataclass(frozen=True, eq=False)
class Whiskers:
    """Hairs of a beard that were drawn: float32 (H, W) lines, and where strokes of colour are for them, bool (H, W)."""

    lines: np.ndarray
    coloured: np.ndarray

    def without(self, drawing: Drawing) -> Drawing:
        """What else was drawn."""
        return replace(drawing, lines=drawing.lines - self.lines, colours=drawing.colours * ~self.coloured[..., None])

    def on(self, picture: np.ndarray, drawing: Drawing, mesh: np.ndarray, models: Models, seed: int) -> np.ndarray:
        """A photograph whose hole is filled, uint8 (H, W, 3), with the hairs."""
        colour = colour_asked(drawing.colours, self.coloured)
        return lay_whiskers(picture, self.lines, drawing.hole, mesh,
                            colour_of(picture, mesh, models) if colour is None else colour, seed)


def whiskers_of(drawing: Drawing, mesh: np.ndarray) -> Whiskers | None:
    """The beard that lines draw on a face; None for none."""
    lines = drawn_whiskers(drawing.lines, mesh)
    if not lines.any():
        return None
    coloured = drawing.colours[..., 3] > 0
    if coloured.any():
        coloured &= grown(lines > MARKED, COLOURED * eye_distance(mesh))
    return Whiskers(lines, coloured)


def colour_of(picture: np.ndarray, mesh: np.ndarray, models: Models) -> np.ndarray:
    """The colour (3,) of a beard by brows and hair of a photograph, uint8 (H, W, 3); mesh (468, 3) of its face."""
    labels = labels_at(picture, mesh, models)
    brows, hair = (mask_of(labels, names) for names in (BROWS, ("hair",)))
    return colour_by(picture[brows].astype(float), picture[hair].astype(float))


def lay_whiskers(
    picture: np.ndarray, lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray, colour: np.ndarray, seed: int
) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with hairs of a colour (3,) along lines (H, W) in 0..1."""
    eyes, generator = eye_distance(mesh), np.random.default_rng(seed)
    here = bounds(lines > MARKED, round((AROUND + 2 * SPREAD[2] + LONGEST) * eyes) + 2)
    below, inside = picture[here].astype(np.float32), hole[here]
    plan = _Plan(lines[here], mesh[:, :2] - (here[1].start, here[0].start))
    full, flow = plan.full * _edge(inside, eyes), plan.flow
    curves, chance = hairs_along(full**SPARSE, flow, plan.length, eyes, generator)
    drawn = drawn_hairs(curves, chance, WIDTH * eyes, full.shape[::-1])
    depth, lit = in_locks(drawn, LOCKS, flow, eyes, generator)
    cover = (1 - np.exp(-depth)) * _edge(inside, eyes)
    grey = cv2.GaussianBlur(below @ LUMA, (0, 0), max(1.0, 0.15 * eyes))
    light = (grey / max(float(np.average(grey, weights=cover + 1e-6)), 1.0)).clip(0.5, 1.4)
    colour = np.float32(colour) * light[..., None]
    skin = below + (SKIN * full**SPARSE)[..., None] * (colour - below)
    hairs = np.minimum(colour * (lit / np.maximum(depth, 1e-6))[..., None], 240)
    return laid(picture, here, skin + cover[..., None] * (hairs - skin), inside)


def _edge(hole: np.ndarray, eyes: float) -> np.ndarray:
    """How far hairs are seen, (H, W) in 0..1: less towards the border of a hole; the picture's own border is none."""
    padded = np.pad(hole, 1, constant_values=True).astype(np.uint8)
    return (cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] / max(1.0, EDGE * eyes)).clip(0, 1)


class _Plan:
    """Where hairs grow, how densely and which way, looked at in a small copy (h, w) of a part of a photograph."""

    def __init__(self, lines: np.ndarray, mesh: np.ndarray):
        """lines: float32 (H, W) in 0..1;  mesh: (468, 2) in the part's pixels"""
        self.eyes, self.shape = eye_distance(mesh), lines.shape
        scale = min(1.0, WORKED / self.eyes)
        size = tuple(max(2, round(side * scale)) for side in lines.shape[::-1])
        self.whole, self.lines = lines, cv2.resize(lines, size, interpolation=cv2.INTER_AREA)
        self.mesh = (mesh + 0.5) * (np.array(size) / lines.shape[::-1]) - 0.5
        self.small = eye_distance(self.mesh)

    @cached_property
    def strokes(self) -> np.ndarray:
        """How long the strokes are, (N,)."""
        _, _, found, _ = cv2.connectedComponentsWithStats((self.whole > STROKE).astype(np.uint8))
        return np.hypot(found[1:, cv2.CC_STAT_WIDTH], found[1:, cv2.CC_STAT_HEIGHT]) / self.eyes

    @property
    def length(self) -> float:
        """How long hairs are."""
        usual = np.median(np.repeat(self.strokes, np.ceil(100 * self.strokes).astype(int))) if len(self.strokes) else 0
        return float(np.clip(OF_STROKE * usual, SHORTEST, LONGEST))

    @property
    def beard(self) -> float:
        """Whether strokes are those of a beard, 1, or the dots of stubble, 0, or between."""
        usual = np.median(self.strokes) if len(self.strokes) else 0
        return float(np.interp(usual, DOTS, (0, 1)))

    @cached_property
    def full(self) -> np.ndarray:
        """How densely hairs grow, float32 (H, W) in 0..1."""
        drawn = self.lines > MARKED
        away = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, 5) / self.small
        gap = 4 * float(away[closed(drawn, WIDEST * self.small)].mean())     # between even lines a quarter, on average
        area = closed(drawn, np.clip(BETWEEN[0] * gap, BETWEEN[1], WIDEST) * self.small) | (away <= AROUND)
        lips = np.round(self.mesh[list(LIPS_OUTER)]).astype(np.int32)
        area &= (cv2.fillPoly(np.zeros(drawn.shape, np.uint8), [lips], 1) == 0) | drawn
        fade = (SPREAD[2] + self.beard * (np.clip(SPREAD[0] * gap, *SPREAD[1:]) - SPREAD[2])) * self.small
        dense = (FULL * cv2.GaussianBlur((away <= THICK).astype(np.float32), (0, 0), fade)).clip(0, 1)
        dense *= STUBBLE + self.beard * (1 - STUBBLE)
        soft = cv2.GaussianBlur(area.astype(np.float32), (0, 0), max(0.8, 0.03 * self.small)) * dense
        return cv2.resize(soft, self.shape[::-1], interpolation=cv2.INTER_LINEAR)

    @cached_property
    def flow(self) -> np.ndarray:
        """The way hairs grow, float32 (H, W, 2) of length 1: along strokes, or else as they usually do."""
        down, across = (self._unit(*ends) for ends in ((None, CHIN), MOUTH_CORNERS))
        y, x = np.mgrid[: self.lines.shape[0], : self.lines.shape[1]]
        away = (np.stack([x, y], -1) - self.mesh[list(MOUTH_CORNERS)].mean(0)) / self.small
        usual = growing(away @ across, away @ down)
        usual = usual[..., :1] * across + usual[..., 1:] * down
        wide = opened(self.lines > SOLID, SINGLE * self.small)
        ways = cv2.GaussianBlur(ways_of(self.lines * ~grown(wide, 1.0)), (0, 0), 1.5)
        strength = np.hypot(ways[..., 0], ways[..., 1])
        firm = (strength / FAINT).clip(0, 1)
        own = ways[..., :2] / (strength[..., None] + 1e-9) * firm[..., None]
        twice = np.stack([usual[..., 0] ** 2 - usual[..., 1] ** 2, 2 * usual[..., 0] * usual[..., 1]], -1)
        told = cv2.GaussianBlur((own + USUAL * twice).astype(np.float32), (0, 0), 0.06 * self.small)
        angle = np.arctan2(told[..., 1], told[..., 0]) / 2
        along = np.stack([np.cos(angle), np.sin(angle)], -1)
        along *= np.where((along * usual).sum(-1, keepdims=True) < 0, -1, 1)
        flow = cv2.resize(along.astype(np.float32), self.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return flow / np.maximum(np.linalg.norm(flow, axis=-1, keepdims=True), 1e-3)

    def _unit(self, start: int | None, end: int) -> np.ndarray:
        """The direction (2,) from one point of the mesh, or the middle of the mouth, to another."""
        begin = self.mesh[list(MOUTH_CORNERS)].mean(0) if start is None else self.mesh[start]
        way = self.mesh[end] - begin
        return way / max(float(np.linalg.norm(way)), 1e-6)


def hairs_along(
    full: np.ndarray, flow: np.ndarray, length: float, eyes: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Hairs as dense as (H, W) in 0..1 says, along the flow (H, W, 2): root, middle and tip (3, n, 2) in pixels, and
    what tells one from the next, (n, 4)."""
    height, width = full.shape
    count = round(PER * height * width / eyes**2)
    places, chance = generator.random((count, 2)) * (width - 1, height - 1), generator.random((count, 4))

    def there(layer: np.ndarray, points: np.ndarray) -> np.ndarray:
        x, y = np.round(points).astype(int).T
        return layer[y.clip(0, height - 1), x.clip(0, width - 1)]

    grows = chance[:, 0] < there(full, places)
    places, chance = places[grows], chance[grows]
    half = length * (0.6 + 0.8 * chance[:, 1:2]) * eyes / 2
    lean = (chance[:, 2] - 0.5) * 2 * LEAN
    root = places - 0.6 * half * there(flow, places)
    middle = root + half * turned(there(flow, root), lean)
    tip = middle + half * turned(there(flow, middle), lean + (chance[:, 3] - 0.5) * 2 * BEND)
    return np.stack([root, middle, tip]), chance
