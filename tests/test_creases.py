"""What lines of age promise: they lie where faces crease, on bare skin, on both sides alike."""

import numpy as np

from editors.attributes.directions import directions_of, edit_of
from editors.canvas import canvas_of
from editors.carry import Edit, carry
from editors.creases import SIDE, picture_of
from editors.faces import eye_distance


def only_lines(models, depth):
    return Edit(np.zeros_like(models.get("face_shape").mean_mesh), np.zeros((160, 160, 3), np.float32), creases=depth)


def test_lines_are_dark_between_lit_banks_and_neither_darken_nor_light_a_face(models):
    picture = picture_of(models.get("face_shape").frame)
    assert picture.min() < -8 and picture.max() > 2
    assert np.abs(picture).max() < 40
    assert np.abs(picture.mean()) < 0.02 * picture.std()


def test_a_face_creases_beside_both_eyes_and_both_corners_of_the_mouth(models):
    frame = models.get("face_shape").frame
    mean, picture = frame.mean * SIDE, picture_of(frame)
    eye = eye_distance(mean)
    for left, right in (((33, -0.3), (263, 0.3)), ((61, -0.15), (291, 0.15))):
        depths = []
        for point, beside in (left, right):
            x, y = np.round(mean[point] + (beside * eye, 0)).astype(int)
            reach = round(0.12 * eye)
            depths.append(picture[y - reach : y + reach, x - reach : x + reach].min())
        assert max(depths) < -5 and 0.5 < depths[0] / depths[1] < 2


def test_lines_change_bare_skin_alone(portrait, models):
    canvas = canvas_of(portrait, models)
    changed = np.abs(carry(portrait, only_lines(models, 1.0), models).astype(int) - portrait.image).max(2)
    x0, y0, x1, y1 = canvas.box
    other = canvas.enlarge(canvas.labels_on_grid(("hair", "background", "cloth", "left eye", "right eye"))) > 0.99
    assert changed[y0:y1, x0:x1].max() > 5 and changed[y0:y1, x0:x1][other].max() <= 1


def test_lines_deepen_with_their_number_and_stay_away_from_what_is_locked(portrait, models):
    once, twice = (carry(portrait, only_lines(models, depth), models).astype(int) for depth in (1.0, 2.0))
    held = carry(portrait, only_lines(models, 1.0), models, ("skin", "nose"))
    change = [np.abs(each - portrait.image).sum() for each in (once, twice, held)]
    assert 1.7 < change[1] / change[0] < 2.2 and change[2] < 0.1 * change[0]


def test_age_draws_lines_as_years_are_added_and_none_as_they_are_taken(models):
    directions = directions_of(models)
    older, younger = (edit_of({"age": amount}, directions).creases for amount in (1.0, -1.0))
    assert older > 0.3 and younger == 0
