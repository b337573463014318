"""What a turned head hides of itself it hides with an edge: as sharp as the photograph, without steps and seams."""

import cv2
import numpy as np
import pytest

from editors.attributes.bounds import face_inside, sharpness_kept
from editors.canvas import canvas_of, reduced
from editors.carry import Edit, carry, moved_by, shift_on_grid
from editors.faces import mesh_of
from editors.measures import rotation_by

TURNS = [(20, 0), (-20, 0), (0, 15), (0, -15)]


def turned(models, yaw: float, pitch: float) -> Edit:
    still = np.zeros_like(models.get("face_shape").mean_mesh)
    return Edit(still, np.zeros((1, 1, 3), np.float32), turn=rotation_by(yaw, pitch))


def outline(vertices: np.ndarray, shape: tuple[int, int], width: int) -> np.ndarray:
    """Bool (H, W), True within so many pixels of the outline of a face."""
    face, kernel = face_inside(vertices, shape).astype(np.uint8), np.ones((2 * width + 1,) * 2)
    return cv2.dilate(face, kernel) > cv2.erode(face, kernel)


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_face_is_as_sharp_as_the_photograph(portrait, models, turn):
    edit = turned(models, *turn)
    assert 0.92 < sharpness_kept(portrait, edit, carry(portrait, edit, models), models) < 1.25


@pytest.mark.parametrize("turn", TURNS)
def test_the_outline_of_a_turned_face_is_that_of_a_larger_picture_turned_and_made_smaller(portrait, models, turn):
    """It was drawn in steps of the grid and then blurred: yaw differed by 7.4 levels on average, pitch by 3.8."""
    edit, small = turned(models, *turn), reduced(portrait, 256, models)
    larger = cv2.resize(carry(portrait, edit, models), (256, 256), interpolation=cv2.INTER_AREA)
    near = outline(moved_by(edit, canvas_of(small, models)), small.image.shape[:2], 2)
    apart = np.abs(carry(small, edit, models).astype(int) - larger).max(2)[near]
    assert apart.mean() < (6.5 if turn[0] else 3.6)


@pytest.mark.parametrize("yaw", [-20, 20])
def test_the_edge_of_a_turned_cheek_is_no_wider_than_a_lens_draws_it(portrait, models, yaw):
    """A white face before black: a pixel or two are between the two, and not five."""
    mesh, edit = mesh_of(portrait, models), turned(models, yaw, 0)
    canvas = canvas_of(portrait, models)
    height, width = portrait.image.shape[:2]
    white = np.repeat(face_inside(canvas.vertices, (height, width))[..., None] * np.uint8(255), 3, 2)
    facts = {name: portrait.fact(name, lambda: None) for name in ("label_crop", "head_labels", "hands", "glasses")}
    painted = portrait.with_image(white, mesh=mesh, **facts)
    result = carry(painted, edit, models)[..., 1]
    x, y = np.round(moved_by(edit, canvas)[123 if yaw < 0 else 352, :2]).astype(int)
    row = result[y, x - 20 : x + 21].astype(int)
    assert np.ptp(row) > 240 and ((row > 12) & (row < 243)).sum() <= 3


@pytest.mark.parametrize("yaw", [-20, 20])
def test_what_no_part_of_the_photograph_shows_is_a_cheek_and_no_crack_between_triangles(portrait, models, yaw):
    """What is torn beside it goes with it, and a crack in a nose that did so took a nose stud along."""
    canvas = canvas_of(portrait, models)
    unseen = shift_on_grid(moved_by(turned(models, yaw, 0), canvas), canvas).unseen.astype(np.uint8)
    wide = cv2.morphologyEx(unseen, cv2.MORPH_OPEN, np.ones((3, 3)))
    count, numbers = cv2.connectedComponents(unseen)
    assert len(np.unique(numbers[wide > 0])) == count - 1
