"""Models being fetched while the page goes on: what there is to fetch, how far it is, how it ended, how to stop it.

A fetch goes by a name: a model's id, OWNER/REPOSITORY/FILE for one's own weights on the Hub, or the name of a file.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .catalogue import UNKNOWN_LICENCE, ModelCard
from .errors import EditError, ModelError
from .hub import RemoteFile, look, names_in
from .models import Models
from .store import WEIGHTS, Progress

MOST_RUNNING = 3
Made = tuple[Iterable[str], Iterable[str]]
"""Ids of the models that came, and sentences to be read about them."""


@dataclass(frozen=True)
class Fetch:
    """One fetch as it stands.

    state:   "running", "done", "stopped" or "failed"
    done:    bytes that are here of the file that is coming
    total:   bytes it will have; 0 until the Hub has said
    file:    its name
    error:   why it failed, for the person who asked
    made:    ids of the models that came of it
    notes:   sentences about them
    kind:    "fetch", or what else is done to a model: then done and total are shares of 1000, file says what is done
    """

    state: str = "running"
    done: int = 0
    total: int = 0
    file: str = ""
    error: str = ""
    made: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = "fetch"


class Fetches:
    """Fetches by name, one thread each. Safe to share between threads."""

    def __init__(self, models: Models):
        self.models = models
        self._fetches: dict[str, Fetch] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def offer(self, model_id: str) -> dict[str, Any]:
        """What a person agrees to before a model comes: its size in bytes, by the Hub's own word, and its terms.

        Raises ModelError where it cannot be had.
        """
        card = self.models.card(model_id)
        wanted = card.repo and not self.models.is_here(model_id) and not self.models.store.is_cached(card)
        files = self.models.store.plan(card) if wanted else []
        return {
            "id": card.id, "purpose": card.purpose, "bytes": sum(file.size for file in files), "licence": card.licence,
            "trained_on": card.trained_on, "source": card.source, "repo": card.repo,
            "commit": files[0].commit if files else "",
        }

    def offer_own(self, address: str) -> dict[str, Any]:
        """The same for weights of one's own on the Hub. Raises ModelError where they cannot be had."""
        file = find_on_hub(address)
        return {
            "id": f"{file.repo}/{file.name}", "purpose": "", "bytes": file.size, "licence": UNKNOWN_LICENCE,
            "trained_on": "unknown", "source": file.name, "repo": file.repo, "commit": file.commit,
        }

    def begin(self, model_id: str) -> None:
        """Fetch a model whose offer was agreed to; nothing happens where it is being fetched."""
        self.models.card(model_id)

        def fetch(on_progress: Progress) -> Made:
            self.models.fetch(model_id, on_progress)
            return [model_id], []

        self.start(model_id, fetch)

    def begin_own(self, address: str) -> str:
        """Fetch weights of one's own from the Hub. Returns the fetch's name; raises ModelError as `offer_own`."""
        file = find_on_hub(address)
        name = f"{file.repo}/{file.name}"
        self.start(name, lambda on_progress: _made(self.models.store.adopt_remote(file, on_progress)))
        return name

    def begin_file(self, path: Path, remove: bool = False) -> str:
        """Take in a file of weights on this machine; `remove` it afterwards. Returns the fetch's name."""
        def take_in(on_progress: Progress) -> Made:
            try:
                size = path.stat().st_size if path.is_file() else 0
                on_progress(path.name, size, size)
                return _made(self.models.store.adopt(path, path.stem, f"file {path.name}"))
            finally:
                if remove:
                    path.unlink(missing_ok=True)

        self.start(path.name, take_in)
        return path.name

    def start(self, name: str, work: Callable[[Progress], Made], kind: str = "fetch") -> None:
        """Begin some work on models; nothing happens where one of that name goes on. To be stopped, it tells progress.

        Raises ModelError where too many go on already.
        """
        known = {card.id for card in self.models.cards()}
        with self._lock:
            if self._fetches.get(name, Fetch("none")).state == "running":
                return
            if name not in known:                      # files that were refused before are not shown beside this one
                self._fetches = {each: fetch for each, fetch in self._fetches.items()
                                 if each in known or fetch.state != "failed"}
            alive = sum(thread.is_alive() for thread in self._threads.values())
            if alive >= MOST_RUNNING:
                raise ModelError(f"{alive} models are being fetched already, the most at a time. Wait for one of them.")
            self._fetches[name] = Fetch(kind=kind)
            self._threads[name] = threading.Thread(target=self._run, args=(name, work), daemon=True)
            self._threads[name].start()

    def stop(self, name: str) -> None:
        """Stop a fetch; what came is kept, and `begin` goes on from there."""
        with self._lock:
            if name in self._fetches and self._fetches[name].state == "running":
                self._fetches[name] = replace(self._fetches[name], state="stopped")

    def show(self) -> dict[str, Fetch]:
        """Every fetch as it stands now."""
        with self._lock:
            return dict(self._fetches)

    def forget(self, name: str) -> None:
        """Show a fetch that has ended no more."""
        with self._lock:
            if name in self._fetches and self._fetches[name].state != "running":
                del self._fetches[name]

    def wait(self, name: str, seconds: float | None = None) -> Fetch:
        """How a fetch ended, once it has; or as it stands after some seconds."""
        self._threads[name].join(seconds)
        return self.show()[name]

    # --- inside ----------------------------------------------------------------------------------------------------

    def _run(self, name: str, fetch: Callable[[Progress], Made]) -> None:
        try:
            made, notes = fetch(lambda *told: self._told(name, *told))
            self._end(name, state="done", made=tuple(made), notes=tuple(notes))
        except EditError as error:
            self._end(name, state="failed", error=str(error))
        except BaseException as error:
            self._end(name, state="failed", error=f"{type(error).__name__} while {name} was fetched.")
            raise

    def _told(self, name: str, file: str, done: int, total: int) -> None:
        with self._lock:
            if self._fetches[name].state == "stopped":
                raise ModelError(f"{name} was stopped; what came is kept.")
            self._fetches[name] = replace(self._fetches[name], file=file, done=done, total=total)

    def _end(self, name: str, **values: Any) -> None:
        with self._lock:
            if self._fetches[name].state == "running":
                self._fetches[name] = replace(self._fetches[name], **values)


def find_on_hub(address: str) -> RemoteFile:
    """The file of weights that OWNER/REPOSITORY, OWNER/REPOSITORY/FILE or OWNER/REPOSITORY:FILE names.

    Raises ModelError where there is none, or several and none is named.
    """
    owner, _, rest = address.strip().partition("/")
    repo, _, name = rest.replace(":", "/", 1).partition("/")
    if not owner or not repo:
        raise ModelError(f"{address[:100]!r} is no file of this machine and no OWNER/REPOSITORY of the Hub. Give the "
                         "path of a file, or OWNER/REPOSITORY:FILE.")
    if not name:
        found = [each for each in names_in(f"{owner}/{repo}") if each.endswith(WEIGHTS)]
        if len(found) != 1:
            what = f"{len(found)} files of weights: {', '.join(found[:8])}" if found else "no file of weights"
            raise ModelError(f"{owner}/{repo} has {what}. Name one, as {owner}/{repo}/FILE.")
        name = found[0]
    return look(f"{owner}/{repo}", name)


def _made(adopted: tuple[list[ModelCard], tuple[str, ...]]) -> Made:
    cards, notes = adopted
    return [card.id for card in cards], notes
