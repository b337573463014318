"""The two lids of an eye: where a mesh has them, how high the lashes on the upper one are, where white ends below."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .mesh_points import CHIN, FOREHEAD

ALONG = np.linspace(-0.6, 0.6, 25, dtype=np.float32)
"""Shares of the way from the middle of a lid to its corners at which a photograph is asked about it."""
DARKEST, SKIN, TALLER = 0.05, 0.12, 1.25
"""Eye distances above the edge of an upper lid up to which its lashes are darkest, up to which its skin is lightest,
and how many times as high as half-dark lashes they are taken for."""
TOLD, TALL = 20.0, (0.03, 0.075)
"""Levels between lashes and skin from which lashes are seen, and eye distances that they are at least and at most."""
WHITE, BELOW, UNLIKE, LOWER = (-0.03, -0.01), 0.1, 70.0, 0.05
"""Eye distances below the edge of a lower lid where the white lies, where skin is for sure, how much these differ in
levels of RGB where white is told from skin, and how far below the edge white ends at most."""
MOST = 0.6
"""Share of the places along a lid at which white must be seen to end."""


@dataclass(frozen=True, eq=False)
class Lids:
    """The two lids of an eye, from corner to corner.

    middle, along, down: (2,) between the corners in pixels; unit lengths towards the second one, and downwards
    half:                half the way from corner to corner, in pixels
    upper, lower:        (9, 2), how far along, -1..1, and how far down, in pixels, each point lies
    """

    middle: np.ndarray
    along: np.ndarray
    down: np.ndarray
    half: float
    upper: np.ndarray
    lower: np.ndarray

    def at(self, along: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Pixels, float32 (..., 2), at shares of the way along and so many pixels down."""
        places = self.middle + (along * self.half)[..., None] * self.along + down[..., None] * self.down
        return places.astype(np.float32)

    def edges(self, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far down the upper and the lower lid are at shares of the way along."""
        return tuple(np.interp(along, np.maximum.accumulate(lid[:, 0]), lid[:, 1]).astype(np.float32)
                     for lid in (self.upper, self.lower))

    @property
    def gap(self) -> float:
        """How far the lids lie apart in their middle half, in pixels."""
        top, bottom = self.edges(np.linspace(-0.5, 0.5, 9))
        return float((bottom - top).mean())


def lids_of(points: np.ndarray, opening: tuple[tuple[int, ...], tuple[int, ...]]) -> Lids:
    """The lids among points (V, 2): the numbers of their edges, corner to corner, are `opening`."""
    upper, lower = (points[list(edge)] for edge in opening)
    middle, half = (upper[0] + upper[-1]) / 2, max(float(np.linalg.norm(upper[-1] - upper[0])) / 2, 1e-3)
    along = (upper[-1] - upper[0]) / (2 * half)
    down = np.array([-along[1], along[0]])
    down *= np.copysign(1, down @ (points[CHIN] - points[FOREHEAD]))
    return Lids(middle, along, down, half, *(
        np.stack([(edge - middle) @ along / half, (edge - middle) @ down], 1) for edge in (upper, lower)
    ))


def lash_height(crop: np.ndarray, lids: Lids, eyes: float) -> float:
    """How high above the edge of the upper lid its lashes reach, in pixels of a picture, uint8 (h, w, 3).

    eyes: distance between the eyes, in pixels
    """
    above = np.linspace(0, SKIN, 49, dtype=np.float32)
    along, up = np.meshgrid(ALONG, above * eyes)
    grey = cv2.cvtColor(looked_up(crop, lids.at(along, lids.edges(along)[0] - up)), cv2.COLOR_RGB2GRAY)   # (49, 25)
    darkest = grey[above <= DARKEST].argmin(0)
    heights = []
    for column, first in zip(grey.T, darkest, strict=True):
        dark, light = column[first], column[first:].max()
        if light - dark >= TOLD:
            heights.append(above[first + int(np.argmax(column[first:] > (dark + light) / 2))])
    height = TALLER * float(np.median(heights)) if len(heights) > len(ALONG) / 3 else 0.0
    return float(np.clip(height, *TALL)) * eyes


def as_seen(crop: np.ndarray, before: Lids, after: Lids, eyes: float) -> tuple[Lids, Lids]:
    """Lids before and after they close, the lower one where white ends in the picture, uint8 (h, w, 3): a mesh may have
    it higher. Lids that would have met meet there."""
    lower, closed = _white_below(crop, before, eyes), 1 - after.gap / max(before.gap, 1e-6)
    if not lower or closed <= 0:
        return before, after
    return (replace(before, lower=_lowered(before.lower, lower)),
            replace(after, lower=_lowered(after.lower, lower), upper=_lowered(after.upper, closed * lower)))


def _lowered(lid: np.ndarray, by: float) -> np.ndarray:
    return np.stack([lid[:, 0], lid[:, 1] + by * arch(lid[:, 0])], 1)


def arch(along: np.ndarray) -> np.ndarray:
    """How much of what moves the middle of a lid moves it at shares of the way to its corners."""
    return np.sqrt(np.clip(1 - np.square(along), 0, 1))


def _white_below(crop: np.ndarray, lids: Lids, eyes: float) -> float:
    """How far below the edge of the lower lid white ends, in pixels; 0 where it is not told from the skin."""
    below = np.linspace(WHITE[0], BELOW, 53, dtype=np.float32)
    along, down = np.meshgrid(ALONG, below * eyes)
    colours = looked_up(crop, lids.at(along, lids.edges(along)[1] + down))                                # (53, 25, 3)
    inside = colours[below <= WHITE[1]]
    bright = inside.sum(2) >= np.median(inside.sum(2))
    white, skin = np.median(inside[bright], 0), np.median(colours[-8:].reshape(-1, 3), 0)
    unlike = skin - white
    if np.linalg.norm(unlike) < UNLIKE:
        return 0.0
    share = (colours - white) @ unlike / (unlike @ unlike)                                                # 1 = skin
    seen = share[below <= 0].min(0) < 0.4
    if seen.mean() < MOST:
        return 0.0
    ends = below[np.argmax((share > 0.5) & (below[:, None] >= 0), 0)]
    return float(np.clip(np.median(ends[seen]), 0, LOWER)) * eyes


def looked_up(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A picture (h, w, 3) at places, float32 (..., 2) in pixels, as float32."""
    return cv2.remap(picture, places, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
