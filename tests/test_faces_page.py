"""In a real browser: faces of the generator, directions found in it, a sharper likeness; and what the page keeps."""

from playwright.sync_api import Page, expect

from . import test_page as shared
from .test_page import AFTER, changed, settle, type_amount, upload
from .test_sketch_page import MOUTH, draw, fill

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
    fill(page)
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
    fill(page)
    assert page.evaluate("window.widest") == 390
    page.evaluate("document.querySelector('#sketch').append(Object.assign(document.createElement('div'), "
                  "{ style: 'width: 640px; height: 1px' }))")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
