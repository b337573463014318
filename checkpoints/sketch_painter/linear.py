"""Linear faces that never saw some photographs: what the painter's examples are first filled by."""

from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load_file

from checkpoints.data import TrainingFace
from checkpoints.face_shape.train import components
from editors.models import CHECKPOINTS
from editors.networks.face_shape import FaceShape
from editors.sketch.place import into_frame


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
