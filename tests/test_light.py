"""Light on a face falls on skin: hair that is darker shows less of it, dim skin too, and teeth keep up with skin."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from checkpoints.attribute_directions.train import SPECK
from editors.attributes.bounds import dimmed
from editors.attributes.directions import directions_of, edit_of
from editors.canvas import canvas_of
from editors.labels import IDS

BLACK = 14


@pytest.fixture(scope="module")
def canvas(portrait, models):
    return canvas_of(portrait, models)


def core(canvas, *names):
    """Where the grid is of some labels, and well within them."""
    return cv2.erode((canvas.labels_on_grid(names) > 0.99).astype(np.uint8), np.ones((9, 9))) > 0


def test_a_face_that_is_lit_from_the_side_has_no_haze_on_its_black_hair(canvas):
    x0, y0, x1, y1 = canvas.box
    image = canvas.image.copy()
    image[y0:y1, x0:x1][canvas.enlarge(canvas.labels_on_grid(("hair",))) > 0.5] = BLACK
    black = replace(canvas, image=image)
    inside = canvas.rim > 0.1
    hair, face = core(canvas, "hair") & inside, core(canvas, "skin", "nose") & inside
    assert hair.sum() > 300 and np.percentile(black.reach[hair], 95) < 0.1 and np.median(black.reach[face]) > 0.95


def test_hair_as_light_as_skin_is_lit_as_skin_is(canvas):
    x0, y0, x1, y1 = canvas.box
    fair = replace(canvas, image=np.full_like(canvas.image, 170))
    hair = core(canvas, "hair") & (canvas.rim > 0.1)
    assert fair.reach[hair].min() > 0.95


def test_skin_in_the_dark_shows_less_of_the_light(canvas, models):
    edit = edit_of({"light_side": 2.0}, directions_of(models))
    dark = replace(canvas, image=(canvas.image * 0.3).astype(np.uint8))
    assert dimmed(edit, canvas).change.max() > 0.9 * edit.change.max()
    assert 0.1 < dimmed(edit, dark).change.max() / edit.change.max() < 0.5


def test_no_pixel_of_a_change_belongs_elsewhere(models):
    """At a nostril, where a triangle is a sliver, light from the side drew a line like a ring."""
    for name in ("smile", "light_side"):
        change = next(each for each in directions_of(models) if each.name == name).change
        nose = np.abs(change - cv2.medianBlur(change, 5))[82:90, 62:98]
        assert nose.max() <= 1.1 * SPECK * np.abs(change).max()


def test_teeth_grow_lighter_with_the_skin_but_less(canvas):
    (x0, y0, x1, y1), mask = canvas.tone_mask("skin")
    mouth = canvas._at((x0, y0, x1, y1), canvas.labels == IDS["mouth"])
    teeth = mouth > 0.99
    assert teeth.sum() > 20 and 0.2 < np.median(mask[teeth]) < 0.7
