"""What every edit of every editor keeps to, found through EDITORS: a new edit is held to it without being asked."""

import dataclasses
import importlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from editors.attributes.step import LOCKS
from editors.errors import EditError, SettingError
from editors.notebook import Notebook, Results
from editors.notebook_file import open_notebook, save_notebook
from editors.portrait import Portrait
from editors.step import EDITORS, Step, build_step, settings_of

from .tiny import ASTRONAUT, EXAMPLES

KINDS = sorted(
    value.kind
    for folder in EDITORS
    for value in vars(importlib.import_module(f"editors.{folder}.step")).values()
    if isinstance(value, type) and issubclass(value, Step) and hasattr(value, "kind")
)


@pytest.fixture(scope="module", params=KINDS)
def case(request, models):
    """A kind of edit, a photograph, and the photograph edited."""
    example, portrait = EXAMPLES[request.param], Portrait.open(ASTRONAUT)
    before = portrait.image.copy()
    step = build_step(request.param, example.changed)
    edited = step.apply(portrait, models)
    return SimpleNamespace(example=example, portrait=portrait, before=before, step=step, edited=edited)


def close_up(picture: np.ndarray) -> np.ndarray:
    """Of a picture of the astronaut's size the face alone, three times as large and cut off by two edges."""
    part = picture[32:207, 180:315]
    return cv2.resize(part, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC if picture.ndim == 3 else cv2.INTER_NEAREST)


@pytest.fixture(scope="module")
def large():
    """A face of more pixels than movements are computed on, which reaches over the photograph's edges."""
    return Portrait(close_up(Portrait.open(ASTRONAUT).image))


def test_every_kind_of_edit_has_an_example():
    assert set(EXAMPLES) == set(KINDS)


def test_the_photograph_given_is_untouched(case):
    assert (case.portrait.image == case.before).all() and not case.portrait.image.flags.writeable


def test_the_edit_changes_something_and_keeps_the_size(case):
    assert case.edited.image.shape == case.before.shape and case.edited.image.dtype == np.uint8
    assert (case.edited.image != case.before).any()


def test_pixels_outside_the_region_are_bit_identical(case, models):
    outside = case.example.outside(case.portrait, models)
    assert 0.1 < outside.mean() < 1
    assert (case.edited.image[outside] == case.before[outside]).all()


def test_the_same_settings_give_the_same_pixels(case, models):
    again = build_step(case.step.kind, case.step.plain() | case.step.arrays()).apply(Portrait(case.before), models)
    assert (again.image == case.edited.image).all()


def test_a_zero_edit_gives_the_same_pixels(case, models):
    unchanged = build_step(case.step.kind, case.example.zero).apply(case.portrait, models)
    assert (unchanged.image == case.before).all()


def test_a_large_face_cut_off_by_edges_is_edited_whatever_is_locked(case, large, models):
    """Once a number of NumPy's own made float64 of what OpenCV takes as float32, on large faces alone."""
    pictures = {name: close_up(picture) for name, picture in case.step.arrays().items()}
    close = dataclasses.replace(case.step, **pictures)
    outside = close_up(case.example.outside(case.portrait, models).astype(np.uint8)) > 0 if pictures else None
    for lock in LOCKS if "lock" in settings_of(close) else (None,):
        step = close if lock is None else dataclasses.replace(close, lock=(lock,))
        for draw in (step.apply, step.quick) if lock in (None, LOCKS[0]) else (step.quick,):
            image = draw(large, models).image
            assert image.shape == large.image.shape and image.dtype == np.uint8
            assert (image != large.image).any()
            assert outside is None or (image == large.image)[outside].all()


def test_facts_of_the_photograph_do_not_outlive_it(case):
    fresh = case.edited.fact("a fact only the test asks for", lambda: "new")
    assert fresh == "new" and case.portrait.fact("a fact only the test asks for", lambda: "old") == "old"


def test_transparency_profile_and_face_stay(case, models):
    alpha = np.full(case.before.shape[:2], 128, np.uint8)
    edited = case.step.apply(Portrait(case.before, alpha, b"profile", 0), models)
    assert (edited.alpha == 128).all() and edited.profile == b"profile" and edited.face == 0


def test_settings_out_of_bounds_are_refused_by_name(case, models):
    settings, name = case.example.refused
    with pytest.raises(EditError, match=name):
        build_step(case.step.kind, case.example.changed | settings).apply(case.portrait, models)
    for name, allowed in settings_of(case.step).items():
        wrong = "no such choice" if allowed.choices else 1e12 if allowed.high is not None else object()
        with pytest.raises(SettingError, match=name):
            dataclasses.replace(case.step, **{name: wrong})


@pytest.mark.parametrize("wrong", [object(), 3j, [[1]], {"a": {}}, np.zeros(3)], ids=lambda wrong: type(wrong).__name__)
def test_settings_of_the_wrong_type_are_refused_by_name(case, wrong):
    for field in dataclasses.fields(case.step):
        with pytest.raises(SettingError):
            dataclasses.replace(case.step, **{field.name: wrong})


def test_every_number_is_explained_and_its_default_allowed(case):
    for name, allowed in settings_of(case.step).items():
        allowed.check(name, allowed.default)
        assert allowed.help, name


def test_models_are_named_in_the_catalogue(case):
    from editors.catalogue import card

    assert set(case.step.models_needed()) <= set(case.step.needs) and all(card(name) for name in case.step.needs)


def test_a_saved_notebook_replays_to_the_same_pixels(case, models, tmp_path):
    notebook = Notebook().append(case.step)
    save_notebook(tmp_path / "work.limner", notebook, case.portrait, models)
    opened = open_notebook(tmp_path / "work.limner", models)
    assert opened.notebook.cells[0].step.digest() == case.step.digest() and opened.changed == ()
    assert (opened.notebook.run(opened.portrait, models, Results()).image == case.edited.image).all()


def test_two_threads_get_the_same_pixels(case, models):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: case.step.apply(Portrait(case.before), models).image, range(2)))
    assert (both[0] == case.edited.image).all() and (both[1] == case.edited.image).all()
