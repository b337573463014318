"""Brows that are hatched: many short strokes, or ink wider than a line, become hairs over all that they cover; a line
alone where a brow was brushed out becomes a thin row of them.

A painter of faces takes lines as edges, draws a brow as thin as it usually is, and of a line alone hardly anything.
H, W height and width of a photograph, h, w of a patch level with the eyes; lengths are in eye distances.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..beard import drawn_hairs, turned
from ..crops import inverse, sample, transform
from ..faces import eye_distance
from ..mesh_points import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from ..models import Models
from ..strands import LUMA, Locks, in_locks
from .paint import Drawing
from .place import hidden_points, level_patch
from .shut import soft_within
from .strokes import FEATURE, closed, firm, grown, loops_of, opened, parts, shares, strokes_of, ways_of
from .surroundings import colour_asked, laid
from .whiskers import colour_of, hairs_along

WORKED, SIZE, ABOVE = 72, (2.8, 2.0), 1.4
"""Pixels between the eyes in the patch, its sides, and how much of it lies above the eyes."""
BY_HAND = 0.9
"""Share of all lines that fade to no side from which they are drawn: dark brows of photographs are solid ink, too."""
ZONE, LID, OWN = (0.3, 0.22), 0.03, 0.7
"""How far beside and above a brow another may be drawn, how far from an eye, and which share of a stroke lies there."""
BETWEEN, THICK, LONG, FILLS = 0.12, 0.07, (0.3, 1.1), 0.35
"""How far apart strokes lie with hairs between them, how thick and how long a brow is, and how much of it is ink."""
SLIM, FLAT, ALONE, GONE = 0.055, 0.5, 1.3, 0.6
"""How thick a brow is at least that one line draws, how high that line is at most, of its length, how much ink there is
in all, of its own, and which share of the brow a hole hides."""
SMOOTH = 0.03
"""How far gaps between the ends of strokes are smoothed away."""
UPRIGHT = ((0.0, 0.35, 1.0), (65.0, 30.0, -8.0))
"""From the inner end of a brow to the outer: degrees by which hairs stand above the way outwards."""
USUAL, FAINT = 0.6, 3e-4
"""How much that counts beside the way of strokes, and squared slope below which theirs counts less."""
LENGTH, WIDTH, DENSE, SKIN = 0.085, 0.0022, 0.8, 0.5
"""How long hairs are, how wide at their roots, how dense, and how far skin takes their colour."""
LOCKS: Locks = ((0.12, 0.01, 0.35, 0.1), (0.16, 0.025, 0.25, 0.08))


@dataclass(frozen=True, eq=False)
class Brows:
    """Brows that were drawn: float32 (H, W) lines, bool (H, W) where they grow, and the mesh (468, 3) of the face."""

    lines: np.ndarray
    area: np.ndarray
    mesh: np.ndarray

    def without(self, drawing: Drawing) -> Drawing:
        """What else was drawn, with the brows' outlines for their strokes."""
        outline = cv2.morphologyEx(self.area.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3)))
        near = grown(self.area, SMOOTH * eye_distance(self.mesh))
        return replace(drawing, lines=np.maximum(drawing.lines - self.lines, outline * drawing.hole).astype(np.float32),
                       colours=drawing.colours * ~near[..., None])

    def on(self, picture: np.ndarray, drawing: Drawing, models: Models, seed: int) -> np.ndarray:
        """A photograph whose hole is filled, uint8 (H, W, 3), with the brows."""
        asked = colour_asked(drawing.colours, self.area)
        colour = colour_of(picture, self.mesh, models) if asked is None else asked
        eyes, generator = eye_distance(self.mesh), np.random.default_rng(seed)
        here = bounds(self.area, round(2 * LENGTH * eyes) + 2)
        below, inside, area = picture[here].astype(np.float32), drawing.hole[here], self.area[here]
        full = cv2.GaussianBlur(area.astype(np.float32), (0, 0), max(0.6, 0.02 * eyes)) * soft_within(inside, 2.0)
        flow = self._flow(here)
        curves, chance = hairs_along(DENSE * full, flow, LENGTH, eyes, generator)
        drawn = drawn_hairs(curves, chance, max(WIDTH * eyes, 0.1), full.shape[::-1])
        depth, lit = in_locks(drawn, LOCKS, flow, eyes, generator)
        grey = cv2.GaussianBlur(below @ LUMA, (0, 0), max(1.0, 0.2 * eyes))
        light = (grey / max(float(np.average(grey, weights=full + 1e-6)), 1.0)).clip(0.6, 1.4)[..., None]
        skin = below + (SKIN * full)[..., None] * (np.float32(colour) * light - below)
        hairs = np.minimum(np.float32(colour) * light * (lit / np.maximum(depth, 1e-6))[..., None], 240)
        cover = (1 - np.exp(-depth)) * soft_within(inside, 2.0)
        return laid(picture, here, skin + cover[..., None] * (hairs - skin), inside)

    def _flow(self, here: tuple[slice, slice]) -> np.ndarray:
        """The way hairs grow in a part, float32 (H, W, 2) of length 1: along strokes, or else as they usually do."""
        eyes, lines = eye_distance(self.mesh), self.lines[here]
        mesh = self.mesh[:, :2] - (here[1].start, here[0].start)
        y, x = np.mgrid[: lines.shape[0], : lines.shape[1]]
        at, middle = np.stack([x, y], -1), mesh[list(RIGHT_BROW + LEFT_BROW)].mean(0)
        across = mesh[list(LEFT_EYE)].mean(0) - mesh[list(RIGHT_EYE)].mean(0)
        aside = ((at - middle) @ across) / eyes**2
        side, usual = np.where(aside < 0, -1.0, 1.0), across / np.linalg.norm(across)
        angle = np.radians(np.interp(np.abs(aside), 0.22 + 0.7 * np.array(UPRIGHT[0]), UPRIGHT[1]))
        out = side[..., None] * usual
        usual = turned(out.reshape(-1, 2), (-side * angle).ravel()).reshape(out.shape)
        ways = cv2.GaussianBlur(ways_of(lines), (0, 0), max(1.0, 0.03 * eyes))
        strength = np.hypot(ways[..., 0], ways[..., 1])
        own = ways[..., :2] / (strength[..., None] + 1e-9) * (strength / FAINT).clip(0, 1)[..., None]
        twice = np.stack([usual[..., 0] ** 2 - usual[..., 1] ** 2, 2 * usual[..., 0] * usual[..., 1]], -1)
        told = cv2.GaussianBlur((own + USUAL * twice).astype(np.float32), (0, 0), 0.04 * eyes)
        angle = np.arctan2(told[..., 1], told[..., 0]) / 2
        along = np.stack([np.cos(angle), np.sin(angle)], -1)
        return (along * np.where((along * usual).sum(-1, keepdims=True) < 0, -1, 1)).astype(np.float32)


def brows_of(drawing: Drawing, mesh: np.ndarray) -> Brows | None:
    """The brows that lines draw in a hole, hatched or wider than a line; None for none."""
    return _found(drawing, mesh, _hatched, (True, True))


def thin_brows_of(drawing: Drawing, mesh: np.ndarray) -> Brows | None:
    """The brows that are one line each in a hole that hides the face's own; None for none."""
    hidden = hidden_points(mesh, drawing.hole)
    return _found(drawing, mesh, _lone, [hidden[list(brow)].mean() > GONE for brow in (RIGHT_BROW, LEFT_BROW)])


def _found(drawing: Drawing, mesh: np.ndarray, draws: Callable, asked: Sequence[bool]) -> Brows | None:
    """The brows, the right and the left one, that are asked for, as `draws` finds them like `_hatched`."""
    strokes = firm(drawing.lines)
    if not any(asked) or not strokes.any() or strokes.sum() < BY_HAND * drawing.lines.sum():
        return None
    size = tuple(round(side * WORKED) for side in SIZE)
    to_patch = level_patch(mesh, WORKED, (size[0] / 2, ABOVE * WORKED))
    drawn = sample(strokes, inverse(to_patch), size) > FEATURE
    points, area = transform(mesh[:, :2], to_patch), np.zeros(drawn.shape, bool)
    for brow, eye, wanted in ((RIGHT_BROW, RIGHT_EYE, asked[0]), (LEFT_BROW, LEFT_EYE, asked[1])):
        if wanted:
            area |= draws(drawn, points[list(brow)], points[list(eye)])
    if not area.any():
        return None
    whole, lines = (sample(layer.astype(np.float32), to_patch, drawing.hole.shape[::-1])
                    for layer in (area, grown(area, SMOOTH * WORKED)))
    area = (cv2.GaussianBlur(whole, (0, 0), max(0.8, 0.015 * eye_distance(mesh))) > 0.5) & drawing.hole
    return Brows(drawing.lines * (lines > 0.5), area, mesh) if area.any() else None


def _hatched(drawn: np.ndarray, brow: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Where strokes, bool (h, w), hatch a brow over an eye, points (N, 2) each, bool (h, w)."""
    own, columns = _own(drawn, brow, eye), np.indices(drawn.shape)[1]
    area, kept = opened(closed(own, BETWEEN * WORKED), THICK * WORKED), np.zeros(drawn.shape, bool)
    for part in parts(area):
        long = np.ptp(columns[part]) / WORKED
        if LONG[0] < long < LONG[1] and (own & part).sum() > FILLS * part.sum():
            kept |= part
    return opened(closed(kept, SMOOTH * WORKED), SMOOTH * WORKED)


def _lone(drawn: np.ndarray, brow: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """As `_hatched`, of one flat stroke that lies nearer to the brow than to the eye, no thinner than SLIM."""
    own = _own(drawn, brow, eye)
    stroke = max(parts(own), key=np.sum, default=own)
    rows, columns = np.nonzero(stroke)
    if not len(rows) or own.sum() > ALONE * stroke.sum() or opened(stroke, THICK * WORKED).any():
        return np.zeros_like(own)
    long, high = np.ptp(columns), np.ptp(rows)
    looped = any(loop.sum() > (SLIM * WORKED) ** 2 for loop in loops_of(stroke))
    if looped or not LONG[0] < long / WORKED < LONG[1] or high > FLAT * long:
        return np.zeros_like(own)
    if rows.mean() > (brow[:, 1].mean() + eye[:, 1].min()) / 2:
        return np.zeros_like(own)
    return grown(stroke, max(0.0, SLIM * WORKED - stroke.sum() / long) / 2)


def _own(drawn: np.ndarray, brow: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """What of strokes, bool (h, w), may be of a brow over an eye, points (N, 2) each, bool (h, w)."""
    rows, columns = np.indices(drawn.shape)
    low, high = brow.min(0) - np.array(ZONE) * WORKED, brow.max(0) + np.array(ZONE) * WORKED
    zone = (rows > low[1]) & (rows < high[1]) & (columns > low[0]) & (columns < high[0])
    zone &= ~grown(within_hull(eye, drawn.shape), LID * WORKED) & (rows < eye[:, 1].mean())
    strokes = strokes_of(drawn)
    return drawn & (shares(strokes, zone) > OWN)[strokes] & zone
