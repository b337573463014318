"""The commands of the Sketch tab: `sketch` repaints a hole, `edges` draws the lines of a photograph."""

import argparse
import hashlib
import time

from ..command import (
    Command,
    UsageError,
    edit,
    json_argument,
    open_portrait,
    photo_arguments,
    say,
    setting_arguments,
    settings_from,
    write_edit,
    writing,
    writing_notebook,
)
from ..errors import ImageError
from .step import SketchFill

METHODS = ("hed", "canny", "xdog", "sobel", "log")


def _sketch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", nargs="?", help="JPEG, PNG, WebP, AVIF, HEIC or TIFF; without one, "
                        "lines alone give a face")
    photo_arguments(parser, photo=None)
    parser.add_argument("--hole", metavar="HOLE.png", help="white (128 or more) is repainted")
    parser.add_argument("--lines", metavar="LINES.png", help="white on black, grey is strength; in the hole only")
    parser.add_argument("--colours", metavar="C.png", help="RGBA; alpha 0 is none")
    setting_arguments(parser, SketchFill)


def _sketch(options: argparse.Namespace) -> None:
    from ..images import open_colours, open_mask

    settings = settings_from(options, SketchFill)
    if options.photo and not options.hole:
        raise UsageError("PHOTO came without --hole. Give a picture of its size, white where it is to be repainted.")
    if not options.photo and not options.lines:
        raise UsageError("Neither PHOTO nor --lines came. Give a photograph with --hole, or --lines alone.")
    if not options.photo and options.hole:
        raise UsageError("--hole came without PHOTO. Give the photograph, or --lines alone.")
    read = {"hole": open_mask, "lines": open_mask, "colours": open_colours}
    given = {name: getattr(options, name) for name in read}
    layers = {name: read[name](path) for name, path in given.items() if path is not None}
    step = SketchFill(**layers, **settings)
    if options.photo:
        edit(options, step)
    else:
        _draw(options, step)


def _draw(options: argparse.Namespace, step: SketchFill) -> None:
    """A face from lines alone, on a grey canvas of their size."""
    from ..models import Models
    from ..notebook import Notebook
    from .fill import canvas

    began, models = time.perf_counter(), Models()
    with writing([options.output], picture=True) as [out], writing_notebook(options) as book:
        record = write_edit(out, Notebook().append(step), canvas(*step.lines.shape), models, None, book)
    say(options, record | {"photo": None, "output": str(options.output)}, began)


def _edges_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, WebP, AVIF, HEIC or TIFF")
    parser.add_argument("-o", "--output", metavar="LINES.png", required=True, help="written whole or not at all")
    parser.add_argument("--method", default="hed", metavar="|".join(METHODS), help="detector (default: hed)")
    parser.add_argument("--detail", default="0.5", metavar="N",
                        help="from the strongest lines to all (default: 0.5, 0 to 1)")
    parser.set_defaults(face=None)
    json_argument(parser)


def _edges(options: argparse.Namespace) -> None:
    from ..faces import faces_of
    from ..images import save_mask
    from ..step import check_number
    from .lines import lines_of

    began = time.perf_counter()
    try:
        detail = float(options.detail)
    except ValueError:
        detail = options.detail
    check_number("detail", detail, 0, 1)
    if options.method not in METHODS:
        raise ImageError(f"method is {options.method!r}; it can be {', '.join(METHODS)}.")
    with writing([options.output], values="mask") as [out]:
        models, portrait = open_portrait(options)
        lines = lines_of(portrait.image, options.method, detail, models, faces_of(portrait, models))
        save_mask(out, lines)
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
    used = [{"id": "hed", "sha256": models.fingerprint("hed")}] if options.method == "hed" else []
    say(options, {
        "photo": options.photo, "output": options.output, "method": options.method, "detail": detail,
        "width": lines.shape[1], "height": lines.shape[0], "models": used, "sha256": digest,
    }, began)


COMMANDS = (
    Command("sketch", "repaint a hole from lines and colours", _sketch_arguments, _sketch),
    Command("edges", "draw the lines of a photograph", _edges_arguments, _edges),
)
