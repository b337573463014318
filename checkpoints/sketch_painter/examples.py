"""Examples the painter learns from: photographs in the frame with holes, and the lines and colours drawn in them.

A hole hides its part of the mesh too, as it does from whoever fills it: the frame is laid by what is seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from checkpoints.data import TrainingFace
from checkpoints.sketch_painter.naive import naive
from checkpoints.training import training_folder
from editors.frame import MESH_POINTS
from editors.mesh_points import (
    LEFT_BROW,
    LEFT_EYE,
    LEFT_IRIS,
    LIPS_INNER,
    LIPS_OUTER,
    NOSE,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_IRIS,
)
from editors.models import Models
from editors.networks.face_generator import quick_dtype
from editors.networks.face_shape import FaceShape
from editors.sketch.lines import hed_chance, hed_lines, lines_of
from editors.sketch.place import DRAWN, GUESSED, complete_mesh, into_frame, thin

PARTS = ("mouth", "eye", "eyes", "brow", "nose", "hair", "half", "free")
"""What a hole takes away; `free` is strokes of a wide brush."""
METHODS = ("hed", "xdog", "xdog", "canny", "sobel", "hand", "hand", "hand", *["naive"] * 4)
"""Where lines come from, as often as listed: edges, outlines as a steady hand draws them (`by_hand`), and faces as
people draw them who do not draw (`naive`)."""
HED_EVERY = 3
"""HED takes a second a photograph: one of so many learns from its lines, the others from XDoG's instead."""
COARSEST = 2.5
"""Up to how many times wider the finest line may be beside the face: faces fill less of other photographs."""
OFF, FORM_OFF = 0.012, {"naive": 0.3}
"""By how much a mesh found beside a hole is off, in eye distances; and in deviations of each component of form, by
where the lines come from that it was found by, 0.12 where not said."""
WITH_STRANDS = 0.6
"""Share of the drawings of a hand with lines outside the oval, of hair and clothes."""


@dataclass(frozen=True, eq=False)
class SketchExample:
    """One hole in one photograph, in the frame of S pixels.

    picture:  uint8 (S, S, 3);  hole: bool (S, S), within the rings;  lines: float32 (S, S) in 0..1, in the hole only
    mesh:     (468, 3) that the frame was laid by;  hidden: bool (468,) of its points
    """

    picture: np.ndarray
    hole: np.ndarray
    lines: np.ndarray
    mesh: np.ndarray
    hidden: np.ndarray


# --- holes ---------------------------------------------------------------------------------------------------------

def hole_of(part: str, shape: FaceShape, rng: np.random.Generator) -> np.ndarray:
    """A hole over one of PARTS of the mean face, bool (S, S), jittered, within the rings."""
    size, mean = shape.frame.size, shape.frame.mean[:MESH_POINTS] * shape.frame.size - 0.5
    eye = float(np.linalg.norm(mean[list(LEFT_EYE)].mean(0) - mean[list(RIGHT_EYE)].mean(0)))
    hole = np.zeros((size, size), np.uint8)

    def around(points: tuple[int, ...], margin: float) -> None:
        grow = max(3, round(2 * margin * eye * rng.uniform(0.7, 1.4))) | 1
        part = cv2.fillConvexPoly(np.zeros_like(hole), np.round(cv2.convexHull(
            (mean[list(points)] + rng.normal(0, 0.04 * eye, 2)).astype(np.float32))).astype(np.int32), 1)
        hole[:] |= cv2.dilate(part, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow)))

    left = bool(rng.random() < 0.5)
    if part == "mouth":
        around(LIPS_OUTER, 0.14)
    elif part in ("eye", "eyes"):
        for which, (lids, brow) in enumerate(((RIGHT_EYE, RIGHT_BROW), (LEFT_EYE, LEFT_BROW))):
            if part == "eyes" or which == left:
                around((*lids, *brow), 0.1)
    elif part == "brow":
        around(LEFT_BROW if left else RIGHT_BROW, 0.1)
    elif part == "nose":
        around(NOSE, 0.08)
    elif part == "hair":
        top = mean[10] + rng.normal(0, 0.1 * eye, 2) - [0, 0.3 * eye]
        cv2.ellipse(hole, (tuple(top), tuple(eye * rng.uniform((1.4, 0.7), (2.8, 1.3))), rng.uniform(-30, 30)), 1, -1)
    elif part == "half":
        angle, middle = rng.choice([0, 90, 180, 270]) + rng.normal(0, 15), mean[4] + rng.normal(0, 0.15 * eye, 2)
        y, x = np.indices(hole.shape)
        side = (x - middle[0]) * np.cos(np.radians(angle)) + (y - middle[1]) * np.sin(np.radians(angle))
        oval = cv2.fillConvexPoly(np.zeros_like(hole), np.round(mean[list(OVAL)]).astype(np.int32), 1)
        hole[(side > 0) & (oval > 0)] = 1
    else:
        strokes(hole, rng)
    return (hole > 0) & shape.frame.inside


def strokes(hole: np.ndarray, rng: np.random.Generator) -> None:
    """Free-form strokes, drawn as Yu et al. 2019 describe, https://arxiv.org/abs/1806.03589, algorithm 1."""
    size = len(hole)
    for _ in range(rng.integers(1, 4)):
        at, angle, width = rng.uniform(0.2, 0.8, 2) * size, rng.uniform(0, 2 * np.pi), rng.uniform(0.06, 0.16) * size
        for turn in range(rng.integers(2, 7)):
            angle += np.pi * (turn % 2) + rng.normal(0, 0.5)
            to = np.clip(at + rng.uniform(0.05, 0.2) * size * np.array([np.cos(angle), np.sin(angle)]), 0, size - 1)
            ends = [tuple(int(v) for v in np.round(point)) for point in (at, to)]
            cv2.line(hole, *ends, 1, max(1, round(width)))
            at = to


# --- lines ---------------------------------------------------------------------------------------------------------

def drawing_of(face: TrainingFace, method: str, models: Models, rng: np.random.Generator) -> np.ndarray:
    """Lines of the whole photograph, uint8 (H, W), by one of METHODS."""
    detail = float(rng.uniform(0.35, 0.75))
    if method == "hed" and face.number % HED_EVERY == 0:
        return np.round(255 * hed_lines(_hed(face, models), detail)).astype(np.uint8)
    method = "xdog" if method == "hed" else method
    if method in ("hand", "naive"):
        drawing = by_hand(face, rng) if method == "hand" else naive(face, rng)
        if rng.random() < WITH_STRANDS:
            outline = np.round(face.mesh[list(OVAL), :2]).astype(np.int32)
            oval = cv2.fillConvexPoly(np.zeros_like(drawing), outline, 1)
            drawing = np.maximum(drawing, lines_of(face.image, "xdog", detail, models) * (1 - oval))
        return drawing
    margin = round(max(face.image.shape) * (rng.uniform(1, COARSEST) - 1) / 2)
    wide = cv2.copyMakeBorder(face.image, *[margin] * 4, cv2.BORDER_REFLECT)
    height, width = face.image.shape[:2]
    return lines_of(wide, method, detail, models)[margin : margin + height, margin : margin + width]


def by_hand(face: TrainingFace, rng: np.random.Generator) -> np.ndarray:
    """Outlines of a face's parts as people draw them, uint8 (H, W): often with irises, strands or hatched brows."""
    drawing, mesh = np.zeros(face.image.shape[:2], np.uint8), face.mesh[:, :2]

    def line(points: np.ndarray, closed: bool = False) -> None:
        cv2.polylines(drawing, [np.round(points * 16).astype(np.int32)], closed, 255, 1, cv2.LINE_AA, 4)

    line(mesh[list(LIPS_OUTER)], closed=True)
    upper, lower = mesh[list(LIPS_INNER[10:] + LIPS_INNER[:1])], mesh[list(LIPS_INNER[:11])]
    if np.abs(upper[::-1] - lower).max() < 2:
        line(lower)
    elif rng.random() < 0.9:
        line(mesh[list(LIPS_INNER)], closed=True)
    round_eyes, filled_eyes = rng.random() < 0.75, rng.random() < 0.5
    for eye, iris in ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS)):
        line(mesh[list(eye)], closed=True)
        if round_eyes:
            centre, radius = mesh[iris], np.linalg.norm(mesh[iris + 1 : iris + 5] - mesh[iris], axis=1).mean()
            where = tuple(int(v) for v in np.round(centre * 16))
            cv2.circle(drawing, where, round(radius * 16), 255, 1, cv2.LINE_AA, 4)
            cv2.circle(drawing, where, round(radius * (16 if filled_eyes else 6)), 255, -1, cv2.LINE_AA, 4)
    way = rng.random()
    for brow in (RIGHT_BROW, LEFT_BROW):
        points = mesh[list(brow)]
        if way < 0.4:
            line(cv2.convexHull(points.astype(np.float32))[:, 0], closed=True)
            continue
        below, above = points[:5], points[:4:-1]
        line((below + above) / 2)
        for share in np.linspace(0.05, 0.95, 12) if way > 0.7 else ():
            ends = [np.array([np.interp(share + off, np.linspace(0, 1, 5), side[:, axis]) for axis in (0, 1)])
                    for side, off in ((below, 0.08), (above, -0.08))]
            line(np.array(ends))
    if rng.random() < 0.8:
        line(mesh[list(NOSE[2:19])])
    line(mesh[list(OVAL)], closed=True)
    return drawing


def _hed(face: TrainingFace, models: Models) -> np.ndarray:
    """What HED finds in a photograph, float32 (H, W); found once and kept in the cache."""
    kept = training_folder("sketch_painter") / "hed" / f"{face.number:06}.npy"
    if not kept.is_file():
        plain = face.image[:, ::-1] if face.mirrored else face.image
        dtype = quick_dtype()
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            chance = hed_chance(np.ascontiguousarray(plain), models)
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, np.round(255 * chance).astype(np.uint8))
    chance = np.load(kept) / np.float32(255)
    return np.ascontiguousarray(chance[:, ::-1]) if face.mirrored else chance


def as_drawn(lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lines (S, S) in 0..1 as a hand would draw them: a little off, thicker or thinner, some left out."""
    size = len(lines)
    off = [cv2.resize(rng.normal(0, 1, (6, 6)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
           * rng.uniform(0, 1.2) for _ in range(2)]
    y, x = np.indices(lines.shape, dtype=np.float32)
    lines = cv2.remap(lines, x + off[0], y + off[1], cv2.INTER_LINEAR)
    way = rng.random()
    if way < 0.2:
        lines = cv2.dilate(lines, np.ones((3, 3)))
    elif way < 0.4:
        lines = (2 * cv2.GaussianBlur(lines, (0, 0), 0.8)).clip(0, 1)
    if rng.random() < 0.5:
        lines = (lines * rng.uniform(1, 3)).clip(0, 1)
    if rng.random() < 0.4:
        kept = cv2.resize(rng.random((7, 7)).astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
        lines = lines * (kept > rng.uniform(0.1, 0.5))
    return lines.astype(np.float32)


def example_of(
    face: TrainingFace, part: str, drawing: np.ndarray, shape: FaceShape, rng: np.random.Generator, told: bool = True,
    method: str = "hand",
) -> SketchExample:
    """A photograph with a hole, its lines bent as a hand would.

    told: lines have shown where parts in the hole are;  method: one of METHODS, where the lines come from
    """
    hole = hole_of(part, shape, rng)
    mean = shape.frame.mean[:MESH_POINTS] * shape.frame.size - 0.5
    at = np.round(mean).astype(int)
    hidden = hole[at[:, 1], at[:, 0]]
    mesh = face.mesh[:MESH_POINTS].astype(np.float64)
    if told:
        similarity, code = shape.similarity(mesh), rng.normal(0, FORM_OFF.get(method, 0.12), len(shape.mesh_deviations))
        off = similarity.movement_to_photograph(shape.mesh_of(code) - shape.mean_mesh)
        mesh[hidden] += off[hidden]
    mesh = complete_mesh(mesh, hidden, shape, DRAWN if told else GUESSED)
    mesh[:, :2] += rng.normal(0, OFF, (1, 2)) * np.linalg.norm(mesh[33, :2] - mesh[263, :2])
    lines = thin(as_drawn(into_frame(shape.frame, drawing, mesh) / 255, rng))
    picture = np.round(into_frame(shape.frame, face.image, mesh)).clip(0, 255).astype(np.uint8)
    return SketchExample(picture, hole, lines * hole, mesh, hidden)
