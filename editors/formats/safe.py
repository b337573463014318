"""Write safetensors one tensor at a time, so that a file of a gigabyte needs the memory of its largest layer."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..writing import writing_whole
from .values import Refused

KINDS = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "i4": "I32", "i2": "I16", "i1": "I8", "u1": "U8"}


def write_safetensors(path: Path, weights: Mapping[str, np.ndarray], said: Mapping[str, str]) -> str:
    """Write weights and what is said of them; returns the sha256 of the file, which is whole or not there.

    Raises Refused for numbers that are not finite, ImageError where the file cannot be written.
    """
    # The widest numbers come first, so that every tensor starts at a multiple of its own width.
    names = sorted(weights, key=lambda name: (-_kind(weights[name]).itemsize, name))
    described, place = {"__metadata__": dict(said)}, 0
    for name in names:
        kind, shape = _kind(weights[name]), weights[name].shape
        size = kind.itemsize * int(np.prod(shape))
        described[name] = {"dtype": KINDS[kind.str[1:]], "shape": list(shape), "data_offsets": [place, place + size]}
        place += size
    header = json.dumps(described).encode()
    header += b" " * (-len(header) % 8)
    digest = hashlib.sha256()
    with writing_whole(path) as file:
        contents = (_bytes(weights[name], name) for name in names)
        for content in itertools.chain((len(header).to_bytes(8, "little"), header), contents):
            digest.update(content)
            file.write(content)
    return digest.hexdigest()


def _kind(array: np.ndarray) -> np.dtype:
    if array.dtype.kind == "f":
        return np.dtype("<f4")
    return np.dtype("|u1") if array.dtype.kind == "b" else array.dtype.newbyteorder("<")


def _bytes(array: np.ndarray, name: str) -> memoryview:
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(array, _kind(array))
    if not np.isfinite(numbers).all():
        raise Refused(f"has numbers in {name!r} that are not finite")
    return memoryview(numbers).cast("B") if numbers.size else memoryview(b"")
