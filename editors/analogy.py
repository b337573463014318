"""Continue the detail of a picture into a hole by example, from coarse to fine.

Each patch of the hole takes the detail of the most alike patch that is known: alike in what a guide tells of both
places and in the detail found so far (Hertzmann et al. 2001, https://doi.org/10.1145/383259.383295; Wexler, Shechtman
and Irani 2007). Patches that lie side by side in the picture tend to lie side by side in the hole (Barnes et al. 2009,
https://doi.org/10.1145/1531326.1531330), so that strands go on. Patches are compared by their cosine transform.

H, W height and width, G channels of the guide, N patches of the hole, D numbers that tell patches apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

PATCH, HALF, STRIDE = 8, 4, 2
"""Side of a patch, its half, and how far apart patches of the hole begin, in pixels of each level."""
FREQUENCIES = tuple((u, v) for u in range(5) for v in range(5) if u + v <= 4)
"""Of the cosine transform, those that tell patches apart."""
GREY = np.array([0.3, 0.6, 0.1], np.float32)
FIRST_TURNS, TURNS = 3, 1
"""Times that patches are looked for and laid, on the coarsest level and on each other."""
LOOSE, TIGHT = 3.0, 1.6
"""How much wider than its middle a patch counts where patches are laid over each other, in pixels; tight at the end."""
UNKNOWN = 0.05
"""How much a first guess of detail counts where nothing of a patch is known."""
NEVER = np.float32(1e12)
_MOST = 12_000              # patches that the first ones are chosen from
_STEPS = ((4, 1), (2, 1))   # how far away a patch asks its neighbours where they come from, in strides
_LOUDEST = 1.8              # by how much detail lost in averaging is made up for at most


@dataclass(frozen=True, eq=False)
class Level:
    """What is known at one scale. The known picture lies beside its mirror image, which serves as an example too.

    detail:  float32 (H, W, 3), true where known;  known: bool (H, W)
    source:  G layers float32 (H, 2 W), the guide of the picture and of its mirror image
    target:  G layers (H, W), the guide of the hole;  trust: as many, how much each number of it counts
    free:    float32 (H, W) in 0..1, where all detail is looked for; elsewhere only what is finer than a blur of `fine`
             pixels, and coarser detail stays as it is
    """

    detail: np.ndarray
    known: np.ndarray
    source: Sequence[np.ndarray]
    target: Sequence[np.ndarray]
    trust: Sequence[np.ndarray]
    free: np.ndarray
    fine: float


def beside_mirror(layer: np.ndarray, mirror: np.ndarray | None = None) -> np.ndarray:
    """A layer (H, W, ...) with its mirror image to its right; `mirror`: what of it is mirrored, if not itself."""
    return np.concatenate([layer, (layer if mirror is None else mirror)[:, ::-1]], 1)


def synthesise(levels: Sequence[Level], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Detail for the hole from the coarsest level to the finest, each twice as large as the one before.

    Returns float32 (H, W, 3), in the hole and a little beyond, where it would have been drawn, too, the known detail
    elsewhere; and (H, W): how far the guide of a place is from that of its example, in the guide's own units.
    """
    generator = np.random.default_rng(seed)
    drawn, distance, places = None, None, None
    for level in levels:
        height, width = level.known.shape
        start = level.detail if drawn is None else cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC)
        drawn, search = beside_known(level, start), _Search(level, generator)
        if not search.possible:
            continue
        guessed = places is None
        places = search.first() if guessed else search.finer(places)
        if not guessed:      # what was enlarged is soft, and would look for soft examples
            drawn = kept(level, search.laid(places, drawn, LOOSE)[0])
        turns = FIRST_TURNS if guessed else TURNS
        for turn in range(turns):
            places = search.improved(places, beside_known(level, drawn), guessed and turn == 0)
            last = level is levels[-1] and turn == turns - 1
            laid, distance = search.laid(places, beside_known(level, drawn), TIGHT if last else LOOSE)
            drawn = kept(level, laid)
    if distance is None:
        return levels[-1].detail, np.full(levels[-1].known.shape, NEVER)
    return drawn, cv2.resize(distance, levels[-1].known.shape[::-1], interpolation=cv2.INTER_LINEAR)


def beside_known(level: Level, drawn: np.ndarray) -> np.ndarray:
    """What was drawn (H, W, 3) in the hole, and what is known around it."""
    return np.where(level.known[..., None], level.detail, drawn)


def kept(level: Level, laid: np.ndarray) -> np.ndarray:
    """What was laid (H, W, 3), and where that is not free the coarser detail there was."""
    finer = 0 if level.fine < 0.4 else (laid - level.detail) - cv2.GaussianBlur(laid - level.detail, (0, 0), level.fine)
    return level.detail + finer + level.free[..., None] * (laid - level.detail - finer)


def _bases() -> np.ndarray:
    turns = np.pi * (np.arange(PATCH) + 0.5) / PATCH
    rows = np.cos(turns * np.arange(PATCH)[:, None]) * np.sqrt(2 / PATCH)                    # (frequency, place)
    rows[0] /= np.sqrt(2)
    return rows.astype(np.float32)


def _described(detail: np.ndarray) -> list[np.ndarray]:
    """The cosine transform of the patch around each pixel of (H, W, 3), from HALF before it: (H, W) a frequency."""
    grey, rows = detail @ GREY, _bases()
    return [
        cv2.sepFilter2D(grey, cv2.CV_32F, rows[v], rows[u], anchor=(HALF, HALF), borderType=cv2.BORDER_REFLECT)
        for u, v in FREQUENCIES
    ]


@dataclass(frozen=True, eq=False)
class _Places:
    """Where each patch of a grid comes from: rows and columns in the picture beside its mirror image."""

    y: np.ndarray        # (rows, columns)
    x: np.ndarray
    top: int             # where the grid begins
    left: int
    width: int           # of the level, where the mirror image begins


class _Search:
    """Patches of one level, those of the hole on a grid."""

    def __init__(self, level: Level, generator: np.random.Generator):
        self.level, self.generator, self.apart = level, generator, None
        self.height, self.width = level.known.shape
        hole = (~level.known).astype(np.uint8)
        rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        good = cv2.erode(1 - beside_mirror(hole), np.ones((PATCH, PATCH), np.uint8), anchor=(HALF, HALF)) > 0
        for edge in (0, self.width, 2 * self.width):                     # no patch lies across a border or the mirror
            good[:, max(0, edge - HALF) : edge + HALF] = False
        good[:HALF], good[-HALF:] = False, False
        self.good = good.ravel()
        self.possible = bool(len(rows)) and min(level.known.shape) > 3 * PATCH and int(good.sum()) >= 64
        if not self.possible:
            return
        top, bottom = max(HALF, rows[0] - 3), min(self.height - HALF, rows[-1] + HALF + 1)
        left, right = max(HALF, columns[0] - 3), min(self.width - HALF, columns[-1] + HALF + 1)
        grid = np.meshgrid(np.arange(top, bottom, STRIDE), np.arange(left, right, STRIDE), indexing="ij")
        touched = cv2.dilate(hole, np.ones((PATCH, PATCH), np.uint8), anchor=(HALF - 1, HALF - 1))
        self.grid, self.within = grid, touched[grid[0], grid[1]] > 0
        self.y, self.x = grid[0][self.within], grid[1][self.within]                          # (N,)
        self.possible = len(self.y) > 0
        self.known = beside_mirror(level.detail).reshape(-1, 3)
        layers = [*_described(beside_mirror(level.detail)), *level.source]
        self.examples = cv2.merge(layers).reshape(len(self.known), -1)                       # (2 H W, D)
        self.guide, self.trust = self._at_patches(level.target), self._at_patches(level.trust)   # (N, G)

    def first(self) -> _Places:
        """For each patch the example whose guide is most alike, of all."""
        sources = np.flatnonzero(self.good)
        if len(sources) > _MOST:
            sources = np.sort(self.generator.permutation(sources)[:_MOST])
        examples = self.examples[sources][:, len(FREQUENCIES):]
        best = np.empty(len(self.y), np.int64)
        for start in range(0, len(best), 2048):
            some = slice(start, start + 2048)
            apart = self.trust[some] @ (examples**2).T - 2 * (self.trust[some] * self.guide[some]) @ examples.T
            best[some] = sources[apart.argmin(1)]
        return self._grid(*np.divmod(best, 2 * self.width))

    def finer(self, coarse: _Places) -> _Places:
        """The same places on a level twice as large."""
        rows = np.rint((self.y / 2 - coarse.top) / STRIDE).astype(int).clip(0, coarse.y.shape[0] - 1)
        columns = np.rint((self.x / 2 - coarse.left) / STRIDE).astype(int).clip(0, coarse.y.shape[1] - 1)
        y, x = coarse.y[rows, columns], coarse.x[rows, columns]
        mirrored = x >= coarse.width
        column = np.where(mirrored, 2 * self.width - 2 * (2 * coarse.width - x), 2 * x)
        row = 2 * y + self.y - 2 * (coarse.top + STRIDE * rows)
        column = column + self.x - 2 * (coarse.left + STRIDE * columns)
        return self._grid(*self._within_reach(row, column))          # a side that is odd is not twice the coarser one

    def improved(self, places: _Places, detail: np.ndarray, whole: bool) -> _Places:
        """Each patch from where its neighbours come from, or from nearby, if that is more alike."""
        wanted = np.concatenate([self._at_patches(_described(detail)), self.guide], 1)       # (N, D)
        firm = np.ones(len(self.y), np.float32)
        if whole:
            known = cv2.blur(self.level.known.astype(np.float32), (PATCH, PATCH), anchor=(HALF, HALF))
            firm -= ((1 - UNKNOWN) * self.level.free * (1 - known))[self.y, self.x]
        trust = np.concatenate([np.repeat(firm[:, None], len(FREQUENCIES), 1), self.trust], 1)
        y, x = places.y[self.within], places.x[self.within]
        apart = self._apart(y, x, wanted, trust)

        def better(rows: np.ndarray, columns: np.ndarray, allowed: np.ndarray | bool = True) -> None:
            nonlocal y, x, apart
            rows, columns = self._within_reach(rows, columns)
            there = np.where(allowed, self._apart(rows, columns, wanted, trust), NEVER)
            nearer = there < apart
            y, x = np.where(nearer, rows, y), np.where(nearer, columns, x)
            apart = np.where(nearer, there, apart)

        for steps in _STEPS:
            for step in steps:
                for way in ((0, step), (0, -step), (step, 0), (-step, 0)):
                    now, (dy, dx) = self._grid(y - self.y, x - self.x), way
                    theirs = [np.roll(layer, (dy, dx), (0, 1))[self.within] for layer in (now.y, now.x, self.within)]
                    better(theirs[0] + self.y, theirs[1] + self.x, theirs[2])
            for reach in (self.width // 3, self.width // 8, self.width // 20, 3) if whole else (8, 2):
                better(*(at + self.generator.integers(-reach, reach + 1, len(at)) for at in (y, x)))
        self.apart = apart
        return self._grid(y, x)

    def laid(self, places: _Places, detail: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
        """The patches laid over each other, the middle of each counting most: detail (H, W, 3), and how far apart the
        guides are (H, W)."""
        shape, gap = (self.height + 2 * PATCH, self.width + 2 * PATCH), PATCH
        total, weights = np.zeros((5, *shape), np.float32), np.zeros(shape, np.float32)
        firm = np.ones(self.within.shape, np.float32)
        if self.apart is not None:
            firm[self.within] = np.exp(-self.apart / (2 * float(np.percentile(self.apart, 75)) + 1e-6)) + 1e-3
        firm[~self.within] = 0
        y, x = (np.where(self.within, layer, PATCH) for layer in (places.y, places.x))
        guides = self.examples[places.y[self.within] * 2 * self.width + places.x[self.within], len(FREQUENCIES):]
        far = np.zeros(self.within.shape, np.float32)
        far[self.within] = np.sqrt((self.trust * (guides - self.guide) ** 2).sum(1))
        index = y * 2 * self.width + x
        for dy in range(-HALF, HALF):
            for dx in range(-HALF, HALF):
                weight = firm * np.float32(np.exp(-((dy + 0.5) ** 2 + (dx + 0.5) ** 2) / (2 * spread**2)))
                value = self.known.take(index + (dy * 2 * self.width + dx), 0)               # (rows, columns, 3)
                rows = slice(places.top + dy + gap, places.top + dy + gap + STRIDE * y.shape[0], STRIDE)
                columns = slice(places.left + dx + gap, places.left + dx + gap + STRIDE * y.shape[1], STRIDE)
                for layer, one in zip(total, (*np.moveaxis(value, 2, 0), (value @ GREY) ** 2, far), strict=True):
                    layer[rows, columns] += weight * one
                weights[rows, columns] += weight
        total, weights = np.dstack(total)[gap:-gap, gap:-gap], weights[gap:-gap, gap:-gap]
        mean = total / np.maximum(weights, 1e-9)[..., None]
        # Averages of patches that disagree are weak: their power is brought back to that of the patches.
        wanted, found = (cv2.GaussianBlur(power, (0, 0), 3.0) for power in (mean[..., 3], (mean[..., :3] @ GREY) ** 2))
        drawn = mean[..., :3] * np.sqrt((wanted + 0.5) / (found + 0.5)).clip(1, _LOUDEST)[..., None]
        laid = weights > 1e-9
        return np.where(laid[..., None], drawn, detail), np.where(laid, mean[..., 4], 0)

    def _apart(self, y: np.ndarray, x: np.ndarray, wanted: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Squared distance (N,) of what is wanted from the examples at these places; NEVER where there is none."""
        index = y * (2 * self.width) + x
        away = self.examples.take(index, 0) - wanted
        return np.where(self.good[index], np.einsum("nd,nd,nd->n", away, away, trust), NEVER)

    def _at_patches(self, layers: Sequence[np.ndarray]) -> np.ndarray:
        """What layers (H, W) hold where the patches of the hole are, (N, layers)."""
        return np.stack([layer[self.y, self.x] for layer in layers], 1)

    def _within_reach(self, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return y.clip(HALF, self.height - HALF - 1), x.clip(HALF, 2 * self.width - HALF - 1)

    def _grid(self, y: np.ndarray, x: np.ndarray) -> _Places:
        """Numbers of the patches laid out on the grid; 0 where a patch does not touch the hole."""
        layers = np.zeros((2, *self.within.shape), np.int64)
        layers[:, self.within] = y, x
        return _Places(*layers, int(self.grid[0][0, 0]), int(self.grid[1][0, 0]), self.width)
