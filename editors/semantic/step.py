"""The steps of the Masks tab: labels painted over a photograph, and a face drawn from labels alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..catalogue import FACE_MODELS
from ..labels import EMBEDDED, IDS, PARSERS
from ..portrait import Portrait
from ..step import Step, setting
from .regions import check_labels, labels_of_region, rgb_of

BLENDS = ("feather", "pyramid", "poisson")
"""How a change is joined to the photograph (see `editors.blend`)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskEdit(Step):
    """Bring the portrait to painted labels: its own pixels move where outlines moved, what is new is painted."""

    kind: ClassVar[str] = "semantic.repaint"
    version: ClassVar[int] = 19
    needs: ClassVar[tuple[str, ...]] = (*FACE_MODELS, "face_shape", "label_painter")

    labels: np.ndarray                           # uint8 (H, W), the 19 labels as painted; taken as `meant` says
    original: np.ndarray | None = None           # uint8 (H, W), what they were painted over; None: the picture's own
    reference: np.ndarray | None = None          # uint8 (H, W, 3), a second photograph whose style is taken
    regions: tuple[str, ...] = ()                # which regions take a style; none: hair, brows, lips and skin
    colours: Mapping[str, str] | None = None     # region -> #rrggbb
    parser: str = setting(EMBEDDED, help=f"what reads the photograph's labels: {', '.join(PARSERS)}, or one's own")
    sampled: bool = setting(False, help="draw the colours of the regions by the seed")
    strength: float = setting(1.0, 0, 1, help="how far regions go towards their style")
    feather: float = setting(0.25, 0, 0.6, help="how far around a changed label the picture may follow",
                             unit="eye distances")
    blend: str = setting("feather", help="how the change meets the photograph", choices=BLENDS)
    seed: int = setting(0, 0, 2**31 - 1, help="draws what is painted anew, and sampled colours")

    def __post_init__(self):
        super().__post_init__()
        check_labels(self.labels)
        if self.original is not None:
            check_labels(self.original, "original")
        for region in (*self.regions, *(self.colours or {})):
            labels_of_region(region)
        for colour in (self.colours or {}).values():
            rgb_of(colour)

    def models_needed(self) -> tuple[str, ...]:
        """Ids of the models these settings use."""
        parser = () if self.parser == EMBEDDED else (self.parser,)
        return (*self.needs, *parser)

    def apply(self, portrait: Portrait, models) -> Portrait:
        """The edited portrait. Raises ImageError for labels of another size, FaceError without a usable face."""
        return self.draw(portrait, models, fine=True)

    def quick(self, portrait: Portrait, models) -> Portrait:
        """As apply, resampled the quick way; the picture may be a reduced copy of the one that was painted on."""
        from .edit import resized

        size = portrait.image.shape[1::-1]
        painted = {name: resized(picture, size) for name in ("labels", "original")
                   if (picture := getattr(self, name)) is not None}
        return replace(self, **painted).draw(portrait, models, fine=False)

    def draw(self, portrait: Portrait, models, fine: bool) -> Portrait:
        """As apply or, not fine, as quick."""
        from ..monochrome import without_colours
        from .edit import edit, samples_of, tones_of, wanted_labels

        labels = wanted_labels(portrait, self.labels, self.original, models, self.parser)
        samples = None if self.reference is None else samples_of(portrait, self.reference, models, self.parser)
        tones = tones_of(self.regions, samples, self.colours or {}, self.seed if self.sampled else None, models)
        image = edit(portrait, labels, tones, samples, models, self.strength, self.feather, self.seed, fine,
                     self.blend, self.parser)
        if image is portrait.image:
            return portrait
        asked = self.colours or self.reference is not None
        return portrait.with_image(image if asked else without_colours(portrait, image))


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawFace(Step):
    """Draw a face from labels alone, another one for each seed; the picture before counts for nothing in it."""

    kind: ClassVar[str] = "semantic.draw"
    version: ClassVar[int] = 6
    needs: ClassVar[tuple[str, ...]] = ("face_shape", "label_painter")

    labels: np.ndarray                           # uint8 (H, W), of the picture's size
    reference: np.ndarray | None = None          # uint8 (H, W, 3), a photograph in whose style it is drawn
    regions: tuple[str, ...] = ()                # which regions take that style; none: all of them
    background: bool = setting(True, help="draw the background too; else the picture's own stays")
    strength: float = setting(1.0, 0, 1, help="how much of the drawn face is laid over the picture")
    seed: int = setting(0, 0, 2**31 - 1, help="draws the face")

    def __post_init__(self):
        super().__post_init__()
        check_labels(self.labels)
        for region in self.regions:
            labels_of_region(region)

    def models_needed(self) -> tuple[str, ...]:
        """Ids of the models these settings use."""
        return self.needs if self.reference is None else MaskEdit.needs

    def apply(self, portrait: Portrait, models) -> Portrait:
        """The drawn face. Raises ImageError for labels of another size, FaceError where they show no face."""
        from .edit import check_size, style_by
        from .imagine import imagine

        check_size(portrait, labels=self.labels)
        if self.strength == 0:
            return portrait
        style = None if self.reference is None else style_by(portrait, self.reference, self.regions, self.seed, models)
        drawn = imagine(self.labels, self.seed, models, style)
        if self.strength < 1:
            drawn = np.round(portrait.image + self.strength * (drawn.astype(np.float32) - portrait.image))
        stays = (self.labels == IDS["background"])[..., None] & (not self.background)
        return portrait.with_image(np.where(stays, portrait.image, drawn.astype(np.uint8)))

    def quick(self, portrait: Portrait, models) -> Portrait:
        """As apply; the picture may be a reduced copy of the one whose labels were painted."""
        from .edit import resized

        return replace(self, labels=resized(self.labels, portrait.image.shape[1::-1])).apply(portrait, models)


FIRST = MaskEdit(labels=np.array([[13, 0], [1, 1]], np.uint8), original=np.array([[0, 0], [1, 1]], np.uint8))
"""Drawn once when the app starts, so that the first person does not wait for models."""
