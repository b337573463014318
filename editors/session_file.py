"""Sessions on disk: the photograph once, the pictures of settings once, the notebooks with undo and redo."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .errors import EditError
from .files import write_whole
from .images import encode, save_photo
from .notebook import Cell, History, Notebook
from .sessions import Session
from .step import build_step


def write_session(folder: Path, session: Session) -> None:
    """Write a session: its photograph once, pictures of its settings once, its notebooks with undo and redo."""
    folder.mkdir(exist_ok=True, mode=0o700)
    photo = _write_photo(folder, session)
    cells: dict[Cell, int] = {}
    branches = [
        {
            "past": [[cells.setdefault(cell, len(cells)) for cell in book.cells] for book in history.past],
            "present": [cells.setdefault(cell, len(cells)) for cell in history.present.cells],
            "future": [[cells.setdefault(cell, len(cells)) for cell in book.cells] for book in history.future],
        }
        for history in session.branches
    ]
    record = {
        "photo": photo, "face": session.portrait.face, "name": session.name, "branch": session.branch,
        "selected": session.selected, "branches": branches, "cells": [_cell_record(folder, cell) for cell in cells],
    }
    write_whole(folder / "session.json", json.dumps(record).encode())
    for other in folder.glob("photo-*"):
        if other.name != photo:
            other.unlink(missing_ok=True)


def _write_photo(folder: Path, session: Session) -> str:
    portrait = session.portrait
    digest = hashlib.sha256(session.source if session.source is not None else portrait.image.tobytes()).hexdigest()
    path = folder / f"photo-{digest}.png"
    if not path.exists() and session.source is not None:
        write_whole(path, session.source)
    elif not path.exists():
        save_photo(path, portrait.image, profile=portrait.profile, alpha=portrait.alpha)
    return path.name


def _cell_record(folder: Path, cell: Cell) -> dict[str, Any]:
    pictures = {}
    for name, array in cell.step.arrays().items():
        content = encode(array, "png")
        pictures[name] = hashlib.sha256(content).hexdigest()
        if not (folder / f"{pictures[name]}.png").exists():
            write_whole(folder / f"{pictures[name]}.png", content)
    return {"kind": cell.step.kind, "settings": cell.step.plain(), "pictures": pictures, "enabled": cell.enabled,
            "note": cell.note}


def read_session(folder: Path) -> Session | None:
    """A session as it was written; None where there is none that can be read."""
    try:
        record = json.loads((folder / "session.json").read_bytes())
        source = (folder / record["photo"]).read_bytes()
        cells = [_read_cell(folder, cell) for cell in record["cells"]]
        session = Session()
        session.open_photo(source, record["name"])
        session.choose_face(record["face"])
        session.branches = tuple(_read_history(branch, cells) for branch in record["branches"])
        session.branch = record["branch"]
        session.select(record["selected"])
    except (EditError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # none yet, cut short, or written by another version: the page begins anew rather than fail
    return session


def _read_cell(folder: Path, record: dict[str, Any]) -> Cell:
    pictures = {name: _picture(folder / f"{digest}.png") for name, digest in record["pictures"].items()}
    return Cell(build_step(record["kind"], record["settings"] | pictures), record["enabled"], record["note"])


def _picture(path: Path) -> np.ndarray:
    with Image.open(path, formats=("PNG",)) as picture:
        return np.asarray(picture)


def _read_history(record: dict[str, Any], cells: list[Cell]) -> History:
    def notebook(indexes: list[int]) -> Notebook:
        return Notebook(tuple(cells[index] for index in indexes))

    return History(
        notebook(record["present"]),
        tuple(notebook(past) for past in record["past"]),
        tuple(notebook(future) for future in record["future"]),
    )
