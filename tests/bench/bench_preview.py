"""What a preview of the full generator of 1024 pixels costs beside the whole: multiply-adds and time.

A preview leaves out the last resolutions. Each of them costs about as much as the one before, although it draws four
times the pixels: the channels are halved.
"""

import pytest
import torch

from editors.networks.cost import multiply_adds
from editors.networks.face_generator import FaceGenerator, build

SIZES = (1024, 512, 256, 128)


@pytest.fixture(scope="module")
def full() -> tuple[FaceGenerator, torch.Tensor]:
    torch.manual_seed(0)
    generator = build(size=1024).requires_grad_(False).eval()
    return generator, generator.codes(generator.latents([1]))


@pytest.mark.benchmark(group="StyleGAN2 of 1024 pixels, and previews of it")
@pytest.mark.parametrize("size", SIZES)
def test_preview(benchmark, full, size):
    generator, codes = full
    cost, whole = multiply_adds(generator, size), multiply_adds(generator)
    benchmark.extra_info["cost"] = f"{cost / 1e9:.1f} G multiply-adds, {100 * cost / whole:.0f} %"
    benchmark.pedantic(generator.draw, (codes,), {"size": size}, rounds=3, warmup_rounds=1)
    print(f"\n{size} pixels: {benchmark.extra_info['cost']}, {benchmark.stats['median']:.3f} s")
    assert size == 1024 or cost < whole
