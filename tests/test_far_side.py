"""What a turned head promises: the cheek that comes to light is the other cheek's mirror image, not a smear."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.canvas import REGIONS, canvas_of
from editors.carry import Edit, carry, moved_by
from editors.faces import eye_distance, mesh_of
from editors.far_side import PROFILE, eased, far_side, mirror_of
from editors.frame import MESH_POINTS
from editors.measures import pose_of, rotation_by
from editors.mesh_points import LEFT_EYE, MOUTH_CORNERS, OVAL, RIGHT_EYE, SIDES
from editors.portrait import Portrait

RIGHT_CHEEK, LEFT_CHEEK = 50, 280
BLUE = (20, 40, 255)


def turn(models, yaw: float) -> Edit:
    still = np.zeros_like(models.get("face_shape").mean_mesh)
    return Edit(still, np.zeros((1, 1, 3), np.float32), turn=rotation_by(yaw, 0))


def turned(portrait: Portrait, models, yaw: float, spot: int) -> Portrait:
    """The example turned by some degrees, with a blue spot at a point of the mesh."""
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


@pytest.mark.parametrize("yaw, seen, hidden", [(29, RIGHT_CHEEK, LEFT_CHEEK), (-29, LEFT_CHEEK, RIGHT_CHEEK)])
def test_a_hidden_cheek_is_drawn_from_the_one_that_is_seen(portrait, models, yaw, seen, hidden):
    spotted, edit = turned(portrait, models, yaw, seen), turn(models, -yaw)
    moved, result = moved_by(edit, canvas_of(spotted, models)), carry(spotted, edit, models)
    assert bluest(result, moved, seen) > 100 and bluest(result, moved, hidden) > 60
    marked = turned(portrait, models, yaw, hidden)
    assert bluest(carry(marked, edit, models), moved, seen) < 0                 # what is seen well stays its own


def test_what_is_drawn_from_the_other_side_has_no_specks(portrait, models):
    """Slivers along a cheek lay beside each other there and far apart in the photograph: dark dots."""
    canvas = canvas_of(turned(portrait, models, 18, RIGHT_CHEEK), models)
    where, share = far_side(canvas, moved_by(turn(models, -18), canvas))
    apart = np.abs(where - cv2.medianBlur(where, 5)).max(2)
    assert apart[share > 0.2].max() < 0.1 * eye_distance(canvas.vertices)


def test_a_face_that_does_not_turn_needs_no_other_side(portrait, models):
    canvas = canvas_of(portrait, models)
    assert far_side(canvas, canvas.vertices) is None


@pytest.mark.parametrize("yaw", [-25, 25])
def test_a_face_seen_from_the_front_is_turned_by_what_is_seen_of_it(portrait, models, yaw):
    """Slivers of its jaw once took light from beside the other one: a white halo."""
    canvas = canvas_of(portrait, models)
    assert far_side(canvas, moved_by(turn(models, yaw), canvas)) is None


def test_what_is_locked_is_not_drawn_from_the_other_side(portrait, models):
    spotted = turned(portrait, models, 38, RIGHT_CHEEK)
    assert np.array_equal(carry(spotted, turn(models, -38), models, tuple(REGIONS)), spotted.image)


def asked_and_made(yaw: float, asked: float, pitch: float = 0.0) -> tuple[float, float]:
    return pose_of(eased(rotation_by(asked, pitch), yaw))


@pytest.mark.parametrize("yaw", [-8, 0, 8])
@pytest.mark.parametrize("asked", [-25, -5, 5, 25])
def test_a_head_seen_from_the_front_turns_as_far_as_asked(yaw, asked):
    assert asked_and_made(yaw, asked, 7) == pytest.approx((asked, 7))


@pytest.mark.parametrize("side", [-1, 1])
def test_a_head_turns_less_the_further_it_is_turned_already(side):
    back = [asked_and_made(side * yaw, -side * 25)[0] * -side for yaw in (15, 26, 30, 40)]
    assert back[0] == pytest.approx(25) and np.all(np.diff(back) < -1) and 4 < back[-1] < 8
    on = [abs(side * yaw + asked_and_made(side * yaw, side * 25)[0]) for yaw in (15, 26, 40, 51)]
    assert max(on) < PROFILE and np.all(np.diff(on) > 0)


@pytest.mark.parametrize("side", [-1, 1])
def test_a_head_that_hides_much_of_one_side_turns_back_by_less_than_half(side):
    """Further, smears of hair and background came out beside its eye."""
    assert asked_and_made(side * 25, -side * 25)[0] * -side < 12.5


@pytest.mark.parametrize("yaw", [-42, 42])
def test_of_a_side_that_the_photograph_hides_nothing_is_drawn(portrait, models, yaw):
    """The other cheek once stood beside the face like a second one."""
    canvas = canvas_of(portrait, models)
    posed = canvas.vertices - canvas.vertices[:MESH_POINTS].mean(0)
    canvas = replace(canvas, vertices=posed @ rotation_by(yaw, 0).T + canvas.vertices[:MESH_POINTS].mean(0))
    assert far_side(canvas, moved_by(turn(models, -yaw), canvas)) is None


@pytest.mark.parametrize("yaw", [-40, 20, 33])
def test_a_larger_amount_never_turns_a_head_less(yaw):
    turns = np.array([asked_and_made(yaw, asked)[0] for asked in np.linspace(-60, 60, 121)])
    assert np.all(np.diff(turns) > 0) and np.diff(turns).max() < 1.1


@pytest.mark.parametrize("yaw", [-26, 26])
def test_dark_glasses_of_a_turned_head_stay_the_photograph_s_own(portrait, models, yaw):
    spotted, edit = turned(portrait, models, yaw, 4), turn(models, -yaw)
    mesh, image = mesh_of(spotted, models), spotted.image.copy()
    for eye in (RIGHT_EYE, LEFT_EYE):
        middle, size = mesh[list(eye), :2].mean(0), np.ptp(mesh[list(eye), 0])
        cv2.ellipse(image, (tuple(middle.tolist()), (2 * size, 1.2 * size), 0), (8, 8, 10), -1)
    shares = []
    for seen in (spotted, spotted.with_image(image, mesh=mesh)):
        canvas = canvas_of(seen, models)
        moved = moved_by(edit, canvas)
        rows = np.round(canvas.to_grid(moved[list(RIGHT_EYE + LEFT_EYE)])[:, 1]).astype(int)
        shares.append(far_side(canvas, moved)[1])
    assert shares[1][rows.min() : rows.max()].sum() < 0.3 * shares[0][rows.min() : rows.max()].sum()
    assert shares[1].max() > 0.5
