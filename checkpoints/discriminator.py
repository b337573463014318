"""The discriminator that generators and painters are trained against: projected features, hinge.

Sauer et al. 2021, "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007: it judges features of a
classifier that does not learn, at several scales. Where asked it also looks at the pixels themselves, in patches
(Isola et al. 2017, https://arxiv.org/abs/1611.07004): what the classifier is blind to can be drawn for ever otherwise.
B batch, C channels, T told channels.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from editors.networks.perceptual import FeatureStages

SLOPE = 0.2


class ProjectedDiscriminator(nn.Module):
    """A head on each stage of features, every convolution of spectral norm 1.

    told:    channels of what was asked for, shown to every head beside the features; 0 = nothing
    pixels:  whether a head looks at the pictures too, which then stand before the features
    """

    def __init__(self, channels: Sequence[int], width: int = 64, told: int = 0, pixels: bool = False):
        super().__init__()
        heads = [head_of([(count + told, width, 1, 1), (width, width, 3, 1), (width, 1, 3, 1)]) for count in channels]
        if pixels:
            patches = [(3 + told, width // 2, 4, 2), (width // 2, width, 4, 2), (width, width, 3, 1), (width, 1, 3, 1)]
            heads.insert(0, head_of(patches))
        self.heads = nn.ModuleList(heads)

    def forward(self, features: Sequence[Tensor], told: Tensor | None = None) -> list[Tensor]:
        """What each head looks at (B, C, h, w), and (B, T, H, W) -> scores (B, 1, h, w); above 0 = a photograph."""
        if told is not None:
            features = [torch.cat([seen, F.adaptive_avg_pool2d(told, seen.shape[2:])], 1) for seen in features]
        return [head(seen) for head, seen in zip(self.heads, features, strict=True)]


def head_of(convolutions: Sequence[tuple[int, int, int, int]]) -> nn.Sequential:
    """Convolutions by channels in and out, side of the kernel and stride, with a bend between them."""
    layers = []
    for before, after, side, stride in convolutions:
        layers += [spectral_norm(nn.Conv2d(before, after, side, stride, (side - 1) // 2)), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers[:-1])


def hinge(real: Sequence[Tensor], drawn: Sequence[Tensor], where: Tensor | None = None) -> Tensor:
    """What the discriminator minimises, averaged over stages and over places, as much as `where` (B, 1, H, W) says."""
    gaps = [mean_of(F.relu(1 - a), where) + mean_of(F.relu(1 + b), where) for a, b in zip(real, drawn, strict=True)]
    return torch.stack(gaps).mean()


def persuasion(drawn: Sequence[Tensor], where: Tensor | None = None) -> Tensor:
    """What the generator minimises."""
    return -torch.stack([mean_of(scores, where) for scores in drawn]).mean()


def mean_of(scores: Tensor, where: Tensor | None) -> Tensor:
    """Mean of scores (B, 1, h, w), as much of each place as `where` (B, 1, H, W) covers."""
    if where is None:
        return scores.mean()
    share = F.adaptive_avg_pool2d(where, scores.shape[2:])
    return (scores * share).sum() / (share.sum() + 1e-6)


def features_of(stages: FeatureStages, pictures: Tensor, dtype: torch.dtype) -> list[Tensor]:
    """The stages' features, computed in `dtype`, given in float32."""
    with torch.autocast(pictures.device.type, dtype, enabled=dtype != torch.float32):
        return [seen.float() for seen in stages(pictures)]
