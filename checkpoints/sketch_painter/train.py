"""Train the painter of sketches: the network on top of the most likely face, against a discriminator.

    python -m checkpoints.sketch_painter.train --device cpu --batch 8 --seconds 3600 [--resume]
    python -m checkpoints.sketch_painter.train --device cuda --batch 64 --seconds 1200

A training begins at the weights that are kept here, if the recipe's network is of their sizes, and else afresh.
A photograph is first filled, while learning, by a linear face that never saw it: three are
fitted, each without a third.
State, log and sheets of training photographs lie in training/sketch_painter beside the cached packages and stay there;
so do the examples, which are prepared once: delete known.pt after a change to them.
`python -m checkpoints.sketch_painter.quality --choose` says whether the network helps; `...finish` writes weights.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from checkpoints.data import TrainingFace, training_faces
from checkpoints.discriminator import ProjectedDiscriminator, features_of, hinge, persuasion
from checkpoints.sketch_painter import linear
from checkpoints.sketch_painter.examples import METHODS, PARTS, drawing_of, example_of
from checkpoints.training import Plan, Training, classifier, read_plan, run, training_folder
from editors.errors import ModelError
from editors.images import from_tensor, save_photo
from editors.likely import filled, likely_face
from editors.models import CHECKPOINTS, Models
from editors.networks.face_shape import FaceShape
from editors.networks.perceptual import FeatureStages, relative_distance
from editors.networks.sketch_painter import SIZE, Form, Refiner, Sketch, SketchPainter
from editors.sketch.place import trust_in

FOLDS = 3
EXAMPLES = {"cpu": 6_000, "cuda": 16_000}
"""How many are prepared, by device."""
KNOWN, WEIGHTS = "known.pt", "sketch_painter/weights.safetensors"
TOLD = 2
"""Channels that the discriminator is told: the hole and its lines."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes and weights of the losses.

    crop:        pixels of the frame that a batch sees around its holes
    judged:      what the discriminator's word weighs; its own rate is `judging_rate`; it begins after `judged_after`
                 samples, and is told where the hole and its lines are
    certain:     share of examples whose first filling is close to the truth, so that the network learns to follow it
    no_lines:    share of examples without any
    told:        share of drawn examples whose lines have shown where the parts of the face are
    """

    width: int = 24
    crop: int = 96
    rate: float = 4e-4
    judging_rate: float = 1e-3
    judged: float = 0.3
    judged_after: int = 2_000
    features: float = 4.0
    slopes: float = 1.0
    certain: float = 0.3
    no_lines: float = 0.1
    told: float = 0.85


@dataclass(frozen=True, eq=False)
class Prepared:
    """Examples as they are learnt from, in bytes: (M, ...) each."""

    pictures: Tensor  # uint8 (M, 3, S, S)
    holes: Tensor     # uint8 (M, 1, S, S)
    lines: Tensor     # uint8 (M, 1, S, S)
    fillings: Tensor  # uint8 (M, 3, S, S)
    certain: Tensor   # float32 (M,)


def sketch_of(picture: np.ndarray, hole: np.ndarray, lines: np.ndarray) -> Sketch:
    """An example as the painter takes it, without colours."""
    return Sketch(
        torch.from_numpy(picture).permute(2, 0, 1).float() / 255, torch.from_numpy(hole)[None].float(),
        torch.from_numpy(np.ascontiguousarray(lines))[None].float(), torch.zeros(4, SIZE, SIZE),
    )  # fmt: skip


def linear_faces(faces: list[TrainingFace], models: Models) -> list[tuple[FaceShape, Form]]:
    """For each fold the linear face fitted to all others, and what forms say of it."""
    rows, fold, fitted = linear.appearances(faces, models.get("face_shape")), folds_of(faces), []
    for left_out in range(FOLDS):
        kept = np.flatnonzero(fold != left_out)
        shape = linear.fitted_to(rows[kept])
        fitted.append((shape, linear.form_of([faces[k] for k in kept], rows[kept], shape)))
    return fitted


def folds_of(faces: list[TrainingFace]) -> np.ndarray:
    """Which fold each face is in; a photograph and its mirror image are in one."""
    return np.array([face.number // 3 % FOLDS for face in faces])


@torch.no_grad()
def prepare(
    faces: list[TrainingFace], fitted: list[tuple[FaceShape, Form]], models: Models, recipe: Recipe, count: int
) -> Prepared:
    """`count` examples, each filled by the linear face that never saw its photograph."""
    shape, fold, rng = models.get("face_shape"), folds_of(faces), np.random.default_rng(1)
    order, kept = rng.permutation(np.resize(np.arange(len(faces)), count)), []
    for k in order:
        face, (linear_face, form) = faces[k], fitted[fold[k]]
        method, drawn = METHODS[rng.integers(len(METHODS))], rng.random() > recipe.no_lines
        told = drawn and rng.random() < recipe.told
        drawing = drawing_of(face, method, models, rng)
        example = example_of(face, PARTS[rng.integers(len(PARTS))], drawing, shape, rng, told, method)
        if not example.hole.any():
            continue
        certain = rng.random() < recipe.certain
        lines = example.lines * drawn
        sketch = sketch_of(example.picture, example.hole, lines)
        seen = replace(sketch, hole=torch.zeros_like(sketch.hole)) if certain else sketch
        says = form.tells(shape.shape_code(example.mesh), trust_in(example.hidden, told))
        filling = filled(linear_face, sketch, likely_face(linear_face, seen, says).mean).mul(255).round().clamp(0, 255)
        kept.append((
            torch.from_numpy(example.picture).permute(2, 0, 1), torch.from_numpy(example.hole)[None].byte(),
            torch.from_numpy(np.round(lines * 255).astype(np.uint8))[None], filling.byte(),
            torch.tensor(float(certain)),
        ))  # fmt: skip
    return Prepared(*(torch.stack(column) for column in zip(*kept, strict=True)))


class Lesson:
    """The examples and the fixed network of a training on one device, and what is learned from one batch."""

    def __init__(self, prepared: Prepared, painter: SketchPainter, stages: FeatureStages, recipe: Recipe, plan: Plan):
        self.recipe, self.painter, self.stages = recipe, painter.to(plan.device), stages.to(plan.device)
        self.prepared = Prepared(*(column.to(plan.device) for column in vars(prepared).values()))

    def begin(self, seed: int = 0) -> Training:
        """A new network, which adds nothing yet."""
        torch.manual_seed(seed)
        refiner = Refiner(self.recipe.width).to(self.prepared.pictures.device, memory_format=torch.channels_last)
        optimiser = torch.optim.Adam(refiner.parameters(), lr=self.recipe.rate, betas=(0.9, 0.99))
        chance = torch.Generator().manual_seed(seed)
        discriminator = ProjectedDiscriminator(self.stages.channels, told=TOLD)
        discriminator = discriminator.to(self.prepared.pictures.device, memory_format=torch.channels_last)
        judging = torch.optim.Adam(discriminator.parameters(), lr=self.recipe.judging_rate, betas=(0.5, 0.99))
        networks = {"refiner": refiner, "discriminator": discriminator}
        return Training(networks, {"refiner": optimiser, "judging": judging}, ("refiner",), {}, chance=chance)

    def batch(self, rows: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Examples (B,) -> what the network sees, the filling under it, the truth and the hole, cropped alike."""
        picture, hole = self.prepared.pictures[rows].float() / 255, self.prepared.holes[rows].float()
        lines = self.prepared.lines[rows].float() / 255
        filling = self.prepared.fillings[rows].float() / 255
        colours = strokes_of(picture, hole, chance)
        certain = self.prepared.certain[rows]
        seen = torch.stack([
            self.painter.see(Sketch(p, h, ln, c), f, bool(sure))
            for p, h, ln, c, f, sure in zip(picture, hole, lines, colours, filling, certain, strict=True)
        ])  # fmt: skip
        return self.cropped(hole, chance, seen, filling, picture, hole)

    def cropped(self, hole: Tensor, chance: torch.Generator, *layers: Tensor) -> tuple[Tensor, ...]:
        """Squares of the frame, each around one pixel of its hole."""
        side, places = self.recipe.crop, []
        for one in hole[:, 0]:
            inside = one.nonzero()
            middle = inside[torch.randint(len(inside), (1,), generator=chance).item()].tolist()
            move = torch.randint(-12, 13, (2,), generator=chance).tolist()
            places.append([min(max(m + d - side // 2, 0), SIZE - side) // 2 * 2 for m, d in zip(middle, move)])
        return tuple(
            torch.stack([one[:, y : y + side, x : x + side] for one, (y, x) in zip(layer, places, strict=True)])
            for layer in layers
        )

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: fill holes as the photographs do."""
        rows = torch.randint(len(self.prepared.certain), (plan.batch,), generator=training.chance)
        seen, filling, wanted, hole = self.batch(rows.to(self.prepared.certain.device), training.chance)
        seen = seen.contiguous(memory_format=torch.channels_last)
        with torch.autocast(seen.device.type, plan.dtype, enabled=plan.dtype != torch.float32):
            added = training.networks["refiner"](seen)
        drawn = wanted + hole * (filling + added.float() - wanted)
        area = 3 * hole.sum()
        losses = {
            "pixels": (drawn - wanted).abs().sum() / area,
            "slopes": sum(((drawn - wanted).diff(dim=axis)).abs().sum() for axis in (2, 3)) / area,
        }
        with torch.no_grad():
            target = features_of(self.stages, 2 * wanted - 1, plan.dtype)
        features = features_of(self.stages, 2 * drawn - 1, plan.dtype)
        losses["features"] = relative_distance(features, target)
        recipe = self.recipe
        total = 4 * losses["pixels"] + recipe.slopes * losses["slopes"] + recipe.features * losses["features"]
        if training.samples >= recipe.judged_after:
            told = seen[:, 6 : 6 + TOLD]
            losses["judging"] = self.learn_to_judge(training, target, [each.detach() for each in features], told, hole)
            losses["judged"] = persuasion(training.networks["discriminator"](features, told), hole)
            total = total + recipe.judged * losses["judged"]
        training.learn("refiner", total, recipe.rate / (1 + training.samples / 20_000) ** 0.5)
        with torch.no_grad():
            losses["linear"] = ((filling - wanted) * hole).abs().sum() / area
        return losses

    def learn_to_judge(
        self, training: Training, real: list[Tensor], drawn: list[Tensor], told: Tensor, hole: Tensor
    ) -> Tensor:
        """One step of the discriminator, which looks at what lies in holes; gives its loss."""
        discriminator, optimiser = training.networks["discriminator"], training.optimisers["judging"]
        loss = hinge(discriminator(real, told), discriminator(drawn, told), hole)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.detach()

    @torch.no_grad()
    def show(self, training: Training, path: Path) -> None:
        """A sheet: hole with its lines, first filling, filling, photograph."""
        rows = torch.linspace(0, len(self.prepared.certain) - 1, 10).long()
        seen, filling, wanted, hole = self.batch(rows, torch.Generator().manual_seed(0))
        drawn = wanted + hole * (filling + training.averages["refiner"](seen) - wanted)
        asked = wanted * (1 - hole) + hole * seen[:, 7:8]
        kinds = [asked, wanted + hole * (filling - wanted), drawn, wanted]
        sheet = torch.cat([torch.cat(list(kind), 2) for kind in kinds], 1)
        save_photo(path, np.array(from_tensor(2 * sheet[None] - 1)))


def strokes_of(picture: Tensor, hole: Tensor, chance: torch.Generator) -> Tensor:
    """Colour strokes (B, 4, S, S) for half of the pictures: blobs of blurred colours in their holes."""
    count = len(picture)
    blobs = F.interpolate(torch.rand(count, 1, 12, 12, generator=chance), SIZE, mode="bilinear").to(picture)
    often = torch.rand(count, 1, 1, 1, generator=chance).to(picture)
    firm = (blobs > 0.55 + 0.4 * often).float() * hole * (often < 0.5)
    return torch.cat([F.avg_pool2d(picture, 13, 1, 6, count_include_pad=False), firm], 1)


def main(arguments: list[str]) -> None:
    """Fit, prepare, train."""
    plan, given = read_plan("checkpoints.sketch_painter.train", arguments)
    recipe, models, folder = Recipe(), Models(), training_folder("sketch_painter")
    if not (folder / KNOWN).is_file():
        faces = training_faces("fit", models)
        prepared = prepare(faces, linear_faces(faces, models), models, recipe, EXAMPLES[plan.device])
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(vars(prepared), folder / KNOWN)
    known = torch.load(folder / KNOWN, map_location="cpu", weights_only=True)
    painter = SketchPainter(recipe.width).eval().requires_grad_(False)
    stages = FeatureStages(classifier(), (0, 2, 4))
    lesson = Lesson(Prepared(**known), painter, stages, recipe, plan)
    training = lesson.begin(given.seed)
    kept = {name.removeprefix("refiner."): value.float() for name, value in load_file(CHECKPOINTS / WEIGHTS).items()
            if name.startswith("refiner.")}
    training.begin_at("refiner", kept)
    run(training, plan, lesson.step, folder, lesson.show)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ModelError as error:
        sys.exit(str(error))
