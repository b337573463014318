"""The Masks tab in a real browser: labels are painted, the face follows on release, and maps travel without loss."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from editors.acts import EXAMPLES
from editors.images import open_labels, open_photo, save_labels
from editors.labels import BISENET_NAMES, COLOURS, IDS, NAMES, label_id
from editors.parsing import labels_of
from editors.semantic.step import DrawFace

from .browser import (
    AFTER,
    LABELS,
    PHONE,
    changed,
    download,
    hold,
    labels_come,
    open_tab,
    settle,
    text_of,
    until,
    upload,
    wait_for,
)
from .painting import FRINGE, painted, step_of, tap


@pytest.fixture(scope="module")
def own(portrait, models) -> np.ndarray:
    """The example's own labels."""
    return labels_of(portrait, models)


def test_the_palette_names_every_label_of_the_photographs_own_map_and_one_is_picked_and_fills_an_area(masks, own):
    page = masks()
    expect(page.locator("#masks .palette .chip")).to_have_count(len(NAMES))
    assert np.array_equal(painted(page), own)
    page.keyboard.press("3")
    assert page.evaluate("window.limner.masks.tool.value") == IDS["eyeglasses"]
    page.locator("#masks .dropper").click()
    eye = np.argwhere(own == IDS["left eye"]).mean(0)[::-1] + 0.5
    tap(page, [tuple(eye)])
    assert page.evaluate("window.limner.masks.tool.value") == IDS["left eye"]
    page.keyboard.press("n")
    page.locator("#masks .plain.fill").click()
    changed(page, lambda: tap(page, [(224, 120)]))          # the nose's skin becomes neck
    seen = painted(page)
    assert (seen[seen != own] == IDS["neck"]).all() and (seen != own).sum() == (own == own[120, 224]).sum()


def test_the_face_follows_on_release_the_step_holds_what_was_painted_and_undo_brings_back_both(
    masks, sessions, own, tmp_path,
):
    page = masks()
    start = page.evaluate(AFTER)
    page.keyboard.press("h")
    changed(page, lambda: tap(page, FRINGE))
    edited = page.evaluate(AFTER)
    assert edited != start
    step, seen = step_of(sessions), painted(page)
    assert np.array_equal(step.labels, seen) and np.array_equal(step.original, own)
    new = seen != own
    assert (seen[new] == IDS["hair"]).all() and new[81, 220:230].all() and not new[95:].any()
    pixels, photo = open_photo(download(page, "png", tmp_path)).pixels, open_photo(EXAMPLES / "astronaut.png").pixels
    assert (pixels[new] != photo[new]).any() and np.array_equal(pixels[200:], photo[200:])
    for keys, picture, map_ in (("Control+z", start, own), ("Control+Shift+z", edited, seen)):
        changed(page, lambda keys=keys: page.keyboard.press(keys))
        assert page.evaluate(AFTER) == picture
        until(page, f"map => {LABELS} === map", arg=text_of(map_))
    page.locator("#masks .eraser").click()
    changed(page, lambda: tap(page, FRINGE))
    assert np.array_equal(painted(page), own) and page.evaluate(AFTER) == start


def test_a_stroke_that_the_server_had_no_room_for_goes_along_with_the_next(masks, sessions):
    page = masks()
    page.keyboard.press("h")
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    tap(page, FRINGE)
    expect(page.locator(".toast-message-text")).to_contain_text("Too much waits")
    page.unroute("**/queue/join*")
    changed(page, lambda: tap(page, [(x, y + 10) for x, y in FRINGE]))
    assert np.array_equal(step_of(sessions).labels, painted(page))
    assert painted(page)[[82, 92], 225].tolist() == [IDS["hair"]] * 2


def test_what_was_painted_while_the_server_was_away_is_there_once_it_is_back(masks, sessions):
    page = masks()
    page.keyboard.press("h")
    page.route("**/queue/join*", lambda route: route.abort())
    tap(page, FRINGE)
    drawn = painted(page)
    expect(page.locator(".toast-message-text")).to_contain_text("What you set and drew is kept here")
    page.wait_for_function("sessionStorage['limner-masks_canvas']")
    with page.expect_navigation():                                      # Gradio loads the page anew
        page.unroute("**/queue/join*")
    settle(page)
    changed(page, lambda: page.get_by_role("tab", name="Masks").click())
    assert np.array_equal(step_of(sessions).labels, drawn) and np.array_equal(painted(page), drawn)
    page.wait_for_function("!sessionStorage['limner-masks_canvas']")


def test_what_is_painted_while_a_stroke_is_on_its_way_is_there_after_a_reload(masks, sessions):
    page, held = masks(), []
    page.keyboard.press("h")
    page.route("**/queue/join*", lambda route: held.append(route))
    for down in (0, 12):
        tap(page, [(x, y + down) for x, y in FRINGE])
    drawn = painted(page)
    page.unroute("**/queue/join*")
    page.reload()
    settle(page)
    page.get_by_role("tab", name=re.compile("Masks")).click()
    page.locator("[data-cells='1']").first.wait_for()
    labels_come(page)
    wait_for(lambda: np.array_equal(step_of(sessions).labels, drawn))     # the first stroke may come alone, before both
    assert np.array_equal(painted(page), drawn)


def test_what_is_painted_before_another_windows_change_was_seen_comes_on_top_of_it(masks, sessions):
    page, other = masks(), masks()
    other.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    for each in (page, other):
        each.keyboard.press("h")
    page.bring_to_front()                                     # one behind another draws a stroke only now and then
    changed(page, lambda: tap(page, FRINGE))
    other.bring_to_front()
    let_go = hold(other)
    tap(other, [(x, y + 12) for x, y in FRINGE])
    both = text_of(np.where(painted(page) != painted(other), IDS["hair"], painted(page)))
    let_go()
    until(other, f"both => ({LABELS}) === both", arg=both)
    expect(other.locator("[data-cells='1']")).to_have_count(1)
    wait_for(lambda: np.array_equal(step_of(sessions).labels, painted(other)))


def test_a_phone_shows_it_all_in_chinese_the_map_to_a_finger_that_touches_and_the_result_to_one_that_leaves(masks):
    page = masks(**PHONE | {"locale": "zh-CN"})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert set(re.findall(r"[A-Za-z]{3,}", page.locator("#masks").inner_text())) <= {"BiSeNet", "SegFormer"}
    shown = "+getComputedStyle(document.querySelector('#viewer .drawing canvas')).opacity"
    box = page.locator("#viewer .drawing").bounding_box()
    touch = page.context.new_cdp_session(page)
    page.keyboard.press("h")

    def finger(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": box["x"] + x / 512 * box["width"], "y": box["y"] + y / 512 * box["height"]} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    def stroke() -> None:
        finger("touchStart", FRINGE[0])
        for point in FRINGE[1:]:
            finger("touchMove", point)
        finger("touchEnd")

    changed(page, stroke)
    until(page, f"{shown} < 0.2")
    finger("touchStart", FRINGE[1])
    until(page, f"{shown} === 1")
    finger("touchEnd")
    until(page, f"{shown} < 0.2")


def test_a_map_is_exported_and_imported_without_loss_and_one_that_counts_otherwise_is_asked_about(masks, own, tmp_path):
    page = masks()
    page.keyboard.press("h")
    changed(page, lambda: tap(page, FRINGE))
    map_ = painted(page)
    with page.expect_download() as coming:
        page.locator("#masks .export_layer").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert path.name == "astronaut-labels.png" and np.array_equal(open_labels(path), map_)
    assert np.array_equal(np.asarray(Image.open(path).convert("RGB")), COLOURS[map_])
    changed(page, page.locator("#masks .clear_labels").click)
    assert np.array_equal(painted(page), own)
    changed(page, lambda: page.locator("#masks .files input").set_input_files(path))
    assert np.array_equal(painted(page), map_)
    counted = np.array([BISENET_NAMES.index(name) for name in NAMES], np.uint8)[own]
    counted[70:86, 195:255] = BISENET_NAMES.index("hair")
    save_labels(tmp_path / "other.png", counted)
    page.locator("#masks .files input").set_input_files(tmp_path / "other.png")
    expect(page.locator("#masks .order-dialog")).to_contain_text("as bisenet does")
    changed(page, page.locator("#masks .order-dialog .strong").click)
    seen = painted(page)
    assert (seen[70:86, 195:255] == label_id("hair")).all() and np.array_equal(seen[100:], own[100:])


def test_a_second_photograph_lends_its_style_and_takes_it_back(masks, sessions, tmp_path):
    page = masks()
    start = page.evaluate(AFTER)
    other = open_photo(EXAMPLES / "astronaut.png").pixels[:, :, ::-1]
    Image.fromarray(np.ascontiguousarray(other)).save(tmp_path / "other.png")
    changed(page, lambda: page.locator("#masks .reference-file").set_input_files(tmp_path / "other.png"))
    expect(page.locator("#masks .reference")).to_be_visible()
    assert page.evaluate(AFTER) != start
    changed(page, page.locator("#masks .regions .chip").first.click)
    assert step_of(sessions).regions == ("hair",)
    changed(page, page.locator("#masks .drop-reference").click)
    expect(page.locator("#masks .reference")).to_be_hidden()
    assert page.evaluate(AFTER) == start


def test_glasses_are_put_on_and_moved_and_a_chosen_part_is_given_another_look(masks, sessions):
    page = masks()
    changed(page, lambda: page.locator("#masks .shape").evaluate(
        "list => { list.value = 'glasses round'; list.dispatchEvent(new Event('change')); }"
    ))
    first = np.argwhere(painted(page) == IDS["eyeglasses"])
    assert len(first) > 200
    page.keyboard.press("3")
    page.locator("#masks .parts > summary").click()
    changed(page, page.get_by_label("Down", exact=True).click)
    assert 1 < np.argwhere(painted(page) == IDS["eyeglasses"]).mean(0)[0] - first.mean(0)[0] < 6
    worn = page.evaluate(AFTER)
    page.keyboard.press("h")
    changed(page, page.locator("#masks .restyle").click)
    step = step_of(sessions)
    assert step.sampled and step.regions == ("hair",) and page.evaluate(AFTER) != worn


def test_wells_show_the_colours_that_are_there_and_joining_is_a_choice(masks, sessions, own):
    page = masks()
    expect(page.locator("#masks .colours input").first).not_to_have_value("#808080")
    photo = open_photo(EXAMPLES / "astronaut.png").pixels
    shown = page.locator("#masks .colours input").evaluate_all("wells => wells.map(well => well.value)")
    hair, lips = (photo[np.isin(own, ids)].mean(0) for ids in ([IDS["hair"]], [IDS["upper lip"], IDS["lower lip"]]))
    for wanted, well in ((hair, shown[0]), (lips, shown[3])):
        assert np.abs(np.array([int(well[k : k + 2], 16) for k in (1, 3, 5)]) - wanted).max() < 12
    page.keyboard.press("h")
    changed(page, lambda: tap(page, FRINGE))
    changed(page, lambda: page.locator("#masks select.blend").select_option("poisson"))
    assert step_of(sessions).blend == "poisson"
    page.locator("#masks select.parser").select_option("face_parser_segformer")      # is not here: it is offered
    expect(page.locator("dialog[open]")).to_contain_text("face_parser_segformer")
    assert step_of(sessions).parser == "embedded"


def test_a_face_is_drawn_from_the_labels_and_another_by_pressing_again(masks, sessions, own):
    page = masks()
    page.locator("#masks .alone > summary").click()
    changed(page, page.locator("#masks .draw-face").click)
    page.locator("[data-cells='1']").first.wait_for()
    first, picture = step_of(sessions), page.evaluate(AFTER)
    assert isinstance(first, DrawFace) and np.array_equal(first.labels, own)
    changed(page, page.locator("#masks .draw-face").click)
    second = step_of(sessions)
    assert second.seed != first.seed and np.array_equal(second.labels, own) and page.evaluate(AFTER) != picture
    assert len(list(sessions._open.values())[-1].notebook.cells) == 1


def test_a_picture_without_a_face_is_told_of_once_and_again_when_it_is_pressed(visit, own, sessions, tmp_path):
    page = visit()
    changed(page, lambda: upload(page, EXAMPLES / "chelsea.png"))
    expect(page.locator(".toast-body")).to_contain_text("No face was found")
    page.locator(".toast-close").first.click()
    expect(page.locator(".toast-body")).to_have_count(0)
    page.get_by_role("tab", name="Masks").click()
    expect(page.locator("#masks .help")).to_contain_text("There are no labels to paint")
    expect(page.locator("body.limner-busy")).to_have_count(0)
    expect(page.locator(".toast-body")).to_have_count(0)
    page.locator("#viewer .drawing").click()
    expect(page.locator(".toast-body")).to_contain_text("No face was found")
    expect(page.locator("#masks .draw-face")).to_be_disabled()
    labels = own[60:360, 30:481]                       # of its size: a face is drawn from them without the picture's
    save_labels(tmp_path / "labels.png", labels)
    page.locator("#masks .files input").set_input_files(tmp_path / "labels.png")
    labels_come(page)
    expect(page.locator("#masks .help")).to_contain_text("Draws a new face")
    changed(page, page.locator("#masks .draw-face").click)
    wait_for(lambda: isinstance(step_of(sessions), DrawFace) and np.array_equal(step_of(sessions).labels, labels))
    changed(page, page.locator("#cells .undo").click)
    expect(page.locator("#masks .help")).to_contain_text("There are no labels to paint")
    changed(page, page.get_by_role("button", name="Undo: back").click)
    labels_come(page)
    expect(page.locator("#masks .help")).to_contain_text("Paint parts where they should be")


def test_the_eye_says_what_is_seen_of_the_labels(visit):
    page, held = visit(), []
    page.route("**/queue/join*", lambda route: held.append(route))
    open_tab(page, "Masks", "masks")
    page.evaluate("window.limner.busy(false)")            # the picture is here; of one of 12 megapixels, labels are not
    expect(page.locator("#viewer .hint")).to_have_text("Finding the parts of the face…")
    held.pop().continue_()
    page.unroute("**/queue/join*")
    eye = page.locator("#masks").get_by_label("Show the drawing")
    labels_come(page)
    expect(page.locator("#viewer .hint")).to_be_empty()
    expect(page.locator("body.limner-busy")).to_have_count(0)
    expect(eye).to_have_attribute("aria-pressed", "true")
    page.locator("#masks .palette input").nth(13).check()
    stage = page.locator("#viewer .stage").bounding_box()
    changed(page, lambda: page.mouse.click(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] * 0.3))
    page.mouse.move(5, 5)
    expect(eye).to_have_attribute("aria-pressed", "false")
    seen = page.locator("#viewer .drawing:visible canvas").first
    expect(seen).to_have_css("opacity", "0.1")
    for pressed, opacity in (("true", "1"), ("false", "0"), ("true", "1")):
        eye.click()
        expect(eye).to_have_attribute("aria-pressed", pressed)
        expect(seen).to_have_css("opacity", opacity)
