"""Train the painter of labels on top of the linear model's faces and flat colours.

    python -m checkpoints.label_painter.train --device cpu --batch 8 --seconds 4000 [--resume]
    python -m checkpoints.label_painter.train --device cuda --batch 64 --seconds 1200

Editing is part of it: outlines moved, grown and shrunk with the picture, labels drawn by a shaky hand, and labels and
mesh borrowed from another face, of which only styles are known. State, log and sheets of training photographs lie in
training/label_painter beside the cached packages and stay there; `...label_painter.finish` writes the weights.
"""

import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from checkpoints.label_painter.examples import Heads, heads
from checkpoints.training import Plan, Training, classifier, read_plan, run, training_folder
from editors.errors import ModelError
from editors.images import from_tensor, save_photo
from editors.labels import COLOURS, IDS
from editors.models import Models
from editors.networks.label_painter import KINDS, SIZE, LabelPainter, base_of, regions_of, shares
from editors.networks.perceptual import FeatureStages, relative_distance

KNOWN = "known.pt"
FEWEST = 1e-3  # share of the square from which a region's style is believed


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes, shares of a batch and weights of the losses.

    moved:     share of examples whose outlines move; shaky: whose labels tremble; borrowed: with another face's labels
    features:  weight of the relative distance of features; textures: of their means and deviations region by region
    """

    width: int = 24
    rate: float = 3e-3
    moved: float = 0.4
    shaky: float = 0.5
    borrowed: float = 0.25
    pixels: float = 3.0
    features: float = 1.5
    textures: float = 0.5


@dataclass(frozen=True, eq=False)
class Asked:
    """A batch: pictures whose style is read, and what is to be drawn in it. (B, ...) each.

    picture, kinds, seen:    the style's owner
    target, asked, visible:  what is to be drawn, under which labels, and where that is known
    looks, places:           the linear model's face of the owner, and where it lies in what is drawn
    own:                     how many of the batch, from the first, have a target of their own; the rest borrow labels
    """

    picture: Tensor
    kinds: Tensor
    seen: Tensor
    target: Tensor
    asked: Tensor
    visible: Tensor
    looks: Tensor
    places: Tensor
    own: int


class Lesson:
    """The heads and the fixed network of a training on one device, and what is learned from one batch."""

    def __init__(self, known: Heads, stages: FeatureStages, recipe: Recipe, plan: Plan):
        self.known = Heads(*(getattr(known, each.name).to(plan.device) for each in fields(Heads)))
        self.recipe, self.stages, self.device = recipe, stages.to(plan.device), plan.device

    def begin(self, seed: int = 0) -> Training:
        """A new network, which adds nothing yet."""
        torch.manual_seed(seed)
        painter = LabelPainter(self.recipe.width).to(self.device, memory_format=torch.channels_last)
        optimiser = torch.optim.Adam(painter.parameters(), lr=self.recipe.rate, betas=(0.9, 0.99))
        chance = torch.Generator().manual_seed(seed)
        return Training({"painter": painter}, {"painter": optimiser}, ("painter",), {}, chance=chance)

    def rows(self, index: Tensor, mirrored: Tensor) -> tuple[Tensor, ...]:
        """Heads, some in a mirror: pictures and seen as floats, kinds, places and looks, (B, ...) each."""
        known, index = self.known, index.to(self.device)
        picture, kinds = known.pictures[index].float() / 127.5 - 1, known.kinds[index].long()
        seen, places, looks = known.seen[index, None].float(), known.places[index].float(), known.looks[index].float()
        turned = places.flip(-1).clone()
        turned[:, 0] = torch.where(turned[:, 0] >= 0, looks.shape[-1] - 1 - turned[:, 0], turned[:, 0])
        flip = mirrored.to(self.device)[:, None, None]
        return (
            torch.where(flip[:, None], picture.flip(-1), picture), torch.where(flip, kinds.flip(-1), kinds),
            torch.where(flip[:, None], seen.flip(-1), seen), torch.where(flip[:, None], turned, places),
            torch.where(flip[:, None], looks.flip(-1), looks),
        )  # fmt: skip

    def batch(self, training: Training, count: int) -> Asked:
        """What is asked for in one step."""
        c, recipe = training.chance, self.recipe
        index = torch.randint(len(self.known.kinds), (count,), generator=c)
        picture, kinds, seen, places, looks = self.rows(index, torch.rand(count, generator=c) < 0.5)
        some = (torch.rand(count, 1, 1, 1, generator=c) < recipe.moved).float()
        turn = 0.05 * torch.einsum("bij,bhwj->bhwi", torch.randn(count, 2, 2, generator=c), grid(count))
        whole = 0.06 * torch.randn(count, 1, 1, 2, generator=c)
        there = (grid(count) + some * (field(count, 6, 3.0, c) + turn + whole)).to(self.device)
        target = torch.where(some.to(self.device) > 0, look(picture, there), picture)
        asked, visible = look(kinds[:, None].float(), there, "nearest"), look(seen, there, "nearest")
        places = look(places, there, "nearest")
        own = count - round(recipe.borrowed * count)
        order = torch.cat([torch.arange(own), torch.roll(torch.arange(own, count), 1)]).to(self.device)
        tremor = (torch.rand(count, 1, 1, 1, generator=c) < recipe.shaky).float() * field(count, 22, 0.8, c)
        asked = look(asked[order], (grid(count) + tremor).to(self.device), "nearest")[:, 0].long()
        return Asked(picture, kinds, seen, target, asked, visible[order], looks, places[order], own)

    def draw(self, painter: LabelPainter, batch: Asked, noise: Tensor) -> tuple[Tensor, Tensor]:
        """What the network draws and what it begins from, (B, 3, S, S) each; a style nobody has is the others' mean."""
        styles, areas = painter.encoder(batch.picture, batch.kinds, batch.seen)
        known = areas[..., None] > FEWEST
        usual = (styles * known).sum(0, keepdim=True).detach() / known.sum(0, keepdim=True).clamp(min=1)
        styles = torch.where(known, styles, usual)
        side = batch.looks.shape[-1]
        places = (batch.places.permute(0, 2, 3, 1) + 0.5) * 2 / side - 1
        covered = (batch.places[:, :1] >= 0).float()
        base = base_of(batch.asked, styles, look(batch.looks, places) / 127.5 - 1, covered)
        return painter(batch.asked, styles, base, noise.to(base)).float(), base

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: draw heads as the photographs show them, and borrowed ones in their owner's style."""
        recipe, painter = self.recipe, training.networks["painter"]
        batch = self.batch(training, plan.batch)
        warm = min(1.0, training.samples / 500 + 0.05) / (1 + training.samples / 5000) ** 0.5
        noise = torch.randn(plan.batch, 1, SIZE, SIZE, generator=training.chance)
        with torch.autocast(self.device, torch.bfloat16, enabled=plan.dtype == torch.bfloat16):
            drawn, base = self.draw(painter, batch, noise)
            losses = self.losses(drawn, batch)
        total = sum(getattr(recipe, name) * loss for name, loss in losses.items())
        training.learn("painter", total, recipe.rate * warm)
        with torch.no_grad():
            return losses | {"base": pixels(base.float(), batch)}

    def losses(self, drawn: Tensor, batch: Asked) -> dict[str, Tensor]:
        """Pixels and features of what is known, and the textures of each region."""
        own, visible = batch.own, batch.visible[: batch.own]
        both = drawn[:own] * visible + batch.target[:own] * (1 - visible)
        wanted = torch.cat([batch.target[:own], batch.picture[own:]])
        found = self.stages(torch.cat([both, drawn[own:]]))
        with torch.no_grad():
            target = self.stages(wanted)
        owner = torch.cat([batch.asked[:own], batch.kinds[own:]]), torch.cat([visible, batch.seen[own:]])
        everywhere = torch.ones_like(batch.seen)
        textures = [
            texture_distance(texture(here, batch.asked, everywhere), texture(there, *owner))
            for here, there in ((drawn, wanted), *zip(found[:2], target[:2], strict=True))
        ]
        return {
            "pixels": pixels(drawn, batch),
            "features": relative_distance([each[:own] for each in found], [each[:own] for each in target]),
            "textures": torch.stack(textures).mean(),
        }

    @torch.no_grad()
    def show(self, training: Training, path: Path) -> None:
        """A sheet: photographs, labels, what is begun from and drawn under their own labels, and under the next's."""
        count, painter, chance = 10, training.averages["painter"], torch.Generator().manual_seed(0)
        index = torch.linspace(0, len(self.known.kinds) - 1, count).long()
        picture, kinds, seen, places, looks = self.rows(index, torch.zeros(count, dtype=torch.bool))
        noise = torch.randn(count, 1, SIZE, SIZE, generator=chance)
        firsts = torch.from_numpy(COLOURS[[IDS[names[0]] for names in KINDS]]).float()
        rows = [picture.cpu(), firsts[kinds.cpu()].permute(0, 3, 1, 2) / 127.5 - 1]
        for order in (torch.arange(count), torch.roll(torch.arange(count), 1)):
            batch = Asked(picture, kinds, seen, picture, kinds[order], seen[order], looks, places[order], count)
            rows += [each.cpu() for each in self.draw(painter, batch, noise)[::-1]]
        sheet = torch.cat([torch.cat(list(row), 2) for row in rows], 1).clamp(-1, 1)
        save_photo(path, np.array(from_tensor(sheet[None])))


def grid(count: int) -> Tensor:
    """Every pixel's place in -1..1, (count, S, S, 2)."""
    line = (torch.arange(SIZE) * 2 + 1) / SIZE - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).expand(count, -1, -1, -1)


def field(count: int, cells: int, size: float, chance: torch.Generator) -> Tensor:
    """Smooth random movements of about `size` pixels, (count, S, S, 2) in units of the grid."""
    coarse = torch.randn(count, 2, cells, cells, generator=chance)
    return F.interpolate(coarse, SIZE, mode="bicubic", align_corners=True).permute(0, 2, 3, 1) * size * 2 / SIZE


def look(picture: Tensor, places: Tensor, mode: str = "bilinear") -> Tensor:
    """A picture (B, C, H, W) seen at places (B, S, S, 2)."""
    return F.grid_sample(picture, places, mode=mode, padding_mode="border", align_corners=False)


def pixels(drawn: Tensor, batch: Asked) -> Tensor:
    """Mean absolute difference where the target is known."""
    visible = batch.visible[: batch.own]
    return ((drawn - batch.target)[: batch.own].abs() * visible).sum() / (3 * visible.sum())


def texture(values: Tensor, kinds: Tensor, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and deviation of values (B, C, h, w) over each region, (B, R, C) each, and its pixels (B, R, 1)."""
    side = values.shape[-1]
    regions = regions_of(shares(kinds, side)) * (F.adaptive_avg_pool2d(seen, side) > 0.99)
    regions, values = torch.where(regions > 0.6, regions, 0), values.float()
    area = regions.sum((2, 3))[..., None]
    mean, square = (torch.einsum("brhw,bchw->brc", regions, each) / (area + 1e-3) for each in (values, values**2))
    return mean, (square - mean**2).clamp(min=1e-4).sqrt(), area


def texture_distance(drawn: tuple[Tensor, Tensor, Tensor], wanted: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Mean difference of two textures in their own size, over regions that both have."""
    enough = ((drawn[2] > 12) & (wanted[2] > 12)).float()
    gaps = sum((drawn[k] - wanted[k]).abs() for k in (0, 1)) / (wanted[1].mean() + wanted[0].abs().mean())
    return (gaps * enough).sum() / (enough.sum() * gaps.shape[-1] + 1e-6)


def main(arguments: list[str]) -> None:
    """Prepare, train."""
    plan, given = read_plan("checkpoints.label_painter.train", arguments)
    folder = training_folder("label_painter")
    if not (folder / KNOWN).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(vars(heads("fit", Models())), folder / KNOWN)
    known = Heads(**torch.load(folder / KNOWN, map_location="cpu", weights_only=True))
    stages = FeatureStages(classifier(), (0, 2, 4))
    lesson = Lesson(known, stages, Recipe(), plan)
    run(lesson.begin(given.seed), plan, lesson.step, folder, lesson.show)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ModelError as error:
        sys.exit(str(error))
