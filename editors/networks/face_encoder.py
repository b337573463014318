"""Reads a face's latent off its picture: the linear model's code is the first guess, a small network corrects it.

A latent is Z numbers in standard deviations of the linear model's appearance components. The linear model draws them as
the coarse picture, StyleGAN2 (`face_generator`) sees both and adds what a linear model cannot. An encoder that has
learned nothing corrects nothing, so that inversion starts where the linear model stands. B batch, H side in pixels.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2


class Narrowing(nn.Module):
    """Halve the side: two convolutions beside an average, added up."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.first = nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1)
        self.second = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, I, H, H) -> (B, O, H / 2, H / 2)."""
        y = self.second(F.leaky_relu(self.first(x), SLOPE))
        return F.leaky_relu(y + self.shortcut(F.avg_pool2d(x, 2)), SLOPE)


class FaceEncoder(nn.Module):
    """Corrects the linear code of a face.

    size:         side of the pictures in pixels, 4 * 2^(number of channels) or 2^k times that
    latent_size:  Z
    channels:     of each halving, from the finest; the picture enters folded 2 x 2
    """

    def __init__(self, size: int, latent_size: int, channels: Sequence[int]):
        super().__init__()
        self.size, self.latent_size = size, latent_size
        widths = [6 * 4, *channels]
        self.halvings = nn.ModuleList(Narrowing(before, after) for before, after in zip(widths, widths[1:]))
        side = size >> (1 + len(channels))
        self.correct = nn.Linear(widths[-1] * side * side, latent_size)
        nn.init.zeros_(self.correct.weight)
        nn.init.zeros_(self.correct.bias)
        self.register_buffer("mean", torch.zeros(latent_size))
        self.register_buffer("factor", torch.eye(latent_size))

    def forward(self, pictures: Tensor, coarse: Tensor, guess: Tensor) -> Tensor:
        """Latents (B, Z) of pictures (B, 3, H, H), given the linear model's code of each and what it draws from it.

        pictures, coarse: about -1 to 1; guess: (B, Z)
        """
        if pictures.shape[1:] != (3, self.size, self.size) or pictures.shape != coarse.shape:
            raise ValueError(
                f"The pictures are {tuple(pictures.shape)}, the coarse ones {tuple(coarse.shape)}; "
                f"both must be (B, 3, {self.size}, {self.size})."
            )
        x = F.pixel_unshuffle(torch.cat([2 * (pictures - coarse), coarse], 1), 2)
        for halving in self.halvings:
            x = halving(x)
        return guess + self.correct(x.flatten(1)).float()

    @torch.no_grad()
    def remember(self, latents: Tensor) -> None:
        """Keep the mean and covariance of latents (N, Z), so that seeds draw faces like those."""
        spread = torch.cov(latents.double().T) + 1e-4 * torch.eye(self.latent_size, dtype=torch.double)
        self.mean.copy_(latents.mean(0))
        self.factor.copy_(torch.linalg.cholesky(spread))

    def latents(self, seeds: Iterable[int]) -> Tensor:
        """One latent a seed, (B, Z), from the distribution that `remember` kept; the same on every machine."""
        draws = np.stack([np.random.RandomState(seed).randn(self.latent_size) for seed in seeds])
        return self.mean + torch.from_numpy(draws).to(self.mean) @ self.factor.T


def build(size: int, latent_size: int, channels: Sequence[int]) -> FaceEncoder:
    """The encoder, with random weights."""
    return FaceEncoder(size, latent_size, channels)
