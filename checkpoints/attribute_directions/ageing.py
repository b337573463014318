"""What of age is drawn: light and shade of the size of features, away from what people of some age merely wear.

The regression of pictures on age also finds how photographs of older people are lit and coloured, and how the young
paint brows, eyes and lips. A face does not age by that, and the estimators hardly ask for it. Going back in years, the
folds of the face itself go first, as a retoucher would have it.
"""

import cv2
import numpy as np

from editors.areas import within_hull
from editors.attributes.places import place
from editors.faces import eye_distance
from editors.frame import MESH_POINTS
from editors.mesh_points import LEFT_BROW, LOWER_LIP_ROWS, RIGHT_BROW, UPPER_LIP_ROWS
from editors.networks.face_shape import FaceShape

EYES = ((33, 133, 159, 145, 157, 154, 161, 163), (263, 362, 386, 374, 384, 381, 388, 390))
LIPS = tuple(index for row in (*UPPER_LIP_ROWS, *LOWER_LIP_ROWS) for index in row)
NOSE = (9, 6, 98, 327, 2, 195, 5, 4, 49, 279)
NOSTRILS = (97, 98, 64, 129, 2, 326, 327, 294, 358)
COARSEST = 0.45
"""Blur in eye distances: what is coarser is how the photograph is lit."""
SHARE = {"brows": 0.9, "lips": 0.9, "eyes": 0.85, "nose": 0.8}
"""How much of its shade each part loses."""
EDGE = 0.25
"""Share of the shade kept at the outline of the face."""
DEEPEN = 7.7
"""Wrinkles against shade, beyond what the regression gives: photographs this small blur them."""
FLATTEN = 0.35
"""Folds against shade: whoever is to look younger loses them before anything is painted."""


def part(points: tuple[int, ...], grown: float, soft: float, shape: FaceShape) -> np.ndarray:
    """Float32 (S, S) 0..1: the hull of some mesh points, grown and with a soft edge, both in eye distances."""
    mean = shape.frame.mean * shape.frame.size
    eye = eye_distance(mean)
    mask = within_hull(mean[list(points)], shape.frame.inside.shape).astype(np.float32)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(grown * eye) + 1,) * 2)
    return cv2.GaussianBlur(cv2.dilate(mask, disc), (0, 0), soft * eye)


def inner(shape: FaceShape) -> np.ndarray:
    """Float32 (S, S) 0..1: the face without its outline."""
    eye = eye_distance(shape.frame.mean * shape.frame.size)
    oval = part(tuple(range(MESH_POINTS)), 0, 0.01, shape) > 0.5
    kept = cv2.erode(oval.astype(np.uint8), np.ones((round(0.22 * eye) | 1,) * 2))
    return cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.07 * eye)


def shade_of_age(change: np.ndarray, shape: FaceShape) -> np.ndarray:
    """Light and shade, float32 (S, S), of a change of appearance (S, S, 3) in the frame."""
    inside = shape.frame.inside.astype(np.float32)
    blur = COARSEST * eye_distance(shape.frame.mean * shape.frame.size)
    grey = cv2.cvtColor(np.float32(change), cv2.COLOR_RGB2GRAY)
    lit = cv2.GaussianBlur(grey, (0, 0), blur) / np.maximum(cv2.GaussianBlur(inside, (0, 0), blur), 0.1)
    worn = np.maximum.reduce([
        *(SHARE["brows"] * part(brow, 0.06, 0.06, shape) for brow in (LEFT_BROW, RIGHT_BROW)),
        SHARE["lips"] * part(LIPS, 0.06, 0.06, shape),
        *(SHARE["eyes"] * part(eye, 0.25, 0.1, shape) for eye in EYES),
        SHARE["nose"] * part(NOSE, 0.05, 0.08, shape),
    ])
    outline = EDGE + (1 - EDGE) * inner(shape)
    return (grey - lit) * inside * place("age", shape) * (1 - worn) * outline


def relief_of_age(depth: np.ndarray, shape: FaceShape) -> np.ndarray:
    """What wrinkles deepen by, float32 (S, S), from what the regression gives: not where features have their edges."""
    return DEEPEN * depth * place("age", shape) * (1 - features(0.9, shape)) * inner(shape)


def smooth_of_age(shape: FaceShape) -> np.ndarray:
    """What folds flatten by as years are taken off, float32 (S, S): as much everywhere but at the edges of features."""
    return FLATTEN * place("age", shape) * (1 - features(0.1, shape))


def features(nose: float, shape: FaceShape) -> np.ndarray:
    """Float32 (S, S) 0..1: brows, lips, eyes and nostrils, with a share of the nose."""
    return np.maximum.reduce([
        *(part(points, 0.06, 0.06, shape) for points in (LEFT_BROW, RIGHT_BROW, LIPS)),
        *(part(eye, 0.08, 0.06, shape) for eye in EYES),
        0.7 * part(NOSTRILS, 0.03, 0.06, shape),
        nose * part(NOSE, 0.12, 0.08, shape),
    ])
