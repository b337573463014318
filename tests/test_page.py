"""The page in a real browser: what a person does, and what they see."""

import base64
import io
import re
import shutil
import socket
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

import app
from editors.__main__ import main
from editors.acts import EXAMPLES
from editors.attributes.directions import directions_of
from editors.images import open_photo
from editors.provenance import read_credentials
from editors.sessions import Sessions

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOWN = "() => Number(document.querySelector('#viewer .stage')?.dataset.shown || 0)"
AFTER = "() => document.querySelector('#viewer .after').src"


@pytest.fixture(scope="module")
def sessions(tmp_path_factory) -> Sessions:
    return Sessions(tmp_path_factory.mktemp("sessions"))


@pytest.fixture(scope="module")
def address(models, sessions, tmp_path_factory):
    """The real app on a free port."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        page = app.create_app(models, sessions)
        app.serve(page, server_name="127.0.0.1", server_port=port, prevent_thread_lock=True)
        yield f"http://127.0.0.1:{port}"
        page.close(verbose=False)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


USUAL = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}


@pytest.fixture(scope="module")
def usual(browser):
    """A browser of a usual size, in English, that has been on the page before: its files are there already."""
    context = browser.new_context(**USUAL)
    yield context
    context.close()


@pytest.fixture
def visit(browser, usual, address):
    """Open the page; no script on it may fail. `apart`, or with options: in a browser of its own."""
    failures, pages = [], []

    def opened(apart: bool = False, **options) -> Page:
        page = browser.new_page(**USUAL | options) if apart or options else usual.new_page()
        pages.append(page)
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(address)
        settle(page)
        return page

    yield opened
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    assert failures == []


def settle(page: Page, after: int = 0) -> int:
    """Wait until the viewer has shown more than `after` pictures at rest; how many there were."""
    page.wait_for_function(f"({SHOWN})() > {after}")
    return page.evaluate(SHOWN)


def changed(page: Page, do) -> None:
    """Do something and wait for the picture that comes of it."""
    before = page.evaluate(SHOWN)
    do()
    settle(page, before)


def slide(page: Page, name: str, amount: float) -> None:
    """Drag a slider with the mouse, in steps, and let go."""
    slider = page.locator(f"#amount-{name}")
    slider.scroll_into_view_if_needed()
    box, reach = slider.bounding_box(), float(slider.get_attribute("max"))
    x = [box["x"] + 8 + (box["width"] - 16) * (0.5 + value / reach / 2) for value in (0, amount)]
    y = box["y"] + box["height"] / 2
    page.mouse.move(x[0], y)
    page.mouse.down()
    page.mouse.move(x[1], y, steps=6)


def upload(page: Page, path: Path, button: str = "photo-file") -> None:
    page.locator(f"input[type=file]:has(+ #{button})").set_input_files(path)


def press_when(page: Page, button: str, so: str) -> None:
    """Press a button in the page itself as soon as something is so: work may end before a mouse gets there."""
    page.evaluate("""([button, so]) => new Promise((done, fail) => {
      const is_so = new Function("return " + so), late = performance.now() + 60000;
      const timer = setInterval(() => {
        if (performance.now() > late) fail(new Error("never so: " + so));
        if (!is_so()) return;
        clearInterval(timer);
        document.querySelector(button).click();
        done();
      }, 5);
    })""", [button, so])


def download(page: Page, kind: str, to: Path) -> Path:
    page.locator(".download > summary").click()
    page.locator(f".formats label:has([value={kind}])").click()
    with page.expect_download() as coming:
        page.locator(".toolbar .save").click()
    path = to / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photograph of its own size, so that it cannot be taken for the example."""
    path = tmp_path / "holiday.png"
    Image.open(EXAMPLES / "astronaut.png").convert("RGB").crop((0, 0, 480, 400)).save(path)
    return path


def test_the_first_screen_holds_an_example_and_a_slider_for_every_direction(visit, models):
    page = visit()
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    names = [found.name for found in directions_of(models)]
    assert page.eval_on_selector_all("#attributes input[type=range]", "all => all.map(one => one.id)") == [
        f"amount-{name}" for name in names
    ]


def test_what_is_done_before_the_work_is_found_waits_for_it(usual, address):
    page = usual.new_page()
    page.goto(address)
    type_amount(page, "smile", "1.5")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1.5", timeout=20_000)
    assert page.locator(".toast-body").count() == 0
    page.evaluate("localStorage.clear()")
    page.close()


def test_the_picture_follows_the_slider_and_rests_at_full_size(visit):
    page = visit()
    start, rests = page.evaluate(AFTER), page.evaluate(SHOWN)
    slide(page, "smile", 2)
    page.wait_for_function(f"start => ({AFTER})() !== start", arg=start)
    quick = page.evaluate(AFTER)
    assert page.evaluate(SHOWN) == rests
    page.mouse.up()
    settle(page, rests)
    assert page.evaluate(AFTER) not in (start, quick)
    expect(page.locator("#viewer .tag-after")).to_have_css("opacity", "1")
    expect(page.locator("#cells .cell.selected .name")).to_contain_text("Smile +")


def test_undo_and_redo_bring_back_the_very_picture(visit):
    page = visit()
    start = page.evaluate(AFTER)
    slide(page, "age", 1.5)
    changed(page, page.mouse.up)
    edited = page.evaluate(AFTER)
    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == start and page.locator("#amount-age").input_value() == "0"
    changed(page, lambda: page.keyboard.press("Control+Shift+z"))
    assert page.evaluate(AFTER) == edited and float(page.locator("#amount-age").input_value()) > 1
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == start


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_what_is_downloaded_is_what_the_command_writes_and_says_so(visit, photo, tmp_path, kind):
    page = visit()
    changed(page, lambda: upload(page, photo))
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    changed(page, lambda: type_amount(page, "smile", "1.5"))
    path = download(page, kind, tmp_path)
    assert path.name == f"holiday-edited.{kind}"
    written = tmp_path / "command.png"
    assert main(["attributes", str(photo), "--set", "smile=1.5", "-o", str(written)]) == 0
    assert np.array_equal(open_photo(path).pixels, open_photo(written).pixels)
    said = read_credentials(path)
    assert said["state"] == "ours" and said["actions"][-1]["settings"]["amounts"] == {"smile": 1.5}


def test_the_label_is_in_the_pixels_only_when_asked_for(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    plain = open_photo(download(page, "png", tmp_path)).pixels
    page.locator(".download > summary").click()
    page.locator(".write-label").check()
    page.keyboard.press("Escape")
    labelled = open_photo(download(page, "png", tmp_path)).pixels
    rows, columns = np.nonzero((plain != labelled).any(2))
    assert len(rows) > 200 and rows.min() > 0.9 * len(plain) and columns.min() > 0.7 * plain.shape[1]


def type_amount(page: Page, name: str, amount: str) -> None:
    number = page.locator(f".setting:has(#amount-{name}) .number")
    number.fill(amount)
    number.press("Enter")


def test_a_reload_finds_the_work_again(visit, photo):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "jaw", "1"))
    changed(page, lambda: type_amount(page, "smile", "-1"))
    edited = page.evaluate(AFTER)
    page.reload()
    settle(page)
    assert page.evaluate(AFTER) == edited
    assert page.locator("#amount-jaw").input_value() == "1"
    changed(page, page.locator("#cells .undo").click)
    assert page.locator("#amount-smile").input_value() == "0"


def test_work_outlives_the_server(visit, photo, sessions):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    sessions._open.clear()  # as after a crash: nothing in memory, what is on disk remains
    changed(page, lambda: type_amount(page, "smile", "2"))
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == edited


def test_edits_that_can_no_longer_be_drawn_are_kept_switched_off(visit, photo, sessions):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "smile", "1"))
    for record in sessions.folder.glob("*/session.json"):
        record.write_text(record.read_text().replace('"smile"', '"a_smile_of_old"'))
    sessions._open.clear()
    page.reload()
    settle(page)
    expect(page.locator(".toast-body")).to_contain_text("There is no direction called")
    expect(page.locator("#cells .cell.off")).to_have_count(1)
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


def test_another_visitor_sees_nothing_of_it(visit, photo):
    page = visit()
    changed(page, lambda: upload(page, photo))
    expect(visit(apart=True).locator("#viewer .size")).to_have_text("astronaut · 512 × 512")


@pytest.mark.parametrize("content, said", [
    (b"not a picture", "is a text file"),
    (b"\x89PNG\r\n\x1a\n cut short", "cut short or damaged"),
])
def test_a_bad_upload_is_explained_and_the_work_goes_on(visit, tmp_path, content, said):
    page = visit()
    bad = tmp_path / "bad.png"
    bad.write_bytes(content)
    upload(page, bad)
    expect(page.locator(".toast-body")).to_contain_text(said)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")


PASTE = """(encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0)), held = new DataTransfer();
  held.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
  const at = document.activeElement;
  at.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
}"""

DROP = """([name, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0)), held = new DataTransfer();
  held.items.add(new File([bytes], name));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize("button, dialog", [(".footer .models", ".models-dialog"), (".open-faces", ".faces-dialog")])
def test_a_pasted_picture_is_seen_whatever_dialog_was_open(visit, photo, button, dialog):
    page = visit()
    page.locator(button).first.click()
    expect(page.locator(f"{dialog}[open]")).to_have_count(1)
    changed(page, lambda: page.evaluate(PASTE, base64.b64encode(photo.read_bytes()).decode()))
    expect(page.locator("#viewer .size")).to_have_text("pasted · 480 × 400")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_picture_is_pasted_even_where_an_amount_was_typed(visit, photo):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, lambda: page.evaluate(PASTE, base64.b64encode(photo.read_bytes()).decode()))
    expect(page.locator("#viewer .size")).to_have_text("pasted · 480 × 400")


def test_the_box_an_amount_was_typed_in_shows_where_its_slider_stands(visit, photo):
    """It keeps the focus: another photograph, undo and redo change what it says, and what is half typed stays."""
    page = visit()
    number = page.locator(".setting:has(#amount-smile) .number")
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(number).to_be_focused()
    changed(page, lambda: page.keyboard.press("Control+z"))
    expect(number).to_have_value("0.0")
    changed(page, lambda: page.keyboard.press("Control+Shift+z"))
    expect(number).to_have_value("1.0")
    changed(page, lambda: upload(page, photo))
    expect(number).to_be_focused()
    expect(number).to_have_value("0.0")
    number.fill("1.")
    changed(page, lambda: page.evaluate("document.querySelector('#cells .undo').click()"))
    expect(number).to_have_value("1.")


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


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


def test_what_is_said_again_and_again_is_read_once(visit):
    page = visit()
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    for amount in ("1", "2", "3"):
        changed(page, lambda amount=amount: type_amount(page, "smile", amount))
    expect(page.locator(".toast-body.warning .toast-count")).to_have_text("(3)")
    expect(page.locator(".toast-body.warning .toast-message-text:visible")).to_have_count(1)
    expect(page.locator(".toast-body.warning .toast-separator:visible")).to_have_count(0)


def test_a_photograph_without_a_face_opens_and_says_what_can_be_done_with_it(visit):
    """A cat: Sketch takes it, sliders say why they do not, undo brings back what was open before."""
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    expect(page.locator(".toast-body")).to_contain_text("Sketch works on any picture. No face was found")
    expect(page.locator("#viewer .size")).to_have_text("chelsea · 451 × 300")
    type_amount(page, "smile", "1")
    expect(page.locator(".toast-body").filter(has_text="Choose a photograph")).to_have_count(2)
    expect(page.locator("[data-cells]").first).to_have_attribute("data-cells", "0")
    changed(page, page.get_by_role("button", name="Undo").click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")


def test_a_file_past_the_limit_is_refused_before_it_is_sent(visit, tmp_path):
    page = visit()
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(41_000_000)
    upload(page, tmp_path / "huge.png")
    expect(page.locator("#viewer .hint")).to_contain_text("huge.png is too large: at most 40 MB")
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(page.locator("#viewer .hint")).to_be_empty()


def test_what_a_toast_says_is_text_whatever_the_file_is_called(visit, tmp_path):
    page = visit()
    bad = tmp_path / "<img src=x onerror=window.caught=1>.png"
    bad.write_bytes(b"not a picture")
    upload(page, bad)
    expect(page.locator(".toast-body")).to_contain_text("is a text file")
    assert page.locator(".toast-body img").count() == 0 and page.evaluate("window.caught") is None


@pytest.mark.parametrize("locale, said", [("en-US", "Too much waits"), ("zh-CN", "等待处理的操作太多")])
def test_what_the_server_had_no_room_for_is_said_in_the_pages_words_and_can_be_done_again(visit, locale, said):
    page = visit(locale=locale)
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    smile = page.locator(".setting:has(#amount-smile) .number")
    smile.fill("1")
    smile.press("Enter")
    expect(page.locator(".toast-message-text")).to_contain_text(said)
    expect(page.locator(".toast-title")).to_have_text({"en-US": "That did not work", "zh-CN": "未能完成"}[locale])
    expect(page.locator("body.limner-busy")).to_have_count(0)
    page.unroute("**/queue/join*")
    smile.fill("1.5")
    changed(page, lambda: smile.press("Enter"))
    expect(page.locator("#cells .cell.selected .name")).to_contain_text("1.5")


def test_another_face_is_chosen_by_clicking_it(visit, tmp_path):
    face = Image.open(EXAMPLES / "astronaut.png").convert("RGB").crop((120, 0, 400, 300))
    two = Image.new("RGB", (560, 300))
    two.paste(face, (0, 0))
    two.paste(face.resize((224, 240)), (300, 30))
    two.save(tmp_path / "two.png")
    page = visit()
    changed(page, lambda: upload(page, tmp_path / "two.png"))
    for label in ("Face 2", "Face 1"):
        changed(page, page.get_by_label(label).click)
        expect(page.get_by_label(label)).to_have_attribute("aria-pressed", "true")
    changed(page, lambda: type_amount(page, "smile", "1.5"))
    first = open_photo(download(page, "png", tmp_path)).pixels
    moved = (first != open_photo(tmp_path / "two.png").pixels).any(axis=(0, 2))
    assert moved[:280].any() and not moved[300:].any()
    changed(page, page.get_by_label("Face 2").click)
    assert page.locator("#amount-smile").input_value() == "0"
    changed(page, lambda: type_amount(page, "smile", "1.5"))
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +1.5", "Smile +1.5", "New edit"])
    both = (open_photo(download(page, "png", tmp_path)).pixels != first).any(axis=(0, 2))
    assert both[300:].any() and not both[:280].any()
    page.locator("#cells [data-key=card0]").click()
    expect(page.get_by_label("Face 1")).to_have_attribute("aria-pressed", "true")


def test_a_branch_goes_its_own_way(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    first = page.evaluate(AFTER)
    changed(page, page.locator("#cells .fork").click)
    changed(page, lambda: type_amount(page, "smile", "-1"))
    assert page.evaluate(AFTER) != first
    changed(page, page.get_by_role("tab", name="Branch 1").click)
    assert page.evaluate(AFTER) == first and page.locator("#amount-smile").input_value() == "1"


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


def test_the_tabs_stay_in_sight_and_each_begins_at_its_top(visit):
    page = visit()
    page.locator(".open-faces").scroll_into_view_if_needed()
    expect(page.get_by_role("tab", name="Masks")).to_be_in_viewport()
    page.get_by_role("tab", name="Masks").click()
    expect(page.locator("#masks .note").first).to_be_in_viewport()


def test_without_a_camera_nothing_can_be_taken_and_it_is_said_why(visit):
    page = visit()
    page.locator(".toolbar .camera").click()
    expect(page.locator(".camera-dialog .note")).to_contain_text("The camera cannot be used")
    expect(page.locator(".camera-dialog .take")).to_be_disabled()
    expect(page.locator(".camera-dialog video")).to_be_hidden()


def test_a_message_that_came_late_stays_when_gradio_takes_the_one_before_away(visit, tmp_path):
    page = visit()
    page.clock.install()
    began = None
    for name, content, said in (("one", b"a text", "a text file"), ("other", b"BM", "a BMP picture")):
        (tmp_path / f"{name}.png").write_bytes(content)
        upload(page, tmp_path / f"{name}.png")
        expect(page.locator(".toast-body")).to_contain_text(f"The picture is {said}", timeout=20_000)
        if began is None:
            began = page.evaluate("Date.now()")
            page.clock.fast_forward(5_000)
    page.clock.fast_forward(12_500 - (page.evaluate("Date.now()") - began))
    expect(page.locator("#viewer .hint")).to_contain_text("The picture is a BMP picture")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_a_camera_that_is_allowed_after_its_dialog_was_closed_is_switched_off_again(visit):
    page = visit()
    page.evaluate("""() => {
      navigator.mediaDevices.getUserMedia = () => new Promise((allow) => { window.allow = () => {
        window.came = document.createElement("canvas").captureStream();
        allow(window.came);
      }; });
    }""")
    page.locator(".toolbar .camera").click()
    page.keyboard.press("Escape")
    expect(page.locator(".camera-dialog")).to_be_hidden()
    page.evaluate("window.allow()")
    page.wait_for_function("window.came.getTracks().every((track) => track.readyState === 'ended')")


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_shows_it_all_without_scrolling_sideways(visit, width):
    page = visit(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
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


def test_the_keyboard_moves_sliders_and_the_wipe(visit):
    page = visit()
    page.locator("#amount-smile").focus()
    changed(page, lambda: [page.keyboard.press("ArrowRight") for _ in range(8)])
    assert float(page.locator("#amount-smile").input_value()) == pytest.approx(0.4)
    assert page.locator("#cells .cell .name").all_inner_texts() == ["Photo", "Smile +0.4", "New edit"]
    page.locator("#viewer .wipe").focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    assert page.locator("#viewer .wipe").get_attribute("aria-valuetext") == "30 % before"
    assert page.locator("#viewer .clip").evaluate("clip => clip.style.clipPath") != "inset(0px 100% 0px 0px)"


def test_a_change_by_keys_is_kept_whatever_is_done_the_next_moment(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, page.locator("#cells .fresh .card").click)
    changed(page, lambda: type_amount(page, "jaw", "1"))
    jaw, names = page.locator("#amount-jaw"), page.locator("#cells .cell .name")

    def moved_then(do) -> None:
        jaw.focus()
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        do()

    moved_then(lambda: page.evaluate("document.querySelector('#cells [data-key=card0]').click()"))
    expect(names).to_have_text(["Photo", "Smile +1", "Jaw width +1.4", "New edit"])
    expect(page.locator("#cells .cell").nth(1)).to_contain_class("selected")
    page.locator("#cells [data-key=card1]").click()
    expect(page.locator("#cells .cell").nth(2)).to_contain_class("selected")
    changed(page, lambda: moved_then(lambda: page.keyboard.press("Control+z")))
    expect(names.nth(2)).to_have_text("Jaw width +1.4")
    with page.expect_download() as coming:
        moved_then(lambda: page.evaluate("document.querySelector('.toolbar .save').click()"))
    coming.value.save_as(tmp_path / "out.png")
    assert '"jaw":1.8' in (tmp_path / "out.png").read_bytes().decode("latin-1").replace(" ", "")


def test_what_is_done_in_a_window_that_shows_an_older_photograph_changes_nothing(visit, photo, sessions):
    page, other = visit(), visit()
    other.bring_to_front()
    changed(other, lambda: upload(other, photo))
    session = list(sessions._open.values())[-1]
    page.bring_to_front()
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(page.locator("#viewer .size")).to_contain_text("holiday")
    expect(page.get_by_text("Another photograph or face was chosen meanwhile")).to_be_visible()
    assert session.name == "holiday" and not session.notebook.cells
    changed(page, lambda: type_amount(page, "smile", "1"))
    assert session.notebook.cells[0].step.amounts == {"smile": 1}


def test_cells_are_switched_off_repeated_moved_and_deleted(visit):
    page = visit()
    start = page.evaluate(AFTER)
    changed(page, lambda: type_amount(page, "smile", "1"))
    once = page.evaluate(AFTER)
    changed(page, page.locator("#cells .fresh .card").click)
    changed(page, lambda: type_amount(page, "jaw", "1"))
    names = page.locator("#cells .cell .name")
    assert names.all_inner_texts() == ["Photo", "Smile +1", "Jaw width +1", "New edit"]
    second = page.locator("#cells .cell").nth(2)
    for action, left in (("switch", once), ("switch", None), ("remove", once)):
        second.hover()
        changed(page, second.locator(f".{action}").click)
        assert left is None or page.evaluate(AFTER) == left
    first = page.locator("#cells .cell").nth(1)
    first.locator(".card").focus()
    first.hover()
    changed(page, first.locator(".duplicate").click)
    assert names.all_inner_texts() == ["Photo", "Smile +1", "Smile +1", "New edit"]
    for _ in range(2):
        page.locator("#cells .cell.selected .card").focus()
        changed(page, lambda: page.keyboard.press("Delete"))
    assert page.evaluate(AFTER) == start


def test_a_saved_notebook_opens_with_its_photograph_and_edits(visit, photo, tmp_path):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    page.locator(".notebook > summary").click()
    with page.expect_download() as coming:
        page.locator(".save-notebook").click()
    saved = tmp_path / coming.value.suggested_filename
    coming.value.save_as(saved)
    assert saved.name == "holiday.limner"
    other = visit(apart=True)
    changed(other, lambda: upload(other, saved, "notebook-file"))
    assert other.evaluate(AFTER) == edited
    expect(other.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
    third = visit(apart=True)
    changed(third, lambda: third.evaluate(DROP, [saved.name, base64.b64encode(saved.read_bytes()).decode()]))
    assert third.evaluate(AFTER) == edited


def test_the_page_reads_what_a_picture_says_about_itself(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    path = download(page, "jpg", tmp_path)
    page.locator(".footer .check").click()
    upload(page, path, "check-file")
    expect(page.locator(".check-dialog dl")).to_contain_text("Sealed here and unchanged since")
    expect(page.locator(".check-dialog dl")).to_contain_text("Photo opened; Smile +1")
    expect(page.locator(".check-dialog dl")).to_contain_text("face_shape: research only")


LATE = """
window.held = new Promise((resolve) => { window.letGo = resolve; });
const decode = HTMLImageElement.prototype.decode;
HTMLImageElement.prototype.decode = async function () {
  if (this.className === "before") await window.held;
  return decode.call(this);
};
"""
"""Pictures of the photograph take until letGo() to be decoded, as on a slow machine."""


def test_an_edit_made_before_the_page_has_settled_is_seen(browser, address):
    context = browser.new_context(**USUAL)
    page = context.new_page()
    page.add_init_script(LATE)
    page.goto(address)
    number = page.get_by_role("textbox", name="Smile")
    number.fill("2")
    number.press("Enter")
    page.evaluate("window.letGo()")
    page.locator("[data-cells='1']").first.wait_for()
    settle(page, 1)
    before, after = (page.locator(f"#viewer img.{name}").get_attribute("src") for name in ("before", "after"))
    assert before != after
    context.close()


def test_a_photograph_chosen_before_the_page_knows_the_visitor_is_opened(browser, address, photo):
    """The first answer of the server is held until the file has been chosen."""
    context = browser.new_context(**USUAL)
    page, held, holding = context.new_page(), [], [True]
    page.route("**/queue/join*", lambda route: held.append(route) if holding else route.continue_())
    page.goto(address)
    page.wait_for_function("document.querySelector('#attributes input[type=range]')")
    upload(page, photo)
    holding.clear()
    for route in held:
        route.continue_()
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400", timeout=15_000)
    context.close()


def test_forget_everything_leaves_nothing_of_the_photograph(visit, photo, sessions):
    page = visit()
    Image.open(photo).crop((0, 0, 470, 400)).save(photo)
    changed(page, lambda: upload(page, photo))

    def kept() -> bool:
        return any(path.read_bytes() == photo.read_bytes() for path in sessions.folder.glob("*/photo-*"))

    assert kept()
    page.on("dialog", lambda dialog: dialog.accept())
    changed(page, page.locator(".footer .forget").click)
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    assert not kept()


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
