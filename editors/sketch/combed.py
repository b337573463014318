"""Hair in a filling drawn strand by strand where nothing of it was drawn: what is continued from around is soft there.

Its colours, light and shade stay the filling's; strands run on from those around the hole. Where the filling shows
strands as strong as those, it is left alone.
"""

import cv2
import numpy as np

from ..areas import bounds
from ..labels import IDS
from ..strands import LENGTHS, LUMA, WIDTHS, streaks
from .hair import crisper, head_look, head_ways
from .hairlines import Head
from .strokes import MARKED

SEEN, LEAST = 0.3, 0.05
"""Squared eye distances of hair around a hole from which its strands are known, and in it from which they are drawn."""
DEEP = 0.35
"""Eye distances from the border of a hole, and from lines, over which strands come to be drawn: beside what is seen
and along what was drawn, the filling is better."""
BROAD, EDGE = 0.12, 0.05
"""Blurs in eye distances: of the colours that strands vary, and half of that at the border of the hair."""
FINE, WEAK = 0.06, (0.75, 1.0)
"""Blur in eye distances beyond which what varies is no strand; up to which share of the contrast of what is seen a
filling is combed, and from which on it is left alone."""
EVEN = 0.85
"""Share of the contrast of the strands that are seen."""


def combed(picture: np.ndarray, labels: np.ndarray, head: Head, lines: np.ndarray | None, seed: int) -> np.ndarray:
    """A photograph whose hole is filled, float32 (H, W, 3), with strands in its hair.

    labels: uint8 (H, W), of the filled photograph;  head: in its pixels;  lines: float32 (H, W) in 0..1, or None
    """
    hair, eyes = (labels == IDS["hair"]) & head.hole, head.eyes
    if hair.sum() < LEAST * eyes**2 or head.seen.sum() < SEEN * eyes**2:
        return picture
    whole, picture = picture, picture.clip(0, 255)
    look, crisp = head_look(picture, head)
    here = bounds(hair, round(DEEP * eyes))
    head, hair, part = head.part(here), hair[here], picture[here]
    drawn = np.zeros(hair.shape, np.float32) if lines is None else lines[here]
    generator, ways = np.random.default_rng(seed), head_ways(part, drawn, head)
    strands = EVEN * sum(spread * streaks(ways, length, width, eyes, generator).clip(-2.5, 2.5)
                         for spread, length, width in zip(look.spread, LENGTHS, WIDTHS, strict=True))
    known = (hair | head.seen).astype(np.float32)
    soft = cv2.GaussianBlur(np.dstack([part * known[..., None], known]), (0, 0), BROAD * eyes)
    soft = soft[..., :3] / np.maximum(soft[..., 3:], 1e-3)
    light = (soft @ LUMA) * np.exp(strands - 0.5 * float(strands[hair].var()))
    within = np.pad(head.hole, 1, constant_values=True)        # the picture's own border is none
    depth = cv2.distanceTransform(within.astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    depth = np.minimum(depth, cv2.distanceTransform((drawn <= MARKED).astype(np.uint8), cv2.DIST_L2, 5))
    share = (depth / (DEEP * eyes)).clip(0, 1)
    share *= (2 * cv2.GaussianBlur(hair.astype(np.float32), (0, 0), max(0.5, EDGE * eyes)) - 1).clip(0, 1)
    share *= 1 - _shown(part @ LUMA, hair, head)
    out = whole.copy()
    out[here] += share[..., None] * (crisper(look.relit(soft, light), crisp) - out[here])
    return out


def _shown(light: np.ndarray, hair: np.ndarray, head: Head) -> np.ndarray:
    """How far hair that was filled in, bool (H, W), shows strands as strong as those that are seen, (H, W) in 0..1."""
    logs, eyes = np.log(light + 6), head.eyes
    known = (hair | head.seen).astype(np.float32)
    level, weight = cv2.split(cv2.GaussianBlur(np.dstack([logs * known, known]), (0, 0), FINE * eyes))
    power = (logs - level / np.maximum(weight, 1e-3)) ** 2
    there = float(power[head.seen].mean())
    both = np.dstack([power * hair, hair.astype(np.float32)])
    here, weight = cv2.split(cv2.GaussianBlur(both, (0, 0), 2 * BROAD * eyes))
    strength = np.sqrt(here / np.maximum(weight, 1e-3) / max(there, 1e-6))
    return ((strength - WEAK[0]) / (WEAK[1] - WEAK[0])).clip(0, 1)
