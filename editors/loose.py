"""What is hair, pixel by pixel: what shows through at its outline is none of it, nor is skin that is called hair.

A pixel at the outline lies between the colour of the hair around it and that of what is around the hair; how near to
the latter says how much of it is seen, as in matting by two colours (Ruzon and Tomasi 2000). Black hair before black
has no outline that is seen: labels guess it, so that hair begins softly there.

H, W height and width; `eyes` is pixels between the eyes.
"""

import cv2
import numpy as np

from .areas import step_between
from .colours import lab_to_rgb, rgb_to_lab

LOOSE = 0.2
"""Eye distances in from the outline that hair may be loose."""
STREAKED = 0.4
"""Share of the way from the hair's colour to the other that hair itself varies by."""
APART = 12.0
"""How different the two colours, in CIELAB, must be to tell."""
UNLIT, FADES = (16.0, 8.0), 0.5
"""Lightness of hair and of what is behind it from which an outline is seen, and up to which none is; eye distances in
from an outline that is not seen over which hair begins."""
CELLS = 6
"""Cells that the reach of a colour is divided into."""
FLESH, HUES, DARKER = (0.45, 0.8), 8.0, 15.0
"""Shares of the way from the colour of hair to that of skin from which a pixel may be skin, and is; how different their
hues must be to tell, and how much darker hair must be where they are not."""
EVENED = 0.03
"""Blur in eye distances of what is compared with skin."""
LIMB, SLENDER, SMOOTH, FINE, RIM = 0.12, 0.05, 0.62, 0.06, 0.1
"""Least area in squared eye distances that a limb has, and half its least width; the most detail that it may show as a
share of the hair's; the blur in eye distances that leaves no detail; and half the width of a seam of hair beside it."""


def outlined(crop: np.ndarray, mask: np.ndarray, eyes: float) -> tuple[np.ndarray, np.ndarray]:
    """How much each pixel is of hair, 0..1, float32 (H, W), and the hair's own colour there, uint8 (H, W, 3).

    crop: uint8 (H, W, 3);  mask: float32 (H, W), how much each pixel is of the hair as the label map has it
    """
    reach = max(1.0, LOOSE * eyes)
    size = tuple(max(1, round(side * min(1.0, CELLS / reach))) for side in mask.shape[::-1])
    scale, small = size[0] / mask.shape[1], cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    seen = rgb_to_lab(cv2.resize(crop, size, interpolation=cv2.INTER_AREA))

    def around(weight: np.ndarray) -> np.ndarray:
        both = cv2.GaussianBlur(np.dstack([seen * weight[..., None], weight]), (0, 0), max(0.5, reach * scale))
        return both[..., :3] / np.maximum(both[..., 3:], 1e-3)

    hair = around((small > 0.9).astype(np.float32))
    away = around((small < 0.05).astype(np.float32)) - hair
    hair, away = (cv2.resize(each, mask.shape[::-1]) for each in (hair, away))
    apart, lab = np.linalg.norm(away, axis=2), rgb_to_lab(crop)
    other = ((lab - hair) * away).sum(2) / np.maximum(apart, 1) ** 2
    other = ((other - STREAKED) / (1 - STREAKED)).clip(0, 1)
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    other *= (1 - depth / np.float32(reach)).clip(0, 1) * (apart > APART)
    own = lab_to_rgb(lab - other[..., None] * away)
    lightest = hair[..., 0] + np.maximum(away[..., 0], 0)
    unseen = step_between(lightest, *UNLIT) * step_between(apart, APART, APART / 2)
    shown = 1 - unseen * step_between(depth / np.float32(FADES * eyes), 1, 0)
    return mask * (1 - other) * shown, np.round(own).astype(np.uint8)


def fleshy(crop: np.ndarray, mask: np.ndarray, skin: np.ndarray, face: np.ndarray, eyes: float) -> np.ndarray:
    """How much of what is called hair is skin, by its colour, 0..1, float32 (H, W): of a turned face, a bald head.

    crop: uint8 (H, W, 3);  mask: float32 (H, W), how much each pixel is of the hair
    skin: CIELAB (3,) of the face's skin;  face: bool (H, W), where the face is
    Where hair and skin are of one hue, only what is as light as skin within the face is skin; fair hair is none.
    """
    nothing, hairy = np.zeros(mask.shape, np.float32), (mask > 0.9) & ~face
    if not hairy.any():
        return nothing
    lab = cv2.GaussianBlur(rgb_to_lab(crop), (0, 0), max(0.7, EVENED * eyes))
    shares = _towards_skin(lab, np.median(lab[hairy], axis=0), skin)
    if shares is None:
        return nothing
    light, hue = shares
    return np.minimum(light, face if hue is None else hue)


def limbs(crop: np.ndarray, hair: np.ndarray, skin: np.ndarray, face: np.ndarray, eyes: float) -> np.ndarray:
    """Which of what is called hair, bool (H, W), are arms, shoulders or necks: smooth parts as light as skin.

    crop, skin, face as for `fleshy`, in a crop that is upright: above a face is its own hair. Strands of fair hair are
    as light, but not smooth.
    """
    found, hairy = np.zeros(hair.shape, bool), hair & ~face
    if not hairy.any():
        return found
    lab = rgb_to_lab(crop)
    even = cv2.GaussianBlur(lab, (0, 0), max(0.7, EVENED * eyes))
    shares = _towards_skin(even, np.median(even[hairy], axis=0), skin)
    if shares is None:
        return found
    rows, columns = np.flatnonzero(face.any(1)), np.flatnonzero(face.any(0))
    hairy[: rows[len(rows) // 2], columns[0] : columns[-1] + 1] = False
    share = hairy * np.minimum(*(np.float32(1) if each is None else each for each in shares))
    light = cv2.morphologyEx((share > 0.5).astype(np.uint8), cv2.MORPH_OPEN, _disc(SLENDER * eyes))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(light)
    large = 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] > LIMB * eyes**2)
    if not len(large):
        return found
    detail = np.abs(lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), FINE * eyes))
    strands = hair & (light == 0)
    most = SMOOTH * float(detail[strands].mean()) if strands.any() else 0.0
    for part in large:
        if detail[parts == part].mean() < most:
            found |= parts == part
    # Their rims are darker, and what is left of hair beside them is often but a seam.
    left = (hairy & ~found).astype(np.uint8)
    seam = (left > 0) & (cv2.morphologyEx(left, cv2.MORPH_OPEN, _disc(RIM * eyes)) == 0)
    return found | (cv2.dilate(found.astype(np.uint8), _disc(2 * RIM * eyes)) > 0) & hairy & ((share > 0) | seam)


def _disc(radius: float) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(radius)) + 1,) * 2)


def _towards_skin(lab: np.ndarray, hair: np.ndarray, skin: np.ndarray) -> tuple[np.ndarray, np.ndarray | None] | None:
    """How far each pixel of CIELAB (H, W, 3) is from the colour of hair (3,) to that of skin (3,), 0..1, float32 (H, W)
    in lightness, and in hue, None where both are of one. None where hair is no darker than skin."""
    away = np.float32(skin - hair)
    if away[0] < DARKER:
        return None
    low, high = FLESH
    light = ((lab[..., 0] - hair[0]) / away[0] - low) / (high - low)
    apart = float(np.linalg.norm(away[1:]))
    if apart <= HUES:
        return light.clip(0, 1), None
    hue = ((lab[..., 1:] - hair[1:]) @ away[1:] / apart**2 - low) / (high - low)
    return light.clip(0, 1), np.float32(hue).clip(0, 1)
