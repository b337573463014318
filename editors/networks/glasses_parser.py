"""Where frames and lenses of glasses are in a crop of the eyes: a small U-Net.

It sees the picture in the light of the face and where the mesh lies. H, W height and width of the crop.
"""

import cv2
import numpy as np

from .head_parser import as_lit
from .unet import UNet

SIZE = (160, 80)
"""Width and height of the crop in pixels."""
NOTHING, FRAME, LENS, DARK = range(4)
"""What a pixel is part of: no glasses, their frame, a lens that is looked through, one that is not."""
LAYERS = 8
"""What the network sees: three colours, eyes, brows, distance to the face's outline, right and down of the eyes."""


class GlassesParser(UNet):
    """(B, LAYERS, H, W) -> logits of the parts (B, 4, H, W)."""

    def __init__(self, widths: tuple[int, ...] = (24, 48, 64, 80)):
        super().__init__(LAYERS, DARK + 1, widths)


def layers_of(
    picture: np.ndarray, eyes: np.ndarray, brows: np.ndarray, depth: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """What the network sees, float32 (LAYERS, H, W).

    picture: uint8 (H, W, 3);  eyes, brows: bool (H, W)
    depth:   (H, W) distance to the face's outline, positive inside;  x (1, W), y (H, 1): place; all in head units
    """
    size = picture.shape[:2]
    places = (depth.clip(-1, 1), np.broadcast_to(x, size), np.broadcast_to(y, size))
    colours = as_lit(picture, depth > 0.05)
    return np.ascontiguousarray(np.stack([*cv2.split(colours), eyes, brows, *places]).astype(np.float32))


def build(**config: tuple[int, ...]) -> GlassesParser:
    """The network from its card's config."""
    return GlassesParser(**config)
