"""Crops of eyes to learn from, with drawn glasses before them and without; in other light, with what is no glasses."""

from dataclasses import dataclass

import cv2
import numpy as np

from checkpoints.data import TrainingFace
from checkpoints.glasses_parser.drawn import Plane, draw_glasses
from checkpoints.light import lit
from editors.bare import without
from editors.crops import inverse, sample, transform
from editors.glasses import UNITS, eyes_to_photograph, seen
from editors.mesh_points import OVAL
from editors.networks.glasses_parser import FRAME, NOTHING, SIZE

KEPT = (216, 108)
"""Width and height of the crops that are kept."""
_FEW = 3.0  # what a pixel of a frame counts, which are few


@dataclass(frozen=True, eq=False)
class Crop:
    """The eyes of a photograph: picture uint8 (108, 216, 3), points (468, 2) of the mesh in its pixels."""

    picture: np.ndarray
    points: np.ndarray


def crop_of(face: TrainingFace) -> Crop:
    """The crop of a photograph."""
    to_photograph = eyes_to_photograph(face.mesh, KEPT)
    picture = sample(face.image, to_photograph, KEPT, cv2.BORDER_REPLICATE, cv2.INTER_CUBIC)
    points = transform(face.mesh[:468, :2].astype(float), inverse(to_photograph))
    return Crop(picture, points.astype(np.float32))


def _strands(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Things before a face that are no glasses: hairs, scratches, lines."""
    height, width = light.shape[:2]
    for _ in range(int(rng.integers(1, 7))):
        start = np.array([rng.uniform(-0.1, 1.1) * width, rng.uniform(-0.2, 0.5) * height])
        turn, way = rng.normal(0, 0.02), rng.uniform(-np.pi, np.pi)
        steps = np.cumsum(np.stack([np.cos(way + turn * np.arange(60)), np.sin(way + turn * np.arange(60))], 1), 0)
        line = np.zeros((height, width), np.uint8)
        points = np.round((start + steps * rng.uniform(0.5, 3)) * 16).astype(np.int32)
        cv2.polylines(line, [points], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 4)
        cover = cv2.GaussianBlur(line.astype(np.float32) / 255, (0, 0), float(rng.uniform(0.4, 1.5)))[..., None]
        light = light * (1 - cover) + cover * rng.uniform(0, 0.9) * rng.uniform(0.7, 1.2, 3)
    return light


def _covered(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shadow or hair over a corner, as a straight or round edge."""
    height, width = light.shape[:2]
    centre = (int(rng.uniform(-0.3, 1.3) * width), int(rng.choice([-0.6, 1.5]) * height))
    mask = np.zeros((height, width), np.float32)
    cv2.circle(mask, centre, int(rng.uniform(0.5, 0.9) * height), 1.0, -1, cv2.LINE_AA)
    mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.5, 4)))[..., None]
    return light * (1 - mask * rng.uniform(0.2, 0.9))


def _taken_off(light: np.ndarray, crop: Crop, plane: Plane, rng: np.random.Generator) -> np.ndarray:
    """The face as it looks once drawn glasses were taken off: it wears none."""
    drawn, parts = draw_glasses(light.clip(0, 1), crop.points, plane, rng)
    cover = cv2.dilate((parts == FRAME).astype(np.uint8), np.ones((3, 3))).astype(np.float32)
    face = np.zeros(cover.shape, np.uint8)
    cv2.fillPoly(face, [np.round(crop.points[list(OVAL)]).astype(np.int32)], 1)
    window = (drawn.clip(0, 1) * 255).astype(np.uint8)
    return without(window, cover, face > 0, np.zeros(cover.shape, bool), KEPT[0] / UNITS) / 255


def example(
    crop: Crop, plane: Plane, rng: np.random.Generator, wears: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Layers (LAYERS, H, W), parts (H, W) and what a pixel counts (H, W); wears: glasses are drawn."""
    light = crop.picture.astype(np.float32) / 255
    if rng.random() < 0.4:
        light = light + rng.uniform(0.3, 2.0) * (light - cv2.GaussianBlur(light, (0, 0), rng.uniform(0.8, 2)))
    if rng.random() < 0.2:
        light = _covered(light, rng)
    parts = np.full(light.shape[:2], NOTHING, np.uint8)
    if wears:
        light, parts = draw_glasses(light.clip(0, 1), crop.points, plane, rng)
    elif rng.random() < 0.06:
        light = _taken_off(light, crop, plane, rng)
    if rng.random() < 0.3:
        light = _strands(light, rng)
    if rng.random() < 0.2:                                                   # out of focus
        light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), float(rng.uniform(1, 4)))
    picture = (lit(light.clip(0, 1), rng).clip(0, 1) * 255).astype(np.uint8)

    scale, turn = SIZE[0] / KEPT[0] * np.exp(rng.normal(0, 0.06)), rng.normal(0, 0.05)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if rng.random() < 0.5:
        linear = linear @ np.diag([-1.0, 1.0])
    middle = (np.array(KEPT) - 1) / 2
    affine = np.column_stack([linear, (np.array(SIZE) - 1) / 2 + rng.normal(0, 1.5, 2) - linear @ middle])
    picture = sample(picture, inverse(affine), SIZE, cv2.BORDER_REPLICATE)
    if rng.random() < 0.3:                                                   # of few pixels
        small = cv2.resize(picture, None, fx=(few := rng.uniform(0.4, 0.9)), fy=few, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC)
    parts = cv2.warpAffine(parts, affine, SIZE, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    layers = seen(picture, transform(crop.points.astype(float), affine), KEPT[0] / UNITS * scale)
    return layers, parts, np.where(parts == FRAME, _FEW, 1).astype(np.float32)
