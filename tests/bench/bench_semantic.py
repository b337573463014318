"""How long a person waits in the Masks tab. Run by `make bench` on an otherwise idle machine."""

import numpy as np
import pytest

from checkpoints.label_painter.edits import EDITS
from editors.canvas import reduced
from editors.images import encode_preview
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.imagine import imagine
from editors.semantic.shapes import placed
from editors.semantic.step import MaskEdit
from tests.bench.bench_attributes import DISPLAY, anew, photograph


@pytest.fixture(scope="module")
def portrait(models):
    portrait = Portrait(photograph(1024, 1024))
    labels_of(portrait, models)
    return portrait


@pytest.mark.parametrize("name", EDITS)
def test_repainting_labels_at_1024(benchmark, portrait, models, name):
    step = MaskEdit(labels=EDITS[name][0](labels_of(portrait, models)))
    benchmark.pedantic(step.apply, (portrait, models), rounds=5, warmup_rounds=1)


def test_hair_of_the_library_at_1024(benchmark, portrait, models):
    step = MaskEdit(labels=placed(labels_of(portrait, models), "hair", "flowing"))
    benchmark.pedantic(step.apply, (portrait, models), rounds=5, warmup_rounds=1)


def test_parsing_a_photograph_of_1024(benchmark, portrait, models):
    benchmark.pedantic(lambda portrait: labels_of(portrait, models), setup=anew(portrait.image), rounds=3)


def test_a_colour_for_the_hair_at_1024(benchmark, portrait, models):
    step = MaskEdit(labels=labels_of(portrait, models), colours={"hair": "#7a2018"})
    benchmark.pedantic(step.apply, (portrait, models), rounds=5)


def test_preview_of_repainted_labels_at_12_megapixels(benchmark, models):
    large = Portrait(photograph(3000, 4000))
    labels = labels_of(large, models)
    painted = np.where(labels == 13, 1, labels).astype(np.uint8)
    small = reduced(large, DISPLAY, models)
    step = MaskEdit(labels=painted, original=labels)
    benchmark.pedantic(lambda: encode_preview(step.quick(small, models).image, DISPLAY), rounds=3, warmup_rounds=1)


def test_a_face_from_labels_alone_at_512(benchmark, portrait, models):
    labels = labels_of(portrait, models)[::2, ::2]
    benchmark.pedantic(imagine, (np.ascontiguousarray(labels), 1, models), rounds=3, warmup_rounds=1)
