"""Drawn lines as strokes and areas: which pixels are of one, what they enclose and cover, which way they run.

H, W height and width of a photograph, h, w of a small copy or a patch in which lines are looked at.
"""

import cv2
import numpy as np

from ..areas import bounds
from ..detail import slope_tensor

MARKED, FEATURE, WORN, DOODLE = 0.2, 0.35, 0.4, 0.3
"""From this on a line is one: of hair, hats and freckles, of a brow, an eye, a mouth or a beard, of glasses and
earrings, and where no network finds a face in the lines."""
FADING = (0.1, 0.9, 0.5)
"""Of the firmest ink: what is ink at all, and what is full; and which share of a stroke is full that does not fade."""
SMOOTHED = (0.7, 0.95, 1.35, 1.7)
"""How full four pixels of a stroke are that is smoothed, and which share of it is so; how many pixels are grey for each
one of the outline, at most, on average and of one stroke: more where strokes cross."""


def parts(area: np.ndarray) -> list[np.ndarray]:
    """The connected parts of an area, bool (h, w) each as it is."""
    count, numbers = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    return [numbers == number for number in range(1, count)]


def loops_of(lines: np.ndarray) -> list[np.ndarray]:
    """What lines, bool (h, w), enclose, bool (h, w) each."""
    return [part[1:-1, 1:-1] for part in parts(np.pad(~lines, 1, constant_values=True))[1:]]


def strokes_of(drawn: np.ndarray) -> np.ndarray:
    """The number of the stroke that each pixel of bool (h, w) is of, (h, w); 0 for none."""
    return cv2.connectedComponents(drawn.astype(np.uint8))[1]


def shares(strokes: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Which share of each stroke, numbered in (h, w), and first of what is none, lies in an area, (N,)."""
    return np.bincount(strokes.ravel(), area.ravel()) / np.bincount(strokes.ravel()).clip(1)


def _disc(width: float) -> np.ndarray:
    side = 2 * round(width / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def closed(area: np.ndarray, width: float) -> np.ndarray:
    """An area, bool (h, w), with gaps up to a width in pixels filled."""
    margin = max(1, round(width))
    padded = np.pad(area.astype(np.uint8), margin)
    return cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _disc(width))[margin:-margin, margin:-margin] > 0


def opened(area: np.ndarray, width: float) -> np.ndarray:
    """An area, bool (h, w), without what is narrower than a width in pixels."""
    return cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, _disc(width)) > 0


def grown(area: np.ndarray, width: float) -> np.ndarray:
    """An area, bool (h, w), and what lies as near to it as a width in pixels."""
    return cv2.distanceTransform((~area).astype(np.uint8), cv2.DIST_L2, 5) <= width if area.any() else area


def ways_of(lines: np.ndarray) -> np.ndarray:
    """Cosine and sine of twice the angle along which lines (h, w) run, both times how firmly, and that: (h, w, 3)."""
    return slope_tensor(cv2.GaussianBlur(lines, (0, 0), 0.7)) * np.float32([-1, -1, 1])


def strand_ways(lines: np.ndarray) -> np.ndarray:
    """As `ways_of`, read off what is bright in the middle of lines: across its end a line has an edge, too."""
    soft = cv2.GaussianBlur(lines, (0, 0), 0.7)
    xx, yy, xy = (cv2.Sobel(soft, cv2.CV_32F, *order) for order in ((2, 0), (0, 2), (1, 1)))
    ridge = np.dstack([xx - yy, 2 * xy, np.hypot(xx - yy, 2 * xy)])
    return ridge * (soft * (xx + yy < 0))[..., None]


def firm(lines: np.ndarray) -> np.ndarray:
    """Lines (H, W) without strokes that fade to their sides or are a single pixel wide: brushes draw none, and most
    edges of photographs do. Drawing programs leave a stroke one grey pixel to each side, as wide all along."""
    if not lines.any():
        return lines
    here, kept = bounds(lines > 0, 2), np.zeros_like(lines)
    drawn = lines[here]
    level = drawn / drawn.max()
    strokes = strokes_of(level > FADING[0])
    full = cv2.morphologyEx((level >= FADING[1]).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2)))
    kept[here] = drawn * ((shares(strokes, full) > FADING[2]) | _even(level, strokes))[strokes] * (strokes > 0)
    return kept


def _even(level: np.ndarray, strokes: np.ndarray) -> np.ndarray:
    """Which strokes, numbered in (H, W), are drawn with a pen of two pixels or more and smoothed, bool (N,)."""
    def total(layer: np.ndarray) -> np.ndarray:
        return np.bincount(strokes.ravel(), layer.ravel())

    half, steps = level >= 0.5, np.zeros(level.shape, np.float32)
    across, down = half[:, 1:] != half[:, :-1], half[1:] != half[:-1]
    for part, step in ((steps[:, 1:], across), (steps[:, :-1], across), (steps[1:], down), (steps[:-1], down)):
        part += np.pi / 8 * step                                               # a slanted line crosses more of them
    wide = cv2.dilate((cv2.blur(level, (2, 2), borderType=cv2.BORDER_CONSTANT) >= SMOOTHED[0]).astype(np.uint8),
                      np.ones((3, 3)))
    grey = (level > FADING[0]) & (level < FADING[1])
    soft = total(grey) / np.maximum(total(steps), 1)
    drawn = np.average(soft, weights=total(half) + 1e-6) < SMOOTHED[2]
    return (total(wide * half) > SMOOTHED[1] * total(half)) & (soft < SMOOTHED[3]) & drawn
