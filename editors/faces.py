"""Find faces, and the mesh of a face, in a photograph; `align` and `paste_back` are those of `crops`.

Detector, landmark network and iris network are MediaPipe's (Apache-2.0); anchors, decoding and crops follow the
options published with its graphs. Points are photograph pixels; whole numbers are pixel centres.
"""

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .crops import align, mirrored_affine, paste_back, sample, square_to_photograph, transform
from .errors import FaceError
from .mesh_points import CHIN, LEFT_EYE, MIRROR, RIGHT_EYE, SIDES
from .models import Models
from .portrait import Portrait

__all__ = [
    "Face", "align", "eye_distance", "face_of", "faces_of", "find_faces", "find_mesh", "mesh_of", "paste_back",
    "yaw_of",
]

MOST_FACES = 10
LEAST_HEIGHT = 40          # pixels from eyes to chin below which a face is not edited
FULL_PROFILE = 60.0        # degrees of yaw beyond which a face is not edited; the mesh underrates a true profile, but
HIDDEN_EYE = 0.3           # there it draws the far eye at less than this share of the near one's width
_DETECTOR_SIZE, _MESH_SIZE, _IRIS_SIZE = 128, 192, 64
_DETECT_AT = 1536          # faces are looked for on a copy of at most this long side
_OVERLAP = 0.3             # IoU from which two boxes are the same face
_SAME_HEAD = 0.35          # share of the smaller mesh's box from which two meshes are on the same head
_SAME_PLACE = 0.2          # overlap from which a face of an edited picture is the one that lay there before
# Tiles as shares of the long side, and how far apart they start. A tile sees faces from an eighth of its side up,
# and neighbours overlap by more than the largest face that only this level sees.
_TILES = ((1.5, 1.5), (1.0, 1.0), (0.5, 0.3), (0.29, 0.19))
# Scale, turn in radians and shift in sides of the crops whose meshes are averaged.
_VIEWS = ((1.0, 0.0, np.zeros(2)), (0.95, 0.05, np.array([0.012, -0.012])), (1.05, -0.05, np.array([-0.012, 0.012])))
_PRESENT = 0.75            # the landmark network's own probability that there is a face in its crop


@dataclass(frozen=True, eq=False)
class Face:
    """A face that was found.

    box:     x0, y0, x1, y1 in photograph pixels, about brows to chin
    score:   0..1
    points:  (6, 2) pixels: right eye, left eye, nose tip, mouth, right ear, left ear (the person's own sides)
    """

    box: tuple[float, float, float, float]
    score: float
    points: np.ndarray


def _blob(crop: np.ndarray) -> np.ndarray:
    """uint8 (S, S, 3) -> float32 (1, 3, S, S) in 0..1."""
    return cv2.dnn.blobFromImage(crop, 1 / 255)


# --- detection -----------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1)
def _anchors() -> np.ndarray:
    """(896, 2) centres in 0..1: two anchors in each of 16 x 16 cells, then six in each of 8 x 8."""
    grids = []
    for cells, per_cell in ((16, 2), (8, 6)):
        centre = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(centre, centre)
        grids.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), per_cell, 0))
    return np.concatenate(grids)


def _detect_tile(tile: np.ndarray, models: Models) -> np.ndarray:
    """Candidates in one tile (128, 128, 3): (N, 17) rows of score, box x0 y0 x1 y1, six points, in its pixels."""
    scores, rows = sorted(models.get("face_detection")(_blob(tile) * 2 - 1), key=lambda output: output.size)
    scores, rows = scores.reshape(-1), rows.reshape(-1, 8, 2)
    keep = scores > 0  # a sigmoid of one half
    rows = rows[keep].astype(float)
    offset = _anchors()[keep][:, None] * _DETECTOR_SIZE
    centre, half = rows[:, :1] + offset, rows[:, 1:2] / 2
    points = np.concatenate([centre - half, centre + half, rows[:, 2:] + offset], 1) - 0.5
    return np.column_stack([1 / (1 + np.exp(-scores[keep])), points.reshape(-1, 16)])


def _detect_level(image: np.ndarray, share: float, step: float, models: Models) -> np.ndarray:
    """Candidates (N, 17), in pixels of `image`, from tiles of `share` of its long side at most `step` of it apart."""
    size, reduction = _DETECTOR_SIZE, share * max(image.shape[:2]) / _DETECTOR_SIZE
    shape = [max(1, round(length / reduction)) for length in image.shape[1::-1]]
    level = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if reduction > 1 else cv2.INTER_LINEAR)
    left, top = (max(0, size - length) // 2 for length in shape)
    right, bottom = (max(0, size - length - before) for length, before in zip(shape, (left, top)))
    level = cv2.copyMakeBorder(level, top, bottom, left, right, cv2.BORDER_CONSTANT)
    found = [np.empty((0, 17))]
    columns, rows = (np.linspace(0, length - size, 1 + math.ceil((length - size) * share / (step * size) - 1e-6))
                     .round().astype(int) for length in level.shape[1::-1])
    for y, x in itertools.product(rows, columns):
        candidates = _detect_tile(level[y:y + size, x:x + size], models)
        points = candidates[:, 1:].reshape(-1, 8, 2) + (x - left + 0.5, y - top + 0.5)
        candidates[:, 1:] = (points * np.array(image.shape[1::-1]) / shape - 0.5).reshape(-1, 16)
        found.append(candidates)
    return np.concatenate(found)


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.prod(boxes[..., 2:] - boxes[..., :2], -1)


def _common(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Area that one box (4,) has in common with each of boxes (N, 4)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.prod(np.maximum(sides, 0), 1)


def _overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with boxes (N, 4)."""
    common = _common(box, boxes)
    return common / (_areas(box) + _areas(boxes) - common)


def _shared(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """How much of the smaller one two boxes share."""
    return _common(box, boxes) / np.minimum(_areas(box), _areas(boxes))


def _merge(candidates: np.ndarray) -> list[np.ndarray]:
    """Non-maximum suppression in which the boxes of one face are averaged, weighted by their scores."""
    merged = []
    candidates = candidates[np.argsort(-candidates[:, 0], kind="stable")]
    while len(candidates):
        same = _overlap(candidates[0, 1:5], candidates[:, 1:5]) > _OVERLAP
        same[0] = True
        mean = np.average(candidates[same], 0, weights=candidates[same, 0])
        merged.append(np.concatenate([candidates[0, :1], mean[1:]]))
        candidates = candidates[~same]
    return merged


def find_faces(image: np.ndarray, models: Models) -> tuple[Face, ...]:
    """Faces from 4 % of the long side up, the largest first, at most `MOST_FACES`.

    image: uint8 (H, W, 3) RGB
    """
    reduction = max(1.0, max(image.shape[:2]) / _DETECT_AT)
    shape = tuple(max(1, round(length / reduction)) for length in image.shape[1::-1])
    small = cv2.resize(image, shape, interpolation=cv2.INTER_AREA) if reduction > 1 else image
    ratio = np.array(image.shape[1::-1]) / shape
    found = [_detect_level(small, share, step, models) for share, step in _TILES]
    faces: list[Face] = []
    outlines = np.empty((0, 4))
    for row in _merge(np.concatenate(found)):
        points = (row[1:].reshape(8, 2) + 0.5) * ratio - 0.5
        face = Face(tuple(map(float, points[:2].ravel())), float(row[0]), points[2:])
        outline = _outline(image, face, models)
        # Now and then a forehead or a chin is taken for a second face; its mesh slides towards the first one's.
        if outline is not None and not (_shared(outline, outlines) > _SAME_HEAD).any():
            faces.append(face)
            outlines = np.vstack([outlines, outline])
    faces.sort(key=lambda face: (face.box[0] - face.box[2]) * (face.box[3] - face.box[1]))
    return tuple(faces[:MOST_FACES])


# --- mesh ----------------------------------------------------------------------------------------------------------

def _face_square(face: Face) -> tuple[np.ndarray, float, float]:
    box = np.array(face.box)
    across = face.points[1] - face.points[0]
    return (box[:2] + box[2:]) / 2, 1.5 * float(max(box[2:] - box[:2])), math.atan2(across[1], across[0])


def _mesh_square(mesh: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The square around a mesh, turned by its eye line, half as large again."""
    across = mesh[263, :2] - mesh[33, :2]
    angle = math.atan2(across[1], across[0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    upright = mesh[:468, :2] @ turn
    low, high = upright.min(0), upright.max(0)
    return turn @ ((low + high) / 2), 1.5 * float(max(high - low)), angle


def _run_mesh(
    image: np.ndarray, square: tuple[np.ndarray, float, float], models: Models, mirror: bool = False
) -> tuple[float, np.ndarray]:
    """One run of the landmark network -> probability of a face, mesh (468, 3) in photograph pixels."""
    affine = square_to_photograph(*square, _MESH_SIZE)
    affine = mirrored_affine(affine, _MESH_SIZE) if mirror else affine
    crop = sample(image, affine, (_MESH_SIZE, _MESH_SIZE))
    presence, points = sorted(models.get("face_landmark")(_blob(crop)), key=lambda output: output.size)
    points = points.reshape(468, 3).astype(float)
    points = points[list(MIRROR[:468])] if mirror else points
    mesh = np.column_stack([transform(points[:, :2] - 0.5, affine), points[:, 2] * square[1] / _MESH_SIZE])
    return float(1 / (1 + np.exp(-presence.item()))), mesh


def _outline(image: np.ndarray, face: Face, models: Models) -> np.ndarray | None:
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
    iris, eye = sorted((out.reshape(-1, 3).astype(float) for out in models.get("iris_landmark")(_blob(crop))), key=len)
    # The network counts below from the outer to the inner corner, then above the same way.
    order = [*range(9), *range(15, 8, -1)]
    mesh[list(contour), :2] = transform(eye[order, :2] - 0.5, affine)
    iris = iris[[0, 3, 2, 1, 4]] if left else iris
    return np.column_stack([transform(iris[:, :2] - 0.5, affine), np.full(5, mesh[list(contour), 2].mean())])


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


def eye_distance(mesh: np.ndarray) -> float:
    """Pixels between the centres of the two eyes."""
    return float(np.linalg.norm(mesh[list(RIGHT_EYE), :2].mean(0) - mesh[list(LEFT_EYE), :2].mean(0)))


def yaw_of(mesh: np.ndarray) -> float:
    """Degrees by which the head is turned sideways, from the mesh's depth; positive towards the picture's right."""
    across = mesh[SIDES[1]].astype(float) - mesh[SIDES[0]]
    return math.degrees(math.atan2(across[2], np.linalg.norm(across[:2])))


def _check(mesh: np.ndarray) -> None:
    """Raise FaceError for a face that is too small or turned too far to be edited."""
    height = float(np.linalg.norm(mesh[list(RIGHT_EYE + LEFT_EYE), :2].mean(0) - mesh[CHIN, :2]))
    if height < LEAST_HEIGHT:
        raise FaceError(
            f"The face is {height:.0f} pixels from eyes to chin; at least {LEAST_HEIGHT} are needed. "
            "Choose a larger face or a photograph with more pixels."
        )
    widths = [np.linalg.norm(mesh[eye[0], :2] - mesh[eye[8], :2]) for eye in (RIGHT_EYE, LEFT_EYE)]
    if abs(yaw_of(mesh)) > FULL_PROFILE or min(widths) < HIDDEN_EYE * max(widths):
        raise FaceError(
            f"The face is a full profile (turned about {abs(yaw_of(mesh)):.0f} degrees, one eye out of sight); both "
            "eyes have to be seen. Choose a photograph from the front or from three quarters."
        )


# --- facts of a portrait -------------------------------------------------------------------------------------------

def faces_of(portrait: Portrait, models: Models) -> tuple[Face, ...]:
    """The faces of a portrait, the largest first; empty when there is none."""
    return portrait.fact("faces", lambda: find_faces(portrait.image, models))


def _chosen(portrait: Portrait, models: Models) -> Face:
    again = _again(portrait, models)
    if again is not None:
        return again
    faces = faces_of(portrait, models)
    if not faces:
        raise FaceError(
            "No face was found in the photograph; faces are found from 4 % of its long side up. "
            "Choose a photograph that shows a face from the front, or crop it closer."
        )
    if not 0 <= portrait.face < len(faces):
        have = "one face, number 0" if len(faces) == 1 else f"{len(faces)} faces, numbers 0 to {len(faces) - 1}"
        raise FaceError(f"Face {portrait.face} was asked for; the photograph has {have} (0 is the largest).")
    return faces[portrait.face]


def _again(portrait: Portrait, models: Models) -> Face | None:
    """The face of an edited picture that lies where the chosen one lay: an edit may change which is the largest.

    None where nothing was chosen in what it was made from, as on a blank page.
    """
    before = () if portrait.origin is None else faces_of(portrait.origin, models)
    if not 0 <= portrait.face < len(before):
        return None
    ratio = portrait.image.shape[1] / portrait.origin.image.shape[1]
    was = before[portrait.face]
    box = (np.array(was.box) + 0.5) * ratio - 0.5
    faces = faces_of(portrait, models)
    overlaps = _overlap(box, np.array([face.box for face in faces]).reshape(-1, 4))
    if overlaps.max(initial=0) >= _SAME_PLACE:
        return faces[int(overlaps.argmax())]
    there = Face(tuple(map(float, box)), was.score, (was.points + 0.5) * ratio - 0.5)  # the detector may miss it
    if _outline(portrait.image, there, models) is None:
        raise FaceError("The chosen face is no longer found after the edits before. Switch off what hides it.")
    return there


def face_of(portrait: Portrait, models: Models) -> Face:
    """The chosen face. Raises FaceError: none found, no such number, too small, seen from the side."""
    mesh_of(portrait, models)
    return _chosen(portrait, models)


def mesh_of(portrait: Portrait, models: Models) -> np.ndarray:
    """The mesh of the chosen face, read-only (see `find_mesh`). Raises FaceError as `face_of` does."""
    def find() -> np.ndarray:
        mesh = find_mesh(portrait.image, _chosen(portrait, models), models)
        _check(mesh)
        mesh.flags.writeable = False
        return mesh

    return portrait.fact("mesh", find)
