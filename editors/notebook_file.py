"""Notebook files: a zip of `notebook.json` and PNGs. A stranger's file is data, held to limits."""

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from .errors import EditError, NotebookError
from .files import MAX_PIXELS, called
from .notebook import Cell, Notebook, Results
from .portrait import Portrait
from .step import Step, build_step, is_text
from .writing import writing_whole

FORMAT = 1
MAX_CELLS, MAX_FILES, MAX_JSON_MB = 500, 2000, 4
MAX_FOUND = 64          # steps kept beside the cells
MAX_MB = 2000           # all files of a notebook, unpacked
MAX_PICTURE_MB = 1000   # all pictures among the settings, as arrays in memory
MAX_INDEX = 1_000_000   # bytes of the archive's own table of contents
NAME = re.compile(r"notebook\.json|photo\.png|result-\d{3}\.png|cell-\d{3}-[a-z_]{1,40}\.png")


@dataclass(frozen=True, eq=False)
class Opened:
    """What a notebook file held.

    found:    steps kept beside the cells, to be used again
    changed:  what is not as it was when the pictures were made, so that a replay may differ: ids of models with
              other files, kinds of edit of another version
    """

    notebook: Notebook
    portrait: Portrait
    changed: tuple[str, ...]
    found: tuple[Step, ...] = ()


def save_notebook(
    path: str | Path, notebook: Notebook, portrait: Portrait, models: Any, kept: Results | None = None,
    found: Sequence[Step] = (),
) -> None:
    """Write the notebook, its photograph and each cell's picture; whole or not at all.

    found: steps without pictures that are kept beside the cells, to be used again
    A cell that cannot be run, and those after it, are kept without a picture.
    Raises NotebookError past the limits of a notebook, ImageError if the file cannot be written.
    """
    _check_sizes(notebook)
    with writing_whole(path) as file, zipfile.ZipFile(file, "w", allowZip64=False) as archive:
        rgba = portrait.image if portrait.alpha is None else np.dstack([portrait.image, portrait.alpha])
        archive.writestr("photo.png", _png(rgba, icc_profile=portrait.profile))
        cells = []
        for index, cell in enumerate(notebook.cells):
            cells.append(_cell_record(cell, models))
            for field, array in cell.step.arrays().items():
                archive.writestr(f"cell-{index:03}-{field}.png", _png(array))
        for index, result in enumerate(_results(notebook, portrait, models, kept or Results())):
            archive.writestr(f"result-{index:03}.png", _png(result.image))
            _check_total(archive)
        record = {"limner_notebook": FORMAT, "face": portrait.face, "cells": cells}
        if found:
            record["found"] = [{"kind": step.kind, "settings": step.plain()} for step in found]
        archive.writestr("notebook.json", json.dumps(record, indent=1))
        _check_total(archive)


def open_notebook(path: str | Path, models: Any) -> Opened:
    """Read a notebook file. Raises NotebookError saying what is wrong with it."""
    try:
        with _opened_archive(path) as archive:
            return _read(archive, models)
    except EditError as error:
        raise _refused(path, error) from None
    except Exception as error:  # a damaged file makes zip, PNG and JSON readers raise nearly anything
        raise _not_ours(path) from error


def read_result(path: str | Path, index: int) -> np.ndarray | None:
    """The picture a cell had when the notebook was saved, uint8 (H, W, 3); None for a cell that had none.

    Raises NotebookError if the file or the picture cannot be read.
    """
    try:
        with _opened_archive(path) as archive:
            name = f"result-{index:03}.png"
            return _pixels(archive, name, ("RGB",)) if name in archive.namelist() else None
    except EditError as error:
        raise _refused(path, error) from None
    except Exception as error:
        raise _not_ours(path) from error


# --- writing -------------------------------------------------------------------------------------------------------

def _png(pixels: np.ndarray, **info: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, **info)
    return buffer.getvalue()


def _results(notebook: Notebook, portrait: Portrait, models: Any, kept: Results) -> Iterator[Portrait]:
    try:
        yield from notebook.results(portrait, models, kept)
    except EditError:
        return  # the work is kept although this cell does not fit this photograph


def _cell_record(cell: Cell, models: Any) -> dict[str, Any]:
    return {
        "kind": cell.step.kind,
        "version": cell.step.version,
        "settings": cell.step.plain(),
        "pictures": sorted(cell.step.arrays()),
        "enabled": cell.enabled,
        "note": cell.note,
        "face": cell.face,
        "models": {model: models.fingerprint(model) for model in cell.step.models_used(models)},
    }


def _check_sizes(notebook: Notebook) -> None:
    if len(notebook.cells) > MAX_CELLS:
        raise NotebookError(f"The notebook has {len(notebook.cells)} cells; {MAX_CELLS} can be saved. Remove some.")
    drawn = sum(array.nbytes for cell in notebook.cells for array in cell.step.arrays().values())
    if drawn > MAX_PICTURE_MB * 1e6:
        raise NotebookError(
            f"The drawings of the notebook take {drawn / 1e6:.0f} MB; {MAX_PICTURE_MB} MB can be saved. "
            "Remove some cells."
        )


def _check_total(archive: zipfile.ZipFile) -> None:
    if archive.fp.tell() > MAX_MB * 1e6:
        raise NotebookError(f"The notebook takes more than {MAX_MB} MB, the most that can be saved. Remove some cells.")


# --- reading -------------------------------------------------------------------------------------------------------

def _one_line(error: EditError) -> str:
    """What is wrong, whatever words of a stranger are in it."""
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:280] + " ..."


def _refused(path: str | Path, error: EditError) -> NotebookError:
    """What is wrong, with the file's name before it once."""
    text = _one_line(error)
    return NotebookError(text if text.startswith(called(path)) else f"{called(path)} cannot be opened: {text}")


def _not_ours(path: str | Path) -> NotebookError:
    return NotebookError(f"{called(path)} is not a notebook saved by Limner, or is damaged. Choose a .limner file.")


def _opened_archive(path: str | Path) -> zipfile.ZipFile:
    """The archive, once its table of contents and sizes are within the limits. Raises NotebookError."""
    if not os.path.isfile(path):
        raise NotebookError("there is no such file. Choose a .limner file.")
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 70_000))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")  # end of central directory; its size stands 12 bytes on
    if at < 0:
        raise _not_ours(path)
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_INDEX:
        raise NotebookError(f"it unpacks to more than {MAX_FILES} files.")
    archive = zipfile.ZipFile(path)
    try:
        _check_archive(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    for entry in entries:
        if not NAME.fullmatch(entry.filename):
            raise NotebookError(f"it holds a file called {entry.filename[:80]!r}, which no notebook has.")
    if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_MB * 1e6:
        raise NotebookError(f"it unpacks to more than {MAX_FILES} files or {MAX_MB} MB.")
    if archive.getinfo("notebook.json").file_size > MAX_JSON_MB * 1e6:
        raise NotebookError(f"its list of cells is larger than {MAX_JSON_MB} MB.")


def _read(archive: zipfile.ZipFile, models: Any) -> Opened:
    record = json.loads(archive.read("notebook.json"))
    if not is_text(json.dumps(record, ensure_ascii=False)):
        raise NotebookError("its words hold halves of letters, which no page can show.")
    if record["limner_notebook"] != FORMAT:
        raise NotebookError(f"it is of format {record['limner_notebook']!r}; this Limner reads format {FORMAT}.")
    cells = _is(record["cells"], list, "cells")
    if len(cells) > MAX_CELLS:
        raise NotebookError(f"it has {len(cells)} cells; a notebook has {MAX_CELLS} at most.")
    room = MAX_PICTURE_MB * 1e6
    read = []
    for index, cell in enumerate(cells):
        read.append(_read_cell(archive, index, cell, room))
        room -= sum(array.nbytes for array in read[-1].step.arrays().values())
    changed = {name for cell, made in zip(cells, read, strict=True) for name in _changed(cell, made.step, models)}
    photo = _read_photo(archive, _is(record["face"], int, "face"))
    return Opened(Notebook(tuple(read)), photo, tuple(sorted(changed)), _read_found(record.get("found", [])))


def _read_found(records: Any) -> tuple[Step, ...]:
    """Steps kept beside the cells."""
    if len(_is(records, list, "found")) > MAX_FOUND:
        raise NotebookError(f"it keeps {len(records)} steps beside its cells; {MAX_FOUND} at most are read.")
    return tuple(build_step(_is(record["kind"], str, "kind"), _is(record["settings"], dict, "settings"))
                 for record in records)


def _read_photo(archive: zipfile.ZipFile, face: int) -> Portrait:
    image = _decoded(archive, "photo.png", ("RGB", "RGBA"))
    pixels = np.asarray(image)
    alpha = pixels[..., 3] if image.mode == "RGBA" else None
    return Portrait(pixels[..., :3], alpha, image.info.get("icc_profile"), face)


def _read_cell(archive: zipfile.ZipFile, index: int, record: dict[str, Any], room: float) -> Cell:
    """room: bytes that the pictures of this cell may take in memory"""
    values = dict(_is(record["settings"], dict, "settings"))
    for field in _is(record["pictures"], list, "pictures"):
        array = _pixels(archive, f"cell-{index:03}-{field}.png", ("L", "LA", "RGB", "RGBA"), room)
        room -= array.nbytes
        values[_is(field, str, "pictures")] = array
    step = build_step(_is(record["kind"], str, "kind"), values)
    return Cell(step, _is(record["enabled"], bool, "enabled"), _is(record["note"], str, "note"), record.get("face"))


def _changed(record: dict[str, Any], step: Step, models: Any) -> Iterator[str]:
    if record["version"] != step.version:
        yield record["kind"]
    yield from set(step.models_used(models)) - _is(record["models"], dict, "models").keys()  # they came since
    for model, digest in _is(record["models"], dict, "models").items():
        try:
            same = models.fingerprint(model) == digest
        except EditError:  # a model this Limner does not have
            same = False
        if not same:
            yield model[:80]


def _pixels(archive: zipfile.ZipFile, name: str, modes: tuple[str, ...], room: float = 4 * MAX_PIXELS) -> np.ndarray:
    return np.asarray(_decoded(archive, name, modes, room))


def _decoded(
    archive: zipfile.ZipFile, name: str, modes: tuple[str, ...], room: float = 4 * MAX_PIXELS
) -> PngImageFile:
    """A PNG of the archive, its size and mode checked before a pixel is decoded."""
    image = PngImageFile(io.BytesIO(archive.read(name)))
    pixels = image.width * image.height
    if pixels > MAX_PIXELS or pixels * len(image.getbands()) > room:
        raise NotebookError(f"{name} is {image.width} x {image.height}, more than a notebook may hold.")
    if image.mode not in modes:
        raise NotebookError(f"{name} has mode {image.mode}; it can be {', '.join(modes)}.")
    image.load()
    return image


def _is(value: Any, kind: type, name: str) -> Any:
    """The value, if it is of this type; a bool is no number."""
    if type(value) is not kind:
        raise NotebookError(f"its {name} is of type {type(value).__name__}; it takes {kind.__name__}.")
    return value
