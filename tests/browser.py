"""What the tests of the page share: the real app, a real browser, and what a person does in it."""

import functools
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from editors.acts import EXAMPLES
from editors.images import open_photo
from editors.models import Models
from editors.sessions import Sessions

CHROMIUM = {
    "executable_path": shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"),
    "args": ["--no-sandbox", "--process-per-site", "--animation-duration-scale=0"],
}
PATIENCE = 45_000
"""Milliseconds that anything of the page is waited for: no test of speed, but the end of one that hangs. The page
itself gives up after a minute."""
SHOWN = "() => Number(document.querySelector('#viewer .stage')?.dataset.shown || 0)"
AFTER = "() => document.querySelector('#viewer .after').src"
AT_REST = "!document.body.classList.contains('limner-busy')"
USUAL = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LABELS = "window.limner.masks.layers.labels.reduce((text, label) => text + String.fromCharCode(65 + label), '')"
"""The labels on the page as a text: a list of so many numbers takes a browser's driver seconds."""
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


@contextmanager
def serving_page(models: Models, sessions: Sessions, folder: Path) -> Iterator[tuple[Any, str]]:
    """The real app on a free port, what it keeps for Gradio in a folder; the page and its address."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setenv("GRADIO_TEMP_DIR", str(folder))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        import app  # only tests of the page need Gradio

        page = app.create_app(models, sessions)
        app.serve(page, server_name="127.0.0.1", server_port=port, prevent_thread_lock=True)
        yield page, f"http://127.0.0.1:{port}"
        page.close(verbose=False)


@pytest.fixture(scope="session")
def sessions(tmp_path_factory) -> Sessions:
    return Sessions(tmp_path_factory.mktemp("sessions"))


@pytest.fixture(scope="session")
def address(models, sessions, tmp_path_factory):
    """Where the real app is served."""
    with serving_page(models, sessions, tmp_path_factory.mktemp("gradio")) as (_, at):
        yield at


@pytest.fixture(scope="session")
def chromium():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def browser(chromium):
    browser = chromium.launch(**CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def usual(chromium, tmp_path_factory) -> BrowserContext:
    """A browser of a usual size, in English, that has been on the page before and keeps its scripts compiled."""
    context = chromium.launch_persistent_context(tmp_path_factory.mktemp("usual"), **CHROMIUM, **USUAL)
    yield context
    context.close()


@pytest.fixture(scope="session")
def of_kind(browser) -> Callable[..., BrowserContext]:
    """A browser of another language, or with fingers; asked for again, it has been on the page before."""
    @functools.cache
    def opened(kind: str) -> BrowserContext:
        return browser.new_context(**USUAL | json.loads(kind))

    return lambda **options: opened(json.dumps(options, sort_keys=True))


def another_page(context: BrowserContext, address: str) -> Page:
    """A page of a browser whose process goes on from page to page: one that starts takes a third of a visit.

    It is opened by a page of the same process; a new page would begin in one of its own.
    """
    stays = context.pages[0] if context.pages else context.new_page()
    if stays.url == "about:blank":
        stays.goto(f"{address}/manifest.json")
    with context.expect_page() as opened:
        stays.evaluate("() => { open('about:blank') }")
    return opened.value


@pytest.fixture
def visit(request, address):
    """Open the page; no script on it may fail. `apart`: in a browser of its own; with options: in one of that kind.

    Sizes and colours are a page's own: a browser that has not been there before takes as much as the visit.
    """
    failures, pages = [], []

    def opened(apart: bool = False, viewport: dict[str, int] = USUAL["viewport"], color_scheme: Any = None,
               **options) -> Page:
        options = {name: value for name, value in options.items() if value != USUAL.get(name)}
        if apart:
            page = request.getfixturevalue("browser").new_page(**USUAL | options)
        elif options:
            page = another_page(request.getfixturevalue("of_kind")(**options), address)
        else:
            page = another_page(request.getfixturevalue("usual"), address)
        pages.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(address)
        settle(page)
        return page

    yield opened
    for page in pages:
        if page.is_closed():
            continue
        page.evaluate("localStorage.clear()")
        page.close()
    assert failures == []


@pytest.fixture
def unopened(usual, address) -> Iterator[Page]:
    """A page of the usual browser that is still to go to the address."""
    page = another_page(usual, address)
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photograph of its own size, so that it cannot be taken for the example."""
    path = tmp_path / "holiday.png"
    Image.open(EXAMPLES / "astronaut.png").convert("RGB").crop((0, 0, 480, 400)).save(path)
    return path


@pytest.fixture
def two(tmp_path) -> Path:
    """A photograph of two people; who is to the right is a little smaller."""
    face = open_photo(EXAMPLES / "astronaut.png").pixels[:300, 120:380]
    other = np.asarray(Image.fromarray(face[:, ::-1]).resize((250, 288)))
    both = np.full((300, 510, 3), face[5, 5], np.uint8)
    both[:, :260], both[12:, 260:] = face, other
    Image.fromarray(both).save(tmp_path / "two.png")
    return tmp_path / "two.png"


def until(page: Page, so: str, arg: Any = None) -> None:
    """Wait until something is so on the page, looked at now and then: at every frame, as usual, takes half a core."""
    page.wait_for_function(so, arg=arg, polling=50)


def settle(page: Page, after: int = 0) -> int:
    """Wait until the viewer has shown more than `after` pictures at rest; how many there were."""
    until(page, f"({SHOWN})() > {after}")
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


def type_amount(page: Page, name: str, amount: str) -> None:
    number = page.locator(f".setting:has(#amount-{name}) .number")
    number.fill(amount)
    number.press("Enter")


def upload(page: Page, path: Path, button: str = "photo-file") -> None:
    page.locator(f"input[type=file]:has(+ #{button})").set_input_files(path)


def labels_come(page: Page) -> None:
    """Wait until there are labels to paint on: those to erase to are there before them."""
    until(page, "window.limner.masks?.tool.blank && !window.limner.masks.shut")


def face(page: Page, name: str):
    return page.get_by_role("group", name="Choose the face to edit").get_by_role("button", name=name)


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


def begin_and_stop(page: Page, begin: str, stop: str) -> None:
    """Press two buttons in one moment, and wait until the server has been told which work to end."""
    with page.expect_request(lambda asked: asked.url.endswith("/cancel") and asked.post_data_json.get("event_id")):
        page.evaluate("buttons => buttons.forEach((button) => document.querySelector(button).click())", [begin, stop])


def download(page: Page, kind: str, to: Path) -> Path:
    page.locator(".download > summary").click()
    page.locator(f".formats label:has([value={kind}])").click()
    with page.expect_download() as coming:
        page.locator(".toolbar .save").click()
    path = to / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def open_tab(page: Page, name: str, surface: str = "") -> None:
    page.get_by_role("tab", name=name).click()
    if surface:
        until(page, f"window.limner.{surface}?.photo")


def wait_for(is_so, seconds: int = 10) -> None:
    """Wait until something is so, at most so many seconds."""
    for _ in range(20 * seconds):
        if is_so():
            return
        threading.Event().wait(0.05)
    assert is_so()


def hold(page: Page, address: str = "**/queue/join*") -> Callable[..., None]:
    """Keep back what the page asks, until what this returns is called: it lets go once something is kept back, of all,
    or of the first alone."""
    held, holding = [], [True]
    page.route(address, lambda route: held.append(route) if holding else route.continue_())

    def let_go(first: bool = False) -> None:
        wait_for(lambda: page.title() and held)
        if first:
            return held.pop(0).continue_()
        holding.clear()
        for route in held:
            route.continue_()

    return let_go


def text_of(labels: np.ndarray) -> str:
    """Labels as `LABELS` writes them."""
    return (labels.astype(np.uint8) + 65).tobytes().decode()
