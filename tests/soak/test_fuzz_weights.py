"""Thousands of damaged files of weights: each one is taken in and can be used, or is refused with a sentence.

LIMNER_SOAK_ROUNDS says how many: a quarter of it for each kind of damage to each file. LIMNER_SOAK_SEED says which.
"""

import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from editors.attributes.published import names_in, published
from editors.errors import EditError, ModelError
from editors.formats import convert
from editors.formats.containers import read
from editors.formats.values import Array, Record
from editors.models import Models
from editors.store import Store
from tests.damage import changed, damaged, damaged_inside, redescribed, shuffled
from tests.poison import everything_is_imported, nothing_runs, npy, npz  # noqa: F401  (a fixture)
from tests.published import STORED, names_of, normal, weights
from tests.written import FORMATS, written

ROUNDS = int(os.environ.get("LIMNER_SOAK_ROUNDS", 1000)) // 4
SEED = int(os.environ.get("LIMNER_SOAK_SEED", 0))
SECONDS = 60    # for one file of some kilobytes; a file that takes so long is held to hang
MEMORY = 600_000  # kilobytes that all of them may add
DRAWN = 64      # pixels of the largest generator that is drawn


def arrays(content: dict) -> dict:
    return {name: Array(held.numpy()) if isinstance(held, torch.Tensor) else held for name, held in content.items()}


def encoder(kind: str) -> dict:
    state, options = weights(names_of("e4e"), 33), {"encoder_type": kind, "start_from_latent_avg": True}
    mean, said = Array(normal(34, 8, 64).numpy()), Record("Namespace", options)
    return {"state_dict": arrays(state), "latent_avg": mean, "opts": said}


COMPONENTS = {"mean": normal(1, 1, 512), "comp": normal(2, 80, 1, 512), "std": normal(3, 80).abs()}
NAMED = {"age": normal(1, 1, 24), "pose": normal(2, 8, 24), "smile": [[6, 5], [1, 3]]}
VALUES: dict[str, Callable[[], object]] = {
    **{name: lambda name=name: read(STORED / name) for name in
       ("rosinality.pt", "nvidia_3.pkl", "nvidia_4.pkl", "nvidia_tensorflow.pkl", "bisenet.pth")},
    "e4e": lambda: encoder("Encoder4Editing"),
    "psp": lambda: encoder("GradualStyleEncoder"),
    "components": lambda: arrays(COMPONENTS),
    "directions": lambda: arrays(NAMED),
    "channels": lambda: [[6, 5], [1, 3]],
}  # fmt: skip


def safetensors(held: dict[str, torch.Tensor]) -> bytes:
    from safetensors.torch import save

    return save(held)


FILES: dict[str, Callable[[], bytes]] = {
    **{name: lambda name=name: (STORED / name).read_bytes() for name in
       ("rosinality.pt", "nvidia_3.pkl", "nvidia_4.pkl", "nvidia_tensorflow.pkl", "bisenet.pth")},
    "old torch": lambda: written(read(STORED / "rosinality.pt"), "old torch"),
    "safetensors": lambda: safetensors(weights(names_of("rosinality"), 21)),
    "one direction": lambda: npy(normal(1, 8, 24).numpy()),
    "components.npz": lambda: npz(normal(1, 8, 24).numpy(), pose=normal(2, 1, 24).numpy()),
    "channels.json": lambda: json.dumps([[6, 5], [1, 3]]).encode(),
}  # fmt: skip


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raise TimeoutError inside what does not end."""
    def ring(*_: object) -> None:
        raise TimeoutError(f"it did not end within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Models:
    """A loader with a generator for directions to move; every kind of file was taken in once and let go again."""
    models, place = Models(store=Store(tmp_path_factory.mktemp("store"))), tmp_path_factory.mktemp("whole")
    for name, values in VALUES.items():
        (place / name).write_bytes(written(values(), "torch"))
        taken, _ = models.store.adopt(place / name, "given", "a test")
        for card in taken:
            models.free(card.id)
    models.store.adopt(STORED / "rosinality.pt", "base", "a test")
    return models


def use(models: Models, model_id: str) -> None:
    """What a person would do with weights that were taken in. Raises EditError."""
    held, base = models.get(model_id), models.get("own_base")
    if models.card(model_id).builder == "arrays":
        for index in range(min(len(names_in(models, model_id)), 3)):
            _, codes = published(models, "own_base", model_id, index, base.latents(range(4)))
            assert codes.shape == (base.layers, base.style_size)
    elif models.card(model_id).network == "face_generator":
        if held.size <= DRAWN:
            assert held(held.latents([0])).shape == (1, 3, held.size, held.size)
    else:
        held(torch.zeros(1, 3, 256, 256))


def takes_in_or_refuses(content: bytes, models: Models, path: Path, what: str) -> bool:
    """Whether a file was taken in. Fails, and leaves the file behind, where it does anything but be taken in and used,
    or refused with a sentence."""
    path.write_bytes(content)
    taken = []
    try:
        with within(SECONDS):
            with nothing_runs():
                convert(path, path.parent / "out")
            taken, notes = models.store.adopt(path, "given", "a test")
            assert all(note.endswith(".") for note in notes)
            for card in taken:
                use(models, card.id)
    except EditError as error:
        said = str(error)
        assert said.endswith(".") and "\n" not in said and len(said) < 1000, f"{what}, kept as {path}: {said!r}"
        assert taken or isinstance(error, ModelError), f"{what}, kept as {path}: {error!r}"
    except Exception as error:
        raise AssertionError(f"{what}, kept as {path}: {error!r}") from error
    for card in taken:
        models.free(card.id)
    path.unlink()
    return bool(taken)


def tried(name: str, models: Models, folder: Path, damage: Callable[[np.random.Generator, int], bytes]) -> None:
    """Every file of one kind of damage to one file."""
    random, taken = np.random.default_rng([SEED, sum(name.encode())]), 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(ROUNDS):
        taken += takes_in_or_refuses(damage(random, number), models, folder / "given.weights", f"{name} {number}")
    print(f"{name}: {taken} of {ROUNDS} taken in")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALUES)
def test_changed_values(name, models, tmp_path):
    values, forms = VALUES[name](), list(FORMATS)
    tried(name, models, tmp_path, lambda random, number: written(changed(values, random), forms[number % len(forms)]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALUES)
def test_shuffled_instructions(name, models, tmp_path):
    values, forms = VALUES[name](), list(FORMATS)
    tried(name, models, tmp_path, lambda random, number: written(
        values, forms[number % len(forms)], lambda pickled: shuffled(pickled, random)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["safetensors", "one direction", "channels.json"])
def test_retold_descriptions(name, models, tmp_path):
    content = FILES[name]()
    tried(name, models, tmp_path, lambda random, number: redescribed(content, random))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FILES)
def test_damaged_bytes(name, models, tmp_path):
    content = FILES[name]()
    inside = content[:2] == b"PK"
    tried(name, models, tmp_path, lambda random, number: (
        damaged_inside if inside and number % 4 else damaged)(content, random))
