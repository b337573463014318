"""The one loader: find a model, check its bytes, build it, keep it, hand it out read-only."""

import hashlib
import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .builders import BUILDERS
from .catalogue import CARDS, GENERATOR, ModelCard, card
from .devices import bytes_held, choose_device, drawing_dtype, is_lent, lent, release
from .errors import ModelError
from .store import OWN, Progress, Store, sha256_of

if TYPE_CHECKING:
    import torch

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


@dataclass(frozen=True)
class _Found:
    """Where the files of a model lie and the sha256 each must have; the card's config is as its files say."""

    card: ModelCard
    place: Path
    digests: Mapping[str, str | None]

    @property
    def paths(self) -> dict[str, Path]:
        """By name."""
        return {name: self.place / name for name in self.digests}


class Models:
    """Loaded models by id; create one, pass it in. Safe to share between threads.

    budget_gb:  the least recently used models leave when what is held passes this size
    store:      models that were fetched
    catalogue:  the models there could be, besides the user's own
    device:     "cpu", "cuda", "mps", or "auto" for the best there is; only large networks move there, those that are
                not embedded: what comes along is small, and quickest where its pictures are
    """

    def __init__(
        self, checkpoints: Path = CHECKPOINTS, budget_gb: float = 4.0, store: Store | None = None, device: str = "cpu",
        catalogue: tuple[ModelCard, ...] = CARDS,
    ):  # fmt: skip
        self.checkpoints = Path(checkpoints)
        self.budget_gb = budget_gb
        self.store = store or Store()
        self.device = device
        self.catalogue = catalogue
        self._loaded: OrderedDict[str, Any] = OrderedDict()
        self._dtypes: dict[str, "torch.dtype"] = {}
        self._renew_locks()
        self._lend = lent(self._call, seconds=120)
        _renew_locks_after_fork(self)

    # --- loading ---------------------------------------------------------------------------------------------------

    def get(self, model_id: str) -> Any:
        """The model, loaded once however many ask; nothing is downloaded.

        Raises ModelError if its files are missing or were changed.
        """
        kept = self._kept(model_id)
        if kept is None:
            with self._gate(model_id):  # those who ask for other models do not wait
                kept = self._kept(model_id)
                return self.reload(model_id) if kept is None else kept
        return kept

    def reload(self, model_id: str) -> Any:
        """Load a model anew from its files; where that fails, the one that was loaded goes on serving."""
        with self._gate(model_id):
            loaded = self._load(model_id)
            with self._lock:
                self._loaded[model_id] = loaded
                self._dtypes.pop(model_id, None)
                self._loaded.move_to_end(model_id)
                self._evict()
            return loaded

    def keep(self, key: str, build: Callable[[], Any]) -> Any:
        """What build() makes of several models, made once; it leaves as a model does when the budget is passed."""
        kept = self._kept(key)
        if kept is None:
            with self._gate(key):
                kept = self._kept(key) or build()
                with self._lock:
                    self._loaded[key] = kept
                    self._evict()
        return kept

    def dtype(self, model_id: str) -> "torch.dtype":
        """Number format to draw a generator in: half precision where this device gains by it and the picture holds."""
        generator = self.get(model_id)
        with self._gate(model_id):
            if model_id not in self._dtypes:
                self._dtypes[model_id] = drawing_dtype(generator)
            return self._dtypes[model_id]

    def free(self, model_id: str) -> int:
        """Remove a fetched model from disk and memory, even one whose record is damaged. Returns the bytes freed.

        Raises ModelError for a model that is embedded or that nobody knows.
        """
        known = {each.id: each for each in self.cards()}
        is_id = re.fullmatch("[a-z][a-z0-9_]{0,99}", model_id)  # and neither nothing nor dots: folders of everybody's
        if model_id not in known and not (is_id and self.store.size_of(model_id)):
            self.card(model_id)
        if model_id in known and not known[model_id].repo and not model_id.startswith(OWN):
            raise ModelError(f"{model_id} is embedded and comes with Limner; only fetched models can be freed.")
        with self._gate(model_id), self._lock:
            self._loaded.pop(model_id, None)
            self._dtypes.pop(model_id, None)
        return self.store.free(model_id)

    def run(self, model_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(model, *arguments), on a GPU that is lent for this call where that is how GPUs are had.

        There, function must be one that a module names, and arguments and result arrays or plain values.
        """
        return self.lend(_run, model_id, function, *arguments)

    def lend(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(models, *arguments), on a lent GPU as `run` does; there, `models` loads networks onto it."""
        return self._lend(function, *arguments)

    def held(self) -> dict[str, int]:
        """Bytes that each loaded model holds, least recently used first."""
        with self._lock:
            return {model_id: bytes_held(model) for model_id, model in self._loaded.items()}

    # --- what there is ---------------------------------------------------------------------------------------------

    def cards(self) -> tuple[ModelCard, ...]:
        """Every model there could be: the catalogue's and the user's own."""
        return self.catalogue + self.store.cards()

    def card(self, model_id: str) -> ModelCard:
        """The card with this id. Raises ModelError naming the ids there are."""
        if not model_id.startswith(OWN):
            return card(model_id, self.catalogue)
        own = next((each for each in self.store.cards() if each.id == model_id), None)
        if own is None:
            drawing = [each.id for each in self.cards() if each.role == GENERATOR and self.is_here(each.id)]
            raise ModelError(f"{model_id[:80]} is somebody's own model, and is not on this machine. Give its file: "
                             f"python -m editors fetch FILE; here that draw faces: {', '.join(drawing)}")
        return own

    def is_here(self, model_id: str) -> bool:
        """Whether the model's files are on this machine; they are not read."""
        try:
            found = self._find(self.card(model_id))
        except ModelError:
            return False
        return found is not None and all(path.is_file() for path in found.paths.values())

    def config(self, model_id: str) -> Mapping[str, Any]:
        """Constructor arguments of a network, as its files say them; none where it is not on this machine."""
        try:
            found = self._find(self.card(model_id)) if self.is_here(model_id) else None
        except ModelError:
            return {}
        return found.card.config if found else {}

    def stand_ins(self, model_id: str) -> list[str]:
        """Ids of models on this machine that do the same as one that may not be."""
        role = self.card(model_id).role
        others = [each.id for each in self.cards() if role and each.role == role and each.id != model_id]
        return [other for other in others if self.is_here(other)]

    def fingerprint(self, model_id: str) -> str:
        """sha256 over the model's files as its card or lock declares them: another file, another fingerprint.

        A model that is not here has one too, so that a notebook that needs it can be opened.
        """
        if model_id.startswith(OWN) and not self.is_here(model_id):
            return hashlib.sha256(f"{model_id} is not here".encode()).hexdigest()
        found = self.card(model_id)
        lock = self.store.lock(model_id) if found.repo else None
        files = {name: digest or "not fetched" for name, digest in (lock.files if lock else found.files).items()}
        part = found.builds if found.builder == "published" else ""  # a file may hold several networks
        return hashlib.sha256((part + "".join(f"{name}:{files[name]};" for name in sorted(files))).encode()).hexdigest()

    # --- fetching --------------------------------------------------------------------------------------------------

    def fetch(self, model_id: str, on_progress: Progress = lambda *_: None) -> None:
        """Bring a model here, whatever its size; ask the person first. Several who ask at once wait for one download.

        on_progress: told a file's name, the bytes of it that are here, and how many there will be

        Raises ModelError where it cannot be had, was changed, or does not load.
        """
        found = self.card(model_id)
        with self._gate(f"fetch {model_id}"):  # not the gate of loading: what is loaded serves meanwhile
            if found.repo:
                others = [each for each in self.catalogue if each.id != model_id and each.repo == found.repo
                          and set(each.files) == set(found.files)]
                self.store.fetch(found, on_progress, others)
            self.reload(model_id)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _renew_locks(self) -> None:
        self._gates: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(self, *arguments)

    def _gate(self, model_id: str) -> threading.RLock:
        with self._lock:
            return self._gates.setdefault(model_id, threading.RLock())

    def _kept(self, model_id: str) -> Any:
        with self._lock:
            if model_id in self._loaded:
                self._loaded.move_to_end(model_id)
            return self._loaded.get(model_id)

    def _load(self, model_id: str) -> Any:
        found = self._find(self.card(model_id))
        if found is None:
            raise self._absent(self.card(model_id))
        for name, path in found.paths.items():
            if not path.is_file():
                raise self._absent(found.card, path)
            if sha256_of(path) != found.digests[name]:
                raise ModelError(f"{path} is not the file on record (its sha256 differs), and is not used. "
                                 f"{_again(found.card, changed=True)}")
        built = BUILDERS[found.card.builder](found.card, found.paths)
        torches = found.card.builder in ("network", "published", "pretrained")
        moves = torches and (found.card.repo or model_id.startswith(OWN))
        return built.to(choose_device(self.device)) if moves else built

    def _find(self, model_card: ModelCard) -> _Found | None:
        if not model_card.repo and not model_card.id.startswith(OWN):
            return _Found(model_card, self.checkpoints / model_card.id, model_card.files)
        lock = self.store.lock(model_card.id)
        if lock is None:
            return None
        config = dict(model_card.config) | dict(lock.config)
        return _Found(replace(model_card, config=config), self.store.place(model_card.id), lock.loaded)

    def _absent(self, model_card: ModelCard, path: Path | None = None) -> ModelError:
        others = self.stand_ins(model_card.id) if model_card.repo else []
        missing = f": {path} is missing" if path else ""
        here = f"; here for the same: {', '.join(others)}" if others else ""
        return ModelError(f"{model_card.id} ({model_card.size_mb:g} MB, {model_card.licence}) is not on this machine"
                          f"{missing}. {_again(model_card)}{here}")

    def _evict(self) -> None:
        """Let go of the least recently used past the budget; the newest stays whatever its size."""
        sizes = {model_id: bytes_held(model) for model_id, model in self._loaded.items()}
        while len(sizes) > 1 and sum(sizes.values()) > self.budget_gb * 1e9:
            oldest = next(iter(sizes))
            del sizes[oldest], self._loaded[oldest]
            self._dtypes.pop(oldest, None)
            release(self.device)


def _run(models: Models, model_id: str, function: Callable[..., Any], *arguments: Any) -> Any:
    model = models.get(model_id)
    if is_lent() and hasattr(model, "parameters"):  # the copy of this process, which ends with what it was lent
        model = model.to(choose_device())
    return function(model, *arguments)


def _renew_locks_after_fork(models: Models) -> None:
    """A process forked while another thread holds a lock would wait for ever: that thread is not in it."""
    known = weakref.ref(models)

    def renew() -> None:
        if (kept := known()) is not None:
            kept._renew_locks()

    os.register_at_fork(after_in_child=renew)


def _again(model_card: ModelCard, changed: bool = False) -> str:
    """How to have the files of a model again."""
    if model_card.repo:
        first = f"python -m editors models --free {model_card.id}; " if changed else ""
        return f"Run: {first}python -m editors fetch {model_card.id}"
    if model_card.id.startswith(OWN):
        return "Give it again: python -m editors fetch FILE"
    return "Check the repository out again."
