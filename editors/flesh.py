"""What is skin, pixel by pixel: it runs out under the hair and down the chest, and no hair or fur is called so.

A pixel between skin and hair is as much of either as its colour lies between theirs, as in matting by two colours
(Ruzon and Tomasi 2000). Where clothes begin there is often more skin: what looks like that beside it is skin, too.

H, W height and width; `eyes` is pixels between the eyes; colours are CIELAB.
"""

import cv2
import numpy as np

from .colours import rgb_to_lab

UNDER, STRAY, BEYOND = 0.25, 0.5, 0.35
"""Eye distances from skin over which hair may show some of it, from hair over which skin may be hair that hangs before
it, and over which clothes may be skin."""
MIXED = (0.1, 0.9)
"""Shares of the way from the colour of the hair to that of the skin from which a pixel shows skin, and nothing else."""
HANGS, STRANDS = 0.5, (0.3, 0.55)
"""Eye distances from other hair over which a face may have hair before it, and shares of the way from its colour to the
skin's up to which a pixel is all hair, and from which it is none."""
SKINLIKE = 0.35
"""Share of the way from the colour of the hair to that of the face's skin from which what is called skin tells its
colour to what is around."""
APART, SOFT = (15.0, 25.0), 0.08
"""How different hair and skin must be to tell one from the other, and clearly; the blur in eye distances between those
that are not."""
ALIKE = (9.0, 18.0)
"""How different from the skin beside it what is called clothes may be to be skin, and from where on it is none."""
UNLIKE, BRIGHTER = (16.0, 28.0), (20.0, 36.0)
"""How different from the face's in hue, and how much lighter, skin below it may be, and from where on it is none: a
neck lies in the shade, and a lamp may tint it."""
FAR = np.float32(1e-3)
"""Weight of the usual colour of skin beside that of the skin around."""


def flesh(
    picture: np.ndarray, skin: np.ndarray, hair: np.ndarray, clothes: np.ndarray, face: np.ndarray, above: np.ndarray,
    eyes: float,
) -> np.ndarray:
    """How much each pixel is of the skin, float32 (H, W) 0..1.

    picture:      uint8 (H, W, 3)
    skin, hair, clothes: float32 (H, W) 0..1, as the label map has them, with what skin does not take all of a shift
    face, above:  bool (H, W), where the face is, and what lies higher than its brows
    """
    seen = _seen(picture, skin, face, eyes)
    if seen is None:
        return skin
    lab, usual = seen
    hue, lighter = np.linalg.norm(lab[..., 1:] - usual[1:], axis=2), lab[..., 0] - usual[0]
    own = skin * np.where(face | above, 1, _falling(hue, *UNLIKE) * _falling(lighter, *BRIGHTER))
    hairy = (hair > 0.9) & ~face
    if hairy.any():
        strands = np.median(lab[hairy], axis=0)
        beside = _beside(lab, (own > 0.9) & (face | ~above), strands, usual, eyes)
        own = _into_hair(lab, own, hair, strands, beside, above & ~face, eyes)
    alike = _falling(np.linalg.norm(lab - around(lab, own > 0.9, BEYOND * eyes, usual), axis=2), *ALIKE)
    return np.maximum(own, clothes * alike * _near(own, BEYOND * eyes)).astype(np.float32)


def hanging(
    picture: np.ndarray, skin: np.ndarray, hair: np.ndarray, clothes: np.ndarray, face: np.ndarray, above: np.ndarray,
    eyes: float,
) -> np.ndarray:
    """How much of what is called skin is hair that hangs before the face, as of a fringe; arguments as of `flesh`."""
    seen, hairy = _seen(picture, skin, face, eyes), (hair > 0.9) & ~face
    if seen is None or not hairy.any():
        return np.zeros_like(skin)
    lab, usual = seen
    strands = np.median(lab[hairy], axis=0)
    share, apart = between(lab, strands, _beside(lab, (skin > 0.9) & face, strands, usual, eyes))
    told = face & (apart > APART[0])
    found = (skin * told * _near(hair, HANGS * eyes) * _falling(share, *STRANDS)).astype(np.float32)
    parts = cv2.connectedComponents(((found > 0.2) | (hair > 0.5)).astype(np.uint8))[1]
    return found * np.isin(parts, parts[hair > 0.5])                               # no lashes, no shade beside an eye


def _seen(
    picture: np.ndarray, skin: np.ndarray, face: np.ndarray, eyes: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """The picture (H, W, 3) in CIELAB without its grain, and the usual colour (3,) of its skin; None without skin."""
    certain = (skin > 0.9) & face
    if not certain.any():
        return None
    lab = cv2.GaussianBlur(rgb_to_lab(picture), (0, 0), max(0.7, 0.015 * eyes))
    return lab, np.median(lab[certain], axis=0)


def _beside(lab: np.ndarray, known: np.ndarray, strands: np.ndarray, usual: np.ndarray, eyes: float) -> np.ndarray:
    """The colour (H, W, 3) of the skin nearby: of what is known as such, bool (H, W), and is not like hair."""
    away = usual - strands
    light = ((lab - strands) @ away > SKINLIKE * away @ away) | (np.linalg.norm(away) < APART[0])
    return around(lab, known & light, UNDER * eyes, usual)


def between(lab: np.ndarray, strands: np.ndarray, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each colour (H, W, 3) lies on the way from that of hair, (3,) or as large, to that of the skin nearby,
    and how far these are apart, (H, W) both."""
    apart = np.linalg.norm(beside - strands, axis=2)
    return ((lab - strands) * (beside - strands)).sum(2) / np.maximum(apart, 1) ** 2, apart


def _into_hair(
    lab: np.ndarray, own: np.ndarray, hair: np.ndarray, strands: np.ndarray, beside: np.ndarray, above: np.ndarray,
    eyes: float,
) -> np.ndarray:
    """Skin (H, W) that shows under hair of the colour `strands` (3,), and none where that is called skin.

    beside: the colour of the skin nearby, (H, W, 3);  above: bool (H, W), where hair may be called skin
    """
    place, apart = between(lab, strands, beside)
    told = apart > APART[0]
    share = 1 - _falling(place, *MIXED)
    own = own * np.where(told & above, share, 1)
    own = own * (1 - _near(hair, STRAY * eyes) * told * (1 - share))
    own = np.maximum(own, hair * share * told * _near(own, UNDER * eyes))
    blur = max(0.5, SOFT * eyes)
    alike = _falling(np.linalg.norm(beside - strands, axis=2), *APART)
    unclear = alike * (hair + (own > 0)).clip(0, 1) * (4 * cv2.GaussianBlur(hair, (0, 0), blur))
    return own + unclear.clip(0, 1) * (cv2.GaussianBlur(own, (0, 0), blur) - own)


def _near(mask: np.ndarray, reach: float) -> np.ndarray:
    """1 on a mask (H, W) and beside it, less and less away from it, 0 beyond the reach."""
    return (2.5 * cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.5, reach / 2))).clip(0, 1)


def _falling(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """1 up to `low`, 0 from `high` on."""
    return ((high - values) / (high - low)).clip(0, 1)


def around(lab: np.ndarray, known: np.ndarray, reach: float, usual: np.ndarray) -> np.ndarray:
    """The colour around, (H, W, 3), of what is known, bool (H, W); the usual one (3,) where nothing is."""
    known = known.astype(np.float32)
    both = cv2.GaussianBlur(np.dstack([lab * known[..., None], known]), (0, 0), max(0.5, reach / 2))
    return (both[..., :3] + FAR * usual) / (both[..., 3:] + FAR)
