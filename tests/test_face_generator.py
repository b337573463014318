"""The StyleGAN2 of `editors.networks.face_generator` against stored numbers of the published one, and its promises."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from editors.networks.face_generator import FaceGenerator, build, mix

STORED = Path(__file__).parent / "stored"
TINY = {"size": 32, "style_size": 24, "mapping_layers": 3, "channels": {4: 16, 8: 12, 16: 8, 32: 6}}


def seeded_weights(generator: FaceGenerator, seed: int) -> dict[str, torch.Tensor]:
    """Weights that anyone can make again: each drawn from a generator seeded by its own name."""
    weights = {}
    for name, tensor in generator.state_dict().items():
        draw = np.random.default_rng([seed, zlib.crc32(name.encode())])
        value = torch.from_numpy(draw.standard_normal(tuple(tensor.shape), dtype=np.float32))
        if name.startswith("mapping") and name.endswith("weight"):
            value = value * 100
        elif name.endswith("to_scale.bias"):
            value = 1 + value / 10
        elif name.endswith(("bias", "noise_strength")) or "to_rgb.weight" in name:
            value = value / 10
        weights[name] = value
    return weights


def seeded(seed: int, **config) -> FaceGenerator:
    with torch.device("meta"):
        generator = build(**config)
    generator.load_state_dict(seeded_weights(generator, seed), assign=True)
    return generator.eval().requires_grad_(False)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))


@pytest.fixture(scope="module")
def tiny() -> FaceGenerator:
    return seeded(1, **TINY)


@pytest.fixture(scope="module")
def published() -> dict[str, torch.Tensor]:
    with np.load(STORED / "stylegan2_tiny.npz") as stored:
        return {name: torch.from_numpy(stored[name]) for name in stored.files}


def far(a: torch.Tensor, b: torch.Tensor) -> float:
    assert a.shape == b.shape
    return float((a - b).abs().max())


def test_a_tiny_one_maps_and_draws_what_the_published_one_does(tiny, published):
    latents = normal(2, 3, 24)
    styles = tiny.mapping(latents)
    codes = styles[:, None] + normal(3, 3, tiny.layers, 24) / 2
    assert far(styles, published["styles"]) < 1e-4
    assert far(tiny.draw(codes), published["drawn"]) < 1e-4
    assert far(tiny.draw(codes, noise=True), published["noisy"]) < 1e-4
    assert far(tiny(latents, truncation=0.6), published["truncated"]) < 1e-4
    first, second = tiny.codes(latents[:1]), tiny.codes(latents[1:2])
    assert far(tiny.draw(mix(first, second, range(3, tiny.layers))), published["mixed"]) < 1e-4
    assert far(published["drawn"], published["noisy"]) > 0.01  # so that noise was really compared


def test_one_picture_alone_is_the_one_it_is_in_a_batch(tiny):
    codes = tiny.codes(tiny.latents(range(5)))
    alone = torch.cat([tiny.draw(code[None]) for code in codes])
    assert far(tiny.draw(codes), alone) < 1e-5


def test_the_1024_one_draws_what_the_published_one_does():
    generator = seeded(4, size=1024)
    picture = generator.draw(normal(5, 1, 18, 512), noise=True)[0]
    at = np.random.default_rng(6).integers(0, 1024, (4096, 2))
    with np.load(STORED / "stylegan2_1024.npz") as stored:
        assert far(picture[:, at[:, 0], at[:, 1]], torch.from_numpy(stored["pixels"])) < 1e-3
    assert sum(weight.numel() for weight in generator.parameters()) == 30_370_060


def test_bands_and_gradients_change_nothing(monkeypatch):
    generator = seeded(7, **TINY)
    codes = generator.codes(normal(8, 2, 24))
    whole = generator.draw(codes, noise=True)
    monkeypatch.setattr("editors.networks.face_generator.BAND_BYTES", 1)
    assert len(generator.synthesis.blocks[-1].bands(2, torch.float32)) == 4
    assert far(generator.draw(codes, noise=True), whole) < 1e-5
    codes.requires_grad_(True)
    with torch.enable_grad():
        drawn = generator.draw(codes, noise=True)
        (slope,) = torch.autograd.grad(drawn.square().mean(), codes)
    assert far(drawn.detach(), whole) < 1e-5
    step = 1e-2 * slope / slope.norm()
    rise = generator.draw(codes.detach() + step, noise=True).square().mean() - (
        generator.draw(codes.detach() - step, noise=True).square().mean()
    )
    assert float(rise / 2) == pytest.approx(float((slope * step).sum()), rel=0.02)


def test_every_parameter_learns():
    generator = seeded(1, **TINY, coarse_channels=3).requires_grad_(True)
    generator(normal(2, 2, 24), noise=True, coarse=normal(3, 2, 3, 32, 32)).square().mean().backward()
    silent = [name for name, weight in generator.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not silent


def test_a_learned_kernel_is_drawn_with_at_once():
    generator = seeded(1, **TINY)
    codes = generator.codes(normal(2, 2, 24))
    generator.draw(codes)
    weights = generator.state_dict().items()
    changed = {name: weight * (1.5 if ".conv.weight" in name else 1) for name, weight in weights}
    generator.load_state_dict(changed)
    fresh = build(**TINY)
    fresh.load_state_dict(changed)
    assert far(generator.draw(codes), fresh.requires_grad_(False).draw(codes)) == 0


def test_many_channels_are_convolved_with_fewer_multiplications_to_the_same():
    generator = seeded(11, size=32, style_size=16, mapping_layers=1, channels={4: 8, 8: 8, 16: 256, 32: 256})
    codes = generator.codes(normal(12, 2, 16))
    layer = generator.synthesis.blocks[-1].conv
    assert layer.modulate(codes[:, -2], None, torch.float32).weight.shape == (36, 256, 256)
    drawn = generator.draw(codes)
    with_gradients = generator.draw(codes.requires_grad_(True))
    assert with_gradients.requires_grad and far(drawn, with_gradients.detach()) < 1e-4


def test_what_is_kept_from_drawing_serves_with_gradients():
    generator = seeded(1, **TINY)
    codes = generator.codes(normal(2, 2, 24))
    with torch.inference_mode():
        drawn = generator.draw(codes)
    again = generator.draw(codes.clone().requires_grad_(True))
    again.mean().backward()
    assert far(drawn, again.detach()) < 1e-5


def test_truncation_ends_at_the_mean_style_and_can_keep_layers(tiny):
    codes = tiny.codes(tiny.latents([1]))
    assert torch.equal(tiny.truncate(codes, 0)[0], tiny.mean_style.expand(tiny.layers, -1))
    kept = tiny.truncate(codes, 0, slice(0, 4))
    assert torch.equal(kept[:, 4:], codes[:, 4:]) and not torch.equal(kept[:, :4], codes[:, :4])
    assert torch.equal(tiny.truncate(codes, 1), codes)


def test_the_measured_mean_style_is_the_mean_of_many(tiny):
    many = tiny.mapping(tiny.latents(range(2000))).mean(0)
    spread = tiny.mapping(tiny.latents(range(2000))).std(0) / 2000**0.5
    assert float(((tiny.measure_mean_style() - many).abs() / spread).max()) < 5


def test_a_preview_is_the_picture_before_the_last_resolutions(tiny):
    codes = tiny.codes(tiny.latents([3]))
    small = build(**{**TINY, "size": 16})
    small.load_state_dict({name: weight for name, weight in tiny.state_dict().items() if "blocks.3" not in name})
    expected = small.requires_grad_(False).draw(codes[:, : small.layers])
    assert torch.equal(tiny.draw(codes, size=16), expected)


def test_noise_comes_from_a_seed_or_not_at_all(tiny):
    codes = tiny.codes(tiny.latents([3, 3]))
    drawn = tiny.draw(codes, noise=torch.Generator().manual_seed(5))
    again = tiny.draw(codes, noise=torch.Generator().manual_seed(5))
    other = tiny.draw(codes, noise=torch.Generator().manual_seed(6))
    assert torch.equal(drawn, again) and far(drawn, other) > 0.01 and far(drawn[0], drawn[1]) > 0.01
    assert torch.equal(tiny.draw(codes), tiny.draw(codes))


def test_a_seed_is_the_same_latent_everywhere(tiny):
    expected = [1.62434536, -0.61175641, -0.52817175]  # the published first numbers of RandomState(1)
    assert tiny.latents([0, 1])[1, :3].tolist() == pytest.approx(expected, abs=1e-6)
    assert tiny.latents([0, 1]).shape == (2, 24)


def test_a_coarse_picture_is_seen_and_added():
    generator = seeded(9, **TINY, coarse_channels=3, latent_size=40, normalize_latent=False)
    codes = generator.codes(normal(2, 2, 40))
    coarse = normal(3, 2, 3, 32, 32)
    drawn, plain = generator.draw(codes, coarse=coarse), generator.draw(codes, coarse=torch.zeros_like(coarse))
    assert far(drawn, plain + coarse) > 0.01  # beyond the sum, the layers see it
    for block in generator.synthesis.blocks:
        block.from_coarse.weight.zero_()
    unseen = generator.draw(codes, coarse=torch.zeros_like(coarse))
    assert far(generator.draw(codes, coarse=coarse), unseen + coarse) < 1e-5
    assert generator.draw(codes, coarse=coarse, size=8).shape == (2, 3, 8, 8)


def test_half_precision_draws_nearly_the_same(tiny):
    codes = tiny.codes(tiny.latents(range(4)))
    rough = tiny.draw(codes, noise=True, dtype=torch.bfloat16)
    assert rough.dtype == torch.float32
    assert float((rough - tiny.draw(codes, noise=True)).abs().mean()) < 0.01


@pytest.mark.parametrize("size", [0, 2, 48, 64])
def test_an_impossible_size_is_named(tiny, size):
    with pytest.raises(ValueError, match=f"size is {size or 32}|power of two"):
        tiny.draw(tiny.codes(tiny.latents([1])), size=size or 3)
    with pytest.raises(ValueError, match="power of two"):
        FaceGenerator(size=size - 1)


def test_codes_of_another_generator_are_refused(tiny):
    with pytest.raises(ValueError, match=r"\(1, 18, 512\), not \(B, 8, 24\)"):
        tiny.draw(torch.zeros(1, 18, 512))
    with pytest.raises(ValueError, match="coarse picture of 0 channels"):
        tiny.draw(tiny.codes(tiny.latents([1])), coarse=torch.zeros(1, 3, 32, 32))
