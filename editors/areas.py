"""Parts of a picture: where they are, and what is blurred over them."""

import cv2
import numpy as np

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in photograph pixels, x1 and y1 outside."""


def blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """Values (H, W, ...) float32 blurred; a wide blur is made on a smaller copy, which nobody can tell apart."""
    smaller = int(sigma / 2)
    if smaller < 2:
        return cv2.GaussianBlur(values, (0, 0), sigma)
    size = tuple(-(-length // smaller) for length in values.shape[1::-1])
    level = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    narrower = np.sqrt(sigma**2 - smaller**2 / 4)             # making it smaller and larger blurs as well
    level = cv2.GaussianBlur(level, (0, 0), narrower * size[0] / values.shape[1])
    return cv2.resize(level, values.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def bounds(mask: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """Rows and columns of a mask, bool (H, W) and not empty, with a margin of pixels as far as there is one."""
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return (slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
            slice(max(0, columns[0] - margin), columns[-1] + margin + 1))


def small_size(shape: tuple[int, ...], most: float, least: int = 2) -> tuple[float, tuple[int, int]]:
    """Scale, at most 1, at which a picture (H, W, ...) is `most` pixels long at most, and its width and height then.

    least: pixels that each side has at least
    """
    scale = min(1.0, most / max(shape[:2]))
    return scale, tuple(max(least, round(side * scale)) for side in shape[1::-1])


def within_hull(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bool (H, W) of a picture of that shape, True inside the outline of points (N, 2)."""
    outline = cv2.convexHull(np.round(points).astype(np.int32))
    return cv2.fillConvexPoly(np.zeros(shape, np.uint8), outline, 1) > 0


def within_ring(ring: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bool (H, W) of a picture of that shape, True inside a closed ring of points (N, 2), to a sixteenth of a pixel."""
    points = [np.round(ring * 16).astype(np.int32)]
    return cv2.fillPoly(np.zeros(shape, np.uint8), points, 1, cv2.LINE_8, 4) > 0


def without_holes(mask: np.ndarray) -> np.ndarray:
    """A mask, bool (H, W), with its holes filled."""
    outside = np.pad(mask, 1).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    return outside[1:-1, 1:-1] != 2


def nearest(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values uint8 (H, W), at each pixel that of the nearest one that is known, bool (H, W), as some have to be."""
    _, numbers = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 5,
                                                 labelType=cv2.DIST_LABEL_PIXEL)
    of_number = np.zeros(numbers.max() + 1, np.uint8)
    of_number[numbers[known]] = values[known]
    return of_number[numbers]


def step_between(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 up to `low`, 1 from `high` on, smooth between, float32 of any shape; `low` may be the larger."""
    t = ((x - low) / (high - low)).clip(0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
