"""What the tests of the Sketch tab share: strokes of the mouse on the example, and what came of them."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from editors.acts import EXAMPLES
from editors.sketch.step import SketchFill

from .browser import changed, until, upload

COUNT = "name => window.limner.sketch.layers[name].reduce((sum, value) => sum + (value !== 0), 0)"
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
        until(page, "window.limner.sketch.photo")
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
    """Fill what was drawn, and wait for the results to choose from."""
    changed(page, page.locator("#sketch .fill-hole").click)
    expect(page.locator("#sketch .result")).to_have_count(4)


def fill_once(page: Page) -> None:
    """Fill what was drawn; the others are stopped, if they are not there already."""
    changed(page, page.locator("#sketch .fill-hole").click)
    page.evaluate("""() => new Promise((done, fail) => {
      const late = performance.now() + 60000, stop = document.querySelector("#sketch .stop");
      const timer = setInterval(() => {
        const all = document.querySelectorAll("#sketch .result").length === 4;
        if (performance.now() > late) fail(new Error("neither stopped nor done"));
        if (stop.hidden && !all) return;
        clearInterval(timer);
        if (!stop.hidden) stop.click();
        done();
      }, 5);
    })""")


def step_of(sessions) -> SketchFill:
    """What the last visitor's selected cell holds."""
    return list(sessions._open.values())[-1].cell.step
