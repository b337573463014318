"""The linear model's picture as one matrix product, with gradients: the coarse picture that `face_generator` adds to.

P components, S side of the pictures (the generator's), B batch.
"""

from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from ..mesh_points import OVAL
from .face_shape import AROUND, FaceShape


def smaller(picture: np.ndarray, size: int) -> np.ndarray:
    """A frame picture (H, H) or (H, H, 3) at another size, averaged by area, in the same range."""
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)


def face_inside(shape: FaceShape, size: int) -> np.ndarray:
    """Bool (size, size): inside the mean face's oval."""
    oval = np.rint(shape.frame.mean[list(OVAL)] * size - 0.5).astype(np.int32)
    return cv2.fillConvexPoly(np.zeros((size, size), np.uint8), oval, 1).astype(bool)


class LinearDrawing(nn.Module):
    """Draws codes of the linear model at the generator's size; made once, it serves every face.

    Its buffers `inside` (1 within the rings) and `weight` (sums to 1) say where pixels count, and how much.
    """

    def __init__(self, shape: FaceShape, size: int):
        super().__init__()
        mean = smaller(shape.draw(np.zeros(1)), size).transpose(2, 0, 1)
        drawn = [smaller(shape.component(k), size).transpose(2, 0, 1) for k in range(len(shape.deviations))]
        inside = smaller(shape.frame.inside.astype(np.float32), size) == 1
        weight = np.where(face_inside(shape, size), 1, AROUND) * inside
        self.register_buffer("components", torch.from_numpy(np.stack(drawn) / 127.5).flatten(1))  # (P, 3*S*S)
        self.register_buffer("mean", torch.from_numpy(mean / 127.5 - 1))                          # (3, S, S)
        self.register_buffer("inside", torch.from_numpy(inside).float())                          # (S, S)
        self.register_buffer("weight", torch.from_numpy(weight / weight.sum()).float())           # (S, S)

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (B, up to P) in standard deviations -> pictures (B, 3, S, S), about -1 to 1, not clipped."""
        return self.mean + (codes @ self.components[: codes.shape[1]]).unflatten(1, self.mean.shape)

    def read(self, difference: Tensor, count: int) -> Tensor:
        """A difference of pictures (B, 3, S, S) -> deviations by which it moves the first components, (B, count)."""
        rows = self.components[:count]
        return difference.flatten(1) @ rows.T / rows.square().sum(1)

    def complete(
        self, generator: nn.Module, latents: Tensor, dtype: torch.dtype | None = None, coarse: Tensor | None = None
    ) -> Tensor:
        """What a generator draws on top: latents (B, P) -> pictures (B, 3, S, S), the coarse ones outside the rings.

        Every layer takes the latent as its style. `dtype` is that of the generator's activations; `coarse` stands in
        for the linear model's picture.
        """
        coarse = self(latents) if coarse is None else coarse
        drawn = generator.draw(generator.codes(latents), coarse=coarse, dtype=dtype)
        return torch.lerp(coarse, drawn, self.inside)


@lru_cache(maxsize=1)
def drawing_of(shape: FaceShape, size: int) -> LinearDrawing:
    """The drawing of a linear model at a size; its half second is spent once."""
    return LinearDrawing(shape, size)
