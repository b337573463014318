"""What the page shows of a session, as plain values: pictures as data URLs, cells with their thumbnails."""

import base64
import importlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .acts import open_example
from .canvas import reduced
from .devices import is_lent
from .faces import face_of, faces_of
from .images import encode, encode_preview, on_white
from .lending import draw_ahead
from .models import Models
from .notebook import Notebook, Results, photo_key
from .portrait import Portrait
from .sessions import Session
from .step import EDITORS, Step, steps_of

QUICK_SIDE = 1024          # long side while a slider moves; more where the face is a small part of the picture
MOST_QUICK = 2048
QUICK_FACE = 360           # pixels that a face's height is given while a slider moves, where there are as many
FULL_SIDE = 2560           # long side of what is shown when it rests; downloads have every pixel
RESULTS_MB = 300
THUMB_SIDE = 264
THUMB_SHAPE = 1.74         # width over height
Window = tuple[slice, slice]
WHOLE: Window = slice(None), slice(None)


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that needs no second request."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _seen(portrait: Portrait, window: Window = WHOLE) -> np.ndarray:
    """A part of a picture as the page shows it: what is transparent is white, as in a JPEG that is downloaded."""
    return on_white(portrait.image[window], None if portrait.alpha is None else portrait.alpha[window])


def _preview(portrait: Portrait, long_side: int, window: Window = WHOLE) -> str:
    """A picture at most so long a side, in the photograph's own colours, as a data URL."""
    return data_url(encode_preview(_seen(portrait, window), long_side, portrait.profile))


class Desk:
    """Draws sessions for the page with the models it was given; keeps what is dear to draw again."""

    def __init__(self, models: Models):
        self.models = models
        self.results = Results(RESULTS_MB)
        self.also: list[Callable[[], Any]] = []
        """What else is made ready before anyone asks."""
        self._reduced: OrderedDict[str, Portrait] = OrderedDict()
        self._thumbs: OrderedDict[tuple[int, str], tuple[Portrait, str]] = OrderedDict()
        self._lock = threading.Lock()

    def quick(self, session: Session, step: Step) -> str:
        """The picture that `step` would make, at display size, as a data URL."""
        index, notebook = session.trial(step)
        start = photo_key(session.portrait)
        keys = [start, *notebook.keys(start, self.models)]
        portrait = self._at_display_size(session, notebook, index, f"{keys[index]} {session.portrait.face}")
        for cell in notebook.cells[index:]:
            if cell.enabled:
                portrait = portrait if cell.face is None else portrait.with_face(cell.face)
                portrait = cell.step.quick(portrait, self.models)
        return data_url(encode(_seen(portrait), "jpeg", 85, portrait.profile))

    def _at_display_size(self, session: Session, notebook: Notebook, index: int, key: str) -> Portrait:
        """What the cell at `index` starts from, reduced; kept, since it stays while a slider moves.

        Raises FaceError where its face cannot be edited.
        """
        with self._lock:
            kept = self._reduced.get(key)
        if kept is None:
            before = self._before(session.portrait, notebook, index)
            kept = reduced(before, self._quick_side(before), self.models)
            with self._lock:
                self._reduced[key] = kept
                while len(self._reduced) > 6:
                    self._reduced.popitem(last=False)
        return kept

    def before(self, session: Session, step: Step) -> Portrait:
        """What a step would be made of, in all its pixels: the photograph, or what the cells before made of it."""
        index, notebook = session.trial(step)
        return self._before(session.portrait, notebook, index)

    def _before(self, photo: Portrait, notebook: Notebook, index: int) -> Portrait:
        return Notebook(notebook.cells[:index]).run(photo, self.models, self.results)

    def _quick_side(self, portrait: Portrait) -> int:
        """Long side of the picture while a slider moves, in pixels."""
        box = face_of(portrait, self.models).box
        return round(min(max(QUICK_SIDE, max(portrait.image.shape[:2]) * QUICK_FACE / (box[3] - box[1])), MOST_QUICK))

    def show(self, session: Session, whole: bool) -> dict[str, Any]:
        """What the viewer shows: the picture after every cell; with `whole`, the one before and its faces too."""
        if session.portrait is None:
            return {"empty": True}
        portraits = session.run(self.models, self.results)
        view: dict[str, Any] = {
            "after": _preview(portraits[-1], FULL_SIDE),
            "edited": portraits[-1] is not portraits[0],
            "photo": self.photo(session),
            "face": session.portrait.face,
        }
        if whole:
            height, width = session.portrait.image.shape[:2]
            view |= {"before": view["after"] if not view["edited"] else _preview(session.portrait, FULL_SIDE)}
            view |= {"width": width, "height": height, "name": session.name, "faces": self.faces(session)}
        return view

    def photo(self, session: Session) -> str:
        """What the page calls the photograph and the chosen face."""
        key, _, face = photo_key(session.portrait).partition(".")
        return f"{key[:16]}.{face}"

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
            "undo": session.can_undo, "redo": session.can_redo,
            "back": session.earlier[-1].name if session.opens_earlier else None,
            "branch": session.branch, "branches": len(session.branches),
        }
        if session.portrait is None:
            return shown
        photo, *results = session.run(self.models, self.results)
        window = self.window(photo)
        shown["photo"] = self._thumb(photo, window)
        for cell, result in zip(session.notebook.cells, results, strict=True):
            own = window if cell.face in (None, photo.face) else self.window(photo.with_face(cell.face))
            shown["cells"].append({
                "thumb": self._thumb(result, own), "enabled": cell.enabled, "kind": cell.step.kind,
                "settings": cell.step.plain(),
            })
        return shown

    def window(self, photo: Portrait, shape: float = THUMB_SHAPE, scale: float = 1.0) -> Window:
        """The part of a photograph that is seen small: the chosen face and its hair, or all where there is none.

        shape: width over height;  scale: of the picture that it is cut from, in sizes of the photograph
        """
        height, width = photo.image.shape[:2]
        faces = faces_of(photo, self.models)
        if photo.face >= len(faces):
            return slice(0, round(scale * height)), slice(0, round(scale * width))
        x0, y0, x1, y1 = faces[photo.face].box
        tall = min(2.1 * (y1 - y0), height)
        wide = min(tall * shape, width)
        top = int(np.clip((y0 + y1) / 2 - 0.56 * tall, 0, height - tall))
        left = int(np.clip((x0 + x1) / 2 - wide / 2, 0, width - wide))
        return (slice(round(scale * top), round(scale * (top + tall))),
                slice(round(scale * left), round(scale * (left + wide))))

    def _thumb(self, portrait: Portrait, window: Window) -> str:
        with self._lock:
            kept = self._thumbs.get((id(portrait), str(window)))
        if kept is None or kept[0] is not portrait:
            kept = (portrait, _preview(portrait, THUMB_SIDE, window))
            with self._lock:
                self._thumbs[id(portrait), str(window)] = kept
                while len(self._thumbs) > 60:
                    self._thumbs.popitem(last=False)
        return kept[1]

    def check(self, session: Session) -> None:
        """Run the whole notebook. Raises the EditError of the cell that cannot be."""
        if is_lent() and session.portrait is not None:
            draw_ahead(session.notebook, session.portrait, self.models, self.results)
        session.run(self.models, self.results)

    def forget(self) -> None:
        """Let go of every picture that is kept, whosesoever: they can be drawn again."""
        self.results = Results(RESULTS_MB)
        with self._lock:
            self._reduced.clear()
            self._thumbs.clear()

    def warm_up(self) -> None:
        """Load what a photograph and its first edits need, before anyone asks.

        An editor whose `step.py` has a step called FIRST has it drawn; of every editor the embedded models are loaded.
        """
        session = Session()
        open_example(session, {})
        for step in (step for editor in EDITORS for step in steps_of(editor)):
            for model in step.needs:
                if not self.models.card(model).repo:
                    self.models.get(model)
        for editor in EDITORS:
            first = getattr(importlib.import_module(f".{editor}.step", __package__), "FIRST", None)
            if first is not None:
                self.quick(session, first)
        for make_ready in self.also:
            make_ready()
