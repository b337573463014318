"""A person's work on the page: a photograph, its notebooks, what is undone, what was open before."""

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from .errors import NotebookError
from .images import open_photo
from .notebook import Cell, History, Notebook, Results
from .portrait import Portrait
from .step import Step

MOST_BRANCHES = 12
MOST_FOUND = 64
MOST_WINDOWS = 8           # whose last changes are known
MOST_EARLIER = 3           # photographs with their edits that undo can bring back, besides the one that is open


@dataclass(frozen=True, eq=False)
class Work:
    """A photograph with its notebooks, set aside while another is open.

    photo:  bytes of its file, or the portrait itself where they are not at hand
    The others are as in a session.
    """

    photo: bytes | Portrait
    face: int
    name: str
    branches: tuple[History, ...]
    branch: int
    selected: int | None

    @cached_property
    def digest(self) -> str:
        """sha256 of the photograph's file, or of its pixels."""
        content = self.photo if isinstance(self.photo, bytes) else self.photo.image.data
        return hashlib.sha256(content).hexdigest()


@dataclass(eq=False)
class Session:
    """The work of one browser: the one value of the page that changes.

    name:       stem of the photograph's file name, for what is downloaded
    branches:   notebooks with their undo and redo, at least one; `branch` is the one shown
    selected:   index of the cell that settings are written to; None = the next setting begins a cell
    source:     bytes of the photograph's file, where they are at hand
    earlier:    what was open before, the last one last: undo brings it back; `later`: what redo brings back
    found:      steps without pictures that a person named and keeps, to be used again
    notice:     a phrase of `translations` and its values that the next answer shows once
    chosen_at:  milliseconds of the visitor's clock at which the face was chosen
    changed:    when each window of the browser last changed what is open, in milliseconds, the last one last
    """

    portrait: Portrait | None = None
    name: str = "portrait"
    branches: tuple[History, ...] = (History(),)
    branch: int = 0
    selected: int | None = None
    source: bytes | None = None
    earlier: tuple[Work, ...] = ()
    later: tuple[Work, ...] = ()
    found: tuple[Step, ...] = ()
    notice: tuple[str, ...] = ()
    chosen_at: float = 0.0
    changed: Mapping[str, int] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.RLock, repr=False)

    @property
    def history(self) -> History:
        """The history of the branch that is shown."""
        return self.branches[self.branch]

    @property
    def notebook(self) -> Notebook:
        """The notebook that is shown."""
        return self.history.present

    @property
    def cell(self) -> Cell | None:
        """The selected cell."""
        return None if self.selected is None else self.notebook.cells[self.selected]

    def open_photo(self, source: bytes, name: str = "portrait") -> None:
        """Begin with a photograph; what was open is set aside. Raises ImageError if the bytes are not one."""
        photo = open_photo(source)
        self.open(Portrait(photo.pixels, photo.alpha, photo.profile), name, source=source)

    def open(
        self, portrait: Portrait, name: str = "portrait", notebook: Notebook | None = None, source: bytes | None = None
    ) -> None:
        """Begin with a photograph, and a notebook if one comes with it; what was open is set aside.

        A file that was open already, and that nothing was done with, is not: it may only have been pressed twice.
        """
        again = source is not None and (source, name) == (self.source, self.name) and not self.is_touched
        if self.portrait is not None and not again:
            branches = tuple(replace(history, future=()) for history in self.branches)
            self.earlier, self.later = (*self.earlier, replace(self.work(), branches=branches))[-MOST_EARLIER:], ()
            self.notice = ("set_aside", self.name) if self.notebook.cells else ()
        self.portrait, self.name, self.source = portrait, name, source
        self.branches, self.branch = (History((notebook or Notebook()).about(portrait.face)),), 0
        self.select(len(self.notebook.cells) - 1)

    @property
    def is_touched(self) -> bool:
        """Whether anything was ever done with the photograph that is open."""
        return len(self.branches) > 1 or bool(self.history.past or self.history.future or self.notebook.cells)

    def put(self, step: Step) -> None:
        """Write a step into the selected cell if it continues that one, else into a new cell at the end."""
        if self.continued_by(step):
            if self.cell.step.digest() != step.digest() or not self.cell.enabled:
                self._do(self.notebook.change(self.selected, step=step, enabled=True))
        else:
            self._do(self._with_new(step))
            self.select(len(self.notebook.cells) - 1)

    def continued_by(self, step: Step) -> bool:
        """Whether a step changes the selected cell, which is about the same face, rather than beginning another."""
        return self.cell is not None and step.continues(self.cell.step)

    def _with_new(self, step: Step) -> Notebook:
        return self.notebook.append(step, face=None if self.portrait is None else self.portrait.face)

    def keep(self, step: Step) -> None:
        """Keep a step to be used again. Raises NotebookError where there are too many."""
        if len(self.found) >= MOST_FOUND:
            raise NotebookError(f"{MOST_FOUND} directions are kept, the most there can be. Delete one first.")
        self.found = (*self.found, step)

    def trial(self, step: Step) -> tuple[int, Notebook]:
        """Where `put` would write, and the notebook it would make."""
        if self.continued_by(step):
            return self.selected, self.notebook.change(self.selected, step=step, enabled=True)
        return len(self.notebook.cells), self._with_new(step)

    def select(self, index: int | None) -> None:
        """Choose the cell to change, and its face; None or no such index: the next setting begins a new cell."""
        self.selected = index if index is not None and 0 <= index < len(self.notebook.cells) else None
        if self.portrait is not None and self.cell is not None and self.cell.face is not None:
            self.portrait = self.portrait.with_face(self.cell.face)

    def switch(self, index: int) -> None:
        """Turn a cell off or on."""
        self._do(self.notebook.change(index, enabled=not self._at(index).enabled))

    def switch_off(self) -> None:
        """Turn every cell off."""
        self._do(Notebook(tuple(replace(cell, enabled=False) for cell in self.notebook.cells)))

    def remove(self, index: int) -> None:
        """Delete a cell; its neighbour is selected."""
        self._do(self.notebook.remove(index))
        self.select(min(index, len(self.notebook.cells) - 1))

    def duplicate(self, index: int) -> None:
        """Repeat a cell after itself."""
        self._do(self.notebook.duplicate(index))
        self.select(index + 1)

    def move(self, index: int, to: int) -> None:
        """Move a cell so that it stands at `to`."""
        to = min(max(to, 0), len(self.notebook.cells) - 1)
        if to != index:
            self._do(self.notebook.move(index, to))
        self.select(to)

    def fork(self) -> None:
        """Copy the notebook as a new branch and show it."""
        if len(self.branches) >= MOST_BRANCHES:
            raise NotebookError(f"There are {MOST_BRANCHES} branches, the most there can be. Close one first.")
        self.branches += (History(self.notebook),)
        self.branch = len(self.branches) - 1

    def show_branch(self, index: int) -> None:
        """Show another branch."""
        if not 0 <= index < len(self.branches):
            raise NotebookError(f"There is no branch {index + 1}; there are {len(self.branches)}.")
        self.branch = index
        self.select(len(self.notebook.cells) - 1)

    def close_branch(self, index: int) -> None:
        """Close a branch; the last one stays."""
        if len(self.branches) > 1 and 0 <= index < len(self.branches):
            self.branches = self.branches[:index] + self.branches[index + 1 :]
            self.show_branch(min(self.branch - (index < self.branch), len(self.branches) - 1))

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back; opening the photograph is one, on the first branch."""
        return bool(self.history.past) or self.opens_earlier

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return bool(self.history.future or self.later)

    @property
    def opens_earlier(self) -> bool:
        """Whether undo would bring back the photograph that was open before."""
        return not self.history.past and self.branch == 0 and bool(self.earlier)

    def undo(self) -> bool:
        """One change back. True if that is another photograph."""
        if not self.opens_earlier:
            self._step(self.history.undo())
            return False
        (*earlier, work), later = self.earlier, (*self.later, self.work())
        self._bring_back(work)
        self.earlier, self.later = tuple(earlier), later
        return True

    def redo(self) -> bool:
        """One change forward. True if that is another photograph."""
        if self.history.future or not self.later:
            self._step(self.history.redo())
            return False
        (*later, work), earlier = self.later, (*self.earlier, self.work())
        self._bring_back(work)
        self.earlier, self.later = earlier, tuple(later)
        return True

    def work(self) -> Work:
        """What is open, as it can be set aside."""
        photo = self.portrait.with_image(self.portrait.image) if self.source is None else self.source
        return Work(photo, self.portrait.face, self.name, self.branches, self.branch, self.selected)

    @classmethod
    def of(cls, works: Sequence[Work], index: int) -> "Session":
        """A session with one of several works open, those before and after it as undo and redo bring them back."""
        session = cls(earlier=tuple(works[:index]), later=tuple(works[index + 1 :]))
        session._bring_back(works[index])
        return session

    def _bring_back(self, work: Work) -> None:
        if isinstance(work.photo, bytes):
            photo = open_photo(work.photo)
            self.portrait, self.source = Portrait(photo.pixels, photo.alpha, photo.profile, work.face), work.photo
        else:
            self.portrait, self.source = work.photo, None
        self.name, self.branches, self.branch = work.name, work.branches, work.branch
        self.select(work.selected)

    def choose_face(self, face: int) -> None:
        """Edit another face of the photograph; cells that are there stay about theirs."""
        if self.portrait is not None and face != self.portrait.face:
            self.portrait, self.selected = self.portrait.with_face(face), None

    @property
    def changed_at(self) -> int:
        """When what is open was last changed, in milliseconds; 0 = not since it was read."""
        return max(self.changed.values(), default=0)

    def note_change(self, before: "Session", window: str) -> None:
        """Remember that a window changed what is open, if it is another than before."""
        if any(getattr(self, name) != getattr(before, name) for name in ("portrait", "branches", "branch", "selected")):
            others = {other: at for other, at in self.changed.items() if other != window}
            now = max(self.changed_at + 1, time.time_ns() // 1_000_000)
            self.changed = dict([*others.items(), (window, now)][-MOST_WINDOWS:])

    def changed_elsewhere(self, seen: int, window: str) -> bool:
        """Whether another window changed what is open since this one saw it."""
        return any(at > seen for other, at in self.changed.items() if other != window)

    def run(self, models: Any, kept: Results) -> list[Portrait]:
        """The photograph and every cell's result."""
        if self.portrait is None:
            return []
        return [self.portrait, *self.notebook.results(self.portrait, models, kept)]

    def _at(self, index: int) -> Cell:
        if not 0 <= index < len(self.notebook.cells):
            raise NotebookError(f"There is no cell {index + 1}; the notebook has {len(self.notebook.cells)}.")
        return self.notebook.cells[index]

    def _do(self, notebook: Notebook) -> None:
        self.later = ()
        self._replace(self.history.do(notebook))

    def _step(self, history: History) -> None:
        """Go to another notebook of the history, and to the cell that is not as it was."""
        before = self.notebook.cells
        self._replace(history)
        changed = (index for index, cell in enumerate(self.notebook.cells) if cell not in before)
        self.select(next(changed, self.selected))

    def _replace(self, history: History) -> None:
        self.branches = (*self.branches[: self.branch], history, *self.branches[self.branch + 1 :])
        last = len(history.present.cells) - 1
        self.select(last if self.selected is None else min(self.selected, last))

    def copy(self) -> "Session":
        """The session as it is now; every value in it is frozen."""
        return replace(self, lock=threading.RLock())

    def restore(self, other: "Session") -> None:
        """Go back to a copy."""
        for each in fields(self):
            if each.name != "lock":
                setattr(self, each.name, getattr(other, each.name))
