"""The painter's recipe at tiny size: it learns from holes; its discriminator tells photographs from fillings."""

import cv2
import numpy as np
import pytest
import torch

from checkpoints.data import TrainingFace
from checkpoints.discriminator import ProjectedDiscriminator, hinge, persuasion
from checkpoints.sketch_painter.examples import PARTS, as_drawn, drawing_of, example_of, hole_of
from checkpoints.sketch_painter.naive import naive
from checkpoints.sketch_painter.train import Lesson, Prepared, Recipe
from checkpoints.training import Plan
from editors.faces import mesh_of
from editors.mesh_points import LEFT_EYE, LIPS_INNER, LIPS_OUTER, OVAL, RIGHT_EYE
from editors.networks.perceptual import FeatureStages
from editors.networks.sketch_painter import INPUTS, SIZE, Refiner, SketchPainter

from .tiny_training import classifier_weights

PLAN = Plan(batch=4)


def tiny_lesson(**changes) -> Lesson:
    """Six striped pictures whose first filling is plain."""
    across = torch.arange(SIZE)
    stripes = torch.stack([100 + 90 * (across // (3 + k) % 2) for k in range(6)])
    pictures = stripes[:, None, None, :].expand(6, 3, SIZE, SIZE).byte().contiguous()
    holes = torch.zeros(6, 1, SIZE, SIZE, dtype=torch.uint8)
    holes[..., 60:90, 60:90] = 1
    prepared = Prepared(pictures, holes, holes * 0, torch.full_like(pictures, 145), torch.zeros(6))
    recipe = Recipe(**{"width": 4, "crop": 32, **changes})
    painter = SketchPainter(recipe.width).requires_grad_(False)
    return Lesson(prepared, painter, FeatureStages(classifier_weights(), (0, 1)), recipe, PLAN)


def learn(lesson: Lesson, steps: int) -> list[dict[str, float]]:
    training, seen = lesson.begin(), []
    for _ in range(steps):
        seen.append({name: float(value.detach()) for name, value in lesson.step(training, PLAN).items()})
        training.samples += PLAN.batch
    return seen


def test_what_is_learned_from_holes_comes_nearer_to_the_photographs_than_the_first_filling():
    seen = learn(tiny_lesson(rate=5e-3), 60)
    assert "judging" not in seen[0]
    assert np.mean([each["pixels"] / each["linear"] for each in seen[-5:]]) < 0.9


def test_a_network_that_has_learned_nothing_yet_hears_its_input_to_the_last_layer():
    torch.manual_seed(0)
    refiner, heard = Refiner(16), []
    refiner.last.register_forward_hook(lambda layer, given, out: heard.append(out.detach()))
    pictures = torch.rand(2, 1, 64, 64).round().expand(-1, INPUTS, -1, -1) - 0.5
    refiner(pictures)
    assert 0.2 < float(heard[0].std()) < 5 and float((heard[0][0] - heard[0][1]).std()) > 0.2


def test_the_discriminator_begins_when_it_is_time():
    seen = learn(tiny_lesson(judged_after=2 * PLAN.batch), 4)
    assert ["judging" in each for each in seen] == [False, False, True, True]


def test_the_discriminator_tells_photographs_from_plain_fillings_by_what_lies_in_holes():
    torch.manual_seed(0)
    discriminator = ProjectedDiscriminator([3], 8, told=1)
    optimiser = torch.optim.Adam(discriminator.parameters(), lr=1e-2, betas=(0.5, 0.99))
    hole = torch.zeros(4, 1, 32, 32)
    hole[..., 8:24, 8:24] = 1
    real = torch.rand(4, 3, 32, 32).round()
    drawn = torch.where(hole > 0, torch.full_like(real, 0.5), real)
    for _ in range(30):
        loss = hinge(discriminator([real], hole), discriminator([drawn], hole), hole)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    looks = [-float(persuasion(discriminator([pictures], hole), hole).detach()) for pictures in (real, drawn)]
    assert looks[0] - looks[1] > 1


def test_scores_outside_of_holes_count_for_nothing():
    scores, hole = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 8, 8)
    hole[..., :4, :4] = 1
    scores[..., 2:, 2:] = 50
    assert float(persuasion([scores], hole)) == 0 and float(persuasion([scores])) < -10


def test_a_discriminator_that_looks_at_pixels_sees_what_features_are_blind_to():
    torch.manual_seed(0)
    discriminator, features = ProjectedDiscriminator([3], 8, pixels=True), torch.zeros(4, 3, 16, 16)
    plain = torch.zeros(4, 3, 32, 32)
    folded = plain + torch.linspace(0, 18, 32).sin()
    optimiser = torch.optim.Adam(discriminator.parameters(), 1e-2)
    for _ in range(60):
        loss = hinge(discriminator([plain, features]), discriminator([folded, features]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    discriminator.eval()
    scores = [discriminator([pictures, features]) for pictures in (plain, folded)]
    assert len(scores[0]) == 2 and torch.equal(scores[0][1], scores[1][1])
    assert float(scores[0][0].mean().detach()) > float(scores[1][0].mean().detach()) + 0.5


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_taken_away_by_a_hole_within_the_rings(models, part):
    shape = models.get("face_shape")
    holes = [hole_of(part, shape, np.random.default_rng(seed)) for seed in (0, 1)]
    assert all(0.001 < hole.mean() < 0.4 and not hole[~shape.frame.inside].any() for hole in holes)
    assert (holes[0] != holes[1]).any()


def test_drawn_lines_lie_near_those_they_were_drawn_from():
    lines = np.zeros((SIZE, SIZE), np.float32)
    lines[40, 30:120] = 1
    for seed in range(6):
        drawn = as_drawn(lines, np.random.default_rng(seed))
        rows = np.nonzero((drawn > 0.3).any(1))[0]
        assert drawn.min() >= 0 and drawn.max() <= 1 and (not len(rows) or 34 < rows.min() <= rows.max() < 46)


@pytest.fixture(scope="module")
def astronaut(portrait, models):
    return TrainingFace(1, False, portrait.image, np.asarray(mesh_of(portrait, models)))


def test_a_face_drawn_by_hand_is_its_outlines_and_bare_between_them(astronaut, models):
    lips, oval = (astronaut.mesh[list(points), :2].round().astype(int) for points in (LIPS_OUTER, OVAL))
    for seed in range(4):
        drawing = drawing_of(astronaut, "hand", models, np.random.default_rng(seed))
        near = [drawing[y - 1 : y + 2, x - 1 : x + 2].max() for x, y in (*lips, *oval)]
        assert min(near) > 100
        (left, top), (right, below) = astronaut.mesh[[205, 425], :2].round().astype(int)   # from cheek to cheek
        assert not drawing[min(top, below) - 3 : max(top, below) + 3, left - 3 : left + 4].any()


def test_a_naive_drawing_has_each_part_about_where_the_photograph_has_it_and_none_just_there(astronaut, models):
    mesh, spread = astronaut.mesh[:, :2], []
    eyes = float(np.linalg.norm(mesh[list(LEFT_EYE)].mean(0) - mesh[list(RIGHT_EYE)].mean(0)))
    for seed in range(12):
        drawing = naive(astronaut, np.random.default_rng(seed))
        away = cv2.distanceTransform((drawing < 128).astype(np.uint8), cv2.DIST_L2, 5)
        for part in (LEFT_EYE, RIGHT_EYE, LIPS_INNER, OVAL):
            x, y = mesh[list(part)].round().astype(int).T
            assert away[y, x].mean() < 0.15 * eyes
        x, y = mesh[list(OVAL)].round().astype(int).T
        spread.append(away[y, x].mean())
        forehead = mesh[[9, 151]].round().astype(int)
        assert away[forehead[:, 1], forehead[:, 0]].min() > 0.05 * eyes                 # bare between its parts
    assert np.ptp(spread) > 0.02 * eyes                                                 # no two are drawn alike


def test_an_example_is_laid_by_what_lines_have_told_of_its_face(astronaut, models):
    shape, gaps = models.get("face_shape"), []
    drawing = drawing_of(astronaut, "hand", models, np.random.default_rng(0))
    for told in (True, False):
        chances = [np.random.default_rng(seed) for seed in range(4)]
        examples = [example_of(astronaut, "half", drawing, shape, rng, told) for rng in chances]
        gaps.append(np.mean([np.abs(e.mesh - astronaut.mesh[:468])[e.hidden, :2].mean() for e in examples]))
        assert all(0 < e.hidden.mean() < 1 and not e.lines[~e.hole].any() for e in examples)
    assert gaps[0] < gaps[1]
