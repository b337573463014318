"""Hats drawn on heads, of many kinds, as what is learned from: caps, beanies, brims, turbans, scarves, in any cloth.

Photographs show few hats, and a hat may look like anything; what all have in common is where they sit.
"""

import cv2
import numpy as np

from checkpoints.light import wave
from editors.mesh_points import CHIN, OVAL
from editors.regions import CLOTH, HAIR, HAT, NECK, SKIN


def draw_hat(
    light: np.ndarray, regions: np.ndarray, points: np.ndarray, unit: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A head in a hat, float (K, K, 3), and its regions, uint8 (K, K).

    light: float (K, K, 3), 0..1;  points: (468, 2) of the mesh in its pixels;  unit: length of a head unit in pixels
    """
    place = _Place(points, unit, light.shape[0])
    scarf = rng.random() < 0.2
    low = place.line(rng.uniform(-0.75, -0.35), rng.uniform(0.1, 0.9))
    dome = place.ellipse(-0.35, rng.uniform(1.15, 1.45), rng.uniform(1.45, 2.3)) & (place.y < low)
    covered = np.isin(regions, (HAIR, HAT, SKIN)) & (place.y < low) & (place.y < -0.25)
    grown = round(rng.uniform(0.02, 0.18) * unit)
    covered = cv2.dilate(covered.astype(np.uint8), np.ones((2 * grown + 1,) * 2)) > 0
    hat = (dome | covered) & (place.y < low)
    cloth = _cloth(light.shape[:2], place, rng)
    if scarf:
        hat, beside = _scarf(hat, regions, place, rng)
    else:
        hat, cloth = _brimmed(hat, cloth, place, low, rng)
        beside = np.zeros_like(hat)
    seen = hat | beside
    shadow = cv2.GaussianBlur(np.roll(seen, round(0.1 * unit), 0).astype(np.float32), (0, 0), float(rng.uniform(1, 4)))
    light = light * (1 - rng.uniform(0, 0.5) * (shadow * (regions != 0) * ~seen)[..., None])
    soft = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), float(rng.uniform(0.4, 1.0)))[..., None]
    drawn = np.where(beside, CLOTH, np.where(hat, HAT, regions)).astype(np.uint8)
    return light * (1 - soft) + soft * cloth, drawn


class _Place:
    """Where each pixel lies: right of the middle of the face and below its eyes, float (K, K), in head units."""

    def __init__(self, points: np.ndarray, unit: float, size: int):
        eyes = points[[33, 133, 362, 263]]
        along = eyes[2:].mean(0) - eyes[:2].mean(0)
        along = along / max(float(np.linalg.norm(along)), 1e-6)
        middle = np.array([points[list(OVAL), 0].mean(), eyes[:, 1].mean()])
        rows, columns = np.indices((size, size), np.float32)
        across, down = (columns - middle[0]) / unit, (rows - middle[1]) / unit
        self.x, self.y = across * along[0] + down * along[1], down * along[0] - across * along[1]
        self.unit = unit
        self.chin = float((points[CHIN] - middle) @ [-along[1], along[0]]) / unit
        self.face = np.zeros((size, size), np.uint8)
        cv2.fillPoly(self.face, [np.round(points[list(OVAL)]).astype(np.int32)], 1)

    def line(self, at: float, sags: float) -> np.ndarray:
        """Rows below which no hat is: `at` in the middle, lower beside the face."""
        return at + sags * (np.abs(self.x) / 1.2).clip(0, 1) ** 2

    def ellipse(self, at: float, wide: float, high: float) -> np.ndarray:
        """The upper half of an ellipse that stands on a row."""
        return ((self.x / wide) ** 2 + ((self.y - at) / high) ** 2 < 1) & (self.y < at)


def _cloth(shape: tuple[int, int], place: _Place, rng: np.random.Generator) -> np.ndarray:
    """A cloth in one colour or several, lit from somewhere, float (K, K, 3)."""
    def colour() -> np.ndarray:
        return (rng.uniform(0.02, 0.95) * (1 + rng.choice([0.1, 0.6]) * rng.normal(0, 1, 3))).clip(0.01, 1)

    way, turn = rng.random(), rng.uniform(0, np.pi)
    along = place.x * np.cos(turn) + place.y * np.sin(turn) + 0.15 * wave(rng, shape, 4) * (rng.random() < 0.5)
    other = place.y * np.cos(turn) - place.x * np.sin(turn)
    if way < 0.45:
        share = np.zeros(shape)
    elif way < 0.65:                                                         # stripes
        share = (np.sin(along * rng.uniform(6, 40)) * rng.uniform(1, 8)).clip(-1, 1) / 2 + 0.5
    elif way < 0.75:                                                         # checks
        often = rng.uniform(6, 25)
        share = ((np.sin(along * often) > 0).astype(float) + (np.sin(other * often) > 0)) / 2
    else:                                                                    # flowers, spots, leopards
        share = (3 * wave(rng, shape, int(rng.integers(6, 40)))).clip(0, 1)
    cloth = colour() * (1 - share[..., None]) + colour() * share[..., None]
    if rng.random() < 0.3:                                                   # a sign on it
        spot = ((place.x - rng.normal(0, 0.3)) ** 2 + (place.y + rng.uniform(0.7, 1.5)) ** 2) < rng.uniform(0.02, 0.15)
        cloth = np.where(spot[..., None], colour() + 0.2 * wave(rng, shape, 30)[..., None], cloth)
    shade = 1 + rng.normal(0, 0.2) * place.x - rng.uniform(0, 0.3) * place.x**2 + 0.08 * wave(rng, shape, 5)
    if rng.random() < 0.6:                                                   # folds, or knitting
        folds = np.sin(along * rng.uniform(5, 45) + 2 * wave(rng, shape, 4))
        shade = shade * (1 + rng.uniform(0.03, 0.25) * folds)
    return cloth * shade.clip(0.2, 2)[..., None]


def _brimmed(
    hat: np.ndarray, cloth: np.ndarray, place: _Place, low: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A hat bool (K, K) with a visor, a brim all round, a cuff or nothing, and its cloth."""
    way, at = rng.random(), float(low[:, low.shape[1] // 2].min())
    if way < 0.3:                                                            # a visor over the brows
        x, reach = place.x - rng.normal(0, 0.3), rng.uniform(0.12, 0.4)
        brim = ((x / rng.uniform(0.7, 1.1)) ** 2 + ((place.y - at) / reach) ** 2 < 1) & (place.y > at - 0.1)
    elif way < 0.55:                                                         # all round
        rise = rng.uniform(-0.25, 0.15) * place.x**2
        brim = ((place.x / rng.uniform(1.5, 2.6)) ** 2 + ((place.y - at - rise) / rng.uniform(0.1, 0.3)) ** 2) < 1
    elif way < 0.8:
        brim = hat & (place.y > low - rng.uniform(0.15, 0.5))
    else:
        return hat, cloth
    tone = rng.uniform(0.4, 1.4) if rng.random() < 0.7 else rng.uniform(0, 1, 3)
    return hat | brim, np.where(brim[..., None], cloth * tone, cloth)


def _scarf(
    hat: np.ndarray, regions: np.ndarray, place: _Place, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A scarf around the face, bool (K, K): what of it is on the head, and what is below the chin."""
    free = cv2.erode(place.face, np.ones((3, 3))) > 0
    around = (np.abs(place.x) < rng.uniform(1.05, 1.35) + 0.15 * (place.y.clip(0, None))) & (place.y > -0.6)
    around &= place.y < place.chin + rng.uniform(0.2, 0.9)
    around |= np.isin(regions, (HAIR, NECK)) & (place.y < place.chin + 1)
    whole = (hat | around) & ~(free & (place.y > -0.6))
    return whole & (place.y < place.chin), whole & (place.y >= place.chin)
