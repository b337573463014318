"""Parts of a label map as objects: where they are, moved, resized, mirrored, taken away.

All is in the head's own measure: x along the eye line, y below it, in distances between the eyes. What belongs
together stays together: glasses sit on the eyes, an earring hangs from its ear, and both follow them.
"""


import cv2
import numpy as np

from ..areas import nearest
from ..errors import SettingError
from ..labels import BROWS, EYES, IDS, NAMES, mask_of
from .movement import FACE

FOLLOWS = {"left eye": "eyeglasses", "right eye": "eyeglasses", "left ear": "earring", "right ear": "earring"}
"""What goes along when a part is moved."""
PLACED: dict[str, tuple[tuple[str, ...], tuple[float, float]]] = {
    "hair": ((), (0.0, 0.0)), "brows": (BROWS, (0.5, -0.36)),
    "lips": (("upper lip", "lower lip"), (0.0, 1.12)), "nose": (("nose",), (0.0, 0.45)),
}
"""Kind of part whose outline is in the library -> the labels whose place it takes, and its usual place."""

Places = tuple[np.ndarray, np.ndarray]


def eye_line(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Middle between the eyes (2,), unit vector along them to the picture's right (2,), distance in pixels.

    Raises SettingError where an eye is missing.
    """
    found = [cv2.findNonZero((labels == IDS[name]).astype(np.uint8)) for name in ("right eye", "left eye")]
    if any(points is None for points in found):
        raise SettingError("The label map needs both eyes: parts are placed by them.")
    right, left = (points.reshape(-1, 2).mean(0) for points in found)
    across = left - right
    return (left + right) / 2, across / np.linalg.norm(across), float(np.linalg.norm(across))


def upright(labels: np.ndarray) -> Places:
    """Places along and below the eye line, in eye distances: two arrays (H, W)."""
    middle, along, eyes = eye_line(labels)
    y, x = np.indices(labels.shape)
    x, y = x - middle[0], y - middle[1]
    return (x * along[0] + y * along[1]) / eyes, (y * along[0] - x * along[1]) / eyes


def without(labels: np.ndarray, gone: np.ndarray, allowed: tuple[str, ...] | None = None) -> np.ndarray:
    """Labels uint8 (H, W) where those in a mask, bool (H, W), give way to the nearest others (of the allowed ones)."""
    stays = ~gone & (np.ones_like(gone) if allowed is None else mask_of(labels, allowed))
    if not stays.any():
        return labels
    return np.where(gone, nearest(labels, stays), labels)


def moved(
    labels: np.ndarray, parts: tuple[tuple[str, ...], ...], scale: tuple[float, float] = (1, 1),
    shift: tuple[float, float] = (0, 0), mirror: bool = False,
) -> np.ndarray:
    """Each group of parts scaled about its middle, mirrored and shifted, in eye distances along and below the eye line.

    What follows a moved part goes along; places left behind take their neighbours' labels, of what is behind glasses.
    """
    middle, along, eyes = eye_line(labels)
    turn = np.array([along, [-along[1], along[0]]])
    parts = tuple((*group, *_followers(labels, group)) for group in parts)
    behind = tuple(name for name in NAMES if name != "eyeglasses")
    out = without(labels, mask_of(labels, tuple(name for group in parts for name in group)), behind)
    way = turn.T @ np.diag((-scale[0] if mirror else scale[0], scale[1])) @ turn
    for group in parts:
        part = mask_of(labels, group)
        if not part.any():
            continue
        centre = np.argwhere(part)[:, ::-1].mean(0)
        affine = np.column_stack([way, centre + turn.T @ (np.array(shift) * eyes) - way @ centre])
        hidden = set(group) <= {"left brow", "right brow"} and mask_of(out, FACE)[part].mean() > 0.5
        over = FACE if hidden else (*FACE, "hair")            # hair hides a brow, unless it was painted over hair
        allowed = mask_of(out, over) if set(group) <= set(FACE) else np.ones_like(part)
        for name in sorted(group, key=lambda each: each == "eyeglasses"):
            there = cv2.warpAffine((labels == IDS[name]).astype(np.float32), affine, part.shape[::-1]) > 0.5
            if name == "eyeglasses":
                there &= ~mask_of(out, EYES)
            out[there & allowed] = IDS[name]
    return out


def _followers(labels: np.ndarray, group: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that go along with a group: glasses when both eyes are in it, earrings when both ears are."""
    found = []
    for name in ("eyeglasses", "earring"):
        leaders = {leader for leader, follower in FOLLOWS.items() if follower == name}
        if leaders <= set(group) and (labels == IDS[name]).any():
            found.append(name)
    return tuple(found)


def place_of(labels: np.ndarray, kind: str, side: int) -> tuple[float, float]:
    """Where a kind of part belongs along and below the eye line: where it is, else where it usually is.

    side: of a brow, 1 for the picture's right, -1 for its left
    """
    names, usual = PLACED[kind]
    if not names:
        return usual[0] * side, usual[1]
    part = mask_of(labels, names)
    if not part.any():
        return usual[0] * side, usual[1]
    x, y = upright(labels)
    return usual[0] * side or float(x[part].mean()), float(y[part].mean())
