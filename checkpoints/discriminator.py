"""The discriminator that generators and painters are trained against: projected features, hinge.

Sauer et al. 2021, "Projected GANs Converge Faster", https://arxiv.org/abs/2111.01007: it judges features of a
classifier that does not learn, at several scales. B batch, C channels, T told channels.
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

    told: channels of what was asked for, shown to every head beside the features; 0 = nothing
    """

    def __init__(self, channels: Sequence[int], width: int = 64, told: int = 0):
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(count + told, width, 1)),
                nn.LeakyReLU(SLOPE),
                spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
                nn.LeakyReLU(SLOPE),
                spectral_norm(nn.Conv2d(width, 1, 3, padding=1)),
            )
            for count in channels
        )

    def forward(self, features: Sequence[Tensor], told: Tensor | None = None) -> list[Tensor]:
        """Features of each stage, and (B, T, H, W) -> scores (B, 1, h, w) of each; above 0 = a photograph."""
        if told is not None:
            features = [torch.cat([seen, F.adaptive_avg_pool2d(told, seen.shape[2:])], 1) for seen in features]
        return [head(seen) for head, seen in zip(self.heads, features, strict=True)]


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
