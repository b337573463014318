"""Folds of the skin are smoothed where skin is bare, and its grain and everything else stay."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.canvas import canvas_of
from editors.carry import Edit, carry
from editors.skin import FOLDS, Skin, limited, shading, skin_of

EYES = 60.0


def smoothed(portrait, models):
    """All folds gone, and which pixels of the photograph that may reach."""
    size = models.get("face_shape").frame.size
    still = np.zeros((size, size, 3), np.float32)
    return carry(portrait, Edit(np.zeros((468, 3)), still, smooth=np.full((size, size), 9, np.float32)), models)


def test_folds_flatten_and_the_grain_of_the_skin_stays(portrait, models):
    canvas, after = canvas_of(portrait, models), smoothed(portrait, models)
    bare = canvas.enlarge(cv2.erode(canvas.labels_on_grid(("skin",)), np.ones((9, 9)))) > 0.99
    x0, y0, x1, y1 = canvas.box
    greys = [cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY).astype(np.float32)
             for image in (portrait.image, after)]
    folds, grain = ([(cv2.GaussianBlur(grey, (0, 0), fine) - cv2.GaussianBlur(grey, (0, 0), coarse))[bare].std()
                     for grey in greys] for fine, coarse in ((1.5, 6), (0.01, 0.6)))
    assert folds[1] < 0.6 * folds[0] and grain[1] > 0.8 * grain[0]


def test_only_bare_skin_is_smoothed(portrait, models):
    """Hair, brows, eyes and lips keep their pixels."""
    canvas = canvas_of(portrait, models)
    x0, y0, x1, y1 = canvas.box
    changed = (smoothed(portrait, models) != portrait.image).any(2)
    kept = canvas.labels_on_grid(("hair", "left eye", "right eye", "left brow", "right brow", "upper lip", "lower lip"))
    inside = canvas.enlarge(cv2.erode(kept, np.ones((7, 7)))) > 0.99
    assert inside.sum() > 500 and changed.sum() > 5000 and not changed[y0:y1, x0:x1][inside].any()


def test_what_surrounds_a_fold_is_skin_alone():
    """Dark hair beside a cheek makes the cheek no brighter than its own middle."""
    cheek, weight = np.full((60, 60), 180, np.float32), np.ones((60, 60), np.float32)
    cheek[:, 40:], weight[:, 40:] = 20, 0
    beside = shading(cheek, EYES, FOLDS, weight)[:, :34]
    assert np.abs(beside).max() < 2 < shading(cheek, EYES, FOLDS)[:, :34].max()


def test_colours_are_smoothed_each_by_itself(portrait, models):
    skin = skin_of(canvas_of(portrait, models))
    assert skin.flatter.shape == (*skin.wrinkles.shape, 3) and np.ptp(skin.flatter, axis=2).max() > 3


def test_strong_shading_is_no_fold():
    assert limited(np.float32([-900, -1, 0, 1, 900]), 45, 25) == pytest.approx([-45, -1, 0, 1, 25], abs=0.01)


def lit(colour: tuple[int, int, int], portrait, models) -> Skin:
    """The skin of the example portrait, all of it of one colour."""
    canvas = canvas_of(portrait, models)
    return skin_of(replace(canvas, image=np.full_like(canvas.image, colour)))


def test_a_beard_is_no_fold_that_could_be_smoothed_away_and_a_shadow_is_none(portrait, models):
    """A face made younger kept a smear where its beard was."""
    canvas = canvas_of(portrait, models)
    chin = cv2.erode(canvas.labels_on_grid(("skin",)), np.ones((5, 5))) > 0.99
    rows = np.arange(len(chin))[:, None]
    chin &= rows > canvas.to_grid(canvas.vertices[[17]])[0, 1]                                # below the lower lip
    where = canvas.enlarge(cv2.dilate(chin.astype(np.float32), np.ones((9, 9)))) > 0.5
    hairs = np.random.default_rng(0).uniform(0.2, 0.7, where.shape)
    x0, y0, x1, y1 = canvas.box
    bare = {}
    for name, light in (("beard", hairs), ("shadow", 0.45)):
        image = np.full_like(canvas.image, (200, 150, 125))
        image[y0:y1, x0:x1][where] = (image[y0:y1, x0:x1] * np.atleast_3d(light))[where]
        bare[name] = skin_of(replace(canvas, image=image)).bare[cv2.erode(chin.astype(np.uint8), np.ones((7, 7))) > 0]
    assert np.median(bare["beard"]) < 0.1 and np.median(bare["shadow"]) > 0.9


def test_skin_whose_red_is_full_takes_little_more_light(portrait, models):
    """Green and blue alone would turn it yellow."""
    pale, full = (lit(colour, portrait, models).colour.mean((0, 1)) for colour in ((170, 130, 110), (250, 130, 110)))
    assert (full < 0.6 * pale).all()


def test_the_shade_of_a_fold_is_redder_than_the_skin(portrait, models):
    colour = np.array((190, 140, 115), float)
    shaded = colour - 25 * lit(tuple(colour.astype(int)), portrait, models).shade.mean((0, 1))
    assert shaded[0] / shaded[1] > 1.05 * colour[0] / colour[1] and (shaded < colour - 5).all()


def test_a_fold_across_a_highlight_shows_skin_and_is_not_grey(portrait, models):
    canvas = canvas_of(portrait, models)
    image, (x, y) = np.full_like(canvas.image, (215, 150, 110)), canvas.vertices[50, :2].astype(int)
    image[y - 6 : y + 7, x - 6 : x + 7] = (236, 222, 214)
    column, row = canvas.to_grid(canvas.vertices[[50]])[0].astype(int)
    shaded = image[y, x] - 30 * skin_of(replace(canvas, image=image)).shade[row, column]
    assert shaded[0] - shaded[2] > 40
