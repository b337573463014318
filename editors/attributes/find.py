"""Directions that a generator has without anybody naming them: SeFa in closed form, PCA of its styles (GANSpace).

Both serve every `FaceGenerator`, embedded or published. A direction is a unit vector among styles; what it does is for
the eye to say, and its name for the person who keeps it. S style size, K directions, B latents.
"""

import torch
from torch import Tensor

from ..errors import SettingError
from ..networks.face_generator import FaceGenerator

SAMPLES = 2000
"""Latents whose styles are looked at for their principal components."""


def sefa(generator: FaceGenerator, count: int, layers: range | None = None) -> Tensor:
    """The directions (K, S) that move the styled layers most, strongest first.

    Eigenvectors of A'A, A being the weights that take a style into the layers: Shen and Zhou 2021,
    https://arxiv.org/abs/2007.06600, equation 6.

    layers: those that count, None = all
    Raises SettingError for more directions than a style has numbers, or layers that are not there.
    """
    _check_count(generator, count)
    weights = torch.cat([weight.detach().double() for weight in _style_weights(generator, layers)])       # (I, S)
    return _signed(torch.linalg.eigh(weights.T @ weights).eigenvectors.T.flip(0)[:count]).float()


@torch.no_grad()
def principal(
    generator: FaceGenerator, count: int, latents: Tensor | None = None, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """The principal components of styles: directions (K, S) and the standard deviation along each (K,).

    Härkönen et al. 2020, https://arxiv.org/abs/2004.02546.

    latents: (B, latent_size) of faces as the generator knows them; None = SAMPLES random ones
    seed:    of the random ones
    Raises SettingError for more directions than a style has numbers.
    """
    _check_count(generator, count)
    if latents is None:
        draw = torch.Generator().manual_seed(seed)
        latents = torch.randn(SAMPLES, generator.latent_size, generator=draw).to(generator.mean_style)
    styles = generator.mapping(latents).double()
    values, vectors = torch.linalg.eigh(torch.cov(styles.T))
    return _signed(vectors.T.flip(0)[:count]).float(), values.flip(0)[:count].clamp(min=0).sqrt().float()


def moved(codes: Tensor, direction: Tensor, amount: float, layers: range | slice = slice(None)) -> Tensor:
    """Codes (B, L, S) moved along a direction (S,) in some layers: what previews a direction."""
    result = codes.clone()
    result[:, layers] += amount * direction
    return result


def _style_weights(generator: FaceGenerator, layers: range | None) -> list[Tensor]:
    """The weight (I, S) by which each layer reads its style."""
    reads = [layer.to_scale for block in generator.synthesis.blocks for layer in block.styled]
    reads.append(generator.synthesis.blocks[-1].to_rgb.to_scale)
    if layers is not None and not set(layers) <= set(range(len(reads))):
        raise SettingError(f"Layers {layers.start} to {layers.stop - 1} were asked for; there are 0 to "
                           f"{len(reads) - 1}.")
    return [reads[index].weight for index in (range(len(reads)) if layers is None else layers)]


def _check_count(generator: FaceGenerator, count: int) -> None:
    if not 1 <= count <= generator.style_size:
        raise SettingError(f"{count} directions were asked for; there are 1 to {generator.style_size}.")


def _signed(directions: Tensor) -> Tensor:
    """Each direction (K, S) the way round in which its largest number is positive, so that it is always the same."""
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return directions * largest.sign()
