"""Everybody's work on the page, kept so that it survives a crash.

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
from pathlib import Path

from .errors import NotebookError
from .session import Session

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
LIFETIME = 24 * 3600       # seconds without a change after which a session is removed
MOST_OPEN = 8              # sessions held in memory; the others are read back from disk
MOST_KEPT = 300            # sessions on disk; the oldest leave first


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)


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
