"""Whose a pixel is in a photograph of several people: theirs whose head is the nearest, counted in its own size."""

from collections.abc import Sequence

import cv2
import numpy as np

from .crops import transform
from .faces import Face, face_of, faces_of, mesh_of
from .mesh_points import OVAL
from .models import Models
from .portrait import Portrait

_CROWN, _THROAT = -0.85, 0.9  # of a head, from its eyes down, in sides of its face's box
_OVER, _UNDER = 4.0, 0.7   # what a length counts above a crown, where nothing is a head's, and below a throat: clothes
_SAME = 0.5                # of the side of the chosen face's box: one whose eyes lie as close is that face itself
_LEAST = 0.4               # of the same: what is smaller is far behind, or no face


def nearer_to_others(
    portrait: Portrait, models: Models, to_photograph: np.ndarray, size: tuple[int, int]
) -> np.ndarray | None:
    """bool (H, W): what lies closer to another face than to the chosen one; None where there is no other face.

    to_photograph: affine from its pixels to the photograph's;  size: its width and height
    Raises FaceError as `faces.face_of` does.
    """
    chosen = face_of(portrait, models)
    others = [face for face in faces_of(portrait, models)
              if np.linalg.norm(_eyes(face) - _eyes(chosen)) > _SAME * _side(chosen)
              and _side(face) > _LEAST * _side(chosen)]
    if not others:
        return None
    grid = np.stack(np.meshgrid(*map(np.arange, size)), -1).reshape(-1, 2)
    places = transform(grid, to_photograph).astype(np.float32)
    nearer = (_nearest(others, places) < _nearest([chosen], places)).reshape(size[::-1])
    own = transform(mesh_of(portrait, models)[list(OVAL), :2].astype(float), cv2.invertAffineTransform(to_photograph))
    nearer = nearer.astype(np.uint8)
    cv2.fillPoly(nearer, [np.round(own * 16).astype(np.int32)], 0, cv2.LINE_8, 4)
    return nearer > 0


def _nearest(faces: Sequence[Face], places: np.ndarray) -> np.ndarray:
    """How far places (N, 2) are from the nearest of some heads, each a line from crown to throat, in its size: (N,)"""
    found = []
    for face in faces:
        across = face.points[1] - face.points[0]
        across = across / (np.linalg.norm(across) + 1e-6)
        away = ((places - _eyes(face)) / _side(face)).astype(np.float32)
        along = away @ np.array([-across[1], across[0]])
        beyond = _OVER * (_CROWN - along).clip(0, None) + _UNDER * (along - _THROAT).clip(0, None)
        found.append(np.hypot(away @ across, beyond))
    return np.min(found, 0)


def _eyes(face: Face) -> np.ndarray:
    return face.points[:2].mean(0)


def _side(face: Face) -> float:
    return max(face.box[2] - face.box[0], face.box[3] - face.box[1])
