"""Where a turned face hides part of itself the picture is torn: a pixel there shows whatever it sees, by its area."""

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas
from .frame import rasterise, triangle_maps

TEAR = 2.0
"""Pixels per pixel of movement from which the picture is torn, not stretched."""
FINER, LOOKED_AT, DRAWN = 3, 2**22, 2**14
"""Looks at each pixel of a tear, across and down; how many there are at once at most, and how many pixels are drawn."""
HELD_BACK = 0.35
"""Pixels that a pixel may move for each that lies between it and the photograph's edge."""
APART = 0.5
"""Pixels by which what is seen in a pixel may lie apart from where the grid says that its picture comes from."""
LOOKS = (np.stack(np.meshgrid(*[np.arange(FINER)] * 2), -1).reshape(-1, 2).astype(np.float32) + 0.5) / FINER - 0.5


@dataclass(frozen=True, eq=False)
class Moved:
    """Where the picture of each grid point comes from as the mesh moves.

    shift:   float32 (h, w, 2), relative to it, in photograph pixels
    seen:    int32 (h, w), the triangle that is seen there; -1 for none
    unseen:  bool (h, w), what no part of the photograph shows;  beside: bool (h, w), that and what is near it
    """

    shift: np.ndarray
    seen: np.ndarray
    unseen: np.ndarray
    beside: np.ndarray


def stretch_of(shift: np.ndarray) -> np.ndarray:
    """How fast movement changes from point to point of the grid (h, w, 2), float32 (h, w)."""
    down = larger_of(np.diff(shift, axis=0, prepend=shift[:1]))
    across = larger_of(np.diff(shift, axis=1, prepend=shift[:, :1]))
    return cv2.dilate(np.maximum(down, across), np.ones((3, 3)))


def larger_of(shift: np.ndarray) -> np.ndarray:
    """The larger part of movement (H, W, 2) without its sign, (H, W); many times quicker than a maximum of two."""
    return np.maximum(np.abs(shift[..., 0]), np.abs(shift[..., 1]))


def within(shift: np.ndarray, inwards: np.ndarray) -> np.ndarray:
    """Movement (..., 2) held back near the photograph's edge, `inwards` pixels (...) away: beyond it lies nothing."""
    length = np.linalg.norm(shift, axis=-1)
    return shift * np.minimum(1, inwards.clip(0) * HELD_BACK / np.maximum(length, 1e-6))[..., None]


def drawn_at_tears(
    warped: np.ndarray, crop: np.ndarray, vertices: np.ndarray, moved: Moved, free: np.ndarray, canvas: Canvas,
    method: int,
) -> None:
    """Draw in `warped`, uint8 (H, W, 3), what is torn there: pixels that two parts of the face share show both, each by
    the area that it covers.

    crop:    the picture before, as large;  vertices: (540, 3) of the moved face in photograph pixels
    free:    float32 (h, w), the share of the mesh's movement that each grid point makes
    method:  how the picture is resampled
    """
    torn = (stretch_of(moved.shift * free[..., None]) > TEAR * canvas.step) & ~moved.beside
    if not torn.any():
        return
    near = canvas.enlarge(torn - 2 * moved.beside.astype(np.float32)) > 0
    (width, height), triangles = canvas.size, canvas.shape.frame.triangles
    hidden = np.ones(len(triangles), bool)
    hidden[moved.seen[cv2.dilate(torn.astype(np.uint8), np.ones((5, 5))) > 0]] = False
    places = vertices[:, :2] - canvas.box[:2]
    maps = triangle_maps(places, (canvas.vertices - vertices)[:, :2], triangles).astype(np.float32)
    many = max(1, LOOKED_AT // (width * FINER**2))
    for top in range(0, height, many):
        rows, columns = np.nonzero(near[top : top + many])
        if not len(rows):
            continue
        left, across, down = columns.min(), np.ptp(columns) + 1, min(many, height - top)
        seen = rasterise((places - [left, top] + 0.5) * FINER - 0.5, triangles, (down * FINER, across * FINER),
                         vertices[:, 2], hidden)
        seen = seen.reshape(down, FINER, across, FINER)[rows, :, columns - left].reshape(len(rows), -1)       # (N, K)
        for pixels in np.array_split(np.arange(len(rows)), len(rows) // DRAWN + 1):
            at = np.stack([columns[pixels], rows[pixels] + top], 1)
            _draw(warped, crop, at, seen[pixels], maps, moved.shift, free, canvas, method)


def _draw(
    warped: np.ndarray, crop: np.ndarray, at: np.ndarray, seen: np.ndarray, maps: np.ndarray, shift: np.ndarray,
    free: np.ndarray, canvas: Canvas, method: int,
) -> None:
    """Draw pixels of a tear, at x and y, int (N, 2), from the triangles that are seen in them, int (N, K).

    maps: float32 (T, 3, 2), by which each triangle tells where its picture comes from
    """
    places = ((at + 0.5) / canvas.step - 0.5).astype(np.float32)[:, None]
    share = cv2.remap(free, places, None, cv2.INTER_LINEAR)                                                  # (N, 1)
    usual = cv2.remap(shift * free[..., None], places, None, cv2.INTER_LINEAR)                               # (N, 1, 2)
    x, y = (at + canvas.box[:2]).T
    inwards = np.minimum.reduce([x, y, *(np.subtract(canvas.image.shape[1::-1], 1)[:, None] - [x, y])])
    inwards = inwards.astype(np.float32)[:, None]

    def sources(looks: np.ndarray, seen: np.ndarray, of: np.ndarray | slice) -> np.ndarray:
        told = maps[seen]                                                                              # (N, K, 3, 2)
        exact = looks[..., :1] * told[:, :, 0] + looks[..., 1:] * told[:, :, 1] + told[:, :, 2]
        return within(np.where(seen[..., None] < 0, usual[of], exact * share[of][..., None]), inwards[of])

    middle, all_of = at.astype(np.float32)[:, None], slice(None)
    ends = np.stack([seen.min(1), seen.max(1)], 1)
    apart = (np.abs(sources(middle, ends, all_of) - within(usual, inwards)) > APART).any((1, 2))
    if apart.any():
        looks = middle[apart] + LOOKS
        where = looks + sources(looks, seen[apart], apart)
        drawn = cv2.remap(crop, where, None, method, borderMode=cv2.BORDER_REPLICATE)
        warped[at[apart, 1], at[apart, 0]] = np.round(drawn.mean(1))
