"""The fixed set of label edits that the Masks editor is judged by, made from a label map, in eye distances."""

from collections.abc import Callable

import cv2
import numpy as np

from editors.labels import BROWS, EYES, IDS, LIPS, mask_of
from editors.semantic.movement import FACE
from editors.semantic.parts import eye_line, moved, upright, without
from editors.semantic.shapes import placed


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
    return placed(labels, "hair", "bald")


def fringe(labels: np.ndarray) -> np.ndarray:
    return placed(labels, "hair", "fringe")


def glasses(labels: np.ndarray) -> np.ndarray:
    return placed(labels, "glasses", "soft")


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
