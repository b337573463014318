"""Holistically-nested edge detection: edges read off five stages of VGG16's convolutions.

Xie and Tu 2015, https://arxiv.org/abs/1504.06375, section 3. B batch, H/W height and width, C channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .kept import Kept

MEAN = (122.67892, 116.66877, 104.00699)
"""RGB mean that was subtracted from the pictures the weights were trained on."""
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Output channels of the convolutions of each stage."""


class EdgeDetector(nn.Module):
    """Five stages, a picture of edges from each, and their weighted sum.

    kept: what was found in the latest pictures
    """

    def __init__(self, stages: tuple[tuple[int, ...], ...] = STAGES):
        super().__init__()
        self.kept = Kept()
        self.stages, channels = nn.ModuleList(), 3
        for widths in stages:
            layers = []
            for width in widths:
                layers.append(nn.Conv2d(channels, width, 3, padding=1))
                channels = width
            self.stages.append(nn.ModuleList(layers))
        self.sides = nn.ModuleList(nn.Conv2d(widths[-1], 1, 1) for widths in stages)
        self.fuse = nn.Conv2d(len(stages), 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in 0..255 (B, 3, H, W) -> probability of an edge (B, 1, H, W)."""
        size = x.shape[2:]
        x = (x - x.new_tensor(MEAN)[:, None, None]).flip(1)                     # BGR, as the weights expect
        seen = []
        for index, (stage, side) in enumerate(zip(self.stages, self.sides, strict=True)):
            x = F.max_pool2d(x, 2, ceil_mode=True) if index else x
            for convolution in stage:
                x = F.relu(convolution(x))                                     # (B, C, H / 2^index, W / 2^index)
            seen.append(F.interpolate(side(x), size, mode="bilinear", align_corners=False))
        return torch.sigmoid(self.fuse(torch.cat(seen, 1)))


def build(**config: object) -> EdgeDetector:
    """The network from its card's config."""
    return EdgeDetector(**config)
