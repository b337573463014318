"""What was fitted to a loaded generator by sampling it: kept beside its files, checked, gone when it is freed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, SettingError
from ..models import Models
from ..store import sha256_of
from ..writing import write_whole

ARRAYS, RECORD = "directions.safetensors", "directions.json"
VERSION = 1
"""Rises when the same generator would be fitted otherwise."""


def is_fitted(models: Models, model_id: str) -> bool:
    """Whether directions of this very generator are kept; only a small file is read."""
    try:
        record = _record(models, model_id)
    except (OSError, ValueError):
        return False
    return record.get("generator") == models.fingerprint(model_id) and record.get("version") == VERSION


def fitted_of(models: Models, model_id: str) -> dict[str, np.ndarray]:
    """The arrays that `keep` kept.

    Raises SettingError where there are none, ModelError where they were changed or the generator is not here.
    """
    from safetensors.numpy import load_file

    if not models.is_here(model_id):
        models.get(model_id)  # which says how to have it
    if not is_fitted(models, model_id):
        raise SettingError(f"No directions are fitted to {model_id} yet. Run: python -m editors directions --model "
                           f"{model_id} --fit")
    path = _folder(models, model_id) / ARRAYS
    if not path.is_file() or sha256_of(path) != _record(models, model_id)["sha256"]:
        raise ModelError(f"{path} is not the file on record (its sha256 differs), and is not used. Run: python -m "
                         f"editors directions --model {model_id} --fit")
    return load_file(path)


def digest_of(models: Models, model_id: str) -> str:
    """sha256 of the directions fitted to a generator; empty where there are none."""
    return _record(models, model_id)["sha256"] if is_fitted(models, model_id) else ""


def keep(models: Models, model_id: str, arrays: Mapping[str, np.ndarray], how: Mapping[str, Any]) -> None:
    """Write arrays and the record of how they came; the record last, so that what is half written is not there."""
    from safetensors.numpy import save

    folder, content = _folder(models, model_id), save(dict(arrays))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RECORD).unlink(missing_ok=True)
        write_whole(folder / ARRAYS, content)
        record = {"version": VERSION, "generator": models.fingerprint(model_id),
                  "sha256": hashlib.sha256(content).hexdigest(), **how}
        write_whole(folder / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        raise ModelError(f"{folder} cannot be written in. Set HF_HOME to a folder that is yours.") from error


def _folder(models: Models, model_id: str) -> Path:
    return models.store.place(model_id)


def _record(models: Models, model_id: str) -> dict[str, Any]:
    found = json.loads((_folder(models, model_id) / RECORD).read_bytes())
    return found if isinstance(found, dict) else {}
