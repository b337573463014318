"""The Sketch tab in a real browser: what is drawn is what the step receives, and nothing that was drawn is lost."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from editors.acts import EXAMPLES

from .browser import PHONE, changed, settle, type_amount, until, upload
from .sketching import COUNT, MOUTH, astronaut, draw, fill_once, on_screen, step_of
from .tiny import display_p3


def away_from(points: list[tuple[float, float]], shape: tuple[int, int]) -> np.ndarray:
    """Distance of every pixel's middle to a line through points, in pixels."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    distances = []
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        dx, dy = x1 - x0, y1 - y0
        share = (((columns - x0) * dx + (rows - y0) * dy) / (dx * dx + dy * dy)).clip(0, 1)
        distances.append(np.hypot(columns - x0 - share * dx, rows - y0 - share * dy))
    return np.min(distances, axis=0)


@pytest.mark.parametrize("side", [400, 1200])
def test_hole_and_lines_arrive_where_they_were_drawn_to_the_pixel(sketch, sessions, tmp_path, side):
    page = sketch(astronaut(tmp_path, side))
    mouth = [(x / 512 * side, y / 512 * (side - side // 8)) for x, y in MOUTH]
    line = [(x, y + side / 100) for x, y in mouth]
    sizes = {}
    for layer, points in (("hole", mouth), ("lines", line)):
        draw(page, layer, points)
        sizes[layer] = page.evaluate("window.limner.sketch.tool.size")
    fill_once(page)
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
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.get_by_role("tab", name="Sketch").click()
    expect(page.locator("#viewer .drawing")).to_be_visible()
    assert [page.evaluate(COUNT, name) for name in ("hole", "lines", "colours")] == before
    fill_once(page)
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
    page.reload()
    found_again(page, counts[-1])
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == counts[-2]
    page.keyboard.press("Control+Shift+z")
    changed(page, page.locator(".fill-hole").click)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Sketch")


def test_undo_in_the_midst_of_a_stroke_takes_back_that_stroke_and_no_other(sketch):
    page = sketch()
    draw(page, "hole", [(180, 140), (200, 150)])
    first = page.evaluate(COUNT, "hole")
    (x, y), *others = on_screen(page, [(190, 145), (240, 180), (260, 200)])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*others[0], steps=3)
    assert page.evaluate(COUNT, "hole") > first
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == first
    page.mouse.move(*others[1], steps=3)                   # the hand is still on it
    page.mouse.up()
    assert page.evaluate(COUNT, "hole") == first
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == 0
    page.mouse.down()
    page.keyboard.press("Control+Shift+z")                 # nothing is done again under the pen
    page.mouse.up()
    drawn = page.evaluate(COUNT, "hole")
    page.keyboard.press("Control+z")
    assert drawn > 0 and page.evaluate(COUNT, "hole") == 0


def test_a_new_edit_is_blank_and_strokes_wait_for_their_cell_filled_or_not_while_another_is_chosen(sketch):
    page = sketch()
    cells, holes = page.locator("#cells .cell"), {}

    def choose(number: int) -> None:
        cells.nth(number).locator("button").first.click()
        expect(cells.nth(number)).to_have_class(re.compile("selected"))

    draw(page, "hole", MOUTH)
    fill_once(page)
    holes[1] = page.evaluate(COUNT, "hole")
    page.locator("#cells .fresh .card").click()
    until(page, f"() => ({COUNT})('hole') === 0")
    draw(page, "hole", [(210, 170), (240, 170)])
    holes[2] = page.evaluate(COUNT, "hole")
    for number in (1, 2, 1, 2):
        choose(number)
        until(page, f"count => ({COUNT})('hole') === count", arg=holes[number])
    expect(page.locator("#sketch .fill-hole")).to_be_enabled()
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == 0


def found_again(page: Page, count: int, layer: str = "hole") -> None:
    """Wait until as much of a layer is there again."""
    settle(page)
    page.get_by_role("tab", name="Sketch").click()
    until(page, f"([layer, count]) => window.limner.sketch?.photo && ({COUNT})(layer) === count",
          arg=[layer, count])


def test_a_reload_in_the_midst_of_a_stroke_keeps_it_and_a_day_later_it_is_gone(sketch):
    page = sketch()
    draw(page, "hole", MOUTH[:2])
    page.mouse.move(*on_screen(page, MOUTH)[0])
    page.mouse.down()
    page.mouse.move(*on_screen(page, MOUTH)[2])
    count = page.evaluate(COUNT, "hole")
    page.reload()
    found_again(page, count)
    page.evaluate("""() => { for (const store of [localStorage, sessionStorage]) {
      const kept = JSON.parse(store["limner-sketch_canvas"]);
      store["limner-sketch_canvas"] = JSON.stringify({ ...kept, at: kept.at - 25 * 3600 * 1000 });
    } }""")
    page.reload()
    found_again(page, 0)
    assert not page.evaluate("[localStorage, sessionStorage].some((store) => 'limner-sketch_canvas' in store)")


def test_strokes_in_a_window_that_is_closed_are_there_in_the_next(sketch, visit):
    page = sketch()
    draw(page, "hole", MOUTH)
    count = page.evaluate(COUNT, "hole")
    page.close()
    found_again(visit(), count)


def test_a_drawing_of_many_numbers_survives_a_reload_with_the_stroke_after_it(sketch):
    page = sketch()
    page.locator("#sketch .from-photo > summary").click()
    page.locator("#sketch .use-lines").click()
    until(page, "window.limner.sketch.journal.whole")       # too long to be kept stroke by stroke
    draw(page, "lines", MOUTH, "eraser")
    count = page.evaluate(COUNT, "lines")
    page.reload()
    found_again(page, count, "lines")


def test_every_detector_is_compared_and_its_lines_become_the_layer(sketch):
    page = sketch()
    page.locator("#sketch .from-photo > summary").click()
    page.locator("#sketch .compare-lines").click()
    expect(page.locator("#sketch .compared button")).to_have_count(5)
    page.locator("#sketch .compared button").nth(1).click()
    until(page, f"() => ({COUNT})('lines') > 1000")
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
    until(page, "before => [...window.limner.sketch.layers.colours].join() === before", arg=before)
    Image.new("RGBA", (5, 5)).save(path)
    page.locator("#sketch .files input").set_input_files(path)
    expect(page.locator(".toast-body")).to_contain_text("The layer is 5 x 5, the photograph 512 x 512")


def test_the_keyboard_draws_and_whoever_draws_before_brushing_out_is_told_what_fill_waits_for(sketch):
    page = sketch()
    said = page.locator("#sketch .no-hole")
    page.locator("#viewer .drawing").focus()
    for key in ("Enter", *["ArrowRight"] * 4, *["Shift+ArrowDown"] * 2, "Enter", "ArrowLeft"):
        page.keyboard.press(key)
    count, size = page.evaluate(COUNT, "hole"), page.evaluate("window.limner.sketch.tool.size")
    assert 3.5 * size * size < count < 5 * size * size          # once its own width across, twice down
    page.keyboard.press("Control+z")
    assert page.evaluate(COUNT, "hole") == 0
    expect(said).to_be_empty()
    draw(page, "lines", MOUTH)
    expect(page.locator(".fill-hole")).to_be_disabled()
    expect(said).to_have_text("Brush out a hole as well: lines and colours are painted inside it.")
    draw(page, "hole", MOUTH)
    expect(page.locator(".fill-hole")).to_be_enabled()
    expect(said).to_be_empty()


def test_two_fingers_zoom_and_leave_no_stroke_and_one_draws(sketch):
    page = sketch(**PHONE | {"locale": "zh-CN"})
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
    until(page, f"() => ({COUNT})('hole') > 0")


def test_a_phone_draws_with_a_finger_and_reads_chinese(sketch):
    page = sketch(**PHONE | {"locale": "zh-CN"})
    (x, y), *_ = on_screen(page, MOUTH)
    page.touchscreen.tap(x, y)
    until(page, f"() => ({COUNT})('hole') > 0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    seen = page.locator("#sketch").inner_text()
    assert set(re.findall(r"[A-Za-z]{4,}", seen)) <= {"Canny", "XDoG", "Sobel", "Stable", "Diffusion"}


def test_on_a_small_screen_undo_under_the_picture_takes_strokes_back_first(sketch):
    page = sketch()
    page.set_viewport_size({"width": 820, "height": 1180})
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    undo, redo = page.locator("#viewer .undo"), page.locator("#viewer .redo")
    draw(page, "hole", MOUTH)
    count = page.evaluate(COUNT, "hole")
    undo.click()
    assert page.evaluate(COUNT, "hole") == 0
    redo.click()
    assert page.evaluate(COUNT, "hole") == count
    undo.click()
    expect(redo).to_be_enabled()
    changed(page, undo.click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")


SEEN = """() => {
  const eye = document.createElement("canvas").getContext("2d");
  eye.drawImage(document.querySelector("#viewer .after"), 0, 0);
  return [...eye.getImageData(100, 100, 1, 1).data].slice(0, 3);
}"""


def test_a_wide_photograph_is_seen_in_its_own_colours_and_lends_its_own_numbers_to_the_brush(sketch, tmp_path):
    """Display P3, as telephones write it: its numbers stand for stronger colours than the same ones of sRGB."""
    number, path = (200, 80, 60), tmp_path / "wide.png"
    Image.new("RGB", (300, 200), number).save(path, icc_profile=display_p3())
    page = sketch(path)
    seen = page.evaluate(SEEN)
    assert seen[0] - number[0] > 8 and number[1] - seen[1] > 8
    page.locator("#sketch .chip:has([value=colours])").click()
    page.locator("#sketch .plain.dropper").click()
    page.mouse.click(*on_screen(page, [(100, 100)])[0])
    until(page, """number => number.every((wanted, at) => {
      const picked = document.querySelector("#sketch [type=color]").value.slice(1 + 2 * at, 3 + 2 * at);
      return Math.abs(parseInt(picked, 16) - wanted) < 4;
    })""", arg=list(number))
    for layer in ("hole", "colours"):
        draw(page, layer, [(60, 60), (90, 60)])
    page.locator("#sketch .opacity input").fill("100")
    page.mouse.move(5, 5)
    stroke, beside = on_screen(page, [(75, 60), (200, 120)])
    screen = np.asarray(Image.open(io.BytesIO(page.screenshot()))).astype(int)
    colours = [screen[round(y), round(x), :3] for x, y in (stroke, beside)]
    assert np.abs(colours[0] - colours[1]).max() < 8 < colours[1][0] - number[0]  # a stroke of it is as strong as it is
