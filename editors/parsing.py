"""Parse a face into the 19 labels of CelebAMask-HQ.

Features come from the mesh; face, ears, neck, hair, clothes, hat and background from `regions`; frames and dark lenses
from `glasses`. Earrings and necklaces are not told apart from what they lie on.
"""

import math
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from .areas import within_hull
from .colours import rgb_to_lab
from .crops import head_unit, inverse, sample, square_to_photograph, transform
from .faces import eye_distance, mesh_of, yaw_of
from .frame import MESH_POINTS
from .fringe import with_fringe
from .glasses import glasses_of
from .hands import find_hands, outline
from .images import to_blob
from .labels import IDS, mask_of
from .loose import limbs
from .mesh_points import (
    LEFT_BROW,
    LEFT_EYE,
    LIPS_INNER,
    LIPS_OUTER,
    MOUTH_CORNERS,
    NOSE,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
)  # fmt: skip
from .models import Models
from .others import nearer_to_others
from .portrait import Portrait
from .regions import COLOUR_COUNTS, Head, colour_bins, density_of, find_regions, inside

CROP = 512
SIDE_IN_UNITS = 7.0        # side of the crop in head units
_ABOVE = 3.1               # and how many of them lie above the eyes
_SMALL = 256               # regions are weighed at this size, which is the person mask's own
_BROW_GROWS = 13           # pixels of the crop, twice the distance within which a brow may be thicker than the mesh's
_FLESH = ("skin", "neck", "left ear", "right ear")
_ASIDE = 1.1               # head units from the middle of the neck beyond which flesh beside a hand is its arm
_OVER_GLASSES = ("left eye", "right eye", "left brow", "right brow")  # as CelebAMask-HQ has it
_REGIONS = ("background", "skin", "left ear", "neck", "hair", "cloth", "hat")
_CLOSED = 0.04             # lips less far apart than this share of the mouth's width touch

Weighing = Callable[[np.ndarray, np.ndarray, np.ndarray, Head, np.ndarray, np.ndarray], np.ndarray]
"""Tells regions apart, as `regions.find_regions` does once it has its network."""


def crop_to_photograph(mesh: np.ndarray) -> np.ndarray:
    """The square around head and shoulders: affine from label crop to photograph."""
    right, left = mesh[list(RIGHT_EYE), :2].mean(0), mesh[list(LEFT_EYE), :2].mean(0)
    angle, unit = math.atan2(left[1] - right[1], left[0] - right[0]), head_unit(mesh)
    down = np.array([-math.sin(angle), math.cos(angle)])
    middle = mesh[list(OVAL), :2].mean(0)
    middle = middle + down * (np.dot((right + left) / 2 - middle, down) + (SIDE_IN_UNITS / 2 - _ABOVE) * unit)
    return square_to_photograph(middle, SIDE_IN_UNITS * unit, angle, CROP)


def _lips(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polygons of the upper lip, the lower lip and the mouth between them; closed lips share one line."""
    lower_edge, upper_edge = points[list(LIPS_INNER[:11])], points[[*LIPS_INNER[10:], LIPS_INNER[0]]][::-1]
    opening = np.linalg.norm(lower_edge - upper_edge, axis=1).max()
    if opening < _CLOSED * np.linalg.norm(np.subtract(*points[list(MOUTH_CORNERS)])):
        lower_edge = upper_edge = (lower_edge + upper_edge) / 2
    upper = np.concatenate([points[[*LIPS_OUTER[10:], LIPS_OUTER[0]]], upper_edge])
    lower = np.concatenate([points[list(LIPS_OUTER[:11])], lower_edge[::-1]])
    return upper, lower, np.concatenate([upper_edge, lower_edge[::-1]])


def _brow(polygon: np.ndarray, lightness: np.ndarray) -> np.ndarray:
    """A brow (S, S): the mesh's, and what is as dark close to it, since the mesh knows one thickness only."""
    core = inside(polygon, len(lightness)).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_BROW_GROWS, _BROW_GROWS))
    near = cv2.dilate(core, disc)
    around = cv2.dilate(near, disc) - near
    if not core.any() or not around.any():
        return core > 0
    dark, light = np.median(lightness[core > 0]), np.median(lightness[around > 0])
    grown = core | near & (cv2.GaussianBlur(lightness, (0, 0), 1.5) < 0.45 * light + 0.55 * dark)
    return cv2.morphologyEx(grown, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0 if dark < light - 8 else core > 0


def draw_features(labels: np.ndarray, points: np.ndarray, lightness: np.ndarray) -> None:
    """Draw eyes, brows, nose and mouth into a label map (S, S); hair or a hat that hides a brow stays what it is."""
    hidden, size = mask_of(labels, ("hair", "hat")), len(labels)
    labels[inside(points[list(NOSE)], size) & ~hidden] = IDS["nose"]
    for name, contour in (("right brow", RIGHT_BROW), ("left brow", LEFT_BROW)):
        labels[_brow(points[list(contour)], lightness) & ~hidden] = IDS[name]
    for name, contour in (("right eye", RIGHT_EYE), ("left eye", LEFT_EYE)):
        labels[inside(points[list(contour)], size)] = IDS[name]
    upper, lower, mouth = _lips(points)
    labels[inside(mouth, size)] = IDS["mouth"]
    labels[inside(upper, size)] = IDS["upper lip"]
    labels[inside(lower, size)] = IDS["lower lip"]


def _arms(labels: np.ndarray, hands: np.ndarray, aside: np.ndarray) -> np.ndarray:
    """bool (S, S): flesh that hangs together with a hand and not with the head.

    aside: (S,), how far each column lies from the middle of the neck, in head units
    """
    flesh = np.isin(labels, [IDS[name] for name in _FLESH]) & ~hands
    count, parts = cv2.connectedComponents(flesh.astype(np.uint8))
    beside = np.unique(parts[cv2.dilate(hands.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0])
    far = [part for part in range(1, count) if part in beside
           and np.median(np.broadcast_to(aside, parts.shape)[parts == part]) > _ASIDE]
    return np.isin(parts, far)


def person_chance(picture: np.ndarray, models: Models) -> np.ndarray:
    """Probability of a person at each pixel of an RGB picture (256, 256)."""
    return models.get("selfie_segmentation")(to_blob(picture))[0][0, 0]


def _tell_limbs(labels: np.ndarray, crop: np.ndarray, points: np.ndarray) -> None:
    """In a label map (CROP, CROP), take arms and necks from the hair that they were called; points: the mesh in it."""
    hair, face = labels == IDS["hair"], within_hull(points[:MESH_POINTS], labels.shape)
    seen = (labels == IDS["skin"]) & face
    if not (hair.any() and seen.any()):
        return
    found = limbs(crop, hair, np.median(rgb_to_lab(crop[seen]), axis=0), face, eye_distance(points)).astype(np.uint8)
    neck = cv2.dilate((labels == IDS["neck"]).astype(np.uint8), np.ones((5, 5)))
    for part in range(1, (parts := cv2.connectedComponents(found)[1]).max() + 1):
        labels[parts == part] = IDS["neck" if neck[parts == part].any() else "cloth"]


def find_label_crop(
    image: np.ndarray, mesh: np.ndarray, models: Models, hands: np.ndarray | None = None,
    others: np.ndarray | None = None, weigh: Weighing | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of head and shoulders: uint8 (512, 512), and the affine photograph -> crop (2, 3).

    hands: bool (512, 512), what hands cover in the crop: background, since it is no part of the head
    others: bool (512, 512), what is other people's or beside them: background, too
    weigh: what tells regions apart, if not the embedded network
    """
    to_photograph = crop_to_photograph(mesh)
    crop = sample(image, to_photograph, (CROP, CROP), cv2.BORDER_REPLICATE)
    small = cv2.resize(crop, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    known = sample(np.ones(image.shape[:2], np.uint8), to_photograph, (CROP, CROP))[::2, ::2].astype(np.float32)
    person = person_chance(small, models)
    for hidden in (hands, others):
        if hidden is not None:
            known *= ~hidden[::2, ::2]
    if others is not None:
        person = person * ~others[::2, ::2]
    person = person.clip(0.02, 0.98)

    points = transform(mesh[:, :2].astype(float), inverse(to_photograph))
    ratio = _SMALL / CROP
    head = Head((points + 0.5) * ratio - 0.5, _SMALL, _SMALL / SIDE_IN_UNITS, yaw_of(mesh))
    lab = [cv2.cvtColor(picture, cv2.COLOR_RGB2LAB) for picture in (small, crop)]
    weigh = weigh or partial(find_regions, models.get("head_parser"))
    found = with_fringe(weigh(small, *lab, head, person, known), lab[1], head)
    labels = np.array([IDS[name] for name in _REGIONS], np.uint8)[found.argmax(0)]
    _tell_limbs(labels, crop, points)
    left_half = np.arange(CROP) < points[list(OVAL), 0].mean()
    labels[(labels == IDS["left ear"]) & left_half] = IDS["right ear"]
    draw_features(labels, points, lab[1][..., 0])
    if hands is not None:
        labels[hands | _arms(labels, hands, cv2.resize(head.neck_x, (CROP, 1))[0])] = IDS["background"]
    if others is not None:
        labels[others] = IDS["background"]
    return labels, inverse(to_photograph)


# --- facts of a portrait -------------------------------------------------------------------------------------------

def label_crop_of(portrait: Portrait, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the chosen face's head and shoulders, uint8 (512, 512), and the affine photograph -> crop.

    Raises FaceError as `faces.face_of` does.
    """
    def find() -> tuple[np.ndarray, np.ndarray]:
        labels, to_crop = head_labels_of(portrait, models)
        glasses = glasses_of(portrait, models)
        if glasses is None:
            return labels, to_crop
        to_box = inverse(to_crop) - [[0, 0, glasses.box[0]], [0, 0, glasses.box[1]]]
        cover = sample(glasses.cover, to_box, (CROP, CROP))
        hidden = (cover > 0.5) & ~mask_of(labels, _OVER_GLASSES)
        return np.where(hidden, IDS["eyeglasses"], labels).astype(np.uint8), to_crop

    return portrait.fact("label_crop", find)


def head_labels_of(portrait: Portrait, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """As `label_crop_of`, of the head behind its glasses."""
    def find() -> tuple[np.ndarray, np.ndarray]:
        mesh = mesh_of(portrait, models)
        others = nearer_to_others(portrait, models, crop_to_photograph(mesh), (CROP, CROP))
        return find_label_crop(portrait.image, mesh, models, hands_of(portrait, models), others)

    return portrait.fact("head_labels", find)


def hands_of(portrait: Portrait, models: Models) -> np.ndarray | None:
    """What hands cover in the label crop, bool (512, 512), read-only; None where none is before or beside the face.

    Raises FaceError as `faces.face_of` does.
    """
    def find() -> np.ndarray | None:
        to_photograph = crop_to_photograph(mesh_of(portrait, models))
        hands = find_hands(portrait.image, to_photograph, CROP, models)
        if not hands:
            return None
        crop = sample(portrait.image, to_photograph, (CROP, CROP), cv2.BORDER_REPLICATE)
        covered = np.any([outline(points, crop) for points in hands], 0)
        covered.flags.writeable = False
        return covered

    return portrait.fact("hands", find)


def hands_at_full_size(portrait: Portrait, models: Models) -> np.ndarray | None:
    """What hands cover in the photograph, bool (H, W), read-only; None where there are none."""
    def find() -> np.ndarray | None:
        hands = hands_of(portrait, models)
        if hands is None:
            return None
        _, affine = label_crop_of(portrait, models)
        full = at_full_size(hands.astype(np.uint8), affine, portrait.image.shape[:2])[0] > 0
        full.flags.writeable = False
        return full

    return portrait.fact("hands at full size", find)


def labels_of(portrait: Portrait, models: Models) -> np.ndarray:
    """CelebAMask-HQ ids at the photograph's own size, uint8 (H, W), read-only.

    Beyond the label crop a person's clothes go on as far as the person mask does; all else is background.
    """
    def find() -> np.ndarray:
        full, covered = at_full_size(*label_crop_of(portrait, models), portrait.image.shape[:2])
        if not covered.all():
            _add_clothes_beyond(full, covered, portrait, models)
        full.flags.writeable = False
        return full

    return portrait.fact("labels", find)


def at_full_size(labels: np.ndarray, affine: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A label crop brought to the photograph (H, W), and bool (H, W): where the crop reaches."""
    corners = transform(np.array([[0, 0], [CROP, 0], [CROP, CROP], [0, CROP]]) - 0.5, inverse(affine))
    x0, y0 = np.clip(np.ceil(corners.min(0)).astype(int), 0, shape[::-1])
    x1, y1 = np.clip(np.floor(corners.max(0)).astype(int) + 1, 0, shape[::-1])
    full, covered = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    local = np.column_stack([affine[:, :2], transform(np.array([[x0, y0]]), affine)[0]])
    window, size = full[y0:y1, x0:x1], (int(x1 - x0), int(y1 - y0))
    covered[y0:y1, x0:x1] = sample(np.ones_like(labels), local, size) > 0
    strongest = np.zeros(window.shape, np.float32)
    for label in np.unique(labels):
        # A little blur rounds the steps of the crop's pixels where the photograph is larger.
        strength = sample(cv2.GaussianBlur((labels == label).astype(np.float32), (5, 5), 0.9), local, size)
        window[strength > strongest] = label
        np.maximum(strongest, strength, out=strongest)
    window[~covered[y0:y1, x0:x1]] = IDS["background"]
    return full, covered


def _add_clothes_beyond(full: np.ndarray, covered: np.ndarray, portrait: Portrait, models: Models) -> None:
    """Label as clothes, in place, the person beyond the crop who hangs together with the clothes within."""
    window, others = _window_of_one(portrait, models)
    full, covered, image = full[window], covered[window], portrait.image[window]
    small = cv2.resize(image, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    seen = cv2.resize(full, (_SMALL, _SMALL), interpolation=cv2.INTER_NEAREST)
    reach = cv2.resize(covered.astype(np.uint8), (_SMALL, _SMALL), interpolation=cv2.INTER_NEAREST) > 0
    clothes, background = (reach & (seen == IDS[name]) for name in ("cloth", "background"))
    person = person_chance(small, models) if others is None else _one_person(small, others, background, clothes, models)
    _, parts = cv2.connectedComponents((clothes | ~reach & (person > 0.5)).astype(np.uint8))
    same = np.isin(parts, np.unique(parts[clothes])) & (parts > 0)
    near = cv2.dilate(same.astype(np.uint8), np.ones((3, 3), np.uint8))
    beyond = cv2.resize((person * near).astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    full[beyond & ~covered] = IDS["cloth"]


def _window_of_one(portrait: Portrait, models: Models) -> tuple[tuple[slice, slice], np.ndarray | None]:
    """Rows and columns of the photograph to look for the chosen person in; bool (256, 256), what is not theirs there.

    All of the photograph and None where nobody else is in it. Else no more than this person: the person mask was made
    for one person close by, and sees bodies in what lies between several.
    """
    (height, width), mesh = portrait.image.shape[:2], mesh_of(portrait, models)
    x, y = transform(np.full((1, 2), (CROP - 1) / 2), crop_to_photograph(mesh))[0]
    side = SIDE_IN_UNITS * head_unit(mesh)
    x0, x1 = (int(np.clip(round(x + share * side), 0, width)) for share in (-1, 1))
    y0, y1 = (int(np.clip(round(y + share * side), 0, height)) for share in (-0.5, 1.5))
    across, down = (x1 - x0) / _SMALL, (y1 - y0) / _SMALL
    to_photograph = np.array([[across, 0, x0 + (across - 1) / 2], [0, down, y0 + (down - 1) / 2]])
    others = nearer_to_others(portrait, models, to_photograph, (_SMALL, _SMALL))
    return ((slice(None), slice(None)) if others is None else (slice(y0, y1), slice(x0, x1))), others


def _one_person(
    picture: np.ndarray, others: np.ndarray, background: np.ndarray, clothes: np.ndarray, models: Models
) -> np.ndarray:
    """As `_person`, for one of several: seen with the others in the picture and without them, and judged by colour.

    others, background, clothes: bool (256, 256), what is not this person's; what is known of the other two
    """
    free = background & ~others
    if not free.any():
        return person_chance(picture, models) * ~others
    alone = np.where(others[..., None], np.median(picture[free], 0), picture).astype(np.uint8)
    person = np.minimum(person_chance(picture, models), person_chance(alone, models)).clip(0.02, 0.98)
    bins = colour_bins(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB))
    worn, behind = (density_of(bins, known.astype(np.float32)) for known in (clothes, free | (person < 0.1) & ~others))
    odds = person / (1 - person) * (worn / behind) ** COLOUR_COUNTS
    solid = cv2.morphologyEx((clothes | (odds > 1)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return odds / (1 + odds) * (~others & (solid > 0))
