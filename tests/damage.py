"""Damage of three depths, drawn from a seeded generator: to the bytes of a file, to the instructions of a pickle, and
to the values that it describes, which are then written as a whole file again."""

import io
import pickletools
import re
import zipfile
import zlib

import numpy as np

from editors.formats.values import Array, Dtype, Name, Record, Storage

from .poison import archive, named, number, word
from .written import Row, View, changeable

EXTREMES = [0, 1, 2, 255, 256, 8191, 16383, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1]
SIZES = [0, 1, 2, 3, 16, 19, 512, 1000, 2**20, 2**31, 2**40, 2**62, 10**30, -1, -(2**40)]
INSTRUCTIONS = [bytes([code]) for code in range(256)] + [
    named("os", "system"), named("torch", "FloatStorage"), named("numpy", "ndarray"), named("builtins", "set"),
    named("collections", "OrderedDict"), named("torch", "Size"), word("x"), number(2**60), number(-1),
    b"h\x00", b"h\x01", b"q\x00", b"K\x07", b"U\x01y", b"I01\n", b"N}", b"(t", b"B\x04\x00\x00\x00abcd",
]  # fmt: skip


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """A copy with a few bytes changed, a number overwritten, a stretch repeated, moved or lost, or the end missing."""
    copy = bytearray(content)
    for _ in range(random.integers(1, 6)):
        reach = len(copy) if random.random() < 0.6 else min(len(copy), 200)  # headers are where the numbers are
        at, how = int(random.integers(reach)), random.integers(6)
        if how < 2:
            copy[at] = random.integers(256)
        elif how == 2:
            size, order = int(random.choice([2, 4])), str(random.choice(["big", "little"]))
            copy[at : at + size] = (int(random.choice(EXTREMES)) % 256**size).to_bytes(size, order)
        elif how == 3:
            other = int(random.integers(len(copy)))
            copy[at:at] = copy[other : other + int(random.integers(64))]
        elif how == 4:
            del copy[at : at + int(random.integers(32))]
        elif random.random() < 0.2:
            del copy[max(at, 16) :]
        if len(copy) < 16:
            break
    return bytes(copy)


def mended(content: bytes) -> bytes:
    """A PNG whose check sums fit again, so that the damage gets past them; anything else as it is."""
    copy, at = bytearray(content), 8
    while content.startswith(b"\x89PNG") and at + 12 <= len(copy):
        end = at + 8 + int.from_bytes(copy[at : at + 4], "big")
        if end + 4 > len(copy):
            break
        copy[end : end + 4] = zlib.crc32(copy[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(copy)


def damaged_inside(content: bytes, random: np.random.Generator) -> bytes:
    """An archive one of whose entries is damaged, lost, renamed or there twice, and whose check sums fit again."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        packed = {entry.filename: entry.compress_type for entry in opened.infolist()}
        entries = {name: opened.read(name) for name in packed}
    name, how = str(random.choice(list(entries))), random.random()
    if how < 0.8:
        entries[name] = mended(damaged(entries[name], random)) if len(entries[name]) > 1 else b"\x00"
    else:
        held = entries.pop(name)
        if how < 0.95:
            entries[str(random.choice([*entries, "data.pkl", f"{name}.npy", f"../{name}", "/"]))] = held
    return archive(entries, next(iter(packed.values())))


def shuffled(pickled: bytes, random: np.random.Generator) -> bytes:
    """Instructions of a pickle, a few of them lost, repeated, moved or replaced by another."""
    places = [at for _, _, at in pickletools.genops(pickled)] + [len(pickled)]
    parts = [pickled[start:end] for start, end in zip(places, places[1:])]
    for _ in range(random.choice([1, 1, 2, 5, 20])):
        at, other, how = *map(int, random.integers(len(parts), size=2)), random.integers(6)
        if how == 0:
            parts[at] = b""
        elif how == 1:
            parts[at] += parts[other]
        elif how == 2:
            parts[at], parts[other] = parts[other], parts[at]
        elif how == 3:
            parts[at] += INSTRUCTIONS[random.integers(len(INSTRUCTIONS))]
        elif how == 4:
            parts[at] = INSTRUCTIONS[random.integers(len(INSTRUCTIONS))]
        elif parts[at]:
            parts[at] = parts[at][:1] + damaged(parts[at][1:].ljust(2, b"\x00"), random)[: len(parts[at]) - 1]
    return b"".join(parts)


def retold(text: str, random: np.random.Generator) -> str:
    """A text whose numbers, words and brackets are lost, repeated, moved or replaced by others."""
    parts = re.findall(r"-?\d+|'[^']*'|\"[^\"]*\"|\w+|\s+|.", text, re.DOTALL)
    for _ in range(random.choice([1, 1, 2, 3, 8])):
        at, other = map(int, random.integers(len(parts), size=2))
        others = ["", parts[other], parts[at] * 2, str(SIZES[random.integers(len(SIZES))]), "null", "[" * 5000, "NaN",
                  "[]", "{}", "[1]", "'f4'", '"F32"', "'|O'", "1e999", "()", "true", '"\\ud800"']  # fmt: skip
        parts[at] = others[random.integers(len(others))]
    return "".join(parts)


def redescribed(content: bytes, random: np.random.Generator) -> bytes:
    """A file of arrays, safetensors or JSON whose description is retold, and as long as it says."""
    if content[:6] == b"\x93NUMPY":
        end = 10 + int.from_bytes(content[8:10], "little")
        said = retold(content[10:end].decode(), random).encode()[:65535]
        return content[:8] + len(said).to_bytes(2, "little") + said + content[end:]
    if content[8:9] == b"{":
        end = 8 + int.from_bytes(content[:8], "little")
        said = retold(content[8:end].decode(), random).encode()
        return len(said).to_bytes(8, "little") + said + content[end:]
    return retold(content.decode(), random).encode()


def _zeros(*shape: int) -> View:
    """A tensor of four zeros, as large as one likes to say."""
    storage = Storage("<f4", 4, lambda: np.zeros(4, np.float32))
    return View(storage, Row([0, Row(shape), Row([0] * len(shape))]))


def _lookalike(value: object, random: np.random.Generator) -> object:
    """A tensor or array of as many axes as another, of lengths that it should not have."""
    shape = value.parts[1] if isinstance(value, View) else value.shape
    few = [0, 0, 1, 2, *shape]
    sizes = [int(few[at]) for at in random.integers(len(few), size=len(shape))]
    if random.random() < 0.4:
        return Array(np.resize(np.float32([0.5, np.inf]), sizes))
    if random.random() < 0.5:
        huge = [0, 0, 1, 2**31, 2**40, 2**47]
        sizes = [int(huge[at]) for at in random.integers(len(huge), size=len(shape))]
    return _zeros(*sizes)


def _odd(random: np.random.Generator) -> object:
    """A value that has no business where it is put."""
    sizes = [int(SIZES[at]) for at in random.integers(len(SIZES), size=random.integers(5))]
    small = [abs(size) % 5 for size in sizes]
    values = [
        None, True, 1.5, float("nan"), "", "x" * 5000, "Generator", "\u0661", b"", b"x" * 40, [], {}, Row(), {1, 2},
        [1, 2], Row([0, 0]), [[1, 2], [3, 4096]], {"x": 1}, {0: None}, SIZES[random.integers(len(SIZES))], Array(),
        Array(np.zeros(small, np.float32)), Array(np.full(small, np.nan)), Array(np.zeros(small, np.int64)),
        Array(np.zeros((18, 512), np.float32)), Array(np.ones(512, bool)), Record("Generator"), Record("Namespace"),
        Record("Network", {"version": 4}), Name("torch.float32"), Dtype("f4"), Dtype("O8"), _zeros(*sizes),
        _zeros(*small), _zeros(3, 1, 1, 1), _zeros(1, 512), _zeros(18, 512),
    ]  # fmt: skip
    return values[random.integers(len(values))]


def _inside(value: object) -> list:
    """The containers of a value that can be changed, each with one of its keys."""
    held = value.parts if isinstance(value, View) else value.state if isinstance(value, Record) else value
    keys = held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
    return [(held, key) for key in keys]


def _places(value: object) -> list:
    """The same of all that is in them, too."""
    found = _inside(value)
    return found + [place for container, key in found for place in _places(container[key])]


def _place(copy: dict, random: np.random.Generator) -> tuple:
    """A place to change: any, or one that is as likely to lie near the top."""
    if random.random() < 0.5:
        places = _places(copy)
        return places[random.integers(len(places))]
    container, key = copy, ""
    while (inside := _inside(container[key])) and random.random() < 0.8:
        container, key = inside[random.integers(len(inside))]
    return container, key


def _swept(copy: dict, random: np.random.Generator) -> None:
    """Many of the numbers at once, each replaced by a lookalike or made of the storage of one of them."""
    held = [(container, key) for container, key in _places(copy) if isinstance(container[key], View)
            or isinstance(container[key], Array) and container[key].content is not None]
    storages = [container[key].storage for container, key in held if isinstance(container[key], View)]
    one = max(storages, key=lambda storage: storage.count) if storages and random.random() < 0.3 else None
    share = random.choice([0.02, 0.3, 1])
    for container, key in held:
        if random.random() < share:
            view = isinstance(container[key], View) and one is not None
            container[key] = View(one, container[key].parts) if view else _lookalike(container[key], random)


def _other_name(name: str, random: np.random.Generator) -> str:
    """A name that is nearly another: a number higher, a part lost or repeated."""
    parts = name.split(".")
    at = random.integers(len(parts))
    parts[at] = str(int(parts[at]) + 1) if parts[at].isdecimal() else parts[at] * int(random.integers(3))
    return ".".join(parts)


def changed(value: object, random: np.random.Generator) -> object:
    """A copy of values with a few replaced by odd ones, by each other, lost, renamed or wrapped."""
    copy = {"": changeable(value)}
    if random.random() < 0.3:
        _swept(copy, random)
        return copy[""]
    for _ in range(random.choice([1, 1, 2, 3, 8])):
        (container, key), (other, name) = _place(copy, random), _place(copy, random)
        how = random.integers(8)
        if container is copy and how > 1:
            continue  # the whole of it is replaced more seldom
        if how < 3:
            container[key] = _odd(random)
        elif how == 3:
            container[key] = changeable(other[name])
        elif how == 4 and isinstance(container, dict) and isinstance(key, str):
            container[_other_name(key, random)] = container.pop(key)
        elif how == 5 and isinstance(container, dict):
            container.pop(key)
        elif how == 6:
            container[key] = Row([container[key]]) if random.random() < 0.5 else {"module.x": container[key]}
        elif isinstance(container[key], int | float) and not isinstance(container[key], bool):
            container[key] = SIZES[random.integers(len(SIZES))]
    return copy[""]
