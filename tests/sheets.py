"""What tests of Sketch draw on: the example's face enlarged, and lines in a hole of a photograph."""

import functools
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from editors.faces import eye_distance, mesh_of
from editors.images import open_photo
from editors.portrait import Portrait

from .tiny import ASTRONAUT


@functools.cache
def enlarged(times: int) -> Portrait:
    """The example's face, so many times as large: strokes a pixel wide lie apart. What is found in it is kept."""
    face = open_photo(ASTRONAUT).pixels[20:230, 120:330]
    return Portrait(np.ascontiguousarray(cv2.resize(face, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)))


@functools.cache
def head() -> Portrait:
    """The example's head with what is around it, and what is found in it."""
    return Portrait(np.ascontiguousarray(open_photo(ASTRONAUT).pixels[:300, 60:400]))


def face_enlarged(times: int):
    """The fixtures `portrait` and `mesh`, (468, 3), of a module whose tests draw on the example's face, so enlarged."""
    return drawn_on(lambda: enlarged(times))


def drawn_on(picture: Callable[[], Portrait]):
    """The fixtures `portrait` and `mesh`, (468, 3), of a module whose tests draw on a picture."""
    @pytest.fixture(scope="module")
    def portrait():
        return picture()

    @pytest.fixture(scope="module")
    def mesh(portrait, models):
        return np.asarray(mesh_of(portrait, models), float)[:468]

    return portrait, mesh


class Sheet:
    """Lines in a hole of a photograph, in eye distances from a point of its mesh."""

    def __init__(self, shape, mesh, start):
        self.start, self.eyes = mesh[start, :2], eye_distance(mesh)
        self.hole, self.lines = np.zeros(shape[:2], np.uint8), np.zeros(shape[:2], np.uint8)

    def at(self, points):
        return np.round(16 * (self.start + self.eyes * np.array(points, float))).astype(np.int32)

    def cut(self, points):
        cv2.fillPoly(self.hole, [self.at(points)], 255, cv2.LINE_8, 4)
        return self

    def draw(self, *strokes, width=3, kind=cv2.LINE_8):
        for points in strokes:
            cv2.polylines(self.lines, [self.at(points)], False, 255, width, kind, 4)
        self.lines[self.hole == 0] = 0
        return self
