"""The way from one picture of the notebook to another, in the photograph's own pixels.

The shape of the face passes over by its mesh, and the two pictures, each warped to where the face is then, fade into
one another: Wolberg 1998, https://doi.org/10.1007/s003710050148, with a mesh in place of lines drawn by hand.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from ..canvas import Canvas, canvas_of, reduced
from ..frame import evaluate, rasterise, triangle_maps
from ..models import Models
from ..portrait import Portrait

MOST_SIDE = 512
"""Long side of the pictures in pixels: what a film of a few seconds is looked at in."""
RIM = 0.06
"""Part of the grid's size over which movement fades towards the outer ring, beyond which nothing moves."""


def morph_pictures(first: Portrait, last: Portrait, frames: int, models: Models) -> Iterator[np.ndarray]:
    """Pictures uint8 (H, W, 3) with even sides from one portrait to another of its size, slow at both ends.

    Raises FaceError where one of them has no usable face.
    """
    ends = [reduced(portrait, MOST_SIDE, models) for portrait in (first, last)]
    canvases = [canvas_of(portrait, models) for portrait in ends]
    height, width = (side // 2 * 2 for side in ends[0].image.shape[:2])
    for index in range(frames):
        share = share_at(index, frames)
        between = (1 - share) * canvases[0].vertices + share * canvases[1].vertices
        one, other = (_moved_to(canvas, between) for canvas in canvases)
        yield cv2.addWeighted(one, 1 - share, other, share, 0)[:height, :width]


def share_at(index: int, frames: int) -> float:
    """How much of the way is gone at a frame, 0..1."""
    return 0.5 - 0.5 * math.cos(math.pi * index / max(frames - 1, 1))


def _moved_to(canvas: Canvas, vertices: np.ndarray) -> np.ndarray:
    """The canvas's picture, uint8 (H, W, 3), with its face at other vertices (540, 3)."""
    points, triangles = canvas.to_grid(vertices), canvas.shape.frame.triangles
    seen = rasterise(points, triangles, canvas.grid_shape, vertices[:, 2])
    shift = evaluate(seen, triangle_maps(points, (canvas.vertices - vertices)[:, :2], triangles))
    shift = cv2.medianBlur(shift, 5)                           # slivers of triangles reach wrong values
    shift *= (canvas.rim / RIM).clip(0, 1)[..., None]
    x0, y0, x1, y1 = canvas.box
    image = canvas.image.copy()
    where = canvas.enlarge(shift) + canvas.pixels
    image[y0:y1, x0:x1] = cv2.remap(image[y0:y1, x0:x1], where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return image
