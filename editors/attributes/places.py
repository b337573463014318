"""Where on a face a direction may change the appearance."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..faces import eye_distance
from ..frame import MESH_POINTS
from ..mesh_points import LEFT_EYE, LOWER_LIP_ROWS, RIGHT_EYE, UPPER_LIP_ROWS
from ..networks.face_shape import FaceShape

PLACES = {
    "smile": ((0.0, 0.62, 0.95, 0.75),),
    "mouth_open": ((0.0, 0.75, 0.85, 0.6),),
    "beard": ((0.0, 0.85, 0.95, 0.75),),
    "eyes_open": ((-0.5, -0.56, 0.42, 0.32), (0.5, -0.56, 0.42, 0.32)),
    "age": ((0.0, 0.22, 1.05, 1.3),),
    "nose_width": ((0.0, 0.18, 0.45, 0.4),),
    "masculine": ((0.0, 0.1, 1.0, 1.4),),
}
"""Ellipses x, y, half width, half height about the mean face's middle, in eye distances; everywhere if not said."""
MOVED = {
    "lips_full": ((0.0, 0.68, 0.8, 0.48),),
    "nose_width": ((0.0, 0.05, 0.5, 0.45),),
    "brows_raised": ((0.0, -1.05, 1.3, 0.42),),
}
"""As PLACES, where a direction moves the mesh: fuller lips need no other eyes, jaw or bridge of the nose."""
AROUND_TEETH = ("smile", "mouth_open", "age")
"""Directions that leave alone what is seen between the lips: teeth are the photograph's own, or drawn anew."""
AROUND_EYES = ("eyes_open", "age")
"""Directions that leave alone what is seen between the lids: nobody's eyes change colour as they open."""
LITTLE_AT_EYES = ("masculine",)
"""Directions that change the appearance less around the eyes: what is painted there is not the face."""
AROUND_LIPS, OFF_LIPS = ("beard",), ("nose_width",)
"""Directions that mostly leave alone the lips, and those that wholly do."""


def place(name: str, shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: where the direction may change the appearance, with soft edges."""
    if name not in PLACES:
        return np.ones(shape.frame.inside.shape, np.float32)
    soft = ellipses(PLACES[name], shape)
    for names, part, share in ((AROUND_TEETH, between_lips, 1), (AROUND_EYES, in_eyes, 1), (AROUND_LIPS, lips, 0.6),
                               (OFF_LIPS, lips, 1), (LITTLE_AT_EYES, around_eyes, 0.6)):
        if name in names:
            soft = soft * (1 - share * part(shape))
    return soft


def moved(name: str, shape: FaceShape) -> np.ndarray:
    """Float (468, 1) 0..1: how much of its movement a direction makes at each point of the mesh."""
    if name not in MOVED:
        return np.ones((MESH_POINTS, 1), np.float32)
    x, y = np.round(shape.frame.mean[:MESH_POINTS] * shape.frame.size - 0.5).astype(int).T
    return ellipses(MOVED[name], shape)[y, x, None]


def ellipses(parts: tuple[tuple[float, float, float, float], ...], shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: inside some ellipses, with soft edges."""
    eye = eye_distance(shape.frame.mean * shape.frame.size)
    middle = shape.frame.mean[:MESH_POINTS].mean(0) * shape.frame.size
    mask = np.zeros(shape.frame.inside.shape, np.float32)
    for x, y, half_width, half_height in parts:
        centre = middle + np.array([x, y]) * eye
        cv2.ellipse(mask, (tuple(centre), (2 * half_width * eye, 2 * half_height * eye), 0), 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), 0.12 * eye)


def between_lips(shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: what is seen of the mouth between the lips, with soft edges."""
    return polygons([[*UPPER_LIP_ROWS[-1], *LOWER_LIP_ROWS[-1][::-1]]], shape)


def lips(shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: the lips and what is between them, with soft edges."""
    return polygons([[*UPPER_LIP_ROWS[0], *LOWER_LIP_ROWS[0][::-1]]], shape)


def in_eyes(shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: eyeballs between the lids, with soft edges."""
    return polygons([RIGHT_EYE, LEFT_EYE], shape)


def around_eyes(shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: eyes, lids and what is below them, with soft edges."""
    return ellipses(PLACES["eyes_open"], shape)


def polygons(outlines: list[Sequence[int]], shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: inside some outlines of mesh points, with soft edges."""
    mean = shape.frame.mean * shape.frame.size
    mask = np.zeros(shape.frame.inside.shape, np.float32)
    for outline in outlines:
        cv2.fillPoly(mask, [np.round((mean[list(outline)] - 0.5) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), 0.015 * eye_distance(mean))
