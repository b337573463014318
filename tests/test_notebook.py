"""A notebook keeps what did not change, forgets nothing, and its file replays; a stranger's file is data."""

import io
import json
import pickle
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from editors import files, notebook_file
from editors.acts import EXAMPLES
from editors.attributes.step import ShiftAttributes
from editors.errors import FaceError, ImageError, NotebookError
from editors.faces import face_of
from editors.images import open_photo
from editors.notebook import Cell, History, Notebook, Results, photo_key
from editors.notebook_file import open_notebook, read_result, save_notebook
from editors.portrait import Portrait

from .tiny import Lighten, NeedFace, tiny_portrait

ASTRONAUT = EXAMPLES / "astronaut.png"


def computed(notebook, portrait, models, kept):
    """Indexes of the cells that had to be computed."""
    seen = []
    list(notebook.results(portrait, models, kept, seen.append))
    return seen


@pytest.fixture(scope="module")
def two_faces():
    """A picture of two people of nearly the same size, one in each half."""
    face = open_photo(ASTRONAUT).pixels[:330, 80:380]
    return Portrait(np.hstack([face, face[:, ::-1]]))


def halves(portrait, others):
    """Whether the left and the right half of two pictures differ."""
    changed = (portrait.image != others.image).any(2)
    return changed[:, :300].any(), changed[:, 300:].any()


# --- cells and results ---------------------------------------------------------------------------------------------

def test_changing_a_cell_runs_it_and_what_follows_alone(models):
    portrait, kept = tiny_portrait(), Results()
    notebook = Notebook().append(Lighten(amount=1)).append(Lighten(amount=2)).append(Lighten(amount=3))
    assert computed(notebook, portrait, models, kept) == [0, 1, 2]
    assert computed(notebook, portrait, models, kept) == []
    assert computed(notebook.change(2, step=Lighten(amount=4)), portrait, models, kept) == [2]
    assert computed(notebook.change(1, step=Lighten(amount=5)), portrait, models, kept) == [1, 2]
    assert computed(notebook, portrait, models, kept) == []


def test_a_cell_switched_off_changes_nothing_and_is_kept(models):
    portrait = tiny_portrait()
    notebook = Notebook().append(Lighten(amount=10)).append(Lighten(amount=5))
    off = notebook.change(0, enabled=False)
    assert (off.run(portrait, models).image == portrait.image + 5).all()
    assert (off.change(0, enabled=True).run(portrait, models).image == portrait.image + 15).all()


def test_notes_change_no_pixel_and_run_nothing(models):
    portrait, kept = tiny_portrait(), Results()
    notebook = Notebook().append(Lighten(amount=1))
    notebook.run(portrait, models, kept)
    assert computed(notebook.change(0, note="warmer"), portrait, models, kept) == []


def test_another_photograph_face_transparency_or_profile_has_its_own_results():
    pixels = tiny_portrait().image
    opaque = np.full(pixels.shape[:2], 255, np.uint8)
    photographs = [Portrait(pixels), Portrait(pixels, face=1), Portrait(pixels, opaque), Portrait(pixels, opaque - 1),
                   Portrait(pixels, profile=b"a profile"), Portrait(pixels + 1), Portrait(pixels.reshape(8, 6, 3))]
    assert len({photo_key(photograph) for photograph in photographs}) == len(photographs)


def test_a_cell_is_about_its_face_whichever_is_chosen_now(two_faces, models, tmp_path):
    kept = Results()
    first = int(face_of(two_faces, models).box[0] > 300)  # number of the one on the left
    left = Notebook().append(ShiftAttributes(amounts={"face_width": -2}), face=first)
    both = left.append(ShiftAttributes(amounts={"smile": 2}), face=1 - first)
    results = [book.run(two_faces, models, kept) for book in (left, both)]
    assert halves(results[0], two_faces) == (True, False) and halves(results[1], results[0]) == (False, True)
    other = two_faces.with_face(1)
    assert computed(both, other, models, kept) == [] and both.run(other, models, kept).face == 1
    save_notebook(tmp_path / "two.limner", both, two_faces, models, kept)
    opened = open_notebook(tmp_path / "two.limner", models)
    assert [cell.face for cell in opened.notebook.cells] == [first, 1 - first]
    assert (opened.notebook.run(opened.portrait, models).image == results[1].image).all()
    on_one = both.about(None, all_cells=True).run(two_faces.with_face(first), models)
    assert halves(on_one, two_faces) == (True, False)


def test_results_past_the_budget_leave_oldest_first(models):
    portrait, kept = tiny_portrait(100, 100), Results(budget_mb=0.07)
    notebook = Notebook().append(Lighten(amount=1)).append(Lighten(amount=2)).append(Lighten(amount=3))
    keys = notebook.keys(photo_key(portrait), models)
    notebook.run(portrait, models, kept)
    assert [kept.get(key) is None for key in keys] == [True, False, False]


def test_what_was_found_in_a_result_counts_against_the_budget():
    kept = Results(budget_mb=0.5)
    for key in "ab":
        portrait = tiny_portrait()
        portrait.fact("found", lambda: {"deep": [np.zeros(400_000, np.uint8)]})
        kept.keep(key, portrait)
    assert kept.get("a") is None and kept.get("b") is not None


def test_cells_are_moved_repeated_and_removed(models):
    notebook = Notebook().append(Lighten(amount=1)).append(Lighten(amount=2)).append(Lighten(amount=3))

    def amounts(changed):
        return [cell.step.amount for cell in changed.cells]

    assert amounts(notebook.move(0, 2)) == [2, 3, 1] and amounts(notebook.move(2, 0)) == [3, 1, 2]
    assert amounts(notebook.duplicate(1)) == [1, 2, 2, 3] and amounts(notebook.remove(1)) == [1, 3]
    assert amounts(notebook) == [1, 2, 3]
    with pytest.raises(NotebookError, match="There is no cell 4; the notebook has 3"):
        notebook.remove(3)


def test_undo_and_redo_without_limit():
    history = History()
    for amount in range(40):
        history = history.do(history.present.append(Lighten(amount=amount)))
    for _ in range(40):
        history = history.undo()
    assert history.present.cells == () and history.undo() is history
    for _ in range(40):
        history = history.redo()
    assert len(history.present.cells) == 40 and history.redo() is history
    branched = history.undo().do(Notebook())
    assert branched.redo() is branched and len(branched.undo().present.cells) == 39


def test_an_error_says_which_cell_it_came_from_where_there_are_several(models):
    alone = Notebook().append(NeedFace())
    with pytest.raises(FaceError, match="^No face was found"):
        alone.run(tiny_portrait(), models)
    with pytest.raises(FaceError, match=r"^Cell 2 \(tiny.need_face\): No face was found"):
        Notebook().append(Lighten(amount=1)).append(NeedFace()).run(tiny_portrait(), models)


def test_a_cell_is_a_step_a_switch_and_a_short_note():
    for wrong in ({"step": "tiny.lighten"}, {"enabled": 1}, {"note": None}, {"note": "a" * 2001}):
        with pytest.raises(NotebookError):
            Cell(**({"step": Lighten()} | wrong))


# --- the file ------------------------------------------------------------------------------------------------------

def drawn_notebook(portrait):
    hole = np.zeros(portrait.image.shape[:2], np.uint8)
    hole[1:3, 2:5] = 255
    notebook = Notebook().append(Lighten(amount=20, hole=hole, names=("a",), weights={"b": 1.5}), note="brighter 更亮")
    return notebook.append(Lighten(amount=-9, mode="red")).append(Lighten(amount=3)).change(1, enabled=False)


@pytest.mark.usefixtures("tiny_editor")
def test_a_saved_notebook_replays_to_the_same_pixels(tmp_path, models):
    alpha = np.arange(48, dtype=np.uint8).reshape(6, 8)
    portrait = Portrait(tiny_portrait().image, alpha, b"a profile that is kept as it is", face=2)
    notebook = drawn_notebook(portrait)
    save_notebook(tmp_path / "work.limner", notebook, portrait, models)
    opened = open_notebook(tmp_path / "work.limner", models)
    assert [cell.step.digest() for cell in opened.notebook.cells] == [cell.step.digest() for cell in notebook.cells]
    kept = [(cell.enabled, cell.note) for cell in opened.notebook.cells]
    assert kept == [(True, "brighter 更亮"), (False, ""), (True, "")]
    assert photo_key(opened.portrait) == photo_key(portrait) and opened.changed == ()
    want = list(notebook.results(portrait, models, Results()))
    again = list(opened.notebook.results(opened.portrait, models, Results()))
    for index, (one, other) in enumerate(zip(want, again, strict=True)):
        assert (one.image == other.image).all()
        assert (read_result(tmp_path / "work.limner", index) == one.image).all()


@pytest.mark.usefixtures("tiny_editor")
def test_an_empty_notebook_keeps_its_photograph(tmp_path, models):
    save_notebook(tmp_path / "empty.limner", Notebook(), tiny_portrait(), models)
    opened = open_notebook(tmp_path / "empty.limner", models)
    assert opened.notebook.cells == () and (opened.portrait.image == tiny_portrait().image).all()


@pytest.mark.usefixtures("tiny_editor")
def test_a_cell_that_does_not_fit_the_photograph_is_saved_without_a_picture(tmp_path, models):
    notebook = Notebook().append(Lighten(amount=1)).append(NeedFace()).append(Lighten(amount=2))
    save_notebook(tmp_path / "work.limner", notebook, tiny_portrait(), models)
    assert len(open_notebook(tmp_path / "work.limner", models).notebook.cells) == 3
    assert [read_result(tmp_path / "work.limner", index) is None for index in range(3)] == [False, True, True]


@pytest.mark.usefixtures("tiny_editor")
def test_what_changed_since_the_notebook_was_saved_is_said(tmp_path, models):
    path = saved(tmp_path, models, Notebook().append(Lighten(amount=1)).append(NeedFace()))
    record = json.loads(zipfile.ZipFile(path).read("notebook.json"))
    record["cells"][0]["version"] = 0
    record["cells"][1]["models"] = {"face_detection": "0" * 64, "face_of_tomorrow": "1" * 64}
    changed = rewritten(path, {"notebook.json": json.dumps(record)})
    assert open_notebook(changed, models).changed == ("face_detection", "face_of_tomorrow", "tiny.lighten")


def test_a_photograph_that_packs_worse_than_its_file_can_be_opened_again(tmp_path, models, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)  # a JPEG within the limit may be past it as a PNG
    portrait = Portrait(np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8))
    save_notebook(tmp_path / "noise.limner", Notebook(), portrait, models)
    assert (tmp_path / "noise.limner").stat().st_size > files.MAX_BYTES
    assert (open_notebook(tmp_path / "noise.limner", models).portrait.image == portrait.image).all()


def test_a_notebook_that_could_not_be_opened_again_is_not_saved(tmp_path, models):
    path = tmp_path / "work.limner"
    many = Notebook((Cell(Lighten(amount=1)),) * (notebook_file.MAX_CELLS + 1))
    with pytest.raises(NotebookError, match="501 cells; 500 can be saved"):
        save_notebook(path, many, tiny_portrait(), models)
    with pytest.raises(ImageError, match="cannot be written"):
        save_notebook(tmp_path / "no such folder" / "work.limner", Notebook(), tiny_portrait(), models)
    assert list(tmp_path.iterdir()) == []


def test_a_bug_while_saving_leaves_the_old_file(tmp_path, models):
    class Broken(Lighten):
        def apply(self, portrait, models):
            raise ZeroDivisionError

    path = tmp_path / "work.limner"
    path.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError):
        save_notebook(path, Notebook().append(Broken()), tiny_portrait(), models)
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


# --- files of strangers --------------------------------------------------------------------------------------------

def saved(folder, models, notebook=None, portrait=None):
    path, portrait = folder / "good.limner", portrait or tiny_portrait()
    save_notebook(path, notebook or drawn_notebook(portrait), portrait, models)
    return path


def rewritten(path, changes, drop=()):
    """A copy of a notebook file with members replaced, added or dropped."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name not in drop} | changes
    other = path.with_name("other.limner")
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return other


def png_header(width, height):
    """A PNG that announces a size and holds next to nothing."""
    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    parts = chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_cell(**values):
    """A change of the first cell's record."""
    def change(record):
        record["cells"][0].update(values)
    return change


def with_settings(**values):
    def change(record):
        record["cells"][0]["settings"].update(values)
    return change


def with_record(**values):
    return lambda record: record.update(values)


@pytest.mark.usefixtures("tiny_editor")
@pytest.mark.parametrize("change", [
    with_record(limner_notebook=2), with_record(limner_notebook=[]), with_record(face="0"), with_record(face=1.5),
    with_record(face=True), with_record(cells={}), with_record(cells=[None]), with_record(cells=[{}]),
    with_record(cells="cells"), with_cell(kind="os.system"), with_cell(kind="../step"), with_cell(kind=7),
    with_cell(kind="tiny.missing"), with_cell(settings=[]), with_cell(settings="x"), with_cell(settings=None),
    with_cell(enabled="false"), with_cell(enabled=0), with_cell(note=["x"]), with_cell(note="x" * 2001),
    with_cell(pictures={}), with_cell(pictures=[1]), with_cell(pictures=["../photo"]), with_cell(pictures=["amount"]),
    with_cell(models=[]), with_cell(models=3), with_settings(amount=10**400), with_settings(amount=None),
    with_settings(amount=51), with_cell(pictures=[], settings={"hole": [[1]]}), with_settings(mode={}),
    with_settings(unheard_of=1),
    with_settings(names=[[]]), with_settings(weights={"a": []}), with_settings(weights=[1]),
])
def test_a_record_of_the_wrong_form_is_refused(tmp_path, models, change):
    path = saved(tmp_path, models)
    record = json.loads(zipfile.ZipFile(path).read("notebook.json"))
    change(record)
    with pytest.raises(NotebookError) as refused:
        open_notebook(rewritten(path, {"notebook.json": json.dumps(record)}), models)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


@pytest.mark.usefixtures("tiny_editor")
@pytest.mark.parametrize("place", ["note", "models", "settings"])
def test_words_that_no_page_can_be_sent_are_refused(tmp_path, models, place):
    path = saved(tmp_path, models)
    record = json.loads(zipfile.ZipFile(path).read("notebook.json"))
    cell = record["cells"][0]
    cell[place] = "half of a letter \ud83d" if place == "note" else cell[place] | {"\ud83d": "x"}
    with pytest.raises(NotebookError, match="its words hold halves of letters, which no page can show"):
        open_notebook(rewritten(path, {"notebook.json": json.dumps(record)}), models)
    with pytest.raises(NotebookError, match="a note of plain text"):
        drawn_notebook(tiny_portrait()).change(0, note="\ud83d")


@pytest.mark.usefixtures("tiny_editor")
@pytest.mark.parametrize(("name", "content"), [
    ("../escape.txt", b"x"), ("/etc/passwd", b"x"), ("folder/", b""), ("notebook.json/x", b"x"), ("extra.pkl", b"x"),
    ("C:\\escape.png", b"x"), ("cell-000-hole.png", pickle.dumps(print)), ("photo.png", pickle.dumps(print)),
    ("photo.png", b""), ("photo.png", png_header(100_000, 100_000)), ("photo.png", png_header(4000, 4000)),
    ("cell-000-hole.png", png_header(60_000, 60_000)), ("notebook.json", b"[" * 100_000), ("notebook.json", b""),
    ("notebook.json", b"\xff\xfe\0"), ("notebook.json", b"null"), ("notebook.json", b"[]"), ("notebook.json", b"1e999"),
    ("notebook.json", pickle.dumps({"cells": []})), ("notebook.json", b"{" + b" " * 5_000_000 + b"}"),
], ids=lambda value: value[:12] if isinstance(value, bytes) else value)
def test_a_member_that_no_notebook_has_is_refused(tmp_path, models, name, content):
    path = rewritten(saved(tmp_path, models), {name: content})
    before = set(tmp_path.rglob("*"))
    with pytest.raises(NotebookError):
        open_notebook(path, models)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("tiny_editor")
@pytest.mark.parametrize("name", ["notebook.json", "photo.png", "cell-000-hole.png"])
def test_a_missing_member_is_refused(tmp_path, models, name):
    with pytest.raises(NotebookError):
        open_notebook(rewritten(saved(tmp_path, models), {}, drop=(name,)), models)


@pytest.mark.usefixtures("tiny_editor")
def test_ten_thousand_cells_are_refused(tmp_path, models):
    path = saved(tmp_path, models)
    record = json.loads(zipfile.ZipFile(path).read("notebook.json"))
    record["cells"] = [{"kind": "tiny.lighten"}] * 10_000
    with pytest.raises(NotebookError, match="10000 cells; a notebook has 500 at most"):
        open_notebook(rewritten(path, {"notebook.json": json.dumps(record)}), models)


def test_an_archive_of_too_many_or_too_large_files_is_refused(tmp_path, models, monkeypatch):
    monkeypatch.setattr(notebook_file, "MAX_MB", 10)
    for count, size in ((30_000, 0), (2_500, 0), (11, 1_000_000)):
        path = tmp_path / f"{count}.limner"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for index in range(count):
                archive.writestr(f"cell-{index % 1000:03}-{'a' * (1 + index // 1000)}.png", bytes(size))
        with pytest.raises(NotebookError, match="more than 2000 files"):
            open_notebook(path, models)


def blank(side):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((side, side), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.usefixtures("tiny_editor")
def test_drawings_that_swell_in_memory_are_refused(tmp_path, models, monkeypatch):
    monkeypatch.setattr(notebook_file, "MAX_PICTURE_MB", 1)
    cells, portrait = Notebook((Cell(Lighten(hole=np.zeros((300, 300), np.uint8))),) * 11), tiny_portrait(300, 300)
    path = saved(tmp_path, models, cells, portrait)
    assert len(open_notebook(path, models).notebook.cells) == 11
    swollen = {f"cell-{index:03}-hole.png": blank(310) for index in range(11)}
    with pytest.raises(NotebookError, match="more than a notebook may hold"):
        open_notebook(rewritten(path, swollen), models)
    with pytest.raises(NotebookError, match="1 MB can be saved"):
        saved(tmp_path, models, Notebook((*cells.cells, cells.cells[0])), portrait)


@pytest.mark.parametrize("content", [b"", b"PK\5\6", b"PK\5\6" + bytes(18), b"GIF89a", pickle.dumps(1), bytes(100_000)])
def test_a_file_that_is_no_archive_is_refused(tmp_path, models, content):
    (tmp_path / "odd.limner").write_bytes(content)
    with pytest.raises(NotebookError, match="odd.limner"):
        open_notebook(tmp_path / "odd.limner", models)
    with pytest.raises(NotebookError, match="odd.limner"):
        read_result(tmp_path / "odd.limner", 0)


def test_a_missing_file_and_a_folder_are_refused(tmp_path, models):
    for path in (tmp_path / "none.limner", tmp_path):
        with pytest.raises(NotebookError, match="there is no such file"):
            open_notebook(path, models)


@pytest.mark.usefixtures("tiny_editor")
def test_a_file_cut_short_anywhere_or_damaged_is_refused_or_read(tmp_path, models):
    whole = saved(tmp_path, models).read_bytes()
    other = tmp_path / "cut.limner"
    random = np.random.default_rng(1)
    for cut in range(0, len(whole), max(1, len(whole) // 60)):
        other.write_bytes(whole[:cut])
        with pytest.raises(NotebookError):
            open_notebook(other, models)
    for _ in range(150):
        damaged = bytearray(whole)
        for at in random.integers(0, len(whole), 4):
            damaged[at] = random.integers(256)
        other.write_bytes(bytes(damaged))
        try:
            open_notebook(other, models)
        except NotebookError as error:
            assert "\n" not in str(error)


def test_a_portrait_that_is_among_its_own_facts_is_weighed_once():
    portrait = Portrait(np.zeros((4, 4, 3), np.uint8))
    alone = portrait.weight()
    assert portrait.fact("as seen", lambda: portrait) is portrait and portrait.weight() == alone


def test_a_portrait_made_from_one_and_kept_among_its_facts_is_weighed_without_its_origin():
    portrait = Portrait(np.zeros((4, 4, 3), np.uint8))
    alone, bare = portrait.weight(), portrait.with_image(np.ones((4, 4, 3), np.uint8))
    assert portrait.fact("bare", lambda: bare).origin is portrait
    assert portrait.weight() == 2 * alone and bare.weight() == alone
