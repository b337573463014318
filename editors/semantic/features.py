"""Draw features where a face has none yet: a brow, lips, the inside of a mouth, an eye."""

import cv2
import numpy as np

from .scene import SKIN, Scene
from .strands import streaks


def brow(scene: Scene, region: np.ndarray) -> None:
    """A brow of short strokes in the colour of the other one, or of the hair."""
    colour = scene.colour("left brow", "right brow")
    if not scene.where("left brow", "right brow").any() or colour.sum() > 600:
        colour = scene.colour("hair", default=(80, 60, 50))
    flesh = scene.colour(*SKIN, default=(200, 160, 140))
    if colour.mean() > 0.75 * flesh.mean():                       # brows that are hardly seen say little of their hairs
        colour = flesh * (0.6, 0.54, 0.48)
    flow = np.zeros((*region.shape, 2), np.float32)
    columns = np.nonzero(region.any(0))[0]
    flow[..., 0] = np.sign(columns.mean() - scene.x.mean()) or 1
    flow[..., 1] = -0.5
    light = np.exp(0.25 * streaks(scene, flow / 1.118, 0.12).clip(-2, 1))[..., None]
    scene.lay((colour * light).clip(0, 255), 0.9 * scene.soft(region, 0.05))


def lips(scene: Scene, region: np.ndarray) -> None:
    """Lips in their own colour, or redder than the skin; the lower one shines a little."""
    flesh = scene.colour(*SKIN, default=(200, 160, 140))
    colour = scene.colour("lower lip", "upper lip", default=tuple(flesh * (0.82, 0.6, 0.62)))
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    round_ = (depth / (depth.max() + 1e-6)) ** 0.7
    lower = scene.where("lower lip")
    light = np.where(lower, 0.88 + 0.24 * round_, 0.84 + 0.12 * round_) * (1 + 0.02 * scene.noise(0.015))
    scene.lay((colour * light[..., None]).clip(0, 255), scene.soft(region, 0.03))


def mouth(scene: Scene, region: np.ndarray) -> None:
    """The inside of a mouth: teeth above, dark towards the corners and below."""
    rows, columns = np.nonzero(region.any(1))[0], np.nonzero(region.any(0))[0]
    down = (scene.y - rows[0]) / max(1, len(rows))
    across = np.abs((scene.x - columns.mean()) / max(1, len(columns))) * 2
    teeth = (1 - np.abs(down - 0.32) / 0.34).clip(0, 1) ** 0.4 * (1 - across**3).clip(0, 1)
    gaps = 1 - 0.18 * (np.abs(np.sin(across * 4.2 * np.pi / 2)) < 0.12)
    picture = np.array([88, 40, 42]) * (1 - 0.5 * across.clip(0, 1))[..., None]
    ivory = np.array([222, 212, 198], np.float32) * (gaps * (0.78 + 0.22 * (1 - across.clip(0, 1))))[..., None]
    height = len(rows) / scene.eyes
    picture = picture + (teeth * np.clip(height / 0.12, 0, 1))[..., None] * (ivory - picture)
    scene.lay(picture.astype(np.float32), scene.soft(region, 0.02))


def eye(scene: Scene, region: np.ndarray) -> None:
    """An eye: white, iris, pupil, a glint, and the shadow of the lid."""
    rows, columns = np.nonzero(region.any(1))[0], np.nonzero(region.any(0))[0]
    centre = np.array([columns.mean(), rows.mean() - 0.04 * len(rows)])
    radius = max(1.5, 0.115 * scene.eyes)
    away = np.hypot(scene.x - centre[0], scene.y - centre[1]) / radius
    aside = (np.abs(scene.x - centre[0]) / (0.28 * scene.eyes)).clip(0, 1)
    white = np.array([226, 218, 212]) * (1 - 0.25 * aside)[..., None]
    fibres = (1.25 - 0.6 * np.abs(away - 0.65)) * (1 + 0.08 * scene.noise(0.01))
    iris = np.array([92, 66, 44]) * fibres[..., None]
    picture = white + (1.05 - away).clip(0, 0.12)[..., None] / 0.12 * (iris - white)
    picture *= 1 - 0.93 * ((0.45 - away) / 0.1).clip(0, 1)[..., None]
    glint = np.hypot(scene.x - centre[0] - 0.25 * radius, scene.y - centre[1] + 0.35 * radius)
    picture += 190 * (1 - glint / (0.22 * radius)).clip(0, 1)[..., None]
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    lid = (depth / (0.05 * scene.eyes)).clip(0, 1) * 0.65 + 0.35
    scene.lay((picture * lid[..., None]).clip(0, 255).astype(np.float32), scene.soft(region, 0.02))
