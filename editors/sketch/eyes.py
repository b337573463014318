"""Eyes that a hole hides and nobody drew: their outlines where the likely face has them, for the painter to follow.

On average lids and irises are a blur; lines say where they are. Brows, noses and mouths look better as they are likely.
"""

from functools import lru_cache

import cv2
import numpy as np

from ..frame import Frame
from ..mesh_points import LEFT_EYE, RIGHT_EYE

HIDDEN = 0.6
"""Share of each eye from which on it is hidden; one eye that is seen tells of the other."""
IRIS = 0.19
"""Radius of an iris in widths of the eye."""
AROUND = 0.4
"""Widths of an eye around it within which a drawn line is about it."""
DARK = 0.4
"""Share of their brightness that irises lose: those of a likely face are pale."""
DRAWN = 0.01
"""Share of what is around an eye that has to be lines for it to be drawn."""


def undrawn_eyes(frame: Frame, hole: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Lines of eyes in a frame, float32 (S, S) in 0..1, in the hole, bool (S, S), where `lines` (S, S) say nothing."""
    eyes = _eyes(frame)
    if any(hole[inside].mean() < HIDDEN for inside, *_ in eyes):
        return np.zeros(hole.shape, np.float32)
    said = [outline for _, around, outline, _ in eyes if lines[around].mean() < DRAWN]
    return np.max([np.zeros(hole.shape, np.float32), *said], 0) * hole


def dark_irises(picture: np.ndarray, frame: Frame, eyes: np.ndarray) -> np.ndarray:
    """A picture (S, S, 3) with irises as dark as irises are where eyes, (S, S) in 0..1, were added to its lines."""
    for _, around, _, iris in _eyes(frame):
        if eyes[around].any():
            picture = picture * (1 - DARK * iris[..., None])
    return picture


@lru_cache(maxsize=1)
def _eyes(frame: Frame) -> tuple[tuple[np.ndarray, ...], ...]:
    """Of each eye of a frame: bool (S, S) inside its lids and around it; its lines and its iris, (S, S) in 0..1."""
    eyes = []
    for lids in (RIGHT_EYE, LEFT_EYE):
        points = frame.mean[list(lids)] * frame.size - 0.5
        corners, blank = np.rint(points * 16).astype(np.int32), np.zeros((frame.size, frame.size), np.uint8)
        width, middle = float(np.ptp(points[:, 0])), tuple(int(v) for v in np.rint(points.mean(0) * 16))
        inside = cv2.fillConvexPoly(blank.copy(), cv2.convexHull(corners), 255, cv2.LINE_AA, 4)
        iris = cv2.circle(blank.copy(), middle, round(IRIS * width * 16), 255, -1, cv2.LINE_AA, 4)
        iris = np.minimum(iris, inside)
        outline = cv2.polylines(iris.copy(), [corners], True, 255, 1, cv2.LINE_AA, 4)
        reach = 2 * round(AROUND * width) + 1
        around = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
        soft = cv2.GaussianBlur(iris / np.float32(255), (0, 0), 0.6)
        eyes.append((inside > 127, around > 127, outline / np.float32(255), soft))
    return tuple(eyes)
