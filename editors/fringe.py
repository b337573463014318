"""Hair that hangs over a forehead: what is called skin above the brows and is nearer to the hair above it than to skin.

A fringe through which skin shines has much of the skin's hue, so that lightness tells most; it is compared with the
cheeks below it and with the hair beside it, in the same light. G is the side of the crop; lengths are head units.
"""

import cv2
import numpy as np

from .areas import bounds, step_between
from .flesh import around, between
from .mesh_points import OVAL
from .regions import HAIR, HAT, SKIN, Head

HUE = 0.4
"""What a difference of hue counts beside one of lightness."""
DARKER = 11.0
"""Levels of CIELAB lightness by which hair is darker than the skin to tell it from that."""
SHARE = (0.55, 0.3)
"""Share of the way from the hair to the skin up to which it is hair, in the middle of a face and at its sides, which
may lie in the shade."""
SHADED = 0.4
"""Share of the skin's lightness that it may keep in the shade at the sides."""
ASIDE = (0.5, 0.8)
"""Where the sides begin, and where wholly, of half the width of the face."""
REACH, BELOW = 0.7, 0.02
"""How far hair hangs, and how far below the upper edge of the brows."""
AROUND_SKIN, AROUND_HAIR, GRAIN = 0.8, 0.24, 0.015
"""How far skin and hair lend their colours, and the blur that takes the grain from what is compared."""
STRAND, DEEP = 0.25, (0.25, 8.0)
"""How wide strands are through which skin shines, and how much darker than the skin on both sides: in shares of what
hair is darker by, and at least in levels of lightness."""
GAPS = 0.07
"""How wide gaps between strands are that are hair, too."""
FEW = 50
"""Pixels of skin or hair below which nothing is told."""


def with_fringe(found: np.ndarray, guide: np.ndarray, head: Head) -> np.ndarray:
    """Probabilities (R, G, G) of the regions with the fringe as hair; as they came under a hat.

    found: as `regions.find_regions` gives them, or without hats;  guide: uint8 (G, G, 3) Lab, as large
    """
    best, head = found.argmax(0), head.resized(len(guide))
    if (best == HAT).any():
        return found
    down, wide = head.y - head.brows, np.abs(head.points[list(OVAL), 0] - head.middle[0]).max() / head.unit
    here = bounds((down > -REACH - 1) & (head.y < head.chin) & (np.abs(head.x) < wide + 0.4))
    skin, hair, depth = (each[here] for each in (best == SKIN, best == HAIR, head.depth))
    down, aside = down[here[0]], np.abs(head.x[:, here[1]]) / wide
    certain, beside = skin & (depth > 0.1) & (down > 0.1) & (head.y[here[0]] < head.chin - 0.4), hair & (down < 0.3)
    beside = cv2.erode(beside.astype(np.uint8), np.ones((round(0.04 * head.unit) | 1,) * 2)) > 0
    if certain.sum() < FEW or beside.sum() < FEW:
        return found
    away = cv2.distanceTransform((~hair).astype(np.uint8), cv2.DIST_L2, 5) / head.unit
    top = (depth > -0.6) & (down < -0.2) & (aside < ASIDE[1])              # a mesh may end below a hairline
    zone = skin & (down < BELOW) & ((depth > -0.15) | top) & (away < REACH)
    like = zone & _like_hair(guide[here], certain, beside, step_between(aside, *ASIDE), head.unit)
    new, found = np.zeros_like(best, bool), found.copy()
    new[here] = _whole(like | hair, certain, zone, head.unit) & ~hair
    found[HAIR, new] += found[SKIN, new]
    found[SKIN, new] = 0
    return found


def _like_hair(guide: np.ndarray, skin: np.ndarray, hair: np.ndarray, aside: np.ndarray, unit: float) -> np.ndarray:
    """Whether each pixel is nearer to the hair than to the skin beside it, bool (H, W) all.

    aside: (1, W), how far it is at the sides of the face, 0..1
    """
    lab = guide.astype(np.float32) * np.float32([100 / 255, HUE, HUE])
    lab = cv2.GaussianBlur(lab, (0, 0), max(0.7, GRAIN * unit))
    hair_colour, skin_colour = (around(lab, known, reach * unit, np.median(lab[known], axis=0))
                                for known, reach in ((hair, AROUND_HAIR), (skin, AROUND_SKIN)))
    share, darker = between(lab, hair_colour, skin_colour)[0], (skin_colour - hair_colour)[..., 0]
    middle, side = SHARE
    shaded = (SHADED * skin_colour - hair_colour)[..., 0] / np.maximum(darker, 1)
    most = middle + (np.minimum(side, shaded) - middle) * aside
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(STRAND * unit) | 1,) * 2)
    deep = cv2.morphologyEx(lab[..., 0], cv2.MORPH_BLACKHAT, wide)
    strands = (deep > np.maximum(DEEP[0] * darker, DEEP[1])).astype(np.uint8)
    strands = cv2.dilate(strands, np.ones((round(2 * GRAIN * unit) | 1,) * 2)) > 0
    return ((share < most) | strands) & (darker > DARKER)


def _whole(hair: np.ndarray, face: np.ndarray, zone: np.ndarray, unit: float) -> np.ndarray:
    """Hair, bool (H, W), of which what is new in the zone touches that above it, without gaps through which no skin of
    the face, bool (H, W), is seen."""
    gaps = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(GAPS * unit) | 1,) * 2)
    hair = hair | zone & (cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_CLOSE, gaps) > 0)
    parts = cv2.connectedComponents(hair.astype(np.uint8))[1]
    hair = hair & np.isin(parts, np.unique(parts[hair & ~zone]))
    rest = cv2.connectedComponents((~hair).astype(np.uint8))[1]
    return hair | zone & ~np.isin(rest, np.unique(rest[face]))
