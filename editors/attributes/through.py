"""An edit as a generator draws it: the face and the edited face, and their difference in the mesh-normalised frame."""

import re
from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..carry import Edit
from ..errors import SettingError
from ..frame import vertices_of
from ..measures import rotation_of
from ..models import Models
from ..networks.face_shape import FaceShape
from ..networks.linear_drawing import LinearDrawing, drawing_of
from .directions import LINEAR, Direction, edit_of
from .drawn_faces import check_layers, mix_bands
from .fitted import fitted_of
from .inversion import Inverted
from .likeness import Known, meshed

POSES = ("yaw", "pitch")
"""Directions that turn the head; what others turn it by is the generator's whim, and left out."""


def layers_of(text: str, count: int) -> range | None:
    """The layers that a setting names, as "4-7" or "5"; None where it is empty: all of `count`. Raises SettingError."""
    if not text.strip():
        return None
    found = re.fullmatch(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?", text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise SettingError(f"layers is {text[:80]!r}; it takes the first and the last layer, as 4-7.")
    layers = range(int(found[1]), int(found[2] or found[1]) + 1)
    check_layers(layers, count)
    return layers


@torch.no_grad()
def edit_through(
    known: Known, amounts: Mapping[str, float], directions: tuple[Direction, ...], layers: str, models: Models,
    dtype: torch.dtype | None = None,
) -> Edit:
    """The sum of directions, each by its amount, with the change of appearance that the generator draws.

    known:   the face as `likeness.face_in` found it
    layers:  those that are moved, as `layers_of` reads them
    dtype:   of the generator's activations; None = that of its weights, which draws the same picture everywhere
    Raises SettingError for layers that are not there.
    """
    edit, generator, shape = edit_of(amounts, directions), known.face.generator, models.get(LINEAR)
    moved = layers_of(layers, generator.layers)
    used = [each for each in directions if amounts.get(each.name) and each.style is not None]
    if not used:
        return edit
    if not isinstance(known.face, Inverted):
        return _with_crop(edit, known, _style(used, amounts), moved, used, models)
    for region in dict.fromkeys(each.region for each in used):
        some = [each for each in used if each.region == region]
        change = _reached(_change_in_frame(known, _style(some, amounts), moved, shape, dtype), some)
        edit = replace(edit, change=edit.change + (change * known.regions[region][..., None] if region else change))
    return edit


def _style(used: list[Direction], amounts: Mapping[str, float]) -> Tensor:
    """The sum of what directions change of a style, (Z,), or of the codes, (L, Z)."""
    return torch.from_numpy(sum(np.float32(each.scaled(amounts[each.name])) * each.style for each in used)).float()


def with_style(codes: Tensor, style: Tensor, moved: range | None) -> Tensor:
    """Codes (B, L, Z) with a style (Z,), or one for each layer (L, Z), added to some layers, None = all."""
    codes, where = codes.clone(), slice(None) if moved is None else moved
    codes[:, where] += style.expand(codes.shape[1:])[where]
    return codes


def _with_crop(
    edit: Edit, known: Known, style: Tensor, moved: range | None, used: list[Direction], models: Models
) -> Edit:
    """An edit with the movement, the change and the turn that a generator of whole crops draws."""
    codes = with_style(known.face.codes, style, moved)
    drawn = _change_in_crop(known, codes, any(each.name in POSES for each in used), used[0].model, models)
    movement, change, turn = edit.movement + drawn.movement, edit.change + _reached(drawn.change, used), drawn.turn
    return replace(edit, movement=movement, change=change, turn=turn if edit.turn is None else edit.turn)


def _reached(change: np.ndarray, used: list[Direction]) -> np.ndarray:
    """A change in the frame kept to where the directions may reach."""
    reaches = [each.reach for each in used]
    if any(reach is None for reach in reaches):
        return change
    return change * np.max(reaches, 0)[..., None]


@torch.no_grad()
def draw_in_frame(
    face: Inverted, style: Tensor, moved: range | None, drawing: LinearDrawing, dtype: torch.dtype | None = None
) -> Tensor:
    """A face in the frame with a style (Z,) added to some of its layers, None = all: picture (1, 3, S, S).

    The coarse picture goes along: a layer brings its part of the resolution it draws.
    """
    codes = with_style(face.codes, style, moved)
    coarse = drawing(face.latent + style)
    if moved is not None:
        coarse = mix_bands(drawing(face.latent), coarse, moved)
    return replace(face, codes=codes).draw_on(coarse, drawing, dtype)


def _change_in_frame(
    known: Known, style: Tensor, moved: range | None, shape: FaceShape, dtype: torch.dtype | None
) -> np.ndarray:
    """What a style changes of a face in the frame, float32 (F, F, 3): the difference in 0..255."""
    drawing = drawing_of(shape, known.face.generator.size)
    drawn = draw_in_frame(known.face, style, moved, drawing, dtype)
    change = ((drawn - known.picture)[0] * 127.5).permute(1, 2, 0).numpy()
    size = shape.frame.size
    return cv2.resize(change, (size, size), interpolation=cv2.INTER_CUBIC) * shape.frame.inside[..., None]


def _change_in_crop(known: Known, codes: Tensor, turns: bool, model_id: str, models: Models) -> Edit:
    """What a crop becomes with other codes: the mesh found in it and its picture in the frame, against those before."""
    shape = models.get(LINEAR)
    crop_mesh = fitted_of(models, model_id)["crop_mesh"]
    image, mesh = meshed(replace(known.face, codes=codes).draw(), crop_mesh, models)
    change = shape.frame.take(image, vertices_of(mesh)) - known.taken
    (before, first), (after, second) = upright(known.mesh, shape), upright(mesh, shape)
    return Edit(after - before, change, turn=second @ first.T if turns else None)


def upright(mesh: np.ndarray, shape: FaceShape) -> tuple[np.ndarray, np.ndarray]:
    """The mesh (468, 3) on the mean face with its turn taken out, and that turn (3, 3)."""
    similarity = shape.similarity(mesh)
    aligned = similarity.to_model(mesh[: len(shape.mean_mesh)].astype(np.float64))
    turn = rotation_of(aligned, shape.mean_mesh)
    turned = (aligned - aligned.mean(0)) @ turn
    return shape.similarity(turned).to_model(turned), turn
