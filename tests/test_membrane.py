"""Grain that is drawn is like that of the pixels it is taken from, and shows none of their marks."""

import numpy as np
import pytest

from editors.membrane import grain

SIDE = 300


def drawn(image: np.ndarray) -> np.ndarray:
    return grain(image.astype(np.float32), np.ones((SIDE, SIDE), bool), 3.0, np.random.default_rng(0))


@pytest.mark.parametrize("strength", [3.0, 9.0])
def test_grain_is_as_strong_as_what_it_is_like(strength):
    noise = np.random.default_rng(1).normal(0, strength, (SIDE, SIDE, 3))
    assert 0.8 < drawn(120 + noise).std() / strength < 1.2


def test_the_blocks_of_a_jpeg_are_no_stripes_of_its_grain():
    noise, x = np.random.default_rng(1).normal(0, 2, (SIDE, SIDE, 3)), np.arange(SIDE)
    blocks = 3.0 * ((x % 8 == 0)[:, None] | (x % 8 == 0)[None])
    made = drawn(120 + noise + blocks[..., None])
    for axis in (0, 1):
        assert made.mean(axis).std() < 0.15 * made.std()
