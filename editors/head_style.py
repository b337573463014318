"""How a head looks: its face by the linear model, and a style for each region, as the learned painter takes them."""

from dataclasses import dataclass

import numpy as np
import torch

from .colours import lab_to_rgb, rgb_to_lab
from .networks.label_painter import COLOURS, KINDS, REGIONS, LabelPainter

LOOK = 90
"""Components of the linear model that make a look."""
LIGHT_COUNTS, DARK_COUNTS = np.array([0.7, 1, 1], np.float32), np.array([1, 0.6, 0.6], np.float32)
"""What lightness and colour count for in a distance in CIELAB: every part has light and shadow; a person is told from
what lies behind by lightness first."""
APART: dict[str, tuple[tuple[int, int, int], np.ndarray, dict[str, int]]] = {
    "hair": ((72, 0, 0), LIGHT_COUNTS, {"skin": 20}),
    "background": ((64, 12, 12), DARK_COUNTS, {"skin": 24, "neck": 20, "hair": 28}),
    "cloth": ((64, 24, 32), LIGHT_COUNTS, {"skin": 24, "neck": 24, "hair": 20, "background": 20}),
}
"""Sampled parts -> how far their colours may move, how distances count, how far away they lie from those of others."""
_STEP, _GAMUT = 4, (8, 235)  # in CIELAB, in RGB: colours that are tried
_CHROMA = (0.3, 0.6, 1)    # colours of the same hue and paler: hair has no others
_NEAR = 20                 # how much closer to others than it should be counts, as against a colour's own way
_SHADED = 0.85             # lightness of a neck, as a share of the skin's: it is drawn in the shadow of a chin
SPREAD = 0.75
"""Of sampled looks and styles, in standard deviations."""


@dataclass(frozen=True, eq=False)
class Style:
    """look: float32 (P,), standard deviations of the linear model;  styles: float32 (R, D), for the painter."""

    look: np.ndarray
    styles: np.ndarray

    def colours(self) -> dict[str, np.ndarray]:
        """Label name -> mean colour of its region, RGB float32 (3,) in 0..255."""
        rgb = (self.styles[:, :COLOURS] + 1) * 127.5
        return {label: rgb[number].clip(0, 255) for number, kinds in enumerate(REGIONS.values()) for kind in kinds
                for label in KINDS[kind]}

    def with_regions(self, other: "Style", regions: tuple[str, ...]) -> "Style":
        """This style, some regions as in another; with the skin comes the other's look."""
        chosen = np.array([name in regions for name in REGIONS])[:, None]
        look = other.look if "skin" in regions else self.look
        return Style(look, np.where(chosen, other.styles, self.styles))


def sampled(generator: np.random.Generator, painter: LabelPainter) -> Style:
    """A plausible style whose parts can be told apart."""
    count = len(painter.style_by_look), len(painter.style_rest)
    look, chance = ((generator.standard_normal(n).clip(-2, 2) * SPREAD).astype(np.float32) for n in count)
    return styled(look, chance, painter)


def styled(look: np.ndarray, chance: np.ndarray, painter: LabelPainter) -> Style:
    """The style that a face of this look (P,) may have by standard normal numbers (D,), with parts told apart."""
    drawn = painter.sample(torch.from_numpy(look), torch.from_numpy(chance))
    return Style(look, _told_apart(drawn.numpy()))


def _told_apart(styles: np.ndarray) -> np.ndarray:
    """Styles (R, D) whose hair, background and clothes have the nearest colours that differ from those beside them."""
    styles, at = styles.copy(), list(REGIONS).index
    skin = rgb_to_lab((styles[at("skin"), :COLOURS] + 1) * 127.5)
    found = {"skin": skin, "neck": skin * (_SHADED, 1, 1)}
    for region, (free, counts, others) in APART.items():
        rgb = (styles[at(region), :COLOURS] + 1) * 127.5
        steps = np.stack(np.meshgrid(*(np.linspace(-most, most, 1 + 2 * (most // _STEP)) for most in free)), -1)
        tried = np.concatenate([rgb_to_lab(rgb) * (1, share, share) + steps.reshape(-1, 3) for share in _CHROMA])
        colours = np.vstack([rgb, lab_to_rgb(tried).clip(*_GAMUT)])
        lab = rgb_to_lab(colours)
        moved = np.linalg.norm((lab - lab[0]) * counts, axis=1)
        short = sum((least - np.linalg.norm((lab - found[other]) * counts, axis=1)).clip(0)
                    for other, least in others.items())
        best = np.argmin(moved + _NEAR * short)
        styles[at(region), :COLOURS], found[region] = colours[best] / 127.5 - 1, lab[best]
    return styles
