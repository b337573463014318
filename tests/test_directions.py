"""Every direction keeps its promise on a photograph that it was not fitted to."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from checkpoints.measures import draw, frame_regions, pixel_measures
from editors.attributes.directions import GROUPS, check_amounts, directions_of, edit_of
from editors.canvas import canvas_of
from editors.carry import carry, moved_by
from editors.errors import SettingError
from editors.faces import mesh_of
from editors.frame import MESH_POINTS, vertices_of
from editors.measures import mesh_measures
from editors.mesh_points import LOWER_LIP_ROWS, MOUTH_CORNERS, UPPER_LIP_ROWS
from editors.models import Models
from editors.networks.mouth_interior import predictors

LISTED = tuple(direction.name for direction in directions_of(Models()))
BY_CLASSIFIER = ("age", "masculine")
"""Their measures are networks that `make quality` fetches; here they are known by what they do to the skin."""
TONES = {"hair_light": ("skin_light", "beard"), "skin_light": ("hair_light",)}
"""Directions that recolour a region, and the measures of the others that they have to leave alone."""


@pytest.fixture(scope="module")
def directions(models):
    return {direction.name: direction for direction in directions_of(models)}


@pytest.fixture(scope="module")
def drawn(portrait, directions, models):
    """Picture and mesh found anew for one unit of any direction, drawn once."""
    kept = {}

    def get(name, amount):
        if (name, amount) not in kept:
            images, meshes = draw([portrait], {name: amount}, (directions[name],), models)
            kept[name, amount] = images[0], meshes[0]
        return kept[name, amount]

    return get


def measured(image, mesh, models):
    shape = models.get("face_shape")
    taken = shape.frame.take(image, vertices_of(mesh))
    return mesh_measures(shape.similarity(mesh).to_model(mesh), shape.mean_mesh) | pixel_measures(
        taken, frame_regions(shape)
    )


def test_the_directions_that_are_not_optional_are_there_by_name(directions):
    wanted = {"smile", "mouth_open", "eyes_open", "brows_raised", "age", "masculine", "face_width", "jaw", "nose_width",
              "lips_full", "yaw", "pitch", "hair_light", "skin_light", "light_side"}  # fmt: skip
    assert wanted <= set(directions) <= {name for names in GROUPS.values() for name in names}


@pytest.mark.parametrize("name", LISTED)
def test_a_direction_takes_two_units_either_way_and_says_what_a_unit_is(directions, name):
    direction = directions[name]
    assert direction.low <= -2 and direction.high >= 2
    assert float(direction.unit.split()[0]) > 0 and len(direction.unit.split()) > 1
    check_amounts({name: 2.0}, (direction,))
    with pytest.raises(SettingError, match=name):
        check_amounts({name: direction.high + 0.5}, (direction,))


@pytest.mark.parametrize("name", [name for name in LISTED if name not in BY_CLASSIFIER])
def test_a_direction_moves_its_own_measure_the_right_way(portrait, drawn, models, name):
    before = measured(portrait.image, mesh_of(portrait, models), models)[name]
    down, up = (measured(*drawn(name, amount), models)[name] for amount in (-1.0, 1.0))
    assert down < before < up


@pytest.mark.parametrize("name", TONES)
def test_hair_and_skin_are_lightened_apart(portrait, drawn, models, name):
    before, after = (measured(*each, models) for each in (
        (portrait.image, mesh_of(portrait, models)), drawn(name, 1.0)))
    own = after[name] - before[name]
    assert own > 5 and all(abs(after[other] - before[other]) < 0.2 * own for other in TONES[name])


def test_the_corners_of_the_mouth_rise_and_widen_for_a_smile_and_fall_for_its_opposite(portrait, drawn, models):
    mean = models.get("face_shape").mean_mesh

    def corners(mesh):
        upright = models.get("face_shape").similarity(mesh).to_model(mesh)
        right, left = upright[list(MOUTH_CORNERS)]
        return upright[0, 1] - (right[1] + left[1]) / 2, left[0] - right[0]

    height, width = zip(*(corners(mesh) for mesh in (
        drawn("smile", -1.0)[1], mesh_of(portrait, models), drawn("smile", 1.0)[1])), strict=True)
    assert height[0] < height[1] < height[2] and width[0] < width[1] < width[2] and len(mean) == MESH_POINTS


def test_age_deepens_wrinkles_and_youth_softens_them(portrait, drawn, models):
    mesh = mesh_of(portrait, models)
    cheeks = cv2.fillConvexPoly(
        np.zeros(portrait.image.shape[:2], np.uint8), cv2.convexHull(np.round(mesh[:468, :2]).astype(np.int32)), 1)

    def depth(image):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return (cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 4))[wrinkled].std()

    folds = np.zeros_like(cheeks)
    for a, b in ((49, 206), (279, 426), (111, 119), (340, 348)):       # beside the nose and under the eyes
        cv2.line(folds, *(tuple(int(v) for v in np.round(mesh[point, :2])) for point in (a, b)), 1, 7)
    wrinkled = (folds & cheeks) > 0
    assert depth(drawn("age", -1.0)[0]) < depth(portrait.image) < depth(drawn("age", 1.0)[0])


@pytest.mark.parametrize("name", ["age", "masculine"])
def test_folds_are_smoothed_below_zero_and_not_above(directions, name):
    below, above = (edit_of({name: amount}, (directions[name],)) for amount in (-1.0, 1.0))
    assert below.smooth.max() > 0.5 and below.smooth.min() >= 0 and below.relief is None and above.smooth is None


def test_a_wider_nose_leaves_the_lips_their_colour(directions, models):
    shape = models.get("face_shape")
    x, y = np.round(shape.frame.mean[[12, 13, 14, 15, 16, 37, 267]] * shape.frame.size - 0.5).astype(int).T
    change = np.abs(directions["nose_width"].change)
    assert change[y, x].max() < 0.1 * change.max()


def test_a_more_masculine_face_has_a_darker_chin_against_its_cheeks(portrait, drawn, models):
    down, up = (measured(*drawn("masculine", amount), models)["beard"] for amount in (-1.0, 1.0))
    assert down < measured(portrait.image, mesh_of(portrait, models), models)["beard"] < up


@pytest.mark.parametrize("name", LISTED)
def test_what_a_direction_does_not_reach_is_bit_identical(portrait, directions, drawn, models, name):
    canvas, direction = canvas_of(portrait, models), directions[name]
    reached = np.zeros(portrait.image.shape[:2], bool)
    x0, y0, x1, y1 = canvas.box
    reached[y0:y1, x0:x1] = direction.movement.any() or direction.change.any() or direction.yaw or direction.pitch
    for region in direction.recoloured:
        (x0, y0, x1, y1), mask = canvas.tone_mask(region)
        reached[y0:y1, x0:x1] |= mask > 0
    changed = (drawn(name, 1.0)[0] != portrait.image).any(2)
    assert changed.any() and not changed[~reached].any()


def test_directions_add_up(directions):
    some = tuple(directions.values())
    both = edit_of({"smile": 1.0, "age": -1.5}, some)
    smile, age = edit_of({"smile": 1.0}, some), edit_of({"age": -1.5}, some)
    assert np.allclose(both.movement, smile.movement + age.movement)
    assert np.allclose(both.change, smile.change + age.change, atol=1e-4)


def test_up_and_down_come_to_nothing_together(portrait, directions, models):
    edit = edit_of({name: 0.0 for name in directions}, tuple(directions.values()))
    assert np.array_equal(carry(portrait, edit, models), portrait.image)


def test_an_unknown_direction_is_refused_by_name_with_those_there_are(directions):
    with pytest.raises(SettingError, match="'charm'.*smile"):
        check_amounts({"charm": 1.0}, tuple(directions.values()))


def test_lips_that_close_meet_and_do_not_pass_each_other(portrait, directions, models):
    canvas = canvas_of(portrait, models)
    closed = moved_by(edit_of({"mouth_open": directions["mouth_open"].low}, tuple(directions.values())), canvas)
    upper, lower = UPPER_LIP_ROWS[-1][1:-1], LOWER_LIP_ROWS[-1][1:-1]
    gaps = closed[list(lower), 1] - closed[list(upper), 1]
    before = canvas.vertices[list(lower), 1] - canvas.vertices[list(upper), 1]
    assert before.max() > 3 and gaps.min() > -0.5 and gaps.mean() < before.mean() / 2


@pytest.mark.parametrize("name, still, moving", [
    ("lips_full", (6, 195, 152, 159), (13, 17)), ("brows_raised", (1, 145, 374, 13), (105, 334)),
    ("nose_width", (13, 14, 152, 159), (129, 358)),
])
def test_a_form_moves_where_it_is_and_nowhere_else(directions, name, still, moving):
    """Fuller lips leave eyes and chin alone, and brows rise without pulling at the eyes."""
    length = np.linalg.norm(directions[name].movement[:, :2], axis=1)
    assert max(length[list(still)]) < 0.1 * max(length) < min(length[list(moving)])


def test_a_smile_taken_back_closes_the_mouth(portrait, directions, models):
    """And the one who smiles with open lips does not bare her teeth instead."""
    canvas = canvas_of(portrait, models)
    gaps = []
    for amount in (0.0, -1.0, -2.0):
        edit = edit_of({"smile": amount}, (directions["smile"],))
        lips = moved_by(edit, canvas)[[13, 14], :2]
        gaps.append(np.linalg.norm(lips[1] - lips[0]))
    assert gaps[2] < gaps[1] < gaps[0] and gaps[2] < 0.5 * gaps[0]


def closed(canvas, directions):
    """The canvas of the same face with its lips together."""
    edit = edit_of({"mouth_open": directions["mouth_open"].low}, (directions["mouth_open"],))
    return replace(canvas, vertices=moved_by(edit, canvas))


def gap(vertices):
    """How far lips lie apart, in eye distances."""
    return predictors(vertices)[1]


def test_a_smile_of_closed_lips_bares_teeth_little_by_little(portrait, directions, models):
    canvas = closed(canvas_of(portrait, models), directions)
    gaps = [gap(moved_by(edit_of({"smile": amount}, (directions["smile"],)), canvas)) for amount in (0.0, 1.0, 2.0)]
    assert gaps[0] < 0.03 < gaps[1] < 0.07 < gaps[2] < 0.13


def test_a_smile_that_shows_teeth_already_opens_no_further(portrait, directions, models):
    canvas = canvas_of(portrait, models)
    smile = edit_of({"smile": 1.5}, (directions["smile"],))
    assert gap(canvas.vertices) > smile.parted > 0
    assert np.array_equal(moved_by(smile, canvas), moved_by(replace(smile, parting=None), canvas))


def test_an_opened_mouth_and_a_smile_together_open_no_further_than_the_wider(portrait, directions, models):
    canvas = closed(canvas_of(portrait, models), directions)
    both = edit_of({"smile": 1.0, "mouth_open": 2.0}, tuple(directions.values()))
    assert abs(gap(moved_by(both, canvas)) - gap(moved_by(replace(both, parting=None), canvas))) < 0.01
