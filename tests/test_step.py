"""Steps are plain, frozen, bounded data with one digest everywhere."""

import copy
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

from editors.errors import SettingError
from editors.step import EDITORS, build_step, check_number, settings_of, step_class, steps_of

from .tiny import Lighten

ROOT = Path(__file__).parent.parent


def test_a_number_is_declared_once_and_read_by_everyone():
    assert settings_of(Lighten)["amount"].low == -50 and settings_of(Lighten(amount=3))["amount"].unit == "levels"


@pytest.mark.parametrize(("name", "value"), [
    ("amount", 51), ("amount", -51), ("amount", 1.5), ("amount", "3"), ("amount", None), ("amount", True),
    ("amount", float("nan")), ("amount", 10**400), ("strength", 1.01), ("strength", float("inf")), ("strength", [1]),
    ("mode", "blue"), ("mode", 3), ("mode", ["all"]), ("mode", np.zeros((2, 2), np.uint8)),
    ("inverted", 1), ("inverted", "true"), ("inverted", None),
    ("hole", [[1]]), ("hole", np.zeros((2, 2))), ("hole", np.zeros(4, np.uint8)), ("hole", np.zeros((0, 4), np.uint8)),
    ("names", "hair"), ("names", [1]), ("names", {"hair": 1}),
    ("parts", ("left", "top")), ("parts", "left"), ("parts", [["left"]]), ("weights", 3),
    ("weights", {1: 2.0}), ("weights", [1]), ("weights", {"\ud83d": 2.0}), ("names", ["hair \ud83d"]),
])
def test_a_value_that_is_not_allowed_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"^{name} is ") as refused:
        Lighten(**{name: value})
    assert len(str(refused.value)) < 200 and "\n" not in str(refused.value)


def test_a_mask_of_truth_values_is_as_good_as_one_of_levels():
    mask = np.array([[True, False], [False, True]])
    as_told, as_levels = Lighten(hole=mask), Lighten(hole=mask.astype(np.uint8) * 255)
    assert np.array_equal(as_told.hole, as_levels.hole) and as_told.digest() == as_levels.digest()


def test_a_bad_number_among_named_values_is_refused_by_its_own_name():
    with pytest.raises(SettingError, match="^hair is 'x'; it takes a number"):
        Lighten(weights={"hair": "x"})


def test_a_message_says_what_came_and_what_is_allowed():
    with pytest.raises(SettingError, match="^amount is 51; it can be -50 to 50 levels.$"):
        Lighten(amount=51)
    with pytest.raises(SettingError, match="^mode is 'blue'; it can be all, red.$"):
        Lighten(mode="blue")
    with pytest.raises(SettingError, match="^seed is 4294967296; it can be 0 to 4294967295.$"):
        check_number("seed", 2**32, 0, 2**32 - 1)


def test_equal_settings_have_equal_digests_whatever_type_they_came_in():
    plain = Lighten(amount=3, strength=1, names=["a"], weights={"b": 1, "a": 2})
    other = Lighten(amount=np.int64(3), strength=np.float32(1), names=("a",), weights={"a": 2.0, "b": 1.0})
    assert plain.digest() == other.digest() == Lighten(**other.plain()).digest()


def test_large_whole_numbers_keep_their_last_digit():
    step = Lighten(seed=2**60 + 1)
    assert step.seed == 2**60 + 1 and step.digest() != Lighten(seed=2**60).digest()


def test_any_change_changes_the_digest():
    hole = np.zeros((4, 4), np.uint8)
    turned = np.zeros((2, 8), np.uint8)
    steps = [Lighten(), Lighten(amount=1), Lighten(mode="red"), Lighten(hole=hole), Lighten(hole=turned),
             Lighten(hole=hole + 1), Lighten(names=("a",)), Lighten(weights={"a": 1}), Lighten(weights={"a": 2})]
    assert len({step.digest() for step in steps}) == len(steps)


def test_the_digest_is_the_same_in_another_process():
    code = "from tests.tiny import Lighten; print(Lighten(amount=7, weights={'b': 1, 'a': 2}).digest())"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert there.stdout.strip() == Lighten(amount=7, weights={"a": 2, "b": 1}).digest()


def test_nothing_in_a_step_can_change():
    hole, weights = np.zeros((2, 2), np.uint8), {"a": 1.0}
    step = Lighten(hole=hole, weights=weights)
    before = step.digest()
    hole[0, 0], weights["a"] = 9, 9.0
    assert step.digest() == before
    with pytest.raises(FrozenInstanceError):
        step.amount = 3
    with pytest.raises(TypeError):
        step.weights["a"] = 2
    with pytest.raises(ValueError, match="read-only"):
        step.hole[0, 0] = 1
    assert copy.deepcopy(step) is step


def test_only_kinds_of_the_editors_are_built(tiny_editor):
    assert build_step("tiny.lighten", {"amount": 2}).amount == 2
    for kind in ("os.system", "tiny.missing", "step.Step", "networks.face_generator", "", "attributes", "tiny.Step"):
        with pytest.raises(SettingError, match="There is no edit called"):
            build_step(kind, {})
    with pytest.raises(SettingError, match="has no setting 'colour'"):
        build_step("tiny.lighten", {"colour": 1})


def test_a_setting_without_a_default_is_asked_for():
    with pytest.raises(SettingError, match="needs 'amounts'"):
        build_step("attributes.shift", {})


def test_every_kind_names_the_folder_it_lives_in():
    for folder in EDITORS:
        kinds = [each.kind for each in steps_of(folder)]
        assert kinds and all(kind.startswith(folder + ".") and step_class(kind).kind == kind for kind in kinds)
