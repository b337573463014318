"""What a turned head promises: the cheek that comes to light is the other cheek's mirror image, not a smear."""

import cv2
import numpy as np
import pytest

from editors.canvas import REGIONS, canvas_of
from editors.carry import Edit, carry, moved_by
from editors.faces import mesh_of
from editors.far_side import far_side, mirror_of
from editors.frame import MESH_POINTS
from editors.measures import rotation_by
from editors.mesh_points import MOUTH_CORNERS, OVAL, SIDES
from editors.portrait import Portrait

from .tiny import ASTRONAUT

RIGHT_CHEEK, LEFT_CHEEK = 50, 280
BLUE = (20, 40, 255)


def turn(models, yaw: float) -> Edit:
    still = np.zeros_like(models.get("face_shape").mean_mesh)
    return Edit(still, np.zeros((1, 1, 3), np.float32), turn=rotation_by(yaw, 0))


def turned(models, yaw: float, spot: int) -> Portrait:
    """The example turned by some degrees, with a blue spot at a point of the mesh."""
    portrait = Portrait.open(ASTRONAUT)
    edit = turn(models, yaw)
    mesh = moved_by(edit, canvas_of(portrait, models))[:MESH_POINTS]
    image = carry(portrait, edit, models)
    cv2.circle(image, tuple(np.round(mesh[spot, :2]).astype(int).tolist()), 3, BLUE, -1)
    whole = np.concatenate([mesh, mesh_of(portrait, models)[MESH_POINTS:]])
    return portrait.with_image(image, mesh=whole.astype(np.float32))


def bluest(image: np.ndarray, moved: np.ndarray, point: int) -> int:
    """How much bluer than red the bluest pixel is near a point."""
    x, y = np.round(moved[point, :2]).astype(int)
    near = image[y - 6 : y + 7, x - 6 : x + 7].astype(int)
    return int((near[..., 2] - near[..., 0]).max())


def test_the_mirror_of_the_mirror_is_the_point_itself():
    mirror = mirror_of()
    assert np.array_equal(mirror[mirror], np.arange(MESH_POINTS + 2 * len(OVAL)))
    assert mirror[MOUTH_CORNERS[0]] == MOUTH_CORNERS[1] and mirror[SIDES[0]] == SIDES[1]


@pytest.mark.parametrize("yaw, seen, hidden", [(38, RIGHT_CHEEK, LEFT_CHEEK), (-38, LEFT_CHEEK, RIGHT_CHEEK)])
def test_a_hidden_cheek_is_drawn_from_the_one_that_is_seen(models, yaw, seen, hidden):
    portrait, edit = turned(models, yaw, seen), turn(models, -yaw)
    moved, result = moved_by(edit, canvas_of(portrait, models)), carry(portrait, edit, models)
    assert bluest(result, moved, seen) > 100 and bluest(result, moved, hidden) > 60
    marked = turned(models, yaw, hidden)
    assert bluest(carry(marked, edit, models), moved, seen) < 0                 # what is seen well stays its own


def test_a_face_that_does_not_turn_needs_no_other_side(models):
    canvas = canvas_of(Portrait.open(ASTRONAUT), models)
    assert far_side(canvas, canvas.vertices) is None


@pytest.mark.parametrize("yaw", [-25, 25])
def test_a_face_seen_from_the_front_is_turned_by_what_is_seen_of_it(models, yaw):
    """Slivers of its jaw once took light from beside the other one: a white halo."""
    canvas = canvas_of(Portrait.open(ASTRONAUT), models)
    assert far_side(canvas, moved_by(turn(models, yaw), canvas)) is None


def test_what_is_locked_is_not_drawn_from_the_other_side(models):
    portrait = turned(models, 38, RIGHT_CHEEK)
    assert np.array_equal(carry(portrait, turn(models, -38), models, tuple(REGIONS)), portrait.image)
