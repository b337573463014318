"""Every measure of a face that directions are fitted to and judged by: mesh, pixels and classifiers together."""

from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np

from checkpoints.judges import Judges
from editors.attributes import bounds
from editors.attributes.directions import Direction
from editors.attributes.likeness import Known, face_in
from editors.attributes.through import edit_through
from editors.bare import taken_off
from editors.canvas import canvas_of
from editors.carry import Edit, carry
from editors.face_measures import classified, face_around, frame_regions, pixel_measures, plain_measures
from editors.faces import eye_distance, find_mesh
from editors.frame import OPENINGS
from editors.models import Models
from editors.networks.face_shape import FaceShape
from editors.portrait import Portrait

EDGES = 0.04
"""Eye distances around an opening that count to it: the edges of lids and lips, and lashes."""

__all__ = ["draw", "edited", "face_around", "frame_regions", "measure", "pixel_measures", "sharpness_kept"]


def measure(
    images: Sequence[np.ndarray], meshes: Sequence[np.ndarray], shape: FaceShape, judges: Judges
) -> dict[str, np.ndarray]:
    """Measures of faces by name, float (N,) each. images uint8 (H, W, 3); meshes (478, 3) in their pixels.

    `masculine` is the classifier's log-odds within -12..12 (it knows no more in single precision).
    """
    rows = [plain_measures(image, mesh, shape) for image, mesh in zip(images, meshes, strict=True)]
    measures = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return measures | {
        "age": judges.ages_fit(images, meshes),
        "masculine": classified(judges.masculinity(images, meshes)),
    }


def draw(
    portraits: Sequence[Portrait], amounts: dict[str, float], directions: tuple[Direction, ...], models: Models,
    free: bool = False,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Edited pictures, and their meshes found anew in them. The portraits hold the mesh as a fact.

    free: as of `edited`
    """
    drawn = any(each.style is not None for each in directions)
    images = [
        edited(portrait, amounts, directions, models,
               face_in(portrait, models, directions[0].model) if drawn else None, free)
        for portrait in portraits
    ]
    faces = [face_around(portrait.fact("mesh", lambda: None)) for portrait in portraits]
    return images, [find_mesh(image, face, models) for image, face in zip(images, faces, strict=True)]


def edited(
    portrait: Portrait, amounts: dict[str, float], directions: tuple[Direction, ...], models: Models,
    known: Known | None = None, free: bool = False,
) -> np.ndarray:
    """A photograph as a slider makes it, by directions that may still be in the making, uint8 (H, W, 3).

    known: the face as a generator knows it, which then draws the change
    free:  not held back where it blurs or sharpens the face
    """
    return carry(portrait, _edit(portrait, amounts, directions, models, known, free), models)


def sharpness_kept(
    portrait: Portrait, image: np.ndarray, amounts: dict[str, float], directions: tuple[Direction, ...],
    models: Models, known: Known | None = None, free: bool = False, closed: bool = False,
) -> float:
    """Sharpness of the edited face as a share of the photograph's, image being what `edited` made of it.

    closed: without what lies between its lids and lips, which opens and closes
    """
    edit = _edit(portrait, amounts, directions, models, known, free)
    return bounds.sharpness_kept(portrait, edit, image, models, _without_openings if closed else bounds.face_inside)


def _without_openings(vertices: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bool (H, W) of a shape, True inside the mesh among vertices (468+, 3), but not between its lids and lips."""
    between = np.zeros(shape, np.uint8)
    for upper, lower in OPENINGS:
        outline = vertices[[*upper, *reversed(lower)], :2]
        cv2.fillPoly(between, [np.round(outline).astype(np.int32)], 1)
    reach = max(1, round(EDGES * eye_distance(vertices)))
    return bounds.face_inside(vertices, shape) & (cv2.dilate(between, np.ones((2 * reach + 1,) * 2)) == 0)


def _edit(
    portrait: Portrait, amounts: dict[str, float], directions: tuple[Direction, ...], models: Models,
    known: Known | None, free: bool,
) -> Edit:
    through = None if known is None else partial(edit_through, known, directions=directions, layers="", models=models)
    if not free:
        amounts = bounds.kept_sharp(amounts, directions, portrait, models)
    return bounds.edit_for(amounts, directions, canvas_of(taken_off(portrait, models), models), through)
