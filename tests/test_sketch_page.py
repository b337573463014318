"""The Sketch tab in a real browser: what is drawn is what the step receives, and nothing that was drawn is lost."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from editors.acts import EXAMPLES
from editors.images import open_photo
from editors.sketch.step import SketchFill

from . import test_page as shared
from .test_page import AFTER, DROP, changed, download, upload

sessions, address, browser, usual, visit = (
    shared.sessions, shared.address, shared.browser, shared.usual, shared.visit
)
COUNT = "name => window.limner.sketch.layers[name].reduce((sum, value) => sum + (value !== 0), 0)"
KEPT = "sessionStorage['limner-sketch_canvas']"
MOUTH = [(200, 150), (224, 156), (248, 150)]
"""Points on the example's mouth."""


@pytest.fixture
def sketch(visit):
    """Open the page at the Sketch tab, with a photograph of one's own if one is given."""
    def opened(photo: Path | None = None, **options) -> Page:
        page = visit(**options)
        if photo is not None:
            changed(page, lambda: upload(page, photo))
        page.get_by_role("tab", name=re.compile("Sketch|草图")).click()
        expect(page.locator("#viewer .drawing")).to_be_visible()
        page.wait_for_function("window.limner.sketch.photo")
        return page

    return opened


def astronaut(to: Path, side: int) -> Path:
    """The example at another size."""
    path = to / f"at-{side}.png"
    Image.open(EXAMPLES / "astronaut.png").convert("RGB").resize((side, side - side // 8)).save(path)
    return path


def on_screen(page: Page, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Where points of the photograph are on the screen."""
    box = page.locator("#viewer .drawing").bounding_box()
    width, height = page.evaluate("[window.limner.sketch.width, window.limner.sketch.height]")
    return [(box["x"] + x / width * box["width"], box["y"] + y / height * box["height"]) for x, y in points]


def draw(page: Page, layer: str, points: list[tuple[float, float]], tool: str = "brush") -> None:
    """Draw a stroke with the mouse through points of the photograph."""
    page.locator(f"#sketch .chip:has([value={layer}])").click()
    page.locator(f"#sketch .plain.{tool}").click()
    first, *others = on_screen(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def fill(page: Page) -> None:
    changed(page, page.locator("#sketch .fill-hole").click)
    expect(page.locator("#sketch .result")).to_have_count(4, timeout=20_000)


def step_of(sessions) -> SketchFill:
    """What the last visitor's selected cell holds."""
    return list(sessions._open.values())[-1].cell.step


def away_from(points: list[tuple[float, float]], shape: tuple[int, int]) -> np.ndarray:
    """Distance of every pixel's middle to a line through points, in pixels."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    distances = []
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        dx, dy = x1 - x0, y1 - y0
        share = (((columns - x0) * dx + (rows - y0) * dy) / (dx * dx + dy * dy)).clip(0, 1)
        distances.append(np.hypot(columns - x0 - share * dx, rows - y0 - share * dy))
    return np.min(distances, axis=0)


@pytest.mark.parametrize("side", [400, 2000])
def test_hole_and_lines_arrive_where_they_were_drawn_to_the_pixel(sketch, sessions, tmp_path, side):
    page = sketch(astronaut(tmp_path, side))
    mouth = [(x / 512 * side, y / 512 * (side - side // 8)) for x, y in MOUTH]
    line = [(x, y + side / 100) for x, y in mouth]
    sizes = {}
    for layer, points in (("hole", mouth), ("lines", line)):
        draw(page, layer, points)
        sizes[layer] = page.evaluate("window.limner.sketch.tool.size")
    fill(page)
    step = step_of(sessions)
    for layer, points in (("hole", mouth), ("lines", line)):
        marked, away = getattr(step, layer) == 255, away_from(points, (side - side // 8, side))
        assert marked.any() and set(np.unique(getattr(step, layer))) == {0, 255}
        assert marked[away < sizes[layer] / 2 - 1].all() and not marked[away > sizes[layer] / 2 + 1].any()
    assert step.colours is None


def test_changing_tool_layer_or_tab_loses_nothing(sketch, sessions):
    page = sketch()
    draw(page, "hole", MOUTH)
    draw(page, "lines", MOUTH)
    draw(page, "colours", MOUTH)
    draw(page, "lines", MOUTH[:2], "eraser")
    before = [page.evaluate(COUNT, name) for name in ("hole", "lines", "colours")]
    assert all(before)
    page.get_by_role("tab", name="Attributes").click()
    expect(page.locator("#viewer .drawing")).to_be_hidden()
    changed(page, lambda: shared.type_amount(page, "smile", "1"))
    page.get_by_role("tab", name="Sketch").click()
    expect(page.locator("#viewer .drawing")).to_be_visible()
    assert [page.evaluate(COUNT, name) for name in ("hole", "lines", "colours")] == before
    fill(page)
    step = step_of(sessions)
    assert [int((layer != 0).sum()) for layer in (step.hole, step.lines, step.colours[..., 3])] == before
    assert {tuple(colour) for colour in step.colours[step.colours[..., 3] > 0]} == {(0xB5, 0x54, 0x4D, 255)}


def test_strokes_are_undone_before_the_notebook_and_survive_a_reload(sketch):
    page = sketch()
    counts = [0]
    for points in (MOUTH[:2], MOUTH[1:], [(210, 170), (240, 170)]):
        draw(page, "hole", points)
        counts.append(page.evaluate(COUNT, "hole"))
    assert counts == sorted(set(counts))
    for expected in reversed(counts[:-1]):
        page.keyboard.press("Control+z")
        assert page.evaluate(COUNT, "hole") == expected
    for expected in counts[1:]:
        page.keyboard.press("Control+Shift+z")
        assert page.evaluate(COUNT, "hole") == expected
    sent = page.evaluate("window.limner.sketch.sent().then((layers) => layers.hole)")
    page.wait_for_function(f"sent => JSON.parse({KEPT} || '{{}}').layers?.hole === sent", arg=sent)
    page.reload()
    shared.settle(page)
    page.get_by_role("tab", name="Sketch").click()
    page.wait_for_function(f"count => window.limner.sketch?.photo && ({COUNT})('hole') === count", arg=counts[-1])


def test_results_have_a_heading_while_there_are_any(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    fill(page)
    expect(page.locator("#sketch .results h3")).to_be_visible()
    page.reload()
    shared.settle(page)
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

    page.locator("#sketch .alike").click()
    expect(page.locator("#sketch .result")).to_have_count(8, timeout=40_000)          # the four nearest of ten more
    assert len(set(page.eval_on_selector_all("#sketch .result img", "all => all.map((one) => one.src)"))) == 8
    hole = step_of(sessions).hole >= 128
    edited, original = open_photo(download(page, "png", tmp_path)).pixels, open_photo(EXAMPLES / "astronaut.png").pixels
    assert np.array_equal(edited[~hole], original[~hole]) and (edited[hole] != original[hole]).any()

    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == first
    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == start
    assert page.evaluate(COUNT, "hole") == hole.sum()           # what was drawn stays, to be changed and filled again


def test_every_detector_is_compared_and_its_lines_become_the_layer(sketch):
    page = sketch()
    page.locator("#sketch .from-photo > summary").click()
    page.locator("#sketch .compare-lines").click()
    expect(page.locator("#sketch .compared button")).to_have_count(5, timeout=20_000)
    page.locator("#sketch .compared button").nth(1).click()
    page.wait_for_function(f"() => ({COUNT})('lines') > 1000")
    many = page.evaluate(COUNT, "lines")
    draw(page, "lines", MOUTH, "eraser")
    assert page.evaluate(COUNT, "lines") < many
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "lines") == 0


def test_a_layer_is_exported_and_imported_without_loss(sketch, tmp_path):
    page = sketch()
    draw(page, "colours", MOUTH)
    before = page.evaluate("[...window.limner.sketch.layers.colours].join()")
    with page.expect_download() as coming:
        page.locator("#sketch .export_layer").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.name == "astronaut-colours.png"
    drawn = np.asarray(Image.open(path))
    assert drawn.shape == (512, 512, 4) and {tuple(c) for c in drawn[drawn[..., 3] > 0]} == {(0xB5, 0x54, 0x4D, 255)}
    page.locator("#sketch .clear_layer").click()
    assert page.evaluate(COUNT, "colours") == 0
    page.locator("#sketch .files input").set_input_files(path)
    page.wait_for_function("before => [...window.limner.sketch.layers.colours].join() === before", arg=before)
    Image.new("RGBA", (5, 5)).save(path)
    page.locator("#sketch .files input").set_input_files(path)
    expect(page.locator(".toast-body")).to_contain_text("The layer is 5 x 5, the photograph 512 x 512")


def test_the_keyboard_draws(sketch):
    page = sketch()
    page.locator("#viewer .drawing").focus()
    for key in ("Enter", *["ArrowRight"] * 4, *["Shift+ArrowDown"] * 2, "Enter", "ArrowLeft"):
        page.keyboard.press(key)
    count, size = page.evaluate(COUNT, "hole"), page.evaluate("window.limner.sketch.tool.size")
    assert 3.5 * size * size < count < 5 * size * size          # once its own width across, twice down
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == 0


def test_two_fingers_zoom_and_leave_no_stroke_and_one_draws(sketch):
    page = sketch(has_touch=True)
    touches, (x, y) = page.context.new_cdp_session(page), on_screen(page, MOUTH)[1]

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": left, "y": top, "id": finger} for finger, (left, top) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    before = page.locator("#viewer .scale").inner_text()
    touch("touchStart", (x - 40, y))
    touch("touchMove", (x - 50, y))
    touch("touchStart", (x - 50, y), (x + 50, y))
    touch("touchMove", (x - 90, y), (x + 90, y))
    touch("touchEnd")
    expect(page.locator("#viewer .scale")).not_to_have_text(before)
    assert page.evaluate(COUNT, "hole") == 0
    touch("touchStart", (x - 40, y))
    touch("touchMove", (x + 40, y))
    touch("touchEnd")
    page.wait_for_function(f"() => ({COUNT})('hole') > 0")


def test_a_new_edit_is_blank_and_an_old_one_is_drawn_on_again(sketch):
    page = sketch()
    draw(page, "hole", MOUTH)
    count = page.evaluate(COUNT, "hole")
    fill(page)
    page.locator("#cells .fresh .card").click()
    page.wait_for_function(f"() => ({COUNT})('hole') === 0")
    page.locator("#cells .cell .card").nth(1).click()
    page.wait_for_function(f"count => ({COUNT})('hole') === count", arg=count)


def test_a_phone_draws_with_a_finger_and_reads_chinese(sketch):
    page = sketch(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="zh-CN")
    (x, y), *_ = on_screen(page, MOUTH)
    page.touchscreen.tap(x, y)
    page.wait_for_function(f"() => ({COUNT})('hole') > 0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    seen = page.locator("#sketch").inner_text()
    assert set(re.findall(r"[A-Za-z]{4,}", seen)) <= {"Canny", "XDoG", "Sobel", "Stable", "Diffusion"}


def test_every_blend_is_compared_and_one_is_chosen(sketch, sessions):
    page = sketch()
    draw(page, "hole", MOUTH)
    fill(page)
    page.locator("#sketch .compare-blends").click()
    expect(page.locator("#sketch .blended button")).to_have_count(4, timeout=20_000)
    assert len(set(page.eval_on_selector_all("#sketch .blended img", "all => all.map((one) => one.src)"))) == 4
    first = page.evaluate(AFTER)
    changed(page, page.get_by_role("button", name="Laplacian pyramid").click)
    assert page.evaluate(AFTER) != first and step_of(sessions).blend == "pyramid"


def test_lines_alone_become_a_face_and_undo_brings_the_photo_back(sketch, sessions):
    page = sketch()
    start = page.evaluate(AFTER)
    page.locator("#sketch .from-photo > summary").click()
    expect(page.locator("#sketch .face-alone")).to_be_disabled()
    page.locator("#sketch .use-lines").click()
    page.wait_for_function(f"() => ({COUNT})('lines') > 1000")
    changed(page, page.locator("#sketch .face-alone").click)
    step = step_of(sessions)
    assert step.hole is None and step.lines.any() and page.evaluate(AFTER) != start
    page.wait_for_function(f"count => ({COUNT})('lines') === count", arg=int((step.lines > 0).sum()))
    draw(page, "lines", [(180, 330), (250, 340), (320, 330)])
    fill(page)                                                   # a blank page needs no hole
    assert step_of(sessions).hole is None and (step_of(sessions).lines != step.lines).any()
    for _ in range(3):
        if page.evaluate(AFTER) != start:
            changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == start


def test_a_first_filling_is_seen_before_it_is_done(sketch):
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
    fill(page)
    left, width = (float(value.rstrip("%")) for value in page.evaluate("window.seen[0].slice(1)"))
    assert page.evaluate("window.seen[0][0]") is False and left < 200 / 512 * 100 and left + width > 248 / 512 * 100
    expect(page.locator(".drawing .painting")).to_be_hidden()


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
