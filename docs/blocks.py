"""Write the parts of the READMEs that are not written by hand: between `<!-- NAME -->` and `<!-- /NAME -->`.

`python -m docs.blocks` writes the licences table from the catalogue; `python -m docs.blocks build/bench.json` writes
the speeds that pytest-benchmark measured, too.
"""

import contextlib
import io
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from editors.__main__ import main as command
from editors.command import table

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")


def write_block(name: str, text: str) -> None:
    """Put text into the block called `name` of each README. Raises LookupError where there is no such block."""
    for readme in READMES:
        page = readme.read_text(encoding="utf-8")
        old = block_of(page, name)
        readme.write_text(page.replace(old, f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"), encoding="utf-8")


def block_of(page: str, name: str) -> str:
    """The block with its marks."""
    found = re.search(rf"<!-- {name} -->.*?<!-- /{name} -->", page, re.DOTALL)
    if found is None:
        raise LookupError(f"There is no block <!-- {name} --> in the page.")
    return found[0]


def licences() -> str:
    """What `python -m editors licences` prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        command(["licences"])
    return printed.getvalue()


def speeds(record: Mapping[str, Any]) -> str:
    """A table of what pytest-benchmark measured, with the machine it was measured on.

    record: the JSON of --benchmark-json
    """
    found = [(_name(each), each["stats"]) for each in record["benchmarks"]]
    rows = [(name, time_of(stats["median"]), str(stats["rounds"])) for name, stats in found]
    machine = record["machine_info"]
    processor, threads = machine["cpu"].get("brand_raw", machine["machine"]), machine["cpu"].get("count", "?")
    where = f"{processor}, {threads} threads, Python {machine['python_version']}."
    return f"{table(('what', 'median', 'rounds'), rows)}\n\n{where}"


def _name(benchmark: Mapping[str, Any]) -> str:
    """test_tick_of_a_slider_at_1024[...] -> tick of a slider at 1024 (smile 1.5)"""
    words = benchmark["name"].partition("[")[0].removeprefix("test_").replace("_", " ")
    values = [
        ", ".join(f"{key} {each:g}" for key, each in value.items()) if isinstance(value, dict) else _plain(str(value))
        for value in (benchmark["params"] or {}).values()
    ]
    values += [benchmark["extra_info"]["cost"]] if "cost" in benchmark.get("extra_info", {}) else []
    return f"{words} ({', '.join(values)})" if values else words


def _plain(value: str) -> str:
    """What pytest-benchmark could not write as JSON, by its name alone: UNSERIALIZABLE[torch.float32] -> float32"""
    return value.removeprefix("UNSERIALIZABLE[").removesuffix("]").removeprefix("torch.")


def time_of(seconds: float) -> str:
    """Seconds as a person reads them."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def main(arguments: list[str]) -> None:
    """Write the licences, and the speeds of a benchmark file if one is named."""
    write_block("licences", licences())
    for path in arguments:
        write_block("speeds", speeds(json.loads(Path(path).read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main(sys.argv[1:])
