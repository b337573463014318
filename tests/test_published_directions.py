"""Directions that others published move a photograph through a loaded generator, in the unit of those found here."""

import json
import shutil

import numpy as np
import pytest
import torch

from editors.__main__ import main
from editors.attributes.faces_panel import Faces
from editors.attributes.found import direction_found, latents_of, preview
from editors.attributes.found_panel import find
from editors.attributes.published import names_in, published
from editors.attributes.step import MoveFound
from editors.desk import Desk
from editors.errors import ModelError, SettingError
from editors.models import Models
from editors.notebook import Notebook
from editors.portrait import Portrait
from editors.session import Session
from editors.sessions import Sessions
from editors.widgets import Shared

from .published import STORED
from .squares import CONFIG, OWN, taken_in_and_fitted
from .tiny import ASTRONAUT

LAYERS, STYLE = 10, CONFIG["style_size"]
CHANNELS = [(6, 3), (6, 5), (8, 7)]  # of the conv and the up layers of 16 and 32 pixels


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Models:
    """A generator of one's own and files of directions for it, in every way they are published."""
    folder = tmp_path_factory.mktemp("files")
    models = taken_in_and_fitted(tmp_path_factory.mktemp("store"))
    vectors = [direction_found(models, OWN, "pca", index).style for index in (0, 1)]
    middle = np.zeros((LAYERS, STYLE), np.float32)
    middle[4:8] = vectors[0]
    torch.save({"smile": torch.from_numpy(7 * vectors[0])[None], "age": -torch.from_numpy(vectors[1])[None]},
               folder / "both.pt")
    np.save(folder / "middle.npy", 3 * middle)
    (folder / "channels.json").write_text(json.dumps({"blink": CHANNELS}))
    (folder / "channels.json").rename(folder / "channels.pt")
    np.savez(folder / "ganspace.npz", lat_mean=np.zeros((1, STYLE), np.float32), lat_stdev=np.ones(2, np.float32),
             lat_comp=np.stack(vectors)[:, None])
    for path in sorted(folder.iterdir()):
        models.store.adopt(path, path.stem, f"file {path.name}")
    return models


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return Portrait.open(ASTRONAUT)


def test_a_unit_is_a_deviation_of_faces_however_long_the_published_vector_is(models):
    assert names_in(models, "own_both") == ["age", "smile"]
    found = [direction_found(models, OWN, "pca", index).style for index in (0, 1)]
    smile, age = (direction_found(models, OWN, "", index, source="own_both").style for index in (1, 0))
    assert np.allclose(smile, np.tile(found[0], (LAYERS, 1)), atol=1e-4) and np.allclose(age, -found[1], atol=1e-4)
    components = [direction_found(models, OWN, "", index, source="own_ganspace").style for index in (0, 1)]
    assert np.allclose(components[0], found[0], atol=1e-4) and np.allclose(components[1], found[1], atol=1e-4)


def test_a_direction_of_some_layers_draws_what_the_same_in_those_layers_does(models, portrait):
    every = MoveFound(source="own_both", index=1, model=OWN, layers="4-7", amount=2.0).apply(portrait, models)
    some = MoveFound(source="own_middle", model=OWN, amount=2.0).apply(portrait, models)
    assert np.array_equal(every.image, some.image) and not np.array_equal(some.image, portrait.image)


def test_channels_move_by_a_deviation_and_no_other_of_their_layer_does(models):
    models.store.adopt(STORED / "rosinality.pt", "rosinality", "here")  # whose styles are longer than its layers wide
    generator, latents = models.get("own_rosinality"), latents_of(models, "own_rosinality", 0)
    name, codes = published(models, "own_rosinality", "own_channels", 0, latents)
    styles, blocks = generator.mapping(latents), generator.synthesis.blocks
    assert name == "blink" and [at for at in range(generator.layers) if codes[at].any()] == [4, 5]
    for layer, at, to_scale in ((6, 4, blocks[2].conv.to_scale), (8, 5, blocks[3].up.to_scale)):
        channels = [channel for number, channel in CHANNELS if number == layer]
        moved = (to_scale(styles[:1] + codes[at]) - to_scale(styles[:1]))[0]
        wanted = torch.zeros_like(moved)
        wanted[channels] = to_scale(styles).std(0)[channels]
        assert torch.allclose(moved, wanted, atol=1e-3) and wanted[channels].min() > 0.01
    models.free("own_rosinality")


def test_a_published_direction_is_looked_at_on_the_mean_face(models):
    down, middle, up = preview(models, OWN, "", 0, (-2.0, 0.0, 2.0), source="own_channels")
    assert down.shape == (64, 64, 3) and (down != middle).any() and (up != middle).any()


def test_the_page_looks_at_every_direction_of_a_file_and_no_further(models, tmp_path):
    np.savez(tmp_path / "many.npz", lat_mean=np.zeros((1, STYLE), np.float32), lat_stdev=np.ones(70, np.float32),
             lat_comp=np.random.default_rng(0).standard_normal((70, 1, STYLE), np.float32))
    models.store.adopt(tmp_path / "many.npz", "many", "here")
    shared, session = Shared(Desk(models), Sessions(tmp_path), tmp_path), Session()
    asked = {"method": "sefa", "index": 0, "model": OWN, "layers": "", "source": "own_many", "seed": 1}
    *_, seen = find(Faces(models), shared, session, asked | {"first": 64})
    assert [each["index"] for each in seen["found"]] == list(range(64, 70)) and seen["most"] == 70
    with pytest.raises(SettingError, match="first is 70; it can be 0 to 69"):
        next(find(Faces(models), shared, session, asked | {"first": 70}))
    models.free("own_many")


@pytest.mark.parametrize("settings, said", [
    ({"source": "own_both", "index": 2}, "own_both has directions 0 to 1: 0 age, 1 smile"),
    ({"source": OWN}, "no file of directions; .* in: own_both, own_channels, own_ganspace, own_middle"),
    ({"source": "face_shape"}, "no file of directions"),
    ({"source": "own_both", "model": "face_generator"}, "move a generator that was loaded, and face_generator came"),
])
def test_what_does_not_fit_is_refused_by_name(models, portrait, settings, said):
    with pytest.raises(SettingError, match=said):
        MoveFound(**{"model": OWN, "amount": 1.0} | settings).apply(portrait, models)


@pytest.mark.parametrize("content, said", [
    (np.ones((1, 512), np.float32), "has 1 layers of 512 numbers; this generator has 10 of 16"),
    (np.ones((18, STYLE), np.float32), "has 18 layers of 16 numbers"),
    (np.zeros((1, STYLE), np.float32), "nothing but zeros"),
    (np.array([[25, 501]]), "moves channel 501 of layer 25; this generator has 14 layers"),
    (np.array([[6, 501]]), "moves channel 501 of layer 6; .* and there 32 channels"),
])
def test_directions_of_another_generator_are_refused_by_what_does_not_fit(models, tmp_path, content, said):
    np.save(tmp_path / "other.npy", content)
    models.store.adopt(tmp_path / "other.npy", "other", "here")
    with pytest.raises(SettingError, match=said):
        direction_found(models, OWN, "", 0, source="own_other")
    models.free("own_other")


def test_a_notebook_whose_directions_left_says_which(models, portrait, tmp_path):
    np.save(tmp_path / "gone.npy", np.ones((1, STYLE), np.float32))
    models.store.adopt(tmp_path / "gone.npy", "gone", "here")
    step = MoveFound(source="own_gone", model=OWN, amount=1.0)
    assert "own_gone" in step.models_needed()
    models.free("own_gone")
    with pytest.raises(ModelError, match="own_gone is somebody's own model, and is not on this machine"):
        Notebook().append(step).run(portrait, models)


def test_the_command_moves_a_photograph_along_a_published_direction(models, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    shutil.copytree(models.store.folder, tmp_path / "limner")
    out = tmp_path / "out.png"
    status = main(["found", str(ASTRONAUT), "--model", OWN, "--source", "own_both", "--index", "1", "--amount", "2",
                   "-o", str(out), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert status == 0 and out.is_file() and "own_both" in json.dumps(said)
