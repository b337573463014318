"""Files in and out: what a stranger's file may be, and what ours keep."""

import io
import itertools
import os
import pickle
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from editors import images, labels
from editors.colours import is_wide
from editors.errors import ImageError
from editors.images import Photo, open_colours, open_labels, open_mask, open_photo, save_labels, save_mask, save_photo

from .tiny import display_p3

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def speckle(height=40, width=60, channels=3, seed=0) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def scene(height=48, width=64) -> np.ndarray:
    """A smooth picture whose four corners differ, so that lossy formats and turns can be told apart."""
    y, x = np.mgrid[0:height, 0:width]
    across, down = x / (width - 1), y / (height - 1)
    return np.dstack([255 * across, 255 * down, 127 * (across + down)]).astype(np.uint8)


def packed(array: np.ndarray | Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(np.arange(3 << depth, dtype=np.uint8))) if colour == 3 else b""
    body = chunk(b"IHDR", header) + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def refused(source, *words: str, opener=open_photo) -> str:
    with pytest.raises(ImageError) as caught:
        opener(source)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message
    return message


LOSSY = {"JPEG": {"quality": 95}, "AVIF": {"quality": 95}, "HEIF": {"quality": 95}}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_every_allowed_format_opens_whatever_its_name(kind, tmp_path):
    import pillow_heif

    pillow_heif.register_heif_opener()  # the writer of HEIC; the reader under test does not need it
    path = tmp_path / "holiday.gif"
    path.write_bytes(packed(scene(), kind, **(LOSSY.get(kind) or ({"lossless": True} if kind == "WEBP" else {}))))
    photo = open_photo(path)
    difference = np.abs(photo.pixels.astype(int) - scene())
    assert photo.pixels.dtype == np.uint8 and photo.alpha is None
    assert difference.max() <= (24 if kind in LOSSY else 0) and difference.mean() < 3
    assert (open_photo(str(path)).pixels == photo.pixels).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(kind, orientation):
    import pillow_heif

    pillow_heif.register_heif_opener()
    turned = {
        1: scene(), 2: scene()[:, ::-1], 3: scene()[::-1, ::-1], 4: scene()[::-1],
        5: scene().transpose(1, 0, 2), 6: scene()[::-1].transpose(1, 0, 2),
        7: scene()[::-1, ::-1].transpose(1, 0, 2), 8: scene()[:, ::-1].transpose(1, 0, 2),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else LOSSY.get(kind, {})
    photo = open_photo(packed(scene(), kind, exif=exif.tobytes(), **options))
    assert photo.pixels.shape == turned.shape
    assert np.abs(photo.pixels.astype(int) - turned).mean() < 3


def in_a_program(path: Path) -> tuple[str, str]:
    """What a program that opens a photo prints, and what appears on standard error, from C as well."""
    opening = """
import sys
from editors.errors import ImageError
from editors.images import open_photo
try:
    print(*open_photo(sys.argv[1]).pixels.shape)
except ImageError as error:
    print(error)
print("heard", file=sys.stderr)
"""
    opened = subprocess.run([sys.executable, "-c", opening, path], capture_output=True, text=True, check=True)
    return opened.stdout, opened.stderr


def test_a_photo_with_broken_exif_opens_upright_and_says_nothing(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(packed(scene(), "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff broken"))
    assert in_a_program(path) == ("48 64 3\n", "heard\n")


def damaged_tiffs() -> dict[str, bytes]:
    """One whose compressed pixels are broken, of which libtiff complains; one of 256 samples, of which Pillow does."""
    broken = bytearray(packed(scene(), "TIFF", compression="tiff_adobe_deflate"))
    broken[12:60] = bytes(48)
    plain = packed(scene(), "TIFF")
    samples = struct.pack("<HHIH", 277, 3, 1, 3)
    assert samples in plain
    return {"pixels": bytes(broken), "samples": plain.replace(samples, struct.pack("<HHIH", 277, 3, 1, 256))}


@pytest.mark.parametrize("what", damaged_tiffs())
def test_a_damaged_tiff_is_refused_in_one_sentence_and_nothing_else_is_printed(what, tmp_path):
    path = tmp_path / "photo.tif"
    path.write_bytes(damaged_tiffs()[what])
    said, heard = in_a_program(path)
    assert "photo.tif begins as a TIFF picture but is cut short or damaged" in said and said.count("\n") == 1
    assert heard == "heard\n"


def test_grey_sixteen_bit_and_one_bit_pictures_become_rgb():
    grey = speckle(channels=1)
    for picture in (packed(grey, "JPEG", quality=100), packed(grey, "PNG"), packed(grey, "TIFF")):
        pixels = open_photo(picture).pixels
        assert np.abs(pixels.astype(int) - grey[..., None]).max() <= 2 and pixels.shape == (40, 60, 3)
    deep = grey.astype(np.uint16) * 257
    assert (open_photo(packed(deep, "PNG")).pixels == grey[..., None]).all()
    assert (open_photo(packed(deep, "TIFF")).pixels == grey[..., None]).all()
    colours = speckle(2, 3).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in colours)
    assert (open_photo(png(3, 2, 16, 2, rows)).pixels == speckle(2, 3)).all()
    assert (open_photo(packed(Image.fromarray(grey > 127), "PNG")).pixels == 255 * (grey > 127)[..., None]).all()


def test_thirty_two_bit_values_are_refused_by_name():
    refused(packed(Image.fromarray(speckle(channels=1).astype(np.float32)), "TIFF"), "32 bits", "8 and 16 bits")


@pytest.mark.parametrize("dtype, said", [
    (np.float32, "has values of 32 bits, floating point"), (np.float64, "has values of 64 bits, floating point"),
    (np.int16, "has values of 16 bits, signed"), (np.int32, "has values of 32 bits, signed"),
])
@pytest.mark.parametrize("channels", [3, 4])
def test_numbers_that_are_not_whole_or_too_long_are_named_and_not_called_damaged(dtype, said, channels):
    content = cv2.imencode(".tiff", speckle(channels=channels).astype(dtype))[1].tobytes()
    refused(content, said, "whole numbers of 8 and 16 bits can be opened. Save it with one of these.")
    assert "damaged" in str(refused(content[:60]))


def in_planes(planes: np.ndarray) -> bytes:
    """A plain TIFF whose colours (3, H, W) lie one after the other."""
    count, height, width = planes.shape
    strips, bits = [plane.tobytes() for plane in planes], 8 * planes.itemsize
    tags = {256: [width], 257: [height], 258: [bits] * 3, 259: [1], 262: [2], 273: [], 277: [3], 278: [height],
            279: list(map(len, strips)), 284: [2]}
    begin = 8 + 2 + 12 * len(tags) + 4
    tags[273] = [begin + 4 * 3 * 3 + sum(map(len, strips[:index])) for index in range(count)]
    entries, beyond = b"", b""
    for tag, values in tags.items():
        held = struct.pack(f"<{len(values)}I", *values)
        place = struct.pack("<I", begin + len(beyond)) if len(held) > 4 else held
        beyond += held if len(held) > 4 else b""
        entries += struct.pack("<HHI", tag, 4, len(values)) + place
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + beyond + b"".join(strips)


def test_deep_colours_in_planes_of_their_own_are_refused_rather_than_misread():
    planes = np.moveaxis(speckle(), 2, 0)
    assert (open_photo(in_planes(planes)).pixels == speckle()).all()
    refused(in_planes(planes.astype("<u2") * 257), "keeps 16 bits of each colour in a plane of its own", "save it with")


def test_transparency_is_kept_from_every_mode_that_has_it():
    rgba = speckle(channels=4)
    for picture in (packed(rgba, "PNG"), packed(rgba, "WEBP", lossless=True, exact=True), packed(rgba, "TIFF")):
        photo = open_photo(picture)
        assert (photo.pixels == rgba[..., :3]).all() and (photo.alpha == rgba[..., 3]).all()
    grey_alpha = open_photo(packed(Image.fromarray(rgba[..., :2], "LA"), "PNG"))
    assert (grey_alpha.pixels == rgba[..., :1]).all() and (grey_alpha.alpha == rgba[..., 1]).all()
    palette = Image.fromarray(speckle(channels=1) % 4)
    palette.putpalette(bytes(range(12)))
    photo = open_photo(packed(palette, "PNG", transparency=2))
    index = speckle(channels=1) % 4
    assert (photo.alpha == np.where(index == 2, 0, 255)).all() and (photo.pixels[..., 0] == index * 3).all()
    deep = open_photo(packed(np.array([[0, 65535, 514]], np.uint16), "PNG", transparency=514))
    assert deep.alpha.tolist() == [[255, 255, 0]]


def test_a_profile_is_wide_where_its_colours_are_clearly_stronger_than_those_of_srgb():
    assert is_wide(display_p3()) and not any(map(is_wide, (SRGB, None, b"", b"no profile", inks_that_print_grey())))


def test_cmyk_becomes_rgb_and_its_profile_does_not_follow():
    cmyk = Image.fromarray(scene()).convert("CMYK")
    for profile in (b"", b"no profile", SRGB):
        photo = open_photo(packed(cmyk, "JPEG", quality=95, icc_profile=profile))
        assert np.abs(photo.pixels.astype(int) - scene()).mean() < 4 and photo.profile is None


def inks_that_print_grey() -> bytes:
    """An ICC 2 printer profile in which every ink darkens the paper and none colours it: a table of 16 mixes."""
    lights = [1 - (c + m + y + 5 * k) / 8 for c, m, y, k in itertools.product((0, 1), repeat=4)]
    table = b"".join(struct.pack(">3H", int(0xFF00 * light), 0x8000, 0x8000) for light in lights)  # L a b
    unit = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = struct.pack(">2H", 0, 0xFFFF)
    lut = b"mft2" + bytes(4) + bytes([4, 3, 2, 0]) + unit + struct.pack(">2H", 2, 2) + ramp * 4 + table + ramp * 3
    head = struct.pack(">I4s4s4s4s4s", 144 + len(lut), bytes(4), b"\2\x40\0\0", b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(lut)) + lut


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_read_through_its_own_profile(kind):
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    plain = open_photo(packed(cyan, kind)).pixels[8, 8].astype(int)
    assert plain[0] < 20 and plain[1:].min() > 230
    photo = open_photo(packed(cyan, kind, icc_profile=inks_that_print_grey()))
    pixel = photo.pixels[8, 8].astype(int)
    assert np.ptp(pixel) < 6 and 190 < pixel.mean() < 240 and photo.profile is None


def test_lab_becomes_rgb():
    lab = ImageCms.profileToProfile(
        Image.fromarray(scene()), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert np.abs(open_photo(packed(lab, "TIFF")).pixels.astype(int) - scene()).mean() < 4


def test_an_rgb_profile_is_kept_and_a_grey_one_is_not():
    assert open_photo(packed(scene(), "PNG", icc_profile=SRGB)).profile == SRGB
    grey_profile = SRGB[:16] + b"GRAY" + SRGB[20:]
    assert open_photo(packed(speckle(channels=1), "PNG", icc_profile=grey_profile)).profile is None
    assert open_photo(packed(scene(), "JPEG", icc_profile=b"short")).profile is None


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF", "AVIF"])
def test_the_first_frame_of_an_animation_is_taken(kind):
    frames = [Image.fromarray(np.full((20, 30, 3), value, np.uint8)) for value in (200, 90, 10)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    assert np.abs(open_photo(file.getvalue()).pixels.astype(int) - 200).max() < 4


def gif() -> bytes:
    frames = [Image.fromarray(speckle(channels=1, seed=seed)) for seed in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


STRANGE = {
    "a GIF picture": gif(),
    "a BMP picture": packed(scene(), "BMP"),
    "a PostScript file": packed(scene(), "EPS"),
    "a PDF document": packed(scene(), "PDF"),
    "an icon": packed(scene(), "ICO", sizes=[(16, 16)]),
    "a JPEG 2000 picture": packed(scene(), "JPEG2000"),
    "a NumPy array": b"\x93NUMPY\x01\x00",
    "a zip archive": b"PK\x03\x04" + bytes(40),
    "an SVG drawing": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "a text file": b"a photograph of my cat",
    "a video": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(50),
    "not a picture": bytes(200),
    "a binary file": pickle.dumps(speckle()),
}


@pytest.mark.parametrize("what", STRANGE)
def test_other_files_are_refused_by_what_they_are_even_when_renamed(what, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(STRANGE[what])
    refused(path, "photo.png", what, "JPEG, PNG, WebP, AVIF, HEIC and TIFF")


def test_a_bomb_is_refused_before_it_is_decoded():
    bomb = png(13000, 13000, 8, 2, b"\0" * 1000)
    refused(bomb, "13000 x 13000", "169.0 megapixels", "50")
    huge = png(2**31 - 1, 2**31 - 1, 8, 2, b"")
    refused(huge, "megapixels")


PEAK = """
import sys
from pathlib import Path
from editors.errors import ImageError
from editors.images import open_photo

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])

before = peak()
try:
    open_photo(sys.argv[1])
except ImageError:
    pass
print(peak() - before)
"""


def test_opening_a_bomb_takes_little_memory(tmp_path):
    grown = {}
    for side in (13_000, 7_000):  # the second is allowed, and shows that this measure sees what is decoded
        Image.fromarray(np.zeros((side, side), bool)).save(tmp_path / "bomb.png")
        told = subprocess.run([sys.executable, "-c", PEAK, tmp_path / "bomb.png"], capture_output=True, check=True)
        grown[side] = int(told.stdout)  # kilobytes
    assert grown[13_000] < 20_000 and grown[7_000] > 140_000


def test_fifty_megapixels_are_allowed_and_one_row_more_is_not():
    assert images.open_photo(png(50_000, 1000, 1, 0, bytes(6251 * 1000))).pixels.shape == (1000, 50_000, 3)
    refused(png(50_000, 1001, 1, 0, bytes(6251 * 1001)), "50000 x 1001", "50.0")


def test_a_file_past_forty_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "long.tiff"
    with open(path, "wb") as file:
        file.write(b"II*\0")
        file.truncate(41_000_000)
    refused(path, "long.tiff", "41.0 MB", "40 MB")
    refused(b"II*\0" + bytes(41_000_000), "41.0 MB")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_a_file_cut_short_is_refused(kind):
    import pillow_heif

    pillow_heif.register_heif_opener()
    whole = packed(speckle(200, 200), kind)
    for share in (0.02, 0.3, 0.6, 0.9):
        refused(whole[: int(len(whole) * share)])


def test_what_is_no_file_is_refused_by_name(tmp_path):
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    refused(empty, "empty.png", "is empty")
    refused(b"", "is empty")
    refused(tmp_path / "nobody.jpg", "nobody.jpg", "does not exist")
    refused(tmp_path, "is a folder or a device")
    refused("/dev/null", "is a folder or a device")
    refused("a\0b.png")
    refused("x" * 5000 + ".png", "does not exist")
    refused(tmp_path / "two\nlines.png", "two?lines.png")


def test_a_mask_reads_brightness_or_the_opacity_of_one_ink():
    grey = speckle(channels=1)
    assert (open_mask(packed(grey, "PNG")) == grey).all()
    ink = np.zeros((40, 60, 4), np.uint8)
    ink[..., 3] = grey
    for colour in (0, 255, (200, 10, 10)):
        ink[..., :3] = colour
        assert (open_mask(packed(ink, "PNG")) == grey).all()
    ink[..., :3] = np.rint(np.rint(ink[..., :3] * (grey / 255)[..., None]) * 255 / np.maximum(grey, 1)[..., None])
    assert (open_mask(packed(ink, "PNG")) == grey).all()  # as a canvas hands out what it keeps multiplied by opacity
    layer = np.dstack([grey, grey, grey, np.full_like(grey, 128)])
    assert np.abs(open_mask(packed(layer, "PNG")).astype(int) - grey * (128 / 255)).max() <= 1
    assert not open_mask(packed(np.zeros((4, 4, 4), np.uint8), "PNG")).any()


def test_labels_survive_a_file_exactly(tmp_path):
    ids = (np.arange(40 * 60).reshape(40, 60) % 19).astype(np.uint8)
    save_labels(tmp_path / "labels.png", ids)
    with Image.open(tmp_path / "labels.png") as image:
        assert image.mode == "P" and len(image.getpalette()) == 768
        assert (np.asarray(image.convert("RGB")) == labels.coloured(ids)).all()
    assert (open_labels(tmp_path / "labels.png") == ids).all()
    assert (open_labels(packed(ids, "PNG")) == ids).all()


def test_labels_of_few_bits_are_read_as_they_are_stored():
    for depth, row in ((1, b"\0\x50"), (2, b"\0\x1b"), (4, b"\0\x01\x23")):
        expected = [[0, 1, 0, 1]] if depth == 1 else [[0, 1, 2, 3]]
        assert open_labels(png(4, 1, depth, 0, row)).tolist() == expected
        assert open_labels(png(4, 1, depth, 3, row)).tolist() == expected


def test_what_is_no_label_map_is_refused_by_name(tmp_path):
    refused(packed(np.array([[0, 19, 255]], np.uint8), "PNG"), "19, 255", "0 to 18", opener=open_labels)
    refused(packed(scene(), "PNG"), "mode RGB", "mode P or L", opener=open_labels)
    refused(packed(speckle(channels=1), "JPEG"), "JPEG", "PNG", opener=open_labels)
    for wrong in (np.full((2, 2), 19), np.full((2, 2), -1), np.zeros((2, 2, 3), int), np.zeros((0, 4), int)):
        with pytest.raises(ImageError, match="0 to 18"):
            save_labels(tmp_path / "labels.png", wrong)
    with pytest.raises(ImageError, match="png"):
        save_labels(tmp_path / "labels.jpg", np.zeros((2, 2), int))
    assert not list(tmp_path.iterdir())


def test_colours_come_as_rgba():
    rgba = speckle(channels=4)
    assert (open_colours(packed(rgba, "PNG")) == rgba).all()
    assert (open_colours(packed(rgba[..., :3].copy(), "PNG"))[..., 3] == 255).all()


def test_a_mask_survives_a_file_exactly(tmp_path):
    mask = speckle(channels=1)
    save_mask(tmp_path / "mask.png", mask)
    assert (open_mask(tmp_path / "mask.png") == mask).all()
    save_mask(tmp_path / "mask.png", mask > 99)
    assert (open_mask(tmp_path / "mask.png") == 255 * (mask > 99)).all()


@pytest.mark.parametrize("extension", ["png", "webp", "PNG"])
@pytest.mark.parametrize("note", [None, {"software": "Limner"}])
def test_pixels_transparency_and_profile_survive_saving(extension, note, tmp_path):
    rgba = speckle(channels=4)
    rgba[:9, :, 3] = 0
    path = tmp_path / f"out.{extension}"
    save_photo(path, rgba[..., :3], alpha=rgba[..., 3], profile=SRGB, note=note)
    photo = open_photo(path)
    assert (photo.pixels == rgba[..., :3]).all() and (photo.alpha == rgba[..., 3]).all() and photo.profile == SRGB
    save_photo(path, Photo(rgba[..., :3], None, None))
    assert open_photo(path).alpha is None and open_photo(path).profile is None


def test_a_jpeg_is_fine_full_colour_and_shows_transparency_as_white(tmp_path):
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[:, :32] = 0
    save_photo(tmp_path / "out.jpg", Photo(scene(), alpha, SRGB))
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.info["icc_profile"] == SRGB and [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    pixels = open_photo(tmp_path / "out.jpg").pixels.astype(int)
    assert (pixels[:, :28] > 245).all() and np.abs(pixels[:, 36:] - scene()[:, 36:]).max() < 8


@pytest.mark.parametrize("name", ["out.gif", "out.tiff", "out", "out.png.exe"])
def test_other_extensions_are_refused_before_anything_is_written(name, tmp_path):
    with pytest.raises(ImageError, match=r"\.png, \.jpg, \.jpeg or \.webp"):
        save_photo(tmp_path / name, scene())
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_saved_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.webp"
    path.write_bytes(b"what was there")
    with pytest.raises(ImageError, match="16383"):
        save_photo(path, np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(ImageError, match="float64"):
        save_photo(path, np.zeros((4, 4, 3)))
    with pytest.raises(ImageError, match="transparency"):
        save_photo(path, np.zeros((4, 4, 3), np.uint8), alpha=np.zeros((4, 5), np.uint8))
    assert path.read_bytes() == b"what was there" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_said_and_no_part_is_left(tmp_path):
    (tmp_path / "out.png").mkdir()
    for path in (tmp_path / "nowhere" / "out.png", tmp_path / "out.png", Path("/proc/out.png"), "a\0b.png"):
        with pytest.raises(ImageError, match="cannot be written"):
            save_photo(path, scene())
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.png"]


def test_a_saved_file_has_ordinary_permissions_and_a_link_stays_a_link(tmp_path):
    mask = os.umask(0)
    os.umask(mask)
    link = tmp_path / "link.png"
    link.symlink_to("real.png")
    save_photo(link, scene())
    assert link.is_symlink() and (tmp_path / "real.png").stat().st_mode & 0o777 == 0o666 & ~mask


def test_quick_encoders_give_pictures_of_the_right_size_and_colour():
    for form in ("jpeg", "png", "webp"):
        pixels = open_photo(images.encode(scene(), form)).pixels
        assert np.abs(pixels.astype(int) - scene()).mean() < 4
    assert (open_photo(images.encode(speckle(channels=4), "png")).alpha == speckle(channels=4)[..., 3]).all()
    assert open_photo(images.encode_preview(np.zeros((300, 900, 3), np.uint8), 300)).pixels.shape == (100, 300, 3)


def test_a_picture_too_long_for_a_quick_encoder_is_said():
    with pytest.raises(ImageError, match="webp. Use png"):
        images.encode(np.zeros((1, 16384, 3), np.uint8), "webp")


def test_fitting_only_ever_makes_smaller():
    small = scene()
    assert images.fit_within(small, 64) is small
    assert images.fit_within(np.zeros((1, 1000, 3), np.uint8), 100).shape == (1, 100, 3)


def test_a_tensor_and_back_is_the_same_picture():
    pixels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    pixels.flags.writeable = False
    tensor = images.to_tensor(pixels)
    assert tensor.shape == (1, 3, 16, 16) and tensor.min() == -1 and tensor.max() == 1
    assert (images.from_tensor(tensor) == pixels).all()
    assert images.from_tensor(tensor * 9).max() == 255


def test_a_large_text_beside_the_pixels_is_refused_as_damaged():
    text = PngInfo()
    text.add_text("Comment", "x" * 2_000_000, zip=True)
    refused(packed(scene(), "PNG", pnginfo=text), "damaged")
