"""Where a face lies that is partly, or wholly, under a hole: a small residual network that looks at a square around it.

It says how the square has to be moved, turned and scaled to lie on the face as on the mean one, and the form of the
face; the networks that find and mesh faces look at what a hole was filled with, and are led astray by it.
S side of the square, B batch, K components of form.
"""

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from .face_shape import FaceShape, Similarity
from .residual import Residual

SIDE = 96
"""Pixels of the square's side."""
REACH = 4.4
"""The square's side in eye distances of the mean face."""
MOVES = 4
"""Numbers that move the square: right and down in eye distances, logarithm of the scale, turn in radians."""


class HiddenMesh(nn.Module):
    """Reads a square with a hole: (B, 4, S, S), picture -0.5..0.5 and 0 in the hole, then the hole 0 or 1."""

    def __init__(self, width: int = 32, forms: int = 30):
        super().__init__()
        self.look = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(16, width, 3, 2, 1), Residual(width),
            nn.Conv2d(width, 2 * width, 3, 2, 1), Residual(2 * width), Residual(2 * width),
            nn.Conv2d(2 * width, 3 * width, 3, 2, 1), Residual(3 * width),
            nn.BatchNorm2d(3 * width), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        self.say = nn.Linear(3 * width * (SIDE // 16) ** 2, MOVES + forms)
        nn.init.normal_(self.say.weight, std=1e-3)
        nn.init.zeros_(self.say.bias)

    def forward(self, squares: Tensor) -> tuple[Tensor, Tensor]:
        """Squares -> moves (B, 4) and forms (B, K) in deviations."""
        said = self.say(self.look(squares))
        return said[:, :MOVES], said[:, MOVES:]

    @torch.inference_mode()
    def find(
        self, image: np.ndarray, hole: np.ndarray, start: Similarity, shape: FaceShape
    ) -> tuple[Similarity, np.ndarray]:
        """The face in a square that lies about on it.

        image: uint8 (H, W, 3);  hole: bool (H, W);  start: how the photograph lies on the mean face, about
        Returns how it does, and the mesh (468, 3) in photograph pixels.
        """
        square = torch.from_numpy(square_of(image, hole, start, shape))[None]
        moves, form = (each[0].double().numpy() for each in self(square))
        turn = np.exp(moves[2] + 1j * moves[3])
        # model = turn * on_mean + shift  ->  on_mean = (model - shift) / turn
        shift = complex(*moves[:2])
        found = Similarity(start.turn / turn, (start.shift - shift) / turn)
        mesh = found.to_photograph(shape.mesh_of(np.pad(form, (0, len(shape.mesh_deviations) - len(form)))))
        return found, mesh


def square_of(image: np.ndarray, hole: np.ndarray, start: Similarity, shape: FaceShape) -> np.ndarray:
    """The square the network looks at, float32 (4, S, S); what lies beyond the photograph is a hole."""
    middle, unit = complex(*shape.mean_mesh[:, :2].mean(0)), SIDE / REACH
    turn, shift = start.turn * unit, (start.shift - middle) * unit + (SIDE - 1) / 2 * (1 + 1j)
    affine = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    shrink = abs(turn)
    known = (~hole).astype(np.float32)
    layers = np.dstack([image.astype(np.float32) * (known[..., None] / 255), known])
    if shrink < 1:                                             # averaged, so that nothing between pixels is missed
        size = tuple(int(np.ceil(side * shrink)) for side in hole.shape[::-1])
        ratio = np.array(size) / hole.shape[::-1]
        layers = cv2.resize(layers, size, interpolation=cv2.INTER_AREA)
        affine[:, :2] /= ratio
        affine[:, 2] += affine[:, :2] @ (0.5 - 0.5 * ratio)
    taken = cv2.warpAffine(layers, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    known = (taken[..., 3:] > 0.5).astype(np.float32)
    picture = (taken[..., :3] / np.maximum(taken[..., 3:], 0.5) - 0.5) * known
    return np.ascontiguousarray(np.concatenate([picture, 1 - known], 2).transpose(2, 0, 1), np.float32)


def build(**config: int) -> HiddenMesh:
    """The network from its card's config."""
    return HiddenMesh(**config)
