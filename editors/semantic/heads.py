"""A head under its hair: how it is turned, its skull, bald, and with hair of another outline around its face.

Places x, y are along and below the eye line, in distances between the eyes, (H, W) as the labels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..labels import BROWS, EARS, EYES, IDS, LIPS, mask_of
from .movement import FACE, GLIMPSE
from .painting import hull_of
from .parts import PLACED, eye_line, upright, without

_SKULL, _MIDDLE = 1.5, 0.15    # top and middle of a skull, in eye distances above the eye line
_HAIRLINE = -0.1    # above this line a head with hair shows no scalp beside its face
_NECK, _SHOULDERS = 0.72, 2.1  # half a neck in halves of the face; eye distances below which it widens to shoulders
_EARS = (0.06, 0.22, 0.17, 0.46)  # an ear's middle beyond the face and below the eye line, half its width and height
_HELD = 0.08    # how far towards the face an ear's top may be joined to it
_ROUND = 0.8    # how high what is hidden of an ear's top is at least, beside how wide it is
_BESIDE = 0.35  # how far above and below the eye line a face is as wide as its skull
_GAP = 0.13     # eye distances: half the width of what is closed between face, ears and hair
_RIM = 0.95, 0.09  # from where on hair lies on the face, of its reach, and how much earlier an eye distance lower
_SPARSE = 0.02  # squared eye distances of hair above a forehead below which it grows along a line of the library
_HIDDEN = 0.6   # share of an ear below which what is left of it beside hair is hidden, too
_LEAST, _TALL, _BACK = 0.3, (0.8, 1.6), 0.5  # of a face that turns: its reach, height, and how far it goes on behind
_FRONT, _ABOVE, _HIGH = 0.5, 0.3, 1.4  # half a forehead in which it is measured, hair above it, and how high it may be
_TOP = -1.1     # above this line hair is seen on both sides of every head
_PROFILE = 0.45  # how much more is seen of a side from which on no hair is seen beside the other
_CHEEK = 1.5    # below this line the neck is free of hair that does not lie on it
_LONG = 2.0     # an outline that reaches below this line beside a neck only adds to the hair that is there
_VOLUME, _CROWN = 0.35, 1.3  # by how much wider than an outline own hair stays; from how far above the eyes on
_HANGS, _LEVEL = 0.4, 0.8  # below this line hair hangs straight down, unless the eye line's cosine is smaller
_CUT, _SIDES, _SLANT = 0.07, 0.0, 0.9  # how far close-cut hair stands off the head, ends beside the face, and rises
_UPPER = 0.1    # below this line hair that is taken away shows what is behind, above it the scalp


@dataclass(frozen=True)
class Pose:
    """How a head differs from one that looks ahead.

    sides: how far the face reaches to the picture's right and left, in eye distances
    tall:  by how much the head is taller than usual;  high: by how much more it is above the eyes
    """

    sides: tuple[float, float]
    tall: float
    high: float

    @property
    def turned(self) -> np.ndarray:
        """By how much more is seen of a side than of the other, (2,) to the right and left, as a share of both."""
        return (np.array(self.sides) - self.sides[::-1]).clip(0) / sum(self.sides)

    def ahead(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places as they would be if it looked ahead and its face reached an eye distance to either side."""
        return (np.where(x > 0, x / self.sides[0], x / self.sides[1]),
                np.where(y > 0, y, y / self.high) / self.tall)


def pose_of(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> Pose:
    """The head in labels (H, W) with these places."""
    mouth = mask_of(labels, (*LIPS, "mouth"))
    tall = float(np.clip(y[mouth].mean() / PLACED["lips"][1][1], *_TALL)) if mouth.any() else 1.0
    face = mask_of(labels, ("skin", *EYES, *BROWS)) & (np.abs(y) < _BESIDE * tall)
    sides = [float(np.percentile(each[each > 0], 98)) if (each > 0).any() else 1.0 for each in (x[face], -x[face])]
    front = np.abs(x) < _FRONT
    skin, hair = (-y[front & mask_of(labels, (name,))] for name in ("skin", "hair"))
    forehead = float(np.percentile(skin, 98)) / tall if skin.size and hair.size else 0.0
    grows = bool(forehead) and (hair > forehead * tall).sum() > _SPARSE * eye_line(labels)[2] ** 2
    high = float(np.clip((forehead + _ABOVE) / _SKULL, 1, _HIGH)) if grows else 1.0
    return Pose((max(sides[0], _LEAST), max(sides[1], _LEAST)), tall, high)


def skull(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """bool (H, W), a head without its hair down to the eyes and a little farther; half the width of the face."""
    own = pose_of(labels, x, y)
    return _dome(labels, *own.ahead(x, y), own), sum(own.sides) / 2 + 0.02


def close_cut(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """bool (H, W), where hair is that is cut close to the head, at places x, y of a head that looks ahead."""
    ends = _SIDES - _SLANT * (np.abs(x) - 1).clip(0)  # not level behind the ears
    return _dome(labels, x, y, pose_of(labels, *upright(labels)), _CUT) & (y < ends)


def _dome(labels: np.ndarray, x: np.ndarray, y: np.ndarray, own: Pose, off: float = 0.0) -> np.ndarray:
    """bool (H, W), what lies within the skull or so far off it, at places of a head that looks ahead."""
    hair = mask_of(labels, ("hair",))
    top = np.clip(0.95 * -float(y[hair].min()), 1.25, _SKULL) if hair.any() else _SKULL
    back = np.where(x > 0, *(1 + _BACK * own.turned))         # behind the ear of a side that is seen
    wide = back * (1.02 + 0.07 * (-y / 0.8).clip(0, 1)) + off                        # widest above the temples
    across, down = np.abs(x / wide), np.abs((y + _MIDDLE) / (top + off - _MIDDLE))
    head = (across < 1) & (down < 1)
    head[head] = across[head] ** 2.4 + down[head] ** 2.4 < 1
    return head


def bald(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Hair gone: scalp within the skull, skin between face and ears, what lies behind elsewhere."""
    hair, (head, half) = mask_of(labels, ("hair",)), skull(labels, x, y)
    scalp = hair & (head & (y < _UPPER) | between(mask_of(labels, (*FACE, *EARS)), labels))
    out = np.where(scalp, IDS["skin"], labels).astype(np.uint8)
    out = _with_ears(labels, out, x, y, half)
    neck, below = _NECK * half, y - _SHOULDERS                # no neck and no shoulder is behind all hair beside a face
    out = without(out, (out == IDS["hair"]) & (np.abs(x) < neck + below.clip(0)), ("background", "neck", "cloth"))
    out = without(out, (out == IDS["hair"]) & (below > 0.35 * (np.abs(x) - neck)), ("background", "cloth"))
    out = without(out, out == IDS["hair"], ("background",))
    return without(out, out == IDS["hair"])


def _with_ears(labels: np.ndarray, out: np.ndarray, x: np.ndarray, y: np.ndarray, half: float) -> np.ndarray:
    """Labels whose hair went with an ear where hair hid it, on a face that looks ahead."""
    face = mask_of(labels, FACE) & (np.abs(y - 0.2) < 0.3)
    sides = [float(np.percentile(side * x[face], 99)) if face.any() else 0.0 for side in (1, -1)]
    if min(sides) < 0.8 * max(sides):
        return out
    for name, side, edge in zip(EARS, (1, -1), sides, strict=True):
        own = labels == IDS[name]
        if own.sum() > GLIMPSE * eye_line(labels)[2] ** 2:
            out[_helix(labels, own, side * x, y)] = IDS[name]
            continue
        up = (y - _EARS[1]) / _EARS[3]                        # -1 at the top of the ear, 1 at its lobe
        away = (side * x - min(edge, half) - _EARS[0] + 0.09 * up) / (_EARS[2] * (1 - 0.22 * up))
        beyond = mask_of(labels, ("skin",)) & (side * x > edge) & (y > _BESIDE)  # a lobe that is called skin
        ear = (away**2 + np.abs(up) ** 2.2 < 1) & (mask_of(labels, ("hair", *EARS)) | beyond)
        out = without(out, own & ~ear, ("skin", "hair"))
        out = np.where(ear & ~((out == IDS["skin"]) & (side * x < min(edge, half) - 0.02)), IDS[name], out)
    return out.astype(np.uint8)


def _helix(labels: np.ndarray, own: np.ndarray, away: np.ndarray, y: np.ndarray) -> np.ndarray:
    """bool (H, W), the top of an ear that hair hides: round, and as high as ears are above the lobe that is seen.

    own: bool (H, W), what is seen of it;  away: (H, W), places x as they grow away from the face
    """
    high, low = np.percentile(y[own], (2, 98))
    seen = own & (y < high + _EARS[2])
    near, far = np.percentile(away[seen], (2, 98))
    hair = mask_of(labels, ("hair",))
    band = (y < high) & (y > high - _EARS[2]) & (away > near) & (away < far)
    if hair[band].mean() < 0.5:
        return np.zeros_like(own)
    missing = np.clip(high - (low - 2 * _EARS[3]), _ROUND * (far - near), _EARS[3])
    up = ((high + _EARS[2] - y) / (missing + _EARS[2])).clip(0, 1)
    return hair & (up > 0) & (up < 1) & (away > near - _HELD) & (away - near < (far - near) * (1 - up**2.2) ** 0.5)


def between(parts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """bool (H, W): parts, and the gaps between them that are narrower than twice _GAP."""
    side = 2 * max(1, round(_GAP * eye_line(labels)[2])) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    wide = cv2.copyMakeBorder(parts.astype(np.uint8), side, side, side, side, cv2.BORDER_REPLICATE)
    return cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc)[side:-side, side:-side] > 0


def hanging(labels: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Places x as they would be if hair below the eyes, which hangs straight down, hung along a tilted head."""
    across, down = eye_line(labels)[1]
    return x - down / across * (y - _HANGS).clip(0) if across > _LEVEL else x


def with_own(
    labels: np.ndarray, inside: Callable[[np.ndarray, np.ndarray], np.ndarray], x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """bool (H, W): an outline of hair with the own that stands a little out of it above the eyes.

    A long outline only adds: it falls from where own hair is wide.

    inside: whether places x, y are in the outline
    """
    own, outline = mask_of(labels, ("hair",)), inside(x, y)
    long = inside(np.float32([[-1, 1]]), np.float32([[_LONG, _LONG]])).any()
    wider = 1 + _VOLUME * (1 if long else (-y / _CROWN).clip(0, 1))
    near = own & inside(x / wider, y / wider)
    return outline | own | hull_of(outline | near) & ((np.abs(x) > 1) | (y < 0)) if long else outline | near


def haired(labels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Labels with hair of another outline, bool (H, W), around the face: beside it to the edge of its cheeks.

    Above it hair stays where it grows. What is left of an ear that is hidden goes, and strips between hair and face.
    """
    x, y = upright(labels)
    out, own = bald(labels, x, y), mask_of(labels, ("hair",))
    pose = pose_of(labels, x, y)
    across, down = pose.ahead(x, y)
    grows = own & (down < _HAIRLINE) & (out == IDS["skin"])
    seen = np.where(across > 0, *(pose.turned < _PROFILE)[::-1])
    cheek = seen & (np.abs(across) > _RIM[0] - _RIM[1] * down.clip(0, 1))
    if (own & (np.abs(across) < _FRONT) & (down < _HAIRLINE)).sum() < _SPARSE * eye_line(labels)[2] ** 2:
        low = np.where(seen, 0.2, -_BESIDE)
        cheek |= (((down + 0.1) / 0.85) ** 2 + (across / 1.05) ** 2 > 1) & (down < low)
    seen |= down < _TOP
    over = mask_of(out, ("background", "cloth", "neck", *EARS)) & seen | (out == IDS["skin"]) & cheek
    hair = np.where(grows | inside & over, IDS["hair"], out).astype(np.uint8)
    for name in EARS:
        was, left = (each == IDS[name] for each in (out, hair))
        if left.sum() < _HIDDEN * was.sum():
            hair = without(hair, left, ("background", "hair"))
    joined = between(mask_of(hair, (*FACE, "hair", *EARS)), hair)
    strip = joined & mask_of(hair, ("background",)) & (y < _CHEEK) & seen
    return np.where(strip, IDS["hair"], hair).astype(np.uint8)
