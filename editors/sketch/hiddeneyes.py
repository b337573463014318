"""Eyes that a hole hides and nobody drew: like the other one where that is seen, and else open as eyes usually are.

A painter that knows average eyes leaves a blur of them. H, W height and width; lengths are in widths of the eye.
"""

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
from .shutlines import patch_of
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
DARKEST = 8.0
"""Grey levels that are added where skin is compared, for the dark has no tint."""


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


def lay_mirrored(picture: np.ndarray, mesh: np.ndarray, points: tuple[int, ...], hole: np.ndarray) -> np.ndarray:
    """A photograph whose hole is filled, uint8 (H, W, 3), with the mirror image of an eye that is seen in place of the
    one with these points of a mesh (468, 3)."""
    wide = _wide(mesh, points)
    brow = LEFT_BROW if points == LEFT_EYE else RIGHT_BROW
    own, brow, face = (within_hull(mesh[list(part), :2], hole.shape) for part in (points, brow, OVAL))
    lid = grown(own, UNDRAWN * wide) & ~grown(brow, BROW * wide) & face & hole
    here = bounds(lid, round(0.45 * wide) + 4)
    to_other = _mirror(mesh, points, wide)
    to_other[:, 2] += to_other[:, :2] @ (here[1].start, here[0].start)
    lid, inside, under = lid[here], hole[here], picture[here].astype(np.float32)
    size, flags = lid.shape[::-1], cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    other = cv2.warpAffine(picture, to_other, size, flags=flags, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    seen = cv2.warpAffine(np.uint8(~hole), to_other, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    skin, its_skin = (skin_beside(each, lid, wide) + DARKEST for each in (under, other))
    soft = soft_within(lid & seen, SOFT * wide) * soft_within(inside, 2.0)
    return laid(picture, here, under + soft[..., None] * (other * skin / its_skin - under), inside)


def _mirror(mesh: np.ndarray, points: tuple[int, ...], wide: float) -> np.ndarray:
    """The affine (2, 3) from pixels around an eye of a mesh (468, 3) to those around the other one."""
    away = np.linalg.norm(mesh[:, :2] - mesh[list(points), :2].mean(0), axis=1)
    near = np.flatnonzero(away < BESIDE * wide)
    ours = np.column_stack([mesh[near, :2], np.ones(len(near))])
    return np.linalg.lstsq(ours, mesh[np.array(MIRROR)[near], :2], rcond=None)[0].T
