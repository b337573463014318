"""Brows that are hatched become as thick as what was hatched; single lines stay as thin as lines."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.mesh_points import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from editors.sketch.brows import brows_of, thin_brows_of
from editors.sketch.paint import Drawing
from editors.sketch.step import SketchFill

from .sheets import Sheet, face_enlarged

portrait, mesh = face_enlarged(2)


class Brows(Sheet):
    """Lines over both eyes, each brow in eye distances from its usual middle, mirrored."""

    def __init__(self, portrait, mesh):
        super().__init__(portrait.image.shape, mesh, 0)
        self.starts = [mesh[list(brow), :2].mean(0) for brow in (RIGHT_BROW, LEFT_BROW)]
        self.start = np.mean(self.starts, 0)
        self.cut([(1.1 * np.cos(t), 0.26 * np.sin(t)) for t in np.linspace(0, 6, 40)])

    def draw(self, *strokes, **pen):
        for self.start, side in zip(self.starts, (-1, 1), strict=True):
            super().draw(*([(side * x, y) for x, y in points] for points in strokes), **pen)
        return self

    def brows(self, mesh, of=brows_of):
        drawing = Drawing(self.hole > 0, self.lines / np.float32(255), np.zeros((*self.hole.shape, 4), np.uint8))
        found = of(drawing, mesh)
        return np.zeros(self.hole.shape, bool) if found is None else found.area

    def filled(self, portrait, models, **settings):
        return SketchFill(hole=self.hole, lines=self.lines, **settings).apply(portrait, models).image


HATCH = [[(x - 0.03, 0.08), (x + 0.03, -0.08)] for x in np.linspace(-0.28, 0.28, 12)]
HATCHED = {
    "strokes across": HATCH,
    "strokes along": [[(-0.3, y + 0.02), (0, y - 0.03), (0.3, y + 0.02)] for y in (-0.06, 0, 0.06)],
    "one zigzag": [[(x, 0.07 if k % 2 else -0.07) for k, x in enumerate(np.linspace(-0.3, 0.3, 17))]],
}


@pytest.mark.parametrize("what", HATCHED)
def test_strokes_side_by_side_are_brows_as_thick_as_they_reach(what, portrait, mesh):
    sheet = Brows(portrait, mesh).draw(*HATCHED[what])
    area, inked = sheet.brows(mesh), cv2.morphologyEx(sheet.lines, cv2.MORPH_CLOSE, np.ones((9, 9))) > 127
    assert (area & inked).sum() > 0.8 * inked.sum() and (area & ~inked).sum() < 0.35 * inked.sum()


@pytest.mark.parametrize("strokes", [[[(-0.3, 0.02), (0, -0.04), (0.3, 0.02)]], [[(-0.3, 0.4), (0.3, 0.4)]] * 3,
                                     [[(-0.1, 0), (-0.06, 0.1)]]], ids=["a line", "lids", "a scar"])
def test_other_lines_over_eyes_are_no_hatched_brows(strokes, portrait, mesh):
    assert not Brows(portrait, mesh).draw(*strokes).brows(mesh).any()


def test_rings_around_eyes_are_no_brows(portrait, mesh):
    sheet = Brows(portrait, mesh).cut([(-1.5, -1), (1.5, -1), (1.5, 1.5), (-1.5, 1.5)])
    ring = [(0.42 * np.cos(t), 0.28 + 0.36 * np.sin(t)) for t in np.linspace(0, 7, 50)]
    assert not sheet.draw(ring, width=6).brows(mesh).any()


def test_edges_that_fade_are_no_hatching(portrait, mesh):
    sheet = Brows(portrait, mesh).draw(*HATCH)
    sheet.lines = cv2.GaussianBlur(sheet.lines, (0, 0), 2)
    assert not sheet.brows(mesh).any()


def test_solid_ink_among_edges_that_fade_is_of_a_photograph(portrait, mesh):
    sheet, other = Brows(portrait, mesh).draw(*HATCH), Brows(portrait, mesh).draw([(-0.3, 0.2), (0.3, 0.2)])
    sheet.lines = np.maximum(sheet.lines, cv2.GaussianBlur(other.lines, (0, 0), 2))
    assert not sheet.brows(mesh).any()


def test_hatched_brows_are_dark_all_over_and_take_a_colour(portrait, mesh, models):
    sheet = Brows(portrait, mesh).draw(*HATCH)
    drawn, area = sheet.filled(portrait, models), sheet.brows(mesh)
    inner = cv2.erode(area.astype(np.uint8), np.ones((5, 5))) > 0
    x, y = np.round(mesh[50, :2]).astype(int)                      # a cheek
    skin = np.median(rgb_to_lab(drawn[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3))[:, 0])
    assert (rgb_to_lab(drawn[inner])[:, 0] < skin - 20).mean() > 0.85
    colours = np.zeros((*sheet.hole.shape, 4), np.uint8)
    colours[sheet.lines > 0] = (40, 70, 200, 255)
    assert np.median(rgb_to_lab(sheet.filled(portrait, models, colours=colours)[inner])[:, 2]) < -15
    assert (drawn == portrait.image)[sheet.hole == 0].all()


def test_an_eye_below_is_not_covered(portrait, mesh):
    sheet, eyes = Brows(portrait, mesh), np.zeros(portrait.image.shape[:2], np.uint8)
    area = sheet.draw(*([(x, 0.25), (x + 0.03, -0.1)] for x in np.linspace(-0.28, 0.28, 12))).brows(mesh)
    for eye in (RIGHT_EYE, LEFT_EYE):
        cv2.fillPoly(eyes, [np.round(mesh[list(eye), :2]).astype(np.int32)], 1)
    assert not (area & (eyes > 0)).any()


LINE = [(x, 0.02 - 0.09 * (1 - (x / 0.32) ** 2)) for x in np.linspace(-0.32, 0.32, 9)]


def test_a_line_alone_where_brows_were_is_a_thin_dark_brow(portrait, mesh, models):
    sheet = Brows(portrait, mesh).draw(LINE, width=3)
    area = sheet.brows(mesh, thin_brows_of)
    assert 1.0 < area.sum() / (sheet.lines > 127).sum() < 3.0
    drawn, inked = sheet.filled(portrait, models), (sheet.lines > 127) & area
    x, y = np.round(mesh[50, :2]).astype(int)                      # a cheek
    skin = np.median(rgb_to_lab(drawn[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3))[:, 0])
    assert np.median(rgb_to_lab(drawn[inked])[:, 0]) < skin - 20


@pytest.mark.parametrize("strokes", [
    [[(-0.3, 0.4), (0.3, 0.4)]] * 2, [[(-0.1, 0), (-0.06, 0.1)]], [LINE, [(x, y + 0.14) for x, y in LINE]],
    [[(x, y + 0.22) for x, y in LINE]], [[(0.3 * np.cos(t), 0.09 * np.sin(t)) for t in np.linspace(0, 7, 40)]],
], ids=["lids", "a scar", "two outlines", "the fold of a lid", "an outline"])
def test_other_lines_are_no_thin_brows(strokes, portrait, mesh):
    assert not Brows(portrait, mesh).draw(*strokes).brows(mesh, thin_brows_of).any()


def test_a_line_over_brows_that_are_seen_is_no_brow(portrait, mesh):
    sheet = Brows(portrait, mesh).draw([(x, y - 0.16) for x, y in LINE])
    sheet.hole = cv2.dilate(sheet.lines, np.ones((5, 5)))
    assert not sheet.brows(mesh, thin_brows_of).any()
