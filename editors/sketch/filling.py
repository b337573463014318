"""What the page is shown while a hole is filled: a first filling at once, then how it comes along; several of one."""

import dataclasses
import hashlib
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from ..areas import Box
from ..blend import without_hole
from ..desk import Desk, data_url
from ..images import encode_preview
from ..models import Models
from ..notebook import Notebook, photo_key
from ..pieces import Tell, in_pieces
from ..portrait import Portrait
from ..session import Session
from .diffusion import window_of
from .paint import Drawing
from .step import BLENDS, DIFFUSION, REPAINTED, SketchFill
from .surroundings import flow

NEAREST = 4
"""Results that "more like this" keeps."""
THUMB, PREVIEW = 260, 640
"""Long sides in pixels of a result in the gallery, and of a picture while it is painted."""
Pieces = Generator[dict[str, Any], None, Any]


def sketch_of(session: Session) -> SketchFill | None:
    """The step of the selected cell, where it is one of this editor's."""
    step = session.cell.step if session.cell else None
    return step if isinstance(step, SketchFill) else None


def digest_of(step: SketchFill) -> str:
    """A name for what was drawn, whatever the other settings."""
    digest = hashlib.sha256()
    for name in ("hole", "lines", "colours"):
        layer = getattr(step, name)
        digest.update(name.encode() if layer is None else np.ascontiguousarray(layer))
    return digest.hexdigest()[:16]


def drawn(desk: Desk, session: Session, step: SketchFill, quietly: bool = False) -> Pieces:
    """Draw a step where the page would write it, keep the result, and return its picture.

    Pieces are how the painting looks by now; `quietly` leaves out those of the embedded painter, which is quick.
    """
    with session.lock:
        index, book = session.trial(step)
        photo = session.portrait
    key = book.keys(photo_key(photo), desk.models)[index]
    found = desk.results.get(key)
    if found is None:
        before = Notebook(book.cells[:index]).run(photo, desk.models, desk.results)
        found = yield from in_pieces(lambda tell: _draw(step, before, desk.models, tell, quietly))
        desk.results.keep(key, found)
    return found.image


def _draw(step: SketchFill, before: Portrait, models: Models, tell: Tell, quietly: bool) -> Portrait:
    """The step's portrait; what it is told goes to the page, and the page's stop ends it."""
    height, width = before.image.shape[:2]

    def told(share: float, window: Box, picture: np.ndarray) -> None:
        x0, y0, x1, y1 = window
        tell({"preview": _small(picture, PREVIEW, before.profile), "share": round(share, 3),
              "box": [x0 / width, y0 / height, x1 / width, y1 / height]})

    if step.model not in DIFFUSION and not quietly:
        told(0.3, *_flowed(step.drawing((height, width)), before.image))
    return step.draw(before, models, fine=True, told=told)


def _flowed(drawing: Drawing, image: np.ndarray) -> tuple[Box, np.ndarray]:
    """What can be shown at once: the window whose hole is filled by colours that flow between the lines."""
    x0, y0, x1, y1 = window = window_of(drawing.hole, 0.15)
    part = slice(y0, y1), slice(x0, x1)
    inside, under = drawing.hole[part], without_hole(image, drawing.hole)[part]
    picture = flow(under, inside, drawing.lines[part], drawing.colours[part])
    return window, np.where(inside[..., None], picture.clip(0, 255), under).astype(np.uint8)


# --- several of one drawing ----------------------------------------------------------------------------------------

def results(
    desk: Desk, session: Session, step: SketchFill, seeds: Sequence[int], like: int | None = None
) -> Iterator[dict[str, Any]]:
    """The same drawing filled from other seeds, one after another; kept, so that choosing one takes no time.

    With a seed in `like`, only those stay that come nearest to what it gave.
    """
    found, liked, hole = [], None, _hole_of(step)
    if like is not None:
        liked = yield from drawn(desk, session, dataclasses.replace(step, seed=like), quietly=True)
    for tried, seed in enumerate(seeds, 1):
        if sketch_of(session) is None or digest_of(sketch_of(session)) != digest_of(step):
            break                                                              # the page has gone on to another drawing
        image = yield from drawn(desk, session, dataclasses.replace(step, seed=seed), quietly=True)
        apart = 0.0 if liked is None else float(np.abs(image.astype(np.float32) - liked)[hole].mean())
        thumb = thumb_of(image, hole, session.portrait.profile)
        found.append({"seed": seed, "thumb": thumb, "apart": apart})
        found = sorted(found, key=lambda result: result["apart"])[: len(seeds) if liked is None else NEAREST]
        yield {"results": [] if liked is not None else found, "tried": tried, "wanted": len(seeds), "done": False}
    yield {"results": found, "tried": len(seeds), "wanted": len(seeds), "done": True}


def blends(desk: Desk, session: Session, step: SketchFill) -> Iterator[dict[str, Any]]:
    """The same filling joined to the photograph in every way there is, at the hole's border enlarged."""
    found = []
    for name in BLENDS:
        image = yield from drawn(desk, session, dataclasses.replace(step, blend=name), quietly=True)
        found.append({"name": name, "url": thumb_of(image, _hole_of(step), session.portrait.profile)})
        yield {"blended": found}


def _hole_of(step: SketchFill) -> np.ndarray:
    """bool (H, W), True = repainted."""
    return step.hole >= REPAINTED if step.hole is not None else np.ones(step.lines.shape, bool)


def thumb_of(image: np.ndarray, hole: np.ndarray, profile: bytes | None) -> str:
    """The filling with some of what is around it, as a small picture."""
    height, width = image.shape[:2]
    left, top, across, down = cv2.boundingRect(hole.astype(np.uint8))
    side = min(height, width, int(1.5 * max(across, down)) + 24)
    top = int(np.clip(top + (down - side) // 2, 0, height - side))
    left = int(np.clip(left + (across - side) // 2, 0, width - side))
    return _small(image[top : top + side, left : left + side], THUMB, profile)


def _small(image: np.ndarray, long_side: int, profile: bytes | None) -> str:
    """A picture, or a part of one, as the page shows it."""
    return data_url(encode_preview(np.ascontiguousarray(image), long_side, profile))
