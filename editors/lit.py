"""How much of the light on a face falls on what is around it: hair that is darker than skin throws back less of it."""

import cv2
import numpy as np

SHADOW, INNER, SOFT = (0.75, 0.4), 0.35, 0.1
"""Shares of the skin's lightness from which on what is beside a face, and on its neck, changes as skin does; eye
distances into the face over which that fades: its own shadows and beards change with it; the blur of where hair is."""


def lit(light: np.ndarray, oval: np.ndarray, hair: np.ndarray, neck: np.ndarray, eyes: float) -> np.ndarray:
    """Shares 0..1 of a change of skin, float32 (h, w).

    light:      float32 (h, w), lightness in shares of the skin's;  hair, neck: float32 (h, w) 0..1, where they are
    oval:       (N, 2), the outline of the face;  eyes: pixels between the eyes
    """
    face = np.zeros(light.shape, np.uint8)
    cv2.fillPoly(face, [np.round(oval).astype(np.int32)], 1)
    inner = (cv2.distanceTransform(np.pad(face, 1), cv2.DIST_L2, 5)[1:-1, 1:-1] / np.float32(INNER * eyes)).clip(0, 1)
    beside = np.maximum(1 - inner, cv2.GaussianBlur(hair, (0, 0), SOFT * eyes))
    dark = light / (SHADOW[0] + (SHADOW[1] - SHADOW[0]) * neck)
    return 1 - beside * (1 - dark.clip(0, 1) ** 2)
