"""Eyes that a hole hides and nobody drew: like the other one where that is seen, and else open as eyes usually are.

A painter that knows average eyes leaves a blur of them. H, W height and width; lengths are in widths of the eye.
"""

from collections.abc import Callable

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..crops import scale_of, transform
from ..faces import eye_distance
from ..mesh_points import LEFT_BROW, LEFT_EYE, MIRROR, OVAL, RIGHT_BROW, RIGHT_EYE
from .eyes import HIDDEN
from .openeyes import UNDRAWN
from .openlines import BENDS, BROWN, POINTS, OpenEye, meeting
from .paint import Drawing
from .place import hidden_points
from .shut import skin_beside, soft_within
from .shutlines import patch_of, places_in
from .strokes import FEATURE, grown
from .surroundings import FIRM, laid

FINE = 41.0
"""Pixels between the eyes up to which a filling of them is left: as in the photographs that its painter learned from,
where it is as sharp as these, and nearer to them."""
NEAR, TOLD = 0.25, 0.3
"""How near an eye lines are about it, and how long such are together that tell of it, were they a pixel wide."""
IRIS, HIGH, SHOWN = 0.2, 0.02, 0.62
"""Radius of an iris in widths of both eyes on average, how far above the middle between lids it is, and of their
distance what is seen of it at least."""
IRISES, WIDER, ASIDE = (BROWN, (112, 88, 48), (96, 112, 122), (84, 98, 66)), (0.8, 1.15), 0.06
"""RGB of irises that other seeds give, of how much of their height lids may be, and how far aside eyes may look."""
RIM, STEPS, STEP, STAYS = 1.3, 3, 0.03, 0.7
"""Whoever brushes eyes out brushes over them and a rim, so many times as large: in how many steps to each side, of
how many eye distances, they are looked for in a hole that does not cover where they are thought to lie, and what a
distance costs in shares uncovered."""
COVERED, BOTH = 0.9, 0.3
"""Share of the points of an eye that a hole hides where it is found so, and of the other one from which on the same
holds for it: a brush over brows may hide lids, too."""
BESIDE, BROW, SOFT = 0.8, 0.08, 0.2
"""How far around an eye the mesh tells its mirror image, how near that comes to a brow, and over which it fades."""
DARKEST, LIGHTER = 8.0, (1.5, 1.7)
"""Grey levels that are added where skin is compared, for the dark has no tint; how many times as light as the other
one an eye becomes at most, for what lies in a shadow would glare; and from how many on it is not like that one."""
REST, UNSURE, FARTHEST = 0.05, 0.04, 0.1
"""How far towards the temple an iris lies that looks straight on, in widths of the eye; by how much that is measured
wrongly; and how far aside an eye is made to look at most."""
ASIDE_WITH, ABOVE = 0.2, 0.35
"""How far from an iris all moves as far as it does, and how far above and below it hardly anything does."""


def eyes_untold(
    drawing: Drawing, mesh: np.ndarray, told: list[bool]
) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """The points of the eyes of a mesh (468, 3) that a hole hides and nothing that was drawn tells of, and the mesh
    with these eyes in the hole.

    told: for which eyes something does, whether it is the person's left one
    """
    hole, untold = drawing.hole, []
    if eye_distance(mesh) < FINE:
        return [], mesh
    hidden = hidden_points(mesh, hole)
    for points in (RIGHT_EYE, LEFT_EYE):
        wide = _wide(mesh, points)
        around = grown(within_hull(mesh[list(points), :2], hole.shape), NEAR * wide)
        if (points == LEFT_EYE) in told or hidden[list(points)].mean() < HIDDEN or not around.any():
            continue
        coloured = other_seen(points, hole, mesh) and (drawing.colours[around, 3] >= FIRM).any()
        if not coloured and (drawing.lines[around] > FEATURE).sum() < TOLD * wide:
            untold.append(points)
    if not untold:
        return [], mesh
    moved = within(mesh, untold, hole)
    hidden = hidden_points(moved, hole)
    covered = [points for points in untold if hidden[list(points)].mean() >= COVERED]
    half = any(hidden[list(points)].mean() >= BOTH for points in (RIGHT_EYE, LEFT_EYE)
               if points not in covered and (points == LEFT_EYE) not in told)
    return [] if half else covered, moved


def other_seen(points: tuple[int, ...], hole: np.ndarray, mesh: np.ndarray) -> bool:
    """Whether no point of a mesh (468, 3) of the other eye than the one with these points is hidden."""
    return not hidden_points(mesh, hole)[list(LEFT_EYE if points == RIGHT_EYE else RIGHT_EYE)].any()


def _wide(mesh: np.ndarray, points: tuple[int, ...]) -> float:
    """How many pixels an eye is wide."""
    return 1 / scale_of(patch_of(mesh, points)[0])


def within(mesh: np.ndarray, eyes: list[tuple[int, ...]], hole: np.ndarray) -> np.ndarray:
    """A mesh (468, 3) moved as far as brings eyes of it into the hole, bool (H, W), that hides them."""
    rims = [mesh[list(points), :2].mean(0) * (1 - RIM) + RIM * mesh[list(points), :2] for points in eyes]
    far = STEP * eye_distance(mesh) * np.arange(-STEPS, STEPS + 1)
    moves = np.stack(np.meshgrid(far, far), -1).reshape(-1, 1, 2)
    at = np.round(np.concatenate(rims) + moves).astype(int).clip(0, np.array(hole.shape[::-1]) - 1)
    costs = (~hole[at[..., 1], at[..., 0]]).mean(1) + STAYS * np.linalg.norm(moves[:, 0], axis=1) / eye_distance(mesh)
    return mesh + [*moves[np.argmin(costs), 0], 0]


def usual_eye(mesh: np.ndarray, points: tuple[int, ...], lines: np.ndarray, seed: int) -> OpenEye:
    """An eye of a mesh (468, 3) in pixels, open, that looks where the face does; lines: (H, W), all drawn of it.

    Seeds other than 0 give eyes of other colours that open and look a little otherwise.
    """
    to_eye = patch_of(mesh, points)[0]
    ring, half = transform(mesh[list(points), :2], to_eye), len(points) // 2
    along = np.linspace(ring[:, 0].min(), ring[:, 0].max(), POINTS)
    lower, upper = (np.polynomial.Polynomial.fit(*lid.T, BENDS)(along)
                    for lid in (ring[: half + 1], np.vstack([ring[half:], ring[:1]])))
    chance, colour, wider, aside = np.random.default_rng(seed), BROWN, 1.0, 0.0
    if seed:
        colour, wider = IRISES[chance.integers(len(IRISES))], chance.uniform(*WIDER)
        aside = chance.uniform(-ASIDE, ASIDE)
    middle, half_open = (upper + lower) / 2, wider * (lower - upper).clip(0) / 2
    size = IRIS * np.mean([_wide(mesh, each) for each in (RIGHT_EYE, LEFT_EYE)]) / _wide(mesh, points)
    size = max(size, SHOWN * half_open.max())
    iris = np.array([along.mean() + aside, middle[POINTS // 2] - HIGH, size])
    lids = meeting(along, middle - half_open, middle + half_open)
    return OpenEye(to_eye, lids, iris, lines, points == LEFT_EYE, colour)


def lay_mirrored(
    picture: np.ndarray, mesh: np.ndarray, points: tuple[int, ...], hole: np.ndarray, instead: Callable
) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with the mirror image of an eye that is seen in place of the
    one with these points of a mesh (468, 3); it looks where that one does.

    instead: lays another on the picture and the mesh where that one lies in a shadow
    """
    wide = _wide(mesh, points)
    brow = LEFT_BROW if points == LEFT_EYE else RIGHT_BROW
    own, brow, face = (within_hull(mesh[list(part), :2], hole.shape) for part in (points, brow, OVAL))
    lid = grown(own, UNDRAWN * wide) & ~grown(brow, BROW * wide) & face & hole
    here = bounds(lid, round(0.45 * wide) + 4)
    at = transform(_glancing(here, glance(picture, mesh, points), mesh, points), _mirror(mesh, points, wide))
    lid, inside, under = lid[here], hole[here], picture[here].astype(np.float32)
    at = at.astype(np.float32)
    other = cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    seen = cv2.remap(np.uint8(~hole), at, None, cv2.INTER_NEAREST) > 0
    skin, its_skin = (skin_beside(each, lid, wide) + DARKEST for each in (under, other))
    soft = soft_within(lid & seen, SOFT * wide) * soft_within(inside, 2.0)
    lighter = skin / its_skin
    if np.median(lighter[lid]) > LIGHTER[1]:
        return instead(picture, mesh)
    drawn = other * np.minimum(lighter, LIGHTER[0])
    return laid(picture, here, under + soft[..., None] * (drawn - under), inside)


def glance(picture: np.ndarray, mesh: np.ndarray, points: tuple[int, ...]) -> float:
    """How far to the right of straight on the other eye looks than that with these points of a mesh (468, 3), in
    widths of it, in a picture (H, W, 3): between its lids an iris is what is dark."""
    other, rest = (LEFT_EYE, REST) if points == RIGHT_EYE else (RIGHT_EYE, -REST)
    y, x = np.nonzero(within_hull(mesh[list(other), :2], picture.shape[:2]))
    light = cv2.blur(picture, (3, 3))[y, x].mean(1)
    dark = (np.median(light) - light).clip(0)
    middle = transform(np.average(np.stack([x, y], 1), axis=0, weights=dark + 1e-3), patch_of(mesh, other)[0])[0]
    aside = middle - rest
    return float(np.sign(aside) * np.clip(abs(aside) - UNSURE, 0, FARTHEST))


def _glancing(here: tuple[slice, slice], aside: float, mesh: np.ndarray, points: tuple[int, ...]) -> np.ndarray:
    """Where each pixel of a part, (h, w, 2), was before the iris of the mirror image of an eye that looks aside, in
    widths of it to the right, is moved to look there, too; points: of it in the mesh (468, 3)."""
    to_eye = patch_of(mesh, points)[0]
    x, y = places_in(to_eye, here)
    middle = aside + (REST if points == LEFT_EYE else -REST)
    corner = 0.5 - np.sign(x - middle) * middle                       # how far off each corner is from where it looks
    near = ((corner - np.abs(x - middle)) / np.maximum(corner - ASIDE_WITH, 0.05)).clip(0, 1)
    moved = 2 * aside * near * np.exp(-((y / ABOVE) ** 2))
    at = np.stack(np.meshgrid(*(np.arange(part.start, part.stop) for part in here[::-1])), -1)
    return at - moved[..., None] * np.linalg.inv(to_eye[:, :2])[:, 0]


def _mirror(mesh: np.ndarray, points: tuple[int, ...], wide: float) -> np.ndarray:
    """The affine (2, 3) from pixels around an eye of a mesh (468, 3) to those around the other one."""
    away = np.linalg.norm(mesh[:, :2] - mesh[list(points), :2].mean(0), axis=1)
    near = np.flatnonzero(away < BESIDE * wide)
    ours = np.column_stack([mesh[near, :2], np.ones(len(near))])
    return np.linalg.lstsq(ours, mesh[np.array(MIRROR)[near], :2], rcond=None)[0].T
