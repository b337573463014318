"""Where the face is that a hole in a photograph is in: beside the hole, under it, or as its lines say."""

import cv2
import numpy as np

from ..areas import bounds
from ..detection import detect_faces, overlap
from ..face_measures import face_around
from ..face_mesh import find_mesh, outline_of
from ..faces import Face, find_faces
from ..frame import MESH_POINTS, vertices_of
from ..images import fit_within
from ..models import Models
from .doodle import mesh_by_lines
from .hidden import face_under, mesh_under
from .paint import Drawing, Manner, paint
from .place import DRAWN, LEAST_SEEN, complete_mesh, hidden_points
from .scale import BLENDED, around

LEAST_SHARE = 0.05
"""Share of a hole that has to lie within the rings around a face to be painted as a part of it."""
MESH_INK, FILLED_INK = 0.6, 0.4
"""How dark lines are drawn for the mesh network to see: where nothing lies under them, and on a filling."""
PAPER = (214, 178, 156)
"""What lines lie on where there is no photograph: a face is found sooner on the colour of skin."""
LIKELY, TRIED, SAME = 0.6, 3, 0.2
"""How sure the detector is of a face of which a hole leaves half, how many are tried, and the overlap from which on
it is one of those that were seen."""
HALF, ITS_OWN = (0.15, 0.75), 0.5
"""The share of its mesh that the hole hides, and the share of the hole that lies in it: animals have none like that."""
FOUND_AT = 1024
"""Long side in pixels at which the face around a hole is looked for."""


def place(blank: np.ndarray, drawing: Drawing, models: Models, face: int) -> np.ndarray | None:
    """The mesh (468, 3) of the face that the hole is in, in photograph pixels; None where it is in none.

    It is found from the photograph without the hole, `face` first, or from what is around a hole that hides all;
    where the hole is everything, from the lines: a face in them, or else their extent.
    """
    if drawing.hole.all():
        blank = np.full_like(blank, PAPER)
    small = fit_within(blank, FOUND_AT)
    scale, size = blank.shape[1] / small.shape[1], small.shape[1::-1]
    hole = cv2.resize(drawing.hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    lines = cv2.resize(drawing.lines, size, interpolation=cv2.INTER_AREA) * hole
    faces = find_faces(_inked(small, lines, MESH_INK), models)
    for tried in (faces[face : face + 1], faces[:face] + faces[face + 1 :]):
        meshes = [_mesh_beside(small, hole, lines, found, models) for found in tried]
        shares = [0.0 if mesh is None else _covered(mesh, hole) for mesh in meshes]
        if max(shares, default=0) > LEAST_SHARE:
            return _larger(meshes[int(np.argmax(shares))], scale)
    if drawing.hole.all():
        return mesh_by_lines(drawing.lines, models.get("face_shape"))
    mesh = _half_seen(small, hole, lines, faces, models)
    if mesh is not None:
        return _larger(mesh, scale)
    mesh = face_under(small, hole, models)
    if mesh is not None and lines.any():
        mesh = _mesh_of_filled(small, Drawing(hole, lines, _no_colours(hole)), mesh, models)
    return None if mesh is None else _larger(mesh, scale)


def _larger(mesh: np.ndarray, scale: float) -> np.ndarray:
    """A mesh (N, 3) of a picture in one that is larger by a scale."""
    return np.column_stack([(mesh[:, :2] + 0.5) * scale - 0.5, mesh[:, 2] * scale])


def _no_colours(hole: np.ndarray) -> np.ndarray:
    return np.zeros((*hole.shape, 4), np.uint8)


def _inked(image: np.ndarray, lines: np.ndarray, dark: float) -> np.ndarray:
    """Lines as dark marks on a picture uint8 (H, W, 3): face and mesh networks read drawings."""
    if not lines.any():
        return image
    part, inked = bounds(lines > 0), image.copy()
    inked[part] = np.round(image[part] * (1 - np.float32(dark) * lines[part][..., None])).astype(np.uint8)
    return inked


def _mesh_beside(
    image: np.ndarray, hole: np.ndarray, lines: np.ndarray, found: Face, models: Models
) -> np.ndarray | None:
    """The mesh (468, 3) of one face, looked for beside the hole, then on what fills it if the face lies there."""
    mesh = np.asarray(find_mesh(_inked(image, lines, MESH_INK), found, models), np.float64)[:MESH_POINTS]
    hidden = hidden_points(mesh, hole)
    if lines.any():
        mesh = complete_mesh(mesh, hidden, models.get("face_shape"), DRAWN)
    elif (~hidden).sum() >= LEAST_SEEN:
        mesh = mesh_under(image, hole, mesh, models)
    else:
        return None
    if not hidden.any():
        return mesh
    return _mesh_of_filled(image, Drawing(hole, lines, _no_colours(hole)), mesh, models, found)


def _half_seen(
    image: np.ndarray, hole: np.ndarray, lines: np.ndarray, others: tuple[Face, ...], models: Models
) -> np.ndarray | None:
    """The mesh (468, 3) of a face of which a hole leaves so little that the mesh network sees none before it is filled.

    others: the faces that it sees
    """
    inked = _inked(image, lines, MESH_INK)
    boxes = np.array([face.box for face in others]).reshape(-1, 4)
    likely = [face for face in detect_faces(inked, models)
              if face.score > LIKELY and overlap(np.array(face.box), boxes).max(initial=0) < SAME and _over(face, hole)]
    for found in likely[:TRIED]:
        mesh = _mesh_beside(image, hole, lines, found, models)
        hidden = 0 if mesh is None else hidden_points(mesh, hole).mean()
        if not HALF[0] < hidden < HALF[1] or _covered(mesh, hole) < ITS_OWN:
            continue
        filled = _filled_at(image, Drawing(hole, lines, _no_colours(hole)), mesh, models)
        if outline_of(filled, face_around(mesh), models) is not None:
            return mesh
    return None


def _over(face: Face, hole: np.ndarray) -> bool:
    """Whether a hole, bool (H, W), hides some of what the detector takes for a face."""
    x0, y0, x1, y1 = np.round(face.box).astype(int).clip(0)
    return bool(hole[y0 : y1 + 1, x0 : x1 + 1].any())


def _filled_at(image: np.ndarray, asked: Drawing, mesh: np.ndarray, models: Models) -> np.ndarray:
    """A picture uint8 (H, W, 3) whose hole is filled with the most likely face where one is thought to lie."""
    window = around(asked.hole, BLENDED)
    x0, y0, x1, y1 = window
    face, sure = paint(image, asked, mesh, models, Manner(grain=0.0, fine=False), window)
    image, within = image.copy(), asked.hole[y0:y1, x0:x1] & (sure > 0.5)
    image[y0:y1, x0:x1][within] = face[within].clip(0, 255)
    return image


def _mesh_of_filled(
    image: np.ndarray, asked: Drawing, mesh: np.ndarray, models: Models, found: Face | None = None
) -> np.ndarray:
    """The mesh (468, 3) as it is found on what a hole is filled with where it was thought to lie, and on its lines."""
    inked = _inked(_filled_at(image, asked, mesh, models), asked.lines, FILLED_INK)
    again = np.asarray(find_mesh(inked, found or face_around(mesh), models), np.float64)[:MESH_POINTS]
    return complete_mesh(again, hidden_points(again, asked.hole), models.get("face_shape"), DRAWN)


def _covered(mesh: np.ndarray, hole: np.ndarray) -> float:
    """Share of the hole within the outer ring around a mesh."""
    ring = cv2.convexHull(vertices_of(mesh)[:, :2].astype(np.float32)).astype(np.int32)
    reach = cv2.fillConvexPoly(np.zeros(hole.shape, np.uint8), ring, 1)
    return float((reach > 0)[hole].mean())
