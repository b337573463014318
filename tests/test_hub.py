"""Files come from the Hub whole or not at all, go on where they stopped, and never when Limner is offline.

Everything is served from the loopback through huggingface_hub's own client.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from editors import hub as hub_module
from editors.catalogue import ModelCard
from editors.errors import ModelError
from editors.hub import download, look
from editors.models import Models
from editors.store import Store, models_folder, sha256_of
from editors.translations import error_in

from .hub_server import Hub

ROOT = Path(__file__).parent.parent
REPO, NAME = "someone/faces", "deep/weights.pt"
WEIGHTS = bytes(range(256)) * 12_000  # 3 MB, several chunks
LORA = "latent-consistency/lcm-lora-sdv1-5"


@pytest.fixture
def hub(hub):
    hub.put(REPO, NAME, WEIGHTS)
    hub.put(REPO, "config.json", b"{}")
    return hub


def card_of(hub: Hub, **changes) -> ModelCard:
    return ModelCard(**{
        "id": "stand_in", "purpose": "stands in", "builder": "files", "files": {NAME: None, "config.json": None},
        "size_mb": 3.1, "licence": "MIT", "trained_on": "nothing", "source": "here", "repo": REPO,
    } | changes)


@pytest.fixture
def models(hub):
    return Models(catalogue=(card_of(hub),))


# --- one file ------------------------------------------------------------------------------------------------------

def test_a_file_is_described_before_anything_of_it_comes(hub):
    found = look(REPO, NAME)
    assert (found.size, found.commit) == (len(WEIGHTS), hub.commit(REPO)) and found.sha256 and not hub.downloads()
    assert look(REPO, "config.json").sha256 is None


def test_a_download_is_whole_and_says_how_far_it_is(hub, tmp_path):
    seen = []
    place = tmp_path / "a" / "weights.pt"
    assert download(look(REPO, NAME), place, lambda *told: seen.append(told)) == sha256_of(place)
    assert place.read_bytes() == WEIGHTS
    here = [told[1] for told in seen]
    assert here == sorted(here) and here[0] == 0 and len(here) > 3 and seen[-1] == (NAME, len(WEIGHTS), len(WEIGHTS))
    assert list(place.parent.iterdir()) == [place]


def test_a_lost_connection_is_taken_up_where_it_broke(hub, tmp_path):
    hub.cuts = [1_000_000, 1_500_000]
    download(look(REPO, NAME), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").read_bytes() == WEIGHTS
    starts = [each.start for each in hub.downloads()]
    assert len(starts) == 3 and 0 == starts[0] < starts[1] <= 1_000_000 < starts[2] <= 2_500_000


def test_what_came_before_a_connection_was_lost_for_good_is_kept_for_the_next_time(hub, tmp_path):
    hub.cuts = [2_000_000, 0]
    with pytest.raises(ModelError, match=r"lost with 2\.\d of 3\.1 MB of deep/weights\.pt here.*goes on from there"):
        download(look(REPO, NAME), tmp_path / "weights.pt")
    assert not (tmp_path / "weights.pt").exists()
    code = ("import sys; from pathlib import Path; from editors.hub import download, look\n"
            "download(look(sys.argv[1], sys.argv[2]), Path(sys.argv[3]))")
    subprocess.run([sys.executable, "-c", code, REPO, NAME, tmp_path / "weights.pt"], cwd=ROOT, check=True)
    assert (tmp_path / "weights.pt").read_bytes() == WEIGHTS and hub.downloads()[-1].start > 1_500_000


def test_a_server_that_gives_no_parts_is_asked_for_the_whole(hub, tmp_path):
    hub.cuts, hub.ranges = [1_000_000], False
    download(look(REPO, NAME), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").read_bytes() == WEIGHTS


def test_the_part_of_another_file_is_not_gone_on_with(hub, tmp_path):
    hub.cuts = [1_000_000, 0]
    with pytest.raises(ModelError):
        download(look(REPO, NAME), tmp_path / "weights.pt")
    hub.put(REPO, NAME, WEIGHTS[::-1])
    download(look(REPO, NAME), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").read_bytes() == WEIGHTS[::-1]


def test_bytes_other_than_those_announced_are_thrown_away(hub, tmp_path):
    announced = look(REPO, NAME)
    for other in (WEIGHTS[:-1] + b"!", WEIGHTS + b"more"):
        hub.gate = lambda other=other: hub.repos[REPO].update({NAME: other})
        hub.put(REPO, NAME, WEIGHTS)
        with pytest.raises(ModelError, match="not the file the Hub describes"):
            download(announced, tmp_path / "weights.pt")
        assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_token_goes_to_the_hub_and_not_to_where_it_keeps_its_files(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    download(look(REPO, NAME), tmp_path / "weights.pt")
    resolved = [each for each in hub.asked if "/resolve/" in each.path]
    assert resolved and all(each.headers["authorization"] == "Bearer hf_secret" for each in resolved)
    assert hub.downloads() and all("authorization" not in each.headers for each in hub.downloads())


@pytest.mark.parametrize("repo, refusal, said", [
    (REPO, (403, "GatedRepo"), r"is gated: accept its terms at http.*/someone/faces, then run `hf auth login`"),
    (REPO, (403, ""), r"refuses to give deep/weights.pt of someone/faces \(403\). Check that HF_TOKEN"),
    (REPO, (401, "RepoNotFound"), "no repository 'someone/faces' at 127.0.0.1.*or it is private"),
    (REPO, (404, "EntryNotFound"), "someone/faces has no file 'deep/weights.pt'"),
    (REPO, (404, "RevisionNotFound"), "has not the commit"),
    (REPO, (503, ""), "answers 503 for deep/weights.pt.*Try again later"),
    (REPO, (429, ""), "answers 429"),
    ("no/one", None, "no repository 'no/one'"),
    ("../../etc", None, "no repository '../../etc'"),
])
def test_a_refusal_says_what_to_do(hub, repo, refusal, said):
    if refusal:
        hub.refusals[repo] = refusal
    with pytest.raises(ModelError, match=said) as caught:
        look(repo, NAME)
    assert "\n" not in str(caught.value)


def test_a_hub_that_is_not_there_is_said(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="127.0.0.1:9 cannot be reached"):
        look(REPO, NAME)


def test_a_full_disk_is_said_and_what_fitted_is_kept(hub, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))  # no file of this process grows past it
    try:
        with pytest.raises(ModelError, match="The disk is full; deep/weights.pt did not fit.*models --free"):
            download(look(REPO, NAME), tmp_path / "weights.pt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    download(look(REPO, NAME), tmp_path / "weights.pt")
    assert (tmp_path / "weights.pt").read_bytes() == WEIGHTS and hub.downloads()[-1].start > 0


def test_a_file_larger_than_the_disk_is_not_begun(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_BYTES", 10**18)
    huge = hub_module.RemoteFile(REPO, NAME, hub.commit(REPO), "0" * 64, 10**17)
    with pytest.raises(ModelError, match=r"needs 1\d+ MB more, and .* has room for \d+ MB"):
        download(huge, tmp_path / "weights.pt")
    assert not hub.downloads()


# --- a model -------------------------------------------------------------------------------------------------------

def test_the_first_fetch_records_commit_and_sha256_and_the_second_asks_nothing(hub, models):
    with pytest.raises(ModelError, match=r"\(3.1 MB, MIT\) is not on this machine. Run: python -m editors fetch"):
        models.get("stand_in")
    assert not hub.asked  # to get is never to download
    models.fetch("stand_in")
    lock = models.store.lock("stand_in")
    assert lock.commit == hub.commit(REPO) and lock.files[NAME] == sha256_of(models.get("stand_in")[NAME])
    asked = len(hub.asked)
    models.fetch("stand_in")
    assert Models(catalogue=models.catalogue).get("stand_in")[NAME].read_bytes() == WEIGHTS
    assert len(hub.asked) == asked


def test_ten_who_ask_at_once_wait_for_one_download(hub, models):
    begun, failed = threading.Barrier(10), []

    def ask():
        begun.wait(10)
        try:
            models.fetch("stand_in")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed and len(hub.downloads()) == 1 and models.is_here("stand_in")


def test_processes_that_ask_at_once_wait_for_one_download(hub):
    hub.put(LORA, "pytorch_lora_weights.safetensors", WEIGHTS)
    command = [sys.executable, "-m", "editors", "fetch", "lcm_lora_sd15", "--yes"]
    asking = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate(timeout=60) and process.returncode for process in asking] == [0, 0, 0]
    assert len(hub.downloads()) == 1


def test_another_commit_in_the_cache_of_huggingface_hub_is_not_taken_for_the_one_on_record(hub, tmp_path, monkeypatch):
    from huggingface_hub import constants, hf_hub_download

    hf_hub_download(REPO, NAME, cache_dir=tmp_path / "preloaded", endpoint=hub.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "preloaded"))
    other = WEIGHTS[::-1]
    hub.put(REPO, NAME, other)
    models = Models(catalogue=(card_of(hub, files={NAME: hashlib.sha256(other).hexdigest()}),))
    models.fetch("stand_in")
    assert models.get("stand_in")[NAME].read_bytes() == other


def test_a_folder_that_cannot_be_written_is_said(hub, models):
    models.store.folder.parent.mkdir(parents=True)
    models.store.folder.write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written.*Set HF_HOME"):
        models.fetch("stand_in")
    assert not hub.downloads()


def test_a_file_that_the_hub_changed_is_refused_after_it_was_on_record(hub, models):
    models.fetch("stand_in")
    models.get("stand_in")[NAME].unlink()
    files = dict(hub.repos[REPO])
    hub.put(REPO, NAME, WEIGHTS[::-1])
    hub.commit = lambda repo, kept=models.store.lock("stand_in").commit: kept  # a rewritten history
    with pytest.raises(ModelError, match=r"weights.pt of someone/faces is not the file on record.*--free stand_in"):
        models.fetch("stand_in")
    assert len(hub.downloads()) == 1  # it was refused unseen
    hub.repos[REPO] = files
    models.fetch("stand_in")
    assert models.get("stand_in")[NAME].read_bytes() == WEIGHTS


def test_a_file_whose_sha256_the_card_knows_is_refused_unseen(hub):
    models = Models(catalogue=(card_of(hub, files={NAME: "0" * 64}),))
    with pytest.raises(ModelError, match="is not the file on record"):
        models.fetch("stand_in")
    assert not hub.downloads() and not models.is_here("stand_in")


def test_a_file_that_changed_on_disk_is_not_loaded(hub, models):
    models.fetch("stand_in")
    models.get("stand_in")[NAME].write_bytes(WEIGHTS[:-1] + b"!")
    again = Models(catalogue=models.catalogue)
    with pytest.raises(ModelError, match="not the file on record.*--free stand_in; python -m editors fetch stand_in"):
        again.get("stand_in")


def test_a_fetch_that_fails_leaves_the_old_model_serving(hub, models):
    models.fetch("stand_in")
    old = models.get("stand_in")
    (models.store.place("stand_in") / NAME).unlink()
    hub.refusals[REPO] = (403, "GatedRepo")
    with pytest.raises(ModelError, match="gated"):
        models.fetch("stand_in")
    assert models.get("stand_in") is old


def test_what_a_fetched_model_is_is_in_its_fingerprint(hub, models):
    before = models.fingerprint("stand_in")
    models.fetch("stand_in")
    assert models.fingerprint("stand_in") != before
    assert Models(catalogue=models.catalogue).fingerprint("stand_in") == models.fingerprint("stand_in")


def test_files_that_huggingface_hub_has_already_are_used_where_they_lie(hub, models, tmp_path, monkeypatch):
    from huggingface_hub import constants, hf_hub_download

    cache = tmp_path / "preloaded"
    for name in (NAME, "config.json"):
        hf_hub_download(REPO, name, cache_dir=cache, endpoint=hub.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(hub.asked)
    models.fetch("stand_in")
    assert models.get("stand_in")[NAME].read_bytes() == WEIGHTS and len(hub.asked) == asked
    assert models.store.lock("stand_in").commit == hub.commit(REPO) and models.store.size_of("stand_in") < 2000


def test_what_is_freed_is_gone_and_can_be_fetched_again(hub, models):
    models.fetch("stand_in")
    assert models.store.size_of("stand_in") > len(WEIGHTS)
    assert models.store.free("stand_in") > len(WEIGHTS) and models.store.size_of("stand_in") == 0
    assert not models.is_here("stand_in") and not models.store.place("stand_in").exists()
    models.fetch("stand_in")
    assert models.is_here("stand_in")


def test_a_damaged_record_is_said(hub, models):
    models.fetch("stand_in")
    path = models.store.place("stand_in") / "lock.json"
    whole = json.loads(path.read_text())
    others = [json.dumps(whole | other).encode() for other in (
        {"config": {"size": "large"}}, {"card": {"size_mb": "3"}}, {"files": {NAME: None}}, {"commit": "another"},
    )]  # fmt: skip
    for content in (b"", b"[]", b'{"commit": 1}', b"\xff", b"[" * 100_000, *others):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="lock.json is damaged. Fetch it again"):
            models.store.lock("stand_in")
        assert not models.is_here("stand_in")


def test_models_lie_where_a_space_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "limner" == Store().folder
    monkeypatch.delenv("HF_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "limner" / "models"


def test_what_goes_wrong_is_said_in_chinese_too(hub, models, monkeypatch):
    def said(doing) -> str:
        with pytest.raises(ModelError) as caught:
            doing()
        return error_in(str(caught.value), "zh")

    assert "stand_in（3.1 MB，许可：MIT）不在这台机器上" in said(lambda: models.get("stand_in"))
    assert "可以代替它的有：face_shape" in said(lambda: Models().get("face_generator_ffhq"))
    hub.cuts = [1_000_000, 0]
    assert "连接中断" in said(lambda: models.fetch("stand_in"))
    models.fetch("stand_in")
    models.get("stand_in")[NAME].write_bytes(b"!")
    assert "与记录的文件不符" in said(lambda: models.reload("stand_in"))
    hub.refusals[REPO] = (403, "GatedRepo")
    assert "需要先同意条款" in said(lambda: look(REPO, NAME))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "无法连接 127.0.0.1:9" in said(lambda: look(REPO, NAME))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "处于离线状态" in said(lambda: look(REPO, NAME))


# --- offline -------------------------------------------------------------------------------------------------------

WATCHED = """
import sys
from pathlib import Path

touched = []
sys.addaudithook(lambda event, args: touched.append(event) if event.startswith("socket.") else None)
sys.path.insert(0, {root!r})
from editors.__main__ import main
from editors.models import Models
{doing}
assert not touched, touched
"""


@pytest.mark.parametrize("doing", [
    "assert main(['fetch', 'face_parser', '--yes']) == 2",
    "assert main(['fetch', 'someone/faces', '--yes']) == 2",
    "assert main(['models']) == 0",
    "assert main(['licences']) == 0",
    "assert Models().get('lcm_lora_sd15')",
    "assert main(['fetch', 'lcm_lora_sd15', '--yes']) == 0",
], ids=["fetch", "fetch own", "models", "licences", "load", "fetch what is here"])
def test_offline_no_socket_is_opened(hub, doing):
    hub.put(LORA, "pytorch_lora_weights.safetensors", WEIGHTS)
    Models().fetch("lcm_lora_sd15")
    asked = len(hub.asked)
    done = subprocess.run([sys.executable, "-c", WATCHED.format(root=str(ROOT), doing=doing)], cwd=ROOT, text=True,
                          env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(hub.asked) == asked


def test_the_watch_over_sockets_sees_one(hub):
    code = WATCHED.format(root=str(ROOT), doing="main(['fetch', 'face_parser'])")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 1 and "socket.connect" in done.stderr
