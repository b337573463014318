"""A photograph without colours, black and white or toned, gets none by any edit but colours that were asked for."""

import cv2
import numpy as np
import pytest

from editors.attributes.directions import directions_of
from editors.attributes.step import ShiftAttributes
from editors.images import open_photo
from editors.labels import IDS
from editors.models import Models
from editors.monochrome import tone_of, toned
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.step import MaskEdit
from editors.sketch.step import SketchFill

from .tiny import ASTRONAUT, CAT

HEAD = slice(0, 260), slice(100, 330)
LISTED = tuple(direction.name for direction in directions_of(Models()))


def grey(picture: np.ndarray) -> np.ndarray:
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def sepia(picture: np.ndarray) -> np.ndarray:
    return np.round(grey(picture) * (0.8, 0.85, 0.8) + (45, 18, 0)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module", params=[grey, sepia], ids=["grey", "sepia"])
def portrait(request):
    return Portrait(np.ascontiguousarray(request.param(open_photo(ASTRONAUT).pixels[HEAD])))


def off(portrait: Portrait, picture: np.ndarray) -> int:
    """How far pixels are from the colour that the photograph has where it is as bright, at most, in levels."""
    tone, light = tone_of(portrait.image), cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return int(np.abs(tone[light].astype(int) - picture).max())


@pytest.mark.parametrize("name", LISTED)
def test_no_attribute_adds_a_colour(portrait, models, name):
    for amount in (-2.0, 2.0):
        edited = ShiftAttributes(amounts={name: amount}).apply(portrait, models).image
        assert (edited != portrait.image).any() and off(portrait, edited) <= off(portrait, portrait.image) + 2


def test_a_filling_has_the_tone_of_the_photograph_and_asked_colours_are_kept(portrait, models):
    hole, colours = (np.zeros((*portrait.image.shape[:2], *more), np.uint8) for more in ((), (4,)))
    hole[90:150, 75:175] = 255
    filled = SketchFill(hole=hole).apply(portrait, models).image
    assert (filled != portrait.image).any() and off(portrait, filled) <= off(portrait, portrait.image) + 2
    colours[110:130, 100:140] = (40, 60, 220, 255)
    blue = SketchFill(hole=hole, colours=colours).apply(portrait, models).image[118:122, 115:125].mean((0, 1))
    assert blue[2] > blue[0] + 40


def test_repainted_labels_have_the_tone_of_the_photograph_and_asked_colours_are_kept(portrait, models):
    labels = labels_of(portrait, models).copy()
    lips = np.isin(labels, [IDS["upper lip"], IDS["lower lip"]])
    repainted = labels.copy()
    repainted[cv2.dilate(lips.astype(np.uint8), np.ones((7, 7))) > 0] = IDS["lower lip"]
    edited = MaskEdit(labels=repainted).apply(portrait, models).image
    assert (edited != portrait.image).any() and off(portrait, edited) <= off(portrait, portrait.image) + 2
    red = MaskEdit(labels=labels, colours={"lips": "#c01030"}).apply(portrait, models).image[lips].mean(0)
    assert red[0] > red[1] + 30


@pytest.mark.parametrize("photo", [ASTRONAUT, CAT])
def test_photographs_with_colours_have_no_tone(photo):
    assert tone_of(open_photo(photo).pixels) is None


def test_an_empty_page_is_no_photograph():
    assert tone_of(np.full((64, 64, 3), 255, np.uint8)) is None


def test_a_few_stray_colours_leave_a_photograph_black_and_white():
    picture = grey(open_photo(ASTRONAUT).pixels)
    picture[-20:, :60] = (200, 30, 30)
    assert tone_of(picture) is not None


def test_what_lies_under_a_hole_says_nothing_about_the_tone():
    picture, hole = grey(open_photo(ASTRONAUT).pixels), np.zeros((512, 512), bool)
    hole[100:300, 100:300] = True
    other = picture.copy()
    other[hole] = (20, 200, 90)
    assert tone_of(other) is None and np.array_equal(tone_of(other, ~hole), tone_of(picture, ~hole))


def test_only_where_it_is_said_a_picture_is_toned():
    picture, where = open_photo(ASTRONAUT).pixels, np.zeros((512, 512), bool)
    where[:100] = True
    result = toned(picture, where, np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1))
    assert np.ptp(result[:100].astype(int), axis=2).max() == 0 and np.array_equal(result[100:], picture[100:])
