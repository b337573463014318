"""Find hands before a face, and which pixels they cover.

Palm detector and hand points are MediaPipe's (Apache-2.0, https://arxiv.org/abs/2006.10214); anchors, decoding and
crops follow the options published with its graphs. All is found in the crop of head and shoulders that is parsed.
"""

import math
from functools import lru_cache

import cv2
import numpy as np

from .crops import mirrored_affine, sample, square_to_photograph, transform
from .images import to_blob
from .models import Models

MOST_HANDS = 3
_PALM_SIZE, _HAND_SIZE = 192, 224
_REACH, _BELOW = 5 / 7, 0.093      # side of the square in which palms are looked for, and how far below the middle
_OVERLAP = 0.3                     # IoU from which two palms are the same hand
_LIKELY, _SURE = 0.5, 0.95         # probability of a hand at first sight, and on average of all views
_APART = 0.06                      # sizes of the hand by which its points may differ from view to view
_LEAST = 0.14                      # share of the crop below which no hand of the face's own size is
# Mirror, turn in radians and scale of the views that have to agree: ears and noses look like a hand from one side only.
_VIEWS = ((False, 0.0, 1.0), (True, 0.0, 1.0), (False, 0.25, 1.1))

WRIST, MIDDLE = 0, 9
_KNUCKLES = (5, 9, 13)
_PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)       # points that hardly move as fingers bend
_HULL = (0, 1, 5, 9, 13, 17)
_FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
# Half the thickness of each bone, from the wrist to the tip, in lengths from wrist to knuckle.
_THUMB, _FINGER = (0.15, 0.13, 0.12, 0.10), (0.12, 0.11, 0.10, 0.09)
_THINNER, _THICKER = -0.06, 0.10   # within the first it is the hand for certain, beyond the second it is not
_ROUNDS = 3
_SHRUNK, _GROWN = 0.6, 1.5         # of the area that the bones cover: an outline beyond these has gone astray

Square = tuple[np.ndarray, float, float]
"""Centre, side and turn in radians."""


@lru_cache(maxsize=1)
def _anchors() -> np.ndarray:
    """(2016, 2) centres in 0..1: two anchors in each of 24 x 24 cells, then six in each of 12 x 12."""
    grids = []
    for cells, per_cell in ((24, 2), (12, 6)):
        x, y = np.meshgrid(*[(np.arange(cells) + 0.5) / cells] * 2)
        grids.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), per_cell, 0))
    return np.concatenate(grids)


def _palms(crop: np.ndarray, models: Models) -> list[Square]:
    """Squares around the hands of the palms in a picture (192, 192, 3), in its pixels, the likeliest first."""
    network = models.get("hands")["palm_detection_lite.tflite"]
    scores, rows = sorted(network(to_blob(crop)), key=lambda output: output.size)
    scores, rows = scores.reshape(-1), rows.reshape(-1, 9, 2)
    keep = scores > 0                                           # a sigmoid of one half
    rows, scores = rows[keep].astype(float), scores[keep]
    offset = _anchors()[keep] * _PALM_SIZE - 0.5
    middle, size, points = rows[:, 0] + offset, rows[:, 1], rows[:, 2:] + offset[:, None]
    best = cv2.dnn.NMSBoxes(np.hstack([middle - size / 2, size]).tolist(), scores.tolist(), 0, _OVERLAP)
    return [_above(points[i, 0], points[i, 2], middle[i], float(size[i].max())) for i in list(best)[:MOST_HANDS]]


def _above(wrist: np.ndarray, knuckle: np.ndarray, middle: np.ndarray, side: float) -> Square:
    """The square of a whole hand from its palm: fingers point up in it."""
    angle = _upwards(wrist, knuckle)
    return middle + 0.5 * side * np.array([math.sin(angle), -math.cos(angle)]), 2.6 * side, angle


def _upwards(wrist: np.ndarray, knuckle: np.ndarray) -> float:
    """By how many radians a hand is turned from upright."""
    return math.atan2(knuckle[1] - wrist[1], knuckle[0] - wrist[0]) + math.pi / 2


def _around(points: np.ndarray) -> Square:
    """The square of a hand from its points (21, 2+)."""
    angle = _upwards(points[WRIST], points[list(_KNUCKLES)].mean(0) / 2 + points[MIDDLE] / 2)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    upright = points[list(_PALM), :2] @ turn
    low, high = upright.min(0), upright.max(0)
    side = float((high - low).max())
    return turn @ ((low + high) / 2 - [0, 0.1 * side]), 2 * side, angle


def _look(
    image: np.ndarray, to_photograph: np.ndarray, square: Square, models: Models, mirror: bool = False
) -> tuple[float, np.ndarray]:
    """Probability of a hand in a square of the crop, and its points (21, 3) in crop pixels."""
    affine = square_to_photograph(*square, _HAND_SIZE)
    affine = mirrored_affine(affine, _HAND_SIZE) if mirror else affine
    picture = sample(image, to_photograph @ np.vstack([affine, [0, 0, 1]]), (_HAND_SIZE, _HAND_SIZE))
    network = models.get("hands")["hand_landmark_full.tflite"]
    found = dict(zip(network.outputs, network(to_blob(picture)), strict=True))
    points = found["Identity"].reshape(21, 3).astype(float)
    points = np.column_stack([transform(points[:, :2] - 0.5, affine), points[:, 2] * square[1] / _HAND_SIZE])
    return float(found["Identity_1"].item()), points


def _hand(
    image: np.ndarray, to_photograph: np.ndarray, square: Square, size: int, models: Models
) -> np.ndarray | None:
    """The points (21, 3) of the hand in a square, as all views of it show it; None where they do not agree."""
    likely, points = _look(image, to_photograph, square, models)
    if likely < _LIKELY:
        return None
    _, points = _look(image, to_photograph, _around(points), models)
    centre, side, angle = _around(points)
    seen = [_look(image, to_photograph, (centre, side * scale, angle + turn), models, mirror)
            for mirror, turn, scale in _VIEWS]
    views = np.stack([points for _, points in seen])
    points = views.mean(0)
    extent = float(np.linalg.norm(np.ptp(points[:, :2], axis=0)))
    apart = float(np.linalg.norm((views - points)[..., :2], axis=2).mean())
    sure = np.mean([likely for likely, _ in seen]) >= _SURE and apart <= _APART * extent
    return points if sure and extent >= _LEAST * size else None


def find_hands(image: np.ndarray, to_photograph: np.ndarray, size: int, models: Models) -> list[np.ndarray]:
    """Points (21, 3) of each hand near the face, in pixels of the crop; smaller z is nearer.

    image:          uint8 (H, W, 3) RGB, the photograph
    to_photograph:  affine from the crop of head and shoulders, (size, size), to the photograph
    """
    middle = np.array([0.5, 0.5 + _BELOW]) * size
    within = square_to_photograph(middle, _REACH * size, 0.0, _PALM_SIZE)
    affine = to_photograph @ np.vstack([within, [0, 0, 1]])
    crop = sample(image, affine, (_PALM_SIZE, _PALM_SIZE), cv2.BORDER_REPLICATE)
    found = []
    for centre, side, angle in _palms(crop, models):
        square = transform(centre[None], within)[0], side * _REACH * size / _PALM_SIZE, angle
        found.append(_hand(image, to_photograph, square, size, models))
    return [points for points in found if points is not None]


# --- which pixels --------------------------------------------------------------------------------------------------

def bones(points: np.ndarray, size: int, thicker: float = 0.0) -> np.ndarray:
    """What the bones of a hand (21, 3) and the flesh around them cover: bool (size, size).

    thicker: by how much than a usual hand, in lengths from wrist to knuckle
    """
    length = float(np.linalg.norm(points[MIDDLE] - points[WRIST]))
    places = np.round(points[:, :2] * 16).astype(np.int32)      # OpenCV draws at sixteenths of a pixel
    mask = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(places[list(_HULL)]), 1, cv2.LINE_8, 4)
    for finger in _FINGERS:
        chain, thick = (WRIST, *finger), _THUMB if finger == _FINGERS[0] else _FINGER
        for start, end, half in zip(chain, finger, thick, strict=False):
            width = max(1, round(2 * (half + thicker) * length))
            cv2.line(mask, places[start].tolist(), places[end].tolist(), 1, width, cv2.LINE_8, 4)
    return mask > 0


def outline(points: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """The pixels of a hand (21, 3) in an RGB crop (S, S, 3) that shows it: bool (S, S), its edge the picture's own."""
    size = len(crop)
    usual, surely, perhaps = (bones(points, size, thicker) for thicker in (0.0, _THINNER, _THICKER))
    state = np.full((size, size), cv2.GC_BGD, np.uint8)
    state[perhaps], state[usual], state[surely] = cv2.GC_PR_BGD, cv2.GC_PR_FGD, cv2.GC_FGD
    rows, columns = (np.flatnonzero(perhaps.any(axis)) for axis in (1, 0))
    if not surely.any():
        return usual
    margin = size // 25
    window = tuple(slice(max(0, along[0] - margin), along[-1] + margin + 1) for along in (rows, columns))
    part, lab = state[window].copy(), cv2.cvtColor(crop[window], cv2.COLOR_RGB2LAB)
    if (part != cv2.GC_BGD).all():
        return usual
    cv2.setRNGSeed(0)                                           # GrabCut draws the colours that it starts from
    cv2.grabCut(lab, part, None, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = np.zeros((size, size), bool)
    found[window] = (part == cv2.GC_FGD) | (part == cv2.GC_PR_FGD)
    return found if _SHRUNK * usual.sum() < found.sum() < _GROWN * usual.sum() else usual
