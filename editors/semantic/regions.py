"""Regions a person can name when they ask for a style, and what is checked before anything is drawn.

Imported with the command line: nothing large is imported here.
"""

import numpy as np

from ..errors import SettingError
from ..labels import BROWS, EARS, EYES, IDS, NAMES

REGIONS: dict[str, tuple[str, ...]] = {
    "hair": ("hair",), "brows": BROWS, "eyes": EYES,
    "lips": ("upper lip", "lower lip"), "skin": ("skin", "nose", "left ear", "right ear", "neck"),
    "ears": EARS,
}
STYLED = ("hair", "brows", "lips", "skin")
"""Regions that take a style when none are named: what a person is, not what they wear or stand before."""


def labels_of_region(region: str) -> tuple[str, ...]:
    """The labels a region stands for. Raises SettingError naming what there is."""
    plain = region.strip().lower().replace("_", " ")
    if plain not in REGIONS and plain not in IDS:
        there = ", ".join(dict.fromkeys([*REGIONS, *NAMES]))
        raise SettingError(f"There is no region called {region!r}; there are {there}.")
    return REGIONS.get(plain, (plain,))


def check_labels(labels: np.ndarray, what: str = "labels") -> None:
    """Raise SettingError, by name, unless these are labels: (H, W), each 0 to 18, of more than one kind."""
    if labels.ndim != 2:
        raise SettingError(f"{what} is a picture of {labels.shape}; it takes one label a pixel, (height, width).")
    if labels.max() >= len(NAMES):
        raise SettingError(f"{what} holds {labels.max()}; labels are 0, {NAMES[0]}, to {len(NAMES) - 1}, {NAMES[-1]}.")
    if (labels == labels.flat[0]).all():
        raise SettingError(f"{what} holds nothing but {NAMES[labels.flat[0]]}; paint at least one other part.")


def rgb_of(colour: str) -> tuple[int, int, int]:
    """A colour written #rrggbb. Raises SettingError if it is not one."""
    digits = colour.strip().removeprefix("#")
    if len(digits) != 6 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        raise SettingError(f"The colour is {colour!r}; it takes six hexadecimal digits, as #8a5a2b.")
    return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))
