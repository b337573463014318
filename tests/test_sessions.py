"""Work on the page is lost by nobody's accident, and gone when its time or its owner says so."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from editors.acts import open_saved
from editors.attributes.step import MoveFound
from editors.errors import NotebookError
from editors.notebook_file import save_notebook
from editors.session import MOST_EARLIER
from editors.sessions import MOST_OPEN, Session, Sessions, new_token


@pytest.fixture
def photo() -> bytes:
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def begun(tmp_path, photo, tiny_editor):
    """Sessions with one that has a photograph, two branches, and something to undo and to redo."""
    sessions, token = Sessions(tmp_path / "sessions"), new_token()
    session = sessions.get(token)
    session.open_photo(photo, "holiday")
    session.put(tiny_editor.Lighten(amount=3, weights={"a": 0.5}, names=("x", "y")))
    session.put(tiny_editor.Lighten(amount=7, hole=np.tile(np.arange(32, dtype=np.uint8) * 8, (24, 1))))
    session.fork()
    session.switch(0)
    session.duplicate(0)
    session.undo()
    sessions.keep(token)
    return sessions, token


def digests(session) -> list:
    """Everything a session's branches hold, in a form that can be compared."""
    books = [(history.past, history.present, history.future) for history in session.branches]
    return [[[(c.step.digest(), c.enabled, c.note) for c in book.cells] for book in (*past, present, *future)]
            for past, present, future in books]


def test_a_crash_loses_nothing(begun):
    sessions, token = begun
    kept, found = sessions.get(token), Sessions(sessions.folder).get(token)
    assert np.array_equal(found.portrait.image, kept.portrait.image)
    assert digests(found) == digests(kept)
    assert (found.name, found.branch, found.selected, found.source) == (
        kept.name, kept.branch, kept.selected, kept.source)
    assert len(found.history.past) == 1 and len(found.history.future) == 1


def test_pictures_among_the_settings_come_back_bit_by_bit(begun):
    sessions, token = begun
    kept, found = sessions.get(token), Sessions(sessions.folder).get(token)
    for mine, its in zip(kept.notebook.cells, found.notebook.cells, strict=True):
        assert mine.step.arrays().keys() == its.step.arrays().keys()
        for name, array in mine.step.arrays().items():
            assert np.array_equal(array, its.step.arrays()[name])


def test_edits_stay_with_the_face_they_were_made_on(begun, tiny_editor):
    sessions, token = begun
    session = sessions.get(token)
    session.choose_face(1)
    assert session.cell is None and [cell.face for cell in session.notebook.cells] == [0]
    session.put(tiny_editor.Lighten(amount=1))
    session.put(tiny_editor.Lighten(amount=2))
    assert [cell.face for cell in session.notebook.cells] == [0, 1] and session.cell.step.amount == 2
    session.select(0)
    assert session.portrait.face == 0
    sessions.keep(token)
    again = Sessions(sessions.folder).get(token)
    assert [cell.face for cell in again.notebook.cells] == [0, 1] and again.portrait.face == 0
    session.undo()
    session.undo()
    assert [cell.face for cell in session.notebook.cells] == [0]
    session.open(session.portrait.with_face(3), "other", session.notebook.about(None, all_cells=True))
    assert {cell.face for cell in session.notebook.cells} == {3}


def test_a_session_that_cannot_be_read_begins_anew(begun):
    sessions, token = begun
    (folder,) = sessions.folder.iterdir()
    (folder / "session.json").write_text("{")
    assert Sessions(sessions.folder).get(token).portrait is None


def test_undo_brings_back_the_photograph_that_was_open_before_with_all_its_edits(begun, photo):
    sessions, token = begun
    session = sessions.get(token)
    session.redo()
    before = digests(session)
    session.open_photo(photo + b"\0", "other")
    assert session.portrait is not None and session.notebook.cells == () and session.can_undo
    sessions.keep(token)
    for found in (session, Sessions(sessions.folder).get(token)):
        assert found.undo() and (found.name, found.source, digests(found)) == ("holiday", photo, before)
        assert found.redo() and (found.name, found.source) == ("other", photo + b"\0")
        assert not found.can_redo and found.undo()


def test_a_change_after_going_back_ends_the_way_forward(begun, photo, tiny_editor):
    session = begun[0].get(begun[1])
    session.open_photo(photo + b"\0", "other")
    session.undo()
    session.select(None)
    session.put(tiny_editor.Lighten(amount=1))
    assert not session.can_redo and session.name == "holiday"


def test_only_so_many_photographs_are_kept_to_go_back_to(begun, photo):
    sessions, token = begun
    for number in range(6):
        sessions.get(token).open_photo(photo + bytes(number), f"photo {number}")
        sessions.keep(token)
    left = sorted(path.read_bytes() for path in sessions.folder.glob("*/photo-*"))
    assert left == [photo + bytes(number) for number in range(5 - MOST_EARLIER, 6)]


def test_a_photograph_that_is_opened_twice_in_a_moment_lies_behind_itself_once(begun, photo):
    sessions, token = begun
    session = sessions.get(token)
    other = io.BytesIO()
    Image.new("RGB", (20, 20)).save(other, "PNG")
    for _ in range(MOST_EARLIER + 1):
        session.open_photo(other.getvalue(), "other")
    assert session.undo() and session.name == "holiday" and session.notebook.cells


def test_forgetting_removes_memory_and_files(begun):
    sessions, token = begun
    sessions.forget(token)
    assert list(sessions.folder.iterdir()) == [] and sessions.get(token).portrait is None


def test_a_day_without_a_change_ends_a_session(begun):
    sessions, token = begun
    assert sessions.sweep() == 0
    (folder,) = sessions.folder.iterdir()
    before = time.time() - 25 * 3600
    for path in (*folder.iterdir(), folder):
        os.utime(path, (before, before))
    assert sessions.sweep() == 1 and sessions.get(token).portrait is None


def test_only_this_user_can_read_the_folder(begun):
    sessions, _ = begun
    assert [path.stat().st_mode & 0o077 for path in sessions.folder.iterdir()] == [0]


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "x" * 31, None, 3, "x" * 31 + "/"])
def test_what_is_not_a_token_opens_nothing(tmp_path, token):
    with pytest.raises(NotebookError, match="Reload"):
        Sessions(tmp_path).get(token)


def test_sessions_out_of_memory_are_read_back(begun):
    sessions, token = begun
    before = sessions.get(token)
    for _ in range(MOST_OPEN):
        sessions.get(new_token())
    assert sessions.get(token) is not before and digests(sessions.get(token)) == digests(before)


def test_settings_go_into_the_selected_cell_or_begin_one(photo, tiny_editor):
    session, first, second = Session(), tiny_editor.Lighten(amount=1), tiny_editor.Lighten(amount=2)
    session.open_photo(photo)
    session.put(first)
    session.put(second)
    assert [cell.step.digest() for cell in session.notebook.cells] == [second.digest()]
    session.select(None)
    session.put(first)
    assert len(session.notebook.cells) == 2 and session.selected == 1
    past = len(session.history.past)
    session.put(first)
    assert len(session.history.past) == past


def test_what_was_found_and_named_is_kept_with_the_session_and_in_the_notebook_file(begun, tmp_path, models):
    sessions, token = begun
    session = sessions.get(token)
    session.keep(MoveFound(index=3, name="Curls"))
    sessions.keep(token)
    assert Sessions(sessions.folder).get(token).found[0].name == "Curls"
    path = tmp_path / "work.limner"
    save_notebook(path, session.notebook, session.portrait, models, found=session.found)
    fresh = Session()
    for _ in range(2):  # what is kept already is not kept twice
        copy = tmp_path / "again.limner"
        copy.write_bytes(path.read_bytes())
        open_saved(fresh, {"path": str(copy)}, models)
    assert [step.digest() for step in fresh.found] == [session.found[0].digest()]


def test_another_amount_of_a_found_direction_replaces_it_and_another_direction_follows(photo):
    session = Session()
    session.open_photo(photo)
    for index, amount in ((3, 1.0), (3, 2.0), (4, 1.0)):
        session.put(MoveFound(index=index, amount=amount))
    assert [(cell.step.index, cell.step.amount) for cell in session.notebook.cells] == [(3, 2.0), (4, 1.0)]


def test_undo_and_redo_go_to_the_cell_that_they_change(begun, tiny_editor):
    session = begun[0].get(begun[1])
    session.open_photo(session.source)
    for amount in (1, 2):
        session.select(None)
        session.put(tiny_editor.Lighten(amount=amount))
    session.select(0)
    session.put(tiny_editor.Lighten(amount=3))
    session.select(1)
    session.undo()
    assert session.selected == 0 and session.cell.step.amount == 1
    session.undo()
    session.undo()
    for selected in (0, 1, 0):
        session.redo()
        assert session.selected == selected
