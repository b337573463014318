"""Paint a hole in a photograph at its own size: from lines, colours and what is around, never from what was there."""

import hashlib
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from ..areas import bounds
from ..blend import blend, without_hole
from ..detection import detect_faces, overlap
from ..face_measures import face_around
from ..face_mesh import find_mesh, outline_of
from ..faces import Face, find_faces
from ..frame import MESH_POINTS, vertices_of
from ..images import fit_within
from ..labels import mask_of
from ..models import Models
from ..parsing import at_full_size, find_label_crop
from ..portrait import Portrait
from .alone import portrait_by_lines
from .apart import features_in, worn_by
from .beyond import going_on
from .doodle import mesh_by_lines
from .finer import at_scale
from .hidden import face_under, mesh_under
from .paint import Drawing, Manner, paint
from .place import DRAWN, LEAST_SEEN, complete_mesh, hidden_points
from .scale import EXAMPLES, Blank, around, hair_beside, labels_at, pixel_of
from .surroundings import flow, keep_colours, match_grain

LEAST_SHARE = 0.05
"""Share of a hole that has to lie within the rings around a face to be painted as a part of it."""
MESH_INK, FILLED_INK = 0.6, 0.4
"""How dark lines are drawn for the mesh network to see: where nothing lies under them, and on a filling."""
PAPER = (214, 178, 156)
"""What lines lie on where there is no photograph: a face is found sooner on the colour of skin."""
MOST = 1_200_000
"""Pixels around a hole up to which it is painted at the photograph's own size; larger ones are painted smaller, since
time and memory grow with them."""
BLENDED = 0.15
"""How far around a hole grain and blending look, in lengths of the hole."""
TOLD = 0.95
"""From how surely on what is painted tells the colours that flow beyond it."""
LIKELY, TRIED, SAME = 0.6, 3, 0.2
"""How sure the detector is of a face of which a hole leaves half, how many are tried, and the overlap from which on
it is one of those that were seen."""
HALF, ITS_OWN = (0.15, 0.75), 0.5
"""The share of its mesh that the hole hides, and the share of the hole that lies in it: animals have none like that."""
FOUND_AT = 1024
"""Long side in pixels at which the face around a hole is looked for."""


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
    scale = np.sqrt(MOST / ((right - left) * (bottom - top)))
    if scale < 1:
        picture = _painted_small(image, drawing, mesh, models, manner, (left, top, right, bottom), scale)
        picture, free = picture[y0 - top : y1 - top, x0 - left : x1 - left], None
    else:
        picture, free = roughly(blank, drawing, mesh, models, manner, (x0, y0, x1, y1))
    picture = keep_colours(picture, colours, inside)
    finer = 1.0 if mesh is None else finer_than_painted(mesh, models)
    if manner.grain and manner.fine and finer and scale >= 1 and not hole.all():
        whole = image[top:bottom, left:right].astype(np.float32)
        within = whole[y0 - top : y1 - top, x0 - left : x1 - left]
        within[:] = picture
        level = manner.blend in ("poisson", "mixed")
        detailed = at_scale(whole, image, drawing, mesh, models, manner.seed + manner.variant, level)
        detailed = keep_colours(detailed[y0 - top : y1 - top, x0 - left : x1 - left], colours, inside)
        picture += np.float32(manner.grain * finer) * (detailed - picture)
    if manner.grain:
        grained = match_grain(picture, under, inside, manner.seed + manner.variant)
        picture += np.float32(manner.grain) * (grained - picture)
    if manner.fine and free is not None:
        if mesh is not None and free.any():
            free = free * _beside_head(image, picture, inside, mesh, (x0, y0), models)
        picture = going_on(picture, image, drawing, free, (x0, y0), mesh)
    result = image.copy()
    drawn = np.round(picture).clip(0, 255).astype(np.uint8)
    joined = blend(under, drawn, inside, manner.blend, manner.width) if not hole.all() else drawn
    # Joining shifts colours to those beside the hole; strokes keep their own.
    kept = np.round(keep_colours(joined.astype(np.float32), colours, inside)).clip(0, 255).astype(np.uint8)
    result[y0:y1, x0:x1] = np.where(inside[..., None], kept, joined)
    return result


def _beside_head(
    image: np.ndarray, picture: np.ndarray, hole: np.ndarray, mesh: np.ndarray, corner: tuple[int, int], models: Models
) -> np.ndarray:
    """Where a window (h, w) of the photograph shows a wall or clothes as its hole is filled so far, bool (h, w)."""
    (height, width), (x0, y0), rough = hole.shape, corner, image.copy()
    here = np.s_[y0 : y0 + height, x0 : x0 + width]
    rough[here][hole] = np.round(picture[hole]).clip(0, 255)
    return mask_of(labels_at(rough, mesh, models)[here], ("background", "cloth"))


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


# --- where the face is ---------------------------------------------------------------------------------------------

def place(blank: np.ndarray, drawing: Drawing, models: Models, face: int) -> np.ndarray | None:
    """The mesh (468, 3) of the face that the hole is in, in photograph pixels; None where it is in none.

    It is found from the photograph without the hole, `face` first, or from what is around a hole that hides all;
    where the hole is everything, from the lines: a face in them, or else their extent.
    """
    if drawing.hole.all():
        blank = np.full_like(blank, PAPER)
    small = fit_within(blank, FOUND_AT)
    scale, size = blank.shape[1] / small.shape[1], small.shape[1::-1]
    hole = cv2.resize(drawing.hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    lines = cv2.resize(drawing.lines, size, interpolation=cv2.INTER_AREA) * hole
    faces = find_faces(_inked(small, lines, MESH_INK), models)
    for tried in (faces[face : face + 1], faces[:face] + faces[face + 1 :]):
        meshes = [_mesh_beside(small, hole, lines, found, models) for found in tried]
        shares = [0.0 if mesh is None else _covered(mesh, hole) for mesh in meshes]
        if max(shares, default=0) > LEAST_SHARE:
            return _larger(meshes[int(np.argmax(shares))], scale)
    if drawing.hole.all():
        return mesh_by_lines(drawing.lines, models.get("face_shape"))
    mesh = _half_seen(small, hole, lines, faces, models)
    if mesh is not None:
        return _larger(mesh, scale)
    mesh = face_under(small, hole, models)
    if mesh is not None and lines.any():
        mesh = _mesh_of_filled(small, Drawing(hole, lines, _no_colours(hole)), mesh, models)
    return None if mesh is None else _larger(mesh, scale)


def _larger(mesh: np.ndarray, scale: float) -> np.ndarray:
    """A mesh (N, 3) of a picture in one that is larger by a scale."""
    return np.column_stack([(mesh[:, :2] + 0.5) * scale - 0.5, mesh[:, 2] * scale])


def _no_colours(hole: np.ndarray) -> np.ndarray:
    return np.zeros((*hole.shape, 4), np.uint8)


def _inked(image: np.ndarray, lines: np.ndarray, dark: float) -> np.ndarray:
    """Lines as dark marks on a picture uint8 (H, W, 3): face and mesh networks read drawings."""
    if not lines.any():
        return image
    part, inked = bounds(lines > 0), image.copy()
    inked[part] = np.round(image[part] * (1 - np.float32(dark) * lines[part][..., None])).astype(np.uint8)
    return inked


def _mesh_beside(
    image: np.ndarray, hole: np.ndarray, lines: np.ndarray, found: Face, models: Models
) -> np.ndarray | None:
    """The mesh (468, 3) of one face, looked for beside the hole, then on what fills it if the face lies there."""
    mesh = np.asarray(find_mesh(_inked(image, lines, MESH_INK), found, models), np.float64)[:MESH_POINTS]
    hidden = hidden_points(mesh, hole)
    if lines.any():
        mesh = complete_mesh(mesh, hidden, models.get("face_shape"), DRAWN)
    elif (~hidden).sum() >= LEAST_SEEN:
        mesh = mesh_under(image, hole, mesh, models)
    else:
        return None
    if not hidden.any():
        return mesh
    return _mesh_of_filled(image, Drawing(hole, lines, _no_colours(hole)), mesh, models, found)


def _half_seen(
    image: np.ndarray, hole: np.ndarray, lines: np.ndarray, others: tuple[Face, ...], models: Models
) -> np.ndarray | None:
    """The mesh (468, 3) of a face of which a hole leaves so little that the mesh network sees none before it is filled.

    others: the faces that it sees
    """
    inked = _inked(image, lines, MESH_INK)
    boxes = np.array([face.box for face in others]).reshape(-1, 4)
    likely = [face for face in detect_faces(inked, models)
              if face.score > LIKELY and overlap(np.array(face.box), boxes).max(initial=0) < SAME and _over(face, hole)]
    for found in likely[:TRIED]:
        mesh = _mesh_beside(image, hole, lines, found, models)
        hidden = 0 if mesh is None else hidden_points(mesh, hole).mean()
        if not HALF[0] < hidden < HALF[1] or _covered(mesh, hole) < ITS_OWN:
            continue
        filled = _filled_at(image, Drawing(hole, lines, _no_colours(hole)), mesh, models)
        if outline_of(filled, face_around(mesh), models) is not None:
            return mesh
    return None


def _over(face: Face, hole: np.ndarray) -> bool:
    """Whether a hole, bool (H, W), hides some of what the detector takes for a face."""
    x0, y0, x1, y1 = np.round(face.box).astype(int).clip(0)
    return bool(hole[y0 : y1 + 1, x0 : x1 + 1].any())


def _filled_at(image: np.ndarray, asked: Drawing, mesh: np.ndarray, models: Models) -> np.ndarray:
    """A picture uint8 (H, W, 3) whose hole is filled with the most likely face where one is thought to lie."""
    window = around(asked.hole, BLENDED)
    x0, y0, x1, y1 = window
    face, sure = paint(image, asked, mesh, models, Manner(grain=0.0, fine=False), window)
    image, within = image.copy(), asked.hole[y0:y1, x0:x1] & (sure > 0.5)
    image[y0:y1, x0:x1][within] = face[within].clip(0, 255)
    return image


def _mesh_of_filled(
    image: np.ndarray, asked: Drawing, mesh: np.ndarray, models: Models, found: Face | None = None
) -> np.ndarray:
    """The mesh (468, 3) as it is found on what a hole is filled with where it was thought to lie, and on its lines."""
    inked = _inked(_filled_at(image, asked, mesh, models), asked.lines, FILLED_INK)
    again = np.asarray(find_mesh(inked, found or face_around(mesh), models), np.float64)[:MESH_POINTS]
    return complete_mesh(again, hidden_points(again, asked.hole), models.get("face_shape"), DRAWN)


def _covered(mesh: np.ndarray, hole: np.ndarray) -> float:
    """Share of the hole within the outer ring around a mesh."""
    ring = cv2.convexHull(vertices_of(mesh)[:, :2].astype(np.float32)).astype(np.int32)
    reach = cv2.fillConvexPoly(np.zeros(hole.shape, np.uint8), ring, 1)
    return float((reach > 0)[hole].mean())


def canvas(height: int, width: int) -> Portrait:
    """A grey picture to draw a face on from lines alone."""
    return Portrait(np.full((height, width, 3), 128, np.uint8))
