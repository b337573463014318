"""Eyes whose lids open or close: an eyeball keeps its size, and lids with their lashes move over it.

What comes to light of it is drawn as the photograph shows the rest: the iris as it looks as far from its middle beside
the pupil, the white as it is beside the iris.
"""

import cv2
import numpy as np

from .areas import step_between
from .canvas import Canvas
from .colours import IN_SHADE
from .faces import eye_distance
from .focus import JOINED
from .frame import OPENINGS
from .lids import TALL, Lids, arch, as_seen, lash_height, lids_of, looked_up

MOVED = (0.06, 0.16)
"""Growth or loss of an opening up to which lids stretch what is between them, and from which nothing is stretched."""
SHUT = (0.04, 0.07)
"""Opening in eye distances up to which an eye counts as shut: no eyeball is known; and from which it is open."""
LASHES, RIM = 0.035, 0.012
"""Eye distances below the upper lid over which its lashes and their shade lie, and how wide the lower lid's edge is."""
SHADOW, SHADED = 0.07, 0.35
"""Eye distances below the upper lid over which it throws its shadow, and how dark that is at most."""
SHUTTING, DIM = 0.06, 0.4
"""Opening in eye distances below which less and less light falls between lids, and how much does where they meet."""
MEETING, SEAM = 0.036, 0.008
"""Opening in eye distances below which a dark line forms between lids, and how wide it is."""
ROWS = (27, 159), (257, 386)
"""Points of the mesh on each upper lid and on its edge, whose distance tells how much the skin between is stretched."""
FOLDED = (1.6, 1.3)
"""Within how many times the height that lashes have at least, stretched, or that they have, the skin above them makes
up for what they are not."""
STILL, FADED = 0.03, 0.06
"""Eye distances below a lower lid's edge over which a lid that closes takes what lies there along, and gives way."""
EVENED = 0.6
"""Blur of skin that is stretched, in heights of lashes for each size that it gains: stretched grain is streaks."""
EDGE, BLURRED = 0.7, 2.24
"""Pixels on either side of a lid's edge over which it gives way to the eyeball in a sharp photograph; and how many
times as wide as its blur, a Gaussian's sigma, such a step is where it is soft."""
NEXT, UNLIKE = 0.03, 40.0
"""Eye distances within which what is hidden goes on as what is seen beside it, and levels that it changes for that."""
LIMBUS, ONLY = 0.08, (1.08, 1.2)
"""Sizes of the iris on either side of its edge over which it gives way to the white; and how many of them from the
middle there is some white, and only white."""
TOLD = (0.06, 0.15)
"""Shares of the white's brightness by which an iris is darker where a photograph shows neither, and where it does."""
SPREAD, SOME = 0.06, 0.003
"""Eye distances within which the white tells what it is like where it was hidden; and how much whatever lies there
tells, for where there is no white."""


def move_lids(
    warped: np.ndarray, crop: np.ndarray, moved: np.ndarray, canvas: Canvas, held: np.ndarray | None
) -> np.ndarray:
    """Draw eyes whose lids opened or closed into `warped`, which is returned; arguments as of `mouth.open_mouth`."""
    eyes = eye_distance(canvas.vertices)
    for opening, row, iris in zip(OPENINGS[1:], ROWS, canvas.irises, strict=True):
        before, after = (lids_of(points[:, :2] - canvas.box[:2], opening) for points in (canvas.vertices, moved))
        growth = np.abs(np.float32(after.gap / max(before.gap, 1e-6) - 1))
        share = step_between(growth, *MOVED) * step_between(np.float32(before.gap / eyes), *SHUT)
        share *= _told(crop, before, iris[:, :2] - canvas.box[:2])
        if not share:
            continue
        before, after = as_seen(crop, before, after, eyes)
        points = moved[[*opening[0], *opening[1]], :2] - canvas.box[:2]
        folds = (np.linalg.norm(np.subtract(*mesh[list(row), :2])) / eyes for mesh in (canvas.vertices, moved))
        stretch = _stretch(*folds)
        height = lash_height(crop, before, eyes)
        margin = max(2 * LASHES * eyes, _end(stretch, height, eyes))
        low = np.maximum(np.floor(points.min(0) - margin).astype(int) - 2, 0)
        high = np.minimum(np.ceil(points.max(0) + margin).astype(int) + 3, canvas.size)
        if (high <= low).any():
            continue
        part = (*low.tolist(), *high.tolist())
        free = np.ones(1, np.float32) if held is None else 1 - canvas.enlarge(held, part)[..., None]
        window = warped[part[1] : part[3], part[0] : part[2]]
        drawn = _with_lashes(window, crop, low, before, after, float(stretch), height, eyes)
        drawn = _with_eye(drawn, crop, low, before, after, iris[:, :2] - canvas.box[:2], eyes, canvas.focus)
        if canvas.focus:
            other = np.abs(drawn - window).max(2, keepdims=True) > 1
            soft, near = (cv2.GaussianBlur(each, (0, 0), JOINED * canvas.focus) for each in (drawn, np.float32(other)))
            drawn += near[..., None] * (soft - drawn)
        window[:] = np.round(window + np.float32(share) * free * (drawn - window)).clip(0, 255)
    return warped


def _stretch(was: float, now: float) -> float:
    """How many times as tall skin gets above a lid, as far as its lashes reach, where it was and is so tall up to the
    fold, in eye distances: beyond a fold that nearly touches the lashes nothing is stretched."""
    return (now + max(0.0, TALL[0] - was)) / max(was, TALL[0])


def _told(crop: np.ndarray, lids: Lids, iris: np.ndarray) -> float:
    """How surely an iris is seen beside its white, 0..1: not under lashes, in the dark, behind dark glasses."""
    middle, radius = _disc(lids, iris)
    along, down = np.meshgrid(np.linspace(-0.75, 0.75, 31), middle[1] + radius * np.float32([-0.3, 0, 0.3]))
    grey = cv2.cvtColor(looked_up(crop, lids.at(along, down)), cv2.COLOR_RGB2GRAY)
    away = np.abs(along * lids.half - middle[0]) / radius
    inner, outer = away < 0.9, away > 1.15
    if not inner.any() or not outer.any():
        return 0.0
    white = np.percentile(grey[outer], 75)
    return float(step_between(np.float32(1 - np.median(grey[inner]) / max(white, 1)), *TOLD))


def _disc(lids: Lids, iris: np.ndarray) -> tuple[np.ndarray, float]:
    """How far along and down, in pixels, the middle of an iris (5, 2) lies, and its radius."""
    middle = (iris[0] - lids.middle) @ np.stack([lids.along, lids.down], 1)
    return middle, max(float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean()), 1.0)


def _places(window: np.ndarray, corner: np.ndarray, lids: Lids) -> tuple[np.ndarray, np.ndarray]:
    """How far along and down the pixels (h, w) of a window lie whose corner lies at `corner`, as `Lids.at` takes it."""
    rows, columns = np.indices(window.shape[:2], np.float32)
    away = np.dstack([columns, rows]) + np.float32(corner - lids.middle)
    return away @ np.float32(lids.along / lids.half), away @ np.float32(lids.down)


def _end(stretch: float | np.ndarray, height: float, eyes: float) -> np.ndarray:
    """How high above a lid, in pixels, skin makes up for its lashes, which keep their height in pixels."""
    return np.maximum(FOLDED[0] * TALL[0] * eyes, FOLDED[1] * height) * stretch


def _with_lashes(
    window: np.ndarray, crop: np.ndarray, corner: np.ndarray, before: Lids, after: Lids, stretch: float, height: float,
    eyes: float,
) -> np.ndarray:
    """The window with the edges of both lids as they were; the skin above the upper one's lashes is stretched instead.

    stretch, height:  how many times as tall skin above the lid got in its middle; the height of lashes in pixels
    """
    if stretch < 1:
        return window
    along, down = _places(window, corner, after)
    (top, bottom), (was_top, was_bottom) = after.edges(along), before.edges(along)
    within, tall = step_between(1 - np.abs(along), 0, 0.04), 1 + (stretch - 1) * arch(along)
    above, end = top - down, _end(tall, height, eyes)
    drawn = _stretched(window, corner, after, above, within, tall, height, end)
    kept = np.maximum(above, 0.4 * TALL[0] * eyes)                                          # no white from below
    lashes = looked_up(crop, before.at(along, was_top - kept))
    rows = within * step_between(above, -1, 0) * (1 - step_between(above, 0.8 * height, 1.15 * height))
    drawn += rows[..., None] * (lashes - drawn)
    below, closes = down - bottom, step_between(np.float32(1 - after.gap / max(before.gap, 1e-6)), *MOVED)
    rim = closes * within * step_between(below, -1, 0) * (1 - step_between(below, STILL * eyes, FADED * eyes))
    return drawn + rim[..., None] * (looked_up(crop, before.at(along, was_bottom + below)) - drawn)


def _stretched(
    window: np.ndarray, corner: np.ndarray, lids: Lids, above: np.ndarray, within: np.ndarray, tall: np.ndarray,
    height: float, end: np.ndarray,
) -> np.ndarray:
    """The window, float32 (h, w, 3), with skin above lashes where these are stretched; arguments as of `_with_lashes`,
    above, tall and end (h, w)."""
    along, down = _places(window, corner, lids)
    skin = end - (end - above) * (end - tall * height) / (end - height)
    shifted = down - np.where((above > height) & (above < end), within * (skin - above), 0)
    places = lids.at(along, shifted) - np.float32(corner)
    drawn = looked_up(window, places)
    bare = step_between(above, 0.8 * tall * height, 1.3 * tall * height) + SOME
    blur = max(0.5, EVENED * (float(tall.max()) - 1) * height)
    spread = cv2.GaussianBlur(np.dstack([window * bare[..., None], bare]), (0, 0), blur)
    even = within * step_between(above, 0.9 * height, 1.2 * height) * (1 - step_between(above, 0.7 * end, end))
    even *= step_between(tall, 1, 1.5)
    smooth = looked_up(spread[..., :3] / spread[..., 3:], places)
    return drawn + even[..., None] * (smooth - drawn)


def _with_eye(
    window: np.ndarray, crop: np.ndarray, corner: np.ndarray, before: Lids, after: Lids, iris: np.ndarray, eyes: float,
    blur: float,
) -> np.ndarray:
    """The window of the picture whose corner lies at `corner` with an eye between its lids, float32 (h, w, 3).

    blur: that of the photograph, in pixels
    """
    edge = float(np.hypot(EDGE, BLURRED * blur))
    along, down = _places(window, corner, after)
    top, bottom = after.edges(along)
    was_top, was_bottom = before.edges(along)
    light = _light_between(down, top, bottom, eyes)
    darker = np.minimum(1, light / _light_between(down, was_top, was_bottom, eyes))   # what is seen is in shade already
    ball = _eyeball(crop, along, down, before, iris, eyes, light, darker, blur)
    rim = looked_up(crop, before.at(along, was_bottom + down - bottom)) * darker
    ball += (1 - step_between(bottom - down, 0, RIM * eyes + 2 * blur))[..., None] * (rim - ball)
    within = step_between(down - top, -edge, edge) * step_between(bottom - down, -edge, edge)
    within *= step_between(1 - np.abs(along), 0, 0.1)
    drawn = window + within[..., None] * (ball - window)
    lashes = looked_up(crop, before.at(along, was_top + down - top))         # they lie over whatever is below
    dense = step_between(down - top, -2 * edge, 0)
    dense *= 1 - step_between(down - top, LASHES / 2 * eyes + blur, LASHES * eyes + 2 * blur)
    dense *= step_between(1 - np.abs(along), 0, 0.1) * step_between(bottom - down, -edge, edge)
    drawn += dense[..., None] * np.minimum(lashes - drawn, 0)
    return drawn * (1 - _seam(before, after, eyes) * _between(along, down, top, bottom, eyes, edge))[..., None]


def _seam(before: Lids, after: Lids, eyes: float) -> float:
    """How much darker the line is where lids all but meet than it was before, 0..1."""
    open_ = step_between(np.float32([before.gap, after.gap]), 0, MEETING * eyes)
    return (1 - DIM) * max(0.0, float(open_[0] - open_[1]))


def _between(
    along: np.ndarray, down: np.ndarray, top: np.ndarray, bottom: np.ndarray, eyes: float, edge: float
) -> np.ndarray:
    """How near pixels lie to the line in the middle between two lids, (h, w), 0..1."""
    wide = float(np.hypot(SEAM * eyes, edge))
    return np.exp(-np.square((down - (top + bottom) / 2) / wide)) * step_between(1 - np.abs(along), 0, 0.15)


def _light_between(down: np.ndarray, top: np.ndarray, bottom: np.ndarray, eyes: float) -> np.ndarray:
    """The share of light, (h, w, 3), that falls so many pixels down on an eyeball between an upper and a lower lid."""
    open_ = DIM + (1 - DIM) * step_between(bottom - top, 0, SHUTTING * eyes)
    return (open_ * (1 - SHADED * (1 - step_between(down - top, 0, SHADOW * eyes))))[..., None] ** IN_SHADE


def _eyeball(
    crop: np.ndarray, along: np.ndarray, down: np.ndarray, lids: Lids, iris: np.ndarray, eyes: float,
    light: np.ndarray, darker: np.ndarray, blur: float,
) -> np.ndarray:
    """The eyeball without lids, float32 (h, w, 3), at places between the corners of its lids in the photograph.

    along, down: (h, w) as `Lids.at` takes them;  iris: (5, 2), its middle and four points of its edge, in the crop
    light, darker: (h, w, 3), the share of light that falls on it, and how much less than it was where it is seen
    """
    middle, radius = _disc(lids, iris)
    away = np.hypot(along * lids.half - middle[0], down - middle[1])
    top, bottom = lids.edges(along)
    seen = step_between(down - top, LASHES / 2 * eyes + blur, LASHES * eyes + 2 * blur)
    seen *= step_between(bottom - down, RIM / 2 * eyes + blur, RIM * eyes + 2 * blur) * (np.abs(along) < 1)
    own = looked_up(crop, lids.at(along, down))
    level = np.full_like(away, middle[1])
    sides = [looked_up(crop, lids.at((middle[0] + side * away) / lids.half, level)) for side in (-1, 1)]
    white = seen * step_between(away - blur, ONLY[0] * radius, ONLY[1] * radius) + SOME
    spread = cv2.GaussianBlur(np.dstack([own * white[..., None], white]), (0, 0), SPREAD * eyes)
    pale = spread[..., :3] / spread[..., 3:]
    hidden = np.minimum(*sides)                                              # no light that glints on one side
    limbus = float(np.hypot(LIMBUS * radius, BLURRED * blur))
    hidden += step_between(away - radius, -limbus, limbus)[..., None] * (pale - hidden)
    unlike = np.clip(own - hidden, -UNLIKE, UNLIKE) * seen[..., None]
    spread = cv2.GaussianBlur(np.dstack([unlike, seen]), (0, 0), NEXT * eyes)
    hidden += spread[..., :3] / np.maximum(spread[..., 3:], 0.05)
    hidden = (cv2.GaussianBlur(hidden, (0, 0), blur) if blur else hidden) * light
    return hidden + seen[..., None] * (darker * own - hidden)
