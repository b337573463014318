"""Parts of a head are told apart in any light, before any wall and under a hat; the recipe learns from its labels."""

import numpy as np
import pytest
from safetensors.torch import load_file

from checkpoints.data import TrainingFace
from checkpoints.head_parser.corrections import BALD, HATS, LEFT_OUT
from checkpoints.head_parser.drawn_hats import draw_hat
from checkpoints.head_parser.examples import _fringed as fringed
from checkpoints.head_parser.examples import corrected, crop_of, example
from checkpoints.head_parser.rules import labels_by_rule
from checkpoints.head_parser.train import Lesson, Recipe
from checkpoints.training import Plan
from editors.faces import mesh_of
from editors.labels import IDS
from editors.models import CHECKPOINTS
from editors.networks.head_parser import LAYERS, SIDE, layers_of
from editors.parsing import label_crop_of, labels_of
from editors.portrait import Portrait
from editors.regions import HAIR, HAT, SKIN, Head
from editors.regions import _without_islands as without_islands
from editors.semantic.shapes import placed
from editors.semantic.step import MaskEdit

SMALL = Recipe(widths=(8, 8, 8, 8), rate=1e-2)


@pytest.fixture(scope="module")
def labels(portrait, models):
    return labels_of(portrait, models)


@pytest.fixture(scope="module")
def face(portrait, models):
    return TrainingFace(1, False, portrait.image, mesh_of(portrait, models))


@pytest.fixture(scope="module")
def crop(face, models):
    return crop_of(face, models)


def agreement(found, labels, name):
    a, b = found == IDS[name], labels == IDS[name]
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("light", [0.4, 0.15])
def test_hair_and_skin_are_told_apart_in_the_dark(portrait, labels, models, light):
    found = labels_of(Portrait((portrait.image * light).astype(np.uint8)), models)
    for name, least in (("hair", 0.9), ("skin", 0.9), ("neck", 0.6), ("cloth", 0.75)):
        assert agreement(found, labels, name) > least, name


def test_a_wall_of_the_colour_of_hair_is_no_hair(portrait, labels, models):
    image, hair = portrait.image.copy(), labels == IDS["hair"]
    wall = np.median(image[hair], 0)
    behind = labels == IDS["background"]
    image[behind] = (wall + np.random.default_rng(0).normal(0, 6, (behind.sum(), 3))).clip(0, 255)
    found = labels_of(Portrait(image), models)
    assert (found[behind] == IDS["hair"]).mean() < 0.05
    assert agreement(found, labels, "hair") > 0.75


def test_hair_that_hangs_apart_from_a_head_is_not_its_own(crop):
    regions, beside = crop.regions.copy(), (slice(40, 110), slice(4, 20))
    regions[beside] = HAIR
    chances = np.stack([np.where(regions == region, 0.94, 0.01) for region in range(7)]).astype(np.float32)
    kept = without_islands(chances, Head(crop.points, len(regions), crop.unit, crop.yaw)).argmax(0)
    assert not (kept[beside] == HAIR).any()
    assert ((kept == HAIR) != (crop.regions == HAIR)).mean() < 0.002


@pytest.mark.parametrize("colour", ["#465468", "#2c2a2a", "#6a2c2c", "#c8c0b0"])
def test_a_hat_that_was_put_on_is_a_hat_and_the_hair_below_it_is_hair(portrait, labels, models, colour):
    worn = placed(labels, "hat", "brim")
    image = MaskEdit(labels=worn, original=labels, colours={"hat": colour}).apply(portrait, models).image
    found, hat = labels_of(Portrait(image), models), worn == IDS["hat"]
    assert (found[hat] == IDS["hat"]).mean() > 0.8
    assert (found == IDS["hat"])[~hat].sum() < 0.6 * hat.sum()
    assert (found[worn == IDS["skin"]] == IDS["hat"]).mean() < 0.06


@pytest.mark.parametrize("cut", [lambda image: image[:, 215:], lambda image: image[:, :235]], ids=["left", "right"])
def test_hair_that_the_photograph_cuts_off_is_no_hat(portrait, models, cut):
    found = labels_of(Portrait(np.ascontiguousarray(cut(portrait.image))), models)
    assert (found == IDS["hair"]).sum() > 3000 and not (found == IDS["hat"]).any()


def test_what_the_network_sees_does_not_change_with_the_light():
    chance = np.random.default_rng(1)
    picture = chance.integers(40, 120, (SIDE, SIDE, 3)).astype(np.uint8)
    depth = np.full((SIDE, SIDE), 0.3, np.float32)
    place = np.linspace(-1, 1, SIDE, dtype=np.float32)
    dim, bright = (layers_of(p, depth, depth, place[None], place[:, None]) for p in (picture, picture * 2))
    assert dim.shape == (LAYERS, SIDE, SIDE) and np.abs(dim - bright).max() < 0.25 < np.ptp(dim[:3])


def test_the_network_agrees_with_the_rules_it_learned_from(portrait, face, models):
    found, ruled = label_crop_of(portrait, models)[0], labels_by_rule(face, models)
    for name, least in (("hair", 0.85), ("skin", 0.9), ("background", 0.9), ("cloth", 0.8)):
        assert agreement(found, ruled, name) > least, name


def test_labels_are_mended_by_what_was_seen_in_the_photographs():
    labels = np.full((256, 256), IDS["hair"], np.uint8)
    labels[200:] = IDS["nose"]
    number, outline = next(iter(HATS.items()))
    hat = corrected(labels, number) == HAT
    assert hat[tuple(np.mean(outline, 0).astype(int)[::-1])] and not hat[150:].any()
    assert (corrected(labels, next(iter(BALD))) == SKIN).all()
    assert (corrected(labels, 1)[:200] == HAIR).all() and not LEFT_OUT & set(HATS)
    assert not any(number % 5 == 0 for number in (*HATS, *BALD, *LEFT_OUT))  # kept for choosing and reporting


def test_an_example_keeps_picture_and_regions_together(crop):
    """Whatever the light, the face's own place is skin and what is counted has a weight."""
    chance = np.random.default_rng(2)
    for _ in range(12):
        layers, regions, counts = example(crop, crop, chance)
        assert layers.shape == (LAYERS, SIDE, SIDE) and layers.dtype == np.float32 and np.isfinite(layers).all()
        assert regions.shape == counts.shape == (SIDE, SIDE) and counts.min() > 0
        inside = (layers[4] > 0.3) & (layers[6] > 0.1)             # below the eyes: a fringe may hang above
        assert inside.any() and (regions[inside] == SKIN).mean() > 0.95


def test_a_fringe_is_drawn_over_the_forehead_and_is_hair(crop):
    light = crop.picture.astype(np.float32) / 255
    drawn, regions = fringed(light, crop.regions, crop.points, np.random.default_rng(0))
    new = (regions == HAIR) & (crop.regions == SKIN)
    assert new.sum() > 20 and (regions != crop.regions)[~new].sum() == 0
    assert drawn[new].mean() < 0.85 * light[new].mean() and np.abs(drawn - light)[120:].max() == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_drawn_hat_covers_what_it_lies_on_and_leaves_the_face_below_the_brows(crop, seed):
    light = crop.picture.astype(np.float64) / 255
    drawn, regions = draw_hat(light, crop.regions, crop.points, crop.unit, np.random.default_rng(seed))
    rows = np.arange(len(regions))[:, None]
    crown = (crop.regions == HAIR) & (rows < crop.points[[105, 334], 1].min() - 0.6 * crop.unit)
    assert crown.any() and (regions[crown] == HAT).all()
    assert np.abs(drawn - light)[regions == HAT].mean() > 0.05
    mouth = tuple(crop.points[[13, 14]].mean(0).round().astype(int)[::-1])
    assert regions[mouth] == crop.regions[mouth] == SKIN


def test_training_begins_at_the_weights_that_are_kept(crop):
    training = Lesson([crop], Recipe()).begin(0)
    assert training.begin_at_kept("head_parser")
    assert not Lesson([crop], SMALL).begin(0).begin_at_kept("head_parser")
    found = training.averages["head_parser"].state_dict()
    kept = load_file(CHECKPOINTS / "head_parser" / "weights.safetensors")
    assert all(np.array_equal(found[name], value.float()) for name, value in kept.items())


def test_training_learns_and_goes_on_from_its_state(crop, tmp_path):
    lesson = Lesson([crop], SMALL)
    plan = Plan(batch=4)
    training = lesson.begin(0)
    losses = [float(lesson.step(training, plan)["loss"].detach()) for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.8 * losses[0]
    training.save(tmp_path / "state.pt")
    again = lesson.begin(1)
    again.load(tmp_path / "state.pt")
    assert float(lesson.step(training, plan)["loss"].detach()) == float(lesson.step(again, plan)["loss"].detach())
