"""Published weights are converted once and drawn with; a person's own are recognised, given a card, warned about."""

import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from editors.__main__ import main
from editors.acts import open_saved
from editors.downloads import models_of
from editors.errors import ModelError
from editors.fetches import Fetch, Fetches, find_on_hub
from editors.lock import LOCK, _seal
from editors.models import Models, sha256_of
from editors.notebook import Notebook, Results
from editors.notebook_file import open_notebook, read_result, save_notebook
from editors.sessions import Session
from editors.step import Step
from editors.store import Store
from editors.translations import say

from .published import STORED, names_of, normal, weights
from .tiny import ASTRONAUT

GENERATOR, FILE = "akhaliq/jojogan-stylegan2-ffhq-config-f", "stylegan2-ffhq-config-f.pt"
LORA, LORA_FILE, LARGE = "latent-consistency/lcm-lora-sdv1-5", "pytorch_lora_weights.safetensors", bytes(3_000_000)
ROSINALITY, BISENET = ((STORED / name).read_bytes() for name in ("rosinality.pt", "bisenet.pth"))


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def test_a_published_generator_is_converted_once_and_drawn_with(hub, capsys):
    hub.put(GENERATOR, FILE, ROSINALITY)
    status, out, err = run(capsys, "fetch", "face_generator_ffhq", "--yes", "--json")
    assert status == 0 and json.loads(out)["files"] == {FILE: sha256_of(STORED / "rosinality.pt")}
    assert "0.1 MB" in err and hub.commit(GENERATOR)[:12] in err and "NVIDIA Source Code License" in err
    models = Models()
    place = models.store.place("face_generator_ffhq")
    assert {path.suffix for path in place.iterdir()} <= {".json", ".safetensors", ".lock"}
    generator = models.get("face_generator_ffhq")
    picture = generator(generator.latents([0]))
    assert picture.shape == (1, 3, generator.size, generator.size) and not generator.training
    assert "face_shape" in models.stand_ins("face_generator_ffhq")


def test_a_converted_file_that_changed_on_disk_is_not_loaded(hub):
    hub.put(GENERATOR, FILE, ROSINALITY)
    models = Models()
    models.fetch("face_generator_ffhq")
    path = next(models.store.place("face_generator_ffhq").glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match="is not the file on record"):
        Models().get("face_generator_ffhq")
    assert models.get("face_generator_ffhq") is not None


def test_a_published_file_that_is_no_weights_is_refused_and_is_no_model(hub):
    hub.put(GENERATOR, FILE, pickle.dumps({"g_ema": os.system, "pad": "x" * 2000}))
    models = Models()
    with pytest.raises(ModelError, match=r"posix\.system"):
        models.fetch("face_generator_ffhq")
    assert not models.is_here("face_generator_ffhq")


def test_a_file_of_another_kind_is_not_taken_for_a_generator(hub):
    hub.put(GENERATOR, FILE, BISENET)
    models = Models()
    with pytest.raises(ModelError, match="holds no face_generator"):
        models.fetch("face_generator_ffhq")
    assert not models.is_here("face_generator_ffhq")


# --- asking --------------------------------------------------------------------------------------------------------

def test_nothing_comes_before_size_and_licence_were_agreed_to(hub, capsys):
    hub.put(GENERATOR, FILE, ROSINALITY)
    status, out, err = run(capsys, "fetch", "face_generator_ffhq")
    assert (status, out) == (2, "") and "NVIDIA Source Code License" in err and err.endswith("Add --yes to fetch it.\n")
    assert not hub.downloads() and not Models().is_here("face_generator_ffhq")


@pytest.mark.parametrize("answer, status", [("y", 0), ("", 2)])
def test_a_person_at_a_terminal_is_asked(hub, answer, status):
    hub.put(GENERATOR, FILE, ROSINALITY)
    person, terminal = os.openpty()
    os.write(person, f"{answer}\n".encode())
    done = subprocess.run([sys.executable, "-m", "editors", "fetch", "face_generator_ffhq"], stdin=terminal, text=True,
                          cwd=STORED.parent.parent, capture_output=True)
    os.close(terminal)
    os.close(person)
    assert done.returncode == status and "non-commercial" in done.stderr and "Fetch it? [y/N] " in done.stderr
    assert Models().is_here("face_generator_ffhq") == (status == 0) and bool(hub.downloads()) == (status == 0)


def test_disk_use_is_listed_and_freed(hub, capsys):
    hub.put(GENERATOR, FILE, ROSINALITY)
    run(capsys, "fetch", "face_generator_ffhq", "--yes")
    said = {each["id"]: each for each in json.loads(run(capsys, "models", "--json")[1])["models"]}
    size = Models().store.size_of("face_generator_ffhq")
    assert said["face_generator_ffhq"]["here"] and said["face_generator_ffhq"]["disk_mb"] == round(size / 1e6, 3) > 0
    assert said["face_shape"]["here"] and said["face_shape"]["disk_mb"] == 0 and not said["face_parser"]["here"]
    assert f"here, {size / 1e6:.1f} MB" in run(capsys, "models")[1]
    freed = run(capsys, "models", "--free", "face_generator_ffhq")[1]
    assert freed == f"face_generator_ffhq: {size / 1e6:.1f} MB freed.\n"
    assert not Models().is_here("face_generator_ffhq")


def test_a_list_of_which_only_the_head_is_read_ends_quietly(hub):
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([sys.executable, "-m", "editors", "models"], stdout=writes, stderr=subprocess.PIPE, text=True)
    os.close(writes)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["face_shape", "nose", "../home", ".", "..", "", "coming/../..", "n" * 300])
def test_only_fetched_models_are_freed(hub, capsys, name):
    hub.put(GENERATOR, FILE, ROSINALITY)
    run(capsys, "fetch", "face_generator_ffhq", "--yes")
    beside = Models().store.folder.parent / "of_somebody"
    beside.write_text("kept")
    status, out, err = run(capsys, "models", "--free", name)
    assert (status, out) == (2, "") and ("embedded" in err or "no model called" in err)
    assert beside.exists() and Models().is_here("face_generator_ffhq")


# --- one's own -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("source, builds", [
    ("rosinality.pt", "StyleGAN2"), ("nvidia_3.pkl", "StyleGAN2"), ("bisenet.pth", "BiSeNet"),
])
def test_a_file_of_weights_is_recognised_by_its_content(hub, capsys, tmp_path, source, builds):
    path = tmp_path / "My Face Nr.1.bin"
    path.write_bytes((STORED / source).read_bytes())
    status, out, err = run(capsys, "fetch", path, "--json")
    (card,) = json.loads(out)["models"]
    assert status == 0 and "neither their licence" in err and builds in card["purpose"]
    assert card["id"] == "own_my_face_nr_1" and card["size_mb"] > 0 and card["licence"].startswith("unknown")
    models = Models()
    assert models.get(card["id"]) is not None and models.card(card["id"]).source == "file My Face Nr.1.bin"
    assert card["id"] in run(capsys, "models")[1] and len(models.fingerprint(card["id"])) == 64
    assert not hub.asked and path.exists()


def test_a_generator_of_ones_own_draws_stands_in_and_says_its_layers(hub, tmp_path):
    models = Models()
    (card,), _ = models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    generator = models.get(card.id)
    assert f"{generator.layers} layers" in card.purpose and "face_shape" in models.stand_ins(card.id)
    assert card.id in models.stand_ins("face_shape")
    with torch.inference_mode():
        assert generator(generator.latents([1])).isfinite().all()


def test_weights_of_the_hub_are_taken_by_name_and_file(hub, capsys):
    hub.put("some/one", "README.md", b"x")
    hub.put("some/one", "deep/faces.pt", ROSINALITY)
    assert run(capsys, "fetch", "some/one")[0] == 2 and not hub.downloads()
    for name in ("some/one", "some/one/deep/faces.pt"):
        status, out, _ = run(capsys, "fetch", name, "--yes", "--json")
        (card,) = json.loads(out)["models"]
        assert status == 0 and card["id"] == "own_one_faces" and hub.commit("some/one") in card["source"]
    hub.put("some/one", "other.pt", BISENET)
    err = run(capsys, "fetch", "some/one", "--yes")[2]
    assert "2 files of weights: deep/faces.pt, other.pt. Name one" in err
    assert not (Models().store.folder / "coming").exists() or not list((Models().store.folder / "coming").iterdir())


def test_a_file_of_the_hub_that_does_not_end_as_weights_do_is_named_behind_a_colon(hub, capsys):
    hub.put("some/one", "deep/smile.json", json.dumps([0.5] * 512).encode())
    hub.put("some/one", "deep/faces.bin", ROSINALITY)
    for name in ("some/one/deep/smile.json", "some/one:deep/smile.json", "some/one:deep/faces.bin"):
        assert run(capsys, "fetch", name, "--yes")[0] == 0
    status, _, err = run(capsys, "fetch", "some/one/deep/faces.bin", "--yes")
    assert status == 2 and "with a colon before FILE" in err and err.count("\n") == 1


@pytest.mark.parametrize("name", ["smile.npy", "folder/smile"])
def test_a_file_where_an_id_is_asked_for_is_told_how_it_comes_to_have_one(hub, capsys, tmp_path, name):
    out = tmp_path / "out.png"
    status, _, err = run(capsys, "found", ASTRONAUT, "--source", name, "--amount", "1", "-o", out)
    assert status == 2 and f"no model called '{name}'" in err and "python -m editors fetch FILE" in err
    assert err.count("\n") == 1 and not out.exists()


@pytest.mark.parametrize("what, said", [
    ("nowhere.pt", "nowhere.pt is no file"), ("./a/b.pt", "is no file"), ("/dev/null", "is no file"),
    (".", "is no file"), ("n" * 300 + ".pt", "n is no file"), (f"/tmp/{'n' * 5000}/x", "n is no file"),
    ("no/one", "no repository 'no/one'"), ("no/one/x.pt", "no repository 'no/one'"), ("nose", "no model called 'nose'"),
])
def test_what_is_no_weights_is_refused_in_one_line(hub, capsys, what, said):
    status, out, err = run(capsys, "fetch", what, "--yes")
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1


def test_a_file_that_is_no_weights_leaves_nothing_behind(hub, capsys, tmp_path):
    for content in (b"", b"text", pickle.dumps(os.system)):
        (tmp_path / "bad.pt").write_bytes(content)
        assert run(capsys, "fetch", tmp_path / "bad.pt")[0] == 2
    assert not Models().store.folder.exists() or not list(Models().store.folder.iterdir())


def test_a_file_whose_name_is_no_text_is_taken_in_under_one_that_can_be_sent_to_the_page(hub, tmp_path):
    path = tmp_path / os.fsdecode(b"\xff\xfe.npy")
    np.save(path, np.arange(512, dtype=np.float32))
    (card,), _ = Models().store.adopt(path, path.stem, f"file {path.name}")
    card.source.encode()
    assert card.id == "own_weights" and list(Models().get(card.id)) == ["direction"]


def test_directions_of_ones_own_are_arrays(hub, capsys, tmp_path):
    np.save(tmp_path / "smile.npy", np.arange(512, dtype=np.float32))
    status, out, _ = run(capsys, "fetch", tmp_path / "smile.npy", "--json")
    (card,) = json.loads(out)["models"]
    (direction,) = Models().get(card["id"]).values()
    assert status == 0 and card["id"] == "own_smile" and direction.shape[-1] == 512 and not direction.flags.writeable


# --- a notebook without its model ----------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False, kw_only=True)
class Redraw(Step):
    """Needs a model that may not be here."""

    kind: ClassVar[str] = "tiny.redraw"
    model: str = "face_generator_ffhq"

    def models_needed(self):
        return (self.model,)

    def apply(self, portrait, models):
        return portrait.with_image(255 - portrait.image + 0 * models.get(self.model).size)


@pytest.mark.parametrize("model, said", [
    ("face_generator_ffhq", r"fetch face_generator_ffhq; here for the same: .*face_shape"),
    ("own_mine", r"own_mine is somebody's own model, and is not on this machine. Give its file: .*; here that draw "
                 "faces: face_shape, face_generator, face_generator_ffhq"),
])
def test_a_notebook_without_its_model_opens_says_so_and_offers_what_is_there(hub, tmp_path, tiny_editor, monkeypatch,
                                                                              model, said):
    monkeypatch.setattr(tiny_editor, "Redraw", Redraw, raising=False)
    models = Models()
    hub.put(GENERATOR, FILE, ROSINALITY)
    models.fetch("face_generator_ffhq")
    models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    notebook = Notebook().append(tiny_editor.Lighten(amount=9)).append(Redraw(model=model))
    drawn = notebook.run(tiny_editor.tiny_portrait(), models).image
    save_notebook(tmp_path / "work.limner", notebook, tiny_editor.tiny_portrait(), models)
    assert models_of(notebook, models)[0]["id"] == model
    models.store.free(model)
    without = Models()
    opened = open_notebook(tmp_path / "work.limner", without)
    assert opened.changed == (model,) and (read_result(tmp_path / "work.limner", 1) == drawn).all()
    with pytest.raises(ModelError, match=rf"Cell 2 \(tiny.redraw\): .*{said}"):
        opened.notebook.run(opened.portrait, without)
    first = next(opened.notebook.results(opened.portrait, without, Results()))
    assert (first.image == opened.portrait.image + np.uint8(9)).all()


def test_replay_says_which_model_is_missing_and_draws_with_the_one_that_is_given(hub, tmp_path, tiny_editor,
                                                                                 monkeypatch, capsys):
    monkeypatch.setattr(tiny_editor, "Redraw", Redraw, raising=False)
    hub.put(GENERATOR, FILE, ROSINALITY)
    models, portrait = Models(), tiny_editor.tiny_portrait()
    models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    models.fetch("face_generator_ffhq")
    save_notebook(tmp_path / "work.limner", Notebook().append(Redraw(model="face_generator_ffhq")), portrait, models)
    portrait.save(tmp_path / "photo.png")
    models.store.free("face_generator_ffhq")
    replay = ("replay", tmp_path / "work.limner", tmp_path / "photo.png", "-o", tmp_path / "out.png")
    status, out, err = run(capsys, *replay)
    assert (status, out) == (2, "") and "face_generator_ffhq" in err and "own_mine" in err and err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
    status, out, err = run(capsys, *replay, "--model", "own_mine", "--json")
    assert status == 0 and [each["id"] for each in json.loads(out)["results"][0]["models"]] == ["own_mine"]
    status, out, err = run(capsys, *replay, "--model", "nose")
    assert (status, out) == (2, "") and "no model called 'nose'" in err


def test_the_page_opens_a_notebook_without_its_model_with_those_edits_at_rest(hub, tmp_path, tiny_editor, monkeypatch):
    monkeypatch.setattr(tiny_editor, "Redraw", Redraw, raising=False)
    hub.put(GENERATOR, FILE, ROSINALITY)
    models, session = Models(), Session()
    models.fetch("face_generator_ffhq")
    notebook = Notebook().append(tiny_editor.Lighten(amount=9)).append(Redraw())
    save_notebook(tmp_path / "work.limner", notebook, tiny_editor.tiny_portrait(), models)
    models.free("face_generator_ffhq")
    open_saved(session, {"path": tmp_path / "work.limner"}, models)
    assert [cell.enabled for cell in session.notebook.cells] == [True, False]
    assert session.notice[:2] == ("absent_models", "face_generator_ffhq") and "face_shape" in session.notice[2]
    assert len(session.run(models, Results())) == 3
    for language, said in (("en", "which is not here: those edits are switched off. Here for the same: face_shape"),
                           ("zh", "相关编辑已停用")):
        assert said in say(session.notice[0], language, *session.notice[1:])


# --- while the page goes on ----------------------------------------------------------------------------------------

def test_a_fetch_in_the_background_says_how_far_it_is_and_ends(hub):
    hub.put(GENERATOR, FILE, ROSINALITY)
    fetches = Fetches(Models())
    offer = fetches.offer("face_generator_ffhq")
    assert offer["bytes"] == len(ROSINALITY) and "NVIDIA" in offer["licence"] and not hub.downloads()
    fetches.begin("face_generator_ffhq")
    ended = fetches.wait("face_generator_ffhq", 30)
    assert ended == Fetch("done", len(ROSINALITY), len(ROSINALITY), FILE, "", ("face_generator_ffhq",))
    assert fetches.models.is_here("face_generator_ffhq") and fetches.offer("face_generator_ffhq")["bytes"] == 0


def test_a_fetch_is_stopped_and_gone_on_with(hub):
    hub.put(LORA, LORA_FILE, LARGE)
    fetches, told = Fetches(Models()), threading.Event()
    hub.gate = lambda: fetches.stop("lcm_lora_sd15") or told.set()
    fetches.begin("lcm_lora_sd15")
    assert fetches.wait("lcm_lora_sd15", 30).state == "stopped" and told.is_set()
    assert not fetches.models.is_here("lcm_lora_sd15")
    hub.gate = lambda: None
    fetches.begin("lcm_lora_sd15")
    assert fetches.wait("lcm_lora_sd15", 30).state == "done"
    assert fetches.models.get("lcm_lora_sd15")[LORA_FILE].read_bytes() == LARGE


def test_a_fetch_that_fails_says_why(hub):
    fetches = Fetches(Models())
    fetches.begin("face_parser")
    ended = fetches.wait("face_parser", 30)
    assert ended.state == "failed" and "no repository 'vivym/face-parsing-bisenet'" in ended.error
    with pytest.raises(ModelError, match="no model called"):
        fetches.begin("nose")


# --- one file, two networks ----------------------------------------------------------------------------------------

E4E = "AIRI-Institute/HairFastGAN", "pretrained_models/encoder4editing/e4e_ffhq_encode.pt"


@pytest.fixture
def e4e_file(tmp_path) -> bytes:
    """An e4e file of small networks, as the published code writes it."""
    options = {"encoder_type": "Encoder4Editing", "start_from_latent_avg": True}
    torch.save({"state_dict": weights(names_of("e4e"), 33), "latent_avg": normal(34, 8, 64), "opts": options},
               tmp_path / "e4e.pt")
    return (tmp_path / "e4e.pt").read_bytes()


@pytest.mark.parametrize("asked, other", [("face_encoder_e4e", "face_generator_e4e"),
                                          ("face_generator_e4e", "face_encoder_e4e")])
def test_one_download_brings_the_encoder_and_the_generator_of_an_e4e_file(hub, e4e_file, asked, other):
    hub.put(*E4E, e4e_file)
    models = Models()
    models.fetch(asked)
    assert models.is_here(other) and len(hub.downloads()) == 1
    codes = models.get("face_encoder_e4e")(torch.tanh(normal(31, 1, 3, 256, 256)))
    generator = models.get("face_generator_e4e")
    assert generator.draw(codes).shape == (1, 3, generator.size, generator.size)
    models.fetch(other)
    assert len(hub.downloads()) == 1 and models.fingerprint(asked) != models.fingerprint(other)
    assert "face_generator_e4e" in models.stand_ins("face_shape")
    models.store.free(other)
    assert models.is_here(asked) and not models.is_here(other)


def test_what_cannot_be_removed_is_not_said_to_be_freed(hub, monkeypatch, capsys):
    Models().store.adopt(STORED / "rosinality.pt", "mine", "here")
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # as on a disk that is only to be read
    status, out, err = run(capsys, "models", "--free", "own_mine")
    assert (status, out) == (2, "") and "own_mine cannot be removed by this program" in err


@pytest.mark.parametrize("field", ["card", "config", "files", "loaded", "commit"])
def test_a_record_of_another_version_hides_its_model_alone_and_can_be_freed(hub, field):
    models = Models()
    for name in ("older", "mine"):
        models.store.adopt(STORED / "rosinality.pt", name, "here")
    path = models.store.place("own_older") / LOCK
    record = json.loads(path.read_text())
    del record["sha256"], record[field]
    path.write_text(json.dumps(record | {"sha256": _seal(record)}))
    assert [card.id for card in models.store.cards()] == ["own_mine"] and not models.is_here("own_older")
    assert models.free("own_older") > 0 and not models.store.place("own_older").exists()


# --- whose weights stay, and how much room there is ----------------------------------------------------------------

def test_other_weights_of_the_same_name_never_take_the_place_of_those_that_are_here(hub, tmp_path):
    models = Models()
    (first,), _ = models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    (second,), _ = models.store.adopt(STORED / "bisenet.pth", "mine", "here")
    (again,), _ = models.store.adopt(STORED / "rosinality.pt", "mine", "there")
    assert (first.id, second.id, again.id) == ("own_mine", "own_mine_2", "own_mine")
    assert models.card("own_mine").network == "face_generator"


def test_what_fetched_models_may_take_is_never_passed(hub):
    hub.put(GENERATOR, FILE, ROSINALITY)
    models = Models(store=Store(most_gb=len(ROSINALITY) / 1e9 - 1e-6))
    for fetch in (lambda: models.fetch("face_generator_ffhq"),
                  lambda: models.store.adopt(STORED / "rosinality.pt", "mine", "here"),
                  lambda: models.store.adopt_remote(find_on_hub(f"{GENERATOR}:{FILE}"))):
        with pytest.raises(ModelError, match="would pass the .* GB that fetched models may take here.*Remove one"):
            fetch()
    assert not hub.downloads() and not models.store.cards()
    roomy = Models(store=Store(most_gb=1))
    roomy.fetch("face_generator_ffhq")
    assert roomy.store.size() > 0
