"""Fit the painter's linear model: appearance at half the frame's size.

A joint model of appearance and blurred lines was tried: lines brought a tenth of a decibel at the mouth, and dark
patches where they were drawn wider than those it was fitted to. Lines are left to the mesh and to the network.
"""

from collections.abc import Sequence

import numpy as np
import torch

from checkpoints.data import TrainingFace
from checkpoints.face_shape.train import components
from editors.networks.face_shape import FaceShape
from editors.networks.sketch_painter import SIZE, LinearPainter
from editors.sketch.place import into_frame

COMPONENTS = 250


def smaller(mask: np.ndarray) -> np.ndarray:
    """bool (S, S) -> bool (S / 2, S / 2): True where all are."""
    return mask.reshape(SIZE // 2, 2, SIZE // 2, 2).all((1, 3))


def appearances(faces: Sequence[TrainingFace], shape: FaceShape) -> np.ndarray:
    """Pictures of faces within the rings at half size, float32 (M, 3 * N) in 0..1."""
    inside, half = smaller(shape.frame.inside), SIZE // 2
    pictures = (into_frame(shape.frame, face.image, face.mesh) for face in faces)
    rows = [picture.reshape(half, 2, half, 2, 3).mean((1, 3))[inside].T.ravel() / 255 for picture in pictures]
    return np.array(rows, np.float32)


def fit(rows: np.ndarray, shape: FaceShape) -> LinearPainter:
    """The model from appearances (M, 3 * N)."""
    mean = rows.mean(0)
    unit, deviations = components(rows - mean, min(COMPONENTS, len(rows) - 1))
    basis = (unit * deviations[:, None]).reshape(len(unit), 3, -1)
    scales = np.abs(basis).max((1, 2)) / 127
    model = LinearPainter(len(unit), basis.shape[2])
    model.load_state_dict({
        "inside": torch.from_numpy(smaller(shape.frame.inside)).float(),
        "mean": torch.from_numpy(mean.reshape(3, -1)),
        "components": torch.from_numpy(np.round(basis / scales[:, None, None])),
        "scales": torch.from_numpy(scales),
    })  # fmt: skip
    return model
