"""A published encoder that is here reads photographs for a loaded generator, and takes part in what is on record."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save

from editors.attributes.likeness import face_in
from editors.attributes.step import ShiftAttributes
from editors.downloads import models_of
from editors.lock import Lock, read_lock, write_lock
from editors.models import Models
from editors.networks.face_encoder_e4e import build
from editors.notebook import Notebook, photo_key
from editors.notebook_file import open_notebook, save_notebook
from editors.portrait import Portrait
from editors.store import sha256_of

from .squares import OWN, taken_in_and_fitted
from .tiny import ASTRONAUT

E4E = "face_encoder_e4e"
SHAPE = {"layers": 10, "channels": (16, 16, 16, 16), "units": (1, 1, 1, 1)}
SMILE = ShiftAttributes(amounts={"mouth_open": -1.0}, model=OWN)


def take_in(models: Models, model_id: str, codes: torch.Tensor, **card: object) -> None:
    """Put an encoder there that finds the same codes (L, S) in every photograph."""
    encoder = build(**SHAPE)
    state = {name: torch.zeros_like(held) for name, held in encoder.state_dict().items()} | {"mean_codes": codes}
    place = models.store.place(model_id)
    place.mkdir(exist_ok=True)
    (place / "encoder.safetensors").write_bytes(save(state))
    digest = sha256_of(place / "encoder.safetensors")
    lock = Lock("", {"e4e.pt": digest}, {"encoder.safetensors": digest}, SHAPE, card)
    write_lock(place, lock)


@pytest.fixture
def models(tmp_path) -> Models:
    return taken_in_and_fitted(tmp_path)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return Portrait.open(ASTRONAUT)


def codes_of(models: Models, seed: int) -> torch.Tensor:
    generator = models.get(OWN)
    return generator.codes(generator.latents([seed]), 0.5)[0]


def test_a_photograph_is_read_by_the_encoder_that_is_here_and_by_what_was_fitted_where_none_is(models):
    portrait = Portrait.open(ASTRONAUT)
    fitted = face_in(portrait, models, OWN).face.codes
    take_in(models, E4E, codes_of(models, 5))
    assert torch.equal(face_in(portrait, models, OWN).face.codes[0], codes_of(models, 5))
    models.free(E4E)
    assert torch.equal(face_in(portrait, models, OWN).face.codes, fitted)


def test_an_encoder_that_takes_part_is_in_the_key_the_notebook_and_the_terms(models, portrait, tmp_path):
    notebook = Notebook().append(SMILE)
    keys, used = notebook.keys(photo_key(portrait), models), [each["id"] for each in models_of(notebook, models)]
    take_in(models, E4E, codes_of(models, 5))
    assert notebook.keys(photo_key(portrait), models) != keys and E4E not in used
    assert [each["licence"] for each in models_of(notebook, models) if each["id"] == E4E] == [models.card(E4E).licence]
    save_notebook(tmp_path / "work.limner", notebook, portrait, models)
    assert open_notebook(tmp_path / "work.limner", models).changed == ()
    models.free(E4E)
    assert open_notebook(tmp_path / "work.limner", models).changed == (E4E,)
    assert notebook.keys(photo_key(portrait), models) == keys


def test_an_encoder_that_came_after_the_notebook_is_said(models, portrait, tmp_path):
    save_notebook(tmp_path / "work.limner", Notebook().append(SMILE), portrait, models)
    take_in(models, E4E, codes_of(models, 5))
    assert open_notebook(tmp_path / "work.limner", models).changed == (E4E,)


def test_a_generator_of_ones_own_is_read_by_the_encoder_of_its_own_file(models):
    portrait, pair = Portrait.open(ASTRONAUT), ("own_pair_face_generator", "own_pair_face_encoder_e4e")
    models.store.place(OWN).rename(models.store.place(pair[0]))
    record = models.store.place(pair[0]) / "directions.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"generator": models.fingerprint(pair[0])}))
    generator = models.get(pair[0])
    codes = [generator.codes(generator.latents([seed]), 0.5)[0] for seed in (5, 6)]
    card = {"purpose": "an encoder of faces", "builder": "network", "network": E4E, "size_mb": 0.1,
            "licence": "unknown", "trained_on": "unknown", "source": "a test"}
    take_in(models, E4E, codes[0])
    take_in(models, pair[1], codes[1], **card)
    assert torch.equal(face_in(portrait, models, pair[0]).face.codes[0], codes[1])


def test_an_encoder_of_another_generators_codes_is_left_aside(models):
    portrait = Portrait.open(ASTRONAUT)
    fitted = face_in(portrait, models, OWN).face.codes
    before = Notebook().append(SMILE).keys(photo_key(portrait), models)
    take_in(models, E4E, torch.zeros(10, 16))
    lock = read_lock(models.store.place(E4E))
    write_lock(models.store.place(E4E), replace(lock, config=dict(lock.config) | {"layers": 18}))
    assert torch.equal(face_in(portrait, models, OWN).face.codes, fitted)
    assert Notebook().append(SMILE).keys(photo_key(portrait), models) == before
