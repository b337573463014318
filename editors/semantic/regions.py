"""Regions a person can name when they ask for a style: a label, or several that go together."""

from ..errors import SettingError
from ..labels import IDS, NAMES

REGIONS: dict[str, tuple[str, ...]] = {
    "hair": ("hair",), "brows": ("left brow", "right brow"), "eyes": ("left eye", "right eye"),
    "lips": ("upper lip", "lower lip"), "skin": ("skin", "nose", "left ear", "right ear", "neck"),
    "ears": ("left ear", "right ear"),
}
STYLED = ("hair", "brows", "lips", "skin")
"""Regions that take a style when none are named: what a person is, not what they wear or stand before."""


def labels_of_region(region: str) -> tuple[str, ...]:
    """The labels a region stands for. Raises SettingError naming what there is."""
    plain = region.strip().lower().replace("_", " ")
    if plain not in REGIONS and plain not in IDS:
        raise SettingError(f"There is no region called {region!r}; there are {', '.join([*REGIONS, *NAMES])}.")
    return REGIONS.get(plain, (plain,))
