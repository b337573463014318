"""Doubling the side of a picture the way StyleGAN2 does: zeros between the pixels, then the filter 1 3 3 1."""

import torch.nn.functional as F
from torch import Tensor


def blur_kernel(like: Tensor) -> Tensor:
    """(4, 4), summing to 4: the filter 1 3 3 1 that follows a doubling of the side."""
    taps = like.new_tensor([1, 3, 3, 1]) / 4
    return taps[:, None] * taps


def with_rows(x: Tensor, top: int, bottom: int) -> Tensor:
    """Add rows of zeros above and below; a negative number takes rows away."""
    x = x[:, :, max(-top, 0) : x.shape[2] - max(-bottom, 0)]
    return F.pad(x, (0, 0, max(top, 0), max(bottom, 0))) if max(top, bottom) > 0 else x


def double(picture: Tensor) -> Tensor:
    """(B, 3, h, w) -> (B, 3, 2h, 2w) by the filter 1 3 3 1, which is bilinear except at the border, where it sees 0."""
    return F.interpolate(F.pad(picture, (1, 1, 1, 1)), scale_factor=2, mode="bilinear")[:, :, 2:-2, 2:-2]
