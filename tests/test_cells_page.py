"""The edits in a real browser: cells and branches, whose face they are of, and the photograph that was open before."""

from PIL import Image
from playwright.sync_api import expect

from editors.acts import EXAMPLES
from editors.images import open_photo

from .browser import AFTER, PHONE, changed, download, open_tab, settle, type_amount, upload
from .sketching import MOUTH, draw, fill_once


def test_what_is_moved_before_a_slow_server_has_chosen_another_edit_is_moved_from_where_that_one_stands(visit):
    page, held, holding = visit(), [], [True]
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.route("**/queue/join*", lambda route: held.append(route) if holding else route.continue_())
    page.get_by_role("button", name="New edit").click()
    type_amount(page, "jaw", "1")
    holding.clear()
    for route in reversed(held):  # the last one first, as a network may
        route.continue_()
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +1", "Jaw width +1", "New edit"])


def test_the_names_of_branches_stay_in_one_line_on_a_telephone(visit):
    page = visit(**PHONE | {"locale": "zh-CN"})
    changed(page, lambda: type_amount(page, "smile", "1"))
    for count in (2, 3, 4):
        page.locator("#cells .fork").press("Enter")
        expect(page.locator("#cells .branch")).to_have_count(count)
    tall = page.locator("#cells header").bounding_box()["height"]
    assert tall < 40 and page.locator("#cells header").evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    assert page.locator("#cells .fork").bounding_box()["x"] < 360


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


def test_a_branch_goes_its_own_way(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    first = page.evaluate(AFTER)
    changed(page, page.locator("#cells .fork").click)
    changed(page, lambda: type_amount(page, "smile", "-1"))
    assert page.evaluate(AFTER) != first
    changed(page, page.get_by_role("tab", name="Branch 1").click)
    assert page.evaluate(AFTER) == first and page.locator("#amount-smile").input_value() == "1"


def test_a_double_click_repeats_a_cell_once_and_makes_or_closes_one_branch(visit):
    page = visit()
    branches = page.locator("#cells .branch")
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.locator("#cells .cell.selected").hover()
    changed(page, page.get_by_role("button", name="Duplicate").dblclick)
    type_amount(page, "jaw", "2")
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +1", "Jaw width +2 · 1 more", "New edit"])
    for count in (2, 3):
        page.locator("#cells .fork").dblclick()
        expect(branches).to_have_count(count)
    page.get_by_role("button", name="Close branch 1").dblclick()
    expect(branches).to_have_count(2)
    type_amount(page, "jaw", "-2")
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +1", "Jaw width −2 · 1 more", "New edit"])
    expect(branches).to_have_text(["Branch 1", "Branch 2"])


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


def test_undo_brings_back_the_photograph_that_was_open_before_and_its_edits(visit, photo):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    changed(page, lambda: upload(page, photo))
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    expect(page.locator(".toast-body")).to_contain_text("Undo brings back astronaut with its edits")
    expect(page.get_by_role("button", name="Undo: back to astronaut")).to_be_enabled()
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == edited
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
    changed(page, page.locator("#cells .redo").click)
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


def test_a_reload_and_a_click_on_a_cell_come_to_its_tab(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    open_tab(page, "Sketch", "sketch")
    changed(page, page.locator("#cells .fresh .card").click)
    draw(page, "hole", MOUTH)
    fill_once(page)
    page.reload()
    settle(page)
    sketch, attributes = (page.get_by_role("tab", name=name) for name in ("Sketch", "Attributes"))
    expect(sketch).to_have_attribute("aria-selected", "true")
    changed(page, page.locator("#cells .cell .card").nth(1).click)
    expect(attributes).to_have_attribute("aria-selected", "true")
    page.reload()
    settle(page)
    expect(attributes).to_have_attribute("aria-selected", "true")
