"""A style of eyes colours irises, seen in the light of the photograph; their whites, pupils and glints stay."""

import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.faces import eye_distance, mesh_of
from editors.labels import EYES
from editors.semantic.irises import irises_of
from editors.semantic.movement import mask_of
from editors.semantic.step import MaskEdit
from editors.semantic.tab import present_colours

from . import test_semantic as shared

WARM = (1.0, 0.78, 0.5)
"""What of red, green and blue is left in the light of a candle."""


portrait, labels = shared.portrait, shared.labels


@pytest.fixture(scope="module")
def irises(portrait, labels, models):
    return irises_of(portrait.image, labels, EYES, eye_distance(mesh_of(portrait, models)))


def moved(before, after, where) -> float:
    """How far the mean colour of some pixels went, in CIELAB."""
    return float(np.linalg.norm(rgb_to_lab(after[where]).mean(0) - rgb_to_lab(before[where]).mean(0)))


def test_irises_lie_where_the_mesh_finds_them(portrait, irises, models):
    mesh = mesh_of(portrait, models)
    for middle in mesh[[468, 473], :2]:
        near = np.hypot(*(np.indices(irises.share.shape)[::-1] - middle[:, None, None])) < 0.12 * eye_distance(mesh)
        assert irises.share[near].max() == 1 and irises.share[near].sum() > 0.4 * irises.share.sum()


def test_a_colour_for_eyes_leaves_their_whites_white(portrait, labels, irises, models):
    after = MaskEdit(labels=labels, colours={"eyes": "#2f62b0"}).apply(portrait, models).image
    assert moved(portrait.image, after, irises.ring) > 20
    assert moved(portrait.image, after, mask_of(labels, EYES) & (irises.share == 0)) < 1


@pytest.mark.parametrize("light", [WARM, WARM[::-1]], ids=["warm", "cold"])
def test_the_light_of_a_second_photograph_stays_there(portrait, labels, irises, models, light):
    """The eyes of the same person in another light are the same eyes."""
    other = (portrait.image * light).round().astype(np.uint8)
    after = MaskEdit(labels=labels, reference=other, regions=("eyes",)).apply(portrait, models).image
    for where in (irises.ring, mask_of(labels, EYES) & (irises.share == 0)):
        assert moved(portrait.image, after, where) < 0.3 * moved(portrait.image, other, where)


def test_the_colour_that_eyes_have_is_that_of_their_irises(portrait, labels, irises, models):
    colour = present_colours(portrait.image, labels, eye_distance(mesh_of(portrait, models)))["eyes"]
    seen = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8)
    assert np.abs(seen - portrait.image[irises.ring].mean(0)).max() < 1
