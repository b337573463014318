"""What carrying an edit to the photograph promises: only what should change does, and it stays a photograph."""

import cv2
import numpy as np
import pytest

from editors.canvas import REGIONS, canvas_of, reduced
from editors.carry import Edit, carry, moved_by, on_pixels, shift_on_grid
from editors.faces import mesh_of
from editors.labels import IDS
from editors.measures import rotation_by
from editors.mesh_points import LIPS_INNER, LOWER_LIP_ROWS
from editors.networks.mouth_interior import LOWER
from editors.parsing import label_crop_of, labels_of
from editors.portrait import Portrait
from editors.skin import DEEPEST, FOLD, SHINE


def movement(portrait, models, points, by):
    """An edit that moves some points of the mesh."""
    moved = np.zeros_like(models.get("face_shape").mean_mesh)
    moved[list(points), :2] = by
    return Edit(moved, np.zeros(1, np.float32))


def widened(models, by=0.1):
    """An edit that makes the whole face wider."""
    mean = models.get("face_shape").mean_mesh
    return Edit(np.column_stack([mean[:, 0] * by, np.zeros((len(mean), 2))]), np.zeros(1, np.float32))


def sharpness(image, mask):
    return cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F)[mask].var()


def test_a_point_of_the_mesh_goes_where_the_edit_sends_it(portrait, models):
    canvas = canvas_of(portrait, models)
    moved = moved_by(movement(portrait, models, [4], (0.1, 0)), canvas)
    went = np.linalg.norm(moved - canvas.vertices, axis=1)
    assert went[4] > 3 and np.count_nonzero(went > 1e-9) == 1


def test_pixels_follow_their_point(portrait, models):
    """A dark dot painted beside the nose is found again where the mesh was sent."""
    image = portrait.image.copy()
    x, y = np.round(mesh_of(portrait, models)[205, :2]).astype(int)
    cv2.circle(image, (int(x), int(y)), 2, (0, 0, 0), -1)
    spotted = portrait.with_image(image, mesh=mesh_of(portrait, models))
    near = [205, 206, 36, 203, 207, 50, 101, 142, 216, 187, 118, 117, 123, 147, 192, 213, 100]
    edit = movement(spotted, models, near, (0, 0.1))
    target = moved_by(edit, canvas_of(spotted, models))[205, :2]
    result = carry(spotted, edit, models).astype(int).sum(2)
    window = result[int(target[1]) - 4 : int(target[1]) + 5, int(target[0]) - 4 : int(target[0]) + 5]
    row, column = np.argwhere(window < 200).mean(0)
    assert window.min() < 60 and abs(row - 4) <= 1.5 and abs(column - 4) <= 1.5


def test_nothing_changes_beyond_the_box_and_most_of_the_background_stays(portrait, models):
    edited = carry(portrait, widened(models), models)
    changed = (edited != portrait.image).any(2)
    x0, y0, x1, y1 = canvas_of(portrait, models).box
    inside = np.zeros_like(changed)
    inside[y0:y1, x0:x1] = True
    assert changed.any() and not changed[~inside].any()
    background = labels_of(portrait, models) == IDS["background"]
    assert changed[background].mean() < 0.1


def test_a_change_of_appearance_leaves_the_background_alone(portrait, models):
    size = models.get("face_shape").frame.size
    edit = Edit(np.zeros((468, 3)), np.full((size, size, 3), 40, np.float32))
    change = np.abs(carry(portrait, edit, models).astype(int) - portrait.image).max(2)
    labels = labels_of(portrait, models)
    away = cv2.erode(np.isin(labels, [IDS["background"]]).astype(np.uint8), np.ones((9, 9))) > 0
    assert change[away].max() <= 1 and np.median(change[labels == IDS["nose"]]) > 30


@pytest.mark.parametrize("region", ["eyes", "mouth", "nose", "hair", "background"])
def test_a_locked_region_is_bit_identical(portrait, models, region):
    size = models.get("face_shape").frame.size
    edit = Edit(widened(models).movement, np.full((size, size, 3), 25, np.float32), {"hair": np.array([0.5, 0, 0])})
    edited = carry(portrait, edit, models, lock=(region,))
    labels = labels_of(portrait, models)
    locked = np.isin(labels, [IDS[name] for name in REGIONS[region]])
    locked[: canvas_of(portrait, models).box[1]] &= region in ("hair", "background")
    assert (edited != portrait.image).any() and (edited[locked] == portrait.image[locked]).all()


@pytest.mark.parametrize("region, by", [("mouth", (0.0, -0.2)), ("brows", (0.0, -0.2)), ("nose", (0.25, 0.0))])
def test_a_locked_region_is_not_seen_a_second_time_beside_itself(portrait, models, region, by):
    """Whatever moves beside it; it is marked, so that it is known again."""
    locked = np.isin(labels_of(portrait, models), [IDS[name] for name in REGIONS[region]])
    image = np.where(locked[..., None], np.uint8([0, 255, 0]), portrait.image)
    facts = {"mesh": mesh_of(portrait, models), "label_crop": label_crop_of(portrait, models)}
    marked = portrait.with_image(image, **facts)
    edited = carry(marked, movement(marked, models, range(468), by), models, lock=(region,)).astype(int)
    near = cv2.dilate(locked.astype(np.uint8), np.ones((5, 5))) > 0
    again = (edited[..., 1] - edited[..., ::2].max(2) > 90) & ~near
    assert (edited != image).any() and again.sum() < 0.02 * locked.sum()


def test_a_moved_face_keeps_its_grain(portrait, models):
    mesh = mesh_of(portrait, models)[:468, :2].astype(np.float32)
    face = cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8), cv2.convexHull(mesh).astype(int), 1) > 0
    for by in (-0.06, 0.06):
        ratio = sharpness(carry(portrait, widened(models, by), models), face) / sharpness(portrait.image, face)
        assert 0.9 < ratio < 1.15


def test_movement_is_gathered_around_whole_pixels_without_folding():
    even = np.linspace(0, 3, 301, dtype=np.float32)[None, :, None].repeat(2, 2)
    gathered = on_pixels(even, np.full((1, 301), 0.01, np.float32))
    assert np.abs(gathered - even).max() <= 0.5
    assert (np.diff(gathered[0, :, 0]) >= 0).all() and np.diff(gathered[0, :, 0]).max() < 0.1
    assert (np.abs(gathered - np.round(gathered)) < 1e-6).mean() > 0.8


def test_steep_movement_is_left_as_it_is():
    steep = np.linspace(0, 3, 7, dtype=np.float32)[None, :, None].repeat(2, 2)
    assert np.abs(on_pixels(steep, np.full((1, 7), 0.5, np.float32)) - steep).max() < 1e-6


def test_lips_that_part_show_something_new(portrait, models):
    """Closing the astronaut's lips first, then opening them: teeth, lighter than lips, come to light."""
    mean = models.get("face_shape").mean_mesh
    lower = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308]
    upper = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308]
    mesh = mesh_of(portrait, models).copy()
    mesh[lower, :2] = mesh[upper, :2] + [0, 0.3]
    closed = portrait.with_image(portrait.image, mesh=mesh)
    drop = np.zeros_like(mean)
    drop[lower[1:-1], 1] = 0.25
    edit = Edit(drop, np.zeros(1, np.float32))
    edited = carry(closed, edit, models)
    outline = moved_by(edit, canvas_of(closed, models))[list(LIPS_INNER), :2]
    mouth = cv2.fillPoly(np.zeros(edited.shape[:2], np.uint8), [np.round(outline).astype(np.int32)], 1) > 0
    assert mouth.sum() > 100
    assert (edited[mouth] != closed.image[mouth]).any(1).mean() > 0.9


def test_a_turned_head_tears_nothing(portrait, models):
    """Turning far leaves no pixel that differs from all around it, as holes and folds would."""
    edit = Edit(np.zeros((468, 3)), np.zeros(1, np.float32), {}, rotation_by(25, 0))
    edited = carry(portrait, edit, models)
    outlier = np.abs(edited.astype(int) - cv2.medianBlur(edited, 3)).max(2)
    before = np.abs(portrait.image.astype(int) - cv2.medianBlur(portrait.image, 3)).max(2)
    assert np.percentile(outlier, 99.9) <= np.percentile(before, 99.9) * 1.1


def test_a_reduced_portrait_shows_the_same_edit(portrait, models):
    small = reduced(portrait, 256, models)
    assert max(small.image.shape) == 256 and reduced(small, 256, models) is small
    assert np.abs(mesh_of(small, models)[:, :2] - mesh_of(portrait, models)[:, :2] / 2).max() < 0.5
    edit = widened(models)
    large = cv2.resize(carry(portrait, edit, models), (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(carry(small, edit, models).astype(int) - large).mean() < 1.5


def test_a_turned_head_stays_inside_the_outer_ring(portrait, models):
    edit = Edit(np.zeros((468, 3)), np.zeros(1, np.float32), {}, rotation_by(-30, 8))
    changed = (carry(portrait, edit, models) != portrait.image).any(2).astype(np.uint8)
    ring = canvas_of(portrait, models).vertices[-36:, :2]
    inside = cv2.fillConvexPoly(np.zeros_like(changed), cv2.convexHull(np.round(ring).astype(np.int32)), 1)
    assert changed.any() and not changed[inside == 0].any()


def test_what_is_made_lighter_does_not_burn_out(portrait, models):
    """The brightest of what the edit lightens keeps differences that plain addition would cut off."""
    size = models.get("face_shape").frame.size
    edit = Edit(np.zeros((468, 3)), np.full((size, size, 3), 90, np.float32))
    edited, before = carry(portrait, edit, models), portrait.image
    lightened = (edited > before.astype(int) + 5).all(2)
    assert lightened.sum() > 1000 and (before[lightened].astype(int) + 90 > 255).any()
    assert edited[lightened].max() < 255 and (edited >= before)[lightened].all()


def test_what_is_made_darker_does_not_drown(portrait, models):
    """Shadows that the edit darkens keep differences that plain subtraction would cut off, and none is lightened."""
    size = models.get("face_shape").frame.size
    edit = Edit(np.zeros((468, 3)), np.full((size, size, 3), -90, np.float32))
    edited, before = carry(portrait, edit, models), portrait.image
    drowned = (edited < before).all(2) & (before < 110).all(2) & (before > 12).all(2)
    assert drowned.sum() > 300 and edited[drowned].min() > 0 and np.ptp(edited[drowned].mean(1)) > 8
    assert (edited <= before).all()


def test_what_is_no_wrinkle_does_not_deepen_like_one(portrait, models):
    """However far wrinkles are deepened, no pixel loses more than what the deepest fold may."""
    size = models.get("face_shape").frame.size
    still = np.zeros((size, size, 3), np.float32)
    deep = Edit(np.zeros((468, 3)), still, relief=np.full((size, size), 50, np.float32))
    changed = carry(portrait, deep, models).astype(int) - portrait.image
    assert -1.7 * DEEPEST * FOLD < changed.min() < -8 and changed.max() < 1.7 * DEEPEST * SHINE


def test_the_soft_edge_of_an_opened_mouth_has_no_dots(models):
    """Around the mouth's inside the patch goes on in the colours of its edge, not in the black beyond it."""
    mesh = models.get("face_shape").mean_mesh.copy()
    mesh[list(LOWER), 1] += 0.2
    patch = models.get("mouth_interior").draw(mesh, 150)
    inside = np.linalg.norm(patch, axis=2)
    assert inside[0].min() > 15 and inside[-1].min() > 15 and inside[:, [0, -1]].min() > 15


def test_teeth_keep_their_size_when_a_mouth_that_shows_them_opens_further(portrait, models):
    """They hang from the skull: the lower lip leaves them, and what comes to light below them is dark."""
    lower = [*LOWER_LIP_ROWS[-1][1:-1], *LOWER_LIP_ROWS[0][1:-1], *LOWER_LIP_ROWS[1][1:-1]]
    opened = carry(portrait, movement(portrait, models, lower, (0, 0.15)), models)
    lip, other = mesh_of(portrait, models)[[13, 14], :2].astype(float)

    def light(image, share):
        """Around a point that lies between the lips as they were, or beyond them."""
        x, y = np.round(lip + share * (other - lip)).astype(int)
        return image[y - 1 : y + 2, x - 3 : x + 4].mean()

    teeth = light(portrait.image, 0.5)
    assert abs(light(opened, 0.5) - teeth) < 0.1 * teeth
    assert light(opened, 1.4) < 0.6 * teeth


@pytest.mark.parametrize("yaw", [-25, 25])
def test_no_part_of_a_head_that_turns_stays_behind(portrait, models, yaw):
    """Where a cheek comes into sight that no triangle shows, the picture goes on as around it."""
    canvas = canvas_of(portrait, models)
    still = np.zeros_like(models.get("face_shape").mean_mesh)
    moved = moved_by(Edit(still, np.zeros(1, np.float32), turn=rotation_by(yaw, 0)), canvas)
    shift = shift_on_grid(moved, canvas).shift
    inside = (canvas.rim > 0.1) & (canvas.anchored == 0)
    assert np.abs(shift).max(2)[inside].min() > 0


@pytest.mark.parametrize("turn", [None, rotation_by(15, 0)])
def test_nothing_is_drawn_in_from_beyond_the_photograph(portrait, models, turn):
    """A face that fills its picture, made wider, once drew the edge's pixels in as streaks."""
    image = cv2.resize(portrait.image[80:200, 178:276], None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    mean = models.get("face_shape").mean_mesh
    smaller = Edit(-0.3 * mean.astype(np.float64), np.zeros((1, 1, 3), np.float32), turn=turn)
    result = carry(Portrait(image), smaller, models)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        np.testing.assert_allclose(result[edge].astype(int), image[edge], atol=2)
    assert np.abs(result.astype(int) - image).max() > 60


@pytest.mark.parametrize("turn", [None, rotation_by(10, 0)])
def test_a_large_face_moves_with_a_region_locked(portrait, models, turn):
    """Faces larger than the grid once failed: a number of NumPy's own turned their movement into float64."""
    large = portrait.with_image(cv2.resize(portrait.image, None, fx=3, fy=3), mesh=mesh_of(portrait, models) * 3)
    edit = Edit(widened(models).movement, np.zeros((1, 1, 3), np.float32), turn=turn)
    for fine in (True, False):
        result = carry(large, edit, models, ("hair",), fine)
        assert (result != large.image).any()


def test_numbers_of_a_large_face_are_float32_and_what_is_not_seen_holds_nothing(portrait, models):
    """float64 is refused by OpenCV, and by that alone: in pictures smaller than the grid nothing is divided."""
    image = cv2.resize(portrait.image[98:190, 188:266], None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    canvas = canvas_of(Portrait(image), models)
    assert canvas.step > 2 and type(canvas.step) is float
    arrays = [canvas.positions, canvas.reach, canvas.rim, canvas.inwards, canvas.anchored, canvas.pixels,
              canvas.enlarge(canvas.positions), canvas.held(("eyes",)), canvas.tone_mask("skin", ("nose",))[1],
              shift_on_grid(canvas.vertices + 5, canvas).shift]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    with np.errstate(all="raise"):
        assert canvas.held(("hair",)) is None and canvas.held(()) is None
