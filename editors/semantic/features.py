"""Draw features where a face has none yet: a brow, lips, the inside of a mouth."""

from collections.abc import Callable

import cv2
import numpy as np

from ..areas import step_between
from ..labels import BROWS, IDS, NAMES, mask_of
from ..mouth import ENAMEL, FOCUS, KEPT, OPENED, inside_of_mouth
from ..scene import SKIN, Samples, Scene, detail, lit_skin, shading
from ..strands import streaks

BESIDE = 0.4
"""Eye distances around brows that are looked at: there is skin to continue."""
FEW = 0.008
"""Squared eye distances of a part from which it is carried over, not drawn."""
INNER = 0.08
"""Share of a part at its edge that is left behind, since its neighbours show there."""


def brow(scene: Scene, region: np.ndarray) -> None:
    """A brow on bare skin: the photograph's own hairs drawn to the new outline, else short strokes."""
    scene, here = scene.near(region | scene.where(*BROWS, "nose"), BESIDE)
    region = region[here]
    name = max(BROWS, key=lambda each: (region & scene.where(each)).sum())
    known = lit_skin(scene, 0.05)
    if known.any():
        hidden = region if scene.own is None else region & ~mask_of(scene.own.labels, SKIN)
        bare = shading(scene, known, region | scene.where(*SKIN)) + detail(scene, known)
        scene.lay(bare.clip(0, 255), scene.soft(hidden, 0.05))
    hairs = carried(scene, name, _darkness, smooth=0.12)
    if hairs is None:
        _strokes(scene, region & scene.where(name))
        return
    own = (scene.own.labels == IDS[name]).sum() if scene.own else 1
    spread = np.clip(scene.where(name).sum() / max(1, own) - 1, 0, 1)            # few hairs on much skin need company
    hairs = hairs * (1 + 0.4 * spread * _streaks(scene, region).clip(-1.5, 1.5))[..., None]
    share = (1.7 * scene.soft(scene.where(name), 0.1)).clip(0, 1) * (2 * scene.soft(region, 0.03)).clip(0, 1)
    scene.image[:] *= np.exp(hairs.clip(-3, 0) * share[..., None])


def _outwards(scene: Scene, region: np.ndarray) -> np.ndarray:
    """The way hairs of a brow lie, unit vectors (H, W, 2): away from the middle of the face and up."""
    side = np.sign(np.nonzero(region.any(0))[0].mean() - scene.x.mean()) or 1
    return np.broadcast_to(np.array([side, -0.5], np.float32) / 1.118, (*region.shape, 2))


def _streaks(scene: Scene, region: np.ndarray) -> np.ndarray:
    """Noise drawn out along the hairs of a brow, float32 (H, W), variance 1."""
    return streaks(_outwards(scene, region), 0.12, 0.007, scene.eyes, scene.generator)


def _darkness(source: Samples) -> np.ndarray:
    """Log share of the skin's light that a picture's brows leave, float32 (H, W, 3), 0 and less."""
    scene = Scene(source.image, source.labels, source.labels > len(NAMES), source.image, source.eyes,
                  np.random.default_rng(0))
    known = lit_skin(scene, 0.06)
    bare = shading(scene, known, scene.where(*SKIN, *BROWS)) if known.any() else source.image
    return np.log((source.image + 6) / (bare + 6)).clip(-3, 0).astype(np.float32)


def _strokes(scene: Scene, region: np.ndarray) -> None:
    """A brow of short strokes in the colour of the other one, or of the hair."""
    colour = scene.colour(*BROWS)
    if not scene.where(*BROWS).any() or colour.sum() > 600:
        colour = scene.colour("hair", default=(80, 60, 50))
    flesh = scene.colour(*SKIN, default=(200, 160, 140))
    if colour.mean() > 0.75 * flesh.mean():                       # brows that are hardly seen say little of their hairs
        colour = flesh * (0.6, 0.54, 0.48)
    light = np.exp(0.25 * _streaks(scene, region).clip(-2, 1))[..., None]
    scene.lay((colour * light).clip(0, 255), 0.9 * scene.soft(region, 0.05))


def lips(scene: Scene, region: np.ndarray) -> None:
    """Lips: the photograph's own, drawn to their new outline, else of their colour; where they meet they are dark."""
    flesh = scene.colour(*SKIN, default=(200, 160, 140))
    colour = scene.colour("lower lip", "upper lip", default=tuple(flesh * (0.82, 0.6, 0.62)))
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    round_ = (depth / (depth.max() + 1e-6)) ** 0.7
    upper, lower = scene.where("upper lip"), scene.where("lower lip")
    light = np.where(lower, 0.88 + 0.24 * round_, 0.84 + 0.12 * round_) * (1 + 0.02 * scene.noise(0.015))
    picture = colour * light[..., None]
    for name, here in (("upper lip", upper), ("lower lip", lower)):
        own = carried(scene, name)
        if own is not None:
            near = cv2.dilate(here.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            picture = np.where(here[..., None] | (near & ~upper & ~lower)[..., None], own, picture)
    if (region & (upper | lower)).sum() > 0.5 * (upper | lower).sum():             # all of them, not a sliver
        picture = picture * (1 - _seam(scene, upper, lower)[..., None] * (0.34, 0.46, 0.42))
    scene.lay(picture.clip(0, 255).astype(np.float32), scene.soft(region, 0.03))


def _seam(scene: Scene, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Where two lips meet: 1 on the line between them, 0 from a little away from it on. float32 (H, W)."""
    if not upper.any() or not lower.any():
        return np.zeros(upper.shape, np.float32)
    meet = sum(cv2.distanceTransform((~each).astype(np.uint8), cv2.DIST_L2, 5) for each in (upper, lower))
    meet = cv2.GaussianBlur(meet, (0, 0), max(0.7, 0.012 * scene.eyes))
    return np.exp(-((meet - 1).clip(0) / max(1.2, 0.02 * scene.eyes)) ** 2)


def _source(scene: Scene, name: str) -> Samples | None:
    """The photograph, or the second one, that shows enough of a part for it to be carried over."""
    return next((each for each in (scene.own, scene.samples) if each is not None and (
        each.labels == IDS[name]).sum() > FEW * each.eyes**2), None)


def carried(
    scene: Scene, name: str, taken: Callable[[Samples], np.ndarray] = lambda source: source.image,
    smooth: float = 0.03, longest: float = np.inf,
) -> np.ndarray | None:
    """The photograph's own part, float32 (H, W, 3), drawn to its new outline, column by column; None without one.

    taken:  gives what is drawn, (H, W, 3), from the picture that shows the part
    smooth: eye distances within which the outlines' bends are no bends
    longest: pixels that it may be drawn to downwards
    """
    source = _source(scene, name)
    if source is None or not scene.where(name).any():
        return None
    (first, last, top, bottom), old = _span(scene.where(name), smooth * scene.eyes), _span(
        source.labels == IDS[name], smooth * source.eyes)
    share = INNER + (1 - 2 * INNER) * ((np.arange(len(top)) - first) / max(1, last - first)).clip(0, 1)
    column = old[0] + share * (old[1] - old[0])
    above, below = (np.interp(column, np.arange(len(line)), line) for line in old[2:])
    down = INNER + (1 - 2 * INNER) * ((scene.y - top) / (bottom - top).clip(1, max(1, longest))).clip(-0.2, 1.2)
    rows = above + down * np.maximum(below - above, 1)
    columns = np.broadcast_to(column, rows.shape)
    return cv2.remap(taken(source), columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_CUBIC,
                     borderMode=cv2.BORDER_REPLICATE)


def _span(mask: np.ndarray, blur: float) -> tuple[int, int, np.ndarray, np.ndarray]:
    """First and last column of a mask, and its upper and lower edge (W,) in each, smooth."""
    columns = np.nonzero(mask.any(0))[0]
    every, lines = np.arange(mask.shape[1]), (mask.argmax(0), len(mask) - 1 - mask[::-1].argmax(0))
    lines = [np.interp(every, columns, line[columns]).astype(np.float32)[None] for line in lines]
    smooth = [cv2.GaussianBlur(line, (0, 0), max(0.5, blur), borderType=cv2.BORDER_REPLICATE)[0] for line in lines]
    return columns[0], columns[-1], smooth[0], smooth[1]


def mouth(scene: Scene, region: np.ndarray) -> None:
    """The inside of a mouth: the photograph's own, its teeth as large as they were, or as mouths are."""
    inside, source = scene.where("mouth"), _source(scene, "mouth")
    (first, last, top, bottom), eyes = _span(inside, 0.03 * scene.eyes), scene.eyes
    gap, depth = np.maximum(bottom - top, 1), (scene.y - top).clip(0)
    share, opened = np.zeros(inside.shape, np.float32), 0.0
    if source is not None:
        was = _span(source.labels == IDS["mouth"], 0.03 * source.eyes)
        tall = float((was[3] - was[2])[was[0] : was[1] + 1].max()) * eyes / source.eyes
        share, opened = depth / max(1.0, tall), float(gap[first : last + 1].max()) / max(1.0, tall)
    if source is None or opened > OPENED[0]:
        teeth = np.float32(ENAMEL) if source is None else _brightest(source.image[source.labels == IDS["mouth"]])
        along = ((scene.x - first) / max(1, last - first)).clip(0, 1)
        level = float(scene.colour(*SKIN, default=(200, 160, 140)).mean())
        drawn = inside_of_mouth(along, depth / eyes, np.broadcast_to(gap / eyes, depth.shape), (last - first) / eyes,
                                teeth, level)
        picture = cv2.GaussianBlur(drawn, (0, 0), max(0.9, FOCUS * eyes))
        if source is not None:
            own = carried(scene, "mouth", longest=float(tall))
            picture += (1 - step_between(share, *KEPT))[..., None] * (own - picture)
            stretched = 1 - float(step_between(np.float32(opened), *OPENED))
            picture += stretched * (carried(scene, "mouth") - picture)
    else:
        picture = carried(scene, "mouth")
    scene.lay(picture.clip(0, 255).astype(np.float32), scene.soft(region, 0.02))


def _brightest(pixels: np.ndarray) -> np.ndarray:
    """The colour (3,) of the brighter of pixels (N, 3): of teeth, in a mouth."""
    light = pixels.sum(1)
    return pixels[light >= np.percentile(light, 75)].mean(0).astype(np.float32)
