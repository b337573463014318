"""Where the pixels of glasses come from when the head before which they are has moved.

Glasses are a front, flat and stiff, and two arms that lead back from it to the ears. In the mean face's own measure x
is along the eyes, y below them and z into depth; the front lies at the depth of the bridge of the nose.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .glasses import Glasses

COLUMNS, ROWS = 161, 81
"""How finely glasses are looked at, along the eyes and below them."""
WIDE, TALL = 1.3, 0.6
"""How far they reach from the middle, in distances of the temples from it and in the same below the eyes."""
ARM = 0.14
"""Height of a column of glasses, in distances of the temples from the middle, up to which it is an arm's."""
HINGES = (0.5, 1.05)
"""Nearest to the middle and farthest from it that the front can end, in the same."""
STIFF = (1e-6, 0.01, 0.5, 0.01)
"""How stiff glasses are against being moved, and drawn out along x, y and z."""
BRIDGE, TEMPLES = 0, (-2, -1)
"""Of the points that glasses move with (`glasses.HELD`), the bridge of the nose and the temples."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The line through the glasses at the height of the eyes, and what a step down is; in pixels of the photograph.

    places: (K, 2) on the line, along x;  down: (2,)
    """

    places: np.ndarray
    down: np.ndarray


def moved_back(
    glasses: Glasses, now: np.ndarray, head: np.ndarray, box: tuple[int, int, int, int]
) -> np.ndarray:
    """Where the pixels of a box of the edited picture lie in the photograph, float32 (h, w, 2).

    now:  (N, 2) where the points that the glasses move with lie in the edited picture;  head: (N, 3) in the mean face
    What a turned head hides comes from far outside the photograph.
    """
    half = float(np.linalg.norm(head[-1] - head[-2])) / 2
    known = _terms((head - head[BRIDGE]) / half)
    then = np.linalg.lstsq(known, glasses.held, rcond=None)[0]                                # (4, 2)
    move = np.linalg.solve(known.T @ known + np.diag(STIFF), known.T @ (now - glasses.held))
    x = np.linspace(-WIDE, WIDE, COLUMNS)
    z = _depth(x, _hinges(glasses, then, x), known)
    line = _terms(np.stack([x, np.zeros_like(x), z], 1))
    return _between(Curve(line @ then, then[2]), Curve(line @ (then + move), then[2] + move[2]), box)


def _terms(places: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(places)), places])


def _hinges(glasses: Glasses, then: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """How far from the middle the front ends, on the picture's left and right: beyond it there are only arms."""
    flat = _terms(np.stack([x, np.zeros_like(x), np.zeros_like(x)], 1)) @ then - glasses.box[:2]
    y = np.linspace(-TALL, TALL, ROWS)[:, None, None]
    covered = cv2.remap(glasses.cover, (flat[None] + y * then[2]).astype(np.float32), None, cv2.INTER_LINEAR) > 0.5
    below = np.where(covered, np.arange(ROWS)[:, None], -1).max(0)
    above = np.where(covered, np.arange(ROWS)[:, None], ROWS).min(0)
    front = x[(below - above) * 2 * TALL / ROWS > ARM]
    left, right = (-front.min(), front.max()) if len(front) else (0, 0)
    return float(np.clip(left + ARM / 3, *HINGES)), float(np.clip(right + ARM / 3, *HINGES))


def _depth(x: np.ndarray, hinges: tuple[float, float], known: np.ndarray) -> np.ndarray:
    """How far back glasses are at x: the front not at all, arms ever further, until they are at the temples."""
    z = np.zeros_like(x)
    for temple in TEMPLES:
        at, back = known[temple, [1, 3]]
        hinge = hinges[int(at > 0)]
        z += back * ((np.sign(at) * x - hinge) / max(abs(at) - hinge, ARM)).clip(0, 1)
    return z


def _between(then: Curve, now: Curve, box: tuple[int, int, int, int]) -> np.ndarray:
    """Places in the photograph of a box's pixels, float32 (h, w, 2), from the glasses' line in both pictures."""
    across = np.array([now.down[1], -now.down[0]]) / np.linalg.norm(now.down)
    at = now.places @ across
    middle = len(at) // 2
    shown = np.concatenate([_unfolded(-at[middle::-1])[:0:-1], _unfolded(at[middle:])])
    x, y = np.meshgrid(np.arange(box[0], box[2], dtype=np.float32), np.arange(box[1], box[3], dtype=np.float32))
    place = x * across[0] + y * across[1]
    (now_x, now_y), (then_x, then_y) = (
        [np.interp(place, at[shown], line[shown, k]).astype(np.float32) for k in (0, 1)]
        for line in (now.places, then.places)
    )
    below = ((x - now_x) * now.down[0] + (y - now_y) * now.down[1]) / float(now.down @ now.down)
    where = np.stack([then_x + below * then.down[0], then_y + below * then.down[1]], -1)
    where[(place < at[shown][0]) | (place > at[shown][-1])] = -1e4
    return where.astype(np.float32)


def _unfolded(at: np.ndarray) -> np.ndarray:
    """How far from the middle places (K,) go on outwards, bool (K,): what folds back lies behind what comes before."""
    return np.logical_and.accumulate(at >= np.maximum.accumulate(at))
