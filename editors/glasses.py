"""Glasses before a face: where they are.

A network says where frames and lenses are (`networks.glasses_parser`). What hides the face, frames and dark lenses, is
a layer before it (`bare`). Clear lenses are looked through, and stay with the face.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from . import guided
from .areas import bounds
from .crops import head_unit, inverse, sample, scale_of, transform
from .faces import mesh_of
from .images import fit_within
from .mesh_points import LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE
from .models import Models
from .networks.glasses_parser import DARK, FRAME, LENS, NOTHING, SIZE, layers_of
from .portrait import Portrait

UNITS = 2.6
"""Width of the crop in head units."""
MARGIN = 0.25
"""Head units around glasses that their box has."""
_BELOW = 0.06              # and how many of them its middle lies below the eyes
_WORN = 0.05               # square head units that glasses cover at least on either side of the nose
_NOTHING = 0.6             # chance below which that a pixel is part of no glasses it counts as part of some
_SHADED = 0.35             # share of a lens that is dark from which it is dark, whatever it reflects
_FINE = 480                # long side in pixels of the picture that the layer's edge follows
_SURE = (0.12, 0.5)        # chance of being hidden that is nothing yet, and that is all
HELD = (6, 197, 195, 116, 345, 162, 389, 127, 356)
"""Points of the mesh that glasses move with, where bone lies below: bridge and ridge of the nose, cheeks, temples."""


@dataclass(frozen=True, eq=False)
class Glasses:
    """A layer before a face.

    box:    x0, y0, x1, y1 in the photograph, x1 and y1 outside
    cover:  float32 (h, w) in 0..1, how far it hides what is behind
    lenses: float32 (h, w) in 0..1, where one looks through it
    held:   (N, 2) the points of the mesh that it moves with, in the photograph
    dark:   whether it hides the eyes
    """

    box: tuple[int, int, int, int]
    cover: np.ndarray
    lenses: np.ndarray
    held: np.ndarray
    dark: bool


def eyes_to_photograph(mesh: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    """The crop around the eyes, width and height `size`: affine from its pixels to the photograph (2, 3)."""
    right, left = mesh[list(RIGHT_EYE), :2].mean(0), mesh[list(LEFT_EYE), :2].mean(0)
    angle, unit = math.atan2(left[1] - right[1], left[0] - right[0]), head_unit(mesh)
    axes = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    eyes = (right + left) / 2
    aside = np.dot(mesh[list(OVAL), :2].mean(0) - eyes, axes[:, 0])
    middle = eyes + axes @ [aside, _BELOW * unit]
    turn = axes * UNITS * unit / size[0]
    return np.column_stack([turn, middle - turn @ ((np.array(size) - 1) / 2)])


def seen(picture: np.ndarray, points: np.ndarray, unit: float) -> np.ndarray:
    """The network's layers of a crop, uint8 (H, W, 3), the mesh (N, 2) in its pixels; unit: of the head, in pixels."""
    height, width = picture.shape[:2]

    def inside(*contours: tuple[int, ...]) -> np.ndarray:
        mask = np.zeros((height, width), np.uint8)
        for contour in contours:
            cv2.fillPoly(mask, [np.round(points[list(contour)] * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
        return mask

    face = inside(OVAL)
    depth = (cv2.distanceTransform(face, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - face, cv2.DIST_L2, 5)) / unit
    eyes = points[list(RIGHT_EYE + LEFT_EYE)].mean(0)
    x, y = (np.arange(width)[None] - eyes[0]) / unit, (np.arange(height)[:, None] - eyes[1]) / unit
    return layers_of(picture, inside(RIGHT_EYE, LEFT_EYE) > 0, inside(RIGHT_BROW, LEFT_BROW) > 0, depth, x, y)


def hidden_by(chances: np.ndarray, middle: float, unit: float) -> tuple[np.ndarray, bool] | None:
    """How likely frames or dark lenses hide each pixel of the crop, float32 (H, W), and whether lenses are dark.

    None where none are worn.  chances: (4, H, W);  middle: column of the nose;  unit: of the head in pixels
    """
    glasses = chances[NOTHING] < _NOTHING
    sides = [np.arange(glasses.shape[1]) < middle, np.arange(glasses.shape[1]) >= middle]
    if min((glasses & side).sum() for side in sides) < _WORN * unit**2:
        return None
    hidden = chances[FRAME] + chances[DARK]
    dark, clear = (float((chances[part] * glasses).sum()) for part in (DARK, LENS))
    shaded = dark > _SHADED * (dark + clear)
    return (hidden + chances[LENS] if shaded else hidden), shaded


def glasses_of(portrait: Portrait, models: Models) -> Glasses | None:
    """The glasses before the chosen face: a fact of the portrait; None where none are worn.

    Raises FaceError as `faces.face_of` does.
    """
    return portrait.fact("glasses", lambda: _find(portrait.image, mesh_of(portrait, models), models))


def _find(image: np.ndarray, mesh: np.ndarray, models: Models) -> Glasses | None:
    to_photograph, unit = eyes_to_photograph(mesh), SIZE[0] / UNITS
    points = transform(mesh[:, :2].astype(float), inverse(to_photograph))
    picture = sample(image, to_photograph, SIZE, cv2.BORDER_REPLICATE)
    chances = models.get("glasses_parser").find(seen(picture, points, unit))
    found = hidden_by(chances, points[[6, 168], 0].mean(), unit)
    if found is None:
        return None
    hidden, dark = found
    corners = transform(np.array([[0, 0], [SIZE[0], 0], SIZE, [0, SIZE[1]]]) - 0.5, to_photograph)
    x0, y0 = np.clip(np.floor(corners.min(0)).astype(int), 0, image.shape[1::-1])
    x1, y1 = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, image.shape[1::-1])
    own = np.ascontiguousarray(image[y0:y1, x0:x1])
    if not own.size:
        return None
    to_window = to_photograph - [[0, 0, x0], [0, 0, y0]]
    cover = _edged(hidden, to_window, own)
    if not (cover > 0).any():
        return None
    part = bounds(cover > 0, round(MARGIN * head_unit(mesh)))
    seen_through = np.zeros_like(hidden) if dark else chances[LENS]
    lenses = cv2.warpAffine(seen_through, to_window, own.shape[1::-1])[part] * (1 - cover[part])
    cover = cover[part]
    x0, y0 = int(x0 + part[1].start), int(y0 + part[0].start)
    box = (x0, y0, x0 + cover.shape[1], y0 + cover.shape[0])
    return Glasses(box, cover, lenses, mesh[list(HELD), :2].astype(np.float64), dark)


def _edged(hidden: np.ndarray, to_window: np.ndarray, window: np.ndarray) -> np.ndarray:
    """A map of the crop brought to a window of the photograph, its edge on the picture's own, float32 (h, w) 0..1."""
    small = fit_within(window, _FINE)
    scale = window.shape[1] / small.shape[1]
    to_small = np.column_stack([to_window[:, :2], to_window[:, 2] + 0.5 - scale / 2]) / scale
    map_ = cv2.warpAffine(hidden, to_small, small.shape[1::-1], flags=cv2.INTER_CUBIC).clip(0, 1)
    radius = max(1, round(0.02 * head_units(to_small)))
    lines = guided.fit(small.astype(np.float32) / 255, map_[None], radius, 2e-3)
    soft = guided.apply(lines, window.astype(np.float32) / 255)[0]
    near = cv2.dilate(map_, np.ones((2 * radius + 1,) * 2))                    # an edge may sharpen, not move elsewhere
    soft = np.minimum(soft, cv2.resize(near, window.shape[1::-1], interpolation=cv2.INTER_LINEAR))
    low, high = _SURE
    return ((soft - low) / (high - low)).clip(0, 1)


def head_units(to_picture: np.ndarray) -> float:
    """Pixels that a head unit of the crop has in a picture that the affine (2, 3) leads to."""
    return scale_of(to_picture) * SIZE[0] / UNITS
