"""The names of code that a weights file has use for, and what stands in for each.

Those in `CALLS` are worked out by functions of this file, those in `MENTIONED` may only be mentioned. None is imported.
"""

from collections.abc import Callable
from typing import Protocol

from .values import STORAGES, Array, Dtype, Name, Record, Refused, array_of, key_of, make_tensor

MENTIONED = frozenset(
    {"numpy.ndarray", "torch.storage.UntypedStorage", "builtins.object", "__builtin__.object"}
    | {f"torch.{kind}" for kind in STORAGES}
    | {f"torch.{kind}" for kind in ("float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool")}
)


class Budget(Protocol):
    """What a call may ask of the pickle's reader."""

    nested: Callable[[bytes], object] | None

    def spend(self, amount: int) -> None: ...


def name_of(module: object, name: object) -> Name:
    """A name that may stand in a weights file. Raises Refused naming any other."""
    if type(module) is not str or type(name) is not str:
        raise Refused("asks for code by something that is not a name")
    text = f"{module}.{name}"
    if text not in CALLS and text not in MENTIONED:
        shown = text if len(text) < 100 and text.isprintable() else ascii(text[:100])
        raise Refused(f"asks for {shown}, which is code")
    return Name(text)


def _ordered(reader: Budget, pairs: list = ()) -> dict:
    reader.spend(len(pairs))
    return {key_of(key): value for key, value in pairs}


def _set(reader: Budget, values: list = ()) -> set:
    reader.spend(len(values))
    return set(map(key_of, values))


def _encode(reader: Budget, text: str, encoding: str) -> bytes:
    """Bytes as pickles of protocol 2 write them: a text of the first 256 letters."""
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise Refused("calls _codecs.encode for something that is not latin-1")
    reader.spend(len(text))
    return text.encode("latin-1")


def _number(reader: Budget, dtype: Dtype, content: bytes) -> float:
    return array_of(content, dtype.numpy(), (), False).item()


def _array(reader: Budget, content: bytes, dtype: Dtype, shape: tuple, order: str) -> Array:
    if not isinstance(content, bytes | bytearray) or not isinstance(dtype, Dtype):
        raise Refused("holds an array of Python objects")
    return Array(array_of(content, dtype.numpy(), shape, order == "F"))


def _dtype(reader: Budget, code: str, *_: object) -> Dtype:
    return Dtype(code)


def _tensor(reader: Budget, *arguments: object) -> object:
    return make_tensor(*arguments)


def _parameter(reader: Budget, content: object, *_: object) -> object:
    return content


def _nested(reader: Budget, content: bytes) -> object:
    if reader.nested is None or type(content) is not bytes:
        raise Refused("holds a torch file inside a torch file")
    reader.spend(len(content))
    return reader.nested(content)


def _persistent_object(reader: Budget, meta: dict) -> Record:
    """An object as NVIDIA's networks save themselves, with the source of their module, which is left unread."""
    if type(meta) is not dict or type(meta.get("state")) is not dict or type(meta.get("class_name")) is not str:
        raise Refused("holds a persistent object without a class name and a state")
    return Record(meta["class_name"], meta["state"])


def _old_object(reader: Budget, kind: Name, *_: object) -> object:
    if not isinstance(kind, Name) or kind.text not in MADE:
        raise Refused(f"makes an object of {kind.text if isinstance(kind, Name) else type(kind).__name__}")
    return CALLS[kind.text](reader)


NETWORK = "dnnlib.tflib.network.Network"
MADE = frozenset({"collections.OrderedDict", "argparse.Namespace", "dnnlib.util.EasyDict", NETWORK})
CALLS: dict[str, Callable[..., object]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.storage._load_from_bytes": _nested,
    "torch.Size": lambda reader, sizes: None,
    "torch.device": lambda reader, *_: None,
    "torch_utils.persistence._reconstruct_persistent_obj": _persistent_object,
    "numpy.dtype": _dtype,
    "numpy.core.multiarray._reconstruct": lambda reader, *_: Array(),
    "numpy._core.multiarray._reconstruct": lambda reader, *_: Array(),
    "numpy.core.numeric._frombuffer": _array,
    "numpy._core.numeric._frombuffer": _array,
    "numpy.core.multiarray.scalar": _number,
    "numpy._core.multiarray.scalar": _number,
    "collections.OrderedDict": _ordered,
    "dnnlib.util.EasyDict": _ordered,
    "argparse.Namespace": lambda reader: Record("Namespace"),
    NETWORK: lambda reader: Record("Network"),
    "copy_reg._reconstructor": _old_object,
    "copyreg._reconstructor": _old_object,
    "builtins.set": _set,
    "__builtin__.set": _set,
    "_codecs.encode": _encode,
    "builtins.bytes": lambda reader: b"",  # how protocol 2 writes none at all
    "__builtin__.bytes": lambda reader: b"",
}
