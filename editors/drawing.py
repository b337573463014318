"""What is drawn on the page and what of it a step receives: layers of pixels, checked, at the photograph's own size.

A layer travels as the page's own pixels, compressed without loss: nothing is read back from a browser's canvas, which
some browsers blur on purpose. Photographs past MOST_SIDE are drawn on at MOST_SIDE and their layers enlarged.
"""

import base64
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np

from .errors import ImageError

MOST_SIDE = 4096
"""Long side in pixels of the largest drawing that a browser is asked to hold."""
LOST = "The drawing did not arrive whole. Draw again, or reload the page."


def drawing_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width at which a photograph (height, width, ...) is drawn on."""
    scale = min(1.0, MOST_SIDE / max(shape[:2]))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def packed(layer: np.ndarray) -> str:
    """A layer, uint8 (H, W) or (H, W, 4), as the page takes it: its bytes compressed, in base64."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(layer).tobytes(), 1)).decode()


def unpacked(sent: Any, size: tuple[int, int], channels: int = 1) -> np.ndarray:
    """A layer as the page sent it: uint8 (H, W), or (H, W, C) with several channels.

    size: height and width that the layer must have. Raises ImageError for anything else.
    """
    expected = size[0] * size[1] * channels
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(content_of(sent), expected + 1)
    except zlib.error:
        raise ImageError(LOST) from None
    if len(content) != expected or not reader.eof or reader.unused_data:
        raise ImageError(LOST)
    return np.frombuffer(content, np.uint8).reshape(size if channels == 1 else (*size, channels))


def content_of(sent: Any) -> bytes:
    """Bytes that came with an event in base64. Raises ImageError if they did not arrive."""
    try:
        return base64.b64decode(sent, validate=True)
    except (TypeError, ValueError):
        raise ImageError(LOST) from None


def layer_of(
    drawing: Any, name: str, shape: tuple[int, ...], channels: int = 1, empty: bool = False
) -> np.ndarray | None:
    """One layer of a drawing at the size of the photograph it was drawn on; None where it is empty, unless it may be.

    drawing: {name: packed layer or None}, as the page sends it;  shape: of the photograph
    """
    sent = drawing.get(name) if isinstance(drawing, Mapping) else None
    if sent is None and not empty:
        return None
    layer = unpacked(sent, drawing_size(shape), channels)
    return fitted(layer, shape[:2]) if empty or layer.any() else None


def resting_on(layer: np.ndarray, original: np.ndarray) -> np.ndarray:
    """A layer drawn over an original of the same size: every pixel that was not drawn on is the original's."""
    if drawing_size(layer.shape) == layer.shape:
        return layer
    seen = fitted(fitted(original, drawing_size(original.shape)), original.shape)
    return np.where(layer == seen, original, layer)


def drawn(layer: np.ndarray | None) -> str | None:
    """A layer of a step as the page draws on it; None stays None."""
    return None if layer is None else packed(fitted(layer, drawing_size(layer.shape)))


def fitted(layer: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A layer (H, W, ...) at another height and width, every pixel one that was there."""
    if layer.shape[:2] == tuple(size):
        return layer
    return cv2.resize(layer, (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT)


def imported(sent: Any, read: Callable[[bytes], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """A layer from a picture file that came with an event in base64, at the size that is drawn on.

    read: one of `images.open_mask`, `open_colours`, `open_labels`;  shape: of the photograph
    Raises ImageError if it did not arrive, is no such picture, or has another size than the photograph.
    """
    layer = read(content_of(sent))
    if layer.shape[:2] not in (tuple(shape[:2]), drawing_size(shape)):
        raise ImageError(
            f"The layer is {layer.shape[1]} x {layer.shape[0]}, the photograph {shape[1]} x {shape[0]}; "
            "a layer has the size of the photograph. Export one to see how it is meant."
        )
    return fitted(layer, drawing_size(shape))
