"""What the Models dialog shows and does, as plain values: every model with its terms, fetching, freeing, one's own.

Models are everybody's who opens the page. So they are changed by whoever sits at the machine that serves it, and by
others only where it was started so (`app.py --manage-models`). Files of the machine are named by the former alone.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .catalogue import CARDS, GENERATOR, OWN_WARNING, UNKNOWN_LICENCE, ModelCard
from .errors import EditError, ModelError
from .fetches import Fetch, Fetches
from .hub import is_offline
from .model_words import model_text
from .models import Models
from .notebook import Notebook
from .store import OWN, readable
from .translations import error_in

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORDED = ("purpose", "licence", "trained_on", "source")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True)
class Rights:
    """What a visitor may do.

    change:  fetch and remove models, which are everybody's
    paths:   name files of the machine that serves the page
    """

    change: bool
    paths: bool


class ModelsPanel:
    """Answers the Models dialog.

    host:    address that the page is served on
    manage:  whether everybody who can open the page may change the models
    """

    def __init__(self, models: Models, host: str = "127.0.0.1", manage: bool = False):
        self.models, self.fetches = models, Fetches(models)
        self.is_local = host in LOOPBACK and "SPACE_ID" not in os.environ
        self.manage = manage
        self._numbers = count()
        self.is_fitted: Callable[[str], bool] = lambda model_id: True
        self.fit: Callable[[Models, str, Callable[[float, str], None]], Any] | None = None

    def offer_fits(self, is_fitted: Callable[[str], bool], fit: Callable[..., Any]) -> None:
        """Offer to fit the sliders of generators that have none: fit(models, id, told(share, words)).

        To stop it, `told` raises; then nothing half is left.
        """
        self.is_fitted, self.fit = is_fitted, fit

    def rights(self, headers: Mapping[str, str]) -> Rights:
        """Of whoever sent a request with these headers."""
        local = self.is_local and _is_of_this_machine(headers)
        return Rights(change=local or self.manage, paths=local)

    def answer(
        self, sent: Mapping[str, Any], headers: Mapping[str, str], language: str, used: Iterable[str] = ()
    ) -> dict[str, Any]:
        """Do what the dialog asks for, and what it then shows. used: ids of models of the visitor's own notebook."""
        rights, offer, error = self.rights(headers), None, ""
        try:
            act = ACTS.get(str(sent.get("do")))
            if act is not None:
                if not rights.change:
                    raise ModelError("Only whoever runs this server can fetch and remove its models.")
                offer = act(self, readable(str(sent.get("at") or ""))[:1000], rights)
        except EditError as refusal:
            error = error_in(str(refusal), language)
        done = {"act": sent.get("do"), "offer": offer and _worded(offer, language), "error": error}
        return self.view(rights, language, set(used)) | done

    def take_in(self, path: Path, headers: Mapping[str, str], language: str) -> dict[str, Any]:
        """Take in an uploaded file, which does not stay."""
        error, rights = "", self.rights(headers)
        try:
            if not rights.change:
                path.unlink(missing_ok=True)
                raise ModelError("Only whoever runs this server can fetch and remove its models.")
            self.fetches.begin_file(path, remove=True)
        except EditError as refusal:
            error = error_in(str(refusal), language)
        return self.view(rights, language, set()) | {"act": "file", "offer": None, "error": error}

    def view(self, rights: Rights, language: str, used: set[str]) -> dict[str, Any]:
        """Every model, what is being fetched, and how much disk that takes; with a number, as answers overtake."""
        number = next(self._numbers)
        fetches, held = self.fetches.show(), self.models.held()
        cards = self.models.cards()
        known = {card.id for card in cards}
        return {
            "number": number,
            "models": [self._row(card, fetches.get(card.id), held.get(card.id, 0), card.id in used, language)
                       for card in cards],
            "coming": [_fetch(name, fetch, language) for name, fetch in fetches.items() if name not in known],
            "change": rights.change, "paths": rights.paths, "offline": is_offline(),
            "folder": str(self.models.store.folder) if rights.paths else "", "disk": self.models.store.size(),
            "warning": model_text(OWN_WARNING, language),
        }

    def _row(self, card: ModelCard, fetch: Fetch | None, held: int, used: bool, language: str) -> dict[str, Any]:
        own, embedded = card.id.startswith(OWN), not card.repo and not card.id.startswith(OWN)
        return {
            "id": card.id, "group": "own" if own else "embedded" if embedded else "hub", "role": card.role,
            "size": round(card.size_mb * 1e6), "repo": card.repo, "held": held, "used": used,
            "here": self.models.is_here(card.id), "disk": 0 if embedded else self.models.store.size_of(card.id),
            "fetch": fetch and _fetch(card.id, fetch, language), "fits": self._unfitted(card),
            **{name: model_text(getattr(card, name), language) for name in WORDED},
        }

    def _unfitted(self, card: ModelCard) -> bool:
        drawing = card.role == GENERATOR and self.fit is not None and self.models.is_here(card.id)
        return drawing and not self.is_fitted(card.id)

    # --- acts ------------------------------------------------------------------------------------------------------

    def _offer(self, at: str, rights: Rights) -> dict[str, Any]:
        return self.fetches.offer(at)

    def _begin(self, at: str, rights: Rights) -> None:
        self.fetches.begin(at)

    def _own(self, at: str, rights: Rights) -> dict[str, Any]:
        """What one's own weights would be: a file of this machine, where that may be named, else one of the Hub."""
        path = os.path.expanduser(at)
        if rights.paths and os.path.isfile(path):
            return {"id": at, "purpose": "", "bytes": os.path.getsize(path), "licence": UNKNOWN_LICENCE,
                    "trained_on": "unknown", "source": f"file {Path(path).name}", "repo": "", "commit": ""}
        return self.fetches.offer_own(at)

    def _begin_own(self, at: str, rights: Rights) -> None:
        path = os.path.expanduser(at)
        if rights.paths and os.path.isfile(path):
            self.fetches.begin_file(Path(path))
        else:
            self.fetches.begin_own(at)

    def _fit(self, at: str, rights: Rights) -> None:
        if not self._unfitted(self.models.card(at)):
            raise ModelError(f"{at} needs no fitting, or is not here.")

        def work(on_progress: Callable[[str, int, int], None]) -> tuple[list[str], list[str]]:
            self.fit(self.models, at, lambda share, words: on_progress(words, round(1000 * share), 1000))
            return [at], []

        self.fetches.start(at, work, "fit")

    def _stop(self, at: str, rights: Rights) -> None:
        self.fetches.stop(at)

    def _free(self, at: str, rights: Rights) -> None:
        if at in self.fetches.show() and self.fetches.show()[at].state == "running":
            raise ModelError(f"{at} is being fetched. Stop that first.")
        self.models.free(at)
        self.fetches.forget(at)

    def _dismiss(self, at: str, rights: Rights) -> None:
        self.fetches.forget(at)


ACTS: dict[str, Callable[[ModelsPanel, str, Rights], dict[str, Any] | None]] = {
    "offer": ModelsPanel._offer, "begin": ModelsPanel._begin, "own": ModelsPanel._own,
    "begin_own": ModelsPanel._begin_own, "stop": ModelsPanel._stop, "fit": ModelsPanel._fit, "free": ModelsPanel._free,
    "dismiss": ModelsPanel._dismiss,
}
"""What the dialog asks for by name; anything else only looks."""


def _is_of_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether a request came straight from a browser on this machine, and from a page of its own."""
    named = [f"//{headers.get('host', '')}", *([headers["origin"]] if headers.get("origin") else [])]
    try:
        hosts = [urlsplit(each).hostname for each in named]
    except ValueError:
        return False
    return all(host in LOOPBACK for host in hosts) and not any(headers.get(name) for name in FORWARDED)


def _fetch(name: str, fetch: Fetch, language: str) -> dict[str, Any]:
    notes = [model_text(note, language) for note in fetch.notes]
    return vars(fetch) | {"name": name, "error": error_in(fetch.error, language), "notes": notes,
                          "made": list(fetch.made)}


def _worded(offer: Mapping[str, Any], language: str) -> dict[str, Any]:
    return dict(offer) | {name: model_text(offer[name], language) for name in WORDED}


def used_models(notebook: Notebook) -> set[str]:
    """Ids of the models of the edits that are switched on."""
    return {name for cell in notebook.cells if cell.enabled for name in cell.step.models_needed()}


def generators(models: Models) -> list[dict[str, Any]]:
    """Models that draw faces and are here, the embedded ones first."""
    found = [card for card in models.cards() if card.role == GENERATOR and models.is_here(card.id)]
    return [{"id": card.id, "purpose": card.purpose, "embedded": card in CARDS and not card.repo} for card in found]
