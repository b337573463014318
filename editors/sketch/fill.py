"""Paint a hole in a photograph at its own size: from lines, colours and what is around, never from what was there."""

import hashlib
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from ..blend import blend, without_hole
from ..labels import mask_of
from ..models import Models
from ..parsing import at_full_size, find_label_crop
from ..portrait import Portrait
from .alone import portrait_by_lines
from .apart import features_in, worn_by
from .beyond import going_on
from .finer import at_scale
from .found_face import place
from .paint import Drawing, Manner, paint
from .scale import BLENDED, EXAMPLES, Blank, around, hair_beside, labels_at, pixel_of
from .surroundings import flow, keep_colours, match_grain

MOST = 1_200_000
"""Pixels around a hole up to which it is painted at the photograph's own size; larger ones are painted smaller, since
time and memory grow with them."""
TOLD = 0.95
"""From how surely on what is painted tells the colours that flow beyond it."""


def fill(portrait: Portrait, drawing: Drawing, models: Models, manner: Manner) -> np.ndarray:
    """The photograph with its hole painted: uint8 (H, W, 3), outside the hole bit-identical."""
    blank = blank_of(portrait, drawing.hole, models)

    def found(layers: Drawing) -> np.ndarray | None:
        return place_of(portrait, blank.picture, layers, models)

    mesh, seed = found(drawing), manner.seed + manner.variant
    if mesh is None:
        return painted(blank, drawing, None, models, manner)
    rest, worn, rim, mesh = worn_by(blank, drawing, mesh, found, models, seed)
    rest, features = features_in(rest, drawing, mesh, models, seed)
    result = painted(blank, replace(rest, lines=rest.lines + rim), mesh, models, manner)
    for lay in (*features, *worn):
        result = lay(result, mesh)
    return result


def painted(blank: Blank, drawing: Drawing, mesh: np.ndarray | None, models: Models, manner: Manner) -> np.ndarray:
    """The photograph, uint8 (H, W, 3), with what the painter and its surroundings fill in."""
    hole, image = drawing.hole, blank.picture
    x0, y0, x1, y1 = around(hole, BLENDED)
    inside, under = hole[y0:y1, x0:x1], image[y0:y1, x0:x1]
    colours = drawing.colours[y0:y1, x0:x1]
    left, top, right, bottom = around(hole, EXAMPLES)
    scale, free = np.sqrt(MOST / ((right - left) * (bottom - top))), None
    if scale < 1:
        picture = _painted_small(image, drawing, mesh, models, manner, (left, top, right, bottom), scale)
        picture = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    else:
        picture, free = roughly(blank, drawing, mesh, models, manner, (x0, y0, x1, y1))
    picture, labels = keep_colours(picture, colours, inside), None
    if manner.fine and free is not None and not hole.all():
        if mesh is not None and (free.any() or finer_than_painted(mesh, models)):
            labels = labels_at(_laid(image, picture, inside, (x0, y0)), mesh, models)
        picture = _detailed(picture, image, drawing, mesh, labels, models, manner)
    if manner.grain:
        grained = match_grain(picture, under, inside, manner.seed + manner.variant)
        picture += np.float32(manner.grain) * (grained - picture)
    if manner.fine and free is not None:
        if labels is not None:
            free = free * mask_of(labels[y0:y1, x0:x1], ("background", "cloth"))
        picture = going_on(picture, image, drawing, free, (x0, y0), mesh)
    drawn = np.round(picture).clip(0, 255).astype(np.uint8)
    joined = blend(under, drawn, inside, manner.blend, manner.width) if not hole.all() else drawn
    # Joining shifts colours to those beside the hole; strokes keep their own.
    kept = keep_colours(joined.astype(np.float32), colours, inside)
    result = image.copy()
    result[y0:y1, x0:x1] = joined
    return _laid(result, kept, inside, (x0, y0))


def _laid(image: np.ndarray, picture: np.ndarray, hole: np.ndarray, corner: tuple[int, int]) -> np.ndarray:
    """A photograph, uint8 (H, W, 3), with a hole in a window of it, (h, w), filled from a picture, (h, w, 3)."""
    (height, width), (x0, y0), image = hole.shape, corner, image.copy()
    image[y0 : y0 + height, x0 : x0 + width][hole] = np.round(picture[hole]).clip(0, 255)
    return image


def _detailed(
    picture: np.ndarray, image: np.ndarray, drawing: Drawing, mesh: np.ndarray | None, labels: np.ndarray | None,
    models: Models, manner: Manner,
) -> np.ndarray:
    """A filling in the window `around(hole, BLENDED)` of the photograph, float32 (h, w, 3), as fine as that is."""
    finer = 1.0 if mesh is None else finer_than_painted(mesh, models)
    if not (manner.grain and finer):
        return picture
    x0, y0, x1, y1 = around(drawing.hole, BLENDED)
    left, top, right, bottom = around(drawing.hole, EXAMPLES)
    here = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    whole = image[top:bottom, left:right].astype(np.float32)
    whole[here] = picture
    level = manner.blend in ("poisson", "mixed")
    detailed = at_scale(whole, image, drawing, mesh, labels, models, manner.seed + manner.variant, level)[here]
    detailed = keep_colours(detailed, drawing.colours[y0:y1, x0:x1], drawing.hole[y0:y1, x0:x1])
    return picture + np.float32(manner.grain * finer) * (detailed - picture)


def _painted_small(
    image: np.ndarray, drawing: Drawing, mesh: np.ndarray | None, models: Models, manner: Manner,
    part: tuple[int, ...], scale: float,
) -> np.ndarray:
    """As `painted`, of a part of the photograph that is painted smaller and enlarged, float32 (h, w, 3)."""
    x0, y0, x1, y1 = part
    here, size = (slice(y0, y1), slice(x0, x1)), (int((x1 - x0) * scale), int((y1 - y0) * scale))

    def small(layer: np.ndarray, method: int = cv2.INTER_AREA) -> np.ndarray:
        return cv2.resize(layer[here], size, interpolation=method)

    drawn = Drawing(small(drawing.hole.astype(np.float32)) > 0, small(drawing.lines),
                    small(drawing.colours, cv2.INTER_NEAREST))
    if mesh is not None:
        ratio = np.array(size) / (x1 - x0, y1 - y0)
        mesh = np.column_stack([(mesh[:, :2] - (x0, y0) + 0.5) * ratio - 0.5, mesh[:, 2] * ratio[0]])
    blank = small(image)
    picture = painted(Blank(blank, partial(labels_at, blank, models=models)), drawn, mesh, models, manner)
    return cv2.resize(picture, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def roughly(
    blank: Blank, drawing: Drawing, mesh: np.ndarray | None, models: Models, manner: Manner,
    window: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """A filling as fine as it is painted, float32 (h, w, 3): the face as far as it reaches, then colours that flow; and
    where those do, (h, w) in 0..1."""
    x0, y0, x1, y1 = window
    hole, under = drawing.hole[y0:y1, x0:x1], blank.picture[y0:y1, x0:x1]
    lines, colours = drawing.lines[y0:y1, x0:x1], drawing.colours[y0:y1, x0:x1]
    if mesh is None:
        return flow(under, hole, lines, colours), hole.astype(np.float32)
    if hole.all():
        return portrait_by_lines(drawing, mesh, models, manner), np.zeros(hole.shape, np.float32)
    face, sure = paint(blank.picture, drawing, mesh, models, manner, window)
    free = (1 - sure) * hole
    if free.any():
        told = hole & (sure > TOLD)
        picture = flow(np.where(told[..., None], face, under), hole & ~told, lines, colours)
    else:
        picture = under.astype(np.float32)
    if manner.fine and not drawing.hole.all():
        hair, its_colours = (layer[y0:y1, x0:x1] for layer in hair_beside(blank, drawing.hole, mesh, models))
        if colours[..., 3].any():
            its_colours = flow(under, hole, np.zeros_like(lines), colours)
        picture += hair[..., None] * (its_colours - picture)
        sure, free = sure * (1 - hair), free * (1 - hair)
    return picture + sure[..., None] * (face - picture), free


def finer_than_painted(mesh: np.ndarray, models: Models) -> float:
    """How much detail a photograph has beyond the painter's pixels, 0..1: none where its own are as large."""
    return float(np.clip(2 * (pixel_of(mesh, models.get("face_shape").frame) - 1), 0, 1))


def blank_of(portrait: Portrait, hole: np.ndarray, models: Models) -> Blank:
    """The photograph with nothing under a hole, bool (H, W); what is parsed around that is a fact of the portrait."""
    picture = without_hole(portrait.image, hole)

    def labels(mesh: np.ndarray) -> np.ndarray:
        digest = hashlib.sha256(np.packbits(hole).tobytes() + mesh.tobytes()).hexdigest()
        crop = portrait.fact(f"sketch labels {digest}", lambda: find_label_crop(picture, mesh, models))
        return at_full_size(*crop, hole.shape)[0]

    return Blank(picture, labels)


def place_of(portrait: Portrait, blank: np.ndarray, drawing: Drawing, models: Models) -> np.ndarray | None:
    """As `place`; a fact of the portrait, so that the second filling of a hole is quicker."""
    digest = hashlib.sha256(drawing.hole.tobytes() + drawing.lines.tobytes()).hexdigest()
    return portrait.fact(f"sketch place {digest}", lambda: place(blank, drawing, models, portrait.face))


def canvas(height: int, width: int) -> Portrait:
    """A grey picture to draw a face on from lines alone."""
    return Portrait(np.full((height, width, 3), 128, np.uint8))
