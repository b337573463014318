"""Between RGB and CIELAB, in which distances are as large as they look."""

import cv2
import numpy as np


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """CIELAB (..., 3) -> RGB float32 (..., 3) in 0..255."""
    flat = np.asarray(lab, np.float32).reshape(1, -1, 3)
    return (cv2.cvtColor(flat, cv2.COLOR_Lab2RGB) * 255).clip(0, 255).reshape(np.shape(lab))


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """RGB (..., 3) in 0..255 -> CIELAB float32 (..., 3)."""
    flat = np.asarray(rgb, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(np.shape(rgb))
