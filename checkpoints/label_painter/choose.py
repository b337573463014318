"""Where the learned painter is better than the rule: `python -m checkpoints.label_painter.choose [--count N]`.

On photographs that choose. Hair or forehead is taken out and painted again: by the rule, by the rule in the light of
the hair around it alone, and by the rule in the light of the drawn head. Then whole faces are drawn from their labels
in their own style, by rule and with the learned painter. Features are EfficientNet-Lite0's (relative distance), colours
mean absolute differences of the blurred pictures, in grey levels; both to the photograph, smaller is better.
"""

import argparse
from collections.abc import Iterator

import cv2
import numpy as np
import torch

from checkpoints.data import training_faces
from checkpoints.training import classifier
from editors.command import table
from editors.crops import sample
from editors.errors import EditError
from editors.faces import eye_distance
from editors.head_style import Style
from editors.labels import IDS
from editors.models import Models
from editors.networks.label_painter import SIZE
from editors.networks.perceptual import FeatureStages, relative_distance
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.scene import Scene
from editors.semantic.drawn import Head, draw, kinds_of, square_of, style_of
from editors.semantic.imagine import by_rule, learned
from editors.semantic.paint import PAINTERS
from editors.semantic.parts import upright

HALVES = {"hair's outline": "hair", "fringe": "hair", "forehead": "skin"}
"""What is taken out -> the label it has."""


def taken_out(labels: np.ndarray, eyes: float) -> dict[str, np.ndarray]:
    """bool (H, W) each: the outer .3 eye distances of the hair, hair above the forehead, skin above the brows."""
    x, y = upright(labels)
    hair, skin = labels == IDS["hair"], labels == IDS["skin"]
    away = cv2.distanceTransform((labels != IDS["background"]).astype(np.uint8), cv2.DIST_L2, 5)
    top = np.percentile(y[skin], 1) if skin.any() else 0
    return {"hair's outline": hair & (away < 0.3 * eyes) & (y < 0.6),
            "fringe": hair & (np.abs(x) < 0.9) & (y > top - 0.45) & (y < 0), "forehead": skin & (y < -0.45)}


def repaintings(
    image: np.ndarray, labels: np.ndarray, hole: np.ndarray, name: str, style: Style, mesh: np.ndarray, models: Models
) -> dict[str, np.ndarray]:
    """A hole painted in three ways, float32 (H, W, 3) each."""
    eyes, picture = eye_distance(mesh), image.astype(np.float32)
    behind = labels == IDS["background"]
    picture[hole] = np.median(picture[behind], 0) if behind.any() else 128
    scene = Scene(picture.copy(), labels, hole, picture.copy(), eyes, np.random.default_rng(0))
    PAINTERS[name](scene, hole)
    drawn, to_labels = draw(labels, mesh, style, models.get("face_shape"), models.get("label_painter"), bald=False)
    kinds = kinds_of(labels, to_labels)
    lit = {"rule": scene.image} | {
        how: Head(head, kinds, to_labels).shaded(scene.image, hole, (0, 0), name, 0.02 * eyes)
        for how, head in (("light around", np.zeros_like(drawn)), ("drawn head", drawn))
    }
    return {how: np.where(hole[..., None], result, image).clip(0, 255) for how, result in lit.items()}


class Judge:
    """How far pictures lie from photographs."""

    def __init__(self):
        self.stages = FeatureStages(classifier(), (0, 2, 4, 10))

    @torch.inference_mode()
    def __call__(self, drawn: np.ndarray, wanted: np.ndarray, where: np.ndarray) -> tuple[float, float]:
        """Features over the whole picture, colours over part of it, bool (H, W)."""
        seen = [self.stages(torch.from_numpy(np.ascontiguousarray(each, np.float32)).permute(2, 0, 1)[None] / 127.5 - 1)
                for each in (drawn, wanted)]
        soft = [cv2.GaussianBlur(np.asarray(each, np.float32), (0, 0), 2) for each in (drawn, wanted)]
        return float(relative_distance(*seen)), float(np.abs(soft[0] - soft[1])[where].mean())


def judged(count: int, models: Models) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """What was painted, how, and how far from the photograph."""
    judge, shape, painter = Judge(), models.get("face_shape"), models.get("label_painter")
    for face in training_faces("choose", models, mirror=False)[:count]:
        try:
            labels, eyes = labels_of(Portrait(face.image), models), eye_distance(face.mesh)
            holes = taken_out(labels, eyes)
        except EditError:
            continue
        for what, hole in holes.items():
            name = HALVES[what]
            left = (labels == IDS[name]) & ~hole
            if hole.sum() > 0.15 * eyes**2 and left.sum() > 0.2 * eyes**2:
                hidden = np.where(hole, IDS["background" if name == "hair" else "hair"], labels).astype(np.uint8)
                style = style_of(face.image, hidden, face.mesh, shape, painter)
                for how, result in repaintings(face.image, labels, hole, name, style, face.mesh, models).items():
                    yield what, how, judge(result, face.image, hole)
        style = style_of(face.image, labels, face.mesh, shape, painter)
        ruled, mesh = by_rule(labels, style, 0, models)
        both = {"rule": ruled, "drawn head": learned(ruled, labels, mesh, style, shape, painter, 0)}
        to_labels = square_of(labels)
        wanted, person = (sample(each, to_labels, (SIZE, SIZE), cv2.BORDER_REPLICATE) for each in (
            face.image, (labels != IDS["background"]).astype(np.uint8)))
        for how, result in both.items():
            taken = sample(result, to_labels, (SIZE, SIZE), cv2.BORDER_REPLICATE)
            yield "from labels alone", how, judge(taken, wanted, person > 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="photographs")
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for what, how, distances in judged(parser.parse_args().count, Models()):
        found.setdefault((what, how), []).append(distances)
    rows = [[what, how, str(len(each)), *(f"{value:.{digits}f}" for value, digits in zip(np.mean(each, 0), (3, 1)))]
            for (what, how), each in sorted(found.items())]
    print(table(("painted", "by", "photographs", "features", "colours"), rows))


if __name__ == "__main__":
    main()
