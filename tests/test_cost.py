"""What drawing costs is counted as torch counts it."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from editors.networks.cost import multiply_adds
from editors.networks.face_generator import build


@pytest.mark.parametrize("size", [8, 16, 32])
def test_the_multiply_adds_of_a_picture_are_those_torch_counts(size):
    generator = build(size=32, style_size=16, mapping_layers=0, channel_base=1024, channel_max=64)
    codes = torch.zeros(2, generator.layers, 16)
    with FlopCounterMode(display=False) as counter:  # with gradients it is drawn as it is written down
        generator.draw(codes, size=size)
    filters = sum(2 * 16 * block.side**2 * block.up.weight.shape[0] for block in generator.synthesis.blocks
                  if block.up is not None and block.side <= size)
    assert 2 * multiply_adds(generator, size) == pytest.approx(counter.get_total_flops() / 2 - filters, rel=0.02)


def test_the_full_generator_of_1024_pixels_costs_what_it_is_known_for():
    with torch.device("meta"):
        generator = build(size=1024)
    assert multiply_adds(generator) / 1e9 == pytest.approx(74.3, abs=0.1)
    shares = [multiply_adds(generator, size) / multiply_adds(generator) for size in (512, 256, 128, 64)]
    assert shares == pytest.approx([0.8, 0.61, 0.41, 0.22], abs=0.01)
