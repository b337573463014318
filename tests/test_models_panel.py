"""The Models dialog without a browser: what it shows and does, and who may change what is everybody's."""

import re
import threading

import pytest

import app
from editors.catalogue import CARDS
from editors.errors import ModelError
from editors.model_words import model_text
from editors.models import Models
from editors.models_panel import ModelsPanel

from .published import STORED
from .test_own_weights import FILE, GENERATOR, LARGE, LORA, LORA_FILE, ROSINALITY

HERE = {"host": "127.0.0.1:7860"}
ELSEWHERE = {"host": "someone-limner.hf.space", "x-forwarded-for": "203.0.113.7"}
CHANGES = [("offer", "face_parser"), ("begin", "face_generator_ffhq"), ("own", f"{GENERATOR}:{FILE}"),
           ("begin_own", f"{GENERATOR}:{FILE}"), ("free", "own_mine"), ("stop", "face_parser")]
STRANGERS = [
    ELSEWHERE, {"host": "192.168.1.7:7860"}, {"host": "evil.example:7860"}, {"host": "[::"}, {},
    HERE | {"origin": "https://evil.example"}, HERE | {"x-forwarded-for": "203.0.113.7"}, HERE | {"origin": "null"},
]


@pytest.fixture
def panel(hub) -> ModelsPanel:
    hub.put(GENERATOR, FILE, ROSINALITY)
    hub.put(LORA, LORA_FILE, LARGE)
    return ModelsPanel(Models())


def row(view: dict, model_id: str) -> dict:
    return next(each for each in view["models"] if each["id"] == model_id)


def ended(panel: ModelsPanel, name: str) -> dict:
    """What the dialog shows once a fetch has ended."""
    panel.fetches.wait(name, 30)
    return panel.answer({"do": "look"}, HERE, "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_title_of_a_model_names_no_other_by_its_id_which_stands_in_no_row(panel, language):
    titles = [model["purpose"] for model in panel.view(panel.rights(HERE), language, set())["models"]]
    assert len(titles) > 20 and not [title for title in titles if "_" in title]


def test_every_model_is_shown_with_purpose_role_size_licence_and_what_is_here_and_in_use(panel):
    panel.models.get("face_detection")
    view = panel.answer({}, HERE, "en", {"face_shape"})
    assert [each["id"] for each in view["models"]] == [card.id for card in CARDS] and view["disk"] == 0
    shape, absent = row(view, "face_shape"), row(view, "face_generator_ffhq")
    assert shape["here"] and shape["used"] and shape["group"] == "embedded" and shape["role"] == "generator"
    assert row(view, "face_detection")["held"] > 0 and not row(view, "face_detection")["used"]
    assert not absent["here"] and absent["group"] == "hub" and absent["size"] == 381_000_000
    assert "NVIDIA" in absent["licence"] and absent["trained_on"].startswith("FFHQ") and absent["source"]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_what_a_card_says_reads_in_chinese(card):
    terms = [card.licence] if "commercial" in card.licence else []
    for text in (card.purpose, card.trained_on, *terms):
        assert re.search(r"[\u4e00-\u9fff]", model_text(text, "zh")), text


def test_an_offer_downloads_nothing_and_agreeing_brings_the_model(panel, hub):
    offer = panel.answer({"do": "offer", "at": "face_generator_ffhq"}, HERE, "zh")["offer"]
    assert offer["bytes"] == len(ROSINALITY) and "不得商用" in offer["licence"] and len(offer["commit"]) == 40
    assert not hub.downloads()
    panel.answer({"do": "begin", "at": "face_generator_ffhq"}, HERE, "en")
    view = ended(panel, "face_generator_ffhq")
    assert row(view, "face_generator_ffhq")["here"] and row(view, "face_generator_ffhq")["fetch"]["state"] == "done"
    assert row(view, "face_generator_ffhq")["disk"] > 0 and view["disk"] > 0


def test_a_fetch_is_stopped_gone_on_with_and_freed(panel, hub):
    hub.cuts, hub.gate = [2_000_000], lambda: panel.answer({"do": "stop", "at": "lcm_lora_sd15"}, HERE, "en")
    panel.answer({"do": "begin", "at": "lcm_lora_sd15"}, HERE, "en")
    stopped = row(ended(panel, "lcm_lora_sd15"), "lcm_lora_sd15")
    assert stopped["fetch"]["state"] == "stopped" and not stopped["here"]
    hub.gate = lambda: None
    panel.answer({"do": "begin", "at": "lcm_lora_sd15"}, HERE, "en")
    assert row(ended(panel, "lcm_lora_sd15"), "lcm_lora_sd15")["disk"] >= len(LARGE)
    freed = panel.answer({"do": "free", "at": "lcm_lora_sd15"}, HERE, "en")
    assert freed["disk"] < 1000 and not row(freed, "lcm_lora_sd15")["here"]
    assert row(freed, "lcm_lora_sd15")["fetch"] is None


def test_what_is_freed_leaves_memory_too_and_what_comes_along_stays(panel):
    panel.models.fetch("face_generator_ffhq")
    panel.answer({"do": "free", "at": "face_generator_ffhq"}, HERE, "en")
    with pytest.raises(ModelError, match="is not on this machine"):
        panel.models.get("face_generator_ffhq")
    refused = panel.answer({"do": "free", "at": "face_shape"}, HERE, "zh")
    assert "自带模型" in refused["error"] and panel.models.is_here("face_shape")


def test_offline_is_said_once_and_in_one_sentence(panel, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    view = panel.answer({"do": "offer", "at": "face_parser"}, HERE, "en")
    assert view["offline"] and view["offer"] is None and view["error"].startswith("Limner is offline, and vivym/")


def test_only_so_many_fetches_go_on_at_once(panel, hub):
    go_on = threading.Event()
    hub.gate = lambda: go_on.wait(20)
    for name in ("a", "b", "c", "d"):
        hub.put("some/one", f"{name}.npy", LARGE)
    for name in ("a", "b", "c", "d"):
        said = panel.answer({"do": "begin_own", "at": f"some/one/{name}.npy"}, HERE, "en")
    go_on.set()
    assert "3 models are being fetched already" in said["error"]
    for name in ("a", "b", "c"):
        panel.fetches.wait(f"some/one/{name}.npy", 30)


def test_ones_own_weights_come_from_a_path_a_repository_or_an_upload(panel, hub, tmp_path):
    path = STORED / "bisenet.pth"
    offer = panel.answer({"do": "own", "at": str(path)}, HERE, "en")["offer"]
    assert offer["bytes"] == path.stat().st_size and offer["licence"].startswith("unknown")
    panel.answer({"do": "begin_own", "at": str(path)}, HERE, "en")
    assert row(ended(panel, "bisenet.pth"), "own_bisenet")["purpose"] == "a BiSeNet" and path.exists()

    offer = panel.answer({"do": "own", "at": f"{GENERATOR}:{FILE}"}, HERE, "en")["offer"]
    assert offer["bytes"] == len(ROSINALITY) and not hub.downloads()
    panel.answer({"do": "begin_own", "at": offer["id"]}, HERE, "en")
    view = ended(panel, offer["id"])
    own = row(view, view["coming"][-1]["made"][0])
    assert own["role"] == "generator" and own["group"] == "own" and "8 layers" in own["purpose"]

    uploaded = tmp_path / "mine.pt"
    uploaded.write_bytes(ROSINALITY)
    panel.take_in(uploaded, HERE, "en")
    assert row(ended(panel, "mine.pt"), "own_mine")["here"] and not uploaded.exists()
    assert panel.models.get("own_mine").size == 32


def test_an_upload_that_is_no_weights_is_refused_by_what_it_is_and_does_not_stay(panel, tmp_path):
    (tmp_path / "bad.pt").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    panel.take_in(tmp_path / "bad.pt", HERE, "en")
    (failed,) = ended(panel, "bad.pt")["coming"]
    assert failed["state"] == "failed" and "nothing in it was run" in failed["error"] and "posix" in failed["error"]
    assert not (tmp_path / "bad.pt").exists() and not panel.models.store.cards()
    assert panel.answer({"do": "dismiss", "at": "bad.pt"}, HERE, "en")["coming"] == []


def test_what_was_refused_before_is_not_shown_beside_what_is_brought_next(panel, tmp_path):
    for name in ("one.pt", "other.pt"):
        (tmp_path / name).write_bytes(b"no weights")
        panel.answer({"do": "begin_own", "at": str(tmp_path / name)}, HERE, "en")
        view = ended(panel, name)
    assert [fetch["name"] for fetch in view["coming"]] == ["other.pt"]


@pytest.mark.parametrize("language, said", [("en", "Give the path of a file, or OWNER/"), ("zh", "请填写文件路径")])
def test_of_a_path_that_leads_to_no_file_it_is_said_what_to_give(panel, language, said):
    for at in ("/nobody/mine.pt", "mine"):
        assert said in panel.answer({"do": "own", "at": at}, HERE, language)["error"]


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
def test_a_stranger_sees_the_models_and_changes_nothing(panel, hub, headers, tmp_path):
    panel.models.store.adopt(STORED / "rosinality.pt", "mine", "here")
    before = panel.models.store.size()
    for act, at in CHANGES:
        view = panel.answer({"do": act, "at": at}, headers, "en")
        assert view["error"] == "Only whoever runs this server can fetch and remove its models."
        assert not view["change"] and view["folder"] == "" and view["offer"] is None
    (tmp_path / "mine.pt").write_bytes(ROSINALITY)
    assert "Only whoever" in panel.take_in(tmp_path / "mine.pt", headers, "en")["error"]
    assert not hub.asked and not panel.fetches.show() and panel.models.store.size() == before
    assert not (tmp_path / "mine.pt").exists() and len(view["models"]) == len(CARDS) + 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7"])
def test_served_to_others_even_a_browser_that_says_it_is_here_changes_nothing(hub, host):
    assert not ModelsPanel(Models(), host).rights(HERE).change


def test_on_a_space_models_are_changed_only_where_it_was_started_so_and_files_are_never_named(hub, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/limner")
    hub.put(GENERATOR, FILE, ROSINALITY)
    assert not ModelsPanel(Models(), "127.0.0.1").rights(HERE).change
    panel = ModelsPanel(Models(), "0.0.0.0", manage=True)
    assert panel.rights(ELSEWHERE).change and not panel.rights(ELSEWHERE).paths
    refused = panel.answer({"do": "own", "at": str(STORED / "bisenet.pth")}, ELSEWHERE, "en")
    assert refused["offer"] is None and refused["error"] and str(STORED) not in refused["folder"]
    assert panel.answer({"do": "own", "at": f"{GENERATOR}:{FILE}"}, ELSEWHERE, "en")["offer"]["bytes"]


def test_the_app_lets_others_change_models_only_where_it_is_told(monkeypatch):
    monkeypatch.delenv("LIMNER_MANAGE_MODELS", raising=False)
    assert not app.options_of([]).manage_models and app.options_of(["--manage-models"]).manage_models
    monkeypatch.setenv("LIMNER_MANAGE_MODELS", "1")
    monkeypatch.setenv("LIMNER_MODELS_GB", "7.5")
    assert app.options_of([]).manage_models and app.options_of([]).models_gb == 7.5
