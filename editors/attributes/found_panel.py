"""Directions nobody named, in the page: found in the generator, looked at, tried, named, kept as sliders."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..canvas import reduced
from ..desk import data_url
from ..errors import SettingError
from ..images import encode_preview
from ..models import Models
from ..portrait import Portrait
from ..sessions import Session
from ..step import check_number, settings_of
from ..widgets import Shared, part
from .directions import EMBEDDED
from .drawn_faces import FacePainter, on_square
from .faces_panel import Faces, portraits_of
from .found import MOST, direction_found, preview
from .inversion import Inverted
from .likeness_panel import with_likeness
from .published import names_in, sources
from .recipes import MOST_SEED
from .step import METHODS, MoveFound
from .through import draw_in_frame, layers_of

AMOUNTS = (-2.0, 0.0, 2.0)
"""What a direction is looked at with."""
MOST_AT_ONCE = 8
LOOK_SIDE, THUMB = 512, 200
"""Long side of the photograph that a preview is made of, and of what is seen of it."""
LONGEST_NAME = 40

Look = Callable[[MoveFound], list[np.ndarray]]


def build(shared: Shared) -> None:
    """Build the part and say what it shows, changes and asks."""
    faces = Faces(shared.models)
    layers = 2 * int(shared.models.card(EMBEDDED).config["size"]).bit_length() - 4
    panel = part("found", shown_of(Session(), shared.models), methods=list(METHODS), layers=layers, most=MOST,
                 at_once=MOST_AT_ONCE, most_seed=MOST_SEED)
    shared.show(panel, lambda session, new, sent: shown_of(session, shared.models) | {
        "seq": sent.get("seq"), "photo": session.portrait and shared.desk.photo(session)})
    shared.change(panel.act, lambda session, sent: change(shared, session, sent))
    shared.quick(panel.tick, lambda session, sent: step_on(shared, session, sent))
    shared.answer(panel.find, panel, lambda session, sent: find(faces, shared, session, sent), stop=panel.stop,
                  beside=True)


def step_of(sent: Mapping[str, Any]) -> MoveFound:
    """The step of a direction and an amount that the page sent. Raises SettingError for what it never sends."""
    settings = {name: sent[name] for name in ("method", "index", "model", "layers", "amount", "source") if name in sent}
    return MoveFound(**settings, lock=tuple(sent.get("lock") or ()),
                     name=str(sent.get("name") or "").strip()[:LONGEST_NAME])


def step_on(shared: Shared, session: Session, sent: Mapping[str, Any]) -> MoveFound:
    """The same on what is open, with the likeness of the cell that it changes, or that its face is known at."""
    step = step_of(sent)
    if session.continued_by(step):
        step = replace(step, likeness=session.cell.step.likeness)
    return with_likeness(shared, session, step)


def shown_of(session: Session, models: Models) -> dict[str, Any]:
    """The directions that are kept, each with its amount in the selected cell, and files of more."""
    step = session.cell.step if session.cell else None
    chosen = step if isinstance(step, MoveFound) else None
    kept = [each for each in session.found if isinstance(each, MoveFound)]
    return {"sources": sources(models), "kept": [
        each.plain() | {"amount": chosen.amount if chosen and chosen.recipe == each.recipe else 0.0} for each in kept
    ]}


# --- what changes the session ----------------------------------------------------------------------------------------

def change(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Move along a direction, keep one under a name, or let one go."""
    step = step_of(sent)
    known = [each for each in session.found if isinstance(each, MoveFound) and each.recipe == step.recipe]
    if sent.get("do") == "set":
        if session.continued_by(step) or step.amount:
            session.put(step_on(shared, session, sent))
    elif sent.get("do") in ("keep", "drop"):
        session.found = tuple(each for each in session.found if each not in known)
        if sent["do"] == "keep":
            session.keep(replace(step, amount=0.0, lock=()))
            if session.continued_by(step):
                session.put(replace(session.cell.step, name=step.name))


# --- what is asked without changing anything -------------------------------------------------------------------------

def find(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Directions one after another, each with the face it moves: AMOUNTS of it."""
    start, first, found = step_of(sent), sent.get("first", 0), []
    last = settings_of(MoveFound)["index"].high
    most = min(len(names_in(shared.models, start.source)), last + 1) if start.source else MOST
    check_number("first", first, 0, most - 1)
    asked = {"asked": sent.get("seq"), "wanted": min(MOST_AT_ONCE, most - int(first)), "most": most}
    look = looked_at(faces, shared, session, sent, start)
    profile = session.portrait.profile if session.portrait and sent.get("seed") is None else None
    yield {"found": []} | asked
    for index in range(int(first), int(first) + asked["wanted"]):
        urls = [data_url(encode_preview(picture, THUMB, profile)) for picture in look(replace(start, index=index))]
        found.append({"index": index, "urls": urls})
        yield {"found": list(found)} | asked


def looked_at(faces: Faces, shared: Shared, session: Session, sent: dict[str, Any], start: MoveFound) -> Look:
    """How a direction is looked at: on the face of a seed, else on the photograph as it is edited now."""
    if sent.get("seed") is None:
        portrait = portraits_of(shared, session)(len(session.notebook.cells))
        small = reduced(portrait, LOOK_SIDE, shared.models)
        scale = small.image.shape[1] / portrait.image.shape[1]
        return on_portrait(small, shared.desk.window(session.portrait, 1.0, scale), shared.models)
    seed = sent["seed"]
    if type(seed) is not int or not 0 <= seed <= MOST_SEED:
        raise SettingError(f"The seed is a whole number from 0 to {MOST_SEED}.")
    if start.model == EMBEDDED:
        return on_seed(faces.painter(), seed, shared.models)
    return lambda step: preview(shared.models, step.model, step.method, step.index, AMOUNTS, step.layers,
                                source=step.source)


def on_portrait(portrait: Portrait, window: tuple[slice, slice], models: Models) -> Look:
    """The photograph's face, moved, and what a window shows of it."""
    def look(step: MoveFound) -> list[np.ndarray]:
        moved = [replace(step, amount=amount).quick(portrait, models).image for amount in AMOUNTS]
        return [np.ascontiguousarray(image[window]) for image in moved]

    return look


def on_seed(painter: FacePainter, seed: int, models: Models) -> Look:
    """The face of a seed, moved."""
    face = painter.by_seed(seed, 0.7)
    inverted = Inverted(face.latent, painter.generator.codes(face.latent), painter.generator)

    @torch.no_grad()
    def look(step: MoveFound) -> list[np.ndarray]:
        direction = direction_found(models, step.model, step.method, step.index, step.layers, step.seed)
        style, layers = torch.from_numpy(direction.style), layers_of(step.layers, painter.generator.layers)
        drawn = (draw_in_frame(inverted, amount * style, layers, painter.drawing) for amount in AMOUNTS)
        return [on_square(picture, painter.mesh(face.shape), painter.shape) for picture in drawn]

    return look
