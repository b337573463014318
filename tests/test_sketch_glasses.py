"""Glasses that are drawn are known as a hand draws them, and eyes that they stand for are behind their lenses."""

import numpy as np
import pytest

from editors.faces import eye_distance
from editors.mesh_points import LEFT_EYE, LIPS_OUTER, RIGHT_EYE
from editors.sketch.glasses import drawn_glasses

from .sheets import Sheet, face_enlarged

portrait, mesh = face_enlarged(2)


def ring(x, y, wide, high, end=2 * np.pi):
    return [(x + wide * np.cos(t), y + high * np.sin(t)) for t in np.linspace(0, end, 40)]


def glasses(portrait, mesh, lower=0.0, end=2 * np.pi):
    """Glasses in eye distances from the right eye, so much lower than the eyes; rings that go on to an end."""
    sheet = Sheet(portrait.image.shape, mesh, 0)
    sheet.start = mesh[list(RIGHT_EYE), :2].mean(0)
    sheet.cut([(-0.5, -0.5), (1.5, -0.5), (1.5, 0.5), (-0.5, 0.5)])
    return sheet.draw(*(ring(x, lower, 0.36, 0.27, end) for x in (0, 1)), [(0.36, lower), (0.64, lower)])


def eyes_of(mesh):
    return np.array([mesh[list(lids), :2].mean(0) for lids in (RIGHT_EYE, LEFT_EYE)])


@pytest.mark.parametrize("end", [2 * np.pi, 2 * np.pi - 0.2], ids=["whole", "with a gap"])
@pytest.mark.parametrize("off", [-0.25, 0, 0.25])
def test_glasses_are_known_though_the_eyes_are_thought_to_lie_beside_their_lenses(off, end, portrait, mesh):
    sheet = glasses(portrait, mesh, end=end)
    thought = mesh + [0, off * eye_distance(mesh), 0]
    found = drawn_glasses(sheet.lines / np.float32(255), thought)
    assert (found.lines > 0)[sheet.lines > 0].mean() > 0.95
    assert np.abs(found.lenses - eyes_of(mesh)).max() < 0.1 * eye_distance(mesh)


def test_eyes_that_are_brushed_out_move_behind_the_lenses_and_a_mouth_that_is_seen_stays(portrait, mesh, models):
    sheet, eyes = glasses(portrait, mesh), eye_distance(mesh)
    found = drawn_glasses(sheet.lines / np.float32(255), mesh)
    thought = mesh.copy()
    thought[list(RIGHT_EYE + LEFT_EYE), 1] -= 0.2 * eyes
    moved = found.before(thought, sheet.hole > 0, models.get("face_shape"))
    assert np.linalg.norm(eyes_of(moved) - eyes_of(mesh), axis=1).max() < 0.1 * eyes
    assert (moved[list(LIPS_OUTER)] == mesh[list(LIPS_OUTER)]).all()


def test_eyes_that_are_seen_stay_where_they_are_behind_glasses(portrait, mesh, models):
    sheet = glasses(portrait, mesh, lower=0.2)
    sheet.hole = sheet.lines.copy()
    found = drawn_glasses(sheet.lines / np.float32(255), mesh)
    assert np.abs(eyes_of(found.before(mesh, sheet.hole > 0, models.get("face_shape"))) - eyes_of(mesh)).max() < 1e-6
