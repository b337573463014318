"""The guided filter: smooth maps so that their edges follow a picture's.

He, Sun and Tang 2013, https://doi.org/10.1109/TPAMI.2012.213, with a colour guide (section 4.5) and in its fast form
(https://arxiv.org/abs/1505.00996): fitted on a small picture, applied to a large one.
"""

import cv2
import numpy as np

Lines = list[tuple[np.ndarray, ...]]
"""Of each map three layers of slopes over the guide's colours, and one of offsets: float32 (H, W)."""


def fit(guide: np.ndarray, maps: np.ndarray, radius: int, smoothness: float) -> Lines:
    """For each pixel and map the line in the guide's colours that explains the map nearby.

    guide: float32 (H, W, 3);  maps: float32 (K, H, W);  smoothness: variance of the guide that counts as flat
    """
    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * radius + 1, 2 * radius + 1))

    colours = cv2.split(guide)
    means = [mean(colour) for colour in colours]
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    a, b, c, e, f, i = (mean(colours[p] * colours[q]) - means[p] * means[q] for p, q in pairs)
    a, e, i = a + smoothness, e + smoothness, i + smoothness
    # The inverse of a symmetric 3 x 3 matrix by its cofactors.
    u, v, w = e * i - f * f, c * f - b * i, b * f - c * e
    x, y, z = a * i - c * c, b * c - a * f, a * e - b * b
    share = 1 / (a * u + b * v + c * w)
    lines = []
    for level in maps:
        middle = mean(level)
        p, q, r = ((mean(colour * level) - average * middle) * share for colour, average in zip(colours, means))
        slopes = (u * p + v * q + w * r, v * p + x * q + y * r, w * p + y * q + z * r)
        offset = middle - slopes[0] * means[0] - slopes[1] * means[1] - slopes[2] * means[2]
        lines.append(cv2.split(mean(cv2.merge([*slopes, offset]))))
    return lines


def apply(lines: Lines, guide: np.ndarray) -> np.ndarray:
    """Lines from `fit`, brought to the size of the guide (H, W, 3) -> maps (K, H, W)."""
    colours, size = cv2.split(guide), guide.shape[1::-1]
    maps = []
    for line in lines:
        r, g, b, offset = (cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR) for layer in line)
        maps.append(r * colours[0] + g * colours[1] + b * colours[2] + offset)
    return np.stack(maps)
