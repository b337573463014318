"""Files that lie about how much is in them, or whose parts do not hang together: each is refused in a sentence."""

import bz2
import io
import lzma
import math
import pickle
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import torch

from editors.errors import ModelError
from editors.formats import convert, recognise
from editors.formats.containers import MAX_TEXT

from .poison import (
    everything_is_imported,  # noqa: F401  (a fixture)
    named,
    npy,
    npz,
    refused,
    tensor,
    torch_zip,
    word,
)
from .published import names_of, weights

HUGE = (2**40, 2**40, 0)  # nothing, of lengths that no array can have


def saved(content: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def described(**entries: bytes) -> bytes:
    """A torch archive with a dictionary of what instructions make; its storage "0" holds four float32."""
    items = b"".join(word(name) + made for name, made in entries.items())
    return torch_zip(b"\x80\x02}(" + items + b"u.", **{"0": bytes(16)})


def nothing(names: dict[str, list[int]]) -> dict[str, torch.Tensor]:
    """Weights under their names, each with as many axes as it has, and no numbers."""
    return {name: torch.zeros([0] * len(shape)) for name, shape in names.items()}


# --- archives that swell --------------------------------------------------------------------------------------------

def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def lzma_of_zip(content: bytes) -> bytes:
    """As an entry of an archive holds it: version, length of the properties, properties, stream."""
    properties = struct.pack("<BI", 93, 1 << 16)
    packed = lzma.compress(content, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}])
    return b"\x09\x04" + struct.pack("<H", len(properties)) + properties + packed


PACKED = {"deflate": (8, deflated), "bzip2": (12, bz2.compress), "lzma": (14, lzma_of_zip)}


def understated(kind: str, content: bytes, said: int) -> bytes:
    """An archive whose one array says that it unpacks to `said` bytes, of which its checksum is."""
    method, pack = PACKED[kind]
    packed, name = pack(content), b"array.npy"
    sizes = struct.pack("<IIIHH", zlib.crc32(content[:said]), len(packed), said, len(name), 0)
    entry = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 2 * (method == 14), method, 0, 0) + sizes + name + packed
    listed = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 2 * (method == 14), method, 0, 0) + sizes
    listed += struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return entry + listed + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(entry), 0)


@pytest.mark.parametrize("kind", PACKED)
def test_an_array_that_unpacks_to_more_than_it_says_is_never_unpacked_whole(kind, tmp_path):
    array = npy(np.zeros((1, 16), np.float32))
    path = tmp_path / "bomb.npz"
    path.write_bytes(understated(kind, array + bytes(60_000_000), len(array)))
    tracemalloc.start()
    try:
        try:
            held = recognise(path)
        except ModelError as error:
            held = str(error)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held == "directions" if kind == "deflate" else "packed in a way" in held
    assert most < 6_000_000


def test_arrays_that_numpy_itself_packed_are_read(tmp_path):
    path = tmp_path / "directions.npz"
    path.write_bytes(npz(np.ones((1, 512), np.float32)))
    assert recognise(path) == "directions"


# --- texts, shapes and structures -----------------------------------------------------------------------------------

def header(text: str) -> bytes:
    """What numpy.save writes, with another line."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def of_array(shape: bytes) -> bytes:
    """A pickle of an array whose shape is what instructions make."""
    made = named("numpy.core.multiarray", "_reconstruct") + named("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
    dtype = named("numpy", "dtype") + word("f4") + b"\x85R"
    return b"\x80\x03" + made + b"(K\x01" + shape + dtype + b"\x89C\x00tb."


def long(bits: int) -> bytes:
    """LONG4."""
    return b"\x8b" + struct.pack("<I", bits // 8 + 1) + b"\xff" * (bits // 8) + b"\x00"


TEXTS = {
    "a list": (header("[1]"), "damaged"),
    "a number": (header("5"), "damaged"),
    "a shape that is a number": (header("{'descr': '<f4', 'fortran_order': False, 'shape': 5}"), "damaged"),
    "lists in lists": (header("[" * 9000), "damaged"),
    "a header of gigabytes": (struct.pack("<Q", MAX_TEXT + 9) + b'{"a":' + b" " * (MAX_TEXT + 9), "describes itself"),
    "JSON of gigabytes": (b"[" + b"[]," * (MAX_TEXT // 3) + b"[]]", "describes itself"),
    "a shape of many axes": (of_array(b"(" + b"K\x01" * 100_000 + b"t"), "shape is not plain numbers"),
    "a shape of shapes": (of_array(b")" + b"\x85" * 100_000), "shape is not plain numbers"),
    "an unending axis": (of_array(long(50_000) + b"\x85"), "shape is not plain numbers"),
}  # fmt: skip


@pytest.mark.parametrize("attack", TEXTS)
def test_a_description_that_describes_nothing_is_refused(attack, tmp_path):
    content, found = TEXTS[attack]
    assert found in refused(content, tmp_path)


def e4e(kind: str) -> dict[str, object]:
    state = nothing(names_of("e4e")) | {"encoder.input_layer.0.weight": torch.zeros(0, 3, 3, 3)}
    return {"state_dict": state, "latent_avg": torch.zeros(0), "opts": {"encoder_type": kind}}


EMPTY = {
    "a generator": saved({"g_ema": nothing(names_of("rosinality")), "latent_avg": torch.zeros(0)}),
    "a parser": saved(nothing(names_of("bisenet"))),
    "an e4e": saved(e4e("Encoder4Editing")),
    "a pSp": saved(e4e("GradualStyleEncoder")),
    "components": saved({"mean": torch.zeros(512), "comp": torch.zeros(0, 1, 512), "std": torch.zeros(0)}),
    "a direction": saved(torch.zeros(0, 512)),
    "a direction by name": saved({"smile": torch.zeros(0, 512)}),
    "components of impossible lengths": described(
        mean=tensor(0, HUGE, (0, 0, 0)), comp=tensor(0, HUGE, (0, 0, 0)), std=tensor(0, HUGE, (0, 0, 0)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", EMPTY)
def test_names_without_numbers_are_refused(attack, tmp_path):
    refused(EMPTY[attack], tmp_path)


def test_a_generator_of_more_layers_than_there_are_is_refused_before_it_is_given_noise(tmp_path):
    state = {name: held for name, held in weights(names_of("rosinality"), 21).items() if "noises" not in name}
    state |= {f"to_rgbs.{k}.bias": torch.zeros(1, 3, 1, 1) for k in range(25)}
    assert "generator of 26 blocks" in refused(saved({"g_ema": state}), tmp_path)


def wide(shape: list[int]) -> list[int]:
    """A shape of the tiny generator, with 128 channels and numbers of a style instead of a few."""
    return [128 if length in (6, 8, 12, 24) else length for length in shape]


def test_one_storage_that_stands_in_for_every_layer_is_refused(tmp_path):
    """Written out, it would swell to as many times its size as there are layers."""
    names, one = names_of("rosinality"), torch.arange(128 * 128 * 9, dtype=torch.float32)
    shapes = {name: wide(shape) for name, shape in names.items() if not name.startswith("noises")}
    state = {name: one[: math.prod(shape)].reshape(shape) for name, shape in shapes.items()}
    assert "more numbers than it has room for" in refused(saved({"g_ema": state, "latent_avg": one[:128]}), tmp_path)


def variables(*named_arrays: tuple[str, np.ndarray]) -> bytes:
    """Three networks as TensorFlow's are pickled."""
    state = pickle.dumps({"version": 4, "variables": list(named_arrays)}, 2)[2:-1]
    made = b"\x80\x02" + named("dnnlib.tflib.network", "Network") + b")\x81" + state + b"b"
    return made + b"r\xff\xff\x00\x00" + b"j\xff\xff\x00\x00" * 2 + b"\x87."


def _reconstruct(meta: dict) -> None:
    """Stands where NVIDIA's files name the function of theirs."""


class Module:
    """A module as NVIDIA's files hold them."""

    def __init__(self, kind: str, parameters: dict | None = None, **modules: "Module"):
        inside = {name: module for name, module in modules.items() if isinstance(module, Module)}
        said = {name: value for name, value in modules.items() if name not in inside}
        self.meta = {"class_name": kind, "state": {"_parameters": parameters or {}, "_modules": inside} | said}

    def __reduce__(self):
        return _reconstruct, (self.meta,)


def of_nvidia(synthesis: Module, mapping: Module) -> bytes:
    generator = Module("Generator", synthesis=synthesis, mapping=mapping, c_dim=0, img_channels=3)
    theirs = named("torch_utils.persistence", "_reconstruct_persistent_obj")
    return pickle.dumps({"G_ema": generator}, 2).replace(named(_reconstruct.__module__, "_reconstruct"), theirs)


def test_networks_of_more_blocks_than_there_are_are_refused(tmp_path):
    one = np.zeros((1, 1, 1, 1), np.float32)
    assert "lacks" in refused(variables(*((f"synthesis/{4 * 2**k}x{4 * 2**k}/ToRGB/weight", one) for k in range(20))),
                              tmp_path)
    blocks = {f"b{4 * 2**k}": Module("SynthesisBlock", architecture="skip") for k in range(101)}
    assert "lacks" in refused(of_nvidia(Module("SynthesisNetwork", **blocks), Module("MappingNetwork")), tmp_path)


def array(*shape: int) -> np.ndarray:
    return np.full(shape, 0.1, np.float32)


@pytest.mark.parametrize("layer", [{}, {"conv1": Module("SynthesisLayer", conv_clamp=10**15_000)}],
                         ids=["beside its layers", "clamped at a number without end"])
def test_a_generator_of_nvidia_that_says_something_odd_of_a_layer_is_read(layer, tmp_path):
    styled = {"weight": array(4, 4, 3, 3), "affine.weight": array(4, 4), "affine.bias": array(4), "bias": array(4),
              "noise_strength": array(), "noise_const": array(4, 4)}
    to_rgb = {"weight": array(3, 4, 1, 1), "affine.weight": array(4, 4), "affine.bias": array(4), "bias": array(3)}
    held = {"const": array(4, 4, 4)} | {f"conv1.{name}": value for name, value in styled.items()}
    held |= {f"torgb.{name}": value for name, value in to_rgb.items()}
    block = Module("SynthesisBlock", held, architecture="skip", **layer)
    path = tmp_path / "network.pkl"
    path.write_bytes(of_nvidia(Module("SynthesisNetwork", b4=block), Module("MappingNetwork", {"w_avg": array(4)})))
    converted = convert(path, tmp_path)
    assert converted.parts[0].config["size"] == 4 and not converted.notes
