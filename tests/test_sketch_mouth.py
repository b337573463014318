"""Mouths that are drawn open are open there; lips that meet are left to the painter. Dots are freckles."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.faces import eye_distance
from editors.mesh_points import LEFT_EYE, LIPS_OUTER
from editors.portrait import Portrait
from editors.sketch.freckles import drawn_freckles
from editors.sketch.lines import lines_of
from editors.sketch.mouthlines import drawn_mouth

from .sheets import Sheet, face_enlarged
from .test_sketch_whiskers import Drawn, circle

portrait, mesh = face_enlarged(3)


class Mouth(Drawn):
    """Lines in eye distances from the middle of a mouth that is brushed out, and the mouth that they draw."""

    def __init__(self, portrait, mesh):
        super().__init__(portrait.image.shape, mesh, 0)
        self.start = mesh[list(LIPS_OUTER), :2].mean(0)
        self.cut([(0.75 * np.cos(t), 0.5 * np.sin(t)) for t in np.linspace(0, 6, 40)])

    def found(self, mesh):
        return drawn_mouth(self.lines / np.float32(255), self.hole > 0, mesh)

    def light(self, picture, x, y):
        x, y = (self.at([(x, y)])[0] / 16).astype(int)
        return float(np.median(rgb_to_lab(picture[y - 2 : y + 3, x - 2 : x + 3])[..., 0]))


X = np.linspace(-0.45, 0.45, 15)
SMILE = [list(zip(X, -0.15 * (X / 0.45) ** 2, strict=True)), list(zip(X, 0.2 - 0.35 * (X / 0.45) ** 2, strict=True))]
TEETH = [[(x, -0.74 * x * x), (x, 0.2 - 1.73 * x * x)] for x in np.linspace(-0.3, 0.3, 6)]
ROUND = [circle(0, 0.05, 0.34, 0.28), circle(0, 0.05, 0.24, 0.19)]


@pytest.mark.parametrize("strokes", [SMILE, SMILE + TEETH, ROUND], ids=["a smile", "with teeth", "lips around"])
def test_lines_around_an_opening_are_an_open_mouth(strokes, portrait, mesh):
    mouth = Mouth(portrait, mesh).draw(*strokes).found(mesh)
    wide, high = (np.ptp(mouth.inner[..., axis]) for axis in (0, 1))
    assert high > 0.3 * wide and (mouth.outer[0, 5:-5, 1] < mouth.inner[0, 5:-5, 1]).all()
    assert (mouth.outer[1, 5:-5, 1] > mouth.inner[1, 5:-5, 1]).all()


def test_a_smile_shows_teeth_and_a_round_mouth_what_is_behind_them(portrait, mesh, models):
    smile, wide = Mouth(portrait, mesh).draw(*SMILE, *TEETH), Mouth(portrait, mesh).draw(*ROUND)
    smiles, gapes = smile.filled(portrait, models), wide.filled(portrait, models)
    assert smile.light(smiles, 0.1, 0.06) > 65 and wide.light(gapes, 0, 0.1) < 45
    assert smile.light(smiles, 0.1, 0.24) < smile.light(smiles, 0.1, 0.06) - 10


def test_lips_that_meet_and_single_lines_are_left_to_the_painter(portrait, mesh):
    across = [(-0.4, 0), (0, 0.02), (0.4, 0)]
    for strokes in ([circle(0, 0, 0.4, 0.16), across], [across], [across, [(-0.2, 0.2), (0, 0.22), (0.2, 0.2)]]):
        assert Mouth(portrait, mesh).draw(*strokes).found(mesh) is None


BOW = [(-0.38, -0.08), (-0.12, -0.12), (0, -0.07), (0.12, -0.12), (0.38, -0.08)]
LIPS = {
    "a line that goes on beyond the lower lip": [
        [(-0.4, -0.08), (-0.1, 0.04), (0.1, 0.04), (0.4, -0.08)], [(-0.3, 0.04), (0, 0.14), (0.3, 0.04)]],
    "a lower lip that hangs free": [
        BOW, [(-0.42, -0.12), (-0.15, 0.02), (0.15, 0.02), (0.42, -0.12)], [(-0.25, 0.1), (0, 0.22), (0.25, 0.1)]],
}  # fmt: skip


@pytest.mark.parametrize("strokes", LIPS.values(), ids=LIPS)
def test_one_of_two_lips_that_meet_is_no_open_mouth(strokes, portrait, mesh):
    assert Mouth(portrait, mesh).draw(*strokes).found(mesh) is None


def test_a_smile_whose_corners_cross_stays_open(portrait, mesh):
    over = [(1.2 * x, y) for x, y in SMILE[0]]
    assert Mouth(portrait, mesh).draw(over, SMILE[1]).found(mesh) is not None


def test_a_smile_is_open_that_a_thick_pen_fills_but_for_half_of_its_width(portrait, mesh):
    lower = [(0.38 * np.cos(t), 0.2 * np.sin(t)) for t in np.linspace(0, np.pi, 24)]
    upper, between = [(-0.38, 0), (-0.1, -0.05), (0.1, -0.05), (0.38, 0)], [(-0.3, 0.05), (0.3, 0.05)]
    mouth = Mouth(portrait, mesh).draw(lower, upper, between, width=round(0.068 * eye_distance(mesh))).found(mesh)
    assert mouth is not None and np.ptp(mouth.inner[..., 0]) > 0.5


def test_a_beard_around_a_mouth_is_no_mouth(portrait, mesh):
    sheet = Mouth(portrait, mesh).cut(circle(0, 0.1, 0.9, 0.8))
    for t in np.linspace(0, 2 * np.pi, 60):
        inner = np.array([0.38 * np.cos(t), 0.2 * np.sin(t)])
        sheet.draw([inner, 1.2 * inner + [0, 0.12 + 0.28 * max(0, np.sin(t))]], width=7)
    assert sheet.found(mesh) is None


def test_edges_of_a_photograph_are_no_open_mouth(portrait, mesh, models):
    sheet = Mouth(portrait, mesh)
    for method in ("xdog", "hed", "canny"):
        sheet.lines = np.where(sheet.hole > 0, lines_of(portrait.image, method, 0.5, models), 0).astype(np.uint8)
        assert (sheet.lines > 127).sum() > 100 and sheet.found(mesh) is None


def test_lips_take_the_colour_of_strokes_on_them(portrait, mesh, models):
    sheet = Mouth(portrait, mesh).draw(*ROUND)
    colours = np.zeros((*sheet.hole.shape, 4), np.uint8)
    cv2.polylines(colours, [sheet.at(circle(0, 0.05, 0.29, 0.235))], True, (60, 80, 190, 255), 3, cv2.LINE_8, 4)
    drawn = sheet.filled(portrait, models, colours=colours)
    x, y = (sheet.at([(0, 0.285)])[0] / 16).astype(int)
    assert rgb_to_lab(drawn[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3))[:, 2].mean() < -12


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, mesh, models):
    sheet, other = Mouth(portrait, mesh).draw(*SMILE), portrait.image.copy()
    other[sheet.hole > 0] = 7
    drawn = sheet.filled(portrait, models)
    assert (drawn == portrait.image)[sheet.hole == 0].all()
    assert (drawn == sheet.filled(Portrait(other), models)).all()


SCARS = {
    "a scar": [[(-0.12, -0.16), (0.1, 0.16)], [(-0.1, 0.02), (0.03, -0.08)]],
    "wrinkles": [[(-0.15, y), (0.15, y)] for y in (-0.1, 0, 0.1)],
}


@pytest.mark.parametrize("what", SCARS)
def test_wrinkles_and_scars_are_as_fine_as_they_were_drawn(what, portrait, mesh, models):
    sheet = Drawn(portrait.image.shape, mesh, 425).cut(circle(0, 0, 0.4, 0.3)).draw(*SCARS[what])
    light = sheet.filled(portrait, models).astype(float).mean(2)
    light /= cv2.GaussianBlur(light, (0, 0), 12)
    away = cv2.distanceTransform((sheet.lines == 0).astype(np.uint8), cv2.DIST_L2, 5)
    assert light[away == 0].mean() < 0.88 and light[(away > 2) & (away < 4)].mean() > 1


def test_dots_on_a_cheek_are_brown_freckles_and_such_in_an_eye_are_none(portrait, mesh, models):
    cheek = Drawn(portrait.image.shape, mesh, 425).cut(circle(0, 0, 0.3, 0.25))
    dots = [(0.2 * np.cos(t) * t / 6, 0.15 * np.sin(t) * t / 6) for t in range(1, 10)]
    for dot in dots:
        cheek.draw([dot, dot], width=4)
    assert (drawn_freckles(cheek.lines / np.float32(255), mesh) > 0)[cheek.lines > 0].all()
    bare = Sheet(portrait.image.shape, mesh, 425)
    bare.hole = cheek.hole
    spotted, plain = (Drawn.filled(sheet, portrait, models).astype(float) for sheet in (cheek, bare))
    darker = (spotted / plain.clip(1))[cheek.lines > 0].mean(0)
    assert darker.max() < 0.9 and darker[2] < darker[0] - 0.05
    eye = Drawn(portrait.image.shape, mesh, 425).cut(circle(0, 0, 3, 3))
    eye.start = mesh[list(LEFT_EYE), :2].mean(0)
    assert not drawn_freckles(eye.draw([(0, 0), (0.01, 0)]).lines / np.float32(255), mesh).any()
