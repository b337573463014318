"""The command line keeps its word: its results, its one line of error, its exit status, and no file when it fails."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editors.__main__ import commands, main
from editors.images import open_labels, open_photo
from editors.provenance import read_credentials

from .tiny import ASTRONAUT, CAT

ROOT = Path(__file__).parent.parent


def run(capsys, *arguments):
    """Exit status, standard output, standard error."""
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def refused(capsys, *arguments):
    """The one line that a refused command says."""
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "") and err.endswith("\n") and err.count("\n") == 1 and len(err) < 500
    assert "Traceback" not in err and "usage:" not in err
    return err


# --- doing ---------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def smile(tmp_path_factory):
    """A folder with a smile at 2, its notebook and what --json said."""
    folder = tmp_path_factory.mktemp("smile")
    done = subprocess.run(
        [sys.executable, "-m", "editors", "attributes", ASTRONAUT, "--set", "smile=2", "--set=age=-1",
         "-o", folder / "out.png", "--save", folder / "work.limner", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )
    assert done.stderr == ""
    (folder / "said.json").write_text(done.stdout)
    return folder


def test_an_edit_changes_the_face_and_keeps_size_and_surroundings(smile):
    before, after = open_photo(ASTRONAUT).pixels, open_photo(smile / "out.png").pixels
    assert after.shape == before.shape
    changed = (before != after).any(2)
    assert 0.005 < changed.mean() < 0.5 and not changed[:, :60].any() and not changed[400:].any()


def test_json_says_what_was_done_with_which_models(smile):
    import hashlib

    said = json.loads((smile / "said.json").read_text())
    assert said["command"] == "attributes" and said["edits"][0]["settings"]["amounts"] == {"age": -1, "smile": 2}
    assert {"face_shape", "attribute_directions"} <= {model["id"] for model in said["models"]}
    assert said["sha256"] == hashlib.sha256((smile / "out.png").read_bytes()).hexdigest()
    assert (said["width"], said["height"], said["face"]) == (512, 512, 0) and said["seconds"] > 0


def test_what_leaves_says_what_was_done_to_it(smile):
    found = read_credentials(smile / "out.png")
    assert found["note"]["edits"][0]["kind"] == "attributes.shift"
    assert [model["licence"] for model in found["note"]["models"] if model["id"] == "face_shape"]
    assert found["state"] == "ours" and found["actions"]


def test_a_saved_notebook_replays_to_the_same_pixels(smile, tmp_path, capsys):
    status, out, err = run(capsys, "replay", smile / "work.limner", ASTRONAUT, "-o", tmp_path / "again.png", "--json")
    assert (status, err) == (0, "") and json.loads(out)["results"][0]["output"] == str(tmp_path / "again.png")
    assert (open_photo(tmp_path / "again.png").pixels == open_photo(smile / "out.png").pixels).all()


def test_a_folder_of_photographs_is_replayed_whole_or_not_at_all(smile, tmp_path, capsys):
    mirrored = tmp_path / "mirrored.png"
    Image.open(ASTRONAUT).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored)
    folder = tmp_path / "results"
    assert run(capsys, "replay", smile / "work.limner", ASTRONAUT, mirrored, "-o", folder)[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == ["astronaut.png", "mirrored.png"]
    other = tmp_path / "none"
    assert "No face" in refused(capsys, "replay", smile / "work.limner", ASTRONAUT, CAT, "-o", other)
    assert not other.exists()


def test_the_profile_goes_along_and_transparency_too(tmp_path, capsys):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = Image.open(ASTRONAUT).convert("RGBA")
    photo.putalpha(200)
    photo.save(tmp_path / "in.png", icc_profile=profile)
    assert run(capsys, "attributes", tmp_path / "in.png", "--set", "jaw=1", "-o", tmp_path / "out.png")[0] == 0
    with Image.open(tmp_path / "out.png") as out:
        assert out.info["icc_profile"] == profile and (np.asarray(out)[..., 3] == 200).all()


def test_a_locked_region_stays_as_it_is(tmp_path, capsys):
    edit = ("attributes", ASTRONAUT, "--set", "hair_light=2", "--set", "smile=2")
    assert run(capsys, *edit, "--lock", "hair, eyes", "-o", tmp_path / "locked.png", "--json")[0] == 0
    assert run(capsys, *edit, "-o", tmp_path / "free.png")[0] == 0
    pictures = (ASTRONAUT, tmp_path / "locked.png", tmp_path / "free.png")
    before, locked, free = (open_photo(picture).pixels for picture in pictures)
    changed = [(before[:60] != after[:60]).any(2).mean() for after in (locked, free)]  # the crown of the head
    assert changed[0] < changed[1] / 10


def test_labels_are_parsed_into_a_palette_picture(tmp_path, capsys):
    status, out, _ = run(capsys, "parse", ASTRONAUT, "-o", tmp_path / "labels.png", "--json")
    labels = open_labels(tmp_path / "labels.png")
    assert status == 0 and labels.shape == (512, 512) and {0, 1, 2, 4, 5, 13} <= set(np.unique(labels).tolist())
    assert json.loads(out)["height"] == 512
    with Image.open(tmp_path / "labels.png") as picture:
        assert picture.mode == "P" and len(picture.getpalette()) == 768


def test_directions_are_listed_with_their_bounds(capsys):
    status, out, _ = run(capsys, "directions", "--json")
    found = json.loads(out)["directions"]
    assert status == 0 and all(set(each) == {"name", "group", "low", "high", "unit", "model"} for each in found)
    names = {each["name"] for each in found}
    assert {"smile", "mouth_open", "eyes_open", "brows_raised", "age", "masculine", "face_width", "jaw"} <= names
    assert all(each["low"] <= -2 and each["high"] >= 2 for each in found)
    assert {"nose_width", "lips_full"} <= names and "smile" in run(capsys, "directions")[1]


@pytest.mark.parametrize("name", ["models", "licences"])
def test_lists_are_words_or_json(capsys, name):
    from editors.catalogue import CARDS

    status, out, _ = run(capsys, name)
    assert status == 0 and all(card.id in out for card in CARDS)
    assert [card["id"] for card in json.loads(run(capsys, name, "--json")[1])[name]] == [card.id for card in CARDS]


def test_fetch_makes_sure_that_a_model_is_whole(capsys):
    assert run(capsys, "fetch", "face_detection")[0] == 0
    assert json.loads(run(capsys, "fetch", "face_detection", "--json")[1])["model"] == "face_detection"
    assert "the nearest are face_" in refused(capsys, "fetch", "face_of_tomorrow")


# --- refusing ------------------------------------------------------------------------------------------------------

def wrong_commands(folder, smile):
    photo, out = ASTRONAUT, folder / "out.png"
    (folder / "text.png").write_text("not a picture")
    (folder / "empty.jpg").touch()
    (folder / "a folder.png").mkdir()
    edit = ("attributes", photo, "--set", "smile=1")
    return {
        "no command": (),
        "unknown command": ("paint",),
        "unknown option": (*edit, "-o", out, "--colour", "red"),
        "half an option": (*edit, "-o", out, "--fac", "0"),
        "no output": edit,
        "nothing to set": ("attributes", photo, "-o", out),
        "no number": ("attributes", photo, "--set", "smile", "-o", out),
        "empty number": ("attributes", photo, "--set", "smile=", "-o", out),
        "not a number": ("attributes", photo, "--set", "smile=much", "-o", out),
        "nan": ("attributes", photo, "--set", "smile=nan", "-o", out),
        "too much": ("attributes", photo, "--set", "smile=99", "-o", out),
        "unknown direction": ("attributes", photo, "--set", "wings=1", "-o", out),
        "unknown model": (*edit, "--model", "stylegan9", "-o", out),
        "unknown region": (*edit, "--lock", "wings", "-o", out),
        "unknown directions' model": ("directions", "--model", "stylegan9"),
        "no such face": (*edit, "--face", "7", "-o", out),
        "no face number": (*edit, "--face", "first", "-o", out),
        "negative face": (*edit, "--face", "-1", "-o", out),
        "a cat": ("attributes", CAT, "--set", "smile=1", "-o", out),
        "a cat's parts": ("parse", CAT, "-o", out),
        "no such photo": ("attributes", folder / "none.jpg", "--set", "smile=1", "-o", out),
        "a folder": ("attributes", folder, "--set", "smile=1", "-o", out),
        "a text": ("attributes", folder / "text.png", "--set", "smile=1", "-o", out),
        "an empty file": ("parse", folder / "empty.jpg", "-o", out),
        "odd output": (*edit, "-o", folder / "out.bmp"),
        "no extension": (*edit, "-o", folder / "out"),
        "output is a folder": (*edit, "-o", folder / "a folder.png"),
        "output in no folder": (*edit, "-o", folder / "none" / "out.png"),
        "no name of an output": (*edit, "-o", ""),
        "no name of a photo": ("attributes", "", "--set", "smile=1", "-o", out),
        "no name of a notebook": (*edit, "-o", out, "--save", ""),
        "no name of lines": ("sketch", photo, "--hole", photo, "--lines", "", "-o", out),
        "a thousand directions": ("directions", "--found", "sefa", "--count", "000000001000", "-o", out),
        "fitting and finding at once": ("directions", "--fit", "--found", "sefa", "-o", out),
        "a count of nothing found": ("directions", "--count", "3"),
        "layers of nothing found": ("directions", "--layers", "4-7"),
        "weights that are not there": ("fetch", "./weights.pt"),
        "labels as jpeg": ("parse", photo, "-o", folder / "labels.jpg"),
        "the same file twice": (*edit, "-o", out, "--save", out),
        "notebook in no folder": (*edit, "-o", out, "--save", folder / "none" / "work.limner"),
        "a picture of another kind": ("replay", smile / "work.limner", photo, "-o", folder / "out.gif"),
        "not a notebook": ("replay", photo, photo, "-o", out),
        "no such notebook": ("replay", folder / "none.limner", photo, "-o", out),
        "one result on another": ("replay", smile / "work.limner", photo, photo, "-o", folder / "all"),
        "a result on its photograph": ("replay", smile / "work.limner", photo, "-o", photo.parent),
        "several to save": ("replay", smile / "work.limner", photo, CAT, "-o", folder / "all", "--save", folder / "b"),
    }


def test_what_a_person_can_mend_is_one_line_and_leaves_no_file(tmp_path, capsys, smile):
    wrong = wrong_commands(tmp_path, smile)
    before = sorted(tmp_path.rglob("*"))
    original = ASTRONAUT.read_bytes()
    for case, arguments in wrong.items():
        assert refused(capsys, *arguments).strip(), case
        assert sorted(tmp_path.rglob("*")) == before, case
    assert ASTRONAUT.read_bytes() == original


def test_an_old_result_stays_when_a_command_fails(tmp_path, capsys):
    (tmp_path / "out.png").write_bytes(b"yesterday's")
    refused(capsys, "attributes", CAT, "--set", "smile=1", "-o", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == b"yesterday's"


def test_a_message_says_what_came_and_what_is_allowed(tmp_path, capsys):
    out = tmp_path / "out.png"
    assert "smile is 99; it can be -" in refused(capsys, "attributes", ASTRONAUT, "--set", "smile=99", "-o", out)
    assert "'wings'; there are smile," in refused(capsys, "attributes", ASTRONAUT, "--set", "wings=1", "-o", out)
    assert "one face, number 0" in refused(capsys, "parse", ASTRONAUT, "--face", "7", "-o", out)
    assert refused(capsys, "replay", ASTRONAUT, ASTRONAUT, "-o", out).startswith("astronaut.png is not a notebook")
    assert "out.gif ends in .gif" in refused(capsys, "replay", "w.limner", ASTRONAUT, "-o", tmp_path / "out.gif")


@pytest.mark.parametrize("command, what", [("parse", "label map"), ("edges", "mask")])
def test_a_name_that_loses_values_is_refused_before_the_photograph_is_opened(command, what, tmp_path, capsys):
    said = refused(capsys, command, tmp_path / "none.png", "-o", tmp_path / "out.webp")
    assert said.startswith(f"out.webp would lose values of the {what}; it is saved as .png.")


@pytest.mark.parametrize("given", [("--layers", "4-7"), ("--likeness", "3"),
                                   ("--model", "face_shape", "--layers", "1")])
def test_what_only_a_generator_hears_is_not_taken_in_silence_by_the_linear_model(given, tmp_path, capsys):
    said = refused(capsys, "attributes", ASTRONAUT, "--set", "smile=1", *given, "-o", tmp_path / "out.png")
    assert "are for a generator, and face_shape draws without one. Add --model face_generator" in said


def test_a_bug_is_status_one_and_keeps_its_traceback(tmp_path):
    code = ("from editors import __main__, model_commands; model_commands._described = None\n"
            "raise SystemExit(__main__.main(['models']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr


# --- help ----------------------------------------------------------------------------------------------------------

def test_help_is_quick_and_loads_no_large_library():
    code = (
        "import sys\nfrom editors.__main__ import main\ntry:\n    main(['--help'])\nexcept SystemExit as end:\n"
        "    assert end.code == 0\nassert not {'torch', 'gradio', 'cv2', 'PIL'} & set(sys.modules), sys.modules.keys()"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in commands()) and time.perf_counter() - began < 5


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_explains_itself(capsys, name):
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0 and commands()[name].help in out and "--json" in out
    assert not re.search(r"\de\+\d|default: [,)]", out)  # every number written out, no default that is nothing
