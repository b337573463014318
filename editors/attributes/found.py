"""Directions found in a generator by no label, made ready to move a portrait by, and to be looked at first."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..images import from_tensor
from ..models import Models
from ..networks.face_generator import FaceGenerator
from ..networks.linear_drawing import drawing_of
from .directions import EMBEDDED, LINEAR, Direction, check_generator
from .find import SAMPLES, principal, sefa
from .inversion import Inverted, InvertedCrop
from .likeness import CROP_SIDE
from .published import published
from .step import METHODS
from .through import draw_in_frame, layers_of, with_style

MOST = 64
"""Directions of one kind that are worth looking at."""


@torch.no_grad()
def direction_found(
    models: Models, model_id: str, method: str, index: int, layers: str = "", seed: int = 0, source: str = ""
) -> Direction:
    """The direction that a recipe finds; one unit is a standard deviation of the generator's faces along it.

    source: a file of directions of one's own, of which `index` is one; then nothing is looked for

    Raises SettingError for a model that has none or a method, an index or layers that are not there.
    """
    generator = _generator(models, model_id)
    if source:
        return _published(models, model_id, source, index, seed)
    if method not in METHODS:
        raise SettingError(f"method is {method[:80]!r}; it can be {', '.join(METHODS)}.")
    if not 0 <= index < generator.style_size:
        raise SettingError(f"index is {index}; {model_id} has directions 0 to {generator.style_size - 1}.")
    latents = latents_of(models, model_id, seed)
    if method == "pca":
        vector = principal(generator, index + 1, latents)[0][index]
    else:
        vector = sefa(generator, index + 1, layers_of(layers, generator.layers))[index]
    deviation = float((generator.mapping(latents) @ vector).std())
    return _by_style(models, model_id, f"{method} {index}", vector * deviation)


def _published(models: Models, model_id: str, source: str, index: int, seed: int) -> Direction:
    if model_id == EMBEDDED:
        raise SettingError(f"Directions of others move a generator that was loaded, and {EMBEDDED} came along with "
                           "styles of its own. Choose one that was loaded.")
    name, codes = published(models, model_id, source, index, latents_of(models, model_id, seed))
    return _by_style(models, model_id, f"{source} {name}", codes)


def _by_style(models: Models, model_id: str, name: str, style: Tensor) -> Direction:
    """A direction of which a generator draws everything."""
    shape = models.get(LINEAR)
    still, movement = np.zeros((*shape.frame.inside.shape, 3), np.float32), np.zeros_like(shape.mean_mesh)
    unit = "1 deviation"
    return Direction(name, "found", -5.0, 5.0, unit, model_id, movement, still, style=style.cpu().numpy())


@lru_cache(maxsize=4)
def latents_of(models: Models, model_id: str, seed: int) -> Tensor:
    """Latents (SAMPLES, Z) of faces as the generator draws them by chance."""
    seeds = [number % 2**32 for number in range(seed, seed + SAMPLES)]
    if model_id == EMBEDDED:
        return models.get("face_encoder").latents(seeds)
    return models.get(model_id).latents(seeds)


@torch.no_grad()
def preview(
    models: Models, model_id: str, method: str, index: int, amounts: tuple[float, ...] = (-3, -1.5, 0, 1.5, 3),
    layers: str = "", seed: int = 0, source: str = "",
) -> list[np.ndarray]:
    """What a direction does to the mean face: a picture uint8 (S, S, 3) for each amount.

    Raises as `direction_found`.
    """
    generator = _generator(models, model_id)
    style = torch.from_numpy(direction_found(models, model_id, method, index, layers, seed, source).style)
    moved = layers_of(layers, generator.layers)
    if model_id == EMBEDDED:
        drawing = drawing_of(models.get(LINEAR), generator.size)
        latent = models.get("face_encoder").mean[None]
        face = Inverted(latent, generator.codes(latent), generator)
        return [from_tensor(draw_in_frame(face, amount * style, moved, drawing)) for amount in amounts]
    codes, pictures = generator.mean_style[None, None].expand(1, generator.layers, -1).cpu(), []
    for amount in amounts:
        changed = with_style(codes, amount * style, moved)
        pictures.append(from_tensor(InvertedCrop(changed, generator, min(CROP_SIDE, generator.size)).draw()))
    return pictures


def _generator(models: Models, model_id: str) -> FaceGenerator:
    check_generator(models, model_id)
    if model_id == LINEAR:
        raise SettingError(f"model is {LINEAR!r}, which has no styles; directions are found in a StyleGAN2, as "
                           f"{EMBEDDED}.")
    return models.get(model_id)
