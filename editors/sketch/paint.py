"""What was drawn, and the face that is painted for it: in the frame of `face_shape`, brought to the photograph."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from ..enlarge import SCALE, enlarge_part
from ..frame import Frame, evaluate, rasterise, triangle_maps, vertices_of
from ..likely import filled, likely_face
from ..models import Models
from ..mouth import wide_open
from ..networks.mouth_interior import OUTLINE
from ..networks.sketch_painter import SIZE, Sketch
from .eyes import dark_irises, undrawn
from .place import hidden_points, into_frame, strange_in, thin, trust_in
from .scale import pixel_of
from .surroundings import ink

LARGER = 1.5
"""Pixels of the photograph from which on one of the painter's is brought to scale by super-resolution."""
_GRID = 320
"""Points along the longer side of the window at which the mesh is followed, smooth between them."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a person drew, at the photograph's size.

    hole:     bool (H, W), True = repaint
    lines:    float32 (H, W) in 0..1, nothing outside the hole
    colours:  uint8 (H, W, 4), alpha 0 = no colour given, nothing outside the hole
    """

    hole: np.ndarray
    lines: np.ndarray
    colours: np.ndarray


@dataclass(frozen=True)
class Manner:
    """How a hole is painted.

    seed 0 is the most likely filling, a variant other than 0 is near its seed's
    grain: 0..1;  width: of the soft edge, in pixels
    """

    seed: int = 0
    blend: str = "poisson"
    width: float = 4.0
    grain: float = 1.0
    fine: bool = True
    variant: int = 0


def paint(
    blank: np.ndarray, drawing: Drawing, mesh: np.ndarray, models: Models, manner: Manner, window: tuple[int, ...],
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The face in the window, float32 (h, w, 3) in 0..255, and how far the frame reaches there, (h, w) 0..1.

    weights: (P,), of the linear model, that the face begins with; None for likely ones
    """
    shape = models.get("face_shape")
    frame = shape.frame
    sketch = sketch_in_frame(blank, drawing, mesh, frame)
    painter = models.get("sketch_painter")
    if weights is None:
        trust = trust_in(hidden_points(mesh, drawing.hole), drawing.lines.any())
        told = painter.form.tells(shape.shape_code(mesh), trust)
        weights = likely_face(shape, sketch, told).draw(manner.seed, manner.variant)
    drawn = filled(shape, sketch, weights)
    added = torch.from_numpy(undrawn(frame, sketch.hole[0].numpy() > 0, sketch.lines[0].numpy()))[None]
    # Where nothing is drawn the network has nothing to follow, and the most likely face looks better without it.
    if manner.fine and (drawing.lines.any() or drawing.colours[..., 3].any() or added.any()):
        told_of = replace(sketch, lines=torch.maximum(sketch.lines, added))
        with torch.inference_mode():
            drawn = in_colours_of(drawn, painter(told_of, drawn, follow=bool(manner.seed or manner.variant)))
    picture = np.ascontiguousarray(drawn.permute(1, 2, 0).numpy()) * 255
    picture = dark_irises(picture, frame, added[0].numpy())
    picture = ink(picture, sketch.lines[0].numpy(), strange_in(frame))
    where = at = positions(mesh, frame, window)
    picture = picture.astype(np.float32)
    if manner.grain and manner.fine and pixel_of(mesh, frame) > LARGER:
        picture, at = enlarge_part(picture, sketch.hole[0].numpy() > 0, models), (where + 0.5) * SCALE - 0.5
    drawn = cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if drawing.lines.any() and hidden_points(mesh, drawing.hole)[list(OUTLINE)].all():
        drawn = wide_open(mesh, window[:2], drawn)
    edge = cv2.distanceTransform(np.pad(frame.inside, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1] / 12
    sure = cv2.remap(edge.clip(0, 1).astype(np.float32), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return drawn, sure


def in_colours_of(filling: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """What was drawn (3, S, S) in the colours of the filling under it, CIELAB's a and b: of these lines say nothing."""
    under, over = (cv2.cvtColor(np.ascontiguousarray(each.permute(1, 2, 0).numpy().clip(0, 1)), cv2.COLOR_RGB2Lab)
                   for each in (filling, drawn))
    picture = cv2.cvtColor(np.dstack([over[..., :1], under[..., 1:]]), cv2.COLOR_Lab2RGB)
    return torch.from_numpy(picture.transpose(2, 0, 1).copy())


def sketch_in_frame(blank: np.ndarray, drawing: Drawing, mesh: np.ndarray, frame: Frame) -> Sketch:
    """What was drawn, as the painter takes it."""
    drawn = np.dstack([drawing.hole.astype(np.float32), drawing.lines, drawing.lines])             # a frame takes three
    hole, lines, _ = np.moveaxis(into_frame(frame, drawn, mesh), 2, 0)
    hole, lines = hole > 0.02, thin(np.clip(lines, 0, 1))
    picture, colours = into_frame(frame, blank, mesh) / 255, np.zeros((*hole.shape, 4), np.float32)
    hole &= frame.inside
    if drawing.colours.any():
        colours[..., :3] = into_frame(frame, drawing.colours[..., :3], mesh) / 255
        colours[..., 3] = into_frame(frame, drawing.colours[..., 3], mesh) / 255 * hole
    layers = picture.transpose(2, 0, 1), hole[None], (lines * hole)[None], colours.transpose(2, 0, 1)
    return Sketch(*(torch.from_numpy(np.ascontiguousarray(layer, np.float32)) for layer in layers))


def positions(mesh: np.ndarray, frame: Frame, window: tuple[int, ...]) -> np.ndarray:
    """Where each pixel of the window lies in the frame, float32 (h, w, 2); far outside it beyond the rings."""
    x0, y0, x1, y1 = window
    step = max(1.0, max(x1 - x0, y1 - y0) / _GRID)
    size = (int(np.ceil((y1 - y0) / step)), int(np.ceil((x1 - x0) / step)))
    vertices = vertices_of(mesh)
    points = (vertices[:, :2] - [x0, y0] + 0.5) / step - 0.5
    seen = rasterise(points, frame.triangles, size, vertices[:, 2])
    there = frame.mean * frame.size - 0.5
    where = evaluate(seen, triangle_maps(points, there, frame.triangles))
    # Of a triangle seen almost from its edge the map leads far beyond it.
    corners = there[frame.triangles].astype(np.float32)
    where = where.clip(corners.min(1)[seen], corners.max(1)[seen])
    where[seen < 0] = -SIZE
    if step == 1:
        return where
    affine = np.array([[1 / step, 0, 0.5 / step - 0.5], [0, 1 / step, 0.5 / step - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    whole = cv2.warpAffine(where, affine, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    reach = (seen >= 0).astype(np.float32)
    reach = cv2.warpAffine(reach, affine, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    whole[reach < 1] = -SIZE                                   # between a place in the frame and none lies no place
    return whole
