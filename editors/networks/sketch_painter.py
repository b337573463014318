"""The painter of sketches in the mesh-normalised frame: a small network that draws, on top of the most likely face
(see `editors.likely`), what lines and surroundings say.

S side of the frame, B batch, C channels. Convolutions are gated (Yu et al. 2019, https://arxiv.org/abs/1806.03589,
section 3.1).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 160
"""Side of the frame."""
INPUTS = 19
"""Channels the network sees: picture 3, filling 3, hole 1, lines 1, colours 3, where 1, follow 1, place 2, picture in
the mirror 3, where it is known 1."""


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


@dataclass(frozen=True, eq=False)
class Form:
    """What the form of a face says of its appearance (P,): form (K,) = mean + appearance @ rows, and Gaussian noise.

    Where a mouth lies open there are teeth, where lids are far apart there is white around the iris.
    """

    mean: np.ndarray       # (K,)
    rows: np.ndarray       # (P, K)
    precision: np.ndarray  # (K, K), of the noise

    def tells(self, code: np.ndarray, trust: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """A form (K or more,), trusted 0..1 -> what it adds to an appearance's precision (P, P) and its pull (P,)."""
        weighed = trust * self.rows @ self.precision
        return weighed @ self.rows.T, weighed @ (code[: len(self.mean)] - self.mean)


GAIN = 2.4
"""By which values are widened before a gate, so that their variance stays through layers that have learned nothing."""


class GatedConv(nn.Module):
    """Convolution that weighs each value by how much of it is to be believed."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 2 * outputs, 3, stride, dilation, dilation)
        # ELU and gate take most of a value's variance: without what is given back here, a dozen layers say nothing.
        nn.init.normal_(self.convolution.weight[:outputs], std=GAIN / math.sqrt(9 * inputs))
        nn.init.normal_(self.convolution.weight[outputs:], std=1 / math.sqrt(9 * inputs))
        nn.init.zeros_(self.convolution.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        values, gate = self.convolution(x).chunk(2, 1)
        return F.elu(values) * torch.sigmoid(gate)


class Refiner(nn.Module):
    """A U-Net of gated convolutions on 2 x 2 blocks of pixels; says what to add to a first filling."""

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
        """(B, INPUTS, S, S) -> (B, 3, S, S), to be added to the filling."""
        near = self.near(self.enter(F.pixel_unshuffle(x, 2)))                   # (B, C, S / 2, S / 2)
        middle = self.middle(self.down(near))                                   # (B, 2C, S / 4, S / 4)
        far = self.further(middle)                                              # (B, 3C, S / 8, S / 8)
        for layer in self.far:
            far = far + layer(far)
        x = self.up(torch.cat([F.interpolate(far, scale_factor=2.0), middle], 1))
        x = self.back(torch.cat([F.interpolate(x, scale_factor=2.0), near], 1))
        return F.pixel_shuffle(self.leave(self.last(x)), 2)


class SketchPainter(nn.Module):
    """Draws on top of the most likely face what lines, strokes of colour and the other half of the face say."""

    def __init__(self, width: int = 24, components: int = 400, forms: int = 40):
        super().__init__()
        self.refiner = Refiner(width)
        self.register_buffer("form_mean", torch.zeros(forms))
        self.register_buffer("form_rows", torch.zeros(components, forms))
        self.register_buffer("form_precision", torch.zeros(forms, forms))
        side = torch.linspace(-1, 1, SIZE)
        self.register_buffer("place", torch.stack(torch.meshgrid(side, side, indexing="xy")), persistent=False)

    @property
    def form(self) -> Form:
        """What a form says of the appearance that `face_shape` codes."""
        buffers = self.form_mean, self.form_rows, self.form_precision
        return Form(*(buffer.double().numpy() for buffer in buffers))

    def forward(self, sketch: Sketch, filling: Tensor, follow: bool = False) -> Tensor:
        """The filled picture (3, S, S) from a first filling (3, S, S); `follow`: it is to be kept to."""
        added = self.refiner(self.see(sketch, filling, follow)[None])[0]
        return torch.where(sketch.hole > 0, filling + added, sketch.picture)

    def see(self, sketch: Sketch, filling: Tensor, follow: bool) -> Tensor:
        """What the network looks at, (INPUTS, S, S)."""
        known = 1 - sketch.hole
        firm = sketch.colours[3:] * sketch.hole
        across = (known * (sketch.picture.amax(0, keepdim=True) > 0)).flip(2)
        return torch.cat([
            (sketch.picture - 0.5) * known, torch.where(sketch.hole > 0, filling, sketch.picture) - 0.5, sketch.hole,
            sketch.lines, (sketch.colours[:3] - 0.5) * firm, firm, torch.full_like(sketch.hole, float(follow)),
            self.place, (sketch.picture.flip(2) - 0.5) * across, across,
        ])  # fmt: skip


def build(**config: int) -> SketchPainter:
    """The painter from its card's config."""
    return SketchPainter(**config)
