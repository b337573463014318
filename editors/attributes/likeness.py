"""The face of a portrait as a generator knows it: a fact of the portrait, found by an encoder or nearer with time.

What was tuned to a face stays with its portrait, by model and likeness; the shared network is never changed.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from ..areas import within_hull
from ..canvas import Canvas, canvas_of, whole_of
from ..crops import align, sample
from ..errors import FaceError
from ..face_measures import face_around
from ..faces import find_mesh, mesh_of
from ..frame import MESH_POINTS, vertices_of
from ..images import from_tensor, to_tensor
from ..models import Models
from ..networks.cost import multiply_adds
from ..networks.face_generator import FaceGenerator
from ..networks.face_shape import similarity_to
from ..networks.linear_drawing import drawing_of
from ..portrait import Portrait
from ..tone_regions import TONES
from .directions import EMBEDDED, LINEAR
from .fitted import digest_of, fitted_of
from .inversion import (
    Face,
    InvertedCrop,
    Progress,
    encode,
    frame_picture,
    sharpen_by_steps,
    small_picture,
)
from .reader import reader_of

CROP_SIDE = 256
"""Most pixels drawn of a crop: what is carried to the photograph is seen at less."""
STEP_COST = 3e9
"""Multiply-adds of drawing that one second of likeness is: so many steps of forwards and backwards on two cores."""
STEPS_A_SECOND = (4, 40)
MOST_AWAY = 1.2
"""Deviations of the generator's own faces that a style is at most away from their mean."""
READ_APPEARANCES, READ_SHAPES = 100, 30
"""Components of the linear model that a fitted reader sees of a photograph."""


@dataclass(frozen=True, eq=False)
class Known:
    """A face inverted, with what its edits are compared to.

    face:    as the generator knows it
    picture: (1, 3, S, S) as it draws it
    taken:   float32 (F, F, 3) the same in the frame, 0..255; None where it is drawn there
    mesh:    float (478, 3) found in the picture of a crop; None in the frame
    regions: of TONES, float32 (F, F) 0..1 in the frame where the photograph has them
    """

    face: Face
    picture: Tensor
    taken: np.ndarray | None = None
    mesh: np.ndarray | None = None
    regions: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes that it keeps for itself."""
        weights = self.face.generator.parameters() if self.is_tuned else ()
        return self.picture.nbytes + sum(weight.nbytes for weight in weights)

    @property
    def is_tuned(self) -> bool:
        """Whether the generator is the face's own copy."""
        return bool(getattr(self.face.generator, "is_own", False))


def is_found(portrait: Portrait, models: Models, model_id: str, likeness: float) -> bool:
    """Whether the face of a portrait is known at this likeness already."""
    return whole_of(portrait).knows(_name(models, model_id, likeness))


def face_in(
    portrait: Portrait, models: Models, model_id: str, likeness: float = 0.0,
    on_progress: Progress = lambda *_: None,
) -> Known:
    """The face of a portrait as a generator knows it; found once for each likeness, by all of its pixels.

    likeness: seconds of optimisation on two cores, counted in steps, so that everybody gets the same face
    Raises FaceError without a usable face, SettingError where nothing was fitted to the generator; what on_progress
    raises, and then nothing is kept.
    """
    portrait = whole_of(portrait)
    name = _name(models, model_id, likeness)
    with portrait.fact(f"gate of {name}", threading.Lock):  # not the portrait's own: other facts do not wait
        if not portrait.knows(name):
            found = _find(portrait, models, model_id, likeness, on_progress)
            portrait.fact(name, lambda: found)
    return portrait.fact(name, lambda: None)


def _name(models: Models, model_id: str, likeness: float) -> str:
    prints = [models.fingerprint(model_id)]
    if model_id != EMBEDDED:
        reader = reader_of(models, model_id)
        prints += [digest_of(models, model_id), models.fingerprint(reader) if reader else ""]
    return f"face of {model_id} {' '.join(each[:12] for each in prints)} at {likeness:g}"


def steps_of(generator: FaceGenerator, likeness: float, side: int | None = None) -> int:
    """Steps of optimisation that a likeness is: fewer where each costs more."""
    rate = STEP_COST / multiply_adds(generator, side)
    return round(likeness * min(max(rate, STEPS_A_SECOND[0]), STEPS_A_SECOND[1]))


def _find(portrait: Portrait, models: Models, model_id: str, likeness: float, on_progress: Progress) -> Known:
    generator = models.get(model_id)
    if model_id == EMBEDDED:
        return _find_in_frame(portrait, models, generator, likeness, on_progress)
    return _find_in_crop(portrait, models, model_id, generator, likeness, on_progress)


@torch.no_grad()
def _find_in_frame(
    portrait: Portrait, models: Models, generator: FaceGenerator, likeness: float, on_progress: Progress
) -> Known:
    drawing = drawing_of(models.get(LINEAR), generator.size)
    taken = frame_picture(portrait, models)
    first = encode(taken, models, drawing)
    wanted = small_picture(taken, generator.size)
    face = sharpen_by_steps(first, wanted, drawing, steps_of(generator, likeness), on_progress)
    canvas = canvas_of(portrait, models)
    regions = {name: region_in_frame(canvas, name) for name in TONES}
    return Known(_marked(face, first), face.draw(drawing), regions=regions)


def region_in_frame(canvas: Canvas, name: str) -> np.ndarray:
    """Where a region of TONES lies in the frame, float32 (F, F) 0..1."""
    (x0, y0, _, _), mask = canvas.tone_mask(name)
    if min(mask.shape) < 4:
        return np.zeros(canvas.shape.frame.inside.shape, np.float32)
    return canvas.shape.frame.take(cv2.merge([mask] * 3), canvas.vertices - [x0, y0, 0])[..., 0].clip(0, 1)


def _marked(face: Face, first: Face) -> Face:
    """The face, its own copy of the generator marked as such."""
    if face.generator is not first.generator:
        face.generator.is_own = True
    return face


# --- whole crops ----------------------------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class CropWeight:
    """How much each pixel of a crop counts (side, side): the face as the rings see it, a fifth around it."""

    weight: Tensor


@torch.no_grad()
def _find_in_crop(
    portrait: Portrait, models: Models, model_id: str, generator: FaceGenerator, likeness: float, on_progress: Progress
) -> Known:
    arrays, side = fitted_of(models, model_id), min(CROP_SIDE, generator.size)
    mesh = mesh_of(portrait, models)
    codes, to_photograph = _read_code(portrait, models, model_id, generator, arrays, mesh)
    first = InvertedCrop(codes, generator, side)
    face: Face = first
    if likeness > 0:
        crop = sample(portrait.image, to_photograph, (side, side), cv2.BORDER_REFLECT_101)
        inside = within_hull(arrays["crop_mesh"][:MESH_POINTS, :2] * side - 0.5, (side, side))
        weight = np.where(inside, np.float32(1), np.float32(0.2))
        seen = CropWeight(torch.from_numpy(weight / weight.sum()))
        steps = steps_of(generator, likeness, side)
        face = _marked(sharpen_by_steps(first, to_tensor(crop), seen, steps, on_progress), first)
    return known_crop(replace(face, dtype=models.dtype(model_id)), arrays["crop_mesh"], models)


def known_crop(face: InvertedCrop, crop_mesh: np.ndarray, models: Models) -> Known:
    """A face of a crop with its picture, and its mesh and frame picture found in that."""
    picture = face.draw()
    image, mesh = meshed(picture, crop_mesh, models)
    return Known(face, picture, models.get(LINEAR).frame.take(image, vertices_of(mesh)), mesh)


def meshed(picture: Tensor, crop_mesh: np.ndarray, models: Models) -> tuple[np.ndarray, np.ndarray]:
    """A drawn crop (1, 3, S, S) as uint8 (H, H, 3) of at least CROP_SIDE pixels, and the mesh (478, 3) found in it.

    crop_mesh: where faces lie in crops of this generator, in shares of the side
    """
    image = from_tensor(picture)
    if len(image) < CROP_SIDE:
        image = cv2.resize(image, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_CUBIC)
    mesh = find_mesh(image, face_around(crop_mesh * len(image)), models)
    if not np.isfinite(mesh).all():
        raise FaceError("The generator draws no face of this photograph.")
    return image, mesh


def _read_code(
    portrait: Portrait, models: Models, model_id: str, generator: FaceGenerator, arrays: dict[str, np.ndarray],
    mesh: np.ndarray,
) -> tuple[Tensor, np.ndarray]:
    """Codes (1, L, S) of the photograph's face, and the affine from a crop of min(CROP_SIDE, size) pixels to it."""
    side = min(CROP_SIDE, generator.size)
    reader = reader_of(models, model_id)
    if reader is not None:
        crop, to_crop = align(portrait.image, mesh, CROP_SIDE)
        encoder = models.get(reader)
        codes = encoder(to_tensor(crop).to(encoder.mean_codes)).cpu()
        scale = np.diag([side / CROP_SIDE, side / CROP_SIDE, 1.0])
        return codes, cv2.invertAffineTransform((scale @ np.vstack([to_crop, [0, 0, 1]]))[:2])
    features = features_of(frame_picture(portrait, models), canvas_of(portrait, models).vertices, models)
    style = torch.from_numpy(_likely(arrays["reader.mean"] + features @ arrays["reader.weight"], arrays)).float()[None]
    lies = similarity_to(mesh.astype(np.float64), arrays["crop_mesh"][:MESH_POINTS].astype(np.float64) * side)
    turn, shift = 1 / lies.turn, -lies.shift / lies.turn
    to_photograph = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return style[:, None].expand(-1, generator.layers, -1).contiguous(), to_photograph


def _likely(style: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """A style (Z,) that was read, drawn in to where the generator's own faces lie."""
    away = style - arrays["reader.middle"]
    far = float(np.sqrt(np.mean((away / arrays["reader.spread"]) ** 2)))
    return arrays["reader.middle"] + away * min(1.0, MOST_AWAY / max(far, 1e-9))


def features_of(taken: np.ndarray, vertices: np.ndarray, models: Models) -> np.ndarray:
    """What a fitted reader sees of a face: components of appearance and of shape, float64 (F,)."""
    shape = models.get(LINEAR)
    return np.concatenate([shape.code(taken, READ_APPEARANCES), shape.shape_code(vertices)[:READ_SHAPES]])
