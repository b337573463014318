"""3x3 convolution with a quarter of the multiplications, for kernels that stay as they are.

Lavin and Gray 2015, "Fast Algorithms for Convolutional Neural Networks", https://arxiv.org/abs/1509.09308, F(4x4, 3x3):
four pixels a side come from tiles of six. Letters: B batch, I/O input/output channels, T tiles. It pays where there are
many channels (256 and more on two cores); below that the two changes of basis cost more than they spare.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
KERNEL = ((6, 0, 0), (-4, -4, -4), (-4, 4, -4), (1, 2, 4), (1, -2, 4), (0, 0, 24))  # in 24ths
OUTPUT = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def in_both_directions(basis: tuple, like: Tensor, divisor: int = 1) -> Tensor:
    """A change of basis along a line -> the same along rows and columns."""
    line = torch.tensor(basis, dtype=torch.float64, device=like.device) / divisor
    return torch.kron(line, line).to(like.dtype)


def transform_kernel(weight: Tensor) -> Tensor:
    """Kernel (O, I, 3, 3) -> (36, I, O)."""
    out_channels, in_channels = weight.shape[:2]
    taps = weight.permute(2, 3, 1, 0).reshape(9, -1)                                          # (9, I*O)
    return (in_both_directions(KERNEL, weight, 24) @ taps).view(36, in_channels, out_channels)


def convolve(x: Tensor, kernel: Tensor) -> Tensor:
    """x (B, I, H + 2, W) and a transformed kernel (36, I, O) -> (B, O, H, W); H and W are multiples of four.

    Beyond the left and right border x counts as zero, above and below it brings a row of its own.
    """
    x = F.pad(x, (1, 1))
    batch, height, width = len(x), x.shape[2] // 4, x.shape[3] // 4
    tiles = x.unfold(2, 6, 4).unfold(3, 6, 4).permute(4, 5, 0, 2, 3, 1).reshape(36, -1)       # (36, T*I)
    tiles = (in_both_directions(INPUT, x) @ tiles).view(36, -1, x.shape[1])                   # (36, T, I)
    y = in_both_directions(OUTPUT, x) @ (tiles @ kernel).flatten(1)                           # (16, T*O)
    y = y.view(4, 4, batch, height, width, -1).permute(2, 3, 0, 4, 1, 5)                      # (B, h, 4, w, 4, O)
    return y.reshape(batch, 4 * height, 4 * width, -1).permute(0, 3, 1, 2)
