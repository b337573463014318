"""Small things that are drawn where their label is: glasses, a hat, an earring, a necklace."""

import cv2
import numpy as np

from .regions import rgb_of
from .scene import Scene

FRAME = 0.055
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
    whole = scene.soft(scene.where("eyeglasses"), 0.08) > 0.5
    closed = _filled(whole)
    depth = cv2.distanceTransform(np.pad(closed, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    thick = max(1.5, FRAME * scene.eyes)
    thin = cv2.distanceTransform(np.pad(whole, 1).astype(np.uint8), cv2.DIST_L2, 5).max() < 0.09 * scene.eyes
    frame = whole if thin else (depth > 0) & (depth < thick) & closed
    lens = closed & ~frame
    height = np.nonzero(closed.any(1))[0]
    down = ((scene.y - height[0]) / max(1, len(height))).clip(0, 1)
    clear = scene.soft(lens, 0.02)
    scene.image[:] *= (1 - 0.10 * clear)[..., None]
    sheen = (np.sin((scene.x + 0.7 * scene.y) / (0.17 * scene.eyes)) > 0.72) * (1 - down) * 16
    sheen = cv2.GaussianBlur(sheen.astype(np.float32), (0, 0), max(1.0, 0.03 * scene.eyes))
    scene.image[:] += (sheen * clear)[..., None]
    under = cv2.warpAffine(scene.soft(frame, 0.04), np.array([[1, 0, 0], [0, 1, 0.8 * thick]], np.float32),
                           frame.shape[::-1])
    scene.image[:] *= (1 - 0.22 * under * (closed | _near(closed, thick)))[..., None]
    light, glint = _relief(scene, frame, FRAME / 2)
    colour = scene.colours.get("eyeglasses", np.array([38, 30, 28], np.float32))
    picture = colour * (0.45 + 0.75 * light)[..., None] + 95 * glint[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), scene.soft(frame, 0.012))


def _near(mask: np.ndarray, width: float) -> np.ndarray:
    side = 2 * max(1, round(width)) + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _filled(mask: np.ndarray) -> np.ndarray:
    """A mask with its holes filled."""
    outside = np.pad(mask, 1).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    return outside[1:-1, 1:-1] != 2


def hat(scene: Scene, region: np.ndarray) -> None:
    """A hat of felt, with a band along its lower edge."""
    whole = scene.where("hat")
    light, _ = _relief(scene, whole, 0.7)
    colour = scene.colour("hat", default=(70, 84, 104))
    weave = 1 + 0.035 * scene.noise() + 0.03 * scene.noise(0.03)
    bottom = len(whole) - 1 - np.argmax(whole[::-1], axis=0)
    band = (scene.y > bottom[None] - 0.28 * scene.eyes) & (scene.y < bottom[None] - 0.08 * scene.eyes)
    tone = np.where(scene.soft(band, 0.02)[..., None] > 0.5, colour * 0.5, colour)
    picture = tone * ((0.5 + 0.6 * light) * weave)[..., None]
    fall = cv2.warpAffine(scene.soft(whole, 0.1), np.array([[1, 0, 0], [0, 1, 0.08 * scene.eyes]], np.float32),
                          whole.shape[::-1])
    scene.image[:] *= (1 - 0.3 * fall * (~whole))[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), scene.soft(region, 0.015))


def jewel(scene: Scene, region: np.ndarray) -> None:
    """Gold: round, shining, darker below."""
    light, glint = _relief(scene, region, 0.05)
    gold = scene.colours.get("earring", np.array([208, 160, 72], np.float32))
    picture = gold * (0.35 + 0.85 * light)[..., None] + 150 * glint[..., None]
    scene.lay(picture.clip(0, 255).astype(np.float32), scene.soft(region, 0.012))
