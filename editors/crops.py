"""Turned square crops of a photograph, taken without aliasing.

Affines are 2x3 and map pixels to pixels; whole numbers are pixel centres.
"""

import math

import cv2
import numpy as np

from .mesh_points import CHIN, LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE


def head_unit(mesh: np.ndarray) -> float:
    """A length in pixels that turning a head, mesh (468, 2+), hardly changes: about its eye distance from the front."""
    right, left = mesh[list(RIGHT_EYE), :2].mean(0), mesh[list(LEFT_EYE), :2].mean(0)
    return float(max(np.linalg.norm(left - right), np.linalg.norm(mesh[CHIN, :2] - (right + left) / 2) / 1.75))


def square_to_photograph(centre: np.ndarray, side: float, angle: float, size: int) -> np.ndarray:
    """Affine (2, 3) from pixels of a (size, size) crop to the photograph.

    centre: (2,) of its square there;  side: of that in pixels;  angle: radians by which it is turned
    """
    scale = side / size
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.column_stack([turn, np.asarray(centre, float) - turn @ np.full(2, (size - 1) / 2)])


def mirrored_affine(to_photograph: np.ndarray, size: int) -> np.ndarray:
    """The affine (2, 3) of the same crop, `size` pixels wide, seen in a mirror."""
    x, y, offset = to_photograph.T
    return np.column_stack([-x, y, offset + (size - 1) * x])


def inverse(affine: np.ndarray) -> np.ndarray:
    """The affine (2, 3) that undoes this one."""
    return cv2.invertAffineTransform(affine)


def transform(points: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Points (N, 2) through an affine."""
    return points @ affine[:, :2].T + affine[:, 2]


def scale_of(affine: np.ndarray) -> float:
    """How many units of where an affine (2, 3) leads a pixel becomes, along each side on average."""
    return math.sqrt(abs(np.linalg.det(affine[:, :2])))


def sample(
    image: np.ndarray, to_image: np.ndarray, size: tuple[int, int],
    border: int = cv2.BORDER_CONSTANT, interpolation: int = cv2.INTER_LINEAR,
) -> np.ndarray:
    """Draw a crop of `size` (width, height) whose pixels `to_image` maps into `image`, without aliasing.

    image: (H, W) or (H, W, C), uint8 or float32; `border` is OpenCV's name for what is drawn outside it
    """
    width, height = size
    corners = transform(np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5, to_image)
    x0, y0 = np.clip(np.floor(corners.min(0)).astype(int) - 3, 0, (image.shape[1] - 1, image.shape[0] - 1))
    x1, y1 = np.clip(np.ceil(corners.max(0)).astype(int) + 4, (x0 + 1, y0 + 1), image.shape[1::-1])
    window, affine = image[y0:y1, x0:x1], to_image - [[0, 0, x0], [0, 0, y0]]
    reduction = scale_of(affine)
    if reduction > 1.5:
        shape = np.maximum(np.round(np.array(window.shape[1::-1]) / reduction), 1).astype(int)
        ratio = np.array(window.shape[1::-1]) / shape
        window = cv2.resize(window, tuple(map(int, shape)), interpolation=cv2.INTER_AREA)
        affine = np.column_stack([affine[:, :2] / ratio[:, None], (affine[:, 2] + 0.5) / ratio - 0.5])
    return cv2.warpAffine(window, affine, size, flags=interpolation | cv2.WARP_INVERSE_MAP, borderMode=border)


def layer_through(mask: np.ndarray, to_mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask in a picture of `size` (width, height) whose pixels `to_mask` (2, 3) leads into it, float32 (H, W).

    Unlike `sample` it does not average; beyond its edge a mask goes on as it ends.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(mask.astype(np.float32), to_mask, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def align(image: np.ndarray, mesh: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The face as FFHQ shows it: (size, size, 3) crop and the affine photograph -> crop.

    The square is FFHQ's (Karras et al. 2019, https://arxiv.org/abs/1812.04948, appendix C): its side is four eye
    distances or 3.6 times eyes to mouth, whichever is more; eyes and mouth come from the mesh. Beyond the
    photograph's edge the picture is mirrored.
    """
    first, second = mesh[list(RIGHT_EYE), :2].mean(0), mesh[list(LEFT_EYE), :2].mean(0)
    eyes, mouth = (first + second) / 2, mesh[list(MOUTH_CORNERS), :2].mean(0)
    across, down = second - first, mouth - eyes
    x = across + np.array([down[1], -down[0]])  # the eye line and the turned face axis have equal say
    side = max(4 * float(np.linalg.norm(across)), 3.6 * float(np.linalg.norm(down)))
    to_photograph = square_to_photograph(eyes + 0.1 * down, side, math.atan2(x[1], x[0]), size)
    crop = sample(image, to_photograph, (size, size), cv2.BORDER_REFLECT_101, cv2.INTER_CUBIC)
    return crop, inverse(to_photograph)
