"""What was behind something that is taken away goes on as the picture around it does, and comes from that alone."""

import cv2
import numpy as np
import pytest

from editors.completion import completed
from editors.membrane import membrane

SIDE, RED = 180, (255, 0, 0)


def wall() -> np.ndarray:
    """Panels between dark laths, lighter to the right, float32 (SIDE, SIDE, 3)."""
    x = np.arange(SIDE)
    panels = np.where(x % 30 < 6, 60, 150) + 0.3 * x
    return np.repeat(np.broadcast_to(panels.astype(np.float32), (SIDE, SIDE))[..., None], 3, 2).copy()


def ring(outer: float, inner: float) -> np.ndarray:
    y, x = np.indices((SIDE, SIDE)) - SIDE / 2
    away = np.hypot(x, y + 10)
    return (away < outer) & (away >= inner)


def error(picture: np.ndarray, hole: np.ndarray) -> float:
    return float(np.abs(picture - wall())[hole].mean())


@pytest.fixture(scope="module")
def head() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A wall behind a head with hair around it: picture, what is known, the hair."""
    picture, hair, face = wall(), ring(46, 30), ring(30, 0)
    picture[hair], picture[face] = (20, 20, 20), RED
    return picture, ~hair & ~face, hair


def test_laths_go_on_behind_what_is_taken_away(head):
    picture, known, hair = head
    filled = completed(picture, known, hair)
    smooth = membrane(picture, known, hair)
    assert filled.dtype == np.float32 and filled.shape == picture.shape
    assert error(filled, hair) < 8 < 25 < error(smooth, hair)


def test_nothing_else_is_changed_and_nothing_of_other_things_is_shown(head):
    picture, known, hair = head
    before = picture.copy()
    filled = completed(picture, known, hair)
    assert np.array_equal(filled[~hair], before[~hair]) and np.array_equal(picture, before)
    assert np.abs(filled[hair][:, 0] - filled[hair][:, 2]).max() < 12


def test_the_same_hole_is_filled_alike(head):
    assert np.array_equal(completed(*head), completed(*head))


def test_a_hole_at_the_edge_of_the_picture_is_filled(head):
    picture, hole = wall(), np.zeros((SIDE, SIDE), bool)
    hole[:50, 70:130] = hole[60:, :25] = True
    picture[hole] = RED
    assert error(completed(picture, ~hole, hole), hole) < 10


def test_a_large_picture_is_filled_as_sharp_as_it_is(head):
    picture, known, hair = (cv2.resize(each.astype(np.float32), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
                            for each in head)
    filled = completed(picture, known > 0, hair > 0)
    inner = cv2.erode((hair > 0).astype(np.uint8), np.ones((25, 25)))[:, 1:] > 0
    edges = [(np.abs(np.diff(each, axis=1))[inner] > 40).sum()
             for each in (filled[..., 0], np.kron(wall()[..., 0], np.ones((4, 4))))]
    assert edges[0] > 0.6 * edges[1] > 0


def test_a_picture_of_which_next_to_nothing_is_known_is_not_filled(head):
    picture, _, hair = head
    few = np.zeros((SIDE, SIDE), bool)
    few[:9, :9] = True
    assert completed(picture, few, hair) is None


def test_a_long_scratch_is_no_hole():
    picture, scratch = np.full((12, 4000, 3), 90, np.float32), np.zeros((12, 4000), bool)
    scratch[6, 5:-5] = True
    assert completed(picture, ~scratch, scratch) is None
