"""Hair in a filling drawn strand by strand where nothing of it was drawn: what is continued from around is soft there.

Its colours, light and shade stay the filling's; strands run on from those around the hole.
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
    out = whole.copy()
    out[here] += share[..., None] * (crisper(look.relit(soft, light), crisp) - out[here])
    return out
