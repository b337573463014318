"""What a weights file may hold besides plain values: tensors, arrays, named records.

All are descriptions; nothing runs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..errors import ModelError

# torch's storage classes and the numbers in them; bfloat16 is the upper half of a float32.
STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "|i1", "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}  # fmt: skip


NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


class Refused(ModelError):
    """A clause that says what a file does wrong; `convert` and `recognise` put the file's name before it."""


@dataclass(frozen=True)
class Name:
    """A name of code that a file may mention. It is compared and never looked up."""

    text: str


@dataclass(eq=False)
class Record:
    """The state of an object whose class is known by name only."""

    kind: str
    state: dict = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Storage:
    """Numbers in a row, of which tensors are views.

    read:  gives them as a read-only array (count,), checked against the file
    """

    kind: str
    count: int
    read: Callable[[], np.ndarray]


@dataclass(frozen=True, eq=False)
class Tensor:
    """A view of a storage whose bounds were checked; all lengths in numbers, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        """Its numbers, read-only; bfloat16 as float32."""
        row = self.storage.read()[self.offset :]
        view = np.lib.stride_tricks.as_strided(
            row, self.shape, [stride * row.itemsize for stride in self.strides], writeable=False
        )
        if self.storage.kind == "bfloat16":
            return (view.astype("<u4") << 16).view("<f4")
        return view


@dataclass(eq=False)
class Array:
    """A numpy array that a pickle describes in two steps, first that it is one and then what is in it."""

    content: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array().shape

    def array(self) -> np.ndarray:
        """Its numbers, read-only."""
        if self.content is None:
            raise Refused("holds an array without content")
        return self.content


def numbers(content: object) -> np.ndarray:
    """float32 of a tensor or array. Raises Refused for anything else."""
    if not isinstance(content, Tensor | Array):
        raise Refused(f"holds a value of type {type(content).__name__} where numbers are expected")
    with np.errstate(over="ignore"):  # what is too large for float32 is refused when it is written
        return content.array().astype(np.float32)


@dataclass(eq=False)
class Dtype:
    """A numpy dtype as a pickle describes it: a code such as f4, then a byte order."""

    code: object
    order: str = "="

    def numpy(self) -> np.dtype:
        """Raises Refused for anything but plain numbers; an object array is a pickle in disguise."""
        if self.code not in NUMBERS:
            shown = self.code[:20] if isinstance(self.code, str) else type(self.code).__name__
            raise Refused(f"holds an array of type {shown!r}; only plain numbers are read")
        return np.dtype(self.order + self.code)


def key_of(value: object) -> object:
    """A key of a dictionary or set: plain, and quick to hash. Raises Refused for any other."""
    if not isinstance(value, str | int | float | bytes | None) or type(value) is int and not -(2**63) <= value < 2**64:
        raise Refused(f"uses a {type(value).__name__} as a key")
    return value


def is_count(value: object) -> bool:
    """A whole number that can be a length or a place."""
    return type(value) is int and 0 <= value < 2**48


def make_tensor(storage: object, offset: object, shape: object, strides: object, *_: object) -> Tensor:
    """A tensor whose every number lies inside its storage. Raises Refused."""
    lengths = (*shape, *strides, offset) if isinstance(shape, tuple) and isinstance(strides, tuple) else (None,)
    plain = all(map(is_count, lengths)) and len(shape) == len(strides) <= 8
    plain = plain and is_count(math.prod(length or 1 for length in shape))  # numpy multiplies past a length of none
    if not isinstance(storage, Storage) or not plain:
        raise Refused("describes a tensor whose storage, shape or strides are not plain numbers")
    count = math.prod(shape)
    last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides))
    if count and (last >= storage.count or count > storage.count):
        raise Refused(f"describes a tensor {shape} that reaches beyond its storage of {storage.count} numbers")
    return Tensor(storage, offset, shape, strides)


def array_of(content: bytes | bytearray, dtype: np.dtype, shape: tuple[int, ...], fortran: bool) -> np.ndarray:
    """Bytes as an array. Raises Refused where they are too few or too many."""
    if len(shape) > 8 or not all(map(is_count, shape)):
        raise Refused("describes an array whose shape is not plain numbers")
    if math.prod(shape) * dtype.itemsize != len(content):
        raise Refused(f"describes an array {shape} of {dtype} with {len(content)} bytes")
    numbers = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
    numbers.flags.writeable = False
    return numbers
