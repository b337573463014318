"""What the painter's examples are first filled by: linear faces that never saw them, and what a form tells these."""

from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load_file

from checkpoints.data import TrainingFace
from checkpoints.face_shape.train import components
from editors.models import CHECKPOINTS
from editors.networks.face_shape import FaceShape
from editors.networks.sketch_painter import Form
from editors.sketch.place import into_frame

FORMS = 40
"""Components of shape that say something of the appearance."""
RIDGE, LEAST, DOUBT = 100.0, 0.05, 0.7
"""Rows by which the regression is held back, variance that no form is known better than, and by how much more than what
is left over a form may be wrong; chosen on photographs that are kept for choosing."""


def appearances(faces: Sequence[TrainingFace], shape: FaceShape) -> np.ndarray:
    """Pictures of faces inside the rings, float32 (M, 3 * N) in 0..255."""
    return np.array([into_frame(shape.frame, f.image, f.mesh)[shape.frame.inside].ravel() for f in faces], np.float32)


def fitted_to(rows: np.ndarray) -> FaceShape:
    """The `face_shape` with the appearance of other pictures (M, 3 * N)."""
    arrays = load_file(CHECKPOINTS / "face_shape" / "weights.safetensors")
    mean = rows.mean(0)
    unit, deviations = components(rows - mean, min(len(arrays["appearance_scales"]), len(rows) - 1))
    scales = np.abs(unit).max(1) / 127
    return FaceShape(arrays | {
        "mean_appearance": mean.reshape(-1, 3),
        "appearance_components": np.round(unit / scales[:, None]).astype(np.int8),
        "appearance_scales": scales, "appearance_deviations": deviations,
    })  # fmt: skip


def form_of(faces: Sequence[TrainingFace], rows: np.ndarray, shape: FaceShape) -> Form:
    """What forms say of the appearance that `shape` codes, from faces and their pictures (M, 3 * N)."""
    size, inside = shape.frame.size, shape.frame.inside
    picture, codes = np.zeros((size, size, 3), np.float32), []
    for row in rows:
        picture[inside] = row.reshape(-1, 3)
        codes.append(shape.code(picture))
    codes = np.array(codes, np.float64)
    forms = np.array([shape.shape_code(face.mesh)[:FORMS] for face in faces])
    mean = forms.mean(0)
    told = np.linalg.solve(codes.T @ codes + RIDGE * np.eye(codes.shape[1]), codes.T @ (forms - mean))
    noise = np.cov((forms - mean - codes @ told).T) + LEAST * np.eye(FORMS)
    return Form(mean, told, np.linalg.inv(noise) / DOUBT)
