"""Glasses and hats as a thick brush means them: two lenses and what holds them, a hat down over the head."""

import cv2
import numpy as np

from ..areas import bounds
from .heads import skull
from .movement import FACE
from .painting import Painting, disc, hull_of
from .parts import without

BRIDGE, BAR, SIDES = -0.06, 0.045, 0.035
"""Eye distances below the eyes where a bridge lies, half its height, and half the height of what goes to the ears."""
NOSE, LENS, FILLED = 0.13, 0.16, 0.6
"""Half the width that a nose keeps free; least width and height of a lens; the share of its box that a lens fills."""
WIDE, BARE = 0.8, 0.3
"""Eye distances that a hat is wide at least; the share of its columns with head above it from which it was to cover it.
"""
AROUND = 0.2
"""Eye distances that a hat stands off from the head."""


def glasses_meant(painting: Painting) -> Painting:
    """With a bridge between lenses, bars to the ears, and a nose between lenses that were painted as one bar."""
    drawn = painting.now("eyeglasses")
    if not drawn.any() or painting.was("eyeglasses").any():
        return painting
    x, y = painting.x, painting.y
    sides = [drawn & (side * x > NOSE) & (np.abs(y - 0.05) < 0.6) for side in (-1, 1)]
    if not all(side.any() and min(np.ptp(x[side]), np.ptp(y[side])) > LENS for side in sides):
        return painting
    top, low = (np.mean([np.percentile(y[side], share) for side in sides]) for share in (2, 98))
    at = min(max(BRIDGE, top + 0.08), 0.5 * (top + low))
    middle, root = drawn & (np.abs(x) < NOSE), drawn & (np.abs(x) < 0.05)
    _, parts = cv2.connectedComponents(drawn.astype(np.uint8))
    if root.any() and np.ptp(y[root]) > 0.6 * (low - top) and _filled(sides):  # one bar before both eyes
        painting = painting.painted(np.where(middle & (np.abs(y - at) > BAR), painting.old, painting.new))
    elif np.intersect1d(parts[sides[0]], parts[sides[1]]).size:
        return painting                                                     # they hang together: a careful hand
    inner, outer = zip(*(_reach(side * x, mask & (np.abs(y - at) < 0.15)) for side, mask in zip((-1, 1), sides,
                                                                                             strict=True)), strict=True)
    bridge = (x > 0.03 - inner[0] - 0.06) & (x < inner[1] + 0.03) & (np.abs(y - at) < BAR)
    bars = ((x < 0.03 - outer[0]) | (x > outer[1] - 0.03)) & (np.abs(y - at) < SIDES)
    return painting.with_label((bridge | bars) & painting.now(*FACE), "eyeglasses")


def _filled(sides: list[np.ndarray]) -> bool:
    """Whether lenses, bool (H, W) each, are painted over, and not their frames alone."""
    boxes = [mask[bounds(mask)] for mask in sides]
    return all(box.mean() > FILLED for box in boxes)


def _reach(x: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    return float(x[mask].min(initial=9)), float(x[mask].max(initial=0))


def hat_meant(painting: Painting) -> Painting:
    """With a hat that covers the head above it, and presses the hair that stood higher."""
    drawn = painting.now("hat")
    if not drawn.any() or painting.was("hat").any() or np.ptp(painting.x[drawn]) < WIDE:
        return painting
    x, y = painting.x, painting.y
    below = np.maximum.accumulate(drawn[::-1], axis=0)[::-1]                # in columns: a head is nearly upright
    above = below & painting.now("hair", "skin")
    if above.any(0).sum() < BARE * drawn.any(0).sum():
        return painting
    head, half = skull(painting.old, x, y)
    low = float(np.median([y[:, column][drawn[:, column]].max() for column in np.nonzero(drawn.any(0))[0][::4]]))
    head = cv2.dilate(head.astype(np.uint8), disc(AROUND * painting.eyes)) > 0
    hat = hull_of(drawn | head & (y < low - 0.1))
    hat &= painting.now("hair", "skin", "background", "hat") & (y < -0.25)
    pressed = painting.now("hair") & (y < low + 1.3 * (np.abs(x) - half).clip(0)) & ~hat
    return painting.painted(without(painting.new, pressed, ("background",))).with_label(hat, "hat")
