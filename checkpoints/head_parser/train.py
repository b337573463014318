"""Train the network that parses heads.

    python -m checkpoints.head_parser.train --device cpu --batch 24 --seconds 3600 [--resume]
    python -m checkpoints.head_parser.train --device cuda --batch 96 --seconds 300
    python -m checkpoints.head_parser.finish        # keeps the averaged weights
    python -m checkpoints.head_parser.quality       # the tables and the picture of its card

Nobody labelled the photographs. Rules did (`rules`), and what they did wrong was seen and left out or mended
(`corrections`); the network learns what the labels of many photographs have in common, in light and before backgrounds
that the rules cannot tell apart. State, log and the crops lie in training/head_parser beside the cached packages.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from checkpoints.data import training_faces
from checkpoints.glasses_parser.drawn import Plane
from checkpoints.head_parser.corrections import LEFT_OUT
from checkpoints.head_parser.examples import Crop, crop_of, example
from checkpoints.training import Plan, Training, misjudged, read_plan, run, training_folder
from editors.errors import ModelError
from editors.models import Models
from editors.networks.head_parser import HeadParser


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes, rates and weights.

    smoothing:  what each region is given of a pixel, since labels are not always right
    hats:       share of examples that show a hat, of those that wear another head's, and of those that show one of
                the heads, `likest` of them, whose hair is most like one
    """

    widths: tuple[int, ...] = (32, 64, 96, 128)
    rate: float = 1e-3
    slower_after: float = 40_000
    decay: float = 1e-3
    smoothing: float = 0.05
    hats: float = 0.1
    likest: int = 100


def crops_of_photographs(models: Models, folder: Path) -> list[Crop]:
    """The photographs that fit, labelled and corrected; kept in the folder, since labelling takes minutes."""
    kept = folder / "crops.npz"
    if not kept.is_file():
        faces = [face for face in training_faces("fit", models, mirror=False) if face.number not in LEFT_OUT]
        crops = [crop_of(face, models) for face in faces]
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **{name: np.stack([getattr(crop, name) for crop in crops]) for name in Crop.__annotations__})
    with np.load(kept, allow_pickle=False) as file:
        columns = {name: file[name] for name in Crop.__annotations__}
    return [Crop(*row) for row in zip(*columns.values(), strict=True)]


class Lesson:
    """Crops, and what is learned from a batch of them; plane: of glasses that are drawn on some, None for none."""

    def __init__(self, crops: list[Crop], recipe: Recipe, plane: Plane | None = None):
        self.crops, self.recipe, self.plane = crops, recipe, plane
        self.hats = [crop for crop in crops if crop.has_hat]
        bare = sorted((crop for crop in crops if not crop.has_hat), key=lambda crop: -crop.crown)
        self.likest = bare[: recipe.likest]

    def begin(self, seed: int = 0) -> Training:
        """A new network."""
        torch.manual_seed(seed)
        network = HeadParser(self.recipe.widths).to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.recipe.rate, weight_decay=self.recipe.decay)
        chance = torch.Generator().manual_seed(seed)
        return Training({"head_parser": network}, {"head_parser": optimiser}, ("head_parser",), {}, chance=chance)

    def example(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Layers, regions and weights of a crop; with a hat, or nearly one, oftener than the photographs have it."""
        way = rng.random()
        among = self.hats if way < self.recipe.hats else self.likest if way < 2 * self.recipe.hats else self.crops
        among = among or self.crops
        hat = self.hats[rng.integers(len(self.hats))] if self.hats and way > 1 - self.recipe.hats else None
        other = self.crops[rng.integers(len(self.crops))]
        return example(among[rng.integers(len(among))], other, rng, hat, self.plane)

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: what is where?"""
        rng = training.dice()
        columns = zip(*(self.example(rng) for _ in range(plan.batch)), strict=True)
        layers, regions, weights = (torch.from_numpy(np.stack(c)).to(plan.device) for c in columns)
        layers = layers.contiguous(memory_format=torch.channels_last)
        with torch.autocast(plan.device, plan.dtype, enabled=plan.dtype != torch.float32):
            logits = training.networks["head_parser"](layers)
        loss = misjudged(logits, regions, weights, self.recipe.smoothing)
        right = ((logits.argmax(1) == regions).float() * weights).sum() / weights.sum()
        rate = self.recipe.rate / (1 + training.samples / self.recipe.slower_after) ** 0.7
        training.learn("head_parser", loss, rate)
        return {"loss": loss, "right": right}


def main(arguments: list[str]) -> None:
    """Train on the photographs that fit."""
    plan, given = read_plan("checkpoints.head_parser.train", arguments)
    folder = training_folder("head_parser")
    models = Models()
    plane = Plane.of(models.get("face_shape").mean_mesh)
    lesson = Lesson(crops_of_photographs(models, folder), Recipe(), plane)
    training = lesson.begin(given.seed)
    training.begin_at_kept("head_parser")
    for kind in (training.networks, training.averages):
        kind["head_parser"].to(plan.device)
    run(training, plan, lesson.step, folder)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ModelError as error:
        sys.exit(str(error))
