"""How sharp a photograph is, and what is moved in it kept as sharp: a lens does not change with a face."""

import cv2
import numpy as np

FIRST = 1.0
"""Blur in pixels that a picture is given before it is measured: noise and the blocks of JPEG are no edges."""
EDGES = 80
"""Percentile of steepness from which a place counts as an edge."""
NEAR = 2.0
"""Pixels around an edge that tell how wide it is."""
JOINED = 0.8
"""Of a photograph's blur, what smooths places where parts of it are put together, and with what is drawn."""


def blur_of(image: np.ndarray, mask: np.ndarray, first: float = FIRST) -> float:
    """The blur of a picture, uint8 (H, W, 3), where mask, bool (H, W), is True: the sigma in pixels of the Gaussian
    that its edges are steps after.

    The slope of such an edge and the change of that slope, each squared and summed across it, are as 2 sigma^2 to 1.
    first:  blur in pixels that it is given before, and taken off again; without one its grain counts, too
    """
    if not mask.any():
        return 0.0
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.GaussianBlur(grey, (0, 0), first) if first else grey
    steep = sum(np.square(cv2.Sobel(grey, -1, *order, scale=1 / 8)) for order in ((1, 0), (0, 1)))
    around = cv2.GaussianBlur(steep, (0, 0), NEAR)
    edges = mask & (around >= np.percentile(around[mask], EDGES))
    change = np.square(cv2.Laplacian(grey, cv2.CV_32F))[edges].mean()
    return float(np.sqrt(max(0.0, steep[edges].mean() / max(2 * change, 1e-6) - first**2)))


def sharpness_of(image: np.ndarray, mask: np.ndarray) -> float:
    """Variance of the Laplacian of a picture's brightness, 0..255, where mask, bool (H, W), is True; 0 if nowhere."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F)[mask].var()) if mask.any() else 0.0


def as_blurred(moved: np.ndarray, shift: np.ndarray, blur: float) -> np.ndarray:
    """A picture, uint8 (H, W, 3), whose pixels were moved, with its edges as wide where it was pressed together.

    shift:  float32 (H, W, 2), where each pixel comes from, relative to it
    blur:   that of the picture before
    """
    moved, reach = moved.astype(np.float32), 2 * int(np.ceil(3 * blur)) + 1
    bell, still, slope = cv2.getGaussianKernel(reach, blur), np.ones((1, 1)), np.float32([[-0.5, 0, 0.5]])
    moves = shift.any(2)                                               # what stays where it is stays what it is
    for axis, change, kernels in ((1, slope.T, (still, bell)), (0, slope, (bell, still))):
        pressed = np.maximum(cv2.filter2D(shift[..., axis], -1, change), 0)
        share = moves * (1 - 1 / np.square(1 + pressed))               # of the blur, squared, that was pressed away
        moved += share[..., None] * (cv2.sepFilter2D(moved, -1, *kernels) - moved)
    return np.round(moved).clip(0, 255).astype(np.uint8)
