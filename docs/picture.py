"""Photograph the page as a person meets it, for the head of the READMEs: python -m docs.picture [FILE]"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app import create_app, serve
from editors.models import Models
from editors.sessions import Sessions

SIZE = {"width": 1280, "height": 800}
FILE = Path(__file__).with_name("page.png")
AMOUNTS = {"Smile": "2", "Hair lightness": "1"}
CHROMIUM = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def take(page: Page, file: Path) -> None:
    """Move two sliders, wait for the picture to follow, and photograph the page."""
    page.get_by_role("slider", name="Smile").wait_for()
    for name, amount in AMOUNTS.items():
        number = page.get_by_role("textbox", name=name)
        number.fill(amount)
        number.press("Enter")
        number.blur()
        page.locator("[data-cells]:not([data-cells='0'])").first.wait_for()
        page.locator("body:not(.limner-busy)").wait_for()
    page.screenshot(path=file, animations="disabled")  # what fades in is there


def main(arguments: list[str]) -> None:
    """Serve the page, open it in Chromium and photograph it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        blocks = create_app(Models(), Sessions(Path(folder)))
        _, address, _ = serve(blocks, prevent_thread_lock=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, locale="en-GB")
        page.goto(address)
        take(page, Path(arguments[0]) if arguments else FILE)
        browser.close()
        blocks.close()


if __name__ == "__main__":
    main(sys.argv[1:])
