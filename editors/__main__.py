"""The command line: python -m editors COMMAND. Each editor's commands are in its folder, the others in commands.py
and model_commands.py.

Exit status: 0 done; 2 a person can mend it, one line on standard error says how; 1 a bug, with its traceback.
"""

import importlib
import os
import sys
from collections.abc import Sequence

from .command import Command, Parser, UsageError
from .errors import EditError
from .step import EDITORS


def commands() -> dict[str, Command]:
    """Every command by its name, those that belong to no editor first."""
    modules = ["editors.commands", "editors.model_commands", *(f"editors.{editor}.command" for editor in EDITORS)]
    return {command.name: command for module in modules for command in importlib.import_module(module).COMMANDS}


def parser_of(known: dict[str, Command]) -> Parser:
    """The parser of all commands."""
    parser = Parser(prog="python -m editors", description="Edit faces in photographs.", allow_abbrev=False)
    words = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in known.values():
        command.arguments(words.add_parser(command.name, help=command.help, description=command.help + ".",
                                           allow_abbrev=False))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit status."""
    known = commands()
    try:
        options = parser_of(known).parse_args(arguments)
        if options.command is None:
            raise UsageError(f"A command is missing; there are {', '.join(known)}. Run: python -m editors --help")
        known[options.command].run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads along, as `head` does, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except EditError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
