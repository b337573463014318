"""What is drawn between lips: a smile bares its teeth, a mouth that opens shows a row of them and a hollow behind."""

import numpy as np
import pytest

from editors.attributes.step import ShiftAttributes
from editors.faces import mesh_of
from editors.mouth import inside_of_mouth
from editors.networks.mouth_interior import CHEEKS
from editors.portrait import Portrait

TEETH = 13, 14
"""Points of the mesh on the inner edges of the lips."""
ENAMEL, LEVEL = np.float32((200, 190, 180)), 150.0


def drawn(gap: float, width: float, level: float = LEVEL, enamel: np.ndarray = ENAMEL) -> np.ndarray:
    """A mouth's inside, float32 (60, 120, 3), as far open everywhere."""
    along = np.tile(np.linspace(0, 1, 120, dtype=np.float32), (60, 1))
    depth = np.tile(np.linspace(0, gap, 60, dtype=np.float32)[:, None], (1, 120))
    return inside_of_mouth(along, depth, np.full_like(along, gap), width, enamel, level)


def bright(picture: np.ndarray) -> np.ndarray:
    """Where the middle third is as bright as teeth: bool (60,) from the upper lip to the lower one."""
    return picture[:, 40:80].mean((1, 2)) > 100


def test_a_wide_smile_is_filled_with_teeth_where_a_round_mouth_is_dark_below_them():
    smile, round_ = bright(drawn(0.16, 1.05)), bright(drawn(0.16, 0.75))
    assert smile[:55].all() and round_[10:30].all() and not round_[50:].any()


def test_a_mouth_open_as_far_as_mouths_open_is_dark_in_its_middle_smile_or_not():
    assert all(not bright(drawn(0.45, width))[30:40].any() for width in (0.75, 1.05))


def test_teeth_in_a_smile_are_whiter_than_the_skin_is():
    teeth = drawn(0.16, 1.05)[20:40, 40:80].mean((0, 1))
    skin = LEVEL * np.float32((1.4, 1.09, 0.94))
    assert (teeth[1:] > skin[1:]).all() and np.ptp(teeth) < 0.6 * np.ptp(skin)


def test_between_lips_that_hardly_part_it_is_as_dark_as_lips():
    assert drawn(0.04, 0.85)[:, 40:80].mean() < 0.65 * drawn(0.12, 0.85)[:30, 40:80].mean()


@pytest.mark.parametrize("level", [150.0, 250.0])
def test_teeth_never_burn_out(level):
    picture = drawn(0.18, 1.1, level, np.float32((250, 248, 244)))
    assert picture.max() < 250 and picture.min() >= 0 and picture[20:40, 40:80].std() > 3


def test_behind_teeth_that_open_wide_lies_a_dark_throat_and_below_it_a_tongue_with_dark_beside_it():
    light = drawn(0.4, 0.7).mean(2)
    down = light[:, 50:56].mean(1)                                # beside the tongue's furrow
    throat, tongue = down[18:30].min(), down[30:55].max()
    beside = light[30:50, 4:10].mean()
    assert throat < 0.25 * tongue and beside < 0.25 * tongue and down[:15].max() > tongue


def test_a_wide_mouth_hints_at_lower_teeth_and_a_round_one_has_lips_before_them():
    wide, round_ = (drawn(0.35, width)[50:58, 45:75].mean((0, 1)) for width in (0.9, 0.65))
    upper = drawn(0.35, 0.9)[4:12, 45:75].mean()
    assert wide.mean() > 1.2 * round_.mean() and wide[1] / wide[0] > 1.2 * round_[1] / round_[0] and wide.mean() < upper


def test_what_is_drawn_between_lips_has_no_edge_but_of_teeth():
    steps = np.abs(np.diff(drawn(0.4, 0.7)[22:], axis=0)).max()
    assert steps < 12


def teeth_of(portrait, models, image: np.ndarray) -> np.ndarray:
    """The mean colour of what comes to light below the lips that a face of the example's mesh opens."""
    mesh = mesh_of(portrait, models)
    seen = Portrait(image).with_image(image, mesh=mesh)
    after = ShiftAttributes(amounts={"mouth_open": 1.0}).apply(seen, models).image
    x, y = np.round(mesh[list(TEETH), :2].mean(0)).astype(int)
    return after[y - 2 : y + 3, x - 4 : x + 5].reshape(-1, 3).mean(0)


def test_teeth_by_candlelight_are_as_warm_as_the_skin_and_a_cheek_behind_hair_leaves_them_as_bright(portrait, models):
    plain = teeth_of(portrait, models, portrait.image)
    candle = teeth_of(portrait, models, (portrait.image * np.float32((1, 0.8, 0.5))).astype(np.uint8))
    assert candle[2] / candle[0] < 0.8 * plain[2] / plain[0]
    hair = portrait.image.copy()
    for point in CHEEKS:
        x, y = np.round(mesh_of(portrait, models)[point, :2]).astype(int)
        hair[y - 12 : y + 13, x - 12 : x + 13] = 20
    assert teeth_of(portrait, models, hair).mean() > 0.9 * plain.mean()
