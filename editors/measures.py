"""What can be read off a mesh: pose, and the form of each part of the face with the pose taken out."""

import math

import numpy as np

from .frame import MESH_POINTS
from .mesh_points import CHIN, FOREHEAD, LEFT_BROW, LEFT_EYE, MOUTH_CORNERS, RIGHT_BROW, RIGHT_EYE, SIDES


def rotation_of(mesh: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) that turns the mean face as the mesh (468+, 3) is turned (Kabsch 1976).

    mesh and mean in the same units, x right, y down, z away; the mouth and chin, which move by themselves, count less.
    """
    weights = np.ones(MESH_POINTS)
    weights[mean[:, 1] > mean[MOUTH_CORNERS[0], 1] - 0.15] = 0.05
    a = mean - np.average(mean, 0, weights)
    b = mesh[:MESH_POINTS] - np.average(mesh[:MESH_POINTS], 0, weights)
    u, _, v = np.linalg.svd((a * weights[:, None]).T @ b)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    return (u @ flip @ v).T


def rotation_by(yaw: float, pitch: float) -> np.ndarray:
    """The rotation (3, 3) that turns a frontal face by yaw and pitch in degrees (see `pose_of` for the signs)."""
    y, p = math.radians(yaw), math.radians(pitch)
    about_vertical = np.array([[math.cos(y), 0, -math.sin(y)], [0, 1, 0], [math.sin(y), 0, math.cos(y)]])
    about_level = np.array([[1, 0, 0], [0, math.cos(p), math.sin(p)], [0, -math.sin(p), math.cos(p)]])
    return about_vertical @ about_level


def pose_of(rotation: np.ndarray) -> tuple[float, float]:
    """Yaw and pitch in degrees of a rotation (3, 3): positive is turned to the picture's right, and chin up."""
    x, y, z = rotation @ np.array([0.0, 0.0, -1.0])                     # where the nose points
    return math.degrees(math.atan2(x, -z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


def _between(mesh: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(mesh[a] - mesh[b]))


def mesh_measures(mesh: np.ndarray, mean: np.ndarray) -> dict[str, float]:
    """Measures of a mesh (468+, 3) that lies on the mean mesh (468, 3), in the mean's units.

    Pose is taken out before anything else is measured. `yaw` and `pitch` are in degrees, `jaw` is a share of the face's
    width, all others are in distances between the eyes.
    """
    rotation = rotation_of(mesh, mean)
    yaw, pitch = pose_of(rotation)
    upright = (mesh[:MESH_POINTS] - mesh[:MESH_POINTS].mean(0)) @ rotation       # inverse of a rotation: its transpose
    eyes = upright[list(RIGHT_EYE)].mean(0), upright[list(LEFT_EYE)].mean(0)
    upright = upright / np.linalg.norm(eyes[0][:2] - eyes[1][:2])
    plane = upright[:, :2]
    right, left = MOUTH_CORNERS
    lift = plane[[13, 14], 1].mean() - plane[[right, left], 1].mean()
    brows = plane[list(RIGHT_BROW + LEFT_BROW), 1].mean()
    lids = plane[[133, 33, 263, 362], 1].mean()
    return {
        "smile": lift + 0.5 * _between(plane, right, left),
        "mouth_open": _between(plane, 13, 14),
        "eyes_open": (_between(plane, 159, 145) + _between(plane, 386, 374)) / 2,
        "brows_raised": lids - brows,
        "face_width": _between(plane, *SIDES),
        "jaw": _between(plane, 172, 397) / _between(plane, *SIDES),
        "nose_width": _between(plane, 129, 358),
        "lips_full": _between(plane, 0, 13) + _between(plane, 14, 17),
        "face_height": _between(plane, FOREHEAD, CHIN),
        "mouth_width": _between(plane, right, left),
        "yaw": yaw,
        "pitch": pitch,
    }
