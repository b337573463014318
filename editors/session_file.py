"""Sessions on disk: the photographs once, the pictures of settings once, the notebooks with undo and redo."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .errors import EditError
from .images import encode, save_photo
from .notebook import Cell, History, Notebook
from .session import Session, Work
from .step import build_step
from .writing import write_whole


def write_session(folder: Path, session: Session) -> None:
    """Write a session: its photographs once, pictures of its settings once, its notebooks with undo and redo."""
    folder.mkdir(exist_ok=True, mode=0o700)
    cells: dict[Cell, int] = {}
    works = [_work_record(folder, work, cells) for work in (*session.earlier, session.work(), *session.later)]
    record = {"works": works, "open": len(session.earlier), "cells": [_cell_record(folder, cell) for cell in cells],
              "found": [_cell_record(folder, Cell(step)) for step in session.found]}
    write_whole(folder / "session.json", json.dumps(record).encode())
    for other in folder.glob("photo-*"):
        if other.name not in {work["photo"] for work in works}:
            other.unlink(missing_ok=True)


def _work_record(folder: Path, work: Work, cells: dict[Cell, int]) -> dict[str, Any]:
    """cells: the cells met so far, each with its number; new ones are added"""
    def numbers(book: Notebook) -> list[int]:
        return [cells.setdefault(cell, len(cells)) for cell in book.cells]

    branches = [
        {"past": [numbers(book) for book in history.past], "present": numbers(history.present),
         "future": [numbers(book) for book in history.future]}
        for history in work.branches
    ]
    return {"photo": _write_photo(folder, work), "face": work.face, "name": work.name, "branch": work.branch,
            "selected": work.selected, "branches": branches}


def _write_photo(folder: Path, work: Work) -> str:
    path, photo = folder / f"photo-{work.digest}.png", work.photo
    if not path.exists() and isinstance(photo, bytes):
        write_whole(path, photo)
    elif not path.exists():
        save_photo(path, photo.image, profile=photo.profile, alpha=photo.alpha)
    return path.name


def _cell_record(folder: Path, cell: Cell) -> dict[str, Any]:
    pictures = {}
    for name, array in cell.step.arrays().items():
        content = encode(array, "png")
        pictures[name] = hashlib.sha256(content).hexdigest()
        if not (folder / f"{pictures[name]}.png").exists():
            write_whole(folder / f"{pictures[name]}.png", content)
    return {"kind": cell.step.kind, "settings": cell.step.plain(), "pictures": pictures, "enabled": cell.enabled,
            "note": cell.note, "face": cell.face}


def read_session(folder: Path) -> Session | None:
    """A session as it was written; None where there is none that can be read."""
    try:
        record = json.loads((folder / "session.json").read_bytes())
        cells = [_read_cell(folder, cell) for cell in record["cells"]]
        works = [_read_work(folder, work, cells) for work in record["works"]]
        session = Session.of(works, record["open"])
        session.found = tuple(_read_cell(folder, cell).step for cell in record.get("found", []))
        return session
    except (EditError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # none yet, cut short, or written by another version: the page begins anew rather than fail


def _read_work(folder: Path, record: dict[str, Any], cells: list[Cell]) -> Work:
    return Work(
        (folder / record["photo"]).read_bytes(), record["face"], record["name"],
        tuple(_read_history(branch, cells) for branch in record["branches"]), record["branch"], record["selected"],
    )


def _read_cell(folder: Path, record: dict[str, Any]) -> Cell:
    pictures = {name: _picture(folder / f"{digest}.png") for name, digest in record["pictures"].items()}
    step = build_step(record["kind"], record["settings"] | pictures)
    return Cell(step, record["enabled"], record["note"], record.get("face"))


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
