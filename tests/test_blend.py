"""Joining what was drawn to the photograph: outside the hole bit-identical, inside without a seam."""

import numpy as np
import pytest

from editors.blend import BLENDS, blend, feather, relax, without_hole
from editors.errors import ImageError, SettingError

from .tiny import tiny_portrait


@pytest.fixture
def scene():
    """A slope from dark to light with grain, the same 40 levels too light in the hole, and a round hole."""
    rows, columns = np.indices((120, 160))
    grain = np.random.default_rng(0).integers(-3, 4, (120, 160, 3))
    under = (60 + columns[..., None] * 0.5 + grain).astype(np.uint8)
    drawn = (100 + columns[..., None] * 0.5 + grain).astype(np.uint8)
    return under, drawn, np.hypot(columns - 80, rows - 60) < 40


@pytest.mark.parametrize("method", BLENDS)
def test_outside_the_hole_every_pixel_stays(scene, method):
    under, drawn, hole = scene
    before = under.copy()
    result = blend(under, drawn, hole, method)
    assert (result[~hole] == before[~hole]).all() and (under == before).all()
    assert (result[hole] != before[hole]).any() or method in ("poisson", "mixed")


@pytest.mark.parametrize("method", BLENDS)
def test_the_border_shows_no_step(scene, method):
    under, drawn, hole = scene
    result = blend(under, drawn, hole, method, width=12).astype(float)
    across = np.abs(np.diff(result[60].mean(1)))
    border = np.flatnonzero(np.diff(hole[60].astype(int)))
    elsewhere = np.abs(np.diff(under[60].astype(float).mean(1))).mean()
    assert across[border].mean() < elsewhere + 5 and np.abs(np.diff(drawn[60].astype(float).mean(1)))[border].mean() < 5


@pytest.mark.parametrize("method", ["poisson", "mixed"])
def test_poisson_gives_back_the_photograph_when_only_the_level_was_wrong(scene, method):
    under, drawn, hole = scene
    assert np.abs(blend(under, drawn, hole, method).astype(int) - under)[hole].mean() < 1.5


def test_poisson_keeps_the_slopes_that_were_drawn(scene):
    under, drawn, hole = scene
    flat = np.full_like(under, 100)
    result = blend(flat, drawn, hole, "poisson").astype(float)
    assert np.diff(result[60, 60:100].mean(1)).mean() == pytest.approx(0, abs=0.6)
    shape = np.hypot(*(np.indices(hole.shape) - np.array([60, 80])[:, None, None]))[..., None]
    bump = (100 + 60 * np.exp(-((shape / 10) ** 2))).astype(np.uint8).repeat(3, 2)
    assert blend(flat, bump, hole, "poisson")[60, 80].mean() > 150


def test_mixed_keeps_the_details_of_both(scene):
    flat, under, hole = np.full((120, 160, 3), 120, np.uint8), np.full((120, 160, 3), 120, np.uint8), scene[2]
    under[50:52], flat[:, 70:72] = 200, 30
    result = blend(under, flat, hole, "mixed").astype(int)
    assert result[50, 100, 0] - result[60, 100, 0] > 50 and result[60, 100, 0] - result[60, 70, 0] > 50
    plain = blend(under, flat, hole, "poisson").astype(int)
    assert abs(plain[50, 80, 0] - plain[54, 80, 0]) < 15


def test_the_feather_is_nothing_outside_and_full_beyond_its_width():
    hole = np.zeros((9, 9), bool)
    hole[:, 3:] = True
    soft = feather(hole, width=4)
    assert (soft[:, :3] == 0).all() and (soft[:, 6:] == 1).all() and (np.diff(soft[4, 2:7]) > 0).all()


def test_relaxing_solves_the_equation(scene):
    rows, columns = np.indices((70, 90), dtype=np.float32)
    plane = (0.7 * columns - 0.4 * rows)[..., None].repeat(3, 2)
    hole = np.zeros((70, 90), bool)
    hole[10:60, 12:80] = True
    assert np.abs(relax(np.where(hole[..., None], 0, plane), hole, np.zeros_like(plane)) - plane).max() < 2.0


def test_what_was_in_the_hole_is_gone():
    image = tiny_portrait(40, 50).image
    hole = np.zeros((40, 50), bool)
    hole[10:30, 10:35] = True
    other = image.copy()
    other[hole] = 255 - other[hole]
    assert (without_hole(image, hole) == without_hole(other, hole)).all()
    assert without_hole(image, np.ones((40, 50), bool)).std() == 0


def test_what_does_not_fit_is_refused(scene):
    under, drawn, hole = scene
    with pytest.raises(ImageError, match="The hole is empty"):
        blend(under, drawn, np.zeros_like(hole))
    with pytest.raises(ImageError, match=r"hole \(60, 60\)"):
        blend(under, drawn, hole[:60, :60])
    with pytest.raises(SettingError, match="blend is 'glue'; it can be feather"):
        blend(under, drawn, hole, "glue")


@pytest.mark.parametrize("method", BLENDS)
def test_a_hole_that_covers_the_picture_shows_what_was_drawn_whatever_its_edge(scene, method):
    under, drawn, hole = scene
    with np.errstate(over="raise", invalid="raise"):
        result = blend(under, drawn, np.ones_like(hole), method, width=0)
    assert np.abs(result.astype(int) - drawn).max() <= 1 or method == "mixed"
