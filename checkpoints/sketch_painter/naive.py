"""Faces as people draw them who do not draw: ellipses for eyes, an arc for a brow, one line for a mouth.

What is drawn is about where the photograph's parts are, and about as large; no line is that of the photograph.
"""

import cv2
import numpy as np

from checkpoints.data import TrainingFace
from editors.mesh_points import (
    CHIN,
    FOREHEAD,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_IRIS,
    MOUTH_CORNERS,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_IRIS,
)

OFF, THICK = 0.05, (0.02, 0.06)
"""By how much a part is off, and how thick lines are: in eye distances."""
UPPER_LIP, INNER_TOP, INNER_BOTTOM, LOWER_LIP = 0, 13, 14, 17
"""Points of the mesh down the middle of the lips."""
NOSE_TOP, NOSE_TIP, NOSE_BASE, NOSE_WINGS = 168, 4, 2, (98, 327)


class Pen:
    """Draws on a picture in the axes of a face: along the line of its eyes, and down; 1 is the distance of the eyes."""

    def __init__(self, face: TrainingFace, rng: np.random.Generator):
        self.drawing, self.mesh, self.rng = np.zeros(face.image.shape[:2], np.uint8), face.mesh[:, :2], rng
        across = self.mesh[list(LEFT_EYE)].mean(0) - self.mesh[list(RIGHT_EYE)].mean(0)
        down = self.mesh[CHIN] - self.mesh[FOREHEAD]
        self.eyes = float(np.linalg.norm(across))
        self.axes = np.stack([across, down * self.eyes / np.linalg.norm(down)])
        self.thick = max(1, round(self.eyes * rng.uniform(*THICK)))

    def off(self, share: float = 1.0) -> np.ndarray:
        """A step (2,) in pixels by which something is off."""
        return self.rng.normal(0, share * OFF * self.eyes, 2)

    def size_of(self, part: np.ndarray) -> np.ndarray:
        """How far points (N, 2) reach across and down the face, (2,)."""
        return np.ptp(part @ np.linalg.inv(self.axes), axis=0)

    def line(self, points: np.ndarray, closed: bool = False, filled: bool = False) -> None:
        """A line through points (N, 2) in pixels."""
        points = np.round(points * 16).astype(np.int32)
        if filled:
            cv2.fillPoly(self.drawing, [points], 255, cv2.LINE_AA, 4)
        cv2.polylines(self.drawing, [points], closed, 255, self.thick, cv2.LINE_AA, 4)

    def arc(
        self, centre: np.ndarray, size: np.ndarray, start: float = 0, end: float = 360, filled: bool = False
    ) -> None:
        """Part of an ellipse, half its axes (2,) across and down; from right (0) over down (90) to left, in degrees."""
        angle = np.radians(np.linspace(start, end, 25))
        points = np.stack([size[0] * np.cos(angle), size[1] * np.sin(angle)], 1)
        self.line(centre + points @ self.axes, end - start == 360, filled)


def naive(face: TrainingFace, rng: np.random.Generator) -> np.ndarray:
    """Lines of a whole face, uint8 (H, W), as thick as people draw them."""
    pen = Pen(face, rng)
    _eyes(pen)
    _brows(pen)
    _nose(pen)
    _mouth(pen)
    oval = pen.mesh[list(OVAL)]
    if rng.random() < 0.5:
        pen.line(oval + pen.off(), closed=True)
    else:
        pen.arc(oval.mean(0) + pen.off(), pen.size_of(oval) / 2 * rng.uniform(0.95, 1.1, 2))
    return pen.drawing


def _eyes(pen: Pen) -> None:
    rng = pen.rng
    wider, taller, iris, way, low = (rng.uniform(0.85, 1.4), rng.uniform(0.75, 1.8), rng.uniform(0.6, 1.3),
                                     rng.random(), pen.off())
    for lids, middle in ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS)):
        eye = pen.mesh[list(lids)]
        centre, size = eye.mean(0) + low + pen.off(0.4), pen.size_of(eye) / 2 * (wider, taller)
        size[1] = max(size[1], 0.04)
        if way < 0.7:
            pen.arc(centre, size)
        elif way < 0.85:                                                       # an almond: two arcs that meet
            ends = size[0] * pen.axes[0]
            for side in (-1, 1):
                pen.line(np.array([centre - ends, centre + side * size[1] * pen.axes[1], centre + ends]))
        else:
            pen.arc(centre + 0.5 * size[1] * pen.axes[1], size * (1, 1.5), 190, 350)
        round_ = min(iris * pen.size_of(pen.mesh[middle : middle + 5])[0] / 2, 1.1 * size[1])
        seen = pen.mesh[middle] - eye.mean(0) + centre + pen.off(0.3)
        if rng.random() < 0.9:
            pen.arc(seen, np.array([round_, round_]), filled=rng.random() < 0.3)
            pen.arc(seen, np.array([round_, round_]) * 0.4, filled=True)


def _brows(pen: Pen) -> None:
    low, way = pen.off(), pen.rng.random()
    if way < 0.1:
        return
    for brow in (RIGHT_BROW, LEFT_BROW):
        points = pen.mesh[list(brow)]
        middle = (points[:5] + points[:4:-1]) / 2 + low + pen.off(0.5)
        if way < 0.8:
            pen.line(middle[[0, 2, 4]] if way < 0.4 else middle)
        else:
            pen.line(cv2.convexHull((points + low).astype(np.float32))[:, 0], closed=True)


def _nose(pen: Pen) -> None:
    top, tip, base = (pen.mesh[point] + pen.off(0.7) for point in (NOSE_TOP, NOSE_TIP, NOSE_BASE))
    left, right = (pen.mesh[point] + pen.off(0.5) for point in NOSE_WINGS)
    way = pen.rng.random()
    if way < 0.3:
        side = left if pen.rng.random() < 0.5 else right
        pen.line(np.array([top, side, base]))
    elif way < 0.5:
        pen.line(np.array([top + 0.3 * (left - tip), left, base, right]))
    elif way < 0.75:
        pen.line(np.array([left, base + 0.03 * pen.axes[1], right]))
    elif way < 0.9:
        for side in (left, right):
            pen.arc((side + base) / 2, np.array([0.03, 0.02]), filled=True)


def _mouth(pen: Pen) -> None:
    rng, mesh, low = pen.rng, pen.mesh, pen.off()
    right, left = (mesh[point] + low + pen.off(0.4) for point in MOUTH_CORNERS)
    upper, top, bottom, lower = (mesh[point] + low + pen.off(0.2) for point in
                                 (UPPER_LIP, INNER_TOP, INNER_BOTTOM, LOWER_LIP))
    opened = np.linalg.norm(top - bottom) > 0.06 * pen.eyes
    way = rng.random()
    if way < 0.45 and not opened:
        pen.line(_through(right, (top + bottom) / 2, left))
    elif way < 0.25:
        pen.line(_through(right, bottom, left))                                # a smile, of which one line is drawn
    elif way < 0.7:
        pen.line(_through(right, top, left))
        if opened:
            pen.line(_through(right, bottom, left))
        if rng.random() < 0.6:
            pen.line(_through(right, lower, left))
        if rng.random() < 0.4:
            pen.line(_through(right, upper, left))
    else:
        bow = 0.15 * (left - right)
        dip = upper + 0.02 * pen.axes[1]
        pen.line(np.array([right, upper - bow, dip, upper + bow, left, lower + bow, lower - bow]), closed=True)
        pen.line(_through(right, top, left))
        if opened:
            pen.line(_through(right, bottom, left))


def _through(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A parabola (13, 2) from a point over another to a third."""
    t = np.linspace(-1, 1, 13)[:, None]
    return middle + (end - start) / 2 * t + ((start + end) / 2 - middle) * t * t
