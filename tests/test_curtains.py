"""Hair beside a face that turns stays beside it: no stain of hair on the cheek, no seam of skin in the hair."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from editors.areas import within_hull
from editors.canvas import canvas_of
from editors.carry import Edit, moved_by, shift_on_grid
from editors.curtains import behind_hair, covered_by_hair, hair_beside
from editors.faces import eye_distance
from editors.frame import MESH_POINTS
from editors.labels import IDS
from editors.measures import rotation_by
from editors.mesh_points import OVAL

SKIN, HAIR = (200, 150, 120), (40, 20, 10)
ON_HAIR = 0.03
"""Eye distances that the mesh reaches onto what lies beside a face."""


@pytest.fixture(scope="module")
def canvas(portrait, models):
    """A face of one colour with hair of another all around it."""
    canvas = canvas_of(portrait, models)
    shape = canvas.image.shape[:2]
    face = within_hull(canvas.vertices[:MESH_POINTS, :2], shape).astype(np.uint8)
    labels = np.where(face, IDS["skin"], IDS["hair"]).astype(np.uint8)
    seen = cv2.erode(face, np.ones((2 * round(ON_HAIR * eye_distance(canvas.vertices)) + 1,) * 2))
    return replace(canvas, image=np.where(seen[..., None], SKIN, HAIR).astype(np.uint8), labels=labels,
                   to_crop=np.eye(2, 3), hands=None)


def turned(canvas, models, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """The vertices of the head turned by so many degrees, and its picture on the grid."""
    shape = models.get("face_shape")
    edit = Edit(np.zeros_like(shape.mean_mesh), np.zeros((shape.frame.size,) * 2 + (3,), np.float32),
                turn=rotation_by(yaw, 0))
    covered = covered_by_hair(edit.turn, canvas)
    vertices = behind_hair(moved_by(edit, canvas), covered, canvas)
    moved = hair_beside(shift_on_grid(vertices, canvas), covered, canvas)
    rows, columns = np.indices(canvas.grid_shape, np.float32)
    where = np.stack([columns, rows], -1) + moved.shift / np.float32(canvas.step)
    return vertices, cv2.remap(canvas.small, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def pieces(picture: np.ndarray, canvas) -> int:
    """Of how many pieces skin is in most rows between eyes and chin: one where it is whole."""
    points = canvas.to_grid(canvas.vertices)
    rows = range(int(points[list(OVAL), 1].mean()), int(points[list(OVAL), 1].max()) - 20, 3)
    light = picture[..., 0] > (SKIN[0] + HAIR[0]) / 2
    return max(int((np.diff(light[row].astype(int)) == 1).sum()) for row in rows)


@pytest.mark.parametrize("yaw", [-24, -12, 12, 24])
def test_no_skin_is_drawn_wider_where_a_cheek_reaches_beyond_its_mesh(canvas, models, yaw):
    """A mesh a little smaller than its face left skin to be drawn as hair: a light patch beside the cheek."""
    face = within_hull(canvas.vertices[:MESH_POINTS, :2], canvas.image.shape[:2]).astype(np.uint8)
    wide = round(0.05 * eye_distance(canvas.vertices))
    more = cv2.dilate(face, np.ones((2 * wide + 1,) * 2))
    larger = replace(canvas, image=np.where(more[..., None], SKIN, HAIR).astype(np.uint8))
    outline, picture = turned(larger, models, yaw)
    cheek = within_hull(outline[:MESH_POINTS, :2], face.shape).astype(np.uint8)
    beside = cv2.dilate(cheek, np.ones((2 * wide + 5,) * 2))
    x0, y0, x1, y1 = canvas.box
    beside = cv2.resize(beside[y0:y1, x0:x1], canvas.grid_shape[::-1], interpolation=cv2.INTER_NEAREST)
    points = canvas.to_grid(canvas.vertices)
    rows = slice(int(points[33, 1]) + 10, int(points[list(OVAL), 1].max()) - 20)
    assert (picture[rows][beside[rows] == 0].max(1) < 120).all()


@pytest.mark.parametrize("yaw", [-24, -12, 12, 24])
def test_the_cheek_of_a_face_that_turns_ends_where_the_hair_beside_it_begins(canvas, models, yaw):
    assert pieces(turned(canvas, models, yaw)[1], canvas) == 1


def test_a_face_that_was_turned_turns_on_without_a_seam_of_skin_in_its_hair(canvas, models):
    """The outline of a turned face lies behind its cheek, and hair beside it was drawn from there."""
    vertices, picture = turned(canvas, models, 14)
    face = within_hull(vertices[:MESH_POINTS, :2], canvas.image.shape[:2])
    labels = np.where(face, IDS["skin"], IDS["hair"]).astype(np.uint8)
    image = np.where(face[..., None], SKIN, HAIR).astype(np.uint8)
    there = replace(canvas, vertices=vertices, image=image, labels=labels)
    for yaw in (-16, 16):
        assert pieces(turned(there, models, yaw)[1], there) == 1


def test_beside_an_ear_or_a_wall_a_cheek_comes_to_light(canvas, models):
    plain = moved_by(Edit(np.zeros_like(models.get("face_shape").mean_mesh), np.zeros((160, 160, 3), np.float32),
                          turn=rotation_by(15, 0)), canvas)
    bare = replace(canvas, labels=np.where(canvas.labels == IDS["hair"], IDS["background"], canvas.labels))
    assert not covered_by_hair(rotation_by(15, 0), bare).any()
    assert np.array_equal(turned(bare, models, 15)[0], plain)
    assert not np.array_equal(turned(canvas, models, 15)[0], plain)


def test_a_head_that_nods_or_stays_moves_as_asked(canvas):
    for turn in (rotation_by(0, 15), np.eye(3)):
        assert not covered_by_hair(turn, canvas).any()
