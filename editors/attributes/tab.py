"""The Attributes tab: a slider for each direction, regions to keep, all in one part of the page."""

from typing import Any

from ..sessions import Session
from ..widgets import Shared, part
from .directions import directions_of
from .step import LOCKS, ShiftAttributes

TITLE = "attributes"


def build(shared: Shared) -> None:
    """Build the tab's settings and say what they change."""
    panel = part("attributes", settings_of(Session()), directions=described(shared.models), locks=list(LOCKS))
    shared.show(panel, lambda session, new, sent: settings_of(session) | {"seq": sent.get("seq")})
    shared.change(panel.act, set_attributes)
    shared.quick(panel.tick, step_of)


def described(models: Any) -> list[dict[str, Any]]:
    """What the sliders need to know of each direction."""
    return [
        {"name": found.name, "group": found.group, "low": found.low, "high": found.high, "unit": found.unit}
        for found in directions_of(models)
    ]


def step_of(sent: dict[str, Any]) -> ShiftAttributes:
    """The step that the sliders stand for. Raises SettingError for what no slider sends."""
    return ShiftAttributes(amounts=sent.get("amounts") or {}, lock=tuple(sent.get("lock") or ()))


def settings_of(session: Session) -> dict[str, Any]:
    """Where the sliders stand for the selected cell; in the middle where it is none of theirs."""
    step = session.cell.step if session.cell else None
    if not isinstance(step, ShiftAttributes):
        return {"amounts": {}, "lock": []}
    return {"amounts": dict(step.amounts), "lock": list(step.lock)}


def set_attributes(session: Session, sent: dict[str, Any]) -> None:
    """Write the sliders into the notebook; sliders that never left the middle begin no cell."""
    step = step_of(sent)
    if session.cell is not None or any(step.amounts.values()) or step.lock:
        session.put(step)
