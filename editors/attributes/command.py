"""The commands of the Attributes tab that move a photograph along directions, and list, fit and find those.

Those that draw faces with the generator are in `faces_command.py`.
"""

import argparse
import sys
import time
from pathlib import Path

from ..command import (
    Command,
    UsageError,
    edit,
    json_argument,
    named_numbers,
    photo_arguments,
    print_json,
    setting_arguments,
    settings_from,
    table,
    writing,
)
from .faces_command import COMMANDS as FACES
from .step import EMBEDDED, LINEAR, METHODS, MoveFound, ShiftAttributes

FIELDS = ("name", "group", "low", "high", "unit", "model")
MOST_FOUND, FEW_FOUND = 32, 8


def _attributes_arguments(parser: argparse.ArgumentParser) -> None:
    photo_arguments(parser)
    parser.add_argument("--set", action="append", required=True, metavar="NAME=AMOUNT",
                        help="a direction and how far, in standard deviations; repeat for more")
    setting_arguments(parser, ShiftAttributes)


def _attributes(options: argparse.Namespace) -> None:
    amounts, settings = named_numbers(options.set), settings_from(options, ShiftAttributes)
    if settings.get("model", LINEAR) == LINEAR and (settings.get("layers") or settings.get("likeness")):
        raise UsageError(f"--layers and --likeness are for a generator, and {LINEAR} draws without one. Add --model "
                         f"{EMBEDDED}, or leave them out.")
    edit(options, ShiftAttributes(amounts=amounts, **settings))


def _found_arguments(parser: argparse.ArgumentParser) -> None:
    photo_arguments(parser)
    setting_arguments(parser, MoveFound)


def _found(options: argparse.Namespace) -> None:
    edit(options, MoveFound(**settings_from(options, MoveFound)))


# --- listing, fitting, finding -------------------------------------------------------------------------------------

def _directions_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="ID", help="generator (default: face_shape; with --found face_generator)")
    parser.add_argument("--fit", action="store_true", help="first fit them to a loaded generator, which takes minutes")
    parser.add_argument("--found", choices=METHODS, help="draw a sheet of directions that nobody named instead")
    parser.add_argument("--count", type=_count, metavar="N",
                        help=f"how many of them, 1 to {MOST_FOUND} (default: {FEW_FOUND})")
    parser.add_argument("--layers", metavar="4-7", help="layers that are moved (default: all)")
    parser.add_argument("-o", "--output", metavar="SHEET.png", help="where the sheet of --found is written")
    json_argument(parser)


def _directions(options: argparse.Namespace) -> None:
    if bool(options.found) != bool(options.output):
        raise UsageError("--found and -o belong together: the sheet that shows what was found needs a place.")
    if options.found and options.fit:
        raise UsageError("--fit teaches the sliders, --found looks for directions without names. Give one of the two.")
    if options.found:
        _draw_found(options)
        return
    if options.count is not None or options.layers is not None:
        raise UsageError("--count and --layers are for --found. Add --found sefa -o SHEET.png, or leave them out.")
    from ..models import Models
    from .directions import directions_of

    models, model_id = Models(), options.model or LINEAR
    if options.fit:
        from .sampled_directions import fit_directions

        fit_directions(models, model_id, _tell)
    found = [{field: getattr(each, field) for field in FIELDS} for each in directions_of(models, model_id)]
    if options.json:
        print_json({"directions": found})
    else:
        rows = [[f"{value:g}" if isinstance(value, float) else value for value in each.values()] for each in found]
        print(table(FIELDS, rows))


def _draw_found(options: argparse.Namespace) -> None:
    """A sheet with a row for each direction found: the mean face moved by -3, -1.5, 0, 1.5 and 3."""
    import numpy as np

    from ..images import save_photo
    from ..models import Models
    from .found import preview

    began, model_id = time.perf_counter(), options.model or EMBEDDED
    count, layers = options.count or FEW_FOUND, options.layers or ""
    with writing([options.output], picture=True) as [out]:
        models = Models()
        rows = [np.hstack(preview(models, model_id, options.found, index, layers=layers)) for index in range(count)]
        save_photo(Path(out), np.vstack(rows))
    record = {"output": options.output, "model": model_id, "method": options.found, "directions": count,
              "seconds": round(time.perf_counter() - began, 3)}
    if options.json:
        print_json({"command": "directions"} | record)
    else:
        print(f"{options.output}: rows are {options.found} 0 to {count - 1}, columns -3 to 3. Along one: "
              f"python -m editors found PHOTO --method {options.found} --index 0 --amount 2 -o OUT")


def _tell(share: float, words: str) -> None:
    """Says on a terminal how far it is; elsewhere nothing."""
    if sys.stderr.isatty():
        print(f"\r{words} {100 * share:3.0f} %   ", end="\r", file=sys.stderr, flush=True)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= MOST_FOUND:
        raise argparse.ArgumentTypeError(f"it takes a whole number from 1 to {MOST_FOUND}, {text[:80]!r} came")
    return int(text)


COMMANDS = (
    Command("attributes", "move a face along named directions", _attributes_arguments, _attributes),
    Command("directions", "list, fit or find the directions of a generator", _directions_arguments, _directions),
    Command("found", "move a face along a direction that was found", _found_arguments, _found),
    *FACES,
)
