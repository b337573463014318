"""A blurred photograph stays as blurred, and a dark one as dark, whatever is drawn into it."""

import cv2
import numpy as np
import pytest

from checkpoints.measures import edited, sharpness_kept
from editors.areas import within_hull
from editors.attributes.directions import directions_of
from editors.attributes.step import ShiftAttributes
from editors.canvas import canvas_of
from editors.colours import rgb_to_lab
from editors.faces import mesh_of
from editors.focus import blur_of, sharpness_of
from editors.images import open_photo
from editors.portrait import Portrait

from .tiny import ASTRONAUT

BLUR, DARK = 3.0, 0.12


@pytest.fixture(scope="module")
def pixels():
    return open_photo(ASTRONAUT).pixels


@pytest.fixture(scope="module")
def blurred(pixels):
    return Portrait(cv2.GaussianBlur(pixels, (0, 0), BLUR))


@pytest.fixture(scope="module")
def dark(pixels):
    return Portrait((pixels * DARK).astype(np.uint8))


def detail(picture: np.ndarray, box: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = box
    grey = cv2.cvtColor(picture[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())


def test_a_sharp_photograph_is_told_from_a_blurred_one(pixels, blurred, models):
    assert canvas_of(Portrait(pixels), models).focus == 0
    assert abs(canvas_of(blurred, models).focus - BLUR) < 0.8


def test_light_is_measured(pixels, dark, models):
    assert canvas_of(Portrait(pixels), models).exposure == 1
    assert canvas_of(dark, models).exposure < 0.3


@pytest.mark.parametrize("amounts", [{"age": 2}, {"beard": 2.5}, {"hair_light": 2}], ids=["age", "beard", "hair"])
def test_what_is_drawn_is_no_sharper_than_the_photograph(pixels, blurred, models, amounts):
    box = canvas_of(blurred, models).box
    grown = detail(ShiftAttributes(amounts=amounts).apply(blurred, models).image, box) / detail(blurred.image, box)
    sharp = Portrait(pixels)
    usual = detail(ShiftAttributes(amounts=amounts).apply(sharp, models).image, box) / detail(pixels, box)
    assert grown < max(1.25, 1.1 * usual)


def test_hair_and_beards_turn_no_lighter_than_a_dark_photograph_is(dark, models):
    edited = ShiftAttributes(amounts={"age": 2, "beard": 2}).apply(dark, models).image
    x0, y0, x1, y1 = canvas_of(dark, models).box
    before, after = (rgb_to_lab(each[y0:y1, x0:x1])[..., 0] for each in (dark.image, edited))
    assert np.percentile(after, 99) < np.percentile(before, 99) + 6


def test_blur_is_measured_as_it_is_in_noise_and_in_small_files_too(pixels, models):
    for sigma in (1.0, 2.0):
        soft = cv2.GaussianBlur(pixels, (0, 0), sigma)
        noisy = (soft + np.random.default_rng(0).normal(0, 5, soft.shape)).clip(0, 255).astype(np.uint8)
        small = cv2.imdecode(cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
        canvas = canvas_of(Portrait(pixels), models)
        (x0, y0, x1, y1), points = canvas.box, canvas.vertices[:, :2] - canvas.box[:2]
        for picture in (soft, noisy, small):
            assert abs(blur_of(picture[y0:y1, x0:x1], within_hull(points, (y1 - y0, x1 - x0))) - sigma) < 0.25


@pytest.mark.parametrize("amounts", [{"brows_raised": -2}, {"mouth_open": -2}, {"face_width": -2}, {"eyes_open": 2}])
def test_lids_lips_and_what_is_pressed_together_stay_as_soft_as_a_soft_photograph(pixels, models, amounts):
    soft = Portrait(cv2.GaussianBlur(pixels, (0, 0), 1.0))
    directions = directions_of(models)
    kept = sharpness_kept(soft, edited(soft, amounts, directions, models), amounts, directions, models)
    assert 0.85 < kept < 1.15


@pytest.mark.parametrize("amounts", [{"eyes_open": 1}, {"eyes_open": -1}, {"mouth_open": 2}])
def test_an_edited_soft_photograph_is_as_soft_as_if_the_edited_face_had_been_photographed_so(pixels, models, amounts):
    sharp, directions = Portrait(pixels), directions_of(models)
    soft = sharp.with_image(cv2.GaussianBlur(pixels, (0, 0), 1.0), mesh=mesh_of(sharp, models))
    pictures = edited(soft, amounts, directions, models), cv2.GaussianBlur(
        edited(sharp, amounts, directions, models), (0, 0), 1.0
    )
    ours, so = (sharpness_kept(soft, picture, amounts, directions, models) for picture in pictures)
    assert abs(ours / so - 1) < 0.12


def test_sharpness_falls_with_blur_and_sees_only_the_mask():
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    left = np.zeros((40, 40), bool)
    left[:, :15] = True
    blurred = cv2.GaussianBlur(picture, (0, 0), 1)
    half = picture.copy()
    half[:, 20:] = blurred[:, 20:]
    assert sharpness_of(blurred, left) < 0.2 * sharpness_of(picture, left) == 0.2 * sharpness_of(half, left)
