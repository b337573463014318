"""A portrait from lines alone: the painter's face, and around it hair, neck, clothes and a quiet background.

Lines say what is where (`parts`); what nobody drew is as it usually is, and otherwise for each seed.
"""

from dataclasses import replace

import cv2
import numpy as np

from ..areas import bounds, within_hull
from ..head_style import LOOK, SPREAD, styled
from ..labels import EARS, IDS, mask_of
from ..likely import NEAR, Likely, likely_face
from ..mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, OVAL, RIGHT_BROW, RIGHT_EYE
from ..models import Models
from ..scene import Scene
from ..strands import LUMA, Look, doubled, frayed, look_of_colour, strands
from ..surfaces import auricle, cloth, neck, skin
from .hairlines import NARROW, WORKED
from .outlines import STYLES, Axes, mesh_on_jaw
from .paint import Drawing, Manner, paint, sketch_in_frame
from .parts import Hair, hair_in, labels_by_lines
from .strokes import MARKED, grown, ways_of
from .surroundings import FIRM, colour_asked, ink

VARIETY = 1.3
"""How much more faces of other seeds differ where there is no photograph that they have to fit."""
LIKELY = 0.8
"""Deviations by which the form of a drawn face is unusual at most, in the mean square."""
PARTED = 0.6
"""How much lower hair hangs on one side of a forehead, -1..1, where no seed says otherwise."""
INSIDE, FRINGE, REACHED = 0.06, 0.14, 0.9
"""How far inside its outline a painted face is taken, in eye distances, and up to where above its brows, since it may
have a fringe of its own; and how far the painter has to reach."""
AROUND = 0.1
"""How far around eyes, brows and lips skin is darker, in eye distances."""
WELL_SEEN = 0.1
"""Squared eye distances from which on an ear has a relief."""
ROOTS, CRISP, HAIRLINE = 0.035, 0.03, -0.25
"""Widths over which hair begins at its roots and at a drawn outline; above which height a hairline has roots."""
FULL = 0.06
"""From twice as deep inside on hair hides what is behind it."""
LONG = 0.15
"""How long a line is at least that is an outline of hair."""
ALONG, TURNS, FAINT = 0.07, 0.5, 3e-4
"""How near the border of hair a line is its outline; over which the direction of strands fades; and squared slope
below which that counts for less."""
GROOVE, APART = (0.72, 1.04), 0.1
"""How light hair is along a drawn line and away from it, and how far that is."""
BLACK = 42.0
"""Grey level of the darkest hair that nobody asked for."""
RIM = (0.76, 1.04, 0.3)
"""How light hair is at its rim and inside, and how far inside."""
SHADOW, FALLS = 0.26, 0.07
"""How much darker what is below hair is, and how far below."""
PERSON, WALL = ("skin", "hair"), (0.84, 1.1, 0.5)
"""What a wall is lightest behind; how light it is far off and there, and over which share of the picture that fades."""
SPECK = 0.12
"""Lines beyond the head that are shorter are left out, in eye distances."""
COLOURED = ("hair", "cloth", "background")
"""Parts that take one colour as a whole from a stroke on them."""
SMOOTH = 0.02
"""By how much skin is blurred that goes on around a face, in eye distances."""
GRAIN, SOFT = 3.0, 0.7
"""Deviation of the grain of such a picture in grey levels, and its blur in pixels."""


def portrait_by_lines(drawing: Drawing, mesh: np.ndarray, models: Models, manner: Manner) -> np.ndarray:
    """A portrait float32 (H, W, 3) for a drawing whose hole is everything, with a mesh (468, 3) in its lines."""
    form, axes = mesh, Axes(mesh_on_jaw(mesh, drawing.lines))
    hair = hair_in(drawing.lines, axes)
    generator = np.random.default_rng(manner.seed)
    style, parting = STYLES[0], PARTED
    if manner.seed:
        style, parting = STYLES[generator.integers(len(STYLES))], float(generator.uniform(-1, 1))
    labels, behind = labels_by_lines(drawing.lines, axes, hair, style, parting)
    rest = drawing.lines * ~grown(hair.area, NARROW * axes.eyes)
    face, known = _face(replace(drawing, lines=rest), axes.mesh, form, behind, models, manner)
    colours = _colours(labels, drawing.colours, models, manner)
    generator = np.random.default_rng(manner.seed + manner.variant)
    # Around a face skin is smooth, and under hair it is no darker towards a wall that is not beside it.
    seen = cv2.GaussianBlur(face, (0, 0), max(0.5, SMOOTH * axes.eyes))
    covered = (labels == IDS["hair"]) & (behind == IDS["background"])
    parts = np.where(covered, labels, _with_features(behind, axes))
    scene = Scene(face, parts, ~known, seen, axes.eyes, generator, colours=colours)
    _surroundings(scene)
    _lay_hair(scene.image, labels, hair, axes, drawing.lines, colours["hair"], generator)
    _meet_strokes(scene.image, labels, drawing.colours, axes.eyes)
    picture = ink(scene.image, _without_specks(rest, axes.eyes))
    grain = cv2.GaussianBlur(generator.standard_normal(known.shape).astype(np.float32), (0, 0), SOFT)
    return picture + np.float32(GRAIN * manner.grain) * grain[..., None]


def _with_features(labels: np.ndarray, axes: Axes) -> np.ndarray:
    """Labels (H, W) with those of eyes, brows and lips, whose colours are not those of skin."""
    labels = labels.copy()
    for name, points in (("right eye", RIGHT_EYE), ("left eye", LEFT_EYE), ("right brow", RIGHT_BROW),
                         ("left brow", LEFT_BROW), ("mouth", LIPS_OUTER)):
        feature = grown(within_hull(axes.mesh[list(points), :2], labels.shape), AROUND * axes.eyes)
        labels[feature & (labels == IDS["skin"])] = IDS[name]
    return labels


def _face(
    drawing: Drawing, mesh: np.ndarray, form: np.ndarray, labels: np.ndarray, models: Models, manner: Manner
) -> tuple[np.ndarray, np.ndarray]:
    """The painted face float32 (H, W, 3), and bool (H, W) where it is taken.

    form: (468, 3), the mesh that tells which faces are likely: it may have another outline
    """
    shape, size = models.get("face_shape"), labels.shape
    blank = np.full((*size, 3), 128, np.uint8)
    sketch = sketch_in_frame(blank, drawing, mesh, shape.frame)
    code = shape.shape_code(form)
    code = code * min(1.0, LIKELY / float(np.sqrt(np.square(code).mean()) + 1e-6))    # no face is as a doodle is
    likely = likely_face(shape, sketch, models.get("sketch_painter").form.tells(code, 1.0))
    weights = likely.mean + VARIETY * (likely.draw(manner.seed, manner.variant) - likely.mean)
    face, reach = paint(blank, drawing, mesh, models, manner, (0, 0, size[1], size[0]), weights)
    outside = ~within_hull(mesh[list(OVAL), :2], size)
    axes = Axes(mesh)
    brows = axes.of(mesh[list(RIGHT_BROW + LEFT_BROW), :2])[:, 1].min()
    low = axes.of(np.stack(np.meshgrid(np.arange(size[1]), np.arange(size[0])), -1))[..., 1] > brows - FRINGE
    known = (labels == IDS["skin"]) & ~grown(outside, INSIDE * axes.eyes) & (reach > REACHED) & low
    return np.where(known[..., None], face, 128).astype(np.float32), known


def _colours(labels: np.ndarray, strokes: np.ndarray, models: Models, manner: Manner) -> dict[str, np.ndarray]:
    """Label -> its colour (3,): that of strokes of colour on it, else one that goes with the seed's face.

    It goes with the face as it is without lines, or else it would be another one after each stroke.
    """
    painter, chance = models.get("label_painter"), 0.0
    count = len(models.get("face_shape").deviations)
    look = (VARIETY * Likely(np.zeros(count), np.eye(count)).draw(manner.seed, manner.variant))[:LOOK]
    for seed, share in ((manner.seed, np.sqrt(1 - NEAR**2) if manner.variant else 1.0), (manner.variant, NEAR)):
        if seed:
            drawn = np.random.default_rng([seed, 1]).standard_normal(len(painter.style_rest))
            chance = chance + share * SPREAD * drawn.clip(-2, 2)
    chance = np.broadcast_to(np.float32(chance), len(painter.style_rest)).copy()
    colours = styled(look.astype(np.float32), chance, painter).colours()
    for name in ("skin", "nose", "neck"):                                        # the face has brought its own skin
        colours.pop(name, None)
    asked = {name: colour_asked(strokes, mask_of(labels, (name,))) for name in COLOURED}
    # The strands of black hair could not be seen.
    colours["hair"] = colours["hair"] + max(0.0, BLACK - float(colours["hair"] @ LUMA))
    return colours | {name: colour for name, colour in asked.items() if colour is not None}


def _meet_strokes(picture: np.ndarray, labels: np.ndarray, strokes: np.ndarray, eyes: float) -> None:
    """Bring parts of a picture float32 (H, W, 3), in place, to the colour of strokes on them, which are not seen."""
    for name in COLOURED:
        part = mask_of(labels, (name,))
        under = part & (strokes[..., 3] >= FIRM)
        if under.any():
            lacks = strokes[under, :3].mean(0) - picture[under].mean(0)
            soft = cv2.GaussianBlur(part.astype(np.float32), (0, 0), max(0.5, 0.01 * eyes))
            picture += soft[..., None] * lacks.astype(np.float32)


def _surroundings(scene: Scene) -> None:
    """Paint what is missing around a face, from back to front."""
    for names, painter in ((("background", "hair"), _backdrop), (("cloth",), cloth), (("neck",), neck),
                           (("left ear",), skin), (("right ear",), skin), (("skin",), skin)):
        region = scene.missing & scene.where(*names)
        if region.any():
            painter(scene, region)
    for name in EARS:
        whole = scene.where(name)
        if whole.sum() > WELL_SEEN * scene.eyes**2:
            auricle(scene, whole)


def _backdrop(scene: Scene, region: np.ndarray) -> None:
    """A plain wall that is lightest behind the head."""
    known = scene.where(*PERSON)
    x, y = (float(np.median(axis[known])) if known.any() else 0.0 for axis in (scene.x, scene.y))
    away = np.hypot(scene.x - x, scene.y - y) / max(region.shape)
    light = WALL[0] + (WALL[1] - WALL[0]) * np.exp(-((away / WALL[2]) ** 2))
    scene.lay((scene.colour("background") * light[..., None]).clip(0, 255), scene.soft(region, 0.03))


def _lay_hair(
    picture: np.ndarray, labels: np.ndarray, hair: Hair, axes: Axes, lines: np.ndarray, colour: np.ndarray,
    generator: np.random.Generator,
) -> None:
    """Draw hair where labels have it over a picture float32 (H, W, 3), in place, along drawn strands."""
    whole = mask_of(labels, ("hair",))
    if not whole.any():
        return
    here, eyes = bounds(whole, round(0.4 * axes.eyes)), axes.eyes
    axes = Axes(axes.mesh - [here[1].start, here[0].start, 0])
    whole, lines, picture = whole[here], lines[here], picture[here]
    inner = hair.strands[here] * ~grown(~whole, ALONG * eyes)
    flow = _flow(inner, axes)
    look = look_of_colour(colour)
    drawn = strands(flow, look, _light(hair.strands[here], whole, look, eyes), eyes, generator)
    alpha = frayed(whole, flow, eyes, generator)
    firm = _firm(whole, labels[here] == IDS["skin"], lines, inner, axes)
    soft = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), ROOTS * eyes)
    alpha += firm * (soft - alpha)
    deep = cv2.distanceTransform(whole.astype(np.uint8), cv2.DIST_L2, 5) / (FULL * eyes)
    alpha = np.maximum(alpha, (deep - 1).clip(0, 1))
    alpha *= (2 * cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 0.05 * eyes)).clip(0, 1)
    fall = cv2.warpAffine(cv2.GaussianBlur(alpha, (0, 0), FALLS * eyes),
                          np.array([[1, 0, 0], [0, 1, FALLS * eyes]], np.float32), whole.shape[::-1])
    person = cv2.GaussianBlur((labels[here] != IDS["background"]).astype(np.float32), (0, 0), 1.5)
    picture *= (1 - SHADOW * fall * person)[..., None]
    picture += alpha[..., None] * (drawn - picture)


def _flow(lines: np.ndarray, axes: Axes) -> np.ndarray:
    """The way strands grow, (H, W, 2) of length 1: along drawn ones (H, W), else from the crown around and down."""
    height, width = lines.shape
    scale = min(1.0, WORKED / axes.eyes)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    places = np.stack(np.meshgrid(*((np.arange(side) + 0.5) / scale - 0.5 for side in size)), -1)
    x, y = np.moveaxis(axes.of(places) - (axes.centre, axes.crown + 0.15), -1, 0)
    down = np.stack([0.9 * x * np.exp(-(y / 2.2).clip(0) ** 2), 0.8 * np.abs(y) + 0.3], -1)   # long hair hangs straight
    down = (down / np.linalg.norm(down, axis=2, keepdims=True) @ axes.turn).astype(np.float32)
    ways = cv2.GaussianBlur(ways_of(cv2.resize(lines, size, interpolation=cv2.INTER_AREA)), (0, 0), 2.0)
    strength = np.hypot(ways[..., 0], ways[..., 1])
    firm = (strength / FAINT).clip(0, 1)
    told = ways[..., :2] / (strength[..., None] + 1e-9)
    if (firm > 0.3).any():
        far, nearest = cv2.distanceTransformWithLabels((firm < 0.3).astype(np.uint8), cv2.DIST_L2, 5,
                                                       labelType=cv2.DIST_LABEL_PIXEL)
        there = np.zeros((nearest.max() + 1, 2), np.float32)
        there[nearest[firm >= 0.3]] = told[firm >= 0.3]
        near = np.exp(-far / (TURNS * axes.eyes * scale))[..., None]
        told = near * there[nearest]
    else:
        near, told = 0.0, 0.0
    angle = cv2.GaussianBlur(told + (1.02 - near) * doubled(down), (0, 0), 2.5)
    angle = np.arctan2(angle[..., 1], angle[..., 0]) / 2
    along = np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)
    along *= np.where((along * down).sum(2, keepdims=True) < 0, np.float32(-1), np.float32(1))
    along = cv2.resize(along, (width, height), interpolation=cv2.INTER_LINEAR)
    return along / (np.linalg.norm(along, axis=2, keepdims=True) + np.float32(1e-6))


def _light(lines: np.ndarray, hair: np.ndarray, look: Look, eyes: float) -> np.ndarray:
    """How light hair is, (H, W): darker at its rim and along drawn strands."""
    dark, light, deep = RIM
    inside = cv2.distanceTransform(np.pad(hair, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    usual = float(np.quantile(look.ramp @ LUMA, 0.6))
    level = usual * (dark + (light - dark) * np.sqrt((inside / (deep * eyes)).clip(0, 1)))
    if (lines > MARKED).any():
        away = cv2.distanceTransform((lines <= MARKED).astype(np.uint8), cv2.DIST_L2, 5) / (APART * eyes)
        grooved = GROOVE[0] + (GROOVE[1] - GROOVE[0]) * away.clip(0, 1)
        level = level * cv2.GaussianBlur(grooved, (0, 0), max(0.5, 0.02 * eyes))
    return level.astype(np.float32)


def _firm(hair: np.ndarray, bare: np.ndarray, lines: np.ndarray, strands_: np.ndarray, axes: Axes) -> np.ndarray:
    """Where hair does not fray, (H, W) in 0..1: at its roots above a forehead, and at an outline that is drawn."""
    eyes, shape = axes.eyes, hair.shape
    height = axes.of(np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), -1))[..., 1]
    roots = ((HAIRLINE - height) / 0.2).clip(0, 1) * grown(bare, 0.15 * eyes)
    if (strands_ > MARKED).any():                                              # a fringe ends where it is drawn to
        roots = roots * (1 - grown(strands_ > MARKED, 0.15 * eyes))
    firm = cv2.GaussianBlur(roots.astype(np.float32), (0, 0), 0.06 * eyes)
    outline = grown(hair, 0.05 * eyes) & grown(~hair, 0.05 * eyes) & (lines > MARKED)
    outline = _without_specks(outline.astype(np.float32), LONG / SPECK * eyes) > 0     # where strands end is no outline
    if outline.any():
        outline = cv2.GaussianBlur(grown(outline, 0.06 * eyes).astype(np.float32), (0, 0), CRISP * eyes)
        firm = np.maximum(firm, outline)
    return firm


def _without_specks(lines: np.ndarray, eyes: float) -> np.ndarray:
    """Lines (H, W) without what is too short to be one."""
    _, strokes, found, _ = cv2.connectedComponentsWithStats((lines > MARKED).astype(np.uint8))
    long = np.hypot(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT]) > SPECK * eyes
    return lines * cv2.dilate((long[strokes] & (strokes > 0)).astype(np.uint8), np.ones((3, 3)))
