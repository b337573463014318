"""Where the photograph's own pixels go when the outlines of the labels move.

Each part's new outline is matched to its old one: what moved or grew as a whole by the best affine (the optimal
transport between two Gaussians, Dowson and Landau 1982), then point by point to the nearest outline. Between outlines
the movement is as smooth as a membrane.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..labels import EARS, IDS, LIPS, mask_of
from ..membrane import membrane

GRID = 224
"""Movement is computed on this many points along the longer side, smooth between them."""
WHOLE = (("left eye",), ("right eye",), ("nose",), ("upper lip",), ("lower lip",),
         ("mouth",), LIPS, ("left ear",), ("right ear",), ("eyeglasses",), ("hat",))
"""Parts that move, grow and shrink as a whole; brows are lifted off the skin instead, which stays."""
FACE = ("skin", "nose", "eyeglasses", "left eye", "right eye", "left brow", "right brow", "mouth", "upper lip",
        "lower lip")
OUTLINES = (FACE, ("hair",), ("neck",), ("cloth",))
"""Parts whose outlines give way a little wherever they are pushed."""
GLIMPSE = 0.06
"""An ear of less than this many squared eye distances was hardly seen: it is not moved to become a whole one."""
APART = 0.12
"""Eye distances: what was painted so far from a part is another one."""
PUSHED, FULLER = 0.09, 0.2
"""Eye distances: where an outline moved by more than twice this, something new is painted instead; that of a face that
became longer or wider gives way farther."""


@dataclass(frozen=True, eq=False)
class Site:
    """The part of a photograph around what changed.

    image:     uint8 (H, W, 3);  old, new: uint8 (H, W) labels
    eyes:      pixels between the eyes
    reach:     pixels beyond a changed label within which the picture may change
    still:     bool (H, W), hands before the face, which do not move, or None
    beard:     bool (H, W), hair that is a beard, or None
    """

    image: np.ndarray
    old: np.ndarray
    new: np.ndarray
    eyes: float
    reach: float
    still: np.ndarray | None = None
    beard: np.ndarray | None = None

    @property
    def changed(self) -> np.ndarray:
        """bool (H, W): where the labels differ."""
        return self.old != self.new


def new_ears(old: np.ndarray, new: np.ndarray, eyes: float) -> tuple[str, ...]:
    """Ears that labels show and older ones hardly did."""
    least = GLIMPSE * eyes**2
    return tuple(name for name in EARS if (old == IDS[name]).sum() < least < (new == IDS[name]).sum())


def movement(site: Site) -> np.ndarray:
    """Where each pixel's picture comes from, relative to it: float32 (h, w, 2) pixels, on a grid over the site.

    Exactly 0 from the reach of the changed labels on.
    """
    height, width = site.old.shape
    step = max(1.0, max(height, width) / GRID)
    size = (max(1, round(width / step)), max(1, round(height / step)))
    if not site.changed.any():
        return np.zeros((*size[::-1], 2), np.float32)
    scale = np.array(size) / (width, height)
    free = _free(site, size)
    total, count = np.zeros((*free.shape, 2)), np.zeros(free.shape)
    for points, shifts in _outlines(site, step):
        cell = np.clip(((points + 0.5) * scale).astype(int), 0, np.array(size) - 1)
        np.add.at(total, (cell[:, 1], cell[:, 0]), shifts)
        np.add.at(count, (cell[:, 1], cell[:, 0]), 1)
    if not np.abs(total).any():
        return np.zeros((*free.shape, 2), np.float32)
    if site.still is not None:
        still = cv2.resize(site.still.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        free = free * (cv2.dilate(still, np.ones((5, 5))) == 0)
    known = (count > 0) | (free <= 0)
    shift = (total / np.maximum(count, 1)[..., None]).astype(np.float32) * (free > 0)[..., None]
    shift = membrane(shift, known)
    return cv2.GaussianBlur(shift, (0, 0), 1.0) * (free * 3).clip(0, 1)[..., None]


def _free(site: Site, size: tuple[int, int]) -> np.ndarray:
    """How far inside the reach each grid point lies, float32 (h, w): 1 on changed labels, 0 at the reach's end."""
    away = cv2.distanceTransform((~site.changed).astype(np.uint8), cv2.DIST_L2, 5)
    return cv2.resize((1 - away / max(site.reach, 1e-6)).clip(0, 1), size, interpolation=cv2.INTER_AREA)


def _outlines(site: Site, step: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """New outlines and where they come from, relative to them: (N, 2) and (N, 2) pixels each."""
    painted, found = _painted(site), []
    another = tuple((name,) for name in new_ears(site.old, site.new, site.eyes))
    for names in (each for each in WHOLE + OUTLINES if each not in another):
        old, new = mask_of(site.old, names), mask_of(site.new, names)
        if not old.any() or not new.any():
            continue
        if names in WHOLE:
            new = _near(old, new, APART * site.eyes)
        points, there = _outline(new, step), _outline(old, step)
        if not len(points) or not len(there):
            continue
        if (old == new).all():
            shifts = np.zeros_like(points)
        else:
            shifts = _follow(points, there, _whole(old, new) if names in WHOLE else None)
        if names in OUTLINES:
            near = painted[points[:, 1].astype(int), points[:, 0].astype(int)]
            far = np.linalg.norm(shifts, axis=1) > 3 * PUSHED * site.eyes
            points, shifts = points[~(near | far)], shifts[~(near | far)]
        found.append((points, shifts))
    return found


def _near(old: np.ndarray, new: np.ndarray, apart: float) -> np.ndarray:
    """A part bool (H, W) without what was painted apart from it, where some of it is still in its place."""
    count, parts = cv2.connectedComponents(new.astype(np.uint8))
    if count < 3 or not (new & old).any():
        return new
    away = cv2.distanceTransform((~old).astype(np.uint8), cv2.DIST_L2, 5)
    return new & np.isin(parts, np.unique(parts[away < apart]))


def _painted(site: Site) -> np.ndarray:
    """bool (H, W): near changes of hair, clothes, background and skin too wide to be a pushed outline."""
    changed = site.changed.astype(np.uint8)
    depth = cv2.distanceTransform(changed, cv2.DIST_L2, 5)
    _, parts = cv2.connectedComponents((changed > 0).astype(np.uint8))
    fuller = (site.new == IDS["skin"]) & mask_of(site.old, ("neck", "background", "cloth"))
    wide = np.unique(parts[(depth > PUSHED * site.eyes) & ~fuller | (depth > FULLER * site.eyes)])
    outline = np.isin(parts, wide) & (parts > 0)
    side = 2 * max(1, round(0.04 * site.eyes)) + 1
    return cv2.dilate(outline.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _outline(mask: np.ndarray, step: float) -> np.ndarray:
    """Points (N, 2), x y, along the outlines of a mask, about a grid step apart; not where it leaves the picture."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    height, width = mask.shape
    points = [contour[:: max(1, int(step * 0.7)), 0] for contour in contours if len(contour) > 6]
    points = np.concatenate(points).astype(np.float64) if points else np.zeros((0, 2))
    inside = (points > 0).all(1) & (points < np.array([width, height]) - 1).all(1)
    return points[inside]


def _whole(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The affine that brings the new part over the old one: a matrix (2, 2), the new and the old middle."""
    (m, a), (n, b) = _moments(old), _moments(new)
    root = _root(b)
    back = np.linalg.inv(root)
    return back @ _root(root @ a @ root) @ back, n, m


def _moments(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = np.argwhere(mask)[:, ::-1].astype(np.float64)
    return points.mean(0), np.cov(points.T) + 0.25 * np.eye(2) if len(points) > 2 else np.eye(2)


def _root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(np.sqrt(values.clip(1e-9))) @ vectors.T


def _follow(
    points: np.ndarray, there: np.ndarray, whole: tuple[np.ndarray, np.ndarray, np.ndarray] | None
) -> np.ndarray:
    """For each new outline point (N, 2) the way to its place on the old outline (M, 2)."""
    guess = points if whole is None else (points - whole[1]) @ whole[0].T + whole[2]
    nearest = np.empty_like(points)
    for start in range(0, len(points), 256):
        away = ((guess[start : start + 256, None] - there[None]) ** 2).sum(2)
        nearest[start : start + 256] = there[away.argmin(1)]
    if whole is not None:  # an affine explains most of it; what it leaves is followed by half, where it may be a tremor
        rest = nearest - guess
        return guess + 0.7 * rest - points
    return nearest - points
