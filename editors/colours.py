"""Between RGB and CIELAB, in which distances are as large as they look; and how strong a profile's colours are."""

import io

import cv2
import numpy as np
from PIL import ImageCms

IN_SHADE = np.float32((0.8, 1.1, 1.15))
"""Powers that the light in a shadow on a face is taken to, in red, green and blue: what comes through skin is red."""


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """CIELAB (..., 3) -> RGB float32 (..., 3) in 0..255."""
    flat = np.asarray(lab, np.float32).reshape(1, -1, 3)
    return (cv2.cvtColor(flat, cv2.COLOR_Lab2RGB) * 255).clip(0, 255).reshape(np.shape(lab))


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """RGB (..., 3) in 0..255 -> CIELAB float32 (..., 3)."""
    flat = np.asarray(rgb, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(np.shape(rgb))


def is_wide(profile: bytes | None) -> bool:
    """Whether a profile holds clearly stronger colours than sRGB does, as that of a telephone's photographs."""
    try:
        spread = 0.0 if profile is None else _spread(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except OSError:
        return False
    return spread > 1.1 * _spread(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")))


def _spread(profile: ImageCms.ImageCmsProfile) -> float:
    """Area that the primaries of a profile span in the plane of xy; 0 for one that names none."""
    primaries = [getattr(profile.profile, f"{name}_primary") for name in ("red", "green", "blue")]
    if None in primaries:
        return 0.0
    (x0, y0), (x1, y1), (x2, y2) = ((x, y) for _, (x, y, _) in primaries)
    return abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 2
