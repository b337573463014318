"""How far lips lie apart once a face has moved: never past each other, and as far as a smile bares its teeth."""

import numpy as np

from .mesh_points import CHIN, FOREHEAD, LOWER_LIP_ROWS, UPPER_LIP_ROWS
from .networks.mouth_interior import predictors


def part_lips(moved: np.ndarray, parted: np.ndarray, wanted: float) -> np.ndarray:
    """Vertices (540, 3) on the way to those of an open mouth, with lips as far apart as wanted, in eye distances."""
    now, then = (predictors(points)[1] for points in (moved, parted))
    return moved + float(np.clip((wanted - now) / max(then - now, 1e-6), 0, 1)) * (parted - moved)


def meet_lips(moved: np.ndarray, before: np.ndarray) -> None:
    """Lips that would pass each other as they close, meet: in place, vertices (540, 3)."""
    upper, lower = (np.array(rows)[:, 1:-1] for rows in (UPPER_LIP_ROWS, LOWER_LIP_ROWS))              # (4, 9)
    down = before[CHIN, :2] - before[FOREHEAD, :2]
    down /= np.linalg.norm(down)
    gap, gap_before = ((points[lower[-1]] - points[upper[-1]])[:, :2] @ down for points in (moved, before))
    past = (np.minimum(gap_before, 0) - gap).clip(0) / 2                                               # (9,)
    moved[upper, :2] -= past[:, None] * down
    moved[lower, :2] += past[:, None] * down
