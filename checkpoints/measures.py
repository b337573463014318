"""Every measure of a face that directions are fitted to and judged by: mesh, pixels and classifiers together."""

from collections.abc import Sequence

import cv2
import numpy as np

from checkpoints.judges import Judges
from editors.attributes.directions import Direction, edit_of
from editors.carry import carry
from editors.faces import Face, find_mesh
from editors.frame import vertices_of
from editors.measures import mesh_measures
from editors.mesh_points import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE
from editors.models import Models
from editors.networks.face_shape import FaceShape
from editors.portrait import Portrait


def frame_regions(shape: FaceShape) -> dict[str, np.ndarray]:
    """Places of the mean face, bool (S, S): cheeks, nose, beard, where glasses lie, hair above the brow."""
    size, mean = shape.frame.size, shape.frame.mean * shape.frame.size
    eye = np.linalg.norm(mean[list(LEFT_EYE)].mean(0) - mean[list(RIGHT_EYE)].mean(0))
    corners = mean[list(MOUTH_CORNERS)]

    def disc(centre: np.ndarray, width: float, height: float) -> np.ndarray:
        mask = np.zeros((size, size), np.uint8)
        cv2.ellipse(mask, (tuple(centre), (2 * width * eye, 2 * height * eye), 0), 1, -1)
        return mask > 0

    return {
        "right cheek": disc(mean[50], 0.2, 0.2),
        "left cheek": disc(mean[280], 0.2, 0.2),
        "nose": disc(mean[195], 0.13, 0.16),
        "beard": disc((mean[164] + mean[0]) / 2, 0.28, 0.06) | disc(mean[199] + [0, 0.08 * eye], 0.25, 0.12)
        | disc(corners[0] + [-0.12 * eye, 0.3 * eye], 0.1, 0.16)
        | disc(corners[1] + [0.12 * eye, 0.3 * eye], 0.1, 0.16),
        "bridge": disc(mean[6] - [0, 0.02 * eye], 0.1, 0.125),
        "under eyes": disc(mean[118], 0.18, 0.07) | disc(mean[347], 0.18, 0.07),
        "hair": disc(mean[10] - [0, 0.42 * eye], 0.75, 0.12) & shape.frame.inside,
    }  # fmt: skip


def pixel_measures(appearance: np.ndarray, regions: dict[str, np.ndarray]) -> dict[str, float]:
    """Lightness of skin and hair, from side to side, and of chin against cheeks, in CIELAB.

    appearance: float32 (S, S, 3) in 0..255, in the mesh-normalised frame
    """
    lab = cv2.cvtColor((appearance / 255).clip(0, 1).astype(np.float32), cv2.COLOR_RGB2Lab)
    light = {name: float(np.median(lab[..., 0][mask])) for name, mask in regions.items()}
    colour = {
        f"{region}_{axis}": float(np.median(lab[..., channel][np.logical_or.reduce([regions[name] for name in names])]))
        for region, names in (("skin", ("right cheek", "left cheek", "nose")), ("hair", ("hair",)))
        for channel, axis in ((1, "a"), (2, "b"))
    }
    cheeks = (light["right cheek"] + light["left cheek"]) / 2
    return colour | {
        "hair_light": light["hair"],
        "skin_light": (2 * cheeks + light["nose"]) / 3,
        "light_side": light["left cheek"] - light["right cheek"],
        "beard": cheeks - light["beard"],
        "glasses": _glasses(lab[..., 0], regions),
    }


def _glasses(lightness: np.ndarray, regions: dict[str, np.ndarray]) -> float:
    """How sure it is that there are glasses: bars across the bridge of the nose and under the eyes."""
    steps = np.abs(cv2.Sobel(lightness, cv2.CV_32F, 0, 1))
    bridge, under = (float(np.log(steps[regions[name]].mean() + 1.2)) for name in ("bridge", "under eyes"))
    return bridge + under / 2


def measure(
    images: Sequence[np.ndarray], meshes: Sequence[np.ndarray], shape: FaceShape, judges: Judges
) -> dict[str, np.ndarray]:
    """Measures of faces by name, float (N,) each. images uint8 (H, W, 3); meshes (478, 3) in their pixels.

    `masculine` is the classifier's log-odds within -12..12 (it knows no more in single precision).
    """
    regions = frame_regions(shape)
    rows = [
        mesh_measures(shape.similarity(mesh).to_model(mesh), shape.mean_mesh)
        | pixel_measures(shape.frame.take(image, vertices_of(mesh)), regions)
        for image, mesh in zip(images, meshes, strict=True)
    ]
    measures = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    chance = judges.masculinity(images, meshes).astype(float).clip(6e-6, 1 - 6e-6)
    return measures | {
        "age": judges.ages_fit(images, meshes),
        "masculine": np.log(chance / (1 - chance)),
    }


def face_around(mesh: np.ndarray) -> Face:
    """A face as a detector would give it, where a mesh (478, 3) lies."""
    low, high = mesh[:468, :2].min(0), mesh[:468, :2].max(0)
    return Face((*map(float, low), *map(float, high)), 1.0, mesh[[468, 473], :2])


def draw(
    portraits: Sequence[Portrait], amounts: dict[str, float], directions: tuple[Direction, ...], models: Models
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Edited pictures, and their meshes found anew in them. The portraits hold the mesh as a fact."""
    edit = edit_of(amounts, directions)
    images = [carry(portrait, edit, models) for portrait in portraits]
    faces = [face_around(portrait.fact("mesh", lambda: None)) for portrait in portraits]
    return images, [find_mesh(image, face, models) for image, face in zip(images, faces, strict=True)]
