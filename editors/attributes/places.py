"""Where on a face a direction may change the appearance."""

import cv2
import numpy as np

from ..faces import eye_distance
from ..frame import MESH_POINTS
from ..mesh_points import LOWER_LIP_ROWS, UPPER_LIP_ROWS
from ..networks.face_shape import FaceShape

PLACES = {
    "smile": ((0.0, 0.62, 0.95, 0.75),),
    "mouth_open": ((0.0, 0.75, 0.85, 0.6),),
    "beard": ((0.0, 0.85, 0.95, 0.75),),
    "eyes_open": ((-0.5, -0.28, 0.42, 0.34), (0.5, -0.28, 0.42, 0.34)),
    "age": ((0.0, 0.22, 1.05, 1.3),),
    "nose_width": ((0.0, 0.18, 0.45, 0.4),),
}
"""Ellipses x, y, half width, half height about the mean face's middle, in eye distances; everywhere if not said."""
AROUND_TEETH = ("smile", "mouth_open", "age")
"""Directions that leave alone what is seen between the lips: teeth are the photograph's own, or drawn anew."""


def place(name: str, shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: where the direction may change the appearance, with soft edges."""
    if name not in PLACES:
        return np.ones(shape.frame.inside.shape, np.float32)
    eye = eye_distance(shape.frame.mean * shape.frame.size)
    middle = shape.frame.mean[:MESH_POINTS].mean(0) * shape.frame.size
    mask = np.zeros(shape.frame.inside.shape, np.float32)
    for x, y, half_width, half_height in PLACES[name]:
        centre = middle + np.array([x, y]) * eye
        cv2.ellipse(mask, (tuple(centre), (2 * half_width * eye, 2 * half_height * eye), 0), 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.12 * eye)
    return soft * (1 - between_lips(shape)) if name in AROUND_TEETH else soft


def between_lips(shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1 in the frame: what is seen of the mouth between the lips, with soft edges."""
    mean = shape.frame.mean * shape.frame.size
    mask = np.zeros(shape.frame.inside.shape, np.float32)
    outline = mean[[*UPPER_LIP_ROWS[-1], *LOWER_LIP_ROWS[-1][::-1]]]
    cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), 0.015 * eye_distance(mean))
