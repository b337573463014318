"""Eyes and brows that a hole hides and nobody drew: outlines where the likely face has them, which the painter follows.

On average lids, irises and brows are a blur; lines say where they are. Noses and mouths look better as they are likely.
"""

from functools import lru_cache

import cv2
import numpy as np

from ..frame import Frame
from ..mesh_points import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE

HIDDEN = 0.6
"""Share of each eye or brow from which on it is hidden; one that is seen tells of the other."""
IRIS = 0.19
"""Radius of an iris in widths of the eye."""
AROUND = 0.4
"""Widths of an eye around it within which a drawn line is about it."""
BESIDE = 0.15
"""The same for a brow, in its own widths."""
DARK = 0.4
"""Share of their brightness that irises lose: those of a likely face are pale."""
DRAWN = 0.01
"""Share of what is around an eye or a brow that has to be lines for it to be drawn."""


def undrawn(frame: Frame, hole: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Lines of eyes and brows in a frame, float32 (S, S) in 0..1, in the hole, bool (S, S), where none are drawn.

    lines: what is drawn, float32 (S, S) in 0..1
    """
    said = [np.zeros(hole.shape, np.float32)]
    for pair in (_eyes(frame), _brows(frame)):
        if all(hole[inside].mean() >= HIDDEN for inside, *_ in pair):
            said += [outline for _, around, outline, *_ in pair if lines[around].mean() < DRAWN]
    return np.max(said, 0) * hole


def dark_irises(picture: np.ndarray, frame: Frame, added: np.ndarray) -> np.ndarray:
    """A picture (S, S, 3) with irises as dark as irises are where eyes were added to its lines: (S, S) in 0..1."""
    for inside, _, _, iris in _eyes(frame):
        if added[inside].any():
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


@lru_cache(maxsize=1)
def _brows(frame: Frame) -> tuple[tuple[np.ndarray, ...], ...]:
    """Of each brow of a frame: bool (S, S) in it and around it; its lower and its upper line, (S, S) in 0..1."""
    brows = []
    for brow in (RIGHT_BROW, LEFT_BROW):
        points, blank = frame.mean[list(brow)] * frame.size - 0.5, np.zeros((frame.size, frame.size), np.uint8)
        corners, half = np.rint(points * 16).astype(np.int32), len(brow) // 2
        inside = cv2.fillConvexPoly(blank.copy(), cv2.convexHull(corners), 255, cv2.LINE_AA, 4)
        outline = cv2.polylines(blank.copy(), [corners[:half], corners[half:]], False, 255, 1, cv2.LINE_AA, 4)
        reach = 2 * round(BESIDE * float(np.ptp(points[:, 0]))) + 1
        around = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
        brows.append((inside > 127, around > 127, outline / np.float32(255)))
    return tuple(brows)
