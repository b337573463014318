"""Outlines of a head and what is below it: as they usually are, and laid on drawn ones where there are some.

Lengths are in eye distances, in the axes of the head: x towards the picture's right along the eyes, y down from them.
Below the chin they are in those of the body: from the chin, and less turned. Lines are float32 (H, W) in 0..1.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..faces import eye_distance
from ..mesh_points import CHIN, FOREHEAD, LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE
from .place import thin

SKULL = 0.22
"""How far a skull goes on above a face, in lengths of the face."""
LEANS = 0.35
"""Share of a head's turn that its body takes part in."""
NECK, WIDEST = 0.62, 1.25
"""Half a neck in halves of the face, and half the widest face that makes it wider."""
DRAWN, OFTEN, NEAREST = 0.2, 0.6, 1.03
"""What is a line along a ray, on how many rays there have to be some for an outline, and the likeliest place."""
FOUND, STEPS = 7, 72
"""Neighbours that tell together where an outline lies, and places that are looked at along each ray."""
JAW, TOP, BODY = (0.86, 1.42), (0.6, 1.6), (0.7, 1.3)
"""Between which shares of their usual distance a drawn jaw, the top of a head and shoulders are looked for."""
INNER = 0.6
"""Share of the way from the middle of a face to its outline up to which the face stays where its features are."""
ALONG = 60
"""Points of a curve."""
STYLES = ("cropped", "medium", "long")
"""Ways to wear hair where none is drawn; the first, without any beside a face, is the most likely."""


@dataclass(frozen=True, eq=False)
class Axes:
    """The axes of a head whose mesh (468, 3) is in pixels of a picture."""

    mesh: np.ndarray

    @cached_property
    def eyes(self) -> float:
        """Pixels between the eyes."""
        return eye_distance(self.mesh)

    @cached_property
    def middle(self) -> np.ndarray:
        """Between the eyes, (2,) in pixels."""
        return (self.mesh[list(RIGHT_EYE), :2].mean(0) + self.mesh[list(LEFT_EYE), :2].mean(0)) / 2

    @cached_property
    def turn(self) -> np.ndarray:
        """Unit vectors (2, 2) along the eyes and down, of which eyes and chin tell alike."""
        along = self.mesh[list(LEFT_EYE), :2].mean(0) - self.mesh[list(RIGHT_EYE), :2].mean(0)
        down = self.mesh[CHIN, :2] - self.mesh[FOREHEAD, :2]
        x, y = along / np.linalg.norm(along) + np.array([down[1], -down[0]]) / np.linalg.norm(down)
        return np.array([[x, y], [-y, x]]) / np.hypot(x, y)

    @cached_property
    def oval(self) -> np.ndarray:
        """The outline of the face (36, 2)."""
        return self.of(self.mesh[list(OVAL), :2])

    @cached_property
    def sides(self) -> tuple[float, float]:
        """How far the face reaches to the picture's left and right, both positive."""
        return float(-self.oval[:, 0].min()), float(self.oval[:, 0].max())

    @property
    def wide(self) -> float:
        """Half the width of the face."""
        return sum(self.sides) / 2

    @property
    def centre(self) -> float:
        """Where the middle of the face is along the eyes."""
        return (self.sides[1] - self.sides[0]) / 2

    @property
    def top(self) -> float:
        """The uppermost point of the face, negative."""
        return float(self.oval[:, 1].min())

    @property
    def chin(self) -> float:
        """The lowest point of the face."""
        return float(self.oval[:, 1].max())

    @property
    def crown(self) -> float:
        """The top of the skull, negative."""
        return self.top - SKULL * (self.chin - self.top)

    @property
    def neck(self) -> float:
        """Half the width of the neck."""
        return NECK * min(self.wide, WIDEST)

    def of(self, points: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) in the axes of the head."""
        return (points - self.middle) @ self.turn.T / self.eyes

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the head in pixels."""
        return self.middle + self.eyes * np.asarray(points, float) @ self.turn

    def below(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the body in pixels."""
        x, y = self.turn[0]
        angle = LEANS * np.arctan2(y, x)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        chin = self.pixels([(LEANS * self.centre, self.chin)])
        return chin + self.eyes * np.asarray(points, float) @ turn


def curve(points: list[tuple[float, float]]) -> np.ndarray:
    """A smooth curve (N, 2) through points: Catmull and Rom's spline."""
    points = np.array(points, float)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    at = np.linspace(0, len(points) - 1, ALONG)
    first = np.minimum(at.astype(int), len(points) - 2)
    t = (at - first)[:, None]
    a, b, c, d = (padded[first + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def mirrored(points: list[tuple[float, float]], centre: float = 0.0) -> np.ndarray:
    """A ring from half of it, points from below at the picture's right up to the middle."""
    half = curve(points)
    return np.vstack([half, half[::-1] * (-1, 1)]) + (centre, 0)


def on_lines(
    ring: np.ndarray, centre: np.ndarray, lines: np.ndarray, reach: tuple[float, float], asked: np.ndarray
) -> np.ndarray | None:
    """How far along its ray from the centre each point of a ring (N, 2), in pixels, has a drawn outline: (N,).

    asked: bool (N,), the points that are looked for; the others are as their neighbours.  None: no outline is drawn
    """
    at = np.linspace(*reach, STEPS)
    rays = centre + (ring - centre)[:, None] * at[None, :, None]
    ridge = cv2.GaussianBlur(thin(lines), (0, 0), 1.0)
    drawn = (cv2.remap(ridge, rays.astype(np.float32), None, cv2.INTER_LINEAR) > DRAWN) & asked[:, None]
    there = drawn.any(1)
    if there.sum() < max(1, OFTEN * asked.sum()):
        return None
    found = at[np.where(drawn, -np.abs(at - NEAREST), -9).argmax(1)]
    count, index = len(ring), np.arange(len(ring))
    known = np.concatenate([index[there] + turn for turn in (-count, 0, count)])
    found = np.interp(index, known, np.tile(found[there], 3))
    wrapped = np.pad(found, FOUND // 2, mode="wrap")
    found = np.median(np.lib.stride_tricks.sliding_window_view(wrapped, FOUND), axis=1)
    thrice = np.tile(found, 3)[None].astype(np.float32)
    return cv2.GaussianBlur(thrice, (0, 0), max(0.6, count / 40))[0, count : 2 * count]


def mesh_on_jaw(mesh: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """A mesh (468, 3) whose cheeks and chin end where an outline of the face is drawn, if one is; features stay."""
    ring = mesh[list(OVAL), :2]
    centre = ring.mean(0)
    brows, chin = mesh[list(RIGHT_BROW + LEFT_BROW), :2].mean(0), mesh[CHIN, :2]
    low = (ring - brows) @ (chin - brows) / np.square(chin - brows).sum()
    found = on_lines(ring, centre, lines, JAW, low > 0.08)     # above the brows an outline is that of hair
    if found is None:
        return mesh
    change = (found - 1) * np.interp(low, (-0.25, 0.08), (0, 1))
    away, around = (mesh[:, :2] - centre) @ (1, 1j), (ring - centre) @ (1, 1j)
    order = np.argsort(np.angle(around))
    size, change = (np.interp(np.angle(away), np.angle(around)[order], values[order], period=2 * np.pi)
                    for values in (abs(around), change))
    share = ((abs(away) / size - INNER) / (1 - INNER)).clip(0, 1) ** 1.5
    moved = away * (1 + change * share * size / np.maximum(abs(away), 1e-6))
    return np.column_stack([centre[0] + moved.real, centre[1] + moved.imag, mesh[:, 2]])


def cap(axes: Axes, lines: np.ndarray) -> np.ndarray:
    """The outline of the hair on top of a head, a ring in its axes, on a drawn outline where there is one."""
    wide, crown = axes.wide, axes.crown
    ring = mirrored([(0.86 * wide, 0.3), (wide + 0.03, -0.1), (wide + 0.06, -0.6), (0.88 * wide, crown + 0.3),
                     (0.47 * wide, crown + 0.03), (0, crown - 0.04)], axes.centre)
    centre = np.array([axes.centre, -0.2])
    found = on_lines(axes.pixels(ring), axes.pixels(centre[None])[0], lines, TOP, ring[:, 1] < -0.35)
    return ring if found is None else centre + (ring - centre) * found[:, None]


def locks(axes: Axes, style: str) -> np.ndarray | None:
    """The outline of the hair beside a face in a style, a ring in its axes; None for none."""
    wide, chin = axes.wide, axes.chin
    ends = {
        "medium": [(0.6 * wide, chin - 0.1), (wide + 0.12, chin - 0.15), (wide + 0.34, chin - 0.5), (wide + 0.34, 0.5),
                   (wide + 0.24, -0.1)],
        "long": [(0.5 * wide, chin + 1.5), (wide + 0.25, chin + 1.45), (wide + 0.42, chin + 0.8), (wide + 0.36, 0.6),
                 (wide + 0.22, -0.1)],
    }.get(style)
    top = [(wide + 0.14, -0.5), (0.95 * wide, -0.85), (0.5 * wide, -0.95), (0, -0.95)]
    return ends and mirrored([*ends, *top], axes.centre)


def forehead(axes: Axes, line: float, parting: float) -> np.ndarray:
    """What hair leaves free of a face below its hairline, a ring; on one side it hangs lower by a parting, -1..1."""
    wide, chin = axes.wide, axes.chin

    def half(low: float) -> np.ndarray:
        return curve([(wide, chin), (1.02 * wide, 0.35), (0.93 * wide, -0.1), (0.86 * wide, (0.5 + 0.1 * low) * line),
                      (0.68 * wide, (0.86 - 0.1 * low) * line), (0.35 * wide, (1 - 0.14 * low) * line),
                      (0, (1.03 - 0.05 * low) * line)])

    return np.vstack([half(max(0, parting)), half(max(0, -parting))[::-1] * (-1, 1)]) + (axes.centre, 0)


def ear(axes: Axes, side: int) -> np.ndarray:
    """An ear at the picture's right (1) or left (-1), a ring."""
    angle = np.radians(np.arange(0, 360, 10))
    away = axes.sides[(side + 1) // 2] + 0.05 + 0.17 * np.cos(angle) - 0.06 * np.sin(angle)
    return np.stack([side * away, 0.22 + 0.44 * np.sin(angle)], 1)


def body(axes: Axes, lines: np.ndarray) -> np.ndarray:
    """Neck, shoulders and what is below, a ring in the axes of the body, on a drawn outline where there is one."""
    neck = axes.neck
    ring = mirrored([(3.8, 14), (3.7, 4), (3.45, 2.4), (3.15, 1.85), (2.7, 1.5), (2.0, 1.2), (neck + 0.55, 0.88),
                     (neck + 0.12, 0.62), (neck, 0.35), (neck, 0), (0.95 * neck, -0.5), (0, -0.6)])
    centre, pixels = np.array([0, 2.6]), axes.below(ring)
    asked = (ring[:, 1] > 0.15) & (ring[:, 1] < 3)
    seen = asked & ((pixels > 0) & (pixels < lines.shape[::-1])).all(1)
    found = on_lines(pixels, axes.below(centre[None])[0], lines, BODY, seen) if seen.sum() > 0.3 * asked.sum() else None
    if found is None:
        return ring
    return centre + (ring - centre) * (1 + np.interp(ring[:, 1], (-0.1, 0.15), (0, 1)) * (found - 1))[:, None]


def collar(axes: Axes) -> np.ndarray:
    """Where clothes are, a ring in the axes of the body: below a round collar."""
    wide = axes.neck + 0.42
    x = np.linspace(wide, -wide, 40)
    round_ = np.stack([x, 0.76 + 0.36 * np.sqrt((1 - (x / wide) ** 2).clip(0))], 1)
    return np.vstack([[(-9, 0.7), (-9, 20), (9, 20), (9, 0.7)], round_])
