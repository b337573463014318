"""Labels that are painted while something else is answered, in a real browser: none is lost, none is another face's."""

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from editors.acts import EXAMPLES
from editors.images import open_photo
from editors.labels import IDS

from .browser import AT_REST, changed, hold, labels_come, open_tab, until, upload, wait_for
from .painting import FRINGE, painted, step_of, tap

GLASSES = """() => {
  const list = document.querySelector("#masks .shape");
  list.value = "glasses round";
  list.dispatchEvent(new Event("change"));
}"""


def middle(page) -> float:
    """How far down the glasses lie that are painted."""
    return np.argwhere(painted(page) == IDS["eyeglasses"]).mean(0)[0]


def test_a_part_that_is_moved_twice_in_one_moment_is_moved_twice_whatever_was_refused_before(masks, tmp_path):
    page = masks()
    (tmp_path / "text.png").write_bytes(b"a text")
    changed(page, lambda: page.evaluate(GLASSES))
    page.keyboard.press("3")
    page.locator("#masks .parts > summary").click()
    first = middle(page)
    changed(page, page.locator("#masks .turn-down").click)
    once = middle(page) - first
    let_go = hold(page)
    page.locator("#masks input[type=file][hidden]").first.set_input_files(tmp_path / "text.png")
    page.evaluate("for (const press of [1, 2]) document.querySelector('#masks .turn-down').click()")
    let_go()
    wait_for(lambda: middle(page) - first > 2.2 * once)


def test_a_part_that_is_put_on_while_labels_come_is_put_on_once_they_are_here(visit):
    """It was chosen and nothing came of it, without a word."""
    page = visit()
    let_go = hold(page)
    open_tab(page, "Masks")
    until(page, "document.querySelector('#masks .shape').options.length")
    page.evaluate(GLASSES)
    let_go()
    until(page, "window.limner.masks.layers.labels.includes(3)")


def test_what_is_painted_while_a_part_is_placed_stays(masks, sessions):
    page = masks()
    page.keyboard.press("h")
    let_go = hold(page)
    page.evaluate(GLASSES)
    tap(page, FRINGE)
    let_go()
    until(page, "window.limner.masks.layers.labels.includes(3)")
    until(page, AT_REST)
    x, y = map(int, FRINGE[1])
    wait_for(lambda: (step_of(sessions).labels == IDS["eyeglasses"]).any())
    assert painted(page)[y, x] == step_of(sessions).labels[y, x] == IDS["hair"]


PACKING = """() => {
  const Stream = CompressionStream, held = new Promise((resolve) => { window.letGo = resolve; });
  window.CompressionStream = class {
    constructor(kind) {
      const inner = new Stream(kind);
      this.writable = inner.writable;
      this.readable = inner.readable.pipeThrough(new TransformStream({ async flush() {
        window.packing = true;
        await held;
      } }));
    }
  };
}"""
"""What is drawn takes until letGo() to be packed, as where it is large."""


def test_labels_painted_the_moment_before_another_photograph_opened_are_not_painted_on_that(masks, sessions, tmp_path):
    page = masks()
    Image.fromarray(open_photo(EXAMPLES / "astronaut.png").pixels[:, ::-1].copy()).save(tmp_path / "other.png")
    page.evaluate(PACKING)
    page.keyboard.press("h")
    tap(page, FRINGE)
    until(page, "window.packing")
    changed(page, lambda: upload(page, tmp_path / "other.png"))
    page.evaluate("window.letGo()")
    expect(page.locator(".toast-body")).to_contain_text("Another photograph or face was chosen meanwhile")
    assert not list(sessions._open.values())[-1].notebook.cells


def test_labels_of_a_file_that_is_chosen_while_another_photograph_opens_are_not_laid_on_that(masks, sessions, tmp_path):
    page = masks()
    Image.fromarray(open_photo(EXAMPLES / "astronaut.png").pixels[:, ::-1].copy()).save(tmp_path / "other.png")
    labels = painted(page).astype(np.uint8)
    labels[60:90, 190:260] = IDS["hair"]
    Image.fromarray(labels).save(tmp_path / "labels.png")
    let_go = hold(page)
    with page.expect_request("**/queue/join*"):
        upload(page, tmp_path / "other.png")
    page.locator("#masks .drawing-tools input[type=file]").set_input_files(tmp_path / "labels.png")
    let_go()
    expect(page.locator(".toast-body")).to_contain_text("Another photograph or face was chosen meanwhile")
    until(page, AT_REST)
    labels_come(page)
    session = list(sessions._open.values())[-1]
    assert (session.name, session.notebook.cells) == ("other", ()) and not painted(page)[60:90, 190:260].all()


def test_a_setting_that_is_dragged_while_something_else_is_answered_stays_in_hand(masks, sessions):
    page = masks()
    page.keyboard.press("h")
    changed(page, lambda: tap(page, FRINGE))
    let_go = hold(page)
    page.locator("#masks select.blend").select_option("poisson")
    slider = page.locator("#masks .masks_strength input")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2, steps=3)
    amount = slider.input_value()
    changed(page, let_go)
    changed(page, page.mouse.up)
    assert step_of(sessions).strength == float(amount) < 1
