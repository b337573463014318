"""What greying promises: hair loses its colour and keeps its light and shade, with age, and nothing else changes."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.areas import within_hull
from editors.attributes.directions import directions_of, edit_of
from editors.canvas import canvas_of
from editors.carry import Edit, carry
from editors.colours import rgb_to_lab
from editors.faces import eye_distance
from editors.frame import MESH_POINTS
from editors.greying import TEMPLES, grey_of
from editors.hair_grain import grain_of
from editors.labels import IDS
from editors.mesh_points import CHIN, FOREHEAD


@pytest.fixture(scope="module")
def hair(portrait, models):
    """The hair's box, and bool (H, W) of what surely is hair in it."""
    (x0, y0, x1, y1), mask = canvas_of(portrait, models).tone_mask("hair")
    return (slice(y0, y1), slice(x0, x1)), cv2.erode((mask > 0.98).astype(np.uint8), np.ones((9, 9))) > 0


def only_grey(models, share):
    return Edit(np.zeros_like(models.get("face_shape").mean_mesh), np.zeros((160, 160, 3), np.float32), grey=share)


def colourful(picture: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rgb_to_lab(picture)[..., 1:], axis=-1)


def test_grey_hair_has_little_colour_and_is_as_streaked_as_it_was(portrait, models, hair):
    box, inner = hair
    before, after = portrait.image[box][inner], carry(portrait, only_grey(models, 1.0), models)[box][inner]
    assert np.median(colourful(before)) > 15 and np.median(colourful(after)) < 6
    assert np.median(rgb_to_lab(after)[..., 0]) > np.median(rgb_to_lab(before)[..., 0]) + 3
    fine = [np.std(each.astype(float).mean(1)) for each in (before, after)]
    assert fine[1] > 0.7 * fine[0]


def test_a_larger_share_is_greyer_hair_and_a_half_lies_between(portrait, models, hair):
    box, inner = hair
    left = [np.mean(colourful(carry(portrait, only_grey(models, share), models)[box][inner]))
            for share in (0.2, 0.4, 0.6, 0.8)]
    assert all(more > less + 1 for more, less in zip(left, left[1:], strict=False))


def test_hair_turns_grey_at_the_temples_first(portrait, models, hair):
    box, inner = hair
    canvas = canvas_of(portrait, models)
    rows = np.indices(inner.shape)[0] + box[0].start
    late, temples = grey_of(canvas, grain_of(canvas)).late, canvas.vertices[list(TEMPLES), 1].mean()
    top = np.percentile(rows[inner], 10)
    assert late[inner & (np.abs(rows - temples) < 12)].mean() < late[inner & (rows < top)].mean() - 0.2


def test_skin_that_shows_at_the_outline_of_black_hair_is_no_white_rim_once_it_is_grey(portrait, models, hair):
    box, inner = hair
    image, middle = np.full_like(portrait.image, 200), inner & (np.indices(inner.shape)[1] % 40 < 4)
    image[box][inner] = 30
    image[box][middle] = (190, 150, 130)
    canvas = replace(canvas_of(portrait, models), image=image)
    light = rgb_to_lab(grey_of(canvas, np.zeros(inner.shape, np.float32)).hair)[..., 0][middle]
    assert middle.sum() > 300 and np.median(light) < 85


def test_hair_beside_the_face_shines_no_more_than_the_rest_once_it_is_grey(portrait, models, hair):
    box, _ = hair
    canvas = canvas_of(portrait, models)
    _, mask = canvas.tone_mask("hair")
    image = np.full_like(portrait.image, 200)
    image[box][mask > 0] = 30
    face = within_hull(canvas.vertices[:MESH_POINTS, :2], image.shape[:2])
    away = cv2.distanceTransform((~face).astype(np.uint8), cv2.DIST_L2, 5)[box] / eye_distance(canvas.vertices)
    deep = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / eye_distance(canvas.vertices)
    rim, middle = (away < 0.06) & (deep > 0) & (deep < 0.03), (away > 0.12) & (deep > 0.12)
    image[box][rim] = 90
    canvas = replace(canvas, image=image)
    light = rgb_to_lab(grey_of(canvas, np.zeros(mask.shape, np.float32)).hair)[..., 0]
    assert rim.sum() > 50 and np.median(light[rim]) < np.median(light[middle]) + 12


def test_black_hair_that_shows_no_strands_falls_from_the_crown(portrait, models, hair):
    (rows, columns), inner = hair
    canvas = canvas_of(portrait, models)
    noise = np.random.default_rng(1).integers(0, 3, portrait.image.shape).astype(np.uint8)
    grain = grain_of(replace(canvas, image=noise))
    top, chin = canvas.vertices[FOREHEAD, :2], canvas.vertices[CHIN, :2]
    x, y = np.meshgrid(*(np.arange(part.start, part.stop) for part in (columns, rows)))
    away = np.dstack([x, y]) - (top + 0.45 * (top - chin))
    away = away / np.linalg.norm(away, axis=2, keepdims=True)
    dy, dx = np.gradient(grain)
    along, across = np.abs(dx * away[..., 0] + dy * away[..., 1]), np.abs(dx * away[..., 1] - dy * away[..., 0])
    assert along[inner].mean() < 0.5 * across[inner].mean()


def test_what_is_no_hair_keeps_its_pixels(portrait, models):
    changed = (carry(portrait, only_grey(models, 0.6), models) != portrait.image).any(2)
    (x0, y0, x1, y1), mask = canvas_of(portrait, models).tone_mask("hair")
    assert changed[y0:y1, x0:x1][mask > 0.9].mean() > 0.8
    changed[y0:y1, x0:x1][mask > 0] = False
    assert not changed.any()


def test_locked_hair_keeps_its_colour(portrait, models):
    assert np.array_equal(carry(portrait, only_grey(models, 0.8), models, ("hair",)), portrait.image)


def test_a_head_without_hair_has_nothing_to_turn(models, portrait):
    canvas = canvas_of(portrait, models)
    bald = replace(canvas, labels=np.where(canvas.labels == IDS["hair"], IDS["skin"], canvas.labels))
    assert grey_of(bald, grain_of(bald)) is None


def test_age_turns_hair_grey_ever_faster_and_youth_leaves_it(models):
    directions = directions_of(models)
    young, one, two = (edit_of({"age": amount}, directions).grey for amount in (-2.0, 1.0, 2.0))
    assert young == 0 and 0.05 < one < 0.25 and 0.4 < two <= 1 and two > 3 * one
    assert edit_of({"smile": 2.0}, directions).grey == 0
