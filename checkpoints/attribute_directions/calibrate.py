"""Bring directions to scale on the choosing photographs: draw one unit, measure again, scale, repeat."""

import numpy as np

from checkpoints.data import training_faces
from checkpoints.judges import Judges
from checkpoints.measures import draw, measure
from editors.attributes.directions import direction_of
from editors.faces import yaw_of
from editors.models import Models
from editors.portrait import Portrait

Arrays = dict[str, np.ndarray]

ROUNDS, EVERY = 2, 5
"""Times that directions are scaled, and the share of the choosing photographs, one in so many, that it is done on."""
MOST_TURNED = 35.0
SHARES = {"age": 0.5, "masculine": 0.3}
"""What one unit is to move its measure by, in standard deviations of the population; 1 where not said."""
BY_CLASSIFIER = ("age", "masculine")
MOST = {
    "smile": 1.5, "mouth_open": 1.6, "eyes_open": 3.5, "nose_width": 3.0, "lips_full": 2.8, "brows_raised": 2.2,
    "jaw": 4.0, "age": 4.5, "hair_light": 1.3,
    "yaw": 0.8, "pitch": 1.0,
}  # fmt: skip
"""Largest factor that a direction is scaled by, found by looking at two units of it on choosing photographs: beyond it
faces no longer look like faces. 3 where not said."""
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
    """Direction -> measures (names_of(arrays) in order) that one unit moves, in standard deviations of the population.

    The median of the photographs; for measures that are classifiers, which answer in leaps, the mean.
    """
    names, shape = names_of(arrays), models.get("face_shape")
    found = {}
    for name in names:
        direction = (direction_of(arrays, shape, "", "", name),)
        up, down = (
            measure(*draw(portraits, {name: amount}, direction, models), shape, judges) for amount in (1.0, -1.0)
        )
        found[name] = np.array([
            (np.mean if key in BY_CLASSIFIER else np.median)(up[key] - down[key]) / 2 / deviations[key] for key in names
        ])
    return found


def growth(name: str, own: float, grown: float) -> float:
    """The factor to scale a direction by that moves its measure by `own`, having been scaled by `grown`."""
    most = MOST.get(name, 3.0)
    return float(np.clip(SHARES.get(name, 1.0) / max(own, 1e-3), most / 10, most / grown))


def scaled(arrays: Arrays, name: str, factor: float) -> Arrays:
    """The arrays with one direction scaled, the turn of a pose with it."""
    after = dict(arrays)
    for key in arrays:
        if key.startswith(f"{name}.") and not key.endswith((".range", ".unit")):
            after[key] = arrays[key] * factor
    after[f"{name}.unit"] = arrays[f"{name}.unit"] * [1, factor, factor]
    return after


def calibrate(arrays: Arrays, measures: Arrays, models: Models, judges: Judges) -> Arrays:
    """The directions so that one unit of each moves its own measure by its share, as far as faces stay faces.

    measures: those of the fitting photographs
    Returns the arrays in storage types; the first number of each unit is what was measured that one unit moves.
    """
    deviations = {name: float(values.std()) for name, values in measures.items()}
    faces = [face for face in training_faces("choose", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    portraits = [Portrait(face.image).with_image(face.image, mesh=face.mesh) for face in faces[::EVERY]]
    names, grown = names_of(arrays), dict.fromkeys(names_of(arrays), 1.0)
    for round_ in range(ROUNDS + 1):
        moves = responses(arrays, portraits, deviations, models, judges)
        own = {name: float(moves[name][index]) for index, name in enumerate(names)}
        _print(round_, moves, grown)
        if round_ < ROUNDS:
            for name in names:
                factor = growth(name, own[name], grown[name])
                arrays, grown[name] = scaled(arrays, name, factor), grown[name] * factor
    for name in names:
        arrays[f"{name}.unit"] = np.array([own[name] * deviations[name], *arrays[f"{name}.unit"][1:]])
    return {key: value.astype(np.float16 if key.endswith((".change", ".relief")) else np.float32)
            for key, value in arrays.items()}


def beside(name: str, moved: dict[str, float]) -> tuple[str, float]:
    """The direction's measure that moves most apart from its own and those tied to it."""
    free = {other: amount for other, amount in moved.items() if other != name and other not in TIED.get(name, ())}
    return max(free.items(), key=lambda item: abs(item[1]))


def _print(round_: int, moves: Arrays, grown: dict[str, float]) -> None:
    print("round", round_)
    for name in moves:
        moved = {other: float(amount) for other, amount in zip(moves, moves[name], strict=True)}
        other, amount = beside(name, moved)
        print(f"  {name:13} x{grown[name]:.2f} moves itself {moved[name]:.2f}, {other} {amount:.2f}", flush=True)
