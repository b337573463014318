"""One edit as plain data: the base of every editor's step, and the registry of editors."""

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar

import numpy as np

from .errors import SettingError
from .portrait import Portrait

EDITORS = ("attributes",)
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
            if value not in self.choices:
                raise SettingError(f"{name} is {value!r}; it can be {', '.join(self.choices)}.")
            return
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise SettingError(f"{name} is {value!r}; it can be true or false.")
            return
        if isinstance(self.default, int | float):
            check_number(name, value, self.low, self.high, self.unit)
            if isinstance(self.default, int) and int(value) != value:
                raise SettingError(f"{name} is {value!r}; it takes a whole number.")


def check_number(name: str, value: Any, low: float | None, high: float | None, unit: str = "") -> None:
    """Raise SettingError unless value is a finite number in low..high (None = open end)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise SettingError(f"{name} is {value!r}; it takes a number.")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"{'-∞' if low is None else format(low, 'g')} to {'∞' if high is None else format(high, 'g')}"
        raise SettingError(f"{name} is {value:g}; it can be {bounds}{' ' + unit if unit else ''}.")


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
        for name, allowed in settings_of(self).items():
            allowed.check(name, getattr(self, name))
        for name, array in self.arrays().items():
            if array.dtype != np.uint8:
                raise SettingError(f"{name} is {array.dtype}; pictures among the settings are uint8.")
            kept = np.array(array)
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)

    def apply(self, portrait: Portrait, models: Any) -> Portrait:
        """The edited portrait. `models` is a `models.Models`; the portrait given is not changed."""
        raise TypeError(f"{type(self).__name__} must say what it does in apply().")

    def models_needed(self) -> tuple[str, ...]:
        """Ids of the models these settings use; all of `needs` unless a step says otherwise."""
        return self.needs

    def arrays(self) -> dict[str, np.ndarray]:
        """The pictures among the settings, by name."""
        found = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}

    def plain(self) -> dict[str, Any]:
        """The settings that are not pictures, as JSON holds them."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: dict(sorted(value.items())) if isinstance(value, Mapping) else
            list(value) if isinstance(value, tuple) else value
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


def step_class(kind: str) -> type[Step]:
    """The step class of a kind. Raises SettingError for a kind no editor has."""
    folder = str(kind).partition(".")[0]
    if folder in EDITORS:
        module = importlib.import_module(f".{folder}.step", __package__)
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Step) and getattr(found, "kind", None) == kind:
                return found
    raise SettingError(f"There is no edit called {kind!r}; the editors are: {', '.join(EDITORS)}.")


def build_step(kind: str, values: Mapping[str, Any]) -> Step:
    """A step from its kind and settings, as a notebook file holds them. Raises SettingError by name."""
    cls = step_class(kind)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise SettingError(f"{kind} has no setting {unknown[0]!r}; it has {', '.join(fields)}.")
    missing = [
        name for name, field in fields.items()
        if name not in values and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise SettingError(f"{kind} needs {missing[0]!r}.")
    return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
