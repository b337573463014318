"""The encoder corrects a first guess, and its seeds draw from the distribution of what it has read."""

import numpy as np
import pytest
import torch

from editors.faces import mesh_of
from editors.frame import vertices_of
from editors.images import to_tensor
from editors.networks.face_encoder import build
from editors.networks.linear_drawing import LinearDrawing, smaller
from editors.networks.perceptual import FeatureStages, relative_distance

from .tiny_training import classifier_weights, linear_face

TINY = {"size": 16, "latent_size": 5, "channels": (4, 6)}


def test_an_encoder_that_has_learned_nothing_returns_the_guess():
    pictures, coarse, guess = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16), torch.randn(2, 5)
    assert torch.equal(build(**TINY)(pictures, coarse, guess), guess)


def test_a_correction_depends_on_what_the_linear_model_left_over():
    encoder = build(**TINY)
    torch.nn.init.normal_(encoder.correct.weight)
    coarse, guess = torch.zeros(1, 3, 16, 16), torch.zeros(1, 5)
    first, second = (encoder(torch.full_like(coarse, left), coarse, guess) for left in (0.1, 0.4))
    assert (first - second).abs().max() > 1e-3


def test_pictures_of_another_size_are_refused_by_name():
    with pytest.raises(ValueError, match=r"\(1, 3, 8, 8\).*must be \(B, 3, 16, 16\)"):
        build(**TINY)(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8), torch.zeros(1, 5))


def test_seeds_draw_from_the_distribution_that_was_remembered():
    encoder = build(**TINY)
    mix = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 5))).float()
    seen = torch.from_numpy(np.random.default_rng(1).standard_normal((4000, 5))).float() @ mix + 3
    encoder.remember(seen)
    drawn = encoder.latents(range(4000))
    torch.testing.assert_close(drawn.mean(0), seen.mean(0), atol=0.25, rtol=0)
    torch.testing.assert_close(torch.cov(drawn.T), torch.cov(seen.T), atol=0.8, rtol=0.15)


def test_a_seed_is_the_same_face_whatever_it_is_drawn_with():
    encoder = build(**TINY)
    assert torch.equal(encoder.latents([3, 7])[1], encoder.latents([7])[0])
    np.testing.assert_allclose(encoder.latents([7])[0], np.random.RandomState(7).randn(5), rtol=1e-6)


def test_features_halve_with_each_strided_block_whether_the_side_is_even_or_odd():
    stages = FeatureStages(classifier_weights(), (0, 1))
    assert [tuple(seen.shape) for seen in stages(torch.rand(2, 3, 16, 16))] == [(2, 4, 8, 8), (2, 4, 4, 4)]
    assert [tuple(seen.shape[2:]) for seen in stages(torch.rand(1, 3, 18, 18))] == [(9, 9), (5, 5)]


def test_batch_normalisation_is_folded_in():
    weights = classifier_weights()
    x = torch.rand(1, 3, 16, 16)
    names = ("running_mean", "running_var", "weight", "bias")
    y = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), weights["_conv_stem.weight"], stride=2)
    y = torch.nn.functional.batch_norm(y, *(weights[f"_bn0.{name}"] for name in names), eps=1e-3)
    torch.testing.assert_close(FeatureStages(weights, (0,)).stem(x), y, atol=1e-5, rtol=1e-4)


def test_a_stage_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="blocks 0 to 1"):
        FeatureStages(classifier_weights(), (2,))


def test_the_distance_of_features_is_relative_and_none_for_equal_ones():
    features = [torch.rand(1, 2, 4, 4), torch.rand(1, 3, 2, 2)]
    assert relative_distance(features, features) == 0
    doubled = [2 * seen for seen in features]
    assert float(relative_distance(doubled, features)) == pytest.approx(1, rel=1e-4)


def test_a_code_read_for_the_face_is_nearer_there_and_further_around_it():
    shape = linear_face()
    random = np.random.default_rng(0)
    face = shape.face_weight > shape.face_weight.max() / 2
    gaps = {"code": [], "face_code": []}
    for _ in range(20):
        picture = shape.draw(random.normal(size=4)) + random.normal(0, 30, (20, 20, 3)).astype(np.float32)
        for name, found in gaps.items():
            squares = np.square(shape.draw(getattr(shape, name)(picture)) - picture)[shape.frame.inside].mean(1)
            found.append((squares[face].mean(), squares[~face].mean()))
    plain, read_for_face = np.mean(gaps["code"], 0), np.mean(gaps["face_code"], 0)
    assert read_for_face[0] < plain[0] and read_for_face[1] > plain[1]


def test_a_code_read_for_the_face_finds_what_the_model_itself_drew():
    shape = linear_face()
    np.testing.assert_allclose(shape.face_code(shape.draw(np.array([1.0, -1, 0.5, 2]))), [1, -1, 0.5, 2], rtol=0.1)


def test_the_matrix_draws_what_the_linear_model_draws():
    shape = linear_face()
    code = np.array([1.0, -2, 0.5, 3], np.float32)
    wanted = torch.from_numpy(smaller(shape.draw(code), 16) / 127.5 - 1).permute(2, 0, 1)
    torch.testing.assert_close(LinearDrawing(shape, 16)(torch.from_numpy(code)[None])[0], wanted, atol=1e-4, rtol=0)


def test_a_movement_along_components_is_read_back():
    drawing = LinearDrawing(linear_face(40), 40)  # at its own size components stay square to each other
    first, second = torch.tensor([[0.0, 1, 0, 0]]), torch.tensor([[2.0, -1, 0, 0]])
    torch.testing.assert_close(drawing.read(drawing(second) - drawing(first), 2), second[:, :2] - first[:, :2],
                               atol=0.05, rtol=0)


@pytest.fixture(scope="module")
def astronaut(portrait, models):
    """A face that nothing was fitted to, in the frame: what it looks like at 128 pixels, and its linear code."""
    shape = models.get("face_shape")
    taken = shape.frame.take(portrait.image, vertices_of(mesh_of(portrait, models)))
    picture = smaller(taken, 128).round().clip(0, 255).astype(np.uint8)
    return to_tensor(picture), torch.from_numpy(shape.face_code(taken))[None]


@pytest.fixture(scope="module")
def drawing(models):
    return LinearDrawing(models.get("face_shape"), 128)


def test_the_embedded_pair_rebuilds_a_face_it_never_saw_closer_than_the_linear_model(models, astronaut, drawing):
    picture, guess = astronaut
    coarse = drawing(guess)
    rebuilt = drawing.complete(models.get("face_generator"), models.get("face_encoder")(picture, coarse, guess))
    linear, drawn = (((seen - picture).square() * drawing.weight).sum() for seen in (coarse, rebuilt))
    assert drawn < linear


def test_seeds_of_the_embedded_pair_are_different_people(models, drawing):
    latents = models.get("face_encoder").latents(range(6))
    faces = drawing.complete(models.get("face_generator"), latents).flatten(1)
    gaps = torch.cdist(faces, faces) / faces.shape[1] ** 0.5
    assert gaps[~torch.eye(6, dtype=torch.bool)].min() > 0.15  # of a range of 2
