"""Small real things for tests: an editor whose edits take no time, pictures of a few pixels, an edit of every kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
from PIL import ImageCms

from editors.errors import FaceError, ImageError
from editors.portrait import Portrait
from editors.step import Step, setting

ASTRONAUT = Path(__file__).parent.parent / "examples" / "portraits" / "astronaut.png"
CAT = ASTRONAUT.with_name("chelsea.png")


@dataclass(frozen=True, eq=False, kw_only=True)
class Lighten(Step):
    """Add to every pixel of the hole."""

    kind: ClassVar[str] = "tiny.lighten"

    amount: int = setting(0, -50, 50, "grey levels added", unit="levels")
    strength: float = setting(1.0, 0, 1)
    mode: str = setting("all", choices=("all", "red"))
    inverted: bool = setting(False)
    seed: int = setting(0, 0, 2**63 - 1)
    hole: np.ndarray | None = None
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = setting((), choices=("left", "right"))
    weights: Mapping[str, float] | None = None

    def apply(self, portrait: Portrait, models) -> Portrait:
        if self.hole is not None and self.hole.shape != portrait.image.shape[:2]:
            raise ImageError(f"The image is {portrait.image.shape[:2]}, the hole {self.hole.shape}.")
        inside = np.ones(portrait.image.shape[:2], bool) if self.hole is None else (self.hole >= 128) != self.inverted
        channels = 1 if self.mode == "red" else 3
        image = portrait.image.astype(int)
        image[inside, :channels] += round(self.amount * self.strength)
        return portrait.with_image(image.clip(0, 255).astype(np.uint8))


@dataclass(frozen=True, eq=False, kw_only=True)
class NeedFace(Step):
    """Refuse every picture, as an edit of faces refuses one without a face."""

    kind: ClassVar[str] = "tiny.need_face"
    needs: ClassVar[tuple[str, ...]] = ("face_detection",)

    def apply(self, portrait: Portrait, models) -> Portrait:
        raise FaceError("No face was found in the photograph.")


def tiny_portrait(height: int = 6, width: int = 8, seed: int = 0) -> Portrait:
    """Random pixels between 60 and 190, so that adding 50 clips nowhere."""
    return Portrait(np.random.default_rng(seed).integers(60, 190, (height, width, 3), dtype=np.uint8))


@dataclass(frozen=True)
class Example:
    """What the contract tests do with a kind of edit.

    changed:   settings that change the picture
    zero:      settings that ask for nothing
    refused:   settings out of bounds, and the word the message must name
    outside:   portrait and models -> bool (H, W), True where the edit may not reach
    """

    changed: dict
    zero: dict
    refused: tuple[dict, str]
    outside: Callable[[Portrait, object], np.ndarray]


def _far_from_the_face(portrait: Portrait, models: object) -> np.ndarray:
    """Pixels beyond twice the size of the face's mesh."""
    from editors.faces import mesh_of

    mesh = mesh_of(portrait, models)[:, :2]
    centre, reach = (mesh.min(0) + mesh.max(0)) / 2, np.ptp(mesh, axis=0)
    rows, columns = np.indices(portrait.image.shape[:2])
    return (np.abs(columns - centre[0]) > reach[0]) | (np.abs(rows - centre[1]) > reach[1])


_SKETCH_HOLE = np.zeros((512, 512), np.uint8)
_SKETCH_HOLE[130:170, 200:255] = 255

_PAINTED_OVER = np.zeros((512, 512), np.uint8)
_PAINTED_OVER[40:] = 1
_PAINTED = _PAINTED_OVER.copy()
_PAINTED[60:90, 190:260] = 13

_FACE = np.zeros((512, 512), np.uint8)
for _label, _middle, _axes in ((13, (225, 120), (70, 85)), (1, (225, 130), (50, 70)), (5, (205, 115), (11, 5)),
                               (4, (245, 115), (11, 5)), (11, (225, 165), (18, 4)), (12, (225, 171), (18, 5))):
    cv2.ellipse(_FACE, _middle, _axes, 0, 0, 360, _label, -1)

EXAMPLES: dict[str, Example] = {
    "attributes.shift": Example(
        changed={"amounts": {"smile": 2.0, "yaw": -1.0}},
        zero={"amounts": {"smile": 0.0}},
        refused=({"amounts": {"smile": 900.0}}, "smile"),
        outside=_far_from_the_face,
    ),
    "attributes.found": Example(
        changed={"method": "pca", "index": 1, "amount": 3.0, "layers": "0-7", "lock": ("hair",)},
        zero={"method": "pca", "index": 1, "amount": 0.0},
        refused=({"layers": "9-40"}, "Layers 9-40"),
        outside=_far_from_the_face,
    ),
    "sketch.fill": Example(
        changed={"hole": _SKETCH_HOLE, "lines": _SKETCH_HOLE // 2, "seed": 5},
        zero={"hole": _SKETCH_HOLE, "amount": 0.0},
        refused=({"strength": 9.0}, "strength"),
        outside=lambda portrait, models: _SKETCH_HOLE == 0,
    ),
    "semantic.draw": Example(
        changed={"labels": _FACE, "seed": 3, "background": False},
        zero={"labels": _FACE, "strength": 0.0},
        refused=({"labels": np.full((512, 512), 77, np.uint8)}, "labels"),
        outside=lambda portrait, models: _FACE == 0,
    ),
    "semantic.repaint": Example(
        changed={"labels": _PAINTED, "original": _PAINTED_OVER, "colours": {"lips": "#a02040"}},
        zero={"labels": _PAINTED, "original": _PAINTED},
        refused=({"labels": np.full((512, 512), 77, np.uint8)}, "labels"),
        outside=_far_from_the_face,
    ),
}
"""An edit of every kind; a new kind needs a line here."""


def display_p3() -> bytes:
    """An ICC profile with the primaries of Display P3, as telephones write it: sRGB's with other colorants."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    colorants = {b"rXYZ": (0.51512, 0.24120, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189),
                 b"bXYZ": (0.15710, 0.06657, 0.78407)}
    for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        if (name := bytes(profile[at : at + 4])) in colorants:
            start = int.from_bytes(profile[at + 4 : at + 8], "big") + 8
            values = (round(value * 65536).to_bytes(4, "big", signed=True) for value in colorants[name])
            profile[start : start + 12] = b"".join(values)
    return bytes(profile)
