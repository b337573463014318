"""What comes to light between lips that part: the photograph's own teeth as far as they were seen, then what is drawn.

Teeth hang from the skull: they keep their size and follow the upper lip while the lower one goes down. Below them, and
where lips were closed, a mouth is drawn in the colours of `mouth_interior`: teeth told apart, a dark throat, a tongue
and, in a wide one, lower teeth.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .areas import step_between
from .canvas import Canvas
from .colours import lab_to_rgb
from .faces import eye_distance
from .focus import JOINED
from .frame import continued
from .networks.mouth_interior import HEIGHT, LOWER, OUTLINE, UPPER, WIDTH, MouthInterior, predictors, skin_level
from .tint import tint_of_white

OPENED = (1.4, 1.6)
"""Growth of the opening up to which lips only stretch what is between them, and from which nothing is stretched."""
LEAST = 0.03
"""Opening in eye distances from which something is seen between lips."""
TEETH = (0.0, 0.135, 0.24, 0.35, 0.45)
"""Where one upper tooth ends and the next begins, from the middle, in eye distances: a central one is 8.5 mm wide."""
LONG, SHORTER = (0.105, 0.175), 0.018
"""How far teeth are seen below the upper lip of a mouth and of a smile, which draws it up, and by how much less between
two of them, in eye distances."""
SMILING = (0.82, 1.0)
"""Width of the mouth in eye distances up to which it does not smile, and from which it does."""
ENAMEL, WELL_LIT = (214, 204, 190), 165.0
"""Colour of teeth that no photograph shows, and how bright skin is from which on they are as bright."""
WIDE = (0.18, 0.2)
"""Opening in eye distances from which a mouth is drawn anew in parts, and whole: no teeth are so long."""
WHITE, WHITER, BARED = 0.93, 0.15, (0.08, 0.15)
"""Of the average teeth's brightness, and how much more of it in a smile that bares them, from one opening to another:
an average is of lips and shadow, too."""
BRIGHT = 205.0
"""Level of 255 from which teeth gain less and less, so that they never burn out."""
PARTED, SHADED = (0.025, 0.1), 0.55
"""Opening in eye distances up to which little light falls between the lips, how much, and from which on all does."""
FOCUS = 0.011
"""Blur of what is drawn, in eye distances: about what photographs of faces have, and never sharper."""
GAP, DIM = 0.01, 0.2
"""Half width in eye distances, and depth, of the shade between two teeth."""
WARM = (0.45, 1.0, 1.15)
"""How fast red, green and blue fade in the shade of a mouth, whose walls are red."""
HOLLOW, TONGUE = (0.2, 0.085, 0.08), (0.98, 0.53, 0.49)
"""Colours of the hollow behind the teeth and of the tongue where it is lit, in shares of the skin's level."""
HIGH, BROADLY, ROUND = 0.66, 0.8, 0.2
"""How far up the opening and how far to its corners the tongue comes, as shares, and how much darker its furrow is."""
RISES = (0.35, 1.0)
"""Shares of the way from the middle of the tongue to its edge over which it goes down into the dark of the throat."""
UNDER = (-0.01, 0.07)
"""Distances above the lower lip, in eye distances, up to which the tongue lies in its shade, and from which not."""
LOW_TEETH, LOW = (0.0, 0.088, 0.18, 0.285, 0.39), 0.075
"""Where one lower tooth ends and the next begins, as TEETH, and how far they stand above the lower lip at most."""
LOWERED, BROAD, DULL, WET = (0.18, 0.3), (0.72, 0.84), 0.82, (1.07, 0.98, 0.95)
"""Opening and width in eye distances from which a mouth shows its lower teeth, and whole, and how bright they are
beside the upper ones, for they stand in shade, and by how much more their red, green and blue."""
KEPT = (0.6, 1.12)
"""Shares of the old opening, downwards, up to which the photograph's own teeth are kept whole, and from which not."""
SEEN, EDGE = (0.05, 0.1), 0.008
"""Opening in eye distances from which they are kept, as they are torn in its corners, and the blur of their edge."""


@dataclass(frozen=True, eq=False)
class Lips:
    """The inner edges of the lips from corner to corner: (11, 2) pixels each."""

    upper: np.ndarray
    lower: np.ndarray

    def gap(self, along: np.ndarray) -> np.ndarray:
        """How far apart they are at shares (H, W) of the way from corner to corner, in pixels."""
        return _between(along, np.linalg.norm(self.lower - self.upper, axis=1))

    def at(self, along: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Points float32 (H, W, 2) at shares of the way along and down."""
        edges = [[_between(along, edge[:, axis]) for axis in (0, 1)] for edge in (self.upper, self.lower)]
        return np.stack([top + down * (bottom - top) for top, bottom in zip(*edges, strict=True)], -1)


def _between(along: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.interp(along, np.linspace(0, 1, len(values)), values).astype(np.float32)


def lips_of(vertices: np.ndarray, canvas: Canvas) -> Lips:
    """The lips of vertices (540, 3) in pixels of the canvas's box."""
    upper, lower = (vertices[list(edge), :2] - canvas.box[:2] for edge in (UPPER, LOWER))
    return Lips(upper, lower)


def open_mouth(
    warped: np.ndarray, crop: np.ndarray, moved: np.ndarray, canvas: Canvas, held: np.ndarray | None,
    interior: MouthInterior,
) -> np.ndarray:
    """Draw what lies between lips that opened wider than they were, and between the lids of eyes, into `warped`.

    warped, crop:  the box of the canvas, uint8 (H, W, 3), after and before the mesh moved
    moved:         vertices (540, 3) after the movement
    held:          how firmly grid points are held, as `Canvas.held` says
    Returns `warped`.
    """
    before, after = predictors(canvas.vertices)[1], predictors(moved)[1]
    least, most = OPENED
    new = np.clip((after / max(before, 1e-6) - least) / (most - least), 0, 1) * np.clip(after / LEAST - 1, 0, 1)
    outline = moved[list(OUTLINE), :2] - canvas.box[:2]
    low = np.maximum(np.floor(outline.min(0)).astype(int) - 3, 0)
    high = np.minimum(np.ceil(outline.max(0)).astype(int) + 4, canvas.size)
    if new <= 0 or (high <= low).any():
        return warped
    where = MouthInterior.place(outline - low, (high[1] - low[1], high[0] - low[0]))
    seen = where[..., 0] > -5
    soft = float(np.hypot(max(1.0, 0.012 * float(np.ptp(outline[:, 0]))), canvas.focus))
    mask = cv2.GaussianBlur(seen.astype(np.float32) * new, (0, 0), soft)
    if held is not None:
        mask *= 1 - canvas.enlarge(held)[low[1] : high[1], low[0] : high[0]]
    where = continued(where, seen)                                # a soft edge has the colour of what it is the edge of
    content = _between_lips(where, crop, moved, canvas, interior)
    if canvas.focus:
        content = cv2.GaussianBlur(content, (0, 0), JOINED * canvas.focus)
    window = warped[low[1] : high[1], low[0] : high[0]]
    window[:] = np.round(window + mask[..., None] * (content - window)).clip(0, 255).astype(np.uint8)
    return warped


def wide_open(mesh: np.ndarray, origin: tuple[int, int], picture: np.ndarray) -> np.ndarray:
    """A picture float32 (h, w, 3) of a face whose mouth, where it is open too wide to be all teeth, is drawn anew.

    mesh: (468+, 3) in pixels of a photograph, in which the picture's corner lies at `origin`, x and y
    """
    gap, width = predictors(mesh)[1:]
    share = float(step_between(np.float32(gap), *WIDE))
    if not share:
        return picture
    eyes = eye_distance(mesh)
    upper, lower = (mesh[list(edge), :2] - origin for edge in (UPPER, LOWER))
    lips, where = Lips(upper, lower), MouthInterior.place(mesh[list(OUTLINE), :2] - origin, picture.shape[:2])
    seen = where[..., 0] > -5
    mask = share * cv2.GaussianBlur(seen.astype(np.float32), (0, 0), max(1.0, 0.025 * eyes))
    around = cv2.dilate(seen.astype(np.uint8), np.ones((2 * round(0.1 * eyes) + 3,) * 2)) > 0
    along, down = _along_and_down(np.where(around[..., None], continued(where, seen), 0))
    level, depth = skin_level(picture, mesh - [*origin, 0]), down * lips.gap(along)
    teeth = np.float32(ENAMEL) * min(1, level / WELL_LIT)
    drawn = inside_of_mouth(along, depth / eyes, lips.gap(along) / eyes, float(width), teeth, level)
    drawn = cv2.GaussianBlur(drawn, (0, 0), max(0.9, FOCUS * eyes))
    return picture + mask[..., None] * (drawn - picture)


def _along_and_down(where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patch coordinates (H, W, 2) as shares of the way from corner to corner, and from lip to lip: (H, W) each."""
    along = (where[..., 0] / (WIDTH - 1)).clip(0, 1)
    half = np.minimum(1, 2.5 * np.minimum(along, 1 - along)) * 0.46
    return along, ((where[..., 1] / HEIGHT - 0.5 + half) / np.maximum(2 * half, 0.02)).clip(0, 1)


def _between_lips(
    where: np.ndarray, crop: np.ndarray, moved: np.ndarray, canvas: Canvas, interior: MouthInterior
) -> np.ndarray:
    """Pixels float32 (H, W, 3) of the mouth's inside, for patch coordinates (H, W, 2)."""
    was, lips = lips_of(canvas.vertices, canvas), lips_of(moved, canvas)
    along, down = _along_and_down(where)
    gap, eyes = lips.gap(along), eye_distance(canvas.vertices)
    depth = down * gap
    level, tint = _level(canvas), tint_of_white(canvas.skin_colour)
    width = float(np.linalg.norm(lips.upper[-1] - lips.upper[0])) / eyes
    middle = interior.draw(moved, level)[:, WIDTH // 3 : -WIDTH // 3].mean(1)
    enamel = middle[middle.sum(1).argmax()]                       # the brightest of an average mouth are teeth
    drawn = tint * inside_of_mouth(along, depth / eyes, gap / eyes, width, enamel, level)
    drawn = cv2.GaussianBlur(drawn, (0, 0), max(0.9, FOCUS * eyes))
    share = depth / np.maximum(was.gap(along), 1e-3)              # of the old opening
    if was.gap(np.float32([0.5]))[0] < LEAST * eyes:
        return drawn
    own = cv2.remap(crop, was.at(along, share.clip(0, 1)), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    kept = (1 - step_between(share, *KEPT)) * step_between(was.gap(along) / eyes, *SEEN)
    kept = cv2.GaussianBlur(kept, (0, 0), max(0.9, EDGE * eyes))
    return drawn + kept[..., None] * (own - drawn)


def _level(canvas: Canvas) -> float:
    """How bright the skin of a face is, 0..255. Cheeks that lie in the shade, or behind hair, do not tell it alone."""
    level, skin = skin_level(canvas.image, canvas.vertices), canvas.skin_colour
    return level if skin is None else max(level, float(lab_to_rgb(skin).mean()))


def inside_of_mouth(
    along: np.ndarray, depth: np.ndarray, gap: np.ndarray, width: float, enamel: np.ndarray, level: float
) -> np.ndarray:
    """A mouth's inside, float32 (H, W, 3): teeth above, a hollow behind them, tongue, lower teeth.

    along:         (H, W) shares of the way from corner to corner
    depth, gap:    (H, W) below the upper lip, and from lip to lip there, in eye distances
    width:         of the mouth in eye distances
    enamel, level: colour of teeth (3,), brightness of the skin, in 0..255
    """
    across, aside = np.abs(along - 0.5) * width, np.abs(2 * along - 1)
    smiling = float(step_between(np.float32(width), *SMILING))
    long = LONG[0] + smiling * (LONG[1] - LONG[0])
    line = _gaps(across, TEETH)
    teeth = step_between(long * (1 - 0.35 * aside**2) - SHORTER * line - depth, -0.012, 0.012)
    light = (1 - DIM * line) * (0.72 + 0.28 * step_between(depth, 0, 0.05)) * (1 - 0.6 * aside**2.5)
    light *= SHADED + (1 - SHADED) * step_between(gap, *PARTED)
    tongue = _tongue(depth, gap, aside, long)[..., None]
    behind = level * (np.float32(HOLLOW) + tongue * (np.float32(TONGUE) - np.float32(HOLLOW)))
    broad = float(step_between(np.float32(width), *BROAD)) * float(step_between(gap.max(), *LOWERED))
    if broad:
        seen, shaded = _low_teeth(depth, gap, across, aside)
        behind += (broad * seen)[..., None] * (shaded[..., None] * (np.float32(WET) * enamel) - behind)
    light, white = light[..., None] ** np.float32(WARM), WHITE + WHITER * smiling * step_between(gap, *BARED)
    lit = white[..., None] * light * enamel
    past = np.maximum(lit - BRIGHT, 0) / (255 - BRIGHT)
    lit += (255 - BRIGHT) * (past / (1 + past) - past)
    return behind + teeth[..., None] * (lit - behind)


def _tongue(depth: np.ndarray, gap: np.ndarray, aside: np.ndarray, long: float) -> np.ndarray:
    """How much of the tongue's colour is seen, (H, W) 0..1: a dome that rises out of the dark behind the lower lip.

    depth, gap: as in `inside_of_mouth`;  aside: (H, W) 0 in the mouth's middle, 1 in its corners;  long: of the teeth
    """
    above, high = gap - depth, np.minimum(HIGH * gap.max(), (gap.max() - long).clip(1e-3))
    away = np.hypot(aside / BROADLY, above / high)
    lit = 1 - ROUND * np.exp(-((aside / 0.1) ** 2)) - 0.5 * (1 - step_between(above, *UNDER))
    return (1 - step_between(away, *RISES)) * lit


def _low_teeth(
    depth: np.ndarray, gap: np.ndarray, across: np.ndarray, aside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How much of the lower teeth is seen in a wide mouth, and how they are lit, (H, W) 0..1 each.

    depth, gap: as in `inside_of_mouth`;  across, aside: (H, W) from its middle, in eye distances, and 1 in its corners
    """
    line, above = _gaps(across, LOW_TEETH), gap - depth
    seen = step_between(LOW * (1 - aside**2) - 0.5 * SHORTER * line - above, -0.012, 0.012)
    lit = DULL * (1 - DIM * line) * (0.7 + 0.3 * step_between(above, -0.01, 0.04)) * (1 - 0.8 * aside**2)
    return seen * step_between(gap, *LOWERED), lit


def _gaps(across: np.ndarray, edges: tuple[float, ...]) -> np.ndarray:
    """How deep the shade is between two teeth, (H, W) 0..1, at distances (H, W) from the middle in eye distances."""
    places = np.linspace(0, 1, 401)
    apart = np.min(np.abs(places[:, None] - edges), axis=1)
    return np.interp(across, places, np.exp(-((apart / GAP) ** 2))).astype(np.float32)
