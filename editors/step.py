"""One edit as plain data: the base of every editor's step, and the registry of editors."""

import dataclasses
import hashlib
import importlib
import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from functools import lru_cache
from numbers import Real
from types import MappingProxyType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from .errors import SettingError
from .portrait import Portrait

EDITORS = ("attributes", "sketch", "semantic")
"""The editors there are: a folder here each. Only steps from these folders are ever built from a file."""


@dataclass(frozen=True)
class Setting:
    """What a setting allows, declared once for validation, slider, command line and documentation."""

    default: Any
    low: float | None = None
    high: float | None = None
    help: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> None:
        """Raise SettingError, by name, if the value is not allowed."""
        if self.choices:
            for item in value if isinstance(self.default, tuple) else [value]:
                if not isinstance(item, str) or item not in self.choices:
                    raise SettingError(f"{name} is {_shown(item)}; it can be {', '.join(self.choices)}.")
        elif isinstance(self.default, int | float) and not isinstance(self.default, bool):
            check_number(name, value, self.low, self.high, self.unit)


def check_number(name: str, value: Any, low: float | None, high: float | None, unit: str = "") -> None:
    """Raise SettingError unless value is a finite number in low..high (None = open end)."""
    number = _number(name, value)
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"{'-∞' if low is None else written_out(low)} to {'∞' if high is None else written_out(high)}"
        raise SettingError(f"{name} is {written_out(number)}; it can be {bounds}{' ' + unit if unit else ''}.")


def written_out(number: float) -> str:
    """A number in words of a person: a whole one with all its digits."""
    return f"{number:.0f}" if number == round(number) and abs(number) < 1e15 else f"{number:g}"


def _number(name: str, value: Any) -> float:
    """A finite number as float, whatever its type; a bool is none."""
    try:
        number = math.nan if isinstance(value, bool | np.bool_) or not isinstance(value, Real) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SettingError(f"{name} is {_shown(value)}; it takes a number.")
    return number


def is_text(value: Any) -> bool:
    """Whether this is text that a file or a page can hold; Python also has halves of letters, from JSON and names."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _shown(value: Any) -> str:
    """A value in a message: short, whatever came."""
    return f"a {value.dtype} picture of {value.shape}" if isinstance(value, np.ndarray) else reprlib.repr(value)


def setting(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    help: str = "",
    unit: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    """A field of a step: its default, bounds, help and unit."""
    return dataclasses.field(
        default=default, metadata={"setting": Setting(default, low, high, help, unit, tuple(choices))}
    )


def settings_of(step: "type[Step] | Step") -> dict[str, Setting]:
    """The settings a step declares, by name."""
    return {f.name: f.metadata["setting"] for f in dataclasses.fields(step) if "setting" in f.metadata}


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """One edit: settings in, portrait in, portrait out. Pictures among the settings are uint8 arrays.

    kind:     "<editor folder>.<name>"
    version:  rises when the same settings would draw another picture
    needs:    ids of the models it uses
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self):
        allowed = settings_of(self)
        for name, hint in _hints(type(self)).items():
            value = _fitted(name, getattr(self, name), hint)
            if name in allowed:
                allowed[name].check(name, value)
            object.__setattr__(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Step":
        return self  # nothing in a step can change

    def apply(self, portrait: Portrait, models: Any) -> Portrait:
        """The edited portrait. `models` is a `models.Models`; the portrait given is not changed."""
        raise TypeError(f"{type(self).__name__} must say what it does in apply().")

    def quick(self, portrait: Portrait, models: Any) -> Portrait:
        """As apply, where speed matters more than the last of quality: for a picture that follows a slider."""
        return self.apply(portrait, models)

    def continues(self, step: "Step") -> bool:
        """Whether these are other settings of the same edit, so that they replace it rather than follow it."""
        return self.kind == step.kind

    def models_needed(self) -> tuple[str, ...]:
        """Ids of the models these settings use; all of `needs` unless a step says otherwise."""
        return self.needs

    def models_used(self, models: Any) -> tuple[str, ...]:
        """Ids of the models that take part on this machine: those needed, and those that help where they are here."""
        return self.models_needed()

    def arrays(self) -> dict[str, np.ndarray]:
        """The pictures among the settings, by name."""
        found = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}

    def plain(self) -> dict[str, Any]:
        """The settings that are not pictures, as JSON holds them."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if not isinstance(value, np.ndarray)
        }

    def digest(self) -> str:
        """sha256 of kind, version and settings; equal across processes and machines."""
        digest = hashlib.sha256(json.dumps([self.kind, self.version, self.plain()], sort_keys=True).encode())
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name}{array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()


@lru_cache(maxsize=None)
def _hints(cls: type[Step]) -> dict[str, Any]:
    """Field name -> its type, for the fields of a step."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _fitted(name: str, value: Any, hint: Any) -> Any:
    """The value in the one form its type has, so that equal settings have equal digests, and frozen.

    Raises SettingError, by name, if the value is of another type.
    """
    origin, arguments = get_origin(hint) or hint, get_args(hint)
    if origin in (Union, UnionType):
        if value is None and type(None) in arguments:
            return None
        return _fitted(name, value, next(argument for argument in arguments if argument is not type(None)))
    if origin is np.ndarray:
        return _fitted_picture(name, value)
    if origin is bool and isinstance(value, bool | np.bool_):
        return bool(value)
    if origin is float:
        return _number(name, value)
    if origin is int and _number(name, value).is_integer():
        return int(value)
    if origin is str and is_text(value):
        return value
    if origin is tuple and isinstance(value, tuple | list):
        return tuple(_fitted(name, item, arguments[0]) for item in value)
    if origin is Mapping and isinstance(value, Mapping) and all(map(is_text, value)):
        return MappingProxyType({key: _fitted(key, value[key], arguments[1]) for key in sorted(value)})
    raise SettingError(f"{name} is {_shown(value)}; it takes {TAKES.get(origin, origin)}.")


TAKES = {
    bool: "true or false", int: "a whole number", str: "text", tuple: "a list", Mapping: "names, each with its value",
}


def _fitted_picture(name: str, value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray) and value.dtype == bool:
        value = value.astype(np.uint8) * 255
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8 or value.ndim not in (2, 3) or value.size == 0:
        raise SettingError(f"{name} is {_shown(value)}; it takes a uint8 picture (height, width) or with channels.")
    kept = np.array(value, order="C")
    kept.flags.writeable = False
    return kept


def steps_of(editor: str) -> list[type[Step]]:
    """The kinds of edit that an editor's step.py defines."""
    found = vars(importlib.import_module(f".{editor}.step", __package__)).values()
    return [each for each in found if isinstance(each, type) and issubclass(each, Step) and hasattr(each, "kind")]


def step_class(kind: str) -> type[Step]:
    """The step class of a kind. Raises SettingError for a kind no editor has."""
    folder = str(kind).partition(".")[0]
    if folder in EDITORS:
        for found in steps_of(folder):
            if found.kind == kind:
                return found
    raise SettingError(f"There is no edit called {_shown(kind)}; the editors are: {', '.join(EDITORS)}.")


def build_step(kind: str, values: Mapping[str, Any]) -> Step:
    """A step from its kind and settings, as a notebook file holds them. Raises SettingError by name."""
    cls = step_class(kind)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = [name for name in values if name not in fields]
    if unknown:
        raise SettingError(f"{kind} has no setting {_shown(unknown[0])}; it has {', '.join(fields)}.")
    missing = [
        name for name, field in fields.items()
        if name not in values and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise SettingError(f"{kind} needs {missing[0]!r}.")
    return cls(**values)
