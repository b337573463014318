"""Shift the colour of a region of a photograph: hair, skin. Its light and shade stay, and nothing of it burns out."""

import math

import cv2
import numpy as np

from .areas import small_size
from .tint import NONE, tinted

LIGHTEST = {"hair": 84.0, "skin": 92.0}
"""CIELAB lightness that a region comes near but never reaches by being made lighter: fair hair and fair skin are not
white, and a shine on them is still seen. What is lighter already is not made lighter."""
WHITE = 102.0
"""As LIGHTEST, of what is made darker: a shine on fair hair darkens with it."""
BLACKEST = 6.0
"""CIELAB lightness that black hair has where a photograph shows any."""
DARKEST = 2.0
"""CIELAB lightness that darkening comes near: black hair keeps its strands."""
SLOPES = {"hair": (0.9, 1.3), "skin": (0.85, 1.3)}
"""Least and most that light and shade finer than `COARSE` grow by, as their surroundings are shifted: fair locks lie in
shadow, too."""
COARSE = {"hair": 0.12, "skin": 0.15}
"""What is coarser than this share of the region's longer side is shifted as a whole, finer shading rides on it."""
APART = 1.25
"""Most that shadows within a region grow apart from its middle as it turns lighter: black hair in the shade follows."""
MOST_COLOUR = 0.15
"""Largest growth of a and b, as a logarithm, of what is made darker; what is made lighter grows no more colourful."""
DEEP = (4.0, 0.9)
"""Chroma of skin that is black, and how much more it may have for each lightness it has: deep skin does not glow."""
HAIR = ((0, 9, 16, 24, 32, 40, 50, 60, 70, 85), (1, 2.2, 4.2, 5.4, 7, 7.5, 7, 5.5, 4, 2.5),
        (1, 2.8, 6.3, 11.5, 16, 17.6, 19, 20, 20, 15))
"""Lightness of hair, with the a and b that hair of such a lightness has: medians of the photographs that teach, but
fair hair less red and more yellow than those, which are lit by flashes. Black hair has no colour that could grow."""
BLEACHED = 0.5
"""How fast the colour of hair nears that of fair hair as it is lightened, for each unit of log-odds."""
GREY, DULL = (45.0, 58.0), (0.35, 0.65)
"""Lightness from which hair may be grey, and is; share of the colour of such light hair up to which it is, and from
which it is not. Grey hair turns white, not blond."""
SHINE = 0.4
"""How much of what would be lighter than LIGHTEST is left above it."""
STREAKED, STREAKS, LIFTED = (8.0, 24.0), 6.0, 40.0
"""Lightness of hair that shows no strands, and of such that shows its own; lightness by which strands then differ, once
it is so much lighter."""
EVEN = 0.6
"""How fast colours near the region's own as it is lightened, for each unit of log-odds: bleached hair is of one."""
FOREIGN = {"hair": (-1.0, 0.0), "skin": (0.15, 0.6)}
"""Shares of the region's usual lightness below which a pixel is none of it, and from which it is: in hair there are
black gaps, on skin only what a collar or a strand of hair leaves there."""
_SMALL = 160


def shift_tone(
    crop: np.ndarray, shift: np.ndarray, mask: np.ndarray, region: str, own: np.ndarray | None = None,
    grain: np.ndarray | None = None, tint: np.ndarray = NONE,
) -> np.ndarray:
    """The crop with the colour of a region shifted.

    crop:   uint8 (H, W, 3)
    shift:  of the log-odds of lightness between DARKEST and LIGHTEST, and of the logarithms of a and b, (3,)
    mask:   float32 (H, W) 0..1, how much each pixel is of the region;  region: of `tone_regions.TONES`
    own:    uint8 (H, W, 3), the region's colours without what shows through at its outline; the crop's if not given
    grain:  float32 (H, W), what tells one hair from the next; none is drawn if not given
    tint:   of the light, (3,), as `tint.tint_of` says
    Returns uint8 (H, W, 3), the crop's own pixels where the mask is 0.
    """
    own = crop if own is None else own
    lab = cv2.cvtColor(own.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    certain = lab[mask > 0.9] if (mask > 0.9).any() else lab[mask > 0]
    if not len(certain):
        return crop.copy()
    usual = np.median(certain, axis=0)
    low, high = (share * usual[0] for share in FOREIGN[region])
    mask = mask * ((lab[..., 0] - low) / (high - low)).clip(0, 1)
    odds, light = float(shift[0]), lab[..., 0].copy()
    lab[..., 0] = _shifted(light, mask, usual[0], odds, region)
    if odds > 0:
        if grain is not None:
            dark = np.interp(usual[0], STREAKED, (1, 0))
            lab[..., 0] += np.float32(STREAKS * dark) * grain * ((lab[..., 0] - light) / LIFTED).clip(0, 1)
        past = np.maximum(lab[..., 0] - LIGHTEST[region], 0)  # a shine, or the background behind loose hair
        lab[..., 0] = np.maximum(lab[..., 0] - (1 - SHINE) * past, light)
        _bleach(lab, usual, odds, region, tint)
    lab[..., 1:] *= np.exp(np.minimum(shift[1:], MOST_COLOUR if odds < 0 else 0)).astype(np.float32)
    if region == "skin" and odds < 0:
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        most = np.maximum(DEEP[0] + DEEP[1] * lab[..., 0], chroma * lab[..., 0] / np.maximum(light, 1))
        lab[..., 1:] *= np.minimum(1, most / np.maximum(chroma, 1e-3))[..., None]
    toned = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255
    return np.round(crop + mask[..., None] * (toned - own)).clip(0, 255).astype(np.uint8)


def _shifted(light: np.ndarray, mask: np.ndarray, usual: float, odds: float, region: str) -> np.ndarray:
    """Lightness (H, W) of a region shifted by log-odds, its finer light and shade with it; usual: of all of it."""
    base = _base(light, mask, COARSE[region])
    moved, slope = _lightened(base, odds, region) if odds > 0 else _moved(base, odds, WHITE)
    if odds > 0:
        middle = _lightened(usual, odds, region)[0]
        room = APART * np.abs(base - usual)
        moved = middle + (moved - middle).clip(-room, room)
    return (moved + slope.clip(*SLOPES[region]) * (light - base)).clip(0, 100)


def _bleach(lab: np.ndarray, usual: np.ndarray, odds: float, region: str, tint: np.ndarray) -> None:
    """Bring CIELAB (H, W, 3), in place, nearer to the region's usual one (3,), and of hair to that of fair hair."""
    lab[..., 1:] = usual[1:] + math.exp(-EVEN * odds) * (lab[..., 1:] - usual[1:])
    if region == "hair":
        after, gained = _gained(float(usual[0]), odds, tint)
        lab[..., 1:] += (1 - _grey(usual, tint)) * (
            gained * (lab[..., :1] / after).clip(0, 1)
            + (1 - math.exp(-BLEACHED * odds)) * (_colour(after, tint) - usual[1:] - gained))


def _grey(usual: np.ndarray, tint: np.ndarray) -> float:
    """How far hair of a CIELAB colour (3,) is grey, 0..1: too light for black, too dull for any other."""
    dull = np.hypot(*usual[1:]) / np.hypot(*_colour(float(usual[0]), tint))
    return float(np.interp(usual[0], GREY, (0, 1)) * np.interp(dull, DULL, (1, 0)))


def _base(light: np.ndarray, mask: np.ndarray, coarse: float) -> np.ndarray:
    """Lightness (H, W) without what is finer than a share of the longer side, of the region's pixels alone, (H, W)."""
    _, size = small_size(mask.shape, _SMALL, 1)
    weight = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) + 1e-4
    small = weight * cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    blur = coarse * max(size)
    smooth = cv2.GaussianBlur(small, (0, 0), blur) / cv2.GaussianBlur(weight, (0, 0), blur)
    return cv2.resize(smooth, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _moved(light: np.ndarray, odds: float, lightest: float) -> tuple[np.ndarray, np.ndarray]:
    """Lightness (H, W) shifted by log-odds between DARKEST and `lightest`, and how much finer shading grows with it."""
    room = lightest - DARKEST
    share = ((light - DARKEST) / room).clip(0.005, 0.995)
    factor = np.float32(math.exp(odds))
    moved = factor * share / (1 - share + factor * share)
    slope = factor / (1 - share + factor * share) ** 2
    moved = np.where((light > DARKEST) & (light < lightest), DARKEST + room * moved, light)
    return moved, slope


def _lightened(light: np.ndarray, odds: float, region: str) -> tuple[np.ndarray, np.ndarray]:
    """As `_moved`, up: what is blacker than BLACKEST gains as much as that, since it shows only that it is black."""
    shown = np.maximum(light, np.float32(BLACKEST))
    moved, slope = _moved(shown, odds, LIGHTEST[region])
    return light + (moved - shown), slope


def _gained(light: float, odds: float, tint: np.ndarray) -> tuple[float, np.ndarray]:
    """The lightness that hair has once it is lightened by log-odds, and the a and b (2,) that it gains."""
    after = float(_lightened(np.float32(light), odds, "hair")[0])
    return after, _colour(after, tint) - _colour(light, tint)


def _colour(light: float, tint: np.ndarray) -> np.ndarray:
    """The a and b (2,) that hair of a lightness has in light of a tint (3,)."""
    return tinted(np.float32([light, *(np.interp(light, HAIR[0], row) for row in HAIR[1:])]), tint)
