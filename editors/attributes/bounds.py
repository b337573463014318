"""How far a face can go: lids open and close only so far, a mouth that frowns is no bud, dim skin shows dim light, and
what is stretched or pressed must not be blurred or sharpened by it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ..areas import within_hull
from ..bare import taken_off
from ..canvas import Canvas, canvas_of, reduced, whole_of
from ..carry import Edit, carry, moved_by
from ..faces import eye_distance
from ..focus import sharpness_of
from ..frame import MESH_POINTS, OPENINGS
from ..lids import lids_of
from ..mesh_points import MOUTH_CORNERS
from ..models import Models
from ..portrait import Portrait
from .directions import Direction, edit_of

WIDEST, ROOM = 0.235, (0.03, 0.09)
"""Eye distances that lids come near to lying apart, and the least and the most by which any eye opens further."""
CLOSES = (0.75, 0.98)
"""Shares of an eye's opening that lids close by as asked, what is left ever more slowly; and by at most."""
NARROW, LESS = 0.8, 0.14
"""Eye distances that a mouth narrows to as asked, and by how much less it can ever become."""
FAIR = 58.0
"""CIELAB lightness of skin from which on light on it changes by as much as it was asked."""
AROUND = 0.28
"""Eye distances around the mouth within which skin follows it: noses hardly do."""
LEAST = {
    "smile": 0.8, "mouth_open": 0.8, "brows_raised": 0.35, "face_width": 0.35, "jaw": 0.35, "nose_width": 0.35,
    "lips_full": 0.35,
}  # fmt: skip
"""The least share of what is asked that any face moves by, where that would blur or sharpen it: directions that stretch
and press what is seen, and mouths, which show and hide teeth besides. Eyes hide the finest of a face as they close."""
KEPT, AIMED, UNITS = (0.9, 1.15), (0.915, 1.135), 2.0
"""Sharpness, as a share of the photograph's, that so many units must keep to, and that they are brought to if not."""
LOOKS, LOOKED_AT = 4, 1536
"""How often a face is drawn at most to find its share, and the longest side in pixels of what is drawn."""


def edit_for(
    amounts: Mapping[str, float], directions: tuple[Direction, ...], canvas: Canvas,
    through: Callable[[Mapping[str, float]], Edit] | None = None,
) -> Edit:
    """The edit that amounts of directions are on a face, as far as it can go.

    through: what draws the edit for amounts, a generator; None: the linear model
    """
    amounts = possible(amounts, directions, canvas)
    edit = dimmed(edit_of(amounts, directions), canvas) if through is None else through(amounts)
    return unpinched(edit, canvas)


def possible(
    amounts: Mapping[str, float], directions: tuple[Direction, ...], canvas: Canvas
) -> dict[str, float]:
    """The amounts with eyes that open or close as far as the lids of this face can."""
    result, asked = dict(amounts), amounts.get("eyes_open", 0)
    if asked:
        direction = next(each for each in directions if each.name == "eyes_open")
        movement = canvas.shape.similarity(canvas.vertices).movement_to_photograph(direction.moved(asked))
        before, after = (_opening(points) for points in (canvas.vertices, canvas.vertices[:MESH_POINTS] + movement))
        if after > before:
            room = np.clip(WIDEST - before, *ROOM)
            result["eyes_open"] = asked * float(room / (after - before + room))
        elif after < before:
            wanted, free = before - after, max(CLOSES[0] * before, 1e-6)
            past, room = max(wanted - free, 0), max(CLOSES[1] * before - free, 1e-6)
            result["eyes_open"] = asked * float((min(wanted, free) - room * np.expm1(-past / room)) / wanted)
    return result


def kept_sharp(
    amounts: Mapping[str, float], directions: tuple[Direction, ...], portrait: Portrait, models: Models
) -> dict[str, float]:
    """The amounts, those that stretch and press scaled back where two units would blur this face or sharpen it."""
    whole, stretching = whole_of(portrait), {each.name: each for each in directions if each.name in LEAST}
    return {
        name: amount * room_of(stretching[name], amount > 0, whole, models) if amount and name in stretching else amount
        for name, amount in amounts.items()
    }


def room_of(direction: Direction, above: bool, portrait: Portrait, models: Models) -> float:
    """The share of a direction, above zero or below, that leaves a face as sharp as it was. A fact of the portrait."""
    name = f"room of {direction.model} {direction.name} {'above' if above else 'below'}"
    looked_at = portrait.fact("looked at", lambda: reduced(portrait, LOOKED_AT, models))
    return portrait.fact(name, lambda: _room(direction, UNITS if above else -UNITS, looked_at, models))


def _room(direction: Direction, most: float, portrait: Portrait, models: Models) -> float:
    share, least = 1.0, LEAST[direction.name]
    for _ in range(LOOKS):
        edit = edit_for({direction.name: share * most}, (direction,), canvas_of(taken_off(portrait, models), models))
        ratio = sharpness_kept(portrait, edit, carry(portrait, edit, models), models)
        if KEPT[0] <= ratio <= KEPT[1] or share == least:
            break
        share = max(least, share * (AIMED[ratio > 1] - 1) / (ratio - 1))
    return share


def face_inside(vertices: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bool (H, W) of a shape, True inside the mesh among vertices (468+, 3)."""
    return within_hull(vertices[:MESH_POINTS, :2], shape)


def sharpness_kept(
    portrait: Portrait, edit: Edit, image: np.ndarray, models: Models,
    part: Callable[[np.ndarray, tuple[int, int]], np.ndarray] = face_inside,
) -> float:
    """Sharpness of the edited face as a share of the photograph's, image being what `carry` made of it; 1 where the
    photograph has none.

    Measured on the same part of the face: inside the photograph's mesh, and inside that mesh as it was moved.
    part: what of a face, bool of a shape (H, W), counts, by its vertices (540, 3)
    """
    canvas = canvas_of(taken_off(portrait, models), models)
    after, before = (
        sharpness_of(picture, part(vertices, picture.shape[:2]))
        for picture, vertices in ((image, moved_by(edit, canvas)), (portrait.image, canvas.vertices))
    )
    return after / before if before else 1.0


def _opening(points: np.ndarray) -> float:
    """How far the lids of both eyes lie apart, in eye distances."""
    return float(np.mean([lids_of(points[:, :2], edges).gap for edges in OPENINGS[1:]])) / eye_distance(points)


def unpinched(edit: Edit, canvas: Canvas) -> Edit:
    """The edit with a mouth that stays as wide as a frowning one is."""
    face = canvas.shape.similarity(canvas.vertices).to_model(canvas.vertices[:MESH_POINTS])
    moved = face + edit.movement
    eyes = eye_distance(face)
    across, wide = (points[MOUTH_CORNERS[1], :2] - points[MOUTH_CORNERS[0], :2] for points in (moved, face))
    width, was = float(np.linalg.norm(across)) / eyes, float(np.linalg.norm(wide)) / eyes
    past = min(was, NARROW) - width
    if past <= 0:
        return edit
    kept = min(was, NARROW) - past * LESS / (past + LESS)
    middle = moved[list(MOUTH_CORNERS), :2].mean(0)
    along, half = across / (width * eyes), width * eyes / 2
    away = moved[:, :2] - middle
    within = (away @ along).clip(-half, half)
    beside = np.linalg.norm(away - within[:, None] * along, axis=1) / eyes
    widened = (kept / width - 1) * within * np.exp(-((beside / AROUND) ** 2))
    movement = edit.movement.copy()
    movement[:, :2] += widened[:, None] * along
    return replace(edit, movement=movement)


def dimmed(edit: Edit, canvas: Canvas) -> Edit:
    """The edit with less of the change that was fitted to well-lit skin where skin is darker, or the photograph."""
    if canvas.skin_colour is None or not edit.change.any():
        return edit
    return replace(edit, change=edit.change * np.float32(min(1, canvas.skin_colour[0] / FAIR)))
