"""An IR-SE50 encoder that finds a style for each layer of a StyleGAN2 from a picture: e4e's and pSp's.

Tov et al. 2021, "Designing an Encoder for StyleGAN Image Manipulation", https://arxiv.org/abs/2102.02766, and
Richardson et al. 2021, "Encoding in Style", https://arxiv.org/abs/2008.00951. The residual blocks are those of
ArcFace, https://arxiv.org/abs/1801.07698, with squeeze and excitation, https://arxiv.org/abs/1709.01507.

Parameters have the published names without the prefix `encoder.`, so that weights are loaded as they are;
`mean_codes` is `latent_avg`, which is stored beside them.
B batch, C channels, L layers that take a style, S style size.
"""

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .styled_layers import EqualLinear

COARSE, MIDDLE = 3, 7  # the first layers see an eighth of the detail that the last ones see, those up to 6 a quarter


class SqueezeExcitation(nn.Module):
    """Scale each channel by what all of them are on average."""

    def __init__(self, channels: int, reduction: int = 16):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same."""
        return x * self.fc2(self.fc1(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class Residual(nn.Module):
    """Two convolutions beside a shortcut; the second may halve the side."""

    def __init__(self, before: int, channels: int, stride: int):
        super().__init__()
        self.stride = stride
        self.shortcut_layer = None
        if before != channels:
            projection = nn.Conv2d(before, channels, 1, stride, bias=False)
            self.shortcut_layer = nn.Sequential(projection, nn.BatchNorm2d(channels))
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.Conv2d(before, channels, 3, 1, 1, bias=False),
            nn.PReLU(channels),
            nn.Conv2d(channels, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            SqueezeExcitation(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, channels, H / stride, W / stride)."""
        passed = x[:, :, :: self.stride, :: self.stride] if self.shortcut_layer is None else self.shortcut_layer(x)
        return self.res_layer(x) + passed


class StyleHead(nn.Module):
    """One style out of a square of features, halved until one place is left."""

    def __init__(self, style_size: int, side: int):
        super().__init__()
        halvings = side.bit_length() - 1
        halving = ((nn.Conv2d(style_size, style_size, 3, 2, 1), nn.LeakyReLU()) for _ in range(halvings))
        self.convs = nn.Sequential(*itertools.chain.from_iterable(halving))
        self.linear = EqualLinear(style_size, style_size)

    def forward(self, x: Tensor) -> Tensor:
        """(B, S, side, side) -> (B, S)."""
        return self.linear(self.convs(x).flatten(1))


class FaceEncoder(nn.Module):
    """Aligned faces to codes of the generator that the encoder was trained with.

    layers:    L of the generator, 18 for 1024 pixels
    channels:  of the four stages of the body; the last is also S
    units:     residual blocks of each stage
    deltas:    True = every style is the first one plus a difference (e4e), False = each stands alone (pSp)
    """

    side = 256

    def __init__(
        self,
        layers: int = 18,
        channels: Sequence[int] = (64, 128, 256, 512),
        units: Sequence[int] = (3, 4, 14, 3),
        deltas: bool = True,
    ):
        super().__init__()
        self.layers, self.deltas = layers, deltas
        self.ends = [sum(units[: stage + 1]) - 1 for stage in range(4)]
        style_size = channels[3]
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, channels[0], 3, 1, 1, bias=False), nn.BatchNorm2d(channels[0]), nn.PReLU(channels[0])
        )
        blocks, before = [], channels[0]
        for count, width in zip(units, channels):
            blocks += [Residual(before if i == 0 else width, width, 2 if i == 0 else 1) for i in range(count)]
            before = width
        self.body = nn.Sequential(*blocks)
        sides = [16 if i < COARSE else 32 if i < MIDDLE else 64 for i in range(layers)]
        self.styles = nn.ModuleList(StyleHead(style_size, side) for side in sides)
        self.latlayer1 = nn.Conv2d(channels[2], style_size, 1)
        self.latlayer2 = nn.Conv2d(channels[1], style_size, 1)
        self.register_buffer("mean_codes", torch.zeros(layers, style_size))

    def forward(self, pictures: Tensor) -> Tensor:
        """Aligned faces (B, 3, 256, 256), -1 to 1 -> codes (B, L, S)."""
        if pictures.shape[1:] != (3, self.side, self.side):
            raise ValueError(f"The pictures are {tuple(pictures.shape)}, not (B, 3, {self.side}, {self.side}).")
        coarse, middle, fine = self.features(pictures)
        seen = [coarse if i < COARSE else middle if i < MIDDLE else fine for i in range(self.layers)]
        codes = torch.stack([head(features) for head, features in zip(self.styles, seen)], 1)   # (B, L, S)
        if self.deltas:
            codes = torch.cat([codes[:, :1], codes[:, :1] + codes[:, 1:]], 1)
        return codes + self.mean_codes

    def features(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Three looks at a picture: (B, S, 16, 16), (B, S, 32, 32), (B, S, 64, 64), each knowing the ones before."""
        x, kept = self.input_layer(pictures), []
        for i, block in enumerate(self.body):
            x = block(x)
            if i in self.ends[1:]:
                kept.append(x)
        fine, middle, coarse = kept
        middle = onto(coarse, self.latlayer1(middle))
        return coarse, middle, onto(middle, self.latlayer2(fine))


def onto(x: Tensor, finer: Tensor) -> Tensor:
    """Add (B, C, h, w), enlarged so that corners meet corners, to (B, C, H, W)."""
    return F.interpolate(x, finer.shape[2:], mode="bilinear", align_corners=True) + finer


def build(**config) -> FaceEncoder:
    """The encoder that a model card describes."""
    return FaceEncoder(**config)
