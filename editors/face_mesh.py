"""The mesh of a face that was found: MediaPipe's landmark and iris networks (Apache-2.0), run on several views of it.

Crops follow the options published with their graphs. Points are photograph pixels; whole numbers are pixel centres.
"""

import math

import numpy as np

from .crops import mirrored_affine, sample, square_to_photograph, transform
from .detection import Face
from .images import to_blob
from .mesh_points import LEFT_EYE, MIRROR, RIGHT_EYE
from .models import Models

_MESH_SIZE, _IRIS_SIZE = 192, 64
# Scale, turn in radians and shift in sides of the crops whose meshes are averaged.
_VIEWS = ((1.0, 0.0, np.zeros(2)), (0.95, 0.05, np.array([0.012, -0.012])), (1.05, -0.05, np.array([-0.012, 0.012])))
_PRESENT = 0.75            # the landmark network's own probability that there is a face in its crop

Square = tuple[np.ndarray, float, float]
"""Middle (2,) and side in photograph pixels, and the angle in radians by which it is turned."""


def find_mesh(image: np.ndarray, face: Face, models: Models) -> np.ndarray:
    """The mesh of a face: float32 (478, 3), x and y in photograph pixels, z on the same scale, smaller is nearer.

    468 points of the face, then the right and the left iris of the person: centre, and its edge at the picture's
    right, top, left and bottom. The crop is taken again from the mesh itself until it settles; then several
    views of it, also in a mirror, are averaged, which halves the network's own jitter and removes its sidedness.
    """
    square = _face_square(face)
    for _ in range(2):
        square = _mesh_square(_run_mesh(image, square, models)[1])
    (centre, side, angle), views = square, []
    for scale, turn, shift in _VIEWS:
        view = (centre + shift * side, side * scale, angle + turn)
        views += [_run_mesh(image, view, models, mirror)[1] for mirror in (False, True)]
    mesh = np.mean(views, 0)
    irises = [_refine_eye(image, mesh, left, models) for left in (False, True)]
    return np.concatenate([mesh, *irises]).astype(np.float32)


def _face_square(face: Face) -> Square:
    """The square around a face as the detector found it."""
    box = np.array(face.box)
    across = face.points[1] - face.points[0]
    return (box[:2] + box[2:]) / 2, 1.5 * float(max(box[2:] - box[:2])), math.atan2(across[1], across[0])


def _mesh_square(mesh: np.ndarray) -> Square:
    """The square around a mesh, turned by its eye line, half as large again."""
    across = mesh[263, :2] - mesh[33, :2]
    angle = math.atan2(across[1], across[0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    upright = mesh[:468, :2] @ turn
    low, high = upright.min(0), upright.max(0)
    return turn @ ((low + high) / 2), 1.5 * float(max(high - low)), angle


def _run_mesh(image: np.ndarray, square: Square, models: Models, mirror: bool = False) -> tuple[float, np.ndarray]:
    """One run of the landmark network -> probability of a face, mesh (468, 3) in photograph pixels."""
    affine = square_to_photograph(*square, _MESH_SIZE)
    affine = mirrored_affine(affine, _MESH_SIZE) if mirror else affine
    crop = sample(image, affine, (_MESH_SIZE, _MESH_SIZE))
    presence, points = sorted(models.get("face_landmark")(to_blob(crop)), key=lambda output: output.size)
    points = points.reshape(468, 3).astype(float)
    points = points[list(MIRROR[:468])] if mirror else points
    mesh = np.column_stack([transform(points[:, :2] - 0.5, affine), points[:, 2] * square[1] / _MESH_SIZE])
    return float(1 / (1 + np.exp(-presence.item()))), mesh


def outline_of(image: np.ndarray, face: Face, models: Models) -> np.ndarray | None:
    """The box (4,) around the mesh; None where the landmark network sees no face while it settles or in a mirror."""
    square = _face_square(face)
    for mirror in (False, False, False, True):
        presence, mesh = _run_mesh(image, square, models, mirror)
        if presence < _PRESENT:
            return None
        square = _mesh_square(mesh)
    return np.concatenate([mesh[:, :2].min(0), mesh[:, :2].max(0)])


def _refine_eye(image: np.ndarray, mesh: np.ndarray, left: bool, models: Models) -> np.ndarray:
    """Put the eye contour of `mesh` in place (in the array given) and return the iris (5, 3)."""
    contour = LEFT_EYE if left else RIGHT_EYE
    outer, inner = mesh[contour[0], :2], mesh[contour[8], :2]
    across = outer - inner if left else inner - outer
    side = 2.3 * float(np.linalg.norm(across))
    affine = square_to_photograph((outer + inner) / 2, side, math.atan2(across[1], across[0]), _IRIS_SIZE)
    if left:  # the network knows one eye only; the other is shown to it in a mirror
        affine = mirrored_affine(affine, _IRIS_SIZE)
    crop = sample(image, affine, (_IRIS_SIZE, _IRIS_SIZE))
    found = models.get("iris_landmark")(to_blob(crop))
    iris, eye = sorted((output.reshape(-1, 3).astype(float) for output in found), key=len)
    # The network counts below from the outer to the inner corner, then above the same way.
    order = [*range(9), *range(15, 8, -1)]
    mesh[list(contour), :2] = transform(eye[order, :2] - 0.5, affine)
    iris = iris[[0, 3, 2, 1, 4]] if left else iris
    return np.column_stack([transform(iris[:, :2] - 0.5, affine), np.full(5, mesh[list(contour), 2].mean())])
