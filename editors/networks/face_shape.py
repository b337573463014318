"""The linear model of a face: shape (mesh) and appearance (picture in the mesh-normalised frame).

Cootes, Edwards and Taylor 2001, "Active appearance models". P components, S frame side, N pixels inside the rings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..frame import MESH_POINTS, Frame
from ..mesh_points import OVAL

AROUND = 0.2
"""What a pixel of hair, neck or background counts for in a face's code, where one of the face counts for 1."""
NOISE = 10.0
"""Grey levels by which a pixel may miss what the components draw."""


@dataclass(frozen=True)
class Similarity:
    """Rotation, scale and shift in the picture's plane: model = turn * photograph + shift, as complex numbers."""

    turn: complex
    shift: complex

    def to_model(self, points: np.ndarray) -> np.ndarray:
        """Photograph (N, 2 or 3) -> model units; depth is scaled alike."""
        return _move(points, self.turn, self.shift)

    def to_photograph(self, points: np.ndarray) -> np.ndarray:
        """Model units (N, 2 or 3) -> photograph pixels."""
        return _move(points, 1 / self.turn, -self.shift / self.turn)

    def movement_to_photograph(self, movement: np.ndarray) -> np.ndarray:
        """A movement of points in model units -> the same movement in pixels."""
        return _move(movement, 1 / self.turn, 0)


def _move(points: np.ndarray, turn: complex, shift: complex) -> np.ndarray:
    plane = (points[..., 0] + 1j * points[..., 1]) * turn + shift
    depth = points[..., 2:] * abs(turn)
    return np.concatenate([plane.real[..., None], plane.imag[..., None], depth], -1)


def similarity_to(mesh: np.ndarray, mean: np.ndarray) -> Similarity:
    """The similarity that brings a mesh (468+, 3) closest to the mean mesh (468, 3) in the picture's plane.

    Some points of both, (N, 2 or 3) each, will do.
    """
    a, b = mesh[:MESH_POINTS, 0] + 1j * mesh[:MESH_POINTS, 1], mean[:, 0] + 1j * mean[:, 1]
    centred = a - a.mean()
    turn = np.vdot(centred, b - b.mean()) / np.vdot(centred, centred)
    return Similarity(turn, b.mean() - turn * a.mean())


class FaceShape:
    """The mean face, its components, and the frame they live in.

    Model units: the distance between the mean face's eye centres is 1; x right, y down, z away from the camera.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]):
        self.mean_mesh = arrays["mean_mesh"].astype(np.float64)                                    # (468, 3)
        self.mesh_components = arrays["mesh_components"].astype(np.float64)                        # (P, 1404) unit
        self.mesh_deviations = arrays["mesh_deviations"].astype(np.float64)                        # (P,)
        self.frame = Frame(arrays["frame_mean"].astype(np.float64), arrays["triangles"], int(arrays["frame_size"][0]))
        self._mean = arrays["mean_appearance"].astype(np.float32)                                  # (N, 3) 0..255
        self._components = arrays["appearance_components"]                                         # (P, N*3) int8
        self._scales = arrays["appearance_scales"].astype(np.float32)                              # (P,) int8 -> unit
        self.deviations = arrays["appearance_deviations"].astype(np.float32)                       # (P,)

    def similarity(self, mesh: np.ndarray) -> Similarity:
        """How a photograph's mesh (468+, 3) lies on the mean face."""
        return similarity_to(mesh, self.mean_mesh)

    def shape_code(self, mesh: np.ndarray) -> np.ndarray:
        """A mesh (468+, 3) in photograph pixels -> (P,) standard deviations along the mesh components."""
        aligned = self.similarity(mesh).to_model(mesh[:MESH_POINTS].astype(np.float64))
        aligned[:, 2] -= aligned[:, 2].mean() - self.mean_mesh[:, 2].mean()
        return self.mesh_components @ (aligned - self.mean_mesh).ravel() / self.mesh_deviations

    def mesh_of(self, shape_code: np.ndarray) -> np.ndarray:
        """Shape code (P,) -> mesh (468, 3) in model units."""
        return self.mean_mesh + (shape_code * self.mesh_deviations @ self.mesh_components).reshape(-1, 3)

    def code(self, appearance: np.ndarray, components: int | None = None) -> np.ndarray:
        """Frame picture (S, S, 3) in 0..255 -> (P,) standard deviations along the appearance components."""
        used = self._components[:components]
        difference = (appearance[self.frame.inside] - self._mean).ravel()
        return _project(used, difference) * self._scales[: len(used)] / self.deviations[: len(used)]

    def face_code(self, appearance: np.ndarray) -> np.ndarray:
        """As `code`, read so that the face is told closest: what lies around it counts `AROUND` (P,).

        The most likely code where each component has a variance of 1 and pixels of the face have noise of `NOISE`.
        """
        difference = (appearance[self.frame.inside] - self._mean).ravel() * np.repeat(self.face_weight, 3)
        seen = _project(self._components, difference) * self._scales * self.deviations
        return np.linalg.solve(self.face_matrix, seen).astype(np.float32)

    @cached_property
    def face_weight(self) -> np.ndarray:
        """How much each pixel inside the rings counts in `face_code`, float32 (N,): 1 / variance of its noise."""
        oval = np.rint((self.frame.mean[list(OVAL)] * self.frame.size - 0.5)).astype(np.int32)
        face = cv2.fillConvexPoly(np.zeros((self.frame.size,) * 2, np.float32), oval, 1)
        soft = cv2.GaussianBlur(face, (0, 0), self.frame.size / 20)[self.frame.inside]
        return (soft + (1 - soft) * AROUND) / NOISE**2

    @cached_property
    def face_matrix(self) -> np.ndarray:
        """(P, P): what `face_code` solves; its half second is spent once."""
        weight = np.sqrt(np.repeat(self.face_weight, 3))
        scale = (self._scales * self.deviations)[:, None]
        rows = np.empty(self._components.shape, np.float32)
        for i in range(0, len(rows), _BLOCK):
            rows[i : i + _BLOCK] = self._components[i : i + _BLOCK] * scale[i : i + _BLOCK] * weight
        return (rows @ rows.T).astype(np.float64) + np.eye(len(rows))

    def rows(self, pixels: np.ndarray) -> np.ndarray:
        """What one deviation of each component does to some pixels inside the rings, bool (N,): float32 (P, 3n)."""
        chosen = np.ascontiguousarray(self._components[:, np.repeat(pixels, 3)]).astype(np.float32)
        return chosen * (self._scales * self.deviations)[:, None]

    def pull(self, seen: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Whither pixels (N, 3) in 0..255, each trusted by 1 / variance (N,), draw a code with unit deviations (P,)."""
        apart = ((seen - self._mean) * trust[:, None]).ravel().astype(np.float32)
        return _project(self._components, apart) * self._scales * self.deviations

    def draw(self, code: np.ndarray) -> np.ndarray:
        """Appearance code (up to P,) -> frame picture float32 (S, S, 3), 0 outside the rings, not clipped."""
        weights = np.asarray(code, np.float32) * self.deviations[: len(code)] * self._scales[: len(code)]
        picture = np.zeros((*self.frame.inside.shape, 3), np.float32)
        picture[self.frame.inside] = self._mean + _mix(self._components[: len(code)], weights).reshape(-1, 3)
        return picture

    def component(self, index: int) -> np.ndarray:
        """What one standard deviation of a component adds to a frame picture, float32 (S, S, 3)."""
        picture = np.zeros((*self.frame.inside.shape, 3), np.float32)
        weight = self.deviations[index] * self._scales[index]
        picture[self.frame.inside] = (self._components[index] * weight).reshape(-1, 3)
        return picture


_BLOCK = 50  # components widened to float32 at a time, so that int8 stays int8 in memory


def _project(components: np.ndarray, picture: np.ndarray) -> np.ndarray:
    blocks = range(0, len(components), _BLOCK)
    return np.concatenate([components[i : i + _BLOCK].astype(np.float32) @ picture for i in blocks])


def _mix(components: np.ndarray, weights: np.ndarray) -> np.ndarray:
    blocks = range(0, len(components), _BLOCK)
    return sum(weights[i : i + _BLOCK] @ components[i : i + _BLOCK].astype(np.float32) for i in blocks)


def build(arrays: Mapping[str, np.ndarray]) -> FaceShape:
    """The model from its arrays."""
    return FaceShape(arrays)
