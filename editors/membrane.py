"""Fill what is missing: a membrane between known values, grain like the surroundings', texture quilted from samples.

The membrane is Laplace's equation (Perez, Gangnet and Blake 2003, https://doi.org/10.1145/882262.882269, with no
guidance); quilting is Efros and Freeman 2001, https://doi.org/10.1145/383259.383296, grown from what is known inwards.
"""

from functools import cache

import cv2
import numpy as np

CANDIDATES = 160
"""Patches compared for each place that is quilted."""
_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)
_TILE = 256                # pixels after which grain repeats
_TURNS = 24                # relaxations on each level of the pyramid


def membrane(values: np.ndarray, known: np.ndarray, domain: np.ndarray | None = None) -> np.ndarray:
    """The smoothest surface through the known values.

    values:  float32 (H, W, C);  known: bool (H, W), whose values stay
    domain:  bool (H, W), where the surface lies; what is neither known nor in it lets nothing through. None: everywhere
    Returns float32 (H, W, C): where nothing known can be reached, the mean of what is known.
    """
    domain = np.ones_like(known) if domain is None else domain | known
    start = values[known].mean(0) if known.any() else np.zeros(values.shape[2])
    return _relaxed(values.astype(np.float32), known, domain, np.asarray(start, np.float32))


def _relaxed(values: np.ndarray, known: np.ndarray, domain: np.ndarray, start: np.ndarray) -> np.ndarray:
    height, width = known.shape
    if min(height, width) < 8:
        surface = np.broadcast_to(start, values.shape).astype(np.float32)
    else:
        size = ((width + 1) // 2, (height + 1) // 2)
        weight, reach = (cv2.resize(m.astype(np.float32), size, interpolation=cv2.INTER_AREA) for m in (known, domain))
        level = cv2.resize(values * known[..., None], size, interpolation=cv2.INTER_AREA).reshape(*weight.shape, -1)
        coarse = _relaxed(level / np.maximum(weight, 1e-6)[..., None], weight > 1e-3, reach > 1e-3, start)
        surface = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(values.shape)
    flows = domain.astype(np.float32)
    around = cv2.filter2D(flows, -1, _CROSS, borderType=cv2.BORDER_CONSTANT)
    share = np.where(around > 0, 1 / np.maximum(around, 1), 0).astype(np.float32)
    stays, layers = known | (around == 0), []
    for value, layer in zip(cv2.split(values), cv2.split(surface), strict=True):
        np.copyto(layer, value, where=known)
        for _ in range(_TURNS):
            mean = cv2.filter2D(layer * flows, -1, _CROSS, borderType=cv2.BORDER_CONSTANT) * share
            np.copyto(mean, layer, where=stays)
            layer = mean
        layers.append(layer)
    return cv2.merge(layers).reshape(values.shape)


def grain(image: np.ndarray, source: np.ndarray, coarsest: float, generator: np.random.Generator) -> np.ndarray:
    """Noise with the fine detail of some pixels of a picture, and none of their marks.

    image:  float32 (H, W, 3);  source: bool (H, W), the pixels it is like;  coarsest: blur in pixels beyond which
    detail is shading.  Returns float32 (H, W, 3) about 0; a random phase keeps the sample's spectrum (Galerne et al.
    2011, https://doi.org/10.1109/TIP.2010.2052822).
    """
    depth = cv2.distanceTransform(np.pad(source, 1).astype(np.uint8), cv2.DIST_C, 3)[1:-1, 1:-1]
    side = int(2 * depth.max()) - 1
    if side < 6:
        return np.zeros_like(image)
    rows, columns = np.nonzero(source.any(1))[0], np.nonzero(source.any(0))[0]
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    detail, depth, source = image[window], depth[window], source[window]
    detail = detail - cv2.GaussianBlur(detail, (0, 0), coarsest)
    y, x = np.unravel_index(np.argmax(depth), source.shape)
    half = min(side, _TILE) // 2
    patch = detail[max(0, y - half) : y + half, max(0, x - half) : x + half]
    spread = np.abs(detail[source])
    limit = 6 * float(np.median(spread)) + 1e-6                           # a freckle or an eyelash is no grain
    usual = 1.25 * float(np.minimum(spread, limit).mean())
    patch = np.clip(patch - patch.mean((0, 1)), -limit, limit)
    fade = np.outer(np.hanning(patch.shape[0] + 2)[1:-1], np.hanning(patch.shape[1] + 2)[1:-1])[..., None]
    fade = fade / np.sqrt((fade**2).mean())
    spectrum = np.abs(np.fft.rfft2(patch * fade, s=(_TILE, _TILE), axes=(0, 1)))
    spectrum = _usual_of_ring(spectrum)
    noise = np.fft.rfft2(generator.standard_normal((_TILE, _TILE)), axes=(0, 1))
    phase = (noise / np.maximum(np.abs(noise), 1e-9))[..., None]
    drawn = np.fft.irfft2(spectrum * phase, s=(_TILE, _TILE), axes=(0, 1))
    drawn = (drawn * (usual / (drawn.std() + 1e-9))).astype(np.float32)
    repeats = [-(-length // _TILE) for length in image.shape[:2]]
    return np.tile(drawn, (*repeats, 1))[: image.shape[0], : image.shape[1]]


def _usual_of_ring(spectrum: np.ndarray) -> np.ndarray:
    """A spectrum (T, T / 2 + 1, C) as strong in every direction as is usual: the blocks of a JPEG would be stripes."""
    ring, order, ends = _rings()
    usual = [np.median(each, axis=0) for each in np.split(spectrum.reshape(-1, spectrum.shape[2])[order], ends)]
    return np.stack(usual)[ring]


@cache
def _rings() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ring of frequencies that each place of a tile's spectrum lies in, the places ring by ring, and their ends."""
    across, down = np.fft.rfftfreq(_TILE, 1 / _TILE), np.fft.fftfreq(_TILE, 1 / _TILE)
    ring = np.rint(np.hypot(down[:, None], across)).astype(int)
    order = np.argsort(ring, axis=None)
    return ring, order, np.flatnonzero(np.diff(ring.ravel()[order])) + 1


def quilt(
    image: np.ndarray, source: np.ndarray, target: np.ndarray, block: int, generator: np.random.Generator
) -> np.ndarray | None:
    """Continue a texture: patches of what is there laid over what is missing, each where it fits its neighbours best.

    image:   float32 (H, W, 3);  source: bool (H, W), pixels with the texture;  target: bool (H, W), pixels to fill
    block:   side of a patch in pixels, smaller where the texture has no room for it
    Returns float32 (H, W, 3), the image outside the target; None where there is too little texture.
    """
    corners = _corners(source, block)
    while len(corners) < 30 and block > 5:
        block = block * 2 // 3
        corners = _corners(source, block)
    if len(corners) < 8:
        return None
    filled, drawn = (source & ~target), image.copy()
    pad = block
    drawn = cv2.copyMakeBorder(drawn, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    filled, missing = (np.pad(mask, pad) for mask in (filled, target & True))
    samples = drawn.copy()
    for y, x in _places(filled, missing, block):
        rows, columns = slice(y, y + block), slice(x, x + block)
        if not (missing[rows, columns] & ~filled[rows, columns]).any():
            continue
        chosen = corners[generator.integers(len(corners), size=min(CANDIDATES, 4 * len(corners)))] + pad
        patch = _best(samples, chosen, drawn[rows, columns], filled[rows, columns], block)
        _lay(drawn[rows, columns], patch, filled[rows, columns], missing[rows, columns], block)
        filled[rows, columns] |= missing[rows, columns]
    return drawn[pad:-pad, pad:-pad]


def _corners(source: np.ndarray, block: int) -> np.ndarray:
    """Upper left corners (N, 2), y x, of the blocks that hold texture only."""
    kernel = np.ones((block, block), np.uint8)
    whole = cv2.erode(np.pad(source, ((0, block), (0, block))).astype(np.uint8), kernel, anchor=(0, 0))
    return np.argwhere(whole[: source.shape[0], : source.shape[1]] > 0)


def _places(filled: np.ndarray, missing: np.ndarray, block: int) -> list[tuple[int, int]]:
    """Upper left corners of the blocks that cover what is missing, those nearest to what is known first."""
    stride = max(2, block * 5 // 9)
    away = cv2.distanceTransform((~filled).astype(np.uint8), cv2.DIST_L2, 3) if filled.any() else None
    places = []
    rows, columns = np.nonzero(missing)
    for y in range(max(0, rows.min() - block // 3), rows.max() + 1, stride):
        for x in range(max(0, columns.min() - block // 3), columns.max() + 1, stride):
            y0, x0 = min(y, len(missing) - block), min(x, missing.shape[1] - block)
            if missing[y0 : y0 + block, x0 : x0 + block].any():
                far = 0.0 if away is None else float(away[y0 : y0 + block, x0 : x0 + block].mean())
                places.append((far, y0, x0))
    return [(y, x) for _, y, x in sorted(places)]


def _best(
    samples: np.ndarray, corners: np.ndarray, here: np.ndarray, known: np.ndarray, block: int
) -> np.ndarray:
    """The candidate that differs least from what is known of a block, its colour brought half-way to that."""
    thin = max(1, block // 14)
    at = np.arange(0, block, thin)
    y, x = corners[:, 0, None, None] + at[None, :, None], corners[:, 1, None, None] + at[None, None, :]
    overlap = known[::thin, ::thin][None, ..., None]
    candidates = samples[y, x]                                                     # (K, b, b, 3)
    differences = (candidates - here[::thin, ::thin][None]) * overlap
    best = int(np.argmin((differences**2).sum((1, 2, 3))))
    y0, x0 = corners[best]
    patch = samples[y0 : y0 + block, x0 : x0 + block]
    count = max(1, overlap.sum())
    return patch - (0.5 * differences[best].sum((0, 1)) / count).clip(-12, 12)


def _lay(under: np.ndarray, patch: np.ndarray, known: np.ndarray, missing: np.ndarray, block: int) -> None:
    """Lay a patch over a block in place: whole where nothing was, fading into what was filled before."""
    depth = cv2.distanceTransform(np.pad(known, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    weight = (1 - depth / max(1.5, block / 8)).clip(0, 1)
    weight = np.where(known & ~missing, 0, np.where(known, weight, 1))[..., None].astype(np.float32)
    under += weight * (patch - under)
