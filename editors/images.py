"""Pictures in and out: files of strangers become arrays, arrays become files written whole or not at all.

The one place that knows pixel ranges and axis orders. Everywhere: uint8 (H, W, 3) RGB, rows first.
"""

import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from . import labels as label_names
from .errors import ImageError
from .files import Source, called, damaged, decode, read_picture
from .provenance import xmp_packet
from .writing import LONGEST_SIDE, check_png, write_whole, written_format

if TYPE_CHECKING:
    import torch

MAX_LABEL = len(label_names.NAMES) - 1


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
    image = decode(read_picture(source), called(source))
    try:
        return _photo(image)
    except Exception as error:
        raise damaged(called(source), image.format) from error


def open_mask(source: Source) -> np.ndarray:
    """Read a hole or lines as uint8 (H, W), 0 = nothing, 255 = fully marked.

    Without transparency the brightness counts. On a transparent layer drawn with a single colour the opacity counts,
    whatever the colour; with several colours, the brightness over black.
    """
    photo = open_photo(source)
    grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    if photo.alpha is None or (photo.alpha == 255).all():
        return grey
    firm = photo.alpha >= min(64, photo.alpha.max())  # a browser rounds the colour of fainter pixels away
    ink = photo.pixels[firm]
    if (np.ptp(ink, axis=0) <= 8).all():
        return photo.alpha.copy()
    return cv2.multiply(grey, photo.alpha, scale=1 / 255)


def open_labels(source: Source) -> np.ndarray:
    """Read a label map as uint8 (H, W): the CelebAMask-HQ index of each pixel, never its colour.

    Raises ImageError if the file is not a PNG of mode P or L, or holds an index that is not a label.
    """
    data, name = read_picture(source), called(source)
    image = decode(data, name)
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
    file = io.BytesIO()
    image.save(file, kind, **_options(kind, photo.profile, note))
    write_whole(path, file.getvalue())


def _options(kind: str, profile: bytes | None, note: Mapping[str, Any] | None) -> dict[str, Any]:
    """How a kind of file is written so that nothing is lost, or of a JPEG little."""
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if kind == "JPEG":
        options |= {"quality": 95, "subsampling": 0}
    elif kind == "WEBP":
        options |= {"lossless": True, "exact": True, "quality": 0, "method": 0}
    else:
        options |= {"compress_level": 1, "compress_type": zlib.Z_RLE}  # smaller than the default at this level, as fast
    if note is not None and kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp_packet(note).decode())
    elif note is not None:
        options["xmp"] = xmp_packet(note)
    return options


def save_labels(path: str | Path, labels: np.ndarray) -> None:
    """Write labels (H, W) 0..18 as a PNG of mode P with a palette of 256 colours; `open_labels` reads them back."""
    check_png(path, "label map")
    if labels.ndim != 2 or labels.size == 0 or labels.min() < 0 or labels.max() > MAX_LABEL:
        raise ImageError(f"The label map is {labels.shape}; it takes (height, width) of labels 0 to {MAX_LABEL}.")
    image = Image.fromarray(labels.astype(np.uint8))
    image.putpalette(label_names.palette())
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6)
    write_whole(path, file.getvalue())


def save_mask(path: str | Path, mask: np.ndarray) -> None:
    """Write a mask as a grey PNG: bool (H, W), or uint8 (H, W) with 255 = fully marked."""
    check_png(path, "mask")
    if mask.ndim != 2 or mask.size == 0 or mask.dtype not in (np.bool_, np.uint8):
        raise ImageError(f"The mask is {mask.dtype} {mask.shape}; it takes bool or uint8 (height, width).")
    grey = mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask
    write_whole(path, encode(grey, "png"))


def encode(pixels: np.ndarray, format: str, quality: int = 90, profile: bytes | None = None) -> bytes:
    """Bytes of a picture for the page, through OpenCV, without metadata.

    pixels:   uint8 (H, W), (H, W, 3) RGB or (H, W, 4) RGBA
    format:   "jpeg", "png" or "webp"; quality 0..100 is for the lossy two
    profile:  ICC profile of `pixels`, written into a JPEG so that its colours are seen as they are
    """
    settings = {
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, quality],
        "png": [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE],
        "webp": [cv2.IMWRITE_WEBP_QUALITY, quality],
    }[format]
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}[pixels.shape[2]])
    done, buffer = cv2.imencode("." + format, pixels, settings)
    if not done:
        raise ImageError(f"A picture of {pixels.shape} cannot be written as {format}. Use png.")
    return _with_profile(buffer.tobytes(), profile) if profile and format == "jpeg" else buffer.tobytes()


def _with_profile(jpeg: bytes, profile: bytes) -> bytes:
    """A JPEG with an ICC profile after its first segment (ICC.1:2022, annex B.4); one too large for a segment is left
    out, since every picture of a moving slider would carry it.
    """
    content = b"ICC_PROFILE\x00\x01\x01" + profile
    if len(content) > 65_533:
        return jpeg
    end = 4 + int.from_bytes(jpeg[4:6], "big")
    segment = b"\xff\xe2" + (len(content) + 2).to_bytes(2, "big") + content
    return b"".join((jpeg[:end], segment, memoryview(jpeg)[end:]))


def encode_preview(pixels: np.ndarray, long_side: int, profile: bytes | None = None) -> bytes:
    """A quick JPEG at display size, for redrawing while a slider moves."""
    return encode(fit_within(pixels, long_side), "jpeg", 85, profile)


def on_white(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """A picture uint8 (H, W, 3) as it looks on a white page where alpha, uint8 (H, W), makes it transparent."""
    if alpha is None or alpha.min() == 255:
        return pixels
    share = cv2.merge([alpha.astype(np.float32) * np.float32(1 / 255)] * 3)
    return cv2.convertScaleAbs(255 + share * (pixels - np.float32(255)))


def fit_within(pixels: np.ndarray, long_side: int) -> np.ndarray:
    """A picture (H, W, ...) brought down to `long_side` pixels on its longer side; smaller ones stay as they are."""
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


def to_blob(pixels: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) -> float32 (1, 3, H, W) in 0..1, as the networks that OpenCV runs take it."""
    return cv2.dnn.blobFromImage(pixels, 1 / 255)


def from_tensor(tensor: "torch.Tensor") -> np.ndarray:
    """float (1, 3, H, W) or (3, H, W) in -1..1 -> uint8 (H, W, 3); values outside are clipped."""
    picture = tensor.detach().float().reshape(tensor.shape[-3:]).add(1).mul(127.5).round().clamp(0, 255)
    return np.ascontiguousarray(picture.byte().permute(1, 2, 0).cpu().numpy())


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
