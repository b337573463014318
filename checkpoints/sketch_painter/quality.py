"""What fillings are worth on photographs that the painter never saw: the tables of its card.

`python -m checkpoints.sketch_painter.quality [--choose] [--photographs N]`

Each hole takes a part of a face away; lines are XDoG's of the original, in the hole only. Everything runs as it does
for a person: through the step, with the face found beside the hole. PSNR is that of the hole's pixels; perceptual
distance is the judges', on the face's square. `linear` fills without the network.
"""

import argparse
from collections.abc import Callable

import cv2
import numpy as np
import torch

from checkpoints.data import TrainingFace, training_faces
from checkpoints.judges import Judges
from editors.command import table
from editors.mesh_points import LEFT_EYE, LIPS_OUTER, NOSE, OVAL, RIGHT_BROW, RIGHT_EYE
from editors.models import Models
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill

PARTS: dict[str, tuple[tuple[int, ...], int]] = {
    "mouth": (LIPS_OUTER, 11), "one eye": (RIGHT_EYE + RIGHT_BROW, 9), "both eyes": (RIGHT_EYE + LEFT_EYE, 13),
    "nose": (NOSE, 7), "half a face": (OVAL, 3),
}  # fmt: skip
"""Points of the mesh whose hull a hole covers, and how wide it is grown, in pixels of these photographs."""


class Closed:
    """The models, with a painter whose network adds nothing."""

    def __init__(self, models: Models):
        self.models, self.painter = models, Models().get("sketch_painter")
        torch.nn.init.zeros_(self.painter.refiner.leave.weight)
        torch.nn.init.zeros_(self.painter.refiner.leave.bias)

    def get(self, model_id: str) -> object:
        """As Models.get."""
        return self.painter if model_id == "sketch_painter" else self.models.get(model_id)


def hole_over(face: TrainingFace, part: str) -> np.ndarray:
    """The hole that takes a part away, uint8 (H, W)."""
    points, grown = PARTS[part]
    hull = cv2.convexHull(np.round(face.mesh[list(points), :2]).astype(np.int32))
    hole = cv2.dilate(cv2.fillConvexPoly(np.zeros(face.image.shape[:2], np.uint8), hull, 255), np.ones((grown, grown)))
    if part == "half a face":
        hole[:, : round(float(face.mesh[4, 0]))] = 0
    return hole


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Decibels over the pixels where bool (H, W) is True."""
    return float(10 * np.log10(255**2 / np.square(a[where].astype(float) - b[where]).mean()))


def followed(image: np.ndarray, lines: np.ndarray) -> float:
    """Share of line pixels with an edge of the picture within two pixels."""
    edges = cv2.Canny(cv2.GaussianBlur(image, (0, 0), 0.8), 30, 75, L2gradient=True)
    return float((cv2.dilate(edges, np.ones((5, 5))) > 0)[lines > 127].mean())


def seam(image: np.ndarray, hole: np.ndarray) -> float:
    """Mean step of brightness across the hole's border."""
    grey, inside = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float), hole > 0
    across = [np.abs(np.diff(grey, axis=axis))[np.diff(inside.astype(int), axis=axis) != 0] for axis in (0, 1)]
    return float(np.concatenate(across).mean())


Way = Callable[[Portrait, np.ndarray, np.ndarray], np.ndarray]


def ways(models: Models) -> dict[str, Way]:
    """How a hole may be filled: portrait, hole and lines -> picture."""
    closed = Closed(models)

    def step(known: object, with_lines: bool) -> Way:
        def fill(portrait: Portrait, hole: np.ndarray, lines: np.ndarray) -> np.ndarray:
            return SketchFill(hole=hole, lines=lines if with_lines else None).apply(portrait, known).image
        return fill

    def opencv(method: int) -> Way:
        return lambda portrait, hole, lines: cv2.inpaint(portrait.image, hole, 3, method)

    return {
        "Telea": opencv(cv2.INPAINT_TELEA), "Navier-Stokes": opencv(cv2.INPAINT_NS), "linear": step(closed, False),
        "linear, lines": step(closed, True), "ours, no lines": step(models, False), "ours": step(models, True),
    }  # fmt: skip


def spread(faces: list[TrainingFace], count: int) -> list[TrainingFace]:
    """At most `count` faces, evenly over all."""
    return [faces[k] for k in np.linspace(0, len(faces) - 1, min(count, len(faces))).round().astype(int)]


def measure(split: str, count: int, models: Models) -> dict[tuple[str, str], np.ndarray]:
    """(part, way) -> rows of PSNR, perceptual distance, lines followed and seam over that of the original."""
    judges, filled = Judges(), ways(models)
    faces, rows = spread(training_faces(split, models, mirror=False), count), {}
    for face in faces:
        lines = lines_of(face.image, "xdog", 0.5, models)
        x0, y0 = np.maximum(face.mesh[:468, :2].min(0).astype(int) - 8, 0)
        x1, y1 = face.mesh[:468, :2].max(0).astype(int) + 8
        for part in PARTS:
            hole = hole_over(face, part)
            drawn = np.where(hole > 0, lines, 0)
            for name, way in filled.items():
                result = way(Portrait(face.image), hole, drawn)
                square = [np.ascontiguousarray(picture[y0:y1, x0:x1]) for picture in (result, face.image)]
                rows.setdefault((part, name), []).append((
                    psnr(result, face.image, hole > 0), judges.perceptual(*square), followed(result, drawn),
                    seam(result, hole) / max(seam(face.image, hole), 1e-6),
                ))  # fmt: skip
    return {key: np.array(values) for key, values in rows.items()}


def report(rows: dict[tuple[str, str], np.ndarray]) -> str:
    """Tables as Markdown."""
    names = list(dict.fromkeys(name for _, name in rows))
    titles = ("PSNR in the hole, dB", "perceptual distance / 1000", "lines followed, %", "seam over the original's")
    out = []
    for column, (title, scale) in enumerate(zip(titles, (1, 1000, 100, 1), strict=True)):
        means = {part: [np.nanmean(rows[part, name][:, column]) * scale for name in names] for part in PARTS}
        means["mean"] = np.mean(list(means.values()), 0)
        lines = [[part, *(f"{value:.2f}" for value in values)] for part, values in means.items()]
        out.append(table((title, *names), lines))
    return "\n\n".join(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("checkpoints.sketch_painter.quality")
    parser.add_argument("--choose", action="store_true", help="on photographs that choose, not those that report")
    parser.add_argument("--photographs", type=int, default=98)
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(report(measure("choose" if given.choose else "report", given.photographs, Models())))
