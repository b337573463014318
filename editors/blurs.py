"""Wide blurs: of one kind alone, of a smaller copy, and of what is known, carried on to where nothing is.

H, W height and width; pictures are float32 (H, W, C); K kinds.
"""

import cv2
import numpy as np


def memberships(kinds: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """float32 (K, H, W), how far a pixel is of each kind: 1 or 0, and between at a border."""
    if kinds is None:
        return np.ones((1, *shape), np.float32)
    members = np.stack([cv2.GaussianBlur((kinds == kind).astype(np.float32), (0, 0), 0.8) for kind in np.unique(kinds)])
    return members / members.sum(0)


def within_kinds(
    picture: np.ndarray, members: np.ndarray, spread: float, weight: np.ndarray | None = None,
    part: tuple[slice, slice] = (slice(None), slice(None)),
) -> np.ndarray:
    """A part of the picture blurred, each pixel with those of its own kind only; weight: float32 (H, W), how much each
    counts."""
    colours, blurred = cv2.split(picture), [np.zeros(members[0][part].shape, np.float32) for _ in range(3)]
    for member in members:
        if not member[part].any():
            continue
        share = member if weight is None else member * weight
        soft = wide_blur(cv2.merge([*(colour * share for colour in colours), share]), spread)[part]
        *softs, whole = cv2.split(soft)
        for layer, one in zip(blurred, softs, strict=True):
            layer += member[part] * one / (whole + np.float32(1e-6))
    return cv2.merge(blurred)


def wide_blur(picture: np.ndarray, spread: float) -> np.ndarray:
    """A Gaussian blur of float32 (H, W, C), of a smaller copy where it is so wide that nobody can tell."""
    scale = int(spread / 3)
    if scale < 2 or min(picture.shape[:2]) < 8 * scale:
        return cv2.GaussianBlur(picture, (0, 0), spread)
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (-(-width // scale), -(-height // scale)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), spread / scale)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)


def spread_out(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighed values (H, W, C), known where their weight (H, W) is, carried everywhere: near ones from near by."""
    if weight.max() < 0.02:
        return np.zeros_like(values)
    height, width = weight.shape
    if min(height, width) < 4:
        return np.broadcast_to(values.sum((0, 1)) / weight.sum(), values.shape).astype(np.float32)
    small = [cv2.pyrDown(layer) for layer in (values, weight)]
    further = cv2.pyrUp(spread_out(*small), dstsize=(width, height))
    return (values + 0.1 * further) / cv2.merge([weight + 0.1] * values.shape[2])
