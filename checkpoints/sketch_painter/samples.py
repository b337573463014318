"""Draw the sheet beside the weights: `python -m checkpoints.sketch_painter.samples`.

Rows: mouth, both eyes, half of the face, hair; long hair and a fringe drawn as strands, glasses. Columns: hole and
lines; filled by seeds 0 and 1; without lines; the photograph (NASA, public domain).
"""

from pathlib import Path

import cv2
import numpy as np

from checkpoints.data import ASTRONAUT, TrainingFace
from checkpoints.sketch_painter.quality import hole_over
from editors.faces import eye_distance, find_faces, mesh_of
from editors.images import save_photo
from editors.mesh_points import FOREHEAD, LEFT_EYE, RIGHT_EYE
from editors.models import Models
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill

PARTS = ("mouth", "both eyes", "half a face", "hair")
SHOWN = (slice(10, 250), slice(110, 350))
RIGHT_EAR, LEFT_EAR = 234, 454
"""Points of the mesh beside the ears."""


def strands(face: TrainingFace) -> tuple[np.ndarray, np.ndarray]:
    """A hole and lines, uint8 (H, W): waves down both sides of a face, and a fringe."""
    hole, lines = np.zeros(face.image.shape[:2], np.uint8), np.zeros(face.image.shape[:2], np.uint8)
    down, eyes = np.linspace(0, 1, 40), eye_distance(face.mesh)
    for side, ear in ((-1, RIGHT_EAR), (1, LEFT_EAR)):
        x, y = face.mesh[ear, :2]
        _line(hole, np.array([[x + side * 0.45 * eyes, y], [x + side * 0.5 * eyes, y + 2 * eyes]]), round(1.1 * eyes))
        for apart in (0.15, 0.4, 0.65):
            wave = x + side * (apart + 0.1 * down) * eyes + 0.06 * eyes * np.sin(14 * down + 9 * apart)
            _line(lines, np.stack([wave, y - 0.3 * eyes + 2.2 * eyes * down], 1))
    x, y = face.mesh[FOREHEAD, :2]
    _line(hole, np.array([[x - 0.8 * eyes, y], [x + 0.8 * eyes, y]]), round(0.8 * eyes))
    for across in np.linspace(-0.8, 0.8, 10):
        _line(lines, np.array([[x + across * eyes, y - 0.25 * eyes], [x + 1.05 * across * eyes, y + 0.3 * eyes]]))
    return hole, lines * (hole > 0)


def glasses(face: TrainingFace) -> tuple[np.ndarray, np.ndarray]:
    """A hole and lines, uint8 (H, W): glasses that are joined over the nose."""
    hole, lines = np.zeros(face.image.shape[:2], np.uint8), np.zeros(face.image.shape[:2], np.uint8)
    right, left = (face.mesh[list(eye), :2].mean(0) for eye in (RIGHT_EYE, LEFT_EYE))
    across, eyes, turn = left - right, eye_distance(face.mesh), np.linspace(0, 2 * np.pi, 60)
    for eye in (right, left):
        rim = eye + eyes * np.stack([0.41 * np.cos(turn), 0.34 * np.sin(turn)], 1)
        _line(lines, rim)
        _line(hole, rim, round(0.3 * eyes))
    _line(lines, np.array([right + 0.4 * across, left - 0.4 * across]))
    _line(hole, np.array([right + 0.4 * across, left - 0.4 * across]), round(0.3 * eyes))
    return hole, lines


def _line(picture: np.ndarray, points: np.ndarray, wide: int = 2) -> None:
    cv2.polylines(picture, [np.round(points * 16).astype(np.int32)], False, 255, wide, cv2.LINE_AA, 4)


def sheet(models: Models) -> np.ndarray:
    """All rows and columns, uint8 (H, W, 3)."""
    portrait, rows = Portrait.open(str(ASTRONAUT)), []
    face = TrainingFace(1, False, portrait.image, np.asarray(mesh_of(portrait, models)))
    found = lines_of(portrait.image, "xdog", 0.5, models, find_faces(portrait.image, models))
    holes = [cv2.dilate(hole_over(face, part), np.ones((5, 5), np.uint8)) for part in PARTS]
    for hole, lines in (*((hole, found * (hole > 0)) for hole in holes), strands(face), glasses(face)):
        asked = np.where((hole > 0)[..., None], lines[..., None], portrait.image)
        steps = [SketchFill(hole=hole, lines=lines, seed=seed) for seed in (0, 1)] + [SketchFill(hole=hole)]
        pictures = [asked, *(step.apply(portrait, models).image for step in steps), portrait.image]
        rows.append(np.hstack([picture[SHOWN] for picture in pictures]))
    return np.vstack(rows)


if __name__ == "__main__":
    save_photo(Path(__file__).with_name("samples.png"), sheet(Models()))
