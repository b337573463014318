"""What a beard promises: hairs that stay where they stand, on bare skin, in the colour of the face's own."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.attributes.directions import directions_of, edit_of
from editors.beard import BROWN, FLESH, GROWS, LENGTH, STUBBLE, colour_of, curves_of, hairs_of
from editors.canvas import canvas_of
from editors.carry import carry
from editors.faces import eye_distance, mesh_of
from editors.labels import IDS
from editors.measures import rotation_by


@pytest.fixture(scope="module")
def fullness(models):
    """A full beard in the frame."""
    return next(each for each in directions_of(models) if each.name == "beard").hairs


def bearded(portrait, models, amount, lock=(), fine=True):
    return carry(portrait, edit_of({"beard": amount}, directions_of(models)), models, lock, fine)


def grown(portrait, fullness, models):
    """Hairs (3, n, 2) of a beard in pixels of the photograph."""
    canvas = canvas_of(portrait, models)
    return curves_of(hairs_of(canvas.shape.frame), fullness, canvas)[0] + canvas.box[:2]


def test_hairs_that_stand_stay_where_they_are_as_the_beard_grows(portrait, fullness, models):
    few, many = (grown(portrait, np.float32(amount) * fullness, models)[0] for amount in (0.4, 1.0))
    assert 1000 < len(few) < len(many)
    assert {*map(tuple, few)} <= {*map(tuple, many)}


def test_a_beard_grows_longer(portrait, fullness, models):
    few, many = (grown(portrait, np.float32(amount) * fullness, models) for amount in (0.4, 1.5))
    lengths = [np.median(np.linalg.norm(curves[2] - curves[0], axis=1)) for curves in (few, many)]
    assert lengths[1] > 2 * lengths[0]


def test_hairs_stand_on_bare_skin(portrait, fullness, models):
    canvas = canvas_of(portrait, models)
    roots = grown(portrait, 2 * fullness, models)[0]
    x, y = np.round(roots @ canvas.to_crop[:, :2].T + canvas.to_crop[:, 2]).astype(int).T
    flesh = np.isin(canvas.labels, [IDS[name] for name in FLESH]).astype(np.uint8)
    assert cv2.dilate(flesh, np.ones((3, 3)))[y, x].mean() > 0.99


@pytest.mark.parametrize("yaw", [-30, 0, 30])
def test_no_hair_is_thrown_across_the_face(portrait, fullness, models, yaw):
    """A thin triangle of the mesh, seen from the side, once drew one hair from the lip to the eye."""
    mesh = mesh_of(portrait, models)
    turned = (mesh - mesh.mean(0)) @ rotation_by(yaw, 0).T + mesh.mean(0)
    curves = grown(portrait.with_image(portrait.image, mesh=turned.astype(np.float32)), 2 * fullness, models)
    longest = (STUBBLE + LENGTH * (2 - GROWS)) * 1.4 * eye_distance(turned)
    assert np.linalg.norm(np.diff(curves, axis=0), axis=2).sum(0).max() < 2.5 * longest


def test_a_beard_darkens_the_chin_and_leaves_the_forehead_and_what_is_locked(portrait, models):
    before, after, held = portrait.image, bearded(portrait, models, 2.0), bearded(portrait, models, 2.0, ("skin",))
    mesh = np.round(mesh_of(portrait, models)).astype(int)
    chin, forehead = (tuple(slice(v - 6, v + 7) for v in mesh[point, 1::-1]) for point in (199, 151))
    assert after[chin].mean() < before[chin].mean() - 15
    np.testing.assert_array_equal(after[forehead], before[forehead])
    np.testing.assert_array_equal(held[chin], before[chin])


def test_below_zero_nothing_grows(models):
    directions = directions_of(models)
    assert edit_of({"beard": -1.0}, directions).beard is None
    assert edit_of({"beard": 1.0}, directions).beard.max() > 0


def test_while_a_slider_moves_a_large_face_has_the_same_beard(portrait, models):
    mesh = mesh_of(portrait, models)
    large = portrait.with_image(cv2.resize(portrait.image, None, fx=4, fy=4), mesh=mesh * 4)
    fine, quick = (bearded(large, models, 2.0, fine=fine).astype(int) for fine in (True, False))
    x, y = np.round(mesh[199, :2] * 4).astype(int)
    window = slice(y - 40, y + 41), slice(x - 40, x + 41)
    assert abs(fine[window].mean() - quick[window].mean()) < 3
    assert np.abs(fine - large.image)[window].mean() > 20


def test_a_beard_has_the_colour_of_the_brows(portrait, models):
    canvas = canvas_of(portrait, models)
    red, green, blue = colour_of(canvas)
    assert red > green > blue and red < 150


def test_brows_and_hair_that_are_not_seen_give_a_brown_beard(portrait, models):
    canvas = canvas_of(portrait, models)
    hidden = np.full_like(canvas.labels, IDS["skin"])
    bald = type(canvas)(canvas.image, canvas.vertices, canvas.shape, hidden, canvas.to_crop, canvas.box, canvas.step)
    np.testing.assert_array_equal(colour_of(bald), BROWN)


def test_a_beard_turns_grey_with_the_hair(portrait, models):
    directions = directions_of(models)
    dark, grey = (replace(edit_of({"beard": 2.5}, directions), grey=share) for share in (0.0, 0.8))
    x, y = np.round(mesh_of(portrait, models)[199, :2]).astype(int)
    before, after = (carry(portrait, edit, models, ("hair",))[y - 8 : y + 9, x - 12 : x + 13].mean((0, 1))
                     for edit in (dark, grey))
    assert after.mean() > before.mean() + 5 and np.ptp(after) < np.ptp(before)
