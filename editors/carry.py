"""Carry a change seen in the mesh-normalised frame over to the full-size photograph.

The photograph's own pixels are warped by the mesh; a change of appearance is added to them. Nothing is pasted but what
grows, the hairs of a beard, what comes to light, behind lips that were closed or on a cheek that was turned away, and
glasses, which are taken off before and put on again.
The idea is that of "The GAN that Warped" (Dorta et al. 2020) and, before it, of active appearance models.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from .areas import step_between
from .bare import put_on, taken_off
from .beard import grow
from .canvas import GRID, Canvas, canvas_of
from .creases import creases_of
from .curtains import behind_hair, covered_by_hair, hair_beside
from .eyes import move_lids
from .faces import eye_distance, yaw_of
from .far_side import drawn_from_other, eased, far_side
from .focus import as_blurred
from .frame import MESH_POINTS, areas, continued, evaluate, moved_vertices, rasterise, triangle_maps
from .lips import meet_lips, part_lips
from .mesh_points import MOUTH_CORNERS, OVAL
from .models import Models
from .monochrome import without_colours
from .mouth import open_mouth
from .networks.mouth_interior import MouthInterior
from .portrait import Portrait
from .recolour import recoloured
from .skin import Skin, deepened, skin_of
from .slivers import close_slivers, pulled
from .tears import TEAR, Moved, drawn_at_tears, stretch_of, within

BEHIND = 0.55
"""Eye distances from the middle of the face back to the point that a head turns about."""
TURN = (0.6, 0.0)
"""How much of a turn of the head each ring makes; where it lies on the neck, a third of that."""
SHADED = 20.0
"""Levels of well-lit skin that a shade comes near but never reaches: light on a face is not a stain."""
BESIDE = 7
"""Points of the grid across what no part of the photograph shows and what lies beside it, where nothing is hidden."""
DRAWN_OUT = -0.45
"""Change of movement, pixels per pixel, below which a picture is drawn out so far that triangles show."""
BRIGHT = 215.0
"""Level of 255 above which what is made lighter gains less and less: teeth keep their gaps, skin its shine."""
DARK = 60.0
"""Level below which what is made darker loses less and less: a shadow stays a shadow, an eye an eye."""
CLOTHES = 0.06
"""Eye distances over which the movement of a turned head fades where its clothes begin."""
FINE, SOFT = 0.3, (0.5, 1.0)
"""Blur in pixels up to which what is pressed together needs none to look as before; and from which on, and from which
wholly, a picture is so soft that resampling loses nothing."""
STEEPEST = 0.5
"""Pixels per pixel by which movement may change where it climbs from one whole pixel to the next."""
BACKGROUND = 0.6
"""Eye distances from the person within which the background gives way to a moved outline; a turn takes twice that."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A change of a face, apart from any photograph.

    movement:  float (468, 3) of the mesh, in the units of the mean face
    change:    float32 (S, S, 3) added to the picture in the mesh-normalised frame, in 0..255
    tones:     region -> change of the log-odds of its CIELAB lightness, and of the logarithms of a and b
    turn:      rotation (3, 3) of the head about its own centre
    relief:    float32 (S, S) in the frame: logarithm of the factor by which the photograph's own wrinkles deepen
    shade:     float32 (S, S) added in the colours of the photograph itself, in levels of 255 of well-lit skin
    smooth:    float32 (S, S) in the frame: logarithm of the factor by which folds of its skin flatten
    beard:     float32 (S, S) in the frame: how full a beard grows
    creases:   how deep the lines are that come with age, 1 = of a face well on in years
    grey:      share of the hair that turns grey
    parting:   float (468, 3), a movement that opens the mouth, as far as `parted` asks for; None where nothing does
    parted:    how far lips lie apart at least, in eye distances, if the movement opens them that far
    """

    movement: np.ndarray
    change: np.ndarray
    tones: Mapping[str, np.ndarray] = field(default_factory=dict)
    turn: np.ndarray | None = None
    relief: np.ndarray | None = None
    shade: np.ndarray | None = None
    smooth: np.ndarray | None = None
    beard: np.ndarray | None = None
    creases: float = 0.0
    grey: float = 0.0
    parting: np.ndarray | None = None
    parted: float = 0.0


def carry(
    portrait: Portrait, edit: Edit, models: Models, lock: tuple[str, ...] = (), fine: bool = True
) -> np.ndarray:
    """The photograph with the edit: uint8 (H, W, 3); pixels the edit does not reach are the photograph's own.

    lock:  regions of `canvas.REGIONS` held as they are
    fine:  resample by Lanczos rather than linearly
    Raises FaceError without a usable face.
    """
    bare = taken_off(portrait, models)
    canvas = canvas_of(bare, models)
    held = canvas.held(lock)
    x0, y0, x1, y1 = canvas.box
    image = recoloured(bare, canvas, edit.tones, edit.grey, lock)
    crop = np.ascontiguousarray(image[y0:y1, x0:x1])
    if edit.change.any() or any(part is not None for part in (edit.shade, edit.relief, edit.smooth)) or edit.creases:
        crop = _add(crop, edit, canvas, bare.fact("skin", lambda: skin_of(canvas)), held)
    if edit.beard is not None:
        crop = grow(crop, edit.beard, canvas, held, fine, edit.grey)
    if edit.movement.any() or edit.turn is not None:
        crop = _warp(crop, edit, canvas, held, models.get("mouth_interior"), fine)
    image[y0:y1, x0:x1] = crop
    if bare is not portrait:                                   # they turn with the head, and smile with nobody
        alone = replace(edit, movement=np.zeros_like(edit.movement), parting=None)
        image = put_on(image, portrait, models, None if edit.turn is None else moved_by(alone, canvas))
    return without_colours(portrait, image)


def _add(
    crop: np.ndarray, edit: Edit, canvas: Canvas, skin: Skin, held: np.ndarray | None
) -> np.ndarray:
    """Add a change in the frame to the crop, through the mesh, deepen its wrinkles or smooth its folds."""
    def on_grid(frame: np.ndarray, method: int) -> np.ndarray:
        return cv2.remap(frame, canvas.positions, None, method, borderMode=cv2.BORDER_CONSTANT)

    grid, shade = on_grid(edit.change, cv2.INTER_CUBIC), np.float32(0)
    if edit.shade is not None:
        shade = SHADED * np.tanh(on_grid(edit.shade, cv2.INTER_CUBIC) / SHADED)
    if edit.relief is not None:
        shade = shade + deepened(on_grid(edit.relief, cv2.INTER_LINEAR)) * skin.wrinkles
    if edit.creases:
        lines = creases_of(canvas)
        if canvas.focus:
            lines = cv2.GaussianBlur(lines, (0, 0), max(0.3, canvas.focus / canvas.step))
        shade = shade + np.float32(edit.creases) * lines * skin.bare
    if shade.ndim:
        grid += shade[..., None] * np.where(shade[..., None] < 0, skin.shade, skin.colour)
    if edit.smooth is not None:
        grid -= np.expm1(-on_grid(edit.smooth, cv2.INTER_LINEAR))[..., None] * skin.flatter
    grid *= (canvas.reach if held is None else canvas.reach * (1 - held))[..., None]
    return _add_within(crop, canvas.enlarge(grid))


def _add_within(crop: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Add change, float32 (H, W, 3), to the crop; what would burn out or drown nears the end on a curve, as on film."""
    added = cv2.add(crop, change, dtype=cv2.CV_32F)
    bright, dark = (added > BRIGHT) & (change > 0), (added < DARK) & (change < 0)
    if bright.any():
        added[bright] = np.maximum(BRIGHT + _curved(added[bright] - BRIGHT, 255 - BRIGHT), crop[bright])
    if dark.any():
        start = np.minimum(crop[dark], np.float32(DARK))
        added[dark] = start - _curved(start - added[dark], start)
    return np.round(added).clip(0, 255).astype(np.uint8)


def _curved(step: np.ndarray, room: np.ndarray | float) -> np.ndarray:
    """What is left of a step when there is so much room: of a small one all, of a large one less than the room."""
    return room * step / np.maximum(room + step, 1e-6)


def moved_by(edit: Edit, canvas: Canvas) -> np.ndarray:
    """Vertices (540, 3) of the edited face in photograph pixels."""
    similarity = canvas.shape.similarity(canvas.vertices)
    moved = moved_vertices(canvas.vertices, similarity.movement_to_photograph(edit.movement))
    if edit.parting is not None:
        moved = part_lips(moved, moved_vertices(moved, similarity.movement_to_photograph(edit.parting)), edit.parted)
    meet_lips(moved, canvas.vertices)
    if edit.turn is None:
        return moved
    posed = similarity.to_model(moved)
    centre = posed[:MESH_POINTS].mean(0) + [0, 0, BEHIND]
    turned = (posed - centre) @ eased(edit.turn, yaw_of(canvas.vertices)).T + centre
    makes = np.repeat([1.0, *TURN], [MESH_POINTS, len(OVAL), len(OVAL)])
    below = (posed[:, 1] - posed[MOUTH_CORNERS[0], 1]).clip(0, 0.6) / 0.6
    makes[MESH_POINTS:] *= 1 - below[MESH_POINTS:] * 2 / 3
    return similarity.to_photograph(posed + makes[:, None] * (turned - posed))


def _warp(
    crop: np.ndarray, edit: Edit, canvas: Canvas, held: np.ndarray | None, interior: MouthInterior, fine: bool
) -> np.ndarray:
    """Move the crop's pixels as the mesh moves; what comes to light between the lips is drawn."""
    vertices, turns = moved_by(edit, canvas), edit.turn is not None
    if turns:
        covered = covered_by_hair(edit.turn, canvas)
        vertices = behind_hair(vertices, covered, canvas)
    moved = shift_on_grid(vertices, canvas)
    if turns:
        moved = hair_beside(moved, covered, canvas)
    free = _free(moved.shift, canvas, held, turns)
    coarse = within(moved.shift * free[..., None], canvas.inwards - canvas.step / 2)
    shift = canvas.enlarge(coarse)
    if fine and (needs := 1 - float(step_between(np.float32(canvas.blurs[1]), *SOFT))):
        shift = on_pixels(shift, canvas.enlarge(stretch_of(coarse) / np.float32(canvas.step * needs)))
    method = cv2.INTER_LANCZOS4 if fine else cv2.INTER_LINEAR
    warped = cv2.remap(crop, shift + canvas.pixels, None, method, borderMode=cv2.BORDER_REPLICATE)
    if turns:
        drawn_at_tears(warped, crop, vertices, moved, free, canvas, method)
    if fine and canvas.blurs[1] > FINE:
        warped = as_blurred(warped, shift, canvas.blurs[1])
    if turns:
        warped = close_slivers(warped, crop, coarse, moved.unseen, canvas)
        if (hidden := far_side(canvas, vertices)) is not None:      # a cheek hides what shows in gaps behind it
            where, share = hidden
            share = share if held is None else share * (1 - held)
            warped = drawn_from_other(warped, crop, where, share, canvas)
    warped = move_lids(warped, crop, vertices, canvas, held)
    return open_mouth(warped, crop, vertices, canvas, held, interior)


def _free(shift: np.ndarray, canvas: Canvas, held: np.ndarray | None, turns: bool) -> np.ndarray:
    """The share of the mesh's movement (h, w, 2) that each grid point makes, float32 (h, w): what is held none, the
    background less and less away from the person.

    turns: the head turns, in its collar and inside the outer ring
    """
    free = (1 - canvas.anchored / (2 * BACKGROUND if turns else BACKGROUND)).clip(0, 1)
    if held is not None:
        free *= (1 - held) * (1 - pulled(held, shift, canvas.step))            # nor is it seen again beside itself
    if turns:
        free *= 1 - _stays(shift * free[..., None], canvas)
        free *= ((canvas.rim - 2 / GRID) / 0.04).clip(0, 1)                    # a turned ring may leave the outer one
    return free


def _stays(shift: np.ndarray, canvas: Canvas) -> np.ndarray:
    """How much of each grid point's movement clothes keep back, float32 (h, w): a head turns in its collar."""
    cloth = canvas.labels_on_grid(("cloth",))
    blur = CLOTHES * eye_distance(canvas.vertices) / canvas.step
    return cv2.GaussianBlur(cloth * pulled(cloth, shift, canvas.step), (0, 0), blur) * cloth


def on_pixels(shift: np.ndarray, stretch: np.ndarray) -> np.ndarray:
    """Gather movement (H, W, 2) around whole pixels, where resampling loses nothing.

    Movement climbs from one whole number to the next in a steep step instead of an even slope, as steep as keeps
    STEEPEST of stretch (H, W), pixels per pixel. What moves by less than half a pixel mostly stays as it is.
    """
    slope = np.clip(STEEPEST / np.maximum(stretch, 1e-6), 1, 8)[..., None]
    whole = np.round(shift)
    part = shift - whole
    return whole + np.copysign(np.maximum(np.abs(part) - 0.5 + 0.5 / slope, 0) * slope, part)


def shift_on_grid(vertices: np.ndarray, canvas: Canvas) -> Moved:
    """What each grid point shows as the mesh moves to vertices (540, 3) in photograph pixels."""
    points, triangles = canvas.to_grid(vertices), canvas.shape.frame.triangles
    backs = areas(points, triangles) * areas(canvas.to_grid(canvas.vertices), triangles) < 0
    seen = rasterise(points, triangles, canvas.grid_shape, vertices[:, 2], backs)
    shift = evaluate(seen, triangle_maps(points, (canvas.vertices - vertices)[:, :2], triangles))
    holes = beside = (seen < 0) & (canvas.rim > 0)
    if holes.any():                                            # a cheek turns into sight that no triangle shows
        shift = np.where(holes[..., None], continued(shift, seen >= 0), shift)
        holes = _wide(holes, stretch_of(shift) > TEAR * canvas.step)
        beside = cv2.dilate(holes.astype(np.uint8), np.ones((BESIDE, BESIDE))) > 0
        shift = _evened(shift, beside, canvas.step)
    shift = cv2.medianBlur(shift, 5)                           # slivers of triangles reach wrong values; so do cracks
    return Moved(shift, seen, holes, beside)


def _wide(holes: np.ndarray, torn: np.ndarray) -> np.ndarray:
    """Those of the holes in a mesh, bool (h, w), that are more than cracks, with what is torn right beside them."""
    wide = cv2.morphologyEx(holes.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    numbers = cv2.connectedComponents(holes.astype(np.uint8))[1]
    holes = np.isin(numbers, np.unique(numbers[wide > 0]))
    return holes | torn & (cv2.dilate(holes.astype(np.uint8), np.ones((3, 3))) > 0)


def _evened(shift: np.ndarray, beside: np.ndarray, step: float) -> np.ndarray:
    """Movement (h, w, 2) made even where it draws a little of the picture far out, each triangle by another measure;
    where it is torn only beside what is not seen, bool (h, w)."""
    across, down = np.gradient(shift[..., 0] / step, axis=1), np.gradient(shift[..., 1] / step, axis=0)
    drawn_out = ((across < DRAWN_OUT) | (down < DRAWN_OUT)).astype(np.uint8)
    torn = (stretch_of(shift) / step > TEAR).astype(np.uint8)
    near = cv2.dilate(drawn_out & (1 - cv2.dilate(torn, np.ones((9, 9)))), np.ones((9, 9))).astype(np.float32)
    near *= 1 - cv2.dilate(torn * ~beside, np.ones((13, 13)))
    near = cv2.GaussianBlur(near, (0, 0), 2)[..., None]
    return shift + near * (cv2.GaussianBlur(shift, (0, 0), 5) - shift)
