"""The photographs as the generator sees them: 128-pixel pictures in the mesh-normalised frame, with their linear codes.

A linear model knows the photographs it was fitted to better than any other face, so that a generator which learns from
its codes of them would trust them too much. Codes to learn from are therefore read, and coarse pictures drawn, by
linear models fitted to other photographs: `crossed_mixtures`. M pictures, Z components, S side, N numbers in the
160-pixel frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checkpoints.data import TrainingFace, training_faces
from checkpoints.packages import cache_folder
from editors.errors import ModelError
from editors.faces import yaw_of
from editors.frame import vertices_of
from editors.models import Models
from editors.networks.face_shape import AROUND, FaceShape
from editors.networks.linear_drawing import LinearDrawing, smaller

SIZE = 128
FOLDS = 8
MOST_TURNED = 28.0
"""Degrees of yaw up to which photographs teach; the linear model was fitted to the same."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Packed pictures of one split.

    pictures:  uint8 (M, S, S, 3)
    coarse:    float16 (M, S, S, 3) in 0..255, what linear models that never saw the photograph draw of it
    guesses:   float32 (M, Z), their codes of it in terms of the linear model that all share
    numbers:   int (M,) of the photographs
    """

    pictures: np.ndarray
    coarse: np.ndarray
    guesses: np.ndarray
    numbers: np.ndarray

    def to_learn_from(self) -> "Frames":
        """Itself. Raises ModelError if a photograph that only chooses or reports is among them."""
        held = np.unique(self.numbers[self.numbers % 5 == 0])
        if len(held):
            raise ModelError(
                f"{len(held)} photographs are held out ({', '.join(map(str, held[:5]))} ...): "
                'numbers ending in 5 choose, those ending in 0 report. Learn from the split "fit".'
            )
        return self

    def spread(self, count: int) -> "Frames":
        """At most `count` of the pictures, evenly spread."""
        rows = np.unique(np.linspace(0, len(self.numbers) - 1, min(count, len(self.numbers))).astype(int))
        return Frames(self.pictures[rows], self.coarse[rows], self.guesses[rows], self.numbers[rows])


def frames_of(split: str, models: Models) -> Frames:
    """The frames of "fit", "choose" or "report", packed into the cache the first time.

    "fit" holds each photograph also mirrored; the others as they are, at any yaw; the shared model never saw those.
    """
    prints = "".join(models.fingerprint(m)[:6] for m in ("face_shape", "face_landmark", "iris_landmark"))
    kept = cache_folder() / f"frames-{split}-{SIZE}-{AROUND}-crossed-{prints}.npz"
    if not kept.is_file():
        faces = training_faces(split, models, mirror=split == "fit")
        if split == "fit":
            faces = [face for face in faces if abs(yaw_of(face.mesh)) < MOST_TURNED]
        packed = pack(faces, models.get("face_shape"), cross=split == "fit")
        np.savez(kept, **vars(packed))
    with np.load(kept) as arrays:
        return Frames(**arrays)


def pack(faces: Sequence[TrainingFace], shape: FaceShape, cross: bool) -> Frames:
    """Frames of faces; with `cross`, guesses and coarse pictures by models of the other photographs."""
    inside = shape.frame.inside
    rows = np.empty((len(faces), int(inside.sum()) * 3), np.float32)
    pictures = np.empty((len(faces), SIZE, SIZE, 3), np.uint8)
    for i, face in enumerate(faces):
        taken = shape.frame.take(face.image, vertices_of(face.mesh))
        rows[i] = taken[inside].ravel()
        pictures[i] = smaller(taken, SIZE).round().clip(0, 255)
    weight = np.repeat(shape.face_weight, 3)
    components = np.stack([shape.component(k)[inside].ravel() for k in range(len(shape.deviations))])
    mean = shape.draw(np.zeros(1))[inside].ravel()
    seen = (rows - mean) * weight @ components.T                                          # all of `face_code` at once
    codes = np.linalg.solve(shape.face_matrix, seen.T).T.astype(np.float32)
    numbers = np.array([face.number for face in faces])
    if cross:
        mixtures = crossed_mixtures(rows, weight, numbers, codes.shape[1])
        codes, coarse = mixtures @ codes, mixtures @ pictures.reshape(len(faces), -1).astype(np.float32)
    else:
        drawing = LinearDrawing(shape, SIZE)
        coarse = np.concatenate([_drawn(drawing, some) for some in np.array_split(codes, max(len(codes) // 50, 1))])
    return Frames(pictures, coarse.reshape(pictures.shape).astype(np.float16), codes, numbers)


def _drawn(drawing: LinearDrawing, codes: np.ndarray) -> np.ndarray:
    """What the shared model draws of codes (B, Z): float32 (B, S, S, 3) in 0..255."""
    return ((drawing(torch.from_numpy(codes)) + 1) * 127.5).permute(0, 2, 3, 1).numpy()


def crossed_mixtures(
    rows: np.ndarray, weight: np.ndarray, numbers: np.ndarray, count: int, folds: int = FOLDS
) -> np.ndarray:
    """How linear models, each fitted without a share of the photographs, mix the others to draw these: float32 (M, M).

    Each row sums to 1, so that it draws pictures of any size, and codes of any model that is affine in them.

    rows:     float32 (M, N) pictures
    weight:   (N,) 1 / variance of each number's noise, as the reading of a code weighs it
    numbers:  (M,) photographs, so that one and its mirror image are left out together
    count:    components of each model

    A model's components are mixtures of its rows, so that products of rows with rows are all that is needed.
    """
    centred = rows - rows.mean(0)
    plain = (centred @ centred.T).astype(np.float64)                                      # (M, M)
    weighted = (centred * weight @ centred.T).astype(np.float64)
    fold = np.unique(numbers, return_inverse=True)[1] % folds
    crossed = np.zeros_like(plain)
    for left_out in range(folds):
        out, used = np.flatnonzero(fold == left_out), np.flatnonzero(fold != left_out)
        vectors = np.linalg.eigh(about_mean(plain, used, used))[1]
        most = min(count, len(used) - 1)
        mixtures = vectors[:, -most:] / np.sqrt(len(used))                                # of one deviation each
        seen = about_mean(weighted, out, used) @ mixtures                                 # (out, Z)
        matrix = mixtures.T @ about_mean(weighted, used, used) @ mixtures + np.eye(most)
        shares = np.linalg.solve(matrix, seen.T).T @ mixtures.T                           # (out, used)
        crossed[np.ix_(out, used)] = shares + (1 - shares.sum(1, keepdims=True)) / len(used)
    return crossed.astype(np.float32)


def about_mean(products: np.ndarray, some: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Products of some rows with those used, (some, used), after the mean of those used is taken from all."""
    middle = products[np.ix_(used, used)].mean(0)
    across = products[np.ix_(some, used)]
    return across - across.mean(1, keepdims=True) - middle + middle.mean()


def to_pictures(pictures: Tensor) -> Tensor:
    """uint8 (B, S, S, 3) -> float32 (B, 3, S, S), -1 to 1, channels last in memory."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
