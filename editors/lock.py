"""What was recorded when a model was fetched: `lock.json` in its folder, sealed with its own sha256."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

LOCK = "lock.json"
SEAL = "sha256"


@dataclass(frozen=True)
class Lock:
    """What a fetched model was when it was fetched.

    commit:  of the repository; empty for a file of this machine
    files:   name in the repository -> sha256
    loaded:  file in the model's folder that is loaded -> sha256; those of `files` unless they were converted
    config:  constructor arguments that were read off the weights
    card:    fields of the card where the catalogue has none
    """

    commit: str
    files: Mapping[str, str]
    loaded: Mapping[str, str]
    config: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)


def read_lock(folder: Path) -> Lock | None:
    """The record of a folder; None where there is none. Raises OSError or ValueError where it was changed."""
    try:
        record = json.loads((folder / LOCK).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except RecursionError as error:
        raise ValueError(LOCK) from error
    if not isinstance(record, dict) or record.pop(SEAL, None) != _seal(record):
        raise ValueError(LOCK)
    values = {each.name: record.get(each.name) for each in fields(Lock)}  # another version may have had other fields
    if not isinstance(values["commit"], str) or not values["loaded"] or not all(
        isinstance(value, dict) for name, value in values.items() if name != "commit"
    ):
        raise ValueError(LOCK)
    return Lock(**values)


def write_lock(folder: Path, lock: Lock) -> None:
    """Write the record of a folder, whole or not at all. Raises OSError or ImageError."""
    from .writing import write_whole

    record = {name: dict(value) if isinstance(value, Mapping) else value for name, value in vars(lock).items()}
    write_whole(folder / LOCK, json.dumps(record | {SEAL: _seal(record)}, indent=1).encode())


def _seal(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
