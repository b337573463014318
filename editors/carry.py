"""Carry a change seen in the mesh-normalised frame over to the full-size photograph.

The photograph's own pixels are warped by the mesh; a change of appearance is added to them. Nothing is pasted
except where something new comes to light, such as teeth behind lips that were closed. The idea is that of "The GAN
that Warped" (Dorta et al. 2020) and, before it, of active appearance models.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from .crops import transform
from .faces import mesh_of
from .frame import MESH_POINTS, OPENINGS, evaluate, moved_vertices, rasterise, triangle_maps, vertices_of
from .images import fit_within
from .labels import IDS
from .mesh_points import MOUTH_CORNERS, OVAL
from .models import Models
from .networks.face_shape import FaceShape
from .parsing import find_label_crop
from .portrait import Portrait

GRID = 256
"""Movements and changes are computed on this many points along the face's longer side, smooth between them."""
BEHIND = 0.55
"""Eye distances from the middle of the face back to the point that a head turns about."""
TURN = (0.6, 0.0)
"""How much of a turn of the head each ring makes; where it lies on the neck, a third of that."""
MOST_COLOUR = 0.15
"""Largest growth of a region's a and b, as a logarithm: beyond it hair and skin look painted."""
STILL = 0.02
"""Pixels of movement below which a pixel is left exactly as it is."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of a face, apart from any photograph.

    movement:  float (468, 3) of the mesh, in the units of the mean face
    change:    float32 (S, S, 3) added to the picture in the mesh-normalised frame, in 0..255
    tones:     label group -> change of the log-odds of that region's CIELAB lightness, and of the logarithms of a and b
    turn:      rotation (3, 3) of the head about its own centre
    """

    movement: np.ndarray
    change: np.ndarray
    tones: Mapping[str, np.ndarray] = field(default_factory=dict)
    turn: np.ndarray | None = None


TONE_LABELS = {
    "hair": ("hair",),
    "skin": ("skin", "nose", "left ear", "right ear", "neck"),
}


@dataclass(frozen=True, eq=False)
class Canvas:
    """The part of a photograph that a face's edits can reach, with what every edit of it uses.

    box:        x0, y0, x1, y1 in photograph pixels
    step:       pixels between grid points
    vertices:   (540, 3) of the face in photograph pixels
    positions:  float32 (h, w, 2) frame pixel of each grid point, for cv2.remap
    reach:      float32 (h, w) 0..1, where the appearance may change: the person, fading to the rings' edge
    tones:      label group -> its box in photograph pixels and its soft mask float32 (H, W) 0..1
    """

    box: tuple[int, int, int, int]
    step: float
    vertices: np.ndarray
    positions: np.ndarray
    reach: np.ndarray
    tones: dict[str, tuple[tuple[int, int, int, int], np.ndarray]]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the crop."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    def grid(self, points: np.ndarray) -> np.ndarray:
        """Photograph pixels (N, 2+) -> grid coordinates (N, 2)."""
        return (points[:, :2] - self.box[:2] + 0.5) / self.step - 0.5


def canvas_of(portrait: Portrait, shape: FaceShape, models: Models) -> Canvas:
    """The canvas of the chosen face: a fact of the portrait."""
    return portrait.fact("canvas", lambda: _canvas(portrait, shape, models))


def label_crop_of(portrait: Portrait, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """Labels (512, 512) around the head and the affine from photograph to them: a fact of the portrait."""
    return portrait.fact("label_crop", lambda: find_label_crop(portrait.image, mesh_of(portrait, models), models))


def _canvas(portrait: Portrait, shape: FaceShape, models: Models) -> Canvas:
    height, width = portrait.image.shape[:2]
    vertices = vertices_of(mesh_of(portrait, models))
    low = np.clip(np.floor(vertices[:, :2].min(0)).astype(int), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(vertices[:, :2].max(0)).astype(int) + 1, low + 1, [width, height])
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    step = max(1.0, max(high - low) / GRID)
    canvas = Canvas(box, step, vertices, np.empty(0), np.empty(0), {})
    grid_shape = tuple(int(np.ceil(side / step)) for side in canvas.size[::-1])
    points = canvas.grid(vertices)
    triangles = shape.frame.triangles
    seen = rasterise(points, triangles, grid_shape, vertices[:, 2])
    target = shape.frame.mean * shape.frame.size - 0.5
    positions = evaluate(seen, triangle_maps(points, target, triangles))
    positions[seen < 0] = -10
    labels, to_crop = label_crop_of(portrait, models)
    reach = _reach(labels, to_crop, canvas, seen >= 0)
    tones = {name: _soft_region(portrait.image, labels, to_crop, names) for name, names in TONE_LABELS.items()}
    return Canvas(box, step, vertices, positions, reach, tones)


def _label_mask(labels: np.ndarray, to_crop: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    return np.isin(labels, [IDS[name] for name in names]).astype(np.float32)


def _reach(labels: np.ndarray, to_crop: np.ndarray, canvas: Canvas, covered: np.ndarray) -> np.ndarray:
    """Where appearance may change: person, softly, and nothing at the rim of the rings."""
    person = 1 - _label_mask(labels, to_crop, ("background", "cloth"))
    person = cv2.GaussianBlur(cv2.erode(person, np.ones((3, 3))), (0, 0), 2.5)
    to_photograph = np.column_stack([np.eye(2) * canvas.step, np.array(canvas.box[:2]) + 0.5 * canvas.step - 0.5])
    affine = to_crop @ np.vstack([to_photograph, [0, 0, 1]])
    size = covered.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    person = cv2.warpAffine(person, affine, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    rim = cv2.distanceTransform(np.pad(covered, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    return person * (rim / (0.08 * max(covered.shape))).clip(0, 1).astype(np.float32)


def _soft_region(
    image: np.ndarray, labels: np.ndarray, to_crop: np.ndarray, names: tuple[str, ...]
) -> tuple[tuple[int, int, int, int], np.ndarray]:
    """Where some labels are, softly: a box of the photograph and the mask in it, its edge following the picture's."""
    mask = _label_mask(labels, to_crop, names)
    rows, columns = np.nonzero(mask)
    if len(rows) == 0:
        return (0, 0, 1, 1), np.zeros((1, 1), np.float32)
    ends = np.array([(x, y) for x in (columns.min(), columns.max()) for y in (rows.min(), rows.max())], float)
    corners = transform(ends, cv2.invertAffineTransform(to_crop))
    margin = 8 / np.sqrt(abs(np.linalg.det(to_crop[:, :2])))
    limits = [image.shape[1], image.shape[0]]
    x0, y0 = (int(v) for v in np.clip(corners.min(0) - margin, 0, np.subtract(limits, 1)))
    x1, y1 = (int(v) for v in np.clip(corners.max(0) + margin, [x0 + 1, y0 + 1], limits))
    affine = to_crop @ np.array([[1, 0, x0], [0, 1, y0], [0, 0, 1.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    soft = cv2.warpAffine(mask, affine, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    guide = cv2.cvtColor(np.ascontiguousarray(image[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return (x0, y0, x1, y1), guided(guide, soft, max(2, round((x1 - x0) / 80))).clip(0, 1)


def guided(guide: np.ndarray, mask: np.ndarray, radius: int, smoothness: float = 1e-3) -> np.ndarray:
    """Guided filter: mask (H, W) follows the edges of guide (H, W), both float32 in 0..1. He et al. 2013, section 3.1."""
    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (2 * radius + 1, 2 * radius + 1))

    mean_guide, mean_mask = mean(guide), mean(mask)
    slope = (mean(guide * mask) - mean_guide * mean_mask) / (mean(guide * guide) - mean_guide**2 + smoothness)
    return mean(slope) * guide + mean(mean_mask - slope * mean_guide)


def appearance_of(portrait: Portrait, shape: FaceShape, models: Models) -> np.ndarray:
    """The face as the linear model rebuilds it, float32 (S, S, 3) in the frame: a fact of the portrait."""
    def find() -> np.ndarray:
        picture = shape.frame.take(portrait.image, vertices_of(mesh_of(portrait, models)))
        return shape.draw(shape.code(picture))

    return portrait.fact("appearance", find)


def carry(
    portrait: Portrait, edit: Edit, shape: FaceShape, models: Models, drawn: np.ndarray | None = None,
    lock: tuple[str, ...] = (), fine: bool = True,
) -> np.ndarray:
    """The photograph with the edit: uint8 (H, W, 3); pixels the edit does not reach are the photograph's own.

    drawn:  float32 (S, S, 3) the edited face as the model draws it, for what was hidden before
    fine:   resample by Lanczos rather than linearly
    """
    canvas = canvas_of(portrait, shape, models)
    x0, y0, x1, y1 = canvas.box
    image = portrait.image.copy()
    for name, shift in edit.tones.items():
        _tone(image, shift, *canvas.tones[name])
    crop = _add(np.ascontiguousarray(image[y0:y1, x0:x1]), edit.change, canvas)
    image[y0:y1, x0:x1] = _warp(crop, edit, canvas, shape, drawn, fine)
    return image


def _add(crop: np.ndarray, change: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Add a change in the frame to the crop, through the mesh."""
    if not change.any():
        return crop
    grid = cv2.remap(change, canvas.positions, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    grid *= canvas.reach[..., None]
    full = _enlarge(grid, canvas)
    return cv2.add(crop, full, dtype=cv2.CV_8U)


def _enlarge(grid: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Values on the grid (h, w, C) -> at every pixel of the crop."""
    size = tuple(round(side * canvas.step) for side in grid.shape[1::-1])
    enlarged = cv2.resize(grid, size, interpolation=cv2.INTER_LINEAR)
    width, height = canvas.size
    missing = max(0, height - enlarged.shape[0]), max(0, width - enlarged.shape[1])
    if any(missing):
        enlarged = cv2.copyMakeBorder(enlarged, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE)
    return enlarged[:height, :width]


def _tone(image: np.ndarray, shift: np.ndarray, box: tuple[int, int, int, int], mask: np.ndarray) -> None:
    """Shift the colour of a region in place: lightness on a log-odds scale, so that it never clips; a and b by factors."""
    if not shift.any():
        return
    crop = image[box[1] : box[3], box[0] : box[2]]
    lab = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    light = lab[..., 0].clip(0.5, 99.5) / 100
    odds = np.float32(math.exp(shift[0])) * light / (1 - light)
    lab[..., 0] = 100 * odds / (1 + odds)
    lab[..., 1:] *= np.exp(np.minimum(shift[1:], MOST_COLOUR)).astype(np.float32)
    toned = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255
    weight = np.where(mask > 0.01, mask, 0)[..., None]
    crop[:] = np.round(crop + weight * (toned - crop)).clip(0, 255).astype(np.uint8)


def _moved(canvas: Canvas, edit: Edit, shape: FaceShape) -> np.ndarray:
    """Vertices (540, 3) of the edited face in photograph pixels."""
    mesh = canvas.vertices[:MESH_POINTS]
    similarity = shape.similarity(mesh)
    moved = moved_vertices(canvas.vertices, similarity.movement_to_photograph(edit.movement))
    if edit.turn is None:
        return moved
    posed = similarity.to_model(moved)
    centre = posed[:MESH_POINTS].mean(0) + [0, 0, BEHIND]
    turned = (posed - centre) @ edit.turn.T + centre
    makes = np.repeat([1.0, *TURN], [MESH_POINTS, len(OVAL), len(OVAL)])
    below = (posed[:, 1] - posed[MOUTH_CORNERS[0], 1]).clip(0, 0.6) / 0.6
    makes[MESH_POINTS:] *= 1 - below[MESH_POINTS:] * 2 / 3
    return similarity.to_photograph(posed + makes[:, None] * (turned - posed))


def _warp(
    crop: np.ndarray, edit: Edit, canvas: Canvas, shape: FaceShape, drawn: np.ndarray | None, fine: bool
) -> np.ndarray:
    """Move the crop's pixels as the mesh moves; what comes to light is taken from `drawn`."""
    if not edit.movement.any() and edit.turn is None:
        return crop
    moved = _moved(canvas, edit, shape)
    points, triangles = canvas.grid(moved), shape.frame.triangles
    seen = rasterise(points, triangles, canvas.positions.shape[:2], moved[:, 2])
    seen[_backs(points, canvas.grid(canvas.vertices), triangles)[seen] & (seen >= 0)] = -1
    back = (canvas.vertices - moved)[:, :2]                                    # from each place to where it was
    frame = shape.frame.mean * shape.frame.size - 0.5
    values = evaluate(seen, triangle_maps(points, np.concatenate([back, frame], 1), triangles))
    shift = _enlarge(np.ascontiguousarray(values[..., :2]), canvas)
    columns = np.arange(crop.shape[1], dtype=np.float32)[None]
    rows = np.arange(crop.shape[0], dtype=np.float32)[:, None]
    method = cv2.INTER_LANCZOS4 if fine else cv2.INTER_LINEAR
    warped = cv2.remap(
        crop, shift[..., 0] + columns, shift[..., 1] + rows, method, borderMode=cv2.BORDER_REPLICATE
    )
    if edit.turn is not None:
        warped = _soften_tears(warped, shift)
    still = np.abs(shift).max(2) < STILL
    warped[still] = crop[still]
    if drawn is None:
        return warped
    return _reveal(warped, points, canvas, values[..., 2:], seen, drawn)


def _soften_tears(warped: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Where a turned face hides part of itself, movement jumps: soften the edge as a lens would."""
    jump = np.maximum(np.abs(np.diff(shift, axis=0, prepend=shift[:1])), np.abs(np.diff(shift, axis=1, prepend=shift[:, :1])))
    torn = (jump.max(2) > 0.75).astype(np.float32)
    if not torn.any():
        return warped
    near = cv2.GaussianBlur(cv2.dilate(torn, np.ones((3, 3))), (0, 0), 1.2)[..., None]
    soft = cv2.GaussianBlur(warped, (0, 0), 1.3)
    return np.round(warped + near * (soft.astype(np.float32) - warped)).astype(np.uint8)


def _backs(points: np.ndarray, before: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Which triangles (T,) are now seen from behind."""
    def area(p: np.ndarray) -> np.ndarray:
        a, b, c = (p[triangles[:, i]] for i in range(3))
        return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])

    return area(points) * area(before) < 0


def _reveal(
    warped: np.ndarray, points: np.ndarray, canvas: Canvas, frame: np.ndarray, seen: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """Fill openings that grew (mouth, eyes) with what the model draws there, as far as they grew."""
    before = canvas.grid(canvas.vertices)
    for upper, lower in OPENINGS:
        outline = list(upper) + list(lower[-2:0:-1])
        height_before, height_after = (_opening(p, upper, lower) for p in (before, points))
        new = np.clip((height_after - 1.4 * height_before) / max(height_after, 1e-6), 0, 1)
        if new <= 0 or height_after * canvas.step < 2:
            continue
        mask = np.zeros(seen.shape, np.float32)
        cv2.fillPoly(mask, [np.round(points[outline] * 16).astype(np.int32)], float(new), cv2.LINE_AA, 4)
        mask = _enlarge(cv2.GaussianBlur(mask, (0, 0), 0.8), canvas)[..., None]
        picture = cv2.remap(drawn, np.ascontiguousarray(frame), None, cv2.INTER_CUBIC)
        picture = _enlarge(picture, canvas)
        warped = np.round(warped * (1 - mask) + picture * mask).clip(0, 255).astype(np.uint8)
    return warped


def _opening(points: np.ndarray, upper: tuple[int, ...], lower: tuple[int, ...]) -> float:
    """Mean height of an opening."""
    return float(np.linalg.norm(points[list(upper[1:-1])] - points[list(lower[1:-1])], axis=1).mean())


def reduced(portrait: Portrait, long_side: int, models: Models) -> Portrait:
    """The portrait at display size, its face facts scaled rather than found again. Smaller ones stay as they are."""
    if max(portrait.image.shape[:2]) <= long_side:
        return portrait
    mesh = mesh_of(portrait, models)
    labels, to_crop = label_crop_of(portrait, models)
    image = fit_within(portrait.image, long_side)
    scale = image.shape[1] / portrait.image.shape[1]
    shrink = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])
    small_mesh = np.column_stack([transform(mesh[:, :2], shrink), mesh[:, 2] * scale]).astype(np.float32)
    grow = cv2.invertAffineTransform(shrink)
    crop = (labels, to_crop @ np.vstack([grow, [0, 0, 1]]))
    return portrait.with_image(image, mesh=small_mesh, label_crop=crop)
