"""Directions that others published for a loaded generator, brought to the unit of those that are found here.

A file of one's own holds them by name (`formats.directions`): one vector for every layer, one for each, or channels of
StyleSpace (Wu et al. 2021, https://arxiv.org/abs/2011.12799), numbers that a layer makes of its style; GANSpace's
components go by their order. Nothing in such a file says which generator it was found in. One unit is a standard
deviation of this generator's faces along the direction. L layers, S style size, C channels of a layer, B faces.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..errors import ModelError, SettingError
from ..models import Models
from ..networks.face_generator import FaceGenerator
from ..networks.styled_layers import EqualLinear
from ..store import OWN

COMPONENTS = "components"


def names_in(models: Models, source: str) -> list[str]:
    """What a file of directions holds, in the order that they are counted in.

    Raises SettingError for a model that is no file of directions, ModelError where it is not here.
    """
    arrays = _arrays(models, source)
    if COMPONENTS in arrays:
        return [f"component {index}" for index in range(len(arrays[COMPONENTS]))]
    return sorted(arrays)


def sources(models: Models) -> list[dict[str, object]]:
    """The files of directions that were taken in and are whole, each with the names in it."""
    found = []
    for card in models.cards():
        if card.id.startswith(OWN) and card.builder == "arrays":
            try:
                found.append({"id": card.id, "names": names_in(models, card.id)})
            except ModelError:
                continue  # who chooses it is told, nobody else
    return found


def published(models: Models, model_id: str, source: str, index: int, latents: Tensor) -> tuple[str, Tensor]:
    """The name of one direction of a file, and what one unit of it adds to the codes of a generator: (L, S).

    latents: (B, latent_size) of the faces that a unit is measured on

    Raises SettingError where there are not so many, or they do not fit this generator.
    """
    names = names_in(models, source)
    if not 0 <= index < len(names):
        held = ", ".join(f"{number} {name}" for number, name in enumerate(names[:20]))
        raise SettingError(f"index is {index}; {source} has directions 0 to {len(names) - 1}: {held}.")
    prints = models.fingerprint(model_id), models.fingerprint(source)
    return names[index], _codes(models, model_id, source, names[index], prints, latents)


@lru_cache(maxsize=8)
def _codes(
    models: Models, model_id: str, source: str, name: str, prints: tuple[str, str], latents: Tensor
) -> Tensor:
    """As `published`, worked out once while neither file changes: a slider asks at every tick."""
    arrays, generator = _arrays(models, source), models.get(model_id)
    vectors = arrays[COMPONENTS][int(name.split()[1])][None] if COMPONENTS in arrays else arrays[name]
    with torch.no_grad():
        styles = generator.mapping(latents).cpu()                                                       # (B, S)
        if vectors.dtype.kind == "i":
            return _of_channels(vectors, generator, styles, f"{name} of {source}")
        return _of_vectors(vectors, generator, styles, f"{name} of {source}")


def _of_vectors(vectors: np.ndarray, generator: FaceGenerator, styles: Tensor, name: str) -> Tensor:
    """Vectors (1 or L, S), scaled to the deviation of styles (B, S) along them: (L, S)."""
    layers, size = generator.layers, generator.style_size
    if vectors.shape not in ((1, size), (layers, size)):
        raise SettingError(f"{name} has {vectors.shape[0]} layers of {vectors.shape[1]} numbers; this generator has "
                           f"{layers} of {size}.")
    codes = torch.tensor(vectors).expand(layers, -1).float()
    length = float(codes.square().sum())
    if not length:
        raise SettingError(f"{name} holds nothing but zeros.")
    return codes * float((styles @ codes.sum(0)).std() / length)


def _of_channels(places: np.ndarray, generator: FaceGenerator, styles: Tensor, name: str) -> Tensor:
    """What moves each of some channels (N, 2), a layer and a number, by its deviation, and no other of its layer.

    Where a style has fewer numbers than a layer has channels, it comes as near to that as a style can. A layer that
    makes a colour shares its style with the next, which then moves along; published channels are none of those.
    """
    codes, layers = torch.zeros(generator.layers, generator.style_size), list(_channelled(generator))
    for number in dict.fromkeys(places[:, 0].tolist()):
        channels = places[places[:, 0] == number, 1]
        at, reads = layers[number] if number < len(layers) else (0, None)
        matrix = _matrix(reads) if reads is not None else torch.zeros(generator.style_size, 0)          # (S, C)
        if channels.max() >= matrix.shape[1]:
            raise SettingError(f"{name} moves channel {channels.max()} of layer {number}; this generator has "
                               f"{len(layers)} layers, and there {matrix.shape[1]} channels.")
        wanted = torch.zeros(matrix.shape[1])
        wanted[channels] = (styles @ matrix[:, channels]).std(0)
        codes[at] += (wanted.double() @ torch.linalg.pinv(matrix.double())).float()
    return codes


def _channelled(generator: FaceGenerator) -> Iterator[tuple[int, EqualLinear]]:
    """Layers as StyleSpace counts them: where each takes its style from the codes, and what it reads it with."""
    for k, block in enumerate(generator.synthesis.blocks):
        for at, layer in zip((2 * k - 1, 2 * k) if k else (0,), block.styled, strict=True):
            yield at, layer.to_scale
        yield 2 * k + 1, block.to_rgb.to_scale


def _matrix(reads: EqualLinear) -> Tensor:
    """The linear part (S, C) of what a layer makes of a style."""
    size = reads.weight.shape[1]
    rows = torch.cat([torch.eye(size), torch.zeros(1, size)]).to(reads.weight)
    scales = reads(rows).cpu()
    return scales[:-1] - scales[-1:]


def _arrays(models: Models, source: str) -> Mapping[str, np.ndarray]:
    if not source.startswith(OWN) or models.card(source).builder != "arrays":
        files = [card.id for card in models.cards() if card.id.startswith(OWN) and card.builder == "arrays"]
        raise SettingError(f"source is {source[:80]!r}, which is no file of directions; those that were taken in: "
                           f"{', '.join(files) or 'none'}.")
    return models.get(source)
