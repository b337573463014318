"""BiSeNet with a ResNet-18: which of 19 labels each pixel of a face has.

Yu et al. 2018, "BiSeNet: Bilateral Segmentation Network", https://arxiv.org/abs/1808.00897, as it was trained on faces
(the weights `79999_iter`): the features at an eighth of the side stand in for its spatial path.

Parameters have the published names, so that weights are loaded as they are, but for two things: the labels of the last
layer are in our order, and the two heads that only help in training (`conv_out16`, `conv_out32`) are left out.
B batch, C channels, W channels of the first layer.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours, in 0..1


class ConvNorm(nn.Module):
    """Convolution, batch normalization, ReLU."""

    def __init__(self, before: int, channels: int, kernel: int = 3):
        super().__init__()
        self.conv = nn.Conv2d(before, channels, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, channels, H, W)."""
        return self.bn(self.conv(x)).relu()


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut, as in ResNet-18 (https://arxiv.org/abs/1512.03385)."""

    def __init__(self, before: int, channels: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride > 1:
            projection = nn.Conv2d(before, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, channels, H / stride, W / stride)."""
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class Backbone(nn.Module):
    """ResNet-18 without its head."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(ResidualBlock(width, width, 1), ResidualBlock(width, width, 1))
        for stage in (2, 3, 4):
            before, channels = width * 2 ** (stage - 2), width * 2 ** (stage - 1)
            blocks = nn.Sequential(ResidualBlock(before, channels, 2), ResidualBlock(channels, channels, 1))
            setattr(self, f"layer{stage}", blocks)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, H, W) -> (B, 2W, H/8, ...), (B, 4W, H/16, ...), (B, 8W, H/32, ...)."""
        x = self.layer1(F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1))
        eighth = self.layer2(x)
        sixteenth = self.layer3(eighth)
        return eighth, sixteenth, self.layer4(sixteenth)


class AttentionRefinement(nn.Module):
    """A convolution whose channels are scaled by what they are on average."""

    def __init__(self, before: int, channels: int):
        super().__init__()
        self.conv = ConvNorm(before, channels)
        self.conv_atten = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, channels, H, W)."""
        x = self.conv(x)
        return x * self.bn_atten(self.conv_atten(x.mean((2, 3), keepdim=True))).sigmoid()


class ContextPath(nn.Module):
    """What is where, seen coarsely and brought to an eighth of the side."""

    def __init__(self, width: int):
        super().__init__()
        self.resnet = Backbone(width)
        self.arm16 = AttentionRefinement(4 * width, 2 * width)
        self.arm32 = AttentionRefinement(8 * width, 2 * width)
        self.conv_head32 = ConvNorm(2 * width, 2 * width)
        self.conv_head16 = ConvNorm(2 * width, 2 * width)
        self.conv_avg = ConvNorm(8 * width, 2 * width, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) -> features and context, both (B, 2W, H/8, W/8)."""
        eighth, sixteenth, last = self.resnet(x)
        whole = self.conv_avg(last.mean((2, 3), keepdim=True))                               # (B, 2W, 1, 1)
        context = F.interpolate(self.arm32(last) + whole, sixteenth.shape[2:])
        context = F.interpolate(self.arm16(sixteenth) + self.conv_head32(context), eighth.shape[2:])
        return eighth, self.conv_head16(context)


class FeatureFusion(nn.Module):
    """Features and context made one, the channels that matter raised."""

    def __init__(self, channels: int):
        super().__init__()
        self.convblk = ConvNorm(channels, channels, 1)
        self.conv1 = nn.Conv2d(channels, channels // 4, 1, bias=False)
        self.conv2 = nn.Conv2d(channels // 4, channels, 1, bias=False)

    def forward(self, features: Tensor, context: Tensor) -> Tensor:
        """Twice (B, C/2, H, W) -> (B, C, H, W)."""
        x = self.convblk(torch.cat([features, context], 1))
        return x + x * self.conv2(self.conv1(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class LabelHead(nn.Module):
    """A logit for each label."""

    def __init__(self, channels: int, labels: int):
        super().__init__()
        self.conv = ConvNorm(channels, channels)
        self.conv_out = nn.Conv2d(channels, labels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, labels, H, W)."""
        return self.conv_out(self.conv(x))


class FaceParser(nn.Module):
    """The 19 labels of CelebAMask-HQ, in the order of `editors.labels`.

    labels:  how many
    width:   W
    """

    side = 512  # of the aligned faces it was trained on; other sides work

    def __init__(self, labels: int = 19, width: int = 64):
        super().__init__()
        self.cp = ContextPath(width)
        self.ffm = FeatureFusion(4 * width)
        self.conv_out = LabelHead(4 * width, labels)

    def forward(self, pictures: Tensor) -> Tensor:
        """Aligned faces (B, 3, H, W), -1 to 1 -> logits (B, labels, H, W)."""
        mean, deviation = pictures.new_tensor(MEAN)[:, None, None], pictures.new_tensor(DEVIATION)[:, None, None]
        colours = ((pictures + 1) / 2 - mean) / deviation
        logits = self.conv_out(self.ffm(*self.cp(colours)))
        return F.interpolate(logits, pictures.shape[2:], mode="bilinear", align_corners=True)


def build(**config) -> FaceParser:
    """The parser that a model card describes."""
    return FaceParser(**config)
