"""A U-Net that tells regions of a picture apart, as small parsers here share it. B batch, L layers, R regions."""

import numpy as np
import torch
from torch import Tensor, nn

from .residual import Residual


class UNet(nn.Module):
    """Looks coarser and coarser, then finer again (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597)."""

    def __init__(self, layers: int, regions: int, widths: tuple[int, ...]):
        super().__init__()
        self.begin = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * layers, widths[0], 3, padding=1))
        pairs = list(zip(widths, widths[1:], strict=False))
        self.look = nn.ModuleList(Residual(width) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 3, 2, 1) for fine, coarse in pairs)
        self.deep = Residual(widths[-1])
        self.up = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.draw = nn.ModuleList(Residual(fine) for fine, _ in pairs)
        self.end = nn.Sequential(
            nn.BatchNorm2d(widths[0]), nn.ReLU(), nn.Conv2d(widths[0], 4 * regions, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, layers: Tensor) -> Tensor:
        """(B, L, H, W), sides that widths can halve -> what speaks for each region, logits (B, R, H, W)."""
        x, seen = self.begin(layers), []                                                      # (B, widths[0], H/2, W/2)
        for look, down in zip(self.look, self.down, strict=False):
            x = look(x)
            seen.append(x)
            x = down(x)
        x = self.deep(self.look[-1](x))                                                     # (B, widths[-1], H/16, ...)
        for fine, up, draw in zip(reversed(seen), reversed(self.up), reversed(self.draw), strict=True):
            x = draw(fine + nn.functional.interpolate(up(x), scale_factor=2, mode="bilinear", align_corners=False))
        return self.end(x)

    @torch.inference_mode()
    def find(self, layers: np.ndarray) -> np.ndarray:
        """Probabilities of the regions, float32 (R, H, W), from one picture's layers (L, H, W)."""
        return self(torch.from_numpy(layers)[None])[0].softmax(0).numpy()
