"""What tells one hair from the next, along the strands that are seen: black hair shows it once it is lighter."""

import cv2
import numpy as np

from .areas import small_size
from .canvas import Canvas
from .faces import eye_distance
from .strands import streaks, ways_seen

HAIRS, STRANDS = (0.006, 0.9, 0.85), (0.018, 1.6, 0.4)
"""Width and length in eye distances, and how much of the grain is of them."""
MOST = 2.0
"""Spreads that a hair may differ by."""
SMOOTH = 0.15
"""Eye distances over which directions are evened."""
SEEN = 700
"""Pixels along the longer side in which strands are looked at."""


def grain_of(canvas: Canvas) -> np.ndarray:
    """The grain of the hair in the box of `Canvas.tone_mask`, about -2..2, float32 (H, W)."""
    _, mask = canvas.tone_mask("hair")
    own, (scale, size) = canvas.own_colour("hair"), small_size(mask.shape, SEEN)
    eyes = scale * eye_distance(canvas.vertices)
    small = cv2.resize(own, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.5
    doubled, clear = ways_seen(small, known, eyes, tuple(max(2, side // 2) for side in size))
    doubled = cv2.GaussianBlur(doubled * (clear[..., None] + np.float32(1e-3)), (0, 0), max(1.0, SMOOTH * eyes))
    doubled = cv2.resize(doubled, size, interpolation=cv2.INTER_LINEAR)
    angle = np.arctan2(doubled[..., 1], doubled[..., 0]) / 2
    flow, chance = np.stack([np.cos(angle), np.sin(angle)], -1), np.random.default_rng(0)
    grain = sum(share * streaks(flow, length, width, eyes, chance) for width, length, share in (HAIRS, STRANDS))
    grain = np.float32(grain.clip(-MOST, MOST))
    grain = cv2.resize(grain, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(grain, (0, 0), canvas.focus) if canvas.focus else grain
