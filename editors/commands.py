"""The commands about photographs that belong to no editor: parse, replay."""

import argparse
import dataclasses
import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalogue import FACE_MODELS
from .command import (
    Command,
    UsageError,
    open_portrait,
    photo_arguments,
    print_json,
    say,
    write_edit,
    writing,
    writing_notebook,
)
from .labels import EMBEDDED, PARSERS

if TYPE_CHECKING:
    from .models import Models
    from .notebook import Notebook

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
OTHER_PICTURES = (".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jxl")


# --- parse ---------------------------------------------------------------------------------------------------------

def _parse_arguments(parser: argparse.ArgumentParser) -> None:
    photo_arguments(parser, "LABELS.png", kept="starts with this photograph")
    parser.add_argument("--model", default=EMBEDDED, metavar="|".join(PARSERS),
                        help=f"what reads the labels, one's own weights by their id too (default: {EMBEDDED})")


def _parse(options: argparse.Namespace) -> None:
    from .images import save_labels
    from .notebook import Notebook
    from .notebook_file import save_notebook
    from .parsers import labels_of

    began = time.perf_counter()
    with writing([options.output], values="label map") as [out], writing_notebook(options) as book:
        models, portrait = open_portrait(options)
        labels = labels_of(portrait, models, options.model)
        save_labels(out, labels)
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        if book is not None:
            save_notebook(book, Notebook(), portrait, models)
    used = [{"id": name, "licence": models.card(name).licence, "sha256": models.fingerprint(name)}
            for name in (*FACE_MODELS, *([] if options.model == EMBEDDED else [options.model]))]
    say(options, {
        "photo": options.photo, "output": options.output, "face": portrait.face, "width": labels.shape[1],
        "height": labels.shape[0], "models": used, "sha256": digest,
    }, began)


# --- replay --------------------------------------------------------------------------------------------------------

def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", metavar="NOTEBOOK", help="a .limner file")
    parser.add_argument("photos", metavar="PHOTO", nargs="+", help="photographs to edit in the same way")
    parser.add_argument("--model", metavar="ID", help="draws the edits whose own model is not on this machine")
    photo_arguments(parser, "OUT_OR_FOLDER", photo=None)


def _replay(options: argparse.Namespace) -> None:
    from .models import Models
    from .notebook_file import open_notebook
    from .portrait import Portrait

    began, models = time.perf_counter(), Models()
    if options.save and len(options.photos) > 1:
        raise UsageError("--save keeps one photograph's notebook, and several photographs came. Give one.")
    outputs, folder = _outputs(options.photos, Path(options.output))
    opened = open_notebook(options.notebook, models)
    notebook = opened.notebook if options.model is None else _drawn_by(opened.notebook, options.model, models)
    face = opened.portrait.face if options.face is None else options.face
    notebook = notebook if options.face is None else notebook.about(None, all_cells=True)
    records = []
    with writing(outputs, picture=True, folder=folder) as places, writing_notebook(options) as book:
        for photo, place, output in zip(options.photos, places, outputs, strict=True):
            record = write_edit(place, notebook, Portrait.open(photo, face), models, photo, book)
            records.append(record | {"photo": photo, "output": str(output)})
    if opened.changed:
        print(f"The notebook was made with another version of {', '.join(opened.changed)}: pixels may differ.",
              file=sys.stderr)
    _say_replayed(options, records, opened.changed, began)


def _drawn_by(notebook: "Notebook", model_id: str, models: "Models") -> "Notebook":
    """A notebook in which another model stands in where an edit's own is not here.

    Raises ModelError where that one is not here either, SettingError where an edit cannot be drawn by it.
    """
    models.get(model_id)
    for index, cell in enumerate(notebook.cells):
        own = getattr(cell.step, "model", model_id)
        if own in cell.step.models_needed() and not models.is_here(own):
            notebook = notebook.change(index, step=dataclasses.replace(cell.step, model=model_id))
    return notebook


def _outputs(photos: Sequence[str], output: Path) -> tuple[list[Path], Path | None]:
    """Where each photograph's result goes, and the folder, if it is one.

    Raises UsageError where two results would meet, or one its own photograph; ImageError for a kind not written.
    """
    from .writing import written_format

    if len(photos) == 1 and output.suffix.lower() in PICTURES and not output.is_dir():
        return [output], None
    if output.suffix.lower() in OTHER_PICTURES and not output.is_dir():
        written_format(output)  # refuses it: nobody means a folder called out.gif
    outputs = [output / f"{Path(photo).stem}.png" for photo in photos]
    taken = {os.path.realpath(photo) for photo in photos}
    for photo, place in zip(photos, outputs, strict=True):
        if os.path.realpath(place) in taken:
            raise UsageError(f"The result of {photo} would take the name of another picture. Choose another folder.")
        taken.add(os.path.realpath(place))
    return outputs, output


def _say_replayed(
    options: argparse.Namespace, records: Sequence[Mapping[str, Any]], changed: Sequence[str], began: float
) -> None:
    seconds = round(time.perf_counter() - began, 3)
    if options.json:
        print_json({
            "command": "replay", "notebook": options.notebook, "changed": list(changed), "results": list(records),
            "seconds": seconds,
        })
    else:
        for record in records:
            print(f"{record['output']}: {record['width']} x {record['height']}")


COMMANDS = (
    Command("parse", "name the parts of a face: a label map", _parse_arguments, _parse),
    Command("replay", "repeat a notebook on photographs", _replay_arguments, _replay),
)
