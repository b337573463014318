"""Where faces crease with age: across the forehead, beside eyes, nose and mouth, under the eyes. Drawn by a rule.

The lines lie in the mesh-normalised frame, each a dark fold between two lit banks. Lengths are in eye distances, x to
the picture's right and y down.
"""

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np

from .canvas import Canvas
from .faces import eye_distance
from .frame import Frame
from .mesh_points import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE

SIDE = 320
"""Pixels along a side of the picture of all lines in the frame."""
FOREHEAD = ((0.24, 18, 0.58), (0.42, 22, 0.66), (0.6, 19, 0.62), (0.77, 11, 0.5))
"""How far from the brows to the hair each line lies, how deep it is in levels of well-lit skin, and half its length."""
CROWS_FEET = ((-24, 0.2, 10), (-4, 0.26, 17), (16, 0.28, 19), (36, 0.26, 15), (54, 0.2, 10))
"""Degrees below the horizontal, length and depth of lines that leave the outer corner of an eye."""
UNDER_EYES = ((0.15, 23, 0.024, 2, 9), (0.25, 20, 0.032, 2, 9), (0.09, 10, 0.014, 1, 7))
"""Below the lower lid by how much, depth, width, and the first point of the lid and the one after the last."""
BESIDE_FOLD = ((0.16, 11), (0.3, 8))
"""How far from the fold between nose and mouth lines of the cheek lie, and how deep they are."""
LIP = (0.07, 0.17, 0.27, 0.37)
"""Where lines above the upper lip stand, from the middle."""
WIDER = 2.2
"""How much wider the banks of a fold are, which are lit as much as it is dark."""
BROWS, HAIRLINE, BETWEEN_BROWS, OVER_LIP, WINGS = (105, 334), 10, 9, 0, ((98, 64), (327, 294))

Line = tuple[np.ndarray, float, float]
"""Points (N, 2) in eye distances from the picture's corner, depth in levels of well-lit skin, and width."""


def bent(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A curve of Bézier through 40 points, (40, 2)."""
    t = np.linspace(0, 1, 40)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t * t * end


def lines_of(mean: np.ndarray) -> Iterator[Line]:
    """Every line on a mean face, its vertices (540, 2) in eye distances."""
    chance = np.random.default_rng(3)
    middle, brows = mean[BETWEEN_BROWS], mean[list(BROWS)].mean(0)[1]
    for share, depth, half in FOREHEAD:
        x = np.linspace(-half, half, 60)
        waves = np.interp(x, np.linspace(-half, half, 9), chance.normal(size=9))
        y = brows - share * (brows - mean[HAIRLINE, 1]) + 0.018 * np.cos(np.pi * x / 0.33) + 0.012 * waves
        yield np.stack([middle[0] + x, y + 0.05 * half * (np.abs(x) / half) ** 2.5], 1), depth, 0.022
    sides = zip((-1, 1), (RIGHT_EYE, LEFT_EYE), WINGS, MOUTH_CORNERS, strict=True)
    for side, eye, wing, corner in sides:
        yield from _around_eye(mean, side, eye)
        yield from _around_mouth(mean, side, mean[list(wing)].mean(0), mean[corner])
        foot = middle + (side * 0.1, 0.08)
        yield bent(foot, foot + (side * -0.015, -0.12), foot + (side * 0.03, -0.24)), 11, 0.022


def _around_eye(mean: np.ndarray, side: int, eye: tuple[int, ...]) -> Iterator[Line]:
    for angle, length, depth in CROWS_FEET:
        away = np.array([side * np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        start = mean[eye[0]] + 0.12 * away + (side * 0.02, 0)
        bend = (0, -0.03 if angle < 0 else 0.03)
        yield bent(start, start + away * length / 2 + bend, start + away * length), depth, 0.018
    lid = mean[list(eye[:9])]
    for below, depth, width, first, last in UNDER_EYES:
        t = np.linspace(first, last - 1, 40)
        smooth = np.stack([np.interp(t, range(9), lid[:, axis]) for axis in (0, 1)], 1)
        yield cv2.GaussianBlur(smooth, (1, 9), 3) + (0, below), depth, width


def _around_mouth(mean: np.ndarray, side: int, wing: np.ndarray, corner: np.ndarray) -> Iterator[Line]:
    start, end = wing + (side * 0.1, -0.06), corner + (side * 0.15, 0.06)
    middle = (start + end) / 2 + (side * 0.1, -0.08)
    yield bent(start, middle, end), 35, 0.034
    for beside, depth in BESIDE_FOLD:
        away = np.array([side * beside, 0])
        yield bent(start + away + (0, 0.16), middle + away + (side * 0.04, 0.1), end + away + (0, 0.05)), depth, 0.03
    start, end = corner + (side * 0.05, 0.07), corner + (side * 0.14, 0.42)
    yield bent(start, (start + end) / 2 + (side * 0.06, 0), end), 16, 0.034
    for place in LIP:
        foot = mean[OVER_LIP] + (side * place, 1.5 * (place - 0.07) ** 2 - 0.05)
        yield bent(foot, foot + (side * 0.01, -0.06), foot + (side * 0.025, -0.12)), 10, 0.012


@lru_cache(maxsize=1)
def picture_of(frame: Frame) -> np.ndarray:
    """All lines in the frame, float32 (SIDE, SIDE), in levels of well-lit skin for a face well on in years."""
    eye = eye_distance(frame.mean * SIDE)
    chance, picture = np.random.default_rng(1), np.zeros((SIDE, SIDE), np.float32)
    for points, depth, width in lines_of(frame.mean * SIDE / eye):
        t = np.linspace(0, 1, len(points))
        uneven = 0.8 + 0.2 * np.interp(t, np.linspace(0, 1, 7), chance.normal(size=7))
        strength = np.minimum(1, np.minimum(t, 1 - t) / 0.4) ** 1.2 * uneven
        line, pixels = np.zeros_like(picture), np.round((points * eye - 0.5) * 16).astype(int)
        for start, end, amount in zip(pixels[:-1], pixels[1:], strength, strict=False):
            cv2.line(line, start.tolist(), end.tolist(), max(float(amount), 0.0), 1, cv2.LINE_8, 4)
        picture += depth * (_broad(line, WIDER * width * eye) / WIDER - _broad(line, width * eye))
    return picture


def _broad(line: np.ndarray, width: float) -> np.ndarray:
    """A line one pixel wide made as broad as a blur of some width, and as strong along its middle."""
    return cv2.GaussianBlur(line, (0, 0), width) * np.float32(width * np.sqrt(2 * np.pi))


def creases_of(canvas: Canvas) -> np.ndarray:
    """The lines on the grid of a canvas, float32 (h, w), in levels of well-lit skin."""
    place = (canvas.positions + 0.5) * np.float32(SIDE / canvas.shape.frame.size) - 0.5
    picture = picture_of(canvas.shape.frame)
    return cv2.remap(picture, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
