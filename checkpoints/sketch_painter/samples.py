"""Draw the sheet beside the weights: `python -m checkpoints.sketch_painter.samples`.

Rows: mouth, both eyes, half of the face, hair. Columns: hole and lines; filled by seeds 0 and 1; without lines; the
photograph (NASA, public domain).
"""

from pathlib import Path

import cv2
import numpy as np

from checkpoints.data import TrainingFace
from checkpoints.sketch_painter.quality import hole_over
from editors.faces import find_faces, mesh_of
from editors.images import save_photo
from editors.models import CHECKPOINTS, Models
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill

ASTRONAUT = CHECKPOINTS.parent / "examples" / "portraits" / "astronaut.png"
PARTS = ("mouth", "both eyes", "half a face", "hair")
SHOWN = (slice(10, 250), slice(110, 350))


def sheet(models: Models) -> np.ndarray:
    """All rows and columns, uint8 (H, W, 3)."""
    portrait, rows = Portrait.open(str(ASTRONAUT)), []
    face = TrainingFace(1, False, portrait.image, np.asarray(mesh_of(portrait, models)))
    found = lines_of(portrait.image, "xdog", 0.5, models, find_faces(portrait.image, models))
    for part in PARTS:
        hole = cv2.dilate(hole_over(face, part), np.ones((5, 5), np.uint8))
        lines = found * (hole > 0)
        asked = np.where((hole > 0)[..., None], lines[..., None], portrait.image)
        steps = [SketchFill(hole=hole, lines=lines, seed=seed) for seed in (0, 1)] + [SketchFill(hole=hole)]
        pictures = [asked, *(step.apply(portrait, models).image for step in steps), portrait.image]
        rows.append(np.hstack([picture[SHOWN] for picture in pictures]))
    return np.vstack(rows)


if __name__ == "__main__":
    save_photo(Path(__file__).with_name("samples.png"), sheet(Models()))
