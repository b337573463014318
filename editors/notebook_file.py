"""Notebook files: a zip of `notebook.json` and PNGs. A stranger's file is data, held to limits."""

import io
import json
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .errors import EditError, NotebookError
from .notebook import Cell, Notebook, Results, photo_key
from .portrait import Portrait
from .step import build_step

FORMAT = 1
MAX_FILES, MAX_MB, MAX_JSON_MB, MAX_CELLS = 2000, 2000, 4, 500
NAME = re.compile(r"notebook\.json|photo\.png|result-\d{3}\.png|cell-\d{3}-[a-z_]{1,40}\.png")


@dataclass(frozen=True, eq=False)
class Opened:
    """What a notebook file held.

    results:  each cell's picture as it was saved, uint8 (H, W, 3); None for a cell that had none
    changed:  ids of models that are not the ones the pictures were made with: a replay may differ
    """

    notebook: Notebook
    portrait: Portrait
    results: tuple[np.ndarray | None, ...]
    changed: tuple[str, ...]


def _png(pixels: np.ndarray, **info: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, **info)
    return buffer.getvalue()


def save_notebook(
    path: str | Path, notebook: Notebook, portrait: Portrait, models: Any, kept: Results | None = None
) -> None:
    """Write the notebook, its photograph and each cell's picture; whole or not at all."""
    path = Path(path)
    keys = notebook.keys(photo_key(portrait), models)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            rgba = portrait.image if portrait.alpha is None else np.dstack([portrait.image, portrait.alpha])
            profile = {} if portrait.profile is None else {"icc_profile": portrait.profile}
            archive.writestr("photo.png", _png(rgba, **profile))
            cells = []
            for index, (cell, result) in enumerate(
                zip(notebook.cells, notebook.results(portrait, models, kept or Results()), strict=True)
            ):
                for field, array in cell.step.arrays().items():
                    archive.writestr(f"cell-{index:03}-{field}.png", _png(array))
                archive.writestr(f"result-{index:03}.png", _png(result.image))
                cells.append(_cell_record(cell, keys[index], models))
            record = {"limner_notebook": FORMAT, "face": portrait.face, "cells": cells}
            archive.writestr("notebook.json", json.dumps(record, indent=1))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _cell_record(cell: Cell, key: str, models: Any) -> dict[str, Any]:
    return {
        "kind": cell.step.kind,
        "version": cell.step.version,
        "settings": cell.step.plain(),
        "pictures": sorted(cell.step.arrays()),
        "enabled": cell.enabled,
        "note": cell.note,
        "key": key,
        "models": {model: models.fingerprint(model) for model in cell.step.models_needed()},
    }


def open_notebook(path: str | Path, models: Any) -> Opened:
    """Read a notebook file. Raises NotebookError naming what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, models)
    except EditError as error:
        raise NotebookError(f"The notebook cannot be opened: {error}") from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, RecursionError,
            NotImplementedError, RuntimeError, EOFError) as error:
        raise NotebookError(
            f"{Path(path).name} is not a notebook saved by Limner ({error}). Choose a .limner file."
        ) from None


def _read(archive: zipfile.ZipFile, models: Any) -> Opened:
    from .images import open_photo

    entries = archive.infolist()
    for entry in entries:
        if not NAME.fullmatch(entry.filename):
            raise NotebookError(f"it holds a file called {entry.filename[:80]!r}, which no notebook has.")
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_MB * 1e6:
        raise NotebookError(f"it unpacks to more than {MAX_FILES} files or {MAX_MB} MB.")
    if archive.getinfo("notebook.json").file_size > MAX_JSON_MB * 1e6:
        raise NotebookError(f"its list of cells is larger than {MAX_JSON_MB} MB.")
    record = json.loads(archive.read("notebook.json"))
    if record["limner_notebook"] != FORMAT:
        raise NotebookError(f"it is of format {record['limner_notebook']!r}; this Limner reads format {FORMAT}.")
    if len(record["cells"]) > MAX_CELLS:
        raise NotebookError(f"it has {len(record['cells'])} cells; a notebook has {MAX_CELLS} at most.")
    photo = open_photo(archive.read("photo.png"))
    portrait = Portrait(photo.pixels, photo.alpha, photo.profile, int(record["face"]))
    cells = tuple(_read_cell(archive, index, cell) for index, cell in enumerate(record["cells"]))
    names = {entry.filename for entry in entries}
    results = tuple(
        open_photo(archive.read(name)).pixels if (name := f"result-{index:03}.png") in names else None
        for index in range(len(cells))
    )
    made_with = {model: digest for cell in record["cells"] for model, digest in cell["models"].items()}
    changed = tuple(sorted(model for model, digest in made_with.items() if _fingerprint(models, model) != digest))
    return Opened(Notebook(cells), portrait, results, changed)


def _fingerprint(models: Any, model: str) -> str | None:
    try:
        return models.fingerprint(str(model))
    except EditError:
        return None


def _read_cell(archive: zipfile.ZipFile, index: int, record: dict[str, Any]) -> Cell:
    values = dict(record["settings"])
    for field in record["pictures"]:
        with Image.open(io.BytesIO(archive.read(f"cell-{index:03}-{field}.png")), formats=("PNG",)) as picture:
            values[str(field)] = np.asarray(picture)
    return Cell(build_step(str(record["kind"]), values), bool(record["enabled"]), str(record["note"])[:2000])
