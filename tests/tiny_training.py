"""Small real things for tests of training: a linear model of a few pixels, a classifier of two blocks."""

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import Tensor

from editors.frame import Frame
from editors.models import CHECKPOINTS
from editors.networks.face_shape import FaceShape

COMPONENTS = 4


def linear_face(size: int = 20) -> FaceShape:
    """The embedded linear model's frame at a few pixels, with components drawn at random."""
    arrays = load_file(CHECKPOINTS / "face_shape" / "weights.safetensors")
    inside = int(Frame(arrays["frame_mean"].astype(np.float64), arrays["triangles"], size).inside.sum())
    random = np.random.default_rng(0)
    components = np.linalg.qr(random.normal(size=(inside * 3, COMPONENTS)))[0].T
    scales = np.abs(components).max(1) / 127
    return FaceShape(
        arrays
        | {
            "frame_size": np.array([size]),
            "mean_appearance": np.full((inside, 3), 125.0),
            "appearance_components": np.round(components / scales[:, None]).astype(np.int8),
            "appearance_scales": scales,
            "appearance_deviations": np.array([400.0, 300.0, 200.0, 100.0]),
        }
    )


def classifier_weights() -> dict[str, Tensor]:
    """EfficientNet-Lite0's names: a stem, a block without widening, and one that widens and halves the side."""
    shapes = {
        "_conv_stem": ("_bn0", (4, 3, 3, 3)),
        "_blocks.0._depthwise_conv": ("_blocks.0._bn1", (4, 1, 3, 3)),
        "_blocks.0._project_conv": ("_blocks.0._bn2", (4, 4, 1, 1)),
        "_blocks.1._expand_conv": ("_blocks.1._bn0", (8, 4, 1, 1)),
        "_blocks.1._depthwise_conv": ("_blocks.1._bn1", (8, 1, 5, 5)),
        "_blocks.1._project_conv": ("_blocks.1._bn2", (4, 8, 1, 1)),
    }
    draw = torch.Generator().manual_seed(0)
    weights = {}
    for name, (norm, shape) in shapes.items():
        weights[f"{name}.weight"] = torch.randn(shape, generator=draw) / shape[1] ** 0.5
        weights[f"{norm}.weight"] = torch.rand(shape[0], generator=draw) + 0.5
        weights[f"{norm}.bias"] = torch.randn(shape[0], generator=draw) / 4
        weights[f"{norm}.running_mean"] = torch.randn(shape[0], generator=draw) / 4
        weights[f"{norm}.running_var"] = torch.rand(shape[0], generator=draw) + 0.5
    return weights
