"""Lines alone become a portrait: a face with hair, neck and clothes on a plain wall, each where it is drawn."""

import cv2
import numpy as np
import pytest

from editors.areas import within_ring
from editors.colours import rgb_to_lab
from editors.faces import eye_distance, find_faces, mesh_of
from editors.labels import IDS
from editors.mesh_points import CHIN, LEFT_EYE, LIPS_OUTER, OVAL, RIGHT_EYE
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.sketch import fill as filling
from editors.sketch.doodle import eyes_and_mouth, mesh_by_lines
from editors.sketch.fill import canvas
from editors.sketch.outlines import Axes, body, curve, mesh_on_jaw
from editors.sketch.parts import HAIR, Hair, hair_in, labels_by_lines, usual_parts
from editors.sketch.step import SketchFill
from editors.sketch.surroundings import slope_across
from editors.sketch.whiskerlines import drawn_whiskers

SIDE = 320
OUTLINE = [(0, -1.3), (0.55, -1.2), (0.9, -0.75), (1, -0.1), (0.88, 0.55), (0.5, 1.15), (0, 1.38)]
CAP = [(1.02, -0.1), (1.25, -0.6), (1.1, -1.35), (0.5, -1.75), (0, -1.82)]
HAIRLINE = [(1.0, -0.2), (0.8, -0.75), (0.4, -0.98), (0, -1.0)]


class Sheet:
    """A sheet with the lines of a face whose half width is a length of 1 around a middle between its eyes."""

    def __init__(self, middle: tuple[float, float] = (160, 170), half: float = 62, side: int = SIDE):
        self.middle, self.half, self.lines = middle, half, np.zeros((side, side), np.uint8)
        self.line([*OUTLINE, *((-x, y) for x, y in OUTLINE[-2::-1])])
        for eye in (-0.42, 0.42):
            self.line([(eye - 0.2, 0), (eye, -0.1), (eye + 0.2, 0), (eye, 0.08), (eye - 0.2, 0)])
            self.line([(eye - 0.06, 0), (eye, -0.06), (eye + 0.06, 0), (eye, 0.06), (eye - 0.06, 0)])
            self.line([(eye - 0.24, -0.22), (eye, -0.3), (eye + 0.24, -0.22)])
        self.line([(0, 0.05), (-0.04, 0.42), (-0.14, 0.52), (0, 0.58), (0.14, 0.52)])
        self.line([(-0.34, 0.78), (0, 0.84), (0.34, 0.78), (0, 0.98), (-0.34, 0.78)])

    def pixels(self, points: list[tuple[float, float]]) -> np.ndarray:
        return np.round(16 * (np.array(self.middle) + self.half * curve(points))).astype(np.int32)

    def line(self, points: list[tuple[float, float]]) -> "Sheet":
        cv2.polylines(self.lines, [self.pixels(points)], False, 255, 3, cv2.LINE_AA, 4)
        return self

    def both(self, points: list[tuple[float, float]]) -> "Sheet":
        return self.line([*points, *((-x, y) for x, y in points[-2::-1])])

    def sides(self, points: list[tuple[float, float]]) -> "Sheet":
        return self.line(points).line([(-x, y) for x, y in points])

    def axes(self, models) -> Axes:
        mesh = mesh_by_lines(self.lines / np.float32(255), models.get("face_shape"))
        return Axes(mesh_on_jaw(mesh, self.lines / np.float32(255)))


def drawn(lines: np.ndarray, models, **settings) -> np.ndarray:
    return SketchFill(lines=lines, **settings).apply(canvas(*lines.shape), models).image


@pytest.fixture(scope="module")
def plain(models):
    return drawn(Sheet().lines, models)


def test_a_face_drawn_alone_gets_hair_a_neck_and_clothes(plain, models):
    labels = labels_of(Portrait(plain), models)
    eyes = eye_distance(mesh_of(Portrait(plain), models))
    for name, least in (("hair", 1.0), ("neck", 0.7), ("cloth", 0.4), ("background", 10)):
        assert (labels == IDS[name]).sum() > least * eyes**2, name


def test_the_wall_behind_a_face_is_plain_and_shows_no_rings(plain):
    wall = plain[:100, :60].astype(np.float32)
    soft = cv2.GaussianBlur(wall, (0, 0), 3)
    assert np.abs(np.diff(soft, axis=0)).max() < 2.5 and np.ptp(soft.reshape(-1, 3), axis=0).max() < 40
    assert plain[:100, -60:].mean() == pytest.approx(wall.mean(), abs=6)


def test_seeds_are_other_people_and_each_comes_again(plain, models):
    lines, colours = Sheet().both(CAP).both(HAIRLINE).lines, []
    hair = tuple(slice(at - 4, at + 5) for at in (170 - 85, 160))
    for seed in (1, 2, 5):
        image = drawn(lines, models, seed=seed)
        assert len(find_faces(image, models)) == 1
        colours.append(rgb_to_lab(image[hair].reshape(-1, 3).mean(0)))
    apart = [np.linalg.norm(one - other) for one in colours for other in colours if one is not other]
    assert max(apart) > 12
    assert (drawn(lines, models, seed=5) == image).all()


def test_hair_is_where_its_outline_is_drawn_and_skin_below_the_hairline(models):
    sheet = Sheet().both(CAP).both(HAIRLINE)
    axes, lines = sheet.axes(models), sheet.lines / np.float32(255)
    labels, behind = labels_by_lines(lines, axes, hair_in(lines, axes), "cropped", 0.0)
    ring = [*CAP, *((-x, y) for x, y in CAP[-2::-1])], [*HAIRLINE, *((-x, y) for x, y in HAIRLINE[-2::-1])]
    wanted = cv2.fillPoly(np.zeros_like(sheet.lines), [np.vstack([sheet.pixels(ring[0]), sheet.pixels(ring[1])[::-1]])],
                          1, cv2.LINE_8, 4) > 0
    hair = labels == IDS["hair"]
    assert (hair & wanted).sum() > 0.9 * (hair | wanted).sum()
    assert (labels[115:125, 140:180] == IDS["skin"]).all() and not (behind == IDS["hair"]).any()


def test_the_outline_of_a_head_alone_leaves_the_way_hair_is_worn_to_the_seed(models):
    sheet = Sheet()
    axes, lines = sheet.axes(models), sheet.lines / np.float32(255)
    hair = hair_in(lines, axes)
    assert not hair.area.any()
    cropped, long = (labels_by_lines(lines, axes, hair, style, 0.0)[0] == IDS["hair"] for style in ("cropped", "long"))
    assert cropped[: round(sheet.middle[1])].any() and not cropped[230:].any() and long[230:].sum() > 500
    assert not long[230:, 150:170].any(), "no hair before the throat"


def test_strands_are_followed(models):
    sheet = Sheet()
    for x in np.linspace(-0.85, 0.85, 9):
        sheet.line([(0.6 * x, -1.7 + 0.1 * abs(x)), (0.9 * x, -1.2), (1.05 * x, -0.7), (1.1 * x, -0.42)])
    axes, lines = sheet.axes(models), sheet.lines / np.float32(255)
    hair = hair_in(lines, axes)
    assert hair.area[110, 130:190].all() and (hair.strands > 0.5).sum() > 1000
    found = [cv2.dilate(slope_across(drawn(each, models), lines), np.ones((5, 5)))[hair.strands > 0.5] > 4
             for each in (sheet.lines, Sheet().both(CAP).lines)]
    assert found[0].mean() > 0.75 > 0.65 > found[1].mean(), [each.mean() for each in found]


def test_drawn_ears_and_a_collar_are_no_hair(models):
    sheet = Sheet().both(CAP).both(HAIRLINE)
    sheet.sides([(1.0, -0.15), (1.2, -0.2), (1.22, 0.2), (1.08, 0.5), (0.93, 0.4)])
    sheet.sides([(0.5, 1.15), (0.5, 1.6), (0.7, 1.8)]).both([(0.7, 1.8), (0.3, 2.1), (0, 2.2)])
    axes, lines = sheet.axes(models), sheet.lines / np.float32(255)
    area = hair_in(lines, axes).area
    assert area.any() and not area[170 + round(1.2 * 62):].any() and not area[165:185, 160 + 67 : 160 + 72].any()


def test_shoulders_are_where_they_are_drawn(models):
    sheet = Sheet((160, 110), 45)
    axes = sheet.axes(models)
    usual = body(axes, sheet.lines / np.float32(255))
    sheet.sides([(0.6, 1.2), (0.62, 1.75), (1.1, 2.1), (2.2, 2.35), (2.7, 2.9), (2.9, 4.5)])
    ring = axes.below(body(axes, sheet.lines / np.float32(255)))
    shoulder = np.array(sheet.middle) + 45 * np.array([2.2, 2.35])
    away = [np.linalg.norm(points - shoulder, axis=1).min() for points in (ring, axes.below(usual))]
    assert away[0] < 6 < away[1]


def test_a_doodle_has_its_eyes_and_mouth_where_they_are_drawn(models):
    lines = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(lines, (160, 160), (95, 100), 0, 0, 360, 255, 4, cv2.LINE_AA)
    for x in (125, 197):
        cv2.circle(lines, (x, 135), 6, 255, -1, cv2.LINE_AA)
    cv2.ellipse(lines, (160, 180), (42, 28), 0, 20, 160, 255, 4, cv2.LINE_AA)
    cv2.line(lines, (160, 261), (160, 319), 255, 4)
    cv2.line(lines, (20, 290), (300, 290), 255, 4)
    eyes = eyes_and_mouth(lines / np.float32(255))
    assert np.allclose(eyes[0], (125, 135), atol=1) and np.allclose(eyes[1], (197, 135), atol=1)
    mesh = mesh_of(Portrait(drawn(lines, models)), models)
    for points, there in ((RIGHT_EYE, (125, 135)), (LEFT_EYE, (197, 135)), (LIPS_OUTER, (160, 200))):
        assert np.linalg.norm(mesh[list(points), :2].mean(0) - there) < 0.25 * 72


def test_a_chin_moves_to_its_line_and_eyes_stay(models):
    shape, lines = models.get("face_shape"), np.zeros((SIDE, SIDE), np.float32)
    mesh = mesh_by_lines(lines, shape)
    ring = mesh[list(OVAL), :2]
    wide = ring.mean(0) + 1.15 * (ring - ring.mean(0))
    cv2.polylines(lines, [np.round(wide * 16).astype(np.int32)], True, 1.0, 3, cv2.LINE_AA, 4)
    moved = mesh_on_jaw(mesh, lines)
    assert np.linalg.norm(moved[CHIN, :2] - wide[list(OVAL).index(CHIN)]) < 3
    eyes = list(RIGHT_EYE + LEFT_EYE)
    assert np.abs(moved[eyes] - mesh[eyes]).max() < 1 and mesh_on_jaw(mesh, np.zeros_like(lines)) is mesh


def test_hair_and_wall_take_the_colours_of_strokes(models):
    sheet = Sheet().both(CAP).both(HAIRLINE)
    colours = np.zeros((SIDE, SIDE, 4), np.uint8)
    colours[76:84, 140:180], colours[20:60, 36:46] = (200, 60, 160, 255), (230, 200, 120, 255)
    image = drawn(sheet.lines, models, colours=colours)
    for place, asked in ((np.s_[92:102, 200:215], (200, 60, 160)), (np.s_[20:60, 250:300], (230, 200, 120))):
        seen, wanted = rgb_to_lab(image[place].reshape(-1, 3).mean(0)), rgb_to_lab(np.array(asked))
        assert np.linalg.norm((seen - wanted)[1:]) < 14, place
    under, beside = (image[place].reshape(-1, 3).mean(0) for place in (np.s_[26:54, 38:44], np.s_[26:54, 50:56]))
    assert np.abs(under - beside).max() < 5, "no stroke is seen on the wall"


@pytest.mark.parametrize(("middle", "half"), [((70, 80), 30), ((160, 110), 120), ((300, 160), 70)],
                         ids=["small in a corner", "cut by the border", "half outside"])
def test_a_head_anywhere_on_the_sheet_is_painted(middle, half, models):
    image = drawn(Sheet(middle, half).lines, models)
    assert image.shape == (SIDE, SIDE, 3) and image.std() > 10
    if middle[0] < 200:
        assert len(find_faces(image, models)) == 1


def test_a_large_sheet_is_painted_smaller(plain, models, monkeypatch):
    monkeypatch.setattr(filling, "MOST", 240**2)
    image = drawn(Sheet().lines, models)
    assert image.shape == plain.shape and not (image == plain).all()
    assert np.abs(cv2.GaussianBlur(image, (0, 0), 6).astype(int) - cv2.GaussianBlur(plain, (0, 0), 6)).mean() < 12


def test_lines_alone_need_the_model_that_knows_how_heads_are_coloured(models):
    hole = np.zeros((SIDE, SIDE), np.uint8)
    assert "label_painter" in SketchFill(lines=hole).models_needed()
    assert "label_painter" not in SketchFill(lines=hole, hole=hole).models_needed()


@pytest.mark.parametrize("pen", [9, 15])
def test_a_thick_pen_grows_no_beard(pen, models):
    sheet = Sheet()
    lines = cv2.dilate(sheet.lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pen, pen)))
    assert not drawn_whiskers(lines / np.float32(255), sheet.axes(models).mesh.astype(float)).any()


def test_hair_drawn_on_a_forehead_alone_leaves_no_crown_bald(models):
    axes, wide = (sheet := Sheet()).axes(models), 0.8
    corners = [(axes.centre + x, y) for x, y in ((-wide, axes.top - 0.05), (wide, axes.top - 0.05),
                                                 (wide, axes.top + 0.3), (-wide, axes.top + 0.3))]
    fringe, nothing = within_ring(axes.pixels(np.array(corners)), sheet.lines.shape), np.zeros(sheet.lines.shape, bool)
    usual, _ = usual_parts(sheet.lines / np.float32(255), axes, Hair(fringe, nothing, nothing), "short", 0.0)
    x, y = (int(v) for v in axes.pixels(np.array([[axes.centre, (axes.top + axes.crown) / 2]]))[0])
    assert usual[y, x] == HAIR


def test_hatching_on_a_face_is_seen(models):
    sheet = Sheet((256, 250), 90, 512)
    strokes = np.zeros_like(sheet.lines)
    for x in np.linspace(-0.5, 0.5, 13):
        ends = np.array([(x, 1.05 - 0.1 * abs(x)), (x, 1.28 - 0.4 * abs(x))])
        points = np.round(16 * (np.array(sheet.middle) + 90 * ends))
        cv2.polylines(strokes, [points.astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    light = drawn(np.maximum(sheet.lines, strokes), models).mean(2)
    beside = (cv2.dilate(strokes, np.ones((3, 7))) > 0) & (cv2.dilate(strokes, np.ones((3, 3))) == 0)
    assert light[beside].mean() - light[strokes > 200].mean() > 8
