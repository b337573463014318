"""Detail by example: what was drawn small becomes as fine as the photograph around it."""

import cv2
import numpy as np
import pytest

from editors.detail import Scene, add_detail, met, parted, tinted

HOLE = np.zeros((128, 128), bool)
HOLE[40:88, 36:92] = True
ALL_FREE = np.ones(HOLE.shape, np.float32)


def stripes(angle: float = 0.3, period: float = 7.0) -> np.ndarray:
    """A coloured photograph of sharp stripes, uint8 (128, 128, 3)."""
    y, x = np.indices(HOLE.shape)
    wave = np.tanh(3 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period))
    return np.round(np.array([130, 110, 90]) + 40 * wave[..., None]).astype(np.uint8)


def drawn_small(image: np.ndarray, pixel: float) -> np.ndarray:
    """What a painter whose pixels are so large makes of a picture."""
    return cv2.GaussianBlur(image.astype(np.float32), (0, 0), 0.6 * pixel)


def steepness(picture: np.ndarray, where: np.ndarray) -> float:
    grey = picture.astype(np.float32).mean(2)
    return float(np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))[where].mean())


def inner(hole: np.ndarray, width: int = 5) -> np.ndarray:
    return cv2.erode(hole.astype(np.uint8), np.ones((width, width))) > 0


def test_blurred_stripes_become_as_sharp_as_those_around():
    image = stripes()
    coarse = drawn_small(image, 3.0)
    fine = add_detail(coarse, image, Scene(HOLE, 3.0), seed=1)
    around = steepness(image, inner(~HOLE))
    assert steepness(coarse, inner(HOLE)) < 0.6 * around
    assert 0.8 * around < steepness(fine, inner(HOLE)) < 1.2 * around
    assert np.corrcoef(fine[HOLE].ravel(), image[HOLE].ravel())[0, 1] > 0.95


def test_outside_the_hole_nothing_changes_and_the_same_seed_gives_the_same_bytes():
    image = stripes()
    coarse = drawn_small(image, 3.0)
    scene = Scene(HOLE, 3.0, free=ALL_FREE)
    once, again = (add_detail(coarse, image, scene, seed=4) for _ in range(2))
    assert once.tobytes() == again.tobytes() and (once[~HOLE] == coarse[~HOLE]).all()
    assert (once[HOLE] != coarse[HOLE]).any()


def test_nothing_is_seen_under_the_hole():
    image, kinds = stripes(), np.zeros(HOLE.shape, np.uint8)
    kinds[64:] = 1
    other = np.where(HOLE[..., None], 255 - image, image)
    coarse = drawn_small(np.full_like(image, 120), 3.0)
    scene = Scene(HOLE, 3.0, kinds, ALL_FREE)
    for bring in (met, tinted, lambda *given: add_detail(*given, seed=0)):
        assert bring(coarse, image, scene)[HOLE].tobytes() == bring(coarse, other, scene)[HOLE].tobytes()


def test_the_colours_of_the_filling_stay():
    image = stripes()
    coarse = np.full(image.shape, (90, 110, 150), np.float32)
    for free in (None, ALL_FREE):
        fine = add_detail(coarse, image, Scene(HOLE, 3.0, free=free), seed=2)
        wide = [cv2.GaussianBlur(picture, (0, 0), 14)[inner(HOLE, 21)] for picture in (fine, coarse)]
        assert np.abs(wide[0] - wide[1]).max() < 6 and abs(fine[HOLE].mean() - coarse[HOLE].mean()) < 2


def test_where_nothing_of_its_kind_is_known_the_filling_stays_as_it_is():
    image = stripes()
    coarse = drawn_small(image, 3.0)
    scene = Scene(HOLE, 3.0, HOLE.astype(np.uint8), ALL_FREE)
    assert np.abs(add_detail(coarse, image, scene, seed=0) - coarse)[inner(HOLE, 13)].max() < 0.5
    whole = Scene(np.ones_like(HOLE), 3.0)
    assert add_detail(coarse, image, whole, seed=0) is coarse


@pytest.mark.parametrize("angle", [0.0, np.pi / 2])
def test_strands_run_along_drawn_lines(angle):
    hole = np.zeros((128, 128), bool)
    hole[32:96, 44:84] = True
    noise = np.random.default_rng(0).normal(0, 40, HOLE.shape).astype(np.float32)
    upright, lying = (cv2.GaussianBlur(noise, (0, 0), wide, sigmaY=tall) for wide, tall in ((1, 12), (12, 1)))
    texture = np.where(np.arange(128) < 64, upright, lying)
    image = np.repeat((128 + 3 * texture)[..., None], 3, 2).clip(0, 255).astype(np.uint8)
    lines = np.zeros(hole.shape, np.float32)
    for at in range(34, 96, 9):
        cv2.line(lines, *(((at, 0), (at, 127)) if angle == 0 else ((0, at), (127, at))), 1.0, 1)
    scene = Scene(hole, 2.0, free=np.ones(hole.shape, np.float32), lines=lines * hole)
    fine = add_detail(np.full(image.shape, 128, np.float32), image, scene, seed=0).mean(2)
    across, down = (np.abs(np.diff(fine, axis=axis))[36:92, 48:80].mean() for axis in (1, 0))
    assert across > 1.5 * down if angle == 0 else down > 1.5 * across


def test_a_smear_between_two_kinds_is_drawn_together():
    kinds = np.repeat((np.arange(128) >= 64)[None], 128, 0).astype(np.uint8)
    sharp = np.where(kinds[..., None], np.float32(40), np.float32(200)) * np.ones(3, np.float32)
    smeared = np.where(HOLE[..., None], cv2.GaussianBlur(sharp, (0, 0), 6), sharp)
    drawn = parted(smeared, Scene(HOLE, 2.0, kinds, ALL_FREE))
    assert np.abs(smeared - sharp)[64, 58:70].mean() > 40 > 3 * np.abs(drawn - sharp)[64, 58:70].mean()
    assert (drawn[~HOLE] == smeared[~HOLE]).all()


def test_colours_meet_those_around_kind_by_kind():
    image = np.repeat(np.where(np.arange(128) < 64, 180, 60)[None], 128, 0)
    image = np.repeat(image[..., None], 3, 2).astype(np.uint8)
    kinds = (image[..., 0] < 100).astype(np.uint8)
    off = image + np.float32(25)
    lifted = met(off, image, Scene(HOLE, 2.0, kinds, ALL_FREE))
    assert np.abs(lifted - image)[HOLE].max() < 2 and (lifted[~HOLE] == off[~HOLE]).all()


@pytest.mark.parametrize("height, width", [(101, 97), (98, 103), (131, 77)])
def test_holes_at_the_borders_of_pictures_of_any_size_are_filled(height, width):
    image = cv2.resize(stripes(), (width, height), interpolation=cv2.INTER_AREA)
    for rows, columns in (((0.6, 1.0), (0.5, 1.0)), ((0.0, 0.3), (0.0, 1.0)), ((0.4, 1.0), (0.0, 0.6))):
        hole = np.zeros((height, width), bool)
        (top, bottom), (left, right) = (np.round(np.multiply(ends, side)).astype(int)
                                        for ends, side in ((rows, height), (columns, width)))
        hole[top:bottom, left:right] = True
        for seed in range(4):
            fine = add_detail(drawn_small(image, 2.0), image, Scene(hole, 2.0, free=hole.astype(np.float32)), seed)
            assert np.isfinite(fine).all()


@pytest.mark.parametrize("height, width", [(1, 2), (17, 17), (23, 90)])
def test_a_picture_too_small_for_examples_keeps_its_filling(height, width):
    """A hole of one pixel in a photograph's corner has no more than that around it."""
    image = stripes()[:height, :width]
    hole = np.zeros((height, width), bool)
    hole[0, 0] = True
    filling = drawn_small(image, 2.0)
    assert (add_detail(filling, image, Scene(hole, 2.0), 0) == filling).all()


def test_dark_hair_of_a_hole_is_no_lighter_and_no_redder_than_that_beside_it_away_from_its_rim():
    y, x = np.indices(HOLE.shape)
    strip = np.abs(x - 64) < 40
    share = cv2.GaussianBlur((np.abs(x - 64) < 36).astype(np.float32), (0, 0), 4)[..., None]
    wall, hair = np.float32([235, 215, 210]), np.float32([42, 14, 24])
    image = np.round(wall + share * (hair - wall)).astype(np.uint8)
    scene = Scene(HOLE, 3.0, strip.astype(np.uint8), ALL_FREE)
    glow = np.where((HOLE & strip)[..., None], np.float32([180, 170, 172]), image.astype(np.float32))
    drawn = tinted(glow, image, scene)[inner(HOLE & strip)]
    assert np.median(drawn.mean(1)) < 45 and np.median(drawn[:, 0] - drawn[:, 1]) < 45
