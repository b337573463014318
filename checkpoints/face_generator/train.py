"""Train StyleGAN2 and its encoder together on top of the linear model.

    python -m checkpoints.face_generator.train --device cpu --seconds 3600 [--resume]
    python -m checkpoints.face_generator.train --device cuda --batch 64 --seconds 1200

State, log and sheets of pictures lie in training/face_generator beside the cached packages; the sheets show training
photographs, so they stay there. A training begins at the weights that are kept here, if the recipe's networks are of
their sizes, and else afresh: then let the discriminator wait for some 20,000 samples.
`python -m checkpoints.face_generator.finish` measures and writes the weights.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import Module

from checkpoints.discriminator import ProjectedDiscriminator, features_of, hinge, persuasion
from checkpoints.face_generator.frames import SIZE, Frames, frames_of, to_pictures
from checkpoints.face_generator.losses import adapt, augment
from checkpoints.training import Plan, Training, classifier, read_plan, run, training_folder
from editors.errors import ModelError
from editors.images import from_tensor, save_photo
from editors.models import CHECKPOINTS, Models
from editors.networks import face_encoder, face_generator
from editors.networks.linear_drawing import LinearDrawing
from editors.networks.perceptual import FeatureStages, relative_distance

STEEPEST = 1.0
"""Norm that gradients are held to: one batch has thrown a training off before."""
FARTHEST = 2.0
"""Units of a direction up to which edited faces are drawn, either way, for the discriminator to judge."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes of the networks and weights of the losses.

    shared:            components whose code the picture must keep, so that directions of the linear model hold
    judged_after:      samples before the discriminator has a say, and half of each batch mixes codes
    """

    size: int = SIZE
    channels: dict[int, int] = field(default_factory=lambda: {4: 64, 8: 64, 16: 64, 32: 48, 64: 32, 128: 16})
    encoder_channels: tuple[int, ...] = (24, 32, 48, 64)
    shared: int = 160
    rate: float = 5e-4
    pixels: float = 4.0
    features: float = 2.0
    code: float = 0.2
    judged: float = 0.05
    judged_after: int = 1_000


class Lesson:
    """The data and fixed networks of a training on one device, and what is learned from one batch."""

    def __init__(
        self, frames: Frames, drawing: LinearDrawing, stages: FeatureStages, recipe: Recipe, plan: Plan,
        styles: Tensor | None = None,
    ):
        """`styles` (D, Z): what one unit of each direction changes of a latent; None, and no edit is drawn."""
        frames.to_learn_from()
        device = plan.device
        self.recipe, self.drawing, self.stages = recipe, drawing.to(device), stages.to(device)
        self.pictures = torch.from_numpy(frames.pictures).to(device)
        self.coarse = torch.from_numpy(frames.coarse).to(device)
        self.guesses = torch.from_numpy(frames.guesses).to(device)
        self.styles = None if styles is None else styles.to(device)
        spread = torch.cov(self.guesses.double().T) + 1e-4 * torch.eye(self.guesses.shape[1]).to(self.guesses.double())
        self.factor = torch.linalg.cholesky(spread).float()                                # (Z, Z)

    def begin(self, seed: int = 0) -> Training:
        """New networks that draw what the linear model draws: what they add starts at zero."""
        torch.manual_seed(seed)
        size, latent_size = self.recipe.size, self.guesses.shape[1]
        generator = face_generator.build(**generator_config(self.recipe, latent_size))
        importance = self.drawing.components.square().sum(1).cpu() ** 0.25                # as the root of deviations
        for block in generator.synthesis.blocks:
            torch.nn.init.zeros_(block.to_rgb.weight)
            for layer in (*block.styled, block.to_rgb):
                layer.to_scale.weight.data *= 0.3 * importance / importance.square().mean().sqrt()
        encoder = face_encoder.build(size, latent_size, self.recipe.encoder_channels)
        networks = {
            "generator": generator,
            "encoder": encoder,
            "discriminator": ProjectedDiscriminator(self.stages.channels, pixels=True),
        }
        device, rate = self.pictures.device, self.recipe.rate
        networks = {name: network.to(device, memory_format=torch.channels_last) for name, network in networks.items()}
        groups = {
            "drawing": [
                {"params": list(generator.parameters()), "lr": rate},
                {"params": list(encoder.parameters()), "lr": rate / 4},
            ],
            "judging": [{"params": list(networks["discriminator"].parameters()), "lr": rate / 4}],
        }
        optimisers = {name: torch.optim.Adam(group, betas=(0.5, 0.99)) for name, group in groups.items()}
        chance = torch.Generator().manual_seed(seed)
        return Training(networks, optimisers, ("generator", "encoder"), {"augmented": 0.0}, chance=chance)

    def encode(
        self, encoder: Module, rows: Tensor, dtype: torch.dtype = torch.float32
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The photographs with these row numbers, their latents, and the coarse pictures that go with them.

        Guess and coarse picture are by a linear model that never saw the photograph, as they will be of a face that
        nobody fitted; what the encoder corrects is drawn by the model that all share.
        """
        wanted, first, guess = to_pictures(self.pictures[rows]), to_pictures(self.coarse[rows]), self.guesses[rows]
        with torch.autocast(wanted.device.type, dtype, enabled=dtype != torch.float32):
            latents = encoder(wanted, first, guess)
        return wanted, latents, first + self.drawing(latents) - self.drawing(guess)

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: rebuild photographs; later, half of it mixes codes and the discriminator has a say."""
        judging = training.samples >= self.recipe.judged_after
        rebuilt = plan.batch // 2 if judging else plan.batch
        rows = torch.randint(len(self.guesses), (rebuilt,), generator=training.chance).to(self.guesses.device)
        wanted, latents, coarse = self.encode(training.networks["encoder"], rows, plan.dtype)
        if judging:
            mixed = self.mixed(plan.batch - rebuilt, training.chance)
            latents, coarse = torch.cat([latents, mixed]), torch.cat([coarse, self.drawing(mixed)])
        drawn = self.drawing.complete(training.networks["generator"], latents, plan.dtype, coarse)
        losses, seen = self.rebuilding(drawn[:rebuilt], wanted, plan)
        recipe = self.recipe
        losses["code"] = self.drawing.read(drawn - coarse, recipe.shared).abs().mean()
        total = recipe.pixels * losses["pixels"] + recipe.features * losses["features"] + recipe.code * losses["code"]
        if judging:
            losses["judging"] = self.learn_to_judge(training, wanted, drawn.detach(), plan)
            shown = augment(drawn, training.numbers["augmented"], training.chance)
            features = seen if shown is drawn and rebuilt == len(drawn) else features_of(self.stages, shown, plan.dtype)
            losses["judged"] = persuasion(training.networks["discriminator"]([shown, *features]))
            total = total + recipe.judged * losses["judged"]
        update(training.optimisers["drawing"], total)
        return losses

    def rebuilding(self, drawn: Tensor, wanted: Tensor, plan: Plan) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Losses of pictures drawn for photographs, and the features seen in the drawn."""
        pixels = ((drawn - wanted).abs() * self.drawing.weight).sum() / (3 * len(drawn))
        with torch.no_grad():
            target = features_of(self.stages, wanted, plan.dtype)
        seen = features_of(self.stages, drawn, plan.dtype)
        return {"pixels": pixels, "features": relative_distance(seen, target)}, seen

    def learn_to_judge(self, training: Training, wanted: Tensor, drawn: Tensor, plan: Plan) -> Tensor:
        """One step of the discriminator; how much is augmented follows how sure it is."""
        amount, discriminator = training.numbers["augmented"], training.networks["discriminator"]
        with torch.no_grad():
            shown = [augment(pictures, amount, training.chance) for pictures in (wanted, drawn)]
            features = [[pictures, *features_of(self.stages, pictures, plan.dtype)] for pictures in shown]
        real, false = (discriminator(seen) for seen in features)
        loss = hinge(real, false)
        update(training.optimisers["judging"], loss)
        training.numbers["augmented"] = adapt(amount, real, plan.batch)
        return loss.detach()

    def mixed(self, count: int, chance: torch.Generator) -> Tensor:
        """Latents (count, Z) no photograph has: between two photographs', drawn by seeds, photographs' edited."""
        edited = 0 if self.styles is None else count // 2
        between = (count - edited) // 2
        rows = torch.randint(len(self.guesses), (2, between), generator=chance)
        turn = torch.rand(between, 1, generator=chance).to(self.guesses) * (np.pi / 2)
        first, second = self.guesses[rows.to(self.guesses.device)]
        drawn = torch.randn(count - edited - between, self.guesses.shape[1], generator=chance).to(self.guesses)
        kinds = [turn.cos() * first + turn.sin() * second, self.guesses.mean(0) + drawn @ self.factor.T]
        return torch.cat([*kinds, self.edited(edited, chance)] if edited else kinds)

    def edited(self, count: int, chance: torch.Generator) -> Tensor:
        """Latents (count, Z) of photographs, each moved along one direction by up to FARTHEST units."""
        rows = torch.randint(len(self.guesses), (count,), generator=chance).to(self.guesses.device)
        which = torch.randint(len(self.styles), (count,), generator=chance).to(self.guesses.device)
        amounts = (torch.rand(count, 1, generator=chance) * 2 - 1).to(self.guesses) * FARTHEST
        return self.guesses[rows] + amounts * self.styles[which]

    @torch.no_grad()
    def show(self, training: Training, path: Path) -> None:
        """A sheet: photograph, linear model and rebuilt in columns of three, then faces between faces."""
        generator, encoder = training.averages["generator"], training.averages["encoder"]
        rows = torch.linspace(0, len(self.guesses) - 1, 12).long().to(self.guesses.device)
        wanted, latents, coarse = self.encode(encoder, rows)
        mixed = self.mixed(12, torch.Generator().manual_seed(1))
        kinds = [wanted, coarse, self.drawing.complete(generator, latents, coarse=coarse)]
        kinds += [self.drawing(mixed), self.drawing.complete(generator, mixed)]
        sheet = torch.cat([torch.cat(list(kind), 2) for kind in kinds], 1)
        save_photo(path, np.array(from_tensor(sheet[None])))


def update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the gradient, no further than a steep place allows."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([each for group in optimiser.param_groups for each in group["params"]], STEEPEST)
    optimiser.step()


def generator_config(recipe: Recipe, latent_size: int) -> dict[str, object]:
    """What a card records of the generator: latents are styles, so that directions in them stay straight."""
    return {
        "size": recipe.size,
        "style_size": latent_size,
        "mapping_layers": 0,
        "channels": recipe.channels,
        "normalize_latent": False,
        "coarse_channels": 3,
    }


def feature_stages() -> FeatureStages:
    """What the losses compare pictures by."""
    return FeatureStages(classifier()).requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    """Train by the command line."""
    plan, given = read_plan("checkpoints.face_generator.train", arguments)
    models, recipe = Models(), Recipe()
    drawing = LinearDrawing(models.get("face_shape"), recipe.size)
    styles = [torch.tensor(style).float() for style in models.get("generator_directions").values()]
    lesson = Lesson(frames_of("fit", models), drawing, feature_stages(), recipe, plan, torch.stack(styles))
    training = lesson.begin(given.seed)
    for name in training.averaged:
        kept = load_file(CHECKPOINTS / f"face_{name}" / "weights.safetensors")
        training.begin_at(name, {key: value.float() for key, value in kept.items()})
    run(training, plan, lesson.step, training_folder("face_generator"), lesson.show)


if __name__ == "__main__":
    try:
        main()
    except ModelError as error:
        sys.exit(str(error))
