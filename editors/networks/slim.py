"""A generator with fewer channels, cut out of a whole one without training: a preview that costs less.

As AnyCost GAN (Lin et al. 2021, https://arxiv.org/abs/2103.03243) the channels that count most stay: here those whose
kernels, in the layers that read them, have the largest norm. AnyCost trains the generator for it; this does not, so
that the picture is little like the whole one's: `likeness_of` says how little. What is left is a start for training.
"""

import math

import torch
from torch import Tensor

from .face_generator import FaceGenerator


def slimmed(generator: FaceGenerator, share: float) -> FaceGenerator:
    """A copy that keeps this share of each layer's channels, 0 < share <= 1, at least four of each.

    It takes the same codes, of the same layers, and draws pictures of the same size.
    """
    blocks = generator.synthesis.blocks
    kept = {block.side: _strongest(generator, index, share) for index, block in enumerate(blocks)}
    inner = {block.side: kept[block.side] if index else _first(generator, share) for index, block in enumerate(blocks)}
    slim = FaceGenerator(
        generator.size, generator.style_size, len(generator.mapping.layers),
        {side: len(places) for side, places in kept.items()}, latent_size=generator.latent_size,
        normalize_latent=generator.mapping.normalize, coarse_channels=generator.coarse_channels,
    ).to(generator.mean_style)
    state = dict(generator.state_dict())
    before = inner[4]
    state["synthesis.constant"] = state["synthesis.constant"][:, before]
    for index, block in enumerate(blocks):
        name, places = f"synthesis.blocks.{index}", kept[block.side]
        for layer in ("up", "conv") if index else ("conv",):
            _cut(state, f"{name}.{layer}", before, places)
            before = places
        if block.from_coarse is not None:
            for part in ("weight", "bias"):
                state[f"{name}.from_coarse.{part}"] = state[f"{name}.from_coarse.{part}"][inner[block.side]]
        _cut(state, f"{name}.to_rgb", places, None)
    slim.load_state_dict(state)
    return slim.eval().requires_grad_(False)


def likeness_of(preview: Tensor, whole: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures (B, 3, H, H) in -1..1; what is less than whole is enlarged first."""
    if preview.shape[-1] < whole.shape[-1]:
        preview = torch.nn.functional.interpolate(preview, whole.shape[-2:], mode="bicubic", antialias=True)
    apart = (preview.clamp(-1, 1) - whole.clamp(-1, 1)).square().mean()
    return float(10 * torch.log10(4 / apart)) if apart else math.inf


def _cut(state: dict[str, Tensor], name: str, taken: Tensor, given: Tensor | None) -> None:
    """Leave a layer the channels it takes and gives; its scale stays what it was, although it is divided by fewer."""
    weight = state[f"{name}.weight"]
    gain = math.sqrt(len(taken) / weight.shape[1])  # the layer divides by the root of the channels it takes
    weight = weight[:, taken] * gain
    state[f"{name}.weight"] = weight if given is None else weight[given]
    if given is not None:
        state[f"{name}.bias"] = state[f"{name}.bias"][given]
    for part in ("weight", "bias"):
        state[f"{name}.to_scale.{part}"] = state[f"{name}.to_scale.{part}"][taken]


def _strongest(generator: FaceGenerator, index: int, share: float) -> Tensor:
    """Places of the channels of a block that those who read them weigh most, in order."""
    block = generator.synthesis.blocks[index]
    readers = [block.to_rgb, *([block.conv] if index else [])]
    if index + 1 < len(generator.synthesis.blocks):
        readers.append(generator.synthesis.blocks[index + 1].up)
    return _largest(generator, readers, share)


def _first(generator: FaceGenerator, share: float) -> Tensor:
    """The same for the constant that everything begins with, of as many channels as the first block gives."""
    return _largest(generator, [generator.synthesis.blocks[0].conv], share)


def _largest(generator: FaceGenerator, readers: list, share: float) -> Tensor:
    norms = 0
    for reader in readers:
        weight = reader.weight * reader.to_scale(generator.mean_style[None])[0][:, None, None] / math.sqrt(
            reader.weight.shape[1])
        norms = norms + weight.square().sum((0, 2, 3)) / weight.square().sum()                # (I,) shares of a layer
    count = min(max(4, round(share * len(norms))), len(norms))
    return norms.topk(count).indices.sort().values
