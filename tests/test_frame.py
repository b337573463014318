"""The mesh-normalised frame: every face on the same face, and back."""

import cv2
import numpy as np
import pytest

from editors.canvas import canvas_of
from editors.frame import MESH_POINTS, evaluate, moved_vertices, rasterise, triangle_maps, vertices_of
from editors.mesh_points import OVAL

TRIANGLES = np.array([[0, 1, 2], [1, 2, 3]], np.int32)
SQUARE = np.array([[0, 0], [20, 0], [0, 20], [20, 20]], float)


@pytest.fixture(scope="module")
def frame(models):
    return models.get("face_shape").frame


def test_the_nearer_of_two_triangles_is_seen():
    points = np.concatenate([SQUARE[:3], SQUARE[:3]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    for near in (0, 1):
        depth = np.full(6, 5.0)
        depth[triangles[near]] = 1
        assert rasterise(points, triangles, (21, 21), depth)[4, 4] == near


def test_values_between_vertices_are_linear():
    values = SQUARE @ [[2.0, -1.0], [0.5, 3.0]] + [7, 1]
    seen = rasterise(SQUARE, TRIANGLES, (21, 21), np.zeros(4))
    found = evaluate(seen, triangle_maps(SQUARE, values, TRIANGLES))
    rows, columns = np.indices((21, 21))
    assert (seen >= 0).all()
    assert np.abs(found - (np.stack([columns, rows], -1) @ [[2.0, -1.0], [0.5, 3.0]] + [7, 1])).max() < 1e-4


def test_a_triangle_without_area_maps_to_its_first_corner():
    points = np.array([[1.0, 1], [1, 1], [1, 1]])
    maps = triangle_maps(points, np.array([[5.0], [6], [7]]), np.array([[0, 1, 2]]))
    assert np.isfinite(maps).all() and [1, 1, 1] @ maps[0] == pytest.approx(5)


def test_triangles_cover_the_frame_without_holes_and_without_overlap(frame):
    points = frame.mean * frame.size
    a, b, c = (points[frame.triangles[:, i]] for i in range(3))
    areas = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert abs(areas.sum() / frame.inside.sum() - 1) < 0.03
    assert cv2.connectedComponents(np.pad(~frame.inside, 1, constant_values=True).astype(np.uint8))[0] == 2


def test_a_picture_already_in_the_frame_stays_as_it_is(frame):
    picture = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (frame.size, frame.size, 3)), (0, 0), 2)
    picture = picture.astype(np.float32)
    taken = frame.take(picture, frame.mean * frame.size - 0.5)
    assert np.abs(taken - picture)[frame.inside].max() < 0.5 and not taken[~frame.inside].any()


def test_a_photograph_comes_back_from_the_frame(portrait, models, frame):
    canvas = canvas_of(portrait, models)
    back = cv2.remap(frame.take(portrait.image, canvas.vertices), canvas.positions, None, cv2.INTER_LINEAR)
    x0, y0, x1, y1 = canvas.box
    small = cv2.resize(portrait.image[y0:y1, x0:x1], canvas.grid_shape[::-1], interpolation=cv2.INTER_AREA)
    covered = cv2.erode((canvas.positions[..., 0] > -5).astype(np.uint8), np.ones((9, 9))) > 0
    error = np.abs(back - cv2.GaussianBlur(small, (0, 0), 0.8))[covered]
    assert covered.mean() > 0.5 and error.mean() < 4


def test_rings_follow_the_oval_less_and_less_and_the_outer_one_stays():
    mesh = np.random.default_rng(1).normal(size=(MESH_POINTS, 3))
    vertices, movement = vertices_of(mesh), np.ones((MESH_POINTS, 3))
    went = (moved_vertices(vertices, movement) - vertices)[:, 0]
    assert went[:MESH_POINTS] == pytest.approx(1)
    inner, outer = went[MESH_POINTS : MESH_POINTS + len(OVAL)], went[MESH_POINTS + len(OVAL) :]
    assert ((0 < inner) & (inner < 1)).all() and not outer.any()
