"""The commands of the Attributes tab: `attributes` edits a photograph, `directions` lists what can be moved.

Those that draw faces with the generator are in `faces_command.py`.
"""

import argparse

from ..command import (
    Command,
    edit,
    json_argument,
    named_numbers,
    photo_arguments,
    print_json,
    setting_arguments,
    settings_from,
    table,
)
from .faces_command import COMMANDS as FACES
from .step import ShiftAttributes


def _attributes_arguments(parser: argparse.ArgumentParser) -> None:
    photo_arguments(parser)
    parser.add_argument("--set", action="append", required=True, metavar="NAME=AMOUNT",
                        help="a direction and how far, in standard deviations; repeat for more")
    setting_arguments(parser, ShiftAttributes)


def _attributes(options: argparse.Namespace) -> None:
    amounts, settings = named_numbers(options.set), settings_from(options, ShiftAttributes)
    edit(options, ShiftAttributes(amounts=amounts, **settings))


def _directions_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="face_shape", metavar="ID", help="generator (default: face_shape)")
    json_argument(parser)


def _directions(options: argparse.Namespace) -> None:
    from ..models import Models
    from .directions import directions_of

    ShiftAttributes(amounts={}, model=options.model)  # refuses by name a model that has none
    fields = ("name", "group", "low", "high", "unit", "model")
    found = [{field: getattr(each, field) for field in fields} for each in directions_of(Models(), options.model)]
    if options.json:
        print_json({"directions": found})
    else:
        rows = [[f"{value:g}" if isinstance(value, float) else value for value in each.values()] for each in found]
        print(table(fields, rows))


COMMANDS = (
    Command("attributes", "move a face along named directions", _attributes_arguments, _attributes),
    Command("directions", "list the directions and their bounds", _directions_arguments, _directions),
    *FACES,
)
