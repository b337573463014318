"""What lines alone draw of a person: hair as far as it is drawn, and a label for each pixel.

Each label begins at the middle of where its part usually lies and spreads up to drawn lines; where none are near, up to
the usual outline (after Grady's random walker, https://doi.org/10.1109/TPAMI.2006.233). Lines are float32 (H, W) in
0..1, areas bool (H, W), lengths in eye distances.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..areas import small_size, within_hull, within_ring
from ..labels import IDS
from ..mesh_points import LEFT_BROW, OVAL, RIGHT_BROW
from .hairlines import Head, drawn_hair
from .outlines import Axes, body, cap, collar, ear, forehead, locks
from .strokes import MARKED, closed, grown, opened, parts
from .surroundings import LARGEST, spread

LABELS = ("background", "skin", "neck", "cloth", "left ear", "right ear", "hair")
BACKGROUND, SKIN, NECK, CLOTH, LEFT_EAR, RIGHT_EAR, HAIR = range(len(LABELS))
CORES = {BACKGROUND: 0.55, CLOTH: 0.35, NECK: 0.28, LEFT_EAR: 0.05, RIGHT_EAR: 0.05, SKIN: 0.14, HAIR: 0.13}
"""How deep in its usual place a label is sure."""
USUAL, NEAR = 0.15, 0.15
"""How much the usual place of a label counts where no line is, and how near a line that fades."""
BETWEEN, GAPS, LINES = 0.9, (0.14, 0.8), 0.98
"""How much is held back by the usual outlines of parts, by gaps in lines up to a width, and by lines."""
DENSE, SOLID, BLACK, WHOLE = (0.14, 0.22), 0.4, 1.0, 0.9
"""Over which lines are counted and the share from which they are dark hair; how wide it is, squared how large, and how
wide its gaps may be."""
TRACE, FAR, BROAD, SCRAP = 0.14, 0.35, 0.6, 0.1
"""Narrower drawn hair is a line; so far from where hair usually is it has to be as broad; squared, less is none."""
TURNED = 0.8
"""Share of half a face from which on its side is turned towards us, so that its ear is seen."""
EAR = (-0.2, 0.5, -0.45, 0.9)
"""How far ears reach from and to beside a face, and from and to below the eyes."""
CROWNED, HIGH = 0.6, 0.35
"""Share of the width above a forehead over which drawn hair that is all that grows on a head reaches, and of the height
up to the crown that it has there."""
BUN = 4.0
"""Squared, how large a bun is at most."""
RISES = 0.9
"""How far drawn skin may reach above a face, or else it is no forehead."""


@dataclass(frozen=True, eq=False)
class Hair:
    """Hair as far as it is drawn: where it is, lines that are its strands, and skin between a face and its hairline."""

    area: np.ndarray
    strands: np.ndarray
    forehead: np.ndarray


def hair_in(lines: np.ndarray, axes: Axes) -> Hair:
    """The hair that lines alone draw on a head: strands side by side, an outline, or a dark mass."""
    hole = np.ones(lines.shape, bool)
    head = Head(axes.mesh, hole, ~hole, ~hole)
    drawn = drawn_hair(lines, head) if lines.any() else ~hole
    dark = _dark(lines, axes)
    area = _likely(drawn | dark, axes)
    bare = _forehead(area, lines, axes)
    area &= ~bare & ~_ears(area, lines, axes)
    area = _without_scraps(area, axes)
    area |= _on_top(area, lines, axes)
    if area.any() and _outline_alone(area, lines, axes):
        area[:] = False
    return Hair(area, lines * (drawn & area), bare)


def _dark(lines: np.ndarray, axes: Axes) -> np.ndarray:
    """Where lines lie so densely beside a face that they are dark hair, as edges of photographs have it."""
    mesh, eyes = axes.mesh, axes.eyes
    width, share = DENSE
    features = within_hull(mesh[list(RIGHT_BROW + LEFT_BROW) + [132, 136, 148, 152, 361, 365, 377], :2], lines.shape)
    dense = (cv2.GaussianBlur(lines, (0, 0), width * eyes) > share) & ~features
    near = grown(within_hull(mesh[list(OVAL), :2], lines.shape), SOLID * eyes)
    kept = np.zeros(lines.shape, bool)
    for part in parts(opened(dense, SOLID * eyes)):
        if part.sum() > BLACK * eyes**2 and (part & near).any():
            kept |= part
    if kept.any():                                                             # gloss has no lines
        skull = axes.pixels(cap(axes, np.zeros(lines.shape, np.float32)))
        above = kept & (_places(axes, lines.shape)[1] < 0)
        above = within_hull(np.vstack([np.argwhere(above)[:, ::-1], skull[axes.of(skull)[:, 1] < 0]]), lines.shape)
        kept = closed(kept | above & ~within_ring(mesh[list(OVAL), :2], lines.shape), WHOLE * eyes) & ~features
    return kept


def _likely(area: np.ndarray, axes: Axes) -> np.ndarray:
    """Drawn hair without what is below a chin, and without thin parts where hair seldom is."""
    if not area.any():
        return area
    x, low = 0.9 * axes.neck, axes.chin + 0.03
    throat = [(axes.centre + side * x, y) for side, y in ((-1, low), (1, low), (1, 20), (-1, 20))]
    area = area & ~within_ring(axes.pixels(throat), area.shape)
    usual = [cap(axes, np.zeros(area.shape, np.float32)), locks(axes, "long")]
    usual = np.any([within_ring(axes.pixels(ring), area.shape) for ring in usual], axis=0)
    return area & (grown(usual, FAR * axes.eyes) | opened(area, BROAD * axes.eyes))


def _without_scraps(area: np.ndarray, axes: Axes) -> np.ndarray:
    """Drawn hair whose parts are no lines, not small, and begin above the middle of a face."""
    wide = area & grown(opened(area, TRACE * axes.eyes), TRACE * axes.eyes / 2) if area.any() else area
    kept = np.zeros(area.shape, bool)
    for part in parts(wide):
        if part.sum() > SCRAP * axes.eyes**2 and axes.of(np.argwhere(part)[:, ::-1])[:, 1].min() < 0.15:
            kept |= part
    return kept


def _forehead(area: np.ndarray, lines: np.ndarray, axes: Axes) -> np.ndarray:
    """The part of what looks like hair that lies between a face and a hairline above which there is hair, too."""
    skin = np.zeros(area.shape, bool)
    near = grown(within_hull(axes.mesh[list(OVAL), :2], area.shape), 0.15 * axes.eyes)
    for part in parts(area & ~(cv2.dilate(lines, np.ones((3, 3))) > MARKED)):
        at = axes.of(np.argwhere(part)[:, ::-1])
        if not (part & near).any() or np.ptp(at[:, 0]) < 0.8 * axes.wide or len(at) < 0.05 * axes.eyes**2:
            continue
        middle = at[np.abs(at[:, 0] - axes.centre) < 0.3, 1]
        if len(middle) and middle.max() < -0.4 and middle.min() > axes.top - RISES:
            above = [(axes.centre + aside, middle.min() - 0.2) for aside in (-0.25, 0, 0.25)]
            if np.mean(_at(area & ~part, axes.pixels(above))) > 0.5:
                skin |= grown(part, 0.03 * axes.eyes)
    return skin


def _ears(area: np.ndarray, lines: np.ndarray, axes: Axes) -> np.ndarray:
    """The parts of what looks like hair that are enclosed where ears are."""
    ears = np.zeros(area.shape, bool)
    for part in parts(area & ~(cv2.dilate(lines, np.ones((3, 3))) > MARKED)):
        at = axes.of(np.argwhere(part)[:, ::-1])
        beside = np.abs(at[:, 0] - axes.centre) - axes.wide
        if EAR[0] < beside.min() and beside.max() < EAR[1] and EAR[2] < at[:, 1].min() and at[:, 1].max() < EAR[3]:
            ears |= grown(part, 0.03 * axes.eyes)
    return ears


def _outline_alone(area: np.ndarray, lines: np.ndarray, axes: Axes) -> bool:
    """Whether what looks like hair is only the top of a head whose outline is drawn: of hair that says nothing."""
    inner = area & ~grown(~area, 0.1 * axes.eyes)
    if (lines[inner] > MARKED).mean() > 0.01 if inner.any() else False:
        return False
    oval, skull = axes.mesh[list(OVAL), :2], within_ring(axes.pixels(cap(axes, lines)), area.shape)
    if (area & ~grown(skull, 0.12 * axes.eyes)).sum() > SCRAP * axes.eyes**2:
        return False
    bare = area & grown(within_hull(oval, area.shape), 0.08 * axes.eyes)
    bare &= ~(cv2.dilate(lines, np.ones((5, 5))) > MARKED)
    beside = axes.of(np.argwhere(bare)[:, ::-1])[:, 0]
    return bool(len(beside) and np.ptp(beside) > 1.1 * axes.wide)


def _on_top(area: np.ndarray, lines: np.ndarray, axes: Axes) -> np.ndarray:
    """What is enclosed by lines on top of drawn hair: a bun."""
    bun = np.zeros(area.shape, bool)
    if area.any():
        near = grown(area, 0.12 * axes.eyes)
        for part in parts(~(cv2.dilate(lines, np.ones((3, 3))) > MARKED) & ~area):
            ends = part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any()
            if not ends and SCRAP < part.sum() / axes.eyes**2 < BUN and (part & near).any():
                if axes.of(np.argwhere(part)[:, ::-1])[:, 1].max() < axes.top:
                    bun |= grown(part, 0.06 * axes.eyes)
    return bun


def _at(area: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether points (N, 2) in pixels are in an area; beyond the picture is not."""
    points = np.round(points).astype(int)
    there = ((points >= 0) & (points < area.shape[::-1])).all(1)
    x, y = np.clip(points, 0, np.array(area.shape[::-1]) - 1).T
    return area[y, x] & there


def usual_parts(lines: np.ndarray, axes: Axes, hair: Hair, style: str, parting: float) -> tuple[np.ndarray, np.ndarray]:
    """Where each part of a person usually is, numbers of LABELS uint8 (H, W), and the same with no hair before it."""
    shape = lines.shape
    whole, top = within_ring(axes.below(body(axes, lines)), shape), cap(axes, lines)
    usual = np.where(within_ring(axes.below(collar(axes)), shape), CLOTH, NECK) * whole
    for number, side, wide in ((LEFT_EAR, 1, axes.sides[1]), (RIGHT_EAR, -1, axes.sides[0])):
        if wide < TURNED * axes.wide:
            continue
        usual[within_ring(axes.pixels(ear(axes, side)), shape)] = number
    face = within_ring(axes.mesh[list(OVAL), :2], shape)
    skull = within_ring(axes.pixels(top), shape)
    behind = np.where(face | skull | hair.forehead, SKIN, usual)
    usual[face | hair.forehead] = SKIN
    grows, bare = _grows(axes, hair, skull, top, style, parting)
    aside, below = _places(axes, shape)
    throat = (usual == NECK) | (usual == CLOTH)
    throat &= (np.abs(aside) < axes.neck + 0.08) & (below > axes.chin - 0.5)
    usual[bare] = SKIN
    usual[grows & ~throat] = HAIR
    usual[hair.area] = HAIR
    return usual.astype(np.uint8), behind.astype(np.uint8)


def _places(axes: Axes, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel is to the right of the middle of a head, and below its eyes, float (H, W) each."""
    at = axes.of(np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), -1))
    return at[..., 0] - axes.centre, at[..., 1]


def _grows(
    axes: Axes, hair: Hair, skull: np.ndarray, top: np.ndarray, style: str, parting: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where hair grows that is not drawn, and skin that lies between a face and hair."""
    shape, x = skull.shape, np.linspace(-0.5, 0.5, 21) * axes.wide
    nothing = np.zeros(shape, bool)
    if hair.area.any():
        y = np.linspace(axes.crown - 1.2, axes.top, 40)
        points = np.stack(np.meshgrid(x + axes.centre, y), -1)
        drawn = _at(hair.area, axes.pixels(points.reshape(-1, 2))).reshape(len(y), len(x))
        if (drawn.sum(0) * (y[1] - y[0]) > HIGH * (axes.top - axes.crown)).mean() > CROWNED:
            return nothing, skull
    face = within_ring(axes.mesh[list(OVAL), :2], shape)
    line = max(axes.top, float(top[np.abs(top[:, 0] - axes.centre) < 0.3 * axes.wide, 1].min()) + 0.42)
    free = within_ring(axes.pixels(forehead(axes, line, parting)), shape) & grown(face, 0.04 * axes.eyes)
    beside = None if hair.area.any() else locks(axes, style)
    grows = skull | (nothing if beside is None else within_ring(axes.pixels(beside), shape))
    grows &= ~free & ~hair.forehead
    return grows, skull & ~grows


def labels_by_lines(
    lines: np.ndarray, axes: Axes, hair: Hair, style: str, parting: float
) -> tuple[np.ndarray, np.ndarray]:
    """The label of each pixel, uint8 (H, W), and what it would be if nobody had hair."""
    usual, behind = usual_parts(lines, axes, hair, style, parting)
    eyes, thick = axes.eyes, cv2.dilate(lines, np.ones((3, 3))).clip(0, 1)
    sure = np.zeros((*lines.shape, len(LABELS)), np.float32)
    for number, depth in CORES.items():
        core = usual == number
        inner = cv2.distanceTransform(np.pad(core, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        sure[..., number] = inner > depth * eyes
    sure[..., SKIN] = np.maximum(sure[..., SKIN], hair.forehead)
    sure[..., HAIR] = np.maximum(sure[..., HAIR], hair.area & ~grown(~hair.area, 0.04 * eyes))
    away = cv2.distanceTransform((lines < MARKED).astype(np.uint8), cv2.DIST_L2, 5) / (NEAR * eyes)
    pull = USUAL * away.clip(0, 1) ** 2 if lines.any() else np.full(lines.shape, USUAL)
    sure = np.maximum(sure * (thick < MARKED)[..., None], (usual[..., None] == range(len(LABELS))) * pull[..., None])
    edges = cv2.morphologyEx(usual, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    gaps = closed(lines > MARKED, GAPS[0] * eyes)
    open_ = 1 - np.maximum(np.maximum(BETWEEN * edges, GAPS[1] * gaps), LINES * thick).astype(np.float32)
    share = _spread(sure.astype(np.float32), open_)
    found = cv2.GaussianBlur(share, (0, 0), max(0.8, 0.012 * eyes)).argmax(2)
    ids = np.array([IDS[name] for name in LABELS], np.uint8)
    return ids[found], ids[np.where(found == HAIR, behind, found)]


def _spread(sure: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """How far each label (H, W, C) reaches where it is open (H, W), looked at in a small copy."""
    height, width = open_.shape
    _, size = small_size(open_.shape, LARGEST)
    open_ = cv2.resize(open_, size, interpolation=cv2.INTER_AREA)
    # OpenCV takes four channels at most.
    small = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in np.split(sure, [4], axis=2)]
    weight = np.minimum(sum(part.sum(2) for part in small), 1)
    return np.dstack([cv2.resize(spread(part, weight, open_), (width, height), interpolation=cv2.INTER_CUBIC)
                      for part in small])
