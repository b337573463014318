"""Paint hair: moved from where it grows, borrowed from a second photograph, or drawn strand by strand."""

import cv2
import numpy as np

from .fill import quilt
from .movement import FACE, mask_of
from .scene import SKIN, Samples, Scene, around, blurred, shading

BLOCK = 0.32
"""Side of a quilted patch in eye distances."""


def hair(scene: Scene, region: np.ndarray) -> None:
    """Hair continued from its own pixels, else from the samples', else drawn strand by strand."""
    known, flow = _inner_hair(scene), flow_of(scene)
    picture = None
    if known.sum() > 0.2 * scene.eyes**2:
        picture = _continued(scene, known, region)
    elif scene.samples is not None:
        picture = _borrowed(scene, scene.samples, region, max(6, round(BLOCK * scene.eyes)))
    if picture is None:
        picture = _strands(scene, flow)
    alpha = _ragged(scene, region, flow)
    _shadow(scene, alpha, known)
    scene.lay(picture.clip(0, 255), alpha)


def _inner_hair(scene: Scene) -> np.ndarray:
    """Hair away from its rim, where background or skin shows through; all of it where there is little."""
    inner = scene.sure("hair", margin=0.09)
    return inner if inner.sum() > 0.2 * scene.eyes**2 else scene.sure("hair")


def _continued(scene: Scene, known: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Hair moved to where it shall grow, from above or from the head outwards; strands where that is none."""
    away = cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 3)
    inside = (away < 0.07 * scene.eyes) & ~known              # the region frays a little beyond its outline
    there = np.stack([scene.x, scene.y], -1) - _outwards(scene, known, inside) * inside[..., None]
    falls = _falling(known, inside)
    there = np.where(falls[..., None], _from_above(scene, known, falls), there).astype(np.float32)
    picture = cv2.remap(scene.before, there, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    found = cv2.remap(known.astype(np.uint8), there, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) > 0
    lost = inside & ~found
    if lost.any():
        alpha = (2 * scene.soft(lost, 0.08)).clip(0, 1)[..., None]
        picture = picture + alpha * (_strands(scene, flow_of(scene), known) - picture)
    return picture + _joining(scene, picture, known, inside)


def _outwards(scene: Scene, known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The way (H, W, 2) from the hair to each pixel of the band around it, as long as the band is wide."""
    away, nearest = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 5,
                                                    labelType=cv2.DIST_LABEL_PIXEL)
    ends = np.zeros((nearest.max() + 1, 2), np.float32)
    ends[nearest[known]] = np.argwhere(known)[:, ::-1]
    way, width = np.stack([scene.x, scene.y], -1) - ends[nearest], max(1.0, 0.12 * scene.eyes)
    way = blurred((way * inside[..., None]).astype(np.float32), width)
    far = _spread(away * inside, 3 * width)
    return way * ((far + 0.1 * scene.eyes) / (np.linalg.norm(way, axis=2) + 1e-6))[..., None]


def _falling(known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """bool (H, W): patches of new hair that hang from the hair above them."""
    _, parts = cv2.connectedComponents(inside.astype(np.uint8))
    below = np.maximum.accumulate(known, axis=0) & inside
    size = np.bincount(parts.ravel())
    hanging = np.bincount(parts[below], minlength=len(size)) > 0.6 * size
    return hanging[parts] & inside


def _from_above(scene: Scene, known: np.ndarray, falls: np.ndarray) -> np.ndarray:
    """Where hair that falls comes from (H, W, 2): as much higher up as it hangs down, drawn out where that is short."""
    columns = np.nonzero(falls.any(0))[0]
    if not len(columns):
        return np.zeros((*falls.shape, 2), np.float32)
    top, bottom = falls.argmax(0), len(falls) - falls[::-1].argmax(0)
    above = known & (np.arange(len(known))[:, None] < top)
    first = np.where(above.any(0), above.argmax(0), top)
    lines = np.stack([first, top, bottom]).astype(np.float32) * falls.any(0)
    weight = falls.any(0).astype(np.float32)[None]
    blur = max(1.0, 0.12 * scene.eyes)
    lines, weight = (cv2.GaussianBlur(line, (0, 0), blur, sigmaY=1e-3) for line in (lines, weight))
    first, top, bottom = (line[None] for line in lines / (weight + 1e-6))
    margin, height = 0.04 * scene.eyes, np.maximum(bottom - top, 1)
    draw = np.minimum(1, 0.9 * (top - first - margin).clip(1) / height)
    return np.stack([scene.x, top - margin - (bottom - scene.y) * draw], -1)


def _joining(scene: Scene, picture: np.ndarray, known: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What has to be added for new hair to begin in the colour of the old: smooth, less and less with distance."""
    rim = known & (cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    near = inside & (cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    blur, ends = max(1.0, 0.06 * scene.eyes), []
    for image, mask in ((scene.before, rim), (picture, near)):
        share = blurred(mask.astype(np.float32), blur)[..., None]
        ends.append(blurred(image * mask[..., None], blur) / np.maximum(share, 1e-5))
    fades = np.exp(-cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3) / (0.12 * scene.eyes))
    return ((ends[0] - ends[1]).clip(-50, 50) * (fades * inside * (share[..., 0] > 1e-4))[..., None]).astype(np.float32)


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


def flow_of(scene: Scene) -> np.ndarray:
    """The way strands grow, unit vectors float32 (H, W, 2): from the crown around the head and down."""
    head = scene.where("hair", *SKIN, "left brow", "right brow", "left eye", "right eye")
    columns = np.nonzero(scene.where("skin", "nose").any(0))[0]
    middle = columns.mean() if len(columns) else head.shape[1] / 2
    top = np.nonzero(head.any(1))[0][0] if head.any() else 0
    x, y = scene.x - middle, scene.y - (top - 0.1 * scene.eyes)
    down = np.stack([x * 0.9, np.abs(y) + 0.35 * scene.eyes], -1)
    return (down / np.linalg.norm(down, axis=2, keepdims=True)).astype(np.float32)


def streaks(scene: Scene, flow: np.ndarray, length: float) -> np.ndarray:
    """Noise drawn out along the flow (line integral convolution, Cabral and Leedom 1993), variance 1."""
    lines, reach = scene.noise(0.007), 0.5
    here = np.stack([scene.x, scene.y], -1)
    while reach < length * scene.eyes / 2:
        ahead, behind = (cv2.remap(lines, here + way * reach * flow, None, cv2.INTER_LINEAR,
                                   borderMode=cv2.BORDER_REFLECT) for way in (1, -1))
        lines, reach = (ahead + behind) / 2, reach * 2
    return lines / (lines.std() + 1e-6)


def _strands(scene: Scene, flow: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """Hair drawn strand by strand: in the colours of known hair continued, else in one colour."""
    if known is not None and known.any():
        colour = shading(scene, known, scene.where("hair"))
    else:
        colour = scene.colour("hair", "left brow", "right brow", default=(70, 52, 42))
    fine, locks = streaks(scene, flow, 0.5), cv2.GaussianBlur(streaks(scene, flow, 0.9), (0, 0), 0.04 * scene.eyes)
    light = np.exp(0.11 * fine + 0.13 * locks / (locks.std() + 1e-6))
    rim = cv2.distanceTransform(scene.where("hair").astype(np.uint8), cv2.DIST_L2, 5) / (0.25 * scene.eyes)
    return (colour * (light * (0.75 + 0.3 * rim.clip(0, 1)))[..., None]).astype(np.float32)


def _ragged(scene: Scene, region: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """A region whose outline frays into strands, float32 (H, W)."""
    away = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    away -= cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, 5)
    fray = streaks(scene, flow, 0.35) * 0.018 * scene.eyes
    return (0.5 + (away + fray) / max(2.0, 0.1 * scene.eyes)).clip(0, 1)


def _shadow(scene: Scene, alpha: np.ndarray, known: np.ndarray) -> None:
    """Hair that lies on skin darkens it a little, below its edge."""
    width = 0.06 * scene.eyes
    fall = cv2.GaussianBlur(alpha, (0, 0), max(0.6, width))
    fall = cv2.warpAffine(fall, np.array([[1, 0, 0], [0, 1, width]], np.float32), fall.shape[::-1])
    on = _near(scene.where(*FACE), 0.1 * scene.eyes)
    scene.image[:] *= (1 - 0.24 * fall * cv2.GaussianBlur(on.astype(np.float32), (0, 0), 1.5) * (1 - known))[..., None]
