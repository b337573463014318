"""The outline of hair: what shows through loose hair is none of it, and what is hair stays hair."""

import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.loose import fleshy, limbs, outlined

EYES, SIDE = 60, 200
HAIR, WALL = np.array((40, 30, 26), float), np.array((96, 150, 120), float)


@pytest.fixture(scope="module")
def loose():
    """Hair to the left, a wall to the right, and between them, within the mask, hair that thins out."""
    share = np.clip((np.arange(SIDE) - 100) / 15, 0, 1)[None, :, None] * np.ones((SIDE, 1, 1))
    picture = np.round(HAIR + share * (WALL - HAIR)).astype(np.uint8)
    mask = np.repeat((np.arange(SIDE) < 118)[None], SIDE, 0).astype(np.float32)
    return picture, share[..., 0], mask


def test_a_pixel_that_shows_the_wall_is_none_of_the_hair(loose):
    picture, _, mask = loose
    share, _ = outlined(picture, mask, EYES)
    assert share.dtype == np.float32 and share.shape == mask.shape
    assert share[:, 116].max() < 0.3 and share[:, :95].min() > 0.9
    assert (np.diff(share[100, 98:116]) < 0.02).all() and not share[mask == 0].any()


def test_hair_keeps_its_own_colour_where_the_wall_shows_through(loose):
    picture, _, mask = loose
    _, own = outlined(picture, mask, EYES)
    far = [np.linalg.norm(rgb_to_lab(each[100, 113]) - rgb_to_lab(HAIR)) for each in (picture, own)]
    assert own.dtype == np.uint8 and far[1] < 0.85 * far[0]
    assert np.abs(own[:, :60].astype(int) - picture[:, :60]).max() <= 2


def test_hair_before_a_wall_of_its_colour_stays_as_the_labels_have_it():
    picture = np.full((SIDE, SIDE, 3), 1.6 * HAIR, np.uint8)
    mask = np.repeat((np.arange(SIDE) < 118)[None], SIDE, 0).astype(np.float32)
    assert np.array_equal(outlined(picture, mask, EYES)[0], mask)


def test_black_hair_has_no_hard_outline_where_only_black_is_behind_it(loose):
    picture, _, mask = loose
    share, _ = outlined(np.full_like(picture, 4), mask, EYES)
    assert share[100, 116] < 0.05 and share[100, 100] < 0.8 and share[:, :80].min() > 0.99
    assert (np.abs(np.diff(share[100])) < 0.08).all()
    before_a_wall = np.where(mask[..., None] > 0, np.full_like(picture, 4), 120).astype(np.uint8)
    assert outlined(before_a_wall, mask, EYES)[0][100, 110] > 0.99


def test_a_shine_in_the_middle_of_hair_is_hair(loose):
    picture, _, mask = loose
    picture = picture.copy()
    picture[80:120, 20:30] = WALL
    assert outlined(picture, mask, EYES)[0][80:120, 20:30].min() > 0.95


SKIN = np.array((205, 150, 125), np.uint8)


def head():
    """Black hair with a shine above a face, some of whose skin is called hair, too: picture, mask, face."""
    picture, mask = np.full((SIDE, SIDE, 3), HAIR, np.uint8), np.ones((SIDE, SIDE), np.float32)
    picture[100:] = SKIN
    picture[20:30] = (150, 148, 150)
    mask[130:] = 0
    face = np.zeros((SIDE, SIDE), bool)
    face[110:] = True
    return picture, mask, face


def test_skin_that_is_called_hair_is_skin_and_a_shine_on_hair_is_hair():
    picture, mask, face = head()
    share = fleshy(picture, mask, rgb_to_lab(SKIN), face, EYES)
    assert share.dtype == np.float32 and share[105:125].min() > 0.9 and share[:95].max() < 0.2


def test_fair_hair_is_no_skin():
    picture, mask, face = head()
    picture[:100] = (200, 165, 120)
    assert not fleshy(picture, mask, rgb_to_lab(SKIN), face, EYES).any()


def test_brown_hair_of_the_hue_of_skin_is_skin_within_the_face_alone():
    picture, mask, face = head()
    picture[:100] = (122, 80, 58)
    picture[20:30] = SKIN
    share = fleshy(picture, mask, rgb_to_lab(SKIN), face, EYES)
    assert share[115:125].min() > 0.9 and share[:95].max() < 0.2


@pytest.mark.parametrize("grey", [False, True], ids=["of skin's hue", "in light without hue"])
def test_an_arm_beside_hair_is_a_limb_and_fair_strands_are_none(grey):
    """Hair of dark strands around a face, an arm beside it, and on the other side a lock that is as fair as skin."""
    rows, columns = np.indices((SIDE, SIDE))
    strands = np.where(columns % 6 < 3, 12.0, -12.0)[..., None]
    skin = np.array((170, 168, 168) if grey else SKIN, float)
    picture = np.full((SIDE, SIDE, 3), HAIR + 10) + strands
    picture[60:, 20:60], picture[60:, 150:180] = skin, (skin + 2 * strands)[60:, 150:180]
    face = np.hypot(rows - 120, columns - 105) < 30
    picture[face] = skin
    picture, skin = picture.clip(0, 255).astype(np.uint8), rgb_to_lab(skin.astype(np.uint8))
    found = limbs(picture, ~face, skin, face, EYES)
    assert found[70:190, 25:55].mean() > 0.9 and not found[:, 70:].any() and not found[:50].any()
