"""Bring directions to scale on the choosing photographs: draw one unit, measure again, scale, repeat.

Each side of zero has its own factor: an eye closes sooner than it widens. What two units would blur or sharpen is
scaled back until they do not.
"""

import numpy as np

from checkpoints.data import training_faces
from checkpoints.judges import Judges
from checkpoints.measures import draw, edited, measure, sharpness_kept
from editors.acts import example_files
from editors.attributes.directions import GROUPS, direction_of
from editors.faces import mesh_of, yaw_of
from editors.images import open_photo
from editors.models import Models
from editors.portrait import Portrait

Arrays = dict[str, np.ndarray]

ROUNDS, EVERY = 3, 3
"""Times that directions are scaled, and the share of the choosing photographs, one in so many, that it is done on."""
MOST_TURNED = 35.0
SHARES = {"age": (0.65, 0.53), "masculine": 0.3}
"""What one unit is to move its measure by, in standard deviations of the population, or its side below zero and the one
above; 1 where not said."""
SHARP = (0.91, 1.14)
"""Sharpness inside the face that two units of form or expression must keep to, as a share of the photograph's."""
SHARP_GROUPS, BACK, TRIES = ("expression", "shape"), 0.85, 8
"""What that holds for, and the factor by which a side is scaled back, at most so many times, until it does."""
BY_LIDS = ("eyes_open", "brows_raised")
"""Directions that move lids over eyes and stretch them."""
BY_CLASSIFIER = ("age", "masculine")
MOST = {
    "smile": (1.2, 1.5), "mouth_open": 1.6, "eyes_open": 3.5, "nose_width": 3.0, "lips_full": 2.8, "brows_raised": 2.2,
    "face_width": 2.0, "jaw": 4.0, "age": (8.0, 11.0), "hair_light": 1.3, "skin_light": 1.4, "masculine": (1.2, 1.4),
    "beard": (1.3, 1.4), "yaw": 0.8, "pitch": 1.0,
}  # fmt: skip
"""Largest factor that a direction is scaled by, or its side below zero and the one above, found by looking at two units
of it on choosing photographs: beyond it faces no longer look like faces. 3 where not said."""
PICTURES = (".change", ".shade", ".relief", ".smooth", ".hairs")
"""Arrays that are kept in half precision."""
TIED = {
    "smile": ("lips_full", "nose_width", "mouth_open"),
    "mouth_open": ("smile", "lips_full", "jaw"),
    "masculine": ("beard",),
    "age": ("beard",),
}
"""Measures that a direction moves by its nature: a smile draws the lips thin and the nose wide."""


def names_of(arrays: Arrays) -> list[str]:
    """The directions among the arrays."""
    return [key.removesuffix(".unit") for key in arrays if key.endswith(".unit")]


def responses(arrays: Arrays, portraits: list[Portrait], deviations: Arrays, models: Models, judges: Judges) -> Arrays:
    """Direction -> (2, K): what one unit down and one up move the measures by, in the population's standard deviations.

    Measures are those of names_of(arrays), in order: the median of the photographs; for measures that are classifiers,
    which answer in leaps, the mean.
    """
    names, shape = names_of(arrays), models.get("face_shape")
    meshes = [mesh_of(portrait, models) for portrait in portraits]
    before = measure([portrait.image for portrait in portraits], meshes, shape, judges)
    found = {}
    for name in names:
        direction = (direction_of(arrays, shape, "", "", name),)
        sides = [
            measure(*draw(portraits, {name: amount}, direction, models, free=True), shape, judges)
            for amount in (-1.0, 1.0)
        ]
        found[name] = np.array([[
            (np.mean if key in BY_CLASSIFIER else np.median)(after[key] - before[key]) / deviations[key]
            for key in names
        ] for after in sides])
    return found


def growth(name: str, own: float, grown: float, side: int = 1) -> float:
    """The factor to scale a side, 0 below zero and 1 above, by that moves its measure by `own`, scaled by `grown`."""
    most, wanted = (np.broadcast_to(said.get(name, usual), 2)[side] for said, usual in ((MOST, 3.0), (SHARES, 1.0)))
    return float(np.clip(wanted / max(own, 1e-3), 0.4, most / grown))


def sides_kept_sharp(arrays: Arrays, portraits: list[Portrait], models: Models) -> Arrays:
    """The arrays with each side of form and expression scaled back until two units keep the face as sharp as it was.

    That is asked of the photographs' median, and of every example, whose faces have more pixels; but not of these where
    lids move, which take the finest of them away by their nature.
    """
    examples = [Portrait(open_photo(path).pixels) for path in example_files()]
    arrays = dict(arrays)
    for name in (name for group in SHARP_GROUPS for name in GROUPS[group] if f"{name}.unit" in arrays):
        for side, amount in enumerate((-2.0, 2.0)):
            for _ in range(TRIES):
                direction = (direction_of(arrays, models.get("face_shape"), "", "", name),)
                asking = ({name: amount}, direction, models)
                asked = (portraits, *([example] for example in examples if name not in BY_LIDS))
                ratios = [np.median([
                    sharpness_kept(each, edited(each, *asking, free=True), *asking, free=True) for each in some
                ]) for some in asked]
                if all(SHARP[0] <= ratio <= SHARP[1] for ratio in ratios):
                    break
                arrays[f"{name}.sides"] = arrays[f"{name}.sides"] * np.where(np.arange(2) == side, BACK, 1.0)
            print(f"  {name:13} {amount:+.0f}: sharpness {np.round(ratios, 2)}, {arrays[f'{name}.sides'][side]:.2f}")
    return arrays


def calibrate(arrays: Arrays, measures: Arrays, models: Models, judges: Judges) -> Arrays:
    """The directions so that one unit of each moves its own measure by its share either way, as far as faces bear it.

    measures: those of the fitting photographs
    Returns the arrays in storage types; the first number of each unit is what was measured that one unit moves.
    """
    deviations = {name: float(values.std()) for name, values in measures.items()}
    faces = [face for face in training_faces("choose", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    portraits = [Portrait(face.image).with_image(face.image, mesh=face.mesh) for face in faces[::EVERY]]
    names = names_of(arrays)
    arrays = arrays | {f"{name}.sides": np.ones(2) for name in names}
    for _ in range(ROUNDS):
        moves = responses(arrays, portraits, deviations, models, judges)
        for index, name in enumerate(names):
            own = moves[name][:, index] * (-1, 1)
            factors = [growth(name, own[side], arrays[f"{name}.sides"][side], side) for side in (0, 1)]
            arrays[f"{name}.sides"] = arrays[f"{name}.sides"] * factors
    arrays = sides_kept_sharp(arrays, portraits, models)
    moves = responses(arrays, portraits, deviations, models, judges)
    _print(moves, arrays)
    for index, name in enumerate(names):
        moved = float(np.diff(moves[name][:, index])[0]) / 2
        arrays[f"{name}.unit"] = np.array([moved * deviations[name], *arrays[f"{name}.unit"][1:]])
    return {key: value.astype(np.float16 if key.endswith(PICTURES) else np.float32)
            for key, value in arrays.items()}


def beside(name: str, moved: dict[str, float]) -> tuple[str, float]:
    """The direction's measure that moves most apart from its own and those tied to it."""
    free = {other: amount for other, amount in moved.items() if other != name and other not in TIED.get(name, ())}
    return max(free.items(), key=lambda item: abs(item[1]))


def _print(moves: Arrays, arrays: Arrays) -> None:
    for index, name in enumerate(moves):
        halves = np.diff(moves[name], axis=0)[0] / 2
        other, amount = beside(name, dict(zip(moves, map(float, halves), strict=True)))
        down, up = moves[name][:, index]
        print(f"  {name:13} x{np.round(arrays[f'{name}.sides'], 2)} moves itself {down:+.2f} {up:+.2f}, "
              f"{other} {amount:.2f}", flush=True)
