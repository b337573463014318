"""Inversion: what a StyleGAN2 makes of the face in a photograph, at once or within a budget.

An encoder reads a latent. With a budget, the latent and one style for each layer (W+, Abdal et al. 2019,
https://arxiv.org/abs/1904.03189) are optimised first; then they stay, and a copy of the generator is tuned around them
(pivotal tuning, Roich et al. 2021, https://arxiv.org/abs/2106.05744). The shared network is never changed.
Z size of a latent, L layers, S side of the generator's picture.
"""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from torch import Tensor

from ..canvas import canvas_of
from ..images import to_tensor
from ..models import Models
from ..networks.face_generator import FaceGenerator
from ..networks.face_shape import FaceShape
from ..networks.linear_drawing import LinearDrawing, smaller
from ..portrait import Portrait

STYLES_SHARE = 0.4
"""Part of the budget spent on the styles; the rest tunes the generator around them."""
STYLES_RATE = 0.02
"""Learning rate of the latent and the styles, which are standard deviations."""
TUNING_RATE = 2.5e-3
"""Learning rate of the generator's weights."""
LIKELY = 2e-4
"""Loss for styles one standard deviation away from what the encoder read: what lies far off cannot be edited."""
RISE = 0.1
"""Part of each stage over which the learning rate rises; over the rest it falls."""

Progress = Callable[[float, float], None]
"""Told the part of the budget that is spent, 0 to 1, and the squared difference; to cancel, it raises."""


class Weighed(Protocol):
    """What says how much each pixel counts: `weight` (S, S) sums to 1. `LinearDrawing` is one."""

    weight: Tensor


@dataclass(frozen=True, eq=False)
class Inverted:
    """A face as the embedded generator knows it.

    latent:     (1, Z) drawn by the linear model as the coarse picture
    codes:      (1, L, Z) the style of each layer
    generator:  the shared network, or the face's own copy
    """

    latent: Tensor
    codes: Tensor
    generator: FaceGenerator

    def draw(self, drawing: LinearDrawing) -> Tensor:
        """Picture (1, 3, S, S) in the mesh-normalised frame, about -1 to 1."""
        return self.draw_on(drawing(self.latent), drawing)

    def draw_on(self, coarse: Tensor, drawing: LinearDrawing, dtype: torch.dtype | None = None) -> Tensor:
        """As `draw`, on a coarse picture (1, 3, S, S) other than the latent's; `dtype` is that of the activations."""
        return torch.lerp(coarse, self.generator.draw(self.codes, coarse=coarse, dtype=dtype), drawing.inside)

    @property
    def free(self) -> list[str]:
        """Names of what is optimised."""
        return ["latent", "codes"]


@dataclass(frozen=True, eq=False)
class InvertedCrop:
    """A face as a published generator knows it, which draws whole crops.

    codes: (1, L, S) the style of each layer
    side:  pixels that are drawn of the crop; finer detail is the photograph's own
    dtype: number format it is drawn in, None = that of the weights
    """

    codes: Tensor
    generator: FaceGenerator
    side: int
    dtype: torch.dtype | None = None

    def draw(self, _: Any = None) -> Tensor:
        """Picture (1, 3, side, side) of the crop, about -1 to 1, on the processor wherever the generator is."""
        codes = self.codes.to(self.generator.mean_style)
        return self.generator.draw(codes, size=self.side, dtype=self.dtype).cpu().float()

    @property
    def free(self) -> list[str]:
        """Names of what is optimised."""
        return ["codes"]


Face = Inverted | InvertedCrop


def frame_picture(portrait: Portrait, models: Models) -> np.ndarray:
    """The face in the linear model's frame, float32 (H, H, 3) in 0..255. Raises FaceError without a usable face."""
    return models.get("face_shape").frame.take(portrait.image, canvas_of(portrait, models).vertices)


def encode(taken: np.ndarray, models: Models, drawing: LinearDrawing) -> Inverted:
    """What the encoder makes of a face in the frame, (H, H, 3) in 0..255."""
    generator, encoder = models.get("face_generator"), models.get("face_encoder")
    guess = torch.from_numpy(models.get("face_shape").face_code(taken))[None]
    with torch.no_grad():
        latent = encoder(small_picture(taken, generator.size), drawing(guess), guess)
        return Inverted(latent, generator.codes(latent), generator)


def small_picture(taken: np.ndarray, size: int) -> Tensor:
    """A face in the frame, (H, H, 3) in 0..255, as the generator is to draw it: (1, 3, size, size) in -1..1."""
    return to_tensor(smaller(taken, size).round().clip(0, 255).astype(np.uint8))


def sharpen_likeness(
    first: Inverted, taken: np.ndarray, drawing: LinearDrawing, seconds: float,
    on_progress: Progress = lambda *_: None,
) -> Inverted:
    """A face closer to its picture in the frame, (H, H, 3) in 0..255, after so many seconds; `first` stays as it is.

    The budget is time, so that how close it comes depends on the machine.
    """
    if seconds <= 0:
        return first
    wanted, began = small_picture(taken, first.generator.size), time.monotonic()
    split = began + STYLES_SHARE * seconds
    stages = _stages(began, split), _stages(split, began + seconds)
    return _sharpen(first, wanted, drawing, stages, on_progress)


def sharpen_by_steps(
    first: Face, wanted: Tensor, seen: Weighed, steps: int, on_progress: Progress = lambda *_: None
) -> Face:
    """As `sharpen_likeness` towards a picture (1, 3, S, S) in -1..1, in a number of steps, the same everywhere."""
    if steps <= 0:
        return first
    counts = max(round(STYLES_SHARE * steps), 1), max(steps - round(STYLES_SHARE * steps), 1)
    stages = tuple((index / count for index in range(count)) for count in counts)
    return _sharpen(first, wanted, seen, stages, on_progress)


def _sharpen(
    first: Face, wanted: Tensor, seen: Weighed, stages: tuple[Iterator[float], Iterator[float]], on_progress: Progress
) -> Face:
    pivot = _optimise_styles(first, wanted, seen, stages[0], _part(on_progress, 0, STYLES_SHARE))
    return _tune(pivot, wanted, seen, stages[1], _part(on_progress, STYLES_SHARE, 1))


def _part(on_progress: Progress, start: float, end: float) -> Progress:
    return lambda spent, loss: on_progress(start + spent * (end - start), loss)


def _stages(began: float, end: float) -> Iterator[float]:
    """The part of a stage's time that is spent, until there is none left; once at least."""
    spent = 0.0
    while spent < 1:
        yield spent
        spent = max((time.monotonic() - began) / (end - began), spent)


def _rate(spent: float) -> float:
    """Learning rate over the time of a stage, as a part of the highest."""
    return min(spent / RISE + 0.1, (1 - spent) / (1 - RISE), 1.0)


def _loss(face: Face, wanted: Tensor, seen: Weighed) -> Tensor:
    """Mean squared difference in -1..1, where hair and surroundings count less than the face."""
    return ((face.draw(seen) - wanted).square().mean((0, 1)) * seen.weight).sum()


def _descend(
    parameters: list[Tensor], rate: float, loss_of: Callable[[], Tensor], stages: Iterator[float],
    on_progress: Progress,
) -> None:
    """Adam on the parameters, in place, until the time is over."""
    optimiser = torch.optim.Adam(parameters, lr=rate, betas=(0.9, 0.99))
    for spent in stages:
        optimiser.param_groups[0]["lr"] = rate * _rate(spent)
        with torch.enable_grad():
            loss = loss_of()
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True)):
            parameter.grad = gradient
        optimiser.step()
        on_progress(spent, float(loss.detach()))


def _optimise_styles(
    first: Face, wanted: Tensor, seen: Weighed, stages: Iterator[float], on_progress: Progress
) -> Face:
    free = {name: getattr(first, name).clone().requires_grad_() for name in first.free}
    face = replace(first, **free)

    def loss_of() -> Tensor:
        moved = sum((value - getattr(first, name)).square().mean() for name, value in free.items())
        return _loss(face, wanted, seen) + LIKELY * moved

    _descend(list(free.values()), STYLES_RATE, loss_of, stages, on_progress)
    return replace(first, **{name: value.detach() for name, value in free.items()})


def _tune(pivot: Face, wanted: Tensor, seen: Weighed, stages: Iterator[float], on_progress: Progress) -> Face:
    own = replace(pivot, generator=copy.deepcopy(pivot.generator).requires_grad_(True))
    _descend(list(own.generator.synthesis.parameters()), TUNING_RATE, lambda: _loss(own, wanted, seen), stages,
             on_progress)
    own.generator.requires_grad_(False)
    return own


# --- onto the photograph -------------------------------------------------------------------------------------------

def linear_picture(taken: np.ndarray, shape: FaceShape) -> np.ndarray:
    """What the linear model makes of a face in the frame, both float32 (H, H, 3) in 0..255."""
    return shape.draw(shape.face_code(taken)).clip(0, 255)


def onto_photograph(picture: np.ndarray, portrait: Portrait, models: Models) -> np.ndarray:
    """The photograph, uint8 (H, W, 3), with its face replaced by a picture in the frame, (S, S, 3) in 0..255.

    The person within the rings is the picture's, fading out at the rim; every other pixel is the photograph's own.
    """
    canvas = canvas_of(portrait, models)
    scale = len(picture) / canvas.shape.frame.size
    where = (canvas.positions + np.float32(0.5)) * np.float32(scale) - np.float32(0.5)
    drawn = cv2.remap(picture.astype(np.float32), where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    share = canvas.enlarge(canvas.reach)[..., None]
    x0, y0, x1, y1 = canvas.box
    image = portrait.image.copy()
    crop = image[y0:y1, x0:x1]
    crop[:] = np.round(crop + share * (canvas.enlarge(drawn) - crop)).clip(0, 255).astype(np.uint8)
    return image
