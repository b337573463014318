"""Hair that hangs beside a face that turns goes with the cheek that it covers.

What lies behind the outline of a face is seen by nobody: it came to light as a seam of skin in front of the hair, or as
a stain of hair on the cheek. Where hair lies beside the outline nothing comes to light, and the hair is drawn wider.
"""

from dataclasses import replace

import cv2
import numpy as np

from .areas import step_between, within_hull
from .canvas import Canvas
from .colours import rgb_to_lab
from .faces import eye_distance, yaw_of
from .flesh import around, between
from .frame import MESH_POINTS, areas
from .measures import pose_of
from .mesh_points import CHIN, OVAL
from .slivers import FACE, HAIR, across_face, pulled
from .tears import Moved

GOES_ALONG = (1.0, 1.0, 0.5)
"""How much of what the cheek does points make that lie so many edges of the mesh within its outline."""
FIRM, ALONG = 0.12, 0.1
"""Eye distances over which the cheek tells its outline where to go, and the outline whether it is covered."""
SPREAD = 0.12
"""Eye distances over which hair beside hair that is drawn wider shares that with it."""
BESIDE = (0.06, 0.1)
"""Eye distances beyond the outline of a mesh within which there may be skin still, and on either side of it from which
there is only hair, or only skin."""
NEARER, UNLIKE = 0.7, 35.0
"""Share of the way from hair to skin from which a colour there is skin; and how unlike, in CIELAB, the two must be."""
LEAST = 0.1
"""Degrees of yaw below which a turn is none."""
MOST_TURNED = (15.3, 16.5)
"""Degrees of yaw from which on a head that turns back shows more and more of its hidden cheek, and all of it: so much
hair would have to be drawn wider."""
OPENS = 0.01
"""Eye distances by which a cheek at least comes to light, if that is to be kept from it."""
ASIDE, BLUR = 0.14, 0.05
"""Eye distances beyond the outline at which it is looked whether hair is there, and the blur of that."""
COVERED = (0.3, 0.7)
"""Shares of hair from which the outline is covered by it, and wholly."""


def behind_hair(moved: np.ndarray, covered: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Vertices (540, 3) of a turned face, in photograph pixels, of which nothing comes to light behind hair.

    moved: (540, 3), as the turn alone has them;  covered: (36,), as `covered_by_hair` says
    """
    if not covered.any():
        return moved
    eyes, places = eye_distance(canvas.vertices), canvas.vertices[:MESH_POINTS, :2]
    outline, steps = places[list(OVAL)], _steps_within(canvas)
    near, firm = np.flatnonzero(steps < len(GOES_ALONG)), np.flatnonzero(steps >= len(GOES_ALONG))
    outwards = _outwards(places[near], outline)
    across = across_face(canvas)[1]                                                             # no nod shows a cheek
    shift = ((moved - canvas.vertices)[:MESH_POINTS, :2] @ across)[:, None] * across
    inner = _weights(places[near], places[firm], FIRM * eyes) @ shift[firm]
    opens = ((shift[near] - inner) * outwards).sum(1)
    around = _weights(places[near], places[near], ALONG * eyes)
    turned = step_between(around @ opens.clip(0) / eyes, 0.0, OPENS)
    opens *= np.array(GOES_ALONG)[steps[near]] * turned * (_weights(places[near], outline, ALONG * eyes) @ covered)
    moved = moved.copy()
    moved[near, :2] -= opens[:, None] * outwards
    return moved


def hair_beside(moved: Moved, covered: np.ndarray, canvas: Canvas) -> Moved:
    """What the grid shows as a face turns, with no skin in the hair that is drawn wider beside it.

    The outline of a face that was turned already lies behind its cheek, where the hair would be drawn from.
    """
    if not covered.any():
        return moved
    triangles, shares = canvas.shape.frame.triangles, np.zeros(len(canvas.vertices))
    shares[list(OVAL)] = covered
    shares[MESH_POINTS:] = np.tile(covered, (len(canvas.vertices) - MESH_POINTS) // len(OVAL))
    ring = (triangles >= MESH_POINTS).any(1)
    share = np.append(np.where(ring, shares[triangles].max(1), 0), 0).astype(np.float32)[moved.seen]
    beyond = pulled(_beyond(_with_skin_beside(canvas)), moved.shift, canvas.step)
    behind = (-beyond).clip(0) * share
    if not behind.any():
        return moved
    blur = SPREAD * eye_distance(canvas.vertices) / canvas.step
    reach = cv2.GaussianBlur(cv2.dilate(behind, np.ones((round(4 * blur) | 1,) * 2)), (0, 0), blur)
    push = (np.sqrt(beyond**2 + reach**2) - beyond) / 2 * share
    rows, columns = np.indices(canvas.grid_shape, np.float32)
    outwards = _outwards(np.stack([columns, rows], -1), canvas.to_grid(canvas.vertices[list(OVAL)]).astype(np.float32))
    shift = moved.shift + (push * canvas.step)[..., None] * outwards
    return replace(moved, shift=shift, beside=moved.beside | (push > 0.1))


def _beyond(face: np.ndarray) -> np.ndarray:
    """How far each point of the grid lies beyond a face, bool (h, w), in points; less than nothing within it."""
    face = face.astype(np.uint8)
    return cv2.distanceTransform(1 - face, cv2.DIST_L2, 5) - cv2.distanceTransform(face, cv2.DIST_L2, 5)


def _with_skin_beside(canvas: Canvas) -> np.ndarray:
    """The face, bool (h, w), as far as its mesh reaches, and what is skin by its colour right beside its cheeks."""
    eyes = eye_distance(canvas.vertices) / canvas.step
    face = within_hull(canvas.to_grid(canvas.vertices[:MESH_POINTS]), canvas.grid_shape)
    beyond = _beyond(face)
    skin = (canvas.labels_on_grid(FACE) > 0.9) & (beyond < -BESIDE[1] * eyes)
    hair = (canvas.labels_on_grid(HAIR) > 0.9) & (beyond > BESIDE[1] * eyes)
    if not skin.any() or not hair.any():
        return face
    lab = rgb_to_lab(canvas.small)
    skin_colour, hair_colour = (around(lab, known, 2 * BESIDE[1] * eyes, np.median(lab[known], axis=0))
                                for known in (skin, hair))
    share, apart = between(lab, hair_colour, skin_colour)
    like = (share > NEARER) & (apart > UNLIKE)
    middle = canvas.to_grid(across_face(canvas)[0][None])[0]
    down = canvas.to_grid(canvas.vertices[[CHIN]])[0] - middle
    rows, columns = np.indices(canvas.grid_shape, np.float32)
    cheeks = (columns - middle[0]) * down[0] + (rows - middle[1]) * down[1] > 0       # temples have hair over them
    return face | like & cheeks & (beyond <= BESIDE[0] * eyes)


def covered_by_hair(turn: np.ndarray, canvas: Canvas) -> np.ndarray:
    """How far hair lies right beside each point of the outline of a face, and no ear, float32 (36,) 0..1.

    turn: rotation (3, 3) of the head
    """
    eyes, outline = eye_distance(canvas.vertices) / canvas.step, canvas.to_grid(canvas.vertices[list(OVAL)])
    at = (outline + ASIDE * eyes * _outwards(outline, outline)).astype(np.float32)[:, None]
    near = np.ones((round(2 * ASIDE * eyes) | 1,) * 2)
    hair, ear = canvas.labels_on_grid(HAIR), cv2.dilate(canvas.labels_on_grid(("left ear", "right ear")), near)
    seen, bare = (cv2.remap(cv2.GaussianBlur(each, (0, 0), max(0.5, BLUR * eyes)), at, None, cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE)[:, 0] for each in (hair, ear))
    yaw, turns = yaw_of(canvas.vertices), pose_of(turn)[0]
    back = step_between(np.abs(np.float32(yaw)), *MOST_TURNED) if yaw * turns < 0 else 0
    return step_between(seen - bare, *COVERED) * (1 - back) * (abs(turns) > LEAST)


def _outwards(places: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """The ways (..., 2) of length 1 from the middle of an outline (M, 2) to places (..., 2)."""
    ways = places - outline.mean(0)
    return ways / np.maximum(np.linalg.norm(ways, axis=-1, keepdims=True), 1e-6)


def _steps_within(canvas: Canvas) -> np.ndarray:
    """How many edges of the mesh each of its points lies within the outline that is seen, int (468,), at most
    len(GOES_ALONG)."""
    corners = canvas.shape.frame.triangles
    corners = corners[(corners < MESH_POINTS).all(1)]
    sizes = areas(canvas.vertices[:, :2], corners)
    steps = np.full(MESH_POINTS, len(GOES_ALONG))
    steps[list(OVAL)] = 0
    steps[corners[sizes * np.median(sizes) < 0]] = 0                            # what a turned face hides of itself
    for step in range(1, len(GOES_ALONG)):
        beside = np.unique(corners[(steps[corners] == step - 1).any(1)])
        steps[beside] = np.minimum(steps[beside], step)
    return steps


def _weights(at: np.ndarray, places: np.ndarray, reach: float) -> np.ndarray:
    """How much each of places (M, 2) tells of what is at each point (N, 2): (N, M), one in all."""
    away = (at**2).sum(1)[:, None] + (places**2).sum(1) - 2 * at @ places.T
    weights = np.exp(-(away - away.min(1, keepdims=True)) / (2 * reach**2))
    return weights / weights.sum(1, keepdims=True)
