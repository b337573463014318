"""Files in a real browser: photographs that come, pictures and notebooks that leave, and what they say."""

import base64

import numpy as np
from playwright.sync_api import expect

from editors.__main__ import main
from editors.acts import EXAMPLES
from editors.images import open_photo
from editors.provenance import read_credentials

from .browser import AFTER, DROP, PASTE, changed, download, type_amount, until, upload, wait_for

HELD = """() => {
  const decode = HTMLImageElement.prototype.decode, held = new Promise((resolve) => { window.letGo = resolve; });
  HTMLImageElement.prototype.decode = async function () {
    window.decoding = true;
    await held;
    return decode.call(this);
  };
}"""
"""Pictures take until letGo() to be decoded, as on a slow machine."""


def test_what_is_downloaded_is_what_the_command_writes_and_says_so(visit, photo, tmp_path):
    page = visit()
    changed(page, lambda: upload(page, photo))
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    changed(page, lambda: type_amount(page, "smile", "1.5"))
    written = tmp_path / "command.png"
    assert main(["attributes", str(photo), "--set", "smile=1.5", "-o", str(written)]) == 0
    for kind in ("png", "webp"):
        path = download(page, kind, tmp_path)
        assert path.name == f"holiday-edited.{kind}"
        assert np.array_equal(open_photo(path).pixels, open_photo(written).pixels)
        said = read_credentials(path)
        assert said["state"] == "ours" and said["actions"][-1]["settings"]["amounts"] == {"smile": 1.5}


def test_the_label_is_in_the_pixels_only_when_asked_for(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    plain = open_photo(download(page, "png", tmp_path)).pixels
    page.locator(".download > summary").click()
    page.locator(".write-label").check()
    page.keyboard.press("Escape")
    labelled = open_photo(download(page, "png", tmp_path)).pixels
    rows, columns = np.nonzero((plain != labelled).any(2))
    assert len(rows) > 200 and rows.min() > 0.9 * len(plain) and columns.min() > 0.7 * plain.shape[1]


def test_what_is_open_keeps_its_shape_and_name_until_the_next_photograph_can_be_seen(visit, photo):
    page = visit()
    page.evaluate(HELD)
    upload(page, photo)
    until(page, "window.decoding")
    name, sheet = page.locator("#viewer .size"), page.locator("#viewer .sheet")
    expect(name).to_have_text("astronaut · 512 × 512")
    assert sheet.evaluate("sheet => sheet.offsetWidth === sheet.offsetHeight")
    changed(page, lambda: page.evaluate("window.letGo()"))
    expect(name).to_have_text("holiday · 480 × 400")
    assert sheet.evaluate("sheet => Math.abs(sheet.offsetWidth / sheet.offsetHeight - 1.2) < 0.01")


def test_of_photographs_opened_one_right_after_another_the_last_is_open_and_undo_brings_back_the_other(visit, photo):
    page = visit()
    upload(page, photo)
    upload(page, EXAMPLES / "chelsea.png")
    expect(page.locator("#viewer .size")).to_have_text("chelsea · 451 × 300")
    changed(page, page.get_by_role("button", name="Undo").click)
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


def test_a_bad_upload_is_explained_and_the_work_goes_on(visit, tmp_path):
    page = visit()
    for amount, content, said in (
        ("1", b"not a picture", "is a text file"), ("2", b"\x89PNG\r\n\x1a\n cut short", "cut short or damaged"),
    ):
        bad = tmp_path / f"bad-{amount}.png"
        bad.write_bytes(content)
        upload(page, bad)
        expect(page.locator(".toast-body")).to_contain_text(said)
        expect(page.locator("#viewer .size")).to_have_text("astronaut · 512 × 512")
        changed(page, lambda amount=amount: type_amount(page, "smile", amount))
        expect(page.locator("#cells .cell.selected .name")).to_have_text(f"Smile +{amount}")


def test_a_picture_is_pasted_even_where_an_amount_was_typed_and_seen_whatever_dialog_was_open(visit, photo):
    page = visit()
    pasted, size = base64.b64encode(photo.read_bytes()).decode(), page.locator("#viewer .size")
    changed(page, lambda: type_amount(page, "smile", "1"))
    changed(page, lambda: page.evaluate(PASTE, pasted))
    expect(size).to_have_text("pasted · 480 × 400")
    for button, dialog in ((".footer .models", ".models-dialog"), (".open-faces", ".faces-dialog")):
        changed(page, page.locator("#cells .undo").click)
        expect(size).to_have_text("astronaut · 512 × 512")
        page.locator(".toast-close").first.click()                                # which may lie over the button
        page.locator(button).first.click()
        expect(page.locator(f"{dialog}[open]")).to_have_count(1)
        changed(page, lambda: page.evaluate(PASTE, pasted))
        expect(size).to_have_text("pasted · 480 × 400")
        expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_file_past_the_limit_is_refused_before_it_is_sent(visit, tmp_path):
    page = visit()
    with open(tmp_path / "huge.png", "wb") as file:
        file.truncate(41_000_000)
    (tmp_path / "bad.png").write_bytes(b"a text")
    upload(page, tmp_path / "bad.png")
    expect(page.locator(".toast-body")).to_contain_text("is a text file")
    upload(page, tmp_path / "huge.png")
    expect(page.locator(".toast-body")).to_have_count(0, timeout=3_000)  # it would go by itself after ten seconds
    expect(page.locator("#viewer .hint")).to_contain_text("huge.png is too large: at most 40 MB")
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(page.locator("#viewer .hint")).to_be_empty()


def test_a_saved_notebook_opens_with_its_photograph_and_edits(visit, photo, tmp_path):
    page = visit()
    changed(page, lambda: upload(page, photo))
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    page.locator(".notebook > summary").click()
    with page.expect_download() as coming:
        page.locator(".save-notebook").click()
    saved = tmp_path / coming.value.suggested_filename
    coming.value.save_as(saved)
    assert saved.name == "holiday.limner"
    other = visit(apart=True)
    changed(other, lambda: upload(other, saved, "notebook-file"))
    assert other.evaluate(AFTER) == edited
    expect(other.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
    changed(other, lambda: type_amount(other, "smile", "-1"))
    assert other.evaluate(AFTER) != edited
    changed(other, lambda: other.evaluate(DROP, [saved.name, base64.b64encode(saved.read_bytes()).decode()]))
    assert other.evaluate(AFTER) == edited


def test_the_page_reads_what_a_picture_says_about_itself(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    path = download(page, "jpg", tmp_path)
    page.locator(".footer .check").click()
    upload(page, path, "check-file")
    expect(page.locator(".check-dialog dl")).to_contain_text("Sealed here and unchanged since")
    expect(page.locator(".check-dialog dl")).to_contain_text("Photo opened; Smile +1")
    said = page.locator(".check-dialog").get_by_role("status")       # so that it is heard
    expect(said).to_contain_text("Apache-2.0: face_detection, face_landmark")
    assert said.inner_text().count("research only") == 1             # a licence is named once, before all its models
    (tmp_path / "text.png").write_bytes(b"a text")
    upload(page, tmp_path / "text.png", "check-file")
    expect(said).to_contain_text("Choose a picture as it was saved")
    (tmp_path / "large.jpg").write_bytes(bytes(40_000_001))
    upload(page, tmp_path / "large.jpg", "check-file")
    expect(said).to_contain_text("large.jpg is too large: at most 40 MB")     # here, not behind the dialog


def test_without_a_camera_it_is_said_why_and_one_allowed_after_its_dialog_was_closed_is_switched_off_again(visit):
    page = visit()
    page.locator(".toolbar .camera").click()
    expect(page.locator(".camera-dialog .note")).to_contain_text("The camera cannot be used")
    expect(page.locator(".camera-dialog .take")).to_be_disabled()
    expect(page.locator(".camera-dialog video")).to_be_hidden()
    page.keyboard.press("Escape")
    page.evaluate("""() => {
      navigator.mediaDevices.getUserMedia = () => new Promise((allow) => { window.allow = () => {
        window.came = document.createElement("canvas").captureStream();
        allow(window.came);
      }; });
    }""")
    page.locator(".toolbar .camera").click()
    page.keyboard.press("Escape")
    expect(page.locator(".camera-dialog")).to_be_hidden()
    page.evaluate("window.allow()")
    until(page, "window.came.getTracks().every((track) => track.readyState === 'ended')")


def test_a_file_that_takes_long_to_arrive_is_named_while_it_does(visit, photo, tmp_path):
    page, held, bad = visit(), [], tmp_path / "bad.png"
    bad.write_bytes(b"a text")
    hint = page.locator("#viewer .hint")
    for path in (photo, bad):
        page.route("**/upload*", lambda route: held.append(route))
        upload(page, path)
        expect(hint).to_have_text(f"Opening {path.name}…")
        held.pop().continue_()
        expect(hint).to_be_empty()
    expect(page.locator(".toast-body")).to_contain_text("is a text file")
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")


def test_a_file_that_is_under_way_is_named_when_the_one_before_it_comes_into_sight(visit, photo):
    page, held = visit(), []
    page.evaluate(HELD)
    upload(page, photo)
    until(page, "window.decoding")
    page.route("**/upload*", lambda route: held.append(route))
    upload(page, EXAMPLES / "chelsea.png")
    page.evaluate("window.letGo()")
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    expect(page.locator("#viewer .hint")).to_have_text("Opening chelsea.png…")
    held.pop().continue_()
    expect(page.locator("#viewer .hint")).to_be_empty()


def test_a_file_that_is_under_way_is_named_and_waited_for_while_what_was_asked_before_is_answered(visit, photo):
    page, joined, uploaded = visit(), [], []
    page.route("**/queue/join*", lambda route: joined.append(route))
    upload(page, photo)
    wait_for(lambda: page.title() and joined)
    page.route("**/upload*", lambda route: uploaded.append(route))
    upload(page, EXAMPLES / "chelsea.png")
    hint = page.locator("#viewer .hint")
    expect(hint).to_have_text("Opening chelsea.png…")
    page.unroute("**/queue/join*")
    joined.pop().continue_()
    expect(page.locator("#viewer .size")).to_have_text("holiday · 480 × 400")
    expect(hint).to_have_text("Opening chelsea.png…")
    expect(page.locator("body.limner-busy")).to_have_count(1)
    changed(page, lambda: type_amount(page, "smile", "1"))
    expect(hint).to_have_text("Opening chelsea.png…")
    uploaded.pop().continue_()
    expect(page.locator("#viewer .size")).to_have_text("chelsea · 451 × 300")
    expect(hint).to_be_empty()
    expect(page.locator("body.limner-busy")).to_have_count(0)


def test_what_is_asked_is_under_way_until_it_is_answered_whatever_else_is(visit):
    page, held = visit(), []
    page.route("**/queue/join*", lambda route: held.append(route))
    type_amount(page, "smile", "1")
    type_amount(page, "jaw", "1")
    wait_for(lambda: page.title() and held)
    changed(page, held.pop().continue_)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
    expect(page.locator("body.limner-busy")).to_have_count(1)
    wait_for(lambda: page.title() and held)
    held.pop().continue_()
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Jaw width +1 · 1 more")
    expect(page.locator("body.limner-busy")).to_have_count(0)
