"""What stretches or presses a face moves it only as far as it stays as sharp as the photograph."""

import cv2
import numpy as np
import pytest

from editors.attributes.bounds import KEPT, edit_for, kept_sharp, sharpness_kept
from editors.attributes.directions import directions_of
from editors.attributes.step import ShiftAttributes
from editors.canvas import canvas_of, reduced
from editors.carry import carry
from editors.portrait import Portrait

from .tiny import ASTRONAUT


@pytest.fixture(scope="module")
def woven():
    """A face as if seen through a fine cloth, whose upright threads show everywhere that it is stretched."""
    image = Portrait.open(ASTRONAUT).image
    threads = 25 * np.cos(np.arange(image.shape[1], dtype=np.float32) * 2 * np.pi / 2.5)
    return Portrait((image + threads[None, :, None]).clip(0, 255).astype(np.uint8))


def kept(portrait, amounts, models):
    directions = directions_of(models)
    edit = edit_for(amounts, directions, canvas_of(portrait, models))
    return sharpness_kept(portrait, edit, carry(portrait, edit, models), models)


def test_a_face_that_would_lose_its_detail_widens_less_and_keeps_it(woven, models):
    asked = {"face_width": 2.0}
    given = kept_sharp(asked, directions_of(models), woven, models)
    assert kept(woven, asked, models) < KEPT[0] <= kept(woven, given, models)
    assert 0 < given["face_width"] < 2


def test_half_as_much_is_half_as_far_and_eyes_are_not_held_back(woven, models):
    directions = directions_of(models)
    given = [kept_sharp({"face_width": amount, "eyes_open": -2.0}, directions, woven, models) for amount in (1.0, 2.0)]
    assert given[1]["face_width"] == pytest.approx(2 * given[0]["face_width"])
    assert all(each["eyes_open"] == -2.0 for each in given)


def test_what_is_dragged_goes_as_far_as_what_is_saved(woven, models):
    large = Portrait(cv2.resize(woven.image, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST))
    small, directions = reduced(large, 600, models), directions_of(models)
    asked = {"face_width": 2.0, "jaw": -1.0}
    assert kept_sharp(asked, directions, small, models) == kept_sharp(asked, directions, large, models)


def test_the_step_moves_a_face_as_far_as_it_stays_sharp(woven, models):
    directions = directions_of(models)
    given = kept_sharp({"face_width": 2.0}, directions, woven, models)
    edit = edit_for(given, directions, canvas_of(woven, models))
    got = ShiftAttributes(amounts={"face_width": 2.0}).apply(woven, models).image
    assert (got == carry(woven, edit, models)).all()
