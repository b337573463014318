"""Limner starts as a Space: another user, a checkout that cannot be written, its variables; and is uploaded as one."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

import app
from editors.desk import Desk
from editors.devices import choose_device, lent
from editors.errors import SettingError
from editors.models import Models
from editors.sessions import Session, Sessions
from editors.step import Step

from .hub_server import serving

ROOT = Path(__file__).parent.parent
NOBODY = 65534
LORA, FILE = "latent-consistency/lcm-lora-sdv1-5", "pytorch_lora_weights.safetensors"


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def as_nobody(command: list) -> list:
    """The command as another user than root, who may read what root may and write nothing of it."""
    if os.getuid() != 0:
        return command
    caps = "-all,+dac_read_search"  # the interpreter of these tests may lie where only root can look
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", f"--inh-caps={caps}",
            f"--ambient-caps={caps}", *command]


def space_variables(home: Path, port: int) -> dict[str, str]:
    """What a Space sets, and nothing of the machine of these tests but the way to programs."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "SYSTEM": "spaces", "SPACE_ID": "someone/limner",
        "SPACE_HOST": "someone-limner.hf.space", "SPACE_AUTHOR_NAME": "someone", "SPACE_REPO_NAME": "limner",
        "SPACE_TITLE": "Limner", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ALLOW_FLAGGING": "never", "GRADIO_THEME": "huggingface", "CPU_CORES": "2", "MEMORY": "16Gi",
        "HF_HOME": str(home / "hub"), "PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1,localhost",
    }


@pytest.fixture
def checkout(tmp_path_factory):
    """A copy of what is tracked that nobody can write, and a home beside it."""
    base = tmp_path_factory.mktemp("space")
    for name in tracked():
        (base / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, base / "app" / name)
    (base / "home").mkdir()
    if os.getuid() == 0:
        os.chown(base / "home", NOBODY, NOBODY)
    subprocess.run(["chmod", "-R", "a-w", base / "app"], check=True)
    yield base
    subprocess.run(["chmod", "-R", "u+w", base / "app"], check=True)


def answers(port: int, path: str = "/") -> tuple[int, str]:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, answer.read().decode()


def said_until(text: str, stream) -> str:
    """What is said up to the line that holds a text; Gradio says a few lines of its own on a Space."""
    seen = []
    for line in stream:
        seen.append(line)
        if text in line:
            return "".join(seen)
    raise AssertionError(f"{text!r} was not said: {''.join(seen)}")


def test_a_space_serves_the_page_before_any_hub_model_is_there(checkout):
    with serving() as hub, socket.socket() as free:
        hub.put(LORA, FILE, bytes(5000))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        served = []
        hub.gate = lambda: served.append(answers(port)[0])  # nothing comes before the page is there
        variables = space_variables(checkout / "home", port) | {
            "HF_ENDPOINT": hub.endpoint, "LIMNER_PRELOAD": "lcm_lora_sd15, face_parser"}
        process = subprocess.Popen(
            as_nobody([sys.executable, "-B", "app.py", "--port", str(port), "--device", "cpu"]), cwd=checkout / "app",
            env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        late = threading.Timer(90, process.kill)
        late.start()
        try:
            said_until("Limner is at", process.stdout)
            status, page = answers(port)
            said_until("no repository 'vivym/face-parsing-bisenet'", process.stderr)  # the other is there by then
            owner = os.stat(f"/proc/{process.pid}").st_uid if Path("/proc").exists() else os.getuid()
            assert status == 200 and "Limner" in page and served == [200] and answers(port)[0] == 200
            assert (checkout / "home" / "hub" / "limner" / "lcm_lora_sd15" / "lock.json").exists()
            assert owner == (NOBODY if os.getuid() == 0 else os.getuid())
        finally:
            late.cancel()
            process.terminate()
            process.communicate(timeout=30)
    assert not list((checkout / "app").rglob("*.pyc")) and sorted(
        str(path.relative_to(checkout / "app")) for path in (checkout / "app").rglob("*") if path.is_file()
    ) == sorted(tracked())


WATCHED = """
import sys

def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        place = args[0] if event == "socket.getaddrinfo" else args[1]
        host = place[0] if isinstance(place, tuple) else place
        if host not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", None):
            print(f"TOUCHED {event} {host!r}", file=sys.stderr, flush=True)

sys.addaudithook(watch)
sys.argv = ["app.py", *sys.argv[1:]]
import app
app.main()
"""


def test_offline_the_app_asks_nothing_of_the_network(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "GRADIO_"))}
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED, "--port", str(port), "--preload", "face_parser", "--offline"], cwd=ROOT,
        text=True, env=variables | {"HF_HOME": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    late = threading.Timer(90, process.kill)
    late.start()
    try:
        said_until("Limner is at", process.stdout)
        assert answers(port)[0] == 200
        before = said_until("Limner is offline, and vivym/face-parsing-bisenet is not on this machine", process.stderr)
    finally:
        late.cancel()
        process.terminate()
        _, after = process.communicate(timeout=30)
    assert "TOUCHED" not in before + after


def test_the_watch_over_the_app_sees_another_machine():
    code = WATCHED.replace("import app\napp.main()", "import socket\nsocket.getaddrinfo('203.0.113.1', 443)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "TOUCHED socket.getaddrinfo '203.0.113.1'" in done.stderr


@pytest.fixture(scope="module")
def full(models, tmp_path_factory):
    """The page, served where nothing may wait, and its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "MOST_WAITING", 0)
        page = app.create_app(models, Sessions(tmp_path_factory.mktemp("full")))
        yield page, app.serve(page, prevent_thread_lock=True)[1]
        page.close(verbose=False)


def test_who_comes_when_the_queue_is_full_is_told_so(full):
    sent = json.dumps({"data": [], "fn_index": 0, "session_hash": "somebody"}).encode()
    asked = urllib.request.Request(f"{full[1]}gradio_api/queue/join", sent, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked)


def test_a_server_that_nobody_asks_anything_rests(full, monkeypatch):
    """Gradio's looks for work a thousand times a second, which takes a twentieth of a core."""
    server, sleep, rests, enough = full[0].server.thread.ident, asyncio.sleep, [], threading.Event()

    async def seen(seconds, *more):
        if threading.get_ident() == server:
            rests.append(seconds)
            if len(rests) == 20:
                enough.set()
        return await sleep(seconds, *more)

    monkeypatch.setattr(asyncio, "sleep", seen)
    assert enough.wait(20) and min(rests) > 0.005


@pytest.fixture
def unbuilt(tmp_path, monkeypatch):
    """A folder that stays empty unless the page is built: a session would be kept there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("taken", [True, False])
def test_a_port_that_cannot_be_had_is_said_in_one_line(taken, unbuilt, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1] if taken else 99_999
        with pytest.raises(SystemExit) as end:
            app.main(["--port", str(port), "--device", "cpu"])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and f"127.0.0.1:{port}" in said and "--port" in said
    assert ("another program may have it" in said) == taken


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "[2001:db8::1]", "x" * 64])
def test_a_host_that_is_no_address_of_this_machine_is_said_in_one_line(host, unbuilt, capsys):
    """The first three are of no machine: RFC 5737 and 3849."""
    with pytest.raises(SystemExit) as end:
        app.main(["--host", host, "--device", "cpu"])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and host in said
    assert "no address of this machine" in said and "--host" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "[::1]"])
def test_a_port_that_was_served_on_a_moment_ago_is_free(host):
    """A connection that was closed lingers at the port for a minute."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        before = socket.create_server(("::1" if ":" in host else "127.0.0.1", 0), family=family)
    except OSError:                                            # a machine without IPv6 has none of its ports free
        with pytest.raises(OSError, match="."):
            app.bind(host, 0)
        return
    with before:
        port = before.getsockname()[1]
        with socket.create_connection(before.getsockname()[:2]) as visitor:
            before.accept()[0].close()
            visitor.recv(1)
    for _ in range(2):
        app.bind(host, port)


def test_the_page_can_be_served_from_where_a_loop_runs_already():
    """As in a notebook."""
    async def here() -> None:
        app.bind("127.0.0.1", 0)

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, here()).result()


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "0"])
def test_a_port_that_there_is_not_is_told_from_one_that_is_taken(port, capsys):
    with pytest.raises(SystemExit) as end:
        app.main(["--port", port, "--device", "cpu"])
    said = capsys.readouterr().err
    assert end.value.code == 2 and said.count("\n") == 1 and port in said and "1 to 65535" in said


# --- a lent GPU ----------------------------------------------------------------------------------------------------

def test_without_zerogpu_a_function_stays_as_it_is(monkeypatch):
    for value in ("", "0", "false"):
        monkeypatch.setenv("SPACES_ZERO_GPU", value)
        assert lent(len) is len
    models = Models()
    assert models.run("face_detection", lambda network, more: (network, more), 3) == (models.get("face_detection"), 3)


@pytest.fixture
def zerogpu(monkeypatch, tmp_path):
    """A stand-in of the `spaces` package: what is lent a GPU runs in a forked process, values travel as pickles."""
    (tmp_path / "spaces.py").write_text(
        "import multiprocessing\n"
        "calls = []\n"
        "def GPU(duration):\n"
        "    def wrap(function):\n"
        "        def called(*arguments):\n"
        "            calls.append(duration)\n"
        "            context = multiprocessing.get_context('fork')\n"
        "            given, answers = context.Queue(), context.Queue()\n"
        "            worker = context.Process(target=lambda: answers.put(function(*given.get())), daemon=True)\n"
        "            worker.start()\n"
        "            given.put(arguments)\n"
        "            answer = answers.get(timeout=60)\n"
        "            worker.join(10)\n"
        "            return answer\n"
        "        return called\n"
        "    return wrap\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    import spaces

    yield spaces
    sys.modules.pop("spaces", None)


def where(network) -> tuple[int, str]:
    """The process that a network is called in, and what it is."""
    return os.getpid(), type(network).__name__


def device_of(models) -> str:
    return choose_device("auto")


def test_on_zerogpu_heavy_work_is_lent_a_gpu_in_a_process_of_its_own(zerogpu):
    models = Models()
    process, kind = models.run("face_detection", where)
    assert zerogpu.calls == [120] and process != os.getpid() and kind == "OpenCVNetwork" and not models.held()
    best = "cuda" if torch.cuda.is_available() else "cpu"
    assert choose_device("auto") == "cpu" and models.lend(device_of) == best


def test_a_process_that_is_forked_while_another_thread_loads_does_not_wait_for_it(zerogpu):
    models, begun, go_on = Models(), threading.Event(), threading.Event()

    def hold():
        with models._gate("face_detection"), models._lock:
            begun.set()
            go_on.wait(60)

    holding = threading.Thread(target=hold)
    holding.start()
    assert begun.wait(10)
    try:
        assert models.run("face_detection", where)[1] == "OpenCVNetwork"
    finally:
        go_on.set()
        holding.join()


def test_on_zerogpu_the_page_draws_an_edit_of_the_hub_where_the_gpu_is(zerogpu, tiny_editor, monkeypatch, hub):
    monkeypatch.setattr(tiny_editor, "Tag", Tag, raising=False)
    models = Models()
    models.store.adopt(Path(__file__).parent / "stored" / "rosinality.pt", "mine", "here")
    desk, session = Desk(models), Session(portrait=tiny_editor.tiny_portrait())
    session.put(tiny_editor.Lighten(amount=9))
    desk.check(session)
    assert not zerogpu.calls  # what comes along is quick where it is
    session.select(None)
    session.put(Tag(model="own_mine"))
    desk.check(session)
    drawn = session.run(models, desk.results)[-1].image
    assert zerogpu.calls == [120] and int(drawn[0, 0, 0]) == 32 and not models.held()
    session.put(Tag(model="own_mine", amount=300))
    with pytest.raises(SettingError, match="too much"):
        desk.check(session)


@dataclass(frozen=True, eq=False, kw_only=True)
class Tag(Step):
    """Paints the size of a generator over everything."""

    kind: ClassVar[str] = "tiny.tag"
    model: str = "face_generator_ffhq"
    amount: int = 0

    def models_needed(self):
        return (self.model,)

    def apply(self, portrait, models):
        if self.amount > 255:
            raise SettingError("That is too much.")
        return portrait.with_image(0 * portrait.image + np.uint8(models.get(self.model).size))


# --- uploading -----------------------------------------------------------------------------------------------------

def space(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"HF_TOKEN": "hf_secret", "HF_HUB_DISABLE_PROGRESS_BARS": "1"} | variables
    return subprocess.run([sys.executable, "-m", "docs.space", *arguments], cwd=ROOT, env=environment, text=True,
                          capture_output=True)


def test_a_dry_run_says_what_would_go_and_touches_nothing(hub):
    done = space("someone/limner", "--dry", HF_ENDPOINT=hub.endpoint)
    assert done.returncode == 0 and not hub.asked
    said = {line.split("  ")[-2 if line.endswith("(large)") else -1] for line in done.stdout.splitlines()[:-1]}
    assert said == {name for name in tracked() if not name.startswith(("tests/", ".ci/"))}
    assert {"app.py", "README.md", "requirements.txt", "editors/models.py"} <= said
    assert done.stdout.splitlines()[-1].startswith(f"{len(said)} files, ")


def test_the_space_holds_what_is_tracked_and_nothing_older(hub):
    hub.spaces["someone/limner"] = {"old.py": b"gone", ".gitattributes": b"stays"}
    done = space("someone/limner", "--preload", "face_parser", HF_ENDPOINT=hub.endpoint, HF_HUB_DISABLE_XET="1")
    assert done.returncode == 0, done.stderr
    there = hub.spaces["someone/limner"]
    names = {name for name in tracked() if not name.startswith(("tests/", ".ci/"))}
    assert set(there) == names | {".gitattributes"} and hub.variables == {"LIMNER_PRELOAD": "face_parser"}
    assert all(there[name] == (ROOT / name).read_bytes() for name in names - {"README.md", ".gitattributes"})
    assert hub.stored and all(len(content) > 1_000_000 for content in hub.stored.values())
    front = there["README.md"].decode().split("---\n")[1]
    assert "  - vivym/face-parsing-bisenet 79999_iter.pth\n" in front and "sdk: gradio\n" in front
    assert f"{hub.endpoint}/spaces/someone/limner" in done.stdout


@pytest.mark.parametrize("arguments, said", [
    (["limner"], "no name of a Space"), (["a/b", "--preload", "nose"], "no model called 'nose'"),
    (["a/b", "--preload", "face_shape"], "face_shape is embedded"),
])
def test_what_cannot_go_is_refused_in_one_line(hub, arguments, said):
    done = space(*arguments, HF_ENDPOINT=hub.endpoint)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1 and not hub.asked


def test_an_upload_that_the_hub_refuses_is_said_in_one_line(hub):
    hub.refusals["someone/limner"] = (403, "")
    done = space("someone/limner", "--preload", "face_parser", HF_ENDPOINT=hub.endpoint, HF_HUB_DISABLE_XET="1")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "did not take someone/limner" in done.stderr and "403" in done.stderr and "hf auth login" in done.stderr
