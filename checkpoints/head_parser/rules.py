"""Labels by rule, for the network to learn from: where the parts of a head are expected follows from the mesh and the
person mask; what they look like is learnt from the photograph itself, where a region is certain.

Glasses, hats and jewellery are not told apart from what they lie on.
"""

import cv2
import numpy as np

from checkpoints.data import TrainingFace
from editors.areas import step_between as step
from editors.models import Models
from editors.parsing import find_label_crop, hands_of
from editors.portrait import Portrait
from editors.regions import (
    BACKGROUND,
    CLOTH,
    COLOUR_COUNTS,
    HAIR,
    NECK,
    SKIN,
    Head,
    colour_bins,
    density_of,
    refined,
)

_SIDES = ((-1, (234, 93, 132)), (1, (454, 323, 361)))  # picture left and right: mesh points in front of the ear
_BALD = 0.5                # share of what is just above the face from which a scalp that shows there is a bald head's
_SMOOTH, _DIMMER, _HUE = 0.4, 22, 0.25  # of a scalp: roughness in the face's, lightness below the forehead's, radians


def _expect(head: Head, person: np.ndarray) -> np.ndarray:
    """Prior probabilities (6, S, S) of the regions from geometry and the probability of a person (S, S)."""
    x, y, depth, chin, brows, neck_x = head.x, head.y, head.depth, head.chin, head.brows, head.neck_x
    within, outside = step(depth, -0.06, 0.06), (-depth).clip(0, None)
    forehead = step(y, brows + 0.05, brows - 0.15) * (0.1 + 0.45 * step(y, brows, brows - 0.9))
    cheek_edge = 0.25 * step(depth, 0.3, 0.0) * step(y, chin - 0.2, chin - 0.7)
    skin_in = 0.98 - cheek_edge - forehead
    skin_out = np.where(y < brows, 0.8 * np.exp(-((outside / 0.7) ** 2)), 0.04 * np.exp(-outside / 0.1))

    ear = np.zeros_like(depth)
    for side, points in _SIDES:
        at = (head.points[list(points)].mean(0) - head.middle) / head.unit
        bump = np.exp(-(((x - at[0] - side * 0.15) / 0.3) ** 2 + ((y - at[1] + 0.05) / 0.45) ** 2) ** 2)
        ear = np.maximum(ear, bump * (1 - step(np.float32(side * head.yaw), 12, 28)))  # the far ear is hidden

    below = step(y, chin - 0.75, chin - 0.25)
    neck = below * (0.7 * step(neck_x, 1.15, 0.75) * step(y, chin + 1.0, chin + 0.2) + 0.2)
    shoulder = chin + 0.1 - 0.5 * step(neck_x, 0.7, 1.3)
    cloth = 0.9 * step(y, shoulder, shoulder + 0.8) + 0.05 * step(y, 0.5, 1.0)
    beside = step(neck_x, 0.4, 0.9) * step(y, chin + 1.6, chin)
    hair = np.where(y < 0, 1.0, 1.0 - (0.85 - 0.4 * beside) * step(y, 0.3, chin)) * step(y, chin + 3.5, chin)

    out = 1 - within
    parts = np.stack([within * skin_in + out * skin_out, out * 0.9 * ear, out * neck,
                      out * hair + within * (1 - skin_in), out * cloth])
    parts *= person / (parts.sum(0) + 1e-6)
    return np.concatenate([1 - person[None], parts]).astype(np.float32)


def _learnable(head: Head, known: np.ndarray) -> np.ndarray:
    """Where the colours of each region may be learnt, (6, S, S), out of the pixels that are known."""
    allowed = np.repeat(known[None], 6, 0)
    allowed[SKIN] *= head.y > head.brows + 0.1
    allowed[HAIR] *= head.y < head.chin - 0.5
    allowed[NECK] *= head.y < head.chin + 0.5
    allowed[CLOTH] *= head.y > head.chin + 0.1
    return allowed


def _likeness(density: np.ndarray, sure: np.ndarray, share: float) -> np.ndarray:
    """0..1: how common a pixel's colour is among the sure ones of a region; 1 for all but the `share` rarest."""
    return (density / (np.percentile(density[sure], share) + 1e-6)).clip(0, 1) if sure.any() else 0 * density


def _shining_scalp(lab: np.ndarray, head: Head, person: np.ndarray) -> np.ndarray:
    """bool (S, S): a bald head above the face, of which lamps make other colours than the face's: it is smooth, has the
    face's hue and is as light as the forehead. Nowhere where little above the face is so, as a highlight on hair.
    """
    mean, lightness = cv2.blur(lab.astype(np.float32), (9, 9)), lab[..., 0].astype(np.float32)
    rough = cv2.blur(np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 2)), (9, 9))
    hue = np.arctan2(mean[..., 2] - 128, mean[..., 1] - 128)
    face = (head.depth > 0.1) & (head.y > 0.1) & (head.y < head.chin - 0.6)
    forehead = (head.depth > 0.08) & (head.y < head.brows - 0.05)
    above = (head.y < head.top) & (person > 0.9)
    around = above & (np.abs(head.x) < 0.7) & (head.depth < -0.08) & (head.depth > -0.45)
    if not face.any() or not forehead.any() or not around.any():
        return np.zeros_like(above)
    scalp = above & (rough < _SMOOTH * (np.median(rough[face]) + 0.3)) & (
        mean[..., 0] > np.median(lightness[forehead]) - _DIMMER) & (np.abs(hue - np.median(hue[face])) < _HUE)
    return scalp if scalp[around].mean() > _BALD else np.zeros_like(above)


def _correct_for_baldness(
    prior: np.ndarray, seeds: np.ndarray, like_skin: np.ndarray, scalp: np.ndarray, head: Head
) -> None:
    """Above the face oval, what has the face's colours is scalp more likely than hair; none is learnt from there."""
    like_skin = np.maximum(like_skin, scalp)
    seeds[HAIR] *= (1 - like_skin).clip(0.01, 1) ** 2
    scalp = (0.6 + 0.3 * scalp) * prior[HAIR] * cv2.blur(like_skin, (7, 7)) ** 2 * (head.y < head.top)
    prior[SKIN] += scalp
    prior[HAIR] -= scalp


def _correct_for_long_hair(prior: np.ndarray, like_hair: np.ndarray, head: Head) -> None:
    """Where hair hangs beside the jaw, expect it further down; where none does, expect clothes."""
    beside = (head.neck_x > 0.6) & (head.y > head.chin)
    for side in (-1, 1):
        strip = (head.depth < -0.1) & (head.y > head.chin - 0.7) & (head.y < head.chin - 0.15) & (
            side * head.x > 0) & (head.neck_x < 1.9)
        person = 1 - prior[BACKGROUND]
        hanging = float((like_hair * person)[strip].mean())
        half = beside & (side * head.x > 0)
        factor = 0.3 + 4 * step(np.float32(hanging), 0.1, 0.45)
        both = prior[HAIR] + prior[CLOTH]
        hair = prior[HAIR] * factor
        share = hair / (hair + prior[CLOTH] + 1e-6)
        prior[HAIR] = np.where(half, both * share, prior[HAIR])
        prior[CLOTH] = np.where(half, both * (1 - share), prior[CLOTH])


def regions_by_rule(
    picture: np.ndarray, lab: np.ndarray, guide: np.ndarray, head: Head, person: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Probabilities (6, G, G) of the regions but hats at the guide's size, as `regions.find_regions` gives them."""
    bins, prior, learn = colour_bins(lab), _expect(head, person), _learnable(head, known)
    seeds = prior * (prior > 0.6) * learn
    like_skin = _likeness(density_of(bins, seeds[SKIN]), seeds[SKIN] > 0.9, 30)
    scalp = _shining_scalp(lab, head, person)
    learn[SKIN] = np.maximum(learn[SKIN], scalp)
    _correct_for_baldness(prior, seeds, like_skin, scalp, head)
    like_hair = _likeness(density_of(bins, seeds[HAIR]), seeds[HAIR] > 0.5, 30)
    _correct_for_long_hair(prior, like_hair, head)
    learn[CLOTH] *= 1 - 0.7 * np.maximum(like_skin, like_hair)
    return refined(lab, guide, head, prior, seeds, learn, COLOUR_COUNTS)


def labels_by_rule(face: TrainingFace, models: Models) -> np.ndarray:
    """CelebAMask-HQ ids of the label crop of a training photograph, uint8 (512, 512)."""
    portrait = Portrait(face.image).with_image(face.image, mesh=face.mesh)
    return find_label_crop(face.image, face.mesh, models, hands_of(portrait, models), weigh=regions_by_rule)[0]
