"""Thousands of damaged notebooks and random settings: each opens or is refused with a sentence.

LIMNER_SOAK_ROUNDS says how many of each are tried.
"""

import copy
import json
import os
import time
import zipfile

import numpy as np
import pytest

from editors.errors import EditError, NotebookError, SettingError
from editors.notebook import Notebook
from editors.notebook_file import open_notebook, read_result, save_notebook
from editors.portrait import Portrait
from editors.step import build_step, settings_of, step_class
from tests.damage import damaged_inside
from tests.test_contract import KINDS
from tests.tiny import EXAMPLES

ROUNDS = int(os.environ.get("LIMNER_SOAK_ROUNDS", 1000))
SECONDS = 5
ODD = [None, True, False, 0, -1, 1, 1.5, 1e308, -1e308, 10**400, float("nan"), float("inf"), "", "0", "smile",
       "x" * 10_000, "\ud800", "../..", [], [1], ["hair"], [[[]]], {}, {"smile": 1}, {"smile": "1"}, {"smile": None},
       {"": 0}]


def nested(random: np.random.Generator, depth: int = 0) -> object:
    """A random value of JSON."""
    kind = random.integers(4 if depth < 4 else 2)
    if kind < 2:
        return copy.deepcopy(ODD[random.integers(len(ODD))])
    if kind == 2:
        return [nested(random, depth + 1) for _ in range(random.integers(4))]
    return {str(ODD[random.integers(len(ODD))])[:9]: nested(random, depth + 1) for _ in range(random.integers(4))}


def places(record: object, found: list) -> list:
    """Every container of a JSON value with each of its keys."""
    pairs = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for key, value in pairs:
        found.append((record, key))
        places(value, found)
    return found


@pytest.fixture(scope="module")
def notebook_file(tmp_path_factory, models):
    notebook = Notebook()
    for kind in KINDS:
        notebook = notebook.append(build_step(kind, EXAMPLES[kind].changed), note="a note")
    path = tmp_path_factory.mktemp("soak") / "good.limner"
    blank = Portrait(np.full((20, 30, 3), 90, np.uint8))  # no face: kept without pictures of results
    save_notebook(path, notebook, blank, models)
    return path


def opens_or_is_refused(path, models):
    began = time.perf_counter()
    try:
        open_notebook(path, models)
        read_result(path, 0)
    except NotebookError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize("seed", range(4))
def test_damaged_bytes(notebook_file, tmp_path, models, seed):
    whole, random = notebook_file.read_bytes(), np.random.default_rng(seed)
    for _ in range(ROUNDS):
        damaged = bytearray(whole[: random.integers(1, len(whole) + 1)] if random.random() < 0.3 else whole)
        for at in random.integers(0, len(damaged), random.integers(1, 8)):
            damaged[at] = random.integers(256)
        (tmp_path / "damaged.limner").write_bytes(damaged)
        opens_or_is_refused(tmp_path / "damaged.limner", models)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_members(notebook_file, tmp_path, models, seed):
    whole, random = notebook_file.read_bytes(), np.random.default_rng(seed)
    for _ in range(ROUNDS):
        (tmp_path / "damaged.limner").write_bytes(damaged_inside(whole, random))
        opens_or_is_refused(tmp_path / "damaged.limner", models)


@pytest.mark.parametrize("seed", range(4))
def test_odd_records(notebook_file, tmp_path, models, seed):
    random = np.random.default_rng(seed)
    with zipfile.ZipFile(notebook_file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(ROUNDS):
        record = json.loads(members["notebook.json"])
        for _ in range(random.integers(1, 3)):
            found = places(record, [])
            container, key = found[random.integers(len(found))]
            container[key] = nested(random)
        with zipfile.ZipFile(tmp_path / "odd.limner", "w") as archive:
            for name, content in (members | {"notebook.json": json.dumps(record)}).items():
                archive.writestr(name, content)
        opens_or_is_refused(tmp_path / "odd.limner", models)


@pytest.mark.parametrize("kind", KINDS)
def test_random_settings(kind, models):
    random, portrait = np.random.default_rng(0), Portrait(np.full((20, 30, 3), 90, np.uint8))
    names = [*settings_of(step_class(kind)), *EXAMPLES[kind].changed, "lock", "unheard of"]
    for _ in range(ROUNDS):
        values = EXAMPLES[kind].changed | {names[random.integers(len(names))]: nested(random)}
        try:
            step = build_step(kind, values)
        except SettingError as error:
            assert len(str(error)) < 1000
            continue
        assert build_step(kind, json.loads(json.dumps(step.plain())) | step.arrays()).digest() == step.digest()
        try:
            step.apply(portrait, models)
        except EditError as error:
            assert len(str(error)) < 3000
