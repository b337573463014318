"""The steps of the Attributes tab: named directions, and directions that nobody named."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from ..catalogue import FACE_MODELS
from ..portrait import Portrait
from ..step import Step, setting

LOCKS = ("hair", "eyes", "brows", "nose", "mouth", "skin", "background")
"""Regions that can be held as they are."""
LINEAR, EMBEDDED = "face_shape", "face_generator"
"""Ids of the linear model and of the StyleGAN2 that draws on top of it."""
FACES = (*FACE_MODELS, LINEAR, "mouth_interior")
GENERATOR = (EMBEDDED, "face_encoder")
METHODS = ("sefa", "pca")
"""How directions are found that nobody named: SeFa's closed form, GANSpace's principal components."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ThroughGenerator(Step):
    """What the steps share that a generator draws: which, how well it knows the face, and what is left alone."""

    version: ClassVar[int] = 15

    model: str = setting(LINEAR, help="generator that draws the change: face_shape, face_generator or one loaded")
    likeness: float = setting(0.0, 0, 60, help="optimisation that brings the generator nearer to the face first",
                              unit="seconds on two cores")
    layers: str = setting("", help="layers of the generator that are moved, as 4-7; empty is all")
    lock: tuple[str, ...] = setting((), help="regions held as they are", choices=LOCKS)

    def drawing_models(self) -> tuple[str, ...]:
        """Ids of the models that draw with these settings."""
        if self.model == LINEAR:
            return ()
        return GENERATOR if self.model == EMBEDDED else (self.model,)

    def models_used(self, models) -> tuple[str, ...]:
        """Those needed, and the published encoder that reads photographs for a loaded generator."""
        if self.model in (LINEAR, EMBEDDED):
            return self.models_needed()
        from .reader import reader_of

        reader = reader_of(models, self.model)
        return (*self.models_needed(), *([reader] if reader else []))

    def apply(self, portrait: Portrait, models) -> Portrait:
        """The edited portrait.

        Raises SettingError for a direction, model or layers that are not there, ModelError for a model that is not
        here, FaceError without a usable face.
        """
        return self.draw(portrait, models, fine=True)

    def quick(self, portrait: Portrait, models) -> Portrait:
        """As apply, resampled the quick way; a likeness that was not found yet is not waited for."""
        return self.draw(portrait, models, fine=False)

    def draw(self, portrait: Portrait, models, fine: bool) -> Portrait:
        """As apply or, not fine, as quick."""
        raise TypeError(f"{type(self).__name__} must say what it draws in draw().")

    def known_face(self, portrait: Portrait, models, fine: bool):
        """The face as the generator knows it (`likeness.Known`)."""
        from .likeness import face_in, is_found

        waits = fine or is_found(portrait, models, self.model, self.likeness)
        return face_in(portrait, models, self.model, self.likeness if waits else 0.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class ShiftAttributes(ThroughGenerator):
    """Move the portrait along named directions of its generator; what does not move stays the photograph's own."""

    kind: ClassVar[str] = "attributes.shift"
    needs: ClassVar[tuple[str, ...]] = (*FACES, "attribute_directions", *GENERATOR, "generator_directions")

    amounts: Mapping[str, float]  # direction -> standard deviations; bounds come with the direction

    def models_needed(self) -> tuple[str, ...]:
        """Of `needs`, what these settings use; a loaded generator brings its own directions."""
        through = ("generator_directions",) if self.model == EMBEDDED else ()
        return (*FACES, "attribute_directions", *self.drawing_models(), *through)

    def draw(self, portrait: Portrait, models, fine: bool) -> Portrait:
        """As apply or, not fine, as quick."""
        from ..bare import taken_off
        from ..canvas import canvas_of
        from ..carry import carry
        from .bounds import edit_for, kept_sharp
        from .directions import LINEAR, check_amounts, directions_of

        directions = directions_of(models, self.model)
        check_amounts(self.amounts, directions)
        if not any(self.amounts.values()):
            return portrait
        through = None
        if self.model != LINEAR:
            from .through import edit_through

            known = self.known_face(portrait, models, fine)
            through = partial(edit_through, known, directions=directions, layers=self.layers, models=models)
        amounts = kept_sharp(self.amounts, directions, portrait, models)
        edit = edit_for(amounts, directions, canvas_of(taken_off(portrait, models), models), through)
        return portrait.with_image(carry(portrait, edit, models, self.lock, fine))


@dataclass(frozen=True, eq=False, kw_only=True)
class MoveFound(ThroughGenerator):
    """Move the portrait along a direction that was found in a generator; the recipe that finds it again is kept."""

    kind: ClassVar[str] = "attributes.found"
    needs: ClassVar[tuple[str, ...]] = (*FACES, *GENERATOR)

    method: str = setting("sefa", help="how it was found", choices=METHODS)
    index: int = setting(0, 0, 511, help="which of those found, the strongest is 0")
    amount: float = setting(0.0, -5, 5, help="how far", unit="standard deviations of faces along it")
    model: str = setting(EMBEDDED, help="generator it was found in: face_generator or one loaded")
    seed: int = setting(0, 0, 2**32 - 1, help="of the random faces that pca looks at")
    source: str = setting("", help="directions of one's own that were fetched, as own_smile: then index counts those, "
                          "and none is looked for")
    name: str = setting("", help="what the person who kept it calls it")

    def continues(self, step: Step) -> bool:
        """Another amount along the same direction replaces the first; another direction is another edit."""
        return self.kind == step.kind and self.recipe == step.recipe

    @property
    def recipe(self) -> tuple[str, int, str, str, int, str]:
        """What finds the direction again."""
        return self.method, self.index, self.model, self.layers, self.seed, self.source

    def models_needed(self) -> tuple[str, ...]:
        """Of `needs`, what these settings use, and directions of one's own."""
        return (*FACES, *self.drawing_models(), *([self.source] if self.source else []))

    def draw(self, portrait: Portrait, models, fine: bool) -> Portrait:
        """As apply or, not fine, as quick."""
        from ..carry import carry
        from .found import direction_found
        from .through import edit_through

        direction = direction_found(models, self.model, self.method, self.index, self.layers, self.seed, self.source)
        if not self.amount:
            return portrait
        known = self.known_face(portrait, models, fine)
        edit = edit_through(known, {direction.name: self.amount}, (direction,), self.layers, models)
        return portrait.with_image(carry(portrait, edit, models, self.lock, fine))


FIRST = ShiftAttributes(amounts={"smile": 1.0})
"""Drawn once when the app starts, so that the first person does not wait for models."""
