"""Every measure of a face that directions are fitted to and judged by: mesh, pixels and classifiers together."""

from collections.abc import Sequence

import numpy as np

from checkpoints.judges import Judges
from editors.attributes.directions import Direction, edit_of
from editors.attributes.likeness import face_in
from editors.attributes.through import edit_through
from editors.carry import Edit, carry
from editors.face_measures import classified, face_around, frame_regions, pixel_measures, plain_measures
from editors.faces import find_mesh
from editors.models import Models
from editors.networks.face_shape import FaceShape
from editors.portrait import Portrait

__all__ = ["draw", "face_around", "frame_regions", "measure", "pixel_measures"]


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
    portraits: Sequence[Portrait], amounts: dict[str, float], directions: tuple[Direction, ...], models: Models
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Edited pictures, and their meshes found anew in them. The portraits hold the mesh as a fact."""
    images = [carry(portrait, _edit(portrait, amounts, directions, models), models) for portrait in portraits]
    faces = [face_around(portrait.fact("mesh", lambda: None)) for portrait in portraits]
    return images, [find_mesh(image, face, models) for image, face in zip(images, faces, strict=True)]


def _edit(portrait: Portrait, amounts: dict[str, float], directions: tuple[Direction, ...], models: Models) -> Edit:
    if all(each.style is None for each in directions):
        return edit_of(amounts, directions)
    return edit_through(face_in(portrait, models, directions[0].model), amounts, directions, "", models)
