"""Glasses drawn before a face, of many kinds, as what is learned from: frames, lenses, what they reflect and shade.

Glasses are described in head units on the plane of a mean face seen from the front, and brought to a picture by the
homography that its mesh says.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from checkpoints.light import wave
from editors.faces import eye_distance
from editors.mesh_points import LEFT_EYE, RIGHT_EYE
from editors.networks.glasses_parser import DARK, FRAME, LENS, NOTHING

_PLANE = (33, 133, 362, 263, 6, 168, 105, 334, 50, 280, 127, 356)  # points of the mesh about as far forward as glasses
_ENDS = ((127, 234), (356, 454))  # points of the mesh that temples run towards, right and left
_FINER = 3  # times that shapes are drawn larger, and then reduced
_OPAQUE = 0.55  # share of what lies behind that a lens hides from which it is dark
_THIN = 0.35  # share of a pixel that a frame covers from which it is the frame's


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane of a mean face: where its points lie, (N, 2), from the middle of the eyes, eye distance 1."""

    points: np.ndarray

    @classmethod
    def of(cls, mean_mesh: np.ndarray) -> "Plane":
        """Of the mean mesh (468, 3)."""
        eyes = mean_mesh[list(RIGHT_EYE + LEFT_EYE), :2].mean(0)
        return cls((mean_mesh[list(_PLANE), :2] - eyes) / eye_distance(mean_mesh))

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Homography (3, 3) from the plane to a picture in which the mesh lies at points (468, 2)."""
        return cv2.findHomography(self.points, points[list(_PLANE)])[0]


def _outline(rng: np.random.Generator) -> np.ndarray:
    """A lens around the person's left eye's place at the origin: unit radius directions, (T, 2), and its half sides."""
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    power = rng.choice([2.0, 2.4, 2.8, 3.5, 5.0])
    x, y = np.cos(angle), np.sin(angle)
    shape = np.stack([np.sign(x) * np.abs(x) ** (2 / power), np.sign(y) * np.abs(y) ** (2 / power)], 1)
    droop = rng.normal(0, 0.06) * np.cos(angle - rng.uniform(0, 2 * np.pi))
    droop += rng.normal(0, 0.05) * np.cos(2 * (angle - rng.uniform(0, 2 * np.pi)))
    if rng.random() < 0.3:                                                   # an aviator's, lower beside the cheek
        droop = droop + rng.uniform(0.05, 0.2) * np.maximum(0, np.cos(angle - rng.uniform(0.9, 1.6)))
    return shape * (1 + droop)[:, None]


class _Canvas:
    """Shapes on the plane, drawn finer than the picture and then reduced."""

    def __init__(self, size: tuple[int, int], to_picture: np.ndarray):
        width, height = size
        self.size, self.to_picture, self.finer = size, to_picture, (height * _FINER, width * _FINER)

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Points on the plane (N, 2) -> fixed point of the fine picture."""
        at = cv2.perspectiveTransform(points[None].astype(np.float64), self.to_picture)[0]
        return np.round(((at + 0.5) * _FINER - 0.5).clip(-4000, 4000) * 16).astype(np.int32)

    def filled(self, *outlines: np.ndarray) -> np.ndarray:
        """Share of each pixel inside, float32 (H, W)."""
        mask = np.zeros(self.finer, np.uint8)
        for outline in outlines:
            cv2.fillPoly(mask, [self.placed(outline)], 255, cv2.LINE_AA, 4)
        return self._reduced(mask)

    def line(self, points: np.ndarray, thick: float) -> np.ndarray:
        """Share of each pixel on a line, `thick` units of the plane."""
        mask, unit = np.zeros(self.finer, np.uint8), np.sqrt(abs(np.linalg.det(self.to_picture[:2, :2]))) * _FINER
        cv2.polylines(mask, [self.placed(points)], False, 255, max(1, round(thick * unit)), cv2.LINE_AA, 4)
        return self._reduced(mask)

    def _reduced(self, mask: np.ndarray) -> np.ndarray:
        return cv2.resize(mask, self.size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _shapes(canvas: _Canvas, ends: list[np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How much of each pixel frames and lenses cover, float32 (H, W) each."""
    outline, half = _outline(rng), np.array([rng.uniform(0.28, 0.5), rng.uniform(0.18, 0.45)])
    middle = np.array([0.5 + rng.normal(0.02, 0.03), rng.normal(0.05, 0.05)])
    half[0] = min(half[0], middle[0] - 0.08)
    lift = rng.uniform(0, 0.25) if rng.random() < 0.25 else rng.normal(0, 0.04)
    thick = rng.uniform(0.008, 0.035) if rng.random() < 0.55 else rng.uniform(0.035, 0.11)
    top = thick * (rng.uniform(1, 2.2) if rng.random() < 0.4 else 1)
    way = rng.random()
    frames = np.zeros(canvas.size[::-1], np.float32)
    lenses = np.zeros_like(frames)
    hinge = rng.uniform(-0.9, 0.2)                                           # up or down of the lens
    for side, end in zip((-1, 1), ends, strict=True):
        def lens(grown: np.ndarray, above: float = 0.0, side: int = side) -> np.ndarray:
            x, y = (outline * (half + grown)).T
            y = np.where(y < 0, y - above, y) - lift * x
            return np.stack([side * (middle[0] + x), middle[1] + y], 1)

        glass, outer = canvas.filled(lens(np.zeros(2))), canvas.filled(lens(np.full(2, thick), top - thick))
        ring = (outer - glass).clip(0, 1)
        rows = np.arange(canvas.size[1])[:, None]
        low = cv2.perspectiveTransform(np.array([[[side * middle[0], middle[1]]]]), canvas.to_picture)[0, 0, 1]
        if way < 0.12:                                                       # held by nothing but its hinges
            ring = ring * rng.uniform(0, 0.3)
        elif way < 0.24:                                                     # held from above
            ring = ring * (rows < low)
        lenses, frames = np.maximum(lenses, glass), np.maximum(frames, ring)
        edge = np.array([side * (middle[0] + half[0]), middle[1] + hinge * half[1] - lift * half[0]])
        temple = np.stack([edge, edge + [side * 0.06, 0], end * [1, rng.uniform(0.9, 1.1)]])
        bar = canvas.line(temple, max(0.012, thick * rng.uniform(0.5, 1.1)))
        frames = np.maximum(frames, bar * (1 - glass))
        if rng.random() < 0.3:                                               # a pad beside the nose
            pad = np.array([[side * (middle[0] - half[0] - 0.01), middle[1] + 0.1]])
            frames = np.maximum(frames, 0.7 * canvas.line(np.concatenate([pad, pad + [-side * 0.02, 0.06]]), 0.03))
    return np.maximum(frames, _bridge(canvas, middle, half, thick, rng) * (1 - lenses)), lenses


def _bridge(
    canvas: _Canvas, middle: np.ndarray, half: np.ndarray, thick: float, rng: np.random.Generator
) -> np.ndarray:
    """What holds two lenses together: an arc over the nose, now and then a bar above it."""
    inner, arch = middle[0] - half[0], rng.uniform(0, 0.08)
    x = np.linspace(-inner - 0.02, inner + 0.02, 9)
    at = middle[1] + rng.uniform(-0.6, 0.0) * half[1]
    arc = np.stack([x, at - arch * (1 - (x / (inner + 0.02)) ** 2)], 1)
    arc = canvas.line(arc, max(0.012, thick * rng.uniform(0.7, 1.2)))
    if rng.random() < 0.15:
        bar = np.stack([1.6 * x, np.full_like(x, middle[1] - 0.85 * half[1])], 1)
        arc = np.maximum(arc, canvas.line(bar, thick))
    return arc


def _colour(rng: np.random.Generator) -> np.ndarray:
    """Of frames: mostly dark or brown, metal, or any."""
    way = rng.random()
    if way < 0.5:
        return rng.uniform(0.01, 0.2) * np.ones(3) + rng.uniform(0, 0.05, 3)
    if way < 0.65:
        return np.array([0.4, 0.24, 0.13]) * rng.uniform(0.5, 1.5)
    if way < 0.85:
        return np.ones(3) * rng.uniform(0.3, 0.85) * rng.choice([[1, 1, 1], [1, 0.85, 0.55]])
    return rng.uniform(0, 1, 3)


def _through(light: np.ndarray, lenses: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """The picture seen through the lenses, and whether they are dark."""
    way, shape = rng.random(), lenses.shape
    height = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    if way < 0.25:                                                           # dark, or mirrors
        opaque, tint = rng.uniform(0.72, 0.99), rng.uniform(0, 0.12) * rng.uniform(0.6, 1.4, 3)
        if rng.random() < 0.2:
            tint = rng.uniform(0.1, 0.7, 3)
    elif way < 0.4:
        opaque, tint = rng.uniform(0.1, 0.5), rng.uniform(0, 0.5, 3)
    else:
        opaque, tint = rng.uniform(0, 0.08), rng.uniform(0, 1, 3)
    fade = 1 - rng.uniform(0, 0.5) * height if rng.random() < 0.5 and way < 0.4 else np.ones_like(height)
    covered = (lenses * opaque * fade)[..., None]
    tint = tint * (1 + 0.3 * wave(rng, shape, 4)[..., None] * (rng.random() < 0.4))
    light = light * (1 - covered) + covered * tint
    if rng.random() < 0.5:                                                   # what they reflect
        patch = (wave(rng, shape, int(rng.integers(3, 9))) - rng.uniform(0.5, 1.5)).clip(0, 1) * rng.uniform(0.2, 1.5)
        shine = (patch.clip(0, 0.9) * lenses * rng.uniform(0.1, 0.9))[..., None]
        light = light * (1 - shine) + shine * rng.uniform(0.5, 1.1, 3)
    return light, opaque > _OPAQUE


def draw_glasses(
    light: np.ndarray, points: np.ndarray, plane: Plane, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A picture with glasses, float (H, W, 3), and what each pixel is part of, uint8 (H, W).

    light: float (H, W, 3), 0..1;  points: (468, 2) of the mesh in its pixels
    """
    size, unit = light.shape[1::-1], eye_distance(points)
    to_picture = plane.to_picture(points)
    flat = cv2.perspectiveTransform(points[None, list(_ENDS[0] + _ENDS[1])].astype(float), np.linalg.inv(to_picture))[0]
    share = rng.uniform(0, 0.6)
    ends = [flat[k] * (1 - share) + flat[k + 1] * share for k in (0, 2)]
    ends = [np.array([end[0] * 1.15, end[1]]) for end in ends]
    frames, lenses = _shapes(_Canvas(size, to_picture), ends, rng)
    blur = rng.uniform(0.3, 1.3) if rng.random() < 0.7 else rng.uniform(1.3, 2.5)
    frames, lenses = (cv2.GaussianBlur(each, (0, 0), blur) for each in (frames, lenses))
    light, dark = _through(light, lenses, rng)
    if rng.random() < 0.6:                                                   # their shadow on the skin
        down = np.float32([[1, 0, rng.normal(0, 0.03) * unit], [0, 1, rng.uniform(0.01, 0.1) * unit]])
        shadow = cv2.GaussianBlur(cv2.warpAffine(frames, down, size), (0, 0), float(rng.uniform(0.5, 3)))
        light = light * (1 - rng.uniform(0.1, 0.5) * shadow[..., None])
    opaque = rng.uniform(0.3, 0.6) if rng.random() < 0.06 else rng.uniform(0.85, 1)
    relief = cv2.GaussianBlur(frames, (0, 0), 1.0)
    relief = np.roll(relief, 1, 0) - np.roll(relief, -1, 0)
    colour = _colour(rng) * (1 + 0.35 * wave(rng, frames.shape, 6)[..., None] * (rng.random() < 0.5))
    colour = colour - rng.uniform(-0.3, 1.2) * relief[..., None]
    cover = (frames * opaque)[..., None]
    parts = np.where(frames > _THIN, FRAME, np.where(lenses > 0.5, DARK if dark else LENS, NOTHING))
    return light * (1 - cover) + cover * colour, parts.astype(np.uint8)
