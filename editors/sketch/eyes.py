"""Eyes, brows and lips that a hole hides and nobody drew: lines where the likely face has them, for the painter.

On average they are a blur; lines say where they are. Noses look better as they are likely.
"""

from functools import lru_cache

import cv2
import numpy as np

from ..frame import Frame
from ..mesh_points import LEFT_BROW, LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_BROW, RIGHT_EYE

HIDDEN = 0.6
"""Share of each eye or brow, and of the lips, from which on they are hidden; one that is seen tells of the other."""
IRIS = 0.19
"""Radius of an iris in widths of the eye."""
AROUND = 0.4
"""Widths of an eye around it within which a drawn line is about it."""
BESIDE = 0.15
"""The same for a brow or lips, in their own widths."""
MEET = 0.6
"""How firm the line is where lips meet: whether they do is less sure than that eyes look."""
DARK = 0.4
"""Share of their brightness that irises lose: those of a likely face are pale."""
DRAWN = 0.01
"""Share of what is around one of them that has to be lines for it to be drawn."""


def undrawn(frame: Frame, hole: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Lines of eyes, brows and lips in a frame, float32 (S, S) in 0..1, in the hole, bool (S, S), where none are drawn.

    lines: what is drawn, float32 (S, S) in 0..1
    """
    said = [np.zeros(hole.shape, np.float32)]
    for parts in (_eyes(frame), _brows(frame), _lips(frame)):
        if all(hole[inside].mean() >= HIDDEN for inside, *_ in parts):
            said += [outline for _, around, outline, *_ in parts if lines[around].mean() < DRAWN]
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
    return tuple(_part(frame, brow, (brow[:5], brow[5:])) for brow in (RIGHT_BROW, LEFT_BROW))


@lru_cache(maxsize=1)
def _lips(frame: Frame) -> tuple[tuple[np.ndarray, ...], ...]:
    """Of the lips of a frame: bool (S, S) on them and around them; where they meet, (S, S) in 0..1."""
    inside, around, line = _part(frame, LIPS_OUTER, ((*LIPS_INNER[10:], LIPS_INNER[0]),))
    return ((inside, around, np.float32(MEET) * line),)


def _part(frame: Frame, points: tuple[int, ...], lines: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, ...]:
    """Of a part with such points: bool (S, S) in it and around it; lines through points of it, (S, S) in 0..1."""
    there, blank = frame.mean * frame.size - 0.5, np.zeros((frame.size, frame.size), np.uint8)
    corners = np.rint(there * 16).astype(np.int32)
    inside = cv2.fillConvexPoly(blank.copy(), cv2.convexHull(corners[list(points)]), 255, cv2.LINE_AA, 4)
    drawn = cv2.polylines(blank.copy(), [corners[list(line)] for line in lines], False, 255, 1, cv2.LINE_AA, 4)
    reach = 2 * round(BESIDE * float(np.ptp(there[list(points), 0]))) + 1
    around = cv2.dilate(inside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return inside > 127, around > 127, drawn / np.float32(255)
