"""Fit named directions to any loaded generator by sampling it: no photograph is needed, and nobody labels.

Its random faces are meshed and measured as photographs are (`face_measures`), their styles regressed on all measures at
once, and each direction is drawn, measured again and scaled until one unit moves its measure as one unit of the linear
model does. The same samples teach a reader: from the linear model's code of a face to a style. Seeds are fixed, so that
a generator is always fitted alike. N samples, Z size of a style, M measures, F features.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..face_measures import measure_faces
from ..faces import find_faces, find_mesh
from ..frame import MESH_POINTS, vertices_of
from ..images import from_tensor
from ..models import Models
from ..networks.face_generator import FaceGenerator
from .directions import EMBEDDED, LINEAR, check_generator, directions_of
from .fitted import digest_of, keep
from .inversion import InvertedCrop
from .likeness import CROP_SIDE, features_of, meshed

SAMPLES = 400
"""Faces that are drawn and measured."""
LEAST_FACES = 60
"""Of them, in which a face must be found."""
TRUNCATION = 0.8
RIDGE, READER_RIDGE = 0.02, 0.1
SCALED_ON, ROUNDS = 10, 2
"""Faces that directions are brought to scale on, and how often."""
MOST_GROWN = 4.0
"""Largest factor by which a direction is scaled, either way: beyond it faces are no longer faces."""

LEAST_MOVED = 0.15
"""Part of its unit that a direction must move its measure by before it is scaled."""

Told = Callable[[float, str], None]
"""Told the share that is done, 0 to 1, and what is going on; to cancel, it raises."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Faces that a generator drew.

    styles:   (N, Z);  images: uint8 (H, H, 3) each;  meshes: (478, 3) each, in their pixels
    """

    styles: Tensor
    images: list[np.ndarray]
    meshes: list[np.ndarray]


def fit_directions(
    models: Models, model_id: str, on_progress: Told = lambda *_: None, samples: int = SAMPLES
) -> str:
    """Fit directions and a reader to a loaded generator and keep them beside its files; the sha256 of what is kept.

    Raises ModelError where it is not here, SettingError where it draws no faces or its directions came with it; what
    on_progress raises, and then what was there before stays.
    """
    check_generator(models, model_id)
    if model_id in (LINEAR, EMBEDDED):
        raise SettingError(f"The directions of {model_id} come with it; there is nothing to fit.")
    generator = models.get(model_id)
    drawn = sample(generator, models, samples, lambda share, words: on_progress(0.55 * share, words))
    on_progress(0.55, "measuring")
    measures = measure_faces(drawn.images, drawn.meshes, models)
    side = len(drawn.images[0])
    arrays = {"crop_mesh": (np.mean(drawn.meshes, 0) / side).astype(np.float32)} | read_styles(drawn, models)
    arrays |= regressed(drawn.styles.numpy(), measures, models)
    arrays = to_scale(arrays, generator, drawn, models, lambda share: on_progress(0.6 + 0.4 * share, "scaling"))
    how = {"samples": samples, "faces": len(drawn.images), "truncation": TRUNCATION}
    keep(models, model_id, arrays, how)
    on_progress(1.0, "done")
    return digest_of(models, model_id)


@torch.no_grad()
def sample(generator: FaceGenerator, models: Models, count: int, on_progress: Told) -> Samples:
    """Faces of the seeds 0 to count - 1 in which a face is found. Raises SettingError where they are too few.

    Of a generator that draws something else that is known after LEAST_FACES pictures.
    """
    styles, images, meshes = [], [], []
    for seed in range(count):
        if seed == LEAST_FACES and not images:
            count = seed
            break
        on_progress(seed / count, "sampling")
        style = generator.codes(generator.latents([seed]), TRUNCATION).cpu()
        image = _enlarged(InvertedCrop(style, generator, min(CROP_SIDE, generator.size)).draw())
        faces = find_faces(image, models)
        if faces:
            styles.append(style[:, 0])
            images.append(image)
            meshes.append(find_mesh(image, faces[0], models))
    if len(images) < LEAST_FACES:
        raise SettingError(f"In {len(images)} of {count} pictures of this generator a face was found; at least "
                           f"{LEAST_FACES} are needed. Directions are fitted to generators of faces.")
    return Samples(torch.cat(styles), images, meshes)


def _enlarged(picture: Tensor) -> np.ndarray:
    image = from_tensor(picture)
    if len(image) >= CROP_SIDE:
        return image
    return cv2.resize(image, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_CUBIC)


def regressed(styles: np.ndarray, measures: dict[str, np.ndarray], models: Models) -> dict[str, np.ndarray]:
    """Directions among styles (N, Z): what changes when one measure does and all others stay, with unit and range."""
    names = [name for name, values in measures.items() if values.std() > 0]
    labels = np.stack([(measures[name] - measures[name].mean()) / measures[name].std() for name in names], 1)
    ridge = RIDGE * len(labels) * np.eye(len(names))
    effects = np.linalg.solve(labels.T @ labels + ridge, labels.T @ (styles - styles.mean(0)))   # (M, Z)
    arrays = {}
    for direction in directions_of(models, LINEAR):
        name = direction.name
        if name in names:
            size = float(models.get("attribute_directions")[f"{name}.unit"][0])
            arrays[f"{name}.style"] = (effects[names.index(name)] * size / measures[name].std()).astype(np.float32)
            arrays[f"{name}.unit"] = np.array([size, 0, 0], np.float32)
            arrays[f"{name}.range"] = np.array([direction.low, direction.high], np.float32)
    return arrays


def read_styles(drawn: Samples, models: Models) -> dict[str, np.ndarray]:
    """A reader from what the linear model sees of a face to a style: ridge regression."""
    shape = models.get(LINEAR)
    seen = np.array([
        features_of(shape.frame.take(image, vertices_of(mesh)), mesh[:MESH_POINTS], models)
        for image, mesh in zip(drawn.images, drawn.meshes, strict=True)
    ])
    styles = drawn.styles.numpy().astype(np.float64)
    middle, centred = seen.mean(0), seen - seen.mean(0)
    ridge = READER_RIDGE * len(seen) * np.diag(centred.var(0) + 1e-6)
    weight = np.linalg.solve(centred.T @ centred + ridge, centred.T @ (styles - styles.mean(0)))  # (F, Z)
    found = {"weight": weight, "mean": styles.mean(0) - middle @ weight, "middle": styles.mean(0),
             "spread": styles.std(0) + 1e-6}
    return {f"reader.{name}": array.astype(np.float32) for name, array in found.items()}


def to_scale(
    arrays: dict[str, np.ndarray], generator: FaceGenerator, drawn: Samples, models: Models,
    on_progress: Callable[[float], None],
) -> dict[str, np.ndarray]:
    """The directions, each moving its own measure by its unit on faces that the generator drew.

    Those that do not move it are left out: a slider that does something else is worse than none.
    """
    names = [key.removesuffix(".style") for key in arrays if key.endswith(".style")]
    faces = np.linspace(0, len(drawn.images) - 1, SCALED_ON).astype(int)
    codes = drawn.styles[faces][:, None].expand(-1, generator.layers, -1)
    arrays, grown, deaf = dict(arrays), dict.fromkeys(names, 1.0), set()
    for done, name in enumerate(name for _ in range(ROUNDS) for name in names):
        on_progress(done / (ROUNDS * len(names)))
        style, unit = arrays[f"{name}.style"], float(arrays[f"{name}.unit"][0])
        moved = response(name, style, codes, generator, arrays["crop_mesh"], models)
        if moved < LEAST_MOVED * unit:
            deaf.add(name)
            continue
        deaf.discard(name)
        factor = float(np.clip(grown[name] * unit / moved, 1 / MOST_GROWN, MOST_GROWN)) / grown[name]
        arrays[f"{name}.style"], grown[name] = style * np.float32(factor), grown[name] * factor
    return {key: array for key, array in arrays.items() if key.partition(".")[0] not in deaf}


@torch.no_grad()
def response(
    name: str, style: np.ndarray, codes: Tensor, generator: FaceGenerator, crop_mesh: np.ndarray, models: Models
) -> float:
    """Half of what a style added and taken away moves a measure apart, on codes (B, L, Z): the mean of the faces."""
    measured, face = [], InvertedCrop(codes[:1], generator, min(CROP_SIDE, generator.size))
    for sign in (1, -1):
        drawn = [replace(face, codes=each[None] + sign * torch.from_numpy(style)).draw() for each in codes]
        images, meshes = zip(*(meshed(picture, crop_mesh, models) for picture in drawn), strict=True)
        measured.append(measure_faces(images, meshes, models)[name])
    return float(np.mean(measured[0] - measured[1]) / 2)
