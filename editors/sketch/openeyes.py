"""Eyes that are drawn open: white, iris and lids where they were drawn, in the light of the face.

A painter that knows average eyes paints drawn ones as large as those, and blurred. H, W height and width; lengths are
in widths of the eye that the face has.
"""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..beard import drawn_hairs
from ..canvas import SHARP
from ..crops import scale_of
from ..focus import blur_of
from ..mesh_points import LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE
from ..strands import LUMA
from .openlines import OpenEye
from .shut import LASHES, skin_beside, soft_within
from .shutlines import places_in, to_photograph
from .strokes import grown
from .surroundings import colour_asked, laid, match_grain

LID, UNDRAWN, AROUND, BROW, SOFT = 0.2, 0.4, 0.16, 0.06, 0.12
"""How far around the eye that was filled in, where one was drawn and where none was, and the drawn one skin is laid,
how near it comes to a brow, and over which it fades."""
LIGHT, WHITE, TINTED = 0.9, ((0, 80, 190, 255), (0, 88, 196, 232)), 0.6
"""Quantile of the light of skin that tells how bright the white of an eye is, how bright for which, and how far it has
the colour of the skin's light."""
RIM, PUPIL, STREAKS = 0.16, 0.4, 0.16
"""The width of the dark rim of an iris and the radius of the pupil, of its own, and how far the
light of its streaks differs."""
GLINT = (-0.3, -0.36, 0.17)
"""Where light shines in an eye and how wide, in radii of the iris from its middle."""
SHADE, FALLS, CORNERS = 0.5, 0.07, 0.35
"""How dark the shadow of the upper lid is and how far it falls, and how dark the corners are."""
ROW, LOWER, WATER = (0.9, 0.034), (0.4, 0.02), 0.03
"""How dark and how thick the row of lashes above and the edge below is, and how high that edge."""
FOLD, HIGH, DEEP = 0.2, 0.13, 0.035
"""How dark the fold over a lid is, how far above it, and how wide."""
HAIRS, LONG, HAIR = 40, (0.06, 0.13), 0.013
"""How many lashes there are, how long from the nose outwards, and how wide each is at its root."""


def lay_open(
    picture: np.ndarray, eye: OpenEye, hole: np.ndarray, mesh: np.ndarray, colours: np.ndarray, seed: int
) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with an eye open.

    hole: bool (H, W);  mesh: (468, 3) of the face that was filled in, in pixels;  colours: strokes uint8 (H, W, 4)
    """
    wide = 1 / scale_of(eye.to_eye)
    lid = _lid(eye, mesh, hole, wide)
    if not lid.any():
        return picture
    here = bounds(lid, round(0.45 * wide) + 4)
    lid, inside, under = lid[here], hole[here], picture[here].astype(np.float32)
    x, y = places_in(eye.to_eye, here)
    drawn = skin_beside(under, lid, wide)
    lit = _lit(drawn[lid])
    drawn *= _folded(x, y, eye)[..., None]
    iris = np.hypot(x - eye.iris[0], y - eye.iris[1]) / eye.iris[2]
    asked = colour_asked(colours[here], (iris < 1) & inside)
    ball = _ball(x, y, iris, eye, lit, asked, seed)
    open_ = _between(x, y, eye, wide)[..., None]
    drawn += open_ * (ball - drawn)
    for cover, colour in _edges(x, y, eye, wide, lit):
        drawn += cover[..., None] * (colour - drawn)
    lashes = _lashes(eye, here, wide, seed, lid.shape)
    drawn += lashes[..., None] * (np.float32(LASHES) - drawn)
    drawn = cv2.GaussianBlur(drawn, (0, 0), max(0.5, 0.01 * wide, _focus_around(picture, hole, mesh)))
    drawn = match_grain(drawn * lid[..., None] + under * ~lid[..., None], picture[here], lid, seed)
    soft = np.maximum(soft_within(lid, SOFT * wide), open_[..., 0]) * soft_within(inside, 2.0)
    return laid(picture, here, under + soft[..., None] * (drawn - under), inside)


def _focus_around(picture: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> float:
    """As `Canvas.focus`, of what is seen of a face, mesh (468, 3), around a hole, bool (H, W)."""
    face = within_hull(mesh[list(OVAL), :2], hole.shape)
    if not face.any():
        return 0.0
    here = bounds(face)
    blur = blur_of(picture[here], (face & ~grown(hole, 3.0))[here])
    return float(np.sqrt(max(0.0, blur**2 - SHARP**2)))


def _lid(eye: OpenEye, mesh: np.ndarray, hole: np.ndarray, wide: float) -> np.ndarray:
    """Where skin is laid, bool (H, W): over the eye that was filled in and around the drawn one, up to the brow."""
    parts = (LEFT_EYE, LEFT_BROW) if eye.left else (RIGHT_EYE, RIGHT_BROW)
    own, filled_in, brow, face = (within_hull(points, hole.shape) for points in (
        eye.ring, *(mesh[list(part), :2] for part in (*parts, OVAL))))
    skin = grown(own, AROUND * wide) | (grown(filled_in, (LID if eye.lines.any() else UNDRAWN) * wide) & face)
    skin &= ~(grown(brow, BROW * wide) & ~grown(own, 2))
    return skin & hole


def _lit(skin: np.ndarray) -> np.ndarray:
    """The colour (3,) of the white of an eye in the light that skin (N, 3) has."""
    light = skin @ LUMA
    bright = np.median(skin[light >= np.quantile(light, LIGHT)], axis=0)
    white = bright / max(float(bright @ LUMA), 1.0)
    return np.interp(bright @ LUMA, *WHITE) * (1 + TINTED * (white - 1)).astype(np.float32)


def _along(x: np.ndarray, eye: OpenEye) -> np.ndarray:
    """How far along the lids each place lies, (H, W): -1 and 1 in the corners."""
    left, right = eye.lids[0, [0, -1], 0]
    return (2 * (x - left) / (right - left) - 1).clip(-1, 1)


def _folded(x: np.ndarray, y: np.ndarray, eye: OpenEye) -> np.ndarray:
    """How light the skin around an eye is, (H, W): darker in the fold over its lid."""
    over = 1 - _along(x, eye) ** 4
    above = np.interp(x, *eye.lids[0].T) - y
    fold = FOLD * over * np.exp(-(((above - HIGH) / (DEEP + 0.03 * (above > HIGH))) ** 2))
    below = y - np.interp(x, *eye.lids[1].T)
    return (1 - fold - 0.06 * over * np.exp(-(((below - 0.1) / 0.08) ** 2))).astype(np.float32)


def _ball(
    x: np.ndarray, y: np.ndarray, iris: np.ndarray, eye: OpenEye, lit: np.ndarray, asked: np.ndarray | None, seed: int
) -> np.ndarray:
    """What is seen between the lids, float32 (H, W, 3); iris: (H, W), how far off its middle in its radii.

    lit: (3,) colour of the white;  asked: (3,) colour of the iris, None for the eye's own
    """
    random, level = np.random.default_rng(seed), float(lit @ LUMA) / 200
    along, pixel = _along(x, eye), 1 / max(1.0, eye.iris[2] / max(float(np.abs(np.diff(x, axis=1)).mean()), 1e-6))
    white = lit * (1 - CORNERS * np.abs(along) ** 3)[..., None]
    colour = level * np.float32(eye.colour) if asked is None else asked
    streaks = cv2.GaussianBlur(np.tile(random.standard_normal((1, 180)), 3).astype(np.float32), (0, 0), 1.2)[0, 180:360]
    angle = np.arctan2(y - eye.iris[1], x - eye.iris[0])
    ray = np.interp(angle, np.linspace(-np.pi, np.pi, 180), STREAKS * streaks / streaks.std())
    shine = 1 + ray * iris.clip(0, 1) + 0.35 * np.sin(angle) * (iris > PUPIL)            # light falls in from above
    shine *= 1 - 0.6 * ((iris - 1 + RIM) / RIM).clip(0, 1)
    ball = white + ((1 - iris) / pixel + 0.5).clip(0, 1)[..., None] * (colour * shine[..., None] - white)
    pupil = ((PUPIL - iris) / pixel + 0.5).clip(0, 1)
    ball += pupil[..., None] * (level * np.float32((16, 12, 11)) - ball)
    shadow = SHADE * np.exp(-(y - np.interp(x, *eye.lids[0].T)).clip(0) / FALLS)
    ball *= (1 - shadow)[..., None]
    glint = np.hypot((x - eye.iris[0]) / eye.iris[2] - GLINT[0], (y - eye.iris[1]) / eye.iris[2] - GLINT[1])
    return ball + ((GLINT[2] - glint) / pixel + 0.5).clip(0, 1)[..., None] * (np.minimum(1.15 * lit, 250) - ball)


def _between(x: np.ndarray, y: np.ndarray, eye: OpenEye, wide: float) -> np.ndarray:
    """How far each pixel lies between the lids, (H, W) in 0..1."""
    upper, lower = (np.interp(x, *lid.T) for lid in eye.lids)
    ends = np.minimum(x - eye.lids[0, 0, 0], eye.lids[0, -1, 0] - x)
    return (np.minimum(np.minimum(y - upper, lower - y), ends) * wide + 0.5).clip(0, 1).astype(np.float32)


def _edges(x: np.ndarray, y: np.ndarray, eye: OpenEye, wide: float, lit: np.ndarray):
    """The edges of the lids: how much each covers, (H, W) in 0..1, and its colour (3,)."""
    upper, lower = (y - np.interp(x, *lid.T) for lid in eye.lids)
    along, ends = _along(x, eye), np.abs(_along(x, eye)) < 1
    outer = along if eye.left else -along
    thick = ROW[1] * (0.55 + 0.45 * outer) + 0.35 / wide
    yield WATER * 10 * np.exp(-((lower / WATER) ** 2)) * ends, np.float32((0.92, 0.76, 0.7)) * lit
    yield LOWER[0] * np.exp(-(((lower - WATER) / (LOWER[1] + 0.3 / wide)) ** 2)) * ends, np.float32(LASHES) * 1.6
    yield ROW[0] * np.exp(-((upper / thick) ** 2)) * ends, np.float32(LASHES)


def _lashes(eye: OpenEye, here: tuple[slice, slice], wide: float, seed: int, shape: tuple[int, int]) -> np.ndarray:
    """How much of each pixel of a part (H, W) the upper lashes cover, in 0..1."""
    chance = np.random.default_rng(seed).random((HAIRS, 4))
    along = np.sort((np.arange(HAIRS) + chance[:, 0]) / HAIRS)
    root = np.stack([np.interp(along, np.linspace(0, 1, len(eye.lids[0])), eye.lids[0, :, axis]) for axis in (0, 1)], 1)
    outer = along if eye.left else 1 - along
    long = (LONG[0] + (LONG[1] - LONG[0]) * outer) * (0.6 + 0.8 * chance[:, 1]) * np.sin(np.pi * along) ** 0.4
    lean = 1.4 * (along - 0.5) + 0.4 * (chance[:, 2] - 0.5)
    middle = root + 0.5 * long[:, None] * np.stack([np.sin(1.6 * lean), -0.5 * np.cos(lean)], 1)
    tip = middle + 0.5 * long[:, None] * np.stack([np.sin(lean), -np.cos(lean)], 1)
    curves = np.stack([to_photograph(eye.to_eye, points) for points in (root, middle, tip)])
    curves -= (here[1].start, here[0].start)
    return 0.8 * (1 - np.exp(-drawn_hairs(curves, chance, HAIR * wide, shape[::-1])[0]))
