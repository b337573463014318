"""What the painters of new parts see: a picture, its labels as painted, what is still missing, and samples to copy."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from .areas import blurred, bounds, small_size
from .labels import mask_of
from .membrane import grain, membrane

SKIN = ("skin", "nose", "left ear", "right ear")
SHADE = 0.14
"""Eye distances around hair in which the skin lies in its shadow."""
STRAY = 0.1
"""Eye distances around hair in which single strands lie on the skin."""
SMALL = 160
"""Shading is continued on this many pixels along the longer side."""


@dataclass(frozen=True, eq=False)
class Samples:
    """A picture to copy texture from: float32 (H, W, 3), its labels uint8 (H, W), pixels between its eyes."""

    image: np.ndarray
    labels: np.ndarray
    eyes: float


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture in which some labels are still to be painted.

    image:      float32 (H, W, 3) in 0..255, painted in place, back to front
    labels:     uint8 (H, W) as they shall be
    missing:    bool (H, W), where the picture does not yet show them
    before:     float32 (H, W, 3), the picture before anything was painted
    eyes:       pixels between the eyes
    generator:  draws every random number
    samples:    textures of a second picture, for what this one has none of
    own:        the photograph as it was, with the labels it had, which shows what is taken away, too
    colours:    label name -> RGB for parts that no picture shows
    covers:     label name -> how far what was painted covers what is behind it, float32 (H, W), where that is soft
    """

    image: np.ndarray
    labels: np.ndarray
    missing: np.ndarray
    before: np.ndarray
    eyes: float
    generator: np.random.Generator
    samples: Samples | None = None
    colours: dict[str, np.ndarray] = field(default_factory=dict)
    own: Samples | None = None
    covers: dict[str, np.ndarray] = field(default_factory=dict)

    def where(self, *names: str) -> np.ndarray:
        """bool (H, W): pixels that shall have one of these labels."""
        return mask_of(self.labels, names)

    def sure(self, *names: str, margin: float = 0.03) -> np.ndarray:
        """bool (H, W): pixels that show one of these labels, `margin` eye distances from what is missing and others."""
        side = 2 * max(1, round(margin * self.eyes)) + 1
        kernel = np.ones((side, side), np.uint8)
        shown = self.where(*names) & ~self.missing
        inner = cv2.erode(np.pad(shown, 1, mode="edge").astype(np.uint8), kernel)[1:-1, 1:-1] > 0
        return inner & ~(cv2.dilate(self.missing.astype(np.uint8), kernel) > 0)

    @cached_property
    def x(self) -> np.ndarray:
        """Column of every pixel, float32 (H, W)."""
        return np.broadcast_to(np.arange(self.labels.shape[1], dtype=np.float32), self.labels.shape)

    @cached_property
    def y(self) -> np.ndarray:
        """Row of every pixel, float32 (H, W)."""
        return np.broadcast_to(np.arange(self.labels.shape[0], dtype=np.float32)[:, None], self.labels.shape)

    def colour(self, *names: str, default: tuple[float, float, float] = (128, 128, 128)) -> np.ndarray:
        """The usual colour of a part, float32 (3,): as seen here or before, else in the samples, else as given."""
        for picture, mask in self._shown(names):
            if mask.sum() > 12:
                return np.median(picture[mask], axis=0).astype(np.float32)
        given = [self.colours[name] for name in names if name in self.colours]
        return np.asarray(given[0] if given else default, np.float32)

    def _shown(self, names: tuple[str, ...]):
        yield self.before, self.sure(*names)
        yield self.before, self.where(*names) & ~self.missing
        for other in (self.own, self.samples):
            if other is not None:
                yield other.image, mask_of(other.labels, names)

    def near(self, mask: np.ndarray, margin: float) -> tuple["Scene", tuple[slice, slice]]:
        """The part of the scene `margin` eye distances around a mask, with the same pixels, and where it is."""
        rows, columns = bounds(mask, round(margin * self.eyes))
        window = rows, columns
        own = self.own and Samples(self.own.image[window], self.own.labels[window], self.own.eyes)
        return replace(self, image=self.image[window], labels=self.labels[window], missing=self.missing[window],
                       before=self.before[window], own=own), window

    def soft(self, region: np.ndarray, width: float) -> np.ndarray:
        """A region with its edge softened over `width` eye distances, float32 (H, W) 0..1."""
        return cv2.GaussianBlur(region.astype(np.float32), (0, 0), max(0.5, width * self.eyes / 2))

    def noise(self, coarsest: float = 0.0) -> np.ndarray:
        """White noise (H, W) of variance 1, or blurred by `coarsest` eye distances and brought back to it."""
        white = self.generator.standard_normal(self.labels.shape).astype(np.float32)
        if coarsest:
            white = blurred(white, max(0.4, coarsest * self.eyes))
        return white / (white.std() + 1e-6)

    def lay(self, picture: np.ndarray, alpha: np.ndarray) -> None:
        """Lay a picture (H, W, 3) over the scene by alpha (H, W)."""
        touched = alpha > 0.004
        if touched.any():
            rows, columns = bounds(touched)
            here, over = self.image[rows, columns], picture[rows, columns]
            here += alpha[rows, columns][..., None] * (over - here)


def shading(scene: Scene, known: np.ndarray, domain: np.ndarray) -> np.ndarray:
    """The colours of known pixels without their grain, continued through a domain: float32 (H, W, 3)."""
    height, width = known.shape
    scale, size = small_size(known.shape, SMALL, 1)
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    level = cv2.resize(scene.before * known[..., None], size, interpolation=cv2.INTER_AREA)
    blur = max(0.6, 0.05 * scene.eyes * scale)
    weight_near, level = cv2.GaussianBlur(weight, (0, 0), blur), cv2.GaussianBlur(level, (0, 0), blur)
    level /= np.maximum(weight_near, 1e-6)[..., None]
    reach = cv2.resize(domain.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.2
    surface = membrane(level, weight > 0.5, reach)
    return cv2.resize(surface, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255)


def lit_skin(scene: Scene, margin: float) -> np.ndarray:
    """bool (H, W): skin that is sure by a margin and shows no strand of the hair beside it; if there is none, all."""
    known = scene.sure(*SKIN, margin=margin)
    hair = (~scene.where("hair")).astype(np.uint8)
    lit = known & (cv2.distanceTransform(hair, cv2.DIST_L2, 3) > STRAY * scene.eyes)
    return lit if lit.sum() > scene.eyes**2 / 4 else known


def detail(scene: Scene, known: np.ndarray) -> np.ndarray:
    """Grain like that of the known pixels, float32 (H, W, 3)."""
    return grain(scene.before, known, max(0.8, 0.015 * scene.eyes), scene.generator)


def around(region: np.ndarray, known: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The window around a region that holds enough of what is known."""
    rows, columns = np.nonzero(region.any(1))[0], np.nonzero(region.any(0))[0]
    height, width = region.shape
    while True:
        window = (slice(max(0, rows[0] - margin), min(height, rows[-1] + margin + 1)),
                  slice(max(0, columns[0] - margin), min(width, columns[-1] + margin + 1)))
        if known[window].sum() > margin**2 / 2 or margin > max(height, width):
            return window
        margin *= 2
