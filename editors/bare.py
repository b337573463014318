"""A face without its glasses, and with them again after an edit.

What hides a face is a layer before it: it is taken off, the face is edited, and the layer put back where the head has
moved it, whole and straight.
"""

import cv2
import numpy as np
import torch

from .canvas import canvas_of, whole_of
from .colours import lab_to_rgb, rgb_to_lab
from .crops import head_unit, inverse
from .faces import mesh_of
from .glasses import HELD, Glasses, glasses_of
from .images import fit_within
from .labels import EYES, mask_of
from .likely import filled, likely_face
from .membrane import grain, membrane
from .models import Models
from .networks.sketch_painter import Sketch
from .parsing import hands_of, head_labels_of
from .portrait import Portrait
from .turned_glasses import moved_back

FACE = ("skin", "nose", "left eye", "right eye", "left brow", "right brow", "upper lip", "lower lip", "mouth")
RIM, SPREAD, COARSE = 0.05, 0.05, 240
"""Head units around glasses that are drawn anew with what they hide, since they shade them, and that colours around are
averaged over; the long side in pixels at which these flow in."""
EDGE = 0.02
"""Head units over which likely eyes give way to what is around."""
TINTED, EYES_DARKER, CLEAR = 0.15, 14.0, 5.0
"""Head units that what a lens shows is averaged over; by how much darker than the skin around, and how differently
coloured, in CIELAB, eyes are behind a lens without a tint."""
GRAIN = 0.012
"""Head units from which on what the skin shows is shape, not grain."""
_STILL = 0.05  # pixels by which glasses may move that nobody sees


def taken_off(portrait: Portrait, models: Models) -> Portrait:
    """The portrait without its glasses, its face as it was found; the portrait itself where none are worn.

    Raises FaceError as `faces.face_of` does.
    """
    glasses = glasses_of(portrait, models)
    if glasses is None:
        return portrait
    return portrait.fact("bare", lambda: _bare(portrait, glasses, models))


def _bare(portrait: Portrait, glasses: Glasses, models: Models) -> Portrait:
    image, (x0, y0, x1, y1) = portrait.image.copy(), glasses.box
    window = image[y0:y1, x0:x1]
    (labels, to_crop), mesh = head_labels_of(portrait, models), mesh_of(portrait, models)
    to_box = inverse(to_crop) - [[0, 0, x0], [0, 0, y0]]
    face, eyes = (cv2.warpAffine(mask_of(labels, names).astype(np.uint8), to_box, window.shape[1::-1]) > 0
                  for names in (FACE, EYES))
    window[:] = untinted(window, glasses, face, head_unit(mesh))
    window[:] = without(window, glasses.cover, face, eyes, head_unit(mesh))
    facts = {"mesh": mesh, "label_crop": (labels, to_crop), "glasses": None, "hands": hands_of(portrait, models)}
    if portrait.knows("larger"):
        facts["larger"] = lambda: taken_off(whole_of(portrait), models)
    bare = portrait.with_image(image, **facts)
    return portrait.with_image(_with_eyes(bare, glasses, models), **facts) if glasses.dark else bare


def _with_eyes(bare: Portrait, glasses: Glasses, models: Models) -> np.ndarray:
    """The portrait's picture with the most likely eyes where dark lenses hid them, uint8 (H, W, 3)."""
    canvas, (x0, y0, x1, y1) = canvas_of(bare, models), glasses.box
    hidden, frame = np.zeros(bare.image.shape[:2], np.float32), canvas.shape.frame
    hidden[y0:y1, x0:x1] = glasses.cover > 0
    inside = np.zeros(hidden.shape, np.float32)
    inside[y0:y1, x0:x1] = 1                                                 # put_on() looks nowhere else
    picture, hole = (torch.from_numpy(frame.take(layer, canvas.vertices).transpose(2, 0, 1).copy())
                     for layer in (bare.image, np.dstack([hidden] * 3)))
    nothing = torch.zeros(4, frame.size, frame.size)
    hole = (hole[:1] > 0.5) * torch.from_numpy(frame.inside.astype(np.float32))
    sketch = Sketch(picture / 255, hole, nothing[:1], nothing)
    likely = filled(canvas.shape, sketch, likely_face(canvas.shape, sketch).mean).permute(1, 2, 0).numpy() * 255
    left, top, right, bottom = canvas.box
    where = canvas.enlarge(canvas.positions)
    drawn = cv2.remap(np.ascontiguousarray(likely), where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.remap(frame.inside.astype(np.float32), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    share = cv2.GaussianBlur(hidden, (0, 0), EDGE * head_unit(canvas.vertices))[top:bottom, left:right] * seen
    share *= (cv2.dilate(hidden, np.ones((3, 3))) * inside)[top:bottom, left:right]
    image = bare.image.copy()
    under = image[top:bottom, left:right].astype(np.float32)
    smooth = cv2.GaussianBlur(under, (0, 0), max(0.7, GRAIN * head_unit(canvas.vertices)))       # the grain stays
    image[top:bottom, left:right] = np.round(under + share[..., None] * (drawn - smooth)).clip(0, 255)
    return image


def without(
    window: np.ndarray, cover: np.ndarray, face: np.ndarray, eyes: np.ndarray, unit: float
) -> np.ndarray:
    """What a window uint8 (h, w, 3) of a photograph would show where nothing covered it: the colours around, and grain.

    cover: float32 (h, w) in 0..1;  face: bool (h, w), where the face is: into it and into hair beside it flow their own
    colours;  eyes: bool (h, w), which stay but for what is covered;  unit: of the head in pixels
    Far from what is covered, the window's own pixels.
    """
    rim = RIM * unit
    size = 2 * round(rim) + 1
    hidden = cv2.dilate((cover > 0).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    hidden[eyes & (cover == 0)] = 0
    small = fit_within(np.ascontiguousarray(window), COARSE).astype(np.float32)
    gone, inside = (cv2.resize(each.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0
                     for each in (hidden, face))
    spread = SPREAD * unit * small.shape[1] / window.shape[1]
    within = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), spread / 2)
    face_on, rest_on = (_flowing(small, ~gone & part, spread) for part in (inside, ~inside))
    flows = rest_on + within[..., None] * (face_on - rest_on)
    drawn = cv2.resize(flows, window.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    drawn += grain(window.astype(np.float32), face & (hidden == 0), max(0.7, GRAIN * unit), np.random.default_rng(0))
    share = (cv2.distanceTransform(hidden, cv2.DIST_L2, 5) / max(1.0, rim)).clip(0, 1)[..., None]
    return np.where(share > 0, np.round(window + share * (drawn - window)).clip(0, 255), window).astype(np.uint8)


def untinted(window: np.ndarray, glasses: Glasses, face: np.ndarray, unit: float) -> np.ndarray:
    """A window uint8 (h, w, 3) of a photograph in which lenses colour and darken nothing: as the skin around them is.

    face: bool (h, w), where the face is;  unit: of the head in pixels
    """
    if not (glasses.lenses > 0.5).any():
        return window
    small = fit_within(np.ascontiguousarray(window), COARSE).astype(np.float32)
    lenses, cover, inside = (cv2.resize(each.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
                             for each in (glasses.lenses, glasses.cover, face))
    scale = small.shape[1] / window.shape[1]
    around = _flowing(small, (lenses + cover < 0.05) & (inside > 0.5), SPREAD * unit * scale)
    seen = np.dstack([small * lenses[..., None], lenses])
    seen = cv2.GaussianBlur(seen, (0, 0), TINTED * unit * scale)
    seen = seen[..., :3] / np.maximum(seen[..., 3:], 1e-3)
    away = rgb_to_lab(around.clip(0, 255).astype(np.uint8)) - rgb_to_lab(seen.clip(0, 255).astype(np.uint8))
    shift = np.sign(away) * (np.abs(away) - np.float32([EYES_DARKER, CLEAR, CLEAR])).clip(0, None)
    shift[..., 0] = shift[..., 0].clip(0, None)                              # a lens that shines is not tinted
    shift = cv2.resize(shift, window.shape[1::-1], interpolation=cv2.INTER_LINEAR) * glasses.lenses[..., None]
    if not shift.any():
        return window
    lab = rgb_to_lab(window)
    return np.where(np.abs(shift).max(2, keepdims=True) > 0, lab_to_rgb(lab + shift), window).astype(np.uint8)


def _flowing(picture: np.ndarray, known: np.ndarray, spread: float) -> np.ndarray:
    """The picture float32 (h, w, 3) where it is known, bool (h, w), its colours, averaged, flowing into the rest."""
    weight = known.astype(np.float32)[..., None]
    around = cv2.GaussianBlur(picture * weight, (0, 0), spread)
    around /= np.maximum(cv2.GaussianBlur(weight, (0, 0), spread), 1e-3).reshape(weight.shape)
    return membrane(around, known)


def put_on(
    image: np.ndarray, portrait: Portrait, models: Models, moved: np.ndarray | None = None
) -> np.ndarray:
    """The edited picture with the portrait's glasses on again, uint8 (H, W, 3); the picture itself where none are worn.

    Where nothing was edited, it has the photograph's pixels again.
    image: uint8 (H, W, 3), edited without them;  moved: vertices (N, 2+) of the face they turn with, None: it did not
    """
    glasses = glasses_of(portrait, models)
    if glasses is None:
        return image
    x0, y0, x1, y1 = glasses.box
    shown, bare = portrait.image[y0:y1, x0:x1], taken_off(portrait, models).image[y0:y1, x0:x1]
    layer = shown.astype(np.int16) - bare, glasses.cover, bare
    if moved is not None:
        held = moved[list(HELD), :2].astype(np.float64)
        far = np.abs(held - glasses.held).max()
        if far > _STILL:
            margin = int(np.ceil(far)) + 2
            x0, y0 = max(0, x0 - margin), max(0, y0 - margin)
            x1, y1 = min(image.shape[1], x1 + margin), min(image.shape[0], y1 + margin)
            head = models.get("face_shape").mean_mesh[list(HELD)]
            where = moved_back(glasses, held, head, (x0, y0, x1, y1)) - np.float32(glasses.box[:2])
            borders = cv2.BORDER_CONSTANT, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE
            layer = tuple(cv2.remap(each, where, None, cv2.INTER_CUBIC, borderMode=border)
                          for each, border in zip(layer, borders, strict=True))
    worn, cover, bare = layer
    under, hides = image[y0:y1, x0:x1].astype(np.float32), cover.clip(0, 1)[..., None]
    result = image.copy()
    result[y0:y1, x0:x1] = np.round(under + worn + hides * (bare - under)).clip(0, 255)
    return result
