"""The side of a face that a turn of the head brings to light: drawn from the side that the photograph shows.

Faces are nearly mirror images of themselves. Where a cheek was seen too sharply from the side, or not at all, the skin
of the other cheek takes its place, in the colours that its surroundings have.
"""

import cv2
import numpy as np

from .areas import Box, bounds, within_hull
from .canvas import Canvas
from .colours import rgb_to_lab
from .faces import eye_distance, yaw_of
from .frame import MESH_POINTS, areas, continued, evaluate, rasterise, triangle_maps
from .measures import pose_of, rotation_by
from .mesh_points import MIRROR, OVAL

SHARP, ENOUGH = 0.3, 0.65
"""Share of a triangle's new size that it was seen at: below the first it is drawn from the other side, from the second
on by itself."""
BETTER = 1.3
"""How many times larger the other side must be seen."""
SLIVER = 0.08
"""Share of its mirror image's size up to which a triangle is a sliver still, and left as it is."""
FRONTAL = 8.0
"""Degrees of yaw up to which a photograph shows both sides alike; at twice that it hides one."""
HIDDEN = (30.0, 34.0)
"""Degrees of yaw from which so much of one side is hidden that less and less of it is drawn, and then nothing."""
MOST_LIT = 45.0
"""Levels of 255 by which one side may be lit more than the other."""
LEAST = 0.004
"""Share of one picture in another that nobody sees."""
FOREIGN, PIECE, GLASSES, FRAMES = 28.0, 0.2, 0.2, (0.6, 0.8)
"""How different from skin, in CIELAB, what is worn before the eyes is, and how large at least, in eye distances; from
which area on, in their squares, these are glasses; by how much taller and wider they are than what is seen of them."""
SOCKETS = (127, 356, 227, 447, 50, 280, 4, 70, 300)
"""Points of the mesh that glasses lie between: temples, cheeks, the tip of the nose, brows."""
GROWN, SOFT, AROUND = (0.08, 0.16), 0.05, 0.25
"""Eye distances that what is wanted of the other side is made wider by within the face and beyond it, over which one
gives way to the other, and within which colours are compared."""

SMOOTH = 0.1
"""Eye distances over which places are smoothed that slivers do not tell."""
BACK = ((15.0, 20.0, 25.0, 30.0, 40.0), (1.0, 0.65, 0.49, 0.43, 0.2))
"""Degrees of yaw, and the shares of what is asked by which a head turned so far turns back: nothing in the photograph
tells what would come to light."""
ON, PROFILE = 34.0, 52.0
"""Degrees of yaw from which a head turns on less and less, and which it does not reach: it has no profile to show."""


def eased(turn: np.ndarray, yaw: float) -> np.ndarray:
    """A rotation (3, 3) of a head, less of it the further the head is turned already, by `yaw` degrees.

    Seen from the front a head turns as asked, unless that is nearly into its profile.
    """
    asked, pitch = pose_of(turn)
    if not asked:
        return turn
    if asked * yaw < 0:                                           # as far as the front it shows what was hidden
        back = min(abs(asked), abs(yaw))
        size = float(np.interp(abs(yaw), *BACK)) * back + abs(asked) - back
    else:
        start = max(ON - abs(yaw), 0.0)
        past, room = max(abs(asked) - start, 0.0), max(PROFILE - max(ON, abs(yaw)), 1e-6)
        size = min(abs(asked), start) + past * room / (past + room)
    return rotation_by(float(np.copysign(size, asked)), pitch)


def mirror_of() -> np.ndarray:
    """The vertex that stands at the place of each in the mirror, int (540,): of the mesh, then of the rings."""
    oval = {point: index for index, point in enumerate(OVAL)}
    ring = np.array([oval[MIRROR[point]] for point in OVAL])
    return np.concatenate([MIRROR[:MESH_POINTS], *(MESH_POINTS + k * len(OVAL) + ring for k in range(2))])


def far_side(canvas: Canvas, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Where each grid point of a turned face is seen on its other side, and how much of that is wanted.

    moved: vertices (540, 3) of the turned face in photograph pixels
    Returns float32 (h, w, 2) in pixels of the box and (h, w) in 0..1; None where the photograph shows all of the face.
    """
    yaw = abs(yaw_of(canvas.vertices))
    hides = min(max(min((yaw - FRONTAL) / FRONTAL, (HIDDEN[1] - yaw) / (HIDDEN[1] - HIDDEN[0])), 0.0), 1.0)
    if not hides:
        return None
    triangles, points = canvas.shape.frame.triangles, canvas.to_grid(moved)
    mirrored = canvas.vertices[mirror_of()]
    sizes = [areas(canvas.to_grid(places), triangles) for places in (moved, canvas.vertices, mirrored)]
    facing = np.sign(np.median(sizes[1]))
    now, was, other = sizes[0] * facing, sizes[1] * facing, -sizes[2] * facing
    shown, shown_other = (size.clip(0) / np.maximum(now, 1e-6) for size in (was, other))
    wanted = ((ENOUGH - shown) / (ENOUGH - SHARP)).clip(0, 1) * (shown_other > BETTER * shown) * (now > 0)
    whole = ((now / np.maximum(other, 1e-6) - SLIVER) / SLIVER).clip(0, 1)
    wanted *= whole
    face = (triangles < MESH_POINTS).all(1)
    wanted *= hides * face
    if not wanted.any():
        return None
    seen = rasterise(points, triangles, canvas.grid_shape, moved[:, 2], now <= 0)
    where = evaluate(seen, triangle_maps(points, mirrored[:, :2] - canvas.box[:2], triangles))
    share = np.where(seen >= 0, wanted[seen], 0).astype(np.float32)
    eyes = eye_distance(canvas.vertices) / canvas.step
    within, beyond = (cv2.dilate(share, np.ones((round(width * eyes) | 1,) * 2)) for width in GROWN)
    where = _smoothed(where, (seen >= 0) & (whole[seen] == 1), eyes)        # a sliver's picture is pressed into specks
    beyond *= at_places(1 - canvas.labels_on_grid(("background",)), where, canvas)
    share = np.where((seen >= 0) & face[seen], within, beyond)
    own = evaluate(seen, triangle_maps(points, canvas.vertices[:, :2] - canvas.box[:2], triangles))
    share *= 1 - at_places(_worn(canvas, eyes), continued(own, seen >= 0), canvas)
    return where, cv2.GaussianBlur(share, (0, 0), SOFT * eyes)


def _smoothed(where: np.ndarray, sure: np.ndarray, eyes: float) -> np.ndarray:
    """Places, float32 (h, w, 2), that where not sure, bool (h, w), go on smoothly from where they are."""
    if not sure.any():
        return where
    rows, columns = np.nonzero(sure)
    plane = np.linalg.lstsq(np.stack([columns, rows, np.ones_like(rows)], 1), where[sure], rcond=None)[0]
    rows, columns = np.indices(sure.shape)
    usual = np.dstack([columns, rows, np.ones_like(rows)]) @ plane
    apart = continued((where - usual).astype(np.float32), sure)
    own = cv2.GaussianBlur(cv2.erode(sure.astype(np.float32), np.ones((3, 3))), (0, 0), 1)[..., None]
    spread = cv2.GaussianBlur(apart, (0, 0), SMOOTH * eyes)
    return (usual + spread + own * (apart - spread)).astype(np.float32)


def _worn(canvas: Canvas, eyes: float) -> np.ndarray:
    """Where what lies before the eyes is unlike skin, float32 (h, w) 0..1: it stays whole.

    Glasses that `glasses` finds are off already. What is left are others, strands, and light of another colour on one
    side of the face, which the other side would only be laid beside.
    """
    lab = rgb_to_lab(canvas.small)
    skin = canvas.labels_on_grid(("skin", "nose")) > 0.9
    if not skin.any():
        return skin.astype(np.float32)
    unlike = np.linalg.norm(lab - np.median(lab[skin], axis=0), axis=2) > FOREIGN
    face = canvas.labels_on_grid(("skin", "nose", "eyeglasses", "left eye", "right eye", "left brow", "right brow"))
    before = within_hull(canvas.to_grid(canvas.vertices[list(SOCKETS)]), skin.shape)
    worn = (unlike & (face > 0.5) & before).astype(np.float32)
    size = max(3, round(PIECE * eyes) | 1)
    worn = cv2.morphologyEx(worn, cv2.MORPH_OPEN, np.ones((size, size)))          # eyes and brows are narrower
    if not worn.any():
        return worn
    tall = wide = size
    if worn.sum() > GLASSES * eyes**2:
        tall, wide = (max(size, round(side * eyes) | 1) for side in FRAMES)
    return cv2.GaussianBlur(cv2.dilate(worn, np.ones((tall, wide))), (0, 0), SOFT * eyes)


def at_places(grid: np.ndarray, where: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Values on the grid (h, w, ...) at places in pixels of the box, float32 (h, w, 2)."""
    places = (where + 0.5) / np.float32(canvas.step) - 0.5
    return cv2.remap(grid, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def part_of(share: np.ndarray, canvas: Canvas) -> Box | None:
    """The part of the box, in its pixels, outside which nobody sees a share on the grid (h, w); None for none."""
    if not (seen := share > LEAST).any():
        return None
    rows, columns = bounds(seen, 1)
    (x0, x1), (y0, y1) = ((each.start * canvas.step, each.stop * canvas.step) for each in (columns, rows))
    width, height = canvas.size
    return int(x0), int(y0), min(int(np.ceil(x1)), width), min(int(np.ceil(y1)), height)


def drawn_from_other(
    warped: np.ndarray, crop: np.ndarray, where: np.ndarray, share: np.ndarray, canvas: Canvas
) -> np.ndarray:
    """The turned picture, uint8 (H, W, 3), with what is wanted of the other side of the face in `crop`."""
    size = canvas.grid_shape[::-1]
    small = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) for picture in (warped, crop)]
    mirrored = at_places(small[1], where, canvas)
    known = ((1 - share) * (canvas.labels_on_grid(("skin", "nose")) > 0.5) + 1e-4)[..., None]
    blur = AROUND * eye_distance(canvas.vertices) / canvas.step
    lit = cv2.GaussianBlur(known * (small[0] - mirrored), (0, 0), blur)
    lit = (lit / cv2.GaussianBlur(known, (0, 0), blur)[..., None]).clip(-MOST_LIT, MOST_LIT)
    if (part := part_of(share, canvas)) is None:
        return warped
    x0, y0, x1, y1 = part
    other = cv2.remap(crop, canvas.enlarge(where, part), None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    under = warped[y0:y1, x0:x1]
    change = canvas.enlarge(share, part)[..., None] * (other + canvas.enlarge(lit, part) - under)
    result = warped.copy()
    result[y0:y1, x0:x1] = np.round(under + change).clip(0, 255)
    return result
