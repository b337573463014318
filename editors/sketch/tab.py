"""The Sketch tab: a hole, lines and colours drawn over the photograph, lines found in it, several results to choose."""

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..desk import data_url
from ..drawing import drawing_size, drawn, imported, layer_of, packed
from ..errors import SettingError
from ..images import encode, encode_preview, fit_within, open_colours, open_mask
from ..notebook import Notebook, photo_key
from ..sessions import Session
from ..step import settings_of
from ..widgets import Shared, part
from .lines import DETECTORS, lines_of
from .step import SketchFill

TITLE = "sketch"
LAYERS = {"hole": 1, "lines": 1, "colours": 4}
"""Channels of each layer."""
SETTINGS = ("seed", "strength", "amount", "grain", "blend")
MOST_RESULTS, NEAREST = 12, 4
THUMB = 260


def build(shared: Shared) -> None:
    """Build the tab's part of the page and say what it changes and asks."""
    allowed = settings_of(SketchFill)
    panel = part("sketch", detectors=list(DETECTORS), settings={
        name: {"low": allowed[name].low, "high": allowed[name].high, "value": allowed[name].default,
               "choices": list(allowed[name].choices)} for name in SETTINGS
    })
    shared.show(panel, lambda session, new, sent: state_of(session, sent))
    shared.change(panel.act, change)
    shared.answer(panel.ask, panel, lambda session, sent: answer(shared, session, sent), stop=panel.stop)


def sketch_of(session: Session) -> SketchFill | None:
    """The step of the selected cell, where it is one of this tab's."""
    step = session.cell.step if session.cell else None
    return step if isinstance(step, SketchFill) else None


def state_of(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """The photograph that is drawn on, which drawing the selected cell holds, and its settings."""
    if session.portrait is None:
        return {"seq": sent.get("seq")}
    shape, step = session.portrait.image.shape, sketch_of(session)
    height, width = drawing_size(shape)
    return {
        "seq": sent.get("seq"), "photo": photo_key(session.portrait)[:16], "name": session.name,
        "width": width, "height": height, "full": [shape[1], shape[0]],
        "cell": digest_of(step) if step else None,
        "settings": {name: getattr(step, name) for name in SETTINGS} if step else None,
        "filled": step is not None and digest_of(step) == sent.get("written"), "undone": sent.get("do") == "undo",
    }


def digest_of(step: SketchFill) -> str:
    """A name for what was drawn, whatever the other settings."""
    digest = hashlib.sha256()
    for name in LAYERS:
        layer = getattr(step, name)
        digest.update(name.encode() if layer is None else np.ascontiguousarray(layer))
    return digest.hexdigest()[:16]


# --- what changes the notebook -------------------------------------------------------------------------------------

def change(session: Session, sent: dict[str, Any]) -> None:
    """Fill what was drawn, or fill it again with other settings."""
    chosen = sent.get("settings")
    chosen = {name: chosen[name] for name in SETTINGS if name in chosen} if isinstance(chosen, dict) else {}
    if sent.get("do") == "fill" and session.portrait is not None:
        step = SketchFill(**drawing_of(session, sent), **chosen)
        sent["written"] = digest_of(step)
        session.put(step)
    elif sent.get("do") == "adjust" and sketch_of(session):
        session.put(dataclasses.replace(sketch_of(session), **chosen))


def drawing_of(session: Session, sent: dict[str, Any]) -> dict[str, np.ndarray | None]:
    """The layers as the page sent them. Raises ImageError for what is no layer, SettingError without a hole."""
    shape = session.portrait.image.shape
    layers = {name: layer_of(sent.get("drawing"), name, shape, channels) for name, channels in LAYERS.items()}
    if layers["hole"] is None:
        raise SettingError("Nothing is brushed out yet. Brush over what should be drawn anew, then fill.")
    return layers


# --- what is asked without changing anything -----------------------------------------------------------------------

def answer(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer the page by name; what takes long comes in pieces."""
    answers = {"layers": layers, "import": read_layer, "lines": lines, "compare": compare, "results": results}
    if session.portrait is not None and sent.get("do") in answers:
        for found in answers[sent["do"]](shared, session, sent):
            yield found | {"seq": sent.get("seq")}


def layers(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was drawn for the selected cell."""
    step = sketch_of(session)
    if step:
        yield {"layers": {name: drawn(getattr(step, name)) for name in LAYERS}, "cell": digest_of(step)}


def read_layer(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A layer from a file. Raises ImageError if it is none for this photograph."""
    name = sent.get("layer") if sent.get("layer") in LAYERS else "hole"
    read = open_colours if LAYERS[name] == 4 else open_mask
    layer = imported(sent.get("file"), read, session.portrait.image.shape)
    yield {"layers": {name: packed(layer)}, "layer": name}


def lines(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Lines of the photograph by one detector, as a layer."""
    found = lines_of(before(shared, session), str(sent.get("method")), detail_of(sent), shared.models)
    yield {"layers": {"lines": drawn(found)}, "layer": "lines"}


def compare(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Lines of the photograph by every detector, small, as ink on paper."""
    image, found = before(shared, session), []
    for name in DETECTORS:
        inked = 255 - fit_within(lines_of(image, name, detail_of(sent), shared.models), THUMB)
        found.append({"name": name, "url": data_url(encode(inked, "jpeg", 80))})
        yield {"compared": found}


def results(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same drawing filled from other seeds, one after another; kept, so that choosing one takes no time.

    With a seed in `like`, only those stay that come nearest to what it gave.
    """
    step, found, liked = sketch_of(session), [], None
    seeds = sent.get("seeds") if isinstance(sent.get("seeds"), list) else []
    seeds = seeds[:MOST_RESULTS] if step else []
    if step and sent.get("like") is not None:
        liked = filled(shared, session, dataclasses.replace(step, seed=sent["like"]))
    for tried, seed in enumerate(seeds, 1):
        image = filled(shared, session, dataclasses.replace(step, seed=seed))
        if image is None:
            break
        apart = 0.0 if liked is None else float(np.abs(image.astype(np.float32) - liked)[step.hole >= 128].mean())
        found.append({"seed": seed, "thumb": thumb_of(image, step.hole), "apart": apart})
        found = sorted(found, key=lambda result: result["apart"])[: len(seeds) if liked is None else NEAREST]
        yield {"results": [] if liked is not None else found, "tried": tried, "wanted": len(seeds), "done": False}
    yield {"results": found, "tried": len(seeds), "wanted": len(seeds), "done": True}


def filled(shared: Shared, session: Session, step: SketchFill) -> np.ndarray | None:
    """What a step makes of the photograph; None once the page has gone on to another drawing."""
    with session.lock:
        if sketch_of(session) is None or digest_of(sketch_of(session)) != digest_of(step):
            return None
        index, book = session.trial(step)
        return Notebook(book.cells[: index + 1]).run(session.portrait, shared.models, shared.desk.results).image


def detail_of(sent: dict[str, Any]) -> float:
    """How much detail was asked for, 0..1."""
    detail = sent.get("detail")
    return min(1.0, max(0.0, float(detail))) if isinstance(detail, int | float) else 0.5


def before(shared: Shared, session: Session) -> np.ndarray:
    """The picture that the drawing is made on: what the cells before the selected sketch have made of it."""
    cells = session.notebook.cells[: session.selected] if sketch_of(session) else session.notebook.cells
    return Notebook(cells).run(session.portrait, shared.models, shared.desk.results).image


def thumb_of(image: np.ndarray, hole: np.ndarray | None) -> str:
    """The filling with some of what is around it, as a small picture."""
    height, width = image.shape[:2]
    rows, columns = np.nonzero(np.ones((height, width)) if hole is None else hole >= 128)
    side = min(height, width, int(1.5 * max(np.ptp(rows), np.ptp(columns))) + 24)
    top = int(np.clip((rows.min() + rows.max() - side) // 2, 0, height - side))
    left = int(np.clip((columns.min() + columns.max() - side) // 2, 0, width - side))
    return data_url(encode_preview(np.ascontiguousarray(image[top : top + side, left : left + side]), THUMB))
