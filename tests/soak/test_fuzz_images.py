"""Thousands of damaged pictures: each one opens or is refused with a sentence, in little time and memory.

LIMNER_SOAK_ROUNDS says how many damaged copies of each picture are tried.
"""

import io
import os
import resource
import time

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from editors.errors import ImageError
from editors.files import MAX_PIXELS
from editors.images import open_colours, open_labels, open_mask, open_photo, save_photo
from editors.provenance import edit_note, read_credentials, sign
from tests.damage import damaged, mended

ROUNDS = int(os.environ.get("LIMNER_SOAK_ROUNDS", 1000))
SECONDS = 5  # for one damaged file of a few kilobytes
STATES = {"ours", "authority", "unknown", "changed", "none", "unreadable"}

pillow_heif.register_heif_opener()


def pictures() -> dict[str, bytes]:
    y, x = np.mgrid[0:40, 0:56]
    rgb = np.dstack([4 * x, 6 * y, 2 * (x + y)]).astype(np.uint8)
    picture, clear = Image.fromarray(rgb), Image.fromarray(np.dstack([rgb, rgb[..., 0]]))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    palette, frames = picture.quantize(19), [picture.rotate(angle) for angle in (0, 90, 180)]
    deep, cmyk = Image.fromarray(rgb[..., 0].astype(np.uint16) * 257), picture.convert("CMYK")
    animated = {"save_all": True, "append_images": frames[1:]}
    written = {
        "jpeg": (picture, "JPEG", {"exif": exif.tobytes(), "icc_profile": profile}),
        "progressive": (picture, "JPEG", {"progressive": True}),
        "cmyk": (cmyk, "JPEG", {"icc_profile": profile}),
        "png": (clear, "PNG", {"exif": exif.tobytes(), "icc_profile": profile}),
        "deep": (deep, "PNG", {"transparency": 514}),
        "palette": (palette, "PNG", {"transparency": 3}),
        "apng": (frames[0], "PNG", animated),
        "webp": (picture, "WEBP", {"exif": exif.tobytes()}),
        "lossless": (clear, "WEBP", {"lossless": True, "icc_profile": profile}),
        "animated": (frames[0], "WEBP", animated),
        "avif": (clear, "AVIF", {"exif": exif.tobytes()}),
        "heic": (clear, "HEIF", {"exif": exif.tobytes(), "icc_profile": profile}),
        "tiff": (clear, "TIFF", {"exif": exif}),
        "cmyk tiff": (cmyk, "TIFF", {"compression": "tiff_lzw", "icc_profile": profile}),
    }
    for compression in ("jpeg", "tiff_adobe_deflate", "packbits"):
        written[compression] = (picture, "TIFF", {"compression": compression})
    return {name: _packed(*how) for name, how in written.items()}


def _packed(image: Image.Image, kind: str, options: dict) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", pictures())
def test_a_damaged_picture_opens_or_is_refused_with_a_sentence(name, capfd):
    random, whole = np.random.default_rng(sum(name.encode())), pictures()[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(ROUNDS):
        content = damaged(whole, random)
        if number % 4:
            content = mended(content)
        started = time.perf_counter()
        for opener in (open_photo, open_mask, open_colours, open_labels):
            try:
                opened = opener(content)
            except ImageError as error:
                assert str(error).endswith(".") and "\n" not in str(error)
            else:
                pixels = getattr(opened, "pixels", opened)
                assert pixels.dtype == np.uint8 and 0 < pixels.shape[0] * pixels.shape[1] <= MAX_PIXELS
        assert time.perf_counter() - started < SECONDS * 4, f"picture {number} took too long"
    assert capfd.readouterr().err == ""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_damaged_credentials_never_say_anything_else_in_our_name(extension, tmp_path):
    random, path, kept = np.random.default_rng(7), tmp_path / f"out.{extension}", tmp_path / "kept"
    edits = [{"kind": "attributes.shift", "settings": {"amounts": {"smile": 2.0}}}]
    save_photo(path, np.zeros((8, 8, 3), np.uint8), note=edit_note(edits, []))
    assert sign(path, edits, [], folder=kept).done
    whole, sealed, pixels = path.read_bytes(), read_credentials(path, folder=kept), open_photo(path).pixels
    for _ in range(ROUNDS):
        content = damaged(whole, random)
        path.write_bytes(content)
        told = read_credentials(path, folder=kept)
        assert told["state"] in STATES and told["message"].endswith(".")
        if told["state"] == "ours":  # room the signature leaves empty may change; nothing that is said or seen may
            assert told == sealed and _same_or_refused(content, pixels)


def _same_or_refused(content: bytes, pixels: np.ndarray) -> bool:
    try:
        return bool((open_photo(content).pixels == pixels).all())
    except ImageError:
        return True
