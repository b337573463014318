"""A person's work on the page: a photograph, its notebooks, what is undone; kept so that it survives a crash.

A session is known by a random token that only its browser holds. On disk it lies in a folder named after the
token's sha256, readable by this user alone, until it is forgotten or a day has passed without a change.
"""

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import NotebookError
from .images import open_photo
from .notebook import Cell, History, Notebook, Results
from .portrait import Portrait
from .step import Step

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
LIFETIME = 24 * 3600       # seconds without a change after which a session is removed
MOST_OPEN = 8              # sessions held in memory; the others are read back from disk
MOST_KEPT = 300            # sessions on disk; the oldest leave first
MOST_BRANCHES = 12


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)


@dataclass(eq=False)
class Session:
    """The work of one browser: the one value of the page that changes.

    name:       stem of the photograph's file name, for what is downloaded
    branches:   notebooks with their undo and redo, at least one; `branch` is the one shown
    selected:   index of the cell that settings are written to; None = the next setting begins a cell
    source:     bytes of the photograph's file, where they are at hand
    notice:     a phrase of `translations` and its values that the next answer shows once
    """

    portrait: Portrait | None = None
    name: str = "portrait"
    branches: tuple[History, ...] = (History(),)
    branch: int = 0
    selected: int | None = None
    source: bytes | None = None
    notice: tuple[str, ...] = ()
    lock: Any = field(default_factory=threading.RLock, repr=False)

    @property
    def history(self) -> History:
        """The history of the branch that is shown."""
        return self.branches[self.branch]

    @property
    def notebook(self) -> Notebook:
        """The notebook that is shown."""
        return self.history.present

    @property
    def cell(self) -> Cell | None:
        """The selected cell."""
        return None if self.selected is None else self.notebook.cells[self.selected]

    def open_photo(self, source: bytes, name: str = "portrait") -> None:
        """Begin anew with a photograph. Raises ImageError if the bytes are not one."""
        photo = open_photo(source)
        self.open(Portrait(photo.pixels, photo.alpha, photo.profile), name)
        self.source = source

    def open(self, portrait: Portrait, name: str = "portrait", notebook: Notebook | None = None) -> None:
        """Begin anew with a photograph, and a notebook if one comes with it."""
        self.portrait, self.name, self.source = portrait, name, None
        self.branches, self.branch = (History(notebook or Notebook()),), 0
        self.select(len(self.notebook.cells) - 1)

    def put(self, step: Step) -> None:
        """Write a step into the selected cell if it is of the same kind, else into a new cell at the end."""
        if self.cell is not None and self.cell.step.kind == step.kind:
            if self.cell.step.digest() != step.digest() or not self.cell.enabled:
                self._do(self.notebook.change(self.selected, step=step, enabled=True))
        else:
            self._do(self.notebook.append(step))
            self.select(len(self.notebook.cells) - 1)

    def trial(self, step: Step) -> tuple[int, Notebook]:
        """Where `put` would write, and the notebook it would make."""
        if self.cell is not None and self.cell.step.kind == step.kind:
            return self.selected, self.notebook.change(self.selected, step=step, enabled=True)
        return len(self.notebook.cells), self.notebook.append(step)

    def select(self, index: int | None) -> None:
        """Choose the cell to change; None or an index that is not there: the next setting begins a new cell."""
        self.selected = index if index is not None and 0 <= index < len(self.notebook.cells) else None

    def switch(self, index: int) -> None:
        """Turn a cell off or on."""
        self._do(self.notebook.change(index, enabled=not self._at(index).enabled))

    def switch_off(self) -> None:
        """Turn every cell off."""
        self._do(Notebook(tuple(replace(cell, enabled=False) for cell in self.notebook.cells)))

    def remove(self, index: int) -> None:
        """Delete a cell; its neighbour is selected."""
        self._do(self.notebook.remove(index))
        self.select(min(index, len(self.notebook.cells) - 1))

    def duplicate(self, index: int) -> None:
        """Repeat a cell after itself."""
        self._do(self.notebook.duplicate(index))
        self.select(index + 1)

    def move(self, index: int, to: int) -> None:
        """Move a cell so that it stands at `to`."""
        to = min(max(to, 0), len(self.notebook.cells) - 1)
        if to != index:
            self._do(self.notebook.move(index, to))
        self.select(to)

    def fork(self) -> None:
        """Copy the notebook as a new branch and show it."""
        if len(self.branches) >= MOST_BRANCHES:
            raise NotebookError(f"There are {MOST_BRANCHES} branches, the most there can be. Close one first.")
        self.branches += (History(self.notebook),)
        self.branch = len(self.branches) - 1

    def show_branch(self, index: int) -> None:
        """Show another branch."""
        if not 0 <= index < len(self.branches):
            raise NotebookError(f"There is no branch {index + 1}; there are {len(self.branches)}.")
        self.branch = index
        self.select(len(self.notebook.cells) - 1)

    def close_branch(self, index: int) -> None:
        """Close a branch; the last one stays."""
        if len(self.branches) > 1 and 0 <= index < len(self.branches):
            self.branches = self.branches[:index] + self.branches[index + 1 :]
            self.show_branch(min(self.branch - (index < self.branch), len(self.branches) - 1))

    def undo(self) -> None:
        """One change back."""
        self._replace(self.history.undo())

    def redo(self) -> None:
        """One change forward."""
        self._replace(self.history.redo())

    def choose_face(self, face: int) -> None:
        """Edit another face of the photograph with the same cells."""
        if self.portrait is not None:
            self.portrait = self.portrait.with_face(face)

    def run(self, models: Any, kept: Results) -> list[Portrait]:
        """The photograph and every cell's result."""
        if self.portrait is None:
            return []
        return [self.portrait, *self.notebook.results(self.portrait, models, kept)]

    def _at(self, index: int) -> Cell:
        if not 0 <= index < len(self.notebook.cells):
            raise NotebookError(f"There is no cell {index + 1}; the notebook has {len(self.notebook.cells)}.")
        return self.notebook.cells[index]

    def _do(self, notebook: Notebook) -> None:
        self._replace(self.history.do(notebook))

    def _replace(self, history: History) -> None:
        self.branches = (*self.branches[: self.branch], history, *self.branches[self.branch + 1 :])
        last = len(history.present.cells) - 1
        self.select(last if self.selected is None else min(self.selected, last))

    def copy(self) -> "Session":
        """The session as it is now; every value in it is frozen."""
        return replace(self, lock=threading.RLock())

    def restore(self, other: "Session") -> None:
        """Go back to a copy."""
        for name in ("portrait", "name", "branches", "branch", "selected", "source"):
            setattr(self, name, getattr(other, name))


class Sessions:
    """Every session there is: those in use in memory, all of them on disk. Safe to share between threads."""

    def __init__(self, folder: Path | None = None, lifetime: float = LIFETIME):
        self.folder = private_folder() if folder is None else Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.lifetime = lifetime
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, token: str) -> Session:
        """The session of a token, read back from disk or new. Raises NotebookError for what is not a token."""
        folder = self._folder(token)
        with self._lock:
            if token not in self._open:
                from .session_file import read_session

                self._open[token] = read_session(folder) or Session()
                while len(self._open) > MOST_OPEN:
                    self._open.popitem(last=False)
            self._open.move_to_end(token)
            return self._open[token]

    def keep(self, token: str) -> None:
        """Write a session to disk, so that a crash loses nothing."""
        session = self.get(token)
        if session.portrait is not None:
            from .session_file import write_session

            write_session(self._folder(token), session)

    def forget(self, token: str) -> None:
        """Remove a session from memory and disk."""
        with self._lock:
            self._open.pop(token, None)
            shutil.rmtree(self._folder(token), ignore_errors=True)

    def sweep(self) -> int:
        """Remove every session that has not changed for `lifetime` seconds, and the oldest where there are too many.

        Returns how many were removed.
        """
        old = sweep(self.folder, self.lifetime)
        with self._lock:
            for token in [token for token in self._open if self._folder(token) in old]:
                del self._open[token]
        return len(old)

    def _folder(self, token: str) -> Path:
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise NotebookError("The page has lost its place. Reload it.")
        return self.folder / hashlib.sha256(token.encode()).hexdigest()


def private_folder() -> Path:
    """Where sessions lie: the user's cache folder, or a temporary one where that cannot be written."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "limner" / "sessions"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="limner-"))
    return cache


def sweep(folder: Path, lifetime: float) -> list[Path]:
    """Remove the folders inside that have not changed for `lifetime` seconds, or are too many; those removed."""
    paths = sorted(folder.iterdir(), key=_changed, reverse=True) if folder.is_dir() else []
    old = [path for rank, path in enumerate(paths) if rank >= MOST_KEPT or time.time() - _changed(path) > lifetime]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return old


def _changed(path: Path) -> float:
    try:
        return max(path.stat().st_mtime, *(entry.stat().st_mtime for entry in path.iterdir()), 0)
    except OSError:
        return time.time()
