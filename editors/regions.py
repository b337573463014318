"""Tell face, ears, neck, hair, clothes, hat and background apart in a crop of head and shoulders.

Where each is to be expected a network says (`networks.head_parser`); what it looks like is learnt from the photograph
itself: colours where a region is certain, then, in a few rounds, where it has become likely.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from . import guided
from .areas import step_between, within_ring
from .mesh_points import CHIN, LEFT_BROW, LEFT_EYE, OVAL, RIGHT_BROW, RIGHT_EYE
from .networks.head_parser import SIDE, HeadParser, layers_of

BACKGROUND, SKIN, EAR, NECK, HAIR, CLOTH, HAT = range(7)
_BINS = (24, 32, 32)       # of Lab colours
COLOUR_COUNTS = 0.7        # power to which colours count beside what is expected
_COLOURS_ADD = 0.55        # the same beside what the network expects, which has seen colours already
_HANGING = (0.0, 0.8)      # head units below the eyes; what hangs further down may be clothes or others' hair
_SURE = 0.8                # probability from which the colours of a region are learnt
_FEW = 400.0               # pixels below which a region's colours count as hardly known
_WORN = 0.7                # share of what covers a head above the brows from which a hat is believed
_SEEN = 0.6                # and of this cover, that the photograph shows
_PATCH = 0.4               # head units around a pixel in which hat and hair are weighed against each other
_ISLAND, _SMALL_EAR = 0.0015, 0.0003  # shares of the crop below which a patch is not believed


def inside(polygon: np.ndarray, size: int) -> np.ndarray:
    """bool (size, size): pixels inside a polygon (N, 2)."""
    return within_ring(polygon, (size, size))


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

    def resized(self, size: int) -> "Head":
        """The same head in a crop of another size."""
        ratio = size / self.size
        return Head((self.points + 0.5) * ratio - 0.5, size, self.unit * ratio, self.yaw)

    @cached_property
    def middle(self) -> np.ndarray:
        """(2,) pixels: the oval's middle across, the eyes' down."""
        return np.array([self.points[list(OVAL), 0].mean(), self.points[list(RIGHT_EYE + LEFT_EYE), 1].mean()])

    @cached_property
    def x(self) -> np.ndarray:
        """(1, S) places of the columns across."""
        return (np.arange(self.size, dtype=np.float32)[None] - self.middle[0]) / self.unit

    @cached_property
    def y(self) -> np.ndarray:
        """(S, 1) places of the rows."""
        return (np.arange(self.size, dtype=np.float32)[:, None] - self.middle[1]) / self.unit

    @cached_property
    def neck_x(self) -> np.ndarray:
        """(1, S) distance from the middle of the neck, which stays behind when the chin turns."""
        return np.abs(self.x - (self.points[[172, 397], 0].mean() - self.middle[0]) / self.unit * 0.5)

    @cached_property
    def depth(self) -> np.ndarray:
        """(S, S) distance to the face oval, positive inside."""
        mask = inside(self.points[list(OVAL)], self.size).astype(np.uint8)
        away = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        return away / self.unit

    @property
    def chin(self) -> float:
        """How far down the chin is."""
        return float(self.points[CHIN, 1] - self.middle[1]) / self.unit

    @property
    def top(self) -> float:
        """Where the face oval ends, about the hairline."""
        return float(self.points[list(OVAL[:3] + OVAL[-2:]), 1].mean() - self.middle[1]) / self.unit

    @property
    def brows(self) -> float:
        """How far down the brows begin: less than 0."""
        return float(self.points[list(RIGHT_BROW + LEFT_BROW), 1].min() - self.middle[1]) / self.unit


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


def find_regions(
    network: HeadParser, picture: np.ndarray, lab: np.ndarray, guide: np.ndarray, head: Head, person: np.ndarray,
    known: np.ndarray,
) -> np.ndarray:
    """Probabilities (7, G, G) of the regions at the guide's size.

    picture: uint8 (S, S, 3) the crop in RGB;  lab: the same in Lab
    guide:  the same in Lab, uint8 (G, G, 3), as large as the result
    person: (S, S) probability of a person;   known: (S, S), 0 where the crop lies outside the photograph
    """
    prior = _covered_by_one(expected(network, picture, head, person), head, known)
    hat = prior[HAT].any()
    prior = prior if hat else prior[:HAT]                                   # of what is nowhere nothing is to be learnt
    learn = np.repeat(known[None], len(prior), 0)
    learn[HAIR] *= 1 - step_between(head.y, *_HANGING)                      # what colour hair is of, the head tells
    found = refined(lab, guide, head, prior, prior * (prior > _SURE) * learn, learn, _COLOURS_ADD)
    return found if hat else np.concatenate([found, np.zeros_like(found[:1])])


def expected(network: HeadParser, picture: np.ndarray, head: Head, person: np.ndarray) -> np.ndarray:
    """What the network sees in a crop: probabilities (7, S, S)."""
    size, small = picture.shape[:2], head.resized(SIDE)
    picture, person = (cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for each in (picture, person))
    found = network.find(layers_of(picture, person, small.depth, small.x, small.y))
    return np.stack([cv2.resize(region, size[::-1], interpolation=cv2.INTER_LINEAR) for region in found])


def _covered_by_one(prior: np.ndarray, head: Head, known: np.ndarray) -> np.ndarray:
    """Above the brows a head wears a hat or it does not: what looks like one here and there is hair."""
    above, cover = head.y < head.brows, prior[HAT] + prior[HAIR]
    hat, seen, whole = (float((each * above).sum()) for each in (prior[HAT] * known, cover * known, cover))
    if hat < _WORN * seen or seen < _SEEN * whole:
        hats = np.zeros_like(cover)
    else:                                                                    # no patches of either in the other
        wide = 2 * round(_PATCH * head.unit) + 1
        near_hat, near = (cv2.blur(each, (wide, wide)) for each in (prior[HAT], cover))
        # Hair under a hat shows below the brows.
        least = 0.15 + 0.25 * step_between(head.y, head.brows - 0.2, head.brows)
        hats = cover * step_between(near_hat / (near + 1e-6) - least, 0, 0.3)
    prior[HAT], prior[HAIR] = hats, cover - hats
    return prior


def refined(
    lab: np.ndarray, guide: np.ndarray, head: Head, prior: np.ndarray, seeds: np.ndarray, learn: np.ndarray,
    counts: float,
) -> np.ndarray:
    """Probabilities (R, G, G) at the guide's size, from what is expected and the photograph's own colours.

    lab, guide: as in `find_regions`;  prior: (R, S, S) what is expected;  seeds: (R, S, S) what of it is certain
    learn:  (R, S, S), 0 where a region's colours may not be learnt;  counts: power to which colours count
    """
    bins, small, posterior = colour_bins(lab), _as_guide(lab), seeds
    for _ in range(3):
        densities = [density_of(bins, likely * may) for likely, may in zip(posterior, learn, strict=True)]
        densities[NECK] = 0.4 * densities[NECK] + 0.6 * densities[SKIN]
        densities[EAR] = np.maximum(densities[NECK], densities[SKIN])
        posterior = prior * np.stack(densities) ** counts
        posterior /= posterior.sum(0)
        posterior = np.stack([cv2.blur(region, (3, 3)) for region in posterior])
    posterior = guided.apply(guided.fit(small, posterior, 3, 2e-3), small)
    posterior = _without_islands(posterior.clip(0, 1).astype(np.float32), head)
    return guided.apply(guided.fit(small, posterior, 1, 1e-3), _as_guide(guide))


def _as_guide(lab: np.ndarray) -> np.ndarray:
    """uint8 Lab -> float32 in which a difference of colour counts twice one of lightness."""
    return lab.astype(np.float32) * np.array([1 / 255, 2 / 255, 2 / 255], np.float32)


def _without_islands(posterior: np.ndarray, head: Head) -> np.ndarray:
    """Take small patches from their region, skin apart from the face, and hair that does not hang on a head or touches
    neither its face nor its ears nor its hat: it is somebody else's, or none."""
    posterior, changed = posterior.copy(), True
    for region, chance in enumerate(posterior):
        if changed:
            labels, changed = posterior.argmax(0), False
        _, parts, stats, _ = cv2.connectedComponentsWithStats((labels == region).astype(np.uint8))
        for part, (_, top, _, _, area) in enumerate(stats[1:], 1):
            patch = parts == part
            wrong = area < (_SMALL_EAR if region == EAR else _ISLAND) * patch.size
            if region == SKIN:
                wrong = wrong or not (patch & (head.depth > 0)).any()
            elif region == HAIR and not wrong:
                rim = cv2.dilate(patch.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~patch
                apart = not np.isin(labels[rim], (SKIN, EAR, HAT)).any()
                wrong = apart or head.y[top, 0] > 0.2 or (labels[rim] == SKIN).mean() > 0.9
            if wrong:
                chance[patch], changed = 0, True
    return posterior
