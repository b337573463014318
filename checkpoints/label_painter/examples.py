"""Heads that the painter of labels learns from: pictures, labels and where the linear model's face lies in them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checkpoints.data import TrainingFace, training_faces
from editors.crops import inverse, sample
from editors.errors import EditError
from editors.frame import vertices_of
from editors.head_style import LOOK
from editors.models import Models
from editors.networks.face_shape import FaceShape
from editors.networks.label_painter import SIZE
from editors.parsing import find_label_crop
from editors.semantic.drawn import KIND_OF, labels_in, places_in_frame, square_of
from editors.semantic.imagine import fit_mesh


@dataclass(frozen=True, eq=False)
class Heads:
    """Photographs in the painter's square, in bytes where that is enough: (N, ...) each.

    The mesh is fitted to the labels, as it is where nothing but labels is there; a look is drawn with few components,
    so that there is something to add to it.
    """

    pictures: Tensor  # uint8 (N, 3, S, S)
    kinds: Tensor     # uint8 (N, S, S)
    seen: Tensor      # bool (N, S, S), within the photograph
    places: Tensor    # float16 (N, 2, S, S), pixels of the linear model's frame; -1 outside it
    looks: Tensor     # uint8 (N, 3, F, F), the face as the linear model draws it in its frame
    codes: Tensor     # float32 (N, P), the same as numbers


def heads(split: str, models: Models) -> Heads:
    """The photographs of a split whose eyes are both labelled."""
    shape, found = models.get("face_shape"), []
    for face in training_faces(split, models, mirror=False):
        try:
            found.append(_head(face, shape, models))
        except EditError:
            continue
    return Heads(*(torch.from_numpy(np.stack(column)) for column in zip(*found, strict=True)))


def _head(face: TrainingFace, shape: FaceShape, models: Models) -> tuple[np.ndarray, ...]:
    labels, to_crop = find_label_crop(face.image, face.mesh, models)
    to_labels = square_of(labels)
    to_photograph = inverse(to_crop) @ np.vstack([to_labels, [0, 0, 1]])
    picture = sample(face.image, to_photograph, (SIZE, SIZE))
    seen = sample(np.ones(face.image.shape[:2], np.uint8), to_photograph, (SIZE, SIZE)) > 0
    mesh = fit_mesh(labels[::2, ::2], shape)
    mesh[:, :2] = mesh[:, :2] * 2 + 0.5
    places = places_in_frame(mesh, to_labels, shape)
    code = shape.code(shape.frame.take(face.image, vertices_of(face.mesh)), LOOK).astype(np.float32)
    look = np.round(shape.draw(code).clip(0, 255)).astype(np.uint8)
    return (picture.transpose(2, 0, 1), KIND_OF[labels_in(labels, to_labels)], seen,
            places.transpose(2, 0, 1).astype(np.float16), look.transpose(2, 0, 1), code)
