"""A photograph of several people in a browser: the face to edit is chosen in every tab, and edits stay with theirs."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from editors.acts import EXAMPLES, choose_face
from editors.images import open_photo
from editors.labels import IDS
from editors.session import Session

from .browser import (
    LABELS,
    PHONE,
    changed,
    face,
    hold,
    labels_come,
    press_when,
    text_of,
    type_amount,
    until,
    upload,
    wait_for,
)
from .sketching import COUNT, fill_once

TABS = ("Attributes", "Sketch", "Masks")
MOUTHS = (105, 155), (405, 155)
FOREHEADS = (105, 82), (405, 92)
"""Where the two faces of the photograph have their mouths and foreheads."""
HOLE = "window.limner.sketch.layers.hole.some((value) => value)"


@pytest.fixture
def people(visit, two):
    """Open the page with the photograph of two people, at a tab."""
    def opened(tab: str = "Attributes", **options) -> Page:
        page = visit(**options)
        changed(page, lambda: upload(page, two))
        open_tab(page, tab)
        return page

    return opened


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    if name == "Masks":
        labels_come(page)
    elif name == "Sketch":
        until(page, "window.limner.sketch?.photo")


def choose(page: Page, name: str) -> None:
    changed(page, face(page, name).click)
    expect(face(page, name)).to_have_attribute("aria-pressed", "true")


def dab(page: Page, at: tuple[float, float]) -> None:
    """A short stroke at a point of the photograph."""
    box = page.locator("#viewer .drawing:visible").bounding_box()
    x, y = box["x"] + at[0] / 510 * box["width"], box["y"] + at[1] / 300 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y, steps=2)
    page.mouse.up()


def session_of(sessions):
    return list(sessions._open.values())[-1]


def test_a_face_chosen_in_one_tab_is_the_chosen_face_in_all(people, sessions):
    page = people()
    for at, tab in enumerate(TABS):
        open_tab(page, tab)
        name = f"Face {2 - at % 2}"
        choose(page, name)
        assert session_of(sessions).portrait.face == 1 - at % 2
        for other in TABS:
            open_tab(page, other)
            expect(face(page, name)).to_have_attribute("aria-pressed", "true")
    open_tab(page, "Attributes")
    changed(page, page.locator("#viewer .face[aria-pressed=false]").click)
    expect(face(page, "Face 1")).to_have_attribute("aria-pressed", "true")
    changed(page, lambda: type_amount(page, "smile", "1"))
    assert [cell.face for cell in session_of(sessions).notebook.cells] == [0]


def test_who_looks_closely_goes_on_to_the_face_that_is_chosen_and_with_one_face_there_is_nothing_to_choose(people):
    page = people("Sketch")
    page.get_by_role("button", name="Zoom to the face").click()
    choose(page, "Face 2")
    face(page, "Face 2").hover()
    stage, shown = (page.locator(f"#viewer {each}").bounding_box() for each in (".stage", ".face.meant"))
    assert abs(shown["x"] + shown["width"] / 2 - stage["x"] - stage["width"] / 2) < stage["width"] / 4
    assert page.locator("#viewer .scale").inner_text() != "100 %"
    expect(page.locator("#viewer .person")).to_have_count(2)
    changed(page, page.locator(".toolbar button[title*=Collins]").click)
    expect(page.locator("#viewer .people")).to_be_hidden()
    expect(page.locator("#viewer .person, #viewer .face")).to_have_count(0)


def test_the_faces_stand_from_left_to_right_show_where_they_are_and_are_chosen_by_keys_that_keep_the_focus(people):
    page = people("Sketch")
    for at, name in enumerate(("Face 1", "Face 2")):
        face(page, name).hover()
        shown, stage = (page.locator(f"#viewer {each}").bounding_box() for each in (".face.meant", ".sheet"))
        middle = (shown["x"] + shown["width"] / 2 - stage["x"]) / stage["width"] * 510
        assert abs(middle - MOUTHS[at][0]) < 30
    page.mouse.move(5, 5)
    expect(page.locator("#viewer .face:visible")).to_have_count(0)
    face(page, "Face 1").focus()
    page.keyboard.press("Tab")
    expect(face(page, "Face 2")).to_be_focused()
    changed(page, lambda: page.keyboard.press("Space"))
    expect(face(page, "Face 2")).to_be_focused()
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")


def test_the_face_that_is_chosen_is_framed_for_a_moment_and_then_seen_as_it_is(people):
    """Without a pointer over the picture, as on a telephone."""
    page = people()
    chosen = page.locator("#viewer .face[aria-pressed=true]")
    page.evaluate("""document.addEventListener("animationstart", ({ target }) => {
      if (target.matches(".face[aria-pressed=true]")) window.framed = getComputedStyle(target).opacity;
    })""")
    for name in ("Face 2", "Face 1"):
        page.evaluate("window.framed = null")
        choose(page, name)
        page.mouse.move(0, 0)
        until(page, "window.framed === '0.9'")
        chosen.evaluate("frame => frame.getAnimations().forEach((each) => each.finish())")   # one without end refuses
        expect(chosen).to_have_css("opacity", "0")


def test_a_sketch_stays_while_it_is_not_filled_and_with_its_face_once_it_is(people, sessions):
    page = people("Sketch")
    dab(page, MOUTHS[1])
    drawn = page.evaluate(COUNT, "hole")
    choose(page, "Face 2")
    assert page.evaluate(COUNT, "hole") == drawn > 0
    fill_once(page)
    assert session_of(sessions).cell.face == 1
    choose(page, "Face 1")
    expect(page.locator("#sketch .results")).to_be_hidden()
    assert not page.evaluate(HOLE) and session_of(sessions).selected is None
    page.locator("#cells [data-key=card0]").click()
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
    until(page, f"({COUNT})('hole') === {drawn}")


def test_a_filling_under_way_gives_way_to_another_face_and_can_be_filled_for_it(people, sessions):
    page = people("Sketch")
    dab(page, MOUTHS[1])
    drawn = page.evaluate(COUNT, "hole")
    page.locator("#sketch .fill-hole").click()
    press_when(page, ".person[aria-pressed=false]", "!document.querySelector('#sketch .stop').hidden")
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#sketch .stop")).to_be_hidden()
    assert page.evaluate(COUNT, "hole") == drawn and not session_of(sessions).notebook.cells
    fill_once(page)
    assert [cell.face for cell in session_of(sessions).notebook.cells] == [1]


def test_labels_painted_the_moment_before_belong_to_the_face_they_were_painted_for(people, sessions):
    page = people("Masks")
    page.keyboard.press("h")
    for x in (85, 105, 125):
        dab(page, (x, 82))
    painted = page.evaluate(LABELS)
    page.evaluate("document.querySelector('.person[aria-pressed=false]').click()")
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
    labels_come(page)
    session = session_of(sessions)
    assert [cell.face for cell in session.notebook.cells] == [0] and session.selected is None
    assert text_of(session.notebook.cells[0].step.labels) == painted
    assert page.locator(".toast-body").count() == 0
    changed(page, lambda: dab(page, FOREHEADS[1]))
    first, second = session.notebook.cells
    assert (first.face, second.face) == (0, 1)
    assert first.step.labels[82, 108] == second.step.labels[92, 408] == IDS["hair"]
    page.locator("#cells [data-key=card0]").click()
    expect(face(page, "Face 1")).to_have_attribute("aria-pressed", "true")
    until(page, f"painted => {LABELS} === painted", arg=painted)


def test_nothing_is_painted_while_the_labels_of_another_face_come(people, sessions):
    page = people("Masks")
    page.keyboard.press("h")
    let_go = hold(page)
    face(page, "Face 2").click()
    dab(page, FOREHEADS[0])
    let_go()
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
    labels_come(page)
    assert not session_of(sessions).notebook.cells and page.locator(".toast-body").count() == 0


def test_nothing_is_painted_on_the_labels_of_a_face_that_gave_way_to_another(people, sessions):
    page = people("Masks")
    page.keyboard.press("h")
    own, let_go = page.evaluate("window.limner.masks.note().place"), hold(page)
    face(page, "Face 2").click()
    with page.expect_request(lambda sent: '"do":"layers"' in (sent.post_data or "")):       # its labels are asked for
        let_go(first=True)
    page.evaluate("document.querySelector('.person[aria-pressed=false]').click()")
    let_go(first=True)
    until(page, "own => ![own, undefined].includes(window.limner.masks.note().place)", arg=own)
    dab(page, FOREHEADS[1])
    let_go()
    expect(face(page, "Face 1")).to_have_attribute("aria-pressed", "true")
    labels_come(page)
    wait_for(lambda: session_of(sessions).portrait.face == 0)
    assert not session_of(sessions).notebook.cells and page.locator(".toast-body").count() == 0


def test_the_face_that_is_chosen_already_can_be_clicked_and_painted_on(people, sessions):
    page = people("Masks")
    page.keyboard.press("h")
    changed(page, face(page, "Face 1").click)
    labels_come(page)
    changed(page, lambda: dab(page, FOREHEADS[0]))
    assert session_of(sessions).cell.step.labels[82, 108] == IDS["hair"]


def test_of_faces_clicked_one_after_another_the_last_is_chosen(people, sessions):
    page = people("Masks")
    page.evaluate("() => { for (const at of [1, 0, 1]) document.querySelectorAll('.person')[at].click(); }")
    labels_come(page)
    expect(face(page, "Face 2")).to_have_attribute("aria-pressed", "true")
    wait_for(lambda: session_of(sessions).portrait.face == 1)                # labels were there before the clicks, too
    assert page.locator(".toast-body").count() == 0


def test_clicks_that_overtake_each_other_count_in_the_order_they_were_made(two, models):
    session = Session()
    session.open_photo(two.read_bytes())
    for number, at in ((1, 1000.001), (1, 1000.003), (0, 1000.002)):
        choose_face(session, {"face": number, "at": at}, models)
    assert session.portrait.face == 1
    choose_face(session, {"face": 0, "at": 1000.004}, models)
    assert session.portrait.face == 0


def test_a_phone_shows_the_faces_large_enough_for_a_finger_in_chinese_too(people):
    page = people("区域标签", **PHONE | {"locale": "zh-CN"})
    group = page.get_by_role("group", name="选择要编辑的人脸")
    for name in ("人脸 1", "人脸 2"):
        box = group.get_by_role("button", name=name).bounding_box()
        assert box["width"] >= 40 and box["height"] >= 40 and box["x"] >= 0 and box["x"] + box["width"] <= 390
    changed(page, group.get_by_role("button", name="人脸 2").tap)
    expect(group.get_by_role("button", name="人脸 2")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_whoever_compares_sees_both_halves_of_the_face_that_is_edited(people):
    page = people()
    expect(page.locator("#viewer .compare")).to_be_disabled()
    for name, (middle, _) in zip(("Face 2", "Face 1"), reversed(MOUTHS), strict=True):
        choose(page, name)
        changed(page, lambda: type_amount(page, "smile", "1"))
        page.locator("#viewer .compare").click()
        knob, sheet = (page.locator(f"#viewer {each}").bounding_box() for each in (".knob", ".sheet"))
        assert abs((knob["x"] + knob["width"] / 2 - sheet["x"]) / sheet["width"] * 510 - middle) < 30
        page.locator("#viewer .compare").click()


def test_beside_ten_people_the_name_of_the_photograph_is_read(visit, tmp_path):
    face = open_photo(EXAMPLES / "astronaut.png").pixels[:300, 120:380]
    Image.fromarray(np.tile(face, (2, 5, 1))).save(tmp_path / "ten.png")
    page = visit()
    changed(page, lambda: upload(page, tmp_path / "ten.png"))
    expect(page.locator("#viewer .person")).to_have_count(10)
    expect(page.locator("#viewer .name")).to_have_text("ten")
    assert page.locator("#viewer .name").evaluate("at => at.clientWidth >= at.scrollWidth && at.clientWidth > 10")
