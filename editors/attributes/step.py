"""The step of the Attributes tab."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..portrait import Portrait
from ..step import Step, setting

LOCKS = ("hair", "eyes", "brows", "nose", "mouth", "skin", "background")
"""Regions that can be held as they are."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ShiftAttributes(Step):
    """Move the portrait along named directions of its generator; what does not move stays the photograph's own."""

    kind: ClassVar[str] = "attributes.shift"
    needs: ClassVar[tuple[str, ...]] = (
        "face_detection", "face_landmark", "iris_landmark", "selfie_segmentation", "face_shape",
        "attribute_directions", "mouth_interior",
    )

    amounts: Mapping[str, float]  # direction -> standard deviations; bounds come with the direction
    model: str = setting("face_shape", help="generator that draws the change", choices=("face_shape",))
    lock: tuple[str, ...] = setting((), help="regions held as they are", choices=LOCKS)

    def apply(self, portrait: Portrait, models) -> Portrait:
        """The edited portrait. Raises SettingError for an unknown direction, FaceError without a usable face."""
        return self.draw(portrait, models, fine=True)

    def quick(self, portrait: Portrait, models) -> Portrait:
        """As apply, resampled the quick way."""
        return self.draw(portrait, models, fine=False)

    def draw(self, portrait: Portrait, models, fine: bool) -> Portrait:
        """As apply or, not fine, as quick."""
        from ..carry import carry
        from .directions import check_amounts, directions_of, edit_of

        directions = directions_of(models, self.model)
        check_amounts(self.amounts, directions)
        if not any(self.amounts.values()):
            return portrait
        return portrait.with_image(carry(portrait, edit_of(self.amounts, directions), models, self.lock, fine))


FIRST = ShiftAttributes(amounts={"smile": 1.0})
"""Drawn once when the app starts, so that the first person does not wait for models."""
