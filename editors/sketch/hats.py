"""A hat laid where one is drawn: cloth in the colour painted on it, rounded part by part, with seams and a shadow.

H, W height and width of a photograph; lengths are in eye distances.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..blurs import spread_out
from ..faces import eye_distance
from ..mesh_points import OVAL
from .hatlines import drawn_hat
from .paint import Drawing
from .shut import soft_within
from .strokes import MARKED, grown, parts
from .surroundings import FIRM, colour_asked, laid

CLOTH = (74, 76, 84)
"""RGB of a hat that nobody gave a colour."""
ROUND, LIT, DARKEST = 0.55, (-0.5, -0.75), 0.62
"""How far from its rim a part is round, where light comes from, right and down, and how light its dark side is."""
SEAM, WIDE, LIP = 0.35, 0.03, 0.1
"""How much darker a seam is, how wide it is, and how much lighter cloth is beside it."""
WEAVE, FOLDS = 0.03, (0.05, 0.22)
"""How far the light of cloth varies from thread to thread, and over folds, and how wide those are."""
SHADOW, FALLS = 0.4, 0.12
"""How much darker a head is below a hat, and how far below."""
SCRAP = 0.002
"""Share of a hat up to which what is beside a line is no part of its own."""
NEAR = 0.05
"""How far beyond a hat its lines and strokes of its colour may go."""


@dataclass(frozen=True, eq=False)
class Hat:
    """A hat that was drawn: float32 (H, W) its lines, bool (H, W) where it is, and the mesh (468, 3) of the head."""

    lines: np.ndarray
    area: np.ndarray
    mesh: np.ndarray

    def without(self, drawing: Drawing) -> Drawing:
        """What else was drawn."""
        near = grown(self.area, NEAR * eye_distance(self.mesh))
        return replace(drawing, lines=drawing.lines - self.lines, colours=drawing.colours * ~near[..., None])

    def on(self, picture: np.ndarray, hole: np.ndarray, colours: np.ndarray, seed: int) -> np.ndarray:
        """A photograph whose hole is filled, uint8 (H, W, 3), with the hat, in the colours of strokes (H, W, 4)."""
        eyes = eye_distance(self.mesh)
        here = bounds(self.area, round(3 * FALLS * eyes) + 3)
        area, lines, inside = self.area[here], self.lines[here], hole[here]
        cloth = _colours(area, lines, colours[here])
        drawn = cloth * _light(area, lines, eyes, np.random.default_rng(seed))[..., None]
        soft = cv2.GaussianBlur(area.astype(np.float32), (0, 0), max(0.6, 0.01 * eyes)) * soft_within(inside, 2.0)
        fall = cv2.warpAffine(cv2.GaussianBlur(area.astype(np.float32), (0, 0), max(0.6, 0.6 * FALLS * eyes)),
                              np.array([[1, 0, 0], [0, 1, FALLS * eyes]], np.float32), soft.shape[::-1])
        head = within_hull(self.mesh[list(OVAL), :2], self.area.shape)[here].astype(np.float32)
        head = cv2.GaussianBlur(head, (0, 0), 0.1 * eyes)
        under = picture[here] * (1 - SHADOW * fall * head * soft_within(inside, FALLS * eyes))[..., None]
        return laid(picture, here, under + soft[..., None] * (drawn - under), inside)


def hat_of(lines: np.ndarray, hole: np.ndarray, mesh: np.ndarray) -> Hat | None:
    """The hat that lines float32 (H, W) draw in a hole, bool (H, W), on a head with a mesh (468, 3); None for none."""
    area = drawn_hat(lines, hole, mesh)
    return Hat(lines * grown(area, NEAR * eye_distance(mesh)), area, mesh) if area.any() else None


def _colours(area: np.ndarray, lines: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The colours of a hat, float32 (H, W, 3): of each part between lines what is painted on it, or on the others."""
    firm = (colours[..., 3] >= FIRM) & area
    whole = np.float32(CLOTH) if not firm.any() else np.median(colours[firm][:, :3], axis=0)
    flat, known = np.broadcast_to(np.float32(whole), (*area.shape, 3)).copy(), np.zeros(area.shape, np.float32)
    for part in _between(area, lines):
        asked = colour_asked(colours, part)
        flat[part] = whole if asked is None else asked
        known[part] = 1
    flat = np.where((known > 0)[..., None], flat, spread_out(flat * known[..., None], known))
    own = (cv2.GaussianBlur(firm.astype(np.float32), (0, 0), 1.0) * firm)[..., None]
    return flat + own * (colours[..., :3] - flat)


def _between(area: np.ndarray, lines: np.ndarray) -> list[np.ndarray]:
    """The parts of a hat, bool (H, W), between its lines (H, W) in 0..1."""
    return [part for part in parts(area & (lines < MARKED)) if part.sum() > SCRAP * area.sum()] or [area]


def _light(area: np.ndarray, lines: np.ndarray, eyes: float, generator: np.random.Generator) -> np.ndarray:
    """How light a hat's cloth is, (H, W) about 1: each part between lines is round, lines are seams."""
    ink = cv2.GaussianBlur(lines, (0, 0), max(0.6, 0.5 * WIDE * eyes))
    ink /= max(float(ink.max()), 1e-6)
    raised = np.zeros(area.shape, np.float32)
    for part in _between(area, lines):
        deep = cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5) / (ROUND * eyes)
        raised += np.sqrt(1 - (1 - deep.clip(0, 1)) ** 2) * part
    raised = cv2.GaussianBlur(raised, (0, 0), max(1.0, 0.05 * eyes)) * ROUND * eyes
    folds = cv2.GaussianBlur(generator.standard_normal(area.shape).astype(np.float32), (0, 0), FOLDS[1] * eyes)
    raised += FOLDS[0] * eyes * folds / max(float(folds.std()), 1e-6)
    x, y = (cv2.Sobel(raised, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1)))
    slope = np.sqrt(1 + x * x + y * y)
    lit = (1 + LIT[0] * -x + LIT[1] * -y) / slope / np.sqrt(1 + LIT[0] ** 2 + LIT[1] ** 2)
    light = DARKEST + (1 - DARKEST) * lit.clip(0, 1)
    light *= 1 - SEAM * ink + LIP * cv2.warpAffine(ink, np.float32([[1, 0, 0], [0, 1, 2 * WIDE * eyes]]),
                                                   ink.shape[::-1])
    thread = cv2.GaussianBlur(generator.standard_normal(area.shape).astype(np.float32), (0, 0), max(0.5, 0.006 * eyes))
    light *= np.exp(WEAVE * thread / thread.std())
    return light / max(float(np.median(light[area & (ink < 0.1)])), 1e-6)
