"""Eyes that are drawn open: as large as they were drawn, looking where they look, in the light of the face."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.openlines import drawn_open

from .sheets import face_enlarged
from .test_sketch_shut import LARGER, Eyes, circle, light

portrait, mesh = face_enlarged(LARGER)


def almond(wide, high):
    """The two lids of an eye."""
    x = np.linspace(-0.5, 0.5, 15)
    return [list(zip(wide * x, side * high * (1 - 4 * x * x), strict=True)) for side in (-1, 1)]


def ring(size, x=0.0):
    return [(x + a, b) for a, b in circle(size)]


class Open(Eyes):
    """Eyes with the lines of an open one, and what is found of them."""

    def found(self, mesh):
        return drawn_open(self.lines / np.float32(255), self.hole > 0, mesh)


BIG = [*almond(1.5, 0.4), ring(0.3), ring(0.04)]
FOLD = [(x, -0.38 - 0.1 * (1 - 4 * x * x)) for x in np.linspace(-0.45, 0.45, 9)]


def test_eyes_are_as_large_as_they_are_drawn(portrait, mesh, models):
    eyes = Open(portrait, mesh).draw(*BIG)
    assert all(1.35 < np.ptp(eye.lids[..., 0]) < 1.6 and 0.25 < eye.iris[2] < 0.37 for eye in eyes.found(mesh))
    drawn = eyes.filled(portrait, models)
    for middle in eyes.middles:
        white = [light(drawn, middle + eyes.wide * np.array([x, 0.05]), 2) for x in (-0.5, 0.5)]
        assert min(white) > light(drawn, middle + eyes.wide * np.array([0.2, 0.05]), 2) + 20 and min(white) > 50


def test_the_white_of_an_eye_does_not_glow_in_the_dark(portrait, mesh, models):
    dark, eyes = Portrait(np.round(0.35 * portrait.image).astype(np.uint8)), Open(portrait, mesh).draw(*BIG)
    grey = eyes.filled(dark, models).mean(2)
    for x, y in eyes.middles:
        row = grey[round(y) - 3 : round(y + 0.1 * eyes.wide), round(x - 0.6 * eyes.wide) : round(x - 0.35 * eyes.wide)]
        assert np.median(row) < 1.12 * np.quantile(dark.image.mean(2)[eyes.hole > 0], 0.9)


@pytest.mark.parametrize("x", (-0.2, 0.0, 0.2))
def test_eyes_look_where_their_irises_are(x, portrait, mesh):
    found = Open(portrait, mesh).draw(*almond(1.2, 0.25), ring(0.2, x)).found(mesh)
    assert len(found) == 2 and all(abs(eye.iris[0] - x) < 0.06 for eye in found)


def test_lids_alone_and_dots_in_them_are_eyes_and_a_fold_above_is_no_lid(portrait, mesh):
    for within in ([], [ring(0.06)], [ring(0.18), FOLD]):
        found = Open(portrait, mesh).draw(*almond(1.1, 0.25), *within).found(mesh)
        assert len(found) == 2 and all(0.4 < np.ptp(eye.lids[..., 1]) < 0.62 for eye in found)
        assert all(0.13 < eye.iris[2] < 0.35 for eye in found)


def test_a_thick_pen_leaves_an_iris_between_two_whites(portrait, mesh):
    eyes = Open(portrait, mesh).draw(*BIG)
    eyes.lines = cv2.dilate(eyes.lines, np.ones((5, 5)))
    assert all(eye.iris[2] < 0.42 for eye in eyes.found(mesh))


def test_irises_take_the_colour_of_strokes_on_them(portrait, mesh, models):
    eyes = Open(portrait, mesh).draw(*BIG)
    colours = np.zeros((*eyes.hole.shape, 4), np.uint8)
    for middle in eyes.middles:
        cv2.circle(colours, tuple(map(int, middle)), int(0.2 * eyes.wide), (60, 110, 200, 255), -1)
    drawn = eyes.filled(portrait, models, colours=colours)
    for middle in eyes.middles:
        x, y = map(int, middle + eyes.wide * np.array([0.2, 0.08]))
        assert rgb_to_lab(drawn[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3))[:, 2].mean() < -12


def test_edges_of_a_photograph_are_left_to_the_painter(portrait, mesh, models):
    eyes = Open(portrait, mesh)
    for method in ("xdog", "hed", "canny"):
        eyes.lines = np.where(eyes.hole > 0, lines_of(portrait.image, method, 0.5, models), 0).astype(np.uint8)
        assert (eyes.lines > 127).sum() > 100 and not eyes.found(mesh)


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, mesh, models):
    eyes, other = Open(portrait, mesh).draw(*BIG), portrait.image.copy()
    other[eyes.hole > 0] = 7
    drawn = eyes.filled(portrait, models)
    assert (drawn == portrait.image)[eyes.hole == 0].all()
    assert (drawn == eyes.filled(Portrait(other), models)).all()
