"""Where a face lies in lines in which no network finds one: by its eyes and mouth, else by how far the lines reach.

Lines are float32 (H, W) in 0..1.
"""

from itertools import permutations

import cv2
import numpy as np

from ..mesh_points import LEFT_EYE, LIPS_OUTER, RIGHT_EYE
from ..networks.face_shape import FaceShape, Similarity
from .strokes import DOODLE

APART, LEVEL, ALIKE = (0.18, 0.7), 0.35, 2.2
"""How far apart eyes are in widths of the head, how much higher one may be in their distance, how much larger."""
LARGEST, ASIDE = 0.85, 0.25
"""How large an eye is at most, in the distance of the eyes, and how far their middle is from the head's, in widths."""
BELOW, WIDE = (0.45, 2.2), 0.25
"""How far below the eyes a mouth is, and how wide it is at least, in the distance of the eyes."""
MOST, HEADS = 24, 4
"""Strokes in an outline of a head from which on they are none of a doodle, and outlines that may be a head's."""
STRETCH = (0.7, 1.5)
"""How much longer or shorter a drawn face may be than a usual one, and its mouth wider or narrower."""
AROUND = (0.7, 0.35)
"""How far beside a mouth, and above and below it, a face is as much wider as that, in the distance of the eyes."""


def mesh_by_lines(lines: np.ndarray, shape: FaceShape) -> np.ndarray:
    """The mean mesh (468, 3) laid where eyes and a mouth are drawn, or so that a head as large as the drawing fits it;
    in the middle without lines."""
    drawn = mesh_by_features(lines, shape)
    if drawn is not None:
        return drawn
    rows, columns = np.nonzero(lines > DOODLE)
    height, width = lines.shape
    if len(rows) < 20:
        rows, columns = np.array([0.1 * height, 0.9 * height]), np.array([0.15 * width, 0.85 * width])
    low, high = np.percentile(rows, [0.5, 99.5])
    mean = shape.mean_mesh
    top, bottom = mean[:, 1].min() - 0.22 * np.ptp(mean[:, 1]), mean[:, 1].max()           # the hair above the face
    tall = float(np.ptp(mean[:, 0])) * 1.25
    scale = max(min((high - low) / (bottom - top), np.ptp(columns) / tall), 4.0)
    centre = complex((columns.min() + columns.max()) / 2, (low + high) / 2)
    middle = complex((mean[:, 0].min() + mean[:, 0].max()) / 2, (top + bottom) / 2)
    turn = 1 / scale
    return Similarity(turn, middle - turn * centre).to_photograph(mean)


def mesh_by_features(lines: np.ndarray, shape: FaceShape) -> np.ndarray | None:
    """The mean mesh (468, 3) with its eyes on two drawn ones and its mouth as low as the drawn one; None without."""
    found = eyes_and_mouth(lines)
    if found is None:
        return None
    right, left, mouth = (complex(*point) for point in found[:3])
    mean = shape.mean_mesh
    points = mean[:, 0] + 1j * mean[:, 1]
    eyes = points[list(RIGHT_EYE)].mean(), points[list(LEFT_EYE)].mean()
    scale = abs(left - right) / abs(eyes[1] - eyes[0])
    upright = scale * (points - sum(eyes) / 2) * abs(eyes[1] - eyes[0]) / (eyes[1] - eyes[0])
    turn, middle = (left - right) / abs(left - right), (left + right) / 2
    stretch = ((mouth - middle) / turn).imag / upright[list(LIPS_OUTER)].mean().imag
    stretch = float(np.clip(stretch, *STRETCH))
    x, y = upright.real, stretch * upright.imag
    lips = list(LIPS_OUTER)
    wider = float(np.clip(found[3] / np.ptp(x[lips]), *STRETCH)) - 1
    aside, below = (x - x[lips].mean()) / abs(left - right), (y - y[lips].mean()) / abs(left - right)
    x = x + wider * (x - x[lips].mean()) * np.exp(-((aside / AROUND[0]) ** 4) - (below / AROUND[1]) ** 2)
    there = middle + turn * (x + 1j * y)
    return np.column_stack([there.real, there.imag, scale * mean[:, 2]])


def eyes_and_mouth(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float] | None:
    """The middles (2,) of two eyes and a mouth drawn as strokes of their own in an outline, and how wide the mouth is.

    Of brows and eyes the lower ones are taken, of mouth and nose what is wider.
    """
    boxes = _boxes(lines)
    if len(boxes) < 4:
        return None
    for head in np.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(1))[:HEADS]:
        found = _features(boxes, boxes[head])
        if found is not None:
            return found
    return None


def _features(boxes: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float] | None:
    """As `eyes_and_mouth`, among strokes (N, 4) in the outline of one head (4,)."""
    inside = [box for box in boxes if _within(box, head)]
    if len(inside) > MOST:
        return None
    inside = [box for box in inside if not any(_within(box, other) for other in inside)]
    wide, tall = head[2:] - head[:2]
    best, found = -np.inf, None
    for right, left, mouth in permutations(range(len(inside)), 3):
        (one, other), lips = (inside[right], inside[left]), inside[mouth]
        first, second = _middle(one), _middle(other)
        apart, lower = second - first
        small, large = sorted(max(box[2:] - box[:2]) for box in (one, other))
        middle, size = (first + second) / 2, lips[2] - lips[0]
        aside, below = _middle(lips) - middle
        if not APART[0] * wide < apart < APART[1] * wide or abs(lower) > LEVEL * apart:
            continue
        below -= aside * lower / apart
        if large > min(ALIKE * small, LARGEST * apart) or abs(middle - _middle(head))[0] > ASIDE * wide:
            continue
        if not BELOW[0] * apart < below < BELOW[1] * apart or abs(aside) > 0.4 * apart or size < WIDE * apart:
            continue
        score = (size + 0.3 * below) / apart - large / small + (middle[1] - head[1]) / tall
        if score > best:
            best, found = score, (first, second, _middle(lips), float(size))
    return found


def _middle(box: np.ndarray) -> np.ndarray:
    return (box[:2] + box[2:]) / 2


def _boxes(lines: np.ndarray) -> np.ndarray:
    """What strokes that hang together reach over, (N, 4): left, top, right, bottom."""
    joined = cv2.dilate((lines > DOODLE).astype(np.uint8), np.ones((5, 5)))
    boxes = cv2.connectedComponentsWithStats(joined)[2][1:, :4].astype(float)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _within(box: np.ndarray, other: np.ndarray) -> bool:
    """Whether a box lies in another one, which is not itself."""
    return bool((box[:2] >= other[:2]).all() and (box[2:] <= other[2:]).all() and (box != other).any())
