"""The way hair grows: near hair that is seen as it grows there, and on downwards from the crown."""

import cv2
import numpy as np

from ..areas import blurred, small_size
from ..scene import SKIN, Scene
from ..strands import doubled, ways_seen

_FIELD = 200               # pixels along the longer side at which directions are found
_FADES = 0.45              # eye distances over which the photograph's own strands hand over to the way down
_WAVE, _CURL = 0.3, 0.16   # eye distances from bend to bend, radians that strands bend


def downwards(scene: Scene) -> np.ndarray:
    """The way strands usually grow, unit vectors float32 (H, W, 2): from the crown around the head and down."""
    head = scene.where("hair", *SKIN, "left brow", "right brow", "left eye", "right eye")
    columns = np.nonzero(scene.where("skin", "nose").any(0))[0]
    middle = columns.mean() if len(columns) else head.shape[1] / 2
    top = np.nonzero(head.any(1))[0][0] if head.any() else 0
    x, y = scene.x - middle, scene.y - (top - 0.1 * scene.eyes)
    aside = x * 0.9 * np.exp(-(y / (2.2 * scene.eyes)).clip(0) ** 2)                # long hair hangs straight
    down = np.stack([aside, np.abs(y) + 0.35 * scene.eyes], -1)
    return (down / np.linalg.norm(down, axis=2, keepdims=True)).astype(np.float32)


def flow_of(scene: Scene, known: np.ndarray) -> np.ndarray:
    """The way strands grow (H, W, 2): near known hair as they grow there, with distance more and more downwards."""
    down = downwards(scene)
    height, width = known.shape
    scale, size = small_size(known.shape, _FIELD)
    small = cv2.resize(down, size, interpolation=cv2.INTER_AREA)
    own, trust = ways_seen(scene.before, known, scene.eyes, size)
    away = cv2.distanceTransform((trust < 0.05).astype(np.uint8), cv2.DIST_L2, 3)  # endless where nothing is seen
    near = np.exp(-np.minimum(away, 1e6) / (_FADES * scene.eyes * scale))[..., None]
    blur = 0.15 * scene.eyes * scale
    own = blurred(own * trust[..., None], blur) / (blurred(trust, blur)[..., None] + 1e-4)
    both = near * own + (1.05 - near) * doubled(small)
    angle = np.arctan2(both[..., 1], both[..., 0]) / 2 + _CURL * _waves(scene, size, _WAVE * scale)
    along = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    along *= np.where((along * small).sum(2, keepdims=True) < 0, -1, 1)
    along = cv2.resize(along, (width, height), interpolation=cv2.INTER_LINEAR)
    return along / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-6)


def _waves(scene: Scene, size: tuple[int, int], width: float) -> np.ndarray:
    waves = scene.generator.standard_normal(size[::-1]).astype(np.float32)
    waves = cv2.GaussianBlur(waves, (0, 0), max(1.0, width * scene.eyes))
    return waves / (waves.std() + 1e-6)
