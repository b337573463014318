"""The fixed set of label edits that the Masks editor is judged by, made from a label map, in eye distances."""

from collections.abc import Callable

import cv2
import numpy as np

from editors.labels import IDS
from editors.semantic.movement import mask_of

BROWS, EYES, LIPS = ("left brow", "right brow"), ("left eye", "right eye"), ("upper lip", "lower lip", "mouth")
FACE = ("skin", "nose", *EYES, *BROWS, *LIPS)


def eye_line(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Middle between the eyes (2,), unit vector along them to the picture's right (2,), distance in pixels."""
    right, left = (np.argwhere(labels == IDS[name])[:, ::-1].mean(0) for name in ("right eye", "left eye"))
    across = left - right
    return (left + right) / 2, across / np.linalg.norm(across), float(np.linalg.norm(across))


def upright(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places along and below the eye line, in eye distances: two arrays (H, W)."""
    middle, along, eyes = eye_line(labels)
    y, x = np.indices(labels.shape)
    x, y = x - middle[0], y - middle[1]
    return (x * along[0] + y * along[1]) / eyes, (y * along[0] - x * along[1]) / eyes


def without(labels: np.ndarray, gone: np.ndarray, allowed: tuple[str, ...] | None = None) -> np.ndarray:
    """Labels where those in a mask are replaced by the nearest others (of the allowed ones)."""
    stays = ~gone & (True if allowed is None else mask_of(labels, allowed))
    _, nearest = cv2.distanceTransformWithLabels((~stays).astype(np.uint8), cv2.DIST_L2, 5,
                                                 labelType=cv2.DIST_LABEL_PIXEL)
    values = np.zeros(nearest.max() + 1, np.uint8)
    values[nearest[stays]] = labels[stays]
    return np.where(gone, values[nearest], labels)


def moved(labels: np.ndarray, parts: tuple[tuple[str, ...], ...], scale: tuple[float, float] = (1, 1),
          shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    """Each group of parts scaled about its middle and shifted, along and below the eye line in eye distances."""
    middle, along, eyes = eye_line(labels)
    turn = np.array([along, [-along[1], along[0]]])
    names = tuple(name for group in parts for name in group)
    out = without(labels, mask_of(labels, names))
    for group in parts:
        part = mask_of(labels, group)
        if not part.any():
            continue
        centre = np.argwhere(part)[:, ::-1].mean(0)
        matrix = turn.T @ np.diag(scale) @ turn
        offset = centre + turn.T @ (np.array(shift) * eyes) - matrix @ centre
        for name in group:
            mask = (labels == IDS[name]).astype(np.float32)
            there = cv2.warpAffine(mask, np.column_stack([matrix, offset]), mask.shape[::-1]) > 0.5
            out[there & mask_of(out, (*FACE, "hair"))] = IDS[name]
    return out


def brows_raised(labels: np.ndarray) -> np.ndarray:
    return moved(labels, tuple((name,) for name in BROWS), shift=(0, -0.12))


def nose_narrowed(labels: np.ndarray) -> np.ndarray:
    return moved(labels, (("nose",),), scale=(0.85, 1))


def mouth_widened(labels: np.ndarray) -> np.ndarray:
    return moved(labels, (LIPS,), scale=(1.15, 1))


def eyes_opened(labels: np.ndarray) -> np.ndarray:
    return moved(labels, tuple((name,) for name in EYES), scale=(1, 1.25))


def jaw_narrowed(labels: np.ndarray) -> np.ndarray:
    """The outline below the nose drawn in by up to 15 %."""
    x, y = upright(labels)
    face = mask_of(labels, FACE)
    middle, along, eyes = eye_line(labels)
    narrow = 1 - 0.15 * np.clip((y - 0.4) / 0.8, 0, 1)
    wider = x / narrow
    columns = (middle[0] + eyes * (wider * along[0] - y * along[1])).astype(np.float32)
    rows = (middle[1] + eyes * (wider * along[1] + y * along[0])).astype(np.float32)
    kept = cv2.remap(face.astype(np.float32), columns, rows, cv2.INTER_LINEAR) > 0.5
    lost = mask_of(labels, ("skin",)) & ~kept
    return without(labels, lost, ("background", "neck", "hair", "cloth", "left ear", "right ear"))


def hair_grown(labels: np.ndarray) -> np.ndarray:
    reach = round(0.3 * eye_line(labels)[2])
    away = cv2.distanceTransform((~mask_of(labels, ("hair",))).astype(np.uint8), cv2.DIST_L2, 5)
    return np.where((away <= reach) & mask_of(labels, ("background",)), IDS["hair"], labels).astype(np.uint8)


def bald(labels: np.ndarray) -> np.ndarray:
    """Hair gone: scalp within the skull, what lies behind elsewhere."""
    x, y = upright(labels)
    hair = mask_of(labels, ("hair",))
    face = mask_of(labels, ("skin", *EYES, *BROWS)) & (np.abs(y) < 0.35)
    half = np.percentile(np.abs(x[face]), 98) + 0.02
    skull = np.abs(x / half) ** 2.3 + np.abs((y + 0.1) / 1.15) ** 2.3 < 1
    out = np.where(hair & skull & (y < 0.1), IDS["skin"], labels).astype(np.uint8)
    return without(out, out == IDS["hair"], ("background", "neck", "cloth"))


def fringe(labels: np.ndarray) -> np.ndarray:
    """Hair over the forehead, down to a little above the brows."""
    x, y = upright(labels)
    brows = mask_of(labels, BROWS)
    lowest = np.percentile(y[brows], 5) - 0.03 if brows.any() else -0.45
    return np.where((y < lowest) & mask_of(labels, ("skin",)), IDS["hair"], labels).astype(np.uint8)


def glasses(labels: np.ndarray) -> np.ndarray:
    """Round glasses on both eyes, a bridge and temples; the eyes stay eyes."""
    x, y = upright(labels)
    lens = ((np.abs(np.abs(x) - 0.5) / 0.42) ** 2.6 + (np.abs(y - 0.06) / 0.34) ** 2.6) < 1
    bridge = (np.abs(x) < 0.12) & (np.abs(y + 0.06) < 0.045)
    temple = (np.abs(x) > 0.86) & (np.abs(y + 0.06) < 0.05)
    where = (lens | bridge | temple) & mask_of(labels, ("skin", "nose", *BROWS))
    return np.where(where, IDS["eyeglasses"], labels).astype(np.uint8)


EDITS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], tuple[tuple[str, ...], ...], float]] = {
    "brows raised by .12": (brows_raised, tuple((name,) for name in BROWS), 0.55),
    "nose narrowed by 15 %": (nose_narrowed, (("nose",),), 0.75),
    "mouth widened by 15 %": (mouth_widened, (("upper lip",), ("lower lip",)), 0.55),
    "eyes opened by 25 %": (eyes_opened, tuple((name,) for name in EYES), 0.75),
    "jaw narrowed by 15 %": (jaw_narrowed, (FACE,), 0.75),
    "hair grown by .3": (hair_grown, (("hair",),), 0.75),
    "fringe added": (fringe, (("hair",),), 0.75),
    "hair to bald": (bald, (("skin",),), 0.75),
    "glasses added": (glasses, (), 0.0),
}
"""Name -> the edit, the groups of labels whose agreement counts, and what their mean IoU has to reach."""
