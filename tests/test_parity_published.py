"""Published weights draw, encode and parse here as they do in the implementations that they come from.

Each test makes the weights again from published names alone and compares with what the published code computed.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from editors.formats import convert, load
from editors.labels import BISENET_NAMES, NAMES

from .published import STORED, names_of, normal, weights

ORDER = [BISENET_NAMES.index(name) for name in NAMES]
CLOSE = 1e-4  # a tenth of what is promised


@pytest.fixture(scope="module")
def published() -> dict[str, np.ndarray]:
    with np.load(STORED / "published.npz") as stored:
        return {name: stored[name] for name in stored.files}


def far(ours: torch.Tensor, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape and float(np.abs(theirs).max()) > 0.1
    return float(np.abs(ours.numpy() - theirs).max())


def only(path: Path, folder: Path) -> object:
    (part,) = convert(path, folder).parts
    return load(part)


def test_a_file_of_rosinality_draws_what_rosinality_draws(tmp_path, published):
    generator = only(STORED / "rosinality.pt", tmp_path)
    assert far(generator(normal(22, 2, 24), truncation=0.7, noise=True), published["rosinality"]) < CLOSE


@pytest.mark.parametrize("protocol", [3, 4])
def test_a_file_of_nvidia_draws_what_nvidia_draws(protocol, tmp_path, published):
    generator = only(STORED / f"nvidia_{protocol}.pkl", tmp_path)
    assert far(generator(normal(52, 2, 24), truncation=0.7, noise=True), published["nvidia"]) < CLOSE


def test_a_file_of_nvidia_for_tensorflow_draws_what_nvidia_makes_of_it(tmp_path, published):
    generator = only(STORED / "nvidia_tensorflow.pkl", tmp_path)
    assert far(generator(normal(82, 2, 24), truncation=0.7, noise=True), published["tensorflow"]) < CLOSE


def some_pixels(logits: torch.Tensor) -> torch.Tensor:
    at = np.random.default_rng(43).integers(0, (96, 128), (600, 2))
    return logits[0][:, at[:, 0], at[:, 1]]


@pytest.mark.parametrize("size", ["bisenet", "bisenet_full"])
def test_a_bisenet_labels_pixels_as_the_published_one_does_in_our_order(size, tmp_path, published):
    path = STORED / "bisenet.pth"
    if size == "bisenet_full":
        path = tmp_path / "79999_iter.pth"
        torch.save(weights(names_of(size), 42), path)
    logits = only(path, tmp_path)(torch.tanh(normal(41, 1, 3, 96, 128)))
    assert far(some_pixels(logits), published[size][ORDER]) < CLOSE


@pytest.mark.parametrize("kind, encoder", [("e4e", "Encoder4Editing"), ("psp", "GradualStyleEncoder")])
def test_an_encoder_finds_the_codes_that_the_published_one_finds_and_its_generator_draws_them(
    kind, encoder, tmp_path, published
):
    path = tmp_path / "encode.pt"
    options = {"encoder_type": encoder, "start_from_latent_avg": True, "device": "cuda:0"}
    torch.save({"state_dict": weights(names_of("e4e"), 33), "latent_avg": normal(34, 8, 64), "opts": options}, path)
    converted = convert(path, tmp_path)
    assert converted.kind == kind
    face_encoder, generator = map(load, converted.parts)
    codes = face_encoder(torch.tanh(normal(31, 1, 3, 256, 256)))
    assert far(codes, published[f"{kind}_codes"]) < CLOSE
    assert far(generator.draw(codes, noise=True), published[f"{kind}_drawn"]) < CLOSE


def test_the_full_e4e_finds_the_codes_that_the_published_one_finds(published):
    from editors.networks.face_encoder_e4e import build

    with torch.device("meta"):
        encoder = build()
    state = {name.removeprefix("encoder."): held for name, held in weights(names_of("e4e_1024"), 32).items()}
    encoder.load_state_dict({**state, "mean_codes": torch.zeros(18, 512)}, assign=True)
    with torch.no_grad():
        codes = encoder.eval()(torch.tanh(normal(31, 1, 3, 256, 256)))
    assert codes.shape == (1, 18, 512) and far(codes, published["e4e_1024"]) < CLOSE


def test_pictures_of_another_size_are_refused_by_name():
    from editors.networks.face_encoder_e4e import build

    with pytest.raises(ValueError, match=r"pictures are \(1, 3, 64, 64\), not \(B, 3, 256, 256\)"):
        build(layers=4, channels=(16, 16, 16, 16), units=(1, 1, 1, 1))(torch.zeros(1, 3, 64, 64))


@pytest.mark.parametrize("case", range(3))
def test_a_face_is_cut_out_along_the_square_of_the_published_alignment(case, published):
    from editors.crops import align, inverse, transform
    from editors.mesh_points import LEFT_EYE, MOUTH_CORNERS, RIGHT_EYE

    places = np.random.default_rng(60 + case).normal(0, 12, (4, 2)) + [[180, 200], [260, 190], [190, 290], [255, 285]]
    mesh = np.zeros((478, 3))
    mesh[list(RIGHT_EYE), :2], mesh[list(LEFT_EYE), :2] = places[0], places[1]
    mesh[list(MOUTH_CORNERS), :2] = places[2:]
    crop, to_crop = align(np.zeros((480, 440, 3), np.uint8), mesh, 256)
    corners = transform(np.array([[0, 0], [0, 256], [256, 256], [256, 0]]) - 0.5, inverse(to_crop))
    assert crop.shape == (256, 256, 3) and np.abs(corners - published["quads"][case]).max() < 1e-6
