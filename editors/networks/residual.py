"""Two convolutions on top of what came in, as small networks here share them."""

from torch import Tensor, nn


class Residual(nn.Module):
    """Two convolutions on top of what came in (He et al. 2016, https://arxiv.org/abs/1603.05027)."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> the same."""
        return x + self.layers(x)
