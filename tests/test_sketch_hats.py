"""Hats that are drawn: an outline on a head, across the forehead, becomes cloth; outlines of hair do not."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.mesh_points import FOREHEAD, LEFT_EYE
from editors.portrait import Portrait
from editors.sketch.hatlines import drawn_hat
from editors.sketch.step import SketchFill

from .sheets import Sheet, drawn_on, head

portrait, mesh = drawn_on(head)


class Hats(Sheet):
    """Lines of a fine pen around a forehead, and the hat that they draw."""

    def __init__(self, portrait, mesh):
        super().__init__(portrait.image.shape, mesh, FOREHEAD)
        self.cut([(-2.1, -1.4), (2.1, -1.4), (2.1, 0.5), (-2.1, 0.5)])

    def draw(self, *strokes):
        return super().draw(*strokes, width=2, kind=cv2.LINE_AA)

    def hat(self, mesh):
        return drawn_hat(self.lines / np.float32(255), self.hole > 0, mesh)

    def filled(self, portrait, models, **settings):
        return SketchFill(hole=self.hole, lines=self.lines, **settings).apply(portrait, models).image

    def within(self, x, y):
        """Pixels around a place."""
        x, y = (self.at([(x, y)])[0] / 16).astype(int)
        return slice(y - 3, y + 4), slice(x - 3, x + 4)


def dome(wide=1.4, high=1.2, down=0.1):
    return [(wide * np.cos(t), down - high * np.sin(t)) for t in np.linspace(0, np.pi, 40)]


BEANIE = [dome(), [(-1.4, 0.1), (0, 0.16), (1.4, 0.1)], [(-1.37, -0.2), (0, -0.14), (1.37, -0.2)]]
BRIM = [(1.9 * np.cos(t), 0.1 + 0.3 * np.sin(t)) for t in np.linspace(0, 7, 60)]
HATS = {
    "a beanie": BEANIE,
    "a ribbed beanie": [*BEANIE, *([(x, -0.16), (x, 0.14)] for x in np.linspace(-1.2, 1.2, 13))],
    "a hat with a brim": [dome(1.1, 1.1), BRIM, [(-1.1, 0.1), (0, 0.25), (1.1, 0.1)]],
    "a cap": [dome(), [(-1.4, 0.1), (1.4, 0.1)], [(-1.1, 0.1), (-0.8, 0.35), (0.8, 0.35), (1.1, 0.1)]],
}


def test_strokes_so_dense_that_they_run_together_are_strands_and_no_hat(portrait, mesh):
    comb = [[(0.9 * x, -0.9), (x, 0.1)] for x in np.linspace(-1, 1, 16)]
    assert not Sheet.draw(Hats(portrait, mesh), *comb).hat(mesh).any()


@pytest.mark.parametrize("what", HATS)
def test_a_closed_outline_across_a_forehead_is_a_hat(what, portrait, mesh):
    sheet = Hats(portrait, mesh).draw(*HATS[what])
    hat = sheet.hat(mesh)
    assert hat[sheet.within(0, -0.6)].all() and hat[sheet.within(0.9, 0)].all()
    assert (hat & (sheet.lines > 128)).sum() > 0.9 * (sheet.lines > 128).sum()            # its outline is of it
    assert not hat[sheet.within(1.8, -0.6)].any()


HAIR = {
    "hair above a hairline": [dome(1.3, 1.1, 0.5), [(x, 0.5 - 0.55 * np.sqrt(1 - (x / 1.3) ** 2))
                                                   for x in np.linspace(-1.3, 1.3, 40)]],
    "an open dome": [dome(1.4, 1.2, 0.4)],
    "strands": [dome(1.4, 1.1, 0.1), *([(x, 0.1), (0.8 * x, -0.3), (0.5 * x, -0.8)]
                                       for x in np.linspace(-1.2, 1.2, 15))],
    "wrinkles": [[(-0.6, y), (0.6, y)] for y in (0.1, 0.2, 0.3)],
    "glasses": [[(x + 0.4 * np.cos(t), 0.95 + 0.35 * np.sin(t)) for t in np.linspace(0, 7, 30)] for x in (-0.5, 0.5)],
}


@pytest.mark.parametrize("what", HAIR)
def test_other_lines_of_a_head_are_no_hat(what, portrait, mesh):
    sheet = Hats(portrait, mesh).cut([(-2.1, -1.4), (2.1, -1.4), (2.1, 1.5), (-2.1, 1.5)]).draw(*HAIR[what])
    assert not sheet.hat(mesh).any()


def test_what_is_below_the_eyes_is_no_hat(portrait, mesh):
    sheet = Hats(portrait, mesh)
    sheet.start = mesh[list(LEFT_EYE), :2].mean(0) + [0, 1.2 * sheet.eyes]
    sheet.cut([(-2.1, -1.4), (2.1, -1.4), (2.1, 0.5), (-2.1, 0.5)]).draw(*BEANIE)
    assert not sheet.hat(mesh).any()


def test_a_hat_is_even_cloth_in_the_colours_painted_on_its_parts(portrait, mesh, models):
    sheet = Hats(portrait, mesh).draw(*BEANIE)
    colours = np.zeros((*sheet.hole.shape, 4), np.uint8)
    wanted = {(0, -0.7): (170, 30, 40), (0, 0): (40, 60, 150)}
    for place, colour in wanted.items():
        colours[sheet.within(*place)] = (*colour, 255)
    drawn = sheet.filled(portrait, models, colours=colours)
    for (x, y), colour in wanted.items():
        for aside in (-0.8, 0, 0.8):
            seen = np.median(drawn[sheet.within(x + aside, y)].reshape(-1, 3), axis=0)
            apart = rgb_to_lab(np.uint8([[seen]]))[0, 0] - rgb_to_lab(np.uint8([[colour]]))[0, 0]
            assert np.linalg.norm(apart[1:]) < 14 and abs(apart[0]) < 15
    inner = cv2.erode((sheet.hat(mesh) & (cv2.dilate(sheet.lines, np.ones((9, 9))) == 0)).astype(np.uint8), None) > 0
    assert cv2.Laplacian(rgb_to_lab(drawn)[..., 0], cv2.CV_32F)[inner].std() < 6           # strands vary by more


def test_a_hat_without_a_colour_is_sober(portrait, mesh, models):
    drawn = Hats(portrait, mesh).draw(*BEANIE).filled(portrait, models)
    light, *tint = np.median(rgb_to_lab(drawn[Hats(portrait, mesh).within(0.3, -0.7)]).reshape(-1, 3), axis=0)
    assert 15 < light < 50 and np.linalg.norm(tint) < 12


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, mesh, models):
    sheet, other = Hats(portrait, mesh).draw(*BEANIE), portrait.image.copy()
    other[sheet.hole > 0] = 7
    drawn = sheet.filled(portrait, models)
    assert (drawn == portrait.image)[sheet.hole == 0].all()
    assert (drawn == sheet.filled(Portrait(other), models)).all()
