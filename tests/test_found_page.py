"""Directions found in the generator and a sharper likeness, in a real browser."""

import dataclasses
import re
import threading

import pytest
import torch
from playwright.sync_api import Page, expect

from editors.acts import EXAMPLES
from editors.attributes.likeness import is_found
from editors.attributes.step import MoveFound
from editors.pieces import THREAD

from .browser import AFTER, begin_and_stop, changed, settle, upload, wait_for


def find_directions(page: Page, count: int = 1) -> None:
    """Look for directions on the face of a seed until so many are there, then stop, if not all were found meanwhile."""
    page.locator(".finding > summary").click()
    page.get_by_label("Look on").select_option("Seed 1")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(".found-one").nth(count - 1).wait_for(timeout=60_000)
    page.locator(".finding .stop-it").dispatch_event("click")


def test_a_direction_is_found_tried_named_kept_as_a_slider_and_deleted(visit, sessions):
    page = visit()
    find_directions(page, 2)
    shown = page.eval_on_selector_all(".found-one:first-child img", "all => all.map(one => one.src)")
    assert len(set(shown)) == 3
    changed(page, page.get_by_role("button", name="SeFa 1: Change my photo by 2.0").click)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("SeFa 1 +2")
    page.get_by_label("Name of SeFa 1").fill("Dusk")
    changed(page, lambda: page.get_by_label("Name of SeFa 1").press("Enter"))
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Dusk +2")
    slider = page.get_by_role("slider", name="Dusk")
    expect(slider).to_have_value("2")
    expect(slider).to_be_focused()
    start = page.evaluate(AFTER)
    changed(page, lambda: [slider.press("ArrowLeft") for _ in range(5)])
    assert page.evaluate(AFTER) != start
    wait_for(lambda: list(sessions._open.values())[-1].cell.step.amount == 1.5)
    step = list(sessions._open.values())[-1].cell.step
    assert (step.method, step.index, step.amount, step.name) == ("sefa", 0, 1.5, "Dusk")
    page.reload()
    settle(page)
    expect(slider).to_have_value("1.5")
    expect(page.locator(".kept-rows label")).to_have_css("font-weight", "600")      # as every slider that is moved
    changed(page, page.get_by_role("button", name="Reset Dusk").click)
    expect(slider).to_have_value("0")
    expect(page.locator(".kept-rows label")).not_to_have_css("font-weight", "600")
    changed(page, page.get_by_role("button", name="Delete Dusk").click)
    expect(slider).to_have_count(0)


def test_a_kept_direction_that_is_moved_while_an_undo_is_under_way_stands_where_it_was_moved_to(visit, sessions):
    page = visit()
    session, dusk = list(sessions._open.values())[-1], MoveFound(index=0, amount=1.0, name="Dusk")
    session.keep(dusk)
    for amount in (1.0, 2.0):
        session.put(dataclasses.replace(dusk, amount=amount))
    page.reload()
    settle(page)
    page.evaluate("""() => {
      const slider = document.querySelector("#found-amount-0");
      document.querySelector("#cells .undo").click();
      slider.value = -1;
      for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
    }""")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Dusk −1")
    expect(page.get_by_role("slider", name="Dusk")).to_have_value("-1")


@pytest.fixture
def drawn_by_generator(visit, sessions) -> Page:
    """A page whose selected cell a generator draws, with what it makes of the face in sight."""
    page = visit()
    session = list(sessions._open.values())[-1]
    session.put(MoveFound(index=0, amount=1.0))
    page.reload()
    settle(page)
    page.locator(".likeness > summary").click()
    page.wait_for_function("document.querySelector('.likeness .its').src", timeout=60_000)
    return page


def alike(page: Page) -> float:
    return float(re.search(r"[\d.]+(?= dB)", page.locator(".its-said").inner_text())[0])


def test_seconds_spent_bring_the_generator_nearer_and_the_cell_is_drawn_with_it(drawn_by_generator, sessions):
    page = drawn_by_generator
    first, before = page.evaluate(AFTER), alike(page)
    changed(page, page.get_by_role("button", name="3 s").click)
    assert alike(page) > before + 0.5 and page.evaluate(AFTER) != first
    expect(page.get_by_role("button", name="3 s")).to_have_attribute("aria-pressed", "true")
    session = list(sessions._open.values())[-1]
    assert session.cell.step.likeness == 3
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == first


def test_a_sharper_likeness_is_stopped_and_the_shared_network_stays_as_it_is(drawn_by_generator, sessions, models):
    page, session = drawn_by_generator, list(sessions._open.values())[-1]
    weights = [weight.clone() for weight in models.get("face_generator").parameters()]
    page.get_by_role("button", name="10 s").click()
    page.wait_for_function("document.querySelector('.likeness progress').value > 0", timeout=60_000)
    page.locator(".likeness .stop-it").click()
    expect(page.get_by_role("button", name="10 s")).to_be_enabled()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])
    assert not is_found(session.portrait, models, "face_generator", 10.0) and session.cell.step.likeness == 0
    assert all(torch.equal(*pair) for pair in zip(weights, models.get("face_generator").parameters()))


def test_work_that_is_stopped_in_the_moment_it_is_asked_for_ends_as_soon_as_it_has_begun(drawn_by_generator, sessions,
                                                                                         models):
    page, session = drawn_by_generator, list(sessions._open.values())[-1]
    begin_and_stop(page, "[data-seconds='10']", ".likeness .stop-it")
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])
    changed(page, page.get_by_role("button", name="3 s").click)         # what is asked for after that is done
    assert session.cell.step.likeness == 3 and not is_found(session.portrait, models, "face_generator", 10.0)
    page.locator(".finding > summary").click()
    begin_and_stop(page, ".find-now", ".finding .stop-it")
    expect(page.get_by_role("button", name="Find", exact=True)).to_be_visible()


def test_what_was_seen_of_one_face_is_not_shown_for_the_next_photograph(visit):
    page = visit()
    page.locator(".likeness > summary").click()
    expect(page.locator(".likeness .pair")).to_be_visible()
    page.locator(".finding > summary").click()
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(".found-one").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="10 s").click()
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    expect(page.locator(".likeness .filming")).to_be_hidden(timeout=4_000)     # it ends long before its ten seconds
    expect(page.locator(".found-one")).to_have_count(0)
    expect(page.get_by_role("button", name="Find", exact=True)).to_be_visible()
    expect(page.locator(".likeness .said")).to_contain_text("no face that can be edited")
    expect(page.locator(".likeness .pair, .likeness .spend").locator("visible=true")).to_have_count(0)
    expect(page.locator(".toast-body.warning")).to_have_count(0)     # that there is no face was said when it was opened
    changed(page, page.get_by_role("button", name="Undo").click)
    expect(page.locator(".likeness .pair")).to_be_visible()
    expect(page.locator(".likeness .said")).to_be_empty()
