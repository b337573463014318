"""What tells one hair from the next, along the strands that are seen: black hair shows it once it is lighter.

Where a photograph shows nothing but black, hair falls from a crown, as most hair does, in locks.

H, W and h, w: height and width of the hair's box, and of a small copy of it; lengths and widths are in eye distances.
"""

import cv2
import numpy as np

from .areas import small_size
from .canvas import Canvas
from .faces import eye_distance
from .mesh_points import CHIN, FOREHEAD
from .strands import LUMA, doubled, streaks, ways_seen

HAIRS, STRANDS, LOCKS = (0.006, 0.9, 0.85), (0.018, 1.6, 0.4), (0.07, 1.8, 0.4)
"""Width and length, and how much of the grain is of them; of locks where the photograph shows nothing."""
MOST, UNSEEN = 2.0, 1.4
"""Spreads that a hair may differ by, and how many times that where the photograph shows nothing."""
SMOOTH = 0.15
"""Eye distances over which directions are evened."""
LIKELY, CROWN = 0.08, 0.45
"""What the likely direction counts beside one that is clearly seen; how far above the forehead the crown is, in heights
of the face."""
NOISE, FINE = 2.0, 0.04
"""Spread in grey levels that is the noise of a dark photograph up to half of it, and from one and a half are hairs; and
the blur that leaves none of them."""
SEEN = 700
"""Pixels along the longer side in which strands are looked at."""


def grain_of(canvas: Canvas) -> np.ndarray:
    """The grain of the hair in the box of `Canvas.tone_mask`, about -2..2, more where none is seen, float32 (H, W)."""
    _, mask = canvas.tone_mask("hair")
    own, (scale, size) = canvas.own_colour("hair"), small_size(mask.shape, SEEN)
    eyes = scale * eye_distance(canvas.vertices)
    small = cv2.resize(own, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.5
    ways, clear = ways_seen(small, known, eyes, tuple(max(2, side // 2) for side in size))
    shown = cv2.resize(_shown(small, eyes), clear.shape[::-1], interpolation=cv2.INTER_AREA)
    ways = ways * (clear * shown)[..., None] + LIKELY * _falling(canvas, clear.shape)
    ways = cv2.GaussianBlur(ways, (0, 0), max(1.0, SMOOTH * eyes))
    ways = cv2.resize(ways, size, interpolation=cv2.INTER_LINEAR)
    angle = np.arctan2(ways[..., 1], ways[..., 0]) / 2
    flow, chance = np.stack([np.cos(angle), np.sin(angle)], -1), np.random.default_rng(0)
    hairs, strands, locks = (share * streaks(flow, length, width, eyes, chance)
                             for width, length, share in (HAIRS, STRANDS, LOCKS))
    unseen = 1 - cv2.resize(shown, size, interpolation=cv2.INTER_LINEAR)
    grain = (hairs + strands + unseen * locks).clip(-MOST, MOST) * (1 + (UNSEEN - 1) * unseen)
    grain = cv2.resize(np.float32(grain), mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(grain, (0, 0), canvas.focus) if canvas.focus else grain


def _shown(picture: np.ndarray, eyes: float) -> np.ndarray:
    """How far what varies in a picture float32 (H, W, 3) is more than noise, 0..1, float32 (H, W)."""
    light, blur = picture @ LUMA, max(0.8, FINE * eyes)
    spread = cv2.GaussianBlur((light - cv2.GaussianBlur(light, (0, 0), blur)) ** 2, (0, 0), 2 * blur)
    return (np.sqrt(spread) / np.float32(NOISE) - 0.5).clip(0, 1)


def _falling(canvas: Canvas, shape: tuple[int, int]) -> np.ndarray:
    """The doubled directions of hair that falls from a crown, float32 (h, w, 2), in a small copy of its box."""
    (x0, y0, x1, y1), _ = canvas.tone_mask("hair")
    top, chin = canvas.vertices[FOREHEAD, :2], canvas.vertices[CHIN, :2]
    crown = top + CROWN * (top - chin)
    x = np.linspace(x0 - crown[0], x1 - crown[0], shape[1])
    y = np.linspace(y0 - crown[1], y1 - crown[1], shape[0])
    away = np.dstack(np.meshgrid(x, y))
    return np.float32(doubled(away / (np.linalg.norm(away, axis=2, keepdims=True) + 1e-3)))
