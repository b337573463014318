"""What a hole takes over from around it: colours that flow between lines, grain; and what strokes of colour ask for."""

import cv2
import numpy as np
import torch

LARGEST = 256
"""Long side in pixels at which colours flow."""
INK = 0.28
"""Share by which a line darkens what it runs through, where it shows no edge by itself."""
_SWEEPS = 120


def flow(image: np.ndarray, hole: np.ndarray, lines: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Fill a hole from its border and from strokes of colour; lines hold colours back and are seen.

    image: uint8 (H, W, 3);  hole: bool (H, W);  lines: float32 (H, W) in 0..1
    colours: uint8 (H, W, 4);  Returns float32 (H, W, 3) in 0..255
    """
    height, width = hole.shape
    scale = min(1.0, LARGEST / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    known, firm = (~hole).astype(np.float32), (colours[..., 3] / np.float32(255)) * hole
    weight = cv2.resize(known + firm, size, interpolation=cv2.INTER_AREA)
    values = image * known[..., None] + colours[..., :3] * firm[..., None]
    values = cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    barrier = cv2.resize(cv2.dilate(lines, np.ones((3, 3))), size, interpolation=cv2.INTER_AREA)
    flat = _flow(values, weight, 1 - 0.97 * barrier.clip(0, 1))
    picture = cv2.resize(flat, (width, height), interpolation=cv2.INTER_CUBIC)
    return ink(np.where(hole[..., None], picture, image), lines)


def _flow(values: np.ndarray, weight: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Colours known with a weight, float32 (H, W, 3) already weighed, spread where it is open; coarse to fine."""
    height, width = weight.shape
    if min(height, width) > 8:
        size = ((width + 1) // 2, (height + 1) // 2)
        small = [cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (values, weight)]
        narrow = -cv2.dilate(-cv2.resize(open_, size, interpolation=cv2.INTER_AREA), np.ones((1, 1)))
        start = cv2.resize(_flow(*small, narrow), (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        mean = values.sum((0, 1)) / weight.sum() if weight.sum() > 1e-3 else 128.0
        start = np.broadcast_to(mean, values.shape).astype(np.float32)
    x, firm = np.ascontiguousarray(start), np.minimum(weight, 1)[..., None]
    given = values / np.maximum(weight, 1e-3)[..., None]
    pad = np.pad(open_, 1)
    ways = [np.minimum(open_, pad[1 + i : 1 + i + height, 1 + j : 1 + j + width])[..., None]
            for i, j in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    total = sum(ways) + 1e-4
    for _ in range(_SWEEPS // 3 if min(height, width) > 64 else _SWEEPS):
        p = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
        beside = (p[1:-1, 2:], p[1:-1, :-2], p[2:, 1:-1], p[:-2, 1:-1])
        mean = (sum(way * value for way, value in zip(ways, beside)) + 1e-4 * x) / total
        x = firm * given + (1 - firm) * mean
    return x.astype(np.float32)


def ink(picture: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Darken a picture, float32 (H, W, 3) in 0..255, along lines that show no edge within two pixels."""
    if not lines.any():
        return picture
    grey = cv2.GaussianBlur(picture.mean(2).astype(np.float32), (0, 0), 0.8)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 4
    near = cv2.dilate(slope, np.ones((5, 5)))
    missing = (1 - near / 9).clip(0, 1) * lines
    return picture * (1 - INK * cv2.GaussianBlur(missing, (0, 0), 0.6).clip(0, 1))[..., None]


def keep_colours(picture: np.ndarray, colours: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Shift a picture, float32 (H, W, 3), under strokes of colour to their mean colour; what is drawn there stays."""
    firm = (colours[..., 3] / np.float32(255)) * hole
    if not firm.any():
        return picture
    reach = max(2.0, 0.15 * float(np.sqrt(firm.sum())))
    apart = (colours[..., :3].astype(np.float32) - picture) * firm[..., None]
    spread = cv2.GaussianBlur(np.dstack([apart, firm]), (0, 0), reach)
    shift = spread[..., :3] / np.maximum(spread[..., 3:], 1e-3)
    return picture + shift * cv2.GaussianBlur(firm, (0, 0), 1.0)[..., None]


def match_grain(picture: np.ndarray, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
    """Give a picture, float32 (H, W, 3), in a hole the grain that the photograph, uint8, has around it."""
    reach = 2 * max(4, round(0.15 * np.sqrt(hole.sum()))) + 1
    around = (cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach))) > 0) & ~hole
    if around.sum() < 64:
        return picture
    there, here = _fine(image.astype(np.float32)), _fine(picture)
    lack = np.maximum(_spread(there[around]) ** 2 - _spread(here[hole]) ** 2, 0) ** 0.5
    beside = (there[:, 1:] * there[:, :-1])[around[:, 1:] & around[:, :-1]].mean()
    alike = float(beside / max((there[around] ** 2).mean(), 1e-3))
    noise = torch.randn(*picture.shape[:2], 1, generator=torch.Generator().manual_seed(seed)).numpy()
    if alike > 0:                                     # grain of a compressed or enlarged photograph is soft
        noise = cv2.GaussianBlur(noise, (0, 0), 0.5 + alike)[..., None]
    noise /= noise.std() + 1e-6
    return picture + noise * lack.mean() * hole[..., None]


def _fine(picture: np.ndarray) -> np.ndarray:
    return picture - cv2.GaussianBlur(picture, (0, 0), 1.2)


def _spread(values: np.ndarray) -> np.ndarray:
    """Deviation of grain (N, 3), read off its smallest quarter: hair and edges are no grain."""
    return np.quantile(np.abs(values), 0.25, axis=0) / 0.3186
