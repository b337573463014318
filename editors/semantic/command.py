"""The command of the Masks tab: `masks` brings a photograph to painted labels, or draws a face from labels alone."""

import argparse
import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..command import (
    Command,
    UsageError,
    open_portrait,
    photo_arguments,
    say,
    setting_arguments,
    settings_from,
    write_edit,
    writing,
    writing_notebook,
)
from ..labels import EMBEDDED
from ..step import Step
from .step import DrawFace, MaskEdit

if TYPE_CHECKING:
    import numpy as np

    from ..models import Models
    from ..portrait import Portrait

ORDER_NAMES = ("celebamask", "bisenet", "semanticstylegan", "maskfacegan")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", nargs="?", help="the photograph to edit; without it, the labels "
                        "alone give a face, another one for each seed")
    photo_arguments(parser, photo=None)
    parser.add_argument("--labels", required=True, metavar="LABELS.png", help="the labels as painted, of PHOTO's size")
    parser.add_argument("--original", metavar="LABELS.png", help="the labels they were painted over (default: PHOTO's)")
    parser.add_argument("--order", metavar="|".join(ORDER_NAMES), help="how the label maps count (default: celebamask)")
    parser.add_argument("--reference", metavar="OTHER", help="a second photograph whose style is taken")
    parser.add_argument("--regions", metavar="NAME,NAME", default="", help="regions that take a style, as hair,lips")
    parser.add_argument("--colour", action="append", default=[], metavar="REGION=#RRGGBB",
                        help="the colour of a region; repeat for more")
    setting_arguments(parser, MaskEdit)


def _masks(options: argparse.Namespace) -> None:
    from ..notebook import Notebook

    began = time.perf_counter()
    settings = settings_from(options, MaskEdit) | _style(options)
    with writing([options.output], picture=True) as [out], writing_notebook(options) as book:
        models, portrait, steps = _opened(options, settings)
        notebook = Notebook()
        for step in steps:
            notebook = notebook.append(step)
        record = write_edit(out, notebook, portrait, models, options.photo, book)
    say(options, record | {"photo": options.photo, "output": str(options.output)}, began)


def _style(options: argparse.Namespace) -> dict[str, Any]:
    """What the options say of regions, colours and the second photograph, as settings."""
    from ..images import open_photo

    if options.regions and options.reference is None and not options.sampled:
        raise UsageError("--regions says what takes a style, and none came. Add --reference OTHER, or --sampled.")
    colours = {}
    for pair in options.colour:
        region, equals, colour = pair.partition("=")
        if not (region.strip() and equals and colour.strip()):
            raise UsageError(f"--colour takes REGION=#RRGGBB, as hair=#8a5a2b; {pair!r} came.")
        colours[region.strip()] = colour.strip()
    return {
        "regions": tuple(name.strip() for name in options.regions.split(",") if name.strip()),
        "colours": colours or None,
        "reference": None if options.reference is None else open_photo(options.reference).pixels,
    }


def _opened(
    options: argparse.Namespace, settings: dict[str, Any]
) -> "tuple[Models, Portrait, list[Step]]":
    """Models, the portrait to edit and the steps; without a photograph an empty one, on which a face is drawn first."""
    if options.photo is not None:
        from ..parsers import labels_of

        models, portrait = open_portrait(options)
        current = labels_of(portrait, models, settings.get("parser", EMBEDDED))
        painted = {name: read_labels(path, options.order, current)
                   for name, path in (("labels", options.labels), ("original", options.original)) if path is not None}
        return models, portrait, [MaskEdit(**painted, **settings)]

    import numpy as np

    from ..models import Models
    from ..portrait import Portrait
    from .regions import check_labels

    if options.original is not None or options.face:
        raise UsageError("--original and --face are for a photograph, and none came. Name the photograph first.")
    labels, models = read_labels(options.labels, options.order, None), Models()
    check_labels(labels)
    portrait = Portrait(np.full((*labels.shape, 3), 128, np.uint8))
    edit = MaskEdit(labels=labels, original=labels, **settings)
    drawn = DrawFace(labels=labels, seed=edit.seed, reference=edit.reference, regions=edit.regions)
    return models, portrait, [drawn, dataclasses.replace(edit, reference=None, regions=())] if edit.colours else [drawn]


def read_labels(path: str | Path, order: str | None, current: "np.ndarray | None") -> "np.ndarray":
    """A label map from a file, of any order, in the palette's colours or as labels: uint8 (H, W) in ours.

    current: the photograph's own labels; where they fit another order better and none was named, that is asked for
    Raises ImageError or UsageError saying what to change.
    """
    from ..files import called, decode, read_picture
    from ..images import open_labels, open_photo
    from .orders import doubted, from_colours, to_ours

    if decode(read_picture(path), called(path)).mode in ("RGB", "RGBA"):
        labels = from_colours(open_photo(path).pixels)
    else:
        labels = open_labels(path)
    if current is not None and labels.shape != current.shape:
        return labels  # the step says what is wrong with the size
    if order is None and current is not None:
        other = doubted(labels, current)
        if other is not None:
            raise UsageError(f"{called(path)} looks as if it counted labels as {other} does. "
                             f"Add --order {other}, or --order celebamask if it does not.")
    return to_ours(labels, order or "celebamask", current)


COMMANDS = (
    Command("masks", "repaint the labels of a face, and the face follows", _arguments, _masks),
)
