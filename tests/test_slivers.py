"""No background shows within a head that turns."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.canvas import canvas_of
from editors.faces import eye_distance
from editors.labels import IDS
from editors.portrait import Portrait
from editors.slivers import _large as large
from editors.slivers import close_slivers

from .tiny import ASTRONAUT

SKIN, WALL, SIDE = (200, 150, 120), (0, 255, 0), 200
COLUMNS = np.arange(SIDE, dtype=np.float32)


@pytest.fixture(scope="module")
def canvas(models):
    """Skin with a patch of wall in it, 4 pixels wide, that shines a pixel through the skin beside it."""
    image = np.full((SIDE, SIDE, 3), SKIN, np.uint8)
    labels = np.full((SIDE, SIDE), IDS["skin"], np.uint8)
    image[88:112, 99:105], labels[88:112, 100:104] = WALL, IDS["background"]
    canvas = canvas_of(Portrait.open(ASTRONAUT), models)
    vertices = canvas.vertices * 80 / eye_distance(canvas.vertices)
    return replace(canvas, image=image, vertices=vertices, labels=labels, to_crop=np.eye(2, 3), box=(0, 0, SIDE, SIDE),
                   step=1.0, hands=None)


def drawn_out(canvas, to: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture with the columns from 100 to 104 drawn out until `to`, and the movement that did it."""
    source = np.interp(COLUMNS, [0, 100, to, SIDE + to - 104], [0, 100, 104, SIDE]).astype(np.float32)
    shift = np.zeros((SIDE, SIDE, 2), np.float32)
    shift[..., 0] = source - COLUMNS
    warped = cv2.remap(canvas.image, canvas.pixels + shift, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped, shift


def green(picture: np.ndarray) -> int:
    """Columns in which the wall is seen."""
    row = picture[100].astype(int)
    return int((row[:, 1] > row[:, 0] + 20).sum())


def test_no_more_of_a_wall_is_seen_through_a_head_that_turns_than_before(canvas):
    warped, shift = drawn_out(canvas, 122)
    assert green(close_slivers(warped, canvas.image, shift, canvas)) <= green(canvas.image) < 10 < green(warped)


def test_a_wide_gap_beside_a_head_stays_open_and_what_does_not_move_stays(canvas):
    canvas = replace(canvas, image=canvas.image[100:101].repeat(SIDE, 0), labels=canvas.labels[100:101].repeat(SIDE, 0))
    warped, shift = drawn_out(canvas, 150)
    closed = close_slivers(warped, canvas.image, shift, canvas)
    assert green(closed) > 40 and np.array_equal(closed[:, :90], warped[:, :90])
    assert np.array_equal(close_slivers(canvas.image, canvas.image, np.zeros_like(shift), canvas), canvas.image)


def test_a_whole_side_of_a_face_that_comes_out_of_hiding_is_no_fringe():
    patches = np.zeros((80, 80), bool)
    patches[5:75, 10:16] = patches[20:45, 40:60] = True
    assert np.array_equal(np.flatnonzero(large(patches, 60.0).any(0)), np.arange(40, 60))
