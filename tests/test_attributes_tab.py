"""What the forms of the Attributes tab write into the notebook: found directions, locks, a likeness that was found."""

import pytest

from editors.attributes import likeness
from editors.attributes.faces_panel import Faces, drawn, png_url
from editors.attributes.found_panel import change, step_on
from editors.attributes.likeness_panel import sharpen
from editors.attributes.step import MoveFound, ShiftAttributes
from editors.attributes.tab import set_attributes, shown_of
from editors.desk import Desk
from editors.portrait import Portrait
from editors.sessions import Session, Sessions
from editors.widgets import Shared

from .tiny import ASTRONAUT

FOUND = {"do": "set", "method": "sefa", "index": 0, "model": "face_generator", "layers": "", "amount": 2.0}


@pytest.fixture
def shared(models, tmp_path) -> Shared:
    return Shared(Desk(models), Sessions(tmp_path), tmp_path)


@pytest.fixture
def session() -> Session:
    return Session(portrait=Portrait.open(ASTRONAUT))


def test_a_direction_that_was_found_holds_what_is_ticked(shared, session):
    change(shared, session, FOUND | {"lock": ["hair"]})
    assert session.cell.step.lock == ("hair",) and shown_of(session, {}, shared.models)["lock"] == ["hair"]
    set_attributes(shared, session, {"do": "set", "amounts": {}, "lock": ["hair", "mouth"]})
    assert [cell.step.lock for cell in session.notebook.cells] == [("hair", "mouth")]
    change(shared, session, FOUND | {"do": "keep", "name": "Dusk", "lock": ["hair"]})
    assert session.found[0].lock == () and session.cell.step.lock == ("hair", "mouth")


def test_sliders_in_the_middle_begin_no_edit_and_resetting_all_resets_a_found_one(shared, session):
    change(shared, session, FOUND)
    set_attributes(shared, session, {"do": "reset", "amounts": {}, "lock": []})
    assert [cell.step.amount for cell in session.notebook.cells] == [0.0]
    session.select(None)
    set_attributes(shared, session, {"do": "reset", "amounts": {}, "lock": []})
    assert len(session.notebook.cells) == 1


def test_what_is_ticked_before_anything_moves_begins_no_edit(shared, session):
    ticked = {"do": "set", "amounts": {}, "lock": ["hair"]}
    set_attributes(shared, session, ticked)
    assert not session.notebook.cells and "lock" not in shown_of(session, ticked, shared.models)   # it stays ticked
    set_attributes(shared, session, ticked | {"amounts": {"smile": 1.0}})
    assert session.cell.step.lock == ("hair",)
    set_attributes(shared, session, ticked | {"lock": []})
    assert session.cell.step.lock == () and shown_of(session, {}, shared.models)["lock"] == []


def test_a_likeness_that_was_found_is_used_by_the_generator_that_is_chosen_next(shared, session, monkeypatch):
    monkeypatch.setattr(likeness, "STEPS_A_SECOND", (1, 1))
    smile = {"do": "set", "amounts": {"smile": 1.0}, "lock": []}
    set_attributes(shared, session, smile)
    *_, found = sharpen(shared, session, {"seconds": 3.0, "seq": 1})
    assert found["ready"] == 1 and session.cell.step.likeness == 0
    set_attributes(shared, session, smile | {"do": "choose", "generator": "face_generator"})
    wanted = ShiftAttributes(amounts={"smile": 1.0}, model="face_generator", likeness=3.0)
    assert session.cell.step.digest() == wanted.digest()
    session.undo()
    session.undo()
    assert step_on(shared, session, FOUND).digest() == MoveFound(index=0, amount=2.0, likeness=3.0).digest()


def test_a_film_between_two_pictures_shows_first_what_it_begins_with(shared, session):
    asked = {"a": {"cell": 0}, "b": {"cell": 0}, "film": True, "seq": 1}
    assert next(drawn(Faces(shared.models), shared, session, asked))["picture"] == png_url(session.portrait.image)
