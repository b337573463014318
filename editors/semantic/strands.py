"""Hair drawn strand by strand: along the photograph's own strands and on downwards, in its own light, dark and colours.

Strands are noise drawn out along a field of directions (line integral convolution, Cabral and Leedom 1993,
https://doi.org/10.1145/166117.166151), of several widths, each as strong as it is in the hair that is seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .scene import SKIN, Scene, blurred, bounds

WIDTHS = (0.008, 0.022, 0.06, 0.15)
"""Of single hairs, of strands, of locks and of tresses, in eye distances."""
LENGTHS = (0.45, 0.9, 1.3, 1.8)
"""How far each runs, in eye distances."""
USUAL = np.array([0.10, 0.11, 0.12, 0.12], np.float32)
"""Spread of log light that hair has at each width, where none is seen."""
_LOUD, _QUIET = 1.6, 0.5   # of the usual spread: what is seen beyond that is no hair, or too blurred to say
_STEPS = 12                # colours from the darkest to the lightest
_SHADES = 1024             # between these, looked up
_FIELD = 200               # pixels along the longer side at which directions are found
_FADES = 0.45              # eye distances over which the photograph's own strands hand over to the way down
_WAVE, _CURL = 0.3, 0.16   # eye distances from bend to bend, radians that strands bend
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, eq=False)
class Look:
    """ramp: float32 (N, 3), RGB from the darkest to the lightest;  spread: (W,), of log light at each of WIDTHS."""

    ramp: np.ndarray
    spread: np.ndarray

    def colours(self, light: np.ndarray) -> np.ndarray:
        """The colour float32 (H, W, 3) that this hair has where it is as light as this (H, W)."""
        steps = self.ramp @ LUMA
        shades = np.linspace(steps[0], steps[-1], _SHADES)
        colours = np.stack([np.interp(shades, steps, channel) for channel in self.ramp.T], -1)
        colours = np.float32(colours / np.maximum(shades, 1)[:, None])
        share = (light - steps[0]) * ((_SHADES - 1) / max(float(steps[-1] - steps[0]), 1e-6))
        return colours[share.clip(0, _SHADES - 1).astype(np.int16)] * light[..., None]


def look_of(picture: np.ndarray, known: np.ndarray, eyes: float) -> Look:
    """How the known hair of a picture float32 (H, W, 3) looks."""
    here = bounds(known, round(WIDTHS[-1] * eyes))
    picture, known = picture[here], known[here]
    light = picture @ LUMA
    ordered = picture[known][np.argsort(light[known])]
    parts = np.array_split(ordered, min(_STEPS, len(ordered)))
    ramp = np.array([part.mean(0) for part in parts], np.float32)
    ramp[:, :] *= ((np.maximum.accumulate(ramp @ LUMA) + 0.01 * np.arange(len(ramp))) / (ramp @ LUMA + 1e-6))[:, None]
    both, spread = np.stack([np.log(light + 6) * known, known], -1).astype(np.float32), []
    for width in WIDTHS:
        finest = max(0.5, 0.5 * width * eyes)           # hairs finer than a pixel show as what varies within three
        near, far = (_mean(both, sigma) for sigma in (finest, max(2.8 * finest, 1.6 * width * eyes)))
        spread.append(float((near - far)[known].std()))
    return Look(ramp, np.clip(spread, _QUIET * USUAL, _LOUD * USUAL))


def look_of_colour(colour: np.ndarray) -> Look:
    """How hair of one colour RGB (3,) usually looks."""
    light = np.linspace(0.3, 1.75, _STEPS, dtype=np.float32)[:, None]
    pale = (light - 1.1).clip(0) * 0.3
    ramp = colour * light * (1 - pale) + pale * light * float(colour @ LUMA)
    return Look(np.maximum(ramp, light * 8).astype(np.float32), USUAL)


def _mean(weighted: np.ndarray, sigma: float) -> np.ndarray:
    """Means (H, W) of what is known around each pixel; weighted: (H, W, 2), known values and whether they are known."""
    total = blurred(weighted, sigma)
    return total[..., 0] / np.maximum(total[..., 1], 1e-4)


def downwards(scene: Scene) -> np.ndarray:
    """The way strands usually grow, unit vectors float32 (H, W, 2): from the crown around the head and down."""
    head = scene.where("hair", *SKIN, "left brow", "right brow", "left eye", "right eye")
    columns = np.nonzero(scene.where("skin", "nose").any(0))[0]
    middle = columns.mean() if len(columns) else head.shape[1] / 2
    top = np.nonzero(head.any(1))[0][0] if head.any() else 0
    x, y = scene.x - middle, scene.y - (top - 0.1 * scene.eyes)
    aside = x * 0.9 * np.exp(-(y / (2.2 * scene.eyes)).clip(0) ** 2)                # long hair hangs straight
    down = np.stack([aside, np.abs(y) + 0.35 * scene.eyes], -1)
    return (down / np.linalg.norm(down, axis=2, keepdims=True)).astype(np.float32)


def flow_of(scene: Scene, known: np.ndarray) -> np.ndarray:
    """The way strands grow (H, W, 2): near known hair as they grow there, with distance more and more downwards."""
    down = downwards(scene)
    height, width = known.shape
    scale = min(1.0, _FIELD / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(down, size, interpolation=cv2.INTER_AREA)
    own, trust = _seen(scene, known, size)
    away = cv2.distanceTransform((trust < 0.05).astype(np.uint8), cv2.DIST_L2, 3)  # endless where nothing is seen
    near = np.exp(-np.minimum(away, 1e6) / (_FADES * scene.eyes * scale))[..., None]
    blur = 0.15 * scene.eyes * scale
    own = blurred(own * trust[..., None], blur) / (blurred(trust, blur)[..., None] + 1e-4)
    both = near * own + (1.05 - near) * _doubled(small)
    angle = np.arctan2(both[..., 1], both[..., 0]) / 2 + _CURL * _waves(scene, size, _WAVE * scale)
    along = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    along *= np.where((along * small).sum(2, keepdims=True) < 0, -1, 1)
    along = cv2.resize(along, (width, height), interpolation=cv2.INTER_LINEAR)
    return along / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-6)


def _seen(scene: Scene, known: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The doubled directions (h, w, 2) of strands that are seen, and how clearly they are: 0..1 (h, w)."""
    inner = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    light = cv2.resize(np.log(scene.before @ LUMA + 6), size, interpolation=cv2.INTER_AREA)
    inner = cv2.erode(inner, np.ones((3, 3), np.uint8))
    dx, dy = (cv2.Sobel(light, cv2.CV_32F, *order) * inner for order in ((1, 0), (0, 1)))
    sigma = max(1.0, 0.05 * scene.eyes * size[0] / known.shape[1])
    xx, yy, xy = (cv2.GaussianBlur(each, (0, 0), sigma) for each in (dx * dx, dy * dy, dx * dy))
    strength = np.hypot(xx - yy, 2 * xy)
    own = np.stack([yy - xx, -2 * xy], -1) / (strength[..., None] + 1e-9)       # along strands light changes least
    return own, (strength / (xx + yy + 1e-4)).clip(0, 1) * inner


def _doubled(along: np.ndarray) -> np.ndarray:
    """Directions (H, W, 2) as the cosine and sine of twice their angle, in which both ends are one."""
    x, y = along[..., 0], along[..., 1]
    return np.stack([x * x - y * y, 2 * x * y], -1)


def _waves(scene: Scene, size: tuple[int, int], width: float) -> np.ndarray:
    waves = scene.generator.standard_normal(size[::-1]).astype(np.float32)
    waves = cv2.GaussianBlur(waves, (0, 0), max(1.0, width * scene.eyes))
    return waves / (waves.std() + 1e-6)


def streaks(scene: Scene, flow: np.ndarray, length: float, width: float = 0.007) -> np.ndarray:
    """Noise of a width drawn out along the flow, both in eye distances: float32 (H, W), variance 1."""
    full = flow.shape[1::-1]
    smaller = max(1, int(width * scene.eyes / 1.6))
    size = tuple(-(-side // smaller) for side in full)
    eyes = scene.eyes * size[0] / full[0]
    flow = cv2.resize(flow, size, interpolation=cv2.INTER_AREA) if smaller > 1 else flow
    lines = scene.generator.standard_normal(size[::-1]).astype(np.float32)
    lines, reach = cv2.GaussianBlur(lines, (0, 0), max(0.4, width * eyes)), 0.5
    here = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size)), -1)
    while reach < length * eyes / 2:
        ahead, behind = (cv2.remap(lines, here + way * reach * flow, None, cv2.INTER_LINEAR,
                                   borderMode=cv2.BORDER_REFLECT) for way in (1, -1))
        lines, reach = (ahead + behind) / 2, reach * 2
    lines = cv2.resize(lines, full, interpolation=cv2.INTER_CUBIC) if smaller > 1 else lines
    return lines / (lines.std() + 1e-6)


def strands(scene: Scene, flow: np.ndarray, look: Look, light: np.ndarray) -> np.ndarray:
    """Hair of a look along the flow, float32 (H, W, 3), about as light as this (H, W)."""
    drawn = sum(spread * streaks(scene, flow, length, width).clip(-2.5, 2.5)
                for spread, length, width in zip(look.spread, LENGTHS, WIDTHS, strict=True))
    return look.colours(light * np.exp(drawn - 0.5 * float((look.spread**2).sum())))
