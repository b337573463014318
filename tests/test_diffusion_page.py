"""Stable Diffusion in the Sketch tab, in a real browser: what is missing, what is asked, previews, stop."""

import pytest
from playwright.sync_api import expect

from editors.sessions import Sessions
from editors.sketch.diffusion import CONTROL, PAINTER

from . import test_diffusion
from .browser import AFTER, changed, hold, press_when, serving_page
from .sketching import MOUTH, draw, step_of

files, fetched = test_diffusion.files, test_diffusion.fetched


@pytest.fixture(scope="module")
def sessions(tmp_path_factory) -> Sessions:
    return Sessions(tmp_path_factory.mktemp("sessions"))


@pytest.fixture(scope="module")
def address(fetched, sessions, tmp_path_factory):
    """Where the app is served with a tiny Stable Diffusion among its models."""
    with serving_page(fetched, sessions, tmp_path_factory.mktemp("gradio")) as (_, at):
        yield at


def choose(page, preset: str = "full", steps: int = 0) -> None:
    """Choose Stable Diffusion, and say what it is to draw."""
    page.locator("#sketch .painter select").select_option(PAINTER)
    page.locator("#sketch .preset select").select_option(preset)
    page.locator("#sketch .prompt").fill("a red mouth")
    if not page.locator("#sketch .sketch_steps").is_visible():
        page.locator("#sketch .finer > summary").click()
    page.locator("#sketch .sketch_steps input").fill(str(steps))


def test_it_is_seen_while_it_is_drawn_and_stopped_without_a_trace(sketch, sessions):
    page = sketch()
    start = page.evaluate(AFTER)
    draw(page, "hole", MOUTH)
    choose(page, steps=100)
    page.locator("#sketch .sketch_context input").fill("4")                        # much to draw, so that it takes long
    page.locator("#sketch .fill-hole").click()
    page.evaluate("window.seen = new Set()")
    press_when(page, "#sketch .stop", "window.seen.add(document.querySelector('.drawing .painting')?.src).size > 2")
    expect(page.locator("#sketch .stop")).to_be_hidden()
    expect(page.locator(".drawing .painting")).to_be_hidden()
    assert page.evaluate(AFTER) == start and list(sessions._open.values())[-1].cell is None

    choose(page, preset="lcm")
    page.locator("#sketch .sketch_context input").fill("0.5")
    page.locator("#sketch .seed-number").fill("7")
    changed(page, page.locator("#sketch .fill-hole").click)
    step = step_of(sessions)
    assert (step.model, step.preset, step.prompt, step.seed, step.steps) == (PAINTER, "lcm", "a red mouth", 7, 0)
    drawn = page.evaluate(AFTER)
    let_go = hold(page)
    page.locator("#sketch .adjust select").select_option("feather")                               # not drawn again
    page.locator("#sketch .prompt").fill("a blue mouth")
    changed(page, let_go)
    assert page.evaluate(AFTER) not in (start, drawn) and step_of(sessions).blend == "feather"
    expect(page.locator("#sketch .prompt")).to_have_value("a blue mouth")
    expect(page.locator("#sketch .results output")).to_have_text("Press Fill to draw with these settings.")
    assert step_of(sessions).prompt == "a red mouth"
    page.locator("#sketch .others").click()
    expect(page.locator("#sketch .result")).to_have_count(2)


def test_what_is_not_here_is_said_with_size_and_licence_and_leads_to_where_it_is_offered(sketch, fetched):
    fetched.free(CONTROL)
    page = sketch()
    draw(page, "hole", MOUTH)
    choose(page)
    expect(page.locator("#sketch .missing")).to_be_hidden()
    expect(page.locator("#sketch .fill-hole")).to_be_enabled()
    draw(page, "lines", MOUTH)
    expect(page.locator("#sketch .missing li")).to_have_text([f"{CONTROL}, 723 MB, CreativeML Open RAIL-M"])
    expect(page.locator("#sketch .fill-hole")).to_be_disabled()
    page.locator("#sketch .get-models").click()
    expect(page.get_by_role("dialog", name="Models")).to_contain_text(CONTROL)
    page.keyboard.press("Escape")
    page.locator("#sketch .painter select").select_option("sketch_painter")
    expect(page.locator("#sketch .fill-hole")).to_be_enabled()
