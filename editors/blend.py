"""Join what was drawn to the photograph around it. Outside the hole every pixel stays as it is, bit for bit.

Four ways, compared by Burt and Adelson 1983 (pyramid) and Pérez, Gangnet and Blake 2003 (Poisson). A hole is a bool
(H, W), True where something was drawn; pictures are uint8 (H, W, 3).
"""

import cv2
import numpy as np

from .errors import ImageError, SettingError

BLENDS = ("feather", "pyramid", "poisson", "mixed")
"""Ways of joining: a soft edge, a soft edge as wide as each detail is large, the photograph's level carried inwards,
and that with the stronger of both pictures' details."""
_SWEEPS = 24           # relaxations at the finest level; coarser levels, which decide more, get twice as many each
_STEP = 0.9            # of a relaxation towards the mean of the neighbours
_ACROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


def blend(
    under: np.ndarray, drawn: np.ndarray, hole: np.ndarray, method: str = "poisson", width: float = 6.0
) -> np.ndarray:
    """What was drawn, joined to what lies under and around it.

    under:   the photograph; in the hole it counts for `feather`, `pyramid` and `mixed`
    drawn:   the same size; outside the hole it counts for nothing
    method:  one of BLENDS;  width: pixels of the soft edge, inwards

    Raises ImageError for an empty hole or sizes that differ, SettingError for an unknown method.
    """
    if under.shape != drawn.shape or hole.shape != under.shape[:2]:
        raise ImageError(
            f"The picture is {under.shape[:2]}, what was drawn {drawn.shape[:2]} and the hole {hole.shape}; "
            "blending takes three of one size."
        )
    if method not in BLENDS:
        raise SettingError(f"blend is {method!r}; it can be {', '.join(BLENDS)}.")
    soft = feather(hole, width)
    window = _around(hole, 2 + 2 * int(np.ceil(width)))
    below, above, inside = under[window].astype(np.float32), drawn[window].astype(np.float32), hole[window]
    if method == "feather":
        joined = below + soft[window][..., None] * (above - below)
    elif method == "pyramid":
        # Coarse levels reach past the hole, where nothing may change: they fade out just inside it.
        joined = below + np.sqrt(soft[window])[..., None] * (pyramid(below, above, soft[window]) - below)
    else:
        joined = poisson(below, above, inside, mixed=method == "mixed")
    result = under.copy()
    result[window][inside] = np.round(joined[inside]).clip(0, 255).astype(np.uint8)
    return result


def feather(hole: np.ndarray, width: float) -> np.ndarray:
    """Soften the edge of a hole inwards, so that pixels outside it stay as they are.

    width: length of the fade in pixels, measured inwards; 0 = hard edge
    Returns float32 (H, W) in 0..1, exactly 0 outside the hole. Raises ImageError if the hole is empty.
    """
    if not hole.any():
        raise ImageError("The hole is empty. Paint at least one pixel to redraw.")
    padded = np.pad(hole.astype(np.uint8), 1, mode="edge")              # the picture's own edge is no edge of the hole
    depth = np.minimum(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], sum(hole.shape))
    return (depth / max(width, 1e-6)).clip(0, 1).astype(np.float32)


def pyramid(below: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Burt and Adelson's blend: each octave of detail is joined over an edge as wide as itself.

    below, above: float32 (H, W, 3);  mask: float32 (H, W), 1 where `above` shows
    """
    if min(mask.shape) < 16:
        return below + mask[..., None] * (above - below)
    size = mask.shape[1::-1]
    small = [cv2.pyrDown(picture) for picture in (below, above, mask)]
    details = [p - cv2.pyrUp(s, dstsize=size) for p, s in zip((below, above), small)]
    joined = details[0] + mask[..., None] * (details[1] - details[0])
    return cv2.pyrUp(pyramid(*small), dstsize=size) + joined


def poisson(below: np.ndarray, above: np.ndarray, hole: np.ndarray, mixed: bool = False) -> np.ndarray:
    """The picture whose slopes in the hole are those of `above`, and which meets `below` at the hole's border.

    mixed: take the steeper of both pictures' slopes instead (equation 12 of Pérez et al.)
    """
    joined = np.where(hole[..., None], above, below)
    bends = np.zeros_like(above)                                        # what the slopes asked for add to those drawn
    if mixed:
        for axis in (0, 1):
            one, other = np.diff(above, axis=axis), np.diff(below, axis=axis)
            more = np.where(np.abs(other) > np.abs(one), other - one, 0)
            ends = [(0, 0)] * 3
            ends[axis] = (1, 1)
            bends += np.diff(np.pad(more, ends), axis=axis)
    lift = relax(np.where(hole[..., None], 0, below - above), hole, bends)
    return np.where(hole[..., None], above + lift, joined)


def relax(values: np.ndarray, hole: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """Solve Laplace(x) = bends in the hole, x = values around it: float32 (H, W, 3), from coarse to fine."""
    known = (~hole).astype(np.float32)
    height, width = hole.shape
    if min(height, width) > 8:
        size = ((width + 1) // 2, (height + 1) // 2)
        weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(values * known[..., None], size, interpolation=cv2.INTER_AREA)
        bends_there = 4 * cv2.resize(bends, size, interpolation=cv2.INTER_AREA)
        coarse = relax(small / np.maximum(weight, 1e-6)[..., None], weight < 1e-6, bends_there)
        start = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        total = known.sum()
        mean = (values * known[..., None]).sum((0, 1)) / max(total, 1)
        start = np.broadcast_to(mean.astype(np.float32), values.shape)
    x = np.where(hole[..., None], start, values).astype(np.float32)
    neighbours = cv2.filter2D(np.ones(hole.shape, np.float32), -1, _ACROSS, borderType=cv2.BORDER_CONSTANT)
    step, layers = np.float32(_STEP) * hole, []
    for layer, bend in zip(cv2.split(x), cv2.split(bends), strict=True):
        for _ in range(_SWEEPS if max(height, width) > 64 else 3 * _SWEEPS):
            mean = (cv2.filter2D(layer, -1, _ACROSS, borderType=cv2.BORDER_CONSTANT) - bend) / neighbours
            layer += step * (mean - layer)
        layers.append(layer)
    return cv2.merge(layers)


def without_hole(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A picture uint8 (H, W, 3) with its hole, bool (H, W), filled smoothly from around it, as a soap film would."""
    if hole.all():
        return np.full_like(image, 128)
    window = _around(hole, 8)
    inside, blank = hole[window], image[window].astype(np.float32)
    blank[inside] = 0
    film = relax(blank, inside, np.zeros_like(blank))
    result = image.copy()
    result[window][inside] = np.round(film[inside]).clip(0, 255).astype(np.uint8)
    return result


def _around(hole: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns that hold a hole and `margin` pixels around it."""
    sides = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
    return tuple(slice(max(0, side[0] - margin), side[-1] + margin + 1) for side in sides)
