"""No background shows within a head that turns."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.canvas import canvas_of
from editors.faces import eye_distance
from editors.labels import IDS
from editors.mesh_points import OVAL
from editors.slivers import close_slivers

SKIN, WALL, SIDE = (200, 150, 120), (0, 255, 0), 200
COLUMNS, NOTHING = np.arange(SIDE, dtype=np.float32), np.zeros((SIDE, SIDE), bool)


@pytest.fixture(scope="module")
def canvas(portrait, models):
    """Skin with a patch of wall in it, 4 pixels wide, that shines a pixel through the skin beside it."""
    image = np.full((SIDE, SIDE, 3), SKIN, np.uint8)
    labels = np.full((SIDE, SIDE), IDS["skin"], np.uint8)
    image[88:112, 99:105], labels[88:112, 100:104] = WALL, IDS["background"]
    canvas = canvas_of(portrait, models)
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
    closed = close_slivers(warped, canvas.image, shift, NOTHING, canvas)
    assert green(closed) <= green(canvas.image) < 10 < green(warped)


def test_a_wide_gap_beside_a_head_stays_open_and_what_does_not_move_stays(canvas):
    canvas = replace(canvas, image=canvas.image[100:101].repeat(SIDE, 0), labels=canvas.labels[100:101].repeat(SIDE, 0))
    warped, shift = drawn_out(canvas, 150)
    closed = close_slivers(warped, canvas.image, shift, NOTHING, canvas)
    assert green(closed) > 40 and np.array_equal(closed[:, :90], warped[:, :90])
    assert np.array_equal(close_slivers(canvas.image, canvas.image, 0 * shift, NOTHING, canvas), canvas.image)


def test_what_opens_beside_a_cheek_is_skin_and_not_the_collar_that_was_there(canvas):
    """A collar's cloth, or the cheek as it was, was laid into the gap between jaw and ear with a hard edge."""
    labels, image = canvas.labels.copy(), canvas.image.copy()
    labels[88:112, 104:120], image[88:112, 105:120] = IDS["cloth"], (40, 60, 220)
    canvas = replace(canvas, image=image, labels=labels)
    warped, shift = drawn_out(canvas, 122)
    closed = close_slivers(warped, image, shift, NOTHING, canvas)[100, 108:118].astype(int)
    assert np.abs(closed - SKIN).max() < 40


def test_a_cheek_that_no_part_of_the_photograph_shows_is_skin_without_a_second_edge(canvas):
    """What lies beside a cheek was seen twice where it turns into sight: an ear, and the edge of the cheek itself."""
    image = canvas.image.copy()
    image[:, 112:116] = (40, 20, 10)
    canvas = replace(canvas, image=image, labels=np.full_like(canvas.labels, IDS["skin"]))
    warped, shift = drawn_out(canvas, 108)
    unseen = NOTHING.copy()
    unseen[60:140, 112:124] = True
    closed = close_slivers(warped, image, shift, unseen, canvas)
    seen, now = (np.abs(picture[70, 114:122].astype(int) - SKIN).max() for picture in (warped, closed))
    assert now < 60 < 100 < seen


def test_skin_laid_into_a_cheek_that_turned_into_sight_does_not_spread_over_the_hair_beside_it(canvas):
    hair, labels, image = (40, 20, 10), np.full_like(canvas.labels, IDS["skin"]), canvas.image.copy()
    image[:], image[:, 116:], labels[:, 116:] = SKIN, hair, IDS["hair"]
    canvas = replace(canvas, image=image, labels=labels)
    warped, shift = drawn_out(canvas, 108)
    unseen = NOTHING.copy()
    unseen[60:140, 108:120] = True
    closed = close_slivers(warped, image, shift, unseen, canvas)
    assert np.abs(closed[100, 108:118].astype(int) - SKIN).max() < 10
    assert np.abs(closed[100, 123:].astype(int) - hair).max() < 40


def test_what_is_laid_into_a_gap_has_the_grain_of_the_skin_beside_it(canvas):
    grain = np.random.default_rng(0).normal(0, 5, (SIDE, SIDE, 1))
    image = (np.full((SIDE, SIDE, 3), SKIN) + grain).round().astype(np.uint8)
    labels, unseen = np.full_like(canvas.labels, IDS["skin"]), NOTHING.copy()
    image[60:140, 104:116], labels[60:140, 104:116], unseen[60:140, 104:116] = (40, 20, 10), IDS["background"], True
    canvas = replace(canvas, image=image, labels=labels)
    closed = close_slivers(image, image, np.ones((SIDE, SIDE, 2), np.float32), unseen, canvas).astype(float)
    inside, beside = closed[70:130, 107:113], closed[70:130, 60:90]
    assert np.abs(inside.mean((0, 1)) - beside.mean((0, 1))).max() < 12
    assert 0.6 < inside[..., 0].std() / beside[..., 0].std() < 1.3


def test_the_edge_of_a_cheek_is_skin_and_no_streaks_where_it_is_drawn_out(canvas):
    """The shade between cheek and ear, two pixels wide, became a dark stain as wide as a finger."""
    image, oval = canvas.image.copy(), canvas.vertices[list(OVAL)]
    image[:], image[:, 101:103] = SKIN, (60, 20, 20)
    moved = canvas.vertices + [102 - oval[:, 0].max(), 100 - oval[:, 1].mean(), 0]
    canvas = replace(canvas, image=image, labels=np.full_like(canvas.labels, IDS["skin"]), vertices=moved)
    warped, shift = drawn_out(canvas, 122)
    closed = close_slivers(warped, image, shift, NOTHING, canvas)
    assert (warped[100, :, 0] < 120).sum() > 8 and np.abs(closed[100, 90:130].astype(int) - SKIN).max() < 30


def test_no_skin_is_laid_onto_the_wall_beside_a_head(canvas):
    """A mesh reaches beyond its face, and what opened in it there stood out from the jaw as a corner."""
    image, labels = canvas.image.copy(), np.full_like(canvas.labels, IDS["skin"])
    image[:, 100:], labels[:, 100:] = WALL, IDS["background"]
    canvas, unseen = replace(canvas, image=image, labels=labels), NOTHING.copy()
    warped, shift = drawn_out(canvas, 108)
    unseen[60:140, 112:124] = True
    closed = close_slivers(warped, image, shift, unseen, canvas)
    assert np.abs(closed[100, 112:].astype(int) - WALL).max() < 10


@pytest.mark.parametrize(("nods", "remain"), [(False, 0), (True, 1)])
def test_hair_between_skin_and_skin_that_a_turn_brings_together_is_skin_and_under_a_nod_it_stays(canvas, nods, remain):
    """The edge of a cheek lies on a pixel of hair, and what lies beside it moves otherwise: a dark line remained."""
    image, labels = np.full_like(canvas.image, SKIN), np.full_like(canvas.labels, IDS["skin"])
    image[:, 110:], labels[:, 110:] = (60, 20, 20), IDS["hair"]
    shift = np.zeros((SIDE, SIDE, 2), np.float32)
    shift[:, :100, 0], shift[:, 100:112, 0], shift[:, 112:, 0] = -1, -0.5, -8
    if nods:                                                      # the same from above to below
        image, labels, shift = (each.swapaxes(0, 1).copy() for each in (image, labels, shift[..., ::-1]))
    oval = canvas.vertices[list(OVAL)]
    edge = oval[oval[:, int(nods)].argmax()]
    moved = canvas.vertices - edge + ([100, 110, 0] if nods else [110, 100, 0])
    warped = cv2.remap(image, canvas.pixels + shift, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    canvas = replace(canvas, image=image, labels=labels, vertices=moved)
    closed = close_slivers(warped, image, shift, NOTHING, canvas)
    line = closed[105:117, 100] if nods else closed[100, 105:117]
    assert int((line[:, 0] < 120).sum()) == remain


def test_no_skin_is_laid_between_a_jaw_and_the_collar_under_it(canvas):
    """Seen between a jaw that comes nearer and a collar, the wall became a smear of skin."""
    image, labels = canvas.image.copy(), np.full_like(canvas.labels, IDS["skin"])
    image[:], image[:, 100:], labels[:, 100:] = SKIN, WALL, IDS["background"]
    image[:, 150:], labels[:, 150:] = (40, 60, 220), IDS["cloth"]
    canvas, shift = replace(canvas, image=image, labels=labels), np.zeros((SIDE, SIDE, 2), np.float32)
    shift[:, :, 0] = -20 * np.interp(COLUMNS, [120, 150], [1, 0])
    warped = cv2.remap(image, canvas.pixels + shift, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    closed = close_slivers(warped, image, shift, NOTHING, canvas)
    assert np.abs(closed[100, 125:145].astype(int) - WALL).max() < 10
