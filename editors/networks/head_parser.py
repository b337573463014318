"""Where face, ears, neck, hair, clothes, hat and background are in a crop of head and shoulders: a small U-Net.

It sees the picture in the light of the face, the probability of a person and where the mesh lies; what a photograph's
own colours add is found afterwards (`editors.regions`). S side of the crop, B batch, R regions.
"""

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from .residual import Residual

SIDE = 128
"""Pixels of the crop's side."""
REGIONS = 7
"""Background, skin, ear, neck, hair, cloth, hat."""
LAYERS = 7
"""What the network sees: three colours, person, distance to the face's outline, right and down of the eyes."""
_DARKEST = 0.04


class HeadParser(nn.Module):
    """Looks coarser and coarser, then finer again (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597)."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 96, 128)):
        super().__init__()
        self.begin = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * LAYERS, widths[0], 3, padding=1))
        pairs = list(zip(widths, widths[1:], strict=False))
        self.look = nn.ModuleList(Residual(width) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 3, 2, 1) for fine, coarse in pairs)
        self.deep = Residual(widths[-1])
        self.up = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.draw = nn.ModuleList(Residual(fine) for fine, _ in pairs)
        self.end = nn.Sequential(
            nn.BatchNorm2d(widths[0]), nn.ReLU(), nn.Conv2d(widths[0], 4 * REGIONS, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, layers: Tensor) -> Tensor:
        """(B, LAYERS, S, S) -> what speaks for each region, logits (B, R, S, S)."""
        x, seen = self.begin(layers), []                                                      # (B, widths[0], S/2, S/2)
        for look, down in zip(self.look, self.down, strict=False):
            x = look(x)
            seen.append(x)
            x = down(x)
        x = self.deep(self.look[-1](x))                                                     # (B, widths[-1], S/16, ...)
        for fine, up, draw in zip(reversed(seen), reversed(self.up), reversed(self.draw), strict=True):
            x = draw(fine + nn.functional.interpolate(up(x), scale_factor=2, mode="bilinear", align_corners=False))
        return self.end(x)

    @torch.inference_mode()
    def find(self, layers: np.ndarray) -> np.ndarray:
        """Probabilities of the regions, float32 (R, S, S), from the layers of `layers_of` (LAYERS, S, S)."""
        return self(torch.from_numpy(layers)[None])[0].softmax(0).numpy()


def layers_of(
    picture: np.ndarray, person: np.ndarray, depth: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """What the network sees, float32 (LAYERS, S, S).

    picture: uint8 (S, S, 3);  person: (S, S), 0..1
    depth:   (S, S) distance to the face's outline, positive inside;  x (1, S), y (S, 1): place; all in head units
    """
    light = picture.astype(np.float32) / 255
    face = depth > 0.05
    mean = light[face].mean(0) if face.any() else light.mean((0, 1))
    colours = ((light - mean) / (mean.mean() + _DARKEST)).clip(-2, 4)                         # as the face is lit
    size = picture.shape[:2]
    places = (depth.clip(-1, 1), np.broadcast_to(x, size) / 2, np.broadcast_to(y, size) / 2)
    return np.ascontiguousarray(
        np.stack([*cv2.split(colours), person - 0.5, *places]).astype(np.float32)
    )


def build(**config: tuple[int, ...]) -> HeadParser:
    """The network from its card's config."""
    return HeadParser(**config)
