"""Layers between the page and a step: what arrives is what was drawn, or a sentence says why not."""

import base64
import io
import zlib

import numpy as np
import pytest
from PIL import Image

from editors.drawing import MOST_SIDE, drawing_size, drawn, imported, layer_of, packed, unpacked
from editors.errors import ImageError
from editors.images import open_colours, open_labels, open_mask


def scribble(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 4)])
def test_a_layer_arrives_as_it_was_sent(shape):
    layer = scribble(*shape)
    assert np.array_equal(unpacked(packed(layer), (7, 5), 1 if len(shape) == 2 else 4), layer)


@pytest.mark.parametrize("sent", [
    None, 7, ["x"], "no base64!", base64.b64encode(b"no zlib").decode(), packed(scribble(7, 4)), packed(scribble(7, 6)),
    *(base64.b64encode(content).decode() for content in (
        zlib.compress(bytes(35)) + b"more", zlib.compress(bytes(35))[:-3], zlib.compress(bytes(20_000_000)),
    )),
])
def test_what_is_no_layer_of_this_size_is_refused_in_a_sentence(sent):
    with pytest.raises(ImageError, match="did not arrive whole"):
        unpacked(sent, (7, 5))


def test_an_empty_or_missing_layer_is_none():
    shape = (7, 5, 3)
    for drawing in (None, "x", {}, {"hole": None}, {"hole": packed(np.zeros((7, 5), np.uint8))}):
        assert layer_of(drawing, "hole", shape) is None


def test_photographs_past_the_largest_drawing_get_their_layers_at_their_own_size():
    shape = (3000, 2 * MOST_SIDE, 3)
    assert drawing_size(shape) == (1500, MOST_SIDE)
    layer = np.zeros((1500, MOST_SIDE), np.uint8)
    layer[200:300, 1000:1400] = 255
    whole = layer_of({"hole": packed(layer)}, "hole", shape)
    assert whole.shape == shape[:2]
    assert whole[400:600, 2000:2800].all() and whole.sum() == 255 * 200 * 800
    assert np.array_equal(unpacked(drawn(whole), (1500, MOST_SIDE)), layer)
    assert drawn(None) is None


def test_files_become_layers_of_the_photograph_and_no_others():
    mask, colours, labels = scribble(7, 5), scribble(7, 5, 4, seed=1), scribble(7, 5, seed=2) % 19
    colours[..., 3] = np.where(colours[..., 3] > 128, 255, 0)
    assert np.array_equal(imported(png(mask), open_mask, (7, 5, 3)), mask)
    assert np.array_equal(imported(png(labels), open_labels, (7, 5, 3)), labels)
    assert np.array_equal(imported(png(colours), open_colours, (7, 5, 3)), colours)
    with pytest.raises(ImageError, match="The layer is 5 x 7, the photograph 6 x 7"):
        imported(png(mask), open_mask, (7, 6, 3))
    with pytest.raises(ImageError, match="did not arrive whole"):
        imported("no base64!", open_mask, (7, 5, 3))
    with pytest.raises(ImageError, match="text file"):
        imported(base64.b64encode(b"not a picture").decode(), open_mask, (7, 5, 3))
