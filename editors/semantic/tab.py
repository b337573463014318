"""The Masks tab: the labels of a face painted over, the face following on every release; styles for its regions."""

import base64
import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..desk import data_url
from ..drawing import content_of, drawing_size, drawn, fitted, layer_of, packed, resting_on
from ..errors import FaceError, ImageError
from ..faces import eye_distance, mesh_of
from ..images import encode_preview, fit_within, open_photo
from ..labels import COLOURS, EMBEDDED, EYES, LIPS, NAMES, PARSERS, mask_of
from ..notebook import Notebook, photo_key
from ..parsers import labels_of, parsers_in
from ..portrait import Portrait
from ..sessions import Session
from ..step import settings_of
from ..widgets import Shared, part
from .command import read_labels
from .irises import irises_of
from .orders import ORDERS, doubted
from .parts import moved
from .regions import labels_of_region
from .shapes import LIBRARY, placed, removed
from .step import DrawFace, MaskEdit

TITLE = "masks"
SETTINGS = ("strength", "feather", "blend", "parser", "seed", "sampled", "regions", "colours")
CHOICES = ("blend", "parser")
RANGES = ("strength", "feather")
STYLES = ("hair", "brows", "eyes", "lips", "skin")
"""Regions offered for a style."""
TOGETHER = (LIPS,)
"""Parts that move as one, besides those that follow."""
WAYS = {
    "left": {"shift": (-0.06, 0)}, "right": {"shift": (0.06, 0)}, "up": {"shift": (0, -0.06)},
    "down": {"shift": (0, 0.06)}, "larger": {"scale": (1.1, 1.1)}, "smaller": {"scale": (1 / 1.1, 1 / 1.1)},
    "mirror": {"mirror": True},
}
"""How a part is moved by one press, in eye distances."""
REFERENCE_SIDE = 1024
"""Long side in pixels of what is kept of a second photograph: its colours and textures, not its size."""


def build(shared: Shared) -> None:
    """Build the tab's part of the page and say what it changes and asks."""
    allowed, hexes = settings_of(MaskEdit), [f"#{bytes(colour).hex()}" for colour in COLOURS]
    panel = part(
        "masks", styles=list(STYLES), orders=list(ORDERS), ways=list(WAYS),
        shapes={kind: list(shapes) for kind, shapes in LIBRARY.items()},
        labels=[{"name": name, "colour": colour} for name, colour in zip(NAMES, hexes, strict=True)],
        settings={name: {"low": allowed[name].low, "high": allowed[name].high, "value": allowed[name].default}
                  for name in RANGES},
        choices={"blend": list(allowed["blend"].choices), "parser": list(PARSERS)},
    )
    shared.show(panel, lambda session, new, sent: state_of(shared, session, sent))
    shared.change(panel.act, lambda session, sent: change(shared, session, sent))
    shared.answer(panel.ask, panel, lambda session, sent: answer(shared, session, sent))


def masks_of(session: Session) -> MaskEdit | None:
    """The step of the selected cell, where it is one of this tab's."""
    step = session.cell.step if session.cell else None
    return step if isinstance(step, MaskEdit) else None


def before(shared: Shared, session: Session) -> Portrait:
    """What the labels are painted on: what the cells before the selected one have made of the photograph."""
    cells = session.notebook.cells[: session.selected] if masks_of(session) else session.notebook.cells
    return Notebook(cells).run(session.portrait, shared.models, shared.desk.results)


def state_of(shared: Shared, session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """The photograph, a name for the labels that belong to the selected cell, and its settings."""
    if session.portrait is None:
        return {"seq": sent.get("seq")}
    shape, step = session.portrait.image.shape, masks_of(session)
    height, width = drawing_size(shape)
    return {
        "seq": sent.get("seq"), "photo": shared.desk.photo(session), "name": session.name,
        "width": width, "height": height, "full": [shape[1], shape[0]], "cell": map_name(shared, session),
        "edited": step is not None, "settings": shown_settings(step), "sent": sent.get("do") == "paint",
        "painted": step is not None and np.array_equal(step.labels, sent.get("written")),
        "here": parsers_in(shared.models),
    }


def place_of(shared: Shared, session: Session) -> str:
    """A name for the picture and the face that labels are painted on, which painting does not change."""
    start = photo_key(session.portrait)
    at = session.selected if masks_of(session) else len(session.notebook.cells)
    key = [start, *session.notebook.keys(start, shared.models)][at]
    return hashlib.sha256(f"{key} {session.portrait.face}".encode()).hexdigest()[:16]


def map_name(shared: Shared, session: Session) -> str:
    """A name for the labels as painted and what they were painted on."""
    step, digest = masks_of(session), hashlib.sha256(place_of(shared, session).encode())
    digest.update(b"own" if step is None else np.ascontiguousarray(step.labels))
    return digest.hexdigest()[:16]


def shown_settings(step: MaskEdit | None) -> dict[str, Any]:
    """The settings of a cell as the page shows them; those of a new one without a cell."""
    allowed = settings_of(MaskEdit)
    if step is None:
        plain = {name: allowed[name].default for name in (*RANGES, *CHOICES, "seed", "sampled")}
        return plain | {"regions": [], "colours": {}, "reference": None}
    plain = step.plain()
    picture = None if step.reference is None else data_url(encode_preview(step.reference, 160))
    return {name: plain[name] for name in SETTINGS} | {"colours": plain["colours"] or {}, "reference": picture}


# --- what changes the notebook -------------------------------------------------------------------------------------

def change(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Paint the labels, or choose another style for them."""
    acts = {"paint": paint, "style": style, "reference": choose_reference, "draw": draw}
    if session.portrait is not None and sent.get("do") in acts:
        acts[sent["do"]](shared, session, sent)


def paint(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Write the labels as painted into the notebook; labels that nobody changed begin no cell."""
    step = masks_of(session) or fresh(shared, session)
    painted = layer_of(sent.get("drawing"), "labels", session.portrait.image.shape, empty=True)
    labels = resting_on(painted, step.original if step.original is not None else step.labels)
    if masks_of(session) or (labels != step.labels).any():
        session.put(dataclasses.replace(step, labels=labels))
        sent["written"] = labels


def style(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Write strength, colours and the like; what names no setting changes nothing."""
    chosen = sent.get("settings")
    chosen = {name: chosen[name] for name in SETTINGS if name in chosen} if isinstance(chosen, Mapping) else {}
    if isinstance(sent.get("settings"), Mapping) and "reference" in sent["settings"]:
        chosen["reference"] = None                                     # another one comes as a file
    step = masks_of(session) or fresh(shared, session)
    read = chosen.get("parser", step.parser)
    if read != step.parser and np.array_equal(step.labels, step.original):  # nothing is painted yet: read them anew
        step = fresh(shared, session, read)
    session.put(dataclasses.replace(step, **chosen))


def draw(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Draw a face from the labels alone; with another seed where the selected cell has done so already."""
    step = session.cell.step if session.cell else None
    if not isinstance(step, DrawFace):
        own = masks_of(session).labels if masks_of(session) else own_labels(shared, before(shared, session))[0]
        painted = layer_of(sent.get("drawing"), "labels", session.portrait.image.shape, empty=True)
        step = DrawFace(labels=resting_on(painted, own))
    session.put(dataclasses.replace(step, seed=sent.get("seed")))


def choose_reference(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Take the style of a second photograph. Raises ImageError if it is none, FaceError without a face in it."""
    picture = fit_within(open_photo(content_of(sent.get("file"))).pixels, REFERENCE_SIDE)
    session.put(dataclasses.replace(masks_of(session) or fresh(shared, session), reference=picture, sampled=False))


def fresh(shared: Shared, session: Session, parser: str = EMBEDDED) -> MaskEdit:
    """The edit that changes nothing yet: the photograph's own labels. Raises FaceError without a usable face."""
    own = labels_of(before(shared, session), shared.models, parser)
    return MaskEdit(labels=own, original=own, parser=parser)


def own_labels(shared: Shared, start: Portrait, parser: str = EMBEDDED) -> tuple[np.ndarray, FaceError | None]:
    """The labels of a picture as they are read; all background where it has no usable face, and why."""
    try:
        return labels_of(start, shared.models, parser), None
    except FaceError as error:
        return np.zeros(start.image.shape[:2], np.uint8), error


def present_colours(image: np.ndarray, labels: np.ndarray, eyes: float) -> dict[str, str]:
    """The mean colours of the regions offered for a style, #rrggbb, irises for the eyes; without those not seen."""
    irises = image[irises_of(image, labels, EYES, eyes).ring]
    sparse = (slice(None, None, max(1, image.shape[0] // 256)), slice(None, None, max(1, image.shape[1] // 256)))
    image, labels = image[sparse], labels[sparse]
    seen = {region: image[mask_of(labels, labels_of_region(region))] for region in STYLES} | {"eyes": irises}
    return {region: "#" + bytes(np.round(pixels.mean(0)).astype(np.uint8)).hex()
            for region, pixels in seen.items() if len(pixels)}


# --- what is asked without changing anything -----------------------------------------------------------------------

def answer(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The labels to paint on, or those of a file."""
    if session.portrait is not None:
        with session.lock:  # not across the yield: a generator may go on in another thread
            found = answered(shared, session, sent)
        yield found | {"seq": sent.get("seq")}


def answered(shared: Shared, session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """What the page asked for by name."""
    shared.refuse_late(session, sent)
    step, start = masks_of(session), before(shared, session)
    own, why = own_labels(shared, start, step.parser if step else EMBEDDED)
    cell = {"cell": map_name(shared, session)} | ({"faceless": True} if why else {})
    if why and (sent.get("do") not in ("layers", "import") or sent.get("pressed")):
        raise why
    if why and sent.get("do") == "layers":
        return cell  # why, was said when the picture was opened
    original = step.original if step and step.original is not None else own
    found = {"original": drawn(original), "place": place_of(shared, session)} | cell
    if sent.get("do") == "import":
        return found | imported_labels(sent, original)
    if sent.get("do") == "part":
        drawing = layer_of(sent.get("drawing"), "labels", original.shape, empty=True)
        return found | {"imported": {"labels": drawn(with_part(resting_on(drawing, original), sent))}}
    present = present_colours(start.image, original, eye_distance(mesh_of(start, shared.models)))
    return found | {"layers": {"labels": drawn(step.labels if step else own)}, "present": present}


def with_part(labels: np.ndarray, sent: dict[str, Any]) -> np.ndarray:
    """Labels with a part placed, taken away, or moved with what belongs to it. Raises SettingError by name."""
    if sent.get("shape"):
        kind, _, shape = str(sent["shape"]).partition(" ")
        return placed(labels, kind, shape)
    name = NAMES[sent["label"]] if sent.get("label") in range(len(NAMES)) else ""
    if sent.get("way") not in WAYS:
        return removed(labels, name)
    group = next((group for group in TOGETHER if name in group), (name,))
    return moved(labels, (group,), **WAYS[sent["way"]])


def imported_labels(sent: dict[str, Any], current: np.ndarray) -> dict[str, Any]:
    """A label map from a file, or in which other order it seems to count. Raises ImageError for what is none."""
    content, order = content_of(sent.get("file")), sent.get("order")
    labels = read_labels(content, order if order in ORDERS else "celebamask", current)
    if labels.shape != current.shape:
        raise ImageError(
            f"The layer is {labels.shape[1]} x {labels.shape[0]}, the photograph {current.shape[1]} x "
            f"{current.shape[0]}; a layer has the size of the photograph. Export one to see how it is meant."
        )
    other = doubted(labels, current) if order is None else None
    if other:
        return {"doubt": other, "file": base64.b64encode(content).decode()}
    return {"imported": {"labels": packed(fitted(labels, drawing_size(labels.shape)))}}
