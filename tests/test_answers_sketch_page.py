"""Sketches, cells and files in a browser that does the next thing before the last is answered."""

from playwright.sync_api import expect

from editors.acts import EXAMPLES

from .browser import AT_REST, changed, face, hold, open_tab, type_amount, until, upload
from .sketching import COUNT, MOUTH, draw, fill_once, step_of
from .test_answers_masks_page import PACKING

UNPACKING = PACKING.replace("Compression", "Decompression")
"""What was drawn takes until letGo() to be unpacked."""
HIGHER = [(210, 120), (240, 120)]


def test_a_sketch_that_is_made_ready_to_be_filled_gives_way_to_another_face(sketch, two):
    page, asked = sketch(two), []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    draw(page, "hole", [(100, 150), (110, 152)])
    page.evaluate(PACKING)
    page.locator("#sketch .fill-hole").click()
    until(page, "window.packing")
    changed(page, face(page, "Face 2").click)
    page.evaluate("window.letGo()")
    changed(page, face(page, "Face 1").click)
    assert not any('"do":"fill"' in each for each in asked)
    fill_once(page)                                                                        # and can be asked for again


def test_a_hole_that_is_filled_while_a_photograph_is_on_its_way_gives_way_to_that_without_a_complaint(sketch, photo):
    page = sketch()
    draw(page, "hole", MOUTH)
    let_go = hold(page)
    with page.expect_request("**/queue/join*"):
        upload(page, photo)
    page.locator("#sketch .fill-hole").click()
    let_go()
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    expect(page.locator("#sketch .stop")).to_be_hidden()
    changed(page, page.locator("#cells .undo").click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    assert page.locator(".toast-body.warning").count() == 0
    fill_once(page)


def test_a_file_that_is_no_layer_ends_neither_the_filling_that_is_asked_after_it_nor_what_is_said_of_that(
    sketch, tmp_path,
):
    page = sketch()
    draw(page, "hole", MOUTH)
    (tmp_path / "text.png").write_bytes(b"a text")
    let_go = hold(page)
    with page.expect_request("**/queue/join*"):
        page.locator("#sketch input[type=file]").set_input_files(tmp_path / "text.png")
    page.locator("#sketch .fill-hole").click()
    let_go()
    expect(page.locator(".toast-body.warning")).to_contain_text("is a text file")
    expect(page.locator("#sketch .result")).to_have_count(4)
    expect(page.locator("#sketch .results [role=status]")).to_have_text("4 to choose from")


def test_what_is_unpacked_of_one_cell_is_not_drawn_into_the_next_edit(sketch, sessions):
    page = sketch()
    draw(page, "hole", MOUTH)
    fill_once(page)
    page.get_by_role("button", name="New edit").click()
    until(page, f"({COUNT})('hole') === 0")
    page.evaluate(UNPACKING)
    page.locator("#cells [data-key=card0]").click()
    until(page, "window.packing")
    page.get_by_role("button", name="New edit").click()
    expect(page.locator("#cells .fresh .card")).to_have_attribute("aria-pressed", "true")
    page.evaluate("window.letGo()")
    until(page, f"({COUNT})('hole') === 0 && {AT_REST}")
    draw(page, "hole", HIGHER)
    fill_once(page)
    assert step_of(sessions).hole[:140].any() and not step_of(sessions).hole[140:].any()


def test_the_page_rests_after_a_cell_and_a_new_edit_are_clicked_in_one_moment(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    fill_once(page)
    page.get_by_role("button", name="New edit").click()
    until(page, f"({COUNT})('hole') === 0")
    page.evaluate("for (const at of ['[data-key]', '.fresh .card']) document.querySelector(`#cells ${at}`).click()")
    until(page, AT_REST)
    expect(page.locator("#cells .fresh .card")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(COUNT, "hole") == 0


def test_strokes_drawn_while_a_hole_is_filled_are_not_taken_for_filled_whatever_is_answered_meanwhile(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    page.evaluate("""() => {
      const stop = document.querySelector("#sketch .stop"), { sketch } = window.limner;
      new MutationObserver((_, seen) => {
        if (stop.hidden) return;
        seen.disconnect();
        setTimeout(() => {                                              // the painter is asked by now
          document.dispatchEvent(new Event("limner:show"));
          sketch.start({ x: 225, y: 120 });
          sketch.finish();
        });
      }).observe(stop, { attributes: true });
      document.querySelector("#sketch .fill-hole").click();
    }""")
    expect(page.locator("#sketch .result")).to_have_count(4)
    assert page.evaluate("window.limner.sketch.past.length - window.limner.sketch.kept") == 1


def test_the_tab_of_the_cell_that_is_clicked_comes_forward_though_something_older_is_answered_first(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    fill_once(page)
    open_tab(page, "Attributes")
    changed(page, lambda: type_amount(page, "smile", "1"))
    let_go = hold(page)
    type_amount(page, "smile", "2")
    page.locator("#cells [data-key=card0]").click()
    let_go()
    expect(page.get_by_role("tab", name="Sketch")).to_have_attribute("aria-selected", "true")


def test_of_two_pictures_that_are_checked_one_right_after_another_the_last_is_told_of(visit, tmp_path):
    page = visit()
    (tmp_path / "text.png").write_bytes(b"a text")
    page.locator(".footer .check").click()
    let_go = hold(page)
    upload(page, EXAMPLES / "chelsea.png", "check-file")
    with page.expect_response("**/upload*"):
        upload(page, tmp_path / "text.png", "check-file")
    let_go()
    expect(page.locator(".check-dialog").get_by_role("status")).to_contain_text("Choose a picture as it was saved")
