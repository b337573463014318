"""Light and shade on skin as a photograph has them: wrinkles that deepen with age, folds that are smoothed away.

Smoothing is what retouchers call frequency separation: shading of the size of folds goes, the grain of the skin and the
form of the face stay.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .areas import step_between
from .canvas import Canvas
from .faces import eye_distance
from .mesh_points import CHIN

WRINKLES = (0.02, 0.09)
"""Finest and coarsest shading that counts as wrinkles: blurs in eye distances."""
FOLD, SHINE = 16.0, 6.0
"""Levels of 255 that a fold may be darker, and skin between folds lighter, for it to deepen fully: what is stronger is
no wrinkle but the edge of a part, a nostril, a lit rim."""
DEEPEST = 3.0
"""Logarithm that deepening comes near but never reaches: skin folds only so far."""
FOLDS = (0.02, 0.15)
"""As WRINKLES, of what is smoothed: bags under eyes and folds beside the nose, too."""
DARKER, LIGHTER = 45.0, 25.0
"""As FOLD and SHINE, of what is smoothed."""
WHITE, ROOM, GLOWS = 255.0, 80.0, (0.2, 1.0)
"""Level of 255 that no colour of lit skin passes, how far below it there is room for all of the light, and the least
and the largest share that there is room for: where red is full, more light would only be yellow."""
IN_SHADE = (0.7, 1.05, 1.1)
"""How fast red, green and blue of skin fade in the shade of a fold."""
SHINING, SHINY = 40.0, (0.1, 2.0)
"""Levels above the usual ones of a face's skin that are all shine, which shade takes first, and how fast a colour can
fade with it: what is left of a highlight is skin, not grey."""
WELL_LIT = 150.0
"""Level of well-lit skin."""
HAIRS, AS_DARK, AS_UNEVEN, NOSE_BASE = (0.03, 0.08), (0.15, 0.4), (0.03, 0.08), 2
"""Blurs in eye distances that tell hairs of a beard from what is around and even them out, how much darker a beard is
than skin, from nothing to all, how uneven, as shares, and the point of the mesh below which it grows."""
BARE = ("skin", "nose", "neck")
"""Labels of what is smoothed: hair, glasses, brows, eyes and lips stay out of it."""


@dataclass(frozen=True, eq=False)
class Skin:
    """On the grid of a canvas, float32.

    wrinkles:  (h, w) in 0..255 about 0
    colour:    (h, w, 3) that a level of light has there. A level is less of one in the dark, half way between adding
               and multiplying, half coloured, as light on skin is, and less of one where skin is nearly white
    shade:     as colour, of a level taken away: light that comes out of the skin beside a fold is red
    flatter:   (h, w, 3) what makes all folds of bare skin flat
    bare:      (h, w) 0..1 where skin is bare, with soft edges
    """

    wrinkles: np.ndarray
    colour: np.ndarray
    shade: np.ndarray
    flatter: np.ndarray
    bare: np.ndarray


def skin_of(canvas: Canvas) -> Skin:
    """The skin of the photograph that a canvas lies on."""
    small = canvas.small.astype(np.float32)
    grey, eyes = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), eye_distance(canvas.vertices) / canvas.step
    lit = np.maximum(grey, 16)[..., None]
    hue, dimmed = small / lit, np.sqrt(lit / WELL_LIT)
    bare = cv2.GaussianBlur(cv2.erode(canvas.labels_on_grid(BARE), np.ones((3, 3))), (0, 0), 1.5)
    bare *= 1 - bearded(grey, canvas)
    folds = limited(shading(small, eyes, FOLDS, bare), DARKER, LIGHTER)   # each colour by itself: folds are redder, too
    wrinkles = limited(shading(grey, eyes), FOLD, SHINE)
    shade = cv2.GaussianBlur(hue, (0, 0), 2) * np.float32(IN_SHADE)
    if (inside := canvas.labels_on_grid(("skin", "nose")) > 0.99).any():
        usual = np.median(small[inside], axis=0)
        over = (lit - float(cv2.cvtColor(usual[None, None], cv2.COLOR_RGB2GRAY).item())).clip(0)
        shine = ((small - usual) / np.maximum(over, SHINING / 2)).clip(*SHINY)
        shade += cv2.GaussianBlur((over / SHINING).clip(0, 1) * (shine - shade), (0, 0), 2)
    room = ((WHITE - small.max(2, keepdims=True)) / ROOM).clip(*GLOWS)
    return Skin(wrinkles, (hue + 1) / 2 * dimmed * room, shade * dimmed, -bare[..., None] * folds, bare)


def bearded(grey: np.ndarray, canvas: Canvas) -> np.ndarray:
    """How much of a beard lies on the skin below the nose, float32 (h, w) 0..1: dark, and uneven as only hairs are.

    grey: float32 (h, w) 0..255, the canvas's grid
    """
    eyes, skin = eye_distance(canvas.vertices) / canvas.step, canvas.labels_on_grid(("skin", "nose")) > 0.9
    fine, coarse = (share * eyes for share in HAIRS)
    usual, around = max(float(np.median(grey[skin])) if skin.any() else 0, 8), cv2.GaussianBlur(grey, (0, 0), coarse)
    uneven = cv2.GaussianBlur(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), fine)), (0, 0), coarse)
    found = step_between(1 - around / usual, *AS_DARK) * step_between(uneven / np.maximum(around, 8), *AS_UNEVEN)
    nose, chin = canvas.to_grid(canvas.vertices[[NOSE_BASE, CHIN]])
    rows, columns = np.indices(grey.shape, np.float32)
    below = ((columns - nose[0]) * (chin - nose)[0] + (rows - nose[1]) * (chin - nose)[1]) / np.sum((chin - nose) ** 2)
    return cv2.GaussianBlur(found * step_between(below, -0.02, 0.08), (0, 0), fine)


def shading(
    light: np.ndarray, eyes: float, sizes: tuple[float, float] = WRINKLES, weight: np.ndarray | None = None
) -> np.ndarray:
    """The part of light, float32 (H, W) or (H, W, 3), that is of some size; eyes lie `eyes` pixels apart.

    weight: float32 (H, W), how much each pixel tells its surroundings how bright they are; all the same if not given
    """
    fine, coarse = (share * eyes for share in sizes)
    seen = cv2.GaussianBlur(light, (0, 0), fine)
    if weight is None:
        return seen - cv2.GaussianBlur(light, (0, 0), coarse)
    weight = (weight + np.float32(1e-3)).reshape(*weight.shape, *[1] * (light.ndim - 2))
    around = cv2.GaussianBlur(light * weight, (0, 0), coarse)
    return seen - around / cv2.GaussianBlur(weight, (0, 0), coarse).reshape(weight.shape)


def limited(seen: np.ndarray, darker: float, lighter: float) -> np.ndarray:
    """Shading that comes near so many levels below and above 0 and never reaches them."""
    return np.where(seen < 0, darker * np.tanh(seen / darker), lighter * np.tanh(seen / lighter))


def deepened(relief: np.ndarray) -> np.ndarray:
    """What is added of the photograph's wrinkles for a logarithm of their depth; never less than -1, all of them."""
    return np.where(relief < 0, np.expm1(np.minimum(relief, 0)), relief / (1 + np.maximum(relief, 0) / DEEPEST))
