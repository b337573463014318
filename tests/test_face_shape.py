"""The linear model: codes are coordinates, and a face's place in the photograph is none of them."""

import numpy as np
import pytest

from editors.faces import mesh_of
from editors.frame import vertices_of
from editors.networks.face_shape import similarity_to


@pytest.fixture(scope="module")
def shape(models):
    return models.get("face_shape")


def test_the_mean_face_has_the_code_zero_and_zero_draws_the_mean_face(shape):
    assert np.abs(shape.shape_code(shape.mean_mesh)).max() < 1e-9
    assert np.array_equal(shape.mesh_of(np.zeros(len(shape.mesh_deviations))), shape.mean_mesh)
    assert np.abs(shape.code(shape.draw(np.zeros(400)))).max() < 1e-3


def test_the_mean_face_has_its_eyes_level_and_one_apart(shape):
    eyes = (shape.mean_mesh[list(points)].mean(0) for points in ((33, 133, 159, 145), (263, 362, 386, 374)))
    across = -np.subtract(*eyes)
    assert across[:2] == pytest.approx((1, 0), abs=0.03)


def test_a_code_is_found_again_in_what_it_draws(shape):
    code = np.random.default_rng(2).normal(size=50)
    assert np.abs(shape.code(shape.draw(code), 50) - code).max() < 0.1       # components are kept in 8 bits
    form = np.random.default_rng(3).normal(size=len(shape.mesh_deviations)) * 0.5
    assert np.abs(shape.shape_code(shape.mesh_of(form)) - form).max() < 0.4  # the similarity takes its own part


def test_where_and_how_large_a_face_is_does_not_change_its_code(shape, models, portrait):
    mesh = mesh_of(portrait, models).astype(float)
    turn = 1.7 * np.exp(0.3j)
    plane = (mesh[:, 0] + 1j * mesh[:, 1]) * turn + (40 - 25j)
    elsewhere = np.column_stack([plane.real, plane.imag, mesh[:, 2] * abs(turn)])
    assert np.abs(shape.shape_code(mesh) - shape.shape_code(elsewhere)).max() < 1e-6


def test_a_similarity_goes_there_and_back(shape, models, portrait):
    mesh = mesh_of(portrait, models).astype(float)
    similarity = similarity_to(mesh, shape.mean_mesh)
    assert np.abs(similarity.to_photograph(similarity.to_model(mesh)) - mesh).max() < 1e-9
    moved = similarity.to_photograph(similarity.to_model(mesh) + [0.1, 0, 0]) - mesh
    assert np.abs(moved - similarity.movement_to_photograph(np.array([[0.1, 0, 0]]))).max() < 1e-9


def test_more_components_rebuild_a_face_they_never_saw_better(shape, models, portrait):
    picture = shape.frame.take(portrait.image, vertices_of(mesh_of(portrait, models)))
    drawn = [shape.draw(shape.code(picture, count)) for count in (1, 25, 100, 400)]
    errors = [np.abs(face - picture)[shape.frame.inside].mean() for face in drawn]
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0] / 2
