"""Files of strangers: what may be opened as a picture, and how it is read. `writing` writes ours.

The content of a file decides what it is, never its name, and its size is said before anything is decoded.
"""

import io
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import (
    BITSPERSAMPLE,
    COMPRESSION,
    PLANAR_CONFIGURATION,
    SAMPLEFORMAT,
    ImageFileDirectory_v2,
    TiffImageFile,
)
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from .errors import ImageError

# Pillow tells standard error of every oddity in a stranger's file; the sentence of an ImageError is what people get.
warnings.filterwarnings("ignore", module="PIL")
logging.getLogger("PIL").addHandler(logging.NullHandler())
_SILENCING = threading.Lock()

Source = str | Path | bytes  # a path, or the bytes of a file

MAX_PIXELS = 50_000_000
MAX_BYTES = 40_000_000

# One plug-in a format, called directly: Pillow's own search would hand a renamed file to any of its plug-ins.
READERS: dict[str, Callable[[io.BytesIO], Image.Image]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "AVIF": AvifImageFile,
    "HEIC": HeifImageFile,
    "TIFF": TiffImageFile,
}
ALLOWED = "JPEG, PNG, WebP, AVIF, HEIC and TIFF pictures"
WHOLE = "whole numbers of 8 and 16 bits can be opened. Save it with one of these."
SIGNS = {2: "signed", 3: "floating point"}  # TIFF's SampleFormat

ORIENTATION = 0x0112  # the EXIF tag, and how each of its values is turned back
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What other files begin with, to say what came.
FOREIGN = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x80", "a binary file that is not a picture"),
)


def read_picture(source: Source) -> bytes:
    """The bytes of a source, or ImageError if there are none, too many, or no such file."""
    if isinstance(source, bytes):
        return _measured(source, called(source))
    name = called(source)
    try:
        if not os.path.isfile(source):
            what = "is a folder or a device" if os.path.exists(source) else "does not exist"
            raise ImageError(f"{name} {what}; give the path of a picture: {ALLOWED} can be opened.")
        if os.path.getsize(source) > MAX_BYTES:
            raise _too_long(os.path.getsize(source), name)
        with open(source, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(f"{name} cannot be read ({reason}). Choose a picture that you may open.") from error
    return _measured(content, name)


def decode(data: bytes, name: str) -> Image.Image:
    """The upright first frame in the mode the file has; its size is checked before any pixel is decoded."""
    kind = format_of(data)
    if kind is None:
        raise ImageError(f"{name} is {_foreign(data)}; {ALLOWED} can be opened. Save it as one of these and try again.")
    try:
        image = READERS[kind](io.BytesIO(data))
        width, height = image.size
    except Exception as error:
        raise _other_numbers(name, data) or damaged(name, kind) from error
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name} is {width} x {height} ({width * height / 1e6:.1f} megapixels); at most {MAX_PIXELS // 1_000_000} "
            "megapixels can be edited. Make it smaller and try again."
        )
    if image.mode in ("I", "F"):
        raise _other_numbers(name, data) or ImageError(f"{name} has values of 32 bits; {WHOLE}")
    if kind == "TIFF" and _in_deep_planes(image):
        raise ImageError(f"{name} keeps 16 bits of each colour in a plane of its own; save it with its colours "
                         "side by side, or with 8 bits.")
    try:
        with _silent_libtiff() if kind == "TIFF" else nullcontext():
            image.load()
        upright = _upright(image)
    except Exception as error:
        raise damaged(name, kind) from error
    upright.format = kind
    return upright


def _other_numbers(name: str, data: bytes) -> ImageError | None:
    """What to say of a TIFF whose values are no whole numbers of 8 or 16 bits; None for any other file."""
    if format_of(data) != "TIFF":
        return None
    try:
        directory = ImageFileDirectory_v2(data[:16] if data[2] == 43 or data[3] == 43 else data[:8])  # 43 is BigTIFF's
        file = io.BytesIO(data)
        file.seek(directory.next)
        directory.load(file)
        bits, sign = max(directory[BITSPERSAMPLE]), SIGNS.get(max(directory.get(SAMPLEFORMAT, (1,))), "unsigned")
    except Exception:  # its description is damaged, too
        return None
    return ImageError(f"{name} has values of {bits} bits, {sign}; {WHOLE}") if sign != "unsigned" or bits > 16 else None


def _in_deep_planes(image: TiffImageFile) -> bool:
    """Whether Pillow would take the bytes of a plane of 16 bits for values of 8."""
    tags = image.tag_v2
    planes = tags.get(PLANAR_CONFIGURATION) == 2 and len(tags.get(BITSPERSAMPLE, ())) > 1
    return planes and max(tags[BITSPERSAMPLE]) > 8 and tags.get(COMPRESSION, 1) == 1


@contextmanager
def _silent_libtiff() -> Iterator[None]:
    """libtiff writes every fault of a file on standard error, past Python; people get one sentence instead."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without standard error is silent already
        yield
        return
    with _SILENCING, open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its EXIF orientation shows it; unreadable EXIF counts as none, since the picture is still good."""
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION))
    except Exception:
        turn = None
    if turn is None:
        return image
    turned = image.transpose(turn)
    turned.info = image.info
    return turned


def called(source: Source) -> str:
    """How a message calls a source: one printable line, without the folder."""
    if isinstance(source, bytes):
        return "The picture"
    name = "".join(c if c.isprintable() else "?" for c in Path(source).name) or str(source) or "A file without a name"
    return name if len(name) <= 80 else name[:60] + "..." + name[-17:]


def damaged(name: str, kind: str | None) -> ImageError:
    return ImageError(
        f"{name} begins as a {kind} picture but is cut short or damaged; whole {ALLOWED} can be opened. "
        "Copy or export it again."
    )


def _measured(content: bytes, name: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise _too_long(len(content), name)
    if not content:
        raise ImageError(f"{name} is empty; {ALLOWED} can be opened. Choose another file, or copy this one again.")
    return content


def _too_long(size: int, name: str) -> ImageError:
    allowed = f"at most {MAX_BYTES // 1_000_000} MB can be opened"
    return ImageError(f"{name} has {size / 1e6:.1f} MB; {allowed}. Save it as a JPEG, or smaller.")


def format_of(data: bytes) -> str | None:
    """The allowed format that the first bytes announce."""
    if data[4:8] == b"ftyp":
        brands = {data[8:12]} | {data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 256), 4)}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        return "HEIC" if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"} else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    starts = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"))
    starts += tuple((start, "TIFF") for start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))
    return next((kind for start, kind in starts if data.startswith(start)), None)


def _foreign(data: bytes) -> str:
    """What a file that is not allowed seems to be."""
    if data[4:8] == b"ftyp":
        return "a video"
    for start, what in FOREIGN:
        if data.startswith(start):
            return what
    beginning = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith(b"<svg") or (beginning.startswith(b"<?xml") and b"<svg" in beginning):
        return "an SVG drawing"
    return "not a picture" if b"\0" in beginning else "a text file"
