"""What the page shows of a session, as plain values: pictures as data URLs, cells with their thumbnails."""

import base64
import importlib
import threading
from collections import OrderedDict
from typing import Any

from .acts import open_example
from .canvas import reduced
from .faces import faces_of
from .images import encode, encode_preview, fit_within
from .models import Models
from .notebook import Notebook, Results, photo_key
from .portrait import Portrait
from .sessions import Session
from .step import EDITORS, Step

QUICK_SIDE = 1024          # long side while a slider moves
FULL_SIDE = 2560           # long side of what is shown when it rests; downloads have every pixel
THUMB_SIDE = 168


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that needs no second request."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


class Desk:
    """Draws sessions for the page with the models it was given; keeps what is dear to draw again."""

    def __init__(self, models: Models, results: Results | None = None):
        self.models = models
        self.results = results or Results(budget_mb=300)
        self._reduced: OrderedDict[str, Portrait] = OrderedDict()
        self._thumbs: OrderedDict[int, tuple[Portrait, str]] = OrderedDict()
        self._lock = threading.Lock()

    def quick(self, session: Session, step: Step) -> str:
        """The picture that `step` would make, at display size, as a data URL."""
        index, notebook = session.trial(step)
        keys = [photo_key_of(session.portrait), *notebook.keys(photo_key_of(session.portrait), self.models)]
        portrait = self._at_display_size(session, notebook, index, keys[index])
        for cell in notebook.cells[index:]:
            if cell.enabled:
                portrait = cell.step.quick(portrait, self.models)
        return data_url(encode(fit_within(portrait.image, QUICK_SIDE), "jpeg", 85))

    def _at_display_size(self, session: Session, notebook: Notebook, index: int, key: str) -> Portrait:
        """What the cell at `index` starts from, reduced; kept, since it stays while a slider moves."""
        with self._lock:
            kept = self._reduced.get(key)
        if kept is None:
            before = Notebook(notebook.cells[:index]).run(session.portrait, self.models, self.results)
            kept = reduced(before, QUICK_SIDE, self.models)
            with self._lock:
                self._reduced[key] = kept
                while len(self._reduced) > 6:
                    self._reduced.popitem(last=False)
        return kept

    def show(self, session: Session, whole: bool) -> dict[str, Any]:
        """What the viewer shows: the picture after every cell; with `whole`, the one before and its faces too."""
        if session.portrait is None:
            return {"empty": True}
        portraits = session.run(self.models, self.results)
        view: dict[str, Any] = {
            "after": data_url(encode_preview(portraits[-1].image, FULL_SIDE)),
            "edited": portraits[-1] is not portraits[0],
            "photo": photo_key_of(session.portrait)[:16],
            "face": session.portrait.face,
        }
        if whole:
            height, width = session.portrait.image.shape[:2]
            view |= {"before": view["after"] if not view["edited"] else
                     data_url(encode_preview(session.portrait.image, FULL_SIDE))}
            view |= {"width": width, "height": height, "name": session.name, "faces": self.faces(session)}
        return view

    def faces(self, session: Session) -> list[list[float]]:
        """Boxes of the faces as shares of the picture: x0, y0, x1, y1."""
        height, width = session.portrait.image.shape[:2]
        return [
            [round(value / size, 4) for value, size in zip(face.box, (width, height) * 2, strict=True)]
            for face in faces_of(session.portrait, self.models)
        ]

    def cells(self, session: Session) -> dict[str, Any]:
        """What the strip of cells shows."""
        shown = {
            "cells": [], "selected": session.selected, "photo": "",
            "undo": len(session.history.past), "redo": len(session.history.future),
            "branch": session.branch, "branches": len(session.branches),
        }
        if session.portrait is None:
            return shown
        photo, *results = session.run(self.models, self.results)
        shown["photo"] = self._thumb(photo)
        for cell, result in zip(session.notebook.cells, results, strict=True):
            shown["cells"].append({
                "thumb": self._thumb(result), "enabled": cell.enabled, "kind": cell.step.kind,
                "settings": cell.step.plain(),
            })
        return shown

    def _thumb(self, portrait: Portrait) -> str:
        with self._lock:
            kept = self._thumbs.get(id(portrait))
        if kept is None or kept[0] is not portrait:
            kept = (portrait, data_url(encode_preview(portrait.image, THUMB_SIDE)))
            with self._lock:
                self._thumbs[id(portrait)] = kept
                while len(self._thumbs) > 60:
                    self._thumbs.popitem(last=False)
        return kept[1]

    def check(self, session: Session) -> None:
        """Run the whole notebook. Raises the EditError of the cell that cannot be."""
        session.run(self.models, self.results)

    def warm_up(self) -> None:
        """Load what a photograph and its first edit need, before anyone asks."""
        session = Session()
        open_example(session, {})
        for editor in EDITORS:
            self.quick(session, importlib.import_module(f".{editor}.step", __package__).FIRST)


def photo_key_of(portrait: Portrait) -> str:
    """`photo_key`, found once a portrait."""
    return portrait.fact("photo_key", lambda: photo_key(portrait))
