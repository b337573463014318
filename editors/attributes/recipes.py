"""Faces the page asks for, as plain data: whose they are, how they are mixed, what lies between two of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import SettingError
from ..portrait import Portrait
from ..step import check_number
from .drawn_faces import DrawnFace, FacePainter, check_layers

MOST_SEED = 2**32 - 1
MOST_TRUNCATION = 1.5

PortraitAt = Callable[[int], Portrait]
"""The picture of the notebook at a place: 0 is the photograph, 1 what its first cell makes of it."""


@dataclass(frozen=True)
class Source:
    """Where a face comes from: a seed, a picture of the notebook, or what was read of another photograph."""

    seed: int | None = None
    cell: int | None = None
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Recipe:
    """A face to draw.

    first, other:  whose it is; `other` gives the layers from layers[0] to layers[1], where there is one
    truncation:    how far the faces of seeds lie from the mean face: 1 as people differ
    """

    first: Source
    other: Source | None = None
    layers: tuple[int, int] = (0, 0)
    truncation: float = 0.7

    @property
    def plain(self) -> dict[str, Any]:
        """What the file of such a face says about it."""
        def word(source: Source) -> str:
            if source.code is not None:
                return "another photograph"
            return str(source.seed) if source.seed is not None else f"photograph, {source.cell} edits"

        plain: dict[str, Any] = {"a": word(self.first), "truncation": self.truncation}
        if self.other is not None:
            plain |= {"b": word(self.other), "layers": f"{self.layers[0]}-{self.layers[1]}"}
        return plain


def recipe_of(sent: Mapping[str, Any]) -> Recipe:
    """The recipe that the page sent. Raises SettingError, by name, for what it never sends."""
    truncation, layers = sent.get("truncation", 0.7), sent.get("layers") or (0, 0)
    check_number("truncation", truncation, 0, MOST_TRUNCATION)
    if not isinstance(layers, list | tuple) or len(layers) != 2 or not all(type(layer) is int for layer in layers):
        raise SettingError("layers takes the first and the last of them.")
    other = None if sent.get("b") is None else source_of(sent["b"])
    return Recipe(source_of(sent.get("a")), other, (layers[0], layers[1]), float(truncation))


def source_of(sent: Any) -> Source:
    """A seed, a place in the notebook or the code of a face. Raises SettingError."""
    if isinstance(sent, Mapping) and isinstance(sent.get("code"), str):
        return Source(code=sent["code"])
    for name, most in (("seed", MOST_SEED), ("cell", 500)):
        if isinstance(sent, Mapping) and type(sent.get(name)) is int:
            check_number(name, sent[name], 0, most)
            return Source(**{name: sent[name]})
    raise SettingError("A face comes from a seed, a picture of the notebook or another photograph.")


@dataclass(frozen=True)
class Drawer:
    """Draws recipes.

    painter:   of the generator
    portrait:  where the pictures of the notebook are
    """

    painter: FacePainter
    portrait: PortraitAt = field(repr=False)

    def draw(self, recipe: Recipe) -> np.ndarray:
        """The face on its square, uint8 (H, H, 3). Raises FaceError, SettingError."""
        face = self.face(recipe.first, recipe.truncation)
        if recipe.other is None:
            return self.painter.draw(face)
        layers = range(recipe.layers[0], recipe.layers[1] + 1)
        check_layers(layers, self.painter.generator.layers)
        return self.painter.draw_mixed(face, self.face(recipe.other, recipe.truncation), layers)

    def face(self, source: Source, truncation: float) -> DrawnFace:
        """What a face is drawn from. Raises FaceError where a picture of the notebook has none that is usable."""
        if source.seed is not None:
            return self.painter.by_seed(source.seed, truncation)
        if source.code is not None:
            return self.painter.by_code(source.code)
        portrait = self.portrait(source.cell)
        return portrait.fact("drawn face", lambda: self.painter.of_photograph(portrait))
