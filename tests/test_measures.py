"""Measures read off meshes and pictures say what their names say, and nothing else."""

import cv2
import numpy as np
import pytest

from checkpoints.measures import face_around, frame_regions, pixel_measures
from editors.measures import mesh_measures, pose_of, rotation_by, rotation_of
from editors.mesh_points import MOUTH_CORNERS

LOWER_LIP = (14, 87, 178, 88, 95, 317, 402, 318, 324, 17, 84, 181, 91, 146, 314, 405, 321, 375)


@pytest.fixture(scope="module")
def shape(models):
    return models.get("face_shape")


def changes(mesh, mean):
    """What a mesh measures beyond the mean face."""
    before, after = mesh_measures(mean, mean), mesh_measures(mesh, mean)
    return {name: after[name] - before[name] for name in after}


@pytest.mark.parametrize("yaw, pitch", [(20, 0), (-20, 0), (0, 15), (0, -15), (15, -10)])
def test_a_turned_mesh_measures_its_turn_and_nothing_else(shape, yaw, pitch):
    moved = changes(shape.mean_mesh @ rotation_by(yaw, pitch).T, shape.mean_mesh)
    base = pose_of(rotation_of(shape.mean_mesh, shape.mean_mesh))
    assert base == pytest.approx((0, 0), abs=1e-6)
    assert (moved.pop("yaw"), moved.pop("pitch")) == pytest.approx((yaw, pitch), abs=1e-6)
    assert max(map(abs, moved.values())) < 1e-9


def test_a_face_turned_to_the_pictures_right_has_its_nose_there_and_chin_up_lifts_the_nose(shape):
    nose = shape.mean_mesh[4]
    assert (rotation_by(20, 0) @ nose)[0] > nose[0] + 0.05 and (rotation_by(0, 20) @ nose)[1] < nose[1] - 0.05


def test_corners_that_rise_and_widen_are_a_smile(shape):
    mesh = shape.mean_mesh.copy()
    mesh[list(MOUTH_CORNERS)] += [(-0.05, -0.05, 0), (0.05, -0.05, 0)]
    moved = changes(mesh, shape.mean_mesh)
    assert moved["smile"] == pytest.approx(0.1, abs=0.01) and moved["mouth_width"] == pytest.approx(0.1, abs=0.01)
    assert abs(moved["mouth_open"]) < 0.01


def test_a_lower_lip_that_drops_opens_the_mouth(shape):
    mesh = shape.mean_mesh.copy()
    mesh[list(LOWER_LIP), 1] += 0.1
    moved = changes(mesh, shape.mean_mesh)
    assert moved["mouth_open"] == pytest.approx(0.1, abs=0.01) and abs(moved["lips_full"]) < 0.01


def test_the_jaw_is_measured_against_the_face(shape):
    wide = shape.mean_mesh.copy()
    eyes = np.abs(wide[:, 0]) > 0.75
    wide[eyes, 0] *= 1.1
    moved = changes(wide, shape.mean_mesh)
    assert moved["face_width"] > 0.1 and abs(moved["jaw"]) < 0.01
    wide = shape.mean_mesh.copy()
    wide[[172, 397], 0] *= 1.1
    moved = changes(wide, shape.mean_mesh)
    assert moved["jaw"] > 0.05 and abs(moved["face_width"]) < 0.01


@pytest.fixture(scope="module")
def grey_face(shape):
    return np.full((shape.frame.size,) * 2 + (3,), 128, np.float32) * shape.frame.inside[..., None]


@pytest.mark.parametrize("name, places, sign", [
    ("hair_light", ["hair"], 1), ("skin_light", ["right cheek", "left cheek", "nose"], 1),
    ("light_side", ["left cheek"], 1), ("light_side", ["right cheek"], -1), ("beard", ["beard"], -1),
    ("glasses", ["bridge"], 1),
])  # fmt: skip
def test_a_place_made_lighter_moves_its_measure(shape, grey_face, name, places, sign):
    regions = frame_regions(shape)
    painted, rows = grey_face.copy(), np.arange(shape.frame.size)[:, None] % 4 < (2 if name == "glasses" else 4)
    for place in places:
        painted[regions[place] & rows] += 60
    before, after = pixel_measures(grey_face, regions), pixel_measures(painted, regions)
    assert sign * (after[name] - before[name]) > 0.5


def test_places_of_the_face_lie_inside_the_frame_and_apart(shape):
    regions = frame_regions(shape)
    assert all(mask.any() and shape.frame.inside[mask].all() for mask in regions.values())
    toned = [regions[name].astype(int) for name in ("right cheek", "left cheek", "nose", "beard", "hair")]
    assert sum(toned).max() == 1


def test_a_face_is_found_again_where_its_mesh_lies(models):
    from editors.faces import find_faces, find_mesh

    from .tiny import ASTRONAUT
    image = cv2.cvtColor(cv2.imread(str(ASTRONAUT)), cv2.COLOR_BGR2RGB)
    mesh = find_mesh(image, find_faces(image, models)[0], models)
    again = find_mesh(image, face_around(mesh), models)
    assert np.linalg.norm(again[:, :2] - mesh[:, :2], axis=1).mean() < 0.5
