"""Lids move over an eyeball that keeps its size, and only as far as lids can."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.attributes.bounds import WIDEST, possible, unpinched
from editors.attributes.directions import directions_of, edit_of
from editors.canvas import canvas_of
from editors.carry import shift_on_grid
from editors.eyes import ROWS, move_lids
from editors.faces import eye_distance
from editors.frame import OPENINGS
from editors.lids import as_seen, lids_of
from editors.mesh_points import LEFT_BROW, MOUTH_CORNERS, RIGHT_BROW
from editors.portrait import Portrait

SKIN, WHITE, IRIS, LASHES = (200, 150, 120), (230, 230, 230), (70, 50, 40), (30, 20, 20)


@pytest.fixture(scope="module")
def canvas(portrait, models):
    return canvas_of(portrait, models)


@pytest.fixture(scope="module")
def painted(canvas):
    return with_painted_eyes(canvas)


@pytest.fixture(scope="module")
def large(portrait, models):
    """Painted eyes of three times as many pixels."""
    enlarged = cv2.resize(portrait.image[:320], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return with_painted_eyes(canvas_of(Portrait(enlarged), models))


def with_painted_eyes(canvas):
    """The canvas with eyes painted of plain colours: white around a disc, under a lid with lashes."""
    image = np.full_like(canvas.image, SKIN)
    for edges, iris in zip(OPENINGS[1:], canvas.irises, strict=True):
        outline = np.concatenate([canvas.vertices[list(edges[0]), :2], canvas.vertices[list(edges[1][::-1]), :2]])
        inside, eye = np.zeros(image.shape[:2], np.uint8), np.full_like(image, WHITE)
        cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 1)
        cv2.circle(eye, np.round(iris[0, :2]).astype(int).tolist(), round(radius_of(iris)), IRIS, -1)
        image[inside > 0] = eye[inside > 0]
        wide = max(1, round(radius_of(iris) / 4))
        cv2.polylines(image, [np.round(canvas.vertices[list(edges[0]), :2]).astype(np.int32)], False, LASHES, wide)
    return replace(canvas, image=image)


def radius_of(iris):
    return float(np.linalg.norm(iris[1:, :2] - iris[0, :2], axis=1).mean())


def with_lids(canvas, gap: float):
    """Vertices whose lids lie so many times as far apart as they did."""
    moved = canvas.vertices.copy()
    for edges in OPENINGS[1:]:
        upper, lower = (moved[list(edge[1:-1]), :2] for edge in edges)
        middle = (upper + lower) / 2
        for edge, points in zip(edges, (upper, lower), strict=True):
            moved[list(edge[1:-1]), :2] = middle + gap * (points - middle)
    return moved


def drawn(canvas, moved):
    x0, y0, x1, y1 = canvas.box
    crop = canvas.image[y0:y1, x0:x1]
    return move_lids(np.full_like(crop, SKIN), crop, moved, canvas, None)


def moved_with(canvas, moved):
    """What the photograph's crop becomes where the mesh moves, with its eyes."""
    x0, y0, x1, y1 = canvas.box
    crop, shift = canvas.image[y0:y1, x0:x1], canvas.enlarge(shift_on_grid(moved, canvas).shift)
    warped = cv2.remap(crop, shift + canvas.pixels, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return move_lids(warped, crop, moved, canvas, None)


def at_lid(picture, lids, along, down, edge):
    """Colours (N, 3) of a picture at shares of the way along a lid, edge 0 the upper, so many pixels below it."""
    along = np.float32(along)
    places = np.round(lids.at(along, lids.edges(along)[edge] + down)).astype(int)
    return picture[places[:, 1], places[:, 0]]


def like(picture, colour):
    return np.abs(picture.astype(float) - colour).max(2) < 30


def test_an_iris_stays_round_as_an_eye_opens(painted):
    after = drawn(painted, with_lids(painted, 2.2))
    for iris in painted.irises:
        x, y = np.round(iris[0, :2] - painted.box[:2]).astype(int)
        reach = round(1.3 * radius_of(iris))
        disc = after[y - reach : y + reach + 1, x - reach : x + reach + 1].max(2) < 150
        wide, high = disc.any(0).sum(), disc.any(1).sum()
        assert abs(int(high) - int(wide)) <= 1 and abs(wide - 2 * radius_of(iris)) < 3


def test_an_eyeball_stays_where_it_is_as_lids_close_over_it(painted):
    after, moved = drawn(painted, with_lids(painted, 0.5)), with_lids(painted, 0.5)
    for edges, iris in zip(OPENINGS[1:], painted.irises, strict=True):
        lids = lids_of(moved[:, :2] - painted.box[:2], edges)
        x, y = np.round(iris[0, :2] - painted.box[:2]).astype(int)
        row = like(after[y : y + 1], IRIS)[0]
        left, right = (int(np.argmin(half)) for half in (row[x::-1], row[x:]))         # lashes in the corners are dark
        assert lids.gap > 2 and abs(left + right - 1 - 2 * radius_of(iris)) < 4


@pytest.mark.parametrize("gap", (1.2, 1.5))
def test_what_is_seen_of_an_eyeball_stays_as_it_is_while_lids_open(canvas, gap):
    """The shade under a lid is in the photograph already and was thrown again, and the eye was blurred."""
    x0, y0, x1, y1 = canvas.box
    crop = canvas.image[y0:y1, x0:x1]
    seen = np.zeros(crop.shape[:2], np.uint8)
    for edges in OPENINGS[1:]:
        outline = np.concatenate([canvas.vertices[list(edges[0]), :2], canvas.vertices[list(edges[1][::-1]), :2]])
        cv2.fillPoly(seen, [np.round(outline - canvas.box[:2]).astype(np.int32)], 1)
    seen = cv2.erode(seen, np.ones((3, 3))) > 0
    after = move_lids(crop.copy(), crop, with_lids(canvas, gap), canvas, None)
    assert np.abs(after[seen].astype(float) - crop[seen]).mean() < 2.5


@pytest.mark.parametrize("gap", (0.2, 0.5))
def test_dark_eyes_of_a_soft_photograph_gain_no_bright_dots(painted, gap):
    """Levels below black came round as white, where edges that were drawn took on the photograph's blur."""
    soft = replace(painted, image=cv2.subtract(cv2.GaussianBlur(painted.image, (0, 0), 2), (100.0,) * 4))
    x0, y0, x1, y1 = soft.box
    crop = soft.image[y0:y1, x0:x1]
    assert soft.focus > 0.5 and move_lids(crop.copy(), crop, with_lids(soft, gap), soft, None).max() <= crop.max() + 2


def test_a_lid_that_came_down_is_plain_skin_where_its_lashes_were(large):
    """Lashes higher than some stayed behind as a grey shade, and as dark wedges near the corners."""
    moved = with_lids(large, 0.2)
    after = moved_with(large, moved)
    for edges in OPENINGS[1:]:
        was, now = (lids_of(points[:, :2] - large.box[:2], edges) for points in (large.vertices, moved))
        above, row = (at_lid(after, lids, (-0.85, -0.75, -0.3, 0, 0.3), 0, 0).max(1) for lids in (was, now))
        assert above.min() > max(SKIN) - 5 and row.max() < 60


def test_no_iris_shows_below_lids_that_meet(large):
    """Of an eye that was pressed together blocks of its iris stood below the lower lid, as lashes."""
    moved = with_lids(large, 0.0)
    after = moved_with(large, moved)
    for edges in OPENINGS[1:]:
        lids = lids_of(moved[:, :2] - large.box[:2], edges)
        assert at_lid(after, lids, np.linspace(-0.5, 0.5, 9), 4, 1).max(1).min() > 150


def test_the_white_in_the_shade_of_lids_that_close_is_warm(large):
    """Beside red skin a grey shade is blue-green."""
    after = moved_with(large, with_lids(large, 0.5)).astype(int)
    shaded = (np.ptp(after, 2) < 30) & (after.min(2) > 90) & (after.max(2) < 190)
    assert shaded.sum() > 50 and np.median(after[shaded][:, 0] - after[shaded][:, 2]) > 5


def test_a_lower_lid_is_where_white_ends_and_is_met_there(large):
    """A mesh has it too high in some eyes: lids that met left a stripe of white below them."""
    eyes, high = eye_distance(large.vertices), large.vertices.copy()
    for _, edge in OPENINGS[1:]:
        high[list(edge[1:-1]), 1] -= 0.03 * eyes
    high = replace(large, vertices=high)
    x0, y0, x1, y1 = large.box
    for edges in OPENINGS[1:]:
        meant, before, after = (lids_of(points[:, :2] - large.box[:2], edges)
                                for points in (large.vertices, high.vertices, with_lids(high, 0.1)))
        before, after = as_seen(large.image[y0:y1, x0:x1], before, after, eyes)
        assert abs(before.edges(np.float32(0))[1] - meant.edges(np.float32(0))[1]) < 0.01 * eyes
        assert after.gap == pytest.approx(0.1 * before.gap, abs=0.5)


def test_shut_lids_show_lashes_and_no_white(painted):
    after = drawn(painted, with_lids(painted, 0.0))
    assert not like(after, WHITE).any() and (after.max(2) < 120).sum() > 10


def test_above_an_eye_whose_fold_touches_its_lashes_nothing_is_drawn_beyond_the_brow(painted):
    """In deep eyes the skin up to the fold, hardly a pixel, became forty times as tall: a stripe up to the hair."""
    eyes, vertices = eye_distance(painted.vertices), painted.vertices.copy()
    for fold, edge in ROWS:
        vertices[fold, :2] = vertices[edge, :2] - (0, 0.002 * eyes)
    deep = replace(painted, vertices=vertices)
    moved = with_lids(deep, 0.15)
    for fold, _ in ROWS:
        moved[fold, :2] = vertices[fold, :2]
    brows = vertices[list(RIGHT_BROW + LEFT_BROW), 1].min() - deep.box[1]
    grain = np.random.default_rng(0).integers(0, 60, deep.image.shape, np.uint8)
    x0, y0, x1, y1 = deep.box
    before = grain[y0:y1, x0:x1]
    after = move_lids(before.copy(), deep.image[y0:y1, x0:x1], moved, deep, None)
    above = int(brows) - round(0.1 * eyes)
    assert np.array_equal(after[:above], before[:above]) and not np.array_equal(after, before)


def test_an_eye_that_shows_no_iris_is_left_as_it_was_drawn(painted):
    """Behind dark glasses, or under lashes, no eyeball is known."""
    dark = replace(painted, image=np.full_like(painted.image, 40))
    assert (drawn(dark, with_lids(dark, 2.2)) == SKIN).all()


def test_locked_eyes_keep_every_pixel(painted):
    x0, y0, x1, y1 = painted.box
    crop = painted.image[y0:y1, x0:x1]
    after = move_lids(crop.copy(), crop, with_lids(painted, 2.2), painted, np.ones(painted.grid_shape, np.float32))
    assert (after == crop).all()


def opening(points):
    return np.mean([lids_of(points[:, :2], edges).gap for edges in OPENINGS[1:]]) / eye_distance(points)


@pytest.mark.parametrize("amount", (-4.0, -1.5, -0.3, 0.3, 1.0, 2.5))
def test_lids_open_and_close_only_as_far_as_lids_can(canvas, models, amount):
    directions = directions_of(models)
    got = possible({"eyes_open": amount, "smile": 1.0}, directions, canvas)
    assert got["smile"] == 1.0 and 0 < got["eyes_open"] / amount <= 1 + 1e-9
    edit = edit_of({"eyes_open": got["eyes_open"]}, directions)
    similarity = canvas.shape.similarity(canvas.vertices)
    after = opening(canvas.vertices[:468] + similarity.movement_to_photograph(edit.movement))
    assert 0 <= after < max(WIDEST, opening(canvas.vertices) + 0.04)


def test_a_little_more_is_always_a_little_more(canvas, models):
    directions = directions_of(models)
    got = [possible({"eyes_open": amount}, directions, canvas)["eyes_open"]
           for amount in np.linspace(-4, 2.5, 40).tolist()]
    assert (np.diff(got) > 0).all()


def test_a_mouth_that_frowns_is_no_bud(canvas, models):
    """A frown of three units left a mouth half as wide; lips that smile less are as wide as asked."""
    mean = models.get("face_shape").mean_mesh
    plain = replace(canvas, vertices=np.concatenate([mean, canvas.vertices[468:]]))

    def width(points):
        right, left = points[list(MOUTH_CORNERS), :2]
        return np.linalg.norm(left - right) / eye_distance(points)

    asked = edit_of({"smile": -3.0}, directions_of(models))
    kept = unpinched(asked, plain)
    assert width(mean + asked.movement) < 0.6 and width(mean + kept.movement) > 0.66
    away = np.linalg.norm(mean[:, :2] - mean[list(MOUTH_CORNERS), :2].mean(0), axis=1) > 1.2
    assert np.abs(kept.movement - asked.movement)[away].max() < 0.01
    smiling = edit_of({"smile": 2.0}, directions_of(models))
    assert unpinched(smiling, plain) is smiling
