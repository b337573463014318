"""A hand before a face is found and left alone by every editor; it is drawn, since no picture here has one."""

import math

import cv2
import numpy as np
import pytest

from editors.attributes.step import MoveFound, ShiftAttributes
from editors.canvas import reduced
from editors.hands import bones, find_hands, outline
from editors.labels import IDS
from editors.models import Models
from editors.parsers import labels_of as labels_by
from editors.parsing import CROP, hands_at_full_size, hands_of, labels_of
from editors.parsing import _arms as arms_of
from editors.portrait import Portrait
from editors.semantic.step import MaskEdit

from .published import STORED
from .tiny import ASTRONAUT, CAT

# An open hand: wrist, thumb, then four fingers from knuckle to tip, in lengths from the wrist to the middle knuckle.
HAND = np.array([
    (0, 0), (-0.32, -0.22), (-0.58, -0.48), (-0.75, -0.72), (-0.9, -0.93),
    (-0.3, -0.95), (-0.38, -1.32), (-0.42, -1.55), (-0.45, -1.75), (0, -1), (0, -1.45), (0, -1.72), (0, -1.95),
    (0.26, -0.93), (0.3, -1.33), (0.33, -1.58), (0.35, -1.79), (0.48, -0.8), (0.58, -1.1), (0.64, -1.28), (0.68, -1.45),
])
SKIN = np.float32([214, 160, 130])
EDITS = [{"beard": 2.5}, {"age": 2}, {"smile": 2}, {"smile": -2}, {"mouth_open": 2}, {"jaw": 2}, {"yaw": 1.5},
         {"skin_light": -2}, {"hair_light": 2, "skin_light": 1}]


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    return points @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def with_hand(image: np.ndarray, wrist=(300, 240), length=70.0, angle=-0.9) -> tuple[np.ndarray, np.ndarray]:
    """The picture with a hand and its arm drawn over it, and where the hand is: bool (H, W)."""
    points = turned(HAND, angle) * length + wrist
    whole = bones(np.column_stack([points, np.zeros(21)]), max(image.shape[:2]))[: image.shape[0], : image.shape[1]]
    arm, elbow = np.zeros(image.shape[:2], np.uint8), turned(np.array([[0, 1.5]]), angle)[0] * length + wrist
    cv2.line(arm, np.int32(wrist).tolist(), np.int32(elbow).tolist(), 1, int(0.55 * length))
    light = shade(whole | (arm > 0), 0.12 * length)
    for finger in range(5):
        drawn = np.zeros(image.shape[:2], np.uint8)
        cv2.polylines(drawn, [np.int32(points[1 + 4 * finger : 5 + 4 * finger])], False, 1, int(0.21 * length))
        light = np.where(drawn > 0, shade(drawn > 0, 0.1 * length), light)
    colour = SKIN * cv2.GaussianBlur(light, (0, 0), 0.02 * length)[..., None]
    alpha = cv2.GaussianBlur((whole | (arm > 0)).astype(np.float32), (0, 0), 1)[..., None]
    return np.round(image + alpha * (colour - image)).astype(np.uint8), whole


def shade(mask: np.ndarray, width: float) -> np.ndarray:
    """Light as on something round: dark at its edge."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) / width
    return np.float32(0.62) + np.float32(0.38) * np.sqrt(depth.clip(0, 1))


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return Portrait.open(ASTRONAUT).image


@pytest.fixture(scope="module")
def portrait(image) -> Portrait:
    """A hand lies over the mouth and the chin."""
    return Portrait(with_hand(image)[0])


@pytest.fixture(scope="module")
def hand(portrait, models) -> np.ndarray:
    """Where it was found, bool (H, W)."""
    return hands_at_full_size(portrait, models)


@pytest.mark.parametrize("place", [
    {}, {"wrist": (160, 230), "angle": 0.9}, {"wrist": (250, 260), "length": 60, "angle": 0},
])
def test_a_hand_is_found_to_its_edge(image, models, place):
    drawn, where = with_hand(image, **place)
    found = hands_at_full_size(Portrait(drawn), models)
    assert (found & where).sum() > 0.93 * where.sum() and (found & where).sum() > 0.93 * found.sum()


def test_a_hand_is_found_as_the_picture_turns_and_grows(portrait, hand, models):
    affine = cv2.getRotationMatrix2D((225.0, 130.0), 20, 1.5)
    image = cv2.warpAffine(portrait.image, affine, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    found = hands_at_full_size(Portrait(image), models)
    expected = cv2.warpAffine(hand.astype(np.uint8), affine, (512, 512)) > 0
    assert (found & expected).sum() > 0.9 * (found | expected).sum()


@pytest.mark.parametrize("part", [np.s_[:], np.s_[:, ::-1], np.s_[:300, 90:350]])
def test_a_face_without_a_hand_has_none(image, models, part):
    portrait = Portrait(np.ascontiguousarray(image[part]))
    assert hands_of(portrait, models) is None and hands_at_full_size(portrait, models) is None


def test_the_same_hand_is_found_twice(portrait, hand, models):
    assert (hands_at_full_size(Portrait(portrait.image), models) == hand).all()


def test_a_hand_is_no_part_of_the_face_and_what_it_leaves_free_is(portrait, hand, models):
    labels = labels_of(portrait, models)
    assert (labels[hand] == IDS["background"]).all()
    assert all((labels == IDS[name]).any() for name in ("left eye", "right eye", "nose", "skin", "hair"))


def test_another_parser_takes_a_hand_for_no_part_of_the_face_either(portrait, hand, hub):
    fetched = Models()
    (own,), _ = fetched.store.adopt(STORED / "bisenet.pth", "mine", "here")
    found = labels_by(portrait, fetched, own.id)
    assert (found[hand] == IDS["background"]).all() and len(np.unique(found)) > 2


@pytest.mark.parametrize("amounts", EDITS, ids=str)
def test_no_attribute_touches_a_hand(portrait, hand, models, amounts):
    step = ShiftAttributes(amounts=amounts)
    for after in (step.apply(portrait, models).image, step.quick(portrait, models).image):
        assert (after[hand] == portrait.image[hand]).all()
        assert (after != portrait.image).any()


def test_a_direction_that_was_found_leaves_a_hand_alone(portrait, hand, models):
    after = MoveFound(method="pca", index=1, amount=3.0, layers="0-7").apply(portrait, models).image
    assert (after[hand] == portrait.image[hand]).all() and (after != portrait.image).any()


def test_a_hand_stays_where_the_picture_is_smaller(portrait, models):
    small = reduced(portrait, 256, models)
    found = hands_at_full_size(small, models)
    after = ShiftAttributes(amounts={"beard": 2.5, "jaw": 2}).quick(small, models).image
    assert found.any() and (after[found] == small.image[found]).all()


def painted(labels: np.ndarray, hand: np.ndarray) -> np.ndarray:
    """A face half as wide again at the jaw, hair lower down; the hand is not painted over."""
    after = labels.copy()
    after[150:200, 150:290][labels[150:200, 150:290] == IDS["background"]] = IDS["skin"]
    after[90:105, 190:260] = IDS["hair"]
    after[hand] = labels[hand]
    return after


@pytest.mark.parametrize("settings", [
    {}, {"blend": "poisson"}, {"colours": {"skin": "#503020", "background": "#208020"}},
])
def test_masks_leave_a_hand_alone(portrait, hand, models, settings):
    labels = labels_of(portrait, models)
    after = MaskEdit(labels=painted(labels, hand), original=labels, **settings).apply(portrait, models).image
    assert (after[hand] == portrait.image[hand]).all() and (after != portrait.image).any()


def test_what_is_painted_over_a_hand_is_drawn(portrait, hand, models):
    labels = labels_of(portrait, models)
    over = labels.copy()
    over[hand] = IDS["skin"]
    after = MaskEdit(labels=over, original=labels).apply(portrait, models).image
    assert (after[hand] != portrait.image[hand]).any(-1).mean() > 0.9


def test_the_arm_of_a_hand_is_no_neck_but_the_neck_below_it_is():
    labels, hands = np.zeros((CROP, CROP), np.uint8), np.zeros((CROP, CROP), bool)
    aside = np.abs(np.arange(CROP) - 256) / 73
    for name, rows, columns in (("skin", (150, 290), (200, 310)), ("neck", (330, 400), (215, 300)),
                                ("neck", (330, 360), (20, 110)), ("neck", (450, 480), (20, 110))):
        labels[slice(*rows), slice(*columns)] = IDS[name]
    hands[285:335, 105:320] = True
    arm = np.zeros_like(hands)
    arm[330:360, 20:110] = ~hands[330:360, 20:110]
    assert (arms_of(labels, hands, aside) == arm).all()


def test_points_that_fit_no_hand_still_have_an_outline(image):
    crop = cv2.resize(image, (CROP, CROP))
    vast = np.column_stack([HAND * 2000 + 256, np.zeros(21)])
    for points in (np.full((21, 3), 250.0), np.full((21, 3), -900.0), vast):
        assert outline(points, crop).shape == (CROP, CROP)


def test_a_cat_shows_no_hand_and_no_error(models):
    cat = Portrait.open(CAT).image
    assert find_hands(cat, np.array([[0.5, 0, 0], [0, 0.5, 0.0]]), CROP, models) == []
