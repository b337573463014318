"""The most likely face around a hole, in closed form: a mean and components with unit Gaussian weights.

What is known of a picture, strokes of colour and the form that lines give a face make the weights a Gaussian again. It
works in the frame of `face_shape`; S is its side, P its components. Photographs under the hole play no part.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from .mesh_points import OVAL
from .networks.face_shape import FaceShape
from .networks.linear_drawing import face_inside
from .networks.sketch_painter import Sketch

PIXEL_NOISE, COLOUR_NOISE = (0.15, 3.0), 0.3
"""Deviation of a known pixel, beside a hole and from AWAY on, and of a stroke, in 0..1: larger than they miss by, for
neighbours err alike. What lies near a hole tells most of it. Chosen on photographs that are kept for choosing."""
AWAY, AROUND = 20.0, 4.0
"""Pixels of the frame; by how much more of a face in a hole is doubted what lies around: hair, clothes, walls."""
THINNED = ((20, 3), (8, 2))
"""From so many pixels of a hole on, one in so many is looked at, down and across: neighbours say alike."""
VARIETY = 0.5
"""Share of the model's own deviation by which fillings of other seeds differ from the most likely one."""
NEAR = 0.45
"""How far a variant lies from the filling it varies, where two seeds lie the square root of 2 apart."""
MIRRORED, EDGE = 0.65, 0.04
"""How much of what the model misses is taken over from the other half of a face, and how steep an edge of that half is
to be like a drawn line."""
REACH = 1.5
"""Pixels over which what the model misses at the border of a hole goes on inside."""


@dataclass(frozen=True, eq=False)
class Likely:
    """The weights of the components as a Gaussian: their mean (P,), and the lower Cholesky factor of its precision."""

    mean: np.ndarray
    factor: np.ndarray

    def draw(self, seed: int, variant: int = 0) -> np.ndarray:
        """Weights (P,): the mean for seed 0, others around it for each other seed, and variants near each of them."""
        chance = self._chance(seed)
        if variant:
            chance = np.sqrt(1 - NEAR**2) * chance + NEAR * self._chance(variant)
        return self.mean + VARIETY * np.linalg.solve(self.factor.T, chance) if seed or variant else self.mean

    def _chance(self, seed: int) -> np.ndarray:
        """Standard normal numbers (P,), none for seed 0."""
        if not seed:
            return np.zeros(len(self.mean), np.float32)
        return torch.randn(len(self.mean), generator=torch.Generator().manual_seed(seed)).numpy()


def likely_face(shape: FaceShape, sketch: Sketch, told: tuple[np.ndarray, np.ndarray] | None = None) -> Likely:
    """Which faces the picture around the hole may belong to.

    told: what else is known, added to the precision of the weights (P, P) and to their pull (P,): see `Form.tells`
    """
    inside = shape.frame.inside
    picture, colours = (layer.permute(1, 2, 0).numpy()[inside] for layer in (sketch.picture, sketch.colours))
    hole = sketch.hole[0].numpy() > 0
    trust = np.where(hole[inside], colours[:, 3] / (255 * COLOUR_NOISE) ** 2, trust_of(shape, hole)[inside])   # (N,)
    seen = 255 * np.where(hole[inside][:, None], colours[:, :3], picture)
    pull = shape.pull(seen, trust)
    rows = shape.rows(trust > 0)                                                     # (P, 3 * pixels)
    precision = (rows * np.repeat(trust[trust > 0], 3).astype(np.float32)) @ rows.T
    precision = precision.astype(np.float64) + np.eye(len(precision))
    if told is not None:
        precision, pull = precision + told[0], pull + told[1]
    factor = np.linalg.cholesky(precision)
    return Likely(np.linalg.solve(precision, pull), factor)


def trust_of(shape: FaceShape, hole: np.ndarray) -> np.ndarray:
    """How much each pixel around a hole, bool (S, S), is believed: 1 / variance in levels of 255, float32 (S, S).

    A pixel that is looked at for several counts as often.
    """
    face = face_inside(shape, len(hole))
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5) if hole.any() else np.zeros(hole.shape)
    near, far = PIXEL_NOISE
    doubt = near * (far / near) ** (away / AWAY).clip(0, 1)
    doubt[~face] *= AROUND ** float(face[hole].mean() if hole.any() else 1)
    every = np.select([away >= least for least, _ in THINNED], [every for _, every in THINNED], 1)
    rows, columns = np.indices(hole.shape)
    looked_at = (rows % every == 0) & (columns % every == 0) & ~hole
    return (looked_at * every**2 / (255 * doubt) ** 2).astype(np.float32)


def filled(shape: FaceShape, sketch: Sketch, weights: np.ndarray) -> torch.Tensor:
    """The face (3, S, S) that these weights draw, with what the components cannot tell.

    That is taken from the photograph: at the border of the hole from beside it, in the face from its other half.
    """
    picture, hole = sketch.picture.permute(1, 2, 0).numpy(), sketch.hole[0].numpy()
    drawn = shape.draw(weights) / np.float32(255)
    known = ((1 - hole) * shape.frame.inside).astype(np.float32)
    missed = (picture - drawn) * known[..., None]                                    # (S, S, 3)
    spread = cv2.GaussianBlur(np.dstack([missed, known]), (0, 0), REACH, borderType=cv2.BORDER_CONSTANT)
    drawn += spread[..., :3] / (spread[..., 3:] + np.float32(0.02))
    drawn += (MIRRORED * mirrored(shape, sketch))[..., None] * missed[:, ::-1]
    return torch.from_numpy(np.ascontiguousarray(drawn.transpose(2, 0, 1)))


def mirrored(shape: FaceShape, sketch: Sketch) -> np.ndarray:
    """How far the other half of the face tells what is in the hole, float32 (S, S) in 0..1.

    It does where it is seen and in the oval, except around lines that show something else.
    """
    frame, hole, lines = shape.frame, sketch.hole[0].numpy(), sketch.lines[0].numpy()
    oval = np.rint(frame.mean[list(OVAL)] * frame.size - 0.5).astype(np.int32)
    face = cv2.erode(cv2.fillConvexPoly(np.zeros(hole.shape, np.float32), oval, 1), np.ones((9, 9)))
    across = cv2.erode(np.ascontiguousarray((1 - hole)[:, ::-1]), np.ones((3, 3))) * hole * face
    share = cv2.GaussianBlur(across, (0, 0), 2.0) * hole
    if lines.any():
        grey = np.ascontiguousarray(sketch.picture.mean(0).numpy()[:, ::-1])
        slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 4
        alike = (cv2.dilate(slope, np.ones((5, 5))) / np.float32(EDGE)).clip(0, 1)
        around = [cv2.GaussianBlur(layer, (0, 0), 5.0) for layer in (lines * alike, lines)]
        share *= (around[0] + np.float32(0.003)) / (around[1] + np.float32(0.003))
    return share
