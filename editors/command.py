"""What the commands of every editor share: options, opening a photograph, writing what leaves, saying what was done.

An editor's commands live in its own folder, `command.py`, as a tuple COMMANDS. One that makes an edit is a function:

    def _shift(options):
        edit(options, ShiftAttributes(amounts=named_numbers(options.set), **settings_from(options, ShiftAttributes)))
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import EditError, ImageError, SettingError
from .step import Setting, Step, settings_of, written_out

if TYPE_CHECKING:
    from .models import Models
    from .notebook import Notebook
    from .portrait import Portrait


@dataclass(frozen=True)
class Command:
    """One word of the command line.

    arguments:  adds what the command takes to its parser
    run:        does it; raises EditError for what a person can mend
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], Any]
    run: Callable[[argparse.Namespace], None]


class UsageError(EditError):
    """Words on the command line that do not fit."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without repeating how everything is used."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}. Run: {self.prog} --help")


# --- options -------------------------------------------------------------------------------------------------------

def photo_arguments(
    parser: argparse.ArgumentParser, output: str = "OUT", photo: str | None = "PHOTO", kept: str = "replays this",
) -> None:
    """PHOTO -o OUT --face N --save NOTEBOOK --json"""
    if photo:
        parser.add_argument("photo", metavar=photo, help="JPEG, PNG, WebP, AVIF, HEIC or TIFF")
    parser.add_argument("-o", "--output", metavar=output, required=True, help="written whole or not at all")
    parser.add_argument("--face", metavar="N", type=_face, help="which face; 0 is the largest (default: 0)")
    parser.add_argument("--save", metavar="NOTEBOOK", help=f"also write a notebook that {kept}")
    json_argument(parser)


def json_argument(parser: argparse.ArgumentParser) -> None:
    """--json"""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")


def setting_arguments(parser: argparse.ArgumentParser, step: type[Step]) -> None:
    """An option for each setting a step declares, with its bounds, unit and help."""
    for name, allowed in settings_of(step).items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(allowed.default, bool):
            parser.add_argument(option, dest=name, action=argparse.BooleanOptionalAction, help=allowed.help)
        else:
            parser.add_argument(option, dest=name, metavar=_metavar(allowed), help=_help(allowed))


def settings_from(options: argparse.Namespace, step: type[Step]) -> dict[str, Any]:
    """The settings given on the command line; the step itself says what is wrong with one."""
    given = {name: getattr(options, name) for name in settings_of(step) if getattr(options, name) is not None}
    return {name: _read(value, settings_of(step)[name]) for name, value in given.items()}


def _read(value: Any, allowed: Setting) -> Any:
    """A word of the command line as the kind of value the setting is."""
    if isinstance(allowed.default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value if isinstance(allowed.default, str | bool) else _number(value)


def named_numbers(pairs: Sequence[str]) -> dict[str, Any]:
    """["smile=2", "age=-1"] -> {"smile": 2, "age": -1}; the last of a name counts."""
    found = {}
    for pair in pairs:
        name, equals, number = pair.partition("=")
        if not (name.strip() and equals and number.strip()):
            raise SettingError(f"--set takes NAME=NUMBER, as smile=2; {pair!r} came.")
        found[name.strip()] = _number(number)
    return found


def _number(text: str) -> int | float | str:
    """The number a text is, or the text itself for the step to refuse by name."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _face(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise argparse.ArgumentTypeError(f"it takes a whole number from 0, {text!r} came")
    return int(text)


def _metavar(allowed: Setting) -> str:
    if isinstance(allowed.default, tuple):
        return "A,B"
    return "|".join(allowed.choices) or ("TEXT" if isinstance(allowed.default, str) else "N")


def _help(allowed: Setting) -> str:
    if isinstance(allowed.default, tuple):
        notes = f"any of {', '.join(allowed.choices)}, with commas" if allowed.choices else "with commas"
    else:
        bounds = "" if allowed.low is None else f", {written_out(allowed.low)} to {written_out(allowed.high)}"
        notes = f"default: {allowed.default}{bounds}{' ' + allowed.unit if allowed.unit else ''}"
    notes = "" if allowed.default == "" else f" ({notes})"
    return f"{allowed.help}{notes}".strip().replace("%", "%%")


# --- edits ---------------------------------------------------------------------------------------------------------

def edit(options: argparse.Namespace, step: Step) -> None:
    """Apply one step to options.photo and write what `photo_arguments` asks for."""
    from .notebook import Notebook

    began = time.perf_counter()
    with writing([options.output], picture=True) as [out], writing_notebook(options) as book:
        models, portrait = open_portrait(options)
        notebook = Notebook().append(step)
        record = write_edit(out, notebook, portrait, models, options.photo, book)
    say(options, record | {"photo": str(options.photo), "output": str(options.output)}, began)


def open_portrait(options: argparse.Namespace) -> "tuple[Models, Portrait]":
    """The models, and the portrait of options.photo with the face asked for."""
    from .models import Models
    from .portrait import Portrait

    return Models(), Portrait.open(options.photo, options.face or 0)


def write_edit(
    out: Path, notebook: "Notebook", portrait: "Portrait", models: "Models", photo: str | None, book: Path | None = None
) -> dict[str, Any]:
    """Run a notebook and write its last picture with what was done inside it; the notebook too, if asked for.

    photo: the photograph's file; None where the picture was made from nothing

    Returns what `--json` says about it.
    """
    from .downloads import actions_of, models_of
    from .notebook import Results
    from .notebook_file import save_notebook
    from .provenance import edit_note, sign

    kept = Results()
    result = notebook.run(portrait, models, kept)
    edits, used = actions_of(notebook), models_of(notebook, models)
    result.save(out, note=edit_note(edits, used))
    credentials = sign(out, edits, used, original=photo)
    if book is not None:
        save_notebook(book, notebook, portrait, models, kept)
    height, width = result.image.shape[:2]
    return {
        "face": portrait.face, "width": width, "height": height, "edits": edits, "models": used,
        "credentials": credentials.message, "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
    }


# --- files that leave ----------------------------------------------------------------------------------------------

@contextmanager
def writing(
    outputs: Sequence[str | Path], picture: bool = False, folder: Path | None = None, values: str = ""
) -> Iterator[list[Path]]:
    """Places to write into; when the block ends well the files take their names, else nothing is left.

    picture:  whether the names must end as pictures do
    values:   what is written, as "label map", if its values must stay as they are: then only PNG will do
    folder:   made if it is not there, and gone again if the block ends badly
    Raises ImageError, before any work is done, for a name or folder that cannot be written.
    """
    if not all(map(str, outputs)):
        raise UsageError("A place to write to has an empty name. Give the name of a file.")
    made = folder is not None and not folder.exists()
    targets = [Path(os.path.realpath(output)) for output in outputs]  # a link keeps pointing at the file it names
    try:
        if made:
            folder.mkdir()
        for target in targets:
            _check_target(target, picture, values)
        scratch = Path(tempfile.mkdtemp(prefix=".limner-", dir=targets[0].parent))
    except OSError as error:
        place = folder or targets[0].parent
        raise ImageError(f"{place} cannot be written in ({error.strerror}). Choose another place.") from error
    done = False
    try:
        places = [scratch / target.name for target in targets]
        yield places
        for place, target in zip(places, targets, strict=True):
            os.replace(place, target)
        done = True
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if made and not done:
            shutil.rmtree(folder, ignore_errors=True)


def _check_target(target: Path, picture: bool, values: str) -> None:
    from .files import called
    from .writing import check_png, written_format

    if values:
        check_png(target, values)
    elif picture:
        written_format(target)
    if target.is_dir() or not os.access(target.parent, os.W_OK):
        reason = "is a folder" if target.is_dir() else f"cannot be written in {target.parent}"
        raise ImageError(f"{called(target)} {reason}. Choose a file in a folder that exists and is yours.")


@contextmanager
def writing_notebook(options: argparse.Namespace) -> Iterator[Path | None]:
    """A place for the notebook of --save, or None."""
    if options.save is None:
        yield None
        return
    if os.path.realpath(options.save) == os.path.realpath(options.output):
        raise UsageError("--save and -o name the same file. Give the notebook a name of its own, as work.limner.")
    with writing([options.save]) as [book]:
        yield book


# --- words ---------------------------------------------------------------------------------------------------------

def say(options: argparse.Namespace, record: Mapping[str, Any], began: float) -> None:
    """One JSON object, or one line: what was written, how large, how long it took."""
    seconds = round(time.perf_counter() - began, 3)
    if options.json:
        print_json({"command": options.command} | dict(record) | {"seconds": seconds})
    else:
        print(f"{record['output']}: {record['width']} x {record['height']}, {seconds:.1f} s")


def print_json(record: Mapping[str, Any]) -> None:
    """One JSON object on one line, readable whatever the terminal's encoding."""
    print(json.dumps(record))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"

    return "\n".join([line(head), line(["-" * width for width in widths]), *(line(row) for row in rows)])
