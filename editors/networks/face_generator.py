"""StyleGAN2: a latent becomes a style, a style for each layer becomes a picture.

Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", https://arxiv.org/abs/1912.04958,
configuration F: skip connections in the generator, demodulated convolutions. Letters used below: B batch, L layers
that take a style, I/O input/output channels, H side of a picture in pixels, S style size.

Four things make it quick on a processor without changing what it draws:
- Equation 1 scales a kernel by the style. It is the kernel or the activations that are scaled, whichever is smaller.
- Where nothing is learned, a resolution is drawn in bands of rows that stay in the processor's cache.
- Where there are many channels, a quarter of the multiplications do (`winograd`).
- Gain, demodulation and bias are folded into the convolutions, and noise that is off costs nothing.

Names of published weights. R is 4, 8, 16 ... and k = log2(R) - 2; shapes differ only by axes of length one. Theirs also
hold the fixed filter (`blur.kernel`, `upsample.kernel`, `resample_filter`): leave it out.

    here                                  rosinality's .pt (g_ema)          NVIDIA's .pkl (G_ema)
    mapping.layers.N.{weight,bias}        style.N+1.{weight,bias}           mapping.fcN.{weight,bias}
    mean_style                            latent_avg (beside g_ema)         mapping.w_avg
    synthesis.constant                    input.input                       synthesis.b4.const
    synthesis.blocks.0.conv               conv1                             synthesis.b4.conv1
    synthesis.blocks.0.to_rgb             to_rgb1                           synthesis.b4.torgb
    synthesis.blocks.k.up                 convs.2k-2                        synthesis.bR.conv0
    synthesis.blocks.k.conv               convs.2k-1                        synthesis.bR.conv1
    synthesis.blocks.k.to_rgb             to_rgbs.k-1                       synthesis.bR.torgb
      of up and conv: .weight             .conv.weight                      .weight
                      .to_scale.{weight,bias}   .conv.modulation.{weight,bias}    .affine.{weight,bias}
                      .noise_strength     .noise.weight                     .noise_strength
                      .bias               .activate.bias                    .bias
                      .noise              noises.noise_{2k-1, 2k}           .noise_const
      of to_rgb:      .weight             .conv.weight                      .weight
                      .to_scale.{weight,bias}   .conv.modulation.{weight,bias}    .affine.{weight,bias}
                      .bias               .bias                             .bias
"""

from collections.abc import Iterable, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .resample import double
from .styled_layers import EqualLinear, MappingNetwork, Modulation, StyledConv, ToRGB

BAND_BYTES = 6 << 20  # activations of one band of rows: a few of them fit into a shared cache


class Block(nn.Module):
    """One resolution: doubling (not in the first), a convolution, and its share of the picture."""

    def __init__(self, in_channels: int, out_channels: int, style_size: int, side: int, coarse_channels: int):
        super().__init__()
        self.side = side
        inner = in_channels if side == 4 else out_channels
        self.up = None if side == 4 else StyledConv(in_channels, inner, style_size, side, up=True)
        self.from_coarse = EqualLinear(coarse_channels, inner) if coarse_channels else None
        self.conv = StyledConv(inner, out_channels, style_size, side)
        self.to_rgb = ToRGB(out_channels, style_size)

    @property
    def styled(self) -> list[StyledConv]:
        """The layers that take a style and noise, in order."""
        return [self.conv] if self.up is None else [self.up, self.conv]

    def forward(
        self, x: Tensor, codes: Tensor, noises: list[Tensor | None], coarse: Tensor | None, keep: bool
    ) -> tuple[Tensor | None, Tensor]:
        """x (B, I, h, h), codes (B, 2 or 3, S): one for each layer and one for the picture.

        coarse: (B, coarse_channels, H, H) or None
        keep:   False when the features are not asked for

        Returns features (B, O, H, H) or None, and the picture's share, float32 (B, 3, H, H).
        """
        ready = [
            layer.modulate(style, noise, x.dtype) for layer, style, noise in zip(self.styled, codes.unbind(1), noises)
        ]
        to_rgb = self.to_rgb.modulate(codes[:, -1], x.dtype)
        features, pictures = [], []
        for first, last in [(0, self.side)] if to_rgb.requires_grad else self.bands(len(x), x.dtype):
            y = self._rows(x, ready, coarse, first, last)
            pictures.append(self.to_rgb(y, to_rgb))
            features.append(y if keep else None)
        return torch.cat(features, 2) if keep else None, torch.cat(pictures, 2)

    def _rows(self, x: Tensor, ready: list[Modulation], coarse: Tensor | None, first: int, last: int) -> Tensor:
        above, below = max(first - 1, 0), min(last + 1, self.side)
        y = x[:, :, above:below] if self.up is None else self.up(x, ready[0], above, below)
        if coarse is not None:
            y = y + self.from_coarse.as_convolution(coarse[:, :, above:below].to(y.dtype))
        return self.conv(y, ready[-1], first, last, above)

    def bands(self, batch: int, dtype: torch.dtype) -> list[tuple[int, int]]:
        """First row of each band and of the next; nothing is gained by them where gradients keep every activation."""
        row = batch * self.conv.weight.shape[0] * self.side * dtype.itemsize
        height = max(8, BAND_BYTES // row // 8 * 8)
        return [(first, min(first + height, self.side)) for first in range(0, self.side, height)]


class SynthesisNetwork(nn.Module):
    """A style for each layer to a picture, from 4 pixels up."""

    def __init__(self, channels: Mapping[int, int], style_size: int, coarse_channels: int):
        super().__init__()
        self.constant = nn.Parameter(torch.randn(1, channels[4], 4, 4))
        before = [channels[4], *channels.values()]
        self.blocks = nn.ModuleList(
            Block(before[k], channels[side], style_size, side, coarse_channels) for k, side in enumerate(channels)
        )

    def forward(
        self, codes: Tensor, side: int, noise: bool | torch.Generator, coarse: Tensor | None, dtype: torch.dtype
    ) -> Tensor:
        """codes (B, L, S) -> float32 (B, 3, side, side); see `FaceGenerator.draw`."""
        x = self.constant.to(dtype).expand(len(codes), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        picture = None
        for k, block in enumerate(self.blocks[: side.bit_length() - 2]):
            block_codes = codes[:, max(2 * k - 1, 0) : 2 * k + 2]
            noises = [noise_of(layer, noise, codes) for layer in block.styled]
            given = coarse if coarse is None else F.interpolate(coarse, (block.side, block.side), mode="area")
            x, rgb = block(x, block_codes, noises, given, keep=block.side < side)
            picture = rgb if picture is None else double(picture) + rgb
        return picture if coarse is None else picture + given[:, :3]


def noise_of(layer: StyledConv, noise: bool | torch.Generator, codes: Tensor) -> Tensor | None:
    """(B or 1, H, H) of unit variance: the layer's own, or drawn on the processor; None when off."""
    if isinstance(noise, torch.Generator):
        return torch.randn(len(codes), layer.side, layer.side, generator=noise).to(codes)
    return layer.noise[None] if noise else None


class FaceGenerator(nn.Module):
    """StyleGAN2 of any power-of-two size.

    size:             side of the picture in pixels, 4 or more
    style_size:       S
    mapping_layers:   depth of the mapping network; 0 takes latents as styles
    channels:         side -> channels, or None for min(channel_max, channel_base / side)
    latent_size:      numbers in a latent, None = style_size; may be a concatenation of codes
    normalize_latent: bring each latent to unit variance first, as published
    coarse_channels:  channels of a coarse picture that every resolution sees and the result is added to; 0 = none
    """

    def __init__(
        self,
        size: int,
        style_size: int = 512,
        mapping_layers: int = 8,
        channels: Mapping[int, int] | None = None,
        channel_base: int = 32768,
        channel_max: int = 512,
        latent_size: int | None = None,
        normalize_latent: bool = True,
        coarse_channels: int = 0,
    ):
        super().__init__()
        if size < 4 or size & (size - 1):
            raise ValueError(f"The size is {size}; it must be a power of two from 4 up.")
        sides = [2**power for power in range(2, size.bit_length())]
        given = {int(side): count for side, count in (channels or {}).items()}
        table = {side: given.get(side, min(channel_max, channel_base // side)) for side in sides}
        self.size, self.style_size, self.coarse_channels = size, style_size, coarse_channels
        self.latent_size = latent_size or style_size
        self.mapping = MappingNetwork(self.latent_size, style_size, mapping_layers, normalize_latent)
        self.synthesis = SynthesisNetwork(table, style_size, coarse_channels)
        self.register_buffer("mean_style", torch.zeros(style_size))

    @property
    def layers(self) -> int:
        """L: styles that one picture takes."""
        return 2 * len(self.synthesis.blocks)

    def latents(self, seeds: Iterable[int]) -> Tensor:
        """One latent a seed, (B, latent_size); the same numbers as NVIDIA's published samples of these seeds."""
        rows = [np.random.RandomState(seed).randn(self.latent_size) for seed in seeds]
        return torch.from_numpy(np.stack(rows)).to(self.mean_style)

    def codes(self, latents: Tensor, truncation: float = 1.0) -> Tensor:
        """Latents (B, latent_size) -> the same style for every layer, (B, L, S)."""
        return self.truncate(self.mapping(latents)[:, None].expand(-1, self.layers, -1), truncation)

    def truncate(self, codes: Tensor, truncation: float, layers: slice = slice(None)) -> Tensor:
        """Codes (B, L, S) drawn towards the mean style: 1 leaves them, 0 is the mean."""
        if truncation == 1:
            return codes
        return mix(codes, torch.lerp(self.mean_style, codes, truncation), layers)

    def measure_mean_style(self, count: int = 10_000, seed: int = 0) -> Tensor:
        """Mean style (S,) of `count` random latents, for weights that come without one."""
        draws = np.random.RandomState(seed).randn(count, self.latent_size)
        return self.mapping(torch.from_numpy(draws).to(self.mean_style)).mean(0)

    def draw(
        self,
        codes: Tensor,
        size: int | None = None,
        noise: bool | torch.Generator = False,
        coarse: Tensor | None = None,
        dtype: torch.dtype | None = None,
    ) -> Tensor:
        """Draw codes (B, L, S).

        size:    side of the picture; less than the generator's is a quick preview
        noise:   False = none, True = the noise that belongs to the weights, or a generator that draws it
        coarse:  (B, coarse_channels, H, H), its first three channels a picture, about -1 to 1
        dtype:   of the activations, None = that of the weights; see `quick_dtype`

        Returns float32 (B, 3, size, size), about -1 to 1, not clipped.
        """
        size = size or self.size
        if size > self.size or size < 4 or size & (size - 1):
            raise ValueError(f"The size is {size}; it must be a power of two from 4 to {self.size}.")
        if codes.shape[1:] != (self.layers, self.style_size):
            raise ValueError(f"The codes are {tuple(codes.shape)}, not (B, {self.layers}, {self.style_size}).")
        if (coarse is None) != (self.coarse_channels == 0):
            raise ValueError(f"A coarse picture of {self.coarse_channels} channels is needed, and none where 0.")
        return self.synthesis(codes, size, noise, coarse, dtype or self.synthesis.constant.dtype)

    def forward(self, latents: Tensor, truncation: float = 1.0, **drawing) -> Tensor:
        """Latents (B, latent_size) -> pictures (B, 3, size, size); keywords as in `draw`."""
        return self.draw(self.codes(latents, truncation), **drawing)


def mix(codes: Tensor, others: Tensor, layers: range | slice) -> Tensor:
    """Codes (B, L, S) whose layers in the range are taken from `others`: low layers shape, high layers colour."""
    mixed = codes.clone()
    mixed[:, layers] = others[:, layers]
    return mixed


def quick_dtype() -> torch.dtype:
    """What `draw` is quickest in here: bfloat16 where the processor multiplies it itself, else float32."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()  # newer than the oldest torch that serves
    return torch.bfloat16 if capabilities.get("avx512_bf16") else torch.float32


def build(**config) -> FaceGenerator:
    """The generator that a model card describes."""
    return FaceGenerator(**config)
