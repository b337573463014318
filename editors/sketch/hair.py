"""Hair drawn where lines ask for it, along them, in the look of the hair that the head has.

H, W height and width; lengths are in eye distances.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..beard import BROWN
from ..blurs import spread_out
from ..labels import IDS
from ..mesh_points import FOREHEAD, LEFT_BROW, OVAL, RIGHT_BROW
from ..models import Models
from ..strands import LUMA, Look, alike, frayed, look_of, look_of_colour, strands, ways_seen
from .hairlines import NARROW, WORKED, Head, drawn_hair, head_of
from .scale import Blank, labels_at
from .strokes import MARKED, grown, strand_ways
from .surroundings import colour_asked, laid

ENOUGH = 0.05
"""Squared eye distances of hair from which its look is believed."""
FLESH, SHADE = (0.4, 1.0), (0.15, 0.6)
"""Where more than the first share of what is called hair is lighter than the skin, times this, and more than the other
darker than the skin, times that, the lighter is no hair."""
DARK, SHADED = 0.4, 0.75
"""Share of the pixels of brows, the darkest, that tell a colour; and how much darker hair is."""
GROOVE, CREST, APART = 0.78, 1.1, 0.12
"""How light hair is along a drawn line and between two, and how far from a line the light is full."""
DRAWN, FAINT = 3.0, 3e-4
"""How much more the direction of a drawn line counts than that of strands that are seen, and squared slope below
which it counts for less."""
HAND = 0.08
"""Over which a hand's shaking is smoothed out of the direction of drawn lines; waves are longer."""
REMEMBERS = 0.5
"""Over which new hair forgets how light the old one is beside it."""
USUAL = (0.05, 0.55, 0.95)
"""Of the lights of the head's hair: the darkest and the lightest that are carried on, and that of hair far off."""
EDGE, UNEVEN = 0.1, 0.12
"""Over which hair thins out towards the border of a hole, and how far apart locks end there."""
CRISPER = 3.0
"""By how much drawn strands are made crisper at most, to be as crisp as those that are seen."""
SHADOW, FALLS = 0.22, 0.08
"""How much darker skin is below hair, and how far below."""


@dataclass(frozen=True, eq=False)
class Hair:
    """Hair that was drawn: float32 (H, W) lines, bool (H, W) where they ask for hair, and the head it grows on."""

    lines: np.ndarray
    area: np.ndarray
    head: Head

    def other_lines(self) -> np.ndarray:
        """Lines (H, W) that are no strands."""
        return self.lines * ~grown(self.area, NARROW * self.head.eyes)

    def on(self, picture: np.ndarray, mesh: np.ndarray, colours: np.ndarray, models: Models, seed: int) -> np.ndarray:
        """A photograph whose hole is filled, uint8 (H, W, 3), with the hair, in the colour of strokes (H, W, 4).

        mesh: (468, 3) of the face that was filled in
        """
        # With a hole in it, a head's hair is easily taken to go on into what is behind it.
        head = replace(self.head, seen=self.head.seen & (labels_at(picture, mesh, models) == IDS["hair"]))
        return lay_hair(picture, self.lines, self.area, head, colour_asked(colours, self.area), seed)


def hair_of(blank: Blank, lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> Hair | None:
    """The hair that lines draw in the hole of a photograph; None for none."""
    head = head_of(blank, lines, hole, mesh) if lines.any() else None
    area = None if head is None else drawn_hair(lines, head)
    return Hair(lines, area, head) if area is not None and area.any() else None


def lay_hair(
    picture: np.ndarray, lines: np.ndarray, hair: np.ndarray, head: Head, colour: np.ndarray | None, seed: int
) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with hair where it was drawn, bool (H, W).

    colour: RGB (3,) that was asked for; None for that of the head's own hair
    """
    look, crisp = head_look(picture, head)
    look = look if colour is None else look_of_colour(colour)
    here = bounds(hair, round((EDGE + UNEVEN) * head.eyes))
    lines, hair, head = lines[here], hair[here], head.part(here)
    below, eyes, generator = picture[here].astype(np.float32), head.eyes, np.random.default_rng(seed)
    flow = head_ways(below, lines, head)
    light = _light(below, lines, hair, head, look, colour is None)
    drawn = crisper(strands(flow, look, light, eyes, generator), crisp)
    hole = np.pad(head.hole, 1, constant_values=True).astype(np.uint8)     # the picture's own border is none
    depth = cv2.distanceTransform(hole, cv2.DIST_L2, 5)[1:-1, 1:-1] / (EDGE * eyes)
    # Fraying takes off about as much as this adds; what it adds beyond the area is cut below.
    ends = grown(hair, UNEVEN * eyes) & head.hole & ((depth > 0.5) | grown(head.seen, 2 * EDGE * eyes))
    alpha = frayed(ends | head.seen, flow, eyes, generator, UNEVEN) * depth.clip(0, 1)
    alpha *= (2 * cv2.GaussianBlur(hair.astype(np.float32), (0, 0), 0.05 * eyes)).clip(0, 1)
    fall = cv2.warpAffine(cv2.GaussianBlur(alpha, (0, 0), max(0.6, FALLS * eyes)),
                          np.array([[1, 0, 0], [0, 1, FALLS * eyes]], np.float32), alpha.shape[::-1])
    face = within_hull(head.mesh[list(OVAL), :2], alpha.shape).astype(np.float32)
    below *= (1 - SHADOW * fall * cv2.GaussianBlur(face, (0, 0), max(0.6, FALLS * eyes)) * depth.clip(0, 1))[..., None]
    return laid(picture, here, below + alpha[..., None] * (drawn - below), head.hole)


def crisper(hair: np.ndarray, wanted: float) -> np.ndarray:
    """Drawn hair (H, W, 3) whose light varies from pixel to pixel as wanted, if that is more: it is drawn soft."""
    fine = hair - cv2.GaussianBlur(hair, (0, 0), 1.0)
    return hair + (np.clip(wanted / max(float((fine @ LUMA).std()), 1e-3), 1, CRISPER) - 1) * fine


def head_look(picture: np.ndarray, head: Head) -> tuple[Look, float]:
    """How the head's own hair looks, and how far its light varies from pixel to pixel; where none is seen, a look in
    the colour of its brows."""
    if head.seen.any():
        here = bounds(head.seen)
        shown = picture[here].astype(np.float32)
        deep = cv2.distanceTransform(head.seen[here].astype(np.uint8), cv2.DIST_L2, 5)
        inner = deep > min(0.05 * head.eyes, float(np.median(deep[deep > 0])))       # of what is thin the deeper half
        inner = alike(shown, _without_flesh(shown, inner, head.skin[here]), head.skin[here], head.eyes)
        if inner.sum() > ENOUGH * head.eyes**2:
            light = shown @ LUMA
            return look_of(shown, inner, head.eyes), float((light - cv2.GaussianBlur(light, (0, 0), 1.0))[inner].std())
    brows = np.any([within_hull(head.mesh[list(brow), :2], picture.shape[:2]) for brow in (RIGHT_BROW, LEFT_BROW)], 0)
    shown = picture[brows].astype(np.float32) if brows.any() else np.float32([BROWN])
    light = shown @ LUMA
    colour = np.float32(SHADED) * np.median(shown[light <= np.quantile(light, DARK)], axis=0)
    return look_of_colour(colour), 0.0


def _without_flesh(picture: np.ndarray, hair: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Hair, bool (H, W), without what is lighter than skin, an arm or a hat, where that is much of it."""
    if not skin.any():
        return hair
    light = (picture @ LUMA) / np.median(picture[skin] @ LUMA)
    flesh = light > FLESH[1]
    both = hair.any() and flesh[hair].mean() > FLESH[0] and (light[hair] < SHADE[1]).mean() > SHADE[0]
    return hair & ~flesh if both else hair


def head_ways(picture: np.ndarray, lines: np.ndarray, head: Head) -> np.ndarray:
    """The way strands grow, (H, W, 2) of length 1: along drawn lines and as those around do, away from the crown."""
    height, width = lines.shape
    scale = min(1.0, WORKED / head.eyes)
    size = tuple(max(2, round(side * scale)) for side in (width, height))
    small = cv2.resize(lines, size, interpolation=cv2.INTER_AREA)
    ways = cv2.GaussianBlur(strand_ways(small), (0, 0), max(1.0, HAND * scale * head.eyes))
    strength = np.hypot(ways[..., 0], ways[..., 1])
    drawn, firm = ways[..., :2] / (strength[..., None] + 1e-9), DRAWN * (strength / FAINT).clip(0, 1)
    own, clear = ways_seen(picture, head.seen, head.eyes, size)
    told = spread_out(drawn * firm[..., None] + own * clear[..., None], firm + clear)
    told = cv2.resize(told, (width, height), interpolation=cv2.INTER_LINEAR)
    angle = np.arctan2(told[..., 1], told[..., 0]) / 2
    along = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x, y = x - head.mesh[FOREHEAD, 0], y - (head.mesh[FOREHEAD, 1] - 0.8 * head.eyes)
    away = along[..., 0] * 0.9 * x + along[..., 1] * (np.abs(y) + 0.35 * head.eyes)
    return along * np.where(away < 0, np.float32(-1), np.float32(1))[..., None]


def _light(
    picture: np.ndarray, lines: np.ndarray, hair: np.ndarray, head: Head, look: Look, remembers: bool
) -> np.ndarray:
    """How light hair is, (H, W): beside other hair as that is, if it remembers; darker at its rim and along lines."""
    usual = np.quantile(look.ramp @ LUMA, USUAL)
    light = np.full(hair.shape, usual[1], np.float32)
    if remembers and head.seen.any():
        away = cv2.distanceTransform((~head.seen).astype(np.uint8), cv2.DIST_L2, 3)
        seen = head.seen.astype(np.float32)
        told = spread_out(np.dstack([(picture @ LUMA) * seen] * 2), seen)[..., 0]     # pyramids lose a single channel
        light += np.exp(-away / (REMEMBERS * head.eyes)) * (told.clip(usual[0], usual[2]) - usual[1])
    rim = cv2.distanceTransform((hair | head.seen).astype(np.uint8), cv2.DIST_L2, 5) / (0.3 * head.eyes)
    off = cv2.distanceTransform((lines <= MARKED).astype(np.uint8), cv2.DIST_L2, 5) / (APART * head.eyes)
    grooved = cv2.GaussianBlur(GROOVE + (CREST - GROOVE) * np.minimum(off, 1), (0, 0), max(0.5, 0.02 * head.eyes))
    grooved /= np.mean(grooved[hair])                                 # many lines side by side make no hair darker
    return light * (0.78 + 0.27 * np.sqrt(rim.clip(0, 1))) * grooved
