"""Bring a photograph to the labels painted for it: its own pixels move where outlines moved, the rest is painted."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ..areas import bounds
from ..blend import blend as joined
from ..carry import on_pixels
from ..labels import BROWS, IDS, LIPS, mask_of
from ..mouth import OPENED
from ..scene import Samples, Scene
from ..tears import stretch_of
from .drawn import Head
from .eyes import shut_eyes
from .movement import Site, movement, new_ears
from .paint import PAINTERS
from .whiskers import whiskers

AROUND = 1.2
"""Eye distances around what changed that are looked at: there the painters find their textures."""
FADE = 0.3
"""Share of the reach over which the change fades into the photograph."""
JOIN = 0.75
"""Share of the reach beyond which, joined by pyramid or Poisson, the photograph is as it was."""
SHADED, LEAST = ("hair",), 0.02
"""Labels that the learned painter shades, from this many squared eye distances on."""
ANOTHER = 0.6
"""The mean IoU of moved and painted ones from which it is the same mouth."""
WORN = ("eyeglasses", "hat", "earring", "necklace")
BLEED = 0.07
"""Eye distances over which lips and brows show beyond their label."""
SLIVER = 0.012
"""Eye distances: thinner leftovers of a movement are not painted."""
RIM = {"background": 0.1, "cloth": 0.08, "hair": 0.12}
"""Eye distances by which a painted region grows into its like, over the soft rim of what was there; .05 for others."""


def repaint(
    image: np.ndarray, old: np.ndarray, new: np.ndarray, eyes: float, feather: float, seed: int,
    samples: Samples | None = None, colours: dict[str, np.ndarray] | None = None, fine: bool = True,
    blend: str = "feather", head: Callable[[], Head] | None = None, still: np.ndarray | None = None,
    beard: np.ndarray | None = None,
) -> np.ndarray:
    """The photograph as its new labels ask; pixels beyond the feather from a changed label stay bit for bit.

    image: uint8 (H, W, 3);  old, new: uint8 (H, W);  eyes: pixels between the eyes;  feather: in eye distances
    blend: how the change meets the photograph (see `editors.blend`)
    head:  gives the head as the learned painter draws it, asked only where that is needed
    still: bool (H, W), what does not move: hands before the face
    beard: bool (H, W), hair that is one
    """
    changed = old != new
    if not changed.any():
        return image
    rows, columns = _window(changed, (feather + AROUND) * eyes)
    part = np.ascontiguousarray(image[rows, columns])
    kept, beard = (None if mask is None else mask[rows, columns] for mask in (still, beard))
    site = Site(part, old[rows, columns], new[rows, columns], eyes, feather * eyes, kept, beard)
    moved, labels = _moved(replace(site, new=_under(site)), fine)
    missing = _missing(site, labels) | _anew(replace(site, new=_under(site)), labels)
    drawn, covers = _painted(site, moved, missing, seed, samples, colours or {})
    if head is not None:
        drawn = _shaded(drawn, covers, site, missing, (columns.start, rows.start), head)
    out = image.copy()
    out[rows, columns] = _kept(part, drawn, site, blend)
    return out


def _window(changed: np.ndarray, margin: float) -> tuple[slice, slice]:
    rows, columns = np.nonzero(changed.any(1))[0], np.nonzero(changed.any(0))[0]
    m = int(np.ceil(margin))
    return (slice(max(0, rows[0] - m), min(changed.shape[0], rows[-1] + m + 1)),
            slice(max(0, columns[0] - m), min(changed.shape[1], columns[-1] + m + 1)))


def _under(site: Site) -> np.ndarray:
    """The new labels with what lay there before under a beard and things that are put on, which move nothing."""
    over = mask_of(site.new, WORN) & ~mask_of(site.old, WORN)
    return np.where(over if site.beard is None else over | site.beard, site.old, site.new)


def _moved(site: Site, fine: bool) -> tuple[np.ndarray, np.ndarray]:
    """The picture and its labels after the movement."""
    coarse = movement(site)
    if not coarse.any():
        return site.image, site.old
    height, width = site.old.shape
    step = width / coarse.shape[1]
    shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    here = np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), -1)
    labels = cv2.remap(site.old, here + shift, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    if fine:
        stretch = cv2.resize(stretch_of(coarse) / np.float32(step), (width, height), interpolation=cv2.INTER_LINEAR)
        shift = on_pixels(shift, stretch)
    moves, picture = (shift[..., 0] != 0) | (shift[..., 1] != 0), site.image
    if moves.any():
        part, method = bounds(moves), cv2.INTER_LANCZOS4 if fine else cv2.INTER_LINEAR
        picture = picture.copy()
        picture[part] = cv2.remap(site.image, (here + shift)[part], None, method, borderMode=cv2.BORDER_REPLICATE)
    return picture, labels


def _missing(site: Site, labels: np.ndarray) -> np.ndarray:
    """bool (H, W): what no movement has brought, but for slivers; labels are those after the movement."""
    thin = max(3, 2 * round(SLIVER * site.eyes) + 1)
    missing = cv2.morphologyEx((labels != site.new).astype(np.uint8), cv2.MORPH_OPEN, np.ones((thin, thin), np.uint8))
    return (missing > 0) & (labels != site.new)


def _anew(site: Site, labels: np.ndarray) -> np.ndarray:
    """bool (H, W): features that are drawn anew as a whole, with what they leave behind."""
    return (_mouth_anew(site, labels) | _opened(site) | _brows_anew(site) | shut_eyes(site.old, site.new, site.eyes)
            | mask_of(site.new, new_ears(site.old, site.new, site.eyes)))


def _opened(site: Site) -> np.ndarray:
    """bool (H, W): the inside of a mouth that opened so far that its teeth would be drawn long."""
    old, new = (labels == IDS["mouth"] for labels in (site.old, site.new))
    grown = new.sum(0).max() > OPENED[0] * old.sum(0).max()
    return new & bool(grown and (new & site.changed).any())


def _brows_anew(site: Site) -> np.ndarray:
    """bool (H, W): brows whose outline changed, and what they leave behind."""
    anew = np.zeros_like(site.changed)
    for name in BROWS:
        old, new = site.old == IDS[name], site.new == IDS[name]
        if ((old | new) & site.changed).sum() > SLIVER * site.eyes**2:
            anew |= new | (cv2.distanceTransform((~old).astype(np.uint8), cv2.DIST_L2, 5) < BLEED * site.eyes)
    return anew & mask_of(site.new, (*BROWS, "skin"))


def _mouth_anew(site: Site, labels: np.ndarray) -> np.ndarray:
    """bool (H, W): lips, mouth and what they leave behind, where no movement makes the one mouth of the other."""
    if not mask_of(site.new, LIPS).any():                                  # painted out, with what shows beside it
        was = cv2.distanceTransform((~mask_of(site.old, LIPS)).astype(np.uint8), cv2.DIST_L2, 5)
        return (was < BLEED * site.eyes) & (site.new == IDS["skin"]) & mask_of(site.old, LIPS).any()
    pairs = [(labels == IDS[name], site.new == IDS[name]) for name in LIPS]
    shares = [(a & b).sum() / (a | b).sum() for a, b in pairs if (a | b).any()]
    if (site.changed & mask_of(site.new, LIPS)).sum() == 0 or np.mean(shares) > ANOTHER:
        return np.zeros_like(site.changed)
    parts = mask_of(site.new, LIPS) | mask_of(site.old, LIPS)
    near = cv2.distanceTransform((~parts).astype(np.uint8), cv2.DIST_L2, 5) < BLEED * site.eyes
    return near & mask_of(site.new, (*LIPS, "skin"))


def _shaded(
    drawn: np.ndarray, covers: dict[str, np.ndarray], site: Site, missing: np.ndarray, corner: tuple[int, int],
    head: Callable[[], Head],
) -> np.ndarray:
    """What was painted with the light that the learned painter gives it, for labels that it draws better."""
    for name in SHADED:
        here = missing & (site.new == IDS[name]) & (True if site.beard is None else ~site.beard)
        if here.sum() > LEAST * site.eyes**2:
            drawn = head().shaded(drawn, here, covers.get(name, here), corner, name, 0.02 * site.eyes)
    return drawn


def _painted(
    site: Site, moved: np.ndarray, missing: np.ndarray, seed: int, samples: Samples | None, colours: dict
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The moved picture with what is missing painted from back to front, float32 (H, W, 3); what covers how much."""
    picture = moved.astype(np.float32)
    if not missing.any():
        return picture, {}
    generator = np.random.default_rng(seed)
    own = Samples(site.image.astype(np.float32), site.old, site.eyes)
    scene = Scene(picture.copy(), site.new, missing, picture, site.eyes, generator, samples, colours, own)
    front = missing.copy()
    for name, paint in PAINTERS.items():
        here = missing & (site.new == IDS[name])
        if name == "hair" and site.beard is not None:
            here &= ~site.beard                                            # it stands on the skin that is there
        front &= ~here
        if here.any():
            away = cv2.distanceTransform((~here).astype(np.uint8), cv2.DIST_L2, 3)
            near = away <= RIM.get(name, 0.05) * site.eyes
            paint(scene, here | near & ((site.new == IDS[name]) | front))
    if site.beard is not None:
        whiskers(scene, site.beard)
    return scene.image, scene.covers


def _kept(before: np.ndarray, after: np.ndarray, site: Site, blend: str) -> np.ndarray:
    """The picture after, joined to the one before towards the reach's end: uint8."""
    away = cv2.distanceTransform((~site.changed).astype(np.uint8), cv2.DIST_L2, 5)
    if blend != "feather":
        drawn = np.round(after).clip(0, 255).astype(np.uint8)
        # What was taken away must not shine through from coarse levels: only the rim of what was there counts.
        rim = np.where((away <= (JOIN - FADE) * site.reach)[..., None], drawn, before)
        return joined(rim, drawn, away <= JOIN * site.reach, blend, FADE * site.reach)
    share = ((site.reach - away) / max(FADE * site.reach, 1e-6)).clip(0, 1)[..., None]
    share = np.where(away[..., None] >= site.reach, np.float32(site.reach == 0) * site.changed[..., None], share)
    mixed = np.round(before + share * (after - before)).clip(0, 255).astype(np.uint8)
    return np.where(share > 0, mixed, before)


