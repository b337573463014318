"""Answers in a real browser: those that come together, late, or to something older hide nothing and undo nothing."""

import re

from playwright.sync_api import expect

from .browser import AFTER, AT_REST, changed, face, hold, settle, slide, type_amount, until, upload, wait_for
from .test_files_page import HELD

NAMES = "#cells .cell .name"

REVERSED = """
const reach = window.fetch, said = [];
window.fetch = async (address, ...how) => {
  const answer = await reach(address, ...how);
  if (!window.reversed || !String(address.url ?? address).includes("/queue/join")) return answer;
  const text = await answer.text();
  return new Response(new ReadableStream({ start(out) { said.push(() => {
    window.known = (window.known || 0) + 1;
    out.enqueue(new TextEncoder().encode(text));
    out.close();
  }); } }), answer);
};
setInterval(() => said.pop()?.(), 300);
"""
"""What the server says when it is asked comes late, the last first, where it can."""


PICTURES = """() => {
  const shown = () => document.querySelector("#viewer .after").src;
  window.pictures = [];
  new MutationObserver(() => window.pictures.at(-1) === shown() || window.pictures.push(shown())).observe(
    document.querySelector("#viewer .stage"), { childList: true, subtree: true });
}"""


def test_no_picture_of_a_slider_that_moves_comes_after_the_one_it_rests_at(visit):
    """Gradio sends the last tick once the one before is answered: after the release, which was quicker."""
    page = visit()
    start, asked = page.evaluate(AFTER), []
    page.on("response", lambda answer: asked.append(answer) if "/queue/join" in answer.url else None)
    page.evaluate(PICTURES)
    let_go = hold(page)
    slide(page, "smile", 2)
    page.mouse.up()
    changed(page, let_go)
    wait_for(lambda: page.title() and len(asked) == 3)                       # a tick, the release, the last tick
    changed(page, page.locator("#cells .undo").click)
    changed(page, page.locator("#cells .redo").click)
    pictures = page.evaluate("window.pictures")
    assert pictures[-2] == start and pictures[-3] == pictures[-1] == page.evaluate(AFTER)


def test_of_faces_clicked_one_after_another_the_last_is_shown_however_late_the_page_knows_that_it_asked(
    unopened, address, two,
):
    page = unopened
    page.add_init_script(REVERSED)
    page.goto(address)
    settle(page)
    changed(page, lambda: upload(page, two))
    page.evaluate("""() => {
      window.reversed = true;
      for (const at of [0, 1]) document.querySelectorAll(".person")[at].click();
    }""")
    until(page, f"window.known >= 2 && {AT_REST}")
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")


def test_what_is_done_one_right_after_another_is_done_in_that_order_though_the_first_waits_for_a_slider(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "jaw", "1"))
    page.evaluate("""() => {
      const jaw = document.querySelector("#amount-jaw");
      const smile = document.querySelector(".setting:has(#amount-smile) .number");
      jaw.value = 1.4;
      for (const kind of ["input", "change"]) jaw.dispatchEvent(new Event(kind, { bubbles: true }));
      document.querySelector("#cells .fresh .card").click();
      smile.value = 1;
      smile.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    expect(page.locator(NAMES)).to_have_text(["Photo", "Jaw width +1.4", "Smile +1", "New edit"])


def test_a_slider_that_is_moved_while_an_undo_is_under_way_stands_where_it_was_moved_to(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, lambda: type_amount(page, "jaw", "1"))
    page.evaluate("""() => {
      const jaw = document.querySelector("#amount-jaw");
      document.querySelector("#cells .undo").click();
      jaw.value = 1.4;
      for (const kind of ["input", "change"]) jaw.dispatchEvent(new Event(kind, { bubbles: true }));
    }""")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Jaw width +1.4 · 1 more")
    until(page, AT_REST)
    assert [page.locator(f"#amount-{name}").input_value() for name in ("smile", "jaw")] == ["1", "1.4"]
    page.evaluate("""() => {                                    // and the page rests, whatever is asked for right after
      const jaw = document.querySelector("#amount-jaw");
      jaw.value = 1.5;
      for (const kind of ["input", "change"]) jaw.dispatchEvent(new Event(kind, { bubbles: true }));
      document.querySelector(".footer .models").click();
    }""")
    until(page, AT_REST)


def test_what_follows_a_change_that_the_server_had_no_room_for_is_done_at_once(visit):
    page, refused = visit(), []
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.route("**/queue/join*", lambda route: route.continue_() if '"do":"undo"' in route.request.post_data
               else refused.append(route.fulfill(status=503, json={"detail": "Queue is full."})))
    page.evaluate("""() => {
      const jaw = document.querySelector("#amount-jaw");
      jaw.value = 1.4;
      for (const kind of ["input", "change"]) jaw.dispatchEvent(new Event(kind, { bubbles: true }));
      document.querySelector("#cells .undo").click();
    }""")
    expect(page.locator(NAMES)).to_have_text(["Photo", "New edit"], timeout=10_000)
    assert refused


def test_what_is_ticked_while_redo_and_undo_are_under_way_stays_ticked(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, page.locator("#cells .undo").click)
    page.evaluate("""() => {
      for (const name of ["#cells .redo", "#cells .undo", ".locks [value=hair]"]) {
        document.querySelector(name).disabled = false;
        document.querySelector(name).click();
      }
    }""")
    until(page, AT_REST)
    expect(page.locator(".locks [value=hair]")).to_be_checked()


def test_what_is_pressed_before_the_answer_is_meant_of_the_cell_that_is_seen_and_what_moves_takes_the_keyboard_along(
    visit,
):
    page = visit()
    names, spoken = page.locator(NAMES), page.locator("#cells [role=status]")
    changed(page, lambda: type_amount(page, "smile", "1"))
    for name in ("jaw", "age"):
        page.locator("#cells .fresh .card").click()
        changed(page, lambda name=name: type_amount(page, name, "1"))
    until(page, AT_REST)
    page.locator("#cells [data-key=card0]").focus()
    let_go = hold(page)
    for key in ("Alt+ArrowRight", "Alt+ArrowRight", "Delete", "Delete"):
        page.keyboard.press(key)
    page.evaluate("""() => { new MutationObserver(() => {
      (window.heard ||= []).push(document.querySelector("#cells [role=status]").textContent);
    }).observe(document.querySelector("#cells [role=status]"), { childList: true }); }""")
    let_go()
    expect(names).to_have_text(["Photo", "Jaw width +1", "Age +1", "New edit"])
    until(page, AT_REST)
    expect(spoken).to_have_text("Edit 2: Age +1 · 2 of 2")
    assert page.evaluate("window.heard.length") == 1
    page.locator("#cells [data-key=card0]").focus()
    changed(page, lambda: page.keyboard.press("Alt+ArrowRight"))
    expect(page.get_by_role("button", name="Edit 2: Jaw width +1")).to_be_focused()
    let_go = hold(page)
    for key in ("Control+z", "Control+y"):
        page.keyboard.press(key)
    let_go()
    until(page, AT_REST)
    expect(names).to_have_text(["Photo", "Age +1", "Jaw width +1", "New edit"])


def test_sliders_of_one_photograph_are_not_set_in_another_that_opens_while_one_of_them_is_dragged(visit, photo):
    page = visit()
    changed(page, lambda: type_amount(page, "jaw", "1"))
    slide(page, "smile", 1)
    changed(page, lambda: upload(page, photo))
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    box = page.locator("#amount-smile").bounding_box()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=3)
    changed(page, page.mouse.up)
    expect(page.locator("#cells .cell.selected .name")).to_have_text(re.compile(r"^Smile \+[\d.]+$"))
    assert page.locator("#amount-jaw").input_value() == "0"


def test_what_was_decoded_while_another_photograph_came_is_not_seen_in_its_place(visit, photo):
    page = visit()
    page.evaluate(HELD)
    slide(page, "smile", 2)
    until(page, "window.decoding")
    upload(page, photo)
    expect(page.get_by_role("button", name="Undo: back").first).to_be_visible()            # its answer is here
    page.evaluate("window.letGo()")
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    until(page, "document.querySelector('#viewer .after').src === document.querySelector('#viewer .before').src")
