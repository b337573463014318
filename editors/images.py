"""Pictures in and out: files of strangers become arrays, arrays become files written whole or not at all.

The one place that knows pixel ranges and axis orders. Everywhere: uint8 (H, W, 3) RGB, rows first.
"""

import io
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile, PngInfo
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from .errors import ImageError
from .provenance import xmp_packet

if TYPE_CHECKING:
    import torch

Source = str | Path | bytes  # a path, or the bytes of a file

MAX_PIXELS = 50_000_000
MAX_BYTES = 40_000_000
MAX_LABEL = 18

# One plug-in a format, called directly: Pillow's own search would hand a renamed file to any of its plug-ins.
READERS: dict[str, Callable[[io.BytesIO], Image.Image]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
    "AVIF": AvifImageFile,
    "HEIC": HeifImageFile,
    "TIFF": TiffImageFile,
}
WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
LONGEST_SIDE = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383}
ALLOWED = "JPEG, PNG, WebP, AVIF, HEIC and TIFF pictures"

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


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as it came from a file.

    pixels:   uint8 (H, W, 3) RGB, upright
    alpha:    uint8 (H, W), 255 = opaque, or None where the file has no transparency
    profile:  ICC profile of `pixels`, or None
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None


def open_photo(source: Source) -> Photo:
    """Read a photograph. The content decides its format, never its name.

    Orientation is applied, the first frame of an animation is taken, 16 bits become 8, CMYK and Lab become sRGB. The
    values of RGB and grey pictures are kept as they are, and with them an RGB profile that explains them.

    Raises ImageError if the file is not an allowed picture, is damaged, or is past MAX_PIXELS or MAX_BYTES.
    """
    image = _decode(_read(source), _name(source))
    try:
        return _photo(image)
    except Exception as error:
        raise _damaged(_name(source), image.format) from error


def open_mask(source: Source) -> np.ndarray:
    """Read a hole or lines as uint8 (H, W), 0 = nothing, 255 = fully marked.

    Without transparency the brightness counts. On a transparent layer drawn with a single colour the opacity counts,
    whatever the colour; with several colours, the brightness over black.
    """
    photo = open_photo(source)
    grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    if photo.alpha is None or (photo.alpha == 255).all():
        return grey
    ink = photo.pixels[photo.alpha > 0]
    if len(ink) == 0 or (ink == ink[0]).all():
        return photo.alpha.copy()
    return cv2.multiply(grey, photo.alpha, scale=1 / 255)


def open_labels(source: Source) -> np.ndarray:
    """Read a label map as uint8 (H, W): the CelebAMask-HQ index of each pixel, never its colour.

    Raises ImageError if the file is not a PNG of mode P or L, or holds an index that is not a label.
    """
    data, name = _read(source), _name(source)
    image = _decode(data, name)
    if image.format != "PNG" or image.mode not in ("P", "L", "1"):
        raise ImageError(
            f"{name} is a {image.format} of mode {image.mode}; a label map is a PNG of mode P or L whose values are "
            f"the labels 0 to {MAX_LABEL}. Save it with its palette, without converting to colours."
        )
    labels = np.array(image, np.uint8)
    if image.mode == "L":
        labels //= 255 // (2 ** data[24] - 1)  # Pillow spreads greys of 2 and 4 bits over 0..255; byte 24 is the depth
    wrong = np.unique(labels[labels > MAX_LABEL])
    if len(wrong):
        values = ", ".join(map(str, wrong[:5])) + (" ..." if len(wrong) > 5 else "")
        raise ImageError(f"{name} holds {values}; labels are 0 to {MAX_LABEL}. Draw the map with the label palette.")
    return labels


def open_colours(source: Source) -> np.ndarray:
    """Read colour strokes as uint8 (H, W, 4) RGBA; alpha 0 = no colour given here."""
    photo = open_photo(source)
    alpha = np.full(photo.pixels.shape[:2], 255, np.uint8) if photo.alpha is None else photo.alpha
    return np.dstack([photo.pixels, alpha])


def save_photo(
    path: str | Path,
    photo: Photo | np.ndarray,
    *,
    profile: bytes | None = None,
    alpha: np.ndarray | None = None,
    note: Mapping[str, Any] | None = None,
) -> None:
    """Write a picture whole or not at all; the extension chooses PNG, JPEG or WebP (lossless).

    photo:    a Photo, or uint8 (H, W, 3) RGB with `profile` and `alpha` beside it; JPEG shows transparency as white
    note:     what was edited, with which models and licences: plain JSON values, embedded as XMP

    Raises ImageError if the name, the folder or the size does not fit.
    """
    kind = written_format(path)
    if not isinstance(photo, Photo):
        photo = Photo(photo, alpha, profile)
    height, width = _checked(photo)
    if max(height, width) > LONGEST_SIDE[kind]:
        raise ImageError(
            f"The picture is {width} x {height}; {kind} holds at most {LONGEST_SIDE[kind]} a side. Save it as .png."
        )
    image = Image.fromarray(photo.pixels)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    if photo.alpha is not None and kind == "JPEG":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    options: dict[str, Any] = {"icc_profile": photo.profile} if photo.profile else {}
    if kind == "JPEG":
        options |= {"quality": 95, "subsampling": 0}
    elif kind == "WEBP":
        options |= {"lossless": True, "exact": True, "quality": 20, "method": 2}
    else:
        options |= {"compress_level": 1}
    if note is not None and kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp_packet(note).decode())
    elif note is not None:
        options["xmp"] = xmp_packet(note)
    file = io.BytesIO()
    image.save(file, kind, **options)
    write_whole(path, file.getvalue())


def save_labels(path: str | Path, labels: np.ndarray) -> None:
    """Write labels (H, W) 0..18 as a PNG of mode P with a palette of 256 colours; `open_labels` reads them back."""
    from .labels import LABEL_COLOURS

    _png_only(path, "label map")
    if labels.ndim != 2 or labels.size == 0 or labels.min() < 0 or labels.max() > MAX_LABEL:
        raise ImageError(f"The label map is {labels.shape}; it takes (height, width) of labels 0 to {MAX_LABEL}.")
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(LABEL_COLOURS)] = LABEL_COLOURS
    image = Image.fromarray(labels.astype(np.uint8))
    image.putpalette(palette.tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6)
    write_whole(path, file.getvalue())


def save_mask(path: str | Path, mask: np.ndarray) -> None:
    """Write a mask as a grey PNG: bool (H, W), or uint8 (H, W) with 255 = fully marked."""
    _png_only(path, "mask")
    if mask.ndim != 2 or mask.size == 0 or mask.dtype not in (np.bool_, np.uint8):
        raise ImageError(f"The mask is {mask.dtype} {mask.shape}; it takes bool or uint8 (height, width).")
    grey = mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask
    write_whole(path, encode(grey, "png"))


def written_format(path: str | Path) -> str:
    """The format a name asks for: PNG, JPEG or WEBP. Raises ImageError for any other, before work is done."""
    kind = WRITTEN.get(Path(path).suffix.lower())
    if kind is None:
        suffix = Path(path).suffix
        came = f"ends in {suffix}" if suffix else "has no extension"
        raise ImageError(f"{_name(path)} {came}; pictures are saved as .png, .jpg, .jpeg or .webp. Choose one of them.")
    return kind


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or what was there before. Raises ImageError if it cannot be."""
    path = Path(os.path.realpath(path))  # a link keeps pointing at the file it names
    part = path.with_name(f".limner-{secrets.token_hex(8)}.part")
    try:
        with open(part, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except (OSError, ValueError) as error:
        part.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(
            f"{_name(path)} cannot be written in {path.parent} ({reason}). Choose a folder that exists and is yours."
        ) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def encode(pixels: np.ndarray, format: str, quality: int = 90) -> bytes:
    """Bytes of a picture for the page, through OpenCV, without metadata.

    pixels:   uint8 (H, W), (H, W, 3) RGB or (H, W, 4) RGBA
    format:   "jpeg", "png" or "webp"; quality 0..100 is for the lossy two
    """
    settings = {
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, quality],
        "png": [cv2.IMWRITE_PNG_COMPRESSION, 1],
        "webp": [cv2.IMWRITE_WEBP_QUALITY, quality],
    }[format]
    to_blue_first = {2: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    conversion = to_blue_first[2 if pixels.ndim == 2 else pixels.shape[2]]
    done, buffer = cv2.imencode("." + format, pixels if conversion is None else cv2.cvtColor(pixels, conversion), settings)
    if not done:
        raise ImageError(f"A picture of {pixels.shape} cannot be written as {format}. Use png.")
    return buffer.tobytes()


def encode_preview(pixels: np.ndarray, long_side: int) -> bytes:
    """A quick JPEG at display size, for redrawing while a slider moves."""
    return encode(fit_within(pixels, long_side), "jpeg", 85)


def fit_within(pixels: np.ndarray, long_side: int) -> np.ndarray:
    """The picture brought down to `long_side` pixels on its longer side; smaller pictures come back as they are."""
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def to_tensor(pixels: np.ndarray) -> "torch.Tensor":
    """uint8 (H, W, 3) -> float32 (1, 3, H, W) in -1..1."""
    import torch

    return torch.tensor(pixels).permute(2, 0, 1)[None].float().div_(127.5).sub_(1).contiguous()


def from_tensor(tensor: "torch.Tensor") -> np.ndarray:
    """float (1, 3, H, W) or (3, H, W) in -1..1 -> uint8 (H, W, 3); values outside are clipped."""
    picture = tensor.detach().float().reshape(tensor.shape[-3:]).add(1).mul(127.5).round().clamp(0, 255)
    return np.ascontiguousarray(picture.byte().permute(1, 2, 0).cpu().numpy())


def _name(source: Source) -> str:
    """How a message calls a source: one printable line, without the folder."""
    if isinstance(source, bytes):
        return "The picture"
    name = "".join(c if c.isprintable() else "?" for c in Path(source).name) or str(source)
    return name if len(name) <= 80 else name[:60] + "..." + name[-17:]


def _read(source: Source) -> bytes:
    """The bytes of a source, or ImageError if there are none, too many, or no such file."""
    if isinstance(source, bytes):
        return _measured(source, len(source), "The picture")
    name = _name(source)
    try:
        if not os.path.isfile(source):
            what = "is a folder or a device" if os.path.exists(source) else "does not exist"
            raise ImageError(f"{name} {what}; give the path of a picture: {ALLOWED} can be opened.")
        _measured(b"?", os.path.getsize(source) or 1, name)
        with open(source, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(f"{name} cannot be read ({reason}). Choose a picture that you may open.") from error
    return _measured(content, len(content), name)


def _measured(content: bytes, size: int, name: str) -> bytes:
    if size > MAX_BYTES:
        raise ImageError(
            f"{name} has {size / 1e6:.1f} MB; at most {MAX_BYTES // 1_000_000} MB can be opened. "
            "Save it as a JPEG, or smaller."
        )
    if not content:
        raise ImageError(f"{name} is empty; {ALLOWED} can be opened. Choose another file, or copy this one again.")
    return content


def _decode(data: bytes, name: str) -> Image.Image:
    """The upright first frame in the mode the file has; its size is checked before any pixel is decoded."""
    kind = _format_of(data)
    if kind is None:
        raise ImageError(f"{name} is {_foreign(data)}; {ALLOWED} can be opened. Save it as one of these and try again.")
    try:
        image = READERS[kind](io.BytesIO(data))
        width, height = image.size
    except Exception as error:
        raise _damaged(name, kind) from error
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name} is {width} x {height} ({width * height / 1e6:.1f} megapixels); at most {MAX_PIXELS // 1_000_000} "
            "megapixels can be edited. Make it smaller and try again."
        )
    try:
        image.load()
        image.format = kind
        upright = ImageOps.exif_transpose(image)
    except Exception as error:
        raise _damaged(name, kind) from error
    upright.format = kind
    return upright


def _damaged(name: str, kind: str | None) -> ImageError:
    return ImageError(
        f"{name} begins as a {kind} picture but is cut short or damaged; whole {ALLOWED} can be opened. "
        "Copy or export it again."
    )


def _format_of(data: bytes) -> str | None:
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


def _photo(image: Image.Image) -> Photo:
    """Pixels, transparency and profile of a decoded frame of any mode."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16"):
        deep = np.asarray(image)
        clear = image.info.get("transparency")
        alpha = None if clear is None else np.where(deep == clear, 0, 255).astype(np.uint8)
        return _read_only((deep >> 8).astype(np.uint8)[..., None].repeat(3, axis=2), alpha, profile)
    if image.mode in ("CMYK", "LAB"):
        return _read_only(np.asarray(_to_srgb(image, profile)), None, None)
    if image.mode in ("I", "F"):
        raise ValueError(f"32-bit values ({image.mode}) have no agreed white")
    if not image.has_transparency_data:
        return _read_only(np.asarray(image.convert("RGB")), None, profile)
    rgba = np.asarray(image.convert("RGBA"))
    return _read_only(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]), profile)


def _read_only(pixels: np.ndarray, alpha: np.ndarray | None, profile: bytes | None) -> Photo:
    """A Photo nobody can write into; a profile of anything but RGB would misread the pixels and is dropped."""
    pixels.flags.writeable = False
    if alpha is not None:
        alpha.flags.writeable = False
    fits = profile is not None and profile[16:20] == b"RGB " and profile[36:40] == b"acsp"
    return Photo(pixels, alpha, profile if fits else None)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """CMYK or Lab as sRGB, by the profile of the file where it has a usable one."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        if image.mode == "LAB":
            came = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            came = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        return ImageCms.profileToProfile(image, came, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")


def _checked(photo: Photo) -> tuple[int, int]:
    """Height and width of a photo that can be saved."""
    pixels, alpha = photo.pixels, photo.alpha
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ImageError(f"The picture is {pixels.dtype} {pixels.shape}; it takes uint8 (height, width, 3) RGB.")
    if alpha is not None and (alpha.dtype != np.uint8 or alpha.shape != pixels.shape[:2]):
        raise ImageError(f"The transparency is {alpha.dtype} {alpha.shape}; it takes uint8 {pixels.shape[:2]}.")
    return pixels.shape[:2]


def _png_only(path: str | Path, what: str) -> None:
    if written_format(path) != "PNG":
        raise ImageError(f"{_name(path)} would lose values of the {what}; it is saved as .png. Change the extension.")
