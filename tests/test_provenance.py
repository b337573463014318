"""What a saved picture says about itself, and what the verify view makes of it."""

import io
import json
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from editors import identity, provenance
from editors.images import open_photo, save_photo
from editors.provenance import edit_note, read_credentials, read_note, sign
from editors.translations import found_in

EDITS = [{"kind": "attributes.shift", "settings": {"amounts": {"smile": 2.0}}, "description": "微笑 <b> &"}]
MODELS = [{"id": "face_generator", "licence": "MIT", "sha256": "00" * 32}]
EXTENSIONS = ["png", "jpg", "webp"]


def scene(size=64) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] * 255 // (size - 1)
    return np.dstack([x, y, (x + y) // 2]).astype(np.uint8)


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "kept"


def saved(folder, extension="png", size=64):
    path = folder / f"out.{extension}"
    save_photo(path, scene(size), note=edit_note(EDITS, MODELS))
    return path


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_note_is_read_back_and_other_programs_see_the_source_type(extension, tmp_path):
    path = saved(tmp_path, extension)
    assert read_note(path.read_bytes()) == edit_note(EDITS, MODELS)
    with Image.open(path) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"].encode()
    tree = ElementTree.fromstring(packet[packet.index(b"<x:xmpmeta") : packet.index(b"<?xpacket end")])
    types = tree.iter("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
    assert [kind.text.split("/")[-1] for kind in types] == ["compositeWithTrainedAlgorithmicMedia"]


def test_half_a_surrogate_from_a_file_name_can_be_noted_and_signed(tmp_path, kept):
    edits = [{"kind": "masks.paint", "reference": "photo\udcff.jpg"}]
    save_photo(tmp_path / "out.png", scene(), note=edit_note(edits, []))
    assert read_note((tmp_path / "out.png").read_bytes())["edits"][0]["reference"] == "photo?.jpg"
    assert sign(tmp_path / "out.png", edits, [], folder=kept).done


def test_a_note_too_long_for_a_jpeg_says_that_it_was_left_out(tmp_path):
    save_photo(tmp_path / "out.jpg", scene(), note={"edits": ["&" * 60_000]})
    assert "too long" in read_note((tmp_path / "out.jpg").read_bytes())["omitted"]


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 40_000, "\\ud800", "\xff"])
def test_a_strangers_note_that_is_none_is_none(text):
    assert read_note(b"<limner:note>" + text.encode("latin-1") + b"</limner:note>") is None


def test_halves_of_letters_in_a_strangers_note_are_replaced_since_no_page_can_be_sent_them():
    told = read_note(rb'<limner:note>{"edits": [{"kind": "\ud83d"}], "\udfff": "\ud83d\ude00"}</limner:note>')
    assert told == {"edits": [{"kind": "?"}], "?": "\U0001f600"}


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_signed_file_keeps_its_pixels_and_note_and_tells_what_was_edited(extension, tmp_path, kept):
    path = saved(tmp_path, extension)
    before = open_photo(path).pixels
    signed = sign(path, EDITS, MODELS, folder=kept)
    assert signed.done and "no authority" in signed.message
    told = read_credentials(path, folder=kept)
    assert told["state"] == "ours" and "No authority" in told["message"]
    assert told["actions"][-1]["settings"] == EDITS[0]["settings"] and told["models"] == MODELS
    assert told["note"] == edit_note(EDITS, MODELS)
    assert (open_photo(path).pixels == before).all() and [path, kept] == sorted(tmp_path.iterdir(), reverse=True)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_one_changed_byte_breaks_the_seal(extension, tmp_path, kept):
    path = saved(tmp_path, extension)
    assert sign(path, EDITS, MODELS, folder=kept).done
    content = bytearray(path.read_bytes())
    content[content.index(b"face_generator")] ^= 1
    path.write_bytes(content)
    assert read_credentials(path, folder=kept)["state"] == "changed"


def test_another_installation_is_not_believed_whatever_it_calls_itself(tmp_path, kept):
    path = saved(tmp_path)
    assert sign(path, EDITS, MODELS, folder=tmp_path / "elsewhere").done
    told = read_credentials(path, folder=kept)
    assert told["state"] == "unknown" and "nobody vouches" in told["message"]
    assert told["signer"] == identity.SIGNER


def test_the_credentials_of_the_photograph_are_kept_inside_the_new_ones(tmp_path, kept):
    original = saved(tmp_path, "jpg")
    assert sign(original, [{"kind": "camera"}], [], folder=kept).done
    path = saved(tmp_path, "webp")
    assert sign(path, EDITS, MODELS, original=original, folder=kept).done
    told = read_credentials(path, folder=kept)
    assert told["state"] == "ours" and told["actions"][0]["action"] == "c2pa.opened"
    assert b"camera" in path.read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG"])
def test_a_photograph_of_every_format_can_be_the_original(kind, tmp_path, kept):
    import pillow_heif

    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.fromarray(scene()).save(file, kind)
    assert sign(saved(tmp_path), EDITS, MODELS, original=file.getvalue(), folder=kept).done
    assert read_credentials(tmp_path / "out.png", folder=kept)["state"] == "ours"


def test_an_original_with_broken_credentials_does_not_stop_the_signing(tmp_path, kept):
    original = saved(tmp_path, "jpg")
    assert sign(original, EDITS, MODELS, folder=kept).done
    content = bytearray(original.read_bytes())
    for at in range(content.index(b"jumb") + 20, content.index(b"jumb") + 3000, 37):
        content[at] ^= 255
    path = saved(tmp_path, "png")
    signed = sign(path, EDITS, MODELS, original=bytes(content), folder=kept)
    assert signed.done and "damaged" in signed.message
    assert read_credentials(path, folder=kept)["state"] == "ours"


def test_signing_again_replaces_what_was_said(tmp_path, kept):
    path = saved(tmp_path)
    assert sign(path, EDITS, MODELS, folder=kept).done and sign(path, [{"kind": "sketch.paint"}], [], folder=kept).done
    told = read_credentials(path, folder=kept)
    assert told["state"] == "ours" and told["actions"][-1] == {"kind": "sketch.paint"}


def test_too_much_to_embed_is_cut_to_the_kinds_of_edit(tmp_path, kept):
    path = saved(tmp_path)
    assert sign(path, [{"kind": "sketch.paint", "settings": "x" * 60_000}], MODELS, folder=kept).done
    told = read_credentials(path, folder=kept)
    assert told["actions"][-1] == {"kind": "sketch.paint"} and path.stat().st_size < 60_000


def test_what_cannot_be_signed_is_said_and_left_as_it_was(tmp_path, kept):
    wrong = tmp_path / "out.png"
    wrong.write_bytes(b"a text file")
    assert not sign(wrong, EDITS, MODELS, folder=kept).done and wrong.read_bytes() == b"a text file"
    assert not sign(tmp_path / "nobody.png", EDITS, MODELS, folder=kept).done
    assert not sign(tmp_path / "out.tiff", EDITS, MODELS, folder=kept).done
    path = saved(tmp_path)
    before = path.read_bytes()
    signed = sign(path, [{"kind": object()}], MODELS, folder=kept)
    assert not signed.done and "plain metadata stays" in signed.message and path.read_bytes() == before


def test_files_without_credentials_are_said_to_have_none(tmp_path, kept):
    assert read_credentials(saved(tmp_path), folder=kept)["state"] == "none"
    assert read_credentials(saved(tmp_path), folder=kept)["note"] == edit_note(EDITS, MODELS)
    assert read_credentials(tmp_path / "nobody.png", folder=kept)["state"] == "unreadable"
    (tmp_path / "text.jpg").write_bytes(b"a text file")
    assert read_credentials(tmp_path / "text.jpg", folder=kept)["state"] in ("none", "unreadable")


@pytest.mark.parametrize("language, said", [("en", "no picture"), ("zh", "不是图片")])
def test_of_a_file_that_cannot_be_read_it_is_said_in_the_visitors_language_what_to_do(tmp_path, kept, language, said):
    (tmp_path / "text.jpg").write_bytes(b"a text file")
    ((_, text),) = found_in(read_credentials(tmp_path / "text.jpg", folder=kept), language)
    assert said in text and "NotSupported" not in text


def test_amounts_and_licences_are_told_as_the_page_writes_them():
    told = {"state": "none", "signer": "", "software": "", "note": None, "models": [
        {"id": "a", "licence": "MIT"}, {"id": "b", "licence": "CC0-1.0"}, {"id": "c", "licence": "MIT"},
    ], "actions": [{"settings": {"amounts": {"smile": -2}}}]}
    found = dict(found_in(told, "en"))
    assert (found["Edits"], found["Models"]) == ("Smile −2", "MIT: a, c; CC0-1.0: b")


def test_without_the_library_the_note_stays_and_the_answer_says_so(tmp_path, kept, monkeypatch):
    path = saved(tmp_path)
    monkeypatch.setitem(sys.modules, "c2pa", None)  # what Python does where a package is not installed
    signed = sign(path, EDITS, MODELS, folder=kept)
    assert not signed.done and "c2pa-python" in signed.message
    told = read_credentials(path, folder=kept)
    assert told["state"] == "unavailable" and told["note"] == edit_note(EDITS, MODELS)


def test_a_home_that_cannot_be_written_gives_an_identity_for_the_process(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    nowhere = tmp_path / "home" / "limner"
    path = saved(tmp_path)
    assert sign(path, EDITS, MODELS, folder=nowhere).done
    assert read_credentials(path, folder=nowhere)["state"] == "ours"


def test_the_certificate_is_kept_for_this_user_alone_and_used_again(kept):
    first = identity.identity_in(kept)
    assert [entry.name for entry in kept.iterdir()] == [identity.FILE]
    assert (kept / identity.FILE).stat().st_mode & 0o077 == 0
    other_process = (
        "import sys; from pathlib import Path; from editors.identity import identity_in\n"
        "print(identity_in(Path(sys.argv[1])).serial)"
    )
    told = subprocess.run([sys.executable, "-c", other_process, kept], capture_output=True, text=True, check=True)
    assert int(told.stdout) == first.serial


@pytest.mark.parametrize("damage", [b"", b"not a certificate", None])
def test_a_damaged_certificate_is_made_anew(damage, kept, tmp_path):
    made = identity.identity_in(tmp_path / "other")
    kept.mkdir()
    (kept / identity.FILE).write_bytes(made.key + made.authority + made.certificate if damage is None else damage)
    fresh = identity.identity_in(kept)
    assert fresh.serial != made.serial and (kept / identity.FILE).read_bytes() == fresh.key + fresh.chain


def test_nothing_here_needs_a_network(tmp_path, kept):
    settings = provenance._settings(identity.identity_in(kept))
    assert settings["verify"] == {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False}
    assert json.dumps(settings)
