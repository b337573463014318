"""Edits drawn on a GPU that is lent call by call, as ZeroGPU Spaces do: those in which a network of the Hub draws.

What is lent runs in another process: a step and a photograph go there as plain values, a picture comes back.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import errors
from .devices import is_lent
from .errors import EditError
from .models import Models
from .notebook import Notebook, Results, facing, photo_key
from .portrait import Portrait
from .step import Step, build_step
from .store import OWN

Answer = tuple[str, str, np.ndarray | None]
"""Name and words of the EditError there was, both empty for none; the picture."""


def takes_gpu(step: Step, models: Models) -> bool:
    """Whether a network that is not embedded draws a step, and GPUs are lent here."""
    return is_lent() and any(name.startswith(OWN) or models.card(name).repo for name in step.models_needed())


def draw_ahead(notebook: Notebook, portrait: Portrait, models: Models, kept: Results) -> None:
    """Draw on a lent GPU what `Notebook.run` would, and keep it, so that it is found drawn. Raises EditError."""
    chosen, at = portrait.face, photo_key(portrait)
    for cell, key in zip(notebook.cells, notebook.keys(at, models), strict=True):
        if cell.enabled:
            found = kept.get(key)
            if found is None:
                ours, start = takes_gpu(cell.step, models), facing(portrait, cell.face, at, kept)
                found = drawn(cell.step, start, models) if ours else cell.step.apply(start, models)
                kept.keep(key, found)
            portrait, at = facing(found, chosen, key, kept), key


def drawn(step: Step, portrait: Portrait, models: Models) -> Portrait:
    """step.apply(portrait, models), on the lent GPU. Raises EditError."""
    face = (portrait.image, portrait.alpha, portrait.profile, portrait.face)
    before = None if portrait.origin is None else portrait.origin.image      # a Portrait cannot leave its process
    kind, words, image = models.lend(_draw, step.kind, step.plain(), step.arrays(), (*face, before))
    if kind:
        raise getattr(errors, kind, EditError)(words)
    return portrait.with_image(image)


def _draw(models: Models, kind: str, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], face: tuple) -> Answer:
    *own, before = face
    portrait = Portrait(*own, None if before is None else Portrait(before))
    try:
        return "", "", build_step(kind, {**plain, **arrays}).apply(portrait, models).image
    except EditError as error:  # an exception of ours would not find its way back from there
        return type(error).__name__, str(error), None
