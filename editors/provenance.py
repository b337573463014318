"""What a saved picture says about itself: plain metadata that any program reads, and signed Content Credentials.

The credentials follow the C2PA specification 2.x (https://c2pa.org). They are signed by a certificate this installation
makes for itself: whoever changes the file breaks the seal, but no authority vouches for the name on it. The words shown
to people say so. Nothing here uses a network.
"""

import html
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ImageError
from .files import Source, called, format_of, read_picture
from .identity import Identity, identity_in, user_folder
from .writing import write_whole, written_format

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
NAMESPACE = "https://github.com/limner-notebook/ns/1.0/"
LONGEST_NOTE = 50_000  # bytes; a JPEG holds one XMP packet of at most 65502
MAX_CREDENTIAL_BYTES = 300_000_000
SOFTWARE = {"name": "Limner"}
MIME = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WebP": "image/webp",
    "AVIF": "image/avif",
    "HEIC": "image/heic",
    "TIFF": "image/tiff",
}
MODELS = "limner.models"  # our assertion, and our parameter of an action
EDIT = "limner.edit"
SENTENCES = {
    "ours": "Sealed by this installation and unchanged since. No authority vouches for it.",
    "authority": "Sealed by {signer}, whom a trust list vouches for, and unchanged since.",
    "unknown": "Unchanged since it was sealed by someone who calls themselves {signer}; nobody vouches for that name.",
    "changed": "Changed after it was sealed, or sealed wrongly: what its credentials say cannot be believed.",
}
NOTE = re.compile(rb"<limner:note>([^<]{2,%d})</limner:note>" % (4 * LONGEST_NOTE))


@dataclass(frozen=True)
class Signed:
    """Whether credentials were put into a file, and a sentence that says so or why not."""

    done: bool
    message: str


def edit_note(actions: Sequence[Mapping[str, Any]], models: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The note for `save_photo` that says the same as the credentials of `sign`."""
    return {"software": SOFTWARE["name"], "edits": list(actions), "models": list(models)}


def xmp_packet(note: Mapping[str, Any]) -> bytes:
    """An XMP packet that says trained models were used, in the words of the IPTC, and holds `note` as JSON."""
    text = html.escape(json.dumps(_fitting(note), ensure_ascii=False, sort_keys=True), quote=False)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:limner="{NAMESPACE}">
<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
<xmp:CreatorTool>{SOFTWARE["name"]}</xmp:CreatorTool>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Edited with trained models in Limner.</rdf:li></rdf:Alt>
</dc:description>
<limner:note>{text}</limner:note>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def read_note(content: bytes) -> dict[str, Any] | None:
    """The note in the bytes of a file that `save_photo` wrote, or None; found by scanning, as XMP is made for."""
    found = NOTE.search(content)
    try:
        note = json.loads(html.unescape(found[1].decode())) if found else None
        # JSON may name halves of letters, which no page can be sent.
        note = json.loads(json.dumps(note, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return note if isinstance(note, dict) else None


def sign(
    path: str | Path,
    actions: Sequence[Mapping[str, Any]],
    models: Sequence[Mapping[str, Any]],
    *,
    original: Source | None = None,
    folder: Path | None = None,
) -> Signed:
    """Put Content Credentials into a saved PNG, JPEG, WebP or mp4. What goes wrong is said in the answer, never raised.

    actions:   one mapping an edit, plain JSON values: kind, and what is known of description and settings
    models:    one mapping a model: id, licence, source, sha256 ...
    original:  the photograph that was edited, as it came; its own credentials are kept inside the new ones. Without
               it the picture is said to be made here
    folder:    where this installation keeps its certificate; the user's own by default
    """
    try:
        import c2pa
    except Exception as error:  # a broken native library raises more than ImportError
        return Signed(False, f"No credentials: c2pa-python cannot be used ({error}). The plain metadata stays.")
    message = "Content Credentials signed by this installation, which no authority vouches for."
    try:
        if Path(path).suffix.lower() != ".mp4":
            written_format(path)
        content = Path(path).read_bytes()
        before = None if original is None else read_picture(original)
        identity = identity_in(folder or user_folder())
        try:
            sealed = _sealed(c2pa, content, actions, models, before, identity)
        except c2pa.C2paError:
            if before is None:
                raise
            sealed = _sealed(c2pa, content, actions, models, None, identity)
            message += " The photograph's own credentials are damaged and were left out."
        write_whole(path, sealed)
    except (c2pa.C2paError, ImageError, OSError, LookupError, ValueError, TypeError) as error:
        return Signed(False, f"No credentials in {called(path)} ({error}). The plain metadata stays.")
    return Signed(True, message)


def read_credentials(path: str | Path, *, folder: Path | None = None) -> dict[str, Any]:
    """What a file says about where it came from, checked as far as this installation can.

    state:    "ours"         sealed here and unchanged since
              "authority"    sealed by a signer on a trust list, and unchanged since
              "unknown"      unchanged since it was sealed by a signer whom nothing vouches for
              "changed"      the seal is broken: the file or its credentials are not what was signed
              "none"         no credentials; plain metadata may still be there
              "unreadable"   the file or its credentials cannot be read
              "unavailable"  c2pa-python is not on this machine
    message:  the same in a sentence; signer, actions, models: what the credentials claim; note: the plain metadata
    """
    try:
        if os.path.getsize(path) > MAX_CREDENTIAL_BYTES:
            return _answer("unreadable", f"{called(path)} is larger than {MAX_CREDENTIAL_BYTES // 1_000_000} MB.")
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        return _answer("unreadable", f"{called(path)} cannot be read ({error}).")
    note = read_note(content)
    try:
        import c2pa
    except Exception as error:
        return _answer("unavailable", f"Credentials cannot be checked: c2pa-python cannot be used ({error}).", note)
    identity = identity_in(folder or user_folder())
    try:
        with c2pa.Context.from_dict(_settings(identity)) as context:
            reader = c2pa.Reader.try_create(io.BytesIO(content), context=context)
            if reader is None:
                return _answer("none", "This file has no Content Credentials.", note)
            with reader:
                return _judged(json.loads(reader.json()), identity, note)
    except (c2pa.C2paError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        return _answer("unreadable", f"The credentials of {called(path)} cannot be read ({error}).", note)


def _sealed(
    c2pa: Any,
    content: bytes,
    actions: Sequence[Mapping[str, Any]],
    models: Sequence[Mapping[str, Any]],
    original: bytes | None,
    identity: Identity,
) -> bytes:
    """The bytes of a picture with its credentials inside."""
    manifest = {
        "claim_generator_info": [SOFTWARE],
        "assertions": [{"label": MODELS, "data": _fitting({"models": list(models)})}],
    }
    info = c2pa.C2paSignerInfo(b"es256", identity.chain, identity.key, None)
    out = io.BytesIO()
    with (
        c2pa.Context.from_dict(_settings(identity)) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(manifest, context=context) as builder,
    ):
        if original is not None:
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            kind = MIME[format_of(original)]
            builder.add_ingredient({"relationship": "parentOf"}, kind, io.BytesIO(original))
        else:
            made = c2pa.C2paDigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA
            builder.set_intent(c2pa.C2paBuilderIntent.CREATE, made)
        for claim in _claims(actions):
            builder.add_action(claim)
        builder.sign(signer, _mime(content), io.BytesIO(content), out)
    return out.getvalue()


def _mime(content: bytes) -> str:
    """The type of a picture or a film by its first bytes."""
    kind = format_of(content)
    return "video/mp4" if kind is None and content[4:8] == b"ftyp" else MIME[kind]


def _claims(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Edits as C2PA actions; what is known of each goes along as long as all of it fits."""
    edits = _fitting({"edits": list(actions)}).get("edits") or [{"kind": action.get("kind")} for action in actions]
    common = {"action": "c2pa.edited", "digitalSourceType": SOURCE_TYPE, "softwareAgent": SOFTWARE}
    return [common | {"parameters": {EDIT: edit}} for edit in edits]


def _fitting(note: Mapping[str, Any]) -> dict[str, Any]:
    """A note as any program can read it, or where it is too long to embed, that there was one and how long."""
    text = json.dumps(note, ensure_ascii=False).encode(errors="replace")  # half a surrogate has no place in a file
    length = len(html.escape(text.decode()).encode())
    return json.loads(text) if length <= LONGEST_NOTE else {"omitted": f"{length} bytes, too long to embed"}


def _settings(identity: Identity) -> dict[str, Any]:
    """For every use of the library: no network, no thumbnails, our own certificate known, others judged."""
    return {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
        "builder": {"thumbnail": {"enabled": False}},
        "trust": {"user_anchors": identity.authority.decode()},
    }


def _judged(store: Mapping[str, Any], identity: Identity, note: dict[str, Any] | None) -> dict[str, Any]:
    """What a manifest store claims, and how far it can be believed."""
    active = store["manifests"][store["active_manifest"]]
    signature = active.get("signature_info") or {}
    signer = _plain(signature.get("common_name") or signature.get("issuer") or "no name")
    if store.get("validation_state") == "Trusted":
        ours = signature.get("cert_serial_number") == str(identity.serial)
        state = "ours" if ours else "authority"
    else:
        state = "unknown" if store.get("validation_state") == "Valid" else "changed"
    found = {entry.get("label", "").split("__")[0]: entry.get("data") or {} for entry in active.get("assertions", [])}
    taken = found.get("c2pa.actions.v2") or found.get("c2pa.actions") or {}
    return _answer(
        state,
        SENTENCES[state].format(signer=signer),
        note,
        signer=signer,
        software=_plain((active.get("claim_generator_info") or [{}])[0].get("name") or ""),
        actions=[(action.get("parameters") or {}).get(EDIT) or action for action in taken.get("actions", [])],
        models=found.get(MODELS, {}).get("models", []),
    )


def _answer(state: str, message: str, note: dict[str, Any] | None = None, **claims: Any) -> dict[str, Any]:
    empty = {"signer": "", "software": "", "actions": [], "models": []}
    return {"state": state, "message": message, "note": note} | empty | claims


def _plain(name: str) -> str:
    """A stranger's name as one short printable line."""
    return "".join(c if c.isprintable() else "?" for c in str(name))[:100]
