"""Where the parts of a face lie that a hole hides and no line shows: read off what is around the hole."""

import cv2
import numpy as np

from ..crops import sample
from ..faces import eye_distance
from ..frame import MESH_POINTS
from ..mesh_points import MIRROR
from ..models import Models
from ..networks.face_shape import FaceShape, Similarity, similarity_to
from ..parsing import person_chance
from .place import SEEN, complete_mesh, hidden_points, likely_mesh

STARTS, LOOKS = (1.0, 0.8, 1.25), 4
"""Sizes of a face, where a hole is the size of its oval, from which one is looked for in a hole that hides all of it;
and how often it is looked for from where it was found."""
AGREED, HALF = (0.12, 0.08), (0.55, 0.75)
"""Eye distances, on average, by which faces found from these sizes, and in a mirror, may differ to be one: up to a
share of the face in the hole, and from a larger one on. On walls they differ by more, on animals nearly always. Chosen
on photographs that are kept for choosing."""
PERSON, WIDE, PERSON_SIDE = 0.3, (2.0, 1.4), 256
"""Share of what lies close around a hole that is a person where a face may be under it; and the squares, in sides of
the hole and in pixels, in which a person is looked for: in a wide one none is seen whose whole head is hidden."""
SETTLED = 0.06
"""Eye distances by which a face may move, on average, when it is looked for, not to be looked for again from there."""
FEW = 0.15
"""Share of a mesh in a hole up to which the mesh is believed there, too, and the more the smaller the share."""
TRUSTED = 1.0
"""Eye distances from a hole from which on a mesh is wholly believed; nearer, it follows what a hole is filled with."""


def mesh_under(image: np.ndarray, hole: np.ndarray, mesh: np.ndarray, models: Models) -> np.ndarray:
    """The most likely mesh (468, 3) by what is seen around a hole, and by a mesh (468, 3) as far as it is away from it.

    image: uint8 (H, W, 3);  hole: bool (H, W);  mesh: in photograph pixels
    """
    hidden = hidden_points(mesh, hole)
    if not hidden.any():
        return mesh
    shape = models.get("face_shape")
    found, moved = complete_mesh(mesh, hidden, shape), np.inf
    for _ in range(LOOKS):
        if moved < SETTLED * eye_distance(found):
            break
        before, found = found, _looked_for(found, image, hole, models)
        moved = np.linalg.norm((found - before)[:, :2], axis=1).mean()
    place = similarity_to(found, shape.mean_mesh)
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5) / (TRUSTED * eye_distance(found))
    at = np.round(found[:, :2]).astype(int).clip(0, np.array(hole.shape[::-1]) - 1)
    trust = away[at[:, 1], at[:, 0]].clip(0, 1) ** 2 * ~hidden_points(found, hole)                       # (468,)
    trust = np.maximum(trust, 1 - hidden.mean() / FEW)
    by_seen, by_around = (np.column_stack([flat[:, :2], flat[:, 2] - flat[:, 2].mean() + shape.mean_mesh[:, 2].mean()])
                          for flat in (place.to_model(mesh), place.to_model(found)))
    weights = trust**2 / SEEN**2, (1 - trust) ** 2 / SEEN**2
    wanted = (weights[0][:, None] * by_seen + weights[1][:, None] * by_around) / sum(weights)[:, None]
    likely = place.to_photograph(likely_mesh(wanted, sum(weights), shape))
    likely[:, 2] += mesh[:, 2].mean() - likely[:, 2].mean()
    return likely


def _looked_for(mesh: np.ndarray, image: np.ndarray, hole: np.ndarray, models: Models) -> np.ndarray:
    """The mesh (468, 3) that is found from where one, (468, 3), is thought to lie: in a picture and in a mirror."""
    shape, network, width = models.get("face_shape"), models.get("hidden_mesh"), hole.shape[1]
    found = network.find(image, hole, similarity_to(mesh, shape.mean_mesh), shape)[1]
    seen, covered = (np.ascontiguousarray(layer[:, ::-1]) for layer in (image, hole))
    start = similarity_to(_mirrored(mesh, width), shape.mean_mesh)
    return (found + _mirrored(network.find(seen, covered, start, shape)[1], width)) / 2


def face_under(image: np.ndarray, hole: np.ndarray, models: Models) -> np.ndarray | None:
    """The mesh (468, 3) of a face that lies wholly under a hole, bool (H, W); None where none does.

    image: uint8 (H, W, 3), filled smoothly there. The face is looked for from several sizes, and in a mirror: hair,
    ears, neck and shoulders lead all to the same place; a wall or a cat does not.
    """
    if _person_around(image, hole, models) < PERSON:
        return None
    shape, network, meshes = models.get("face_shape"), models.get("hidden_mesh"), []
    for seen, covered in ((image, hole), (np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(hole[:, ::-1]))):
        for size in STARTS:
            place = _filling(covered, shape, size)
            for _ in range(LOOKS):
                place, mesh = network.find(seen, covered, place, shape)
            meshes.append(mesh if seen is image else _mirrored(mesh, hole.shape[1]))
    middle = np.mean(meshes, 0)
    apart = np.linalg.norm((meshes - middle)[..., :2], axis=2).mean()
    agreed = np.interp(hidden_points(middle, hole).mean(), HALF, AGREED)
    return middle if apart < agreed * eye_distance(middle) else None


def _mirrored(mesh: np.ndarray, width: int) -> np.ndarray:
    """A mesh (468, 3) where it lies in the mirror image of a picture of a width."""
    mesh = mesh[list(MIRROR[:MESH_POINTS])]
    return np.column_stack([width - 1 - mesh[:, 0], mesh[:, 1:]])


def _filling(hole: np.ndarray, shape: FaceShape, size: float) -> Similarity:
    """How a photograph lies on the mean face if a face of a size fills the largest piece of a hole."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
    largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    width, height = boxes[largest, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    low, high = shape.mean_mesh[:, :2].min(0), shape.mean_mesh[:, :2].max(0)
    turn = complex(np.sqrt(np.prod(high - low) / (width * height)) / size)
    left, top = boxes[largest, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    middle = complex(left + (width - 1) / 2, top + (height - 1) / 2)
    return Similarity(turn, complex(*(low + high) / 2) - turn * middle)


def _person_around(image: np.ndarray, hole: np.ndarray, models: Models) -> float:
    """How far what lies close around a hole, bool (H, W), is a person, 0..1."""
    rows, columns = np.nonzero(hole)
    low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()]) + 1
    return max(_person_in(image, hole, (low + high) / 2, wide * (high - low).max(), models) for wide in WIDE)


def _person_in(image: np.ndarray, hole: np.ndarray, middle: np.ndarray, side: float, models: Models) -> float:
    """As `_person_around`, looked for in the square with a middle x, y and a side."""
    left, top = middle - side / 2
    affine = np.array([[side / PERSON_SIDE, 0, left], [0, side / PERSON_SIDE, top]])
    size = (PERSON_SIDE, PERSON_SIDE)
    chance = person_chance(sample(image, affine, size, cv2.BORDER_REPLICATE), models)
    here, known = (sample(layer.astype(np.uint8), affine, size) > 0 for layer in (hole, np.ones_like(hole)))
    wide = PERSON_SIDE // 13 | 1
    ring = (cv2.dilate(here.astype(np.uint8), np.ones((wide, wide))) > 0) & ~here & known
    return float(chance[ring].mean()) if ring.any() else 0.0
