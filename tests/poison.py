"""Files made to harm, written by hand, and the sentence that each is refused with after it was seen to do nothing."""

import io
import pickle
import struct
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from editors.errors import ModelError
from editors.formats import convert, recognise

from .published import STORED

RUNS = {
    "exec", "compile", "import", "pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "subprocess.Popen", "socket.connect", "ctypes.dlopen", "marshal.loads", "code.__new__", "shutil.rmtree",
    "webbrowser.open",
}  # fmt: skip
_heard: list[list[str]] = []


@sys.addaudithook
def _hear(event: str, _: tuple) -> None:
    if _heard and event in RUNS:
        _heard[-1].append(event)


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported(tmp_path_factory):
    """What reading needs is imported before, so that any further import is the file's doing."""
    folder = tmp_path_factory.mktemp("good")
    for name in ("rosinality.pt", "nvidia_4.pkl", "bisenet.pth"):
        convert(STORED / name, folder)
    for content in (npz(np.zeros((1, 16))), b"[]", pickle.dumps(["\u00fc", b"x"], 0)):
        (folder / "any").write_bytes(content)
        try:
            recognise(folder / "any")
        except ModelError:
            pass


@contextmanager
def nothing_runs() -> Iterator[None]:
    """Fail if anything was run or imported meanwhile."""
    modules, canary = set(sys.modules), Path("canary-of-limner")
    _heard.append([])
    try:
        yield
    finally:
        events = _heard.pop()
    done = [*events, *(set(sys.modules) - modules), *(["canary"] if canary.exists() else [])]
    assert not done, f"reading led to {done}"


def refused(content: bytes, tmp_path: Path) -> str:
    """The sentence with which a file is refused, after seeing that it did nothing."""
    path, out = tmp_path / "model.pt", tmp_path / "out"
    path.write_bytes(content)
    for act in (recognise, lambda given: convert(given, out)):
        with nothing_runs(), pytest.raises(ModelError) as caught:
            act(path)
        assert not out.exists()
    said = str(caught.value)
    assert said.startswith("model.pt was not loaded and nothing in it was run: it ") and len(said) < 1000
    return said


# --- writing pickles by hand ----------------------------------------------------------------------------------------

COMMAND = "touch canary-of-limner"


def word(text: str) -> bytes:
    """BINUNICODE."""
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def named(module: str, name: str) -> bytes:
    """GLOBAL."""
    return b"c" + f"{module}\n{name}\n".encode()


def call(module: str, name: str, *arguments: bytes) -> bytes:
    """A pickle that calls a name with arguments."""
    return b"\x80\x02" + named(module, name) + b"(" + b"".join(arguments) + b"tR."


def npz(array: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, array=array, **options)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return stream.getvalue()


def marked(content: bytes, place: int, value: int) -> bytes:
    """An archive whose directory says something else of each entry: `value` at a byte of what is said."""
    said = bytearray(content)
    at = said.find(b"PK\1\2")
    while at >= 0:
        said[at + place] = value
        at = said.find(b"PK\1\2", at + 1)
    return bytes(said)


def torch_zip(pickled: bytes, **storages: bytes) -> bytes:
    return archive({"archive/data.pkl": pickled} | {f"archive/data/{key}": held for key, held in storages.items()})


def tensor(offset: int, shape: tuple, strides: tuple, count: int = 4) -> bytes:
    """Instructions that make a tensor on storage "0"."""
    identity = b"(" + word("storage") + named("torch", "FloatStorage") + word("0") + word("cpu") + number(count) + b"tQ"
    lengths = [b"(" + b"".join(map(number, each)) + b"t" for each in (shape, strides)]
    hooks = named("collections", "OrderedDict") + b")R"
    arguments = b"(" + identity + number(offset) + b"".join(lengths) + b"\x89" + hooks + b"tR"
    return named("torch._utils", "_rebuild_tensor_v2") + arguments


def tensor_of(offset: int, shape: tuple, strides: tuple, count: int = 4) -> bytes:
    """A torch archive with one tensor on a storage of four float32."""
    return torch_zip(b"\x80\x02" + tensor(offset, shape, strides, count) + b".", **{"0": bytes(16)})


def number(value: int) -> bytes:
    """LONG1."""
    content = value.to_bytes(9, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content
