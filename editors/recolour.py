"""A photograph with the colour of its hair and its skin changed, and part of its hair grey."""

from collections.abc import Mapping

import numpy as np

from .canvas import Canvas
from .greying import grey_of, greyed
from .hair_grain import grain_of
from .portrait import Portrait
from .tint import tint_of
from .tones import shift_tone


def recoloured(
    portrait: Portrait, canvas: Canvas, tones: Mapping[str, np.ndarray], grey: float, lock: tuple[str, ...] = ()
) -> np.ndarray:
    """A copy of the photograph, uint8 (H, W, 3), with regions shifted in tone and a share of the hair grey.

    tones: region of `tone_regions.TONES` -> what `tones.shift_tone` takes;  grey: 0..1
    lock:  regions of `canvas.REGIONS` held as they are
    """
    image, tint = portrait.image.copy(), tint_of(canvas.skin_colour)
    for region, shift in tones.items():
        if region not in lock and shift.any():
            (x0, y0, x1, y1), mask = canvas.tone_mask(region, lock)
            grain = _grain(portrait, canvas) if region == "hair" and shift[0] > 0 else None
            own, part = canvas.own_colour(region), image[y0:y1, x0:x1]
            image[y0:y1, x0:x1] = shift_tone(part, shift, mask, region, own, grain, tint)
    if grey and "hair" not in lock:
        drawn = portrait.fact("grey hair", lambda: grey_of(canvas, _grain(portrait, canvas)))
        if drawn:
            (x0, y0, x1, y1), mask = canvas.tone_mask("hair", lock)
            image[y0:y1, x0:x1] = greyed(image[y0:y1, x0:x1], drawn, mask, grey)
    return image


def _grain(portrait: Portrait, canvas: Canvas) -> np.ndarray:
    return portrait.fact("hair grain", lambda: grain_of(canvas))
