"""Crops to learn from: labelled by rules, corrected by eye; in other light and colours, before other backgrounds."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from checkpoints.data import TrainingFace
from checkpoints.glasses_parser.drawn import Plane, draw_glasses
from checkpoints.head_parser.company import Scene, in_company
from checkpoints.head_parser.corrections import BALD, HATS
from checkpoints.head_parser.drawn_hats import draw_hat
from checkpoints.head_parser.rules import labels_by_rule
from checkpoints.light import lit, soft_mask, wave
from editors.crops import inverse, sample, transform
from editors.faces import yaw_of
from editors.labels import IDS
from editors.models import Models
from editors.networks.head_parser import SIDE, layers_of
from editors.parsing import CROP, SIDE_IN_UNITS, crop_to_photograph, person_chance
from editors.regions import BACKGROUND, CLOTH, EAR, HAIR, HAT, NECK, SKIN, Head

KEPT = 160
"""Side of the crops that are kept."""
DRAWN_HATS, GLASSES = 0.04, 0.15
"""Shares of examples on whose heads a hat, and glasses, are drawn."""
SPREAD = 0.35
"""Share of examples whose hair is drawn out to one side."""
_BEYOND = 0.3  # what a pixel beyond the photograph counts, where its edge was drawn on
_SMALL_COUNT = 3  # what a pixel of an ear counts, which are few
_RING = 4  # pixels of a crop of 256 around a hat in which hair is the hat's, too
_OF_LABEL = np.full(len(IDS), SKIN, np.uint8)
for _names, _region in (
    (("background",), BACKGROUND), (("left ear", "right ear", "earring"), EAR), (("neck", "necklace"), NECK),
    (("hair",), HAIR), (("cloth",), CLOTH), (("hat",), HAT),
):
    _OF_LABEL[[IDS[name] for name in _names]] = _region


@dataclass(frozen=True, eq=False)
class Crop:
    """Head and shoulders, K = KEPT pixels a side.

    picture: uint8 (K, K, 3);  person, known: float32 (K, K);  regions: uint8 (K, K);  points: (468, 2) mesh in its
    pixels;  unit: length of a head unit in its pixels;  yaw: degrees
    """

    picture: np.ndarray
    person: np.ndarray
    known: np.ndarray
    regions: np.ndarray
    points: np.ndarray
    unit: float
    yaw: float

    @property
    def has_hat(self) -> bool:
        return bool((self.regions == HAT).any())

    @property
    def crown(self) -> float:
        """Area of hair above the brows, less what hangs below the nose, in square head units."""
        rows = np.arange(KEPT)[:, None]
        hair, brows, nose = self.regions == HAIR, self.points[[105, 334], 1].mean(), self.points[1, 1]
        return float((hair & (rows < brows)).sum() - (hair & (rows > nose)).sum()) / self.unit**2


def crop_of(face: TrainingFace, models: Models) -> Crop:
    """A photograph labelled by rules and corrected."""
    def small(layer: np.ndarray, size: int = KEPT) -> np.ndarray:
        return cv2.resize(layer, (size, size), interpolation=cv2.INTER_AREA)

    to_photograph = crop_to_photograph(face.mesh)
    points = transform(face.mesh[:468, :2].astype(float), inverse(to_photograph))
    picture = small(sample(face.image, to_photograph, (CROP, CROP), cv2.BORDER_REPLICATE), 256)
    known = sample(np.ones(face.image.shape[:2], np.float32), to_photograph, (CROP, CROP))
    return Crop(
        picture=small(picture),
        person=small(person_chance(picture, models)),
        known=small(known),
        regions=shrunk(corrected(labels_by_rule(face, models)[::2, ::2], face.number), KEPT),
        points=((points + 0.5) * KEPT / CROP - 0.5).astype(np.float32),
        unit=KEPT / SIDE_IN_UNITS,
        yaw=yaw_of(face.mesh),
    )


def corrected(labels: np.ndarray, number: int) -> np.ndarray:
    """Regions uint8 (256, 256) of the labels of a photograph, CelebAMask-HQ ids, what was seen to be wrong mended."""
    regions = _OF_LABEL[labels]
    if number in BALD:
        regions[regions == HAIR] = SKIN
    if number in HATS:
        hat = np.zeros(regions.shape, np.uint8)
        cv2.fillPoly(hat, [np.array(HATS[number], np.int32)], 1)
        ring = cv2.dilate(hat, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RING + 1, 2 * _RING + 1)))
        regions[(hat > 0) | (ring > 0) & (regions == HAIR)] = HAT
    return regions


def shrunk(regions: np.ndarray, size: int) -> np.ndarray:
    """A map of regions (S, S) at another size: at each pixel the region that most of it is of."""
    shares = [cv2.resize((regions == r).astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
              for r in range(HAT + 1)]
    return np.argmax(shares, 0).astype(np.uint8)


def _recoloured(light: np.ndarray, mask: np.ndarray, rng: np.random.Generator, dull: float) -> np.ndarray:
    """A region in another colour, its light and shade kept; light (K, K, 3), 0..1."""
    if mask.sum() < 30:
        return light
    grey = light.mean(2, keepdims=True)
    old = float(grey[mask].mean())
    new = rng.uniform(0.03, 0.85) * (1 + dull * rng.normal(0, 1, 3)).clip(0.2, 2)
    contrast = rng.uniform(0.6, 1.3) * max(new.mean(), 0.15) / max(old, 0.15)
    soft = soft_mask(mask, 1.0)
    return light * (1 - soft) + soft * (new + (grey - old) * contrast)


def _shaved(light: np.ndarray, regions: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A head without its short hair, which becomes skin; a head of long hair stays as it is."""
    hair, skin = regions == HAIR, regions == SKIN
    if not hair.any() or not skin.any() or np.nonzero(hair)[0].max() > np.quantile(np.nonzero(skin)[0], 0.6):
        return light, regions
    grey, colour = light.mean(2, keepdims=True), light[skin].mean(0)
    shade = 1 + 0.08 * wave(rng, (KEPT, KEPT), 5)[..., None] + rng.uniform(0, 0.25) * (grey - grey[hair].mean())
    soft = soft_mask(hair, 1.5)
    return light * (1 - soft) + soft * colour * rng.uniform(0.85, 1.15) * shade, np.where(hair, SKIN, regions)


def _fringed(light: np.ndarray, regions: np.ndarray, points: np.ndarray, rng: np.random.Generator
             ) -> tuple[np.ndarray, np.ndarray]:
    """Hair drawn down over the forehead, in strands side by side, as nobody's hat hangs."""
    hair, brows = regions == HAIR, points[[105, 334], 1].mean()
    if hair.sum() < 60:
        return light, regions
    ends = brows + rng.uniform(-6, 4) + cv2.GaussianBlur(rng.normal(0, 6, (1, KEPT)), (0, 0), 1.2)
    left, right = points[:, 0].min() - 2, points[:, 0].max() + 2
    columns, rows = np.arange(KEPT)[None], np.arange(KEPT)[:, None]
    fringe = (regions == SKIN) & (rows < ends) & (columns > left) & (columns < right)
    strands = 1 + rng.uniform(0.05, 0.35) * cv2.GaussianBlur(rng.normal(0, 1.5, (1, KEPT)), (0, 0), 0.8)
    drawn = light[hair].mean(0) * np.broadcast_to(strands, regions.shape)[..., None] * rng.uniform(0.7, 1.1)
    drawn = drawn * (1 + 0.1 * wave(rng, (KEPT, KEPT), 7)[..., None])
    if rng.random() < 0.5:                                                   # the hair above it, mirrored
        edge = np.where(hair.any(0), KEPT - 1 - np.argmax((hair & (rows < brows))[::-1], 0), 0)
        source = np.broadcast_to(np.clip(2 * edge[None] - rows, 0, KEPT - 1), regions.shape).astype(np.float32)
        across = np.broadcast_to(columns, regions.shape).astype(np.float32)
        drawn = 0.5 * drawn + 0.5 * cv2.remap(light.astype(np.float32), across, source, cv2.INTER_LINEAR)
    soft = soft_mask(fringe, 0.6)
    return light * (1 - soft) + soft * drawn, np.where(fringe, HAIR, regions)


def _spread(crop: Crop, rng: np.random.Generator) -> Crop:
    """A crop whose hair stands off or hangs down further to one side: what is around the face is drawn out."""
    rows, columns = np.indices(crop.regions.shape, np.float32)
    middle = crop.points.mean(0)
    x, y = columns - middle[0], rows - middle[1]
    outside = 1 - cv2.fillConvexPoly(np.zeros(crop.regions.shape, np.uint8), cv2.convexHull(
        np.round(crop.points).astype(np.int32)), 1)
    beyond, far = cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.hypot(x, y) + 1e-6
    turn = rng.choice([0, np.pi]) + rng.uniform(-0.9, 0.9)
    longer = rng.uniform(0.2, 2) * ((x * np.cos(turn) + y * np.sin(turn)) / far).clip(0, 1) ** 2
    back = np.float32(beyond * longer / (1 + longer) / far)
    where = columns - back * x, rows - back * y

    def drawn(layer: np.ndarray, flags: int = cv2.INTER_LINEAR) -> np.ndarray:
        return cv2.remap(layer, *where, flags, borderMode=cv2.BORDER_REPLICATE)

    return replace(crop, picture=drawn(crop.picture), person=drawn(crop.person), known=drawn(crop.known),
                   regions=drawn(crop.regions, cv2.INTER_NEAREST))


def _background(light: np.ndarray, regions: np.ndarray, other: Crop, rng: np.random.Generator) -> np.ndarray:
    """The head before something else: another photograph, or a wall, now and then as dark or light as the hair."""
    way = rng.random()
    if way < 0.45:
        behind = other.picture.astype(np.float32) / 255
        behind = cv2.GaussianBlur(behind[:, ::-1], (0, 0), float(rng.uniform(0.3, 6)))
    else:
        hair = regions == HAIR
        near = way > 0.7 and hair.any()
        colour = light[hair].mean(0) + rng.normal(0, 0.04, 3) if near else rng.uniform(0, 1) + rng.normal(0, 0.1, 3)
        behind = colour + rng.uniform(0, 0.12) * wave(rng, (KEPT, KEPT), int(rng.integers(2, 9)))[..., None]
    soft = soft_mask(regions != BACKGROUND, rng.uniform(0.5, 1.2))
    return light * soft + behind * (1 - soft)


def _person(person: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A person mask (K, K) as it came, or as it might have come: hidden, or wrong in places."""
    way = rng.random()
    if way < 0.15:
        return np.full_like(person, 0.5)
    return (person + 0.35 * wave(rng, (KEPT, KEPT), 6)).clip(0, 1) if way < 0.4 else person


def _worn(
    light: np.ndarray, crop: Crop, hat: Crop, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The hat of another head put on, in another colour; heads whose hair would stand out above it stay as they are."""
    affine, _ = cv2.estimateAffinePartial2D(hat.points.astype(np.float32), crop.points.astype(np.float32))
    if affine is None:
        return light, crop.regions
    theirs = _recoloured(hat.picture.astype(np.float32) / 255, hat.regions == HAT, rng, 0.5)
    layers = np.dstack([theirs, (hat.regions == HAT).astype(np.float32)]).astype(np.float32)
    layers = cv2.warpAffine(layers, affine, (KEPT, KEPT), flags=cv2.INTER_LINEAR)
    on = layers[..., 3] > 0.5
    rows, hair = np.arange(KEPT)[:, None], crop.regions == HAIR
    above = hair & (rows < crop.points[[105, 334], 1].min())
    if not on.any() or (above & ~on).sum() > 0.2 * max(1, above.sum()):
        return light, crop.regions
    soft = cv2.GaussianBlur(layers[..., 3], (0, 0), 0.6)[..., None]
    return light * (1 - soft) + soft * layers[..., :3], np.where(on, HAT, crop.regions)


def _cut(picture: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let a photograph end within the head, its last column or row drawn on, in place; gives what is known then."""
    at, way, known = int(rng.uniform(0.5, 0.85) * SIDE), int(rng.integers(3)), known.copy()
    views = [(layer[:, ::-1] if way == 1 else layer[::-1].swapaxes(0, 1) if way == 2 else layer)
             for layer in (picture, known)]
    views[0][:, at:] = views[0][:, at - 1 : at]
    views[1][:, at:] = 0
    return known


def _dressed(
    crop: Crop, other: Crop, rng: np.random.Generator, hat: Crop | None, plane: Plane | None
) -> tuple[np.ndarray, np.ndarray]:
    """The picture (K, K, 3) in 0..1 and the regions (K, K) of a head as it might have looked; as `example` has it."""
    light, regions = crop.picture.astype(np.float32) / 255, crop.regions
    if plane is not None and rng.random() < GLASSES:
        light, _ = draw_glasses(light, crop.points, plane, rng)
    if hat is not None:
        light, regions = _worn(light, crop, hat, rng)
    elif not crop.has_hat and rng.random() < DRAWN_HATS:
        light, regions = draw_hat(light, regions, crop.points, crop.unit, rng)
    elif (way := rng.random()) < 0.1:
        light, regions = _shaved(light, regions, rng)
    elif way < 0.3:
        light, regions = _fringed(light, regions, crop.points, rng)
    elif rng.random() < 0.25:
        light = _recoloured(light, crop.regions == HAIR, rng, 0.12)
    if rng.random() < 0.6:
        light = _recoloured(light, crop.regions == HAT, rng, 0.5)
    if rng.random() < 0.2:
        light = _recoloured(light, crop.regions == CLOTH, rng, 0.5)
    if rng.random() < 0.4:
        light = _background(light, regions, other, rng)
    return light, regions


def _view(rng: np.random.Generator) -> tuple[np.ndarray, float, bool]:
    """A little nearer, turned and aside, or in a mirror: the affine (2, 3) from a crop, its scale, whether mirrored."""
    scale, turn = SIDE / KEPT * np.exp(rng.normal(0, 0.07)), rng.normal(0, 0.06)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    mirrored = rng.random() < 0.5
    if mirrored:
        linear = linear @ np.diag([-1.0, 1.0])
    middle = np.full(2, (KEPT - 1) / 2)
    shift = (SIDE - 1) / 2 + rng.normal(0, 3, 2) - linear @ middle
    return np.column_stack([linear, shift]), scale, mirrored


def example(
    crop: Crop, other: Crop, rng: np.random.Generator, hat: Crop | None = None, plane: Plane | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Layers (LAYERS, S, S), regions (S, S) and what a pixel counts (S, S).

    other: may give its background, stand beside or lend its clothes;  hat: gives its hat;  plane: of glasses that some
    wear, part of what is behind them
    """
    crop = _spread(crop, rng) if rng.random() < SPREAD else crop
    scene = in_company(Scene(*_dressed(crop, other, rng, hat, plane), crop.person, crop.known), crop, other, rng)
    picture = (lit(scene.light, rng).clip(0, 1) * 255).astype(np.uint8)
    affine, scale, mirrored = _view(rng)

    def moved(layer: np.ndarray, flags: int = cv2.INTER_LINEAR) -> np.ndarray:
        return cv2.warpAffine(layer, affine, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    yaw = -crop.yaw if mirrored else crop.yaw
    head = Head(transform(crop.points, affine), SIDE, crop.unit * scale, yaw)
    picture, person, known = (moved(each) for each in (picture, _person(scene.person, rng), scene.known))
    if rng.random() < 0.12:
        known = _cut(picture, known, rng)
    layers = layers_of(picture, person, head.depth, head.x, head.y)
    regions = moved(scene.regions, cv2.INTER_NEAREST)
    counts = np.where(known > 0.99, 1, _BEYOND) * np.where(regions == EAR, _SMALL_COUNT, 1)
    return layers, regions, counts.astype(np.float32)
