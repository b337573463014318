"""What colours the parts of a face usually have together: a Gaussian over CIELAB means of regions. R regions."""

from collections.abc import Mapping

import cv2
import numpy as np

REGIONS: dict[str, tuple[str, ...]] = {
    "skin": ("skin", "nose"), "hair": ("hair",), "brows": ("left brow", "right brow"), "upper lip": ("upper lip",),
    "lower lip": ("lower lip",), "neck": ("neck",), "cloth": ("cloth",), "background": ("background",),
}
"""Regions whose colours are known, and the labels they stand for."""


def lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    """CIELAB (..., 3) -> RGB float32 (..., 3) in 0..255."""
    flat = np.asarray(lab, np.float32).reshape(1, -1, 3)
    return (cv2.cvtColor(flat, cv2.COLOR_Lab2RGB) * 255).clip(0, 255).reshape(np.shape(lab))


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """RGB (..., 3) in 0..255 -> CIELAB float32 (..., 3)."""
    flat = np.asarray(rgb, np.float32).reshape(1, -1, 3) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(np.shape(rgb))


class LabelPainter:
    """The Gaussian: mean (R * 3,) and components (P, R * 3), each as long as its standard deviation."""

    def __init__(self, arrays: Mapping[str, np.ndarray]):
        self._mean = arrays["mean"].astype(np.float32)
        self._components = arrays["components"].astype(np.float32)

    def sample(self, generator: np.random.Generator) -> dict[str, np.ndarray]:
        """Plausible colours, label name -> CIELAB (3,), all of one face; rare ones are drawn nearer to the mean."""
        code = generator.standard_normal(len(self._components)).clip(-1.8, 1.8).astype(np.float32)
        lab = (self._mean + code @ self._components).reshape(-1, 3)
        lab[:, 0] = lab[:, 0].clip(4, 96)
        return {label: colour for names, colour in zip(REGIONS.values(), lab, strict=True) for label in names}


def build(arrays: Mapping[str, np.ndarray]) -> LabelPainter:
    """The model from its arrays."""
    return LabelPainter(arrays)
