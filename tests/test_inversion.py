"""Inversion: nearer with time, the shared network untouched, the photograph kept outside; the command `invert`."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from editors.__main__ import parser_of
from editors.attributes.command import COMMANDS
from editors.attributes.inversion import (
    Inverted,
    encode,
    frame_picture,
    linear_picture,
    onto_photograph,
    sharpen_likeness,
    small_picture,
)
from editors.canvas import canvas_of
from editors.errors import EditError, FaceError
from editors.images import open_photo
from editors.networks.face_generator import FaceGenerator
from editors.networks.linear_drawing import LinearDrawing

from .tiny import ASTRONAUT, CAT
from .tiny_training import linear_face


def run(*arguments):
    """Do what the arguments of a command say; raises what the command line would say in one line."""
    known = {command.name: command for command in COMMANDS}
    options = parser_of(known).parse_args(list(map(str, arguments)))
    known[options.command].run(options)


@pytest.fixture(scope="module")
def tiny():
    """A linear model of four components, a generator on top of it, and a face in the frame."""
    torch.manual_seed(0)
    shape = linear_face()
    drawing = LinearDrawing(shape, 16)
    generator = FaceGenerator(16, style_size=4, mapping_layers=0, channel_max=8, latent_size=4, coarse_channels=3,
                              normalize_latent=False).eval().requires_grad_(False)
    latent = torch.zeros(1, 4)
    taken = shape.draw(np.array([1.0, -1, 1, -1])).clip(0, 255)
    return Inverted(latent, generator.codes(latent), generator), taken, drawing


@pytest.fixture
def ticking(monkeypatch):
    """A clock that goes on by a hundredth of a second whenever it is looked at, however busy the machine is."""
    looks = itertools.count()
    monkeypatch.setattr("editors.attributes.inversion.time", SimpleNamespace(monotonic=lambda: next(looks) / 100))


def miss(face, taken, drawing):
    with torch.no_grad():
        difference = (face.draw(drawing) - small_picture(taken, 16)).square().mean((0, 1))
        return float((difference * drawing.weight).sum())


def test_time_brings_the_face_nearer_and_the_shared_network_stays_as_it_is(tiny, ticking):
    first, taken, drawing = tiny
    before = {name: value.clone() for name, value in first.generator.state_dict().items()}
    found = sharpen_likeness(first, taken, drawing, 1)
    assert miss(found, taken, drawing) < 0.8 * miss(first, taken, drawing)
    assert all(torch.equal(value, before[name]) for name, value in first.generator.state_dict().items())
    assert found.generator is not first.generator
    assert not any(weight.requires_grad for weight in [*found.generator.parameters(), found.latent, found.codes])


def test_no_time_changes_nothing(tiny):
    first, taken, drawing = tiny
    assert sharpen_likeness(first, taken, drawing, 0) is first


def test_progress_rises_to_the_end_and_what_it_raises_cancels(tiny, ticking):
    first, taken, drawing = tiny
    seen = []
    sharpen_likeness(first, taken, drawing, 0.3, lambda spent, loss: seen.append(spent))
    assert seen == sorted(seen) and seen[0] == 0 and 0.5 < seen[-1] <= 1

    def cancel(spent, loss):
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError):
        sharpen_likeness(first, taken, drawing, 60, cancel)


@pytest.fixture(scope="module")
def astronaut(portrait, models):
    return portrait, frame_picture(portrait, models)


def test_the_face_comes_back_where_it_was_and_the_rest_is_the_photographs_own(models, astronaut):
    portrait, taken = astronaut
    image, canvas = onto_photograph(taken, portrait, models), canvas_of(portrait, models)
    x0, y0, x1, y1 = canvas.box
    away = np.ones(image.shape[:2], bool)
    away[y0:y1, x0:x1] = canvas.enlarge(canvas.reach) == 0
    assert (image == portrait.image)[away].all() and away.mean() > 0.3
    inner = np.zeros_like(away)
    inner[y0:y1, x0:x1] = canvas.enlarge(canvas.reach) > 0.99
    assert np.abs(image.astype(int) - portrait.image)[inner].mean() < 4  # the frame is a little coarser than the face


def test_a_picture_of_another_size_lies_in_the_same_place(models, astronaut):
    portrait, taken = astronaut
    larger = taken.repeat(2, axis=0).repeat(2, axis=1)
    first, second = (onto_photograph(picture, portrait, models).astype(int) for picture in (taken, larger))
    assert np.abs(first - second).mean() < 0.5


def test_what_the_encoder_reads_is_nearer_than_the_mean_face(models, astronaut):
    _, taken = astronaut
    drawing = LinearDrawing(models.get("face_shape"), models.get("face_generator").size)
    with torch.no_grad():
        drawn = encode(taken, models, drawing).draw(drawing)
    wanted = small_picture(taken, drawn.shape[-1])
    gap, mean_gap = ((seen - wanted).square().mean((0, 1)) * drawing.weight for seen in (drawn, drawing.mean[None]))
    assert gap.sum() < 0.1 * mean_gap.sum()


def test_invert_writes_a_picture_of_the_photographs_size_with_how_it_was_made(tmp_path, capsys):
    out = tmp_path / "face.png"
    run("invert", ASTRONAUT, "-o", out, "--json", "--save", tmp_path / "face.limner")
    record = json.loads(capsys.readouterr().out)
    assert record["command"] == "invert" and record["face"] == 0 and (tmp_path / "face.limner").stat().st_size
    assert {"face_generator", "face_encoder"} <= {model["id"] for model in record["models"]}
    before, after = open_photo(ASTRONAUT).pixels, open_photo(out).pixels
    assert before.shape == after.shape and (before[-20:] == after[-20:]).all() and (before != after).any()


def test_the_linear_model_draws_too(models, astronaut, tmp_path):
    portrait, taken = astronaut
    run("invert", ASTRONAUT, "-o", tmp_path / "face.png", "--model", "face_shape")
    expected = onto_photograph(linear_picture(taken, models.get("face_shape")), portrait, models)
    assert (open_photo(tmp_path / "face.png").pixels == expected).all()


@pytest.mark.parametrize(("arguments", "said"), [
    ((ASTRONAUT, "--model", "wings"), "no model called 'wings'"),
    ((ASTRONAUT, "--model", "hed"), "'hed', which draws no faces; it can be face_shape, face_generator"),
    ((ASTRONAUT, "--model", "face_shape", "--seconds", 3), "--seconds is for face_generator"),
    ((ASTRONAUT, "--seconds", "nan"), "a number from 0 to 600, 'nan' came"),
])
def test_what_cannot_be_inverted_is_said_and_nothing_written(arguments, said, tmp_path):
    with pytest.raises(EditError, match=said):
        run("invert", *arguments, "-o", tmp_path / "face.png")
    assert not list(tmp_path.iterdir())


def test_a_picture_without_a_face_is_refused(tmp_path):
    with pytest.raises(FaceError):
        run("invert", CAT, "-o", tmp_path / "face.png")
    assert not list(tmp_path.iterdir())
