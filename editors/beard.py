"""A beard drawn hair by hair, at the photograph's own size.

Hairs stand at fixed places of the mesh-normalised frame, so that they stay where they are while a beard grows and move
with the face. N hairs, S side of the frame.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .canvas import Canvas
from .crops import inverse, transform
from .faces import eye_distance
from .frame import Frame, rasterise, triangle_maps
from .labels import BROWS, mask_of
from .mesh_points import LIPS_INNER, MOUTH_CORNERS

PLACES = 180_000
"""Places of hairs over the whole frame; the fullest beard takes some eleven thousand of them."""
STUBBLE, LENGTH, GROWS = 0.012, 0.07, 0.35
"""Eye distances that a hair is long at first, and that it grows for each fullness past the last number."""
WIDTH, DENSE = 0.0018, 0.04
"""Eye distances that a hair is wide at its root; fullness below which none grows."""
SPREAD, BEND = 0.55, 0.6
"""Radians that a hair may stand and bend away from its neighbours, either way."""
MOUSTACHE = (0.05, 0.25, 0.5)
"""Eye distances above the middle of the mouth where a moustache parts sideways, over how many, how wide."""
ROOT_LIGHT, TIP_LIGHT = 0.75, 0.5
"""How light a hair is at its root, and how much lighter at its tip: little light comes down into a beard."""
APART, MOST_POINTS = 1.3, 160
"""Pixels between the points that a hair is drawn with, and how many they are at most."""
BESIDE = 0.2
"""Share of a triangle that a hair of its may stand beside it: farther out a thin one throws hairs across the face."""
QUICK = 90.0
"""Pixels between the eyes above which hairs are drawn smaller and enlarged while a slider moves."""
DARK_SHARE, FEW, BROWN = 15, 20, (86, 62, 48)
"""Percentage of the pixels of brows, or hair, that tell a colour; how few tell nothing, and the colour then."""
GREY = np.array((158, 154, 148), float)
"""The colour of a beard that is all grey."""
OF_HEAD = 0.35
"""How far the colour of a beard lies from the brows' to the head's."""
FLESH, BARE = ("skin", "neck"), 0.8
"""Labels that hairs grow on, and how much of a point must be of them."""


@dataclass(frozen=True, eq=False)
class Hairs:
    """Where hairs stand in the frame.

    roots:     float64 (N, 2) in frame pixels
    along:     float64 (N, 2) of length 1: which way they grow
    triangles: int (N,) of the frame that they stand in
    chance:    float64 (N, 4) in 0..1: what tells one hair from the next
    """

    roots: np.ndarray
    along: np.ndarray
    triangles: np.ndarray
    chance: np.ndarray


@lru_cache(maxsize=1)
def hairs_of(frame: Frame) -> Hairs:
    """Every place of a frame where a hair may stand, the same each time.

    Places are those of an even sequence (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
    """
    plastic = 1.32471795724474602596                                            # the root of x**3 = x + 1
    roots = (0.5 + np.arange(PLACES)[:, None] / plastic ** np.array([1, 2])) % 1 * frame.size - 0.5
    points = frame.mean * frame.size - 0.5
    seen = rasterise(points, frame.triangles, frame.inside.shape, np.zeros(len(points)))
    triangles = at(seen, roots)
    chance = np.random.default_rng(0).random((PLACES, 4))
    opening = np.isin(frame.triangles, LIPS_INNER).all(1)
    corners = np.concatenate([points[frame.triangles], np.ones((len(frame.triangles), 3, 1))], 2)
    shares = np.einsum("nj,njk->nk", np.column_stack([roots, np.ones(PLACES)]), np.linalg.pinv(corners)[triangles])
    within = (triangles >= 0) & ~opening[triangles] & (shares > -BESIDE).all(1)
    return Hairs(roots[within], _along(roots, frame)[within], triangles[within], chance[within])


def at(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of a picture (H, W) at the pixels nearest to points (N, 2)."""
    x, y = np.round(points).astype(int).T
    return picture[y.clip(0, picture.shape[0] - 1), x.clip(0, picture.shape[1] - 1)]


def _along(roots: np.ndarray, frame: Frame) -> np.ndarray:
    mean = frame.mean * frame.size - 0.5
    return growing(*((roots - mean[list(MOUTH_CORNERS)].mean(0)) / eye_distance(mean)).T)


def growing(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which way hairs grow, (..., 2) of length 1, at x, y eye distances from the middle of the mouth: down, a little
    outwards; above the mouth sideways from the middle."""
    begins, over, wide = MOUSTACHE
    parted = ((begins - y) / over).clip(0, 1) * (np.abs(x) < wide)
    sideways = 0.9 * (x / 0.12).clip(-1, 1) * parted + 0.25 * x * (1 - parted)
    along = np.stack([sideways, 1 - 0.45 * parted], -1)
    return along / np.linalg.norm(along, axis=-1, keepdims=True)


def grow(
    crop: np.ndarray, fullness: np.ndarray, canvas: Canvas, held: np.ndarray | None, fine: bool, grey: float = 0.0
) -> np.ndarray:
    """The crop of a canvas, uint8 (H, W, 3), with the hairs of a beard on bare skin.

    fullness: float32 (S, S) in the frame: 1 is a short beard, half of it stubble
    held:     how firmly each point of the grid is held, as `Canvas.held` says
    fine:     draw in all the photograph's pixels, however many
    grey:     share of the hair that has turned grey
    """
    hairs, eyes = hairs_of(canvas.shape.frame), eye_distance(canvas.vertices)
    curves, chance = curves_of(hairs, fullness, canvas)
    if not curves.size:
        return crop
    left, top = np.floor(curves.min((0, 1))).astype(int).clip(0) - 1
    right, bottom = np.ceil(curves.max((0, 1))).astype(int) + 2
    rows, columns = slice(max(top, 0), max(bottom, 1)), slice(max(left, 0), max(right, 1))
    part = crop[rows, columns]
    if not part.size:
        return crop
    scale = 1.0 if fine else min(1.0, QUICK / eyes)
    size = part.shape[1::-1]
    depth, lit = drawn_hairs(
        (curves - (columns.start, rows.start) + 0.5) * scale - 0.5, chance, WIDTH * eyes * scale,
        (max(round(size[0] * scale), 2), max(round(size[1] * scale), 2)),
    )
    depth, lit = (cv2.resize(drawn, size, interpolation=cv2.INTER_LINEAR) for drawn in (depth, lit))
    if canvas.focus:
        depth, lit = (cv2.GaussianBlur(drawn, (0, 0), canvas.focus) for drawn in (depth, lit))
    reach = (canvas.rim > 0.02).astype(np.float32) * (1 if held is None else 1 - held)
    cover = (1 - np.exp(-depth)) * canvas.enlarge(reach)[rows, columns]
    around = cv2.blur(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (round(0.3 * eyes) | 1,) * 2).astype(np.float32)
    light = (around / max(np.average(around, weights=cover + 1e-6), 1)).clip(0.4, 1.6) * lit / np.maximum(depth, 1e-6)
    own = colour_of(canvas)
    own = np.float32(own + min(1.0, grey) * (np.maximum(canvas.exposure * GREY, own) - own))
    colour = np.minimum(light[..., None] * own, 235)
    crop = crop.copy()
    crop[rows, columns] = np.round(part + cover[..., None] * (colour - part))
    return crop


def curves_of(hairs: Hairs, fullness: np.ndarray, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Hairs that have grown and are seen: root, middle and tip (3, n, 2) in the box's pixels; their chance (n, 4)."""
    frame, full = canvas.shape.frame, at(fullness, hairs.roots)
    some = (full > DENSE) & (hairs.chance[:, 0] < full)
    full, chance, roots, along = full[some], hairs.chance[some], hairs.roots[some], hairs.along[some]
    eye = eye_distance(frame.mean * frame.size)
    length = (STUBBLE + LENGTH * (full - GROWS).clip(0)) * (0.6 + 0.8 * chance[:, 1]) * eye / 2
    first = (chance[:, 2] - 0.5) * 2 * SPREAD
    middle = roots + length[:, None] * turned(along, first)
    tip = middle + length[:, None] * turned(along, first + (chance[:, 3] - 0.5) * 2 * BEND)
    points, vertices = frame.mean * frame.size - 0.5, canvas.vertices[:, :2] - canvas.box[:2]
    maps = triangle_maps(points, vertices, frame.triangles)
    behind = np.linalg.det(maps[:, :2]) <= 0                                    # seen from behind
    own = maps[hairs.triangles[some]]
    curves = np.stack([np.einsum("ni,nij->nj", place, own[:, :2]) + own[:, 2] for place in (roots, middle, tip)])
    flesh = canvas.labels_on_grid(FLESH)
    seen = (at(flesh, canvas.to_grid(curves[0] + canvas.box[:2])) > BARE) & ~behind[hairs.triangles[some]]
    return curves[:, seen], chance[seen]


def turned(along: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Directions (N, 2) turned by angles (N,)."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([along[:, 0] * cos - along[:, 1] * sin, along[:, 0] * sin + along[:, 1] * cos], 1)


def drawn_hairs(
    curves: np.ndarray, chance: np.ndarray, width: float, size: tuple[int, int]
) -> list[np.ndarray]:
    """How much hair lies at each pixel, float32 (H, W), and the same times how light each hair is.

    curves: (3, n, 2) in pixels; width: of a root, in pixels; hairs thin out to their tips
    """
    lengths = np.linalg.norm(np.diff(curves, axis=0), axis=2).sum(0)
    count = int(np.clip(np.ceil(np.percentile(lengths, 99) / APART), 3, MOST_POINTS))
    t = ((np.arange(count, dtype=np.float32) + 0.5) / count)[:, None]
    root, middle, tip = curves
    points = ((1 - t) ** 2)[..., None] * root + (2 * t * (1 - t))[..., None] * middle + (t * t)[..., None] * tip
    weight = width * (1 - 0.6 * t) * lengths / count                                            # (count, n)
    light = (ROOT_LIGHT + TIP_LIGHT * t) * (0.6 + 0.8 * chance[:, 3] ** 2)
    return _gathered(points.reshape(-1, 2), (weight.ravel(), (weight * light).ravel()), size)


def _gathered(points: np.ndarray, weights: tuple[np.ndarray, ...], size: tuple[int, int]) -> list[np.ndarray]:
    """Weights (M,) of points (M, 2) gathered on the four pixels around each: float32 (H, W) for each of the weights."""
    width, height = size
    inside = ((points >= 0) & (points < np.array(size) - 1)).all(1)
    points, weights = points[inside], [weight[inside] for weight in weights]
    corner = points.astype(np.int32)
    across, down = (points - corner).T
    index = corner[:, 1] * width + corner[:, 0]
    drawn = [np.zeros(width * height) for _ in weights]
    for offset, share in ((0, (1 - across) * (1 - down)), (1, across * (1 - down)),
                          (width, (1 - across) * down), (width + 1, across * down)):
        for total, weight in zip(drawn, weights, strict=True):
            total += np.bincount(index + offset, weight * share, width * height)
    return [total.reshape(height, width).astype(np.float32) for total in drawn]


def colour_of(canvas: Canvas) -> np.ndarray:
    """The colour of the face's own hairs, (3,) in 0..255."""
    return colour_by(*(_seen(canvas, names) for names in (BROWS, ("hair",))))


def colour_by(brows: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """The colour (3,) of hairs by pixels (N, 3) of brows and of hair: the brows', with a little of the other."""
    brows, hair = _dark(brows), _dark(hair)
    if brows is None:
        return np.array(BROWN, float) if hair is None else hair
    return brows if hair is None else brows + OF_HEAD * (hair - brows)


def _seen(canvas: Canvas, names: tuple[str, ...]) -> np.ndarray:
    """The pixels (N, 3) of some labels."""
    rows, columns = np.nonzero(mask_of(canvas.labels, names))
    places = transform(np.stack([columns, rows], 1).astype(float), inverse(canvas.to_crop))
    height, width = canvas.image.shape[:2]
    places = places[((places >= 0) & (places <= (width - 1, height - 1))).all(1)]
    x, y = np.round(places).astype(int).T
    return canvas.image[y, x].astype(float)


def _dark(seen: np.ndarray) -> np.ndarray | None:
    """Mean (3,) of the darker of pixels (N, 3); None where there are too few to tell."""
    if len(seen) < FEW:
        return None
    grey = seen.mean(1)
    return seen[grey <= np.percentile(grey, DARK_SHARE)].mean(0)
