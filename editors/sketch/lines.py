"""Lines from a photograph, by five detectors: white on black, each with one slider from the strongest lines to all.

Sizes of filters follow the photograph's, and where a face is small in it, the face's: a photograph and a smaller copy
of it give the same drawing, and a face is drawn as finely in a group as on a portrait.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..errors import SettingError
from ..faces import Face
from ..images import fit_within
from ..models import Models

if TYPE_CHECKING:
    from ..networks.hed import EdgeDetector

LARGEST = 512
"""Long side in pixels at which lines are looked for; beyond it they are enlarged."""
FINEST = 1.0 / 400
"""Width of the finest line looked for, as a share of the long side."""
AROUND_FACE = 2.2
"""Side of the square around a face that is drawn by itself, in sizes of the face."""
SMALL = 0.7
"""Share of the photograph's long side up to which such a square is drawn by itself."""


def hed(image: np.ndarray, detail: float, models: Models) -> np.ndarray:
    """Holistically-nested edges, as people draw outlines: float32 (H, W) in 0..1."""
    return hed_lines(hed_chance(image, models), detail)


def hed_chance(image: np.ndarray, models: Models) -> np.ndarray:
    """How likely an outline runs through each pixel: float32 (H, W), read-only. Seconds for a large picture.

    It is kept: how much detail is wanted is asked of one picture again and again.
    """
    network = models.get("hed")
    return network.kept.get(image, partial(_chance, network))[0]


def _chance(network: "EdgeDetector", image: np.ndarray) -> tuple[np.ndarray]:
    import torch

    with torch.inference_mode():
        picture = torch.tensor(image).permute(2, 0, 1)[None].float()
        return (network(picture)[0, 0].float().numpy(),)


def hed_lines(chance: np.ndarray, detail: float) -> np.ndarray:
    """Of what HED finds likely, what is above a threshold that sinks with the detail: float32 (H, W) in 0..1."""
    weakest = 0.7 * (1 - detail) ** 1.5
    return ((chance - weakest) / (1 - weakest)).clip(0, 1).astype(np.float32)


def canny(image: np.ndarray, detail: float, models: Models) -> np.ndarray:
    """Canny 1986, https://doi.org/10.1109/TPAMI.1986.4767851: thin lines; a weak part may continue a strong one."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.2 * _finest(image))
    high = 320 * (1 - detail) ** 1.5 + 30
    return cv2.Canny(soft, 0.4 * high, high, apertureSize=3, L2gradient=True).astype(np.float32) / 255


def xdog(image: np.ndarray, detail: float, models: Models) -> np.ndarray:
    """Extended difference of Gaussians, as ink: Winnemöller, Kyprianidis and Olsen 2012, equations 5 and 7."""
    grey, sigma, sharpening = _grey(image), 0.8 * _finest(image), 20.0
    difference = (1 + sharpening) * _blur(grey, sigma) - sharpening * _blur(grey, 1.6 * sigma)
    threshold = _blur(grey, 8 * sigma) - 0.42 * (1 - detail) + 0.02        # what is darker than its surroundings
    return np.tanh(6 * (threshold - difference).clip(0, None)).astype(np.float32)


def sobel(image: np.ndarray, detail: float, models: Models) -> np.ndarray:
    """The gradient's length, strongest over the colours; soft lines."""
    soft = _blur(image.astype(np.float32) / 255, 0.7 * _finest(image))
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *order, ksize=3) for order in ((1, 0), (0, 1)))
    length = np.sqrt(across**2 + down**2).max(2) / (np.float32(1.6) / _finest(image))
    weakest = 0.45 * (1 - detail) ** 1.5
    return ((length - weakest) / (1 - weakest) * (1 + 2 * detail)).clip(0, 1)


def log(image: np.ndarray, detail: float, models: Models) -> np.ndarray:
    """Laplacian of Gaussian: where it changes sign, as strong as it does (Marr and Hildreth 1980)."""
    sigma = 1.5 * _finest(image)
    second = cv2.Laplacian(_blur(_grey(image), sigma), cv2.CV_32F, ksize=3) * np.float32(sigma**2)
    around = np.ones((3, 3), np.uint8)
    highest, lowest = cv2.dilate(second, around), cv2.erode(second, around)
    jump = np.where((highest > 0) & (lowest < 0) & (second >= 0), highest - lowest, 0)
    weakest = 0.5 * (1 - detail) ** 2 + 0.02
    return ((jump - weakest) / weakest).clip(0, 1).astype(np.float32)


DETECTORS: dict[str, Callable[[np.ndarray, float, Models], np.ndarray]] = {
    "hed": hed, "canny": canny, "xdog": xdog, "sobel": sobel, "log": log,
}
"""Each takes uint8 (H, W, 3), how much detail 0..1, and the models -> float32 (H, W) in 0..1."""


def lines_of(
    image: np.ndarray, method: str, detail: float, models: Models, faces: Sequence[Face] = ()
) -> np.ndarray:
    """Lines of a photograph, uint8 (H, W), white on black; around `faces` as fine as these are.

    Raises SettingError for an unknown method.
    """
    if method not in DETECTORS:
        raise SettingError(f"method is {method!r}; it can be {', '.join(DETECTORS)}.")
    lines = _at_own_size(image, method, float(detail), models)
    for x0, y0, x1, y1 in filter(None, (_square(face, image.shape) for face in faces)):
        fine = _at_own_size(np.ascontiguousarray(image[y0:y1, x0:x1]), method, float(detail), models)
        share = _fade(y1 - y0, x1 - x0)
        lines[y0:y1, x0:x1] += share * (fine - lines[y0:y1, x0:x1])
    return np.round(lines.clip(0, 1) * 255).astype(np.uint8)


def _at_own_size(image: np.ndarray, method: str, detail: float, models: Models) -> np.ndarray:
    small = fit_within(image, LARGEST)
    lines = DETECTORS[method](small, detail, models)
    if small.shape != image.shape:
        lines = cv2.resize(lines, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return lines


def _square(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Where a face is drawn by itself: x0, y0, x1, y1; None where it fills the photograph."""
    x0, y0, x1, y1 = face.box
    half = AROUND_FACE * max(x1 - x0, y1 - y0) / 2
    if 2 * half > SMALL * max(shape[:2]):
        return None
    middle, limits = ((x0 + x1) / 2, (y0 + y1) / 2), (shape[1], shape[0])
    low = [max(0, round(m - half)) for m in middle]
    high = [min(limit, round(m + half)) for m, limit in zip(middle, limits)]
    return (*low, *high)


def _fade(height: int, width: int) -> np.ndarray:
    """1 inside and towards 0 at the border, float32 (H, W)."""
    down, across = (np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) for n in (height, width))
    depth = np.minimum(down[:, None], across[None])
    return (depth / (0.12 * max(height, width))).clip(0, 1).astype(np.float32)


def _finest(image: np.ndarray) -> float:
    return max(0.6, max(image.shape[:2]) * FINEST)


def _blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def _grey(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
