"""What a filling is told by: the photograph with nothing under its hole, what it shows there, and how large that is."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..areas import Box, within_hull
from ..blurs import spread_out
from ..frame import MESH_POINTS
from ..labels import NAMES
from ..mesh_points import LEFT_BROW, OVAL, RIGHT_BROW
from ..models import Models
from ..parsing import at_full_size, find_label_crop

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
BLENDED = 0.15
"""How far around a hole grain and blending look, in the same."""

KIND_OF = np.array([KINDS.get(name, SKIN) for name in NAMES], np.uint8)
"""Kind of each label."""


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
    hair = (KIND_OF[blank.labels(mesh)] == KINDS["hair"]) * known
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
