"""Train the network that says where a face under a hole lies.

    python -m checkpoints.hidden_mesh.train --device cpu --batch 32 --seconds 3600 [--resume]
    python -m checkpoints.hidden_mesh.train --device cuda --batch 128 --seconds 500
    python -m checkpoints.hidden_mesh.finish        # keeps the averaged weights
    python -m checkpoints.hidden_mesh.quality       # the table of its card

Holes over parts of photographs whose whole mesh is known, looked at in squares that lie about on the face. State and
log lie in training/hidden_mesh beside the cached packages.
"""

import sys
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from checkpoints.data import TrainingFace, training_faces
from checkpoints.sketch_painter.examples import strokes
from checkpoints.training import Plan, Training, read_plan, run, training_folder
from editors.errors import ModelError
from editors.mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, NOSE, OVAL, RIGHT_BROW, RIGHT_EYE
from editors.models import Models
from editors.networks.face_shape import FaceShape, Similarity
from editors.networks.hidden_mesh import HiddenMesh, square_of

PARTS = (
    LIPS_OUTER, NOSE, RIGHT_EYE, LEFT_EYE, RIGHT_EYE + LEFT_EYE, RIGHT_EYE + RIGHT_BROW,
    RIGHT_EYE + LEFT_EYE + RIGHT_BROW + LEFT_BROW, LIPS_OUTER + NOSE, NOSE + RIGHT_EYE + LEFT_EYE, OVAL,
)  # fmt: skip
"""Points whose hull a hole covers."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Sizes, chances and weights.

    off:   how far a square lies beside the face: deviations of shift in eye distances, logarithm of the scale,
           turn in radians;  far: the same, where nearly all of the face is hidden
    seen:  what points beside the hole weigh, where one in it weighs 1
    """

    width: int = 32
    forms: int = 30
    rate: float = 1e-3
    slower_after: float = 60_000
    off: tuple[float, float, float] = (0.08, 0.08, 0.06)
    far: tuple[float, float, float] = (0.25, 0.22, 0.15)
    seen: float = 0.3
    decay: float = 1e-4


def hole_over(mesh: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """A hole over a part of a face, bool (H, W), and whether next to nothing of the face is left."""
    hole, eye = np.zeros(size, np.uint8), float(np.linalg.norm(mesh[33, :2] - mesh[263, :2]))
    way = rng.random()
    if way < 0.15:
        strokes(hole, rng)
    elif way < 0.3:
        middle = mesh[rng.integers(len(mesh)), :2]
        axes = tuple(float(a) for a in rng.uniform(0.3, 2.4, 2) * eye)
        cv2.ellipse(hole, (tuple(float(v) for v in middle), axes, float(rng.uniform(0, 180))), 1, -1)
    else:
        far = rng.random() < 0.25
        points = mesh[list(OVAL if far else PARTS[rng.integers(len(PARTS))]), :2]
        middle = points.mean(0)
        points = middle + (points - middle) * rng.uniform(0.85, 1.25, 2) + rng.normal(0, 0.04 * eye, 2)
        hull = cv2.convexHull(points.astype(np.float32))
        cv2.fillConvexPoly(hole, np.round(hull).astype(np.int32), 1)
        grow = max(1, round(eye * rng.uniform(0, 0.3))) | 1
        hole = cv2.dilate(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow)))
    at = np.round(mesh[:, :2]).astype(int).clip(0, np.array(size[::-1]) - 1)
    return hole > 0, bool((hole[at[:, 1], at[:, 0]] > 0).mean() > 0.8)


def coloured(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photograph uint8 (H, W, 3) in another light, sometimes grey or blurred."""
    if rng.random() < 0.3:
        small = rng.uniform(0.35, 1)
        size = tuple(max(8, round(side * small)) for side in picture.shape[1::-1])
        picture = cv2.resize(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), picture.shape[1::-1])
    change = rng.uniform(0.75, 1.25) * rng.uniform(0.92, 1.08, 3)
    picture = (picture.astype(np.float32) - 128) * change + 128 + rng.uniform(-30, 30)
    if rng.random() < 0.1:
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    return picture.clip(0, 255).astype(np.uint8)


class Lesson:
    """Photographs with their meshes, and what is learned from a batch of them."""

    def __init__(self, faces: list[TrainingFace], shape: FaceShape, recipe: Recipe, plan: Plan):
        self.faces, self.shape, self.recipe, self.device = faces, shape, recipe, plan.device
        basis = (shape.mesh_components * shape.mesh_deviations[:, None]).reshape(-1, *shape.mean_mesh.shape)
        self.basis = torch.from_numpy(basis[: recipe.forms]).float().to(plan.device)            # (K, 468, 3)
        self.mean = torch.from_numpy(shape.mean_mesh).float().to(plan.device)

    def begin(self, seed: int = 0) -> Training:
        """A new network, which leaves every square where it is."""
        torch.manual_seed(seed)
        network = HiddenMesh(self.recipe.width, self.recipe.forms).to(self.device, memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.recipe.rate, weight_decay=self.recipe.decay)
        chance = torch.Generator().manual_seed(seed)
        return Training({"hidden_mesh": network}, {"hidden_mesh": optimiser}, ("hidden_mesh",), {}, chance=chance)

    def example(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A square (4, S, S), the true mesh where it lies in it (468, 3) and weights of its points (468,)."""
        face, recipe = self.faces[rng.integers(len(self.faces))], self.recipe
        mesh = face.mesh[: len(self.shape.mean_mesh)].astype(np.float64)
        hole, far = hole_over(mesh, face.image.shape[:2], rng)
        away, scale, turn = recipe.far if far else recipe.off
        move = np.exp(rng.normal(0, scale) + 1j * rng.normal(0, turn))
        on_mean = self.shape.similarity(mesh)
        start = Similarity(on_mean.turn * move, on_mean.shift * move + complex(*rng.normal(0, away, 2)))
        hidden = hole[tuple(np.round(mesh[:, 1::-1]).astype(int).clip(0, np.array(hole.shape) - 1).T)]
        square = square_of(coloured(face.image, rng), hole, start, self.shape)
        placed = start.to_model(mesh)
        placed[:, 2] -= placed[:, 2].mean() - self.shape.mean_mesh[:, 2].mean()
        return square, placed, np.where(hidden, 1, recipe.seen)

    def points(self, moves: Tensor, forms: Tensor) -> Tensor:
        """Moves (B, 4) and forms (B, K) -> the mesh where it lies in the square, model units (B, 468, 3)."""
        mesh = self.mean + torch.einsum("bk,kvc->bvc", forms, self.basis)
        size = moves[:, 2].exp()
        cos, sin = (size * moves[:, 3].cos())[:, None], (size * moves[:, 3].sin())[:, None]
        x, y, z = mesh.unbind(2)
        return torch.stack([cos * x - sin * y + moves[:, :1], sin * x + cos * y + moves[:, 1:2], size[:, None] * z], 2)

    def step(self, training: Training, plan: Plan) -> dict[str, Tensor]:
        """One batch: where is the face?"""
        rng = training.dice()
        columns = zip(*(self.example(rng) for _ in range(plan.batch)), strict=True)
        squares, meshes, weights = (torch.from_numpy(np.stack(c)).float().to(plan.device) for c in columns)
        squares = squares.contiguous(memory_format=torch.channels_last)
        with torch.autocast(plan.device, plan.dtype, enabled=plan.dtype != torch.float32):
            moves, forms = training.networks["hidden_mesh"](squares)
        apart = self.points(moves.float(), forms.float()) - meshes
        distance = (apart.square().sum(2) + 1e-5).sqrt()                                      # (B, 468)
        losses = {
            "distance": (distance * weights).sum() / weights.sum(),
            "form": forms.float().square().mean(),
        }
        rate = self.recipe.rate / (1 + training.samples / self.recipe.slower_after) ** 0.7
        training.learn("hidden_mesh", losses["distance"] + 1e-3 * losses["form"], rate)
        return losses


def main(arguments: list[str]) -> None:
    """Train on the photographs that fit."""
    plan, given = read_plan("checkpoints.hidden_mesh.train", arguments)
    models = Models()
    lesson = Lesson(training_faces("fit", models), models.get("face_shape"), Recipe(), plan)
    run(lesson.begin(given.seed), plan, lesson.step, training_folder("hidden_mesh"))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ModelError as error:
        sys.exit(str(error))
