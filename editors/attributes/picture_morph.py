"""The way from one picture of the notebook to another, in the photograph's own pixels.

The shape of the face passes over by its mesh, and the two pictures, each warped to where the face is then, fade into
one another: Wolberg 1998, https://doi.org/10.1007/s003710050148, with a mesh in place of lines drawn by hand.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from ..canvas import Canvas, canvas_of, reduced
from ..faces import face_of
from ..frame import evaluate, rasterise, triangle_maps
from ..models import Models
from ..portrait import Portrait

MOST_SIDE = 512
"""Long side of the pictures in pixels: what a film of a few seconds is looked at in."""
SMALL, AROUND = 0.15, 4.0
"""Share of the long side below which a face is small, and heights of it that are then seen around it."""
RIM = 0.06
"""Part of the grid's size over which movement fades towards the outer ring, beyond which nothing moves."""


def morph_pictures(first: Portrait, last: Portrait, frames: int, models: Models) -> Iterator[np.ndarray]:
    """Pictures uint8 (H, W, 3) with even sides from one portrait to another of its size, slow at both ends.

    Of a picture in which the face is small, what lies around it. Raises FaceError where one has no usable face.
    """
    seen, whole = window(first, models), max(first.image.shape[:2])
    side = round(MOST_SIDE * whole / max(part.stop - part.start for part in seen))
    ends = [reduced(portrait, side, models) for portrait in (first, last)]
    canvases = [canvas_of(portrait, models) for portrait in ends]
    rows, columns = (_even(part, max(ends[0].image.shape[:2]) / whole) for part in seen)
    for index in range(frames):
        share = share_at(index, frames)
        between = (1 - share) * canvases[0].vertices + share * canvases[1].vertices
        one, other = (_moved_to(canvas, between) for canvas in canvases)
        yield cv2.addWeighted(one[rows, columns], 1 - share, other[rows, columns], share, 0)


def window(portrait: Portrait, models: Models) -> tuple[slice, slice]:
    """Rows and columns of a picture that a film shows: all, or AROUND a face that is SMALL."""
    x0, y0, x1, y1 = face_of(portrait, models).box
    sides = portrait.image.shape[:2]
    if y1 - y0 >= SMALL * max(sides):
        return slice(0, sides[0]), slice(0, sides[1])
    most = [min(round(AROUND * (y1 - y0)), side) for side in sides]
    starts = [min(max(round(middle - size / 2), 0), side - size)
              for middle, size, side in zip(((y0 + y1) / 2, (x0 + x1) / 2), most, sides, strict=True)]
    return slice(starts[0], starts[0] + most[0]), slice(starts[1], starts[1] + most[1])


def _even(part: slice, scale: float) -> slice:
    """A part of a picture in its copy of so many times its size, of an even number of pixels."""
    start = round(scale * part.start)
    return slice(start, start + round(scale * (part.stop - part.start)) // 2 * 2)


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
