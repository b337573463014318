"""`masks` on the command line: results, label maps of other programs, one sentence for each mistake, no file then."""

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from checkpoints.label_painter.edits import brows_raised
from editors.__main__ import parser_of
from editors.errors import EditError
from editors.images import open_photo, save_labels
from editors.labels import BISENET_NAMES, IDS, coloured
from editors.parsing import labels_of
from editors.provenance import read_credentials
from editors.semantic.command import COMMANDS, ORDER_NAMES
from editors.semantic.orders import ORDERS

from .tiny import ASTRONAUT, CAT


def run(*arguments):
    """Do what the arguments of `masks` say; raises what the command line would say in one line."""
    known = {command.name: command for command in COMMANDS}
    options = parser_of(known).parse_args(["masks", *map(str, arguments)])
    known["masks"].run(options)


@pytest.fixture(autouse=True)
def loaded(monkeypatch, models):
    """Every command takes the models that are loaded already."""
    monkeypatch.setattr("editors.models.Models", lambda: models)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, portrait, models):
    """A folder with the photograph's labels, and with its brows painted higher."""
    folder = tmp_path_factory.mktemp("masks")
    labels = labels_of(portrait, models)
    save_labels(folder / "labels.png", labels)
    save_labels(folder / "raised.png", brows_raised(labels))
    return folder


def test_unchanged_labels_return_the_photograph_pixel_for_pixel(folder, tmp_path, capsys):
    run(ASTRONAUT, "--labels", folder / "labels.png", "-o", tmp_path / "out.png", "--json")
    assert (open_photo(tmp_path / "out.png").pixels == open_photo(ASTRONAUT).pixels).all()
    assert json.loads(capsys.readouterr().out)["command"] == "masks"


def test_painted_labels_change_the_face_and_the_same_map_in_colours_does_the_same(folder, tmp_path):
    with Image.open(folder / "raised.png") as picture:
        labels = np.array(picture)
    Image.fromarray(coloured(labels)).save(tmp_path / "colours.png")
    for name, path in (("a", folder / "raised.png"), ("b", tmp_path / "colours.png")):
        run(ASTRONAUT, "--labels", path, "-o", tmp_path / f"{name}.png")
    a, b = (open_photo(tmp_path / f"{name}.png").pixels for name in "ab")
    assert (a == b).all() and (a != open_photo(ASTRONAUT).pixels).any()


def test_another_order_is_asked_for_and_mapped_by_name(folder, tmp_path):
    with Image.open(folder / "raised.png") as picture:
        labels = np.array(picture)
    theirs = np.array([BISENET_NAMES.index(name) for name in IDS], np.uint8)[labels]
    Image.fromarray(theirs).save(tmp_path / "theirs.png")
    with pytest.raises(EditError, match="--order bisenet"):
        run(ASTRONAUT, "--labels", tmp_path / "theirs.png", "-o", tmp_path / "out.png")
    run(ASTRONAUT, "--labels", tmp_path / "theirs.png", "--order", "bisenet", "-o", tmp_path / "out.png")
    run(ASTRONAUT, "--labels", folder / "raised.png", "-o", tmp_path / "ours.png")
    assert (open_photo(tmp_path / "out.png").pixels == open_photo(tmp_path / "ours.png").pixels).all()


def test_a_second_photograph_gives_its_style(folder, tmp_path):
    mirrored = tmp_path / "dark.png"
    Image.fromarray(open_photo(ASTRONAUT).pixels // 2).save(mirrored)
    run(ASTRONAUT, "--labels", folder / "labels.png", "--reference", mirrored, "--regions", "hair,lips",
        "-o", tmp_path / "out.png")
    changed = (open_photo(tmp_path / "out.png").pixels != open_photo(ASTRONAUT).pixels).any(2)
    assert 0.005 < changed.mean() < 0.2


def test_labels_alone_give_a_face_that_its_notebook_draws_again(folder, tmp_path, models):
    from editors.notebook_file import open_notebook

    book = tmp_path / "work.limner"
    run("--labels", folder / "labels.png", "--seed", "3", "--colour", "hair=#301008", "-o", tmp_path / "out.png",
        "--save", book)
    drawn = open_photo(tmp_path / "out.png").pixels
    note = read_credentials(tmp_path / "out.png")["note"]
    assert [edit["kind"] for edit in note["edits"]] == ["semantic.draw", "semantic.repaint"]
    assert note["edits"][0]["settings"]["seed"] == 3
    assert {"face_shape", "label_painter"} <= {model["id"] for model in note["models"]}
    opened = open_notebook(book, models)
    assert drawn.shape == (512, 512, 3) and (opened.portrait.image == 128).all()       # begun on an empty picture
    assert (opened.notebook.run(opened.portrait, models).image == drawn).all()


def test_mistakes_are_one_sentence_and_leave_no_file(folder, tmp_path):
    labels = folder / "labels.png"
    save_labels(tmp_path / "small.png", np.eye(40, dtype=np.uint8))
    save_labels(tmp_path / "hair.png", np.full((512, 512), 13, np.uint8))
    cv2.imwrite(str(tmp_path / "nineteen.png"), np.full((512, 512), 19, np.uint8))
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((512, 512, 3), 99, np.uint8))
    wrong = {
        "40 x 40": (ASTRONAUT, "--labels", tmp_path / "small.png"),
        "nothing but hair": (ASTRONAUT, "--labels", tmp_path / "hair.png"),
        "labels are 0 to 18": (ASTRONAUT, "--labels", tmp_path / "nineteen.png"),
        "no colour of the label palette": (ASTRONAUT, "--labels", tmp_path / "grey.png"),
        "none.png": (ASTRONAUT, "--labels", tmp_path / "none.png"),
        "No face": (CAT, "--labels", labels),
        "'wings'": (ASTRONAUT, "--labels", labels, "--reference", ASTRONAUT, "--regions", "wings"),
        "--regions says what takes a style": (ASTRONAUT, "--labels", labels, "--regions", "hair"),
        "A file without a name": (ASTRONAUT, "--labels", ""),
        "A file without a name does not exist": (ASTRONAUT, "--labels", labels, "--reference", ""),
        "blend is 'x'": ("--labels", labels, "--blend", "x"),
        "strength is 2": ("--labels", labels, "--strength", "2"),
        "REGION=#RRGGBB": (ASTRONAUT, "--labels", labels, "--colour", "hair"),
        "hexadecimal": (ASTRONAUT, "--labels", labels, "--colour", "hair=red"),
        "strength is 3": (ASTRONAUT, "--labels", labels, "--strength", "3"),
        "seed is -1": (ASTRONAUT, "--labels", labels, "--seed", "-1"),
        "The order is 'mine'": (ASTRONAUT, "--labels", labels, "--order", "mine"),
        "Name the photograph": ("--labels", labels, "--original", labels),
        "no right eye": ("--labels", tmp_path / "small.png"),
    }
    before = sorted(tmp_path.iterdir())
    for message, arguments in wrong.items():
        with pytest.raises(EditError) as error:
            run(*arguments, "-o", tmp_path / "out.png")
        assert message in str(error.value), (message, str(error.value))
        assert sorted(tmp_path.iterdir()) == before, message


def test_the_orders_are_those_the_command_names():
    assert ORDER_NAMES == tuple(ORDERS)
