"""The faces of a photograph, which of them is edited, and whether it can be. Points are photograph pixels."""

import math

import numpy as np

from .detection import Face, detect_faces, overlap, shared
from .errors import FaceError
from .face_mesh import find_mesh, outline_of
from .mesh_points import CHIN, LEFT_EYE, RIGHT_EYE, SIDES
from .models import Models
from .portrait import Portrait

__all__ = ["Face", "eye_distance", "face_of", "faces_of", "find_faces", "find_mesh", "mesh_of", "yaw_of"]

MOST_FACES = 10
LEAST_HEIGHT = 40          # pixels from eyes to chin below which a face is not edited
FULL_PROFILE = 60.0        # degrees of yaw beyond which a face is not edited; the mesh underrates a true profile, but
HIDDEN_EYE = 0.3           # there it draws the far eye at less than this share of the near one's width
_SAME_HEAD = 0.35          # share of the smaller mesh's box from which two meshes are on the same head
_SAME_PLACE = 0.2          # overlap from which a face of an edited picture is the one that lay there before


def find_faces(image: np.ndarray, models: Models) -> tuple[Face, ...]:
    """Faces from 4 % of the long side up, the largest first, at most `MOST_FACES`.

    image: uint8 (H, W, 3) RGB
    """
    faces: list[Face] = []
    outlines = np.empty((0, 4))
    for face in detect_faces(image, models):
        outline = outline_of(image, face, models)
        # Now and then a forehead or a chin is taken for a second face; its mesh slides towards the first one's.
        if outline is not None and not (shared(outline, outlines) > _SAME_HEAD).any():
            faces.append(face)
            outlines = np.vstack([outlines, outline])
    faces.sort(key=lambda face: (face.box[0] - face.box[2]) * (face.box[3] - face.box[1]))
    return tuple(faces[:MOST_FACES])


def eye_distance(mesh: np.ndarray) -> float:
    """Pixels between the centres of the two eyes of a mesh (468+, 2+)."""
    return float(np.linalg.norm(mesh[list(RIGHT_EYE), :2].mean(0) - mesh[list(LEFT_EYE), :2].mean(0)))


def yaw_of(mesh: np.ndarray) -> float:
    """Degrees by which a head, mesh (468+, 3), is turned sideways, by its depth; positive to the picture's right."""
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


def faces_of(portrait: Portrait, models: Models) -> tuple[Face, ...]:
    """The faces of a portrait, the largest first; empty when there is none. What is transparent hides a face."""
    return portrait.fact("faces", lambda: tuple(
        face for face in find_faces(portrait.image, models) if _is_opaque(face, portrait.alpha)))


def _is_opaque(face: Face, alpha: np.ndarray | None) -> bool:
    """Whether a face shows in a picture with an opacity uint8 (H, W): cut-outs keep the colours of what is cut off."""
    if alpha is None:
        return True
    x0, y0, x1, y1 = np.round(face.box).astype(int).clip(0)
    here = alpha[y0 : y1 + 1, x0 : x1 + 1]
    return here.size > 0 and here.mean() > 127


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
    overlaps = overlap(box, np.array([face.box for face in faces]).reshape(-1, 4))
    if overlaps.max(initial=0) >= _SAME_PLACE:
        return faces[int(overlaps.argmax())]
    there = Face(tuple(map(float, box)), was.score, (was.points + 0.5) * ratio - 0.5)  # the detector may miss it
    if outline_of(portrait.image, there, models) is None:
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
        try:
            _check(mesh)
        except FaceError:
            if _again(portrait, models) is None:
                raise
            mesh_of(portrait.origin.with_face(portrait.face), models)  # what could be edited goes on being edited
        mesh.flags.writeable = False
        return mesh

    return portrait.fact("mesh", find)
