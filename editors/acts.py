"""What the page asks for by name: each act changes a session by what was sent. True: the photograph is another one."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from .errors import FaceError
from .faces import face_of, faces_of
from .models import Models
from .notebook_file import open_notebook
from .portrait import Portrait
from .sessions import Session

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "portraits"
OVERTAKEN = 10_000
"""Milliseconds by which one click may come before another that was made first."""
EXAMPLE_TITLES = {"astronaut": "Eileen Collins, NASA"}

Change = Callable[[Session, dict[str, Any]], bool | None]
"""Changes a session by what the page sent; True when the photograph itself is another one."""


def read_and_remove(path: Path) -> bytes:
    """The bytes of an upload, which does not stay in the upload folder."""
    try:
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


def stem_of(path: Path) -> str:
    """A file name's stem fit for what is downloaded."""
    stem = "".join(c if c.isalnum() or c in "-_ ." else "_" for c in path.stem).strip(" .")
    return stem[:60] or "portrait"


def open_upload(session: Session, sent: dict[str, Any], models: Models) -> bool:
    """Open an uploaded photograph at the first of its faces that can be edited; where there is none, that is said."""
    path = Path(sent["path"])
    session.open_photo(read_and_remove(path), stem_of(path))
    try:
        choose_usable_face(session, models)
    except FaceError as error:
        session.choose_face(0)
        session.notice = ("needs_face", str(error))
    return True


def open_saved(session: Session, sent: dict[str, Any], models: Models) -> bool:
    """Open an uploaded notebook."""
    path = Path(sent["path"])
    try:
        opened = open_notebook(path, models)
    finally:
        path.unlink(missing_ok=True)
    session.open(opened.portrait, stem_of(path), opened.notebook)
    known = {step.digest() for step in session.found}
    session.found += tuple(step for step in opened.found if step.digest() not in known)
    session.notice = ("models_changed", ", ".join(opened.changed)) if opened.changed else ()
    rest_absent(session, models)
    return True


def rest_absent(session: Session, models: Models) -> None:
    """Switch off edits whose models are not here, and have it said, with the models that could draw them."""
    absent = {name for cell in session.notebook.cells if cell.enabled for name in cell.step.models_needed()
              if not models.is_here(name)}
    for index, cell in enumerate(session.notebook.cells):
        if cell.enabled and absent & set(cell.step.models_needed()):
            session.switch(index)
    if absent:
        known = {card.id for card in models.cards()}
        others = dict.fromkeys(other for name in sorted(absent & known) for other in models.stand_ins(name))
        session.notice = (("absent_models", ", ".join(sorted(absent)), ", ".join(others)) if others else
                          ("absent_models_alone", ", ".join(sorted(absent))))


def choose_usable_face(session: Session, models: Any) -> None:
    """Choose the largest face that can be edited. Raises the FaceError of the largest if none can."""
    first: FaceError | None = None
    for face in range(max(1, len(faces_of(session.portrait, models)))):
        session.choose_face(face)
        try:
            face_of(session.portrait, models)
            return
        except FaceError as error:
            first = first or error
    raise first


def choose_face(session: Session, sent: dict[str, Any], models: Models) -> bool:
    """Edit another face; clicks that come in another order than they were made count as they were made.

    Raises FaceError for a face that cannot be edited.
    """
    at = float(sent.get("at") or 0)
    if 0 < session.chosen_at - at < OVERTAKEN:
        return True
    session.chosen_at = at
    session.choose_face(int(sent["face"]))
    face_of(session.portrait, models)
    return True


def example_files() -> list[Path]:
    """The example photographs, by name; pictures without a face are for tests and not offered."""
    return sorted(path for path in EXAMPLES.glob("*.png") if path.stem in EXAMPLE_TITLES)


def open_example(session: Session, sent: dict[str, Any]) -> bool:
    """Open one of the example photographs."""
    files = example_files()
    path = files[int(sent.get("example") or 0) % len(files)]
    session.open(_example(path), path.stem, source=path.read_bytes())
    return True


@cache
def _example(path: Path) -> Portrait:
    """The portrait of an example: every visitor is shown the same one, whose face need be found only once."""
    return Portrait.open(path)


SESSION_ACTS: dict[str, Change] = {
    "undo": lambda session, sent: session.undo(),
    "redo": lambda session, sent: session.redo(),
    "select": lambda session, sent: session.select(sent["at"]),
    "switch": lambda session, sent: session.switch(sent["at"]),
    "remove": lambda session, sent: session.remove(sent["at"]),
    "duplicate": lambda session, sent: session.duplicate(sent["at"]),
    "move": lambda session, sent: session.move(sent["at"], sent["to"]),
    "fork": lambda session, sent: session.fork(),
    "show_branch": lambda session, sent: session.show_branch(sent["at"]),
    "close_branch": lambda session, sent: session.close_branch(sent["at"]),
    "show": lambda session, sent: True,
    "example": open_example,
}
"""What the viewer, the cells and the bar ask for, by name."""


def act(session: Session, sent: dict[str, Any]) -> bool | None:
    """Do what a part of the page asked for by name; a name nobody knows does nothing."""
    return SESSION_ACTS.get(sent.get("do"), lambda *_: None)(session, sent)
