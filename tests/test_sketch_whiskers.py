"""Beards that are drawn: strokes on a chin, cheeks and a lip become hairs; other lines of a lower face do not."""

import cv2
import numpy as np
import pytest

from editors.beard import growing
from editors.colours import rgb_to_lab
from editors.faces import mesh_of
from editors.mesh_points import CHIN, LIPS_OUTER, OVAL, RIGHT_BROW
from editors.portrait import Portrait
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill
from editors.sketch.whiskerlines import drawn_whiskers

from .sheets import Sheet, face_enlarged, head

LARGER = 3
"""How much the photograph is enlarged: strokes of a pixel's width lie apart."""

portrait, mesh = face_enlarged(LARGER)


class Drawn(Sheet):
    """Lines, and what becomes of them."""

    def whiskers(self, mesh):
        """Share of the lines that are hairs."""
        return float(drawn_whiskers(self.lines / np.float32(255), mesh).sum() / (self.lines / np.float32(255)).sum())

    def filled(self, portrait, models, **settings):
        return SketchFill(hole=self.hole, lines=self.lines, **settings).apply(portrait, models).image


def chin(portrait, mesh):
    """A sheet with the chin below the mouth brushed out, down to the neck."""
    sheet = Drawn(portrait.image.shape, mesh, CHIN)
    return sheet.cut([(-0.75, -0.5), (-0.3, -0.25), (0.3, -0.25), (0.75, -0.5), (0.5, 0.2), (-0.5, 0.2)])


def short_strokes(number=40, long=0.12):
    """Strokes down a chin and the sides of a jaw, each a little askew."""
    random = np.random.default_rng(0)
    for x in random.permutation(np.linspace(-0.6, 0.6, number)):
        y = -0.02 - 0.6 * x * x - random.uniform(0, 0.18)
        yield [(x, y), (x + random.normal(0, 0.02), y + long)]


@pytest.fixture(scope="module")
def beard(portrait, mesh):
    return chin(portrait, mesh).draw(*short_strokes())


def test_strokes_so_near_that_they_run_together_are_a_moustache(portrait, mesh):
    lip = Drawn(portrait.image.shape, mesh, 0).cut([(-0.5, -0.3), (0.5, -0.3), (0.5, 0.05), (-0.5, 0.05)])
    comb = [[(x, -0.15 + 0.2 * x * x), (1.2 * x, -0.02 + 0.2 * x * x)] for x in np.linspace(-0.36, 0.36, 18)]
    assert lip.draw(*comb, width=4).whiskers(mesh) > 0.8


def test_dense_strokes_that_reach_up_to_a_nose_are_a_moustache_on_a_small_face(portrait, mesh):
    mesh, shape = mesh / LARGER, portrait.image[::LARGER, ::LARGER].shape
    lip = Drawn(shape, mesh, 0).cut([(-0.6, -0.4), (0.6, -0.4), (0.6, 0.1), (-0.6, 0.1)])
    comb = [[(x, -0.24 + 0.1 * abs(x)), (1.2 * x, -0.06 + 0.15 * abs(x))] for x in np.linspace(-0.45, 0.45, 22)]
    assert lip.draw(*comb).whiskers(mesh) > 0.8


def test_a_tight_moustache_between_a_nose_and_a_lip_is_found_on_the_face_as_it_is_without_lines(models):
    portrait = head()
    mesh, random = np.asarray(mesh_of(portrait, models), float)[:468], np.random.default_rng(0)
    nose, lips = (mesh[list(points), :2] for points in ((2,), LIPS_OUTER))
    sheet = Drawn(portrait.image.shape, mesh, 0)
    sheet.start, wide = np.array([lips[:, 0].mean(), (nose[0, 1] + mesh[0, 1]) / 2]), np.ptp(lips[:, 0]) / sheet.eyes
    sheet.cut([(0.55 * wide * np.cos(t), 0.14 * np.sin(t)) for t in np.linspace(0, 6, 40)])
    for x in wide * np.linspace(-0.45, 0.45, 26):
        top = random.normal(-0.06, 0.01) + 0.1 * abs(x)
        sheet.draw([(x, top), (1.1 * x, top + 0.11)], width=2)
    drawn = sheet.filled(portrait, models)
    assert light(drawn, sheet.lines > 0) < light(portrait.image, sheet.lines > 0) - 15


def light(picture, area):
    return float(np.median(rgb_to_lab(picture[area])[:, 0]))


def test_short_strokes_on_a_chin_become_a_beard_as_dark_as_brows(portrait, mesh, beard, models):
    assert beard.whiskers(mesh) > 0.9
    drawn = beard.filled(portrait, models)
    between = (cv2.morphologyEx(beard.lines, cv2.MORPH_CLOSE, np.ones((13, 13))) > 0) & (beard.lines == 0)
    brow = cv2.fillConvexPoly(np.zeros(between.shape, np.uint8),
                              cv2.convexHull(np.round(mesh[list(RIGHT_BROW), :2]).astype(np.int32)), 1) > 0
    assert light(drawn, beard.lines > 0) < light(portrait.image, brow) + 5
    assert light(drawn, between) < light(portrait.image, between) - 15                # nor scratches on bare skin
    assert np.linalg.norm(np.subtract(*(np.median(rgb_to_lab(picture[area])[:, 1:], axis=0) for picture, area in (
        (drawn, between), (portrait.image, brow))))) < 10


def test_hairs_run_along_strokes(portrait, mesh, models):
    slope = {}
    for name, lean in (("left", -0.12), ("right", 0.12)):
        sheet = chin(portrait, mesh)
        sheet.draw(*([(x - lean, -0.25), (x + lean, 0.05)] for x in np.linspace(-0.4, 0.4, 10)))
        drawn = sheet.filled(portrait, models)
        grey = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY).astype(np.float32)
        area = cv2.erode(cv2.morphologyEx(sheet.lines, cv2.MORPH_CLOSE, np.ones((25, 25))), np.ones((9, 9))) > 0
        x, y = (cv2.Sobel(grey, cv2.CV_32F, *order)[area] for order in ((1, 0), (0, 1)))
        slope[name] = float((x * y).sum() / (x * x + y * y).sum())
    assert slope["left"] > 0.1 and slope["right"] < -0.1


def test_strokes_above_the_mouth_become_a_moustache_and_the_mouth_stays(portrait, mesh, models):
    sheet = Drawn(portrait.image.shape, mesh, 0)                       # the middle of the upper lip's edge
    sheet.cut([(-0.45, -0.02), (-0.2, -0.25), (0.2, -0.25), (0.45, -0.02), (0.3, 0.08), (0, 0.02), (-0.3, 0.08)])
    sheet.draw(*([(side * x, -0.16 + 0.3 * x * x), (side * (x + 0.08), -0.04 + 0.2 * x)]
                 for x in np.linspace(0.02, 0.28, 7) for side in (-1, 1)))
    assert sheet.whiskers(mesh) > 0.8
    drawn, lips = sheet.filled(portrait, models), np.zeros(sheet.hole.shape, np.uint8)
    assert light(drawn, sheet.lines > 0) < light(portrait.image, sheet.lines > 0) - 25
    lips = cv2.fillPoly(lips, [np.round(mesh[list(LIPS_OUTER), :2]).astype(np.int32)], 1)
    untouched = (lips > 0) & (sheet.hole == 0)
    assert (drawn == portrait.image)[untouched].all()


def test_dots_become_stubble_through_which_skin_is_seen(portrait, mesh, beard, models):
    sheet, random = chin(portrait, mesh), np.random.default_rng(1)
    for x in random.permutation(np.linspace(-0.55, 0.55, 60)):
        y = 0.08 - 0.6 * x * x - random.uniform(0, 0.25)
        sheet.draw([(x, y), (x + 0.005, y)])
    assert sheet.whiskers(mesh) > 0.9
    area = cv2.morphologyEx(sheet.lines, cv2.MORPH_CLOSE, np.ones((25, 25))) > 0
    stubble, full = sheet.filled(portrait, models), beard.filled(portrait, models)
    assert light(full, beard.lines > 0) + 10 < light(stubble, area) < light(portrait.image, area) - 3


def test_a_beard_takes_the_colour_of_strokes_on_it(portrait, beard, models):
    colours = np.zeros((*beard.hole.shape, 4), np.uint8)
    colours[beard.lines > 0] = (40, 70, 200, 255)
    drawn = beard.filled(portrait, models, colours=colours)
    assert np.median(rgb_to_lab(drawn[cv2.dilate(beard.lines, np.ones((5, 5))) > 0])[:, 2]) < -20


def circle(x, y, wide, high):
    return [(x + wide * np.cos(t), y + high * np.sin(t)) for t in np.linspace(0, 7, 30)]


LINES = {
    "a mouth": [circle(0, -0.45, 0.35, 0.14), [(-0.35, -0.45), (0.35, -0.45)]],
    "an open mouth": [circle(0, -0.45, 0.3, 0.2), circle(0, -0.45, 0.22, 0.12)],
    "a cleft chin": [[(0, -0.15), (0.01, -0.02)], [(-0.15, -0.2), (0.15, -0.2)]],
    "a scar": [[(0.4, -0.6), (0.6, -0.2)], [(0.37, -0.46), (0.53, -0.54)], [(0.47, -0.26), (0.63, -0.34)]],
    "folds": [[(side * 0.3, -0.8), (side * 0.5, -0.5), (side * 0.5, -0.3)] for side in (-1, 1)],
}  # fmt: skip


@pytest.mark.parametrize("what", [*LINES, "a jaw"])
def test_other_lines_of_a_lower_face_are_no_beard(what, portrait, mesh, models):
    sheet = Drawn(portrait.image.shape, mesh, CHIN).cut([(-1.2, -1), (1.2, -1), (1.2, 0.3), (-1.2, 0.3)])
    jaw = (mesh[list(OVAL), :2] - sheet.start) / sheet.eyes
    sheet.draw(*LINES.get(what, [jaw[jaw[:, 1] > -0.9]]))
    assert sheet.whiskers(mesh) == 0


def test_edges_of_a_shaven_photograph_are_no_beard(portrait, mesh, models):
    sheet = Drawn(portrait.image.shape, mesh, CHIN).cut([(-1, -1), (1, -1), (1, 0.3), (-1, 0.3)])
    for method in ("xdog", "hed", "canny"):
        sheet.lines = np.where(sheet.hole > 0, lines_of(portrait.image, method, 0.5, models), 0).astype(np.uint8)
        assert (sheet.lines > 127).sum() > 200 and sheet.whiskers(mesh) == 0


def test_strokes_that_fade_to_their_sides_are_edges_of_a_photograph(mesh, beard):
    sheet = Drawn((*beard.hole.shape, 3), mesh, CHIN)
    sheet.lines = cv2.GaussianBlur(beard.lines, (0, 0), 2)
    assert sheet.whiskers(mesh) == 0


def test_strokes_of_two_pixels_with_grey_edges_are_drawn_by_a_program(portrait, mesh):
    sheet = chin(portrait, mesh)
    fine = np.zeros([4 * side for side in sheet.lines.shape], np.uint8)
    for points in short_strokes():
        cv2.polylines(fine, [4 * sheet.at(points) + 24], False, 255, 8, cv2.LINE_8, 4)
    sheet.lines = cv2.resize(fine, sheet.lines.shape[::-1], interpolation=cv2.INTER_AREA) * (sheet.hole > 0)
    assert sheet.whiskers(mesh) > 0.9


def test_strokes_of_a_single_pixel_are_edges_of_a_photograph(portrait, mesh):
    assert chin(portrait, mesh).draw(*short_strokes(), width=1).whiskers(mesh) == 0


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, beard, models):
    drawn, other = beard.filled(portrait, models), portrait.image.copy()
    other[beard.hole > 0] = 7
    assert (drawn == portrait.image)[beard.hole == 0].all()
    assert (drawn == beard.filled(Portrait(other), models)).all()


def test_hairs_grow_down_a_chin_and_sideways_from_the_middle_of_a_lip():
    assert np.allclose(growing(np.array(0.0), np.array(0.3)), (0, 1), atol=0.05)
    left, right = growing(np.array([-0.2, 0.2]), np.array([-0.2, -0.2]))
    assert left[0] < -0.5 and right[0] > 0.5
