"""Eyes that are drawn shut: one arc becomes a lid with lashes along it; other drawn eyes stay open."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.mesh_points import LEFT_EYE, RIGHT_EYE
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.shutlines import drawn_shut
from editors.sketch.step import SketchFill

from .sheets import face_enlarged

LARGER = 3
"""How much the photograph is enlarged: an eye is some fifty pixels wide."""

portrait, mesh = face_enlarged(LARGER)


class Eyes:
    """Eyes brushed out of a photograph, and lines in widths of the eye from the middle of each."""

    def __init__(self, portrait, mesh, eyes=(RIGHT_EYE, LEFT_EYE)):
        self.hole, self.lines = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(2))
        self.middles = [mesh[list(eye), :2].mean(0) for eye in eyes]
        self.wide = float(np.linalg.norm(mesh[RIGHT_EYE[0], :2] - mesh[RIGHT_EYE[8], :2]))
        for x, y in self.middles:
            cv2.ellipse(self.hole, ((x, y), (2 * self.wide, 1.3 * self.wide), 0), 255, -1)

    def draw(self, *strokes):
        for middle in self.middles:
            for points in strokes:
                at = np.round(16 * (middle + self.wide * np.array(points, float))).astype(np.int32)
                cv2.polylines(self.lines, [at], False, 255, 3, cv2.LINE_8, 4)
        self.lines[self.hole == 0] = 0
        return self

    def shut(self, mesh):
        return drawn_shut(self.lines / np.float32(255), self.hole > 0, mesh)

    def filled(self, portrait, models, **settings):
        return SketchFill(hole=self.hole, lines=self.lines, **settings).apply(portrait, models).image


def arc(high=0.15, down=0.12):
    """A stroke across an eye that hangs down in its middle, or, where high is negative, is raised."""
    return [(x, down + high * (1 - 4 * x * x)) for x in np.linspace(-0.5, 0.5, 15)]


def circle(size):
    return [(size * np.cos(t), size * np.sin(t)) for t in np.linspace(0, 7, 30)]


LASHES = [[(x, 0.27 - 0.6 * x * x), (1.3 * x, 0.45 - 0.5 * x * x)] for x in (-0.45, -0.3, -0.15, 0, 0.15, 0.3, 0.45)]


def light(picture, place, reach):
    x, y = np.round(place).astype(int)
    return float(np.median(rgb_to_lab(picture[y - reach : y + reach + 1, x - reach : x + reach + 1])[..., 0]))


MERGED = [[(x, 0.27 - 0.6 * x * x), (1.2 * x, 0.54 - 0.6 * x * x)] for x in np.linspace(-0.48, 0.48, 33)]


@pytest.mark.parametrize("strokes", [[arc()], [arc(), *LASHES], [arc(), *MERGED], [arc(-0.2, 0.2)], [arc(0.02)]],
                         ids=["hanging", "with lashes", "with lashes that merge", "raised", "flat"])
def test_one_arc_is_an_eye_that_is_shut(strokes, portrait, mesh):
    assert len(Eyes(portrait, mesh).draw(*strokes).shut(mesh)) == 2


def test_a_shut_eye_is_skin_with_a_dark_row_of_lashes_along_the_arc(portrait, mesh, models):
    eyes = Eyes(portrait, mesh).draw(arc())
    drawn = eyes.filled(portrait, models)
    for middle in eyes.middles:
        cheek = light(portrait.image, middle + [0, 0.9 * eyes.wide], 4)
        assert abs(light(drawn, middle, 2) - cheek) < 25                                  # where the iris would be
        row = np.mean([light(drawn, middle + eyes.wide * np.array(place), 1) for place in arc()[3:-3]])
        assert row < cheek - 35


def test_eyes_are_shut_one_by_one(portrait, mesh, models):
    eyes = Eyes(portrait, mesh, (RIGHT_EYE,)).draw(arc())
    assert [eye.left for eye in eyes.shut(mesh)] == [False]
    drawn, other = eyes.filled(portrait, models), mesh[list(LEFT_EYE), :2].mean(0)
    assert light(drawn, other, 3) == light(portrait.image, other, 3)


OPEN = {
    "two lids and an iris": [arc(0.15, 0), arc(-0.2, 0), circle(0.15)],
    "two lids": [arc(0.15, 0), arc(-0.2, 0)],
    "a lid and an iris": [arc(-0.25, 0), circle(0.15)],
    "a lid and a pupil": [arc(-0.25, 0.05), circle(0.03), circle(0.06)],
    "an iris": [circle(0.2), circle(0.08)],
    "a brow": [arc(-0.1, -0.55)],
}


@pytest.mark.parametrize("what", OPEN)
def test_other_drawn_eyes_stay_open(what, portrait, mesh):
    assert not Eyes(portrait, mesh).draw(*OPEN[what]).shut(mesh)


def test_edges_of_open_eyes_do_not_shut_them(portrait, mesh, models):
    eyes = Eyes(portrait, mesh)
    for method in ("xdog", "hed", "canny"):
        eyes.lines = np.where(eyes.hole > 0, lines_of(portrait.image, method, 0.5, models), 0).astype(np.uint8)
        assert (eyes.lines > 127).sum() > 200 and not eyes.shut(mesh)


def test_an_arc_that_fades_to_its_sides_is_an_edge_of_a_photograph(portrait, mesh):
    eyes = Eyes(portrait, mesh).draw(arc())
    eyes.lines = cv2.GaussianBlur(eyes.lines, (0, 0), 2)
    assert not eyes.shut(mesh)


def test_an_eye_that_is_seen_is_not_shut_by_a_line_across_it(portrait, mesh):
    eyes = Eyes(portrait, mesh).draw(arc())
    for x, y in eyes.middles:
        eyes.hole[round(y) - 3 : round(y) + 3, round(x + 0.35 * eyes.wide) :] = 0
    assert not eyes.shut(mesh)


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, mesh, models):
    eyes, other = Eyes(portrait, mesh).draw(arc()), portrait.image.copy()
    drawn = eyes.filled(portrait, models)
    other[eyes.hole > 0] = 7
    assert (drawn == portrait.image)[eyes.hole == 0].all()
    assert (drawn == eyes.filled(Portrait(other), models)).all()


def test_an_arc_above_edges_that_fade_is_a_brow(portrait, mesh):
    eyes, other = Eyes(portrait, mesh).draw(arc(-0.1, -0.25)), Eyes(portrait, mesh).draw(arc(0.15, 0.05))
    assert len(eyes.shut(mesh)) == 2
    eyes.lines = np.maximum(eyes.lines, cv2.GaussianBlur(other.lines, (0, 0), 1.5))
    assert not eyes.shut(mesh)
