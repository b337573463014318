"""The page on every screen and in every language, in a real browser; and what its server answers."""

import io
import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from editors.acts import EXAMPLES

from .browser import PHONE, changed, open_tab, settle, type_amount, until, upload

MIDDLE = """() => {
  const [sheet, stage] = ["sheet", "stage"].map((name) => document.querySelector("#viewer ." + name));
  const [whole, seen] = [sheet, stage].map((node) => node.getBoundingClientRect());
  return [(seen.x + seen.width / 2 - whole.x) / whole.width, (seen.y + seen.height / 2 - whole.y) / whole.height];
}"""
"""What lies in the middle of the stage, as shares of the picture."""
CUT = "all => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"


def test_a_chinese_browser_reads_chinese_everywhere(visit, tmp_path):
    page = visit(locale="zh-CN")
    for selector, text in ((".toolbar .open", "打开照片"), ("[role=tab]", "属性"), (".setting label", "微笑"),
                           ("#cells h2", "编辑步骤"), (".footer .forget", "清除全部")):
        expect(page.locator(selector).first).to_contain_text(text)
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("#amount-smile").evaluate("slider => slider.labels[0].textContent") == "微笑"
    bad = tmp_path / "bad.png"
    bad.write_bytes((EXAMPLES / "chelsea.png").read_bytes())
    upload(page, bad)
    expect(page.locator(".toast-body")).to_contain_text("没有找到人脸")
    expect(page.locator(".toast-title")).to_have_text("提示")
    seen = page.locator("#limner").inner_text()
    assert set(re.findall(r"[A-Za-z]{4,}", seen)) <= {"Limner", "astronaut"}


@pytest.mark.parametrize("locale", ["zh", "zh-HK", "zh-Hans-CN"])
def test_the_tabs_are_chinese_in_the_browsers_of_every_chinese_region(visit, locale):
    page = visit(locale=locale)
    assert page.get_by_role("tab").all_inner_texts()[:3] == ["属性", "草图", "区域标签"]


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_shows_it_all_without_scrolling_sideways(visit, width):
    page = visit(**PHONE | {"viewport": {"width": width, "height": 844}})
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        changed(page, lambda: type_amount(page, "smile", "1"))
    shown = page.locator(".toolbar .download").bounding_box()
    assert shown["x"] + shown["width"] <= width - 10
    for tab in ("Sketch", "Masks"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(f"#{tab.lower()}")).to_be_visible()
        assert page.locator("#right").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.locator(".download > summary").tap()
    menu = page.locator(".download .sheet-menu").bounding_box()
    assert menu["x"] >= 0 and menu["x"] + menu["width"] <= width


def test_nothing_on_the_page_asks_another_server(browser, address):
    asked = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    settle(page)
    context.close()
    assert asked and all(url.startswith((address, "data:", "blob:")) for url in asked)


def test_every_answer_is_guarded_and_a_body_past_the_limit_is_refused(address):
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "https://huggingface.co" in answer.headers["Content-Security-Policy"]
    too_much = urllib.request.Request(f"{address}/gradio_api/upload", data=io.BytesIO(b""), method="POST",
                                      headers={"Content-Length": "60000000"})
    with pytest.raises(urllib.error.HTTPError, match="413"):
        urllib.request.urlopen(too_much)


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_shows_the_whole_size_beside_a_long_name_and_undo_within_reach(visit, photo, width):
    page = visit(**PHONE | {"viewport": {"width": width, "height": 844}})
    named = photo.rename(photo.with_name("a photograph with a name as telephones give them 20260714.png"))
    changed(page, lambda: upload(page, named))
    pixels, place = page.locator("#viewer .pixels"), page.locator("#viewer .size")
    expect(pixels).to_have_text("480 × 400")
    inner, outer = pixels.bounding_box(), place.bounding_box()
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert pixels.evaluate("node => node.scrollWidth <= node.clientWidth")
    changed(page, lambda: type_amount(page, "jaw", "1"))
    expect(page.locator("#cells .undo")).not_to_be_in_viewport()
    changed(page, page.locator("#viewer .undo").tap)
    assert page.locator("#amount-jaw").input_value() == "0"
    changed(page, page.locator("#viewer .redo").tap)
    assert page.locator("#amount-jaw").input_value() == "1"


def test_a_telephone_that_is_turned_and_turned_back_shows_the_same_part_of_the_picture(visit):
    page = visit(**PHONE)
    middle = page.evaluate(MIDDLE)
    for width, height in ((844, 390), (390, 844)):
        tall = page.locator("#viewer .stage").bounding_box()["height"]
        page.set_viewport_size({"width": width, "height": height})
        until(page, "tall => document.querySelector('#viewer .stage').offsetHeight !== tall", arg=tall)
        until(page, f"seen => Math.abs(({MIDDLE})()[1] - seen) < 0.02", arg=middle[1])
    until(page, f"seen => Math.abs(({MIDDLE})()[0] - seen) < 0.02", arg=middle[0])


def test_the_smallest_telephone_has_its_bar_whole_its_tools_in_one_row_and_sliders_long_enough_to_aim_with(visit):
    page = visit(**PHONE | {"viewport": {"width": 320, "height": 640}})
    for button in page.locator(".toolbar nav .button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
    rows = {round(page.locator(f"#viewer {name}").bounding_box()["y"]) for name in (".undo", ".compare", ".fit")}
    assert len(rows) == 1
    assert page.locator("#amount-smile").bounding_box()["width"] > 90
    assert page.eval_on_selector_all(".setting label", CUT) == []
    open_tab(page, "Masks", "masks")
    assert page.eval_on_selector_all("#masks .palette .chip span", CUT) == []
    assert page.locator("#right").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


FRAMES = """
const frame = window.requestAnimationFrame;
window.frameAt = 0;
window.requestAnimationFrame = (draw) => frame((now) => { window.frameAt = performance.now(); draw(now); });
"""


def test_a_page_that_rests_draws_no_frame(unopened, address):
    """Not even one that shows nothing new: sixty in a second would tire a battery."""
    page = unopened
    page.add_init_script(FRAMES)
    page.goto(address)
    settle(page)
    until(page, "performance.now() - window.frameAt > 500")
    changed(page, lambda: type_amount(page, "jaw", "1"))
    until(page, "performance.now() - window.frameAt > 500")


def test_nothing_moves_on_a_page_that_rests_a_bar_does_while_it_works_and_each_tab_begins_at_its_top(visit):
    page = visit()
    endless = """document.getAnimations().filter((each) => each.playState === "running"
        && each.effect.getComputedTiming().iterations === Infinity).length"""
    assert page.evaluate(endless) == 0
    page.evaluate("window.limner.busy(true)")
    assert page.evaluate(endless) > 0
    page.evaluate("window.limner.busy(false)")
    assert page.evaluate(endless) == 0
    page.locator(".open-faces").scroll_into_view_if_needed()
    expect(page.get_by_role("tab", name="Masks")).to_be_in_viewport()
    page.get_by_role("tab", name="Masks").click()
    expect(page.locator("#masks .note").first).to_be_in_viewport()


def test_a_second_click_presses_nothing_that_came_under_the_pointer_after_the_first(visit):
    page = visit()
    models, menu = page.locator(".models-dialog"), page.locator(".download")
    page.get_by_role("button", name="Models").dblclick()
    expect(models).to_be_visible()
    page.keyboard.press("Escape")
    expect(models).to_be_hidden()
    page.locator(".download > summary").dblclick()
    assert menu.get_attribute("open") is not None
    with page.expect_download():
        page.locator(".toolbar .save").dblclick()          # the sliders' group lies under it
    assert menu.get_attribute("open") is None
    assert page.locator("#attributes details:not([open])").count() == 0
    hair = page.locator(".locks label:has([value=hair])")
    hair.dblclick()                                        # what stays where it is goes back and forth
    expect(hair.locator("input")).not_to_be_checked()
    page.locator("#viewer .in").dblclick()
    expect(page.locator("#viewer .scale")).to_have_text("483 %")


def test_a_telephone_that_lies_on_its_side_shows_what_is_set_beside_the_picture(visit):
    page = visit(**PHONE | {"viewport": {"width": 844, "height": 390}})
    page.locator("#amount-beard").scroll_into_view_if_needed()
    picture, slider = page.locator("#viewer").bounding_box(), page.locator("#amount-beard").bounding_box()
    assert picture["y"] >= 0 and picture["y"] + picture["height"] <= 390
    assert picture["x"] + picture["width"] <= slider["x"] and slider["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= 844
    page.locator("#cells").scroll_into_view_if_needed()
    picture, cells = page.locator("#viewer").bounding_box(), page.locator("#cells").bounding_box()
    form = page.locator("#right").bounding_box()
    assert picture["x"] + picture["width"] <= cells["x"] and form["y"] + form["height"] <= cells["y"]  # under neither
