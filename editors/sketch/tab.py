"""The Sketch tab: a hole, lines and colours drawn over the photograph, lines found in it, several results to choose."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..colours import is_wide
from ..desk import data_url
from ..drawing import drawing_size, drawn, imported, layer_of, packed
from ..errors import SettingError
from ..faces import find_faces
from ..images import encode, fit_within, open_colours, open_mask
from ..notebook import Notebook, photo_key
from ..portrait import Portrait
from ..session import Session
from ..step import settings_of
from ..widgets import Shared, part
from . import filling
from .diffusion import PRESETS
from .fill import canvas
from .filling import THUMB, digest_of, sketch_of
from .lines import DETECTORS, lines_of
from .step import DIFFUSION, PAINTERS, SketchFill

TITLE = "sketch"
LAYERS = {"hole": 1, "lines": 1, "colours": 4}
"""Channels of each layer."""
SETTINGS = (
    "seed", "strength", "amount", "grain", "blend", "edge",
    "model", "prompt", "negative", "preset", "steps", "guidance", "renewal", "control", "context",
)
MOST_RESULTS = 12


def build(shared: Shared) -> None:
    """Build the tab's part of the page and say what it changes and asks."""
    allowed = settings_of(SketchFill)
    panel = part("sketch", detectors=list(DETECTORS), painters=list(PAINTERS), presets={
        name: {"steps": preset.steps, "guidance": preset.guidance, "addition": preset.addition}
        for name, preset in PRESETS.items()
    }, settings={
        name: {"low": allowed[name].low, "high": allowed[name].high, "value": allowed[name].default,
               "choices": list(allowed[name].choices)} for name in SETTINGS
    })
    shared.show(panel, lambda session, new, sent: state_of(shared, session, sent))
    shared.change(panel.act, change)
    shared.answer(panel.ask, panel, lambda session, sent: answer(shared, session, sent))
    # Stable Diffusion takes minutes on a processor: what others paint does not wait for it.
    for event, beside in ((panel.paint, False), (panel.diffuse, True)):
        shared.answer(event, panel, lambda session, sent: paint(shared, session, sent), stop=panel.stop, beside=beside)


def state_of(shared: Shared, session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """The photograph that is drawn on, which drawing the selected cell holds, and its settings."""
    if session.portrait is None:
        return {"seq": sent.get("seq")}
    shape, step = session.portrait.image.shape, sketch_of(session)
    height, width = drawing_size(shape)
    return {
        "seq": sent.get("seq"), "photo": photo_key(session.portrait)[:16], "name": session.name,
        "width": width, "height": height, "full": [shape[1], shape[0]], "blank": is_blank(session.portrait),
        "wide": is_wide(session.portrait.profile),
        "cell": digest_of(step) if step else None,
        "settings": {name: getattr(step, name) for name in SETTINGS} if step else None,
        "filled": step is not None and digest_of(step) == sent.get("written"), "undone": sent.get("do") == "undo",
        "models": {each: model_of(shared, each) for each in DIFFUSION},
    }


def model_of(shared: Shared, model_id: str) -> dict[str, Any]:
    """Whether a model is here, and what is said of it before it comes."""
    card = shared.models.card(model_id)
    return {"here": shared.models.is_here(model_id), "mb": card.size_mb, "licence": card.licence}


def is_blank(portrait: Portrait) -> bool:
    """Whether there is no photograph, only a page to draw a face on."""
    return portrait.fact("blank page", lambda: bool((portrait.image == canvas(1, 1).image).all()))


# --- what changes the notebook -------------------------------------------------------------------------------------

def change(session: Session, sent: dict[str, Any]) -> bool | None:
    """Write down what was filled, fill it again with other settings, or begin a face from lines alone."""
    chosen = settings_in(sent)
    if sent.get("do") == "fill" and session.portrait is not None:
        step = SketchFill(**drawing_of(session, sent), **chosen)
        sent["written"] = digest_of(step)
        session.put(step)
    elif sent.get("do") == "adjust" and sketch_of(session):
        session.put(dataclasses.replace(sketch_of(session), **chosen))
    elif sent.get("do") == "face" and session.portrait is not None:
        shape = session.portrait.image.shape
        drawing = layer_of(sent.get("drawing"), "lines", shape)
        if drawing is None:
            raise SettingError("No lines are drawn yet. Draw a face, or take the lines of the photo, then try again.")
        session.open(canvas(*shape[:2]), session.name)
        session.put(SketchFill(lines=drawing, **chosen | {"model": PAINTERS[0]}))
        return True


def settings_in(sent: dict[str, Any]) -> dict[str, Any]:
    """The settings that the page sent."""
    chosen = sent.get("settings")
    return {name: chosen[name] for name in SETTINGS if name in chosen} if isinstance(chosen, dict) else {}


def drawing_of(session: Session, sent: dict[str, Any]) -> dict[str, np.ndarray | None]:
    """The layers as the page sent them. Raises ImageError for what is no layer, SettingError without a hole."""
    shape = session.portrait.image.shape
    layers = {name: layer_of(sent.get("drawing"), name, shape, channels) for name, channels in LAYERS.items()}
    alone = is_blank(session.portrait) and layers["lines"] is not None
    if layers["hole"] is None and not alone:
        raise SettingError("Nothing is brushed out yet. Brush over what should be drawn anew, then fill.")
    return layers


# --- what is asked without changing anything -----------------------------------------------------------------------

def paint(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Say that it begins, then what comes of it, every piece with the number of what was asked."""
    seq = sent.get("seq")
    yield {"begun": True, "seq": seq}
    piece = None
    for piece in painted(shared, session, sent):
        yield piece | {"piece": True, "seq": seq}
    if piece is None:                                                          # the page is at another cell by now
        yield {"piece": True, "ended": True, "seq": seq}


def painted(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Fill what was drawn, from one seed or several, or joined in several ways; the results are kept."""
    step, desk = sketch_of(session), shared.desk
    if sent.get("do") == "fill" and session.portrait is not None:
        if not shared.is_open(session, sent):
            return                                                             # the page is shown another one by now
        asked = SketchFill(**drawing_of(session, sent), **settings_in(sent))
        yield from filling.drawn(desk, session, asked)
        yield {"painted": True}
    elif sent.get("do") == "adjust" and step:
        yield from filling.drawn(desk, session, dataclasses.replace(step, **settings_in(sent)))
        yield {"painted": True}
    elif sent.get("do") == "results" and step:
        seeds = sent.get("seeds") if isinstance(sent.get("seeds"), list) else []
        yield from filling.results(desk, session, step, seeds[:MOST_RESULTS], sent.get("like"))
    elif sent.get("do") == "blends" and step:
        yield from filling.blends(desk, session, step)


def answer(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer the page by name; what takes long comes in pieces."""
    answers = {"layers": layers, "import": read_layer, "lines": lines, "compare": compare}
    if session.portrait is not None and sent.get("do") in answers:
        shared.refuse_late(session, sent)
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
    image = before(shared, session)
    faces = find_faces(image, shared.models)
    found = lines_of(image, str(sent.get("method")), detail_of(sent), shared.models, faces)
    yield {"layers": {"lines": drawn(found)}, "layer": "lines"}


def compare(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Lines of the photograph by every detector, small, as ink on paper."""
    image, found = before(shared, session), []
    faces = find_faces(image, shared.models)
    for name in DETECTORS:
        inked = 255 - fit_within(lines_of(image, name, detail_of(sent), shared.models, faces), THUMB)
        found.append({"name": name, "url": data_url(encode(inked, "jpeg", 80))})
        yield {"compared": found}


def detail_of(sent: dict[str, Any]) -> float:
    """How much detail was asked for, 0..1."""
    detail = sent.get("detail")
    return min(1.0, max(0.0, float(detail))) if isinstance(detail, int | float) else 0.5


def before(shared: Shared, session: Session) -> np.ndarray:
    """The picture that the drawing is made on: what the cells before the selected sketch have made of it."""
    cells = session.notebook.cells[: session.selected] if sketch_of(session) else session.notebook.cells
    return Notebook(cells).run(session.portrait, shared.models, shared.desk.results).image
