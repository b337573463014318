"""What rules draw, told apart in a drawing: what a head wears, and features that a painter of faces does not know."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ..faces import eye_distance
from ..mesh_points import CHIN, FOREHEAD, NOSE_TIP
from ..models import Models
from .brows import brows_of, thin_brows_of
from .freckles import drawn_freckles, lay_freckles
from .glasses import NEAR, Glasses, drawn_glasses, lay_glasses
from .hair import hair_of
from .hats import hat_of
from .hiddeneyes import eyes_untold, lay_mirrored, other_seen, usual_eye
from .jewellery import drawn_jewellery, lay_jewellery
from .mouthlines import drawn_mouth
from .mouths import lay_mouth
from .openeyes import lay_open
from .openlines import OpenEye, drawn_open
from .paint import Drawing
from .scale import Blank
from .shut import lay_shut
from .shutlines import drawn_shut
from .strokes import FEATURE
from .surroundings import colour_asked
from .whiskers import Whiskers, whiskers_of

BELOW = 0.6
"""Share of what was drawn that a beard alone has below the nose."""
Lay = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Lays what was drawn on a photograph whose hole is painted, uint8 (H, W, 3), on a face with a mesh (468, 3)."""
Found = Callable[[Drawing], np.ndarray | None]
"""Finds the mesh (468, 3) of the face that a drawing's hole is in; None for none."""


def worn_by(
    blank: Blank, drawing: Drawing, mesh: np.ndarray, found: Found, models: Models, seed: int
) -> tuple[Drawing, list[Lay], np.ndarray, np.ndarray]:
    """What else was drawn than what a head wears, how that is laid, the outline of a hat, (H, W), which keeps what is
    behind it from what is below, and the mesh (468, 3) of the face as it lies without what is worn.

    mesh: (468, 3) of the face, in pixels
    """
    hole, colours, worn = drawing.hole, drawing.colours, []
    glasses = drawn_glasses(drawing.lines, mesh)
    rims = glasses.lines if glasses else np.zeros_like(drawing.lines)
    rest = replace(drawing, lines=drawing.lines - rims)
    mouth = drawn_mouth(rest.lines, hole, mesh)
    hairy = rest if mouth is None or mouth.toothed else mouth.without(rest)
    if whiskers := whiskers_of(hairy, mesh) or _whiskers_unseen(hairy, mesh, found):
        rest = whiskers.without(rest)
        worn.append(lambda picture, mesh: whiskers.on(picture, drawing, mesh, models, seed))
    if hat := hat_of(rest.lines, hole, mesh):
        rest = hat.without(rest)
    if hair := None if hole.all() else hair_of(blank, rest.lines, hole, mesh):
        rest = replace(rest, lines=hair.other_lines())
        worn.append(lambda picture, mesh: hair.on(picture, mesh, colours, models, seed))
    if hat:
        worn.append(lambda picture, mesh: hat.on(picture, hole, colours, seed))
    jewellery, dots = drawn_jewellery(rest.lines, mesh), drawn_freckles(rest.lines, mesh)
    for lines, lay in ((dots, lay_freckles), (jewellery, lay_jewellery), (rims, lay_glasses)):
        if lines.any():
            worn.append(partial(_laid, lay=lay, lines=lines, hole=hole, colour=colour_asked(colours, lines > 0)))
    rest = replace(rest, lines=(rest.lines - jewellery - dots).clip(0))
    if worn and not hole.all():
        mesh = _mesh_without(rest, mesh, glasses, found, models)
    return rest, worn, hat.lines if hat else np.zeros_like(rest.lines), mesh


def _mesh_without(
    rest: Drawing, mesh: np.ndarray, glasses: Glasses | None, found: Found, models: Models
) -> np.ndarray:
    """The mesh (468, 3) as it is found without what is worn, with eyes behind glasses; mesh: as it is found with it."""
    again = found(rest)
    if again is None:
        again = mesh
    if glasses is None:
        return again
    far, as_far = (np.linalg.norm(glasses.off(each), axis=1).max() for each in (again, mesh))
    again = mesh if far > max(as_far, NEAR * eye_distance(mesh)) else again
    return glasses.before(again, rest.hole, models.get("face_shape"))


def _laid(
    picture: np.ndarray, mesh: np.ndarray, lay: Callable, lines: np.ndarray, hole: np.ndarray, colour: np.ndarray | None
) -> np.ndarray:
    """A photograph (H, W, 3) with lines (H, W) laid on it as they were drawn, in a colour (3,)."""
    return lay(picture, lines, hole, eye_distance(mesh), colour)


def features_in(
    rest: Drawing, drawing: Drawing, mesh: np.ndarray, models: Models, seed: int
) -> tuple[Drawing, list[Lay]]:
    """What else is left to draw than brows, eyes and mouths that rules draw, and how those are laid on the face.

    rest: the drawing without what is worn;  mesh: (468, 3) of the face, in pixels
    """
    hole, laid = drawing.hole, []
    brows, told = brows_of(rest, mesh) or thin_brows_of(rest, mesh), rest.lines
    if brows:
        rest, told = brows.without(rest), told - brows.lines
    shut = drawn_shut(rest.lines, hole, mesh)
    open_ = [eye for eye in drawn_open(rest.lines, hole, mesh) if eye.left not in [other.left for other in shut]]
    known = [eye.left for eye in (*shut, *open_)]
    untold, moved = ([], mesh) if hole.all() else eyes_untold(replace(drawing, lines=told), mesh, known)
    for points in untold:
        usual = usual_eye(moved, points, np.zeros_like(told), seed)
        if other_seen(points, hole, mesh):
            instead = partial(_open, eye=usual, hole=hole, colours=drawing.colours, seed=seed)
            laid.append(partial(lay_mirrored, points=points, hole=hole, instead=instead))
        else:
            open_.append(usual)
    for eye in shut:
        laid.append(lambda picture, mesh, eye=eye: lay_shut(picture, eye, hole, mesh, seed))
    for eye in open_:
        laid.append(partial(_open, eye=eye, hole=hole, colours=drawing.colours, seed=seed))
    for eye in shut:
        rest = replace(rest, lines=rest.lines - eye.lines)
    for eye in open_:
        rest = eye.without(rest)
    if mouth := drawn_mouth(rest.lines, hole, mesh):
        rest = mouth.without(rest)
        laid.append(lambda picture, mesh: lay_mouth(picture, mouth, hole, mesh, drawing.colours, seed))
    if brows:
        laid.append(lambda picture, mesh: brows.on(picture, drawing, models, seed))
    return rest, laid


def _open(
    picture: np.ndarray, mesh: np.ndarray, eye: OpenEye, hole: np.ndarray, colours: np.ndarray, seed: int
) -> np.ndarray:
    """As `lay_open`, a Lay."""
    return lay_open(picture, eye, hole, mesh, colours, seed)


def _whiskers_unseen(drawing: Drawing, mesh: np.ndarray, found: Found) -> Whiskers | None:
    """The beard that is drawn on a face as it lies without lines: strokes of one may pass for a mouth or a chin.

    Looked for, which takes a while, only where most of what was drawn lies below the nose.
    """
    rows, columns = np.nonzero(drawing.lines > FEATURE)
    if not len(rows) or drawing.hole.all():
        return None
    down = mesh[CHIN, :2] - mesh[FOREHEAD, :2]
    below = (np.stack([columns, rows], 1) - mesh[NOSE_TIP, :2]) @ down > 0
    if below.mean() < BELOW:
        return None
    mesh = found(replace(drawing, lines=np.zeros_like(drawing.lines)))
    return None if mesh is None else whiskers_of(drawing, mesh)
