"""Surfaces painted where a scene has none: skin with ears, a neck, a background and clothes.

A painter takes a scene and the region to paint, bool (H, W), and lays it over the scene.
"""

import cv2
import numpy as np

from .areas import blurred, bounds
from .colours import IN_SHADE
from .completion import THINGS, completed, fine_of
from .labels import IDS
from .membrane import quilt
from .scene import SHADE, SKIN, Scene, around, detail, lit_skin, shading
from .strands import LUMA, streaks

BLOCK = 0.32
"""Side of a quilted patch in eye distances."""
DOME = 0.3
"""How much darker a bald head is at its outline."""
FEW = 30
"""Pixels of a surface below which nothing is told of it."""
HAIRY = 0.6
"""Share of the usual light on a neck below which what is called so is hair, or lies in its shade."""
ROUGH, UNEVEN, PLAIN = 2.4, 5.0, 4.0
"""Levels that half of a surface differs by from what is around, from which on it has a texture; how many times as much
a tenth of it differs by where that is no texture, but a few things; and how much still belongs to what has none."""
_COLLAR = 0.13             # eye distances that a collar is wide
_FLYAWAY = 0.2             # eye distances around hair in which single hairs stand out from it
_BESIDE = 0.3              # eye distances around skin that are looked at where some is painted


def skin(scene: Scene, region: np.ndarray) -> None:
    """Skin that continues its neighbours' tone, with their grain; a head without hair is round."""
    scene, here = scene.near(region | scene.where(*SKIN), _BESIDE)
    region = region[here]
    bared = region if scene.own is None else region & (scene.own.labels == IDS["hair"])
    wide = cv2.distanceTransform(bared.astype(np.uint8), cv2.DIST_L2, 3).max() > SHADE * scene.eyes
    known = scene.sure(*SKIN, margin=SHADE) if wide else lit_skin(scene, 0.03)
    if wide:  # what hangs over the hairline goes too
        region = region | scene.where(*SKIN) & ~scene.sure("skin", "nose", margin=SHADE) & _near(region, scene)
    _flesh(scene, region, known, scene.where(*SKIN), 0.1 if wide else 0.04, wide)


def auricle(scene: Scene, whole: np.ndarray) -> None:
    """The relief of an ear from the front, laid over its skin: light on helix and lobe, dark in what is hollow."""
    rows, columns = (np.nonzero(whole.any(axis))[0] for axis in (1, 0))
    face = np.nonzero(scene.where("skin", "nose").any(0))[0]
    side = columns.mean() - (face.mean() if len(face) else scene.x.mean()) or 1
    tall, wide = len(rows), len(columns)
    here = bounds(whole, 8 + round(4 * 0.012 * tall + 2 * 0.02 * scene.eyes))             # what its soft edges can see
    down = (scene.y[here] - rows[0]) / tall
    out = ((scene.x[here] - columns[0]) / wide if side > 0 else (columns[-1] - scene.x[here]) / wide)
    edge = cv2.GaussianBlur(cv2.distanceTransform(np.pad(whole, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1],
                            (0, 0), max(0.5, 0.02 * tall))[here] / tall          # from the outline, in ear lengths
    outer = ((out - 0.3) / 0.25).clip(0, 1) * ((0.8 - down) / 0.15).clip(0, 1)
    helix, groove, fold = (np.exp(-((edge - at) / 0.028) ** 2) * outer for at in (0.045, 0.105, 0.155))
    bowl = np.exp(-((out - 0.32) / 0.2) ** 2 - ((down - 0.5) / 0.16) ** 2)
    lobe = np.exp(-((out - 0.45) / 0.3) ** 2 - ((down - 0.86) / 0.1) ** 2)
    join = np.exp(-(out / 0.16) ** 2) * (0.4 + 0.6 * down)
    rim = np.exp(-(edge / 0.02) ** 2) * ((out - 0.2) / 0.3).clip(0, 1)
    light = 0.16 * helix - 0.34 * groove + 0.1 * fold - 0.45 * bowl + 0.1 * lobe - 0.2 * join - 0.2 * rim - 0.06
    relief = np.zeros(whole.shape, np.float32)
    relief[here] = light
    soft = (cv2.GaussianBlur(relief, (0, 0), max(0.5, 0.012 * tall)) * scene.soft(whole, 0.02))[here]
    scene.image[here] *= (1 + soft)[..., None] ** IN_SHADE


def _near(region: np.ndarray, scene: Scene, width: float = SHADE) -> np.ndarray:
    return cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 3) < width * scene.eyes


def neck(scene: Scene, region: np.ndarray) -> None:
    """A neck, from what is seen of it, else from the face."""
    scene, here = scene.near(region | scene.where("neck", *SKIN), _BESIDE)
    region = region[here]
    known = scene.sure("neck")
    if known.any() and scene.own is not None:
        light = scene.before @ LUMA
        dark = light < HAIRY * np.median(light[known])
        known &= ~dark
        bared = region & (scene.own.labels == IDS["hair"])
        region = region | scene.where("neck") & dark & _near(bared, scene, _BESIDE)          # strands of what went
    if known.sum() < 0.05 * scene.eyes**2:
        known = scene.sure(*SKIN)
    _flesh(scene, region, known, scene.where("neck", *SKIN))
    if not scene.sure("neck").any():  # the chin throws a shadow
        away = cv2.distanceTransform((~scene.where(*SKIN)).astype(np.uint8), cv2.DIST_L2, 5) / (0.22 * scene.eyes)
        scene.image[:] *= (1 - 0.32 * np.exp(-away) * scene.soft(region, 0.04))[..., None]


def _flesh(scene: Scene, region: np.ndarray, known: np.ndarray, domain: np.ndarray, edge: float = 0.04,
           bare: bool = False) -> None:
    if not known.any():
        picture = np.broadcast_to(scene.colour(*SKIN, default=(200, 160, 140)), scene.image.shape).astype(np.float32)
    else:
        picture = shading(scene, known, domain | region)
    if bare and known.any():
        picture = picture * _gloss(scene, region, known)
    outside = scene.where("background").astype(np.uint8)
    depth = cv2.distanceTransform(1 - outside, cv2.DIST_L2, 5) / (0.8 * scene.eyes)
    far = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5) / (0.5 * scene.eyes)
    dome = 1 - DOME * far.clip(0, 1) * (1 - np.sqrt(1 - (1 - depth.clip(0, 1)) ** 2 + 1e-6))
    picture = picture * dome[..., None] + detail(scene, known)
    person = scene.soft(~(outside > 0), 0.03)                 # wide towards skin, narrow towards what lies behind
    scene.lay(picture.clip(0, 255), np.minimum(scene.soft(region, edge), person))


def _gloss(scene: Scene, region: np.ndarray, known: np.ndarray) -> np.ndarray:
    """How much lighter bare skin is than beside hair, float32 (H, W, 1): as light as the face, and shining."""
    rows, columns = (np.nonzero(region.any(axis))[0] for axis in (1, 0))
    light = scene.before @ LUMA
    middle, near = columns.mean(), scene.y < rows[-1]
    usual = float(np.quantile(light[known], 0.6)) / max(1.0, float(np.median(light[known & near])) if (
        known & near).any() else 1.0)
    sides = [float(light[known & half].mean()) if (known & half).any() else 0.0
             for half in (scene.x < middle, scene.x >= middle)]
    turned = 0.25 * np.sign(sides[1] - sides[0]) * scene.eyes
    across, down = (scene.x - middle - turned) / (0.6 * scene.eyes), (scene.y - rows[0]) / (0.5 * scene.eyes) - 0.9
    shine = 0.13 * np.exp(-across**2 - down**2)
    far = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5) / (0.5 * scene.eyes)
    return (1 + far.clip(0, 1) * (np.clip(usual, 1, 1.15) - 1) + shine)[..., None]


def ground(scene: Scene, region: np.ndarray) -> None:
    """Background behind what gave way, and behind single hairs around it: its light and dark and its texture go on."""
    bared = np.zeros_like(region) if scene.own is None else region & (scene.own.labels == IDS["hair"])
    if bared.any():
        region = region | scene.where("background") & _near(bared, scene, _FLYAWAY)
    _surface(scene, region, "background")


def cloth(scene: Scene, region: np.ndarray) -> None:
    """Clothes, as those that are seen."""
    _surface(scene, region, "cloth")


def _surface(scene: Scene, region: np.ndarray, name: str) -> None:
    known = scene.sure(name, margin=0.1) & ~_near(region, scene, 0.05)
    if known.sum() < FEW:
        scene.lay(_plain(scene, name), scene.soft(region, 0.03))
        return
    width = max(1.0, 0.1 * scene.eyes)
    fine = fine_of(scene.before, known, width)
    rough = np.abs(fine).mean(2)
    usual, most = np.percentile(rough[known], (50, 90))
    if name == "background" and most > THINGS and (picture := completed(scene.before, known, region)) is not None:
        scene.lay(picture.clip(0, 255), scene.soft(region, 0.03))
        return
    if usual > ROUGH and most < UNEVEN * usual:
        picture, fine = shading(scene, known, known | region), _quilted(scene, fine, known, region)
    else:                                                     # a letter on a wall is no texture of it
        plain = known & (blurred(rough, width / 4) < PLAIN * max(usual, 1))
        plain = plain if plain.sum() > FEW else known
        picture, fine = shading(scene, plain, plain | region), detail(scene, plain)
    scene.lay((picture + fine).clip(0, 255), scene.soft(region, 0.03))


def _plain(scene: Scene, name: str) -> np.ndarray:
    """A surface nothing of which is seen: soft light and dark; what is worn where it is cloth."""
    light = _worn(scene) if name == "cloth" else 1 + 0.05 * scene.noise(1.0)
    picture = scene.colour(name, default=(150, 155, 160)) * light[..., None]
    return (picture + 2 * scene.noise()[..., None]).clip(0, 255).astype(np.float32)


def _worn(scene: Scene) -> np.ndarray:
    """The light on clothes, float32 (H, W): round at the sides, a collar, and folds that fall from the neck."""
    worn, eyes = scene.where("cloth"), scene.eyes
    outside = cv2.distanceTransform(1 - scene.where("background").astype(np.uint8), cv2.DIST_L2, 5) / (0.6 * eyes)
    neck = scene.where("neck", *SKIN)
    away = cv2.distanceTransform((~neck).astype(np.uint8), cv2.DIST_L2, 5) / eyes if neck.any() else np.full(
        worn.shape, 9, np.float32)
    columns = np.nonzero((neck if neck.any() else worn).any(0))[0]
    across = (scene.x - columns.mean()) / eyes
    fall = np.stack([0.5 * np.tanh(across), np.ones_like(across)], -1).astype(np.float32)
    fall /= np.linalg.norm(fall, axis=2, keepdims=True)
    folds = sum(share * streaks(fall, length, width, eyes, scene.generator).clip(-2, 2)
                for share, length, width in ((0.07, 2.5, 0.3), (0.05, 1.6, 0.12)))
    loose = ((away - 0.2) / 0.5).clip(0, 1)                   # near the collar cloth lies flat
    weave = 0.012 * scene.noise() + 0.012 * scene.noise(0.015)
    hem = 0.16 * np.exp(-((away - _COLLAR) / 0.018) ** 2) + 0.1 * np.exp(-((away - _COLLAR - 0.05) / 0.05) ** 2)
    collar = 0.06 * (away < _COLLAR) - hem - 0.2 * np.exp(-away / 0.03)
    return (0.78 + 0.24 * np.sqrt(outside.clip(0, 1))) * (1 + folds * loose + weave + collar)


def _quilted(scene: Scene, image: np.ndarray, known: np.ndarray, region: np.ndarray) -> np.ndarray:
    wide = max(6, round(BLOCK * scene.eyes))
    rows, columns = around(region, known, 3 * wide)
    filled = quilt(image[rows, columns], known[rows, columns], region[rows, columns], wide, scene.generator)
    picture = np.zeros_like(image)
    if filled is not None:
        picture[rows, columns] = filled
    return picture
