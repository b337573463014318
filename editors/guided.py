"""The guided filter: smooth maps so that their edges follow a picture's.

He, Sun and Tang 2013, https://doi.org/10.1109/TPAMI.2012.213, with a colour guide (section 4.5) and in its fast form
(https://arxiv.org/abs/1505.00996): fitted on a small picture, applied to a large one.
"""

import cv2
import numpy as np


def fit(guide: np.ndarray, maps: np.ndarray, radius: int, smoothness: float) -> np.ndarray:
    """For each pixel and map the line in the guide's colours that explains the map nearby.

    guide: float32 (H, W, 3);  maps: float32 (H, W, K);  smoothness: variance of the guide that counts as flat
    Returns float32 (H, W, K, 4): three slopes and an offset.
    """
    window = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(guide, window)
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    a, b, c, e, f, i = (cv2.blur(guide[..., p] * guide[..., q], window) - mean[..., p] * mean[..., q] for p, q in pairs)
    a, e, i = a + smoothness, e + smoothness, i + smoothness
    # The inverse of a symmetric 3 x 3 matrix by its cofactors.
    cofactors = (e * i - f * f, c * f - b * i, b * f - c * e, a * i - c * c, b * c - a * f, a * e - b * b)
    inverse = np.stack(cofactors, -1) / (a * cofactors[0] + b * cofactors[1] + c * cofactors[2])[..., None]
    order = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])
    lines = np.empty((*maps.shape, 4), np.float32)
    for k in range(maps.shape[2]):
        level = cv2.blur(maps[..., k].copy(), window)
        covariance = cv2.blur(guide * maps[..., k, None], window) - mean * level[..., None]
        slope = np.stack([(inverse[..., row] * covariance).sum(-1) for row in order], -1)
        lines[..., k, :3] = slope
        lines[..., k, 3] = level - (slope * mean).sum(-1)
        lines[..., k, :] = cv2.blur(lines[..., k, :].copy(), window)
    return lines


def apply(lines: np.ndarray, guide: np.ndarray) -> np.ndarray:
    """Lines from `fit`, brought to the size of the guide (H, W, 3) -> maps (H, W, K)."""
    height, width = guide.shape[:2]
    maps = []
    for k in range(lines.shape[2]):
        line = cv2.resize(lines[..., k, :], (width, height), interpolation=cv2.INTER_LINEAR)
        maps.append((line[..., :3] * guide).sum(-1) + line[..., 3])
    return np.stack(maps, -1)
