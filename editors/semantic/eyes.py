"""Eyes that are painted where none was, and eyes that are painted out: those are shut."""

import cv2
import numpy as np

from ..labels import EYES, IDS, mask_of
from ..scene import SKIN, Samples, Scene

LASHES = 0.16
"""Eye distances over which lashes and the folds of lids show beyond an eye."""
GROWN = (0.7, 1.6, 1.8)
"""How much smaller and larger than its own an eye is carried to another place at the most, and how much wider than the
dab for it."""
LIT, SOFT = (0.75, 1.35), 0.05
"""How much darker and lighter than its own an eye becomes in another place; over which it fades into the skin there."""
LEAST = 0.004
"""Squared eye distances of an eye that is seen."""
SHUT, THICK, DARK = 0.86, 0.036, 0.75
"""How far down an eye its lashes meet when it is shut, how thick their row is, and how much light they take."""
ROUND, CREASE, FOLD = 0.05, 0.12, 0.022
"""How much lighter a lid is in its middle, how much darker the crease above it is, and how wide."""


def shut_eyes(old: np.ndarray, new: np.ndarray, eyes: float) -> np.ndarray:
    """bool (H, W): skin that is painted over an eye and over what shows of it beyond its label."""
    shut = np.zeros(new.shape, bool)
    for name in EYES:
        was = old == IDS[name]
        if was.sum() > LEAST * eyes**2 and not (new == IDS[name]).any() and (new[was] == IDS["skin"]).mean() > 0.5:
            shut |= cv2.distanceTransform((~was).astype(np.uint8), cv2.DIST_L2, 5) < LASHES * eyes
    return shut & np.isin(new, [IDS["skin"], IDS["nose"]])


def lid(scene: Scene, name: str) -> None:
    """The lid of an eye that was seen and is shut, laid over skin: a crease above, lashes along its lower edge."""
    was = scene.own.labels == IDS[name]
    columns, eyes = np.nonzero(was.any(0))[0], scene.eyes
    first, last = columns[0] - 0.02 * eyes, columns[-1] + 0.02 * eyes
    half, blur = max(1.0, (last - first) / 2), max(0.6, 0.02 * eyes)
    lines = [np.interp(np.arange(was.shape[1]), columns, line[columns]) for line in (
        was.argmax(0), len(was) - 1 - was[::-1].argmax(0))]
    top, bottom = (cv2.GaussianBlur(np.float32(line)[None], (0, 0), 2 * blur, borderType=cv2.BORDER_REPLICATE)
                   for line in lines)
    across = ((scene.x - (first + last) / 2) / half).clip(-1.3, 1.3)
    over = (1 - across**2).clip(0)
    down = (scene.y - (top + SHUT * (bottom - top))) / eyes                  # below the lashes, in eye distances
    high = 0.07 + 0.1 * over                                                # of the crease above them
    light = ROUND * over * np.exp(-(((down + 0.5 * high) / (0.4 * high)) ** 2))
    light -= CREASE * np.sqrt(over) * np.exp(-((down + high) / FOLD) ** 2)
    row = np.exp(-(down / (THICK * (0.35 + 0.65 * over) * np.where(down > 0, 0.8, 0.55))) ** 2) * over**0.4
    soft = cv2.GaussianBlur((light - DARK * row).astype(np.float32), (0, 0), max(0.5, 0.008 * eyes))
    shown = scene.soft(scene.where(*SKIN), 0.02)
    scene.image[:] *= (1 + soft * shown)[..., None] ** np.array((0.9, 1.05, 1.1), np.float32)


def eyes(scene: Scene, region: np.ndarray) -> None:
    """Eyes in a region: the photograph's own carried there, else drawn."""
    for name in EYES:
        own = scene.own
        seen = own is not None and (own.labels == IDS[name]).sum() > LEAST * scene.eyes**2
        count, parts = cv2.connectedComponents((region & scene.where(name)).astype(np.uint8))
        for number in range(1, count):
            if seen:
                _carried(scene, own, name, parts == number)
            else:
                drawn(scene, parts == number)


def _carried(scene: Scene, own: Samples, name: str, part: np.ndarray) -> None:
    """The photograph's own eye with its lids, over a part of the scene bool (H, W) and what is around it."""
    was = own.labels == IDS[name]
    (y, x), (row, column) = (np.argwhere(mask).mean(0) for mask in (was, part))
    wide, new = (np.ptp(np.nonzero(mask.any(0))[0]) + 1 for mask in (was, part))
    scale = float(np.clip(GROWN[1] * new / wide, GROWN[0], GROWN[2]))
    affine = np.float32([[scale, 0, column - scale * x], [0, scale, row - scale * y]])
    away = cv2.distanceTransform((~was).astype(np.uint8), cv2.DIST_L2, 5)
    near, beside = (np.float32(away < width * scene.eyes) for width in (LASHES, 1.4 * LASHES))
    size, flesh = was.shape[::-1], scene.where(*SKIN)
    picture = cv2.warpAffine(own.image, affine, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    hole = cv2.warpAffine(near, affine, size)
    rim = (cv2.warpAffine(beside, affine, size) > 0.5) & (hole < 0.5) & flesh
    skin = (away > LASHES * scene.eyes) & (away < 1.4 * LASHES * scene.eyes) & mask_of(own.labels, SKIN)
    if rim.any() and skin.any():                                            # it takes the light that is there
        picture = picture * (np.median(scene.image[rim], 0) / np.maximum(np.median(own.image[skin], 0), 1)).clip(*LIT)
    soft = cv2.GaussianBlur(hole, (0, 0), max(0.6, SOFT * scene.eyes)) ** 2
    scene.lay(picture.clip(0, 255).astype(np.float32), soft * scene.soft(flesh | part, 0.03))


def drawn(scene: Scene, region: np.ndarray) -> None:
    """An eye: white, iris, pupil, a glint, and the shadow of the lid."""
    rows, columns = np.nonzero(region.any(1))[0], np.nonzero(region.any(0))[0]
    centre = np.array([columns.mean(), rows.mean() - 0.04 * len(rows)])
    radius = max(1.5, 0.115 * scene.eyes)
    away = np.hypot(scene.x - centre[0], scene.y - centre[1]) / radius
    aside = (np.abs(scene.x - centre[0]) / (0.28 * scene.eyes)).clip(0, 1)
    white = np.array([226, 218, 212]) * (1 - 0.25 * aside)[..., None]
    fibres = (1.25 - 0.6 * np.abs(away - 0.65)) * (1 + 0.08 * scene.noise(0.01))
    iris = np.array([92, 66, 44]) * fibres[..., None]
    picture = white + (1.05 - away).clip(0, 0.12)[..., None] / 0.12 * (iris - white)
    picture *= 1 - 0.93 * ((0.45 - away) / 0.1).clip(0, 1)[..., None]
    glint = np.hypot(scene.x - centre[0] - 0.25 * radius, scene.y - centre[1] + 0.35 * radius)
    picture += 190 * (1 - glint / (0.22 * radius)).clip(0, 1)[..., None]
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    shade = (depth / (0.05 * scene.eyes)).clip(0, 1) * 0.65 + 0.35
    scene.lay((picture * shade[..., None]).clip(0, 255).astype(np.float32), scene.soft(region, 0.02))
