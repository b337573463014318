"""Train the network that finds glasses.

    python -m checkpoints.glasses_parser.train --device cpu --batch 24 --seconds 3600 [--resume]
    python -m checkpoints.glasses_parser.train --device cuda --batch 96 --seconds 300
    python -m checkpoints.glasses_parser.finish        # keeps the averaged weights
    python -m checkpoints.glasses_parser.quality       # the tables and the picture of its card

Nobody outlined glasses in the photographs. They are drawn before faces that wear none (`drawn`), of more kinds than
there are; whoever wears glasses was found by looking (`worn`) and left out. State and log lie in
training/glasses_parser beside the cached packages.
"""

import sys
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checkpoints.data import training_faces
from checkpoints.glasses_parser.drawn import Plane
from checkpoints.glasses_parser.examples import Crop, crop_of, example
from checkpoints.glasses_parser.worn import WORN
from checkpoints.training import Plan, Training, misjudged, read_plan, run, training_folder
from editors.errors import ModelError
from editors.models import Models
from editors.networks.glasses_parser import GlassesParser


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes, rates and weights.

    smoothing:  what each part is given of a pixel
    wears:      share of examples with glasses
    """

    widths: tuple[int, ...] = (24, 48, 64, 80)
    rate: float = 1e-3
    slower_after: float = 30_000
    decay: float = 1e-3
    smoothing: float = 0.02
    wears: float = 0.55


class Lesson:
    """Crops of faces without glasses, and what is learned from a batch of them."""

    def __init__(self, crops: list[Crop], plane: Plane, recipe: Recipe):
        self.crops, self.plane, self.recipe = crops, plane, recipe

    def begin(self, seed: int = 0) -> Training:
        """A new network."""
        torch.manual_seed(seed)
        network = GlassesParser(self.recipe.widths).to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.recipe.rate, weight_decay=self.recipe.decay)
        chance = torch.Generator().manual_seed(seed)
        return Training(
            {"glasses_parser": network}, {"glasses_parser": optimiser}, ("glasses_parser",), {}, chance=chance
        )

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: what is where?"""
        rng = training.dice()
        examples = (
            example(self.crops[rng.integers(len(self.crops))], self.plane, rng, rng.random() < self.recipe.wears)
            for _ in range(plan.batch)
        )
        layers, parts, weights = (torch.from_numpy(np.stack(c)).to(plan.device) for c in zip(*examples, strict=True))
        with torch.autocast(plan.device, plan.dtype, enabled=plan.dtype != torch.float32):
            logits = training.networks["glasses_parser"](layers.contiguous(memory_format=torch.channels_last))
        loss = misjudged(logits, parts, weights, self.recipe.smoothing)
        found, there = logits.argmax(1) > 0, parts > 0
        rate = self.recipe.rate / (1 + training.samples / self.recipe.slower_after) ** 0.7
        training.learn("glasses_parser", loss, rate)
        return {"loss": loss, "overlap": (found & there).sum() / (found | there).sum().clamp(1)}


def main(arguments: list[str]) -> None:
    """Train on the photographs that fit, but for those who wear glasses."""
    plan, given = read_plan("checkpoints.glasses_parser.train", arguments)
    models = Models()
    crops = [crop_of(face) for face in training_faces("fit", models, mirror=False) if face.number not in WORN]
    lesson = Lesson(crops, Plane.of(models.get("face_shape").mean_mesh), Recipe())
    training = lesson.begin(given.seed)
    for kind in (training.networks, training.averages):
        kind["glasses_parser"].to(plan.device)
    run(training, plan, lesson.step, training_folder("glasses_parser"))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ModelError as error:
        sys.exit(str(error))
