"""The page without a mouse or without eyes, in a real browser: every control is reached, named, and seen to be."""

from playwright.sync_api import Page, expect

from .browser import changed, open_tab, type_amount

FOCUSED = """() => {
  const at = document.activeElement, ringed = (node) => node && getComputedStyle(node).outlineStyle !== "none";
  if (at === document.body) return null;
  const box = at.getBoundingClientRect();
  return {
    name: at.ariaLabel || at.labels?.[0]?.textContent.trim() || at.textContent.trim(), key: at.outerHTML.slice(0, 200),
    seen: ringed(at) || ringed(at.nextElementSibling) || ringed(at.parentNode.querySelector(".knob")),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
"""What has the keyboard, whether that is seen, and whether it is in sight; None where nothing has."""


def stops(page: Page) -> list[dict]:
    """Where Tab leads from what has the keyboard to the end of the page."""
    found = []
    for _ in range(120):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError(f"Tab never leaves the page: {found[-3:]}")


def test_tab_reaches_every_control_of_every_tab_once_in_sight_with_a_name_and_a_ring(visit):
    page = visit(apart=True)
    for tab, surface, one in (
        ("Attributes", "", "Smile"), ("Sketch", "sketch", "Drawing over"), ("Masks", "masks", "Painting labels"),
    ):
        open_tab(page, tab, surface)
        page.locator(".toolbar .open").focus()
        found = stops(page)
        assert [stop for stop in found if not (stop["name"] and stop["seen"] and stop["inside"])] == []
        assert any(stop["name"].startswith(one) for stop in found)
        assert {"Camera", "Download", "Zoom in", "Forget everything"} <= {stop["name"] for stop in found}


IN_SIGHT = """() => {
  const box = (at) => document.querySelector("#viewer " + at).getBoundingClientRect();
  const [ring, stage] = [box(".drawing:not([hidden]) .ring"), box(".stage")];
  const [x, y] = [(ring.left + ring.right) / 2, (ring.top + ring.bottom) / 2];
  return x >= stage.left && x <= stage.right && y >= stage.top && y <= stage.bottom;
}"""
"""Whether the brush lies in what is seen of the picture."""


def test_a_brush_moved_by_keys_begins_in_sight_and_stays_there_however_near_the_picture_is(visit):
    page = visit()
    for tab in ("Sketch", "Masks"):
        open_tab(page, tab, tab.lower())
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
        page.get_by_role("slider", name="Before and after").focus()
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("application")).to_be_focused()
        assert page.evaluate(IN_SIGHT)
        for key in ("ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"):
            for _ in range(12):
                page.keyboard.press("Shift+" + key)
                assert page.evaluate(IN_SIGHT)
        page.locator("#viewer .fit").click()


def test_what_can_be_pressed_no_longer_hands_the_keyboard_to_what_stands_beside_it(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.locator("#cells .undo").focus()
    changed(page, lambda: page.keyboard.press("Enter"))
    expect(page.locator("#cells .redo")).to_be_focused()
    likeness = page.locator("details.likeness")
    likeness.locator("summary").click()
    likeness.get_by_role("button", name="10 s").focus()
    page.keyboard.press("Enter")
    expect(likeness.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(likeness.get_by_role("button", name="At once")).to_be_focused()


def test_a_cell_deleted_by_its_key_leaves_the_keyboard_on_its_neighbour_and_says_which_that_is(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    page.get_by_role("button", name="New edit").click()
    changed(page, lambda: type_amount(page, "jaw", "1"))
    page.get_by_role("button", name="Edit 2: Jaw width +1").focus()
    changed(page, lambda: page.keyboard.press("Delete"))
    expect(page.get_by_role("button", name="Edit 1: Smile +1")).to_be_focused()
    expect(page.locator("#cells [role=status]")).to_have_text("Edit 1: Smile +1 · 1 of 1")
    changed(page, lambda: page.keyboard.press("Control+z"))
    expect(page.locator("#cells [role=status]")).to_have_text("Edit 2: Jaw width +1 · 2 of 2")       # what is back


def test_a_hole_is_brushed_out_and_filled_by_keys_and_what_came_of_it_is_said(visit):
    page = visit()
    open_tab(page, "Sketch", "sketch")
    page.get_by_role("application").focus()
    for key in ("Enter", *["Shift+ArrowRight"] * 2, "Enter"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Fill", exact=True).focus()
    changed(page, lambda: page.keyboard.press("Enter"))
    expect(page.locator("#cells [role=status]")).to_have_text("Edit 1: Sketch · 1 of 1")
    expect(page.locator("#sketch .results [role=status]")).to_have_text("4 to choose from")


def test_arrows_lead_from_tab_to_tab_and_a_reader_of_the_screen_hears_names_without_keys_and_amounts_once(visit):
    page = visit()
    page.get_by_role("tab", name="Attributes").focus()
    for key, tab in (("ArrowRight", "Sketch"), ("End", "Masks"), ("ArrowRight", "Attributes"), ("ArrowLeft", "Masks"),
                     ("Home", "Attributes")):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=tab)).to_be_focused()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    open_tab(page, "Masks", "masks")
    expect(page.get_by_role("radio", name="Hair", exact=True)).to_have_attribute("aria-keyshortcuts", "H")
    expect(page.get_by_role("button", name="Pick from the picture", exact=True)).to_be_visible()    # here a label
    expect(page.locator("#masks").get_by_role("status")).to_have_count(0)      # sliders say themselves where they stand
    expect(page.get_by_role("list", name="Edits")).to_be_visible()
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("dialog", name="Camera")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Check a picture").click()
    expect(page.get_by_role("dialog", name="Check a picture")).to_be_visible()
