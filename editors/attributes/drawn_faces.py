"""Faces that no photograph shows: by seed, mixed of two by layers, on the way from one to another.

A face is what the embedded generator needs: a latent (its appearance in the mesh-normalised frame) and a shape code
(its mesh). It is drawn upright on a square; beyond the rings it continues smoothly. Z size of a latent, P of a shape.
"""

import base64
import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..frame import evaluate, rasterise, triangle_maps, vertices_of
from ..images import from_tensor
from ..models import Models
from ..networks import face_generator
from ..networks.face_shape import FaceShape
from ..networks.linear_drawing import drawing_of
from ..portrait import Portrait
from .inversion import canvas_of, encode, frame_picture

SIDE = 256
"""Pixels along the square a face is drawn on: about as fine as the generator."""
EYES = 0.25
"""Distance between the mean face's eyes, in sides of the square."""
MIDDLE = 0.54
"""How far down the square the middle of the face lies."""
SHAPE_LAYERS = 4
"""Layers that carry the shape along when faces are mixed: as many as draw 4 and 8 pixels."""
SPREAD = 0.7
"""Of a seed's shape, in what people have: shape and appearance are drawn apart, and extremes of both do not fit."""
MOST = 30.0
"""Of a face's numbers: far more than those of a photograph ever are, and few enough to be drawn."""


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """What a face is drawn from.

    latent: float32 (1, Z)
    shape:  float64 (P,) standard deviations along the mesh components
    """

    latent: Tensor
    shape: np.ndarray

    @property
    def code(self) -> str:
        """All that is known of the face, as a text: the numbers in base64, the latent's first."""
        numbers = np.concatenate([self.latent[0].double().numpy(), self.shape]).astype("<f8")
        return base64.b64encode(numbers.tobytes()).decode()


class FacePainter:
    """Draws faces with the embedded generator; made once, it serves every face."""

    def __init__(self, models: Models):
        self.models, self.shape = models, models.get("face_shape")
        self.generator, self.encoder = models.get("face_generator"), models.get("face_encoder")
        self.drawing = drawing_of(self.shape, self.generator.size)

    def by_seed(self, seed: int, truncation: float = 1.0) -> DrawnFace:
        """The face of a seed, the same on every machine; truncation 0 is the mean face, 1 as people differ."""
        latent = torch.lerp(self.encoder.mean, self.encoder.latents([seed]), truncation)
        drawn = np.random.RandomState(seed).randn(self.encoder.latent_size + len(self.shape.mesh_deviations))
        shape = drawn[self.encoder.latent_size :].clip(-2, 2)  # what follows the latent's numbers
        return DrawnFace(latent, truncation * SPREAD * shape)

    def of_photograph(self, portrait: Portrait) -> DrawnFace:
        """The face in a photograph, at once. Raises FaceError without a usable face."""
        found = encode(frame_picture(portrait, self.models), self.models, self.drawing)
        return DrawnFace(found.latent, self.shape.shape_code(canvas_of(portrait, self.models).vertices))

    def by_code(self, code: str) -> DrawnFace:
        """The very face whose code it is. Raises SettingError for a text that is no face's."""
        try:
            numbers = np.frombuffer(base64.b64decode(code, validate=True), "<f8")
        except ValueError:
            numbers = np.empty(0)
        size = self.encoder.latent_size
        if len(numbers) != size + len(self.shape.mesh_deviations) or not (np.abs(numbers) <= MOST).all():
            raise SettingError("What came is not what was read of a photograph's face. Choose the photograph again.")
        return DrawnFace(torch.tensor(numbers[None, :size], dtype=torch.float32), numbers[size:].astype(np.float64))

    @torch.no_grad()
    def draw(self, face: DrawnFace) -> np.ndarray:
        """The face on its square, uint8 (SIDE, SIDE, 3)."""
        return on_square(self.drawing.complete(self.generator, face.latent), self.mesh(face.shape), self.shape)

    @torch.no_grad()
    def draw_mixed(self, face: DrawnFace, other: DrawnFace, layers: range) -> np.ndarray:
        """A face whose layers in the range are another's: uint8 (SIDE, SIDE, 3).

        The coarse picture goes along: a layer brings its part of the resolution it draws. The first SHAPE_LAYERS
        bring their part of the shape. Raises SettingError for layers that are not there.
        """
        check_layers(layers, self.generator.layers)
        share = np.mean([layer in layers for layer in range(SHAPE_LAYERS)])
        codes = face_generator.mix(self.generator.codes(face.latent), self.generator.codes(other.latent), layers)
        coarse = mix_bands(self.drawing(face.latent), self.drawing(other.latent), layers)
        drawn = torch.lerp(coarse, self.generator.draw(codes, coarse=coarse), self.drawing.inside)
        return on_square(drawn, self.mesh((1 - share) * face.shape + share * other.shape), self.shape)

    def morph(self, face: DrawnFace, other: DrawnFace, frames: int) -> Iterator[np.ndarray]:
        """Pictures uint8 (SIDE, SIDE, 3) from one face to the other, slow at both ends."""
        latents = face.latent, other.latent
        ends = [self.drawing(latent) for latent in latents]  # what is drawn linearly lies between them too
        for index in range(frames):
            share = 0.5 - 0.5 * math.cos(math.pi * index / max(frames - 1, 1))
            shape = (1 - share) * face.shape + share * other.shape
            latent, coarse = torch.lerp(*latents, share), torch.lerp(*ends, share)
            drawn = self.drawing.complete(self.generator, latent, coarse=coarse)
            yield on_square(drawn, self.mesh(shape), self.shape)

    def mesh(self, code: np.ndarray) -> np.ndarray:
        """Mesh (468, 3) in pixels of the square."""
        mesh = self.shape.mesh_of(code) * EYES * SIDE
        middle = (mesh[:, :2].min(0) + mesh[:, :2].max(0)) / 2
        mesh[:, :2] += np.array([0.5, MIDDLE]) * SIDE - middle
        return mesh


def check_layers(layers: range, count: int) -> None:
    """Raises SettingError unless all layers are among `count`."""
    if not layers or layers.start < 0 or layers.stop > count:
        raise SettingError(f"Layers {layers.start}-{layers.stop - 1} were asked for; give the first and the last of "
                           f"0-{count - 1}, as 4-7.")


def mix_bands(picture: Tensor, other: Tensor, layers: range) -> Tensor:
    """A picture (B, 3, S, S) whose resolutions are another's as far as the layers that draw them are.

    A resolution is what a side of 4 2^k shows and half of it does not. The first layer draws 4 pixels, the next two 8.
    """
    blocks = int(math.log2(picture.shape[-1])) - 1
    result = torch.zeros_like(picture)
    for block in range(blocks):
        own = [layer for layer in range(2 * blocks) if min((layer + 1) // 2, blocks - 1) == block]
        share = sum(layer in layers for layer in own) / len(own)
        result += _band(torch.lerp(picture, other, share), 4 << block)
    return result


def _band(picture: Tensor, side: int) -> Tensor:
    """What `side` pixels show of a picture and half as many do not; all that 4 show."""
    return _shown(picture, side) - (_shown(picture, side // 2) if side > 4 else 0)


def _shown(picture: Tensor, side: int) -> Tensor:
    """A picture as `side` pixels show it, at its own size."""
    small = torch.nn.functional.interpolate(picture, (side, side), mode="area")
    if side == picture.shape[-1]:
        return small
    return torch.nn.functional.interpolate(small, picture.shape[-2:], mode="bicubic", align_corners=False)


# --- on the square --------------------------------------------------------------------------------------------------

def on_square(drawn: Tensor, mesh: np.ndarray, shape: FaceShape) -> np.ndarray:
    """A picture (1, 3, S, S) in the frame, on a mesh (468, 3) of the square: uint8 (SIDE, SIDE, 3)."""
    picture, frame = from_tensor(drawn), shape.frame
    vertices = vertices_of(mesh)
    seen = rasterise(vertices[:, :2], frame.triangles, (SIDE, SIDE), vertices[:, 2])
    where = evaluate(seen, triangle_maps(vertices[:, :2], frame.mean * len(picture) - 0.5, frame.triangles))
    where = cv2.medianBlur(where, 5)                           # slivers of triangles reach wrong values
    image = cv2.remap(picture.astype(np.float32), where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.round(_continued(image, seen >= 0)).clip(0, 255).astype(np.uint8)


def _continued(image: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) with what is not covered continued from its edge, softer further away."""
    inner = cv2.erode(covered.astype(np.uint8), np.ones((9, 9)), borderValue=1) > 0  # the rim is mixed with nothing
    distance, nearest = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((nearest.max() + 1, 3), np.float32)
    colours[nearest[inner]] = image[inner]
    continued = colours[nearest]
    for width in (3, 6, 12, 24):
        soft = _blurred(continued, width)
        continued += (distance / (2 * width)).clip(0, 1)[..., None] * (soft - continued)
    return continued


def _blurred(image: np.ndarray, width: float) -> np.ndarray:
    """The picture (H, W, 3) blurred by so many pixels, on a smaller copy where that shows nothing."""
    shrink = max(1, int(width / 3))
    small = cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), width / shrink, borderType=cv2.BORDER_REPLICATE)
    return small if shrink == 1 else cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
