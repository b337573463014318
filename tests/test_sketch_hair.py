"""Hair that is drawn: strands and outlines become hair of the head's own colour; other lines do not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.faces import eye_distance
from editors.labels import IDS
from editors.mesh_points import CHIN, FOREHEAD, LEFT_EYE, OVAL, RIGHT_EYE
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.sketch.combed import combed
from editors.sketch.fill import blank_of
from editors.sketch.hair import hair_of, head_look, head_ways
from editors.sketch.hairlines import Head, drawn_hair, head_of
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill
from editors.sketch.strokes import grown, strand_ways
from editors.strands import LUMA

from .sheets import Sheet, drawn_on, head

CHEEK = 454
"""The point of the mesh beside the left ear."""


portrait, mesh = drawn_on(head)


class Strands(Sheet):
    """Lines of a fine pen, and the hair that they draw."""

    def draw(self, *strokes):
        return super().draw(*strokes, width=2, kind=cv2.LINE_AA)

    def hair(self, portrait, mesh, models):
        """Where the lines draw hair, bool (H, W)."""
        hole = self.hole > 0
        hair = hair_of(blank_of(portrait, hole, models), self.lines / np.float32(255), hole, mesh)
        return np.zeros(self.hole.shape, bool) if hair is None else hair.area


@pytest.fixture(scope="module")
def long_hair(portrait, mesh):
    """Three strands from the ear to the shoulder, where there is no hair."""
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.1, -0.4), (0.9, -0.4), (1.1, 2), (0, 2)])
    return sheet.draw(*([(x, -0.3), (x + 0.1, 0.8), (x + 0.05, 1.8)] for x in (0.15, 0.45, 0.75)))


def colour_of(picture, area):
    """The median colour of a part in CIELAB, and how far its light varies from pixel to pixel."""
    lab = rgb_to_lab(picture[area])
    return np.median(lab, axis=0), float(cv2.Laplacian(rgb_to_lab(picture)[..., 0], cv2.CV_32F)[area].std())


def test_strands_beside_a_face_become_hair_as_that_of_the_head_is(portrait, mesh, long_hair, models):
    area = long_hair.hair(portrait, mesh, models)
    inner = cv2.erode(area.astype(np.uint8), np.ones((7, 7))) > 0
    assert inner.sum() > 0.6 * long_hair.eyes**2                          # of the 0.6 times 2.1 that were drawn around
    drawn = SketchFill(hole=long_hair.hole, lines=long_hair.lines).apply(portrait, models).image
    own = cv2.erode((labels_of(portrait, models) == IDS["hair"]).astype(np.uint8), np.ones((5, 5))) > 0
    (new, varied), (old, varies) = colour_of(drawn, inner), colour_of(portrait.image, own)
    assert np.linalg.norm(new[1:] - old[1:]) < 6 and abs(new[0] - old[0]) < 15
    assert 0.5 < varied / varies < 2


def test_strands_run_along_the_lines(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.1, -0.4), (1.2, -0.4), (1.2, 2), (0, 2)])
    slope = {}
    for name, lean in (("left", -0.4), ("right", 0.4)):
        sheet.lines[:] = 0
        sheet.draw(*([(x - lean, -0.3), (x + lean, 1.8)] for x in (0.35, 0.6, 0.85)))
        inner = cv2.erode(sheet.hair(portrait, mesh, models).astype(np.uint8), np.ones((9, 9))) > 0
        drawn = SketchFill(hole=sheet.hole, lines=sheet.lines).apply(portrait, models).image
        grey = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY).astype(np.float32)
        x, y = (cv2.Sobel(grey, cv2.CV_32F, *order)[inner] for order in ((1, 0), (0, 1)))
        slope[name] = float((x * y).sum() / (x * x + y * y).sum())
    assert slope["left"] > 0.1 and slope["right"] < -0.1


def test_an_outline_beside_a_face_holds_hair(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.2, -0.8), (1.2, -0.8), (1.2, 1.7), (-0.2, 1.7)])
    sheet.draw([(0.2, -0.75), (0.55, 0), (0.6, 0.8), (0.35, 1.3), (-0.05, 1), (-0.1, 0.5)])
    area = sheet.hair(portrait, mesh, models)
    inside, outside = ((sheet.at([place])[0] / 16).astype(int) for place in ((0.3, 0.5), (0.95, 0.5)))
    assert area[inside[1], inside[0]] and not area[outside[1], outside[0]]


def test_an_outline_around_a_face_holds_hair_down_to_its_ends(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHIN)
    sheet.start = mesh[list(RIGHT_EYE + LEFT_EYE), :2].mean(0)
    outer = [(-0.83, 1.1), (-1.15, 1), (-1.2, -0.5), (-0.9, -1.4), (0, -1.7), (0.9, -1.4), (1.2, -0.5), (1.15, 1),
             (0.83, 1.1)]
    inner = [(0.83, 1.07), (0.88, 0), (0.75, -0.6), (0, -0.9), (-0.75, -0.6), (-0.88, 0), (-0.83, 1.07)]
    Sheet.draw(sheet.cut([(1.15 * x, 1.1 * y) for x, y in outer]), outer, inner)
    area = sheet.hair(portrait, mesh, models)
    for place in ((-1.02, 0.6), (1.02, 0.6), (0, -1.3)):
        x, y = (sheet.at([place])[0] / 16).astype(int)
        assert area[y, x]
    x, y = (sheet.at([(0, 0.5)])[0] / 16).astype(int)
    assert not area[y, x]


def fringe(portrait, mesh):
    """A comb of strokes over a forehead, as a shaky hand and a hard brush draw it."""
    sheet, shakes = Strands(portrait.image.shape, mesh, FOREHEAD), np.random.default_rng(0)
    sheet.cut([(-1.3, -0.4), (1.3, -0.4), (1.3, 0.5), (-1.3, 0.5)])
    for x in np.linspace(-0.9, 0.9, 20):
        points = [(x * (0.8 + 0.2 * t), 0.15 * x * x - 0.2 + 0.6 * t) for t in np.linspace(0, 1, 8)]
        Sheet.draw(sheet, points + shakes.normal(0, 0.012, (8, 2)))
    return sheet


def test_a_comb_of_shaky_strokes_over_a_forehead_is_a_fringe(mesh, models):
    portrait = Portrait(cv2.resize(head().image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    sheet = fringe(portrait, 2 * mesh + 0.5)
    assert sheet.hair(portrait, 2 * mesh + 0.5, models)[sheet.lines > 0].mean() > 0.9


def test_strands_that_lie_close_together_are_hair(mesh, models):
    portrait = Portrait(cv2.resize(head().image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    sheet = Strands(portrait.image.shape, 2 * mesh + 0.5, CHEEK).cut([(-0.1, -0.4), (0.9, -0.4), (1.1, 2), (0, 2)])
    Sheet.draw(sheet, *([(x, -0.3), (x + 0.1, 0.8), (x + 0.05, 1.8)] for x in 0.2 + 0.07 * np.arange(6)))
    assert sheet.hair(portrait, 2 * mesh + 0.5, models)[sheet.lines > 0].mean() > 0.9


def test_strokes_that_run_together_into_solid_ink_are_hair(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.3, -1.6), (0.6, -1.6), (0.8, 2), (-0.2, 2)])
    Sheet.draw(sheet, *([(x - 0.2, -1.2 + x), (x, -0.5), (0.15 + 0.5 * x, 1.5)] for x in np.linspace(0, 0.4, 9)))
    assert sheet.hair(portrait, mesh, models)[sheet.lines > 0].mean() > 0.8


def test_at_their_ends_too_strands_run_along_their_lines():
    lines = np.zeros((40, 60), np.float32)
    lines[10:30, 6:54:3] = 1
    ends = strand_ways(lines)[28:32].sum((0, 1))
    assert ends[0] < -0.9 * ends[2]                           # twice the angle of a line that runs down is half a turn


def lean(portrait, mesh, models, aside):
    """How far strands lean, in radians each, where lines run down beside a face, each so far aside at a height."""
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.1, -0.4), (1.2, -0.4), (1.2, 2), (0, 2)])
    y = np.linspace(-0.3, 1.8, 90)
    for x in (0.2, 0.4, 0.6, 0.8):
        sheet.draw(np.stack([x + aside(y, x), y], 1))
    lines, hole = sheet.lines / np.float32(255), sheet.hole > 0
    known = head_of(blank_of(portrait, hole, models), lines, hole, mesh)
    ways = head_ways(portrait.image.astype(np.float32), lines, known)
    return np.arctan(ways[..., 0] / ways[..., 1])[lines > 0]


def test_strands_of_a_shaky_hand_run_smoothly_and_waves_stay(portrait, mesh, models):
    shaken = lean(portrait, mesh, models, lambda y, x: 0.02 * np.sin(2 * np.pi * y / 0.25 + 50 * x))
    waved = lean(portrait, mesh, models, lambda y, x: 0.08 * np.sin(2 * np.pi * y / 0.8))
    assert shaken.std() < 0.12 and waved.std() > 0.25


def test_hair_of_many_strokes_is_as_light_as_that_of_few(portrait, mesh, models):
    light = []
    for count in (3, 9):
        sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.1, -0.4), (0.9, -0.4), (1.1, 2), (0, 2)])
        sheet.draw(*([(x, -0.3), (x + 0.1, 0.8), (x + 0.05, 1.8)] for x in np.linspace(0.15, 0.75, count)))
        drawn = SketchFill(hole=sheet.hole, lines=sheet.lines).apply(portrait, models).image
        inner = cv2.erode(sheet.hair(portrait, mesh, models).astype(np.uint8), np.ones((7, 7))) > 0
        light.append(np.median(rgb_to_lab(drawn[inner])[:, 0]))
    assert abs(light[0] - light[1]) < 3


def test_hair_in_a_colour_asked_for_is_as_light_beside_the_heads_own_as_away_from_it(portrait, mesh, models):
    dark = Portrait(np.round(portrait.image * 0.35).astype(np.uint8))
    sheet = Strands(portrait.image.shape, mesh, CHEEK).cut([(-0.1, -1), (0.9, -1), (1.1, 2), (0, 2)])
    sheet.draw(*([(x, -0.9), (x + 0.1, 0.8), (x + 0.05, 1.8)] for x in (0.15, 0.3, 0.45, 0.6, 0.75)))
    colours = np.zeros((*sheet.hole.shape, 4), np.uint8)
    colours[sheet.lines > 0] = (205, 165, 95, 255)
    drawn = SketchFill(hole=sheet.hole, lines=sheet.lines, colours=colours).apply(dark, models).image
    rows = [int(sheet.at([(0, y)])[0, 1] / 16) for y in (-0.5, 0, 0.9, 1.4)]
    hair = sheet.hair(dark, mesh, models)
    upper, lower = (np.median(rgb_to_lab(drawn[top:end][hair[top:end]])[:, 0]) for top, end in (rows[:2], rows[2:]))
    assert abs(upper - lower) < 8


def test_hair_takes_the_colour_of_strokes_on_it(portrait, long_hair, models):
    colours = np.zeros((*long_hair.hole.shape, 4), np.uint8)
    colours[(long_hair.lines > 0)] = (40, 70, 200, 255)
    drawn = SketchFill(hole=long_hair.hole, lines=long_hair.lines, colours=colours).apply(portrait, models).image
    blue = rgb_to_lab(drawn[cv2.dilate(long_hair.lines, np.ones((9, 9))) > 0])[:, 2]
    assert np.median(blue) < -25


def test_hair_takes_nothing_of_what_is_behind_a_head_and_passed_for_hair(portrait, mesh, long_hair, models):
    lines, hole = long_hair.lines / np.float32(255), long_hair.hole > 0
    hair = hair_of(blank_of(portrait, hole, models), lines, hole, mesh)
    passed = hair.head.seen | (labels_of(portrait, models) == IDS["background"]) & ~hole
    assert passed.sum() > 2 * hair.head.seen.sum()
    colours, inner = np.zeros((*hole.shape, 4), np.uint8), cv2.erode(hair.area.astype(np.uint8), np.ones((7, 7))) > 0
    right, wrong = (np.median(rgb_to_lab(each.on(portrait.image, mesh, colours, models, 0)[inner]), axis=0)
                    for each in (hair, replace(hair, head=replace(hair.head, seen=passed))))
    assert np.abs(right - wrong).max() < 5


def test_a_thin_strip_of_hair_that_is_seen_tells_its_colour(portrait, mesh, models):
    labels = labels_of(portrait, models)
    hair = labels == IDS["hair"]
    deep = cv2.distanceTransform(hair.astype(np.uint8), cv2.DIST_L2, 5)
    strip = np.abs(deep - 0.2 * eye_distance(mesh)) < 0.04 * eye_distance(mesh)
    green = np.where(hair[..., None], portrait.image * np.float32([0.3, 1, 0.3]), portrait.image).astype(np.uint8)
    told, _ = head_look(green, Head(mesh, ~hair, strip, labels == IDS["skin"]))
    usual = rgb_to_lab(np.stack([told.ramp[len(told.ramp) // 2], np.median(green[hair], axis=0)])[None])[0]
    assert np.abs(usual[0] - usual[1]).max() < 10


LINES = {
    "eyes": [[(x + 0.25 * np.cos(t), 0.1 * np.sin(t)) for t in np.linspace(0, 7, 30)] for x in (0, 1)],
    "glasses": [
        *[[(x + 0.4 * np.cos(t), 0.35 * np.sin(t)) for t in np.linspace(0, 7, 30)] for x in (0, 1)],
        [(0.4, 0), (0.6, 0)], [(-0.4, 0), (-0.8, -0.1)], [(1.4, 0), (1.8, -0.1)],
    ],
    "wrinkles": [[(0, y), (0.5, y - 0.04), (1, y)] for y in (-0.5, -0.62, -0.74)],
    "a brim": [[(-1, y), (0.5, y - 0.2), (2, y)] for y in (-0.85, -1.15)],
}  # fmt: skip


@pytest.mark.parametrize("width", [2, 4], ids=["fine", "thick"])
@pytest.mark.parametrize("what", LINES)
def test_other_lines_draw_no_hair(what, width, portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHIN)
    sheet.start = mesh[list(RIGHT_EYE), :2].mean(0)
    sheet.cut([(-1.4, -1.4), (2.4, -1.4), (2.4, 0.6), (-1.4, 0.6)])
    Sheet.draw(sheet, *LINES[what], width=width, kind=cv2.LINE_AA)
    assert not sheet.hair(portrait, mesh, models).any()


def test_wrinkles_on_a_forehead_that_reaches_beyond_the_oval_of_the_face_are_no_hair(portrait, mesh):
    sheet = Strands(portrait.image.shape, mesh, FOREHEAD).cut([(-0.6, -0.35), (0.6, -0.35), (0.6, 0.2), (-0.6, 0.2)])
    Sheet.draw(sheet, *([(-0.45, y), (0, y - 0.03), (0.45, y)] for y in (-0.2, -0.05, 0.1)))
    hole, nothing = sheet.hole > 0, np.zeros(sheet.hole.shape, bool)
    high = np.where(grown(hole, 0.5 * sheet.eyes), ~hole, False)
    lines = sheet.lines / np.float32(255)
    assert not drawn_hair(lines, Head(mesh, hole, nothing, high)).any()
    assert drawn_hair(lines, Head(mesh, hole, high, nothing)).any()                     # strands in hair run so, too


def test_a_drawn_jaw_holds_no_hair_and_strands_on_a_shirt_are_none(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHIN).cut([(-2, -1.5), (2, -1.5), (2, 1.8), (-2, 1.8)])
    jaw = (mesh[list(OVAL), :2] - sheet.start) / sheet.eyes
    sheet.draw(jaw[jaw[:, 1] > -1.6], *([(x, 0.6), (x + 0.1, 1.7)] for x in (-0.4, -0.1, 0.2, 0.5)))
    assert not sheet.hair(portrait, mesh, models).any()


def test_a_neck_between_a_jaw_and_a_collar_is_no_hair(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, CHIN)
    sheet.cut([(1.4 * np.cos(t), 0.5 + 0.6 * np.sin(t)) for t in np.linspace(0, 6, 40)])
    jaw = (mesh[list(OVAL), :2] - sheet.start) / sheet.eyes
    jaw = jaw[jaw[:, 1] > -0.7]
    sides = [[(x, 0.05), (0.95 * x, 0.65), (2 * x, 1.0)] for x in (-0.65, 0.65)]
    sheet.draw(jaw[np.argsort(jaw[:, 0])], *sides, [(-0.6, 0.6), (0, 0.95), (0.6, 0.6)])
    assert not sheet.hair(portrait, mesh, models).any()


def test_edges_of_a_photograph_are_left_to_the_painter(portrait, mesh, models):
    sheet = Strands(portrait.image.shape, mesh, FOREHEAD)
    sheet.hole = cv2.ellipse(sheet.hole, tuple(map(int, sheet.start)), (70, 40), 0, 0, 360, 255, -1)
    sheet.lines = np.where(sheet.hole > 0, lines_of(portrait.image, "xdog", 0.5, models), 0).astype(np.uint8)
    assert (sheet.lines > 127).sum() > 200 and not sheet.hair(portrait, mesh, models).any()


def test_nothing_outside_the_hole_changes_and_nothing_under_it_counts(portrait, long_hair, models):
    step = SketchFill(hole=long_hair.hole, lines=long_hair.lines)
    drawn, other = step.apply(portrait, models).image, portrait.image.copy()
    other[long_hair.hole > 0] = 7
    assert (drawn == portrait.image)[long_hair.hole == 0].all()
    assert (drawn == step.apply(Portrait(other), models).image).all()


# --- hair that nobody drew -----------------------------------------------------------------------------------------

def flat_hole_in_striped_hair(mesh):
    """A picture (H, W, 3) of vertical strands with a flat hole in their middle, its labels, and the head."""
    height, width = 200, 200
    stripes = 70 + 25 * np.sin(np.arange(width) * 1.1)
    picture = np.broadcast_to((stripes[None, :, None] * [1.2, 1.0, 0.8]), (height, width, 3)).astype(np.float32)
    hole = np.zeros((height, width), bool)
    hole[50:150, 50:150] = True
    picture = np.where(hole[..., None], np.float32([84, 70, 56]), picture)
    return picture, np.full(hole.shape, IDS["hair"], np.uint8), Head(mesh, hole, ~hole, np.zeros_like(hole))


def test_hair_that_is_brushed_out_has_strands_like_those_around_and_its_own_light(mesh):
    picture, labels, head = flat_hole_in_striped_hair(mesh)
    out = combed(picture, labels, head, None, 0)
    inner = out[80:120, 80:120] @ LUMA
    across, along = (np.abs(np.diff(inner, axis=axis)).mean() for axis in (1, 0))
    assert across > 2 and across > 2 * along and abs(inner.mean() - 71) < 6
    assert (out[~head.hole] == picture[~head.hole]).all()
    dark = combed(picture - 66, labels, head, None, 0)                 # a filling may be darker than black
    assert np.isfinite(dark).all() and (dark[~head.hole] == picture[~head.hole] - 66).all()


def test_along_a_drawn_line_and_where_no_hair_is_seen_the_filling_stays_as_it_is(mesh):
    picture, labels, head = flat_hole_in_striped_hair(mesh)
    lines = np.zeros(labels.shape, np.float32)
    lines[100, 60:140] = 1
    assert (combed(picture, labels, head, lines, 0)[100, 60:140] == picture[100, 60:140]).all()
    unseen = Head(mesh, head.hole, np.zeros_like(head.hole), head.skin)
    assert combed(picture, labels, unseen, None, 0) is picture


def test_a_filling_that_shows_strands_as_strong_as_those_around_stays_as_it_is(mesh):
    picture, labels, head = flat_hole_in_striped_hair(mesh)
    striped = picture.copy()
    striped[head.hole] = np.roll(picture, 100, axis=1)[head.hole]
    assert np.abs(combed(striped, labels, head, None, 0) - striped)[80:120, 80:120].mean() < 1
