"""What a preview of the full generator of 1024 pixels costs beside the whole: multiply-adds, time, and how like it is.

A preview leaves out the last resolutions: each of them costs about as much as the one before, although it draws four
times the pixels, since the channels are halved. Or it leaves out channels, which costs likeness at once: it is measured
on the embedded generator, whose weights are trained; those of 1024 pixels here are random, and so are its pictures.
Cut without training, three quarters of the channels draw hardly better than drawing nothing: the page does not use it.
"""

import pytest
import torch

from editors.models import Models
from editors.networks.cost import multiply_adds
from editors.networks.face_generator import FaceGenerator, build
from editors.networks.slim import likeness_of, slimmed

PREVIEWS = ((1024, 1.0), (512, 1.0), (256, 1.0), (128, 1.0), (1024, 0.75), (1024, 0.5), (1024, 0.25), (256, 0.5))


@pytest.fixture(scope="module")
def full() -> tuple[FaceGenerator, torch.Tensor]:
    torch.manual_seed(0)
    generator = build(size=1024).requires_grad_(False).eval()
    return generator, generator.codes(generator.latents([1]))


@pytest.mark.benchmark(group="StyleGAN2 of 1024 pixels, and previews of it")
@pytest.mark.parametrize("size, share", PREVIEWS)
def test_preview(benchmark, full, size, share):
    generator, codes = full
    preview = slimmed(generator, share) if share < 1 else generator
    cost, whole = multiply_adds(preview, size), multiply_adds(generator)
    said = f"{share:.0%} of the channels, {cost / 1e9:.1f} G multiply-adds, {100 * cost / whole:.0f} %"
    benchmark.extra_info["cost"] = said
    benchmark.pedantic(preview.draw, (codes,), {"size": size}, rounds=3, warmup_rounds=1)
    print(f"\n{size} pixels: {said}, {benchmark.stats['median']:.3f} s")
    assert (size, share) == (1024, 1.0) or cost < whole


@pytest.mark.benchmark(group="the embedded generator with fewer channels")
@pytest.mark.parametrize("share", [1.0, 0.75, 0.5, 0.25])
def test_slim_embedded(benchmark, share):
    generator = Models().get("face_generator")
    slim, cost = slimmed(generator, share), multiply_adds(generator)
    coarse = torch.zeros(8, generator.coarse_channels, generator.size, generator.size)
    codes = generator.codes(generator.latents(range(8)))
    whole = generator.draw(codes, coarse=coarse)
    like, idle = likeness_of(slim.draw(codes, coarse=coarse), whole), likeness_of(torch.zeros_like(whole), whole)
    said = f"{100 * multiply_adds(slim) / cost:.0f} % of the cost, {like:.1f} dB to it; drawing nothing: {idle:.1f} dB"
    benchmark.extra_info["cost"] = said
    benchmark.pedantic(slim.draw, (codes[:1],), {"coarse": coarse[:1]}, rounds=5, warmup_rounds=1)
    print(f"\n{share:.0%} of the channels: {said}")
