"""The 19 labels of CelebAMask-HQ: their ids, names and colours. Other orders are mapped by name.

Left and right are the person's own, as in CelebAMask-HQ's files: the left eye of a person who faces the camera is
on the right-hand side of the picture. Mirroring a label map therefore has to swap the two names as well.
"""

from collections.abc import Sequence

import numpy as np

from .errors import SettingError

NAMES: tuple[str, ...] = (
    "background", "skin", "nose", "eyeglasses", "left eye", "right eye", "left brow", "right brow", "left ear",
    "right ear", "mouth", "upper lip", "lower lip", "hair", "hat", "earring", "necklace", "neck", "cloth",
)
IDS: dict[str, int] = {name: number for number, name in enumerate(NAMES)}

EYES, BROWS, EARS = ("left eye", "right eye"), ("left brow", "right brow"), ("left ear", "right ear")
LIPS = ("upper lip", "lower lip", "mouth")

# Neighbours on a face are far apart in hue or lightness, so that a border can be seen.
COLOURS: np.ndarray = np.array([
    (0, 0, 0), (235, 185, 150), (245, 130, 110), (120, 220, 220), (70, 130, 240), (40, 80, 190), (130, 80, 40),
    (170, 110, 60), (250, 150, 200), (230, 100, 170), (255, 255, 255), (220, 40, 60), (160, 20, 50), (110, 60, 160),
    (60, 160, 60), (255, 215, 0), (200, 170, 40), (190, 140, 90), (90, 150, 200),
], np.uint8)
COLOURS.flags.writeable = False

# The order of the widely used BiSeNet weights `79999_iter`.
BISENET_NAMES: tuple[str, ...] = (
    "background", "skin", "left brow", "right brow", "left eye", "right eye", "eyeglasses", "left ear", "right ear",
    "earring", "nose", "mouth", "upper lip", "lower lip", "neck", "necklace", "cloth", "hair", "hat",
)

EMBEDDED = "embedded"
PARSERS = (EMBEDDED, "face_parser", "face_parser_segformer")
"""What can read labels off a photograph: the parser that comes along, or a model of the Hub; one's own stand beside."""


def label_id(name: str) -> int:
    """The id of a label; `left_eye` is read as `left eye`. Raises SettingError naming the labels there are."""
    plain = name.strip().lower().replace("_", " ")
    if plain not in IDS:
        raise SettingError(f"There is no label called {name!r}; the labels are: {', '.join(NAMES)}.")
    return IDS[plain]


def mask_of(labels: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """bool (H, W): pixels with one of these labels."""
    found = np.zeros(labels.shape, bool)
    for name in names:
        found |= labels == IDS[name]
    return found


def from_order(labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Translate a label map (H, W) whose ids count through `names` into our ids, by name."""
    return np.array([label_id(name) for name in names], np.uint8)[labels]


def mirrored(labels: np.ndarray) -> np.ndarray:
    """A label map (H, W) seen in a mirror: the columns turn round and left and right change names."""
    swapped = [name.replace("left", "right") if "left" in name else name.replace("right", "left") for name in NAMES]
    return np.ascontiguousarray(from_order(labels, swapped)[:, ::-1])


def palette() -> bytes:
    """256 RGB entries for a PNG of mode P; those above the last label are black."""
    return COLOURS.tobytes() + bytes(3 * (256 - len(NAMES)))


def coloured(labels: np.ndarray) -> np.ndarray:
    """Label map (H, W) -> uint8 (H, W, 3) RGB."""
    return COLOURS[labels]
