"""What is drawn into a photograph stands in its light, which is told by the skin."""

import numpy as np
import pytest

from editors.canvas import canvas_of
from editors.colours import lab_to_rgb, rgb_to_lab
from editors.faces import mesh_of
from editors.greying import grey_of
from editors.hair_grain import grain_of
from editors.portrait import Portrait
from editors.tint import NONE, tint_of, tint_of_white, tinted
from editors.tones import shift_tone

ORANGE = np.float32([70, 24, 40])
CANDLELIGHT = np.float32([1.15, 1, 0.6])


@pytest.mark.parametrize("skin", [
    (45, 18, 20), (70, 15, 19), (85, 12, 12), (76, 6, 6), (70, 3, 19), (60, 4, 6), None,
], ids=["deep", "usual", "fair", "pale", "greenish", "bluish", "none"])
def test_skin_of_any_person_is_seen_in_usual_light(skin):
    assert np.allclose(tint_of(None if skin is None else np.float32(skin)), NONE, atol=0.03)


def test_orange_skin_is_lit_warmly_and_what_is_drawn_beside_it_too():
    red, green, blue = tint_of(ORANGE)
    assert red > green > blue > 0.6
    grey = np.float32([60, 0, 2])
    seen = tinted(grey, tint_of(ORANGE))
    assert seen[1] > grey[2] + 4 and seen[0] > 0
    assert (tinted(grey, NONE) == grey[1:]).all()


def test_skin_that_is_burnt_out_makes_no_teeth_blue():
    assert np.allclose(tint_of_white(np.float32([92, 2, 5])), NONE)
    cold, warm = (tint_of_white(np.float32([60, 15, b])) for b in (-10, 40))
    assert cold[2] > 1.1 > 0.9 > warm[2]


def test_black_hair_that_is_lightened_in_warm_light_is_warmer_than_in_daylight():
    hair, shift = np.full((48, 48, 3), (26, 22, 20), np.uint8), np.array([2.2, 0, 0])
    daylight, warm = (
        rgb_to_lab(shift_tone(hair, shift, np.ones((48, 48), np.float32), "hair", tint=tint)).mean((0, 1))
        for tint in (NONE, tint_of(ORANGE))
    )
    assert warm[2] > daylight[2] + 4 and abs(warm[0] - daylight[0]) < 3


def test_hair_that_turns_grey_by_candlelight_is_as_warm_as_that_light(portrait, models):
    image = (portrait.image * CANDLELIGHT).clip(0, 255).astype(np.uint8)
    warm = Portrait(image).with_image(image, mesh=mesh_of(portrait, models))
    medians = []
    for each in (portrait, warm):
        canvas = canvas_of(each, models)
        mask = canvas.tone_mask("hair")[1]
        medians.append(np.median(rgb_to_lab(grey_of(canvas, grain_of(canvas)).hair[mask > 0.98]), axis=0))
    daylight, candle = medians
    assert candle[2] > daylight[2] + 3
    paper = rgb_to_lab(lab_to_rgb(np.float32([daylight[0], 0, 2])) * CANDLELIGHT)
    assert candle[2] < paper[2]
