"""Paint hair: moved from where it grows, borrowed from a second photograph, or drawn strand by strand."""

import cv2
import numpy as np

from ..areas import blurred
from ..labels import EARS, mask_of
from ..membrane import quilt
from ..scene import Samples, Scene, around, shading
from ..strands import LUMA, USUAL, Look, alike, below, frayed, look_of, look_of_colour, strands, streaks
from ..surfaces import BLOCK
from .growth import flow_of
from .movement import FACE

_REMEMBERS = 0.5           # eye distances over which new hair forgets how light the old one is beside it
_EDGE = 0.3                # eye distances over which old hair thins out at its edge
_BAND = 0.5                # eye distances: a wider band of new hair is drawn, not moved
_CORE = 0.15               # share of the hair that has to lie this deep inside it
_LOOSE = 0.02              # eye distances by which hairs stand off along the outline
_FRONT = 0.12              # eye distances around hair before a face within which it ends in hairs on it
_LAID, _STRIP = 0.08, 0.3  # eye distances by which such hairs lie on it, within some of what else they hide
_LOCKS = ((0.16, 1.6, 0.4), (0.32, 2.4, 0.55))  # width and length of locks that are lit apart, by which logarithm
_JOINED = 0.5              # by how much less they differ beside hair that is seen
_SHADE, _LIGHT, _NECK = 0.75, 1.12, 0.3  # how light hair is beside the face, at its outer side; darker at the neck
_FEW = 0.05                # squared eye distances of hair from which its look is believed


def hair(scene: Scene, region: np.ndarray) -> None:
    """Hair continued from its own pixels, else from the samples', else drawn strand by strand."""
    whole = scene
    scene, here = whole.near(region | scene.where("hair", *FACE), _EDGE)
    region = region[here]
    known = _inner_hair(scene)
    scene.image[known] = scene.before[known]                  # what was painted behind it does not spill over
    region = region | _rim(scene, region, known)
    flow = flow_of(scene, known)
    picture = None
    if known.sum() > 0.2 * scene.eyes**2:
        picture = _continued(scene, known, region, flow)
    elif scene.samples is not None:
        picture = _borrowed(scene, scene.samples, region, max(6, round(BLOCK * scene.eyes)))
    if picture is None:
        picture = _strands(scene, flow, known)
    alpha = _outline(scene, region, flow)
    alpha *= (2 * scene.soft(region, 0.1)).clip(0, 1)
    whole.covers["hair"] = np.zeros(whole.labels.shape, np.float32)
    whole.covers["hair"][here] = alpha
    _shadow(scene, alpha, known)
    scene.lay(picture.clip(0, 255), alpha)


def _outline(scene: Scene, region: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """How far hair covers what is behind it, float32 (H, W): with loose hairs, but for where it is behind the face."""
    hair, flesh = region | scene.where("hair"), scene.where(*FACE, "neck")
    if scene.own is None or not flesh.any():
        return frayed(hair, flow, scene.eyes, scene.generator, loose=_LOOSE)
    before = _broad(region & mask_of(scene.own.labels, (*FACE, "neck", "cloth")), scene.eyes)
    before = _near(before, _FRONT * scene.eyes)
    hidden = region & mask_of(scene.own.labels, ("background", "cloth", *EARS))   # nothing of it shows beside a cheek
    over = _near(hair, _LAID * scene.eyes) & _near(hidden, _STRIP * scene.eyes) if hidden.any() else hidden
    behind = cv2.dilate((flesh & ~before).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return frayed(hair | behind | flesh & before & over, flow, scene.eyes, scene.generator, loose=_LOOSE)


def _broad(mask: np.ndarray, eyes: float) -> np.ndarray:
    """A mask without narrow rims."""
    side = 2 * max(1, round(_FRONT / 3 * eyes)) + 1
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8)) > 0


def _inner_hair(scene: Scene) -> np.ndarray:
    """Hair away from its rim, where background or skin shows through; all of it where there is little."""
    own = scene.where("hair") if scene.own is None else mask_of(scene.own.labels, ("hair",))
    found = (scene.sure("hair", margin=margin) for margin in (_EDGE / 2, 0.09, 0.03))
    inner = next((each for each in found if each.sum() > _CORE * own.sum()), scene.sure("hair"))
    return alike(scene.before, inner, scene.sure("skin", "nose"), scene.eyes)


def _look(scene: Scene, known: np.ndarray) -> Look:
    """How the hair looks that is here, or was here before; else the samples', else that of one colour."""
    least = _FEW * scene.eyes**2
    for other in (scene.own, scene.samples):
        if other is not None:
            hair = mask_of(other.labels, ("hair",))
            side = max(1, round(0.09 * other.eyes))
            inner = cv2.erode(hair.astype(np.uint8), np.ones((2 * side + 1, 2 * side + 1), np.uint8)) > 0
            inner = alike(other.image, inner, mask_of(other.labels, ("skin",)), other.eyes)
            if inner.sum() > _FEW * other.eyes**2:
                return look_of(other.image, inner, other.eyes)
    if known.sum() > least:
        return look_of(scene.before, known, scene.eyes)
    brows = scene.colour("left brow", "right brow", default=(70, 52, 42))
    return look_of_colour(scene.colour("hair", default=tuple(brows)))


def _rim(scene: Scene, region: np.ndarray, known: np.ndarray) -> np.ndarray:
    """bool (H, W): old hair beside a region that is its edge, was painted over, or is none by its colour."""
    red, green, blue = (layer > 3 for layer in cv2.split(cv2.absdiff(scene.image, scene.before)))
    hair, spilled = scene.where("hair"), red | green | blue
    strange = hair & ~alike(scene.before, hair & ~scene.missing, scene.where("skin", "nose"), scene.eyes)
    near = _near(region, _EDGE * scene.eyes) & (_near(known, _EDGE * scene.eyes) | spilled | strange)
    return hair & ~known & near


def _continued(scene: Scene, known: np.ndarray, region: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Hair moved outwards to a band around it; strands where it grows farther."""
    away = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 3)
    inside = (away < 0.07 * scene.eyes) & ~known              # the region frays a little beyond its outline
    way, far = _outwards(scene, known, inside)
    there = np.stack([scene.x, scene.y], -1) - way * inside[..., None]
    picture = cv2.remap(scene.before, there, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    found = cv2.remap(known.astype(np.uint8), there, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) > 0
    found &= far < _BAND * scene.eyes
    picture = picture + _joining(scene, picture, known, inside & found)
    lost = inside & ~found
    if lost.any():
        alpha = (2 * scene.soft(lost, 0.08)).clip(0, 1)[..., None]
        picture = picture + alpha * (_strands(scene, flow, known) - picture)
    return picture


def _outwards(scene: Scene, known: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The way (H, W, 2) from the hair to each pixel of the band around it, as long as the band is wide; its width."""
    away, nearest = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 5,
                                                    labelType=cv2.DIST_LABEL_PIXEL)
    ends = np.zeros((nearest.max() + 1, 2), np.float32)
    ends[nearest[known]] = np.argwhere(known)[:, ::-1]
    way, width = np.stack([scene.x, scene.y], -1) - ends[nearest], max(1.0, 0.12 * scene.eyes)
    way = blurred((way * inside[..., None]).astype(np.float32), width)
    far = _spread(away * inside, 3 * width)
    return way * ((far + 0.1 * scene.eyes) / (np.linalg.norm(way, axis=2) + 1e-6))[..., None], far


def _joining(scene: Scene, picture: np.ndarray, known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What has to be added for new hair to begin as light as the old: smooth, less and less with distance."""
    rim = known & (cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    near = inside & (cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    blur, ends = max(1.0, 0.06 * scene.eyes), []
    for image, mask in ((scene.before, rim), (picture, near)):
        share = blurred(mask.astype(np.float32), blur)[..., None]
        ends.append(blurred(image * mask[..., None], blur) / np.maximum(share, 1e-5))
    fades = np.exp(-cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3) / (0.12 * scene.eyes))
    lighter = ((ends[0] - ends[1]) @ LUMA).clip(-50, 50)      # of colours, some are the skin's behind
    return (lighter * fades * inside * (share[..., 0] > 1e-4))[..., None].astype(np.float32)


def _near(mask: np.ndarray, width: float) -> np.ndarray:
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) < width


def _spread(depth: np.ndarray, width: float) -> np.ndarray:
    """The largest depth nearby, smooth: how wide the band is that a pixel lies in."""
    small = max(1, round(width / 6))
    level = cv2.resize(depth, None, fx=1 / small, fy=1 / small, interpolation=cv2.INTER_NEAREST)
    level = cv2.GaussianBlur(cv2.dilate(level, np.ones((15, 15), np.uint8)), (0, 0), 4)
    return cv2.resize(level, depth.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _borrowed(scene: Scene, samples: Samples, region: np.ndarray, wide: int) -> np.ndarray | None:
    """Hair from the samples' hair, laid out beside the region as if it had always been there."""
    scale = scene.eyes / samples.eyes
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    source = cv2.resize(samples.image, None, fx=scale, fy=scale, interpolation=method)
    mask = cv2.resize(mask_of(samples.labels, ("hair",)).astype(np.uint8), source.shape[1::-1]) > 0
    mask = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rows, columns = around(region, region, wide)
    height = max(source.shape[0], rows.stop - rows.start)
    joined = [np.zeros((height, source.shape[1] + columns.stop - columns.start, d), np.float32) for d in (3, 1, 1)]
    joined[0][: source.shape[0], : source.shape[1]] = source
    joined[1][: source.shape[0], : source.shape[1], 0] = mask
    joined[2][: rows.stop - rows.start, source.shape[1] :, 0] = region[rows, columns]
    part = quilt(joined[0], joined[1][..., 0] > 0, joined[2][..., 0] > 0, wide, scene.generator)
    if part is None:
        return None
    picture = scene.image.copy()
    picture[rows, columns] = part[: rows.stop - rows.start, source.shape[1] :]
    return picture


def _strands(scene: Scene, flow: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Hair drawn strand by strand: as known hair looks, else in one colour. float32 (H, W, 3)."""
    hair, look = scene.where("hair"), _look(scene, known)
    usual = np.quantile(look.ramp @ LUMA, (0.1, 0.6, 0.9))
    light, near = np.full(hair.shape, usual[1], np.float32), np.float32(0)
    if known.any():                                           # beside known hair it is as light as that
        near = np.exp(-cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3) / (_REMEMBERS * scene.eyes))
        light += near * ((shading(scene, known, hair) @ LUMA).clip(usual[0], usual[2]) - usual[1])
    contrast = min(1.25, float(look.spread.mean() / USUAL.mean())) * (1 - _JOINED * near)
    if scene.own is not None:                                 # a fringe is a single lock
        contrast = contrast * (1 - blurred(mask_of(scene.own.labels, FACE).astype(np.float32), 0.06 * scene.eyes))
    for width, length, share in _LOCKS:
        light *= np.exp(share * contrast * streaks(flow, length, width, scene.eyes, scene.generator).clip(-1.6, 1.6))
    light = below(light * (near + (1 - near) * lit(scene, hair)), float(look.ramp[-1] @ LUMA))
    return strands(flow, look, light, scene.eyes, scene.generator)


def lit(scene: Scene, hair: np.ndarray) -> np.ndarray:
    """How light hair bool (H, W) is, float32 (H, W), 1 as usual: more at its outer side, less beside face and neck."""
    flesh = scene.where(*FACE, "left ear", "right ear"), scene.where("neck")
    face, neck, beyond = (
        np.minimum(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), sum(mask.shape))
        for mask in (*flesh, ~(hair | flesh[0] | flesh[1])))
    inner = np.minimum(face, neck)
    outer = (inner / (inner + beyond + 0.05 * scene.eyes)).astype(np.float32)
    light = (_SHADE + (_LIGHT - _SHADE) * outer) * (1 - _NECK * np.exp(-neck / (0.35 * scene.eyes)))
    if scene.own is not None:                                 # but not where it hangs before the face
        light[hair & mask_of(scene.own.labels, FACE)] = 1
    return blurred(light, max(1.0, 0.06 * scene.eyes))


def _shadow(scene: Scene, alpha: np.ndarray, known: np.ndarray) -> None:
    """Hair that lies on skin darkens it a little, below its edge."""
    width = 0.06 * scene.eyes
    fall = cv2.GaussianBlur(alpha, (0, 0), max(0.6, width))
    fall = cv2.warpAffine(fall, np.array([[1, 0, 0], [0, 1, width]], np.float32), fall.shape[::-1])
    on = _near(scene.where(*FACE), 0.1 * scene.eyes)
    scene.image[:] *= (1 - 0.24 * fall * cv2.GaussianBlur(on.astype(np.float32), (0, 0), 1.5) * (1 - known))[..., None]
