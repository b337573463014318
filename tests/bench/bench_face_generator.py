"""How fast StyleGAN2 draws, beside a plain implementation with the same weights in the same process."""

import math
import resource
import time

import pytest
import torch
import torch.nn.functional as F
from bench_attributes import DISPLAY, photograph
from torch import Tensor

from editors.attributes.directions import directions_of
from editors.attributes.inversion import encode, frame_picture, sharpen_by_steps, small_picture
from editors.attributes.likeness import face_in
from editors.attributes.step import ShiftAttributes
from editors.attributes.through import edit_through
from editors.carry import carry
from editors.images import encode_preview
from editors.networks.face_generator import FaceGenerator, build, quick_dtype
from editors.networks.linear_drawing import drawing_of
from editors.networks.styled_layers import StyledConv, ToRGB
from editors.portrait import Portrait

# Where the processor has no bfloat16 it is many times slower than float32, which nobody needs to know exactly.
DTYPES = ["float32"] if quick_dtype() == torch.float32 else ["float32", "bfloat16"]
EMBEDDED = {"size": 128, "channel_base": 8192, "channel_max": 128}


def plain_convolution(x: Tensor, layer: StyledConv | ToRGB, style: Tensor, up: bool, demodulate: bool) -> Tensor:
    """The textbook: a kernel for every sample (equations 1 and 3), one grouped convolution."""
    batch = len(style)
    scale = layer.to_scale(style) / math.sqrt(layer.weight[0].numel())
    weight = layer.weight * scale[:, None, :, None, None]                                     # (B, O, I, K, K)
    if demodulate:
        weight = weight * (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    x = x.reshape(1, -1, *x.shape[2:])                                                        # (1, B*I, H, W)
    if up:
        weight = weight.transpose(1, 2).flatten(0, 1)                                         # (B*I, O, 3, 3)
        y = F.conv_transpose2d(x, weight, stride=2, groups=batch)
        return plain_filter(F.pad(y, (1, 1, 1, 1))).unflatten(1, (batch, -1))[0]
    padding = weight.shape[-1] // 2
    return F.conv2d(x, weight.flatten(0, 1), padding=padding, groups=batch).unflatten(1, (batch, -1))[0]


def plain_filter(x: Tensor) -> Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    return F.conv2d(x, (taps[:, None] * taps).expand(x.shape[1], 1, 4, 4), groups=x.shape[1])


def plain_layer(x: Tensor, layer: StyledConv, style: Tensor, noise: bool) -> Tensor:
    y = plain_convolution(x, layer, style, layer.up, demodulate=True)
    if noise:
        y = y + layer.noise_strength * layer.noise
    return F.leaky_relu(y + layer.bias[:, None, None], 0.2) * math.sqrt(2)


def plain_double(picture: Tensor) -> Tensor:
    zeros = F.pad(picture[..., None, :, None], (0, 1, 0, 0, 0, 1)).flatten(4, 5).flatten(2, 3)
    return plain_filter(F.pad(zeros, (2, 1, 2, 1)))


def draw_plainly(generator: FaceGenerator, codes: Tensor, noise: bool = False) -> Tensor:
    """What `generator.draw` draws, as the paper writes it down."""
    x = generator.synthesis.constant.expand(len(codes), -1, -1, -1)
    picture, used = None, 0
    for block in generator.synthesis.blocks:
        for layer in block.styled:
            x = plain_layer(x, layer, codes[:, used], noise)
            used += 1
        rgb = plain_convolution(x, block.to_rgb, codes[:, used], up=False, demodulate=False)
        rgb = rgb + block.to_rgb.bias[:, None, None]
        picture = rgb if picture is None else rgb + plain_double(picture)
    return picture


def made(**config) -> tuple[FaceGenerator, Tensor]:
    torch.manual_seed(0)
    generator = build(**config).requires_grad_(False).eval()
    for layer in (layer for block in generator.synthesis.blocks for layer in block.styled):
        layer.noise_strength.fill_(0.1)
    return generator, generator.codes(generator.latents([1]))


@pytest.fixture(scope="module")
def large() -> tuple[FaceGenerator, Tensor]:
    return made(size=1024)


@pytest.fixture(scope="module")
def embedded() -> tuple[FaceGenerator, Tensor]:
    return made(**EMBEDDED)


def seconds(draw, *arguments, **keywords) -> float:
    start = time.perf_counter()
    draw(*arguments, **keywords)
    return time.perf_counter() - start


@pytest.mark.parametrize("noise", [False, True], ids=["no noise", "noise"])
def test_1024_pixels_at_least_twice_as_fast_as_plain_and_the_same_picture(large, noise):
    generator, codes = large
    picture, plain = generator.draw(codes, noise=noise), draw_plainly(generator, codes, noise)
    apart = float((picture - plain).abs().mean() / 2)  # pictures span -1 to 1
    turns = [(seconds(generator.draw, codes, noise=noise), seconds(draw_plainly, generator, codes, noise))
             for _ in range(8)]
    ours, theirs = (min(column) for column in zip(*turns))
    print(f"\nours {ours:.2f} s, plain {theirs:.2f} s, {theirs / ours:.2f} times; apart {apart * 255:.5f} / 255")
    assert apart < 1 / 255 and theirs > 2 * ours


def test_1024_pixels_in_memory(large):
    generator, codes = large
    generator.draw(codes, noise=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\npeak memory of the process so far {peak:.2f} GiB")


@pytest.mark.benchmark(group="StyleGAN2, 1024 pixels")
@pytest.mark.parametrize("kind", ["plain", *DTYPES, "preview 256"])
def test_1024(benchmark, large, kind):
    generator, codes = large
    draws = {
        "plain": lambda: draw_plainly(generator, codes),
        "float32": lambda: generator.draw(codes),
        "bfloat16": lambda: generator.draw(codes, dtype=torch.bfloat16),
        "preview 256": lambda: generator.draw(codes, size=256),
    }
    benchmark.pedantic(draws[kind], rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="StyleGAN2, 128 pixels, at most 128 channels")
@pytest.mark.parametrize("kind", ["plain", *DTYPES])
def test_128(benchmark, embedded, kind):
    generator, codes = embedded
    draws = {
        "plain": lambda: draw_plainly(generator, codes),
        "float32": lambda: generator.draw(codes),
        "bfloat16": lambda: generator.draw(codes, dtype=torch.bfloat16),
    }
    benchmark(draws[kind])


@pytest.mark.benchmark(group="StyleGAN2, 128 pixels, one step of optimising a code")
def test_128_backward(benchmark, embedded):
    generator, codes = embedded
    codes = codes.clone().requires_grad_(True)
    benchmark(lambda: torch.autograd.grad(generator.draw(codes).square().mean(), codes))


# --- on a photograph of 1024 pixels ---------------------------------------------------------------------------------

AMOUNTS = {"beard": 1.0, "age": 1.0}


@pytest.fixture(scope="module")
def known(models):
    """A photograph of 1024 pixels whose face the embedded generator knows."""
    portrait = Portrait(photograph(1024, 1024))
    face_in(portrait, models, "face_generator")
    return portrait


@pytest.mark.benchmark(group="a slider tick through the generator at 1024 x 1024")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def test_tick_through_the_generator_at_1024(benchmark, known, models, dtype):
    directions, face = directions_of(models, "face_generator"), face_in(known, models, "face_generator")

    def tick():
        edit = edit_through(face, AMOUNTS, directions, "", models, dtype)
        return encode_preview(carry(known, edit, models, fine=False), DISPLAY)

    benchmark(tick)


@pytest.mark.benchmark(group="a slider tick through the generator at 1024 x 1024")
def test_tick_as_the_page_asks_for_it(benchmark, known, models):
    step = ShiftAttributes(amounts=AMOUNTS, model="face_generator")
    benchmark(lambda: encode_preview(step.quick(known, models).image, DISPLAY))


def test_steps_of_optimisation_a_second(known, models):
    generator = models.get("face_generator")
    drawing = drawing_of(models.get("face_shape"), generator.size)
    taken = frame_picture(known, models)
    first, wanted, steps = encode(taken, models, drawing), small_picture(taken, generator.size), 60
    sharpen_by_steps(first, wanted, drawing, 4)
    took = seconds(sharpen_by_steps, first, wanted, drawing, steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\n{steps / took:.1f} steps a second (styles, then weights); peak memory of the process {peak:.2f} GiB")
