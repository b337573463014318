"""Sliders through generators: the embedded one, and one that is loaded and sampled; likeness stays with its face."""

import dataclasses
import json
import threading

import numpy as np
import pytest
import torch

from editors.attributes import likeness, sampled_directions
from editors.attributes.directions import are_fitted, directions_of, edit_of
from editors.attributes.fitted import fitted_of, keep
from editors.attributes.found import direction_found, preview
from editors.attributes.likeness import face_in, is_found
from editors.attributes.sampled_directions import fit_directions
from editors.attributes.step import MoveFound, ShiftAttributes
from editors.attributes.through import edit_through, layers_of
from editors.canvas import reduced
from editors.errors import ModelError, SettingError
from editors.face_measures import measure_faces
from editors.faces import mesh_of
from editors.portrait import Portrait

from .published import STORED
from .squares import OWN, WEIGHTS, taken_in
from .test_inversion import run
from .tiny import ASTRONAUT


@pytest.fixture(scope="module")
def through(models):
    return {each.name: each for each in directions_of(models, "face_generator")}


def test_names_units_and_ranges_are_the_linear_models(models, through):
    linear = directions_of(models)
    assert [(a.name, a.group, a.low, a.high, a.unit) for a in linear] == [
        (a.name, a.group, a.low, a.high, a.unit) for a in through.values()]
    assert {each.model for each in through.values()} == {"face_generator"}
    assert {"smile", "beard", "light_side"} <= {name for name, each in through.items() if each.style is not None}


def test_a_unit_changes_the_picture_as_much_as_the_linear_models(models, portrait, through):
    linear, known = {each.name: each for each in directions_of(models)}, face_in(portrait, models, "face_generator")
    for name in ("beard", "light_side", "smile"):
        drawn = edit_through(known, {name: 1.0}, (through[name],), "", models).change
        flat = edit_of({name: 1.0}, (linear[name],)).change
        share = (drawn * flat).sum() / np.square(flat).sum()
        assert 0.5 < share < 1.7, name


def test_lighter_hair_is_drawn_where_the_photograph_has_hair(models, portrait, through):
    known, direction = face_in(portrait, models, "face_generator"), through["hair_light"]
    assert direction.style is not None and direction.region == "hair"
    change, hair = edit_through(known, {"hair_light": 1.0}, (direction,), "", models).change, known.regions["hair"]
    assert 0.1 < (hair > 0.9).mean() < 0.6 and (change[hair == 0] == 0).all() and change[hair > 0.9].mean() > 3


def test_layers_that_are_not_moved_draw_what_they_drew(models, portrait, through):
    known = face_in(portrait, models, "face_generator")

    def power(layers):
        change = edit_through(known, {"light_side": 2.0}, (through["light_side"],), layers, models).change
        return float(np.square(change).sum())

    coarse, fine, every = power("0-5"), power("8-11"), power("")
    assert 0 < fine < coarse <= 1.5 * every and power("0-11") == pytest.approx(every, rel=1e-3)


@pytest.mark.parametrize("text", ["x", "7-4", "12", "1-2-3"])
def test_layers_that_are_not_there_are_refused(text):
    with pytest.raises(SettingError, match="ayers"):
        layers_of(text, 12)


@pytest.mark.parametrize(("model", "error", "said"), [
    ("wings", ModelError, "no model called 'wings'"),
    ("hed", SettingError, "'hed', which draws no faces"),
    ("face_generator_ffhq", ModelError, r"face_generator_ffhq \(381 MB, .*\) is not on this machine. Run: .* fetch"),
    ("own_nobody", ModelError, "own_nobody is somebody's own model"),
])
def test_a_model_that_cannot_draw_is_refused_by_name(models, portrait, model, error, said):
    for step in (ShiftAttributes(amounts={"smile": 1.0}, model=model), MoveFound(amount=1.0, model=model)):
        with pytest.raises(error, match=said):
            step.apply(portrait, models)


# --- likeness -------------------------------------------------------------------------------------------------------

@pytest.fixture
def few_steps(monkeypatch):
    """A second of likeness is four steps, so that nobody waits."""
    monkeypatch.setattr(likeness, "STEPS_A_SECOND", (4, 4))


def test_a_sharper_likeness_is_found_once_kept_with_the_portrait_and_leaves_the_network_alone(models, few_steps):
    portrait, shared = Portrait.open(ASTRONAUT), models.get("face_generator")
    before = [weight.clone() for weight in shared.parameters()]
    first = face_in(portrait, models, "face_generator")
    told = []
    found = face_in(portrait, models, "face_generator", 2.0, lambda spent, loss: told.append(spent))
    assert len(told) == 8 and found is face_in(portrait, models, "face_generator", 2.0) is not first
    assert found.is_tuned and not first.is_tuned and found.face.generator is not shared
    assert all(torch.equal(a, b) for a, b in zip(before, shared.parameters()))
    assert portrait.weight() > Portrait.open(ASTRONAUT).weight() + found.nbytes > 2e6


def test_the_same_likeness_is_the_same_face_again_and_at_display_size(models, few_steps):
    faces = [face_in(Portrait.open(ASTRONAUT), models, "face_generator", 1.0) for _ in range(2)]
    assert torch.equal(faces[0].picture, faces[1].picture)
    portrait = Portrait.open(ASTRONAUT)
    assert face_in(reduced(portrait, 256, models), models, "face_generator", 1.0) is face_in(
        portrait, models, "face_generator", 1.0)


def test_what_follows_a_slider_does_not_wait_for_a_likeness(models, few_steps):
    portrait, step = Portrait.open(ASTRONAUT), ShiftAttributes(amounts={"beard": 2.0}, model="face_generator")
    nearer = dataclasses.replace(step, likeness=1.0)
    quick = nearer.quick(portrait, models).image
    assert not is_found(portrait, models, "face_generator", 1.0)
    assert (quick == step.quick(portrait, models).image).all()
    fine = nearer.apply(portrait, models).image
    assert is_found(portrait, models, "face_generator", 1.0) and (fine != step.apply(portrait, models).image).any()


def test_a_likeness_that_is_cancelled_is_not_kept_and_other_facts_do_not_wait_for_it(models, few_steps):
    portrait, entered, go_on = Portrait.open(ASTRONAUT), threading.Event(), threading.Event()

    def cancel(spent, loss):
        entered.set()
        go_on.wait(20)
        raise InterruptedError("enough")

    def sharpen():
        with pytest.raises(InterruptedError):
            face_in(portrait, models, "face_generator", 1.0, cancel)

    worker = threading.Thread(target=sharpen)
    worker.start()
    assert entered.wait(20)
    assert face_in(portrait, models, "face_generator").picture.shape == (1, 3, 128, 128)
    go_on.set()
    worker.join()
    assert not is_found(portrait, models, "face_generator", 1.0)


# --- found ----------------------------------------------------------------------------------------------------------

def test_a_direction_found_is_found_again_and_a_unit_is_a_deviation_of_faces(models):
    first, again = (direction_found(models, "face_generator", "pca", 2) for _ in range(2))
    assert (first.style == again.style).all()
    latents = models.get("face_encoder").latents(range(500)).numpy()
    unit = first.style / np.linalg.norm(first.style)
    assert float((latents @ unit).std()) == pytest.approx(np.linalg.norm(first.style), rel=0.15)


def test_a_preview_moves_the_mean_face_both_ways(models):
    down, middle, up = (each.astype(int) for each in preview(models, "face_generator", "sefa", 0, (-2.0, 0.0, 2.0)))
    assert (np.abs(up - middle).mean() > 1) and np.abs(down - middle).mean() > 1
    assert ((up - middle) * (down - middle)).mean() < 0


def test_a_sheet_of_what_was_found_is_drawn(tmp_path, capsys):
    run("directions", "--found", "sefa", "--count", 2, "-o", tmp_path / "sheet.png", "--json")
    record = json.loads(capsys.readouterr().out)
    assert record["directions"] == 2 and record["method"] == "sefa" and (tmp_path / "sheet.png").stat().st_size


# --- a generator that was loaded ------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Models with somebody's own generator of whole crops among them, nothing fitted to it."""
    return taken_in(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def fitted(loaded):
    """The same, with what was fitted to it by 240 samples."""
    from safetensors.numpy import load_file

    keep(loaded, OWN, load_file(WEIGHTS.with_name("squares_directions.safetensors")), {"samples": 240})
    return loaded


def test_until_it_is_fitted_a_generator_has_no_directions_and_says_how_to_have_them(loaded, portrait):
    with pytest.raises(SettingError, match=f"No directions are fitted to {OWN} yet. Run: .* --model {OWN} --fit"):
        directions_of(loaded, OWN)
    with pytest.raises(SettingError, match="No directions are fitted"):
        face_in(portrait, loaded, OWN)


def test_a_generator_that_draws_no_faces_is_told_by_its_first_pictures(loaded, monkeypatch):
    loaded.store.adopt(STORED / "rosinality.pt", "noise", "here")
    monkeypatch.setattr(sampled_directions, "LEAST_FACES", 4)
    with pytest.raises(SettingError, match="In 0 of 4 pictures of this generator a face was found"):
        fit_directions(loaded, "own_noise", samples=30)
    loaded.free("own_noise")


def test_a_fit_that_is_cancelled_leaves_nothing(loaded):
    def cancel(share, words):
        if share > 0.01:
            raise SettingError("Cancelled.")

    with pytest.raises(SettingError, match="Cancelled"):
        fit_directions(loaded, OWN, cancel, samples=90)
    assert not are_fitted(loaded, OWN)


def test_a_fit_samples_measures_scales_and_keeps_what_it_found(loaded, models, monkeypatch):
    for name, few in (("LEAST_FACES", 8), ("SCALED_ON", 1), ("ROUNDS", 1)):
        monkeypatch.setattr(sampled_directions, name, few)
    told = []
    digest = fit_directions(loaded, OWN, lambda share, words: told.append((share, words)), samples=16)
    assert len(digest) == 64 and are_fitted(loaded, OWN)
    assert [share for share, _ in told] == sorted(share for share, _ in told) and told[-1] == (1.0, "done")
    linear = {each.name: (each.unit, each.low, each.high) for each in directions_of(models)}
    found = {each.name: (each.unit, each.low, each.high) for each in directions_of(loaded, OWN)}
    assert len(found) > 5 and found.items() <= linear.items()


def test_a_unit_moves_what_it_moves_in_the_linear_model(fitted, models):
    generator, arrays = fitted.get(OWN), fitted.get("attribute_directions")
    codes = generator.codes(generator.latents([300, 301, 302]), 0.8)
    styles = {each.name: each.style for each in directions_of(fitted, OWN)}
    for name in ("yaw", "skin_light", "mouth_open"):
        moved = sampled_directions.response(name, styles[name], codes, generator, _crop_mesh(fitted), fitted)
        assert 0.5 < moved / float(arrays[f"{name}.unit"][0]) < 1.6, name


def _crop_mesh(models):
    return fitted_of(models, OWN)["crop_mesh"]


def test_a_photograph_is_moved_through_a_fitted_generator(fitted, portrait):
    edited = ShiftAttributes(amounts={"mouth_open": -2.0}, model=OWN).apply(portrait, fitted)
    known = face_in(portrait, fitted, OWN)
    changed = (edited.image != portrait.image).any(2)
    assert 0.01 < changed.mean() < 0.6 and not changed[-30:].any()
    before, after = (measure_faces([each.image], [mesh_of(each, fitted)], fitted) for each in (portrait, edited))
    assert after["mouth_open"] < before["mouth_open"] and known.mesh.shape == (478, 3)


def test_a_found_direction_of_a_loaded_generator_moves_a_photograph(fitted, portrait):
    edited = MoveFound(method="sefa", index=0, amount=2.0, model=OWN).apply(portrait, fitted)
    assert (edited.image != portrait.image).any()


def test_directions_that_were_changed_are_not_used(fitted):
    path = fitted.store.place(OWN) / "directions.safetensors"
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(ModelError, match="not the file on record"):
        directions_of(fitted, OWN)
    path.write_bytes(kept)
    assert directions_of(fitted, OWN)
