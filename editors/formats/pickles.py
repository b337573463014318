"""Read a pickle as data: an interpreter of its instructions that knows a short list of names and runs nothing.

Python's own `pickle` imports whatever a file names and calls it. Here a name is a word, and `calls` lists those that a
weights file has use for; any other is refused by name.
"""

import io
import mmap
import pickletools
from collections.abc import Callable
from typing import Any

from .calls import CALLS, MADE, name_of
from .values import Array, Dtype, Name, Record, Refused, array_of, key_of

MOST_INSTRUCTIONS = 500_000  # an e4e has some 40,000
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, EOFError, MemoryError)


class Reader:
    """One pickle being read.

    stream:      the bytes, from where the pickle begins
    persistent:  what a persistent id stands for, None where there may be none
    nested:      what torch's bytes in the pickle stand for, None where there may be none
    """

    def __init__(
        self,
        stream: Any,
        length: int,
        persistent: Callable[[object], object] | None = None,
        nested: Callable[[bytes], object] | None = None,
    ):
        self.stream, self.persistent, self.nested = stream, persistent, nested
        # What calls may copy altogether: an honest file has each byte copied twice, once out of the text that protocol
        # 2 writes and once as a file of torch, a bomb one byte many times.
        self.budget = 2 * length + 1000
        self.stack: list = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def read(self) -> object:
        """The one value of the pickle; the stream stands behind it. Raises Refused."""
        try:
            for count, (opcode, argument, _) in enumerate(pickletools.genops(self.stream)):
                if count > MOST_INSTRUCTIONS:
                    raise Refused(f"has more than {MOST_INSTRUCTIONS:,} instructions, too many for weights")
                self._do(opcode.name, argument)
            (value,) = self.stack
            return value
        except _DAMAGE as error:
            raise Refused(f"holds a pickle that is cut short or damaged ({error!s:.80})") from error

    def spend(self, amount: int) -> None:
        """Count what a call copies. Raises Refused when the file asks for more than it holds."""
        self.budget -= amount
        if self.budget < 0:
            raise Refused("asks for more than it holds: it repeats one thing many times")

    def _do(self, opcode: str, argument: Any) -> None:
        if opcode in PUSHED:
            self.stack.append(argument)
        elif opcode in CONSTANTS:
            self.stack.append(CONSTANTS[opcode]())
        elif opcode in ACTIONS:
            ACTIONS[opcode](self, argument)
        elif opcode not in ("PROTO", "FRAME", "STOP"):
            raise Refused(f"uses the instruction {opcode}, which weights have no need of")

    def since_mark(self) -> list:
        """Take everything above the last mark off the stack."""
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    # --- containers ---

    def mark(self, _: None) -> None:
        self.marks.append(len(self.stack))

    def pop(self, _: None) -> None:
        if self.marks and self.marks[-1] == len(self.stack):
            self.marks.pop()
        else:
            self.stack.pop()

    def append(self, values: list) -> None:
        if type(self.stack[-1]) is not list:
            raise Refused("appends to something that is not a list")
        self.stack[-1].extend(values)

    def put_items(self, values: list) -> None:
        target = self.stack[-1]
        if type(target) is not dict or len(values) % 2:
            raise Refused("sets items of something that is not a dictionary")
        target.update(zip(map(key_of, values[::2]), values[1::2]))

    def add(self, values: list) -> None:
        if type(self.stack[-1]) is not set:
            raise Refused("adds to something that is not a set")
        self.stack[-1].update(map(key_of, values))

    def tuple_of(self, count: int) -> None:
        values = tuple(self.stack[-count:])
        if len(values) < count:
            raise IndexError("the stack is empty")
        self.stack[-count:] = [values]

    # --- names and calls ---

    def call(self, _: None) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Name) or function.text not in CALLS or type(arguments) is not tuple:
            shown = function.text if isinstance(function, Name) else f"a {type(function).__name__}"
            raise Refused(f"calls {shown}")
        self.stack.append(CALLS[function.text](self, *arguments))

    def new(self, _: None) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        if not isinstance(kind, Name) or kind.text not in MADE or arguments != ():
            shown = kind.text if isinstance(kind, Name) else f"a {type(kind).__name__}"
            raise Refused(f"makes an object of {shown} that weights have no need of")
        self.stack.append(CALLS[kind.text](self))

    def build(self, _: None) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Record) and type(state) is dict:
            target.state.update(state)
        elif isinstance(target, Dtype) and type(state) is tuple and state[1] in ("<", ">", "|", "="):
            target.order = state[1]
        elif isinstance(target, Array) and type(state) is tuple:
            _, shape, dtype, fortran, content = state
            if not isinstance(dtype, Dtype) or type(content) is not bytes:
                raise Refused("holds an array of Python objects")
            target.content = array_of(content, dtype.numpy(), shape, bool(fortran))
        elif type(target) is not dict:  # torch hangs version numbers on its dictionaries; they are left out
            raise Refused(f"changes the inside of a {type(target).__name__}")

    def persist(self, _: None) -> None:
        if self.persistent is None:
            raise Refused("points to something outside itself by a persistent id")
        self.stack.append(self.persistent(self.stack.pop()))


PUSHED = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE "
    "SHORT_BINUNICODE BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8".split()
)
CONSTANTS: dict[str, Callable[[], object]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
    "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set,
}  # fmt: skip


def _dictionary(reader: Reader, _: None) -> None:
    values = reader.since_mark()
    reader.stack.append({})
    reader.put_items(values)


def _set_memo(reader: Reader, place: int | None) -> None:
    reader.memo[len(reader.memo) if place is None else place] = reader.stack[-1]


def _get_memo(reader: Reader, place: int) -> None:
    reader.stack.append(reader.memo[place])


def _stack_name(reader: Reader, _: None) -> None:
    name, module = reader.stack.pop(), reader.stack.pop()
    reader.stack.append(name_of(module, name))


def _old_instance(reader: Reader, pair: str) -> None:
    raise Refused(f"makes an object of {name_of(*pair.split(' ', 1)).text} by the instruction INST")


ACTIONS: dict[str, Callable[[Reader, Any], None]] = {
    "MARK": Reader.mark,
    "POP": Reader.pop,
    "POP_MARK": lambda reader, _: reader.since_mark() and None,
    "DUP": lambda reader, _: reader.stack.append(reader.stack[-1]),
    "LIST": lambda reader, _: reader.stack.append(reader.since_mark()),
    "TUPLE": lambda reader, _: reader.stack.append(tuple(reader.since_mark())),
    "FROZENSET": lambda reader, _: reader.stack.append(frozenset(map(key_of, reader.since_mark()))),
    "DICT": _dictionary,
    "TUPLE1": lambda reader, _: reader.tuple_of(1),
    "TUPLE2": lambda reader, _: reader.tuple_of(2),
    "TUPLE3": lambda reader, _: reader.tuple_of(3),
    "APPEND": lambda reader, _: reader.append([reader.stack.pop()]),
    "APPENDS": lambda reader, _: reader.append(reader.since_mark()),
    "SETITEM": lambda reader, _: reader.put_items([reader.stack.pop(-2), reader.stack.pop()]),
    "SETITEMS": lambda reader, _: reader.put_items(reader.since_mark()),
    "ADDITEMS": lambda reader, _: reader.add(reader.since_mark()),
    "GET": _get_memo, "BINGET": _get_memo, "LONG_BINGET": _get_memo,
    "PUT": _set_memo, "BINPUT": _set_memo, "LONG_BINPUT": _set_memo, "MEMOIZE": _set_memo,
    "GLOBAL": lambda reader, pair: reader.stack.append(name_of(*pair.split(" ", 1))),
    "INST": _old_instance,
    "STACK_GLOBAL": _stack_name,
    "REDUCE": Reader.call,
    "NEWOBJ": Reader.new,
    "BUILD": Reader.build,
    "BINPERSID": Reader.persist,
}  # fmt: skip


def read_pickle(content: bytes | mmap.mmap, **handlers: Callable) -> object:
    """The value of a pickle that begins where `content` stands. Raises Refused."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    return Reader(stream, len(content), **handlers).read()
