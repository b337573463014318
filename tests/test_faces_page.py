"""In a real browser: faces of the generator, directions found in it, a sharper likeness; and what the page keeps."""

import re
import threading

import cv2
import pytest
import torch
from playwright.sync_api import Page, expect

from editors.attributes.likeness import is_found
from editors.attributes.step import MoveFound
from editors.pieces import THREAD
from editors.provenance import read_note

from . import test_page as shared
from .test_page import AFTER, changed, download, press_when, settle, type_amount, upload
from .test_sketch_page import MOUTH, draw
from .tiny import CAT

sessions, address, browser, usual, visit, photo = (
    shared.sessions, shared.address, shared.browser, shared.usual, shared.visit, shared.photo
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WATCH_WIDTH = """() => {
  window.widest = 0;
  const look = () => {
    window.widest = Math.max(window.widest, document.documentElement.scrollWidth);
    requestAnimationFrame(look);
  };
  look();
}"""


def open_tab(page: Page, name: str, surface: str = "") -> None:
    page.get_by_role("tab", name=name).click()
    if surface:
        page.wait_for_function(f"window.limner.{surface}?.photo")


# --- what the page keeps ---------------------------------------------------------------------------------------------

def test_undo_brings_back_the_photograph_that_was_open_before_and_its_edits(visit, photo):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    changed(page, lambda: upload(page, photo))
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    expect(page.locator(".toast-body")).to_contain_text("Undo brings back astronaut with its edits")
    expect(page.get_by_role("button", name="Undo: back to astronaut")).to_be_enabled()
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == edited
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
    changed(page, page.locator("#cells .redo").click)
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


def test_a_reload_and_a_click_on_a_cell_come_to_its_tab(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    open_tab(page, "Sketch", "sketch")
    changed(page, page.locator("#cells .fresh .card").click)
    draw(page, "hole", MOUTH)
    changed(page, page.locator("#sketch .fill-hole").click)
    page.reload()
    settle(page)
    sketch, attributes = (page.get_by_role("tab", name=name) for name in ("Sketch", "Attributes"))
    expect(sketch).to_have_attribute("aria-selected", "true")
    changed(page, page.locator("#cells .cell .card").nth(1).click)
    expect(attributes).to_have_attribute("aria-selected", "true")
    page.reload()
    settle(page)
    expect(attributes).to_have_attribute("aria-selected", "true")


def test_a_double_click_on_a_slider_puts_it_back_and_leaves_nothing_to_undo(visit):
    page = visit()
    slider = page.locator("#amount-smile")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.dblclick(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2)
    assert slider.input_value() == "0"
    changed(page, lambda: type_amount(page, "jaw", "1"))
    changed(page, page.locator("#cells .undo").click)
    expect(page.locator("#cells .undo")).to_be_disabled()


def test_the_eye_says_what_is_seen_of_the_labels(visit):
    page = visit()
    open_tab(page, "Masks", "masks")
    eye = page.locator("#masks").get_by_label("Show the drawing")
    page.wait_for_function("window.limner.masks.tool.blank")
    expect(eye).to_have_attribute("aria-pressed", "true")
    page.locator("#masks .palette input").nth(13).check()
    stage = page.locator("#viewer .stage").bounding_box()
    changed(page, lambda: page.mouse.click(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] * 0.3))
    page.mouse.move(5, 5)
    expect(eye).to_have_attribute("aria-pressed", "false")
    seen = page.locator("#viewer .drawing:visible canvas").first
    expect(seen).to_have_css("opacity", "0.1")
    for pressed, opacity in (("true", "1"), ("false", "0"), ("true", "1")):
        eye.click()
        expect(eye).to_have_attribute("aria-pressed", pressed)
        expect(seen).to_have_css("opacity", opacity)


def test_a_sketch_filled_on_a_phone_never_makes_the_page_wider(visit):
    page = visit(**PHONE)
    page.evaluate(WATCH_WIDTH)
    open_tab(page, "Sketch", "sketch")
    draw(page, "hole", MOUTH)
    changed(page, page.locator("#sketch .fill-hole").click)
    assert page.evaluate("window.widest") == 390
    page.locator("#sketch .chip:has([value=colours])").click()
    assert page.locator("#right").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.evaluate("document.querySelector('#sketch').append(Object.assign(document.createElement('div'), "
                  "{ style: 'width: 640px; height: 1px' }))")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


# --- faces nobody has ------------------------------------------------------------------------------------------------

PICTURE = "() => document.querySelector('.face-picture').src"


def open_faces(page: Page) -> None:
    page.locator(".open-faces").click()
    page.wait_for_function(PICTURE)


def drawn(page: Page, do) -> None:
    """Do something and wait for the face that comes of it."""
    before = page.evaluate(PICTURE)
    do()
    page.wait_for_function(f"before => ({PICTURE})() !== before", arg=before)


def type_seed(page: Page, slot: str, seed: str) -> None:
    number = page.get_by_label(f"Seed of face {slot}")
    number.fill(seed)
    number.press("Enter")


def test_the_face_of_a_seed_becomes_the_photograph_and_says_what_drew_it(visit, tmp_path):
    page = visit()
    open_faces(page)
    drawn(page, lambda: type_seed(page, "A", "77"))
    expect(page.locator(".drawn figcaption")).to_have_text("Seed 77")
    changed(page, page.get_by_role("button", name="Use this face").click)
    expect(page.locator("#viewer .size")).to_have_text("face-77 · 256 × 256")
    note = read_note(download(page, "jpg", tmp_path).read_bytes())
    assert note["edits"][0]["settings"]["a"] == "77" and note["models"][1]["id"] == "face_generator"
    changed(page, lambda: type_amount(page, "smile", "1"))
    for size in ("face-77 · 256 × 256", "astronaut · 512 × 512"):
        changed(page, page.locator("#cells .undo").click)
        expect(page.locator("#viewer .size")).to_have_text(size)


def test_two_faces_are_mixed_by_layers_and_one_of_them_may_be_mine(visit):
    page = visit()
    open_faces(page)
    page.get_by_label("Face A comes from").select_option("My photo")
    drawn(page, lambda: page.get_by_role("radio", name="Mix two").check())
    drawn(page, lambda: page.get_by_role("button", name="Shape, light").click())
    expect(page.locator(".drawn figcaption")).to_have_text("My photo, with layers 0 to 3 of Seed 2")
    page.get_by_label("A face of the gallery becomes face B").check()
    drawn(page, lambda: page.locator(".seeds .result").nth(4).click())
    expect(page.get_by_label("Seed of face B")).to_have_value("5")


def test_where_a_face_comes_from_is_read_at_full_width(visit):
    page = visit()
    open_faces(page)
    source = page.get_by_label("Face A comes from")
    for way in ("One face", "Mix two"):
        page.get_by_role("radio", name=way).check()
        source.select_option("A seed")
        wide = source.bounding_box()["width"]
        source.select_option("My photo")
        assert source.bounding_box()["width"] > wide + 100


def test_a_photograph_without_a_face_is_said_in_the_dialog_and_no_other_face_is_shown_for_it(visit):
    page = visit()
    changed(page, lambda: upload(page, CAT))
    open_faces(page)
    page.wait_for_function(PICTURE)
    page.get_by_label("Face A comes from").select_option("My photo")
    expect(page.locator(".drawn figcaption")).to_contain_text("No face was found in the photograph")
    assert page.locator(".face-picture").get_attribute("src") is None
    drawn(page, lambda: page.locator(".seeds .result").nth(2).click())
    expect(page.locator(".drawn figcaption")).to_have_text("Seed 3")


def test_a_film_between_two_cells_is_made_and_downloaded(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "-2"))
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Face A comes from").select_option("My photo")
    page.get_by_label("Face B comes from").select_option("Edit 1: Smile −2")
    page.get_by_label("Length").fill("0.5")
    page.get_by_role("button", name="Make the film").click()
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("link", name="Download mp4").click(timeout=60_000)
    expect(page.locator(".face-film")).to_have_css("transform", "none")  # the camera is seen in a mirror, a film is not
    coming.value.save_as(tmp_path / "film.mp4")
    assert coming.value.suggested_filename == "morph-photo-photo1.mp4"
    film = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    assert [film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_COUNT)] == [512, 12]


def test_a_film_is_stopped_and_the_dialog_gives_the_focus_back(visit):
    page = visit()
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Length").fill("8")
    page.get_by_role("button", name="Make the film").click()
    press_when(page, ".film-of .filming .button", "document.querySelector('.film-of progress').value > 0")
    expect(page.get_by_role("button", name="Make the film")).to_be_visible()
    expect(page.get_by_role("link", name="Download mp4")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".faces-dialog")).to_be_hidden()
    expect(page.locator(".open-faces")).to_be_focused()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])


def test_another_face_stops_the_film_that_was_being_made_of_the_one_before(visit):
    page = visit()
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Length").fill("8")
    page.get_by_role("button", name="Make the film").click()
    page.wait_for_function("document.querySelector('.film-of progress').value > 0")
    type_seed(page, "B", "9")
    expect(page.get_by_role("button", name="Make the film")).to_be_visible()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])
    expect(page.locator(".face-film")).to_be_hidden()
    expect(page.locator(".drawn figcaption")).to_have_text("From Seed 1 to Seed 9")


def wait_for(is_so) -> None:
    """Wait until something is so; at most ten seconds."""
    for _ in range(200):
        if is_so():
            return
        threading.Event().wait(0.05)
    assert is_so()


def test_the_faces_fit_a_phone_and_speak_chinese(visit):
    page = visit(**PHONE | {"locale": "zh-CN"})
    open_faces(page)
    page.get_by_role("radio", name="混合两张").check()
    box = page.locator(".faces-dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".faces-dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert not re.findall(r"[A-Za-z]{2,}", page.locator(".faces-dialog").inner_text())


# --- directions nobody named -----------------------------------------------------------------------------------------

def find_directions(page: Page, count: int = 1) -> None:
    """Look for directions on the face of a seed until so many are there, then stop, if not all were found meanwhile."""
    page.locator(".finding > summary").click()
    page.get_by_label("Look on").select_option("Seed 1")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(".found-one").nth(count - 1).wait_for(timeout=60_000)
    page.locator(".finding .stop-it").dispatch_event("click")


def test_a_direction_is_found_tried_named_kept_as_a_slider_and_deleted(visit, sessions):
    page = visit()
    find_directions(page, 2)
    shown = page.eval_on_selector_all(".found-one:first-child img", "all => all.map(one => one.src)")
    assert len(set(shown)) == 3
    changed(page, page.get_by_role("button", name="SeFa 1: Move my photo by 2.0").click)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("SeFa 1 +2")
    page.get_by_label("Name of SeFa 1").fill("Dusk")
    changed(page, lambda: page.get_by_label("Name of SeFa 1").press("Enter"))
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Dusk +2")
    slider = page.get_by_role("slider", name="Dusk")
    expect(slider).to_have_value("2")
    start = page.evaluate(AFTER)
    changed(page, lambda: [slider.press("ArrowLeft") for _ in range(5)])
    assert page.evaluate(AFTER) != start
    wait_for(lambda: list(sessions._open.values())[-1].cell.step.amount == 1.5)
    step = list(sessions._open.values())[-1].cell.step
    assert (step.method, step.index, step.amount, step.name) == ("sefa", 0, 1.5, "Dusk")
    page.reload()
    settle(page)
    expect(slider).to_have_value("1.5")
    changed(page, page.get_by_role("button", name="Delete Dusk").click)
    expect(slider).to_have_count(0)


# --- a sharper likeness ----------------------------------------------------------------------------------------------

@pytest.fixture
def drawn_by_generator(visit, sessions) -> Page:
    """A page whose selected cell a generator draws, with what it makes of the face in sight."""
    page = visit()
    session = list(sessions._open.values())[-1]
    session.put(MoveFound(index=0, amount=1.0))
    page.reload()
    settle(page)
    page.locator(".likeness > summary").click()
    page.wait_for_function("document.querySelector('.likeness .its').src", timeout=60_000)
    return page


def alike(page: Page) -> float:
    return float(re.search(r"[\d.]+(?= dB)", page.locator(".its-said").inner_text())[0])


def test_seconds_spent_bring_the_generator_nearer_and_the_cell_is_drawn_with_it(drawn_by_generator, sessions):
    page = drawn_by_generator
    first, before = page.evaluate(AFTER), alike(page)
    changed(page, page.get_by_role("button", name="3 s").click)
    assert alike(page) > before + 0.5 and page.evaluate(AFTER) != first
    expect(page.get_by_role("button", name="3 s")).to_have_attribute("aria-pressed", "true")
    session = list(sessions._open.values())[-1]
    assert session.cell.step.likeness == 3
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == first


def test_a_sharper_likeness_is_stopped_and_the_shared_network_stays_as_it_is(drawn_by_generator, sessions, models):
    page, session = drawn_by_generator, list(sessions._open.values())[-1]
    weights = [weight.clone() for weight in models.get("face_generator").parameters()]
    page.get_by_role("button", name="10 s").click()
    page.wait_for_function("document.querySelector('.likeness progress').value > 0", timeout=60_000)
    page.locator(".likeness .stop-it").click()
    expect(page.get_by_role("button", name="10 s")).to_be_enabled()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])
    assert not is_found(session.portrait, models, "face_generator", 10.0) and session.cell.step.likeness == 0
    assert all(torch.equal(*pair) for pair in zip(weights, models.get("face_generator").parameters()))
