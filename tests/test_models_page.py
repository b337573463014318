"""The Models dialog in a real browser."""

import re
import threading
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from editors.attributes import sampled_directions
from editors.attributes.directions import are_fitted
from editors.attributes.found import direction_found
from editors.attributes.step import ShiftAttributes
from editors.models import Models
from editors.models_panel import ModelsPanel
from editors.sessions import Sessions
from editors.store import Store

from .browser import AFTER, changed, press_when, serving_page, settle, type_amount, wait_for
from .hub_server import Hub, serving
from .published import STORED
from .squares import OWN, keep_fit, taken_in
from .test_own_weights import FILE, GENERATOR, LARGE, LORA, LORA_FILE, ROSINALITY

FORGED = """async (sent) => {
  const config = window.gradio_config, shown = config.components.find((each) => each.props.elem_id === "models");
  const call = config.dependencies.find((each) => each.targets.some(([id, name]) => id === shown.id && name === "ask"));
  const token = "x".repeat(32), session_hash = "forged";
  const asked = await fetch("/gradio_api/queue/join", { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ fn_index: call.id, data: [token], event_data: sent, session_hash }) });
  const answer = await fetch(`/gradio_api/queue/data?session_hash=${session_hash}`), reader = answer.body.getReader();
  let said = `${asked.status}`;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read())
    said += new TextDecoder().decode(piece.value);
  return said;
}"""


class Served(NamedTuple):
    hub: Hub
    models: Models
    sessions: Sessions
    panel: ModelsPanel
    address: str


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The real app with a store of its own, and the Hub that it fetches from."""
    with pytest.MonkeyPatch.context() as patch, serving() as hub:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        models = Models(store=Store(tmp_path_factory.mktemp("store")))
        sessions = Sessions(tmp_path_factory.mktemp("sessions"))
        hub.put(GENERATOR, FILE, ROSINALITY)
        hub.put(LORA, LORA_FILE, LARGE)
        with serving_page(models, sessions, tmp_path_factory.mktemp("gradio")) as (page, address):
            yield Served(hub, models, sessions, page.panel, address)


@pytest.fixture(scope="module")
def address(served) -> str:
    return served.address


@pytest.fixture
def dialog(visit):
    """Open the page with its Models dialog."""
    def opened(**options) -> Page:
        page = visit(**options)
        page.on("dialog", lambda asked: asked.accept())
        page.locator(".footer .models").click()
        page.locator(".models-dialog .model").first.wait_for()
        return page

    return opened


def test_a_model_is_offered_agreed_to_watched_and_removed_on_the_page(dialog, served):
    hub, models = served.hub, served.models
    page = dialog()
    lora = page.locator("[data-id=lcm_lora_sd15]")
    lora.locator(".get").click()
    expect(lora.locator(".offer")).to_contain_text("3.0 MB")
    expect(lora.locator(".offer")).to_contain_text("CreativeML Open RAIL++-M")
    assert not hub.downloads()
    answered, go_on = [], threading.Event()
    hub.cuts, hub.gate = [1_000_000], lambda: answered.append(1) or len(answered) == 1 or go_on.wait(20)
    lora.locator(".agree").click()
    expect(lora.locator(".how")).to_have_text(re.compile(r"^\d\.\d MB of 3\.0 MB$|^\d+ kB of 3\.0 MB$"))
    lora.locator(".stop").click()
    expect(lora.locator(".wrong")).to_contain_text("what came is kept")
    go_on.set()
    hub.gate = lambda: None
    lora.locator(".get").click()
    lora.locator(".agree").click()
    expect(lora.locator(".good").first).to_contain_text("Here, 3.0 MB")
    expect(page.locator(".models-dialog .said")).to_contain_text("lcm_lora_sd15 is here now")
    assert models.is_here("lcm_lora_sd15")
    lora.locator(".remove").click()
    expect(lora.locator(".get")).to_be_visible()
    assert not models.is_here("lcm_lora_sd15")


@pytest.fixture
def late(served, monkeypatch):
    """What the server sees of the models next comes late: once that is seen, and until the event that is given."""
    view, seen, go_on = served.panel.view, [], threading.Event()

    def viewed(*asked):
        shown, is_first = view(*asked), not seen
        seen.append(shown)
        if is_first:
            go_on.wait(20)
        return shown

    def begin() -> threading.Event:
        monkeypatch.setattr(served.panel, "view", viewed)
        return go_on

    return begin, seen


LOOK = "document.dispatchEvent(new CustomEvent('limner:models'))"
HEARD = "() => { window.limner.fitting = null; }"


def test_what_an_older_look_at_the_models_saw_is_not_shown_after_what_came_since(dialog, late):
    page, (begin, seen) = dialog(), late
    go_on, lora = begin(), page.locator("[data-id=lcm_lora_sd15]")
    page.evaluate(LOOK)
    wait_for(lambda: page.title() and seen)
    lora.locator(".get").click()
    lora.locator(".agree").click()
    expect(lora.locator(".good").first).to_contain_text("Here, 3.0 MB")
    page.evaluate(HEARD)
    go_on.set()
    page.wait_for_function("window.limner.fitting")
    assert "Here, 3.0 MB" in lora.locator(".good").first.inner_text()
    lora.locator(".remove").click()
    expect(lora.locator(".get")).to_be_visible()


def test_terms_that_are_asked_for_are_waited_for_whatever_else_is_answered(dialog, late):
    page, (begin, seen) = dialog(), late
    go_on, lora = begin(), page.locator("[data-id=lcm_lora_sd15]")
    lora.locator(".get").click()
    wait_for(lambda: page.title() and seen)
    page.evaluate(HEARD)
    page.evaluate(LOOK)
    page.wait_for_function("window.limner.fitting")
    assert lora.locator(".get").is_disabled()
    go_on.set()
    expect(lora.locator(".offer")).to_contain_text("3.0 MB")


def test_ones_own_weights_are_taken_in_by_keyboard_with_a_warning(dialog, served):
    models = served.models
    page = dialog()
    expect(page.locator(".bring .warning")).to_contain_text("Limner knows neither their licence nor")
    page.locator(".bring .where").fill("no/such")
    page.keyboard.press("Enter")
    expect(page.locator(".models-dialog .failed")).to_contain_text("There is no repository 'no/such'")
    page.locator(".bring .where").fill(str(STORED / "rosinality.pt"))
    page.keyboard.press("Enter")
    expect(page.locator(".offered .offer")).to_contain_text("unknown: these are your own weights")
    expect(page.locator(".offered .agree")).to_be_focused()
    page.keyboard.press("Enter")
    own = page.locator("[data-id=own_rosinality]")
    expect(own).to_contain_text("A StyleGAN2, 8 layers")
    expect(page.locator(".models-dialog .failed")).to_be_hidden()
    own.locator(".remove").click()
    expect(own).to_have_count(0)
    with page.expect_file_chooser() as asked:
        page.locator(".bring .pick").click()
    assert {".pt", ".npy", ".json"} <= set(asked.value.element.get_attribute("accept").split(","))
    asked.value.set_files(STORED / "bisenet.pth")
    expect(page.locator("[data-id=own_bisenet]")).to_contain_text("A BiSeNet")
    models.free("own_bisenet")
    page.keyboard.press("Escape")
    expect(page.locator(".models-dialog")).to_be_hidden()


def test_why_weights_were_not_taken_in_is_said_where_they_were_given(dialog, served, tmp_path):
    own = [served.models.store.adopt(STORED / "bisenet.pth", name, "here")[0][0].id for name in ("one", "two", "three")]
    (tmp_path / "bad.pt").write_text("a text")
    page = dialog(locale="zh-CN")
    page.locator(".bring .where").fill(str(tmp_path / "bad.pt"))
    page.keyboard.press("Enter")
    page.locator(".offered .agree").click()
    first = page.locator(".group.own li").first
    expect(first).to_contain_text("原因：它不是权重文件。")
    expect(first).to_be_in_viewport()
    first.locator(".dismiss").click()
    expect(first).to_have_attribute("data-id", own[0])
    for each in own:
        served.models.free(each)


def test_offline_says_so_in_one_sentence_on_the_page(dialog, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    page = dialog()
    expect(page.locator(".models-dialog .about")).to_have_text(re.compile("^Limner is offline: nothing can be fetched"))
    assert page.locator(".models-dialog .get:not(:disabled)").count() == 0


@pytest.mark.parametrize("options", [
    {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}, {"color_scheme": "dark"},
], ids=["phone", "dark"])
def test_the_dialog_fits_and_reads_chinese(dialog, options):
    page = dialog(locale="zh-CN", **options)
    box, width = page.locator(".models-dialog").bounding_box(), page.viewport_size["width"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".models-dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    expect(page.locator(".models-dialog h2")).to_have_text("模型")
    said = page.locator("[data-id=lcm_lora_sd15] h4").inner_text()
    assert said == "使 Stable Diffusion 1.5 四步成图"


def test_a_visitor_from_elsewhere_finds_no_buttons_and_what_is_forged_changes_nothing(dialog, served):
    models = served.models
    models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    page = dialog(extra_http_headers={"X-Forwarded-For": "203.0.113.7"})
    expect(page.locator(".models-dialog .about")).to_contain_text("Whoever runs this server chooses its models")
    expect(page.locator("[data-id=own_mine]")).to_be_visible()
    assert page.locator(".models-dialog :is(.get, .remove, .stop, .bring:not([hidden]))").count() == 0
    said = page.evaluate(FORGED, {"do": "free", "at": "own_mine"})
    assert "Only whoever runs this server" in said and models.is_here("own_mine")
    models.free("own_mine")


def test_switching_generators_keeps_the_sliders_and_the_notebook(visit):
    page = visit()
    chooser = page.locator("#limner-generator")
    expect(chooser).to_have_value("face_shape")
    changed(page, lambda: type_amount(page, "smile", "1.5"))
    linear = page.evaluate(AFTER)
    changed(page, lambda: chooser.select_option("face_generator"))
    assert page.evaluate(AFTER) != linear and page.locator("#amount-smile").input_value() == "1.5"
    assert page.locator("#cells .cell .name").all_inner_texts() == ["Photo", "Smile +1.5", "New edit"]
    changed(page, page.locator("#cells .undo").click)
    assert page.evaluate(AFTER) == linear
    expect(chooser).to_have_value("face_shape")


def test_a_generator_without_fitted_sliders_says_so_and_is_fitted_from_the_page(visit, served, monkeypatch):
    models = served.models
    models.fetch("face_generator_ffhq")
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    edited = page.evaluate(AFTER)
    changed(page, lambda: page.locator("#limner-generator").select_option("face_generator_ffhq"))
    expect(page.locator(".generator .rests")).to_contain_text("must be fitted once")
    assert page.evaluate(AFTER) == edited and page.locator("#amount-smile").input_value() == "1"
    page.locator(".generator .button.strong").click()
    wanted = page.locator(".model.wanted[data-id=face_generator_ffhq]")
    wanted.locator(".fit").click()
    card = ".model.wanted[data-id=face_generator_ffhq]"
    said = "document.querySelector('{0}')?.textContent.includes('Drawing samples')"
    seen = [said.format(at) for at in (f"{card} .how", ".rests")]
    seen += ["!document.querySelector('.generator .strong').checkVisibility()"]
    press_when(page, f"{card} .stop", " && ".join(seen))
    expect(wanted.locator(".fit")).to_be_visible()
    expect(page.locator(".generator .strong")).to_be_visible()
    served.panel.fetches.wait("face_generator_ffhq", 60)
    assert not are_fitted(models, "face_generator_ffhq")
    monkeypatch.setattr(sampled_directions, "LEAST_FACES", 2)
    wanted.locator(".fit").click()
    expect(page.locator(".generator .rests")).to_contain_text("In 0 of 2 pictures of this generator a face was found")
    page.keyboard.press("Escape")
    changed(page, page.locator(".generator .instead").first.click)
    expect(page.locator(".generator .rests")).to_be_empty()
    assert page.evaluate(AFTER) == edited
    models.free("face_generator_ffhq")


def test_a_file_of_directions_is_taken_in_looked_at_and_kept_as_a_slider(visit, served, tmp_path):
    models = taken_in(served.models.store.folder)
    page = visit()
    changed(page, lambda: type_amount(page, "beard", "1"))
    changed(page, lambda: page.locator("#limner-generator").select_option(OWN))
    expect(page.locator(".generator .rests")).to_contain_text("must be fitted once")
    keep_fit(models)
    np.save(tmp_path / "older.npy", direction_found(models, OWN, "pca", 0).style)
    page.locator(".footer .models").click()
    with page.expect_file_chooser() as asked:
        page.locator(".bring .pick").click()
    asked.value.set_files(tmp_path / "older.npy")
    expect(page.locator(".generator .rests")).to_be_empty()              # what was chosen draws once it can
    expect(page.locator("#limner-generator")).to_have_value(OWN)
    page.keyboard.press("Escape")
    page.locator(".finding summary").click()
    page.locator(".methods .chip", has_text="older").click()
    page.locator(".find-now").click()
    expect(page.locator(".found-said")).to_have_text("1 in this file")
    changed(page, page.locator(".found-one .look").last.click)
    assert page.locator("#cells .cell .name").all_inner_texts() == ["Photo", "Beard +1", "older +2", "New edit"]
    page.locator(".found-one .button").click()
    expect(page.locator(".kept-rows label")).to_have_text("older")
    expect(page.locator(".kept-rows output")).to_have_text("2.0")
    for each in (OWN, "own_older"):
        served.models.free(each)


def test_an_edit_whose_generator_left_rests_and_is_drawn_by_one_that_is_here(visit, served):
    models = served.models
    (own,), _ = models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    page = visit()
    changed(page, lambda: type_amount(page, "smile", "1"))
    work = list(served.sessions._open.values())[-1]
    work.put(ShiftAttributes(amounts={"smile": 1.0}, model=own.id))
    models.free(own.id)
    page.reload()
    settle(page)
    expect(page.locator(".toast-body")).to_contain_text("Made with own_mine, which is not here")
    expect(page.locator("#cells .cell.off")).to_have_count(1)
    expect(page.locator(".generator .rests")).to_contain_text("own_mine is not here")
    changed(page, page.get_by_role("button", name="Draw with Linear model").click)
    expect(page.locator("#cells .cell.off")).to_have_count(0)
    expect(page.locator("#cells .cell.selected .name")).to_have_text("Smile +1")
