"""Tell face, ears, neck, hair, clothes and background apart in a crop of head and shoulders.

Where each is to be expected follows from the mesh and the person mask; what it looks like is learnt from the
photograph itself: colours where a region is certain, then, in a few rounds, where it has become likely.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from . import guided
from .mesh_points import CHIN, LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE

BACKGROUND, SKIN, EAR, NECK, HAIR, CLOTH = range(6)
_SIDES = ((-1, (234, 93, 132)), (1, (454, 323, 361)))  # picture left and right: mesh points in front of the ear
_BINS = (24, 32, 32)       # of Lab colours
COLOUR_COUNTS = 0.7        # power to which colours count beside what is expected
_FEW = 400.0               # pixels below which a region's colours count as hardly known
_BALD = 0.5                # share of what is just above the face from which a scalp that shows there is a bald head's
_SMOOTH, _DIMMER, _HUE = 0.4, 22, 0.25  # of a scalp: roughness in the face's, lightness below the forehead's, radians
_ISLAND, _SMALL_EAR = 0.0015, 0.0003  # shares of the crop below which a patch is not believed


def step(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 at `low` and before, 1 at `high` and beyond, smooth between; `low` may be the larger."""
    t = ((x - low) / (high - low)).clip(0, 1)
    return t * t * (3 - 2 * t)


def inside(polygon: np.ndarray, size: int) -> np.ndarray:
    """bool (size, size): pixels inside a polygon (N, 2)."""
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return mask > 0


@dataclass(frozen=True, eq=False)
class Head:
    """A head in its crop. Lengths are head units (about an eye distance), from the middle of the eyes downwards.

    points:  (N, 2) mesh in crop pixels;  size, unit: side of the crop and length of a head unit, in pixels
    yaw:     degrees, positive towards the picture's right
    """

    points: np.ndarray
    size: int
    unit: float
    yaw: float

    @cached_property
    def middle(self) -> np.ndarray:
        """(2,) pixels: the oval's middle across, the eyes' down."""
        return np.array([self.points[list(OVAL), 0].mean(), self.points[list(RIGHT_EYE + LEFT_EYE), 1].mean()])

    @cached_property
    def x(self) -> np.ndarray:
        return (np.arange(self.size, dtype=np.float32)[None] - self.middle[0]) / self.unit

    @cached_property
    def y(self) -> np.ndarray:
        return (np.arange(self.size, dtype=np.float32)[:, None] - self.middle[1]) / self.unit

    @cached_property
    def neck_x(self) -> np.ndarray:
        """Distance from the middle of the neck, which stays behind when the chin turns."""
        return np.abs(self.x - (self.points[[172, 397], 0].mean() - self.middle[0]) / self.unit * 0.5)

    @cached_property
    def depth(self) -> np.ndarray:
        """(S, S) distance to the face oval, positive inside."""
        mask = inside(self.points[list(OVAL)], self.size).astype(np.uint8)
        away = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        return away / self.unit

    @property
    def chin(self) -> float:
        return float(self.points[CHIN, 1] - self.middle[1]) / self.unit

    @property
    def top(self) -> float:
        """Where the face oval ends, about the hairline."""
        return float(self.points[list(OVAL[:3] + OVAL[-2:]), 1].mean() - self.middle[1]) / self.unit

    @property
    def brows(self) -> float:
        return float(self.points[list(RIGHT_BROW + LEFT_BROW), 1].min() - self.middle[1]) / self.unit


def _expect(head: Head, person: np.ndarray) -> np.ndarray:
    """Prior probabilities (6, S, S) of the regions from geometry and the probability of a person (S, S)."""
    x, y, depth, chin, brows, neck_x = head.x, head.y, head.depth, head.chin, head.brows, head.neck_x
    within, outside = step(depth, -0.06, 0.06), (-depth).clip(0, None)
    forehead = step(y, brows + 0.05, brows - 0.15) * (0.1 + 0.45 * step(y, brows, brows - 0.9))
    cheek_edge = 0.25 * step(depth, 0.3, 0.0) * step(y, chin - 0.2, chin - 0.7)
    skin_in = 0.98 - cheek_edge - forehead
    skin_out = np.where(y < brows, 0.8 * np.exp(-((outside / 0.7) ** 2)), 0.04 * np.exp(-outside / 0.1))

    ear = np.zeros_like(depth)
    for side, points in _SIDES:
        at = (head.points[list(points)].mean(0) - head.middle) / head.unit
        bump = np.exp(-(((x - at[0] - side * 0.15) / 0.3) ** 2 + ((y - at[1] + 0.05) / 0.45) ** 2) ** 2)
        ear = np.maximum(ear, bump * (1 - step(np.float32(side * head.yaw), 12, 28)))  # the far ear is hidden

    below = step(y, chin - 0.75, chin - 0.25)
    neck = below * (0.7 * step(neck_x, 1.15, 0.75) * step(y, chin + 1.0, chin + 0.2) + 0.2)
    shoulder = chin + 0.1 - 0.5 * step(neck_x, 0.7, 1.3)
    cloth = 0.9 * step(y, shoulder, shoulder + 0.8) + 0.05 * step(y, 0.5, 1.0)
    beside = step(neck_x, 0.4, 0.9) * step(y, chin + 1.6, chin)
    hair = np.where(y < 0, 1.0, 1.0 - (0.85 - 0.4 * beside) * step(y, 0.3, chin)) * step(y, chin + 3.5, chin)

    out = 1 - within
    parts = np.stack([within * skin_in + out * skin_out, out * 0.9 * ear, out * neck,
                      out * hair + within * (1 - skin_in), out * cloth])
    parts *= person / (parts.sum(0) + 1e-6)
    return np.concatenate([1 - person[None], parts]).astype(np.float32)


def _learnable(head: Head, known: np.ndarray) -> np.ndarray:
    """Where the colours of each region may be learnt, (6, S, S), out of the pixels that are known."""
    allowed = np.repeat(known[None], 6, 0)
    allowed[SKIN] *= head.y > head.brows + 0.1
    allowed[HAIR] *= head.y < head.chin - 0.5
    allowed[NECK] *= head.y < head.chin + 0.5
    allowed[CLOTH] *= head.y > head.chin + 0.1
    return allowed


def colour_bins(lab: np.ndarray) -> np.ndarray:
    """uint8 Lab (S, S, 3) -> number of each pixel's bin (S, S)."""
    lightness = lab[..., 0].astype(np.int32) * _BINS[0] // 256
    a, b = ((lab[..., k].astype(np.int32) - 80).clip(0, 95) // 3 for k in (1, 2))
    return (lightness * _BINS[1] + a) * _BINS[2] + b


def density_of(bins: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Smoothed histogram of the weighted pixels, looked up at every pixel (S, S)."""
    counts = np.bincount(bins.ravel(), weights.ravel(), math.prod(_BINS)).astype(np.float32).reshape(_BINS)
    counts = cv2.GaussianBlur(counts.reshape(_BINS[0], -1), (1, 7), 1.2).reshape(_BINS)
    counts = np.stack([cv2.GaussianBlur(plane, (9, 9), 1.5) for plane in counts])
    return (counts.ravel() / (counts.sum() + _FEW) + 2e-6)[bins]


def _likeness(density: np.ndarray, sure: np.ndarray, share: float) -> np.ndarray:
    """0..1: how common a pixel's colour is among the sure ones of a region; 1 for all but the `share` rarest."""
    return (density / (np.percentile(density[sure], share) + 1e-6)).clip(0, 1) if sure.any() else 0 * density


def _shining_scalp(lab: np.ndarray, head: Head, person: np.ndarray) -> np.ndarray:
    """bool (S, S): a bald head above the face, of which lamps make other colours than the face's: it is smooth, has the
    face's hue and is as light as the forehead. Nowhere where little above the face is so, as a highlight on hair.
    """
    mean, lightness = cv2.blur(lab.astype(np.float32), (9, 9)), lab[..., 0].astype(np.float32)
    rough = cv2.blur(np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 2)), (9, 9))
    hue = np.arctan2(mean[..., 2] - 128, mean[..., 1] - 128)
    face = (head.depth > 0.1) & (head.y > 0.1) & (head.y < head.chin - 0.6)
    forehead = (head.depth > 0.08) & (head.y < head.brows - 0.05)
    above = (head.y < head.top) & (person > 0.9)
    around = above & (np.abs(head.x) < 0.7) & (head.depth < -0.08) & (head.depth > -0.45)
    if not face.any() or not forehead.any() or not around.any():
        return np.zeros_like(above)
    scalp = above & (rough < _SMOOTH * (np.median(rough[face]) + 0.3)) & (
        mean[..., 0] > np.median(lightness[forehead]) - _DIMMER) & (np.abs(hue - np.median(hue[face])) < _HUE)
    return scalp if scalp[around].mean() > _BALD else np.zeros_like(above)


def _correct_for_baldness(
    prior: np.ndarray, seeds: np.ndarray, like_skin: np.ndarray, scalp: np.ndarray, head: Head
) -> None:
    """Above the face oval, what has the face's colours is scalp more likely than hair; none is learnt from there."""
    like_skin = np.maximum(like_skin, scalp)
    seeds[HAIR] *= (1 - like_skin).clip(0.01, 1) ** 2
    scalp = (0.6 + 0.3 * scalp) * prior[HAIR] * cv2.blur(like_skin, (7, 7)) ** 2 * (head.y < head.top)
    prior[SKIN] += scalp
    prior[HAIR] -= scalp


def _correct_for_long_hair(prior: np.ndarray, like_hair: np.ndarray, head: Head) -> None:
    """Where hair hangs beside the jaw, expect it further down; where none does, expect clothes."""
    beside = (head.neck_x > 0.6) & (head.y > head.chin)
    for side in (-1, 1):
        strip = (head.depth < -0.1) & (head.y > head.chin - 0.7) & (head.y < head.chin - 0.15) & (
            side * head.x > 0) & (head.neck_x < 1.9)
        person = 1 - prior[BACKGROUND]
        hanging = float((like_hair * person)[strip].mean())
        half = beside & (side * head.x > 0)
        factor = 0.3 + 4 * step(np.float32(hanging), 0.1, 0.45)
        both = prior[HAIR] + prior[CLOTH]
        hair = prior[HAIR] * factor
        share = hair / (hair + prior[CLOTH] + 1e-6)
        prior[HAIR] = np.where(half, both * share, prior[HAIR])
        prior[CLOTH] = np.where(half, both * (1 - share), prior[CLOTH])


def find_regions(lab: np.ndarray, guide: np.ndarray, head: Head, person: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Probabilities (6, G, G) of the regions at the guide's size.

    lab:    uint8 (S, S, 3) the crop in Lab;  guide: the same crop in Lab, uint8 (G, G, 3), as large as the result
    person: (S, S) probability of a person;   known: (S, S), 0 where the crop lies outside the photograph
    """
    bins, prior, learn = colour_bins(lab), _expect(head, person), _learnable(head, known)
    seeds = prior * (prior > 0.6) * learn
    like_skin = _likeness(density_of(bins, seeds[SKIN]), seeds[SKIN] > 0.9, 30)
    scalp = _shining_scalp(lab, head, person)
    learn[SKIN] = np.maximum(learn[SKIN], scalp)
    _correct_for_baldness(prior, seeds, like_skin, scalp, head)
    like_hair = _likeness(density_of(bins, seeds[HAIR]), seeds[HAIR] > 0.5, 30)
    _correct_for_long_hair(prior, like_hair, head)
    learn[CLOTH] *= 1 - 0.7 * np.maximum(like_skin, like_hair)

    small = _as_guide(lab)
    posterior = seeds
    for _ in range(3):
        densities = [density_of(bins, likely * may) for likely, may in zip(posterior, learn)]
        densities[NECK] = 0.4 * densities[NECK] + 0.6 * densities[SKIN]
        densities[EAR] = np.maximum(densities[NECK], densities[SKIN])
        posterior = prior * np.stack(densities) ** COLOUR_COUNTS
        posterior /= posterior.sum(0)
        posterior = np.stack([cv2.blur(region, (3, 3)) for region in posterior])
    posterior = guided.apply(guided.fit(small, posterior, 3, 2e-3), small)
    posterior = _without_islands(posterior.clip(0, 1).astype(np.float32), head)
    return guided.apply(guided.fit(small, posterior, 1, 1e-3), _as_guide(guide))


def _as_guide(lab: np.ndarray) -> np.ndarray:
    """uint8 Lab -> float32 in which a difference of colour counts twice one of lightness."""
    return lab.astype(np.float32) * np.array([1 / 255, 2 / 255, 2 / 255], np.float32)


def _without_islands(posterior: np.ndarray, head: Head) -> np.ndarray:
    """Take small patches from their region, skin apart from the face, and hair that does not hang on a head."""
    posterior = posterior.copy()
    for region, chance in enumerate(posterior):
        labels = posterior.argmax(0)
        _, parts, stats, _ = cv2.connectedComponentsWithStats((labels == region).astype(np.uint8))
        for part, (_, top, _, _, area) in enumerate(stats[1:], 1):
            patch = parts == part
            wrong = area < (_SMALL_EAR if region == EAR else _ISLAND) * patch.size
            if region == SKIN:
                wrong = wrong or not (patch & (head.depth > 0)).any()
            elif region == HAIR and not wrong:
                rim = cv2.dilate(patch.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~patch
                wrong = head.y[top, 0] > 0.2 or (labels[rim] == SKIN).mean() > 0.9
            if wrong:
                chance[patch] = 0
    return posterior
