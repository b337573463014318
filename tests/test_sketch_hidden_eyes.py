"""Eyes brushed out and not drawn are sharp: as the other one is where it is seen, or else open as they usually are."""

import cv2
import numpy as np
import pytest

from editors.areas import within_hull
from editors.focus import sharpness_of
from editors.mesh_points import LEFT_EYE, RIGHT_EYE
from editors.portrait import Portrait
from editors.sketch.hiddeneyes import eyes_untold, usual_eye, within
from editors.sketch.paint import Drawing
from editors.sketch.step import SketchFill

from .sheets import face_enlarged
from .test_sketch_shut import LARGER, Eyes, arc

portrait, mesh = face_enlarged(LARGER)


def filled(portrait, models, eyes, **settings):
    return SketchFill(hole=eyes.hole, **settings).apply(portrait, models).image


def around(middle, wide, shape):
    return cv2.ellipse(np.zeros(shape[:2], np.uint8), (tuple(map(float, middle)), (wide, 0.5 * wide), 0.0), 1, -1) > 0


def test_eyes_brushed_out_without_lines_are_about_as_sharp_as_those_of_the_photograph(portrait, mesh, models):
    eyes = Eyes(portrait, mesh)
    drawn = filled(portrait, models, eyes)
    for middle in eyes.middles:
        there = around(middle, eyes.wide, drawn.shape)
        assert sharpness_of(drawn, there) > 0.35 * sharpness_of(portrait.image, there)


@pytest.mark.parametrize("hidden, seen", [(RIGHT_EYE, LEFT_EYE), (LEFT_EYE, RIGHT_EYE)])
def test_one_eye_brushed_out_is_the_mirror_image_of_the_other(hidden, seen, portrait, mesh, models):
    eyes = Eyes(portrait, mesh, (hidden,))
    drawn, wide = filled(portrait, models, eyes).astype(np.float32), round(0.6 * eyes.wide)
    (x, y), (u, v) = (np.round(mesh[list(each), :2].mean(0)).astype(int) for each in (hidden, seen))
    here, there = (picture.mean(2)[b - wide // 2 : b + wide // 2 + 1, a - wide : a + wide + 1]
                   for picture, a, b in ((drawn, x, y), (portrait.image, u, v)))
    best = cv2.matchTemplate(np.float32(here), np.ascontiguousarray(there[8:-8, ::-1][:, 8:-8], np.float32),
                             cv2.TM_CCOEFF_NORMED).max()
    assert best > 0.9


@pytest.mark.parametrize("aside", [-0.2, 0.2])
def test_beside_an_eye_that_looks_aside_the_mirrored_one_hardly_looks_the_other_way(aside, portrait, mesh, models):
    image, eyes = portrait.image.copy(), Eyes(portrait, mesh, (RIGHT_EYE,))
    lids, own = (mesh[list(each), :2] for each in (LEFT_EYE, RIGHT_EYE))
    iris = lids.mean(0) + [aside * np.ptp(lids[:, 0]), 0]
    white = within_hull(lids, image.shape[:2])
    ball = cv2.circle(np.full_like(image, 225), tuple(np.round(iris).astype(int)), round(0.18 * np.ptp(lids[:, 0])),
                      (40, 28, 22), -1)
    image[white] = ball[white]
    drawn = filled(Portrait(image), models, eyes).mean(2)
    y, x = np.nonzero(within_hull(own.mean(0) + 0.8 * (own - own.mean(0)), drawn.shape))
    dark = drawn[y, x] < np.quantile(drawn[y, x], 0.25)
    assert np.sign(aside) * (x[dark].mean() - own[:, 0].mean()) > -0.08 * np.ptp(own[:, 0])


def test_no_eye_glares_that_is_like_one_in_a_shadow(portrait, mesh, models):
    image, eyes = portrait.image.copy(), Eyes(portrait, mesh, (RIGHT_EYE,))
    there, seen = (within_hull(mesh[list(each), :2], image.shape[:2]) for each in (RIGHT_EYE, LEFT_EYE))
    image[:, round(float(mesh[6, 0])):] //= 6
    image[seen] = portrait.image[seen]
    drawn = filled(Portrait(image), models, eyes)
    assert np.quantile(drawn[there], 0.95) < np.quantile(portrait.image[there], 0.95) + 20
    lid = cv2.dilate(there.astype(np.uint8), np.ones((15, 15))) > 0
    assert np.median(drawn[lid & ~there]) > 0.7 * np.median(portrait.image[lid & ~there])


def test_an_eye_beside_one_that_is_drawn_shut_is_open(portrait, mesh, models):
    eyes = Eyes(portrait, mesh)
    eyes.middles, others = eyes.middles[:1], eyes.middles[1:]
    drawn = eyes.draw(arc()).filled(portrait, models)
    there = around(others[0], eyes.wide, drawn.shape)
    assert sharpness_of(drawn, there) > 0.35 * sharpness_of(portrait.image, there)


def test_other_seeds_give_other_eyes(mesh):
    eyes = [usual_eye(mesh, LEFT_EYE, np.zeros((9, 9), np.float32), seed) for seed in (0, 0, 1, 2, 3)]
    assert (eyes[0].lids == eyes[1].lids).all() and eyes[0].colour == eyes[1].colour
    assert len({eye.colour for eye in eyes}) > 2 and len({float(np.ptp(eye.lids[..., 1])) for eye in eyes}) == 4


def test_eyes_that_nobody_drew_take_the_colour_of_strokes_on_them(portrait, mesh, models):
    eyes = Eyes(portrait, mesh)
    colours = np.zeros((*eyes.hole.shape, 4), np.uint8)
    for middle in eyes.middles:
        cv2.circle(colours, tuple(map(int, middle)), int(0.2 * eyes.wide), (60, 110, 200, 255), -1)
    drawn = cv2.blur(filled(portrait, models, eyes, colours=colours), (5, 5)).astype(int)
    for middle in eyes.middles:
        bluer = (drawn[..., 2] - drawn[..., 0])[around(middle, eyes.wide, drawn.shape)]
        assert bluer.max() > 30 and (bluer > 20).mean() < 0.3                            # the iris, not the skin


def test_eyes_are_looked_for_in_the_hole_that_hides_them(mesh):
    hole, wide = np.zeros((640, 640), bool), np.linalg.norm(mesh[RIGHT_EYE[0], :2] - mesh[RIGHT_EYE[8], :2])
    for lids in (RIGHT_EYE, LEFT_EYE):
        x, y = mesh[list(lids), :2].mean(0)
        cv2.ellipse(hole.view(np.uint8), ((x, y + 0.45 * wide), (1.8 * wide, 1.2 * wide), 0.0), 1, -1)
    assert (within(mesh, [RIGHT_EYE, LEFT_EYE], np.ones_like(hole)) == mesh).all()
    moved = within(mesh, [RIGHT_EYE, LEFT_EYE], hole) - mesh
    assert np.ptp(moved, 0).max() < 1e-6 and abs(moved[0, 0]) < 0.05 * wide and 0.02 * wide < moved[0, 1] < 0.3 * wide


def test_in_a_small_photograph_eyes_are_left_to_the_painter_who_draws_them_as_sharp(portrait, mesh):
    for size, found in ((1, 2), (0.25, 0)):
        eyes = Eyes(portrait, mesh)
        hole = cv2.resize(eyes.hole, None, fx=size, fy=size, interpolation=cv2.INTER_NEAREST) > 0
        nothing = Drawing(hole, np.zeros(hole.shape, np.float32), np.zeros((*hole.shape, 4), np.uint8))
        assert len(eyes_untold(nothing, mesh * size, [])[0]) == found


def test_a_brush_over_brows_that_hides_lids_brushes_no_eyes_out(portrait, mesh):
    shape, wide = portrait.image.shape[:2], np.linalg.norm(mesh[RIGHT_EYE[0], :2] - mesh[RIGHT_EYE[8], :2])
    for down, found in ((0, 2), (-0.45, 0)):
        hole = np.zeros(shape, np.uint8)
        for lids in (RIGHT_EYE, LEFT_EYE):
            x, y = mesh[list(lids), :2].mean(0)
            cv2.ellipse(hole, ((x, y + down * wide), (1.8 * wide, 0.95 * wide), 0.0), 1, -1)
        nothing = Drawing(hole > 0, np.zeros(shape, np.float32), np.zeros((*shape, 4), np.uint8))
        assert len(eyes_untold(nothing, mesh, [])[0]) == found
