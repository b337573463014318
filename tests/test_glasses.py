"""Glasses are found, stay whole and in place under every edit, come off when they are painted away; and are learned."""

import functools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from checkpoints.data import TrainingFace
from checkpoints.glasses_parser.drawn import Plane, draw_glasses
from checkpoints.glasses_parser.examples import KEPT, crop_of, example
from checkpoints.glasses_parser.train import Lesson, Recipe
from checkpoints.glasses_parser.worn import WORN
from checkpoints.label_painter.edits import EDITS
from checkpoints.training import Plan
from editors.attributes.step import ShiftAttributes
from editors.bare import put_on, taken_off
from editors.canvas import reduced
from editors.colours import rgb_to_lab
from editors.faces import mesh_of
from editors.glasses import HELD, glasses_of
from editors.labels import IDS
from editors.networks.glasses_parser import DARK, FRAME, LAYERS, LENS, NOTHING, SIZE
from editors.parsing import head_labels_of, labels_of
from editors.portrait import Portrait
from editors.semantic.parts import eye_line
from editors.semantic.shapes import placed, removed
from editors.semantic.step import MaskEdit
from editors.turned_glasses import moved_back

SMALL = Recipe(widths=(8, 8, 8, 8), rate=1e-2)
ROUND, THIN, SHADES, TINTED = 38, 8, 11, 32
"""Seeds that draw round glasses with a thick frame, wires, dark ones, and green ones."""
ARMS = (1, 15, 37)
"""Others, whose arms lie over hair."""


@pytest.fixture(scope="module")
def mesh(portrait, models):
    return mesh_of(portrait, models)


@pytest.fixture(scope="module")
def plane(models):
    return Plane.of(models.get("face_shape").mean_mesh)


def wearing(portrait, mesh, plane, seed):
    """The portrait with glasses drawn before its face, and what each pixel is part of."""
    x0, y0 = np.floor(mesh[:, :2].min(0)).astype(int) - 30
    x1, y1 = np.ceil(mesh[:, :2].max(0)).astype(int) + 30
    window = portrait.image[y0:y1, x0:x1] / 255
    drawn, parts = draw_glasses(window, mesh[:468, :2] - (x0, y0), plane, np.random.default_rng(seed))
    image, whole = portrait.image.copy(), np.zeros(portrait.image.shape[:2], np.uint8)
    image[y0:y1, x0:x1], whole[y0:y1, x0:x1] = (drawn.clip(0, 1) * 255).astype(np.uint8), parts
    return Portrait(image), whole


@pytest.fixture(scope="module")
def wearer(portrait, mesh, plane):
    """Who wears the glasses of a seed, with what was found in the picture so far."""
    return functools.cache(lambda seed: wearing(portrait, mesh, plane, seed))


@pytest.fixture(scope="module")
def worn(wearer):
    return wearer(ROUND)


def frame_of(portrait, models):
    """bool (H, W): what is surely frame or dark lens."""
    glasses = glasses_of(portrait, models)
    frame, (x0, y0, x1, y1) = np.zeros(portrait.image.shape[:2], bool), glasses.box
    frame[y0:y1, x0:x1] = glasses.cover > 0.95
    return frame


# --- found -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", [ROUND, THIN, SHADES])
def test_glasses_are_found_where_they_are(wearer, models, seed):
    wears, parts = wearer(seed)
    found = labels_of(wears, models) == IDS["eyeglasses"]
    hides = (parts == FRAME) | (parts == DARK)
    hides &= ~np.isin(labels_of(wears, models), [IDS["left eye"], IDS["right eye"]])
    near = cv2.dilate(hides.astype(np.uint8), np.ones((7, 7))) > 0
    assert (found & hides).sum() > 0.6 * hides.sum() and (found & near).sum() > 0.9 * found.sum()
    assert glasses_of(wears, models).dark == (parts == DARK).any()
    assert all((labels_of(wears, models) == IDS[eye]).any() for eye in ("left eye", "right eye"))


@pytest.mark.parametrize("light", [1, 0.2])
def test_who_wears_none_has_none(portrait, models, light):
    bare = Portrait((portrait.image * light).astype(np.uint8))
    assert glasses_of(bare, models) is None and taken_off(bare, models) is bare
    assert not (labels_of(bare, models) == IDS["eyeglasses"]).any()
    assert put_on(bare.image, bare, models) is bare.image


def test_glasses_painted_by_masks_are_glasses_to_the_next_edit(portrait, models):
    labels = labels_of(portrait, models)
    image = MaskEdit(labels=placed(labels, "glasses", "square"), original=labels).apply(portrait, models).image
    assert (labels_of(Portrait(image), models) == IDS["eyeglasses"]).any()


# --- off and on again ------------------------------------------------------------------------------------------------

def test_a_face_without_its_glasses_is_the_photograph_beside_them_and_looks_like_one_who_wears_none(
    portrait, worn, models
):
    wears, _ = worn
    bare, (x0, y0, x1, y1) = taken_off(wears, models), glasses_of(wears, models).box
    same = (bare.image == wears.image).all(2)
    same[y0:y1, x0:x1] = True
    assert same.all()
    frame = frame_of(wears, models)
    away, was = (np.abs(image[frame].astype(int) - portrait.image[frame]).mean() for image in (bare.image, wears.image))
    assert away < 0.35 * was
    assert not (head_labels_of(wears, models)[0] == IDS["eyeglasses"]).any()


def test_dark_glasses_wider_than_their_box_are_put_on_again_to_the_bit(wearer, mesh, models):
    wears, _ = wearer(SHADES)
    whole = glasses_of(wears, models)
    cut = int(np.nonzero((whole.cover > 0).any(0))[0][0]) + 8
    x0, *rest = whole.box
    narrow = replace(whole, box=(x0 + cut, *rest), cover=whole.cover[:, cut:], lenses=whole.lenses[:, cut:])
    wears = wears.with_image(wears.image, mesh=mesh, glasses=narrow)
    assert np.array_equal(put_on(taken_off(wears, models).image, wears, models), wears.image)


def test_a_face_without_tinted_glasses_has_no_tint(wearer, portrait, models):
    wears, parts = wearer(TINTED)
    lens = cv2.erode((parts == LENS).astype(np.uint8), np.ones((5, 5))) > 0
    pictures = (each.image[lens] for each in (portrait, wears, taken_off(wears, models)))
    true, was, now = (rgb_to_lab(picture)[:, 1:].mean(0) for picture in pictures)
    assert np.linalg.norm(now - true) < 0.5 * np.linalg.norm(was - true)


def test_glasses_put_on_again_give_the_photograph_to_the_bit(worn, models):
    wears, _ = worn
    bare = taken_off(wears, models)
    mesh = mesh_of(wears, models)
    assert np.array_equal(put_on(bare.image, wears, models), wears.image)
    assert np.array_equal(put_on(bare.image, wears, models, mesh), wears.image)


def test_glasses_that_do_not_move_lie_where_they_did(worn, models):
    wears, _ = worn
    glasses, head = glasses_of(wears, models), models.get("face_shape").mean_mesh[list(HELD)]
    where = moved_back(glasses, glasses.held + [7, -4], head, glasses.box)
    x0, y0, x1, y1 = glasses.box
    still = np.stack(np.meshgrid(np.arange(x0, x1), np.arange(y0, y1)), -1) - [7, -4]
    shown = where[..., 0] > -1e3
    assert shown.mean() > 0.9 and np.abs(where - still)[shown].max() < 0.05


def test_the_arm_behind_the_far_side_of_a_turned_head_is_hidden(worn, models):
    wears, _ = worn
    glasses, head = glasses_of(wears, models), models.get("face_shape").mean_mesh[list(HELD)]
    x0, y0, x1, y1 = glasses.box
    centre, turn = glasses.held.mean(0), np.deg2rad(30)
    scale = np.linalg.norm(glasses.held[3] - glasses.held[0]) / np.linalg.norm(head[3, :2] - head[0, :2])
    turned = glasses.held.copy()
    turned[:, 0] = centre[0] + (turned[:, 0] - centre[0]) * np.cos(turn) - head[:, 2] * scale * np.sin(turn)
    hidden = moved_back(glasses, turned, head, (x0, y0, x1, y1))[..., 0] < -1e3
    sides = hidden[:, : (x1 - x0) // 4].mean(), hidden[:, -(x1 - x0) // 4 :].mean()
    assert max(sides) > 0.2 and min(sides) < 0.05


# --- under edits -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("amounts", [{"age": -2}, {"brows_raised": 2}, {"skin_light": 2}, {"eyes_open": 2}], ids=str)
def test_edits_of_the_face_leave_the_frame_as_it_is(worn, models, amounts):
    wears, _ = worn
    frame, edited = frame_of(wears, models), ShiftAttributes(amounts=amounts).apply(wears, models).image
    change = np.abs(edited.astype(int) - wears.image).mean(2)
    assert np.percentile(change[frame], 90) < 10
    assert change[~frame].max() > 40                                         # while the face is edited


def test_a_preview_keeps_the_frame_too(worn, models):
    wears, _ = worn
    small = reduced(wears, 320, models)
    edited = ShiftAttributes(amounts={"age": -2}).quick(small, models).image
    change = np.abs(edited.astype(int) - small.image).mean(2)
    assert np.percentile(change[frame_of(small, models)], 90) < 10


def test_a_turned_head_keeps_its_glasses(worn, models):
    wears, _ = worn
    turned = Portrait(ShiftAttributes(amounts={"yaw": 1}).apply(wears, models).image)
    before, after = (frame_of(each, models).sum() for each in (wears, turned))
    assert 0.7 < after / before < 1.3


def test_labels_painted_beside_glasses_leave_them_on(worn, models):
    wears, _ = worn
    labels = labels_of(wears, models)
    painted = placed(labels, "lips", "full")
    edited = MaskEdit(labels=painted, original=labels).apply(wears, models).image
    assert not np.array_equal(edited, wears.image)
    frame = frame_of(wears, models)
    assert np.array_equal(edited[frame], wears.image[frame])


@pytest.mark.parametrize("seed", [ROUND, SHADES, *ARMS])
@pytest.mark.parametrize("edit", ["brows raised by .12", "hair to bald"])
def test_what_glasses_hide_of_a_change_moves_nothing_far_from_what_shows_of_it(wearer, models, seed, edit):
    wears, _ = wearer(seed)
    labels = labels_of(wears, models)
    step = MaskEdit(labels=EDITS[edit][0](labels), original=labels)
    edited = step.apply(wears, models).image
    away = cv2.distanceTransform((labels == step.labels).astype(np.uint8), cv2.DIST_L2, 5)
    far = away > step.feather * eye_line(labels)[2] * 1.02 + 1
    assert far.any() and np.array_equal(edited[far], wears.image[far])


@pytest.mark.parametrize("seed", [ROUND, THIN, SHADES])
def test_glasses_painted_away_come_off(wearer, models, seed):
    wears, _ = wearer(seed)
    labels = labels_of(wears, models)
    edited = MaskEdit(labels=removed(labels, "eyeglasses"), original=labels).apply(wears, models)
    assert np.array_equal(edited.image, taken_off(wears, models).image)
    assert glasses_of(Portrait(edited.image), models) is None


def test_behind_dark_glasses_are_likely_eyes(wearer, models):
    wears, _ = wearer(SHADES)
    labels = labels_of(wears, models)
    edited = MaskEdit(labels=removed(labels, "eyeglasses"), original=labels).apply(wears, models)
    assert glasses_of(Portrait(edited.image), models) is None
    eyes = np.isin(labels, [IDS["left eye"], IDS["right eye"]])
    drawn, lens = (image[eyes].mean(1).std() for image in (edited.image, wears.image))
    assert drawn > 25 > 2 * lens


@pytest.mark.parametrize("seed", [ROUND, THIN, SHADES])
def test_other_glasses_take_the_place_of_those_that_were_worn(wearer, models, seed):
    wears, _ = wearer(seed)
    labels = labels_of(wears, models)
    other = placed(labels, "glasses", "square")
    edited = MaskEdit(labels=other, original=labels).apply(wears, models).image
    gone = frame_of(wears, models) & (other != IDS["eyeglasses"])
    assert gone.sum() > 50
    bare = taken_off(wears, models).image
    assert np.abs(edited[gone].astype(int) - bare[gone]).mean() < 25
    assert glasses_of(Portrait(edited), models) is not None


# --- learned ---------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def crop(portrait, mesh):
    return crop_of(TrainingFace(1, False, portrait.image, mesh))


def test_drawn_glasses_change_the_picture_where_they_say_they_are(crop, plane):
    light = crop.picture.astype(np.float64) / 255
    kinds = set()
    for seed in range(30):
        drawn, parts = draw_glasses(light, crop.points, plane, np.random.default_rng(seed))
        assert parts.shape == KEPT[::-1] and np.isfinite(drawn).all()
        kinds |= set(np.unique(parts))
        assert (parts[:, : KEPT[0] // 2] > 0).any() and (parts[:, KEPT[0] // 2 :] > 0).any()
        away = np.abs(drawn - light).max(2)
        if (parts == DARK).any():
            assert away[parts == DARK].mean() > 0.05
    assert kinds == {NOTHING, FRAME, LENS, DARK}


def test_examples_show_glasses_or_none_and_never_those_kept_for_choosing_and_reporting(crop, plane):
    chance = np.random.default_rng(1)
    for wears in (True, False) * 4:
        layers, parts, counts = example(crop, plane, chance, wears)
        assert layers.shape == (LAYERS, SIZE[1], SIZE[0]) and layers.dtype == np.float32 and np.isfinite(layers).all()
        assert parts.shape == counts.shape == SIZE[::-1] and counts.min() > 0
        assert (parts > 0).any() == wears
    assert not any(number % 5 == 0 for number in WORN)


def test_training_learns_and_goes_on_from_its_state(crop, plane, tmp_path):
    lesson, plan = Lesson([crop], plane, SMALL), Plan(batch=4)
    training = lesson.begin(0)
    losses = [float(lesson.step(training, plan)["loss"].detach()) for _ in range(14)]
    assert np.mean(losses[-3:]) < 0.8 * losses[0]
    training.save(tmp_path / "state.pt")
    again = lesson.begin(1)
    again.load(tmp_path / "state.pt")
    assert float(lesson.step(training, plan)["loss"].detach()) == float(lesson.step(again, plan)["loss"].detach())
