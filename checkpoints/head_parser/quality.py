"""How much the labels of a photograph change when it is made darker, grey, blurred or warmer: table and picture of the
card.

    python -m checkpoints.head_parser.quality [--choose] [--photographs N]

Nobody labelled these photographs; what can be measured is whether a head keeps its labels in other light. Rules stand
beside, as they labelled what the network learned from.
"""

import argparse
from collections.abc import Callable

import cv2
import numpy as np

from checkpoints.data import ASTRONAUT, TrainingFace, training_faces
from checkpoints.head_parser.rules import regions_by_rule
from checkpoints.sketch_painter.quality import in_spread_order
from editors.command import table
from editors.crops import sample
from editors.faces import mesh_of
from editors.images import open_photo
from editors.labels import IDS, coloured
from editors.models import CHECKPOINTS, Models
from editors.parsing import CROP, crop_to_photograph, find_label_crop
from editors.portrait import Portrait

PARTS = ("skin", "hair", "neck", "cloth", "background")


def dark(image: np.ndarray) -> np.ndarray:
    """An eighth of the light."""
    return (image * 0.125).round().astype(np.uint8)


def grey(image: np.ndarray) -> np.ndarray:
    """Without colour."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def blurred(image: np.ndarray) -> np.ndarray:
    """Out of focus by a hundredth of its width."""
    return cv2.GaussianBlur(image, (0, 0), image.shape[1] / 100)


def warm(image: np.ndarray) -> np.ndarray:
    """By candle light."""
    return (image * np.array([1.0, 0.72, 0.45])).round().astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"dark": dark, "grey": grey, "blurred": blurred, "warm": warm}


def _labels(image: np.ndarray, mesh: np.ndarray, models: Models, by_rule: bool) -> np.ndarray:
    return find_label_crop(image, mesh, models, weigh=regions_by_rule if by_rule else None)[0]


def agreement(a: np.ndarray, b: np.ndarray, name: str) -> float:
    """Common area of a label over the area of either; NaN where neither has it."""
    a, b = a == IDS[name], b == IDS[name]
    return float((a & b).sum() / (a | b).sum()) if (a | b).any() else float("nan")


def measure(faces: list[TrainingFace], models: Models) -> str:
    """A row a change: mean agreement with the labels of the photograph as it is, by the network and by rules."""
    rows = []
    for change, made in CHANGES.items():
        seen = {(name, by_rule): [] for name in PARTS for by_rule in (False, True)}
        for face in faces:
            for by_rule in (False, True):
                before = _labels(face.image, face.mesh, models, by_rule)
                after = _labels(made(face.image), face.mesh, models, by_rule)
                for name in PARTS:
                    seen[name, by_rule].append(agreement(before, after, name))
        means = {key: float(np.nanmean(values)) for key, values in seen.items()}
        rows.append((change, *(f"{means[name, False]:.2f} ({means[name, True]:.2f})" for name in PARTS)))
    return table(("change", *PARTS), rows)


def draw_samples(models: Models) -> np.ndarray:
    """The astronaut in every light, her labels by the network below and by rules below these, uint8 (H, W, 3)."""
    image = open_photo(ASTRONAUT).pixels
    mesh, columns = mesh_of(Portrait(image), models), []
    for made in (lambda picture: picture, *CHANGES.values()):
        changed = made(image)
        crop = sample(changed, crop_to_photograph(mesh), (CROP, CROP), cv2.BORDER_REPLICATE)
        columns.append(np.vstack([crop, *(coloured(_labels(changed, mesh, models, way)) for way in (False, True))]))
    return cv2.resize(np.hstack(columns), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def main() -> None:
    """Print the table and write the picture."""
    parser = argparse.ArgumentParser("checkpoints.head_parser.quality")
    parser.add_argument("--choose", action="store_true", help="on the photographs that choose")
    parser.add_argument("--photographs", type=int, default=99)
    given = parser.parse_args()
    models = Models()
    faces = training_faces("choose" if given.choose else "report", models, mirror=False)
    print(measure(in_spread_order(faces)[: given.photographs], models))
    picture = draw_samples(models)
    cv2.imwrite(str(CHECKPOINTS / "head_parser" / "samples.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
