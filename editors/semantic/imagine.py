"""A face from labels alone: the linear model's mesh fitted to what was painted, an appearance drawn by the seed."""

import cv2
import numpy as np

from ..crops import sample
from ..errors import FaceError
from ..faces import eye_distance
from ..frame import MESH_POINTS, evaluate, rasterise, triangle_maps, vertices_of
from ..head_style import Style, sampled
from ..labels import IDS, LIPS, mask_of
from ..membrane import membrane
from ..mesh_points import (
    LEFT_BROW,
    LEFT_EYE,
    LIPS_OUTER,
    LOWER_LIP_ROWS,
    NOSE,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
    UPPER_LIP_ROWS,
)
from ..models import Models
from ..networks.face_shape import FaceShape, Similarity, similarity_to
from ..networks.label_painter import LabelPainter
from ..parsing import draw_features
from ..regions import inside
from .drawn import SIZE, appearance, draw, labels_in
from .movement import FACE
from .parts import without
from .repaint import repaint

PARTS: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("right eye",), RIGHT_EYE), (("left eye",), LEFT_EYE), (("right brow",), RIGHT_BROW),
    (("left brow",), LEFT_BROW), (("nose",), NOSE), (LIPS, LIPS_OUTER),
)
"""Painted parts and the mesh points along their outlines."""
NEEDED, LEAST_PART = ("right eye", "left eye", LIPS[0]), 5
"""Parts that say where a face is, by the first label of each; how many pixels a part has at least to count."""
_ROUNDS = 8
_STIFF = 0.02              # how strongly the mesh keeps to likely shapes, squared eye distances
FADE = 6                   # pixels of the painter's square over which it fades into what lies around
STRANDS, UNEVEN = 4.0, 28
"""Pixels of the painter's square below which light and dark are those of strands; grey levels by which hair varies."""
RIM = 0.1
"""Eye distances along the outline of hair over which the change begins: what shows between hairs is not to be lit."""
BY_RULE = ("background", "neck", "cloth", *LIPS, "eyeglasses", "hat", "earring", "necklace")
"""Labels that the rule draws better, or alone."""
ANEW = ("mouth", "left eye", "right eye")
"""Features of which the linear model knows no more than the light: they are drawn by rule, and where they were painted.
"""
FEATURES = ("skin", "nose", "left brow", "right brow")
"""What may lie under glasses."""
FOLD = 2.0                 # pixels of the linear model's frame by which a pixel is no neighbour of those beside it
NOTHING = 255              # the label of what is not there yet


def imagine(labels: np.ndarray, seed: int, models: Models, style: Style | None = None) -> np.ndarray:
    """A face uint8 (H, W, 3) for labels (H, W), in a style or in another one for each seed.

    Raises FaceError where eyes or mouth are missing or in one place, so that nobody can say where the face is.
    """
    style = style or sampled(np.random.default_rng(seed), models.get("label_painter"))
    bare = without(labels, mask_of(labels, ("eyeglasses",)), FEATURES)
    bare = without(bare, mask_of(bare, ("earring", "necklace")))
    ruled, mesh = by_rule(bare, style, seed, models)
    image = learned(ruled, bare, mesh, style, models.get("face_shape"), models.get("label_painter"), seed)
    return repaint(image, bare, labels, eye_distance(mesh), 0.25, seed, None, style.colours())


def by_rule(labels: np.ndarray, style: Style, seed: int, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """The face as the linear model and the rules draw it, uint8 (H, W, 3), and its mesh (468, 3) in pixels."""
    shape = models.get("face_shape")
    mesh = fit_mesh(labels, shape)
    image = _drawn(labels.shape, mesh, style.look, shape, np.random.default_rng(seed))
    colours = style.colours()
    for kept in ("skin", "nose", "neck"):  # the appearance has brought its own skin
        colours.pop(kept, None)
    return repaint(image, _labels_of_mesh(image, mesh), labels, eye_distance(mesh), 0.25, seed, None, colours), mesh


def learned(
    ruled: np.ndarray, labels: np.ndarray, mesh: np.ndarray, style: Style, shape: FaceShape, painter: LabelPainter,
    seed: int,
) -> np.ndarray:
    """A face painted by rule, uint8 (H, W, 3), brought to what the learned painter draws; finer detail stays."""
    drawn, to_labels = draw(labels, mesh, style, shape, painter, seed)
    small = sample(ruled, to_labels, (SIZE, SIZE), cv2.BORDER_REPLICATE).astype(np.float32)
    edge = np.minimum.reduce([np.arange(SIZE), np.arange(SIZE)[::-1]]).astype(np.float32)
    inside = (np.minimum(edge[:, None], edge[None]) / FADE).clip(0, 1)
    change, usual = _of_hair(drawn - small, labels_in(labels, to_labels) == IDS["hair"])
    change = cv2.warpAffine(change * inside[..., None], to_labels, labels.shape[::-1], flags=cv2.INTER_CUBIC)
    change += usual * _soft(labels, ("hair",), mesh)
    away = cv2.distanceTransform((~mask_of(labels, BY_RULE)).astype(np.uint8), cv2.DIST_L2, 5)
    rim = (away / (RIM * eye_distance(mesh))).clip(0, 1)[..., None]
    change *= np.where(mask_of(labels, ("hair",))[..., None], rim, 1)
    return np.round(ruled + (1 - _soft(labels, BY_RULE, mesh)) * change).clip(0, 255).astype(np.uint8)


def _of_hair(change: np.ndarray, hair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A change (S, S, 3) less what all hair has in common, (3,), and that: hair's is smooth and nowhere strange."""
    if not hair.any():
        return change, np.zeros(3, np.float32)
    usual, weight = np.median(change[hair], axis=0), hair.astype(np.float32)[..., None]
    total, share = (cv2.GaussianBlur(each, (0, 0), STRANDS) for each in ((change - usual) * weight, weight))
    light = (total / (share[..., None] + 1e-3)).clip(-UNEVEN, UNEVEN)
    return np.where(hair[..., None], light, change), usual


def _soft(labels: np.ndarray, names: tuple[str, ...], mesh: np.ndarray) -> np.ndarray:
    """Some labels as a mask with a soft edge, float32 (H, W, 1)."""
    mask = mask_of(labels, names).astype(np.float32)
    return cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.01 * eye_distance(mesh)))[..., None]


def fit_mesh(labels: np.ndarray, shape: FaceShape) -> np.ndarray:
    """The likeliest mesh float (468, 3), in pixels, whose outlines are those of the painted parts."""
    parts = {names[0]: (mask_of(labels, names), list(points)) for names, points in PARTS}
    parts = {name: (mask, points) for name, (mask, points) in parts.items() if mask.sum() >= LEAST_PART}
    missing = [name for name in NEEDED if name not in parts]
    if missing:
        raise FaceError(f"The label map has no {' and no '.join(missing)}: paint both eyes and a mouth, each of at "
                        f"least {LEAST_PART} pixels, so that it says where the face is.")
    middles = [_middle(parts[name][0]) for name in NEEDED]
    if min(np.linalg.norm(middles[0] - other) for other in middles[1:]) < 1:
        raise FaceError("The label map has eyes and mouth in one place: paint them apart, so that it says where the "
                        "face is.")
    parts = list(parts.values())
    basis = shape.mesh_components.reshape(-1, MESH_POINTS, 3)[..., :2] * shape.mesh_deviations[:, None, None]
    face, chosen = mask_of(labels, (*FACE, "eyeglasses")), shape.mesh_of(np.zeros(len(basis)))
    at = _placed(chosen, [(points, _middle(mask)) for mask, points in parts])
    for _ in range(_ROUNDS):
        seen = at.to_photograph(chosen)
        pairs = [(points, _onto(seen[points, :2], mask)) for mask, points in parts]
        pairs.append(_jaw(seen, face))
        index = [point for points, _ in pairs for point in points]
        there = np.concatenate([target for _, target in pairs])
        at = similarity_to(there, chosen[index, :2])
        wanted = at.to_model(there) - shape.mean_mesh[index, :2]
        rows = basis[:, index].reshape(len(basis), -1)
        code = np.linalg.solve(rows @ rows.T + _STIFF * len(index) / 20 * np.eye(len(rows)), rows @ wanted.ravel())
        chosen = shape.mesh_of(code.clip(-3, 3))
    return _with_lips(at.to_photograph(chosen), labels)


def _middle(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask)[:, ::-1].mean(0)


def _placed(mesh: np.ndarray, pairs: list[tuple[list[int], np.ndarray]]) -> Similarity:
    """The similarity that brings the middles of parts to where they were painted."""
    return similarity_to(np.array([middle for _, middle in pairs]),
                         np.array([mesh[points, :2].mean(0) for points, _ in pairs]))


def _outline(mask: np.ndarray) -> np.ndarray:
    """Points (N, 2) along the largest outline of a mask."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(contours, key=len)[:, 0].astype(np.float64)


def _onto(points: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Where mesh points (N, 2) belong on the outline of a painted part: stretched over it, then the nearest."""
    outline = _outline(mask)
    low, high = outline.min(0), outline.max(0)
    size = np.maximum(np.ptp(points, axis=0), 1e-6)
    guess = low + (points - points.min(0)) / size * (high - low)
    return outline[((guess[:, None] - outline[None]) ** 2).sum(2).argmin(1)]


def _with_lips(mesh: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A mesh whose lips end where the painted ones do: likely shapes are a little open, and would show teeth."""
    upper, lower = mask_of(labels, ("upper lip",)), mask_of(labels, ("lower lip",))
    columns = np.nonzero(upper.any(0) & lower.any(0))[0]
    if not len(columns):
        return mesh
    ends, begins = len(labels) - upper[::-1, columns].argmax(0) - 0.5, lower[:, columns].argmax(0) - 0.5
    lines, mesh = (np.minimum(ends, begins), np.maximum(ends, begins)), mesh.copy()
    for rows, line, bound in zip((UPPER_LIP_ROWS, LOWER_LIP_ROWS), lines, (np.maximum, np.minimum), strict=True):
        outer, inner = mesh[list(rows[0])], mesh[list(rows[-1])]
        shift = bound(np.interp(inner[:, 0], columns, line), outer[:, 1]) - inner[:, 1]
        for number, row in enumerate(rows):
            mesh[list(row), 1] += shift * number / (len(rows) - 1)
    return mesh


def _jaw(seen: np.ndarray, face: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The face oval's points below the eyes, and the nearest points of the painted face's outline."""
    level = seen[[33, 263], 1].mean()
    points = [point for point in OVAL if seen[point, 1] > level]
    outline = _outline(face)
    outline = outline[outline[:, 1] > level] if (outline[:, 1] > level).any() else outline
    low, high = outline.min(0), outline.max(0)
    middle = seen[points, :2]
    guess = middle.copy()
    guess[:, 0] = low[0] + (middle[:, 0] - middle[:, 0].min()) / np.ptp(middle[:, 0]) * (high[0] - low[0])
    guess[:, 1] = level + (middle[:, 1] - level) / (middle[:, 1].max() - level) * (high[1] - level)
    return points, outline[((guess[:, None] - outline[None]) ** 2).sum(2).argmin(1)]


def _drawn(
    size: tuple[int, int], mesh: np.ndarray, look: np.ndarray, shape: FaceShape, generator: np.random.Generator
) -> np.ndarray:
    """A look on a mesh: uint8 (H, W, 3), what lies beyond the rings continued smoothly."""
    picture = appearance(look, shape)
    vertices = vertices_of(mesh)
    seen = rasterise(vertices[:, :2], shape.frame.triangles, size, vertices[:, 2])
    frame = shape.frame.mean * shape.frame.size - 0.5
    where = evaluate(seen, triangle_maps(vertices[:, :2], frame, shape.frame.triangles)).astype(np.float32)
    usual = np.dstack([cv2.medianBlur(np.ascontiguousarray(axis), 5) for axis in np.moveaxis(where, 2, 0)])
    folded = np.linalg.norm(where - usual, axis=2) > FOLD     # beside a nose, between lips that meet
    where[folded] = usual[folded]
    image = cv2.remap(picture, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).clip(0, 255)
    soft = cv2.GaussianBlur(image, (0, 0), max(0.6, eye_distance(mesh) / shape.frame.size * 1.6))
    image = image + 0.7 * (image - soft)                      # the frame has fewer pixels than the face
    covered = seen >= 0
    small = (max(8, size[1] // 8), max(8, size[0] // 8))
    inner = cv2.resize(covered.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0.99
    around = membrane(cv2.resize(image, small, interpolation=cv2.INTER_AREA), inner)
    around = cv2.resize(around, size[::-1], interpolation=cv2.INTER_LINEAR)
    image = np.where(covered[..., None], image, around)
    grain = cv2.GaussianBlur(generator.standard_normal(size).astype(np.float32), (0, 0), 0.8)[..., None]
    return np.round(image + 3.5 * grain).clip(0, 255).astype(np.uint8)


def _labels_of_mesh(image: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """What the mesh alone says: the face and its features; nothing elsewhere. uint8 (H, W)."""
    height, width = image.shape[:2]
    side = max(height, width)
    square = np.full((side, side), NOTHING, np.uint8)
    square[inside(mesh[list(OVAL), :2], side)] = IDS["skin"]
    light = np.zeros((side, side), np.uint8)
    light[:height, :width] = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0]
    draw_features(square, mesh[:, :2], light)
    square[mask_of(square, ANEW)] = NOTHING
    return square[:height, :width]


