"""Models being fetched while the page goes on: what there is to fetch, how far it is, how it ended, how to stop it."""

import threading
from dataclasses import dataclass, replace
from typing import Any

from .errors import EditError, ModelError
from .models import Models


@dataclass(frozen=True)
class Fetch:
    """One fetch as it stands.

    state:   "running", "done", "stopped" or "failed"
    done:    bytes that are here of the file that is coming
    total:   bytes it will have; 0 until the Hub has said
    file:    its name
    error:   why it failed, for the person who asked
    """

    state: str = "running"
    done: int = 0
    total: int = 0
    file: str = ""
    error: str = ""


class Fetches:
    """Fetches by model id, one thread each. Safe to share between threads."""

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
        files = self.models.store.plan(card) if card.repo and not self.models.is_here(model_id) else []
        return {
            "id": card.id, "purpose": card.purpose, "bytes": sum(file.size for file in files), "licence": card.licence,
            "trained_on": card.trained_on, "source": card.source, "repo": card.repo,
        }

    def begin(self, model_id: str) -> None:
        """Fetch a model whose offer was agreed to; nothing happens where it is being fetched."""
        self.models.card(model_id)
        with self._lock:
            if self._fetches.get(model_id, Fetch("none")).state == "running":
                return
            self._fetches[model_id] = Fetch()
            self._threads[model_id] = threading.Thread(target=self._run, args=(model_id,), daemon=True)
            self._threads[model_id].start()

    def stop(self, model_id: str) -> None:
        """Stop a fetch; what came is kept, and `begin` goes on from there."""
        with self._lock:
            if model_id in self._fetches and self._fetches[model_id].state == "running":
                self._fetches[model_id] = replace(self._fetches[model_id], state="stopped")

    def show(self) -> dict[str, Fetch]:
        """Every fetch as it stands now."""
        with self._lock:
            return dict(self._fetches)

    def wait(self, model_id: str, seconds: float | None = None) -> Fetch:
        """How a fetch ended, once it has; or as it stands after some seconds."""
        self._threads[model_id].join(seconds)
        return self.show()[model_id]

    def _run(self, model_id: str) -> None:
        try:
            self.models.fetch(model_id, lambda *told: self._told(model_id, *told))
            self._end(model_id, state="done")
        except EditError as error:
            self._end(model_id, state="failed", error=str(error))
        except BaseException as error:
            self._end(model_id, state="failed", error=f"{type(error).__name__} while {model_id} was fetched.")
            raise

    def _told(self, model_id: str, file: str, done: int, total: int) -> None:
        with self._lock:
            if self._fetches[model_id].state == "stopped":
                raise ModelError(f"{model_id} was stopped; what came is kept.")
            self._fetches[model_id] = replace(self._fetches[model_id], file=file, done=done, total=total)

    def _end(self, model_id: str, **values: str) -> None:
        with self._lock:
            if self._fetches[model_id].state == "running":
                self._fetches[model_id] = replace(self._fetches[model_id], **values)
