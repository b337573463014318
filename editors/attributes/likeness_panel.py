"""A sharper likeness, in the page: what the generator makes of the face beside the photograph, and seconds to spend."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..canvas import reduced
from ..desk import data_url
from ..errors import FaceError, SettingError
from ..images import encode_preview, from_tensor
from ..models import Models
from ..networks.linear_drawing import face_inside, smaller
from ..notebook import Notebook, photo_key
from ..pieces import in_pieces
from ..portrait import Portrait
from ..sessions import Session
from ..widgets import Shared, part
from .directions import EMBEDDED, LINEAR
from .inversion import frame_picture, onto_photograph
from .likeness import Known, face_in, is_found
from .step import ThroughGenerator

CHOICES = (0.0, 3.0, 10.0)
"""Seconds of optimisation that are offered."""
LOOK_SIDE, THUMB = 900, 360
"""Long side of the photograph that is looked at, and of what is seen of it."""

Window = Callable[[float], tuple[slice, slice]]
"""What is seen of a picture so many times the photograph's size."""


def build(shared: Shared) -> None:
    """Build the part and say what it shows, changes and asks."""
    panel = part("likeness", shown_of(Session()), choices=list(CHOICES))
    shared.show(panel, lambda session, new, sent: shown_of(session) | {"changed": True, "of": key_of(shared, session)})
    shared.change(panel.act, change)
    shared.answer(panel.look, panel, lambda session, sent: look(shared, session, sent))
    shared.answer(panel.sharpen, panel, lambda session, sent: sharpen(shared, session, sent), stop=panel.stop,
                  beside=True)


def step_of(session: Session) -> ThroughGenerator | None:
    """The step of the selected cell, where a StyleGAN2 draws it."""
    step = session.cell.step if session.cell else None
    return step if isinstance(step, ThroughGenerator) and step.model != LINEAR else None


def shown_of(session: Session) -> dict[str, Any]:
    """The likeness of the selected cell, and whether it has one."""
    step = step_of(session)
    return {"likeness": step.likeness if step else 0.0, "drawn": step is not None}


def change(session: Session, sent: dict[str, Any]) -> None:
    """Draw the selected cell with the likeness that was found, where a generator draws it."""
    step, seconds = step_of(session), checked(sent)
    if step is not None:
        session.put(replace(step, likeness=seconds))


def checked(sent: dict[str, Any]) -> float:
    """The seconds that were asked for. Raises SettingError for others than are offered."""
    if sent.get("seconds") not in CHOICES:
        raise SettingError("The likeness takes " + ", ".join(f"{seconds:g}" for seconds in CHOICES) + " seconds.")
    return float(sent["seconds"])


def with_likeness(shared: Shared, session: Session, step: ThroughGenerator) -> ThroughGenerator:
    """A step as near to the face as its generator knows it already; a cell that it draws stays as it is."""
    kept = step_of(session)
    if step.model == LINEAR or step.likeness or kept and kept.model == step.model and session.continued_by(step):
        return step
    return replace(step, likeness=nearest(shared.desk.before(session, step), shared.models, step.model))


def nearest(portrait: Portrait, models: Models, model: str) -> float:
    """The most of CHOICES that a face is known at."""
    return max(each for each in CHOICES if each == 0 or is_found(portrait, models, model, each))


# --- what is asked without changing anything -------------------------------------------------------------------------

def start_of(session: Session) -> int:
    """How many cells lie before the one that a likeness is found for: the selected one, or the next."""
    ours = session.cell is not None and isinstance(session.cell.step, ThroughGenerator)
    return session.selected if ours else len(session.notebook.cells)


def key_of(shared: Shared, session: Session) -> str:
    """A name for the picture and the face that a likeness is found of; empty for none."""
    if session.portrait is None:
        return ""
    start = photo_key(session.portrait)
    return f"{[start, *session.notebook.keys(start, shared.models)][start_of(session)]} {session.portrait.face}"


def place_of(shared: Shared, session: Session, sent: dict[str, Any]) -> tuple[Portrait, str]:
    """What the selected cell starts from, or the next one would, and the generator that draws it or would."""
    with session.lock:
        step, book = step_of(session), Notebook(session.notebook.cells[: start_of(session)])
        chosen = str(sent.get("model") or LINEAR)
        model = step.model if step else EMBEDDED if chosen == LINEAR else chosen
        return book.run(session.portrait, shared.models, shared.desk.results), model


def look(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The photograph and what the generator makes of the face, as near as was found so far; or that there is none."""
    if session.portrait is None:
        return
    portrait, model = place_of(shared, session, sent)
    seconds, asked = nearest(portrait, shared.models, model), sent.get("seconds")
    if asked in CHOICES and (asked == 0 or is_found(portrait, shared.models, model, asked)):
        seconds = asked
    try:
        known = face_in(portrait, shared.models, model, seconds)
    except FaceError:
        yield {"faceless": True}  # why, was said when the picture was opened
        return
    yield seen(portrait, known, window_of(shared, session), shared.models) | {"seconds": seconds}


def sharpen(shared: Shared, session: Session, sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Spend seconds on the face, saying how many are gone, and show what came of it; kept with the portrait."""
    seconds = checked(sent)
    portrait, model = place_of(shared, session, sent)
    yield {"share": 0.0, "seq": sent.get("seq")}
    known = yield from in_pieces(lambda tell: face_in(
        portrait, shared.models, model, seconds, lambda share, loss: tell({"share": share, "seq": sent.get("seq")})))
    found = seen(portrait, known, window_of(shared, session), shared.models)
    yield found | {"seconds": seconds, "ready": sent.get("seq")}


def window_of(shared: Shared, session: Session) -> Window:
    """The part of the photograph that is seen: a square around the face."""
    return lambda scale: shared.desk.window(session.portrait, 1.0, scale)


def seen(portrait: Portrait, known: Known, window: Window, models: Models) -> dict[str, Any]:
    """The photograph and the generator's face as pictures of one size, and how alike they are in decibels."""
    small, picture = reduced(portrait, LOOK_SIDE, models), from_tensor(known.picture)
    cut = window(small.image.shape[1] / portrait.image.shape[1])
    its = picture
    if known.mesh is None:
        its = np.ascontiguousarray(onto_photograph(picture.astype(np.float32), small, models)[cut])
    mine = np.ascontiguousarray(small.image[cut])
    urls = [data_url(encode_preview(each, THUMB, portrait.profile)) for each in (mine, its)]
    return {"mine": urls[0], "its": urls[1], "decibels": decibels(portrait, known, models)}


def decibels(portrait: Portrait, known: Known, models: Models) -> float:
    """Peak signal to noise inside the face, both seen in the frame at the size that the generator draws there."""
    shape, taken = models.get(LINEAR), frame_picture(portrait, models)
    drawn = from_tensor(known.picture).astype(np.float32) if known.taken is None else known.taken
    error = np.square(drawn - smaller(taken, len(drawn)))[face_inside(shape, len(drawn))].mean()
    return round(float(10 * np.log10(255**2 / max(error, 1e-6))), 1)
