"""Faces that nobody has, in a real browser: of a seed, mixed, as a film, or from the photograph."""

import base64
import io
import re
import threading
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import Page, expect

from editors.pieces import THREAD
from editors.provenance import read_note

from .browser import (
    DROP,
    PHONE,
    begin_and_stop,
    changed,
    download,
    press_when,
    settle,
    type_amount,
    until,
    upload,
    wait_for,
)
from .tiny import CAT

PICTURE = "() => document.querySelector('.face-picture').src"


def open_faces(page: Page) -> None:
    page.locator(".open-faces").click()
    until(page, PICTURE)


def drawn(page: Page, do) -> None:
    """Do something and wait for the face that comes of it."""
    before = page.evaluate(PICTURE)
    do()
    until(page, f"before => ({PICTURE})() !== before", arg=before)


def type_seed(page: Page, slot: str, seed: str) -> None:
    number = page.get_by_label(f"Seed of face {slot}")
    number.fill(seed)
    number.press("Enter")


def test_the_face_of_a_seed_becomes_the_photograph_and_says_what_drew_it(visit, tmp_path):
    page = visit()
    open_faces(page)
    drawn(page, lambda: type_seed(page, "A", "77"))
    expect(page.locator(".drawn figcaption")).to_have_text("Seed 77")
    changed(page, page.get_by_role("button", name="Use this face").click)
    expect(page.locator("#viewer .size")).to_have_text("face-77 · 256 × 256")
    note = read_note(download(page, "jpg", tmp_path).read_bytes())
    assert note["edits"][0]["settings"]["a"] == "77" and note["models"][1]["id"] == "face_generator"
    changed(page, lambda: type_amount(page, "smile", "1"))
    for size in ("face-77 · 256 × 256", "astronaut · 512 × 512"):
        changed(page, page.locator("#cells .undo").click)
        expect(page.locator("#viewer .size")).to_have_text(size)


def test_two_faces_are_mixed_by_layers_one_may_be_mine_and_where_they_come_from_is_read_at_full_width(visit):
    page = visit()
    open_faces(page)
    source = page.get_by_label("Face A comes from")
    source.select_option("My photo")
    drawn(page, lambda: page.get_by_role("radio", name="Mix two").check())
    drawn(page, lambda: page.get_by_role("button", name="Shape, light").click())
    expect(page.locator(".drawn figcaption")).to_have_text("My photo, with layers 0 to 3 of Seed 2")
    page.get_by_label("A face of the gallery becomes face B").check()
    drawn(page, lambda: page.locator(".seeds .result").nth(4).click())
    expect(page.get_by_label("Seed of face B")).to_have_value("5")
    for way in ("One face", "Mix two"):
        page.get_by_role("radio", name=way).check()
        source.select_option("A seed")
        wide = source.bounding_box()["width"]
        source.select_option("My photo")
        assert source.bounding_box()["width"] > wide + 100


def test_a_photograph_without_a_face_is_said_in_the_dialog_and_no_other_face_is_shown_for_it(visit):
    page = visit()
    changed(page, lambda: upload(page, CAT))
    open_faces(page)
    page.get_by_label("Face A comes from").select_option("My photo")
    expect(page.locator(".drawn figcaption")).to_contain_text("No face was found in the photograph")
    assert page.locator(".face-picture").get_attribute("src") is None
    drawn(page, lambda: page.locator(".seeds .result").nth(2).click())
    expect(page.locator(".drawn figcaption")).to_have_text("Seed 3")


def test_a_film_between_two_cells_is_made_and_downloaded(visit, tmp_path):
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "-2"))
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Face A comes from").select_option("My photo")
    page.get_by_label("Face B comes from").select_option("Edit 1: Smile −2")
    page.get_by_label("Length").fill("0.5")
    page.get_by_role("button", name="Make the film").click()
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("link", name="Download mp4").click(timeout=60_000)
    expect(page.locator(".face-film")).to_have_css("transform", "none")  # the camera is seen in a mirror, a film is not
    coming.value.save_as(tmp_path / "film.mp4")
    assert coming.value.suggested_filename == "morph-photo-photo1.mp4"
    film = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    assert [film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_COUNT)] == [512, 12]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_another_photograph_is_an_end_of_a_film_and_of_a_mix_and_none_of_it_is_kept(visit, two, sessions, tmp_path):
    page, others = visit(), set(files_in(sessions.folder))           # those of visits before may be of this photograph
    open_faces(page)
    drawn(page, page.get_by_role("radio", name="Mix two").check)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Another photo for face B").press("Enter")
    drawn(page, lambda: chooser.value.set_files(two))
    caption, source = page.locator(".drawn figcaption"), page.get_by_label("Face B comes from")
    expect(caption).to_have_text("Seed 1, with layers 4 to 7 of two")
    expect(source.locator("option:checked")).to_have_text("two")
    expect(page.get_by_text("the photo itself is not kept")).to_be_visible()
    source.select_option("A seed")
    expect(caption).to_have_text("Seed 1, with layers 4 to 7 of Seed 2")
    source.select_option("two")
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Face A comes from").select_option("My photo")
    page.get_by_label("Length").fill("0.5")
    page.get_by_role("button", name="Make the film").click()
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("link", name="Download mp4").click(timeout=60_000)
    assert coming.value.suggested_filename == "morph-photo-two.mp4"
    page.get_by_role("radio", name="One face").check()
    drawn(page, lambda: page.locator("#face-file-a").set_input_files(two))
    changed(page, page.get_by_role("button", name="Use this face").click)
    note = read_note(download(page, "jpg", tmp_path).read_bytes())
    assert note["edits"][0]["settings"]["a"] == "another photograph"
    kept = [path.read_bytes() for path in files_in(sessions.folder) if path not in others]
    assert kept and two.read_bytes() not in kept
    page.reload()
    settle(page)
    open_faces(page)
    expect(page.get_by_label("Face A comes from").locator("option", has_text="two")).to_have_count(0)


def test_a_photograph_that_is_dropped_on_a_face_becomes_that_and_one_without_a_face_says_so_and_changes_nothing(
    visit, two, tmp_path,
):
    page = visit()
    open_faces(page)
    drawn(page, page.get_by_role("radio", name="Mix two").check)
    caption, row = page.locator(".drawn figcaption"), page.locator(".slot").nth(1)
    drop = DROP.replace("document.body", "document.querySelectorAll('.slot')[1]")
    drawn(page, lambda: page.evaluate(drop, ["two.png", base64.b64encode(two.read_bytes()).decode()]))
    expect(caption).to_have_text("Seed 1, with layers 4 to 7 of two")
    small = io.BytesIO()
    Image.open(two).resize((102, 60)).save(small, "PNG")
    shown = page.evaluate(PICTURE)
    for name, content, said in (
        ("chelsea.png", CAT.read_bytes(), "chelsea: No face was found in the photograph"),
        ("far.png", small.getvalue(), "far: The face is"), ("notes.png", b"hello", "notes: The picture is"),
    ):
        page.evaluate(drop, [name, base64.b64encode(content).decode()])
        expect(caption).to_contain_text(said)
        expect(row.locator("option:checked")).to_have_text("two")
        assert page.evaluate(PICTURE) == shown
        expect(page.locator(".faces-dialog")).to_have_attribute("aria-busy", "false")
    with (tmp_path / "huge.png").open("wb") as huge:
        huge.truncate(41_000_000)
    page.locator("#face-file-b").set_input_files(tmp_path / "huge.png")
    expect(caption).to_contain_text("huge.png is too large")
    expect(page.locator("#viewer .size")).to_contain_text("astronaut")      # nothing was opened under the dialog


def test_a_film_is_stopped_in_the_moment_it_is_asked_for_or_later_and_the_dialog_gives_the_focus_back(visit):
    page = visit()
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    begin_and_stop(page, ".make-film", ".stop-film")
    expect(page.get_by_role("button", name="Make the film")).to_be_visible()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])    # ends once begun
    page.get_by_label("Length").fill("8")
    page.get_by_role("button", name="Make the film").click()
    press_when(page, ".film-of .filming .button", "document.querySelector('.film-of progress').value > 0")
    expect(page.get_by_role("button", name="Make the film")).to_be_visible()
    expect(page.get_by_role("link", name="Download mp4")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".faces-dialog")).to_be_hidden()
    expect(page.locator(".open-faces")).to_be_focused()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])


def test_another_face_stops_the_film_that_was_being_made_of_the_one_before(visit):
    page = visit()
    open_faces(page)
    page.get_by_role("radio", name="Morph").check()
    page.get_by_label("Length").fill("8")
    page.get_by_role("button", name="Make the film").click()
    page.wait_for_function("document.querySelector('.film-of progress').value > 0")
    type_seed(page, "B", "9")
    expect(page.get_by_role("button", name="Make the film")).to_be_visible()
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == THREAD])
    expect(page.locator(".face-film")).to_be_hidden()
    expect(page.locator(".drawn figcaption")).to_have_text("From Seed 1 to Seed 9")


def test_the_faces_fit_a_phone_and_speak_chinese(visit):
    page = visit(**PHONE | {"locale": "zh-CN"})
    open_faces(page)
    page.get_by_role("radio", name="混合两张").check()
    box = page.locator(".faces-dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".faces-dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert not re.findall(r"[A-Za-z]{2,}", page.locator(".faces-dialog").inner_text())
