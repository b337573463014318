"""Files written from what our readers give, so that anything in between can be changed: tuples are `Row`, a list.

Nothing here asks whether a file makes sense; that is for the readers to say.
"""

import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from editors.formats.values import STORAGES, Array, Dtype, Name, Record, Storage, Tensor

from .poison import named, number, torch_zip, word

CLASSES = {kind: f"torch.{name}" for name, kind in STORAGES.items()}
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Row(list):
    """A tuple whose parts can be changed."""


@dataclass
class View:
    """A tensor whose description can be changed: it need not lie inside its storage."""

    storage: Storage
    parts: Row  # offset, shape, strides


def changeable(value: object) -> object:
    """A copy of what a reader gave in which everything can be changed."""
    if isinstance(value, dict):
        return {key: changeable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return (Row if isinstance(value, tuple | Row) else list)(map(changeable, value))
    if isinstance(value, Record):
        return Record(value.kind, changeable(value.state))
    if isinstance(value, Tensor):
        return View(value.storage, Row([value.offset, Row(value.shape), Row(value.strides)]))
    return View(value.storage, changeable(value.parts)) if isinstance(value, View) else value


@dataclass
class Writer:
    """Instructions of a pickle for a value.

    inside:  whether storages are written into the pickle, each as a torch file of its own
    """

    inside: bool = False
    storages: dict[str, Storage] = field(default_factory=dict)

    def __call__(self, value: object) -> bytes:
        """Of a value and all that is in it, without the frame of a pickle."""
        kind = next((each for each in WRITERS if isinstance(value, each)), None)
        return WRITERS[kind](self, value) if kind else pickle.dumps(value, 2)[2:-1]

    def row(self, values: Row | tuple) -> bytes:
        return b"(" + b"".join(map(self, values)) + b"t"

    def listed(self, values: list) -> bytes:
        return b"](" + b"".join(map(self, values)) + b"e"

    def dictionary(self, pairs: dict) -> bytes:
        return b"}(" + b"".join(self(key) + self(value) for key, value in pairs.items()) + b"u"

    def array(self, array: Array) -> bytes:
        made = named("numpy.core.multiarray", "_reconstruct") + named("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
        if array.content is None:
            return made
        held = np.ascontiguousarray(array.content)
        code, shape = self(Dtype(held.dtype.str[1:], held.dtype.str[0])), self(Row(array.content.shape))
        return made + b"(K\x01" + shape + code + b"\x89" + _bytes(held.tobytes()) + b"tb"

    def dtype(self, dtype: Dtype) -> bytes:
        made = named("numpy", "dtype") + self(dtype.code) + b"\x85R"
        return made + b"(K\x03" + word(dtype.order) + b"tb"

    def record(self, record: Record) -> bytes:
        classes = {"Network": ("dnnlib.tflib.network", "Network"), "Namespace": ("argparse", "Namespace")}
        if record.kind in classes:
            return named(*classes[record.kind]) + b")\x81" + self(record.state) + b"b"
        meta = {"class_name": record.kind, "state": record.state}
        return named("torch_utils.persistence", "_reconstruct_persistent_obj") + self(meta) + b"\x85R"

    def tensor(self, tensor: View | Tensor) -> bytes:
        view = changeable(tensor)
        arguments = b"(" + self.storage(view.storage) + b"".join(map(self, view.parts))
        hooks = named("collections", "OrderedDict") + b")R"
        return named("torch._utils", "_rebuild_tensor_v2") + arguments + b"\x89" + hooks + b"tR"

    def storage(self, storage: Storage) -> bytes:
        if self.inside:
            return named("torch.storage", "_load_from_bytes") + _bytes(_old_torch(storage)) + b"\x85R"
        return self.identity(storage)

    def identity(self, storage: Storage) -> bytes:
        key = next((key for key, held in self.storages.items() if held is storage), str(len(self.storages)))
        self.storages[key] = storage
        kind = named(*CLASSES[storage.kind].split("."))
        return b"(" + word("storage") + kind + word(key) + word("cpu") + number(storage.count) + b"tQ"


WRITERS: dict[type, Callable[[Writer, object], bytes]] = {
    dict: Writer.dictionary, Row: Writer.row, tuple: Writer.row, list: Writer.listed, Array: Writer.array,
    Dtype: Writer.dtype, Record: Writer.record, View: Writer.tensor, Tensor: Writer.tensor, Storage: Writer.storage,
    Name: lambda writer, name: named(*name.text.rsplit(".", 1)),
}  # fmt: skip


def _bytes(content: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(content)) + content


def _numbers(storage: Storage) -> bytes:
    return np.asarray(storage.read()).tobytes()


def _pickled(writer: Writer, value: object) -> bytes:
    return b"\x80\x02" + writer(value) + b"."


def _old_torch(value: object, change: Callable[[bytes], bytes] = bytes) -> bytes:
    writer, stream = Writer(), io.BytesIO()
    main = change(_pickled(writer, value))
    for said in (MAGIC, PROTOCOL, {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}):
        pickle.dump(said, stream, 2)
    stream.write(main)
    pickle.dump(list(writer.storages), stream, 2)
    for storage in writer.storages.values():
        stream.write(struct.pack("<Q", storage.count) + _numbers(storage))
    return stream.getvalue()


def _new_torch(value: object, change: Callable[[bytes], bytes]) -> bytes:
    writer = Writer()
    pickled = change(_pickled(writer, value))
    return torch_zip(pickled, **{key: _numbers(storage) for key, storage in writer.storages.items()})


FORMATS: dict[str, Callable[[object, Callable[[bytes], bytes]], bytes]] = {
    "torch": _new_torch,
    "old torch": _old_torch,
    "pickle": lambda value, change: change(_pickled(Writer(inside=True), value)),
}


def written(value: object, form: str, change: Callable[[bytes], bytes] = bytes) -> bytes:
    """A file of one of `FORMATS`; `change` is given the pickle that describes the value, and may damage it."""
    return FORMATS[form](value, change)
