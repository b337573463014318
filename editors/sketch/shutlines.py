"""Which lines draw an eye that is shut: one arc where it is, perhaps with lashes; no second lid and no iris.

Lengths are in widths of the eye. h, w: of a patch around it, level with the eyes.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..crops import inverse, sample, scale_of
from ..mesh_points import LEFT_EYE, RIGHT_EYE
from .place import hidden_points
from .strokes import FEATURE, firm, grown, loops_of, opened, shares

WIDE, HIGH, EYE = 2.4, 2.0, 60
"""Sides of the patch, and pixels of it that an eye is wide."""
ARC, OFF, FLAT = (0.55, 1.7), (0.4, 0.5), 0.75
"""How wide an arc is, how far across and down from the middle of the eye its own is, and how high it is at most."""
ALONE, INNER, MOST = (0.4, 0.7), 0.7, 0.75
"""How far above and below an arc there are no others, in the inner part of it, for which share of it."""
SOLID, PIXELS = 0.3, 8.0
"""How wide ink is that is no line but an iris: in widths of the eye, and in pixels of the photograph."""
LOOP = 0.006
"""What a line encloses that is more than an arc, in squared widths."""
THICKER, THIN = 1.4, 0.4
"""How much more ink there is in the middle of an arc than at its sides from which it is an iris, and how
thick an arc is of its width."""
DENSE = (1.1, 1.5)
"""Where there is no more ink in the middle than so, it is that much wider before it is no line: lashes that merge."""
STRAY = 0.5
"""Share of a stroke near the arc from which it is a lash."""
LASH = 0.06
"""How far off an arc a lash begins."""
POINTS = 33
"""Points of an arc."""


@dataclass(frozen=True, eq=False)
class ShutEye:
    """An eye that was drawn shut.

    to_eye: the affine (2, 3) from the photograph to widths of the eye from its middle
    arc:    float64 (N, 2), where lashes stand, from left to right in the picture, in the same
    lines:  float32 (H, W) in 0..1, all that was drawn of it
    left:   whether it is the person's left one
    """

    to_eye: np.ndarray
    arc: np.ndarray
    lines: np.ndarray
    left: bool


def drawn_shut(lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> list[ShutEye]:
    """The eyes that lines float32 (H, W) in 0..1 draw shut in a hole, bool (H, W); mesh: (468, 3) of the face."""
    strokes = firm(lines)
    if not strokes.any():
        return []
    hidden = hidden_points(mesh, hole)
    found = [_shut(strokes, lines, mesh, eye) for eye in (RIGHT_EYE, LEFT_EYE) if hidden[list(eye)].all()]
    return [eye for eye in found if eye]


def _shut(strokes: np.ndarray, lines: np.ndarray, mesh: np.ndarray, points: tuple[int, ...]) -> ShutEye | None:
    """As drawn_shut, of the eye with these points of the mesh; strokes: the lines (H, W) that may be its arc."""
    to_eye, to_patch, size = patch_of(mesh, points)
    wide = 1 / scale_of(to_eye)
    drawn, marked = (sample(layer, inverse(to_patch), size) > FEATURE for layer in (strokes, lines))
    found = _arc_in(drawn, marked, max(SOLID, PIXELS / wide) * EYE)
    if found is None:
        return None
    arc, own = found
    near = sample(grown(own, 0.03 * EYE).astype(np.float32), to_patch, lines.shape[::-1]) > 0.5
    return ShutEye(to_eye, (arc - (np.array(size) - 1) / 2) / EYE, strokes * near, points == LEFT_EYE)


def patch_of(mesh: np.ndarray, points: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Of an eye or a mouth with these points of a mesh (468, 3) the affines (2, 3) from the photograph to widths of it
    from its middle, and to the patch around it, and the patch's width and height."""
    contour, across = mesh[list(points), :2], mesh[list(LEFT_EYE), :2].mean(0) - mesh[list(RIGHT_EYE), :2].mean(0)
    x, y = across / (np.linalg.norm(across) * np.linalg.norm(contour[0] - contour[len(points) // 2]))
    turn = np.array([[x, y], [-y, x]])
    to_eye, size = np.column_stack([turn, -turn @ contour.mean(0)]), (round(WIDE * EYE), round(HIGH * EYE))
    return to_eye, EYE * to_eye + [[0, 0, (size[0] - 1) / 2], [0, 0, (size[1] - 1) / 2]], size


def to_photograph(to_eye: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 2) in widths of an eye in pixels of the photograph, whose affine (2, 3) leads to them."""
    return (points - to_eye[:, 2]) @ np.linalg.inv(to_eye[:, :2]).T


def places_in(to_eye: np.ndarray, here: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of each pixel of a part of the photograph, (h, w) each, in widths of an eye, to which an affine leads."""
    y, x = np.mgrid[here].astype(np.float32)
    return tuple(row[0] * x + row[1] * y + row[2] for row in to_eye)


def _arc_in(drawn: np.ndarray, marked: np.ndarray, solid: float) -> tuple[np.ndarray, np.ndarray] | None:
    """The points (N, 2) of the arc in what is drawn around an eye, bool (h, w), and all strokes of it.

    None where there is none, or where more than that is marked, bool (h, w)
    """
    _, strokes, found, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8))
    height, width = drawn.shape
    for number in 1 + np.argsort(-found[1:, cv2.CC_STAT_WIDTH]):
        x, y, wide, high = found[number, :4]
        off = abs(x + wide / 2 - width / 2), abs(y + high / 2 - height / 2)
        if not ARC[0] * EYE < wide < ARC[1] * EYE or off[0] > OFF[0] * EYE or off[1] > OFF[1] * EYE:
            continue
        arc = _curve(strokes == number)
        near = _near(arc, drawn.shape)
        own = (shares(strokes, near) > STRAY)[strokes] & drawn
        alone = _alone(marked & near, arc)
        alone &= not opened(marked & near, solid * (DENSE[1] if _alone(marked & near, arc, DENSE[0]) else 1)).any()
        flat = np.ptp(arc[:, 1]) < FLAT * EYE
        looped = any((loop & near).sum() > LOOP * EYE**2 for loop in loops_of(marked))
        return (arc, own) if flat and alone and not looped else None
    return None


def _curve(stroke: np.ndarray) -> np.ndarray:
    """Where lashes stand along a stroke, bool (h, w), that may have some: points (N, 2) from left to right."""
    columns = np.flatnonzero(stroke.any(0))
    top, thick = stroke.argmax(0)[columns], stroke.sum(0)[columns]
    middle, fit = top + np.minimum(thick, np.quantile(thick, 0.4)) / 2, np.polynomial.Polynomial.fit
    for degree in (2, 3):                                      # lashes at both ends are none of it
        off = np.abs(middle - fit(columns, middle, 2, w=1 / (1 + thick))(columns))
        kept = off <= max(LASH * EYE, np.quantile(off, 0.5))
        columns, middle, thick = columns[kept], middle[kept], thick[kept]
    along = np.linspace(columns[0], columns[-1], POINTS)
    return np.stack([along, fit(columns, middle, degree, w=1 / (1 + thick))(along)], 1)


def _near(arc: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The places, bool (h, w), above and below an arc (N, 2) where there may be no other."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    down = (rows - np.interp(columns, *arc.T)) / EYE
    return (down > -ALONE[0]) & (down < ALONE[1]) & (columns >= arc[0, 0]) & (columns <= arc[-1, 0])


def _alone(drawn: np.ndarray, arc: np.ndarray, thicker: float = THICKER) -> bool:
    """Whether what is drawn, bool (h, w), is one line in most columns along an arc (N, 2), no thicker in its middle."""
    trim = (1 - INNER) / 2 * (arc[-1, 0] - arc[0, 0])
    inner = np.pad(drawn[:, round(arc[0, 0] + trim) : round(arc[-1, 0] - trim)], ((1, 0), (0, 0)))
    runs = (inner[1:] & ~inner[:-1]).sum(0)
    left, middle, right = (part.mean() for part in np.array_split(inner.sum(0), 3))
    slim = np.median(inner.sum(0)) < THIN * np.ptp(arc[:, 0])
    return bool(slim and (runs == 1).mean() > MOST and middle < thicker * (left + right) / 2)
