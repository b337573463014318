"""The painter's critic while it learns: a small SN-PatchGAN (Yu et al. 2019, https://arxiv.org/abs/1806.03589, 3.4)."""

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Critic(nn.Module):
    """Says of each place of a picture with its hole and lines whether it looks photographed: SN-PatchGAN, small."""

    def __init__(self, width: int = 32):
        super().__init__()
        sizes = (5, width, 2 * width, 4 * width, 4 * width)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 5 if inputs == 5 else 3, 2, 2 if inputs == 5 else 1))
            for inputs, outputs in zip(sizes, sizes[1:])
        )
        self.leave = nn.Conv2d(sizes[-1], 1, 3, padding=1)   # a norm here, too, left it silent for hundreds of batches

    def forward(self, x: Tensor) -> Tensor:
        """Picture, hole and lines (B, 5, H, W) -> (B, 1, H / 16, W / 16), more for what looks photographed."""
        x = 4 * x - 2
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.leave(x)
