"""Bring directions to scale, and apart, on the choosing photographs: draw one unit, measure again, correct, repeat."""

import numpy as np

from checkpoints.data import training_faces
from checkpoints.judges import Judges
from checkpoints.measures import draw, measure
from editors.attributes.directions import direction_of
from editors.faces import yaw_of
from editors.models import Models
from editors.portrait import Portrait

Arrays = dict[str, np.ndarray]

ROUNDS, EVERY = 5, 5
"""Corrections made, and the share of the choosing photographs, one in so many, that each is made on."""
MOST_TURNED = 35.0
SHARES = {"age": 0.5, "masculine": 0.3}
"""What one unit moves its measure by, in standard deviations of the population; 1 where not said."""
STEP, MOST = 2.2, 8.0
"""Largest factor by which one correction, and all together, may scale a direction."""
CAUTION = 0.03
"""Weight of keeping corrections small, against the squared deviations that are left."""
BALANCES = {
    "movement": (
        "smile", "mouth_open", "eyes_open", "brows_raised", "face_width", "jaw", "nose_width", "lips_full",
        "face_height",
    ),
    "tone.skin": ("skin_light",),
    "tone.hair": ("hair_light",),
}  # fmt: skip
"""Parts of directions that are added to others, so that these leave the measures of the former alone."""
ALONE = ("yaw", "pitch", "hair_light", "skin_light", "light_side")
"""Directions that are only scaled."""
HIDDEN = ("face_height",)
"""Directions that only balance others and are not kept."""


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
            (np.mean if key in SHARES else np.median)(up[key] - down[key]) / 2 / deviations[key] for key in names
        ])
    return found


def correction(name: str, names: list[str], moves: Arrays) -> tuple[float, dict[str, float]]:
    """How to scale a direction, and how much of which others to add: least squares with small amounts."""
    goal = SHARES.get(name, 1.0)
    own = moves[name][names.index(name)]
    if name in ALONE:
        return float(np.clip(goal / max(own, 1e-3), 1 / STEP, STEP)), {}
    others = [other for parts in BALANCES.values() for other in parts if other != name]
    columns = np.stack([moves[name], *(moves[other] for other in others)], 1)                # (measures, 1 + others)
    wanted = goal * (np.array(names) == name)
    ridge = np.diag([0.0, *[CAUTION] * len(others)])
    factor, *weights = np.linalg.solve(columns.T @ columns + ridge, columns.T @ wanted)
    bounded = float(np.clip(factor, 1 / STEP, STEP))
    return bounded, {other: weight * bounded / max(factor, 1e-3) for other, weight in zip(others, weights, strict=True)}


def corrected(arrays: Arrays, moves: Arrays, grown: dict[str, float]) -> Arrays:
    """The arrays after one correction of every direction; `grown` keeps account of how far each was scaled."""
    names, after = names_of(arrays), dict(arrays)
    for name in names:
        factor, weights = correction(name, names, moves)
        factor = min(factor, MOST / grown[name])
        grown[name] *= factor
        for key in arrays:
            if key.startswith(f"{name}.") and not key.endswith((".range", ".unit")):
                after[key] = arrays[key] * factor
        after[f"{name}.unit"] = arrays[f"{name}.unit"] * [1, factor, factor]
        for part, balances in BALANCES.items():
            for other in balances:
                if abs(weights.get(other, 0)) > 0.01:
                    added = weights[other] * arrays[f"{other}.{part}"]
                    after[f"{name}.{part}"] = after.get(f"{name}.{part}", 0) + added
    return after


def calibrate(arrays: Arrays, measures: Arrays, models: Models, judges: Judges) -> Arrays:
    """The directions so that one unit of each moves its own measure by its share, and others little; in storage types.

    measures: those of the fitting photographs
    """
    deviations = {name: float(values.std()) for name, values in measures.items()}
    faces = [face for face in training_faces("choose", models, mirror=False) if abs(yaw_of(face.mesh)) < MOST_TURNED]
    portraits = [Portrait(face.image).with_image(face.image, mesh=face.mesh) for face in faces[::EVERY]]
    grown = dict.fromkeys(names_of(arrays), 1.0)
    for round_ in range(ROUNDS):
        moves = responses(arrays, portraits, deviations, models, judges)
        _print(round_, moves, grown)
        arrays = corrected(arrays, moves, grown)
    for name in names_of(arrays):
        arrays[f"{name}.unit"] = arrays[f"{name}.unit"] * [SHARES.get(name, 1.0), 1, 1]
    kept = {key: value for key, value in arrays.items() if key.split(".")[0] not in HIDDEN}
    return {key: value.astype(np.float16 if key.endswith((".change", ".relief")) else np.float32)
            for key, value in kept.items()}


def _print(round_: int, moves: Arrays, grown: dict[str, float]) -> None:
    names = list(moves)
    print("round", round_)
    for index, name in enumerate(names):
        most = max((other for other in names if other != name), key=lambda other: abs(moves[name][names.index(other)]))
        strays = moves[name][names.index(most)]
        print(f"  {name:13} x{grown[name]:.2f} moves itself {moves[name][index]:.2f}, {most} {strays:.2f}", flush=True)
