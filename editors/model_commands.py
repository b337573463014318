"""The commands about models: what there is, fetching one or one's own weights, freeing the disk, licences."""

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalogue import CARDS, OWN_WARNING, ModelCard
from .command import Command, UsageError, json_argument, print_json, table
from .errors import ModelError
from .store import WEIGHTS

if TYPE_CHECKING:
    from .models import Models

FIELDS = ("id", "purpose", "size_mb", "licence", "trained_on", "source", "repo", "revision")


# --- models --------------------------------------------------------------------------------------------------------

def _models_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--free", action="append", default=[], metavar="ID", help="remove a fetched model from disk; "
                        "repeat for more")
    json_argument(parser)


def _models(options: argparse.Namespace) -> None:
    from .models import Models

    models = Models()
    freed = {model_id: models.free(model_id) for model_id in dict.fromkeys(options.free)}
    found = [_described(models, each) for each in models.cards()]
    if options.json:
        print_json({"models": found, "folder": str(models.store.folder), "freed": freed})
        return
    for model_id, size in freed.items():
        print(f"{model_id}: {size / 1e6:.1f} MB freed.")
    if not freed:
        rows = [[each["id"], f"{each['size_mb']:g} MB", each["where"], each["purpose"]] for each in found]
        print(table(("model", "size", "where", "what it does"), rows))
        used = sum(each["disk_mb"] for each in found)
        print(f"Fetched models take {used:.1f} MB in {models.store.folder}.")


def _described(models: "Models", each: ModelCard) -> dict[str, Any]:
    disk, here = models.store.size_of(each.id) / 1e6, models.is_here(each.id)
    where = "embedded" if each in CARDS and not each.repo else f"here, {disk:.1f} MB" if here else each.repo
    partly = f", {disk:.1f} MB of it here" if disk and not here else ""
    return {name: getattr(each, name) for name in FIELDS} | {
        "here": here, "disk_mb": round(disk, 3), "where": where + partly,
    }


# --- fetch ---------------------------------------------------------------------------------------------------------

def _fetch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="ID_OR_FILE", help="a model of `python -m editors models`, a file of your own "
                        "weights, or OWNER/REPOSITORY[/FILE] on the Hub")
    parser.add_argument("--yes", action="store_true", help="download without asking; size and licence are still said")
    json_argument(parser)


def _fetch(options: argparse.Namespace) -> None:
    from .models import Models

    models, began = Models(), time.perf_counter()
    is_file = "/" in options.model or options.model.endswith(WEIGHTS) or os.path.exists(options.model)
    if not is_file or any(each.id == options.model for each in models.cards()):
        record = _fetch_known(options, models, models.card(options.model))
    else:
        record = _fetch_own(options, models)
    if options.json:
        print_json({"command": "fetch"} | record | {"seconds": round(time.perf_counter() - began, 3)})


def _fetch_known(options: argparse.Namespace, models: "Models", card: ModelCard) -> dict[str, Any]:
    if card.repo and not models.is_here(card.id) and not models.store.is_cached(card):
        files = models.store.plan(card)
        size = sum(file.size for file in files) / 1e6
        _ask(options, f"{card.id}: {size:.1f} MB from {card.repo}, commit {files[0].commit[:12]}. "
                      f"Licence: {card.licence}. Trained on {card.trained_on}.")
    models.fetch(card.id, _progress(options))
    lock = models.store.lock(card.id) if card.repo else None
    if not options.json:
        print(f"{card.id} ({card.size_mb:g} MB, {card.licence}) is here, as "
              f"{'it was recorded when it was fetched' if lock else 'the catalogue describes it'}.")
    return {"model": card.id, "size_mb": card.size_mb, "licence": card.licence,
            "files": dict(lock.files if lock else card.files), "commit": lock.commit if lock else ""}


def _fetch_own(options: argparse.Namespace, models: "Models") -> dict[str, Any]:
    path = Path(options.model)
    if os.path.isfile(path):  # unlike Path's own, which raises where a name is too long for any
        cards, notes = models.store.adopt(path, path.stem, f"file {path.name}")
    elif os.path.exists(path) or not _on_hub(options.model):
        raise ModelError(f"{options.model[:200]} is no file. Give a file of weights, or OWNER/REPOSITORY/FILE on the "
                         "Hub, with a colon before FILE where it ends as no weights do.")
    else:
        cards, notes = _fetch_from_hub(options, models)
    for sentence in (OWN_WARNING, *notes):
        print(sentence, file=sys.stderr)
    if not options.json:
        print("\n".join(f"{each.id}: {each.purpose}, {each.size_mb:g} MB, licence unknown." for each in cards))
    said = [{name: getattr(each, name) for name in FIELDS} for each in cards]
    return {"models": said, "notes": [OWN_WARNING, *notes]}


def _on_hub(text: str) -> bool:
    """Whether OWNER/REPOSITORY, OWNER/REPOSITORY/FILE or OWNER/REPOSITORY:FILE could be meant."""
    longer = text.count("/") > 1 and text.endswith((*WEIGHTS, ".json"))
    named = re.fullmatch(r"[^/:]+/[^/:]+:.+", text)
    return not text.startswith(("/", ".", "~")) and bool(text.count("/") == 1 or longer or named)


def _fetch_from_hub(options: argparse.Namespace, models: "Models") -> tuple[list[ModelCard], tuple[str, ...]]:
    from .fetches import find_on_hub

    file = find_on_hub(options.model)
    _ask(options, f"{file.name}: {file.size / 1e6:.1f} MB from {file.repo}, commit {file.commit[:12]}. "
                  "Licence: unknown.")
    return models.store.adopt_remote(file, _progress(options))


def _ask(options: argparse.Namespace, what: str) -> None:
    """Say what would be downloaded; go on with --yes or a person's yes. Raises UsageError."""
    if options.yes:
        print(what, file=sys.stderr)
    elif not sys.stdin.isatty():
        raise UsageError(f"{what} Add --yes to fetch it.")
    else:
        print(f"{what} Fetch it? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise UsageError("Nothing was fetched.")


def _progress(options: argparse.Namespace) -> Any:
    """A line that is written over while a file comes, where a person looks on."""
    def show(name: str, here: int, size: int) -> None:
        end = "\n" if here == size else ""
        line = f"\r{name.rpartition('/')[2]}: {here / 1e6:.1f} of {size / 1e6:.1f} MB"
        print(line, end=end, file=sys.stderr, flush=True)

    return (lambda *_: None) if options.json or not sys.stderr.isatty() else show


# --- licences ------------------------------------------------------------------------------------------------------

def _licences(options: argparse.Namespace) -> None:
    if options.json:
        fields = ("id", "licence", "trained_on", "source")
        print_json({"licences": [{field: getattr(each, field) for field in fields} for each in CARDS]})
    else:
        rows = [[each.id, each.purpose, each.licence, each.trained_on, each.source] for each in CARDS]
        print(table(("model", "what it does", "licence", "trained on", "source"), rows))


COMMANDS = (
    Command("models", "list the models, and free the disk of fetched ones", _models_arguments, _models),
    Command("fetch", "make sure a model is here and whole, or take in your own weights", _fetch_arguments, _fetch),
    Command("licences", "on what terms each model may be used", json_argument, _licences),
)
