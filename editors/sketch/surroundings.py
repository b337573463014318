"""What a hole takes over from around it: colours that flow between lines, grain; and what strokes of colour ask for."""

import cv2
import numpy as np
import torch

from ..areas import small_size

LARGEST = 256
"""Long side in pixels at which colours flow."""
INK = 0.35
"""Share by which a line darkens what it runs through, where it shows no edge by itself."""
SEEN = 7.0
"""Grey levels a pixel from which on an edge shows a line."""
STRANGE_INK, STRANGE_SEEN = 0.6, 20.0
"""The same two where no line of a face runs."""
ALONG = 0.8
"""Cosine of the angle up to which an edge has the direction of a line."""
SMOOTHEST = 0.2
"""Share of the pixels around a hole that its grain is read off: the smoothest."""
FIRM = 128
"""From this alpha on a stroke of colour asks for that colour."""
_SWEEPS = 120


def flow(image: np.ndarray, hole: np.ndarray, lines: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Fill a hole from its border and from strokes of colour; lines hold colours back and are seen.

    image: uint8 (H, W, 3);  hole: bool (H, W);  lines: float32 (H, W) in 0..1
    colours: uint8 (H, W, 4);  Returns float32 (H, W, 3) in 0..255
    """
    height, width = hole.shape
    _, size = small_size(hole.shape, LARGEST)
    known, firm = (~hole).astype(np.float32), (colours[..., 3] / np.float32(255)) * hole
    weight = cv2.resize(known + firm, size, interpolation=cv2.INTER_AREA)
    values = image * known[..., None] + colours[..., :3] * firm[..., None]
    values = cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    barrier = cv2.resize(cv2.dilate(lines, np.ones((3, 3))), size, interpolation=cv2.INTER_AREA)
    flat = spread(values, weight, 1 - 0.97 * barrier.clip(0, 1))
    picture = cv2.resize(flat, (width, height), interpolation=cv2.INTER_CUBIC)
    return ink(np.where(hole[..., None], picture, image), lines)


def spread(values: np.ndarray, weight: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Values known with a weight, float32 (H, W, 2 to 4) already weighed, spread where it is open; coarse to fine."""
    height, width = weight.shape
    if min(height, width) > 8:
        size = ((width + 1) // 2, (height + 1) // 2)
        small = [cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in (values, weight)]
        narrow = -cv2.dilate(-cv2.resize(open_, size, interpolation=cv2.INTER_AREA), np.ones((1, 1)))
        start = cv2.resize(spread(*small, narrow), (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        mean = values.sum((0, 1)) / weight.sum() if weight.sum() > 1e-3 else 128.0
        start = np.broadcast_to(mean, values.shape).astype(np.float32)
    firm = np.minimum(weight, 1).astype(np.float32)
    given = firm[..., None] * (values / np.maximum(weight, 1e-3)[..., None])
    pad = np.pad(open_, 1)
    ways = [np.minimum(open_, pad[1 + i : 1 + i + height, 1 + j : 1 + j + width]).astype(np.float32)
            for i, j in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    # What a sweep keeps of each pixel, and what it takes from each neighbour.
    taken = (1 - firm) / (sum(ways) + np.float32(1e-4))
    kept, shares = np.float32(1e-4) * taken, [taken * way for way in ways]
    layers = zip(cv2.split(np.ascontiguousarray(start, np.float32)), cv2.split(given), strict=True)
    return cv2.merge([_swept(x, lot, kept, shares) for x, lot in layers])


def _swept(x: np.ndarray, given: np.ndarray, kept: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    """One colour (H, W) after many sweeps: of each, a share of the pixel and of its right, left, lower and upper one,
    float32 (H, W), added to what is given."""
    for _ in range(_SWEEPS // 3 if min(x.shape) > 64 else _SWEEPS):
        p = cv2.copyMakeBorder(x, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        x = kept * x
        x += given
        for share, beside in zip(shares, (p[1:-1, 2:], p[1:-1, :-2], p[2:, 1:-1], p[:-2, 1:-1]), strict=True):
            x += share * beside
    return x


def ink(picture: np.ndarray, lines: np.ndarray, strange: np.ndarray | float = 0.0) -> np.ndarray:
    """Darken a picture, float32 (H, W, 3) in 0..255, along lines that show no edge of their direction in two pixels.

    strange: float32 (H, W) in 0..1, where no line of a face runs: what is drawn there has to be seen
    """
    if not lines.any():
        return picture
    near = cv2.dilate(slope_across(picture, lines), np.ones((5, 5)))
    missing = (1 - near / (SEEN + (STRANGE_SEEN - SEEN) * strange)).clip(0, 1) * lines
    dark = (INK + (STRANGE_INK - INK) * strange) * cv2.GaussianBlur(missing, (0, 0), 0.6).clip(0, 1)
    return picture * (1 - dark)[..., None]


def slope_across(picture: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """How steep a picture (H, W, 3) in 0..255 is a pixel, float32 (H, W); 0 where not across the lines around."""
    grey = cv2.GaussianBlur(_grey(picture).astype(np.float32), (0, 0), 0.8)
    x, y = _slopes(grey)
    lx, ly = _slopes(cv2.GaussianBlur(lines.astype(np.float32), (0, 0), 1.0))
    xx, xy, yy = cv2.split(cv2.GaussianBlur(np.dstack([lx * lx, lx * ly, ly * ly]), (0, 0), 2.0))
    normal = 0.5 * np.arctan2(2 * xy, xx - yy)
    across = np.abs(x * np.cos(normal) + y * np.sin(normal))
    return np.where(across > ALONG * np.hypot(x, y), across, 0)


def _slopes(grey: np.ndarray) -> list[np.ndarray]:
    return [cv2.Sobel(grey, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1))]


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


def colour_asked(colours: np.ndarray, area: np.ndarray) -> np.ndarray | None:
    """The usual colour float32 (3,) of strokes (H, W, 4) in an area, bool (H, W); None where there are none."""
    given = colours[area]
    given = given[given[:, 3] >= FIRM, :3]
    return np.median(given, axis=0).astype(np.float32) if len(given) else None


def laid(picture: np.ndarray, here: tuple[slice, slice], drawn: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A copy of a picture, uint8 (H, W, 3), whose part `here` is as drawn, (h, w, 3) in 0..255, in a hole, bool (h, w).

    Pixels outside the hole are unchanged.
    """
    result = picture.copy()
    result[here] = np.where(hole[..., None], np.round(drawn).clip(0, 255).astype(np.uint8), picture[here])
    return result


def match_grain(picture: np.ndarray, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
    """Give a picture, float32 (H, W, 3), in a hole the grain that the photograph, uint8, has around it.

    Grain is what the smoothest places around have: hair and edges are none. It is added where the filling is smooth.
    """
    reach = 2 * max(4, round(0.15 * np.sqrt(hole.sum()))) + 1
    around = (cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach))) > 0) & ~hole
    if around.sum() < 64:
        return picture
    there, here = _fine(_grey(image)), _fine(_grey(picture))
    power = _power(there)
    smooth = around & (power <= np.quantile(power[around], SMOOTHEST))
    lack = np.sqrt(np.maximum(power[smooth].mean() - _power(here), 0)) * hole                 # (H, W)
    side = smooth[:, 1:] & smooth[:, :-1]
    beside = (there[:, 1:] * there[:, :-1])[side].mean() if side.any() else 0.0
    alike = float(beside / max((there[smooth] ** 2).mean(), 1e-3))
    noise = torch.randn(*hole.shape, generator=torch.Generator().manual_seed(seed)).numpy()
    if alike > 0:                                     # grain of a compressed or enlarged photograph is soft
        noise = cv2.GaussianBlur(noise, (0, 0), 0.5 + alike)
    noise = _fine(noise)
    return picture + (noise / (noise.std() + 1e-6) * lack)[..., None]


def _grey(picture: np.ndarray) -> np.ndarray:
    """The mean (H, W) of the colours of each pixel (H, W, 3); many times quicker than numpy's mean of three."""
    red, green, blue = np.moveaxis(picture * np.float32(1), 2, 0)                         # whole numbers would overflow
    return (red + green + blue) / np.float32(3)


def _fine(picture: np.ndarray) -> np.ndarray:
    return picture - cv2.GaussianBlur(picture, (0, 0), 1.2)


def _power(fine: np.ndarray) -> np.ndarray:
    """Mean square of grain (H, W) around each pixel."""
    return cv2.blur(fine * fine, (7, 7))
