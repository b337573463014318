"""Training at tiny size: it learns, goes on exactly where it stopped, leaves photographs that are held out alone."""

import numpy as np
import pytest
import torch

from checkpoints.face_generator.frames import Frames, crossed_mixtures
from checkpoints.face_generator.losses import augment
from checkpoints.face_generator.train import FARTHEST, Lesson, Recipe
from checkpoints.training import Plan, Training, run, save_half
from editors.errors import ModelError
from editors.images import from_tensor
from editors.networks.linear_drawing import LinearDrawing
from editors.networks.perceptual import FeatureStages

from .tiny_training import classifier_weights, linear_face

PLAN = Plan(batch=4)
RECIPE = Recipe(
    size=16, channels={4: 8, 8: 8, 16: 6}, encoder_channels=(6, 8), shared=2, rate=1e-3, judged_after=10**9
)


def tiny_frames(numbers: range) -> Frames:
    """What the linear model draws of random codes, and waves on it that it cannot draw."""
    codes = torch.from_numpy(np.random.default_rng(0).normal(size=(len(numbers), 4)).astype(np.float32))
    waves = torch.sin(torch.arange(16) * 0.8)[:, None] * torch.cos(torch.arange(16) * 0.5)
    coarse = LinearDrawing(linear_face(), 16)(codes)
    levels = ((coarse + 1) * 127.5).permute(0, 2, 3, 1).numpy()
    return Frames(from_tensors(coarse + 0.4 * waves), levels, codes.numpy(), np.array(numbers))


def from_tensors(pictures: torch.Tensor) -> np.ndarray:
    return np.stack([from_tensor(picture) for picture in pictures])


def tiny_lesson(numbers: range = range(1, 5), styles: torch.Tensor | None = None, **changes: object) -> Lesson:
    recipe = Recipe(**{**vars(RECIPE), **changes})
    stages = FeatureStages(classifier_weights(), (0, 1))
    return Lesson(tiny_frames(numbers), LinearDrawing(linear_face(), 16), stages, recipe, PLAN, styles)


def learn(lesson: Lesson, training: Training, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(lesson.step(training, PLAN)["pixels"].item())
        training.samples += PLAN.batch
        training.average(PLAN.batch)
    return losses


def states(training: Training) -> list[torch.Tensor]:
    networks = [*training.networks.values(), *training.averages.values()]
    return [tensor for network in networks for tensor in network.state_dict().values()]


def test_an_untrained_pair_draws_what_the_linear_model_draws():
    lesson = tiny_lesson()
    training = lesson.begin()
    _, latents, coarse = lesson.encode(training.networks["encoder"], torch.arange(4))
    assert torch.equal(latents, lesson.guesses)
    torch.testing.assert_close(coarse, lesson.drawing(latents), atol=1e-5, rtol=0)
    drawn = lesson.drawing.complete(training.networks["generator"], latents)
    torch.testing.assert_close(drawn, lesson.drawing(lesson.guesses), atol=1e-6, rtol=0)


def test_half_of_the_faces_that_no_photograph_shows_are_photographs_edited():
    style = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
    lesson = tiny_lesson(styles=style)
    latents = lesson.mixed(8, torch.Generator().manual_seed(0))
    moved = latents[:, None] - lesson.guesses[None]
    along, beside = moved[..., 1].abs(), moved[..., [0, 2, 3]].abs().sum(2)
    edited = ((beside < 1e-6) & (along > 0) & (along <= FARTHEST)).any(1)
    assert latents.shape == (8, 4) and edited.tolist() == [False] * 4 + [True] * 4
    assert tiny_lesson().mixed(8, torch.Generator().manual_seed(0)).shape == (8, 4)


def test_the_loss_falls():
    lesson = tiny_lesson()
    losses = learn(lesson, lesson.begin(), 60)
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_a_training_that_was_stopped_goes_on_bit_by_bit_as_one_that_was_not(tmp_path):
    lesson = tiny_lesson(judged_after=8)  # both optimisers, augmentation and mixing are running
    straight = lesson.begin()
    learn(lesson, straight, 6)
    stopped = lesson.begin()
    learn(lesson, stopped, 3)
    stopped.save(tmp_path / "state.pt")
    resumed = lesson.begin(seed=1)
    resumed.load(tmp_path / "state.pt")
    learn(lesson, resumed, 3)
    assert resumed.samples == straight.samples and resumed.numbers == straight.numbers
    assert all(torch.equal(a, b) for a, b in zip(states(straight), states(resumed), strict=True))


def test_the_discriminator_learns_and_the_generator_hears_of_it():
    lesson = tiny_lesson(judged_after=0)
    training = lesson.begin()
    training.numbers["augmented"] = 0.5
    before = [parameter.clone() for parameter in training.networks["discriminator"].parameters()]
    losses = lesson.step(training, PLAN)
    assert losses.keys() >= {"pixels", "features", "code", "judging", "judged"}
    assert all(torch.isfinite(loss) for loss in losses.values()) and training.numbers["augmented"] != 0.5
    after = training.networks["discriminator"].parameters()
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("number", [10, 15])
def test_photographs_that_choose_or_report_are_refused(number):
    with pytest.raises(ModelError, match=f"1 photographs are held out.*{number}"):
        tiny_lesson(range(number, number + 4))


def test_coarse_pictures_are_drawn_by_models_that_never_saw_the_photograph():
    random = np.random.default_rng(0)
    rows = (random.normal(size=(24, 6)) @ random.normal(size=(6, 50)) + random.normal(size=(24, 50))).astype(np.float32)
    numbers = np.repeat(np.arange(12), 2)
    weight = random.uniform(0.1, 3, 50)
    mixtures = crossed_mixtures(rows, weight, numbers, count=6, folds=4)
    np.testing.assert_allclose(mixtures.sum(1), 1, atol=1e-4)
    fold = numbers % 4
    for left_out in range(4):
        others, rest = rows[fold != left_out], rows[fold == left_out]
        _, lengths, directions = np.linalg.svd(others - others.mean(0), full_matrices=False)
        components = directions[:6] * lengths[:6, None] / np.sqrt(len(others))  # one deviation each
        matrix = components * weight @ components.T + np.eye(6)
        codes = np.linalg.solve(matrix, components * weight @ (rest - others.mean(0)).T).T
        np.testing.assert_allclose(mixtures[fold == left_out] @ rows, others.mean(0) + codes @ components, atol=1e-3)


def test_a_run_stops_by_its_seconds_and_leaves_state_and_pictures(tmp_path):
    lesson = tiny_lesson()
    run(lesson.begin(), Plan(batch=4, seconds=0.2, show_every=4), lesson.step, tmp_path, lesson.show)
    again = lesson.begin()
    run(again, Plan(batch=4, seconds=0.2, resume=True), lesson.step, tmp_path)
    kept = torch.load(tmp_path / "state.pt", weights_only=True)
    assert kept["samples"] == again.samples > 4 and list(tmp_path.glob("sheet-*.png"))


def test_without_a_kept_state_resuming_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="start one without --resume"):
        tiny_lesson().begin().load(tmp_path / "state.pt")


def test_a_state_of_other_networks_is_refused(tmp_path):
    tiny_lesson().begin().save(tmp_path / "state.pt")
    with pytest.raises(ModelError, match="other networks"):
        tiny_lesson(encoder_channels=(4, 8)).begin().load(tmp_path / "state.pt")


def test_a_training_begins_at_weights_of_its_sizes_and_at_no_others():
    first, second = tiny_lesson().begin(), tiny_lesson().begin(seed=1)
    kept = {name: value.clone() for name, value in first.networks["encoder"].state_dict().items()}
    kept["correct.bias"] += 1
    assert second.begin_at("encoder", kept)
    for network in (second.networks["encoder"], second.averages["encoder"]):
        assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    other = tiny_lesson(encoder_channels=(4, 8)).begin()
    assert not other.begin_at("encoder", kept)


def test_weights_are_written_in_half_precision(tmp_path):
    from safetensors.torch import load_file

    encoder = tiny_lesson().begin().networks["encoder"]
    save_half(encoder, tmp_path / "weights.safetensors")
    kept = load_file(tmp_path / "weights.safetensors")
    assert kept.keys() == encoder.state_dict().keys() and {tensor.dtype for tensor in kept.values()} == {torch.float16}


def test_no_augmentation_leaves_pictures_as_they_are_and_much_changes_most():
    pictures = torch.rand(32, 3, 16, 16)
    assert augment(pictures, 0, torch.Generator()) is pictures
    changed = augment(pictures, 0.8, torch.Generator().manual_seed(0))
    assert changed.shape == pictures.shape and ((changed - pictures).abs().amax((1, 2, 3)) > 0.01).float().mean() > 0.8
