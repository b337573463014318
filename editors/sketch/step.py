"""The step of the Sketch tab."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import ImageError
from ..portrait import Portrait
from ..step import Step, setting

BLENDS = ("poisson", "feather", "pyramid", "mixed")
"""How the filling is joined to the photograph (see `editors.blend`)."""
PAINTERS = ("sketch_painter", "inpainting_sd15")
"""What can paint: the embedded painter, or Stable Diffusion of the Hub (see `diffusion`)."""
DIFFUSION = ("inpainting_sd15", "controlnet_scribble_sd15", "lcm_lora_sd15", "hyper_sd15_lora")
REPAINTED = 128
"""From this value on a pixel of the hole is repainted."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SketchFill(Step):
    """Repaint a hole from lines, colours and what is around it; without a hole, lines alone become a face."""

    kind: ClassVar[str] = "sketch.fill"
    version: ClassVar[int] = 17
    needs: ClassVar[tuple[str, ...]] = (
        "face_detection", "face_landmark", "iris_landmark", "selfie_segmentation", "head_parser", "face_shape",
        "hidden_mesh", "sketch_painter", "super_resolution",
        *DIFFUSION,
    )

    hole: np.ndarray | None = None     # (H, W), repainted from REPAINTED on; None: everything, for a blank picture
    lines: np.ndarray | None = None    # (H, W), white on black, grey is strength
    colours: np.ndarray | None = None  # (H, W, 4), alpha 0 is none
    seed: int = setting(0, 0, 2**31 - 1, "which filling: 0 is the most likely, every other number another one")
    variant: int = setting(0, 0, 2**31 - 1, "another filling near that of the seed; 0 is that itself")
    strength: float = setting(1.0, 0, 1, "how firmly the lines are followed")
    amount: float = setting(1.0, 0, 1, "how much of the filling is seen")
    blend: str = setting("poisson", help="how the filling meets the photograph", choices=BLENDS)
    edge: float = setting(4.0, 0, 64, "length of the fade inwards from the hole's border", unit="pixels")
    grain: float = setting(1.0, 0, 1, "how much of the photograph's grain the filling takes on")
    model: str = setting("sketch_painter", help="what paints; the settings below are for inpainting_sd15 alone",
                         choices=PAINTERS)
    prompt: str = setting("", help="what is to be seen, in some 50 English words at most")
    negative: str = setting("", help="what is not to be seen")
    preset: str = setting("full", help="full steps, or few by what lcm or hyper adds", choices=("full", "lcm", "hyper"))
    steps: int = setting(0, 0, 100, "steps of a drawing; 0: as many as the preset takes; lcm takes up to 50")
    guidance: float = setting(0.0, 0, 20, "how much the words count; 0: as the preset has it")
    renewal: float = setting(1.0, 0.05, 1, "how much is drawn anew; less keeps to what the embedded painter made")
    control: float = setting(1.0, 0, 2, "how much the lines count for the ControlNet")
    context: float = setting(0.5, 0.1, 4, "how much around the hole is looked at", unit="sizes of the hole")

    def apply(self, portrait: Portrait, models) -> Portrait:
        """The painted portrait. Raises ImageError for layers that do not fit, and for an empty or a full hole."""
        return self.draw(portrait, models, fine=True)

    def quick(self, portrait: Portrait, models) -> Portrait:
        """As apply, without what takes longest."""
        return self.draw(portrait, models, fine=False)

    def models_needed(self) -> tuple[str, ...]:
        """As Step.models_needed: of the Hub's only those that these settings take."""
        embedded = tuple(name for name in self.needs if name not in DIFFUSION)
        if self.hole is None:                                                 # it colours what is around a face
            embedded += ("label_painter",)
        if self.model not in DIFFUSION:
            return embedded
        from .diffusion import needed

        return embedded + needed(self.preset, self.lines is not None)

    def draw(self, portrait: Portrait, models, fine: bool, told=None) -> Portrait:
        """As apply or, not fine, as quick. told: see `diffusion.Told`; it hears of what takes long."""
        from ..monochrome import tone_of, toned
        from .fill import fill
        from .paint import Manner

        drawing = self.drawing(portrait.image.shape[:2])
        if self.amount == 0:
            return portrait
        manner = Manner(self.seed, self.blend, self.edge, self.grain, fine, self.variant)
        if self.model in DIFFUSION:
            from .diffusion import diffuse

            filled = diffuse(portrait, drawing, models, manner, self.wish(), told or (lambda *_: None))
        else:
            filled = fill(portrait, drawing, models, manner)
        if not drawing.hole.all() and not drawing.colours[..., 3].any():
            tone = tone_of(portrait.image, ~drawing.hole)
            filled = filled if tone is None else toned(filled, drawing.hole, tone)
        if self.amount < 1:
            filled = np.round(portrait.image + np.float32(self.amount) * (filled.astype(np.float32) - portrait.image))
        return portrait.with_image(filled.astype(np.uint8))

    def wish(self):
        """What is asked of Stable Diffusion besides what was drawn."""
        from .diffusion import Wish

        return Wish(**{field.name: getattr(self, field.name) for field in dataclasses.fields(Wish)})

    def drawing(self, shape: tuple[int, int]):
        """What was drawn, checked against the photograph's height and width; lines outside the hole are left out."""
        from .paint import Drawing

        for name, layer in (("hole", self.hole), ("lines", self.lines), ("colours", self.colours)):
            if layer is not None and layer.shape[:2] != shape:
                raise ImageError(
                    f"The photograph is {shape[1]} x {shape[0]}, the {name} {layer.shape[1]} x {layer.shape[0]}; "
                    "draw on the photograph being edited."
                )
        if self.lines is not None and self.lines.ndim != 2 or self.hole is not None and self.hole.ndim != 2:
            raise ImageError("The hole or the lines have several channels; they take one, white where marked.")
        if self.colours is not None and (self.colours.ndim != 3 or self.colours.shape[2] != 4):
            raise ImageError(f"The colours are {self.colours.shape}; they take (height, width, 4), alpha 0 is none.")
        hole = np.ones(shape, bool) if self.hole is None else self.hole >= REPAINTED
        if not hole.any():
            raise ImageError("The hole is empty: no pixel is white (128 or more). Mark what is to be repainted.")
        if hole.all() and self.hole is not None:
            raise ImageError("The hole covers the whole picture; nothing is left to go by. Leave some of it around.")
        lines = np.zeros(shape, np.float32) if self.lines is None else self.lines / np.float32(255)
        colours = np.zeros((*shape, 4), np.uint8) if self.colours is None else self.colours
        return Drawing(hole, lines * np.float32(self.strength) * hole, colours * hole[..., None])
