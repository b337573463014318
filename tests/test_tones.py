"""Colours of hair and skin are shifted, and stay colours of hair and skin."""

import cv2
import numpy as np
import pytest

from editors.tones import LIGHTEST, shift_tone

STRANDS = np.tile(np.where(np.arange(96) % 6 < 3, 0.7, 1.3)[None, :, None], (96, 1, 1))


def region(colour: tuple[int, int, int]) -> np.ndarray:
    """Strands of a colour, uint8 (96, 96, 3)."""
    return (STRANDS * colour).round().clip(0, 255).astype(np.uint8)


def lab(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


@pytest.mark.parametrize(
    "name, colour, odds", [("hair", (120, 98, 60), 2.4), ("hair", (40, 32, 28), 2.4), ("skin", (180, 140, 112), 1.1)]
)
def test_two_units_lighter_burn_nothing_out_and_keep_light_and_shade(name, colour, odds):
    before, whole = region(colour), np.ones((96, 96), np.float32)
    after = shift_tone(before, np.array([odds, 0.5, 0.7]), whole, name)
    light, was = lab(after)[..., 0], lab(before)[..., 0]
    assert light.mean() > was.mean() + 5 and after.min(2).max() < 250 and light.mean() < LIGHTEST[name]
    assert light.std() > 0.3 * was.std()


def test_hair_of_which_a_photograph_shows_nothing_but_black_is_lightened_as_black_hair_is():
    lighter = [lab(shift_tone(region((level,) * 3), np.array([2.0, 0, 0]), np.ones((96, 96), np.float32), "hair"))
               .reshape(-1, 3).mean(0) for level in (2, 20)]
    assert 15 < lighter[0][0] < lighter[1][0] and lighter[0][2] > 3


def test_black_hair_that_is_lightened_turns_brown_not_grey():
    after = lab(shift_tone(region((22, 21, 21)), np.array([1.2, 0, 0]), np.ones((96, 96), np.float32), "hair"))
    assert after[..., 1].mean() > 1 and after[..., 2].mean() > 2


@pytest.mark.parametrize("colour", [(128, 100, 84), (74, 80, 84), (96, 60, 48)])
def test_hair_of_any_colour_that_is_lightened_nears_the_yellow_of_fair_hair(colour):
    after = lab(shift_tone(region(colour), np.array([2.2, 0, 0]), np.ones((96, 96), np.float32), "hair")).mean((0, 1))
    assert after[0] > 60 and after[2] > 10 and after[2] > 1.6 * after[1]


@pytest.mark.parametrize("colour", [(150, 149, 146), (172, 168, 166)])
def test_grey_hair_that_is_lightened_turns_white_and_not_blond(colour):
    after = lab(shift_tone(region(colour), np.array([2.2, 0, 0]), np.ones((96, 96), np.float32), "hair")).mean((0, 1))
    assert after[0] > 70 and np.hypot(*after[1:]) < 4


def test_a_shine_on_fair_hair_darkens_with_it():
    """What is lighter than hair can be made is not left white in hair that turns dark."""
    picture = region((190, 170, 130))
    picture[30:60] = (250, 246, 238)
    after = lab(shift_tone(picture, np.array([-2.4, 0, 0]), np.ones((96, 96), np.float32), "hair"))[..., 0]
    assert after[40:50].mean() < 70 < 90 < lab(picture)[40:50, :, 0].mean()


def test_a_dark_collar_under_a_skin_mask_stays_dark():
    picture = region((214, 178, 150))
    picture[80:] = 8
    after = shift_tone(picture, np.array([1.0, 0, 0]), np.ones((96, 96), np.float32), "skin")
    assert np.array_equal(after[80:], picture[80:]) and not np.array_equal(after[:80], picture[:80])


def test_a_beard_under_a_skin_mask_grows_less_light_than_the_skin():
    """Hairs less than half as light as skin turned pale in patches."""
    picture = region((184, 148, 120))
    picture[70:] = region((76, 60, 50))[70:]
    after = lab(shift_tone(picture, np.array([1.2, 0, 0]), np.ones((96, 96), np.float32), "skin"))[..., 0]
    assert after[85:].mean() < 0.61 * after[:50].mean()


@pytest.mark.parametrize("colour", [(150, 96, 40), (90, 52, 20)])
def test_skin_that_is_darkened_does_not_glow(colour):
    """Dim skin of a warm light turned as red and yellow as it had been while it was bright."""
    before = np.full((96, 96, 3), colour, np.uint8)
    after = shift_tone(before, np.array([-1.2, 0.2, 0.1]), np.ones((96, 96), np.float32), "skin")
    was, now = (lab(picture)[48, 48] for picture in (before, after))
    assert now[0] < 0.75 * was[0]
    assert np.hypot(*now[1:]) < max(0.95 * now[0] + 6, np.hypot(*was[1:]) * now[0] / was[0] + 1)


def test_what_the_mask_leaves_out_keeps_its_pixels():
    picture, mask = region((120, 98, 60)), np.zeros((96, 96), np.float32)
    mask[20:60, 20:60] = 1
    after = shift_tone(picture, np.array([-1.0, -0.2, -0.2]), mask, "hair")
    assert np.array_equal(after[mask == 0], picture[mask == 0]) and (after[mask == 1] < picture[mask == 1]).all()
    assert np.array_equal(shift_tone(picture, np.array([1.0, 0, 0]), mask * 0, "hair"), picture)
