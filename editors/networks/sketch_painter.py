"""The painter of sketches in the mesh-normalised frame: a linear-Gaussian model of faces in closed form, and a small
network that draws on top of it what lines and surroundings say.

S side of the frame, N its pixels inside the rings at half size, P components,
B batch, C channels. The network's convolutions are gated (Yu et al. 2019,
https://arxiv.org/abs/1806.03589, section 3.1).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 160
"""Side of the frame; the linear model works at half of it."""
INPUTS = 15
"""Channels the network sees: picture 3, linear filling 3, hole 1, lines 1, colours 3, where 1, certain 1, place 2."""


@dataclass(frozen=True)
class Sketch:
    """What is known of a face with a hole, in the frame; all float32, pictures in 0..1.

    picture: (3, S, S), anything in the hole;  hole: (1, S, S) 0 or 1, within the rings
    lines:   (1, S, S) 0..1, in the hole only
    colours: (4, S, S), the last how firmly each is meant, in the hole only
    """

    picture: Tensor
    hole: Tensor
    lines: Tensor
    colours: Tensor


class GatedConv(nn.Module):
    """Convolution that weighs each value by how much of it is to be believed."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, 3, stride, dilation, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        values, gate = self.convolution(x).chunk(2, 1)
        return F.elu(values) * torch.sigmoid(gate)


class Refiner(nn.Module):
    """A U-Net of gated convolutions on 2 x 2 blocks of pixels; says what to add to the linear filling."""

    def __init__(self, width: int = 24):
        super().__init__()
        near, middle, far = width, 2 * width, 3 * width
        self.enter = GatedConv(4 * INPUTS, near)
        self.near = GatedConv(near, near)
        self.down = GatedConv(near, middle, stride=2)
        self.middle = GatedConv(middle, middle)
        self.further = GatedConv(middle, far, stride=2)
        self.far = nn.ModuleList(GatedConv(far, far, dilation=dilation) for dilation in (1, 2, 4, 1))
        self.up = GatedConv(far + middle, middle)
        self.back = GatedConv(middle + near, near)
        self.last = GatedConv(near, near)
        self.leave = nn.Conv2d(near, 12, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, INPUTS, S, S) -> (B, 3, S, S), to be added to the linear filling."""
        near = self.near(self.enter(F.pixel_unshuffle(x, 2)))                   # (B, C, S / 2, S / 2)
        middle = self.middle(self.down(near))                                   # (B, 2C, S / 4, S / 4)
        far = self.further(middle)                                              # (B, 3C, S / 8, S / 8)
        for layer in self.far:
            far = far + layer(far)
        x = self.up(torch.cat([F.interpolate(far, scale_factor=2.0), middle], 1))
        x = self.back(torch.cat([F.interpolate(x, scale_factor=2.0), near], 1))
        return F.pixel_shuffle(self.leave(self.last(x)), 2)


class LinearPainter(nn.Module):
    """Faces as a mean and components with unit Gaussian weights.

    What is known of a picture, and strokes of colour, make the weights a Gaussian again, in closed form.
    """

    pixel_noise, colour_noise = 0.15, 0.1
    """Deviation of a known pixel and of a stroke, large since errors of neighbours are alike."""
    variety = 0.7
    """Share of the model's own deviation by which fillings of other seeds differ from the most likely one."""
    reach = 1.5
    """Pixels over which what the model misses at the border of a hole goes on inside."""

    def __init__(self, components: int, pixels: int):
        super().__init__()
        self.register_buffer("inside", torch.zeros(SIZE // 2, SIZE // 2))         # 1 within the rings
        self.register_buffer("mean", torch.zeros(3, pixels))
        self.register_buffer("components", torch.zeros(components, 3, pixels))    # one deviation each
        self.register_buffer("scales", torch.ones(components))                    # of the components as stored
        self.register_buffer("gram", torch.zeros(components, components), persistent=False)
        self.register_load_state_dict_post_hook(lambda model, _: model.remember())

    def remember(self) -> None:
        """Multiply the components with each other once, so that filling a small hole is quick."""
        rows = self.components.flatten(1) * self.scales[:, None]
        self.gram = rows @ rows.T

    def posterior(self, sketch: Sketch) -> tuple[Tensor, Tensor]:
        """Mean (P,) of the weights, and the lower Cholesky factor (P, P) of their precision."""
        inside, certain = self.inside > 0, 1 / self.pixel_noise**2
        hole = F.max_pool2d(sketch.hole[None], 2)[0, 0][inside]                   # (N,)
        pixels = F.avg_pool2d(sketch.picture[None], 2)[0][:, inside] - self.mean  # (3, N)
        firm = F.avg_pool2d(sketch.colours[None, 3:], 2)[0, 0][inside]
        strokes = F.avg_pool2d((sketch.colours[:3] * sketch.colours[3:])[None], 2)[0][:, inside]
        strokes = strokes / firm.clamp(min=1e-3) - self.mean
        trust = torch.where(hole > 0, firm / self.colour_noise**2, certain)       # (N,)
        seen = torch.where(hole > 0, strokes, pixels)
        pull = torch.tensordot(self.components, trust * seen, 2) * self.scales
        rows = (self.components[:, :, hole > 0] * self.scales[:, None, None]).flatten(1)
        precision = torch.eye(len(rows), device=rows.device) + certain * self.gram
        precision += (rows * (trust[hole > 0] - certain).repeat(3)) @ rows.T
        factor = torch.linalg.cholesky(precision)
        return torch.cholesky_solve(pull[:, None], factor)[:, 0], factor

    def draw(self, weights: Tensor) -> Tensor:
        """Weights (P,) -> picture (3, S, S); grey outside the rings."""
        picture = torch.full((3, SIZE // 2, SIZE // 2), 0.5, device=weights.device)
        flat = self.mean + torch.tensordot(weights * self.scales, self.components, 1)
        picture[:, self.inside > 0] = flat
        return F.interpolate(picture[None], scale_factor=2.0, mode="bilinear", align_corners=False)[0]

    def fill(self, sketch: Sketch, weights: Tensor) -> Tensor:
        """The picture (3, S, S) these weights draw, brought to the photograph at the border of the hole."""
        drawn = self.draw(weights)
        known = (1 - sketch.hole) * F.interpolate(self.inside[None, None], scale_factor=2.0)[0]
        near = torch.arange(-6, 7, device=drawn.device)
        bell = torch.exp(-(near**2) / (2 * self.reach**2))
        bell = (bell / bell.sum()).expand(4, 1, 1, -1)
        missed = torch.cat([(sketch.picture - drawn) * known, known])[None]               # (1, 4, S, S)
        spread = F.conv2d(F.conv2d(missed, bell, padding=(0, 6), groups=4), bell.mT, padding=(6, 0), groups=4)[0]
        return drawn + spread[:3] / (spread[3:] + 0.02)


class SketchPainter(nn.Module):
    """Fills a hole in the frame."""

    def __init__(self, components: int = 250, pixels: int = 4095, width: int = 24):
        super().__init__()
        self.linear = LinearPainter(components, pixels)
        self.refiner = Refiner(width)
        side = torch.linspace(-1, 1, SIZE)
        self.register_buffer("place", torch.stack(torch.meshgrid(side, side, indexing="xy")), persistent=False)

    def forward(self, sketch: Sketch, seed: int = 0) -> Tensor:
        """The filled picture (3, S, S): the most likely for seed 0, another one for each other seed."""
        weights, factor = self.linear.posterior(sketch)
        if seed:
            draw = torch.randn(len(weights), generator=torch.Generator().manual_seed(seed)).to(weights)
            weights += self.linear.variety * torch.linalg.solve_triangular(factor.T, draw[:, None], upper=True)[:, 0]
        base = self.linear.fill(sketch, weights)
        if not ((sketch.lines + sketch.colours[3:]) * sketch.hole).any():      # the network is better with them only
            return torch.where(sketch.hole > 0, base, sketch.picture)
        added = self.refiner(self.see(sketch, base, certain=bool(seed))[None])[0]
        return torch.where(sketch.hole > 0, base + added, sketch.picture)

    def see(self, sketch: Sketch, base: Tensor, certain: bool) -> Tensor:
        """What the network looks at, (INPUTS, S, S); `certain`: the filling is to be followed, not only its lines."""
        known = 1 - sketch.hole
        firm = sketch.colours[3:] * sketch.hole
        follow = torch.full_like(sketch.hole, float(certain))
        return torch.cat([
            (sketch.picture - 0.5) * known, torch.where(sketch.hole > 0, base, sketch.picture) - 0.5, sketch.hole,
            sketch.lines, (sketch.colours[:3] - 0.5) * firm, firm, follow, self.place,
        ])  # fmt: skip


def build(**config: int) -> SketchPainter:
    """The painter from its card's config."""
    return SketchPainter(**config)
