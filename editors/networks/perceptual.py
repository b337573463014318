"""What an image classifier sees in a picture at several scales: EfficientNet-Lite0 up to a stage, for training only.

Tan and Le 2019, https://arxiv.org/abs/1905.11946, in the Lite form: no squeeze-and-excitation, ReLU6 throughout.
Shapes are read off the weights, batch normalisation is folded into the convolutions. B batch, C channels.
"""

import re
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDED = (1, 3, 5, 11)
"""Blocks of Lite0 that halve the picture; its stem does too."""
STAGES = (0, 2, 4, 10)
"""Blocks whose outputs are taken by default: 1/2, 1/4, 1/8 and 1/16 of the side."""
EPSILON = 1e-3


class FoldedConv(nn.Module):
    """Convolution with batch normalisation inside and TensorFlow's borders: the odd pixel below and to the right."""

    def __init__(self, weights: Mapping[str, Tensor], convolution: str, norm: str, stride: int = 1):
        super().__init__()
        kernel = weights[f"{convolution}.weight"].float()
        scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + EPSILON).sqrt()
        self.register_buffer("kernel", kernel * scale[:, None, None, None])
        self.register_buffer("bias", weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale)
        self.stride, self.groups = stride, len(kernel) if kernel.shape[1] == 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        """(B, I, H, W) -> (B, O, H / stride, W / stride), rounded up."""
        reach = self.kernel.shape[2] - self.stride
        padding = reach // 2
        if reach % 2 and x.shape[2] % 2 == 0:
            x, padding = F.pad(x, (padding, reach - padding) * 2), 0
        elif reach % 2:
            padding = self.kernel.shape[2] // 2
        return F.conv2d(x, self.kernel, self.bias, self.stride, padding, 1, self.groups)


class InvertedBottleneck(nn.Module):
    """Widen, look around channel by channel, narrow; the input is added where the shape stays."""

    def __init__(self, weights: Mapping[str, Tensor], name: str, stride: int):
        super().__init__()
        wide = f"{name}._expand_conv"
        self.widen = FoldedConv(weights, wide, f"{name}._bn0") if f"{wide}.weight" in weights else None
        self.look = FoldedConv(weights, f"{name}._depthwise_conv", f"{name}._bn1", stride)
        self.narrow = FoldedConv(weights, f"{name}._project_conv", f"{name}._bn2")

    def forward(self, x: Tensor) -> Tensor:
        """(B, I, H, W) -> (B, O, H / stride, W / stride)."""
        y = x if self.widen is None else F.relu6(self.widen(x))
        y = self.narrow(F.relu6(self.look(y)))
        return x + y if x.shape == y.shape else y


class FeatureStages(nn.Module):
    """The classifier's trunk up to the last stage asked for; nothing in it learns.

    weights: state of the published network, `_conv_stem.weight`, `_blocks.0...` and so on
    stages:  blocks whose outputs are given back
    """

    def __init__(self, weights: Mapping[str, Tensor], stages: Sequence[int] = STAGES):
        super().__init__()
        there = 1 + max(int(found[1]) for name in weights if (found := re.match(r"_blocks\.(\d+)\.", name)))
        if max(stages) >= there:
            raise ValueError(f"The stages are {tuple(stages)}; the weights hold blocks 0 to {there - 1}.")
        self.stages = tuple(stages)
        self.stem = FoldedConv(weights, "_conv_stem", "_bn0", stride=2)
        self.blocks = nn.ModuleList(
            InvertedBottleneck(weights, f"_blocks.{k}", 2 if k in STRIDED else 1) for k in range(max(stages) + 1)
        )
        self.channels = [self.blocks[k].narrow.kernel.shape[0] for k in self.stages]

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Pictures (B, 3, H, W), RGB in -1..1 -> features (B, C, h, w) of each stage."""
        x = F.relu6(self.stem(pictures))
        seen = {}
        for k, block in enumerate(self.blocks):
            x = seen[k] = block(x)
        return [seen[k] for k in self.stages]


def relative_distance(drawn: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Mean absolute difference of features over the mean size of those wanted, averaged over stages: a scalar."""
    gaps = [(a - b).abs().mean() / (b.abs().mean() + 1e-6) for a, b in zip(drawn, wanted, strict=True)]
    return torch.stack(gaps).mean()
