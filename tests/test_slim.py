"""A generator with fewer channels costs less, takes the same codes, and is honest about how like its picture is."""

import pytest
import torch

from editors.networks.cost import multiply_adds
from editors.networks.face_generator import build
from editors.networks.slim import likeness_of, slimmed

from .test_face_generator import normal


@pytest.fixture(scope="module")
def whole():
    torch.manual_seed(3)
    generator = build(size=64, style_size=32, mapping_layers=2, channel_max=64, channel_base=1024)
    return generator.eval().requires_grad_(False)


def test_all_channels_draw_the_very_picture(whole):
    codes = whole.codes(normal(1, 2, 32))
    assert (slimmed(whole, 1.0).draw(codes) - whole.draw(codes)).abs().max() < 1e-5


@pytest.mark.parametrize("share", [0.75, 0.5, 0.25])
def test_fewer_channels_cost_about_the_square_and_draw_pictures_of_the_same_size(whole, share):
    slim, codes = slimmed(whole, share), whole.codes(normal(1, 1, 32))
    assert multiply_adds(slim) < (share**2 + 0.12) * multiply_adds(whole)
    assert slim.draw(codes).shape == whole.draw(codes).shape and slim.layers == whole.layers
    assert torch.equal(slim.codes(normal(1, 1, 32)), codes)


def test_channels_that_nothing_reads_are_the_ones_that_leave(whole):
    """With half the channels unread, half the generator draws what the whole one draws."""
    torch.manual_seed(4)
    idle = build(size=32, style_size=32, mapping_layers=1, channels={4: 32, 8: 32, 16: 32, 32: 32})
    idle = idle.eval().requires_grad_(False)
    for block in idle.synthesis.blocks:
        for layer in (*block.styled, block.to_rgb):
            layer.weight[:, ::2] = 0
    codes = idle.codes(normal(5, 1, 32))
    assert (slimmed(idle, 0.5).draw(codes) - idle.draw(codes)).abs().max() < 1e-4


def test_the_more_channels_stay_the_more_like_it_the_picture_is(models):
    generator = models.get("face_generator")
    coarse = torch.zeros(8, generator.coarse_channels, generator.size, generator.size)
    codes = generator.codes(generator.latents(range(8)))
    drawn = generator.draw(codes, coarse=coarse)
    likeness = [likeness_of(slimmed(generator, share).draw(codes, coarse=coarse), drawn) for share in (0.9, 0.75, 0.5)]
    assert likeness == sorted(likeness, reverse=True) and likeness_of(drawn, drawn) == float("inf")
    assert 10 < likeness_of(torch.zeros_like(drawn) + 0.5, torch.zeros_like(drawn)) < 13
