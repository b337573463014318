"""Bring a filling from the painter's pixels to the photograph's: with detail like that around, and strands of hair."""

import cv2
import numpy as np

from ..detail import Scene, add_detail, met, parted, tinted
from ..labels import IDS
from ..models import Models
from .combed import combed
from .hairlines import Head
from .paint import Drawing
from .place import strange_at
from .scale import EXAMPLES, FADE, FREE, KIND_OF, KINDS, SKIN, around, pixel_of
from .strokes import firm
from .surroundings import ink

SHOWN = (0.3, 0.7)
"""Skin around a hole over skin in it: up to the first its detail is not taken over, from the second on all of it is."""
FLOWED = 48
"""Pixels along a filling into which only colours flowed."""


def at_scale(
    picture: np.ndarray, blank: np.ndarray, drawing: Drawing, mesh: np.ndarray | None, labels: np.ndarray | None,
    models: Models, seed: int, level: bool,
) -> np.ndarray:
    """A filling with detail from around, float32 (h, w, 3) of the part `around(hole, EXAMPLES)` of the photograph.

    picture: the filling there;  blank: the photograph (H, W, 3) with nothing under its hole
    mesh:    of the face that was painted, None for none;  labels: uint8 (H, W), None without a face
    level:   bring its colours to those around
    """
    x0, y0, x1, y1 = around(drawing.hole, EXAMPLES)
    part = (slice(y0, y1), slice(x0, x1))
    hole, beside = drawing.hole[part], blank[part]
    lines = drawing.lines[part] if drawing.lines[part].any() else None
    if mesh is None or labels is None:
        pixel = max(1.0, float(np.sqrt(hole.sum())) / FLOWED)
        scene = Scene(hole, pixel, None, np.ones(hole.shape, np.float32), lines)
    else:
        labels = labels[part]
        kinds = KIND_OF[labels]
        pixel = pixel_of(mesh, models.get("face_shape").frame)
        free = (2 * cv2.GaussianBlur((kinds < FREE).astype(np.float32), (0, 0), FADE * pixel) - 1).clip(0, 1)
        scene = Scene(hole, pixel, kinds, free, lines, float(mesh[:, 0].mean()) - x0)
    # A line in hair is a strand, and the painter has drawn those in a face; elsewhere it is a thing of its own.
    things = drawing.lines[part] * (scene.free if mesh is None else scene.free * (kinds != KINDS["hair"]))
    if mesh is not None:                                # neither does it know wrinkles and scars, which are fine lines
        fine_lines = firm(drawing.lines)[part] * (kinds == SKIN)
        things = np.maximum(things, fine_lines * strange_at(mesh - [x0, y0, 0], hole.shape))
    filled = parted(tinted(picture, beside, scene), scene)

    def fine(rough: np.ndarray) -> np.ndarray:
        detailed = add_detail(rough, beside, scene, seed)
        if mesh is None:
            return detailed
        seen, skin = ((labels == IDS[name]) & ~hole for name in ("hair", "skin"))
        return combed(detailed, labels, Head(mesh - [x0, y0, 0], hole, seen, skin), lines, seed)

    if not level:
        return ink(fine(filled), things)
    lifted = met(filled, beside, scene)
    detailed = fine(lifted)
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
