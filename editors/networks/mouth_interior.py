"""What lies between open lips: teeth, tongue and shadow on average, by how far and how wide the mouth is open.

A linear regression on a small patch whose upper and lower edge are the inner lips; W x H pixels, P predictors.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from ..frame import OPENINGS, continued, evaluate, rasterise, triangle_maps
from ..mesh_points import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE

WIDTH, HEIGHT = 96, 40
UPPER, LOWER = OPENINGS[0]
OUTLINE = (*UPPER, *LOWER[-2:0:-1])
CHEEKS = (50, 280)


def patch_points() -> np.ndarray:
    """Where the points of OUTLINE (20) lie in the patch, (20, 2) pixels: a lens from corner to corner."""
    along = np.linspace(0, 1, len(UPPER))
    half = np.minimum(1, 2.5 * np.minimum(along, 1 - along)) * 0.46
    upper = np.stack([along * (WIDTH - 1), (0.5 - half) * HEIGHT], 1)
    lower = np.stack([along * (WIDTH - 1), (0.5 + half) * HEIGHT], 1)
    return np.concatenate([upper, lower[-2:0:-1]])


def _triangles() -> np.ndarray:
    last, count = len(UPPER) - 1, len(OUTLINE)
    under = [0, *range(count - 1, last, -1), last]                      # lower edge, corner to corner
    strips = [((i, i + 1, under[i]), (i + 1, under[i + 1], under[i])) for i in range(last)]
    return np.array([t for pair in strips for t in pair if len(set(t)) == 3], np.int32)


TRIANGLES = _triangles()


def predictors(mesh: np.ndarray) -> np.ndarray:
    """(3,): one, the height and the width of the open mouth in eye distances, of a mesh (468+, 2 or 3)."""
    plane = mesh[:, :2]
    eyes = np.linalg.norm(plane[list(RIGHT_EYE)].mean(0) - plane[list(LEFT_EYE)].mean(0))
    height = np.linalg.norm(plane[list(UPPER[3:-3])] - plane[list(LOWER[3:-3])], axis=1).mean()
    width = np.linalg.norm(plane[MOUTH_CORNERS[0]] - plane[MOUTH_CORNERS[1]])
    return np.array([1.0, height / eyes, width / eyes])


def skin_level(image: np.ndarray, mesh: np.ndarray) -> float:
    """Brightness 0..255 of the cheeks, by which a mouth's inside is lit too."""
    reach = max(2, round(0.12 * np.linalg.norm(mesh[33, :2] - mesh[263, :2])))
    levels = []
    for point in CHEEKS:
        x, y = (int(v) for v in np.clip(np.round(mesh[point, :2]), 0, np.array(image.shape[1::-1]) - 1))
        levels.append(float(image[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].mean()))
    return max(20.0, float(np.median(levels)))


def _inside_patch() -> np.ndarray:
    """Bool (H, W): pixels of the patch that lie in the mouth, by a margin of one."""
    patch = patch_points()
    seen = rasterise(patch, TRIANGLES, (HEIGHT, WIDTH), np.zeros(len(patch))) >= 0
    return cv2.erode(seen.astype(np.uint8), np.ones((3, 3)), borderValue=0) > 0


class MouthInterior:
    """The regression: weights float (P, H, W, 3), of pictures divided by the brightness of the skin."""

    def __init__(self, arrays: Mapping[str, np.ndarray]):
        weights = arrays["weights"].astype(np.float32)
        flat = weights.transpose(1, 2, 0, 3).reshape(HEIGHT, WIDTH, -1)
        edged = continued(flat, _inside_patch())                            # a soft edge reaches a little beyond
        self._weights = edged.reshape(HEIGHT, WIDTH, len(weights), 3).transpose(2, 0, 1, 3)
        self._low, self._high = arrays["low"], arrays["high"]               # (P,) what was seen in fitting

    def draw(self, mesh: np.ndarray, level: float) -> np.ndarray:
        """The patch float32 (H, W, 3) in 0..255 for a mouth open as in this mesh, in skin of this brightness."""
        seen = predictors(mesh).clip(self._low, self._high).astype(np.float32)
        return (np.tensordot(seen, self._weights, 1) * level).clip(0, 255)

    @staticmethod
    def place(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """Patch coordinates float32 (H, W, 2) of each pixel of a mouth with OUTLINE at points (20, 2); -9 outside."""
        seen = rasterise(points, TRIANGLES, shape, np.zeros(len(points)))
        where = evaluate(seen, triangle_maps(points, patch_points(), TRIANGLES))
        where[seen < 0] = -9
        return where


def take_patch(image: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """The inside of an open mouth, float32 (H, W, 3) in the image's range."""
    patch = patch_points()
    seen = rasterise(patch, TRIANGLES, (HEIGHT, WIDTH), np.zeros(len(patch)))
    where = evaluate(seen, triangle_maps(patch, mesh[list(OUTLINE), :2].astype(np.float64), TRIANGLES))
    return cv2.remap(image.astype(np.float32), where, None, cv2.INTER_LINEAR) * (seen >= 0)[..., None]


def build(arrays: Mapping[str, np.ndarray]) -> MouthInterior:
    """The model from its arrays."""
    return MouthInterior(arrays)
