"""The Attributes tab: which generator draws, a slider for each of its directions, regions to keep."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..desk import Desk
from ..errors import FaceError
from ..faces import face_of
from ..models import Models
from ..models_panel import generators
from ..sessions import Session
from ..widgets import Shared, part
from . import faces_panel, found_panel, likeness_panel
from .directions import LINEAR, are_fitted, directions_of
from .sampled_directions import fit_directions
from .step import LOCKS, MoveFound, ShiftAttributes, ThroughGenerator

TITLE = "attributes"


def build(shared: Shared) -> None:
    """Build the tab's settings and say what they change."""
    panel = part("attributes", shown_of(Session(), {}, shared.models), directions=described(shared.models),
                 locks=list(LOCKS))
    shared.show(panel, lambda session, new, sent: shown_of(session, sent, shared.models) | {
        "seq": sent.get("seq"), "photo": session.portrait and shared.desk.photo(session),
        "faceless": is_faceless(session, shared.desk)})
    shared.change(panel.act, lambda session, sent: set_attributes(shared, session, sent))
    shared.quick(panel.tick, lambda session, sent: step_on(shared, session, step_of(sent)))
    for below in (likeness_panel, found_panel, faces_panel):
        below.build(shared)
    shared.panel.offer_fits(lambda model_id: are_fitted(shared.models, model_id), fit_directions)


def is_faceless(session: Session, desk: Desk) -> bool:
    """Whether what is open has no face that sliders can move: the photograph, nor what the cells made of it."""
    if session.portrait is None:
        return False
    for picture in (lambda: session.portrait, lambda: desk.before(session, ShiftAttributes(amounts={}))):
        with suppress(FaceError):
            face_of(picture(), desk.models)
            return False
    return True


def described(models: Models, model_id: str = LINEAR) -> list[dict[str, Any]]:
    """What the sliders need to know of each direction of a generator."""
    return [
        {"name": found.name, "group": found.group, "low": found.low, "high": found.high, "unit": found.unit}
        for found in directions_of(models, model_id)
    ]


def step_of(sent: dict[str, Any]) -> ShiftAttributes:
    """The step that the sliders stand for. Raises SettingError for what no slider sends."""
    return ShiftAttributes(amounts=sent.get("amounts") or {}, lock=tuple(sent.get("lock") or ()),
                           model=sent.get("generator") or LINEAR)


def step_on(shared: Shared, session: Session, step: ShiftAttributes) -> ShiftAttributes:
    """The step on what is open: what the sliders do not show stays as it is in the cell that they change."""
    kept = session.cell.step if session.cell else None
    if isinstance(kept, ShiftAttributes):
        step = replace(kept, amounts=step.amounts, lock=step.lock, model=step.model)
    return likeness_panel.with_likeness(shared, session, step)


def shown_of(session: Session, sent: dict[str, Any], models: Models) -> dict[str, Any]:
    """Where the sliders stand for the selected cell, in the middle where it is none of theirs; and what draws them.

    Where no cell says which generator draws, it is the one that the page last sent, or stays as it is; where none says
    what it holds, the page keeps what is ticked for the next edit.
    """
    step = session.cell.step if session.cell else None
    is_ours = isinstance(step, ShiftAttributes)
    shown: dict[str, Any] = {"amounts": dict(step.amounts) if is_ours else {}}
    if isinstance(step, ThroughGenerator):
        shown["lock"] = list(step.lock)
    drawn_by = sent.get("generator") if sent.get("do") == "choose" else step.model if is_ours else None
    shown["generators"] = [each | {"fitted": are_fitted(models, each["id"])} for each in generators(models)]
    if isinstance(drawn_by, str):
        here = models.is_here(drawn_by)
        fitted = here and are_fitted(models, drawn_by)
        shown |= {"generator": drawn_by, "here": here, "fitted": fitted,
                  "directions": described(models, drawn_by) if fitted else []}
    return shown


def set_attributes(shared: Shared, session: Session, sent: dict[str, Any]) -> None:
    """Write the sliders into the notebook; sliders that never left the middle begin no cell, whatever is ticked.

    A generator that was chosen and has no directions yet is only shown, with the way to fit them.
    """
    step = step_of(sent)
    if sent.get("do") == "choose":
        if not (shared.models.is_here(step.model) and are_fitted(shared.models, step.model)):
            return
        known = {each.name: each for each in directions_of(shared.models, step.model)}
        step = replace(step, amounts={name: min(max(amount, known[name].low), known[name].high)
                                      for name, amount in step.amounts.items() if name in known})
    kept, moved = session.cell.step if session.cell else None, any(step.amounts.values())
    if isinstance(kept, MoveFound) and not moved:  # its slider is not among these, but it holds what they hold
        session.put(replace(kept, lock=step.lock, amount=0.0 if sent.get("do") == "reset" else kept.amount))
    elif isinstance(kept, ShiftAttributes) or moved:
        session.put(step_on(shared, session, step))
