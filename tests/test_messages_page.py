"""What the page says to a person, in a real browser: where it lies, how often, and in which words."""

import pytest
from playwright.sync_api import expect

from editors.acts import EXAMPLES

from .browser import PHONE, changed, open_tab, type_amount, upload, wait_for

A_MINUTE, A_MOMENT = 60_000, 2
SOON = 5_000                # a message goes by itself after ten seconds


@pytest.mark.parametrize("options", [{}, PHONE])
def test_a_message_lies_over_neither_the_tabs_nor_the_buttons_above(visit, options):
    """It says that Sketch can be used: the tab has to be in sight."""
    page = visit(**options)
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    message = page.locator(".toast-body")
    expect(message).to_be_in_viewport(ratio=1)
    top = message.bounding_box()["y"]
    for over in (".toolbar", "#tabs [role=tablist]"):
        box = page.locator(over).bounding_box()
        assert box["y"] + box["height"] <= top
    page.locator(".open-faces").click(timeout=SOON)        # the last of the tab can be scrolled free of it
    expect(page.locator(".faces-dialog")).to_be_visible()
    expect(message).to_have_count(0, timeout=SOON)    # which nobody reads under a dialog


def test_a_photograph_without_a_face_opens_and_says_what_can_be_done_with_it(visit):
    """A cat: Sketch takes it, sliders hold still and it is said why, undo brings back what was open before."""
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    expect(page.locator(".toast-body")).to_contain_text("Sketch works on any picture. No face was found")
    expect(page.locator("#viewer .size")).to_have_text("chelsea · 451 × 300")
    expect(page.locator(".attributes .faceless")).to_contain_text("shows no face that can be edited")
    expect(page.locator(".attributes .groups")).to_have_attribute("inert", "")
    expect(page.locator("[data-cells]").first).to_have_attribute("data-cells", "0")
    open_tab(page, "Masks", "masks")
    expect(page.locator(".masks .help")).to_contain_text("shows no face that can be edited")
    rests = page.locator(".masks > :not(.help, .tools-here, .alone, dialog, input, [inert], [hidden])")
    expect(rests).to_have_count(0)       # as the sliders; labels that are imported draw a face without this picture's
    changed(page, page.get_by_role("button", name="Undo: back").click)
    expect(page.locator(".masks :is([inert], details[hidden])")).to_have_count(0)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")


@pytest.mark.parametrize("locale, said", [("en-US", "Too much waits"), ("zh-CN", "等待处理的操作太多")])
def test_what_the_server_had_no_room_for_is_said_once_in_the_pages_words_and_can_be_done_again(visit, locale, said):
    page = visit(locale=locale)
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    smile = page.locator(".setting:has(#amount-smile) .number")
    smile.fill("1")
    smile.press("Enter")
    expect(page.locator(".toast-message-text")).to_contain_text(said)
    expect(page.locator(".toast-title")).to_have_text({"en-US": "That did not work", "zh-CN": "未能完成"}[locale])
    expect(page.locator("body.limner-busy")).to_have_count(0)
    for amount in ("2", "3"):                                               # what is said again and again is read once
        smile.fill(amount)
        smile.press("Enter")
        expect(page.locator("body.limner-busy")).to_have_count(0)
    expect(page.locator(".toast-body .toast-count")).to_have_text("(3)")
    expect(page.locator(".toast-body .toast-message-text:visible")).to_have_count(1)
    expect(page.locator(".toast-body .toast-separator:visible")).to_have_count(0)
    page.unroute("**/queue/join*")
    smile.fill("1.5")
    changed(page, lambda: smile.press("Enter"))
    expect(page.locator("#cells .cell.selected .name")).to_contain_text("1.5")


def test_what_the_server_failed_at_is_said_ends_every_wait_and_keeps_what_was_set(visit):
    page, smile = visit(), "1.5"
    page.route("**/queue/join*", lambda route: route.continue_(post_data=route.request.post_data_json | {"data": []}))
    page.locator("details.likeness > summary").click()
    page.get_by_role("button", name="10 s").click()
    expect(page.get_by_role("button", name="10 s")).to_be_enabled()
    page.locator(".finding > summary").click()
    page.locator(".find-now").click()
    expect(page.locator(".find-now")).to_be_visible()
    type_amount(page, "smile", smile)
    expect(page.locator("#viewer .hint")).to_contain_text("by its own mistake")
    expect(page.locator("body.limner-busy")).to_have_count(0)
    page.unroute("**/queue/join*")
    page.route("**/queue/join*", lambda route: route.fulfill(status=500, json={"detail": None}))
    type_amount(page, "jaw", "1")
    expect(page.locator(".toast-message-text")).to_contain_text("by its own mistake")
    expect(page.locator("body.limner-busy")).to_have_count(0)
    page.unroute("**/queue/join*")
    changed(page, lambda: type_amount(page, "age", "1"))
    assert [page.locator(f"#amount-{name}").input_value() for name in ("smile", "jaw", "age")] == [smile, "1", "1"]


def test_a_message_that_came_late_stays_when_gradio_takes_the_one_before_away(visit, tmp_path):
    page = visit(apart=True)                                         # a clock is a whole browser's
    open_tab(page, "Sketch", "sketch")
    page.clock.install()
    page.clock.pause_at((page.evaluate("Date.now()") + A_MINUTE) / 1000)    # however long the server takes from here
    for name, content, said, passes in (
        ("one", b"a text", "a text file", 5_000), ("other", b"BM", "a BMP picture", 7_500),
    ):
        (tmp_path / f"{name}.png").write_bytes(content)
        page.locator("#sketch input[type=file]").set_input_files(tmp_path / f"{name}.png")
        message = page.locator(".toast-body").filter(has_text=f"is {said}")
        wait_for(lambda message=message: page.clock.run_for(A_MOMENT) or message.count(), seconds=20)
        page.clock.fast_forward(passes)
    expect(page.locator("#viewer .hint")).to_contain_text("is a BMP picture")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_what_is_said_of_a_photograph_or_a_broken_file_is_text_and_not_said_of_the_next(visit, tmp_path):
    page, bad, large = visit(), tmp_path / "<img src=x onerror=window.caught=1>.png", tmp_path / "large.jpg"
    bad.write_bytes(b"a text")
    large.write_bytes(bytes(40_000_001))
    upload(page, large)
    expect(page.locator("#viewer .hint")).to_contain_text("large.jpg is too large")
    upload(page, bad)
    expect(page.locator(".toast-body.warning")).to_contain_text("is a text file")
    assert page.locator(".toast-body img").count() == 0 and page.evaluate("window.caught") is None
    expect(page.locator("#viewer .hint")).to_be_empty()
    page.locator(".footer .models").click(timeout=SOON)
    expect(page.locator(".toast-body")).to_have_count(0, timeout=SOON)
    page.keyboard.press("Escape")
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    expect(page.locator(".toast-body.info")).to_contain_text("No face was found")
    expect(page.locator(".attributes .faceless")).to_contain_text("shows no face that can be edited")
    expect(page.locator(".attributes .groups")).to_have_attribute("inert", "")    # and refuses nothing
    upload(page, bad)
    expect(page.locator(".toast-body.warning")).to_contain_text("is a text file")
    changed(page, lambda: upload(page, EXAMPLES / "astronaut.png"))
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(page.locator(".attributes .faceless")).to_be_hidden()
    expect(page.locator(".attributes .groups")).not_to_have_attribute("inert", "")
    expect(page.locator("#viewer .hint")).to_be_empty()
