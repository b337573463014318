"""Enlarge a picture by the super-resolution model: its edges become sharp, its colours stay."""

import cv2
import numpy as np
import torch

from .models import Models

SCALE = 4
"""Times that a picture is enlarged."""
GRID = 0.6
"""Blur in pixels that takes away the grid which the model's last step leaves in smooth places."""


def enlarge(picture: np.ndarray, models: Models) -> np.ndarray:
    """A picture, float32 (H, W, 3) in 0..255, SCALE times as large; its colours stay."""
    with torch.inference_mode():
        small = torch.from_numpy(np.ascontiguousarray(picture, np.float32)).permute(2, 0, 1)[None]
        large = np.ascontiguousarray(models.get("super_resolution")(small)[0].permute(1, 2, 0).numpy())
    large = cv2.GaussianBlur(large, (0, 0), GRID)
    missed = picture - cv2.resize(large, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    missed = cv2.GaussianBlur(missed, (0, 0), 1)
    return large + cv2.resize(missed, large.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def enlarge_part(picture: np.ndarray, part: np.ndarray, models: Models) -> np.ndarray:
    """As `enlarge` around a part, bool (H, W); the rest of the picture is enlarged smoothly, which takes no time."""
    height, width = part.shape
    smooth = cv2.resize(picture, (SCALE * width, SCALE * height), interpolation=cv2.INTER_CUBIC)
    if not part.any():
        return smooth
    top, bottom, left, right = (int(end) for axis in (1, 0) for end in np.flatnonzero(part.any(axis))[[0, -1]] + (0, 1))
    top, left, bottom, right = max(0, top - 6), max(0, left - 6), min(height, bottom + 6), min(width, right + 6)
    box = (slice(SCALE * top, SCALE * bottom), slice(SCALE * left, SCALE * right))
    smooth[box] = enlarge(picture[top:bottom, left:right], models)
    return smooth
