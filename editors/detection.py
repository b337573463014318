"""Where faces may be in a photograph: what MediaPipe's detector (Apache-2.0) finds in tiles of it, large and small.

Anchors and decoding follow the options published with its graph. Boxes are x0, y0, x1, y1 in photograph pixels; whole
numbers are pixel centres.
"""

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .images import to_blob
from .models import Models

_SIZE = 128                # of the detector's pictures
_DETECT_AT = 1536          # faces are looked for on a copy of at most this long side
_SAME_FACE = 0.3           # IoU from which two boxes are the same face
# Tiles as shares of the long side, and how far apart they start. A tile sees faces from an eighth of its side up,
# and neighbours overlap by more than the largest face that only this level sees.
_TILES = ((1.5, 1.5), (1.0, 1.0), (0.5, 0.3), (0.29, 0.19))


@dataclass(frozen=True, eq=False)
class Face:
    """A face that was found.

    box:     x0, y0, x1, y1 in photograph pixels, about brows to chin
    score:   0..1
    points:  (6, 2) pixels: right eye, left eye, nose tip, mouth, right ear, left ear (the person's own sides)
    """

    box: tuple[float, float, float, float]
    score: float
    points: np.ndarray


def detect_faces(image: np.ndarray, models: Models) -> list[Face]:
    """What the detector takes for faces from 4 % of the long side up, the surest first.

    image: uint8 (H, W, 3) RGB
    """
    reduction = max(1.0, max(image.shape[:2]) / _DETECT_AT)
    shape = tuple(max(1, round(length / reduction)) for length in image.shape[1::-1])
    small = cv2.resize(image, shape, interpolation=cv2.INTER_AREA) if reduction > 1 else image
    ratio = np.array(image.shape[1::-1]) / shape
    faces = []
    for row in _merge(np.concatenate([_detect_level(small, share, step, models) for share, step in _TILES])):
        points = (row[1:].reshape(8, 2) + 0.5) * ratio - 0.5
        faces.append(Face(tuple(map(float, points[:2].ravel())), float(row[0]), points[2:]))
    return faces


@lru_cache(maxsize=1)
def _anchors() -> np.ndarray:
    """(896, 2) centres in 0..1: two anchors in each of 16 x 16 cells, then six in each of 8 x 8."""
    grids = []
    for cells, per_cell in ((16, 2), (8, 6)):
        centre = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(centre, centre)
        grids.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), per_cell, 0))
    return np.concatenate(grids)


def _detect_tile(tile: np.ndarray, models: Models) -> np.ndarray:
    """Candidates in one tile (128, 128, 3): (N, 17) rows of score, box x0 y0 x1 y1, six points, in its pixels."""
    scores, rows = sorted(models.get("face_detection")(to_blob(tile) * 2 - 1), key=lambda output: output.size)
    scores, rows = scores.reshape(-1), rows.reshape(-1, 8, 2)
    keep = scores > 0  # a sigmoid of one half
    rows = rows[keep].astype(float)
    offset = _anchors()[keep][:, None] * _SIZE
    centre, half = rows[:, :1] + offset, rows[:, 1:2] / 2
    points = np.concatenate([centre - half, centre + half, rows[:, 2:] + offset], 1) - 0.5
    return np.column_stack([1 / (1 + np.exp(-scores[keep])), points.reshape(-1, 16)])


def _detect_level(image: np.ndarray, share: float, step: float, models: Models) -> np.ndarray:
    """Candidates (N, 17), in pixels of `image`, from tiles of `share` of its long side at most `step` of it apart."""
    size, reduction = _SIZE, share * max(image.shape[:2]) / _SIZE
    shape = [max(1, round(length / reduction)) for length in image.shape[1::-1]]
    level = cv2.resize(image, shape, interpolation=cv2.INTER_AREA if reduction > 1 else cv2.INTER_LINEAR)
    left, top = (max(0, size - length) // 2 for length in shape)
    right, bottom = (max(0, size - length - before) for length, before in zip(shape, (left, top)))
    level = cv2.copyMakeBorder(level, top, bottom, left, right, cv2.BORDER_CONSTANT)
    found = [np.empty((0, 17))]
    columns, rows = (np.linspace(0, length - size, 1 + math.ceil((length - size) * share / (step * size) - 1e-6))
                     .round().astype(int) for length in level.shape[1::-1])
    for y, x in itertools.product(rows, columns):
        candidates = _detect_tile(level[y:y + size, x:x + size], models)
        points = candidates[:, 1:].reshape(-1, 8, 2) + (x - left + 0.5, y - top + 0.5)
        candidates[:, 1:] = (points * np.array(image.shape[1::-1]) / shape - 0.5).reshape(-1, 16)
        found.append(candidates)
    return np.concatenate(found)


def _merge(candidates: np.ndarray) -> list[np.ndarray]:
    """Non-maximum suppression in which the boxes of one face are averaged, weighted by their scores."""
    merged = []
    candidates = candidates[np.argsort(-candidates[:, 0], kind="stable")]
    while len(candidates):
        same = overlap(candidates[0, 1:5], candidates[:, 1:5]) > _SAME_FACE
        same[0] = True
        mean = np.average(candidates[same], 0, weights=candidates[same, 0])
        merged.append(np.concatenate([candidates[0, :1], mean[1:]]))
        candidates = candidates[~same]
    return merged


def _areas(boxes: np.ndarray) -> np.ndarray:
    """Of boxes (..., 4)."""
    return np.prod(boxes[..., 2:] - boxes[..., :2], -1)


def _common(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Area that one box (4,) has in common with each of boxes (N, 4)."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    return np.prod(np.maximum(sides, 0), 1)


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with boxes (N, 4)."""
    common = _common(box, boxes)
    return common / (_areas(box) + _areas(boxes) - common)


def shared(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """How much of the smaller of two boxes one (4,) and each of boxes (N, 4) share, (N,)."""
    return _common(box, boxes) / np.minimum(_areas(box), _areas(boxes))
