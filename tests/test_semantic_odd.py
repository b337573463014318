"""Labels as odd as people paint them: fine lines, parts with nothing around them, dots for eyes."""

import warnings

import cv2
import numpy as np
import pytest

from checkpoints.label_painter.edits import eye_line
from editors.errors import FaceError
from editors.labels import IDS
from editors.scene import Samples, Scene
from editors.semantic.features import carried
from editors.semantic.growth import flow_of
from editors.semantic.imagine import imagine
from editors.semantic.movement import Site, mask_of, movement
from editors.semantic.repaint import repaint
from editors.semantic.shapes import placed
from editors.semantic.step import BLENDS

from . import test_semantic as shared

portrait, labels = shared.portrait, shared.labels


def test_glasses_may_be_painted_as_a_fine_line(portrait, labels):
    image = cv2.resize(portrait.image, None, fx=3, fy=3)
    old = cv2.resize(labels, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    new, eyes = old.copy(), eye_line(old)[2]
    for eye in ("left eye", "right eye"):
        middle = np.argwhere(old == IDS[eye])[:, ::-1].mean(0).astype(int).tolist()
        cv2.circle(new, middle, round(0.35 * eyes), IDS["eyeglasses"], 4)
    after, line = repaint(image, old, new, eyes, 0.25, 0), mask_of(new, ("eyeglasses",))
    assert after[line].mean() < 0.8 * image[line].mean()


def test_what_is_only_put_on_moves_nothing_and_warns_of_nothing(portrait, labels):
    with np.errstate(all="raise"):
        still = movement(Site(portrait.image, labels, labels, 43.0, 0.0))
    assert still.shape[2] == 2 and not still.any()


@pytest.mark.parametrize("column", [30, 90])
def test_an_ear_away_from_any_face_is_drawn_without_a_warning(column):
    image, old = np.full((100, 120, 3), 150, np.uint8), np.zeros((100, 120), np.uint8)
    new = cv2.ellipse(old.copy(), (column, 50), (9, 18), 0, 0, 360, IDS["left ear"], -1)
    with warnings.catch_warnings(action="error"):
        after = repaint(image, old, new, 40.0, 0.25, 0).astype(int)
    hollow = after[50, column - 12 : column + 13].sum(1).argmin() - 12
    assert hollow * (column - 60) < 0                                     # nearer to where the face would be


def test_a_mouth_that_was_open_by_less_than_a_pixel_opens_without_a_warning():
    old = np.full((60, 100), IDS["skin"], np.uint8)
    old[30, 30:70] = IDS["mouth"]
    new = cv2.ellipse(old.copy(), (50, 34), (26, 12), 0, 0, 360, IDS["mouth"], -1)
    image = np.random.default_rng(0).integers(90, 160, (60, 100, 3)).astype(np.float32)
    scene = Scene(image.copy(), new, old != new, image, 20.0, np.random.default_rng(0), own=Samples(image, old, 20.0))
    with np.errstate(divide="raise", invalid="raise"):
        drawn = carried(scene, "mouth", longest=0.0)
    assert np.isfinite(drawn).all()


def test_hair_of_a_tiny_head_grows_downwards_where_none_was_seen_and_warns_of_nothing():
    labels, nothing = np.full((30, 40), IDS["hair"], np.uint8), np.zeros((30, 40), bool)
    image = np.full((30, 40, 3), 90, np.float32)
    with np.errstate(over="raise", invalid="raise"):
        flow = flow_of(Scene(image, labels, ~nothing, image, 0.5, np.random.default_rng(0)), nothing)
    assert np.isfinite(flow).all() and flow[..., 1].mean() > 0.5


@pytest.mark.parametrize("circles, said", [
    ([(5, 30, 8), (4, 50, 0), (11, 40, 8)], "no left eye"),
    ([(5, 30, 0), (4, 50, 0), (11, 40, 0)], "no right eye and no left eye and no upper lip"),
    ([(11, 40, 9), (4, 40, 7), (5, 40, 5)], "in one place"),
], ids=["a dot for an eye", "dots", "parts within each other"])
def test_parts_that_do_not_say_where_the_face_is_are_refused(circles, said, models):
    labels = np.zeros((90, 80), np.uint8)
    for label, column, radius in circles:
        cv2.circle(labels, (column, 45), radius, label, -1)
    with pytest.raises(FaceError, match=said):
        imagine(labels, 0, models)


@pytest.mark.parametrize("blend", BLENDS)
def test_hair_painted_over_nearly_all_of_a_picture_is_hair_to_its_edges(blend):
    image, old = np.full((60, 80, 3), 240, np.uint8), np.full((60, 80), IDS["skin"], np.uint8)
    new = np.full_like(old, IDS["hair"])
    new[:3] = IDS["hat"]
    with warnings.catch_warnings(action="error"):
        after = repaint(image, old, new, 43.0, 0.6, 0, colours={"hair": np.float32([150, 110, 70])}, blend=blend)
    assert 60 < after[10:].mean() < 190 and after[10:].reshape(-1, 3).min() > 5


def test_a_beard_too_small_for_a_single_hair_is_none(portrait, labels):
    image = cv2.resize(portrait.image, None, fx=6, fy=6)
    old, new = (cv2.resize(each, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
                for each in (labels, placed(labels, "hair", "fringe")))
    row, column = np.argwhere(old == IDS["lower lip"]).max(0)
    beard = np.zeros(old.shape, bool)
    beard[row + 20, column] = True
    new = np.where(beard, np.uint8(IDS["hair"]), new)
    after = repaint(image, old, new, eye_line(old)[2], 0.25, 0, beard=beard)
    assert np.abs(after.astype(int) - image)[row + 10 : row + 30].max() < 20
