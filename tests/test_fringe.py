"""Hair that hangs over a forehead is hair, though skin shines through it; shade, moles and hats are not."""

import cv2
import numpy as np
import pytest

from editors.crops import inverse, transform
from editors.faces import mesh_of
from editors.fringe import with_fringe
from editors.mesh_points import OVAL
from editors.parsing import CROP, SIDE_IN_UNITS, crop_to_photograph
from editors.portrait import Portrait
from editors.regions import BACKGROUND, HAIR, HAT, SKIN, Head

from .tiny import ASTRONAUT

FACE, BROWN, WARM = (225, 180, 150), (95, 75, 60), (115, 72, 48)


@pytest.fixture(scope="module")
def head(models) -> Head:
    mesh = mesh_of(Portrait.open(ASTRONAUT), models)
    points = transform(mesh[:, :2].astype(float), inverse(crop_to_photograph(mesh)))
    return Head(points, CROP, CROP / SIDE_IN_UNITS, 0.0)


def regions_of(head: Head) -> np.ndarray:
    """A face in a ring of hair, as a parser sees them who takes all of a forehead for skin, float32 (7, G, G)."""
    found = np.zeros((7, CROP, CROP), np.float32)
    found[BACKGROUND] = 1
    for region, where in ((HAIR, (head.depth > -0.5) & (head.y < 0.5)), (SKIN, head.depth > 0)):
        found[:, where], found[region, where] = 0, 1
    return found


def picture_of(head: Head, where: np.ndarray, colour: tuple[int, int, int], hair: tuple[int, int, int] = BROWN
               ) -> np.ndarray:
    """Its colours in Lab, with something of another colour on the forehead, bool (G, G)."""
    picture = np.full((CROP, CROP, 3), (90, 120, 180), np.uint8)
    picture[(head.depth > -0.5) & (head.y < 0.5)], picture[head.depth > 0], picture[where] = hair, FACE, colour
    return cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)


def hanging(head: Head) -> np.ndarray:
    """The upper half of a forehead's middle, bool (G, G)."""
    return (head.depth > 0) & (head.y < (head.top + head.brows) / 2 + 0.1) & (np.abs(head.x) < 0.35)


def called_hair(found: np.ndarray, where: np.ndarray) -> float:
    return float((found.argmax(0)[where] == HAIR).mean())


def test_a_fringe_through_which_skin_shines_is_hair_and_the_rest_of_the_face_stays_skin(head):
    fringe, before = hanging(head), regions_of(head)
    found = with_fringe(before, picture_of(head, fringe, WARM), head)
    rest = (head.depth > 0.05) & ~cv2.dilate(fringe.astype(np.uint8), np.ones((9, 9))).astype(bool)
    assert called_hair(before, fringe) == 0 and called_hair(found, fringe) > 0.95 and called_hair(found, rest) < 0.01
    assert np.allclose(found.sum(0), 1) and called_hair(before, fringe) == 0


@pytest.mark.parametrize("below", [0.0, 0.25])
def test_strands_are_hair_though_most_of_what_is_seen_through_them_is_skin(head, below):
    """Of a head made bald they stayed behind: of a colour that a shade could have, but between skin, and some of them
    above a mesh that ends below the hairline."""
    strands = (head.depth > -below) & (head.y < head.brows - 0.15) & (np.abs(np.abs(head.x) - 0.25) < 0.04)
    before = regions_of(head)
    forehead = (head.depth > -below) & (head.y < head.top + 0.2) & (np.abs(head.x) < 0.5)
    before[:, forehead], before[SKIN, forehead] = 0, 1
    picture = picture_of(head, forehead, FACE)
    picture[strands] = picture_of(head, strands, (178, 140, 116))[strands]
    found = with_fringe(before, picture, head)
    rest = (head.depth > 0.05) & ~cv2.dilate(strands.astype(np.uint8), np.ones((13, 13))).astype(bool)
    assert called_hair(found, strands) > 0.9 and called_hair(found, rest) < 0.01


@pytest.mark.parametrize("colour", [(190, 150, 125), (170, 132, 108)])
def test_the_shade_that_hair_throws_on_a_forehead_is_skin(head, colour):
    found = with_fringe(regions_of(head), picture_of(head, hanging(head), colour), head)
    inner = cv2.erode(hanging(head).astype(np.uint8), np.ones((7, 7))) > 0
    assert inner.any() and called_hair(found, inner) == 0


def test_the_temples_of_a_dark_face_in_the_shade_are_skin(head):
    """Half the light of dark skin is nearer to black hair than to skin."""
    wide = np.abs(head.points[list(OVAL), 0] - head.middle[0]).max() / head.unit
    temples = (head.depth > 0) & (head.y < head.brows) & (np.abs(head.x) > 0.66 * wide)
    dark, black = (96, 66, 50), (24, 20, 20)
    picture = picture_of(head, head.depth > 0, dark, black)
    for colour, hair in (((47, 32, 24), 0), (black, 1)):
        picture[temples] = picture_of(head, temples, colour)[temples]
        found = with_fringe(regions_of(head), picture, head)
        inner = cv2.erode(temples.astype(np.uint8), np.ones((7, 7))) > 0
        assert inner.sum() > 100 and abs(called_hair(found, inner) - hair) < 0.1


def test_what_does_not_touch_the_hair_is_none(head):
    spot = (np.abs(head.x) < 0.06) & (np.abs(head.y - (head.top + head.brows) / 2) < 0.06)
    found = with_fringe(regions_of(head), picture_of(head, spot, BROWN), head)
    assert called_hair(found, spot) == 0


def test_hair_as_light_as_the_skin_tells_nothing(head):
    lighter = (240, 215, 170)
    before = regions_of(head)
    assert np.array_equal(with_fringe(before, picture_of(head, hanging(head), lighter, lighter), head), before)


def test_under_a_hat_all_stays_as_it_came(head):
    before = regions_of(head)
    before[:, 5, 5], before[HAT, 5, 5] = 0, 1
    assert with_fringe(before, picture_of(head, hanging(head), WARM), head) is before
