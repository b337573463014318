"""Draw `samples.png`: holes in the example portrait, and the face found by what is around each of them.

    python -m checkpoints.hidden_mesh.samples
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from checkpoints.data import ASTRONAUT, TrainingFace
from checkpoints.hidden_mesh.quality import HOLES, hole_of
from editors.blend import without_hole
from editors.faces import mesh_of
from editors.images import open_photo
from editors.mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, NOSE, OVAL, RIGHT_BROW, RIGHT_EYE
from editors.models import Models
from editors.portrait import Portrait
from editors.sketch.found_face import place
from editors.sketch.paint import Drawing

HERE = Path(__file__).parent
PARTS = (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, NOSE, LIPS_OUTER, OVAL)
FOUND, TRUE = (255, 64, 48), (96, 208, 96)


def sheet(models: Models) -> np.ndarray:
    """A picture a hole, side by side: the face found there in red, and where it was in green."""
    portrait = Portrait(open_photo(ASTRONAUT).pixels)
    mesh, pictures = mesh_of(portrait, models), []
    (left, top), (right, bottom) = mesh[:, :2].min(0).astype(int) - 50, mesh[:, :2].max(0).astype(int) + 50
    for name in HOLES:
        hole = hole_of(TrainingFace(0, False, portrait.image, mesh), name)
        picture = np.where(hole[..., None], 90, portrait.image).astype(np.uint8)
        drawing = Drawing(hole, np.zeros(hole.shape, np.float32), np.zeros((*hole.shape, 4), np.uint8))
        found = place(without_hole(portrait.image, hole), drawing, models, 0)
        for each, colour in ((mesh, TRUE), (found, FOUND)):
            for part in PARTS if each is not None else ():
                corners = np.round(each[list(part), :2] * 16).astype(np.int32)
                cv2.polylines(picture, [corners], True, colour, 1, cv2.LINE_AA, 4)
        pictures.append(picture[max(0, top) : bottom, left:right])
    return np.hstack(pictures)


if __name__ == "__main__":
    Image.fromarray(sheet(Models())).save(HERE / "samples.png", optimize=True)
