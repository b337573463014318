"""Mouths that are drawn open: lips, teeth and what is behind them, where they were drawn, in the light of the face.

A painter that knows average mouths shuts most of them. H, W height and width; lengths are in widths of the mouth that
the face has.
"""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..crops import scale_of
from ..faces import eye_distance
from ..mesh_points import LIPS_OUTER
from ..mouth import ENAMEL, FOCUS, WELL_LIT, inside_of_mouth
from ..networks.mouth_interior import skin_level
from .mouthlines import OpenMouth
from .shut import skin_beside, soft_within
from .shutlines import places_in
from .strokes import grown
from .surroundings import colour_asked, laid, match_grain

AROUND, SOFT = 0.1, 0.12
"""How far around the mouth that was filled in and the drawn one skin is laid, and over which it fades."""
ROSE = (0.86, 0.6, 0.6)
"""Colour of lips as shares of that of skin."""
UPPER, GLOSS, EDGE = 0.84, 0.16, 0.03
"""How light the upper lip is, how much lighter the lower one is in its middle, and over which lips begin."""
CREASES = 0.05
"""How far the light of lips differs from crease to crease."""
UNDER = 0.1
"""How much darker skin is below the lower lip."""


def lay_mouth(
    picture: np.ndarray, mouth: OpenMouth, hole: np.ndarray, mesh: np.ndarray, colours: np.ndarray, seed: int
) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with a mouth open.

    hole: bool (H, W);  mesh: (468, 3) of the face that was filled in, in pixels;  colours: strokes uint8 (H, W, 4)
    """
    wide, eyes = 1 / scale_of(mouth.to_mouth), eye_distance(mesh)
    inside, lips, old = (within_hull(points, hole.shape) for points in (
        mouth.ring(mouth.inner), mouth.ring(mouth.outer), mesh[list(LIPS_OUTER), :2]))
    area = grown(lips | old, AROUND * wide) & hole
    if not area.any():
        return picture
    here = bounds(area, round(0.35 * wide) + 4)
    x, y = places_in(mouth.to_mouth, here)
    area, within, under = area[here], hole[here], picture[here].astype(np.float32)
    drawn = skin_beside(under, area, wide)
    asked = colour_asked(colours[here], (lips & ~inside)[here] & within)
    rose = drawn * np.float32(ROSE) if asked is None else np.broadcast_to(asked, drawn.shape)
    below = y - _edge(x, mouth.outer[1])
    drawn = drawn * (1 - UNDER * np.exp(-(((below - 0.07) / 0.05) ** 2)) * (np.abs(_across(x, mouth)) < 0.7))[..., None]
    on_lips = _between(x, y, mouth.outer, wide, EDGE * wide)[..., None]
    drawn = drawn + on_lips * (rose * _shape(x, y, mouth, seed)[..., None] - drawn)
    open_ = _between(x, y, mouth.inner, wide, max(1.0, 2 * FOCUS * eyes))[..., None]
    level = skin_level(picture, mesh)
    drawn += open_ * (_interior(x, y, mouth, wide / eyes, level) - drawn)
    drawn = cv2.GaussianBlur(drawn, (0, 0), max(0.5, 0.5 * FOCUS * eyes))
    drawn = match_grain(drawn * area[..., None] + under * ~area[..., None], picture[here], area, seed)
    soft = np.maximum(soft_within(area, SOFT * wide), on_lips[..., 0]) * soft_within(within, 2.0)
    return laid(picture, here, under + soft[..., None] * (drawn - under), within)


def _edge(x: np.ndarray, edge: np.ndarray) -> np.ndarray:
    return np.interp(x, *edge.T).astype(np.float32)


def _across(x: np.ndarray, mouth: OpenMouth) -> np.ndarray:
    """How far from the middle of the lips each place is: -1 and 1 in their corners."""
    left, right = mouth.outer[0, [0, -1], 0]
    return 2 * (x - left) / (right - left) - 1


def _between(x: np.ndarray, y: np.ndarray, edges: np.ndarray, wide: float, soft: float) -> np.ndarray:
    """How far each pixel lies between two edges (2, N, 2), (H, W) in 0..1: all of it from so many pixels inside on."""
    ends = np.minimum(x - edges[0, 0, 0], edges[0, -1, 0] - x)
    deep = np.minimum(np.minimum(y - _edge(x, edges[0]), _edge(x, edges[1]) - y), ends)
    return (deep * wide / soft + 0.5).clip(0, 1).astype(np.float32)


def _shape(x: np.ndarray, y: np.ndarray, mouth: OpenMouth, seed: int) -> np.ndarray:
    """How light lips are, (H, W)."""
    upper = (y < _edge(x, (mouth.inner[0] + mouth.inner[1]) / 2)).astype(np.float32)
    top, low = _edge(x, mouth.inner[1]), _edge(x, mouth.outer[1])
    down = ((y - top) / np.maximum(low - top, 1e-3)).clip(0, 1)
    gloss = GLOSS * np.exp(-(((down - 0.4) / 0.25) ** 2) - (_across(x, mouth) / 0.5) ** 2) * (1 - upper)
    creases = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((1, 96)).astype(np.float32), (0, 0), 1.0)[0]
    ridged = CREASES * np.interp(_across(x, mouth), np.linspace(-1, 1, 96), creases / creases.std())
    return (1 + gloss + ridged) * (1 - (1 - UPPER) * upper) * (1 - 0.25 * (down > 0.9) * (1 - upper))


def _interior(x: np.ndarray, y: np.ndarray, mouth: OpenMouth, scale: float, level: float) -> np.ndarray:
    """What is seen in the opening, float32 (H, W, 3); scale: widths of the mouth in eye distances."""
    left, right = mouth.inner[0, [0, -1], 0]
    upper, lower = (_edge(x, edge) for edge in mouth.inner)
    depth, gap = (y - upper).clip(0) * scale, (lower - upper).clip(1e-3) * scale
    along = ((x - left) / (right - left)).clip(0, 1)
    teeth = np.float32(ENAMEL) * min(1, level / WELL_LIT)
    return inside_of_mouth(along, depth, gap, float(right - left) * scale, teeth, level)
