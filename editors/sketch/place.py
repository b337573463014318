"""Where the painter's frame lies in a photograph whose face is partly under a hole, and what is drawn there."""

from functools import lru_cache

import cv2
import numpy as np

from ..faces import eye_distance
from ..frame import MESH_POINTS, Frame, vertices_of
from ..mesh_points import (
    LEFT_BROW,
    LEFT_EYE,
    LIPS_INNER,
    LIPS_OUTER,
    NOSE,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
)
from ..networks.face_shape import FaceShape, similarity_to

SEEN, DRAWN, GUESSED = 0.1, 0.1, np.inf
"""Eye distances by which a point of the mesh may be wrong: where it is seen, where lines show it, where nothing does.
Large, since neighbours err alike; chosen on photographs that are kept for choosing."""
GUESSWORK = 3
"""Power of the share of a mesh that is seen by which a form is trusted whose rest was guessed."""
STRANGE = (0.08, 0.16)
"""Eye distances from lines that a face has: up to the first no drawn line is strange, from the second on all are."""
JAW = OVAL[7:30]
"""Points of the mesh along the outline of a face, from ear to ear."""
MIDDLE = 1.7
"""How many pixels wide the middle of a line is, on average."""
LEAST_SEEN = 40
"""Points of the mesh that have to be seen for a face to be placed by them."""


def level_patch(mesh: np.ndarray, eyes: float, middle: tuple[float, float]) -> np.ndarray:
    """The affine (2, 3) from a photograph to a patch in which a face is level, `eyes` pixels between its eyes.

    mesh: (468, 3) in pixels of the photograph;  middle: x and y of what lies between the eyes in the patch
    """
    right, left = (mesh[list(eye), :2].mean(0) for eye in (RIGHT_EYE, LEFT_EYE))
    across = (left - right) * eyes / eye_distance(mesh) ** 2
    turn = np.array([across, [-across[1], across[0]]])
    return np.column_stack([turn, middle - turn @ ((right + left) / 2)])


def complete_mesh(mesh: np.ndarray, hidden: np.ndarray, shape: FaceShape, doubt: float = np.inf) -> np.ndarray:
    """The mesh (468, 3) whose hidden points are where all of it makes them most likely.

    mesh: (468+, 3) in photograph pixels;  hidden: bool (468,)
    doubt: eye distances by which hidden points may be wrong; infinite where they say nothing
    """
    mesh = np.asarray(mesh, np.float64)[:MESH_POINTS]
    if not hidden.any():
        return mesh
    told = ~hidden if np.isinf(doubt) else np.ones(MESH_POINTS, bool)
    similarity = similarity_to(_only(mesh, told), _only(shape.mean_mesh, told))
    model = similarity.to_model(mesh)
    model[:, 2] -= (model[told, 2] - shape.mean_mesh[told, 2]).mean()
    likely = likely_mesh(model, np.where(hidden, doubt, SEEN) ** -2.0, shape)
    completed = mesh.copy()
    completed[hidden] = similarity.to_photograph(likely[hidden])
    return completed


def likely_mesh(points: np.ndarray, trust: np.ndarray, shape: FaceShape) -> np.ndarray:
    """The most likely mesh (468, 3) by points (468, 3), each trusted by 1 / variance (468,); all in model units."""
    told = trust > 0
    basis = (shape.mesh_components * shape.mesh_deviations[:, None]).reshape(-1, MESH_POINTS, 3)
    rows, weights = basis[:, told].reshape(len(basis), -1), np.repeat(trust[told], 3)         # (P, 3 * told)
    pull = rows @ (weights * (points - shape.mean_mesh)[told].ravel())
    code = np.linalg.solve((rows * weights) @ rows.T + np.eye(len(rows)), pull)
    return shape.mean_mesh + np.tensordot(code, basis, 1)


def _only(points: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Points (468, 3) with those that say nothing moved onto the mean of the others, where they weigh little."""
    points = points.copy()
    points[~told] = points[told].mean(0)
    return points


def hidden_points(mesh: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Which points of a mesh (468+, 3) lie in a hole, bool (H, W), or outside the picture: bool (468,)."""
    at = np.round(mesh[:MESH_POINTS, :2]).astype(int)
    beyond = (at < 0).any(1) | (at >= hole.shape[::-1]).any(1)
    inside = np.clip(at, 0, np.array(hole.shape[::-1]) - 1)
    return beyond | hole[inside[:, 1], inside[:, 0]]


def trust_in(hidden: np.ndarray, drawn: bool) -> float:
    """How far a completed mesh is evidence of a face's form, 0..1, with bool (468,) of its points hidden."""
    return 1.0 if drawn else float(1 - hidden.mean()) ** GUESSWORK


def into_frame(frame: Frame, layer: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """A picture, or a layer uint8 or float (H, W), warped into the frame: float32 (S, S, C) or (S, S)."""
    if layer.ndim == 3:
        return frame.take(layer, vertices_of(mesh))
    return frame.take(np.repeat(layer[..., None], 3, 2), vertices_of(mesh))[..., 0]


@lru_cache(maxsize=1)
def strange_in(frame: Frame) -> np.ndarray:
    """How far each place of a frame is from where a face has lines, float32 (S, S) in 0..1."""
    return strange_at(frame.mean * frame.size - 0.5, (frame.size, frame.size), OVAL + OVAL[:1])


def strange_at(points: np.ndarray, shape: tuple[int, int], outline: tuple[int, ...] = JAW) -> np.ndarray:
    """How far each pixel is from where a face with points (N, 2+) in pixels has lines, float32 (H, W) in 0..1.

    outline: of the points, those along the outline of the face; above a jaw, no line is seen there
    """
    lines = np.zeros(shape, np.uint8)
    corners = np.rint(points[:, :2] * 16).astype(np.int32)
    for part in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS_OUTER, LIPS_INNER, NOSE):
        cv2.polylines(lines, [corners[list(part)]], True, 255, 1, cv2.LINE_8, 4)
    cv2.polylines(lines, [corners[list(outline)]], False, 255, 1, cv2.LINE_8, 4)
    away = cv2.distanceTransform(255 - lines, cv2.DIST_L2, 5) / eye_distance(points)
    return ((away - STRANGE[0]) / (STRANGE[1] - STRANGE[0])).clip(0, 1)


def middles_of(drawn: np.ndarray) -> np.ndarray:
    """The middles of lines of any width, bool (H, W) as they are, MIDDLE pixels wide."""
    return thin(drawn.astype(np.float32)) > 0.3


def thin(lines: np.ndarray) -> np.ndarray:
    """Lines of any width as their middles: float32 (H, W) in 0..1 -> the same, about two pixels wide.

    A pixel is the middle of a line where, across some direction, it is the highest within three pixels.
    """
    soft = cv2.GaussianBlur(lines, (0, 0), 1.0)
    ridge = np.zeros(lines.shape, bool)
    padded = np.pad(soft, 3)
    height, width = lines.shape

    def neighbour(x: int, y: int) -> np.ndarray:
        return padded[3 + y : 3 + y + height, 3 + x : 3 + x + width]

    for x, y in ((1, 0), (0, 1), (1, 1), (1, -1)):
        highest = np.ones(lines.shape, bool)
        for side in (-1, 1):
            highest &= soft >= neighbour(side * x, side * y) - 1e-6
            highest &= 0.9 * soft > neighbour(3 * side * x, 3 * side * y)
        ridge |= highest
    strength = (1.6 * soft).clip(0, 1)
    return cv2.GaussianBlur(np.where(ridge & (soft > 0.06), strength, 0).astype(np.float32), (0, 0), 0.7)
