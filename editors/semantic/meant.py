"""What a painted label map means: a thick brush says what is wanted, and not each pixel of it.

Maps of a careful hand stay as they were painted. In others a left brow to the right of a nose is a right one, what was
nearly painted out goes altogether, hair that is taken away bares the scalp and no hole through the head, strokes of it
beside a face are long hair, a face has no holes, and what is put on is put on whole.
"""

import cv2
import numpy as np

from ..areas import bounds
from ..labels import BROWS, EARS, EYES, IDS, LIPS, mask_of
from .haircut import haircut_meant
from .heads import bald, between, skull
from .mouths import mouth_meant
from .movement import FACE
from .painting import Painting, disc
from .parts import eye_line, without
from .things import glasses_meant, hat_meant

AROUND = 1.8
"""Eye distances around what was painted, and around the eyes, that are looked at."""
FEWEST = 0.0055
"""Squared eye distances: what differs by less is left as it was painted."""
WHOLE = (("left brow",), ("right brow",), ("left eye",), ("right eye",), ("left ear",), ("right ear",), ("nose",),
         ("eyeglasses",), ("hat",), LIPS)
"""Parts that are there or are not."""
BARE = ("skin", "nose", "background", "neck", "cloth")
"""What parts are painted out with."""
REST, SCRAP, THIN = 0.4, 0.15, 0.03
"""Share of a part that is left over when it was painted out, if it is less than the second or thinner, in eye
distances, than the third."""
BEHIND = ("background", "neck", "cloth", "hat", "left ear", "right ear")
"""What a face has no holes of."""
HEAD = (*FACE, "left ear", "right ear")
"""What is left as it was where hair was rubbed away beside it."""
FULLER, NOTCH, ROUND = 0.07, 0.2, 0.4
"""Eye distances: half of what a face is grown by before it is rounded, half the width of notches that are filled then,
and the radius of the outline at the least."""
CHIN = 1.3
"""Eye distances below the eyes: below this line skin that is painted on clothes is a neckline."""
ISLAND, STRIP, MOST, NEARER, NEAR = 0.12, 0.05, 0.4, 0.6, 0.2
"""Share of a face that is cut off from it and goes, too, as do strips of half this width, in eye distances; share of a
stroke from which it was for hair, or for a face; how far hair may be for it to be what shows beside a face; how far, in
eye distances, what is cut off lies at the most from what cuts it."""
LOBES = 0.3
"""Eye distances below the eyes: above this line hair that is taken away bares the head."""
CROWN, STEP, TURNS = -0.3, 0.02, 720
"""Eye distances below the eyes where the middle of a head is, from step to step away from it, and steps around it."""
LOCK, FOREHEAD = 0.03, -0.3
"""Squared eye distances of a lock, or a strip of skin; eye distances below the eyes: a lock that is painted above this
line hangs from the hair of the head, and what is rubbed away there is hair."""


def meant(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The labels uint8 (H, W) that were meant where old ones were painted over with new ones."""
    known = next((each for each in (old, new) if all((each == IDS[eye]).any() for eye in EYES)), None)
    if known is None or (old == new).all():
        return new
    middle, along, eyes = eye_line(known)
    here = bounds((old != new) | mask_of(known, EYES), round(AROUND * eyes))
    y, x = np.indices(new[here].shape)
    x, y = x + here[1].start - middle[0], y + here[0].start - middle[1]
    painting = Painting(old[here], new[here], (x * along[0] + y * along[1]) / eyes,
                        (y * along[0] - x * along[1]) / eyes, eyes)
    for rule in (_sided, _whole, _bared, _closed, _opened, _rounded, _hanging, haircut_meant, hat_meant, glasses_meant,
                 mouth_meant):
        painting = rule(painting)
    if (painting.new != new[here]).sum() < FEWEST * eyes**2:
        return new
    out = new.copy()
    out[here] = painting.new
    return out


def _sided(painting: Painting) -> Painting:
    """With the other one of a pair where all of a stroke lies on the other side of a face: left is the person's."""
    out = painting.new.copy()
    for left, right in (EYES, BROWS, EARS):
        for name, other, there in ((left, right, painting.x > 0), (right, left, painting.x < 0)):
            painted = painting.now(name) & ~painting.was(name)
            _, parts = cv2.connectedComponents(painted.astype(np.uint8))
            out[painted & ~np.isin(parts, parts[there])] = IDS[other]
    return painting.painted(out)


def _whole(painting: Painting) -> Painting:
    """Without what is left of parts that were painted out."""
    for names in WHOLE:
        was, rest = painting.was(*names), painting.now(*names)
        over = was & painting.now(*BARE)                                    # and not below hair or glasses
        if not rest.any() or (rest & ~was).any() or over.sum() < (1 - REST) * was.sum():
            continue
        deep = cv2.distanceTransform(rest.astype(np.uint8), cv2.DIST_L2, 5).max()
        if rest.sum() < SCRAP * was.sum() or deep < THIN * painting.eyes + 0.8:
            labels = tuple(name for name in BARE if (over & painting.now(name)).any())
            painting = painting.painted(without(painting.new, rest, labels))
    return painting


def _bared(painting: Painting) -> Painting:
    """With scalp where hair was taken away before it, and no skin where hair stood out from the head."""
    hair = painting.was("hair") & painting.now("background", "skin")
    if not hair.any():
        return painting
    gone = hair | painting.was(*HEAD) & painting.now("background")
    whole = np.where(gone, painting.old, painting.new)
    bared = gone & np.isin(*_before_face(painting, gone, hair))
    head, half = skull(whole, painting.x, painting.y)
    gap = between(mask_of(whole, HEAD), whole)                              # beside an ear there is a face
    scalp = bared & hair & (head & (painting.y < LOBES) | gap)
    chin = half * (1 - 0.5 * (painting.y - 0.9).clip(0, 1))
    cheek = painting.now("skin") & (np.abs(painting.x) < chin) & (painting.y > 0)
    beyond = bared & hair & ~scalp & ~cheek
    painting = painting.painted(np.where(bared & ~hair, painting.old, painting.new)).with_label(scalp, "skin")
    painting = painting.with_label(beyond & _around_head(painting), "hair")
    painting = painting.with_label(_tufts(painting, scalp), "skin")
    if all((whole == IDS[eye]).any() for eye in EYES):
        whole = bald(whole, painting.x, painting.y)
        painting = painting.painted(np.where(beyond & painting.now("skin"), whole, painting.new))
    return painting


def _before_face(painting: Painting, gone: np.ndarray, hair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is gone, bool (H, W), in parts, int (H, W), and those that were mostly hair and lay before a face."""
    _, parts = cv2.connectedComponents(gone.astype(np.uint8))
    face, behind = (_grown(mask & ~gone, 1) for mask in (painting.now(*FACE), painting.now("background")))
    trimmed = np.setdiff1d(parts[gone & behind], parts[gone & face])        # from outside: hair is left before it
    return parts, np.setdiff1d(_mostly(parts, hair | gone & (painting.y < FOREHEAD)), trimmed)


def _tufts(painting: Painting, scalp: np.ndarray) -> np.ndarray:
    """bool (H, W): hair that is left on a face, with skin all around it, beside a scalp bool (H, W) that was bared."""
    _, parts, found, _ = cv2.connectedComponentsWithStats(painting.now("hair").astype(np.uint8))
    beside = np.unique(parts[_grown(scalp, 1)])
    outside = np.unique(parts[_grown(painting.now("background", "neck", "cloth") | _rim(parts.shape), 1)])
    small = np.flatnonzero(found[:, cv2.CC_STAT_AREA] < scalp.sum())
    return np.isin(parts, np.setdiff1d(np.intersect1d(beside, small), [0, *outside]))


def _rim(shape: tuple[int, int]) -> np.ndarray:
    rim = np.ones(shape, bool)
    rim[1:-1, 1:-1] = False
    return rim


def _around_head(painting: Painting) -> np.ndarray:
    """bool (H, W): where there is hair farther from the middle of the head."""
    away = np.hypot(painting.x, painting.y - CROWN)
    row, column = np.unravel_index(np.argmin(away), away.shape)
    reach = float(np.hypot(*away.shape))
    around = (float(column), float(row)), reach
    size = (max(8, round(reach / STEP / painting.eyes)), TURNS)
    hair = cv2.warpPolar(painting.now("hair").astype(np.uint8), size, *around, cv2.WARP_FILL_OUTLIERS)
    inside = np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1]
    return cv2.warpPolar(inside, away.shape[::-1], *around, cv2.WARP_INVERSE_MAP | cv2.WARP_FILL_OUTLIERS) > 0


def _mostly(parts: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The numbers of parts, int (H, W), that are in a mask for the most."""
    of_parts = np.bincount(parts.ravel())
    return np.flatnonzero(np.bincount(parts[mask], minlength=len(of_parts)) > MOST * of_parts)


def _beside(painting: Painting, gone: np.ndarray) -> Painting:
    """With what is nearest to what is gone, bool (H, W); hair only where that is much nearer."""
    out, left = without(painting.new, gone, ("background", "neck", "cloth")), painting.now("hair") & ~gone
    if not gone.any() or not left.any():
        return painting.painted(out)
    away = [cv2.distanceTransform((~(mask & ~gone)).astype(np.uint8), cv2.DIST_L2, 5)
            for mask in (left, painting.now("background", "neck", "cloth"))]
    return painting.painted(np.where(gone & (away[0] < NEARER * away[1]), np.uint8(IDS["hair"]), out))


def _closed(painting: Painting) -> Painting:
    """With a face that has no holes, and shows what is beside it where it was cut narrower."""
    lost, face = painting.now(*BEHIND) & painting.was(*FACE), painting.now(*FACE)
    if not lost.any() or face.sum() < 0.5 * painting.was(*FACE).sum():
        return painting
    lost |= painting.now("background") & painting.was("neck", "hair")
    core = cv2.morphologyEx(face.astype(np.uint8), cv2.MORPH_OPEN, disc(STRIP * painting.eyes))
    _, parts, found, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
    areas = found[1:, cv2.CC_STAT_AREA]
    whole = np.isin(parts, 1 + np.flatnonzero(areas >= ISLAND * areas.max(initial=0)))
    near = cv2.distanceTransform((~lost).astype(np.uint8), cv2.DIST_L2, 5) < NEAR * painting.eyes
    cut = face & ~whole & painting.was(*FACE) & near
    _, parts = cv2.connectedComponents(cut.astype(np.uint8))
    cut &= np.isin(parts, _mostly(parts, _grown(lost, max(1, round(2 * STRIP * painting.eyes)))))
    cut &= cut.sum() > LOCK * painting.eyes**2
    _, parts = cv2.connectedComponents((lost | cut).astype(np.uint8))
    cutting = np.isin(parts, _mostly(parts, painting.was(*FACE) & (lost | cut))) & (parts > 0)
    holes = cutting & ~np.isin(parts, np.unique(parts[_grown(~(face | lost), 1) & cutting]))
    painting = painting.painted(np.where(holes, painting.old, painting.new))
    return _beside(painting, cutting & ~holes & (cut | painting.now("background")))


def _opened(painting: Painting) -> Painting:
    """With a neckline that reaches down to skin that was painted on clothes below it."""
    drawn = painting.now("neck", "skin") & painting.was("cloth") & (painting.y > CHIN)
    if not drawn.any():
        return painting
    over = drawn | painting.now("skin") & painting.was("neck") & (painting.y > CHIN)
    _, parts = cv2.connectedComponents(over.astype(np.uint8))
    over &= ~np.isin(parts, np.unique(parts[over & _grown(painting.was(*FACE), 1)]))  # that is a longer chin
    low = np.maximum.accumulate(drawn[::-1], axis=0)[::-1]                  # in columns: a head is nearly upright
    high = np.maximum.accumulate(painting.was("neck", "skin"), axis=0)
    return painting.with_label(over | low & high & painting.now("cloth"), "neck")


def _rounded(painting: Painting) -> Painting:
    """With a round outline where a face was painted longer or wider with a thick brush."""
    grown = painting.now("skin") & painting.was("neck", "background", "cloth") & (painting.y > 0.2)
    _, parts = cv2.connectedComponents(grown.astype(np.uint8))
    grown &= np.isin(parts, np.unique(parts[_grown(painting.was(*FACE), 2)]))
    deep = cv2.distanceTransform(grown.astype(np.uint8), cv2.DIST_L2, 5)
    if deep.max(initial=0) < FULLER * painting.eyes:
        return painting
    face = painting.now(*FACE) & (painting.was(*FACE) | grown)
    wide = cv2.copyMakeBorder(face.astype(np.uint8), *[round(painting.eyes)] * 4, cv2.BORDER_REPLICATE)
    wide = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc(NOTCH * painting.eyes))
    wide = cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc(ROUND * painting.eyes))
    side = round(painting.eyes)
    wide = wide[side:-side, side:-side] > 0
    painting = painting.painted(np.where(grown & ~wide, painting.old, painting.new))
    near = _grown(grown, max(1, round(NOTCH * painting.eyes)))
    return painting.with_label(wide & near & painting.now("neck", "background", "cloth"), "skin")


def _hanging(painting: Painting) -> Painting:
    """With hair that was painted on a forehead hanging from that above it."""
    drawn = painting.now("hair") & painting.was(*FACE) & (painting.y < FOREHEAD)
    _, parts, found, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8))
    drawn &= np.isin(parts, np.flatnonzero(found[:, cv2.CC_STAT_AREA] > LOCK * painting.eyes**2))
    below = np.maximum.accumulate(drawn[::-1], axis=0)[::-1]                # in columns: a head is nearly upright
    above = below & painting.now("skin") & painting.was("skin") & (painting.y < FOREHEAD)
    return painting.with_label(above, "hair")


def _grown(mask: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0
