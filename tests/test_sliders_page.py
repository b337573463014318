"""The sliders in a real browser: the picture follows them, by mouse, by keys and by what is typed."""

import pytest
from playwright.sync_api import expect

from editors.attributes.directions import directions_of

from .browser import AFTER, PHONE, SHOWN, changed, settle, slide, type_amount, until, upload


def test_the_first_screen_holds_an_example_and_sliders_for_all_directions_which_a_double_click_puts_back(visit, models):
    page = visit()
    expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
    names = [found.name for found in directions_of(models)]
    assert page.eval_on_selector_all("#attributes input[type=range]", "all => all.map(one => one.id)") == [
        f"amount-{name}" for name in names
    ]
    slider = page.locator("#amount-smile")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.dblclick(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2)
    assert slider.input_value() == "0"
    changed(page, lambda: type_amount(page, "jaw", "1"))
    changed(page, page.locator("#cells .undo").click)
    expect(page.locator("#cells .undo")).to_be_disabled()                  # a double click leaves nothing to undo


def test_what_is_done_before_the_work_is_found_waits_for_it(unopened, address):
    page = unopened
    page.goto(address)
    type_amount(page, "smile", "1.5")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1.5")
    assert page.locator(".toast-body").count() == 0


def test_the_picture_follows_the_slider_rests_at_full_size_and_undo_and_redo_bring_back_the_very_one(visit):
    page = visit()
    start, rests = page.evaluate(AFTER), page.evaluate(SHOWN)
    slide(page, "smile", 2)
    until(page, f"start => ({AFTER})() !== start", arg=start)
    quick = page.evaluate(AFTER)
    assert page.evaluate(SHOWN) == rests
    page.mouse.up()
    settle(page, rests)
    edited = page.evaluate(AFTER)
    assert edited not in (start, quick)
    expect(page.locator("#viewer .tag-after")).to_have_css("opacity", "1")
    expect(page.locator("#cells .cell.selected .name")).to_contain_text("Smile +")
    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == start and page.locator("#amount-smile").input_value() == "0"
    changed(page, lambda: page.keyboard.press("Control+Shift+z"))
    assert page.evaluate(AFTER) == edited and float(page.locator("#amount-smile").input_value()) > 1
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == start
    hair, names = page.locator(".locks [value=hair]"), "#cells .cell .name"
    changed(page, lambda: hair.locator("..").click())                  # begins no edit, but holds in the next
    assert page.locator(names).all_inner_texts() == ["Photo", "New edit"] and hair.is_checked()
    changed(page, lambda: type_amount(page, "smile", "1"))
    assert page.locator(names).all_inner_texts() == ["Photo", "Smile +1", "New edit"] and hair.is_checked()
    page.locator("#cells .cell", has_text="New edit").locator("button").first.click()
    expect(hair).not_to_be_checked()


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


def test_the_keyboard_moves_sliders_and_the_wipe(visit):
    page = visit()
    page.locator("#amount-smile").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert float(page.locator("#amount-smile").input_value()) == pytest.approx(0.4)
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +0.4", "New edit"])
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
        """By eight keys in one moment: on a slow machine those of a person are several changes."""
        jaw.evaluate("""(range) => {
          for (let press = 0; press < 8; press++) {
            range.stepUp();
            for (const kind of ["input", "change"]) range.dispatchEvent(new Event(kind, { bubbles: true }));
          }
        }""")
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


def test_on_a_phone_what_has_the_focus_lies_below_the_picture_and_a_finger_that_scrolls_moves_no_slider(visit):
    page = visit(**PHONE)
    page.locator(".footer").scroll_into_view_if_needed()
    page.locator("#amount-brows_raised").focus()
    picture, slider = (page.locator(name).bounding_box() for name in ("#viewer", "#amount-brows_raised"))
    assert picture["y"] + picture["height"] <= slider["y"] and slider["y"] + slider["height"] <= 844
    page.evaluate("scrollTo(0, 0)")
    touches, box = page.context.new_cdp_session(page), page.locator("#amount-brows_raised").bounding_box()
    x, y = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    page.evaluate("""() => document.querySelector("#amount-brows_raised").addEventListener(
      "input", ({ target }) => { window.moved ||= target.value !== "0"; })""")
    for kind, ups in (("touchStart", [0]), *(("touchMove", [up]) for up in range(10, 200, 10)), ("touchEnd", [])):
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y - up} for up in ups]})
    until(page, "scrollY > 50 && window.moved")           # the browser moves it before it scrolls
    expect(page.locator("#amount-brows_raised")).to_have_value("0")
    changed(page, lambda: type_amount(page, "jaw", "1"))
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Jaw width +1")


def test_a_slider_that_is_let_go_where_it_was_taken_leaves_the_picture_that_was_there(visit):
    page = visit()
    start, rests = page.evaluate(AFTER), page.evaluate(SHOWN)
    slide(page, "smile", 2)
    until(page, f"start => ({AFTER})() !== start", arg=start)
    box = page.locator("#amount-smile").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    assert page.locator("#amount-smile").input_value() == "0"
    page.mouse.up()
    settle(page, rests)
    assert page.evaluate(AFTER) == start
    expect(page.locator("#viewer .compare")).to_be_disabled()
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "New edit"])


@pytest.mark.parametrize("key", ["Control+z", "Escape"])
def test_a_slider_that_is_held_goes_back_by_undo_and_nothing_that_was_done_before_does(visit, key):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited, rests, age = page.evaluate(AFTER), page.evaluate(SHOWN), page.locator("#amount-age")
    slide(page, "age", 2)
    until(page, f"edited => ({AFTER})() !== edited", arg=edited)
    page.keyboard.press(key)
    page.keyboard.press(key)                               # a key that is held says so again and again
    assert age.input_value() == "0"
    box = age.bounding_box()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=3)
    assert age.input_value() == "0"                        # the hand is still on it
    page.mouse.up()
    settle(page, rests)
    assert page.evaluate(AFTER) == edited
    expect(page.locator("#cells .cell .name")).to_have_text(["Photo", "Smile +1", "New edit"])
    age.focus()
    changed(page, lambda: page.keyboard.press("ArrowRight"))
    expect(page.locator("#cells .cell.selected .name")).to_contain_text("more")
    changed(page, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate(AFTER) == edited and age.input_value() == "0"


CLOSING = """
const reach = window.fetch;
window.fetch = async (address, ...how) => {
  const answer = await reach(address, ...how);
  if (!String(address.url ?? address).includes("/queue/data")) return answer;
  return new Response(answer.body.pipeThrough(new TransformStream({ async transform(piece, out) {
    window.closing = window.held && new TextDecoder().decode(piece).includes("close_stream");
    if (window.closing) await window.held;
    out.enqueue(piece);
  } })), { headers: answer.headers });
};
"""
"""The word that all is answered takes its time, as on a slow network, while window.held is one."""


def test_what_reaches_the_server_while_it_ends_its_answers_is_answered(unopened, address):
    page = unopened
    page.add_init_script(CLOSING)
    page.goto(address)
    settle(page)
    page.evaluate("() => { window.held = new Promise((resolve) => { window.letGo = resolve; }); }")
    type_amount(page, "smile", "1")
    until(page, "window.closing")
    with page.expect_response(lambda answer: "/queue/join" in answer.url):
        type_amount(page, "jaw", "1")
    page.evaluate("window.letGo()")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Jaw width +1 · 1 more")
    expect(page.locator("body.limner-busy")).to_have_count(0)


def test_what_was_set_or_half_typed_while_the_server_was_away_is_there_once_it_is_back(visit):
    """Gradio loads the page anew when it reaches its server again."""
    page = visit()
    changed(page, lambda: type_amount(page, "jaw", "1"))
    page.route("**/queue/join*", lambda route: route.abort())
    type_amount(page, "smile", "1.5")
    expect(page.locator(".toast-message-text")).to_contain_text("Limner cannot be reached")
    page.locator(".setting:has(#amount-age) .number").fill("-1")
    page.unroute("**/queue/join*")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1.5 · 2 more")
    assert [page.locator(f"#amount-{name}").input_value() for name in ("smile", "jaw", "age")] == ["1.5", "1", "-1"]
    page.reload()
    settle(page)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1.5 · 2 more")


def test_what_was_set_in_a_window_that_is_closed_at_once_is_there_in_the_next(visit):
    page = visit()
    changed(page, lambda: type_amount(page, "jaw", "1"))
    page.route("**/queue/join*", lambda route: None)                # it does not come to the server any more
    type_amount(page, "smile", "1.5")
    page.close()
    expect(visit().locator("#cells .cell.selected .name")).to_have_text("Smile +1.5 · 1 more")


def test_what_is_set_before_a_server_that_is_back_has_answered_comes_on_top_of_what_was_set_while_it_was_away(visit):
    page, held, away, holding = visit(), [], [True], [True]
    page.route("**/queue/join*", lambda route: route.abort() if away else held.append(route) if holding
               else route.continue_())
    type_amount(page, "smile", "1.5")
    expect(page.locator(".toast-message-text")).to_contain_text("Limner cannot be reached")
    with page.expect_navigation():
        away.clear()
    until(page, "document.querySelector('#attributes input[type=range]')")
    type_amount(page, "jaw", "1")
    asked = []
    page.on("request", lambda request: asked.append(request.post_data) if "queue/join" in request.url else None)
    holding.clear()
    for route in held:
        route.continue_()
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1.5 · 1 more")
    assert sum('"do":"set"' in data for data in asked) == 1       # asked for by itself, jaw could replace what was kept
    assert [page.locator(f"#amount-{name}").input_value() for name in ("smile", "jaw")] == ["1.5", "1"]


def test_what_was_set_while_the_server_was_away_gives_way_to_what_another_window_did_meanwhile(visit):
    page, other = visit(), visit()
    page.route("**/queue/join*", lambda route: route.abort())
    type_amount(page, "smile", "1.5")
    changed(other, lambda: type_amount(other, "jaw", "1"))
    page.bring_to_front()                                           # one behind another looks for its server less often
    page.unroute("**/queue/join*")
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Jaw width +1")
    assert page.locator("#amount-smile").input_value() == "0"
