"""Earrings that are drawn: rings and studs below an ear become metal; other lines there do not."""

import cv2
import numpy as np
import pytest

from editors.colours import rgb_to_lab
from editors.faces import eye_distance
from editors.mesh_points import SIDES
from editors.sketch.jewellery import drawn_jewellery
from editors.sketch.step import SketchFill

from .sheets import face_enlarged

LARGER = 2

portrait, mesh = face_enlarged(LARGER)


def beside(portrait, mesh, *strokes):
    """A hole and lines beside both cheeks, in eye distances outwards and down from in front of the ears."""
    hole, lines = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(2))
    for side, out in zip(SIDES, (-1, 1), strict=True):
        at = [np.round(16 * (mesh[side, :2] + eye_distance(mesh) * np.array(points) * (out, 1))).astype(np.int32)
              for points in ([(-0.2, -0.6), (0.5, -0.6), (0.5, 1), (-0.2, 1)], *strokes)]
        cv2.fillPoly(hole, at[:1], 255, cv2.LINE_8, 4)
        cv2.polylines(lines, at[1:], False, 255, 3, cv2.LINE_8, 4)
    return hole, lines


def ring(size=0.12, down=0.5, high=1.0):
    return [(0.15 + size * np.cos(t), down + high * size * np.sin(t)) for t in np.linspace(0, 7, 30)]


STUD = [(0.15 + x, 0.4 + y) for y in (-0.04, -0.02, 0, 0.02, 0.04) for x in (-0.04, 0.04)]


@pytest.mark.parametrize("drawn", [[ring()], [STUD], [[(0.15, 0.3), (0.15, 0.45)], ring(0.09, 0.54, 1.3)]],
                         ids=["a ring", "a stud", "a drop"])
def test_rings_and_studs_below_an_ear_are_earrings(drawn, portrait, mesh):
    lines = beside(portrait, mesh, *drawn)[1] / np.float32(255)
    assert drawn_jewellery(lines, mesh).sum() > 0.95 * lines.sum()


OTHERS = {"an ear": [ring(0.15, 0.0, 2.2)], "a strand": [[(0.1, -0.2), (0.2, 0.4), (0.15, 0.9)]],
          "a jaw": [[(0, 0), (-0.05, 0.4), (-0.15, 0.8)]], "a mark on the cheek": [[(-0.3, 0.4), (-0.2, 0.5)]]}


@pytest.mark.parametrize("what", OTHERS)
def test_other_lines_beside_a_face_are_none(what, portrait, mesh):
    assert not drawn_jewellery(beside(portrait, mesh, *OTHERS[what])[1] / np.float32(255), mesh).any()


def test_earrings_are_metal_that_shines_and_leave_what_is_in_a_ring(portrait, mesh, models):
    hole, lines = beside(portrait, mesh, ring(0.15))
    drawn, plain = (SketchFill(hole=hole, lines=layer).apply(portrait, models).image for layer in (lines, lines * 0))
    metal, bare = rgb_to_lab(drawn[lines > 0]), rgb_to_lab(plain[lines > 0])
    assert np.median(metal[:, 2]) > np.median(bare[:, 2]) + 8 and metal[:, 0].std() > 5
    assert (drawn == portrait.image)[hole == 0].all()


def test_earrings_take_the_colour_of_strokes_on_them(portrait, mesh, models):
    hole, lines = beside(portrait, mesh, ring(0.15))
    colours = np.zeros((*hole.shape, 4), np.uint8)
    colours[lines > 0] = (40, 70, 200, 255)
    drawn = SketchFill(hole=hole, lines=lines, colours=colours).apply(portrait, models).image
    assert np.median(rgb_to_lab(drawn[lines > 0])[:, 2]) < -20
