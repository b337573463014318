"""Faces by seed, mixed and on the way: the same for a seed, of what they are made of; directions that were found."""

import json

import cv2
import numpy as np
import pytest
import torch

from editors.attributes.drawn_faces import FacePainter, mix_bands
from editors.attributes.find import moved, principal, sefa
from editors.attributes.video import write_video
from editors.errors import EditError, SettingError
from editors.images import open_photo
from editors.networks.face_generator import FaceGenerator
from editors.portrait import Portrait

from .test_inversion import run


@pytest.fixture(scope="module")
def painter(models):
    return FacePainter(models)


def test_a_seed_is_one_face_and_another_seed_another(painter):
    first, again, other = (painter.draw(painter.by_seed(seed)).astype(int) for seed in (1, 1, 2))
    assert (first == again).all() and np.abs(first - other).mean() > 10


def test_truncation_draws_towards_the_mean_face(painter):
    mean, half, full = (painter.draw(painter.by_seed(5, share)).astype(int) for share in (0, 0.5, 1))
    assert (mean == painter.draw(painter.by_seed(6, 0))).all()
    assert 3 < np.abs(half - mean).mean() < np.abs(full - mean).mean()


def test_a_photograph_gives_its_own_face(painter, portrait):
    face = painter.of_photograph(portrait)
    found = painter.of_photograph(Portrait(cv2.resize(painter.draw(face), (512, 512), interpolation=cv2.INTER_CUBIC)))
    other = painter.by_seed(2)
    assert (face.latent - found.latent).norm() < (face.latent - other.latent).norm()
    assert np.linalg.norm(face.shape - found.shape) < np.linalg.norm(face.shape - other.shape)


def test_all_layers_of_another_are_the_other_and_layers_of_oneself_change_nothing(painter):
    first, other = painter.by_seed(1, 0.7), painter.by_seed(2, 0.7)
    whole = painter.draw_mixed(first, other, range(painter.generator.layers))
    assert np.abs(whole.astype(int) - painter.draw(other)).max() <= 1
    assert np.abs(painter.draw_mixed(first, first, range(4, 8)).astype(int) - painter.draw(first)).max() <= 1


def test_coarse_layers_bring_more_than_fine_ones(painter):
    first, other = painter.by_seed(1, 0.7), painter.by_seed(2, 0.7)
    own = painter.draw(first).astype(int)
    mixed = (painter.draw_mixed(first, other, layers) for layers in (range(4), range(8, 12)))
    coarse, fine = (np.abs(picture - own).mean() for picture in mixed)
    assert coarse > 3 * fine > 0


def test_bands_add_up_to_the_picture_and_a_layer_brings_its_own():
    picture, other = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(mix_bands(picture, picture, range(2, 3)), picture)
    torch.testing.assert_close(mix_bands(picture, other, range(6)), other)
    brighter = mix_bands(torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16), range(1))  # it draws 4 pixels
    torch.testing.assert_close(brighter, torch.ones(1, 3, 16, 16))


def test_a_morph_begins_with_one_face_ends_with_the_other_and_does_not_jump(painter):
    first, last = painter.by_seed(1, 0.7), painter.by_seed(2, 0.7)
    frames = [frame.astype(int) for frame in painter.morph(first, last, 6)]
    assert (frames[0] == painter.draw(first)).all() and np.abs(frames[-1] - painter.draw(last)).max() <= 1
    steps = [np.abs(after - before).mean() for before, after in zip(frames, frames[1:])]
    assert max(steps) < 0.5 * np.abs(frames[-1] - frames[0]).mean() and max(steps) == max(steps[1:-1])


def test_a_video_plays_what_was_written(tmp_path):
    levels = [20, 90, 160, 230]
    frames = [np.full((64, 96, 3), (level, 60, 60), np.uint8) for level in levels]
    assert write_video(tmp_path / "out.mp4", frames, 25) == 4
    played, video = [], cv2.VideoCapture(str(tmp_path / "out.mp4"))
    while (read := video.read())[0]:
        played.append(read[1])
    assert video.get(cv2.CAP_PROP_FPS) == 25 and [frame.shape for frame in played] == [(64, 96, 3)] * 4
    np.testing.assert_allclose([frame[..., 2].mean() for frame in played], levels, atol=8)


def test_generate_and_mix_write_pictures_that_say_how(tmp_path, capsys):
    run("generate", "--seed", 4, "-o", tmp_path / "a.png", "--json", "--save", tmp_path / "a.limner")
    run("mix", "4", tmp_path / "a.png", "--layers", "0-3", "-o", tmp_path / "b.png", "--json")
    made, mixed = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert made["seed"] == 4 and made["truncation"] == 0.7 and (tmp_path / "a.limner").stat().st_size
    assert mixed["layers"] == "0-3" and "face_landmark" in {model["id"] for model in mixed["models"]}
    assert open_photo(tmp_path / "b.png").pixels.shape == (made["height"], made["width"], 3)


def test_morph_writes_a_video_of_the_frames_it_names(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("editors.attributes.faces_command.FRAMES", 3)
    run("morph", "1", "2", "-o", tmp_path / "m.mp4", "--json")
    record = json.loads(capsys.readouterr().out)
    video = cv2.VideoCapture(str(tmp_path / "m.mp4"))
    assert record["frames"] == 3 and [video.read()[0] for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("arguments", "said"), [
    (("generate", "--seed", "-1", "-o", "o.png"), "a whole number from 0 to 4294967295, '-1' came"),
    (("generate", "--seed", "0" * 11 + "9" * 30, "-o", "o.png"), "a whole number from 0 to 4294967295"),
    (("generate", "--seed", "1", "--truncation", "9", "-o", "o.png"), "a number from 0 to 1.5, '9' came"),
    (("mix", "1", "2", "--layers", "7-4", "-o", "o.png"), "as 4-7; '7-4' came"),
    (("mix", "1", "2", "--layers", "9-20", "-o", "o.png"), "Layers 9-20 were asked for; .* of 0-11"),
    (("mix", "1", "nobody.png", "--layers", "4", "-o", "o.png"), "nobody.png does not exist"),
    (("morph", "1", "2", "-o", "o.gif"), r"o.gif does not end in .mp4"),
])
def test_what_cannot_be_drawn_is_said_and_nothing_written(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EditError, match=said):
        run(*arguments)
    assert not list(tmp_path.iterdir())


# --- directions that nobody named -----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    return FaceGenerator(16, style_size=6, mapping_layers=2, channel_max=8).eval().requires_grad_(False)


def test_sefa_finds_the_direction_that_layers_feel_most(generator):
    found = sefa(generator, 6)
    torch.testing.assert_close(found @ found.T, torch.eye(6), atol=1e-5, rtol=0)
    reads = [layer.to_scale.weight for block in generator.synthesis.blocks for layer in block.styled]
    weights = torch.cat([*reads, generator.synthesis.blocks[-1].to_rgb.to_scale.weight]).detach()
    felt = (weights @ found.T).norm(dim=0)
    assert (felt.diff() <= 1e-4).all()
    random = torch.nn.functional.normalize(torch.randn(200, 6), dim=1)
    assert felt[0] >= (weights @ random.T).norm(dim=0).max()


def test_sefa_of_some_layers_looks_at_those_alone(generator):
    weights = generator.synthesis.blocks[1].up.to_scale.weight
    assert (weights @ sefa(generator, 1, range(1, 2))[0]).norm() == pytest.approx(
        float(torch.linalg.matrix_norm(weights, 2)), rel=1e-4)
    with pytest.raises(SettingError, match="Layers 4 to 9 were asked for; there are 0 to 5"):
        sefa(generator, 1, range(4, 10))


def test_principal_components_are_those_of_the_styles(generator):
    directions, deviations = principal(generator, 3)
    torch.testing.assert_close(directions @ directions.T, torch.eye(3), atol=1e-5, rtol=0)
    styles = generator.mapping(torch.randn(4000, 6, generator=torch.Generator().manual_seed(9))).detach()
    seen = (styles - styles.mean(0)) @ directions.T
    torch.testing.assert_close(seen.std(0), deviations, rtol=0.1, atol=0)
    assert (deviations.diff() <= 0).all() and torch.equal(principal(generator, 3)[0], directions)


def test_principal_components_of_latents_that_are_given():
    plain = FaceGenerator(8, style_size=3, mapping_layers=0, channel_max=4, latent_size=3, normalize_latent=False)
    latents = torch.randn(500, 3, generator=torch.Generator().manual_seed(1)) * torch.tensor([0.5, 4, 1])
    directions, deviations = principal(plain, 1, latents)
    torch.testing.assert_close(directions[0].abs(), torch.tensor([0.0, 1, 0]), atol=0.05, rtol=0)
    assert float(deviations[0]) == pytest.approx(4, rel=0.1)


def test_more_directions_than_a_style_has_numbers_are_refused(generator):
    for find in (sefa, principal):
        with pytest.raises(SettingError, match="7 directions were asked for; there are 1 to 6"):
            find(generator, 7)


def test_a_direction_moves_the_layers_it_is_told_to(generator):
    codes = generator.codes(torch.randn(1, 6))
    changed = moved(codes, sefa(generator, 1)[0], 3.0, range(2, 4)) - codes
    assert (changed[:, [0, 1, 4, 5]] == 0).all()
    torch.testing.assert_close(changed[:, 2:4].norm(dim=2), torch.full((1, 2), 3.0))
