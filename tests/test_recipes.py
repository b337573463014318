"""Faces the page asks for: what it sends is checked, what it is shown is what was asked, and work ends when told to."""

import base64
import threading

import numpy as np
import pytest

from editors.attributes.drawn_faces import FacePainter
from editors.attributes.faces_panel import Faces, filmed, frames_of, read, signed, used_models
from editors.attributes.picture_morph import morph_pictures, window
from editors.attributes.recipes import Drawer, Recipe, Source, recipe_of
from editors.attributes.step import ShiftAttributes
from editors.errors import EditError, SettingError
from editors.faces import face_of
from editors.images import encode, open_photo
from editors.pieces import Stopped, in_pieces
from editors.portrait import Portrait
from editors.provenance import read_credentials, read_note


@pytest.fixture(scope="module")
def drawer(portrait, models) -> Drawer:
    amounts = {"smile": -2.0, "face_width": 1.5, "skin_light": 1.0}
    pictures = [portrait, ShiftAttributes(amounts=amounts).apply(portrait, models)]
    return Drawer(FacePainter(models), pictures.__getitem__)


def test_a_recipe_draws_the_very_face_of_its_seed(drawer):
    seen = drawer.draw(recipe_of({"a": {"seed": 7}, "truncation": 0.7}))
    assert np.array_equal(seen, drawer.painter.draw(drawer.painter.by_seed(7, 0.7)))


def test_a_mix_of_my_face_takes_what_was_asked_from_the_other(drawer):
    mine, mixed = (drawer.draw(Recipe(Source(cell=0), other, (4, 7))) for other in (None, Source(seed=2)))
    none = drawer.draw(Recipe(Source(cell=0), Source(cell=0), (4, 7)))
    assert np.abs(mixed.astype(int) - mine).mean() > 2
    assert np.abs(none.astype(int) - mine).mean() < 1


def test_a_face_of_another_photograph_is_drawn_from_what_was_read_of_it_as_from_the_photograph(drawer, models):
    other = Portrait(drawer.portrait(1).image[:, ::-1].copy())
    encoded = base64.b64encode(encode(other.image, "png")).decode()
    (told,) = read(Faces(models), {"file": encoded, "seq": 3})
    assert told["seq"] == 3 and len(told["code"]) < 6000
    recipe = recipe_of({"a": {"code": told["code"]}, "b": {"seed": 2}, "layers": [4, 7]})
    face, second = drawer.painter.of_photograph(other), drawer.face(Source(seed=2), 0.7)
    assert np.array_equal(drawer.draw(recipe), drawer.painter.draw_mixed(face, second, range(4, 8)))
    assert recipe.plain["a"] == "another photograph" and told["code"] not in repr(recipe)
    way = list(frames_of(drawer, Recipe(Source(cell=0), recipe.first), 2, models))     # theirs is no picture of mine
    assert np.array_equal(way[-1], drawer.painter.draw(face))


@pytest.mark.parametrize("code", ["", "no face", "AAAA", base64.b64encode(np.full(400, np.nan).tobytes()).decode()])
def test_what_was_read_of_no_photograph_is_refused(drawer, code):
    with pytest.raises(SettingError, match="Choose the photograph again"):
        drawer.draw(recipe_of({"a": {"code": code}}))


def test_numbers_that_no_face_has_are_refused(drawer):
    numbers = np.frombuffer(base64.b64decode(drawer.painter.by_seed(1).code)).copy()
    for wrong in (np.nan, np.inf, 1e9):
        numbers[-1] = wrong
        with pytest.raises(SettingError, match="Choose the photograph again"):
            drawer.painter.by_code(base64.b64encode(numbers.tobytes()).decode())


@pytest.mark.parametrize("sent, named", [
    ({}, "seed"), ({"a": {"seed": -1}}, "seed"), ({"a": {"seed": 2**32}}, "seed"), ({"a": {"seed": True}}, "seed"),
    ({"a": {"seed": 1}, "truncation": 9}, "truncation"), ({"a": {"seed": 1}, "layers": [1]}, "layers"),
    ({"a": {"seed": 1}, "b": {"cell": "x"}}, "seed"), ({"a": {"cell": 900}}, "cell"),
])
def test_what_the_page_never_sends_is_refused_by_name(sent, named):
    with pytest.raises(SettingError, match=named):
        recipe_of(sent)


def test_layers_that_are_not_there_are_refused(drawer):
    with pytest.raises(SettingError, match="0-11"):
        drawer.draw(Recipe(Source(seed=1), Source(seed=2), (4, 99)))


def test_a_morph_of_two_pictures_begins_and_ends_with_their_own_pixels(drawer, models):
    first, last = drawer.portrait(0), drawer.portrait(1)
    pictures = list(morph_pictures(first, last, 5, models))
    assert np.array_equal(pictures[0], first.image) and np.array_equal(pictures[-1], last.image)
    steps = [np.abs(one.astype(int) - other).mean() for one, other in zip(pictures, pictures[1:])]
    assert len(pictures) == 5 and min(steps) > 0.2
    assert np.array_equal(pictures[2][:8], first.image[:8])


def test_a_morph_of_a_small_face_shows_what_lies_around_it_in_its_own_pixels(drawer, models):
    scene = np.full((900, 1500, 3), 128, np.uint8)
    scene[200:712, 700:1212] = drawer.portrait(0).image
    photo = Portrait(scene)
    picture = next(morph_pictures(photo, photo, 2, models))
    box = face_of(photo, models).box
    rows, columns = window(photo, models)
    assert rows.start < box[1] < box[3] < rows.stop and columns.start < box[0] < box[2] < columns.stop
    assert picture.shape[0] < 4.1 * (box[3] - box[1]) and np.array_equal(picture, scene[rows, columns][: len(picture)])


def test_a_film_goes_there_and_back_and_says_what_drew_it(drawer, models, tmp_path):
    recipe, told = Recipe(Source(seed=1), Source(seed=2)), []
    used, action = used_models(models), {"kind": "attributes.morph", "settings": recipe.plain}
    content = filmed(frames_of(drawer, recipe, 4, models), 4, True, told.append, action, used)
    assert content[4:8] == b"ftyp" and told == sorted(told) and len(told) == 4 + 2
    (tmp_path / "film.mp4").write_bytes(content)
    said = read_credentials(tmp_path / "film.mp4")
    assert said["state"] == "ours" and said["actions"][-1]["settings"]["b"] == "2"


def test_a_drawn_face_says_in_its_file_what_drew_it(drawer, models, tmp_path):
    recipe = Recipe(Source(seed=7))
    content = signed(drawer.draw(recipe), recipe, models)
    (tmp_path / "face.png").write_bytes(content)
    said = read_credentials(tmp_path / "face.png")
    assert said["state"] == "ours" and said["actions"][-1]["settings"]["a"] == "7"
    assert read_note(content)["models"][1]["id"] == "face_generator"
    assert np.array_equal(open_photo(content).pixels, drawer.draw(recipe))


def test_work_that_nobody_listens_to_any_more_ends():
    stopped, told = threading.Event(), threading.Event()

    def work(tell):
        try:
            while True:
                tell(1)
                told.set()
        except Stopped:
            stopped.set()
            raise

    pieces = in_pieces(work)
    assert next(pieces) == 1 and told.wait(5)
    pieces.close()
    assert stopped.wait(5)


def test_work_in_pieces_returns_what_it_made_and_raises_what_went_wrong():
    def gathered(work):
        told = []
        result = yield from in_pieces(work)
        told.append(result)
        return told

    def result_of(pieces):
        try:
            while True:
                next(pieces)
        except StopIteration as end:
            return end.value

    def fail(tell):
        raise EditError("It is too late.")

    assert result_of(gathered(lambda tell: tell("half") or "whole")) == ["whole"]
    with pytest.raises(EditError, match="too late"):
        list(in_pieces(fail))
