"""Fit the attribute directions. `python -m checkpoints.attribute_directions.train`, some minutes once meshes are kept.

Meshes, pictures and wrinkles of the fitting photographs are regressed on all measures at once, so that each direction
is what changes when its own measure does and the others stay. Then each is drawn on the choosing photographs,
measured again and scaled (`calibrate`).
"""

from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

from checkpoints.attribute_directions.ageing import relief_of_age, shade_of_age, smooth_of_age
from checkpoints.attribute_directions.calibrate import calibrate
from checkpoints.data import TrainingFace, training_faces
from checkpoints.face_shape.train import MOST_TURNED
from checkpoints.judges import Judges
from checkpoints.measures import measure
from editors.attributes.places import lips, moved, place, polygons
from editors.faces import eye_distance
from editors.frame import MESH_POINTS, vertices_of
from editors.measures import rotation_of
from editors.mesh_points import OVAL
from editors.models import Models
from editors.networks.face_shape import FaceShape
from editors.skin import shading

APPEARANCES, RIDGE = 150, 0.02
BY_MESH = ("face_width", "jaw", "lips_full", "brows_raised")
"""Directions that are a change of form alone."""
BY_APPEARANCE = ("light_side", "beard")
"""Directions that leave the form alone."""
BY_TONE = {"hair_light": "hair", "skin_light": "skin"}
"""Directions that are a change of colour of one region."""
BOTH = ("smile", "mouth_open", "eyes_open", "nose_width", "age", "masculine")
POSES = ("yaw", "pitch")
STUBBLE, FURTHER = 0.3, 1.5
"""Of a beard's shadow that is part of the masculine, and how much further its form goes than the regression has it."""
SHADOW, MOST_FULL, ON_NECK = 0.45, 97, 0.3
"""Of the darker skin that goes with a beard, what is left to the skin where hairs are drawn on it; percentile of the
darker that counts as a full beard; how much of it grows below the jaw."""
SHAVED = 0.55
"""How flat stubble becomes below zero, before that is scaled, where a beard is full."""
CREASES = 0.14
"""How deep the lines of age are for one unit, before it is scaled."""
GREY = 0.18
"""Share of the hair that one unit of age turns grey; it is not scaled."""
PARTING = 6.0
"""Units of an opening mouth, before it is scaled, that part the lips of a smile at most."""
SMOOTHER = 2.05
"""Folds that the feminine loses, against those that youth does, each beside its own change."""
PAINTED = {"nose_width": 0.4}
"""Share of its change of appearance that a direction keeps; all where not said. A nose is wide by its form."""
HELD = ("face_height", "skin_a", "skin_b", "hair_a", "hair_b", "grain")
"""Measures that no direction is for and none may change; grain is how sharp and noisy the photograph is."""
MOST_GLASSES = 4.5
"""Photographs that measure higher wear glasses, or hair over the nose; they teach no appearance."""
STILL = (0.06, 0.16)
"""Movements below the first share of a direction's largest are left out, those above the second kept whole."""
SPECK = 0.2
"""Share of the largest change by which a pixel differs from those around it if it belongs elsewhere."""
RANGES = {
    "smile": (-3, 3), "eyes_open": (-4, 2.5), "nose_width": (-4, 2.5), "yaw": (-2, 2), "pitch": (-2, 2), "age": (-2, 2),
    "masculine": (-2, 2), "beard": (-2.5, 4),
}  # fmt: skip
"""How far faces stay faces; 2.5 either way where not said."""


def without_specks(change: np.ndarray) -> np.ndarray:
    """A change float32 (S, S, 3) whose pixels are like those around: where a triangle is a sliver, as at nostrils, what
    was fitted belongs elsewhere, and a face turned aside shows it large."""
    around = cv2.medianBlur(change, 5)
    return np.where(np.abs(change - around).max(2, keepdims=True) > SPECK * np.abs(change).max(), around, change)


def upright(mesh: np.ndarray, shape: FaceShape) -> np.ndarray:
    """The mesh (468, 3) on the mean face with its pose taken out."""
    aligned = shape.similarity(mesh).to_model(mesh[:MESH_POINTS].astype(np.float64))
    turned = (aligned - aligned.mean(0)) @ rotation_of(aligned, shape.mean_mesh)
    return shape.similarity(turned).to_model(turned)


def regress(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Ridge regression of codes (M, P) on standardised labels (M, L): partial effects (L, P)."""
    centred = codes - codes.mean(0)
    return np.linalg.solve(labels.T @ labels + RIDGE * len(labels) * np.eye(labels.shape[1]), labels.T @ centred)


def wrinkles(picture: np.ndarray, shape: FaceShape) -> np.ndarray:
    """How strong shading of the size of wrinkles is at each pixel inside the frame: logarithms, float32 (N,)."""
    grey = cv2.cvtColor(picture.clip(0, 255), cv2.COLOR_RGB2GRAY)
    eyes = eye_distance(shape.frame.mean * shape.frame.size)
    power = cv2.GaussianBlur(shading(grey, eyes) ** 2, (0, 0), 0.08 * eyes)
    return 0.5 * np.log(power + 0.5)[shape.frame.inside]


def label(faces: list[TrainingFace], shape: FaceShape, judges: Judges) -> dict[str, np.ndarray]:
    """Measures of the faces, (M,) each; age is the mean of a photograph and its mirror image."""
    measures = measure([face.image for face in faces], [face.mesh for face in faces], shape, judges)
    numbers = np.array([face.number for face in faces])
    age = measures["age"].copy()
    measures["age"] = np.array([age[numbers == number].mean() for number in numbers])
    return measures


def fit(faces: list[TrainingFace], shape: FaceShape, measures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All directions before calibration: movement, change, relief, tones and unit of each."""
    pictures = [shape.frame.take(face.image, vertices_of(face.mesh)) for face in faces]
    reliefs = np.array([wrinkles(picture, shape) for picture in pictures])
    measures = measures | {"grain": reliefs.mean(1)}
    names = [*BOTH, *BY_MESH, *BY_APPEARANCE, *BY_TONE, *POSES, *HELD]
    deviations = {name: float(measures[name].std()) for name in names}
    labels = np.stack([(measures[name] - measures[name].mean()) / deviations[name] for name in names], 1)
    clear = (np.abs(measures["yaw"]) < MOST_TURNED) & (measures["glasses"] < MOST_GLASSES)
    meshes = np.array([upright(face.mesh, shape) for face in faces]).reshape(len(faces), -1)
    movements = regress(meshes, labels).reshape(len(names), -1, 3)
    codes = np.array([shape.code(picture, APPEARANCES) for picture, seen in zip(pictures, clear, strict=True) if seen])
    effects, depths = regress(codes, labels[clear]), regress(reliefs[clear], labels[clear])
    average = shape.draw(np.zeros(APPEARANCES))
    arrays = {}
    for index, name in enumerate(names[: -len(HELD)]):
        arrays[f"{name}.unit"] = np.array([deviations[name], *(deviations[name] * (name == pose) for pose in POSES)])
        arrays[f"{name}.range"] = np.array(RANGES.get(name, (-2.5, 2.5)))
        if name in BOTH + BY_MESH:
            arrays[f"{name}.movement"] = localise(movements[index] * moved(name, shape))
        change = shape.draw(effects[index]) - average
        if name == "age":
            arrays["age.shade"] = shade_of_age(change, shape)[shape.frame.inside]
            arrays["age.creases"], arrays["age.grey"] = np.array([CREASES]), np.array([GREY])
            arrays["age.relief"] = relief_of_age(shape.frame.spread(depths[index]), shape)[shape.frame.inside]
            arrays["age.smooth"] = smooth_of_age(shape)[shape.frame.inside]
        elif name in BOTH + BY_APPEARANCE:
            kept = PAINTED.get(name, 1.0) * place(name, shape)[..., None]
            arrays[f"{name}.change"] = without_specks(change * kept)[shape.frame.inside]
        if name in BY_TONE:
            arrays[f"{name}.tone.{BY_TONE[name]}"] = tone(measures, name)
    tied = float(np.corrcoef(measures["smile"], measures["mouth_open"])[0, 1])
    return shared_out(arrays, tied, shape)


def shared_out(arrays: dict[str, np.ndarray], tied: float, shape: FaceShape) -> dict[str, np.ndarray]:
    """The directions with hairs for the beard, and with what some take over from others.

    tied: correlation of smiling with an open mouth
    """
    hairs = fullness(shape.frame.spread(arrays["beard.change"].mean(1)), shape)[shape.frame.inside]
    shadow = SHADOW * arrays["beard.change"]
    return arrays | {
        "beard.hairs": hairs,
        "beard.smooth": SHAVED * hairs,
        "beard.change": shadow,
        "smile.parting": PARTING * arrays["mouth_open.movement"],
        "smile.below": arrays["smile.movement"] + tied * arrays["mouth_open.movement"],
        "masculine.change": arrays["masculine.change"] + STUBBLE * shadow,
        "masculine.hairs": STUBBLE * hairs,
        "masculine.movement": FURTHER * arrays["masculine.movement"],
        "masculine.smooth": SMOOTHER * arrays["age.smooth"],
    }


def fullness(change: np.ndarray, shape: FaceShape) -> np.ndarray:
    """How full a beard grows, float32 (S, S): 1 where the bearded are darkest; none on the lips, less on the neck.

    change: float32 (S, S) of the lightness that goes with a beard
    """
    darker = (-change / np.percentile(-change[change < 0], MOST_FULL)).clip(0, 1)
    jaw = polygons([OVAL], shape)
    return (darker * (1 - lips(shape)).clip(0, 1) ** 3 * (ON_NECK + (1 - ON_NECK) * jaw)).astype(np.float32)


def localise(movement: np.ndarray) -> np.ndarray:
    """A movement (468, 3) with its smallest parts taken out: what need not move keeps its own pixels."""
    size = np.linalg.norm(movement[:, :2], axis=1, keepdims=True)
    share = ((size / size.max() - STILL[0]) / (STILL[1] - STILL[0])).clip(0, 1)
    return movement * share * share * (3 - 2 * share)


def tone(measures: dict[str, np.ndarray], name: str) -> np.ndarray:
    """One unit of a region's lightness as log-odds, with the logarithms of a and b that go with it: (3,)."""
    light, region = measures[name], BY_TONE[name]
    middle = float(light.mean()) / 100
    colours = [measures[f"{region}_{axis}"] for axis in "ab"]
    factors = [np.polyfit(light, colour, 1)[0] * light.std() / np.abs(colour).mean() for colour in colours]
    return np.array([light.std() / 100 / (middle * (1 - middle)), *factors])


if __name__ == "__main__":
    models, judges = Models(), Judges()
    shape, faces = models.get("face_shape"), training_faces("fit", models)
    labelled = label(faces, shape, judges)
    arrays = calibrate(fit(faces, shape, labelled), labelled, models, judges)
    path = Path(__file__).with_name("weights.safetensors")
    save_file(arrays, path)
    print(path, path.stat().st_size)
