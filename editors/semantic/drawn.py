"""A head as the learned painter draws it: labels, a look of the face from the linear model, a style for each region.

It sees a square of SIDE eye distances around the middle between the eyes, turned with them, at 128 pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ..crops import inverse, sample, transform
from ..frame import continued, evaluate, rasterise, triangle_maps, vertices_of
from ..head_style import LOOK, Style
from ..labels import NAMES
from ..membrane import membrane
from ..mesh_points import NOSE, OVAL
from ..networks.face_shape import FaceShape
from ..networks.label_painter import KINDS, SIZE, LabelPainter, base_of
from ..regions import inside
from ..strands import LUMA, look_of
from .parts import eye_line

SIDE = 5.0
FADES = 24
"""Pixels beyond the square over which the light of what is drawn in it fades."""
KIND_OF = np.array([next(kind for kind, names in enumerate(KINDS) if name in names) for name in NAMES], np.uint8)
"""Kind of each label."""
BLUR = 2.0
"""Pixels of the painter's picture: finer detail of what is painted on a photograph is the rule's."""
BROAD = 6.0
"""Pixels of the painter's picture: the light of narrower locks is the rule's, too."""
SEEN = (0.1, 0.85)
"""Shares of what is seen of a label that are darker than its darkest and lightest part painted anew."""
LEEWAY = 10
"""Grey levels beyond that."""
DIM = 6.0
"""Grey levels below which light counts less and less."""
REMEMBERS = 0.5
"""Eye distances over which what is painted forgets how light the known is beside it."""
_EDGE = 0.02               # of the linear model's frame, the rim of the face in it
_TEMPLES = (0.28, 0.4)     # of the frame, from above: over them skin goes on beyond the oval
_BALD = 0.08               # of the frame, over which skin above a face becomes smooth and as light as the face is
_TONE = 0.6                # of the way from a forehead to how the face usually is, in its colour and light
_SPECK = 6                 # grey levels by which a strange pixel differs from its neighbours
_FEWEST = 1e-3             # share of the square from which a region's style is believed


def square_of(labels: np.ndarray) -> np.ndarray:
    """Affine (2, 3) from the painter's picture to a label map. Raises SettingError where an eye is missing."""
    middle, along, eyes = eye_line(labels)
    turn = SIDE * eyes / SIZE * np.array([[along[0], -along[1]], [along[1], along[0]]])
    return np.column_stack([turn, middle - turn @ np.full(2, (SIZE - 1) / 2)])


def labels_in(labels: np.ndarray, to_labels: np.ndarray) -> np.ndarray:
    """A label map in the painter's square, uint8 (S, S)."""
    return cv2.warpAffine(labels, to_labels, (SIZE, SIZE), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)


def kinds_of(labels: np.ndarray, to_labels: np.ndarray) -> np.ndarray:
    """The painter's kinds of labels in its square, uint8 (S, S)."""
    return KIND_OF[labels_in(labels, to_labels)]


def style_of(
    image: np.ndarray, labels: np.ndarray, mesh: np.ndarray, shape: FaceShape, painter: LabelPainter
) -> Style:
    """The look and the styles of a photograph uint8 (H, W, 3); a region that is not seen is as it usually is then."""
    look = shape.code(shape.frame.take(image, vertices_of(mesh)), LOOK).astype(np.float32)
    to_labels = square_of(labels)
    picture = sample(image, to_labels, (SIZE, SIZE), cv2.BORDER_REPLICATE)
    seen = sample(np.ones(labels.shape, np.uint8), to_labels, (SIZE, SIZE)).astype(np.float32)
    with torch.inference_mode():
        styles, areas = painter.encoder(*_batch(picture), torch.from_numpy(kinds_of(labels, to_labels)[None]).long(),
                                        torch.from_numpy(seen)[None, None])
        usual = painter.usual(torch.from_numpy(look))
        found = torch.where(areas[0, :, None] > _FEWEST, styles[0], usual)
    return Style(look, found.numpy())


def _batch(picture: np.ndarray) -> tuple[torch.Tensor]:
    return (torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1,)


def draw(
    labels: np.ndarray, mesh: np.ndarray, style: Style, shape: FaceShape, painter: LabelPainter, seed: int = 0,
    bald: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """The head under these labels: float32 (S, S, 3) in 0..255, and the affine from it to the label map.

    mesh: (468 or more, 3) in pixels of the labels;  bald: as in `appearance`
    """
    to_labels = square_of(labels)
    where = places_in_frame(mesh, to_labels, shape)
    picture = appearance(style.look, shape, bald)
    look = cv2.remap(picture, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    kinds = torch.from_numpy(kinds_of(labels, to_labels)[None]).long()
    noise = torch.randn(1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        styles, covered = torch.from_numpy(style.styles)[None], torch.from_numpy(where[..., 0] >= 0)[None, None].float()
        picture = painter(kinds, styles, base_of(kinds, styles, *_batch(look), covered), noise)
    return ((picture[0].permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255), to_labels


def appearance(look: np.ndarray, shape: FaceShape, bald: bool = True) -> np.ndarray:
    """A look in the linear model's frame, float32 (F, F, 3) in 0..255, whose skin goes on to its oval.

    The frame shows the side of a face from its edge: the few pixels there are no skin when they are stretched.
    bald: skin goes on above it, too, where a look has hair that other labels may not have
    """
    picture, size = _without_specks(shape.draw(look).clip(0, 255), shape), shape.frame.size
    face = inside(shape.frame.mean[list(OVAL)] * size - 0.5, size)
    side = 2 * round(_EDGE * size) + 1
    inner = cv2.erode(face.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0
    face = cv2.dilate(face.astype(np.uint8), np.ones((3, 3), np.uint8))
    whole = continued(picture, inner)
    narrow, wide = (cv2.GaussianBlur(whole, (0, 0), sigma * size) for sigma in (_EDGE / 2, _BALD / 2))
    level, above = np.arange(size)[:, None] / size, (np.arange(size) < _TEMPLES[0] * size)[:, None]
    usual, forehead = (np.median(whole[inner & there], axis=0) for there in (~above, above))
    far = (cv2.distanceTransform(1 - face, cv2.DIST_L2, 3) / (_BALD * size)).clip(0, 1)[..., None]
    whole = narrow + far * (wide + _TONE * (usual - forehead) - narrow)
    deep = cv2.GaussianBlur(inner.astype(np.float32), (0, 0), _EDGE * size / 4)[..., None]
    below = np.interp(level, _TEMPLES, (0, 1)).astype(np.float32)
    skin = np.maximum(face, 1 - below) if bald else below * face
    return picture + skin[..., None] * (1 - deep) * (whole - picture)


def _without_specks(picture: np.ndarray, shape: FaceShape) -> np.ndarray:
    """A picture of the frame without single strange pixels at the nose, where the mean mesh is folded."""
    nose = inside(shape.frame.mean[list(NOSE)] * shape.frame.size - 0.5, shape.frame.size).astype(np.uint8)
    usual = cv2.medianBlur(picture.astype(np.float32), 3)
    strange = (np.abs(picture - usual).max(2) > _SPECK) & (cv2.dilate(nose, np.ones((7, 7), np.uint8)) > 0)
    return np.where(strange[..., None], usual, picture)


def places_in_frame(mesh: np.ndarray, to_labels: np.ndarray, shape: FaceShape) -> np.ndarray:
    """Where each pixel of the painter's square lies in the linear model's frame, float32 (S, S, 2); -1 outside it."""
    vertices = vertices_of(mesh)
    points = transform(vertices[:, :2], inverse(to_labels))
    seen = rasterise(points, shape.frame.triangles, (SIZE, SIZE), vertices[:, 2])
    frame = shape.frame.mean * shape.frame.size - 0.5
    where = evaluate(seen, triangle_maps(points, frame, shape.frame.triangles))
    return np.where(seen[..., None] >= 0, where, -1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Head:
    """A photograph's head as drawn under its new labels, in the photograph's own style.

    picture:  float32 (S, S, 3) in 0..255;  kinds: uint8 (S, S);  to_photograph: affine from its pixels
    """

    picture: np.ndarray
    kinds: np.ndarray
    to_photograph: np.ndarray

    def shaded(
        self, painted: np.ndarray, missing: np.ndarray, covers: np.ndarray, corner: tuple[int, int], name: str,
        soft: float,
    ) -> np.ndarray:
        """What was painted anew of one label, lit as it should be there; its colour and fine detail stay.

        painted:  float32 (H, W, 3), part of the photograph; corner: x, y of its first pixel in it
        missing:  bool (H, W), where the label is painted anew: elsewhere the photograph says what light there is,
                  and the drawn head is carried over as it differs from that
        covers:   (H, W) in 0..1, how far it covers what is behind it, which keeps its own light
        soft:     pixels over which a region's edge is soft
        """
        to_part = self.to_photograph - np.array([[0, 0, corner[0]], [0, 0, corner[1]]])
        seen, new, inside = (sample(each.astype(np.float32), to_part, (SIZE, SIZE)) for each in (
            painted, missing, np.ones(missing.shape, np.uint8)))
        here, inside = self.kinds == KIND_OF[NAMES.index(name)], inside > 0.99
        deep = cv2.erode(here.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0   # its edge has its neighbours' colours
        known = here & (new < 0.01) & inside & (cv2.erode(here.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        known &= _usual(seen - self.picture, known)
        if not (deep & inside).any():
            return painted
        light, drawn = seen @ LUMA, self.picture @ LUMA
        wanted = (drawn + _missed(light - drawn, known, here)).clip(0)
        if known.any():                                       # hardly lighter or darker than what is seen of it
            low, high = np.quantile(light[known], SEEN)
            wanted = wanted.clip(max(0, low - LEEWAY), high + LEEWAY)
        change = membrane(np.log((wanted + DIM) / (light + DIM))[..., None], deep & inside, here).reshape(here.shape)
        share = cv2.GaussianBlur(here.astype(np.float32), (0, 0), BROAD)
        change = cv2.GaussianBlur(change.astype(np.float32) * here, (0, 0), BROAD) / np.maximum(share, 0.2)
        beyond = transform(np.full((1, 2), -FADES, float), to_part)[0]
        to_part = np.column_stack([to_part[:, :2], beyond])
        change = cv2.warpAffine(_fading(change), to_part, missing.shape[::-1], flags=cv2.INTER_CUBIC)
        edge = cv2.GaussianBlur(missing.astype(np.float32), (0, 0), max(0.5, soft)) * covers**2
        anew = deep & inside & (new > 0.99)                     # has no colour but this label's
        look, light = look_of(seen, anew if anew.any() else deep & inside, SIZE / SIDE), painted @ LUMA
        asked = edge * change
        lit = look.relit(painted, light + (light + DIM) * np.expm1(asked))
        return np.where(asked[..., None] != 0, lit, painted)         # sums of light may differ in their last bit


def _fading(change: np.ndarray) -> np.ndarray:
    """A change of the square (S, S) that goes on FADES pixels beyond each of its borders and fades there."""
    wider = cv2.copyMakeBorder(change, *[FADES] * 4, cv2.BORDER_REPLICATE)
    ramp = (np.minimum(np.arange(len(wider)), np.arange(len(wider))[::-1]) / np.float32(FADES)).clip(0, 1)
    return wider * (ramp[:, None] * ramp)


def _missed(differences: np.ndarray, known: np.ndarray, here: np.ndarray) -> np.ndarray:
    """What the drawn head lacks (S, S): beside known pixels as there, farther off as it usually is."""
    if not known.any():
        return np.zeros_like(differences)
    near = np.exp(-cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3) / (REMEMBERS * SIZE / SIDE))
    usual = np.median(differences[known])
    local = cv2.GaussianBlur(membrane(differences[..., None], known, here), (0, 0), BLUR)
    return usual + near * (local.reshape(here.shape) - usual)


def _usual(differences: np.ndarray, known: np.ndarray) -> np.ndarray:
    """bool (H, W): where differences (H, W, C) are like those of most known pixels, so that no wrong label counts."""
    if not known.any():
        return known
    away = np.linalg.norm(differences - np.median(differences[known], axis=0), axis=2)
    return away < 4 * float(np.median(away[known])) + 6
