"""What was fetched: a folder for each model with its files and `lock.json`, which later loads enforce.

The lock records the commit and the sha256 of each file when it is first fetched, and what the files were converted to.
A model is here when its lock is; the lock is written last.
"""

import contextlib
import hashlib
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .catalogue import ModelCard, own_card
from .errors import ImageError, ModelError
from .lock import LOCK, Lock, read_lock, write_lock

if TYPE_CHECKING:
    from .hub import RemoteFile

OWN = "own_"                     # ids of people's own weights begin so
WEIGHTS = (".pt", ".pth", ".pkl", ".npy", ".npz", ".safetensors")
Progress = Callable[[str, int, int], None]
"""Told the name of a file, how many bytes of it are here, and how many there will be."""


def models_folder() -> Path:
    """Where fetched models lie: beside the Hub's own files if HF_HOME says where, else in the user's cache folder."""
    if os.environ.get("HF_HOME"):
        return Path(os.path.expanduser(os.environ["HF_HOME"])) / "limner"
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "limner" / "models"


class Store:
    """The models in a folder. Safe to share between processes: what is half done is never taken for whole.

    most_gb:  that all of them may take on disk; None = as much as there is
    """

    def __init__(self, folder: Path | None = None, most_gb: float | None = None):
        self.folder = Path(folder) if folder else models_folder()
        self.most_gb = most_gb

    def place(self, model_id: str) -> Path:
        """The folder of a model."""
        return self.folder / model_id

    def lock(self, model_id: str) -> Lock | None:
        """What was recorded when the model was fetched; None where it was not. Raises ModelError if it is damaged."""
        try:
            return read_lock(self.place(model_id))
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.place(model_id) / LOCK} is damaged. Fetch it again: python -m editors models "
                             f"--free {model_id}; python -m editors fetch {model_id}") from error

    def cards(self) -> tuple[ModelCard, ...]:
        """Cards of the user's own weights."""
        found = []
        for path in sorted(self.folder.glob(f"{OWN}*/{LOCK}")):
            try:
                lock = self.lock(path.parent.name)
                found.append(ModelCard(id=path.parent.name, files=lock.files, config=lock.config, **lock.card))
            except (ModelError, TypeError):
                continue  # a damaged record is no model; `free` removes it
        return tuple(found)

    def size_of(self, model_id: str) -> int:
        """Bytes on disk, with parts of interrupted downloads, without what lies in huggingface_hub's own cache."""
        return sum(path.lstat().st_size for path in self.place(model_id).rglob("*") if path.is_file())

    def size(self) -> int:
        """Bytes on disk of all that was fetched, whole or not."""
        return sum(path.lstat().st_size for path in self.folder.rglob("*") if path.is_file())

    def free(self, model_id: str) -> int:
        """Remove a model from disk. Returns the bytes freed; raises ModelError where it cannot be removed."""
        size = self.size_of(model_id)
        with contextlib.suppress(IsADirectoryError, PermissionError):  # what unlinking a folder raises
            (self.place(model_id) / LOCK).unlink(missing_ok=True)  # first: half a model is never taken for one
        shutil.rmtree(self.place(model_id), ignore_errors=True)
        if self.place(model_id).exists():
            raise ModelError(f"{self.place(model_id)} cannot be removed by this program. Remove the folder yourself.")
        return size

    def plan(self, card: ModelCard) -> list["RemoteFile"]:
        """What would be downloaded for a card, by the Hub's own word. Raises ModelError.

        Once a model was fetched, its commit stays; a file that is not the one on record is refused unseen.
        """
        from .hub import look

        commit, known, files = self._revision(card), self._known(card), []
        for name in card.files:
            files.append(look(card.repo, name, commit))
            commit = files[-1].commit
            if known.get(name) and files[-1].sha256 not in (None, known[name]):
                raise _changed(card, name)
        return files

    def fetch(
        self, card: ModelCard, on_progress: Progress = lambda *_: None, others: Sequence[ModelCard] = ()
    ) -> Lock:
        """Bring a model here, convert it if it must be, record what came. Raises ModelError.

        others: cards of other networks in the same file, which come with it

        Files that huggingface_hub has downloaded already are taken from its cache without asking the network.
        """
        return self._whole(card.id) or self._fetch_alone(card, on_progress, others)

    def adopt(self, source: Path, name: str, origin: str) -> tuple[list[ModelCard], tuple[str, ...]]:
        """Take in a user's own weights: a card for each network in the file, and sentences to be read.

        name:    what to call it; ids are made of it
        origin:  where it came from, for the card

        Raises ModelError where the file is not weights that are known.
        """
        from .formats import KINDS, convert

        self._check_budget(source.stat().st_size if source.is_file() else 0)
        scratch = self.place(f".{OWN}{os.getpid()}-{secrets.token_hex(4)}")
        try:
            converted = convert(source, scratch)
            digest, cards = sha256_of(source), []
            stem = self._stem(name, digest)
            for part in converted.parts:
                model_id = stem if len(converted.parts) == 1 else f"{stem}_{part.network or converted.kind}"
                said = own_card(part, KINDS[converted.kind], readable(origin))
                self._settle(part.file, model_id)
                files, loaded = {readable(source.name): digest}, {part.file.name: part.sha256}
                self._write(model_id, Lock("", files, loaded, part.config, said))
                cards.append(next(card for card in self.cards() if card.id == model_id))
            return cards, converted.notes
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def adopt_remote(
        self, file: "RemoteFile", on_progress: Progress = lambda *_: None
    ) -> tuple[list[ModelCard], tuple[str, ...]]:
        """As `adopt`, from a repository; an interrupted download is gone on with the next time."""
        from .hub import download, one_at_a_time

        name = Path(file.name).name
        coming = self.folder / "coming" / file.etag[:16] / name
        self._check_budget(file.size)
        with one_at_a_time(self.folder / "locks" / file.etag[:16]):
            download(file, coming, on_progress)
            try:
                return self.adopt(coming, f"{file.repo.rpartition('/')[2]}_{Path(name).stem}",
                                  f"{file.repo}/{file.name}, commit {file.commit}")
            finally:
                shutil.rmtree(coming.parent, ignore_errors=True)

    def is_cached(self, card: ModelCard) -> bool:
        """Whether huggingface_hub has downloaded a card's files already."""
        return self._cached(card) is not None

    # --- inside ----------------------------------------------------------------------------------------------------

    def _check_budget(self, more: int) -> None:
        """Raise ModelError where so many bytes more would pass `most_gb`."""
        if self.most_gb is not None and self.size() + more > self.most_gb * 1e9:
            raise ModelError(f"{more / 1e6:.0f} MB more would pass the {self.most_gb:g} GB that fetched models may "
                             f"take here; they take {self.size() / 1e6:.0f} MB. Remove one first.")

    def _stem(self, name: str, digest: str) -> str:
        """What ids of weights of one's own begin with; those of another file keep theirs."""
        wanted = OWN + (re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "weights")
        taken = [card for card in self.cards() if digest not in card.files.values()]
        stems = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(2)))
        return next(stem for stem in stems
                    if not any(card.id == stem or card.id.startswith(f"{stem}_face_") for card in taken))

    def _fetch_alone(self, card: ModelCard, on_progress: Progress, others: Sequence[ModelCard]) -> Lock:
        from .hub import one_at_a_time

        with one_at_a_time(self.folder / "locks" / card.id):
            return self._whole(card.id) or self._fetch(card, on_progress, others)

    def _fetch(self, card: ModelCard, on_progress: Progress, others: Sequence[ModelCard]) -> Lock:
        commit, sources = self._cached(card) or self._downloaded(card, on_progress)
        digests = {name: sha256_of(path) for name, path in sources.items()}
        for name, known in self._known(card).items():
            if digests[name] != known:
                raise _changed(card, name)
        made = Lock(commit, digests, digests)
        if card.builder == "published":
            made = self._converted(card, made, sources, others)
        else:
            self._link(card.id, sources)
        self._write(card.id, made)
        return made

    def _known(self, card: ModelCard) -> dict[str, str]:
        """sha256 of the files where the card or an earlier fetch knows it."""
        lock = self.lock(card.id)
        return dict(lock.files if lock else {}) | {name: digest for name, digest in card.files.items() if digest}

    def _revision(self, card: ModelCard) -> str:
        lock = self.lock(card.id)
        return (lock.commit if lock else "") or card.revision

    def _whole(self, model_id: str) -> Lock | None:
        """The lock of a model all of whose files are there."""
        lock = self.lock(model_id)
        is_whole = lock is not None and all((self.place(model_id) / name).is_file() for name in lock.loaded)
        return lock if is_whole else None

    def _cached(self, card: ModelCard) -> tuple[str, dict[str, Path]] | None:
        from .hub import find_cached

        found = {name: find_cached(card.repo, name, self._revision(card)) for name in card.files}
        commits = {hit[1] for hit in found.values() if hit}
        if None in found.values() or len(commits) != 1:
            return None
        paths = {name: path for name, (path, _) in found.items()}
        if any(sha256_of(paths[name]) != known for name, known in self._known(card).items()):
            return None  # of another commit than the one on record
        return commits.pop(), paths

    def _downloaded(self, card: ModelCard, on_progress: Progress) -> tuple[str, dict[str, Path]]:
        from .hub import download

        files, place = self.plan(card), self.place(card.id)
        self._check_budget(sum(file.size for file in files) - self.size_of(card.id))
        for file in files:
            here = place / file.name
            if not here.is_file() or file.sha256 not in (None, sha256_of(here)):
                download(file, here, on_progress)
        return files[0].commit, {file.name: place / file.name for file in files}

    def _converted(
        self, card: ModelCard, lock: Lock, sources: Mapping[str, Path], others: Sequence[ModelCard]
    ) -> Lock:
        from .formats import convert

        place, (source,) = self.place(card.id), sources.values()
        found = {part.network: part for part in convert(source, place).parts}
        made = {each: replace(lock, loaded={part.file.name: part.sha256}, config=dict(part.config))
                for each, part in found.items()}
        for other in others:
            if other.builds in found and self._whole(other.id) is None:
                self._settle(found.pop(other.builds).file, other.id)
                self._write(other.id, made[other.builds])
        for network, part in found.items():
            if network != card.builds:
                part.file.unlink(missing_ok=True)
        if card.builds not in found:
            raise ModelError(f"{source.name} of {card.repo} holds no {card.builds}. Fetch another model.")
        if source.is_relative_to(place):  # what is in huggingface_hub's cache is not ours to remove
            source.unlink()
        return made[card.builds]

    def _link(self, model_id: str, sources: Mapping[str, Path]) -> None:
        """Point to the files that lie elsewhere."""
        for name, source in sources.items():
            here = self.place(model_id) / name
            if here != source:
                here.parent.mkdir(parents=True, exist_ok=True)
                here.unlink(missing_ok=True)
                here.symlink_to(source.resolve())

    def _settle(self, file: Path, model_id: str) -> None:
        self.free(model_id)  # weights of the same name that were given before
        self.place(model_id).mkdir(parents=True)
        os.replace(file, self.place(model_id) / file.name)

    def _write(self, model_id: str, lock: Lock) -> None:
        try:
            self.place(model_id).mkdir(parents=True, exist_ok=True)
            write_lock(self.place(model_id), lock)
        except (OSError, ImageError) as error:
            raise ModelError(f"{self.place(model_id)} cannot be written in. Set HF_HOME to a folder that is "
                             "yours.") from error


def readable(name: str) -> str:
    """The name of a file with what is no letter of any alphabet replaced: a page cannot be sent it."""
    return name.encode("utf-8", "replace").decode()


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changed(card: ModelCard, name: str) -> ModelError:
    return ModelError(f"{name} of {card.repo} is not the file on record (its sha256 differs), and is not used. If you "
                      f"trust the new one: python -m editors models --free {card.id}, then fetch it again.")
