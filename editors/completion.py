"""Complete a picture behind what was taken away: its own patches go on there, so that frames, folds and leaves do.

Each patch that is missing is drawn like the known patch that it is most like, again and again, coarse to fine (Wexler,
Shechtman and Irani 2007, https://doi.org/10.1109/TPAMI.2007.60); at full size pixels are copied from where those lie.
Every step is determined by the picture: the same hole is always filled alike.

H, W height and width of the picture; h, w of a small copy of it; N patches that are missing, M that are known.
"""

import cv2
import numpy as np

from .areas import blurred, bounds
from .membrane import membrane

THINGS = 4.0
"""Levels that a tenth of a surface differs by from what is around, from which on things or a texture are seen in it,
which are to go on."""
PATCH = 7
"""Side of a patch in pixels of each copy."""
HOLE, LONGEST, AROUND = 40, 140, 0.8
"""Side of a square as large as the hole, and the longer side of the finest copy, in its pixels; how much is looked at
around the hole, in sides of that square."""
COARSER, SHALLOW = 1.5, 2.5
"""How much smaller each coarser copy is, and how deep the hole is in the coarsest, in pixels."""
ROUNDS = (6, 3)
"""How often patches are looked for in the coarsest copy, and in the others."""
NUMBERS = 20
"""Numbers that tell patches apart, the first principal components of those that are known."""
NEARER = 0.02
"""What it counts to be copied from afar: levels of 255 for each pixel of a patch and pixel of the way."""
FADES = 0.8
"""What is left, a pixel further in, of what the border of a hole differs by from the patches that lie across it."""
WITHIN = 4
"""Pixels around the hole, of each copy, that are drawn with it."""
SEAM, JOINED = 400.0, 4
"""What a seam counts beside a patch that fits, squared levels; and how often neighbours are asked."""
_STEPS = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
FEW = 200
"""Known patches of a copy below which nothing is told of what is missing."""
AT_ONCE = 512
"""Patches that are looked for at once."""


def completed(image: np.ndarray, known: np.ndarray, hole: np.ndarray) -> np.ndarray | None:
    """The picture with a hole filled by what is known of it.

    image:  float32 (H, W, 3) in 0..255;  known: bool (H, W), what patches are taken from;  hole: bool (H, W)
    What is neither belongs to other things: it is neither looked at nor changed.
    Returns float32 (H, W, 3), sure in the hole alone; None where too little is known, or the hole is but a thread.
    """
    side = float(np.sqrt(hole.sum()))
    here, whole = bounds(hole, round(AROUND * side)), image.copy()
    image, known, hole = (np.ascontiguousarray(each[here]) for each in (image, known & ~hole, hole))
    drawn = None
    for scale in _scales(hole, min(1.0, HOLE / side, LONGEST / max(hole.shape))):
        size = tuple(max(PATCH + 2, round(length * scale)) for length in hole.shape[::-1])
        picture, sure, missing = _small(image, known, hole, size)
        sources = _places(cv2.erode(sure.astype(np.uint8), np.ones((PATCH, PATCH))) > 0)
        if len(sources) < FEW or not missing.any():
            drawn = None
            continue
        if drawn is not None:
            picture = np.where(sure[..., None], picture, cv2.resize(drawn, size, interpolation=cv2.INTER_CUBIC))
        for _ in range(ROUNDS[drawn is not None]):
            where, taken = _looked_for(picture, sources, missing)
            picture = _drawn(picture, where, taken, sure, missing)
        drawn = picture
    if drawn is None:
        return None
    taken = _joined(drawn, where, taken, sources)
    whole[here] = _in_place(image, drawn, where, taken, known, hole)
    return whole


def fine_of(image: np.ndarray, known: np.ndarray, width: float) -> np.ndarray:
    """What of a picture float32 (H, W, 3) is finer than a blur of so many pixels over what is known, bool (H, W)."""
    share = blurred(known.astype(np.float32), width)[..., None] + 1e-6
    return image - blurred(image * known[..., None], width) / share


def _scales(hole: np.ndarray, finest: float) -> list[float]:
    """The scales of the copies of a picture with a hole, bool (H, W), from the coarsest on."""
    depth = float(cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), cv2.DIST_L2, 3).max()) * finest
    coarser = max(0, int(np.ceil(np.log(max(depth / SHALLOW, 1)) / np.log(COARSER))))
    return [finest / COARSER**k for k in range(coarser, -1, -1)]


def _small(
    image: np.ndarray, known: np.ndarray, hole: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A copy of the size w, h whose hole is filled smoothly, what is known in it, and what is to be drawn."""
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    level = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    sure = weight > 0.5
    level = membrane(level / np.maximum(weight, 1e-6)[..., None], sure)
    near = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    near = cv2.dilate(near.astype(np.uint8), np.ones((2 * WITHIN + 1,) * 2)) > 0
    return level, sure, near & ~sure


def _places(mask: np.ndarray) -> np.ndarray:
    """Rows and columns of a mask whose patches lie within it, int (N, 2)."""
    half = PATCH // 2
    inner = np.zeros_like(mask)
    inner[half:-half, half:-half] = mask[half:-half, half:-half]
    return np.argwhere(inner)


def _patches(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Patches around places (N, 2), float32 (N, PATCH * PATCH * 3)."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, (PATCH, PATCH), (0, 1))   # (h, w, 3, PATCH, PATCH)
    half = PATCH // 2
    return windows[places[:, 0] - half, places[:, 1] - half].reshape(len(places), -1)


def _looked_for(picture: np.ndarray, sources: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places of patches that touch what is missing, int (N, 2), and of the known ones that they are most like."""
    where = _places(cv2.dilate(missing.astype(np.uint8), np.ones((PATCH, PATCH))) > 0)
    known, wanted = _patches(picture, sources), _patches(picture, where)
    middle = known.mean(0)
    axes = np.linalg.eigh(np.cov((known - middle).T))[1][:, -NUMBERS:].astype(np.float32)
    scale = np.float32(PATCH * NEARER)
    known = np.hstack([(known - middle) @ axes, scale * sources]).astype(np.float32)
    wanted = np.hstack([(wanted - middle) @ axes, scale * where]).astype(np.float32)
    lengths, nearest = (known**2).sum(1), []
    for some in np.array_split(wanted, len(wanted) // AT_ONCE + 1):
        nearest.append(np.argmin(lengths - 2 * some @ known.T, axis=1))
    return where, sources[np.concatenate(nearest)]


def _drawn(
    picture: np.ndarray, where: np.ndarray, taken: np.ndarray, sure: np.ndarray, missing: np.ndarray
) -> np.ndarray:
    """The picture whose missing pixels are what the patches that cover them say, most those near what is known."""
    far = ((_patches(picture, where) - _patches(picture, taken)) ** 2).mean(1)
    trust = np.exp(-far / (2 * np.percentile(far, 75) + 1e-6))
    depth = cv2.distanceTransform((~sure).astype(np.uint8), cv2.DIST_L2, 3)
    trust = np.float32((trust + 1e-4) * 1.3 ** -depth[where[:, 0], where[:, 1]])[:, None]
    total = np.zeros((*picture.shape[:2], 4), np.float32)
    for y in range(-(PATCH // 2), PATCH // 2 + 1):
        for x in range(-(PATCH // 2), PATCH // 2 + 1):
            seen = picture[taken[:, 0] + y, taken[:, 1] + x]
            total[where[:, 0] + y, where[:, 1] + x] += trust * np.hstack([seen, np.ones_like(trust)])
    told = total[..., 3] > 0
    voted = total[..., :3] / np.maximum(total[..., 3:], 1e-9)
    off = membrane(picture - voted, sure & told, missing) * np.float32(FADES) ** depth[..., None]
    return np.where((missing & told)[..., None], voted + off, picture)


def _joined(picture: np.ndarray, where: np.ndarray, taken: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Places of known patches as `_looked_for` gives them, most of them beside those that their neighbours have: a
    picture copied from here and there in turn has a seam at every pixel (iterated conditional modes, Besag 1986)."""
    allowed, number = np.zeros(picture.shape[:2], bool), np.full(picture.shape[:2], -1)
    allowed[sources[:, 0], sources[:, 1]] = True
    number[where[:, 0], where[:, 1]] = np.arange(len(where))
    wanted, high = _patches(picture, where), np.array(allowed.shape) - 1
    beside = [number[tuple((where + step).clip(0, high).T)] for step in _STEPS]

    def cost(places: np.ndarray) -> np.ndarray:
        apart = ((wanted - _patches(picture, places)) ** 2).mean(1)
        for step, other in zip(_STEPS, beside, strict=True):
            apart += SEAM * ((other >= 0) & (places + step != taken[other]).any(1))
        return apart

    for step, other in list(zip(_STEPS, beside, strict=True)) * JOINED:
        offered = taken[other] - step
        fits = (other >= 0) & (offered >= 0).all(1) & (offered <= high).all(1)
        fits &= allowed[tuple(offered.clip(0, high).T)]
        offered = np.where(fits[:, None], offered, taken)
        taken = np.where((cost(offered) < cost(taken))[:, None], offered, taken)
    return taken


def _in_place(
    image: np.ndarray, drawn: np.ndarray, where: np.ndarray, taken: np.ndarray, known: np.ndarray, hole: np.ndarray
) -> np.ndarray:
    """The picture (H, W, 3) with its hole copied from where the patches of the finest copy lie, in the colours that the
    copy has there, (h, w, 3)."""
    shape, small = np.array(hole.shape), np.array(drawn.shape[:2])
    away = np.zeros((*small, 2), np.float32)
    away[where[:, 0], where[:, 1]] = (taken - where) * (shape / small)
    pixels, half = np.argwhere(hole), PATCH // 2
    at = (pixels + 0.5) * small / shape - 0.5
    result, first = image.copy(), np.floor(at)
    result[hole] = 0
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):                        # seams are soft, what goes on stays sharp
        share = np.prod(1 - np.abs(at - first - corner), axis=1)
        low = (first + corner).astype(int).clip(half, small - 1 - half)    # no patch lies at the very edge
        source = np.rint(pixels + away[low[:, 0], low[:, 1]]).astype(int).clip(0, shape - 1)
        result[hole] += np.float32(share)[:, None] * image[source[:, 0], source[:, 1]]
    shown = (hole | known).astype(np.float32)
    level, weight = (cv2.resize(each, tuple(small[::-1]), interpolation=cv2.INTER_AREA)
                     for each in (result * shown[..., None], shown))
    off = (drawn - level / np.maximum(weight, 1e-6)[..., None]) * (weight > 0.2)[..., None]
    result[hole] += cv2.resize(off, hole.shape[::-1], interpolation=cv2.INTER_LINEAR)[hole]
    return result
