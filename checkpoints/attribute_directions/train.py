"""Fit the attribute directions. `python -m checkpoints.attribute_directions.train`, a minute once meshes are kept.

Codes of the fitting photographs are regressed on all measures at once, so that each direction is what changes when
its own measure does and the others stay. Then each is scaled until one unit, drawn on the choosing photographs,
moves its measure by one standard deviation.
"""

from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

from checkpoints.data import TrainingFace, training_faces
from checkpoints.face_shape.train import MOST_TURNED
from checkpoints.judges import Judges
from checkpoints.measures import measure
from editors.frame import vertices_of
from editors.measures import rotation_by, rotation_of
from editors.models import Models
from editors.networks.face_shape import FaceShape

APPEARANCES, RIDGE = 150, 0.02
BY_MESH = ("face_width", "jaw", "nose_width", "lips_full", "brows_raised")
"""Directions that are a change of form alone."""
BY_APPEARANCE = ("light_side", "beard")
"""Directions that leave the form alone."""
BY_TONE = {"hair_light": "hair", "skin_light": "skin"}
"""Directions that are a change of colour of one region."""
BOTH = ("smile", "mouth_open", "eyes_open", "age", "masculine")
POSES = ("yaw", "pitch")
HELD = ("skin_a", "skin_b", "hair_a", "hair_b")
"""Measures that no direction is for and none may change."""
PLACES = {
    "smile": ((0.0, 0.62, 0.95, 0.75),),
    "mouth_open": ((0.0, 0.75, 0.85, 0.6),),
    "beard": ((0.0, 0.85, 0.95, 0.75),),
    "eyes_open": ((-0.5, -0.28, 0.42, 0.34), (0.5, -0.28, 0.42, 0.34)),
}
"""Where a direction may change the appearance: ellipses x, y, half width, half height about the mean face's middle."""
RANGES = {"smile": 3, "age": 3, "masculine": 3, "hair_light": 2.5, "yaw": 2, "pitch": 2}
"""How far faces stay faces, either way; 2.5 where not said."""


def upright(mesh: np.ndarray, shape: FaceShape) -> np.ndarray:
    """The mesh (468, 3) on the mean face with its pose taken out."""
    aligned = shape.similarity(mesh).to_model(mesh[:468].astype(np.float64))
    turned = (aligned - aligned.mean(0)) @ rotation_of(aligned, shape.mean_mesh)
    return shape.similarity(turned).to_model(turned)


def regress(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Ridge regression of codes (M, P) on standardised labels (M, L): partial effects (L, P)."""
    centred = codes - codes.mean(0)
    return np.linalg.solve(labels.T @ labels + RIDGE * len(labels) * np.eye(labels.shape[1]), labels.T @ centred)


def fit(faces: list[TrainingFace], shape: FaceShape, judges: Judges) -> dict[str, np.ndarray]:
    """All directions before calibration: movement, change, tone and unit of each."""
    measures = measure([face.image for face in faces], [face.mesh for face in faces], shape, judges)
    names = [*BOTH, *BY_MESH, *BY_APPEARANCE, *BY_TONE, *POSES, *HELD]
    deviations = {name: float(measures[name].std()) for name in names}
    labels = np.stack([(measures[name] - measures[name].mean()) / deviations[name] for name in names], 1)
    frontal = np.abs(measures["yaw"]) < MOST_TURNED
    meshes = np.array([upright(face.mesh, shape) for face in faces]).reshape(len(faces), -1)
    movements = regress(meshes, labels).reshape(len(names), -1, 3)
    pictures = np.array([
        shape.code(shape.frame.take(face.image, vertices_of(face.mesh)), APPEARANCES)
        for face, shown in zip(faces, frontal, strict=True) if shown
    ])
    effects = regress(pictures, labels[frontal])
    average = shape.draw(np.zeros(APPEARANCES))
    arrays = {}
    for index, name in enumerate(names[: -len(HELD)]):
        turn = [deviations[name] if name == pose else 0.0 for pose in POSES]
        arrays[f"{name}.unit"] = np.array([deviations[name], *turn], np.float32)
        arrays[f"{name}.range"] = np.array([-1, 1], np.float32) * RANGES.get(name, 2.5)
        if name in BOTH + BY_MESH:
            arrays[f"{name}.movement"] = movements[index].astype(np.float32)
        if name in BOTH + BY_APPEARANCE:
            change = (shape.draw(effects[index]) - average) * place(name, shape)[..., None]
            arrays[f"{name}.change"] = change[shape.frame.inside].astype(np.float16)
        if name in BY_TONE:
            arrays[f"{name}.tone.{BY_TONE[name]}"] = tone(measures, name)
    return arrays


def place(name: str, shape: FaceShape) -> np.ndarray:
    """Float (S, S) 0..1: where the direction may change the appearance, with soft edges; 1 everywhere if not said."""
    if name not in PLACES:
        return np.ones(shape.frame.inside.shape, np.float32)
    eye = float(np.ptp(shape.frame.mean[[33, 263], 0]) / np.ptp(shape.mean_mesh[[33, 263], 0]) * shape.frame.size)
    middle = shape.frame.mean[:468].mean(0) * shape.frame.size
    mask = np.zeros(shape.frame.inside.shape, np.float32)
    for x, y, half_width, half_height in PLACES[name]:
        centre = middle + np.array([x, y]) * eye
        cv2.ellipse(mask, (tuple(centre), (2 * half_width * eye, 2 * half_height * eye), 0), 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), 0.12 * eye)


def tone(measures: dict[str, np.ndarray], name: str) -> np.ndarray:
    """One unit of a region's lightness as log-odds, with the logarithms of a and b that go with it: float32 (3,)."""
    light, region = measures[name], BY_TONE[name]
    middle = float(light.mean()) / 100
    colours = [measures[f"{region}_{axis}"] for axis in "ab"]
    factors = [np.polyfit(light, colour, 1)[0] * light.std() / np.abs(colour).mean() for colour in colours]
    return np.array([light.std() / 100 / (middle * (1 - middle)), *factors], np.float32)


if __name__ == "__main__":
    models = Models()
    path = Path(__file__).with_name("weights.safetensors")
    save_file(fit(training_faces("fit", models), models.get("face_shape"), Judges()), path)
    print(path, path.stat().st_size)
