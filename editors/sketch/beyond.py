"""What lies beyond the face and its hair in a hole: where nothing is drawn, the things around go on."""

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..completion import AROUND, THINGS, completed, fine_of
from .paint import Drawing

FINE = 0.05
"""Blur, in sides of a square as large as what is missing; what is finer is a thing or a texture."""
SOFT = 0.02
"""How soft the border to what is painted is, in the same."""


def going_on(
    picture: np.ndarray, image: np.ndarray, drawing: Drawing, share: np.ndarray, corner: tuple[int, int],
    mesh: np.ndarray | None,
) -> np.ndarray:
    """A filled window of a photograph, float32 (h, w, 3), with what is around in a share of its hole, (h, w) in 0..1.

    image:   uint8 (H, W, 3), the photograph without what is under its hole
    corner:  x and y of the window's first pixel in it;  mesh: (468, 3) of the face in the hole, which does not go on
    """
    (height, width), (x0, y0) = share.shape, corner
    here, missing = np.s_[y0 : y0 + height, x0 : x0 + width], np.zeros(drawing.hole.shape, bool)
    missing[here] = (share > 0) & drawing.hole[here]
    if not missing.any() or drawing.lines[missing].any() or drawing.colours[missing, 3].any():
        return picture
    side = float(np.sqrt(missing.sum()))
    part = bounds(missing, round(AROUND * side))
    seen, known, hole = image[part].astype(np.float32), ~drawing.hole[part], missing[part]
    if mesh is not None:
        known &= ~within_hull(mesh[:, :2] - (part[1].start, part[0].start), hole.shape)
    rough = np.abs(fine_of(seen, known, max(1.0, FINE * side))).mean(2)[known]
    if not rough.size or np.percentile(rough, 90) < THINGS or (filled := completed(seen, known, hole)) is None:
        return picture
    over = picture.copy()
    over[missing[here]] = filled[hole]
    soft = cv2.GaussianBlur(np.where(drawing.hole[here], share, 1).astype(np.float32), (0, 0), max(0.5, SOFT * side))
    return picture + (soft * share)[..., None] * (over - picture)
