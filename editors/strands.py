"""Hair drawn strand by strand in the look of hair that is seen, along directions that are given.

Strands are noise drawn out along a field of directions (line integral convolution, Cabral and Leedom 1993,
https://doi.org/10.1145/166117.166151), of several widths, each as strong as it is in the hair that is seen.

H, W height and width; lengths and widths are in eye distances, `eyes` is pixels between the eyes.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .areas import blurred, bounds
from .colours import rgb_to_lab

WIDTHS = (0.008, 0.022, 0.06, 0.15)
"""Of single hairs, of strands, of locks and of tresses, in eye distances."""
LENGTHS = (0.45, 0.9, 1.3, 1.8)
"""How far each runs, in eye distances."""
USUAL = np.array([0.10, 0.11, 0.12, 0.12], np.float32)
"""Spread of log light that hair has at each width, where none is seen."""
_LOUD, _QUIET = 1.6, 0.5   # of the usual spread: what is seen beyond that is no hair, or too blurred to say
_STEPS = 12                # colours from the darkest to the lightest
_SHADES = 1024             # between these, looked up
_LIGHT_COUNTS = np.array([0.6, 1.0, 1.0], np.float32)   # of a difference in CIELAB: hair is lit unevenly
_STRANGE = 16              # differences from the usual colour up to this are hair's own
BLACK, GLEAM = (10.0, 34.0), 7.0
"""Light of hair that shows no strands of its own, and of such that does; grey levels by which the strands of the first
shine, about 3 in lightness."""
GLINT, SHOULDER = 1.4, 0.72
"""How much lighter than the lightest twelfth of the hair that is seen a strand may be; from which share of that on it
gains less and less."""
Locks = tuple[tuple[float, float, float, float], ...]
"""Length and width of locks, and by which logarithm their hairs are denser and lighter than others'."""
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

    def relit(self, picture: np.ndarray, light: np.ndarray) -> np.ndarray:
        """A picture float32 (H, W, 3) of such hair as it is where it is as light as this (H, W)."""
        return picture * ((self.colours(light.clip(0)) + 1) / (self.colours(picture @ LUMA) + 1))


def look_of(picture: np.ndarray, known: np.ndarray, eyes: float) -> Look:
    """How the known hair of a picture float32 (H, W, 3) looks."""
    here = bounds(known, round(WIDTHS[-1] * eyes))
    picture, known = picture[here], known[here]
    light = picture @ LUMA
    ordered = picture[known][np.argsort(light[known])]
    parts = np.array_split(ordered, min(_STEPS, len(ordered)))
    ramp = np.array([part.mean(0) for part in parts], np.float32)
    if len(ramp) > 1:                                   # what is darkest may be what is seen between hairs
        ramp[0] = ramp[1] * ((ramp[0] @ LUMA) / (ramp[1] @ LUMA + 1e-6))
    ramp[:, :] *= ((np.maximum.accumulate(ramp @ LUMA) + 0.01 * np.arange(len(ramp))) / (ramp @ LUMA + 1e-6))[:, None]
    both, spread = np.stack([np.log(light + 6) * known, known], -1).astype(np.float32), []
    for width in WIDTHS:
        finest = max(0.5, 0.5 * width * eyes)           # hairs finer than a pixel show as what varies within three
        near, far = (_mean(both, sigma) for sigma in (finest, max(2.8 * finest, 1.6 * width * eyes)))
        spread.append(float((near - far)[known].std()))
    return Look(ramp, np.clip(spread, _QUIET * USUAL, _LOUD * USUAL))


def in_locks(
    hairs: tuple[np.ndarray, np.ndarray], locks: Locks, flow: np.ndarray, eyes: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Hairs as `beard.drawn_hairs` gives them, (H, W) each, in locks that run along the flow (H, W, 2)."""
    depth, lit = hairs
    for long, wide, dense, bright in locks:
        lock = np.exp(dense * streaks(flow, long, wide, eyes, generator).clip(-2.5, 2.5))
        depth, lit = depth * lock, lit * lock
        lit = lit * np.exp(bright * streaks(flow, long, wide, eyes, generator).clip(-2.5, 2.5))
    return depth, lit


def look_of_colour(colour: np.ndarray) -> Look:
    """How hair of one colour RGB (3,) usually looks."""
    light = np.linspace(0.3, 1.75, _STEPS, dtype=np.float32)[:, None]
    pale = (light - 1.1).clip(0) * 0.3
    ramp = colour * light * (1 - pale) + pale * light * float(colour @ LUMA)
    return Look(np.maximum(ramp, light * 8).astype(np.float32), USUAL)


def alike(image: np.ndarray, hair: np.ndarray, flesh: np.ndarray, eyes: float) -> np.ndarray:
    """Hair without what is called so and looks like skin, or like nothing of the rest: bool (H, W)."""
    if not hair.any():
        return hair
    smaller = max(1, int(0.04 * eyes / 1.5))                  # of what is blurred, a smaller copy is enough
    size = tuple(-(-length // smaller) for length in hair.shape[::-1])
    level = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    colours = rgb_to_lab(cv2.GaussianBlur(level, (0, 0), max(0.6, 0.04 * eyes / smaller))) * _LIGHT_COUNTS
    hairy, fleshy = (cv2.resize(each.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
                     for each in (hair, flesh))
    if not hairy.any():
        return hair
    away = np.linalg.norm(colours - np.median(colours[hairy], axis=0), axis=2)
    odd = away - max(_STRANGE, 2.5 * float(np.median(away[hairy])))
    if fleshy.any():
        odd = np.maximum(odd, away - np.linalg.norm(colours - np.median(colours[fleshy], axis=0), axis=2))
    alike = cv2.resize(odd, hair.shape[::-1], interpolation=cv2.INTER_LINEAR) < 0
    kept = cv2.morphologyEx((hair & alike).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    return kept if kept.sum() > 0.3 * hair.sum() else hair


def _mean(weighted: np.ndarray, sigma: float) -> np.ndarray:
    """Means (H, W) of what is known around each pixel; weighted: (H, W, 2), known values and whether they are known."""
    total = blurred(weighted, sigma)
    return total[..., 0] / np.maximum(total[..., 1], 1e-4)


def streaks(
    flow: np.ndarray, length: float, width: float, eyes: float, generator: np.random.Generator
) -> np.ndarray:
    """Noise of a width drawn out along the flow (H, W, 2): float32 (H, W), variance 1."""
    full = flow.shape[1::-1]
    smaller = max(1, int(width * eyes / 1.6))
    size = tuple(-(-side // smaller) for side in full)
    eyes = eyes * size[0] / full[0]
    flow = cv2.resize(flow, size, interpolation=cv2.INTER_AREA) if smaller > 1 else flow
    lines = generator.standard_normal(size[::-1]).astype(np.float32)
    lines, reach = cv2.GaussianBlur(lines, (0, 0), max(0.4, width * eyes)), 0.5
    here = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size)), -1)
    while reach < length * eyes / 2:
        away = reach * flow
        ahead, behind = (cv2.remap(lines, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
                         for there in (here + away, here - away))
        lines, reach = (ahead + behind) / 2, reach * 2
    lines = cv2.resize(lines, full, interpolation=cv2.INTER_CUBIC) if smaller > 1 else lines
    return lines / (lines.std() + 1e-6)


def strands(
    flow: np.ndarray, look: Look, light: np.ndarray, eyes: float, generator: np.random.Generator
) -> np.ndarray:
    """Hair of a look along the flow (H, W, 2), float32 (H, W, 3), about as light as this (H, W)."""
    drawn = sum(spread * streaks(flow, length, width, eyes, generator).clip(-2.5, 2.5)
                for spread, length, width in zip(look.spread, LENGTHS, WIDTHS, strict=True))
    shown = np.exp(drawn - 0.5 * float((look.spread**2).sum()))
    dark = np.interp(light, BLACK, (1, 0)).astype(np.float32)  # black hair shows strands by their shine alone
    gleam = np.float32(GLEAM) * (1 + drawn / max(float(np.sqrt((look.spread**2).sum())), 1e-6)).clip(0, 3)
    return look.colours(below(light * shown + dark * gleam, GLINT * float(look.ramp[-1] @ LUMA) + dark * GLEAM))


def below(light: np.ndarray, most: np.ndarray | float) -> np.ndarray:
    """Light (H, W) that nears the most, but does not pass it: as on film, no strand burns out."""
    room = (1 - SHOULDER) * np.maximum(most, 1)
    over = (light - SHOULDER * np.maximum(most, 1)).clip(0)
    return light - over - room * np.expm1(-over / room)


def frayed(
    region: np.ndarray, flow: np.ndarray, eyes: float, generator: np.random.Generator, uneven: float = 0.05,
    loose: float = 0.012,
) -> np.ndarray:
    """A region bool (H, W) whose outline frays into strands, most where they end at it, float32 (H, W) in 0..1.

    flow:   (H, W, 2) of length 1, the way strands grow: they end where it leaves the region
    uneven: how far apart locks end;  loose: how far hairs stand off along them
    """
    away = np.minimum(cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5), sum(region.shape))
    away -= cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 5)
    away = cv2.GaussianBlur(away, (0, 0), max(0.8, 0.02 * eyes))
    ends = -(cv2.Sobel(away, -1, 1, 0, scale=1 / 8) * flow[..., 0] + cv2.Sobel(away, -1, 0, 1, scale=1 / 8)
             * flow[..., 1]).clip(-1, 0)
    hairs, locks = (streaks(flow, length, width, eyes, generator).clip(-2, 2)
                    for length, width in ((0.4, 0.006), (0.6, 0.045)))
    fray = ((hairs - ends) * (loose + 0.035 * ends**2) + (locks - 0.7) * uneven * ends**2) * eyes
    soft = 2 + 0.08 * max(0.0, eyes - 30)                     # pixels; a small photograph shows hairs sharp
    soft = soft + max(0.0, uneven - 0.05) * eyes * ends**2     # where locks end apart, they thin out
    return (0.5 + (away + fray) / soft).clip(0, 1)


def ways_seen(
    picture: np.ndarray, known: np.ndarray, eyes: float, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The doubled directions (h, w, 2) of strands that are seen, and how clearly they are: 0..1 (h, w).

    picture: float32 (H, W, 3);  known: bool (H, W), where it shows hair;  size: w, h to look at it in
    """
    inner = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    light = cv2.resize(np.log(picture @ LUMA + 6), size, interpolation=cv2.INTER_AREA)
    inner = cv2.erode(inner, np.ones((3, 3), np.uint8))
    dx, dy = (cv2.Sobel(light, cv2.CV_32F, *order) * inner for order in ((1, 0), (0, 1)))
    sigma = max(1.0, 0.05 * eyes * size[0] / known.shape[1])
    xx, yy, xy = (cv2.GaussianBlur(each, (0, 0), sigma) for each in (dx * dx, dy * dy, dx * dy))
    strength = np.hypot(xx - yy, 2 * xy)
    own = np.stack([yy - xx, -2 * xy], -1) / (strength[..., None] + 1e-9)       # along strands light changes least
    return own, (strength / (xx + yy + 1e-4)).clip(0, 1) * inner


def doubled(along: np.ndarray) -> np.ndarray:
    """Directions (H, W, 2) as the cosine and sine of twice their angle, in which both ends are one."""
    x, y = along[..., 0], along[..., 1]
    return np.stack([x * x - y * y, 2 * x * y], -1)
