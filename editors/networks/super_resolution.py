"""Enlarges a picture: residual dense network, trained as ESRGAN's weights of UpscalerJS were.

Zhang et al. 2018, https://arxiv.org/abs/1802.08797, section 3; Wang et al. 2018, https://arxiv.org/abs/1809.00219.
B batch, H/W height and width, C channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolution(inputs: int, outputs: int, size: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, padding=size // 2)


class DenseBlock(nn.Module):
    """Each layer sees what all before it saw and found; a 1 x 1 convolution joins them (equations 6 and 7)."""

    def __init__(self, width: int, growth: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(convolution(width + growth * index, growth) for index in range(layers))
        self.join = convolution(width + growth * layers, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        seen = x
        for layer in self.layers:
            seen = torch.cat([seen, F.relu(layer(seen))], 1)
        return x + self.join(seen)


class SuperResolution(nn.Module):
    """Dense blocks at the picture's own size, then one step to `scale` times the size."""

    def __init__(self, scale: int = 4, width: int = 64, growth: int = 4, layers: int = 1, blocks: int = 2):
        super().__init__()
        self.scale = scale
        self.first, self.second = convolution(3, width), convolution(width, width)
        self.blocks = nn.ModuleList(DenseBlock(width, growth, layers) for _ in range(blocks))
        self.join, self.joined = convolution(width * blocks, width, 1), convolution(width, width)
        self.enlarge = nn.ModuleList([convolution(width, 64, 5), convolution(64, 32), convolution(32, 3 * scale**2)])
        self.last = convolution(3 * scale**2, 3)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in 0..255 (B, 3, H, W) -> (B, 3, scale * H, scale * W), not clipped."""
        first = self.first(x)
        y, found = self.second(first), []
        for block in self.blocks:
            y = block(y)
            found.append(y)
        y = first + self.joined(self.join(torch.cat(found, 1)))                     # (B, C, H, W)
        for layer in self.enlarge[:-1]:
            y = F.relu(layer(y))
        y = F.interpolate(self.enlarge[-1](y), scale_factor=float(self.scale))      # (B, 3 scale^2, scale H, scale W)
        return self.last(y)


def build(**config: int) -> SuperResolution:
    """The network from its card's config."""
    return SuperResolution(**config)
