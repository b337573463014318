"""The notebook: cells in order, their results kept by what made them, saved as one file that replays."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import EditError, NotebookError
from .portrait import Portrait
from .step import Step, is_text

LONGEST_NOTE = 2000


@dataclass(frozen=True, eq=False)
class Cell:
    """One edit in a notebook, with what a person may add: off and on, a note of at most LONGEST_NOTE characters.

    face: which face of the photograph it is about; None for the one that is chosen in the portrait
    """

    step: Step
    enabled: bool = True
    note: str = ""
    face: int | None = None

    def __post_init__(self):
        if not isinstance(self.step, Step) or not isinstance(self.enabled, bool) or not is_text(self.note):
            raise NotebookError("A cell is a step, on or off, and a note of plain text.")
        if len(self.note) > LONGEST_NOTE:
            raise NotebookError(f"The note has {len(self.note)} characters; {LONGEST_NOTE} fit. Shorten it.")
        if self.face is not None and (type(self.face) is not int or self.face < 0):
            raise NotebookError(f"The face of a cell is {self.face!r}; it takes a whole number from 0, or none.")


class Results:
    """Portraits by key, the least recently used leaving when they and what was found in them pass `budget_mb`."""

    def __init__(self, budget_mb: float = 400):
        self.budget_mb = budget_mb
        self._kept: OrderedDict[str, Portrait] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Portrait | None:
        """The portrait kept under this key, or None."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: str, portrait: Portrait) -> None:
        """Keep a portrait; the newest always stays."""
        with self._lock:
            self._kept[key] = portrait
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(p.weight() for p in self._kept.values()) > self.budget_mb * 1e6:
                self._kept.popitem(last=False)


def photo_key(portrait: Portrait) -> str:
    """sha256 of all a photograph is, and after a dot the chosen face: where every chain of results begins."""
    def find() -> str:
        alpha = b"" if portrait.alpha is None else portrait.alpha.tobytes()
        digest = hashlib.sha256(f"{portrait.image.shape} {len(alpha)} ".encode())
        for part in (portrait.image.data, alpha, portrait.profile or b""):
            digest.update(part)
        return digest.hexdigest()

    return f"{portrait.fact('key', find)}.{portrait.face}"


def facing(portrait: Portrait, face: int | None, key: str, kept: Results) -> Portrait:
    """A kept portrait with another face chosen, kept too, so that what is found of that face is; None: as it is."""
    if face is None or face == portrait.face:
        return portrait
    name = f"{key} {face}"
    other = kept.get(name)
    if other is None:
        kept.keep(name, other := portrait.with_face(face))
    return other


@dataclass(frozen=True, eq=False)
class Notebook:
    """An immutable list of cells; every change returns a new one, so that undo is keeping the old."""

    cells: tuple[Cell, ...] = field(default=())

    def append(self, step: Step, note: str = "", face: int | None = None) -> "Notebook":
        """With one more cell at the end."""
        return Notebook((*self.cells, Cell(step, note=note, face=face)))

    def about(self, face: int | None, all_cells: bool = False) -> "Notebook":
        """With cells that name no face, or all of them, about this one; None: the one chosen in the portrait."""
        return Notebook(tuple(replace(cell, face=face) if all_cells or cell.face is None else cell
                              for cell in self.cells))

    def change(self, index: int, **values: Any) -> "Notebook":
        """With the cell at `index` given another step, enabled or note."""
        return self._with(index, (replace(self._at(index), **values),))

    def remove(self, index: int) -> "Notebook":
        """Without the cell at `index`."""
        self._at(index)
        return self._with(index, ())

    def duplicate(self, index: int) -> "Notebook":
        """With the cell at `index` twice."""
        return self._with(index, (self._at(index),) * 2)

    def move(self, index: int, to: int) -> "Notebook":
        """With the cell at `index` moved so that it stands at `to`."""
        moved, rest = self._at(index), self.remove(index).cells
        to = min(max(to, 0), len(rest))
        return Notebook((*rest[:to], moved, *rest[to:]))

    def keys(self, start: str, models: Any) -> list[str]:
        """Key of each cell's result: sha256 of the key before, the face, the step's digest and its models' files."""
        keys, (key, _, chosen) = [], start.partition(".")
        for cell in self.cells:
            if cell.enabled:
                face = chosen if cell.face is None else str(cell.face)
                parts = [key, face, cell.step.digest(), *(models.fingerprint(m) for m in cell.step.models_used(models))]
                key = hashlib.sha256("".join(parts).encode()).hexdigest()
            keys.append(key)
        return keys

    def results(
        self, portrait: Portrait, models: Any, kept: Results, on_cell: Callable[[int], None] = lambda index: None
    ) -> Iterator[Portrait]:
        """Each cell's portrait in order, from `kept` where nothing before it changed.

        on_cell is called with the index of a cell that is about to be computed. Where there are several cells, an
        EditError says which one it came from.
        """
        chosen, at = portrait.face, photo_key(portrait)
        for index, (cell, key) in enumerate(zip(self.cells, self.keys(at, models), strict=True)):
            if cell.enabled:
                found = kept.get(key)
                if found is None:
                    on_cell(index)
                    found = self._apply(index, facing(portrait, cell.face, at, kept), models)
                    kept.keep(key, found)
                portrait, at = facing(found, chosen, key, kept), key
            yield portrait

    def run(self, portrait: Portrait, models: Any, kept: Results | None = None) -> Portrait:
        """The portrait after the last cell."""
        for result in self.results(portrait, models, kept or Results()):
            portrait = result
        return portrait

    def _apply(self, index: int, portrait: Portrait, models: Any) -> Portrait:
        try:
            return self.cells[index].step.apply(portrait, models)
        except EditError as error:
            if len(self.cells) == 1:
                raise
            raise type(error)(f"Cell {index + 1} ({self.cells[index].step.kind}): {error}") from error

    def _at(self, index: int) -> Cell:
        if not 0 <= index < len(self.cells):
            raise NotebookError(f"There is no cell {index + 1}; the notebook has {len(self.cells)}.")
        return self.cells[index]

    def _with(self, index: int, cells: tuple[Cell, ...]) -> "Notebook":
        return Notebook((*self.cells[:index], *cells, *self.cells[index + 1 :]))


@dataclass(frozen=True, eq=False)
class History:
    """Undo and redo without limit: the notebooks before and after the present one."""

    present: Notebook = Notebook()
    past: tuple[Notebook, ...] = ()
    future: tuple[Notebook, ...] = ()

    def do(self, notebook: Notebook) -> "History":
        """With a new present; what had been undone is gone."""
        return History(notebook, (*self.past, self.present))

    def undo(self) -> "History":
        """One notebook back; at the beginning, unchanged."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.present, *self.future))

    def redo(self) -> "History":
        """One notebook forward; at the end, unchanged."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.present), self.future[1:])
