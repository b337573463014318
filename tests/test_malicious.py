"""Files made to harm: each is refused by what was found in it, runs nothing, imports nothing and writes nothing."""

import ast
import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from editors.formats import convert, load
from editors.formats.containers import MAX_SMALL
from editors.formats.pickles import MOST_INSTRUCTIONS

from .poison import (
    COMMAND,
    archive,
    call,
    everything_is_imported,  # noqa: F401  (a fixture)
    marked,
    named,
    npy,
    npz,
    number,
    refused,
    tensor_of,
    torch_zip,
    word,
)
from .published import STORED, names_of, normal, weights

ROOT = Path(__file__).parent.parent


def old_torch(main: bytes = b"\x80\x02}.", system: bytes | None = None, keys: bytes = b"\x80\x02].") -> bytes:
    magic, protocol = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)
    described = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {}}, 2)
    return magic + protocol + (system or described) + main + keys


class Evil:
    def __reduce__(self):
        import os

        return os.system, (COMMAND,)


def npy_of(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 80) + header.encode().ljust(80)


def safetensors(**described: object) -> bytes:
    header = json.dumps({"a": described}).encode()
    return struct.pack("<Q", len(header)) + header


def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as opened:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            described = tarfile.TarInfo(name)
            content = pickle.dumps(Evil(), 2)
            described.size = len(content)
            opened.addfile(described, io.BytesIO(content))
    return stream.getvalue()


EVIL = pickle.dumps(Evil(), 2)
TEXT = word(COMMAND)
SYSTEM = b"cos\nsystem\n"

PICKLES = {
    "os.system": (call("os", "system", TEXT), "os.system"),
    "posix.system": (EVIL, "posix.system"),
    "nt.system": (call("nt", "system", TEXT), "nt.system"),
    "eval": (call("builtins", "eval", TEXT), "builtins.eval"),
    "exec": (call("builtins", "exec", TEXT), "builtins.exec"),
    "eval of python 2": (call("__builtin__", "eval", TEXT), "__builtin__.eval"),
    "__import__": (call("builtins", "__import__", word("os")), "builtins.__import__"),
    "getattr": (call("builtins", "getattr", named("collections", "OrderedDict"), word("__init__")), "builtins.getattr"),
    "open": (call("builtins", "open", word("canary-of-limner"), word("w")), "builtins.open"),
    "compile": (call("builtins", "compile", TEXT, word("x"), word("exec")), "builtins.compile"),
    "subprocess": (call("subprocess", "Popen", TEXT), "subprocess.Popen"),
    "check_output": (call("subprocess", "check_output", TEXT), "subprocess.check_output"),
    "pty": (call("pty", "spawn", TEXT), "pty.spawn"),
    "rmtree": (call("shutil", "rmtree", word("canary")), "shutil.rmtree"),
    "webbrowser": (call("webbrowser", "open", word("http://localhost")), "webbrowser.open"),
    "attrgetter": (call("operator", "attrgetter", word("system")), "operator.attrgetter"),
    "methodcaller": (call("operator", "methodcaller", word("system")), "operator.methodcaller"),
    "partial": (call("functools", "partial", named("builtins", "print")), "builtins.print or functools.partial"),
    "runpy": (call("runpy", "run_path", word("x.py")), "runpy.run_path"),
    "import_module": (call("importlib", "import_module", word("os")), "importlib.import_module"),
    "pickle in pickle": (call("pickle", "loads", b"C" + bytes([len(EVIL)]) + EVIL), "pickle.loads"),
    "marshal": (call("marshal", "loads", b"C\x01N"), "marshal.loads"),
    "CodeType": (call("types", "CodeType"), "types.CodeType"),
    "FunctionType": (call("types", "FunctionType"), "types.FunctionType"),
    "ctypes": (call("ctypes", "CDLL", word("libc.so.6")), "ctypes.CDLL"),
    "sys.modules": (b"\x80\x02" + named("sys", "modules") + b".", "sys.modules"),
    "numpy runstring": (call("numpy.testing._private.utils", "runstring", TEXT, b"}"), "runstring"),
    "numpy load": (call("numpy", "load", word("x.npy"), b"N\x88"), "numpy.load"),
    "torch.load": (call("torch.serialization", "load", word("x.pt")), "torch.serialization.load"),
    "torch.hub": (call("torch.hub", "load", word("a/b")), "torch.hub.load"),
    "torch dotted": (call("torch._utils", "_import_dotted_name", word("os.system")), "_import_dotted_name"),
    "dotted name": (b"\x80\x04\x8c\x05torch\x8c\x16_utils.importlib.sys.x\x93.", "torch._utils.importlib.sys.x"),
    "dill": (call("dill._dill", "_create_function", b"N"), "dill._dill._create_function"),
    "cloudpickle": (call("cloudpickle.cloudpickle", "_make_function", b"N"), "cloudpickle"),
    "joblib": (b"\x80\x03cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.", "joblib.numpy_pickle.NumpyArrayWrapper"),
    "sklearn": (b"\x80\x03csklearn.tree\nTree\n)\x81.", "sklearn.tree.Tree"),
    "whole module": (b"\x80\x02" + named("torch.nn.modules.container", "Sequential") + b")\x81.", "Sequential"),
    "tensorflow without a network": (b"\x80\x02" + named("dnnlib.tflib.network", "Network") + b")\x81.", "'Network'"),
    "tensorflow function": (call("dnnlib.tflib.tfutil", "run"), "dnnlib.tflib.tfutil.run"),
    "INST": (b"(" + b"S'" + COMMAND.encode() + b"'\n" + b"ios\nsystem\n.", "os.system"),
    "INST of an allowed name": (b"(icollections\nOrderedDict\n.", "INST"),
    "OBJ": (b"\x80\x02(" + named("subprocess", "Popen") + TEXT + b"o.", "subprocess.Popen"),
    "OBJ of an allowed name": (b"\x80\x02(" + named("collections", "OrderedDict") + b"o.", "instruction OBJ"),
    "NEWOBJ": (b"\x80\x02" + named("subprocess", "Popen") + TEXT + b"\x85\x81.", "subprocess.Popen"),
    "NEWOBJ with arguments": (b"\x80\x02" + named("argparse", "Namespace") + TEXT + b"\x85\x81.", "Namespace"),
    "NEWOBJ of a function": (b"\x80\x02" + named("_codecs", "encode") + b")\x81.", "_codecs.encode"),
    "NEWOBJ_EX": (b"\x80\x04" + named("collections", "OrderedDict") + b")}\x92.", "NEWOBJ_EX"),
    "STACK_GLOBAL": (b"\x80\x04\x8c\x02os\x8c\x06system\x93" + TEXT + b"\x85R.", "os.system"),
    "STACK_GLOBAL from the memo": (
        b"\x80\x04\x8c\x06system\x94\x8c\x02os\x940h\x01h\x00\x93" + TEXT + b"\x85R.", "os.system",
    ),
    "STACK_GLOBAL of a list": (b"\x80\x04]\x8c\x06system\x93.", "not a name"),
    "memo exchanged": (b"\x80\x02" + named("torch", "Size") + b"q\x000]q\x000h\x00)R.", "calls a list"),
    "call of a mention": (b"\x80\x02" + named("torch", "float32") + b")R.", "calls torch.float32"),
    "call of a text": (b"\x80\x02" + TEXT + b")R.", "calls a str"),
    "call without a tuple": (b"\x80\x02" + named("torch", "Size") + b"]R.", "calls torch.Size"),
    "BUILD of a function": (b"\x80\x02" + named("_codecs", "encode") + b"}b.", "inside of a Name"),
    "BUILD of a list": (b"\x80\x02]}b.", "inside of a list"),
    "_reconstructor": (b"\x80\x02" + named("copyreg", "_reconstructor") + b"(" + SYSTEM + b"tR.", "os.system"),
    "_reconstructor of a function": (b"\x80\x02ccopyreg\n_reconstructor\n(c_codecs\nencode\ntR.", "_codecs.encode"),
    "add_extension": (call("copyreg", "add_extension", word("os"), word("system"), number(1)), "copyreg.add_extension"),
    "EXT1": (b"\x80\x02\x82\x01.", "EXT1"),
    "EXT2": (b"\x80\x02\x83\x01\x00.", "EXT2"),
    "EXT4": (b"\x80\x02\x84\x01\x00\x00\x00.", "EXT4"),
    "PERSID": (b"\x80\x00Pos.system\n.", "PERSID"),
    "BINPERSID": (b"\x80\x02" + TEXT + b"Q.", "persistent id"),
    "NEXT_BUFFER": (b"\x80\x05\x97.", "NEXT_BUFFER"),
    "encode by another codec": (call("_codecs", "encode", TEXT, word("rot13")), "latin-1"),
    "decode": (call("_codecs", "decode", TEXT, word("rot13")), "_codecs.decode"),
    "letters that hide": (b"\x80\x04" + word("o\u202es") + word("system") + b"\x93.", "u202es.system"),
    "object array": (pickle.dumps(np.array([Evil()], object), 2), "posix.system"),
    "object array without harm": (pickle.dumps(np.array([None], object), 4), "array of Python objects"),
    "keys that are tuples": (b"\x80\x02}))s.", "tuple as a key"),
    "append to a dictionary": (b"\x80\x02}Na.", "not a list"),
}  # fmt: skip


@pytest.mark.parametrize("attack", PICKLES)
def test_a_poisoned_pickle_is_refused_by_what_it_asks_for(attack, tmp_path):
    content, found = PICKLES[attack]
    said = refused(content, tmp_path)
    assert any(each in said for each in found.split(" or "))


@pytest.mark.parametrize("protocol", range(6))
def test_poison_is_found_in_every_protocol_and_deep_inside(protocol, tmp_path):
    content = {"g_ema": {"input.input": [1, (2, {"deep": Evil()})]}}
    assert "posix.system" in refused(pickle.dumps(content, protocol), tmp_path)


IN_TORCH = {
    "zip": torch_zip(EVIL),
    "old": old_torch(EVIL),
    "old, system": old_torch(system=EVIL),
    "old, keys": old_torch(keys=EVIL),
    "old, magic": pickle.dumps([0x1950A86A20F9469CFC6C, Evil()], 2),
    "inside of NVIDIA's bytes": call("torch.storage", "_load_from_bytes", b"B" + struct.pack("<I", len(old_torch(EVIL)))
                                     + old_torch(EVIL)),
    "persistent id": torch_zip(b"\x80\x02(" + word("storage") + SYSTEM + word("0") + word("cpu") + b"K\x04tQ."),
}  # fmt: skip


@pytest.mark.parametrize("place", IN_TORCH)
def test_poison_is_found_wherever_torch_keeps_a_pickle(place, tmp_path):
    assert "system" in refused(IN_TORCH[place], tmp_path)


NEEDS, FLAGS = 6, 8
"""Where a zip's directory says what version an entry needs, and how it is packed."""
STRANGE = {
    "a zip in a pickle": (call("torch.storage", "_load_from_bytes", b"C\x04PK\x03\x04"), "damaged"),
    "torch in torch": (torch_zip(call("torch.storage", "_load_from_bytes", b"C\x01x")), "inside a torch file"),
    "zip in zip": (archive({"inner.pt": torch_zip(EVIL)}), "'inner.pt'"),
    "zip as the pickle": (torch_zip(torch_zip(EVIL)), "cut short or damaged"),
    "an encrypted npz": (marked(npz(np.zeros(4)), FLAGS, 1), "is encrypted"),
    "encrypted weights": (marked(torch_zip(b"N."), FLAGS, 1), "is encrypted"),
    "an archive of tomorrow": (marked(npz(np.zeros(4)), NEEDS, 99), "of a kind that is not read"),
    "an archive of patches": (marked(npz(np.zeros(4)), FLAGS, 0x20), "of a kind that is not read"),
    "two pickles": (archive({"a/data.pkl": EVIL, "b/data.pkl": EVIL}), "data.pkl"),
    "a program of torch": (archive({"m/data.pkl": b"N.", "m/constants.pkl": EVIL}), "constants.pkl"),
    "tar": (tar(), "tar archive"),
    "gzip": (gzip.compress(EVIL), "compressed"),
    "entry above": (archive({"../../data.pkl": b"N."}), "leaves its folder"),
    "entry from the root": (archive({"/etc/data.pkl": b"N."}), "leaves its folder"),
    "entry of windows": (archive({"C:\\data.pkl": b"N."}), "leaves its folder"),
    "compressed pickle": (archive({"a/data.pkl": EVIL}, zipfile.ZIP_DEFLATED), "compressed"),
    "swelling pickle": (archive({"a/data.pkl": bytes(30_000_000)}, zipfile.ZIP_DEFLATED), "would swell to 30.0 MB"),
    "swelling array": (npz(np.zeros(MAX_SMALL // 8 + 9)), "would swell"),
    "object npy": (npy(np.array([Evil()], object)), "type '|O'"),
    "object npz": (npz(np.array([Evil()], object)), "type '|O'"),
    "npy that computes": (npy_of("__import__('os').system('touch canary-of-limner')"), "damaged"),
    "npy larger than itself": (
        npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"), "with 0 bytes",
    ),
    "tensor beyond its storage": (tensor_of(0, (5,), (1,)), "beyond its storage of 4"),
    "tensor that starts beyond": (tensor_of(4, (1,), (1,)), "beyond its storage"),
    "tensor with wide strides": (tensor_of(0, (2, 2), (3, 1)), "beyond its storage"),
    "tensor that repeats": (tensor_of(0, (100000, 100000), (0, 0)), "beyond its storage"),
    "tensor before its storage": (tensor_of(-1, (1,), (1,)), "not plain numbers"),
    "tensor that runs backwards": (tensor_of(3, (4,), (-1,)), "not plain numbers"),
    "tensor of a hundred axes": (tensor_of(0, (1,) * 100, (1,) * 100), "not plain numbers"),
    "storage larger than its file": (tensor_of(0, (4,), (1,), count=2**40), "has no storage '0'"),
    "old storage larger than the file": (old_torch(keys=pickle.dumps(["0"], 2)), "do not fit"),
    "safetensors with a huge header": (struct.pack("<Q", 200) + b"{" + b"[" * 400, "damaged"),
    "safetensors beyond the end": (safetensors(dtype="F32", shape=[9], data_offsets=[0, 36]), "damaged"),
    "safetensors with a wrong shape": (safetensors(dtype="F32", shape=[2**40], data_offsets=[0, 0]), "damaged"),
    "safetensors of no kind": (safetensors(dtype="PY", shape=[0], data_offsets=[0, 0]), "damaged"),
    "JSON without end": (b"[" * 100_000, "begins as JSON"),
    "a text": (b"hello, this is no model", "is not a file of weights"),
    "a page of the web": (b"<!DOCTYPE html><title>Quota exceeded</title>", "is a page of the web; download the file"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a pointer of Git LFS"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a file of weights"),
}  # fmt: skip


@pytest.mark.parametrize("attack", STRANGE)
def test_a_strange_container_is_refused_by_what_it_is(attack, tmp_path):
    content, found = STRANGE[attack]
    said = refused(content, tmp_path)
    assert any(each in said for each in found.split(" or "))


LIST = b"]" + b"(" + b"N" * 1000 + b"e"
BOMBS = {
    "instructions": (b"\x80\x02" + b"N0" * (MOST_INSTRUCTIONS // 2 + 9) + b"N.", "instructions"),
    "a number without end": (b"\x80\x02\x8b\xff\xff\xff\x7f" + b"\x01" * 1000 + b".", "damaged"),
    "a text without end": (b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x.", "damaged"),
    "a decimal without end": (b"\x80\x02I" + b"9" * 100_000 + b"\n.", "damaged"),
    "a place in the memo without end": (b"\x80\x02Nr\xff\xff\xff\xffj\xfe\xff\xff\xff.", "damaged"),
    "lists in lists": (b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", "holds a value of type list"),
    "tuples in tuples": (b"\x80\x02)" + b"\x85" * 100_000 + b".", "holds a value of type tuple"),
    "a list in itself": (b"\x80\x02]q\x00h\x00a.", "holds a value of type list"),
    "a dictionary in itself": (b"\x80\x02}q\x00" + word("state_dict") + b"h\x00s.", "holds a dictionary"),
    "laughter": (b"\x80\x02]q\x00" + (b"0](" + b"h\x00" * 10 + b"eq\x00") * 30 + b".", "holds a value of type list"),
    "a set made many times": (
        b"\x80\x02" + LIST + b"q\x000" + (named("builtins", "set") + b"h\x00\x85R0") * 999 + b"N.", "repeats one",
    ),
    "a text encoded many times": (
        b"\x80\x02" + word("x" * 9000) + b"q\x000" + word("latin1") + b"q\x010"
        + (named("_codecs", "encode") + b"h\x00h\x01\x86R0") * 100 + b"N.", "repeats one thing",
    ),
    "an unending key": (b"\x80\x02}\x8b" + struct.pack("<I", 5000) + b"\x01" * 5000 + b"Ns.", "int as a key"),
    "an empty stack": (b"\x80\x02R.", "damaged"),
    "two values": (b"\x80\x02NN.", "damaged"),
    "no end": (b"\x80\x02N", "damaged"),
    "protocol of the future": (b"\x80\x02\xff.", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("attack", BOMBS)
def test_a_bomb_is_refused_before_it_swells(attack, tmp_path):
    content, found = BOMBS[attack]
    assert found in refused(content, tmp_path)


def test_modules_that_hold_themselves_are_refused(tmp_path):
    meta = b"}(" + word("class_name") + word("Generator") + word("state") + b"}q\x01u"
    record = named("torch_utils.persistence", "_reconstruct_persistent_obj") + meta + b"\x85Rq\x02"
    modules = b"h\x01" + word("_modules") + b"}" + word("again") + b"h\x02ss0"  # state["_modules"] = {"again": record}
    assert "too deep" in refused(b"\x80\x02}" + word("G_ema") + record + modules + b"s.", tmp_path)


def network_of(**state: object) -> bytes:
    """Three networks as TensorFlow's are pickled, with a state that is not theirs."""
    made = b"\x80\x02" + named("dnnlib.tflib.network", "Network") + b")\x81" + pickle.dumps(state, 2)[2:-1] + b"b"
    return made + b"q\x000h\x00h\x00h\x00\x87."


@pytest.mark.parametrize("state, found", [
    ({}, "older version"), ({"version": 4}, "lacks 'synthesis/4x4/Const/const'"), ({"version": [4]}, "older version"),
    ({"version": 4, "components": 7, "variables": 7}, "lacks"),
    ({"version": 4, "variables": [(["name"], 1)]}, "not arrays"), ({"version": 4, "variables": ["ab"]}, "not arrays"),
])  # fmt: skip
def test_a_network_of_tensorflow_with_another_state_is_refused(state, found, tmp_path):
    assert found in refused(network_of(**state), tmp_path)


def test_nothing_here_unpickles_or_runs_text():
    """torch.load may stand where it reads weights only; nothing else of its kind anywhere."""
    plain = {"eval", "exec", "compile", "__import__"}
    unsafe = plain | {
        f"{owner}.{name}" for owner in ("pickle", "torch", "joblib", "marshal", "dill", "builtins")
        for name in ("load", "loads", "Unpickler", *plain)
    }
    files, found = [*ROOT.joinpath("editors").rglob("*.py"), ROOT / "app.py"], []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                safe = called == "torch.load" and keywords.get("weights_only") == "True"
                if called in unsafe and not safe or keywords.get("allow_pickle") == "True":
                    found.append(f"{file.name}:{node.lineno} {called}")
    assert len(files) > 30 and not found


def test_the_source_in_a_file_of_nvidia_is_never_run(tmp_path):
    source = b"# the source of training.networks stood here\n"
    poison = b"open('canary-of-limner','w').close()".ljust(len(source) - 1) + b"\n"
    path = tmp_path / "network.pkl"
    whole = (STORED / "nvidia_4.pkl").read_bytes()
    assert source in whole and len(poison) == len(source)
    path.write_bytes(whole.replace(source, poison))
    generator = load(convert(path, tmp_path).parts[0])
    assert generator(normal(1, 1, 24)).shape == (1, 3, 32, 32) and not Path("canary-of-limner").exists()


def test_poison_beside_good_weights_spoils_the_file(tmp_path):
    content = {"g_ema": weights(names_of("rosinality"), 21), "args": Evil()}
    stream = io.BytesIO()
    torch.save(content, stream)
    assert "posix.system" in refused(stream.getvalue(), tmp_path)


def test_the_poison_used_here_does_harm_where_it_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(EVIL)
    assert Path("canary-of-limner").exists()
