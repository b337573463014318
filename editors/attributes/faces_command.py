"""The commands that draw faces with the generator: `invert`, `generate`, `mix`, `morph`."""

import argparse
import hashlib
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import FACE_MODELS
from ..command import (
    Command,
    UsageError,
    json_argument,
    open_portrait,
    photo_arguments,
    say,
    writing,
    writing_notebook,
)
from ..errors import ImageError
from .step import EMBEDDED, GENERATOR, LINEAR

if TYPE_CHECKING:
    from ..models import Models
    from ..portrait import Portrait
    from .drawn_faces import DrawnFace, FacePainter

DRAWS = (LINEAR, *GENERATOR)
FRAMES = 60


# --- invert --------------------------------------------------------------------------------------------------------

def _invert_arguments(parser: argparse.ArgumentParser) -> None:
    photo_arguments(parser, "FACE.png", kept="starts with this picture")
    parser.add_argument("--model", default=EMBEDDED, metavar="ID",
                        help=f"{EMBEDDED}, {LINEAR} or a loaded generator (default: {EMBEDDED})")
    parser.add_argument("--seconds", type=_number(0, 600), default=0.0, metavar="N",
                        help="time to come closer in, 0 to 600 (default: 0, what the encoder reads)")


def _invert(options: argparse.Namespace) -> None:
    if options.model == LINEAR and options.seconds:
        raise UsageError(f"{LINEAR} is read at once; --seconds is for {EMBEDDED}. Leave one of the two out.")
    from .directions import check_generator

    action = {"kind": "attributes.invert", "settings": {"model": options.model, "seconds": options.seconds}}
    began = time.perf_counter()
    with writing([options.output], picture=True) as [out], writing_notebook(options) as book:
        models, portrait = open_portrait(options)
        check_generator(models, options.model)
        result = portrait.with_image(_inverted(options, portrait, models))
        draws = {EMBEDDED: DRAWS, LINEAR: (LINEAR,)}.get(options.model, (LINEAR, options.model))
        used = (*FACE_MODELS, *draws)
        record = _write(out, result, action, used, models, options.photo, book)
    say(options, record | {"photo": options.photo, "face": portrait.face, "output": options.output}, began)


def _inverted(options: argparse.Namespace, portrait: "Portrait", models: "Models") -> Any:
    from ..images import from_tensor
    from ..networks.linear_drawing import drawing_of
    from .inversion import encode, frame_picture, linear_picture, onto_photograph, sharpen_likeness
    from .likeness import face_in

    taken = frame_picture(portrait, models)
    if options.model == LINEAR:
        return onto_photograph(linear_picture(taken, models.get(LINEAR)), portrait, models)
    if options.model != EMBEDDED:
        known = face_in(portrait, models, options.model, options.seconds, _progress())
        return onto_photograph(known.taken, portrait, models)
    drawing = drawing_of(models.get(LINEAR), models.get(EMBEDDED).size)
    first = encode(taken, models, drawing)
    found = sharpen_likeness(first, taken, drawing, options.seconds, _progress())
    return onto_photograph(from_tensor(found.draw(drawing)), portrait, models)


def _progress() -> Callable[[float, float], None]:
    """Says on a terminal how much of the time is spent; elsewhere nothing."""
    def show(spent: float, _: float) -> None:
        print(f"\r{100 * spent:3.0f} %", end="\r", file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda *_: None


# --- generate, mix, morph ------------------------------------------------------------------------------------------

def _generate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=_seed, required=True, metavar="N", help="a whole number; each is another face")
    parser.add_argument("--truncation", type=_number(0, 1.5), default=0.7, metavar="T",
                        help="0 is the mean face, 1 as people differ (default: 0.7, at most 1.5)")
    _drawn_arguments(parser)


def _generate(options: argparse.Namespace) -> None:
    settings = {"seed": options.seed, "truncation": options.truncation}
    _draw(options, settings, (), lambda painter: painter.draw(painter.by_seed(options.seed, options.truncation)))


def _mix_arguments(parser: argparse.ArgumentParser) -> None:
    _faces_arguments(parser)
    parser.add_argument("--layers", type=_layers, required=True, metavar="4-7",
                        help="layers that B gives: 0-3 shape and light, 4-7 features, 8-11 fine detail")
    _drawn_arguments(parser)


def _mix(options: argparse.Namespace) -> None:
    from .drawn_faces import check_layers

    def draw(painter: "FacePainter") -> Any:
        check_layers(options.layers, painter.generator.layers)
        return painter.draw_mixed(*(_face(painter, word) for word in (options.a, options.b)), options.layers)

    settings = {"layers": f"{options.layers.start}-{options.layers.stop - 1}"} | _named(options)
    _draw(options, settings, (options.a, options.b), draw)


def _morph_arguments(parser: argparse.ArgumentParser) -> None:
    _faces_arguments(parser)
    parser.add_argument("-o", "--output", metavar="OUT.mp4", required=True, help="written whole or not at all")
    json_argument(parser)


def _morph(options: argparse.Namespace) -> None:
    from ..models import Models
    from .drawn_faces import SIDE, FacePainter
    from .video import RATE, write_video

    began = time.perf_counter()
    if Path(options.output).suffix.lower() != ".mp4":
        raise ImageError(f"{options.output} does not end in .mp4, which is what a morph is written as.")
    with writing([options.output]) as [out]:
        models = Models()
        painter = FacePainter(models)
        first, last = (_face(painter, word) for word in (options.a, options.b))
        frames = write_video(out, painter.morph(first, last, FRAMES), RATE)
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
    used = _models_used(_needed((options.a, options.b)), models)
    say(options, {"output": options.output, "width": SIDE, "height": SIDE, "frames": frames, "rate": RATE,
                  "models": used, "sha256": digest} | _named(options), began)


def _faces_arguments(parser: argparse.ArgumentParser) -> None:
    for name in "AB":
        parser.add_argument(name.lower(), metavar=name, help="a seed, as 7, or a photograph")


def _drawn_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="OUT.png", required=True, help="written whole or not at all")
    parser.add_argument("--save", metavar="NOTEBOOK", help="also write a notebook that starts with this face")
    json_argument(parser)


def _draw(
    options: argparse.Namespace, settings: Mapping[str, Any], words: tuple[str, ...],
    draw: "Callable[[FacePainter], Any]",
) -> None:
    """Draw a face on a square of its own, and write it."""
    from ..models import Models
    from ..portrait import Portrait
    from .drawn_faces import FacePainter

    began = time.perf_counter()
    with writing([options.output], picture=True) as [out], writing_notebook(options) as book:
        models = Models()
        result = Portrait(draw(FacePainter(models)))
        action = {"kind": f"attributes.{options.command}", "settings": dict(settings)}
        record = _write(out, result, action, _needed(words), models, None, book)
    say(options, record | dict(settings) | {"output": options.output}, began)


def _face(painter: "FacePainter", word: str) -> "DrawnFace":
    """The face of a seed, or in a photograph."""
    from ..portrait import Portrait

    return painter.by_seed(int(word)) if _is_seed(word) else painter.of_photograph(Portrait.open(word))


def _is_seed(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= 10 and int(word) < 2**32


def _needed(words: tuple[str, ...]) -> tuple[str, ...]:
    return DRAWS if all(map(_is_seed, words)) else (*FACE_MODELS, *DRAWS)


def _named(options: argparse.Namespace) -> dict[str, str]:
    return {"a": options.a, "b": options.b}


# --- words and files -----------------------------------------------------------------------------------------------

def _write(
    out: Path, result: "Portrait", action: Mapping[str, Any], used: tuple[str, ...], models: "Models",
    photo: str | None, book: Path | None,
) -> dict[str, Any]:
    """Write a picture with how it was made inside it, and a notebook that starts with it; what `--json` says of it."""
    from ..notebook import Notebook
    from ..notebook_file import save_notebook
    from ..provenance import edit_note, sign

    named = _models_used(used, models)
    result.save(out, note=edit_note([action], named))
    credentials = sign(out, [action], named, original=photo)
    if book is not None:
        save_notebook(book, Notebook(), result, models)
    height, width = result.image.shape[:2]
    return {"width": width, "height": height, "edits": [action], "models": named,
            "credentials": credentials.message, "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}


def _models_used(used: tuple[str, ...], models: "Models") -> list[dict[str, Any]]:
    cards = map(models.card, used)
    return [{"id": card.id, "licence": card.licence, "source": card.source, "sha256": models.fingerprint(card.id)}
            for card in cards]


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"it takes a number from {low:g} to {high:g}, {text[:80]!r} came")
        return value

    return read


def _seed(text: str) -> int:
    if not _is_seed(text):
        raise argparse.ArgumentTypeError(f"it takes a whole number from 0 to {2**32 - 1}, {text[:80]!r} came")
    return int(text)


def _layers(text: str) -> range:
    found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise argparse.ArgumentTypeError(f"it takes the first and the last layer, as 4-7; {text[:80]!r} came")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


COMMANDS = (
    Command("invert", "draw what the generator makes of the face", _invert_arguments, _invert),
    Command("generate", "draw a face that nobody has", _generate_arguments, _generate),
    Command("mix", "draw one face with some layers of another", _mix_arguments, _mix),
    Command("morph", "film the way from one face to another", _morph_arguments, _morph),
)
