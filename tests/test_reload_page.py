"""What a browser finds again, in a real one: after a reload, a crash, in another window; and nothing once forgotten."""

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import expect

from editors.attributes.step import ShiftAttributes
from editors.desk import Desk
from editors.sessions import Sessions, new_token
from editors.translations import error_in
from editors.widgets import BUG, Shared

from .browser import AFTER, changed, settle, type_amount, upload

LATE = """
window.held = new Promise((resolve) => { window.letGo = resolve; });
const decode = HTMLImageElement.prototype.decode;
HTMLImageElement.prototype.decode = async function () {
  if (this.className === "before") await window.held;
  return decode.call(this);
};
"""
"""Pictures of the photograph take until letGo() to be decoded, as on a slow machine."""


def test_a_reload_finds_the_work_again_and_another_visitor_sees_nothing_of_it(visit, photo):
    page = visit()
    changed(page, lambda: upload(page, photo))
    expect(visit(apart=True).locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    changed(page, lambda: type_amount(page, "jaw", "1"))
    changed(page, lambda: type_amount(page, "smile", "-1"))
    edited = page.evaluate(AFTER)
    page.reload()
    settle(page)
    assert page.evaluate(AFTER) == edited
    assert page.locator("#amount-jaw").input_value() == "1"
    changed(page, page.locator("#cells .undo").click)
    assert page.locator("#amount-smile").input_value() == "0"


def test_work_outlives_the_server_and_edits_that_can_no_longer_be_drawn_are_kept_switched_off(visit, photo, sessions):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    sessions._open.clear()  # as after a crash: nothing in memory, what is on disk remains
    changed(page, lambda: type_amount(page, "smile", "2"))
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == edited
    for record in sessions.folder.glob("*/session.json"):
        record.write_text(record.read_text().replace('"smile"', '"a_smile_of_old"'))
    sessions._open.clear()
    page.reload()
    settle(page)
    expect(page.locator(".toast-body")).to_contain_text("There is no direction called")
    expect(page.locator("#cells .cell.off")).to_have_count(1)
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


UNSEEN = "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
"""A window that is out of sight catches up later."""


def test_what_is_done_in_a_window_that_shows_an_older_photograph_changes_nothing(visit, photo, sessions):
    page, other = visit(), visit()
    page.evaluate(UNSEEN)
    changed(other, lambda: upload(other, photo))
    session = list(sessions._open.values())[-1]
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(page.locator("#viewer .size")).to_contain_text("holiday")
    expect(page.get_by_text("Another photograph or face was chosen meanwhile")).to_be_visible()
    assert session.name == "holiday" and not session.notebook.cells
    changed(page, lambda: type_amount(page, "smile", "1"))
    assert session.notebook.cells[0].step.amounts == {"smile": 1}


def test_two_windows_show_the_same_work_and_neither_takes_back_what_the_other_did_though_it_has_not_seen_it(
    visit, sessions,
):
    page, other = visit(), visit()
    for one, two, name in ((page, other, "smile"), (other, page, "jaw"), (page, other, "age")):
        changed(one, lambda one=one, name=name: type_amount(one, name, "1"))
        expect(two.locator(f"#amount-{name}")).to_have_value("1")
    assert list(sessions._open.values())[-1].cell.step.amounts == {"smile": 1, "jaw": 1, "age": 1}
    expect(page.locator(".toast-body")).to_have_count(0)
    other.evaluate(UNSEEN)
    changed(page, lambda: type_amount(page, "smile", "2"))
    changed(other, lambda: type_amount(other, "jaw", "2"))
    expect(other.get_by_text("Another window changed this work meanwhile")).to_be_visible()
    session = list(sessions._open.values())[-1]
    assert session.cell.step.amounts == {"smile": 2, "jaw": 1, "age": 1}
    assert [other.locator(f"#amount-{name}").input_value() for name in ("smile", "jaw")] == ["2", "1"]
    changed(other, lambda: type_amount(other, "jaw", "2"))
    assert session.cell.step.amounts == {"smile": 2, "jaw": 2, "age": 1}


def test_a_window_that_is_ahead_of_its_own_answers_is_not_held_up(models, tmp_path, photo):
    """What is asked before the answer to what was asked before says only that nothing of it was seen yet."""
    shared, token = Shared(Desk(models), Sessions(tmp_path / "kept"), tmp_path), new_token()
    session = shared.session(token, "en")
    session.open_photo(photo.read_bytes())
    seen = session.changed_at
    for amount in (1, 2):
        shared.apply(token, {"work": seen}, lambda session, sent, to=amount: session.put(
            ShiftAttributes(amounts={"smile": to})), "en", "this window")
    assert session.cell.step.amounts == {"smile": 2}


def test_an_edit_made_before_the_page_has_settled_is_seen(unopened, address):
    page = unopened
    page.add_init_script(LATE)
    page.goto(address)
    number = page.get_by_role("textbox", name="Smile")
    number.fill("2")
    number.press("Enter")
    page.evaluate("window.letGo()")
    page.locator("[data-cells='1']").first.wait_for()
    settle(page, 1)
    before, after = (page.locator(f"#viewer img.{name}").get_attribute("src") for name in ("before", "after"))
    assert before != after


def test_until_the_first_picture_is_there_the_page_says_that_it_works_and_offers_nothing_to_undo(unopened, address):
    page, held, holding = unopened, [], [True]
    page.route("**/queue/join*", lambda route: held.append(route) if holding else route.continue_())
    page.goto(address)
    page.wait_for_function("document.querySelector('#attributes input[type=range]')")
    expect(page.locator("body.limner-busy")).to_have_count(1)
    for name in ("undo", "redo", "fork"):
        expect(page.locator(f"#cells .{name}")).to_be_disabled()
    for name in ("undo", "redo"):
        expect(page.locator(f"#viewer .{name}")).to_be_disabled()
    assert page.locator("#viewer .size").inner_text().strip() == ""
    expect(page.locator("#viewer img:visible")).to_have_count(0)
    place = page.locator("#amount-smile").bounding_box()
    holding.clear()
    for route in held:
        route.continue_()
    settle(page)
    assert page.locator("#amount-smile").bounding_box() == place            # what a hand goes to stays where it is


def test_a_photograph_chosen_before_the_page_knows_the_visitor_is_opened(unopened, address, photo):
    """The first answer of the server is held until the file has been chosen."""
    page, held, holding = unopened, [], [True]
    page.route("**/queue/join*", lambda route: held.append(route) if holding else route.continue_())
    page.goto(address)
    page.wait_for_function("document.querySelector('#attributes input[type=range]')")
    upload(page, photo)
    holding.clear()
    for route in held:
        route.continue_()
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400", timeout=15_000)


def test_forget_everything_leaves_nothing_of_the_photograph(visit, photo, sessions):
    page = visit()
    Image.open(photo).crop((0, 0, 470, 400)).save(photo)
    changed(page, lambda: upload(page, photo))

    def kept() -> bool:
        return any(path.read_bytes() == photo.read_bytes() for path in sessions.folder.glob("*/photo-*"))

    assert kept()
    page.on("dialog", lambda dialog: dialog.accept())
    changed(page, page.locator(".footer .forget").click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    expect(page.locator(".toast-body")).to_contain_text("Everything was removed")
    assert not kept()


def test_a_slider_moved_over_a_photograph_that_is_closed_by_now_says_nothing_over_the_next(models, tmp_path, photo):
    shared, token = Shared(Desk(models), Sessions(tmp_path / "kept"), tmp_path), new_token()
    session = shared.session(token, "en")
    session.open_photo(photo.read_bytes())
    seen, moved = shared.desk.photo(session), ShiftAttributes(amounts={"smile": 1})
    assert shared.tick(token, {"photo": seen}, lambda *_: moved, "en")["quick"]
    session.choose_face(1)
    assert shared.tick(token, {"photo": seen}, lambda *_: moved, "en") == gr.skip()


def test_an_edit_whose_model_went_while_it_was_open_is_switched_off_and_whatever_is_done_next_is_answered(
    models, tmp_path, photo,
):
    shared, token = Shared(Desk(models), Sessions(tmp_path / "kept"), tmp_path), new_token()
    session = shared.session(token, "en")
    session.open_photo(photo.read_bytes())
    session.put(ShiftAttributes(amounts={"smile": 1}, model="face_generator_ffhq"))
    shared.show(None, lambda session, new, sent: shared.desk.cells(session)["cells"][0]["enabled"])
    with pytest.warns(UserWarning, match="face_generator_ffhq"):
        assert shared.apply(token, {}, lambda *_: None, "en") == [False]


def test_a_mistake_of_our_own_is_said_keeps_its_traceback_and_leaves_the_work_as_it_was(models, tmp_path, photo,
                                                                                         capsys):
    shared, token, asked = Shared(Desk(models), Sessions(tmp_path / "kept"), tmp_path), new_token(), []
    shared.session(token, "en").open_photo(photo.read_bytes())

    def broken(session, sent):
        session.put(ShiftAttributes(amounts={"smile": 1}))
        raise ZeroDivisionError("ours")

    shared.show(None, lambda session, new, sent: len(session.notebook.cells))
    with pytest.warns(UserWarning, match="by its own mistake"):
        assert shared.apply(token, {}, broken, "en") == [0]
    assert "by its own mistake" in shared.tick(token, {}, lambda *_: 1 / 0, "en")["message"]
    shared.answer(lambda handle, *_, **__: asked.append(handle), None, lambda session, sent: iter([1 / 0]))
    shared._wires[-1]([])
    with pytest.warns(UserWarning, match="by its own mistake"):
        (answer,) = asked[0](token, gr.EventData(None, {}), gr.Request(headers={"accept-language": "en"}))
    assert answer["stopped"] and "by its own mistake" in answer["why"]
    assert capsys.readouterr().err.count("Traceback") == 3
    assert error_in(BUG, "zh").startswith("Limner 自身出错")
