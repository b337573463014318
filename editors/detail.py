"""Bring what was drawn small to the photograph's own scale: detail by example, from what is known around a hole.

What a painter drew is as coarse as its own pixels. Finer detail is continued from the photograph around (`analogy`):
skin takes from skin and hair from hair where the kinds of both are told. Where kinds are free, as hair is, strands
and folds a few of the painter's pixels wide are continued too, along those around and along drawn lines. Colours and
larger shapes stay those of the filling, and nothing under the hole is looked at.

H, W height and width; pictures are float32 (H, W, 3) in 0..255; K kinds.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .analogy import GREY, Level, beside_mirror, synthesise
from .areas import bounds
from .blend import relax
from .blurs import memberships, spread_out, wide_blur, within_kinds

FINE, MIDDLE = 0.8, 4.0
"""Blurs in the painter's pixels. What is finer is taken from around: everywhere, and where kinds are free."""
SMEAR = 10.0
"""Width in the painter's pixels of the smear between two kinds in a filling."""
RIM = 2.0
"""Width in the painter's pixels of the rim of a hole whose colours are compared."""
BELL = 4.0
"""Deviations after which OpenCV's Gaussian of floats ends."""
FAR = 60.0
"""How far a guide may be from its example, in grey levels, before the example counts for nothing."""
TINT, TINTLESS = 0.7, 20.0
"""How far the tint of free kinds follows that around, and grey levels below which there is hardly any tint."""
USUAL = (4, 88)
"""Percentiles of the brightness around between which that of free kinds stays."""
PURE = 2.0
"""Width in the painter's pixels of the rim of a kind that says nothing of its tint."""
COLOUR, KIND, WAY, PLACE = 2.0, 300.0, 50.0, 20.0
"""What guides are told by: grey levels of colour, belonging to a kind, direction, distance in sizes of the hole."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is known of a hole besides its filling.

    hole:   bool (H, W), True = filled
    pixel:  side of the painter's pixels in the photograph's
    kinds:  int (H, W), what each pixel shows: detail is taken from the same kind only; None where that is not known
    free:   float32 (H, W) in 0..1, where strands are drawn anew that the painter drew as a smudge; None for nowhere
    lines:  float32 (H, W) in 0..1, drawn lines, along which strands run; None for none
    axis:   column about which the picture is its own mirror image, as a face is; None: the middle of the hole
    """

    hole: np.ndarray
    pixel: float
    kinds: np.ndarray | None = None
    free: np.ndarray | None = None
    lines: np.ndarray | None = None
    axis: float | None = None

    @cached_property
    def members(self) -> np.ndarray:
        """float32 (K, H, W): how far each pixel is of each kind in the hole, and of any other."""
        if self.kinds is None:
            return memberships(None, self.hole.shape)
        return memberships(np.where(np.isin(self.kinds, self.kinds[self.hole]), self.kinds, 255), self.hole.shape)

    @cached_property
    def grounds(self) -> np.ndarray | None:
        """The kinds, all those in one, -1, that are not free."""
        if self.kinds is None or self.free is None:
            return None
        return np.where(self.free > 0, self.kinds.astype(int), -1)

    @cached_property
    def shares(self) -> np.ndarray:
        """float32 (K, H, W): how far each pixel is of each ground."""
        return memberships(self.grounds, self.hole.shape)


def add_detail(picture: np.ndarray, image: np.ndarray, scene: Scene, seed: int) -> np.ndarray:
    """The filling `picture` with the detail of the photograph `image`, uint8 or float, around it.

    Outside the hole the picture comes back as it is, and `image` counts for nothing in it.
    """
    hole = scene.hole
    if hole.all() or not hole.any():
        return picture
    # A step of colour at the border of the hole is no detail: it is looked for beside a filling without one.
    whole = np.where(hole[..., None], met(picture, image, scene), image).astype(np.float32)
    base = within_kinds(whole, scene.shares, MIDDLE * scene.pixel)
    levels = _levels(whole, base, scene)
    if not levels:                                                       # too small a picture to take an example from
        return picture
    detail, far = synthesise(levels, seed)
    sure = (2 - far / FAR).clip(0, 1)[..., None]
    change, inside = sure * (detail - (whole - base)), bounds(hole)
    if scene.free is not None:
        large = within_kinds(change, scene.shares, MIDDLE * scene.pixel, hole.astype(np.float32), inside)
        change[inside] -= np.where(hole[inside][..., None], large, 0)
        change[inside] += scene.free[inside][..., None] * (joined(change, hole)[inside] - change[inside])
    return _raised(picture, inside, np.where(hole[inside][..., None], change[inside], 0))


def _raised(picture: np.ndarray, part: tuple[slice, slice], change: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) with a change added to a part of it."""
    result = picture.copy()
    result[part] += change
    return result


def joined(change: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A change of a picture (H, W, 3) that would go on beyond the hole, with what it would be there taken off inside:
    all of it at the border, less the further in."""
    part = bounds(hole, 2)
    there, inside = change[part], hole[part]
    return _raised(change, part, relax(np.where(inside[..., None], 0, -there), inside, np.zeros_like(there)))


def parted(picture: np.ndarray, scene: Scene) -> np.ndarray:
    """The filling with the smear between two free kinds drawn together: each side takes its colour from further in."""
    if scene.kinds is None or scene.free is None:
        return picture
    kinds, reach = scene.grounds, SMEAR * scene.pixel
    members, depth = scene.shares, np.zeros(kinds.shape, np.float32)
    for kind in np.unique(kinds):
        inside = np.pad((kinds == kind) | (kinds < 0), 1, mode="edge").astype(np.uint8)
        depth += (kinds == kind) * cv2.distanceTransform(inside, cv2.DIST_L2, 5)[1:-1, 1:-1]
    weight = (depth / reach).clip(0.02, 1) ** 2
    inside = bounds(scene.hole)
    pure = within_kinds(picture.astype(np.float32), members, reach / 2, weight, inside)
    share = scene.free * (1.5 - depth / reach).clip(0, 1) * scene.hole
    return _raised(picture, inside, share[inside][..., None] * (pure - picture[inside]))


def met(picture: np.ndarray, image: np.ndarray, scene: Scene) -> np.ndarray:
    """The filling with its colours brought, within each kind, to those of the photograph beside the hole.

    Around the hole the picture is what the painter makes of the photograph, or the photograph itself. What is not free
    is lifted by what the painter misses there; of free kinds the means on both sides of the border are compared.
    """
    hole, width = scene.hole, max(1.0, RIM * scene.pixel)
    wide = round(1.5 * width)
    reach = np.ones((2 * wide + 1,) * 2, np.uint8)
    outer = cv2.dilate(hole.astype(np.uint8), reach).astype(bool) & ~hole
    inner = cv2.dilate((~hole).astype(np.uint8), reach).astype(bool) & hole
    inside, near = bounds(hole), bounds(hole, wide + round(BELL * width) + 2)     # what the blur of the rim can see
    sides = [cv2.split(np.float32(side[near])) for side in (image, picture)]
    lift = np.zeros(picture[inside].shape, np.float32)
    names = [-1] if scene.grounds is None else np.unique(scene.grounds)
    for share, name in zip(scene.shares, names, strict=True):
        if not share[hole].any():
            continue
        weights = [(share * rim)[near] for rim in (outer, outer if name < 0 else inner)]
        layers = [layer * weight for side, weight in zip(sides, weights, strict=True) for layer in side]
        *soft, there, here = cv2.split(cv2.GaussianBlur(cv2.merge([*layers, *weights]), (0, 0), width))
        apart, both = np.zeros(picture.shape, np.float32), np.zeros(hole.shape, np.float32)
        both[near] = np.minimum(there, here) * (outer | inner)[near]
        apart[near] = cv2.merge([(image / (there + 1e-3) - drawn / (here + 1e-3)) * both[near]
                                 for image, drawn in zip(soft[:3], soft[3:], strict=True)])
        lift += share[inside][..., None] * spread_out(apart, both)[inside]
    return _raised(picture, inside, np.where(hole[inside][..., None], lift, 0))


def tinted(picture: np.ndarray, image: np.ndarray, scene: Scene) -> np.ndarray:
    """The filling with what is free brought towards the tint of the same kind around, and no brighter or darker."""
    if scene.free is None or scene.kinds is None:
        return picture
    grey, seen, inside = (picture @ GREY)[..., None], image.astype(np.float32), bounds(scene.hole)
    light = (seen @ GREY)[..., None]
    tint, pull = (seen - light) / (light + TINTLESS), np.zeros(picture[inside].shape, np.float32)
    for member in scene.shares:
        weight = member * ~scene.hole
        if not (weight > 0.9).any() or not member[inside].any():
            continue
        weight *= _pure(weight > 0.9, scene.pixel)
        there = spread_out(tint * weight[..., None], weight)[inside]
        usual = grey[inside].clip(*np.percentile(light[weight > 0.9][::7], USUAL))
        apart = usual - grey[inside] + TINT * (there * (usual + TINTLESS) - (picture - grey)[inside])
        pull += member[inside][..., None] * apart
    return _raised(picture, inside, (scene.free * scene.hole)[inside][..., None] * pull)


def _pure(kind: np.ndarray, pixel: float) -> np.ndarray:
    """bool (H, W): a kind bool (H, W) without its rim, in which its neighbours shine through; of a thin one, the
    deeper half."""
    deep = cv2.distanceTransform(np.pad(kind, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return kind & (deep >= min(PURE * pixel, float(np.median(deep[kind]))))


# --- what detail is looked for by ----------------------------------------------------------------------------------

def _levels(whole: np.ndarray, base: np.ndarray, scene: Scene) -> list[Level]:
    """The scales on which detail is continued, the coarsest first: there a pixel is as wide as the widest blur."""
    count = 1 + max(0, round(np.log2(MIDDLE * scene.pixel / 1.25)))
    height, width = scene.hole.shape
    axis = float(np.flatnonzero(scene.hole.any(0)).mean()) if scene.axis is None else scene.axis
    span = np.sqrt(scene.hole.sum())
    levels, ways, detail = [], None, whole - base
    for number in reversed(range(count)):
        scale = 2**number
        size = (-(-width // scale), -(-height // scale))
        if min(size) < 24:
            continue

        def small(layer: np.ndarray) -> np.ndarray:
            return layer if scale == 1 else cv2.resize(layer, size, interpolation=cv2.INTER_AREA)

        known = small((~scene.hole).astype(np.float32)) > 0.999
        soft = np.stack([cv2.GaussianBlur(small(layer), (0, 0), 1.5) for layer in scene.members])
        if ways is None or scale > 1:                                    # directions need no finer look than this
            lines = None if scene.lines is None else small(scene.lines)
            ways = _ways(small(whole) @ GREY, known, soft, lines)
        seen, wanted, firm = (cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR) for layer in ways)
        y, x = np.indices(known.shape, np.float32) * np.float32(scale / span * PLACE)
        alike, (cosine, sine) = [*cv2.split(COLOUR * small(base)), *(KIND * soft)], cv2.split(WAY * seen)
        mirrored = [*alike, cosine, -sine, y, np.float32(2 * axis / span * PLACE) - x]
        source = [beside_mirror(*each) for each in zip([*alike, cosine, sine, y, x], mirrored, strict=True)]
        target, trust = [*alike, *cv2.split(WAY * wanted), y, x], [np.ones_like(firm)] * len(source)
        trust[-4:-2] = firm, firm
        free = np.zeros(known.shape, np.float32) if scene.free is None else small(scene.free)
        levels.append(Level(small(detail), known, source, target, trust, free, FINE * scene.pixel / scale))
    return levels


NEARNESS = ((4.0, 1.0), (10.0, 0.5), (24.0, 0.25))
"""Blurs in pixels of what tells directions, and how much each counts: what is near counts most."""


def _ways(
    grey: np.ndarray, known: np.ndarray, soft: np.ndarray, lines: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions: those seen in a picture (H, W), those wanted in its hole, as (H, W, 2) of twice the angle, and how
    firmly (H, W). Wanted are those of drawn lines, of the filling, of the border of a kind and of what is around.

    soft: float32 (K, H, W), how far each pixel is of each kind
    """
    tensor = slope_tensor(grey)
    near = cv2.GaussianBlur(tensor, (0, 0), 1.5)
    seen = near[..., :2] / (near[..., 2:] + 1e-3)
    whole = cv2.erode(known.astype(np.uint8), np.ones((5, 5)), borderValue=1).astype(np.float32)
    evidence = _even(tensor) * (whole + 0.3 * ~known)[..., None]
    drawn = None if lines is None else 3 * _even(slope_tensor(80 * lines))
    strongest, wanted = soft.max(0), np.zeros((*known.shape, 3))
    for kind in soft:
        here = kind >= strongest
        if not here.any():
            continue
        mine = (kind > 0.6).astype(np.float32)
        border = _even(slope_tensor(100 * kind)) if len(soft) > 1 else 0
        told = evidence * mine[..., None] + 0.5 * border * (kind > 0.3)[..., None]
        if drawn is not None:
            told = told + drawn * mine[..., None] * ~known[..., None]
        wanted[here] = sum(wide_blur(told, reach) * share for reach, share in NEARNESS)[here]
    wanted = wanted[..., :2] / (wanted[..., 2:] + 1e-2)
    firm = np.hypot(wanted[..., 0], wanted[..., 1])
    return seen, wanted / (firm[..., None] + 1e-6), firm.clip(0, 1) ** 2


def slope_tensor(grey: np.ndarray) -> np.ndarray:
    """The structure tensor of a picture (H, W): cosine and sine of twice the angle of its slope, and its strength."""
    grey = cv2.GaussianBlur(grey, (0, 0), 0.7)
    x, y = (cv2.Sobel(grey, cv2.CV_32F, *order) / 8 for order in ((1, 0), (0, 1)))
    return np.dstack([x * x - y * y, 2 * x * y, x * x + y * y])


def _even(tensor: np.ndarray) -> np.ndarray:
    """A tensor whose strong edges do not outweigh all others."""
    return tensor / (np.sqrt(tensor[..., 2:]) + 1)
