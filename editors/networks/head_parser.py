"""Where face, ears, neck, hair, clothes, hat and background are in a crop of head and shoulders: a small U-Net.

It sees the picture in the light of the face, the probability of a person and where the mesh lies; what a photograph's
own colours add is found afterwards (`editors.regions`). S side of the crop, B batch, R regions.
"""

import cv2
import numpy as np

from .unet import UNet

SIDE = 128
"""Pixels of the crop's side."""
REGIONS = 7
"""Background, skin, ear, neck, hair, cloth, hat."""
LAYERS = 7
"""What the network sees: three colours, person, distance to the face's outline, right and down of the eyes."""
_DARKEST = 0.04


class HeadParser(UNet):
    """(B, LAYERS, S, S) -> logits of the regions (B, R, S, S)."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 96, 128)):
        super().__init__(LAYERS, REGIONS, widths)


def layers_of(
    picture: np.ndarray, person: np.ndarray, depth: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """What the network sees, float32 (LAYERS, S, S).

    picture: uint8 (S, S, 3);  person: (S, S), 0..1
    depth:   (S, S) distance to the face's outline, positive inside;  x (1, S), y (S, 1): place; all in head units
    """
    size = picture.shape[:2]
    places = (depth.clip(-1, 1), np.broadcast_to(x, size) / 2, np.broadcast_to(y, size) / 2)
    colours = as_lit(picture, depth > 0.05)
    return np.ascontiguousarray(np.stack([*cv2.split(colours), person - 0.5, *places]).astype(np.float32))


def as_lit(picture: np.ndarray, face: np.ndarray) -> np.ndarray:
    """Colours of a picture, uint8 (H, W, 3), in the light of the face, bool (H, W): float32 (H, W, 3) about 0."""
    light = picture.astype(np.float32) / 255
    mean = light[face].mean(0) if face.any() else light.mean((0, 1))
    return ((light - mean) / (mean.mean() + _DARKEST)).clip(-2, 4)


def build(**config: tuple[int, ...]) -> HeadParser:
    """The network from its card's config."""
    return HeadParser(**config)
