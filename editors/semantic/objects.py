"""Small things that are drawn where their label is: glasses, a hat, an earring, a necklace."""

import cv2
import numpy as np

from ..areas import without_holes
from ..scene import SKIN, Scene
from .regions import rgb_of

FRAME = 0.046
"""Thickness of the frame of glasses in eye distances."""
_LIGHT = np.array([-0.35, -0.75, 0.56], np.float32)
"""Where the light comes from: left, above, in front."""

_USUAL = {
    "eyeglasses": ("#26201c", "#5a3a22", "#8a8d92", "#a88a4a", "#7a2028", "#24406a"),
    "hat": ("#465468", "#2c2a2a", "#8a7a5c", "#6a2c2c", "#34563c", "#c8c0b0"),
    "earring": ("#d0a048", "#c4c6cc", "#b87a5a", "#e8e4da"),
    "necklace": ("#d0a048", "#c4c6cc", "#b87a5a", "#e8e4da"),
}
"""Colours that frames, felt and metal usually have."""


def colours_of_things(generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Colours that things may have, label name -> RGB float32 (3,)."""
    return {name: np.array(rgb_of(colours[generator.integers(len(colours))]), np.float32)
            for name, colours in _USUAL.items()}


def _relief(scene: Scene, region: np.ndarray, roundness: float) -> tuple[np.ndarray, np.ndarray]:
    """Light 0..1 on a pillow over a region, and its glint; roundness in eye distances from rim to flat."""
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5) / max(1.0, roundness * scene.eyes)
    height = np.sqrt(1 - (1 - depth.clip(0, 1)) ** 2) * roundness * scene.eyes
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(0.6, 0.15 * roundness * scene.eyes))
    slope = np.stack([-cv2.Sobel(height, -1, 1, 0, scale=1 / 8), -cv2.Sobel(height, -1, 0, 1, scale=1 / 8),
                      np.ones_like(height)], -1)
    normal = slope / np.linalg.norm(slope, axis=2, keepdims=True)
    light = (normal @ _LIGHT).clip(0, 1)
    half = (_LIGHT + [0, 0, 1]) / np.linalg.norm(_LIGHT + [0, 0, 1])
    return light, (normal @ half).clip(0, 1) ** 24


def glasses(scene: Scene, region: np.ndarray) -> None:
    """Glasses: a frame along the outline and around the lenses; the face is seen through them."""
    painted = scene.where("eyeglasses")
    smooth = scene.soft(painted, 0.08) > 0.5
    closed = without_holes(smooth if smooth.any() else painted)               # of a fine line softness leaves nothing
    depth = _depth(closed, 0.025 * scene.eyes)
    thick = max(1.6, FRAME * scene.eyes)
    thin = _depth(painted, 0).max() < 0.09 * scene.eyes     # a frame was painted, and no lenses
    outer = _depth(painted, 0.025 * scene.eyes) if thin else depth
    frame = (outer + 0.5).clip(0, 1) * (1 if thin else (thick - depth + 0.5).clip(0, 1))
    lens = (depth + 0.5).clip(0, 1) * (1 - frame)
    _glaze(scene, closed, lens)
    under = cv2.warpAffine(cv2.GaussianBlur(frame, (0, 0), max(0.6, 0.4 * thick)),
                           np.array([[1, 0, 0.2 * thick], [0, 1, 0.9 * thick]], np.float32), frame.shape[::-1])
    on = scene.soft(scene.where(*SKIN, "eyeglasses", "left eye", "right eye"), 0.04)
    scene.image[:] *= (1 - 0.3 * under * on)[..., None]
    light, glint = _relief(scene, frame > 0.5, FRAME / 2)
    colour = scene.colours.get("eyeglasses", np.array([38, 30, 28], np.float32))
    along = 0.8 + 0.2 * scene.noise(0.25).clip(-2, 2)
    picture = colour * (0.5 + 0.7 * light)[..., None] + (70 * glint * along)[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), frame)


def _glaze(scene: Scene, closed: np.ndarray, lens: np.ndarray) -> None:
    """What lenses do to what is behind them: a little darker above, a soft reflection of a window across."""
    rows = np.nonzero(closed.any(1))[0]
    down = ((scene.y - rows[0]) / max(1, len(rows))).clip(0, 1)
    scene.image[:] *= (1 - 0.09 * (1 - 0.6 * down) * lens)[..., None]
    middle = np.nonzero(closed.any(0))[0].mean()
    for side in (-1, 1):
        across = (scene.x - middle) / scene.eyes - side * 0.5 + 0.55 * (down - 0.5)
        band = np.exp(-((across - 0.1) / 0.07) ** 2) + 0.5 * np.exp(-((across - 0.26) / 0.025) ** 2)
        scene.image[:] += (15 * band * (1 - down) * lens)[..., None]


def _depth(mask: np.ndarray, blur: float) -> np.ndarray:
    """Pixels from the outline of a mask, inside it positive, smooth enough to draw an edge without steps."""
    wide = np.pad(mask, 1).astype(np.uint8)
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - wide, cv2.DIST_L2, 5)
    depth = depth[1:-1, 1:-1] - 0.5 * np.sign(depth[1:-1, 1:-1])
    return cv2.GaussianBlur(depth, (0, 0), max(0.8, blur))


def hat(scene: Scene, region: np.ndarray) -> None:
    """A hat: a round crown with a band around it, and a brim where it is wider below; it throws a shadow."""
    whole = scene.where("hat")
    shape = (_depth(whole, 0.02 * scene.eyes) + 0.5).clip(0, 1)
    width = whole.sum(1).astype(np.float32)
    rows = np.nonzero(width)[0]
    crown = float(np.percentile(width[rows[: max(1, 7 * len(rows) // 10)]], 95)) / 2
    brim = width.max() > 2.4 * crown
    middle = np.nonzero(whole[rows[len(rows) // 3]])[0].mean()
    bottom = len(whole) - 1 - np.argmax(whole[::-1], axis=0)[None] - (0.17 * scene.eyes if brim else 0)
    around = np.sqrt(1 - ((scene.x - middle) / (1.05 * crown)).clip(-0.97, 0.97) ** 2)
    light, _ = _relief(scene, whole, 0.45)
    light = 0.4 * light + 0.75 * around ** 0.8 * (1 - 0.2 * (scene.x > middle) * (1 - around))
    up = (bottom - scene.y) / scene.eyes                                         # eye distances above the brim
    on = (np.abs(scene.x - middle) < 1.02 * crown) & (up > 0)
    band = on & (up < 0.26)
    colour = scene.colour("hat", default=(70, 84, 104))
    weave = 1 + 0.03 * scene.noise() + 0.03 * scene.noise(0.02) + 0.03 * scene.noise(0.2)
    if not brim:  # knitted: ribs that run up to the top
        weave += 0.07 * np.sin((scene.x - middle) / crown * (1.4 - 0.3 * up.clip(0, 1)) * 38) * around
    felt = colour * ((0.38 + 0.62 * light) * weave)[..., None]
    if brim:
        flat = colour * ((0.62 + 0.12 * scene.noise(0.4)) * weave * (1 - 0.35 * np.exp(-np.abs(up) / 0.05)))[..., None]
        felt = np.where(on[..., None], felt, flat)
    ribbon = scene.soft(band, 0.02)[..., None] * (0.55 if brim else 0.22)
    picture = felt * (1 - ribbon) * (1 - 0.3 * np.exp(-((up - 0.26) / 0.02) ** 2) * on)[..., None]
    fall = cv2.warpAffine(scene.soft(whole, 0.16), np.array([[1, 0, 0], [0, 1, 0.14 * scene.eyes]], np.float32),
                          whole.shape[::-1])
    person = scene.soft(scene.where(*SKIN, "hair", "left brow", "right brow"), 0.03)
    scene.image[:] *= (1 - 0.5 * fall * (1 - shape) * person)[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), shape * (2 * scene.soft(region, 0.05)).clip(0, 1))


def jewel(scene: Scene, region: np.ndarray) -> None:
    """Gold: round, shining, darker below."""
    light, glint = _relief(scene, region, 0.05)
    shape = (_depth(region, 0.5) + 0.5).clip(0, 1)
    gold = scene.colours.get("earring", np.array([208, 160, 72], np.float32))
    picture = gold * (0.35 + 0.85 * light)[..., None] + 150 * glint[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), shape)
