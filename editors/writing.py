"""Files of ours: written whole or not at all, in the format that their name asks for."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import ImageError
from .files import called

WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
LONGEST_SIDE = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383}
"""Pixels up to which a side of a picture fits the format."""


def written_format(path: str | Path) -> str:
    """The format a name asks for: PNG, JPEG or WEBP. Raises ImageError for any other, before work is done."""
    kind = WRITTEN.get(Path(path).suffix.lower())
    if kind is None:
        came = f"ends in {Path(path).suffix}" if Path(path).suffix else "has no extension"
        raise ImageError(f"{called(path)} {came}; pictures are saved as .png, .jpg, .jpeg or .webp. Choose one.")
    return kind


def check_png(path: str | Path, what: str) -> None:
    """Raise ImageError for a name that is not a PNG's: what is to be written has values to be kept as they are."""
    if written_format(path) != "PNG":
        raise ImageError(f"{called(path)} would lose values of the {what}; it is saved as .png. Change the extension.")


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or what was there before. Raises ImageError if it cannot be."""
    with writing_whole(path) as file:
        file.write(content)


@contextmanager
def writing_whole(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write into that takes its name when the block ends well, and is gone when it does not.

    Raises ImageError if it cannot be written.
    """
    part = None
    try:
        try:
            target = Path(os.path.realpath(path))  # a link keeps pointing at the file it names
            part = target.with_name(f".limner-{secrets.token_hex(8)}.part")
            file = open(part, "xb")
        except ValueError as error:  # a name that no file can have
            raise _unwritable(path, error) from error
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        _remove(part)


def _unwritable(path: str | Path, error: Exception) -> ImageError:
    reason = getattr(error, "strerror", None) or str(error)
    return ImageError(
        f"{called(path)} cannot be written in {Path(path).parent} ({reason}). "
        "Choose a folder that exists and that you may write in."
    )


def _remove(part: Path | None) -> None:
    """Take away what a failed write left; after a good one there is nothing of that name."""
    try:
        if part is not None:
            part.unlink(missing_ok=True)
    except OSError:  # a folder that cannot be written holds no part either
        pass
