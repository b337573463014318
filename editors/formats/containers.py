"""Open a file by its content, never its name: torch's zip and older format, pickle, npy, npz, safetensors, JSON.

Every reader gives plain values, `Tensor` and `Array`; numbers stay in the file until they are asked for.
"""

import io
import json
import math
import mmap
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .pickles import Reader, read_pickle
from .values import NUMBERS, STORAGES, Array, Name, Refused, Storage, array_of, is_count, make_tensor

MAX_BYTES = 4_000_000_000
MAX_SMALL = 64_000_000  # bytes of a direction file, unpacked
MAX_TEXT = 8_000_000  # bytes of JSON: values of Python take twenty times as many
MOST_ENTRIES = 20_000
ENCRYPTED = 0x1  # the flag of an entry in a zip
OLD_MAGIC = (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
OLD_PROTOCOL = 1001
MISTAKEN = (  # what a download leaves where the weights should be
    (b"version https://git-lfs", "is a pointer of Git LFS, which stands for the weights; download the file itself"),
    (b"<", "is a page of the web; download the file itself, in a browser where a page asks for a click"),
)
PICKLES = (b"\x80", b"(", b"]", b"}", b"c")  # what a pickle of weights can begin with
Bytes = bytes | mmap.mmap


def read(path: Path) -> object:
    """What a file holds. Raises Refused."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        if not 0 < size <= MAX_BYTES:
            raise Refused(f"has {size / 1e6:.0f} MB; weights have from a few bytes to {MAX_BYTES / 1e6:.0f} MB")
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = content[:512]
    if start[:4] == b"PK\x03\x04" or start[:4] == b"PK\x05\x06":
        return _zip(path, content)
    if start[:6] == b"\x93NUMPY":
        return _small(content, _npy)
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return _safetensors(content)
    if start[:1] in b"[{":
        return _small(content, _json)
    if start[257:262] == b"ustar":
        raise Refused("is a tar archive, torch's format of before 2017; save it again with a newer torch")
    if start[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7", b"x\x9c", b"x\x01", b"x\xda"):
        raise Refused("is compressed; unpack it first")
    if start[:1] not in PICKLES:
        raise Refused(next((what for begin, what in MISTAKEN if start.startswith(begin)), "is not a file of weights"))
    return _old_torch(content) if OLD_MAGIC in start[:20] else read_pickle(content, nested=_old_torch)


def _small(content: mmap.mmap, reader: Callable[[bytes], object]) -> object:
    if len(content) > MAX_SMALL:
        raise Refused(f"has {len(content) / 1e6:.0f} MB; directions have at most {MAX_SMALL / 1e6:.0f} MB")
    return reader(bytes(content))


def _check_text(length: int) -> None:
    if length > MAX_TEXT:
        raise Refused(f"describes itself in {length / 1e6:.0f} MB of text; {MAX_TEXT / 1e6:.0f} MB are read")


def _json(content: bytes) -> object:
    _check_text(len(content))
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused("begins as JSON and is damaged") from error


# --- numpy ----------------------------------------------------------------------------------------------------------

def _npy(content: bytes) -> Array:
    """An array as numpy.save writes it: a line that describes it, then its numbers."""
    wide = content[6:7] > b"\x01"
    begin = 12 if wide else 10
    end = begin + int.from_bytes(content[8:begin], "little")
    try:
        if end > min(len(content), 10_000):
            raise ValueError
        described = _header(content[begin:end].decode("latin-1"))
        return Array(array_of(content[end:], *described))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused("begins as a numpy array and is damaged") from error


def _header(line: str) -> tuple[np.dtype, tuple[int, ...], bool]:
    """numpy's own line {'descr': '<f4', 'fortran_order': False, 'shape': (1, 512), } taken apart as JSON."""
    plain = line.strip().replace("'", '"').replace("(", "[").replace(")", "]").replace("False", "false")
    plain = plain.replace("True", "true").replace(",]", "]").replace(", }", "}").replace(",}", "}")
    described = json.loads(plain)
    code = described["descr"]
    if not isinstance(code, str) or code[:1] not in "<>|" or code[1:] not in NUMBERS:
        raise Refused(f"holds an array of type {str(code)[:20]!r}; only plain numbers are read")
    return np.dtype(code), tuple(described["shape"]), bool(described["fortran_order"])


# --- zip ------------------------------------------------------------------------------------------------------------

def _zip(path: Path, content: mmap.mmap) -> object:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {entry.filename: entry for entry in _checked(archive.infolist(), len(content))}
            if entries and all(name.endswith(".npy") for name in entries):
                return {name[:-4]: _npy(_unpacked(archive, entry)) for name, entry in entries.items()}
    except NotImplementedError as error:                       # zipfile's word for what it does not know how to unpack
        raise Refused("is an archive of a kind that is not read") from error
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error) as error:
        raise Refused("begins as an archive and is cut short or damaged") from error
    described = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
    foreign = [name for name in entries if name.endswith(("constants.pkl", ".py"))]
    if len(described) != 1 or foreign:
        found = (foreign or described or [*entries, "nothing"])[0]
        raise Refused(f"is an archive with {found[:60]!r} in it, not weights as torch saves them")
    return _torch_zip(content, entries, described[0].removesuffix("data.pkl"))


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry's bytes, and no more than it says it has: ZipFile.read unpacks first and cuts off afterwards."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"is an archive whose {entry.filename[:60]!r} is packed in a way that numpy does not")
    with archive.open(entry) as opened:
        return opened.read(entry.file_size + 1)


def _checked(entries: list[zipfile.ZipInfo], size: int) -> list[zipfile.ZipInfo]:
    """The entries, unless they are encrypted, would swell, leave their folder, or hide one another. Raises Refused."""
    names = {entry.filename for entry in entries}
    if len(entries) > MOST_ENTRIES or len(names) < len(entries):
        raise Refused(f"is an archive of {len(entries)} entries, too many or two of one name")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise Refused("is an archive that is encrypted; save it without a password")
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] in ("", "~") or ":" in parts[0]:
            raise Refused(f"is an archive with an entry that leaves its folder, {name[:60]!r}")
    unpacked = sum(entry.file_size for entry in entries)
    is_arrays = all(name.endswith(".npy") for name in names)
    if unpacked > (MAX_SMALL if is_arrays else size):  # torch's entries are as long inside as outside
        raise Refused(f"is an archive of {size / 1e6:.1f} MB that would swell to {unpacked / 1e6:.1f} MB")
    return entries


def _torch_zip(content: mmap.mmap, entries: dict[str, zipfile.ZipInfo], folder: str) -> object:
    """What torch.save writes since 1.6: one pickle, and a file for each storage."""
    order = entries.get(f"{folder}byteorder")
    if order is not None and content[_place(content, order)] != b"little":
        raise Refused("was written by a big-endian machine")

    def storage(identity: object) -> Storage:
        kind, key, count = _storage_identity(identity)
        entry = entries.get(f"{folder}data/{key}")
        if entry is None or entry.file_size != count * _dtype(kind).itemsize:
            raise Refused(f"has no storage {key[:40]!r} of {count} numbers")
        return Storage(kind, count, lambda: _row(content, kind, count, _place(content, entry).start))

    return read_pickle(content[_place(content, entries[f"{folder}data.pkl"])], persistent=storage)


def _place(content: mmap.mmap, entry: zipfile.ZipInfo) -> slice:
    """Where an entry's bytes lie in the file, once they are seen to be whole. Raises Refused."""
    header = content[entry.header_offset : entry.header_offset + 30]
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    place = slice(entry.header_offset + 30 + lengths, entry.header_offset + 30 + lengths + entry.file_size)
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
        raise Refused(f"is an archive whose {entry.filename[:60]!r} is compressed or locked; torch writes them plain")
    with memoryview(content) as view, view[place] as found:
        if header[:4] != b"PK\x03\x04" or len(found) != entry.file_size or zlib.crc32(found) != entry.CRC:
            raise Refused(f"is an archive whose {entry.filename[:60]!r} is damaged")
    return place


# --- storages of torch ----------------------------------------------------------------------------------------------

def _storage_identity(identity: object) -> tuple[str, str, int]:
    """('storage', torch.FloatStorage, key, place, count, ...) -> kind, key, count. Raises Refused."""
    match identity:
        case ("storage", Name(text), str(key), str(), int(count), *rest) if is_count(count) and rest in ([], [None]):
            kind = "|u1" if text == "torch.storage.UntypedStorage" else STORAGES.get(text.removeprefix("torch."))
            if kind is not None:
                return kind, key, count
    raise Refused("points to a storage in a way that torch does not")


def _dtype(kind: str) -> np.dtype:
    return np.dtype("<u2" if kind == "bfloat16" else kind)


def _row(buffer: Bytes, kind: str, count: int, start: int) -> np.ndarray:
    """`count` numbers of a storage from a place in a buffer, read-only."""
    return np.frombuffer(buffer, _dtype(kind), count, start) if count else np.zeros(0, _dtype(kind))


def _old_torch(content: Bytes) -> object:
    """What torch.save wrote before 1.6: five pickles, then the storages, each behind its length."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    wanted: dict[str, Storage] = {}
    starts: dict[str, int] = {}

    def storage(identity: object) -> Storage:
        kind, key, count = _storage_identity(identity)
        found = wanted.setdefault(key, Storage(kind, count, lambda: _row(content, kind, count, starts[key])))
        if (found.kind, found.count) != (kind, count):
            raise Refused(f"describes its storage {key[:40]!r} twice and differently")
        return found

    def part(**handlers: Callable) -> object:
        return Reader(stream, len(content), **handlers).read()

    magic, protocol, system = part(), part(), part()
    if magic != int.from_bytes(OLD_MAGIC, "little") or protocol != OLD_PROTOCOL or not isinstance(system, dict):
        raise Refused("holds bytes that are not a file of torch")
    if system.get("little_endian") is not True:
        raise Refused("was written by a big-endian machine")
    value, keys = part(persistent=storage), part()
    place = stream.tell()
    for key in keys if isinstance(keys, list) else [None]:
        found = wanted.get(key) if isinstance(key, str) else None
        length = int.from_bytes(content[place : place + 8], "little")
        if found is None or key in starts or length != found.count:
            raise Refused("lists storages that do not fit what it describes")
        starts[key] = place + 8
        place += 8 + length * _dtype(found.kind).itemsize
    if place > len(content) or len(starts) < len(wanted):
        raise Refused("is cut short: its storages end before they should")
    return value


# --- safetensors ----------------------------------------------------------------------------------------------------

SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bfloat16", "I64": "<i8", "I32": "<i4", "I16": "<i2",
               "I8": "|i1", "U8": "|u1", "BOOL": "|b1"}  # fmt: skip


def _safetensors(content: mmap.mmap) -> dict:
    """Tensors by name, and the text the file says of itself under "__metadata__"."""
    begin = 8 + int.from_bytes(content[:8], "little")
    _check_text(begin)
    try:
        described = json.loads(content[8:begin])
        return {
            name: entry if name == "__metadata__" else _safetensor(content, begin, **entry)
            for name, entry in described.items()
        }
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused("begins as safetensors and is damaged") from error


def _safetensor(content: mmap.mmap, begin: int, dtype: str, shape: list, data_offsets: list) -> object:
    kind, (start, stop) = SAFETENSORS[dtype], data_offsets
    count, odd = divmod(stop - start, _dtype(kind).itemsize)
    if not is_count(start) or not is_count(count) or odd or begin + stop > len(content) or len(shape) > 8:
        raise ValueError
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    if math.prod(shape) != count:
        raise ValueError
    storage = Storage(kind, count, lambda: _row(content, kind, count, begin + start))
    return make_tensor(storage, 0, tuple(shape), tuple(strides))
