"""The library of parts: hair, glasses, hats, earrings, brows and lips, drawn by formulas and from means of outlines.

A shape draws labels from labels and places: x along the eye line, y below it, in distances between the eyes.
"""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..errors import SettingError
from ..labels import BROWS, EYES, IDS, NAMES, mask_of
from .heads import bald, close_cut, haired, hanging, pose_of, skull, with_own
from .movement import FACE
from .parts import PLACED, place_of, upright, without

_FINE = 80      # pixels to an eye distance, at which outlines are filled
_NECK = (0.9, 1.3, 2.0), (0.0, 0.62, 0.72)  # below the eyes; from where on long hair hangs beside a neck


def _hair(inside: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """Hair of another outline, around the face that is there."""
    return lambda labels, x, y: haired(labels, with_own(labels, inside, x, y))


def _beside_neck(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where hair that hangs down is not kept away by the neck."""
    return np.abs(x) > np.interp(y, *_NECK)


def _fringe(slope: float) -> Callable[..., np.ndarray]:
    """Hair over the forehead, down to a little above the brows; less far towards the picture's right by a slope."""
    def draw(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        brows = mask_of(labels, BROWS)
        lowest = np.percentile(y[brows], 5) - 0.03 if brows.any() else -0.45
        hangs = y < lowest - slope * (x + 1).clip(0, None) + 0.09 * (x**2).clip(0, 1) - 0.03
        return np.where(hangs & mask_of(labels, ("skin",)), IDS["hair"], labels).astype(np.uint8)

    return draw


def _glasses(width: float, height: float, power: float, lift: float) -> Callable[..., np.ndarray]:
    """Glasses with lenses of half a width and height around each eye; the eyes stay eyes."""
    def draw(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        outer = np.abs(x) - 0.5
        lens = (np.abs(outer / width) ** power + np.abs((y - 0.06 + lift * outer) / height) ** power) < 1
        bridge = (np.abs(x) < 0.14) & (np.abs(y + 0.06) < 0.045)
        temple = (np.abs(x) > 0.44 + width) & (np.abs(y + 0.06) < 0.05)
        labels = removed(labels, "eyeglasses")
        where = (lens | bridge | temple) & mask_of(labels, ("skin", "nose", "left brow", "right brow"))
        return np.where(where, IDS["eyeglasses"], labels).astype(np.uint8)

    return draw


def _hat(brim: float, height: float) -> Callable[..., np.ndarray]:
    """A hat on the head, down to the middle of the forehead; brim in eye distances beyond the crown, 0 for a cap."""
    def draw(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        head = mask_of(labels, ("skin", "hair", "hat")) & (y < -0.2)
        if not head.any():
            return labels
        left, right = np.percentile(x[head], (1, 99)).clip(-1.3, 1.3)
        if (dome := skull(labels, x, y)[0] & (y < -0.5)).any():               # of a turned head one side is longer
            ends = np.percentile(x[dome], (1, 99))
            left, right = min(left, ends[0]), max(right, ends[1])
        x, half = x - (left + right) / 2, max(1.0, (right - left) / 2) + 0.03
        low, front = -0.78, 0.12 * (1 - (x / half) ** 2).clip(0, 1)               # it lies round the forehead
        up = ((low - y) / height).clip(0, 1)
        narrow = half * (1 - (0.16 * up if brim else 0))
        top = height * (1 - (0.09 * np.exp(-((x / 0.3) ** 2)) if brim else 0))    # a felt hat has a dent
        crown = (np.abs(x / narrow) ** (4 if brim else 2.4) + np.abs((low - y) / top).clip(0) ** (
            4 if brim else 2.4) < 1) & (y < low) | (np.abs(x) < half) & (y >= low) & (y < low + front)
        rim = (x / (half + brim)) ** 2 + ((y - low - 0.04) / (0.2 - 0.05 * np.abs(x / half))) ** 2 < 1
        hat = crown | (rim if brim else crown)
        pressed = mask_of(labels, ("hair",)) & (y < low + 1.3 * (np.abs(x) - half).clip(0)) & ~hat
        out = without(labels, pressed, ("background", "cloth"))
        return np.where(hat, IDS["hat"], out).astype(np.uint8)

    return draw


def _earrings(radius: float, drop: float, hollow: float) -> Callable[..., np.ndarray]:
    """An earring below each ear that is seen, else where an ear would end."""
    def draw(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        out = labels.copy()
        for name, side in (("left ear", 1), ("right ear", -1)):
            ear = labels == IDS[name]
            face = mask_of(labels, FACE) & (np.abs(y - 0.45) < 0.1) & (side * x > 0)
            if ear.any():
                at = x[ear][np.argmax(y[ear])], y[ear].max()
            elif face.any():
                at = side * np.abs(x[face]).max(), 0.6
            else:
                continue
            away = np.hypot(x - at[0], y - at[1] - drop - radius) / radius
            ring = (away < 1) & (away >= hollow) | (np.abs(x - at[0]) < 0.02) & (y > at[1]) & (y < at[1] + drop)
            out[ring] = IDS["earring"]
        return out

    return draw


def _outlined(kind: str, shape: str) -> Callable[..., np.ndarray]:
    """A shape of `shapes.json` in the place of the part that is there, or where it usually is."""
    def draw(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        own = tuple(name for each in OUTLINES[kind][shape] for name in {each, each.replace("left", "right")})
        if kind == "hair":
            outline = OUTLINES[kind][shape]["hair"]
            return haired(labels, with_own(labels, lambda x, y: _share(outline, x, y, beside=True) > 127, x, y))
        out = without(labels, mask_of(labels, own), FACE)
        allowed = mask_of(out, ("skin", "nose", *own))
        for side in (1, -1) if kind == "brows" else (1,):
            across, down = place_of(labels, kind, side)
            drawn = OUTLINES[kind][shape]
            shares = np.stack([_share(outlines, (x - across) * side, y - down) for outlines in drawn.values()])
            ids = np.array([IDS[name if side > 0 else name.replace("left", "right")] for name in drawn], np.uint8)
            out = np.where((shares.sum(0) > 127) & allowed, ids[shares.argmax(0)], out)   # no seam between two labels
        return out

    return draw


def _share(outlines: list, x: np.ndarray, y: np.ndarray, beside: bool = False) -> np.ndarray:
    """How much of each place x, y lies in an odd number of outlines, each a list of points in eye distances: 0..255.

    beside: what lies between them is inside, too, as far as hair hangs beside a neck
    """
    if not outlines:
        return np.zeros(x.shape, np.float32)
    points = [np.array(each, np.float64) for each in outlines]
    low, high = np.concatenate(points).min(0) - 0.05, np.concatenate(points).max(0) + 0.05
    picture = np.zeros(np.ceil((high - low)[::-1] * _FINE).astype(int), np.uint8)
    cv2.fillPoly(picture, [np.round((each - low) * _FINE).astype(np.int32) for each in points], 255)
    if beside:
        down, across = (np.arange(side) / _FINE + start for side, start in zip(picture.shape, low[::-1], strict=True))
        between = np.minimum(*(np.maximum.accumulate(picture[:, ::way], axis=1)[:, ::way] for way in (1, -1)))
        picture = np.where(_beside_neck(across, down[:, None]), between, picture)
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.6)
    return cv2.remap(soft, ((x - low[0]) * _FINE).astype(np.float32), ((y - low[1]) * _FINE).astype(np.float32),
                     cv2.INTER_LINEAR)


OUTLINES: dict[str, dict[str, dict[str, list]]] = json.loads(Path(__file__).with_name("shapes.json").read_text())
"""Kind -> shape -> label -> outlines in eye distances about the part's place: means of many label maps (see
`checkpoints/label_painter/shapes.py`)."""
LIBRARY: dict[str, dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]]] = {
    "glasses": {"round": _glasses(0.38, 0.33, 2.0, 0), "square": _glasses(0.42, 0.3, 5.0, 0),
                "soft": _glasses(0.42, 0.34, 2.6, 0), "cat": _glasses(0.43, 0.3, 3.0, 0.25)},
    "hat": {"cap": _hat(0.0, 1.05), "brim": _hat(0.62, 1.05)},
    "earrings": {"stud": _earrings(0.055, 0.0, 0), "drop": _earrings(0.07, 0.12, 0),
                 "hoop": _earrings(0.16, 0.0, 0.72)},
    "hair": {
        "bald": lambda labels, x, y: bald(labels, *upright(labels)), "fringe": _fringe(0), "swept": _fringe(0.22),
        "cropped": lambda labels, x, y: haired(labels, close_cut(labels, x, y)),
        "short": _hair(lambda x, y: ((np.abs(x) / 1.12) ** 2.3 + (np.abs(y + 0.25) / 1.25) ** 2.3 < 1) & (y < 0.1)),
        "bob": _hair(lambda x, y: (np.abs(x) / 1.35) ** 3 + (np.abs(y + 0.1) / 1.55) ** 3 < 1),
        "long": _hair(lambda x, y: np.where(y < 0.1, (x / 1.3) ** 2 + ((y - 0.1) / 1.72) ** 2 < 1,
                                            (np.abs(x) < 1.3 + 0.1 * y)
                                            & _beside_neck(x, y)
                                            & (y < 2.5 - 0.15 * np.abs(x)))),
    },
}
"""Kind of part -> name of shape -> what draws it: (labels, x, y) -> labels. Formulas, and means of many outlines."""
for _kind, _shapes in OUTLINES.items():
    LIBRARY.setdefault(_kind, {}).update({shape: _outlined(_kind, shape) for shape in _shapes})


def placed(
    labels: np.ndarray, kind: str, shape: str, size: float = 1.0, shift: tuple[float, float] = (0, 0),
    mirror: bool = False,
) -> np.ndarray:
    """Labels with a part of the library, larger or smaller, shifted by eye distances, mirrored.

    Raises SettingError naming what there is.
    """
    if kind not in LIBRARY or shape not in LIBRARY[kind]:
        there = "; ".join(f"{each}: {', '.join(shapes)}" for each, shapes in LIBRARY.items())
        raise SettingError(f"There is no {kind!r} called {shape!r}; there are {there}.")
    if not 0.2 <= size <= 5:
        raise SettingError(f"size is {size:g}; it can be 0.2 to 5.")
    across, down = (0.0, place_of(labels, kind, 1)[1]) if kind in PLACED else (0.0, 0.0)
    x, y = upright(labels)
    if kind == "hair":
        x, y = pose_of(labels, x, y).ahead(hanging(labels, x, y), y)
    x, y = (x - across - shift[0]) / size, down + (y - down - shift[1]) / size
    return LIBRARY[kind][shape](labels, across - x if mirror else across + x, y)


def removed(labels: np.ndarray, name: str) -> np.ndarray:
    """Labels without a part: hair shows the scalp, anything else what is nearest to it and no eye."""
    if name == "hair":
        return placed(labels, "hair", "bald")
    if name not in NAMES:
        raise SettingError(f"There is no label called {name!r}; the labels are: {', '.join(NAMES)}.")
    return without(labels, labels == IDS[name], tuple(each for each in NAMES if each not in EYES))
