"""Hair that is painted on the lower half of a face is a beard: short hairs that stand on the skin."""

import cv2
import numpy as np

from ..beard import colour_by, drawn_hairs, growing, turned
from ..labels import BROWS, EYES, IDS, LIPS, mask_of
from ..scene import SKIN, Scene
from ..strands import LUMA, Locks, in_locks
from .movement import FACE
from .parts import eye_line, upright

BELOW, MIDDLE, HANGS = 0.45, 0.4, 0.8
"""Eye distances below the eyes from where a beard grows; half the width of the part of a face where painted hair is one
even if it hangs together with the head's, over how little of its width, all in all."""
PER, WIDTH, LONG = 13000, 0.0024, (0.02, 0.1)
"""Hairs on a squared eye distance, how wide one is at its root, how long at the edge and in the midst of a beard."""
LEAN, BEND = 0.5, 0.6
"""Radians that a hair may stand and bend away from its neighbours, either way."""
EDGE, FADES = 0.075, 0.05
"""Eye distances over which a beard thins out towards its edge, and its edge itself is soft."""
UNDER = 0.55
"""How far the skin below a full beard takes its colour."""
LIKE_HAIR = 0.35
"""How far a beard's colour lies from the darkest of brows and hair to the hair's usual one: hair was painted."""
LOCKS: Locks = ((0.2, 0.012, 0.3, 0.1), (0.3, 0.03, 0.25, 0.08), (0.35, 0.07, 0.2, 0.05))


def beard_of(old: np.ndarray, new: np.ndarray) -> np.ndarray | None:
    """bool (H, W): hair that was painted as a beard; None for none, and where nobody can say where the face is."""
    painted = (new == IDS["hair"]) & mask_of(old, (*FACE, "neck"))
    if not painted.any() or not all((old == IDS[eye]).any() for eye in EYES):
        return None
    x, y = upright(old)
    low = painted & (y > BELOW)
    front = low & (np.abs(x) < MIDDLE) & mask_of(old, FACE)                  # long hair may lie on all of a neck
    _, parts = cv2.connectedComponents(low.astype(np.uint8))
    head, above = (cv2.dilate((mask & ~low).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
                   for mask in (new == IDS["hair"], painted))
    found = np.setdiff1d(np.union1d(np.setdiff1d(parts, parts[low & head]), parts[front]), 0)
    hangs = np.bincount(parts[low & above], minlength=parts.max() + 1) > HANGS * eye_line(old)[2]
    found = np.setdiff1d(found, np.flatnonzero(hangs))                      # all the face is hairy
    return np.isin(parts, found) if len(found) else None


def whiskers(scene: Scene, region: np.ndarray) -> None:
    """A beard on the skin that is there, in the colour of brows and hair."""
    scene, here = scene.near(region, 0.5)
    region, eyes = region[here], scene.eyes
    inner = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5) / (EDGE * eyes)
    full = cv2.GaussianBlur(inner.clip(0, 1), (0, 0), max(0.7, FADES * eyes / 2)).astype(np.float32)
    flow = _flow(scene)
    curves, chance = _hairs(full, flow, eyes, scene.generator)
    if not len(chance):                                       # too small for a single one
        return
    drawn = drawn_hairs(curves, chance, WIDTH * eyes, region.shape[::-1])
    depth, lit = in_locks(drawn, LOCKS, flow, eyes, scene.generator)
    cover = 1 - np.exp(-depth)
    below = scene.image
    grey = cv2.GaussianBlur(below @ LUMA, (0, 0), max(1.0, 0.15 * eyes))
    light = (grey / max(float(np.average(grey, weights=full + 1e-6)), 1.0)).clip(0.5, 1.4)
    colour = _colour(scene) * light[..., None]
    skin = below + (UNDER * full**1.5)[..., None] * (colour - below)
    hairs = np.minimum(colour * (lit / np.maximum(depth, 1e-6))[..., None], 240)
    below[:] = skin + cover[..., None] * (hairs - skin)


def _flow(scene: Scene) -> np.ndarray:
    """The way hairs grow, float32 (H, W, 2): as around the mouth that is or was there, else down."""
    for labels in (scene.labels, scene.own.labels) if scene.own else (scene.labels,):
        lips = np.argwhere(mask_of(labels, LIPS))
        if len(lips):
            row, column = lips.mean(0)
            return growing((scene.x - column) / scene.eyes, (scene.y - row) / scene.eyes).astype(np.float32)
    return np.broadcast_to(np.float32([0, 1]), (*scene.labels.shape, 2))


def _hairs(
    full: np.ndarray, flow: np.ndarray, eyes: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Root, middle and tip (3, N, 2) of hairs as dense as full (H, W), and the chance (N, 4) of each."""
    rows, columns = np.nonzero(full > 0.02)
    wanted = full[rows, columns] ** 1.3 * PER / eyes**2
    count = generator.poisson(wanted)
    chance = generator.random((count.sum(), 4))
    roots = np.repeat(np.stack([columns, rows], 1), count, axis=0) + generator.random((len(chance), 2)) - 0.5
    along, there = (np.repeat(each[rows, columns], count, axis=0) for each in (flow, full))
    length = (LONG[0] + (LONG[1] - LONG[0]) * there) * (0.6 + 0.8 * chance[:, 1]) * eyes / 2
    first = (chance[:, 2] - 0.5) * 2 * LEAN
    middle = roots + length[:, None] * turned(along, first)
    tip = middle + length[:, None] * turned(along, first + (chance[:, 3] - 0.5) * 2 * BEND)
    return np.stack([roots, middle, tip]), chance


def _colour(scene: Scene) -> np.ndarray:
    """The colour (3,) of a beard: of brows and hair as they are seen."""
    source = scene.own or scene
    brows, hair = (source.image[mask_of(source.labels, names)].astype(float)
                   for names in (BROWS, ("hair",)))
    if not len(brows) and not len(hair) and "hair" in scene.colours:
        return np.float32(scene.colours["hair"])
    colour, flesh = np.float32(colour_by(brows, hair)), scene.colour(*SKIN, default=(200, 160, 140))
    if len(hair):
        colour += LIKE_HAIR * (np.median(hair, axis=0) - colour)
    return colour * min(1.0, 0.7 * float(flesh.mean() / max(colour.mean(), 1)))
