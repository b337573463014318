"""Fillings of a sketch in a real browser: seen while they come, several to choose from, each joined as one likes."""

import base64

import cv2
import numpy as np
from playwright.sync_api import expect

from editors.acts import EXAMPLES
from editors.images import open_photo

from .browser import AFTER, DROP, PHONE, changed, download, open_tab, settle, slide, until
from .sketching import COUNT, MOUTH, astronaut, draw, fill, fill_once, step_of

WATCH_WIDTH = """() => {
  window.widest = 0;
  const look = () => {
    window.widest = Math.max(window.widest, document.documentElement.scrollWidth);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_lines_alone_are_given_a_hole_around_them_that_one_undo_takes_away(sketch, sessions):
    page = sketch()
    around = page.locator("#sketch .around-lines")
    expect(around).to_be_hidden()
    draw(page, "lines", MOUTH)
    expect(page.locator("#sketch .fill-hole")).to_be_disabled()
    around.click()
    expect(around).to_be_hidden()
    hole = page.evaluate(COUNT, "hole")
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == 0 < page.evaluate(COUNT, "lines")
    page.keyboard.press("Control+Shift+z")
    fill_once(page)
    step = step_of(sessions)
    away = cv2.distanceTransform((step.lines == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    wide = 2 * (512 / 4) ** (page.evaluate("window.limner.sketch.sizes.lines") / 100)      # twice the pen's size
    assert hole == (step.hole == 255).sum() and (step.hole[away <= 2] == 255).all()
    assert not step.hole[away > wide].any()


def test_results_have_a_heading_while_there_are_any(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    changed(page, page.locator("#sketch .fill-hole").click)
    expect(page.locator("#sketch .results h3")).to_be_visible()
    page.get_by_role("button", name="New edit").click()
    page.get_by_role("button", name="Edit 1: Sketch").click()
    expect(page.locator("#sketch .results h3")).to_be_hidden()                  # they are made anew where asked for
    expect(page.locator("#sketch .results output")).to_be_empty()
    page.reload()
    settle(page)
    page.get_by_role("tab", name="Sketch").click()
    expect(page.locator("#sketch .others")).to_be_visible()                          # more may be asked for
    expect(page.locator("#sketch .results h3")).to_be_hidden()


def test_another_result_replaces_the_seed_and_undo_brings_the_first_back(sketch, sessions, tmp_path):
    page = sketch()
    start = page.evaluate(AFTER)
    draw(page, "hole", MOUTH)
    fill(page)
    first = page.evaluate(AFTER)
    assert first != start and step_of(sessions).seed == 0 and step_of(sessions).lines is None
    changed(page, page.locator("#sketch .result").nth(2).click)
    assert page.evaluate(AFTER) not in (start, first) and step_of(sessions).seed == 2
    expect(page.locator("#cells .cell")).to_have_count(3)
    expect(page.locator("#sketch .result[aria-pressed=true]")).to_have_text("Seed 2")
    expect(page.locator("#sketch .result").nth(2)).to_be_focused()                     # which has the keyboard still

    page.locator("#sketch .alike").click()
    expect(page.locator("#sketch .result")).to_have_count(8)          # the four nearest of ten more
    assert len(set(page.eval_on_selector_all("#sketch .result img", "all => all.map((one) => one.src)"))) == 8
    hole = step_of(sessions).hole >= 128
    edited, original = open_photo(download(page, "png", tmp_path)).pixels, open_photo(EXAMPLES / "astronaut.png").pixels
    assert np.array_equal(edited[~hole], original[~hole]) and (edited[hole] != original[hole]).any()

    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == first
    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == start
    assert page.evaluate(COUNT, "hole") == hole.sum()           # what was drawn stays, to be changed and filled again


def test_a_first_filling_is_seen_before_it_is_done_and_every_blend_of_it_compared_and_one_chosen(sketch, sessions):
    page = sketch()
    page.evaluate("""() => {
        window.seen = [];
        new MutationObserver(() => {
            const shown = document.querySelector(".drawing .painting");
            const bar = document.querySelector("#sketch .painted");
            if (shown && !shown.hidden) window.seen.push([bar.hidden, shown.style.left, shown.style.width]);
        }).observe(document.querySelector("#viewer .drawing"), { subtree: true, attributes: true, childList: true });
    }""")
    draw(page, "hole", [(point[0], point[1] + 7) for point in MOUTH])
    fill_once(page)
    left, width = (float(value.rstrip("%")) for value in page.evaluate("window.seen[0].slice(1)"))
    assert page.evaluate("window.seen[0][0]") is False and left < 200 / 512 * 100 and left + width > 248 / 512 * 100
    expect(page.locator(".drawing .painting")).to_be_hidden()
    page.locator("#sketch .compare-blends").click()
    expect(page.locator("#sketch .blended button")).to_have_count(4)
    assert len(set(page.eval_on_selector_all("#sketch .blended img", "all => all.map((one) => one.src)"))) == 4
    first = page.evaluate(AFTER)
    changed(page, page.get_by_role("button", name="Laplacian pyramid").click)
    assert page.evaluate(AFTER) != first and step_of(sessions).blend == "pyramid"


def test_lines_alone_become_a_face_that_sliders_move_and_undo_brings_the_photo_back(sketch, sessions):
    page = sketch()
    start = page.evaluate(AFTER)
    page.locator("#sketch .from-photo > summary").click()
    expect(page.locator("#sketch .face-alone")).to_be_disabled()
    page.locator("#sketch .use-lines").click()
    until(page, f"() => ({COUNT})('lines') > 1000")
    changed(page, page.locator("#sketch .face-alone").click)
    step = step_of(sessions)
    assert step.hole is None and step.lines.any() and page.evaluate(AFTER) != start
    until(page, f"count => ({COUNT})('lines') === count", arg=int((step.lines > 0).sum()))
    draw(page, "lines", [(180, 330), (250, 340), (320, 330)])
    fill_once(page)                                              # a blank page needs no hole
    assert step_of(sessions).hole is None and (step_of(sessions).lines != step.lines).any()
    open_tab(page, "Attributes")
    page.locator("#cells .cell").last.click()
    expect(page.locator(".attributes .faceless")).to_be_hidden()
    drawn = page.evaluate(AFTER)
    slide(page, "smile", 2)
    until(page, f"drawn => ({AFTER})() !== drawn", arg=drawn)
    changed(page, page.mouse.up)
    for _ in range(4):
        if page.evaluate(AFTER) != start:
            changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == start


def test_another_photograph_opened_during_a_filling_ends_it_without_a_complaint(sketch, tmp_path):
    page = sketch()
    draw(page, "hole", MOUTH)
    file = astronaut(tmp_path, 400)
    dropped, asked = [file.name, base64.b64encode(file.read_bytes()).decode()], []
    late, holding = [], [True]

    def keep_back(route) -> None:
        """What is painted is written down only after the other photograph is there, as where painting takes long."""
        if '"do":"fill"' in (route.request.post_data or ""):
            asked.append(route)
        if holding and route in asked[1:]:
            late.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", keep_back)
    changed(page, lambda: page.evaluate("""(dropped) => new Promise((done) => {
        const stop = document.querySelector("#sketch .stop");
        new MutationObserver((_, seen) => { if (!stop.hidden) { seen.disconnect(); done((%s)(dropped)); } })
            .observe(stop, { attributes: true });
        document.querySelector("#sketch .fill-hole").click();
    })""" % DROP, dropped))
    expect(page.locator("#viewer .size")).to_have_text("at-400 · 400 × 350")
    expect(page.locator("#sketch .stop")).to_be_hidden()
    holding.clear()
    for route in late:
        route.continue_()
    changed(page, page.locator("#cells .undo").click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    assert page.locator(".toast-body.warning").count() == 0


def test_a_sketch_filled_on_a_phone_never_makes_the_page_wider(visit):
    page = visit(**PHONE)
    page.evaluate(WATCH_WIDTH)
    open_tab(page, "Sketch", "sketch")
    draw(page, "hole", MOUTH)
    fill_once(page)
    assert page.evaluate("window.widest") == 390
    page.locator("#sketch .chip:has([value=colours])").click()
    assert page.locator("#right").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.evaluate("document.querySelector('#sketch').append(Object.assign(document.createElement('div'), "
                  "{ style: 'width: 640px; height: 1px' }))")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_fill_pressed_twice_fills_once_and_pressed_for_another_stroke_fills_that(sketch, sessions):
    page = sketch()
    asked, refused = [], []
    page.on("request", lambda sent: asked.append(sent.post_data) if "queue/join" in sent.url else None)
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    draw(page, "hole", MOUTH)
    twice = "document.querySelector('#sketch .fill-hole').click(); document.querySelector('#sketch .fill-hole').click()"
    changed(page, lambda: page.evaluate(twice))
    assert sum('"do":"fill"' in sent for sent in asked) == 2                      # painted, then written down
    first = step_of(sessions)
    draw(page, "hole", [(210, 170), (240, 170)])
    changed(page, lambda: page.evaluate(twice))
    assert (step_of(sessions).hole != first.hole).any() and refused == []
