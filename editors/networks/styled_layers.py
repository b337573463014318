"""Layers that a style scales, of which `face_generator` is made: linear, convolution, picture.

Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", https://arxiv.org/abs/1912.04958.
B batch, I/O input/output channels, H side of a picture in pixels, S style size.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import winograd
from .resample import blur_kernel, with_rows

GAIN = math.sqrt(2)  # of the leaky ReLU; it commutes with it, so it is folded into what comes before
SLOPE = 0.2


class EqualLinear(nn.Module):
    """Linear layer with weights of unit variance, scaled when used, so that all learn at one rate."""

    def __init__(self, in_size: int, out_size: int, bias: float = 0.0, learning_rate: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_size, in_size) / learning_rate)
        self.bias = nn.Parameter(torch.full((out_size,), bias))
        self.learning_rate = learning_rate

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) -> (B, out)."""
        scale = self.learning_rate / math.sqrt(self.weight.shape[1])
        return F.linear(x * scale, self.weight, self.bias * self.learning_rate)

    def as_convolution(self, x: Tensor) -> Tensor:
        """The same for every pixel: (B, in, H, W) -> (B, out, H, W)."""
        weight = self.weight / math.sqrt(self.weight.shape[1])
        return F.conv2d(x, weight[..., None, None].to(x.dtype), self.bias.to(x.dtype))


class MappingNetwork(nn.Module):
    """Latent to style: a chain of linear layers that learn a hundred times slower than the rest."""

    def __init__(self, latent_size: int, style_size: int, depth: int, normalize: bool):
        super().__init__()
        self.normalize = normalize
        sizes = [latent_size] + [style_size] * depth
        self.layers = nn.ModuleList(
            EqualLinear(before, after, learning_rate=0.01) for before, after in zip(sizes, sizes[1:])
        )

    def forward(self, latents: Tensor) -> Tensor:
        """(B, latent_size) -> (B, S)."""
        if self.normalize:
            latents = latents * (latents.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            latents = F.leaky_relu(layer(latents), SLOPE) * GAIN
        return latents


class Modulation(NamedTuple):
    """One layer made ready for one batch of styles: y = after * conv(before * x, weight) + bias + noise."""

    weight: Tensor  # (O, I, 3, 3), or (36, I, O) for Winograd's way
    bias: Tensor  # (O,)
    before: Tensor | None  # (B, I, 1, 1), None = already in the weight
    after: Tensor | None  # (B, O, 1, 1), None = already in the weight
    noise: Tensor | None  # (B or 1, 1, H, H), None = off

    @property
    def folded_bias(self) -> Tensor | None:
        """The bias, where the convolution itself may add it."""
        return self.bias if self.after is None else None

    def convolve(self, x: Tensor) -> Tensor:
        """Rows (B, I, h + 2, W) -> (B, O, h, W)."""
        if self.weight.ndim == 3:
            return winograd.convolve(x, self.weight)
        return F.conv2d(x, self.weight, self.folded_bias, padding=(0, 1))


def sum_of_squares(weight: Tensor) -> Tensor:
    """(O, I, 3, 3) -> (O, I): what demodulation needs of a kernel."""
    return weight.square().sum((2, 3))


class StyledConv(nn.Module):
    """3x3 convolution whose kernel a style scales and unit variance brings back, noise, bias, leaky ReLU.

    With `up`, a transposed convolution of stride 2 and the filter 1 3 3 1 double the side.
    """

    def __init__(self, in_channels: int, out_channels: int, style_size: int, side: int, up: bool = False):
        super().__init__()
        self.side, self.up = side, up
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, 3, 3))
        self.to_scale = EqualLinear(style_size, in_channels, bias=1.0)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise", torch.randn(side, side))
        self._kept: dict[Callable, tuple[Tensor, int, Tensor]] = {}

    def of_weight(self, make: Callable[[Tensor], Tensor]) -> Tensor:
        """make(weight), kept for as long as the weight stays as it is, unless it is being learned."""
        if torch.is_grad_enabled() and self.weight.requires_grad:
            return make(self.weight)
        version = 0 if self.weight.is_inference() else self.weight._version
        source, seen, made = self._kept.get(make, (None, None, None))
        if source is None or source.data_ptr() != self.weight.data_ptr() or seen != version:
            with torch.inference_mode(False), torch.no_grad():  # what is kept must serve with gradients too
                source = self.weight.detach()  # keeps the memory, so that no other weight can have its address
                made = make(source)
            self._kept[make] = source, version, made
        return made

    def is_by_tiles(self, style: Tensor, dtype: torch.dtype) -> bool:
        """Whether Winograd's way pays: many channels, nothing recorded for gradients."""
        if torch.is_grad_enabled() and (style.requires_grad or self.weight.requires_grad) or self.up:
            return False
        large = min(self.weight.shape[:2]) >= 256 and self.side >= 32
        return large and dtype == torch.float32 and style.device.type == "cpu"

    def modulate(self, style: Tensor, noise: Tensor | None, dtype: torch.dtype) -> Modulation:
        """style (B, S), noise (B or 1, H, H) or None -> what `forward` needs, in `dtype`."""
        scale = self.to_scale(style) / math.sqrt(self.weight[0].numel())                      # (B, I) eq. 1
        demodulation = (scale.square() @ self.of_weight(sum_of_squares).T + 1e-8).rsqrt() * GAIN  # (B, O) eq. 3
        bias = (self.bias * GAIN).to(dtype)
        if noise is not None:
            noise = (noise * (self.noise_strength * GAIN)).to(dtype)[:, None]                 # (B or 1, 1, H, H)
        by_tiles = self.is_by_tiles(style, dtype)
        if len(style) == 1 and self.weight[0].numel() < self.side**2 and not by_tiles:
            weight = self.weight * scale[0, :, None, None] * demodulation[0, :, None, None, None]
            return Modulation(weight.to(dtype), bias, None, None, noise)
        weight = self.of_weight(winograd.transform_kernel) if by_tiles else self.weight.to(dtype)
        before, after = scale.to(dtype)[..., None, None], demodulation.to(dtype)[..., None, None]
        return Modulation(weight, bias, before, after, noise)

    def forward(self, x: Tensor, ready: Modulation, first: int, last: int, above: int = 0) -> Tensor:
        """Rows first to last - 1 of the output, (B, O, last - first, H), from x (B, I, h, W).

        above: rows of the input that are missing above x
        """
        # A row of the output looks at one row of the input above and below, with `up` at those within 1.5.
        start, stop = ((first - 2) // 2, (last + 1) // 2 + 1) if self.up else (first - 1, last + 1)
        x = x[:, :, max(start, 0) - above : stop - above]
        if ready.before is not None:
            x = x * ready.before
        if self.up:
            y = self._double(x, ready, first, last, max(start, 0))
        else:
            x = with_rows(x, max(-start, 0), max(stop - self.side, 0))
            y = ready.convolve(x)
        if ready.after is not None:
            y = torch.addcmul(ready.bias[:, None, None], y, ready.after)
        if ready.noise is not None:
            y = y.add_(ready.noise[:, :, first:last])
        return F.leaky_relu(y, SLOPE, inplace=True)

    def _double(self, x: Tensor, ready: Modulation, first: int, last: int, start: int) -> Tensor:
        y = F.conv_transpose2d(x, ready.weight.transpose(0, 1), stride=2)                     # rows from 2 * start
        y = with_rows(y, 2 * start - (first - 1), last + 2 - 2 * start - y.shape[2])          # first - 1 to last + 1
        channels = y.shape[1]
        return F.conv2d(y, blur_kernel(y).expand(channels, 1, 4, 4), ready.folded_bias, padding=(0, 1), groups=channels)


class ToRGB(nn.Module):
    """1x1 convolution to a picture, scaled by a style and not brought back."""

    def __init__(self, in_channels: int, style_size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, in_channels, 1, 1))
        self.to_scale = EqualLinear(style_size, in_channels, bias=1.0)
        self.bias = nn.Parameter(torch.zeros(3))

    def modulate(self, style: Tensor, dtype: torch.dtype) -> Tensor:
        """style (B, S) -> kernels (B, 3, I) in `dtype`."""
        scale = self.to_scale(style) / math.sqrt(self.weight.shape[1])
        return (self.weight[:, :, 0, 0] * scale[:, None]).to(dtype)

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        """x (B, I, h, w), weight (B, 3, I) -> float32 (B, 3, h, w)."""
        pixels = x.permute(0, 2, 3, 1).flatten(1, 2)                                          # (B, h*w, I)
        rgb = (pixels @ weight.transpose(1, 2)).float() + self.bias.float()                   # (B, h*w, 3)
        return rgb.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
