"""Draw `samples.png`, from the model alone: `python -m checkpoints.face_shape.samples`.

First row: the mean face, and faces drawn at random from the 60 strongest components. Then the first four components,
two standard deviations either way.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from editors.models import Models
from editors.networks.face_shape import FaceShape

COLUMNS, STRONGEST, SCALE = 6, 60, 0.7


def sheet(shape: FaceShape) -> np.ndarray:
    """The samples as one picture, uint8 (3 * S, COLUMNS * S, 3)."""
    random = np.random.default_rng(0).normal(size=(COLUMNS - 1, STRONGEST)) * SCALE
    axes = [np.eye(4)[index] * amount for index in range(4) for amount in (-2.0, 0.0, 2.0)]
    faces = [shape.draw(code) for code in (np.zeros(1), *random, *axes)]
    faces = [np.where(shape.frame.inside[..., None], face, 255) for face in faces]
    rows = [np.hstack(faces[start : start + COLUMNS]) for start in range(0, len(faces), COLUMNS)]
    return np.vstack(rows).clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    Image.fromarray(sheet(Models().get("face_shape"))).save(Path(__file__).with_name("samples.png"), optimize=True)
