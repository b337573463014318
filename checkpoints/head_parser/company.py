"""What stands around a head in photographs of several people, drawn beside heads that are alone in theirs: the others,
arms, clothes up to the cheeks, and what a person mask wrongly takes for a person. None of it is the head's hair.

K is the side of a crop in pixels; lengths in head units are multiplied by a crop's `unit`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from checkpoints.light import soft_mask, wave
from editors.mesh_points import CHIN
from editors.regions import BACKGROUND, CLOTH, EAR, HAIR, HAT, NECK, SKIN

if TYPE_CHECKING:
    from checkpoints.head_parser.examples import Crop

OTHERS, ARMS, CLOTHES, MISTAKES = 0.3, 0.25, 0.35, 0.25
"""Shares of examples in which somebody else, an arm, clothes that reach up and mistakes of the person mask are seen."""
_BEFORE = 0.35   # share of arms that are nearer to the camera than the head's hair
_KNOWN = 0.99    # from which a pixel is the photograph's


@dataclass(frozen=True, eq=False)
class Scene:
    """light: float (K, K, 3), 0..1;  regions: uint8 (K, K);  person, known: float32 (K, K), as of an `examples.Crop`"""

    light: np.ndarray
    regions: np.ndarray
    person: np.ndarray
    known: np.ndarray

    def with_layer(self, layer: np.ndarray, mask: np.ndarray, region: np.ndarray | int, person: np.ndarray | float
                   ) -> Scene:
        """A layer (K, K, 3) laid over it where a mask is, bool (K, K), which is of that region."""
        soft = soft_mask(mask, 0.6)
        return Scene(
            self.light * (1 - soft) + soft * layer, np.where(mask, region, self.regions).astype(np.uint8),
            np.where(mask, person, self.person).astype(np.float32), np.where(mask, 1, self.known).astype(np.float32),
        )  # fmt: skip


def in_company(scene: Scene, crop: Crop, other: Crop, rng: np.random.Generator) -> Scene:
    """A head as it might be seen among others; what its face and ears show stays."""
    if rng.random() < CLOTHES:
        scene = _clothed(scene, crop, other, rng)
    if rng.random() < OTHERS:
        scene = _beside(scene, crop, other, rng)
    if rng.random() < ARMS:
        scene = _with_arm(scene, crop, rng)
    return _mistaken(scene, crop, rng) if rng.random() < MISTAKES else scene


def _middle(crop: Crop) -> np.ndarray:
    return crop.points.mean(0)


def _may_cover(scene: Scene, crop: Crop, below: float) -> np.ndarray:
    """bool (K, K): where something may be laid before a head: not on face, ears or hat, nor on hair above a row."""
    rows = np.arange(len(scene.regions))[:, None]
    return ~np.isin(scene.regions, (SKIN, EAR, HAT)) & ((scene.regions != HAIR) | (rows > below))


def _placed(crop: Crop, other: Crop, away: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The affine that brings another crop as far away (2,) in pixels from the head, a little turned and resized."""
    scale, turn = crop.unit / other.unit * np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.25)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = linear @ np.diag([rng.choice([-1.0, 1.0]), 1.0])
    return np.column_stack([linear, _middle(crop) + away - linear @ _middle(other)])


def _clothed(scene: Scene, crop: Crop, other: Crop, rng: np.random.Generator) -> Scene:
    """Somebody else's clothes, in any colour, higher up and aslant, as under a head that is bent or turned."""
    away = crop.unit * np.array([rng.normal(0, 0.5), -rng.uniform(0.1, 1.4)])
    layers = np.dstack([other.picture.astype(np.float32) / 255, (other.regions == CLOTH).astype(np.float32)])
    layers = cv2.warpAffine(layers, _placed(crop, other, away, rng), scene.regions.shape[::-1],
                            borderMode=cv2.BORDER_REPLICATE)
    cloth, worn = layers[..., :3], layers[..., 3] > 0.5
    if worn.any() and rng.random() < 0.8:
        cloth = _dyed(cloth, worn, scene, rng)
    below = crop.points[CHIN, 1] if rng.random() < 0.6 else np.inf
    worn &= _may_cover(scene, crop, below)
    return scene.with_layer(cloth, worn & (scene.regions != NECK) if rng.random() < 0.5 else worn, CLOTH, 1.0)


def _dyed(cloth: np.ndarray, worn: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """A cloth (K, K, 3) in another colour, now and then about that of the head's hair; its folds are kept."""
    hair, grey = scene.regions == HAIR, cloth.mean(2, keepdims=True)
    if hair.any() and rng.random() < 0.3:
        colour = scene.light[hair].mean(0) * rng.uniform(0.6, 1.6) * (1 + 0.2 * rng.normal(0, 1, 3)).clip(0.3, 2)
    else:
        colour = rng.uniform(0.03, 0.9) * (1 + rng.choice([0.1, 0.6]) * rng.normal(0, 1, 3)).clip(0.1, 2.5)
    folds = grey / max(float(grey[worn].mean()), 0.02) - 1
    return (colour * (1 + rng.uniform(0.4, 1.2) * folds)).clip(0, 1.2)


def _beside(scene: Scene, crop: Crop, other: Crop, rng: np.random.Generator) -> Scene:
    """Somebody else next to the head, behind it; the person mask sees both, or knows whose is whose.

    Their clothes are clothes, since nothing tells whose; all else of them is background.
    """
    side, rows = rng.choice([-1.0, 1.0]), np.arange(len(scene.regions))[:, None]
    away = crop.unit * np.array([side * rng.uniform(1.2, 3), rng.normal(0, 0.8)])
    seen = other.known > _KNOWN
    layers = np.dstack([other.picture.astype(np.float32) / 255, (other.regions != BACKGROUND) * seen,
                        (other.regions == CLOTH) * seen, other.person]).astype(np.float32)
    layers = cv2.warpAffine(layers, _placed(crop, other, away, rng), scene.regions.shape[::-1])
    region, there = np.where(layers[..., 4] > 0.5, CLOTH, BACKGROUND), layers[..., 3] > 0.5
    scene = scene.with_layer(layers[..., :3], there & (scene.regions == BACKGROUND), region, layers[..., 5])
    if rng.random() < 0.4:
        return scene
    columns = np.arange(len(rows))[None]
    own, theirs = (np.hypot(columns - x, rows - y) for x, y in (_middle(crop), _middle(crop) + away))
    beyond = (theirs < own) & ~np.isin(scene.regions, (SKIN, EAR))
    return replace(scene, person=np.where(beyond, 0, scene.person).astype(np.float32),
                   known=np.where(beyond, 0, scene.known).astype(np.float32))


def _with_arm(scene: Scene, crop: Crop, rng: np.random.Generator) -> Scene:
    """A bare arm from an edge of the crop to the head, in the face's colour and another light; smooth, as skin is."""
    skin = scene.regions == SKIN
    if not skin.any():
        return scene
    side, size = rng.choice([-1.0, 1.0]), len(skin)
    start, elbow, end = (_middle(crop) + crop.unit * np.array([side * rng.uniform(*across), rng.uniform(*down)])
                         for across, down in (((1.6, 4), (-1.5, 4)), ((1.2, 2.6), (-1.5, 3)), ((0.5, 1.7), (-2, 1.8))))
    mask = np.zeros(skin.shape, np.uint8)
    for along in np.linspace(0, 1, 60):
        x, y = (1 - along) ** 2 * start + 2 * along * (1 - along) * elbow + along**2 * end
        radius = crop.unit * (0.45 - 0.2 * along)
        cv2.circle(mask, (round(float(x)), round(float(y))), max(1, round(radius * rng.uniform(0.97, 1.03))), 1, -1)
    round_ = (cv2.distanceTransform(mask, cv2.DIST_L2, 5) / (0.4 * crop.unit)).clip(0, 1)[..., None]
    colour = np.median(scene.light[skin], axis=0) * np.exp(rng.normal(0, 0.25)) * (1 + 0.05 * rng.normal(0, 1, 3))
    shade = 1 - rng.uniform(0, 0.5) * (1 - np.sqrt(round_)) + 0.08 * wave(rng, (size, size), 4)[..., None]
    free = _may_cover(scene, crop, -1) if rng.random() < _BEFORE else np.isin(scene.regions, (BACKGROUND, CLOTH))
    return scene.with_layer((colour * shade).clip(0, 1.2), (mask > 0) & free, CLOTH, rng.choice([0.5, 1.0, 1.0]))


def _mistaken(scene: Scene, crop: Crop, rng: np.random.Generator) -> Scene:
    """The person mask takes something beside the head for a person."""
    rows, columns = np.indices(scene.regions.shape)
    x, y = _middle(crop) + crop.unit * np.array([rng.choice([-1, 1]) * rng.uniform(0.8, 2.2), rng.uniform(-1.5, 2)])
    wide, high = crop.unit * rng.uniform(0.4, 1.4, 2)
    there = (((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2 < 1) & (scene.regions == BACKGROUND)
    seen = cv2.GaussianBlur(np.where(there, rng.uniform(0.3, 1), 0).astype(np.float32), (0, 0), 1.5)
    return replace(scene, person=np.maximum(scene.person, seen))
