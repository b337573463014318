"""What the discriminator is shown: adaptive augmentation.

Karras et al. 2020, "Training GANs with limited data", https://arxiv.org/abs/2006.06676: pictures are changed with a
chance that rises while it knows the photographs too well.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

CERTAIN = 0.6
"""Mean sign of the scores of photographs that the chance of augmentation is steered to."""


def adapt(amount: float, real: Sequence[Tensor], batch: int, span: float = 100_000) -> float:
    """The chance of augmentation, 0..0.8, moved towards where photographs are told for certain 8 times in 10."""
    sign = float(torch.stack([scores.detach().sign().mean() for scores in real]).mean())
    return min(max(amount + (1 if sign > CERTAIN else -1) * batch / span, 0.0), 0.8)


def augment(pictures: Tensor, amount: float, chance: torch.Generator) -> Tensor:
    """Pictures (B, 3, S, S), each changed with the chance `amount` in colour, place and by a hole, with gradients."""
    if amount == 0:
        return pictures
    batch, side = len(pictures), pictures.shape[-1]

    def draw(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=chance).to(pictures) * 2 - 1

    def sometimes() -> Tensor:
        return (torch.rand(batch, 1, 1, 1, generator=chance) < amount).to(pictures)

    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * (1 + 0.5 * draw(1, 1, 1) * sometimes())
    pictures = pictures * (1 + 0.3 * draw(1, 1, 1) * sometimes()) + 0.2 * draw(1, 1, 1) * sometimes()
    move = torch.eye(2, 3).to(pictures).repeat(batch, 1, 1)
    move[:, :, 2] = 0.25 * draw(2) * sometimes()[:, :, 0, 0]
    pictures = F.grid_sample(
        pictures, F.affine_grid(move, pictures.shape, False), padding_mode="reflection", align_corners=False
    )
    places = torch.linspace(-1, 1, side).to(pictures)
    centre = draw(2, 1, 1)
    hole = ((places - centre[:, 0]).abs() < 0.3)[:, :, None] & ((places - centre[:, 1]).abs() < 0.3)[:, :, :, None]
    return pictures * (1 - hole.to(pictures) * sometimes())
