"""Photographs without colours, black and white or toned: what an edit adds to one has none either."""

import cv2
import numpy as np

from .portrait import Portrait

STRAY, MOST = 7, 0.98
"""Levels of 255 by which pixels may stray from the one colour that their brightness has, and how many must not."""
RANGE = 60
"""Levels between dark and light pixels that a photograph has, at least; an empty page is none."""
LOOKED_AT = 200
"""Pixels along the longer side that are looked at."""


def tone_of(image: np.ndarray, known: np.ndarray | None = None) -> np.ndarray | None:
    """The colour that each brightness has in a photograph without colours, uint8 (256, 3); None for one with colours.

    image: uint8 (H, W, 3);  known: bool (H, W), which pixels tell; all if not given
    """
    step = max(1, max(image.shape[:2]) // LOOKED_AT)
    pixels = image[::step, ::step].reshape(-1, 3)
    if known is not None:
        pixels = pixels[known[::step, ::step].ravel()]
    if not len(pixels):
        return None
    light = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2GRAY)[0]
    if np.ptp(np.percentile(light, (2, 98))) < RANGE:
        return None
    counts = np.bincount(light, minlength=256)
    there, every = np.flatnonzero(counts), np.arange(256)
    means = [np.bincount(light, channel, 256)[there] / counts[there] for channel in pixels.T.astype(float)]
    offsets = [cv2.GaussianBlur(np.interp(every, there, mean - there)[None], (0, 0), 4)[0] for mean in means]
    tone = np.round(every[:, None] + np.stack(offsets, 1)).clip(0, 255).astype(np.uint8)
    stray = np.abs(tone[light].astype(int) - pixels).max(1)
    return tone if (stray <= STRAY).mean() >= MOST else None


def without_colours(portrait: Portrait, edited: np.ndarray) -> np.ndarray:
    """An edited picture, uint8 (H, W, 3), in the tone of the photograph if that has no colours; else as it is."""
    tone = portrait.fact("tone", lambda: tone_of(portrait.image))
    return edited if tone is None else toned(edited, (edited != portrait.image).any(2), tone)


def toned(picture: np.ndarray, where: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """A picture, uint8 (H, W, 3), that has a tone (256, 3) where it is said, bool (H, W)."""
    result = picture.copy()
    result[where] = tone[cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[where]]
    return result
