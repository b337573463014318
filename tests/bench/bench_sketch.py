"""How long fillings take: a hole of 256 pixels in a photograph of 1024, a whole face, a portrait from lines alone."""

import itertools

import cv2
import numpy as np
import pytest

from editors.blend import without_hole
from editors.faces import mesh_of
from editors.images import open_photo
from editors.portrait import Portrait
from editors.sketch.diffusion import window_of
from editors.sketch.fill import canvas
from editors.sketch.lines import lines_of
from editors.sketch.step import SketchFill
from editors.sketch.surroundings import flow
from tests.bench.bench_attributes import anew
from tests.tiny import ASTRONAUT


@pytest.fixture(scope="module")
def photograph():
    return cv2.resize(open_photo(ASTRONAUT).pixels, (1024, 1024), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def layers(photograph, models):
    """Half of the face and the hair beside it, and the lines of what was there."""
    hole = np.zeros((1024, 1024), np.uint8)
    hole[100:356, 450:706] = 255
    return {"hole": hole, "lines": lines_of(photograph, "xdog", 0.5, models)}


def test_fill_a_hole_of_256_pixels_in_1024(benchmark, photograph, layers, models):
    step = SketchFill(**layers)
    step.apply(Portrait(photograph), models)
    benchmark.pedantic(lambda portrait: step.apply(portrait, models), setup=anew(photograph), rounds=5)
    assert benchmark.stats.stats.median < 3


def test_show_a_first_look_at_it(benchmark, photograph, layers):
    drawing = SketchFill(**layers).drawing((1024, 1024))
    x0, y0, x1, y1 = window_of(drawing.hole, 0.15)
    part = slice(y0, y1), slice(x0, x1)
    benchmark.pedantic(
        lambda: flow(without_hole(photograph, drawing.hole)[part], drawing.hole[part], drawing.lines[part],
                     drawing.colours[part]),
        rounds=5,
    )
    assert benchmark.stats.stats.median < 1


def test_fill_it_again_with_another_seed(benchmark, photograph, layers, models):
    portrait, seeds = Portrait(photograph), itertools.count(1)
    SketchFill(**layers).apply(portrait, models)
    benchmark.pedantic(lambda: SketchFill(**layers, seed=next(seeds)).apply(portrait, models), rounds=5)
    assert benchmark.stats.stats.median < 3


def test_brush_a_whole_face_out_without_lines(benchmark, photograph, models):
    x, y = mesh_of(Portrait(photograph), models)[4, :2]
    hole = cv2.ellipse(np.zeros((1024, 1024), np.uint8), ((float(x), float(y) - 20), (180, 250), 0), 255, -1)
    step = SketchFill(hole=hole)
    benchmark.pedantic(lambda portrait: step.apply(portrait, models), setup=anew(photograph), rounds=5)


def test_a_portrait_from_lines_alone_at_512(benchmark, models):
    lines = lines_of(open_photo(ASTRONAUT).pixels, "xdog", 0.5, models)
    SketchFill(lines=lines).apply(canvas(512, 512), models)

    def fainter():
        """Each time: what networks see of a drawing is no help for the next."""
        step = SketchFill(lines=cv2.subtract(lines, next(shades)))
        return (step,), {}

    shades = itertools.count(1)
    benchmark.pedantic(lambda step: step.apply(canvas(512, 512), models), setup=fainter, rounds=5)
