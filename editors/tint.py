"""The colour of the light on a face, told by its skin, and what a colour looks like in it: fair hair in warm light is
warmer than in daylight, and grey hair is not blue beside orange skin.
"""

import numpy as np

from .colours import lab_to_rgb, rgb_to_lab

SKIN = ((40, 55, 65, 75, 85), (19.5, 17.5, 16.5, 14, 12.5), (21, 21, 20.5, 19, 13))
"""Lightness of skin, with the a and b that skin of such a lightness has: medians of the photographs that teach."""
LIGHT = 0.5
"""How much of what is unusual in skin is the light on it, as a power; the rest is that person's."""
AVERAGE, ON_WHITE = (1.22, 0.97, 0.81), 0.6
"""Colour of skin about its mean, and how much of what differs from it is seen on teeth, as a power."""
FADED = (80.0, 90.0)
"""Lightness from which skin loses its colour in too much light and tells less of that of the light, and nothing."""
WARMER = np.float32([1, 0, -1])
"""What warmer light does to the logarithms of red, green and blue."""
NONE = np.ones(3, np.float32)
"""The tint of light in which colours are as usual."""


def tint_of(skin: np.ndarray | None) -> np.ndarray:
    """What light does to red, green and blue, factors float32 (3,) about 1, where skin has a CIELAB colour (3,).

    Only how warm it is: pale skin is as cold as cold light makes it, and green skin is painted.
    """
    if skin is None:
        return NONE
    usual = [skin[0], *(np.interp(skin[0], SKIN[0], row) for row in SKIN[1:])]
    seen, expected = (np.maximum(lab_to_rgb(np.float32(lab)), 1) for lab in (skin, usual))
    red, _, blue = np.log(seen / expected)
    return np.exp(LIGHT * max(0, (red - blue) / 2) * WARMER)


def tint_of_white(skin: np.ndarray | None) -> np.ndarray:
    """As `tint_of`, what light of any colour does to teeth, which have none of their own."""
    if skin is None:
        return NONE
    colour = lab_to_rgb(skin) + 1
    return (colour / colour.mean() / np.float32(AVERAGE)) ** np.float32(ON_WHITE * np.interp(skin[0], FADED, (1, 0)))


def tinted(lab: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """The a and b, (..., 2), of CIELAB colours (..., 3) of daylight in light of a tint (3,)."""
    return lab[..., 1:] if (tint == NONE).all() else rgb_to_lab(lab_to_rgb(lab) * tint)[..., 1:]
