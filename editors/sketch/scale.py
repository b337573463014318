"""Bring a filling from the painter's pixels to the photograph's: what it shows, and detail like that around."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..areas import Box, within_hull
from ..detail import Scene, add_detail, met, parted, spread_out, tinted
from ..frame import MESH_POINTS
from ..labels import NAMES
from ..mesh_points import LEFT_BROW, OVAL, RIGHT_BROW
from ..models import Models
from ..parsing import at_full_size, find_label_crop
from .surroundings import ink

if TYPE_CHECKING:
    from .paint import Drawing

KINDS = {"background": 0, "hair": 1, "hat": 1, "cloth": 2, "mouth": 6, "upper lip": 6, "lower lip": 6} | {
    f"{side} {part}": number for side in ("left", "right") for part, number in (("eye", 4), ("brow", 5))
}
"""Labels whose detail is alike; all others are skin."""
SKIN, FREE = 3, 3
"""The kind of all other labels; kinds below this one are free: painted as a smudge, drawn anew from around."""
FADE = 3.0
"""Width in the painter's pixels over which what is free begins at the border of what is not."""
EXAMPLES = 0.4
"""How far around a hole examples are looked for, in lengths of the hole."""
SHOWN = (0.3, 0.7)
"""Skin around a hole over skin in it: up to the first its detail is not taken over, from the second on all of it is."""
FLOWED = 48
"""Pixels along a filling into which only colours flowed."""

_KIND = np.array([KINDS.get(name, SKIN) for name in NAMES], np.uint8)


@dataclass(frozen=True, eq=False)
class Blank:
    """A photograph with nothing under its hole.

    picture: uint8 (H, W, 3)
    labels:  finds the label of each of its pixels, uint8 (H, W), by the mesh (468, 3) of a face
    """

    picture: np.ndarray
    labels: Callable[[np.ndarray], np.ndarray]


def around(hole: np.ndarray, share: float) -> Box:
    """A hole, bool (H, W), with `share` of its length and a little more on each side, within the picture."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = 16 + round(share * max(rows[-1] - rows[0], columns[-1] - columns[0]))
    return (
        max(0, columns[0] - margin), max(0, rows[0] - margin),
        min(hole.shape[1], columns[-1] + margin + 1), min(hole.shape[0], rows[-1] + margin + 1),
    )  # fmt: skip


def at_scale(
    picture: np.ndarray, blank: np.ndarray, drawing: "Drawing", mesh: np.ndarray | None, models: Models, seed: int,
    level: bool,
) -> np.ndarray:
    """A filling with detail from around, float32 (h, w, 3) of the part `around(hole, EXAMPLES)` of the photograph.

    picture: the filling there;  blank: the photograph (H, W, 3) with nothing under its hole
    mesh:    of the face that was painted, None for none;  level: bring its colours to those around
    """
    x0, y0, x1, y1 = around(drawing.hole, EXAMPLES)
    part = (slice(y0, y1), slice(x0, x1))
    hole, beside = drawing.hole[part], blank[part]
    lines = drawing.lines[part] if drawing.lines[part].any() else None
    if mesh is None:
        pixel = max(1.0, float(np.sqrt(hole.sum())) / FLOWED)
        scene = Scene(hole, pixel, None, np.ones(hole.shape, np.float32), lines)
    else:
        rough = blank.copy()
        rough[part] = np.where(hole[..., None], np.round(picture).clip(0, 255).astype(np.uint8), beside)
        kinds = kinds_of(rough, mesh, models)[part]
        pixel = pixel_of(mesh, models.get("face_shape").frame)
        free = (2 * cv2.GaussianBlur((kinds < FREE).astype(np.float32), (0, 0), FADE * pixel) - 1).clip(0, 1)
        scene = Scene(hole, pixel, kinds, free, lines, float(mesh[:, 0].mean()) - x0)
    # A line in hair is a strand, and the painter has drawn those in a face; elsewhere it is a thing of its own.
    things = drawing.lines[part] * (scene.free if mesh is None else scene.free * (kinds != KINDS["hair"]))
    filled = parted(tinted(picture, beside, scene), scene)
    if not level:
        return ink(add_detail(filled, beside, scene, seed), things)
    lifted = met(filled, beside, scene)
    detailed = add_detail(lifted, beside, scene, seed)
    # What is free meets the photograph as it is; the rest is lifted by the blend, which is as exact as can be.
    plain, free = filled + skin_shown(scene) * (detailed - lifted), scene.free[..., None]
    return ink(plain + free * (np.where(hole[..., None], detailed, beside) - plain), things)


def skin_shown(scene: Scene) -> float:
    """How far the detail of skin in a hole is taken from around, 0..1: the little around a whole face is no example."""
    if scene.kinds is None:
        return 1.0
    skin = scene.kinds == SKIN
    beside, inside = (skin & ~scene.hole).sum(), (skin & scene.hole).sum()
    return float(((beside / max(inside, 1) - SHOWN[0]) / (SHOWN[1] - SHOWN[0])).clip(0, 1))


def kinds_of(rough: np.ndarray, mesh: np.ndarray, models: Models) -> np.ndarray:
    """What each pixel of a photograph with a face shows, as KINDS has it: uint8 (H, W)."""
    return _KIND[labels_at(rough, mesh, models)]


def labels_at(rough: np.ndarray, mesh: np.ndarray, models: Models) -> np.ndarray:
    """The label of each pixel of a photograph with a face, uint8 (H, W)."""
    labels, affine = find_label_crop(rough, mesh, models)
    return at_full_size(labels, affine, rough.shape[:2])[0]


def hair_beside(blank: Blank, hole: np.ndarray, mesh: np.ndarray, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """How surely a hole is in hair that goes on around it, float32 (H, W) in 0..1, and the colours of that, (H, W, 3).

    That is nowhere from brows to chin. A linear face knows the hair of people on average, and not this person's, of
    which the neighbours tell more.
    """
    known = (~hole).astype(np.float32)
    hair = (_KIND[blank.labels(mesh)] == KINDS["hair"]) * known
    pixel = pixel_of(mesh, models.get("face_shape").frame)
    face = below_brows(mesh, hole.shape).astype(np.float32)
    face = cv2.GaussianBlur(cv2.dilate(face, np.ones((3, 3)), iterations=round(FADE * pixel)), (0, 0), FADE * pixel)
    share = spread_out(np.dstack([hair, hair]), known)[..., 0]                       # pyramids lose a single channel
    sure = (2 * share - 1).clip(0, 1) * (1 - face) * hole
    if not sure.any():
        return sure, np.zeros(blank.picture.shape, np.float32)
    return sure, spread_out(blank.picture * hair[..., None], hair)


def below_brows(mesh: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bool (H, W) of a picture of that shape, True in a face, mesh (468, 3) in its pixels, from brows to jaw."""
    brows = mesh[list(RIGHT_BROW + LEFT_BROW), :2]
    jaw = [point for point in mesh[list(OVAL), :2] if point[1] > brows[:, 1].mean()]
    return within_hull(np.array([*brows, *jaw]), shape)


def pixel_of(mesh: np.ndarray, frame) -> float:
    """Side in the photograph's pixels of the pixels of the frame in which a face is painted."""
    ovals = mesh[list(OVAL), :2], frame.mean[:MESH_POINTS][list(OVAL)] * frame.size
    there, here = (cv2.contourArea(np.asarray(oval, np.float32)) for oval in ovals)
    return max(0.5, float(np.sqrt(there / here)))
