"""How far a face can go: lids open and close only so far, a mouth that frowns is no bud, dim skin shows dim light."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ..canvas import Canvas
from ..carry import Edit
from ..eyes import lids_of
from ..faces import eye_distance
from ..frame import MESH_POINTS, OPENINGS
from ..mesh_points import MOUTH_CORNERS
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
