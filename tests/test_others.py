"""In a photograph of several people each is parsed alone, with the real models on a group made of one portrait."""

import cv2
import numpy as np
import pytest

from editors.faces import faces_of
from editors.images import open_photo
from editors.labels import IDS
from editors.models import Models
from editors.others import nearer_to_others
from editors.parsers import labels_of as labels_by
from editors.parsing import label_crop_of, labels_of
from editors.portrait import Portrait

from .published import STORED
from .tiny import ASTRONAUT

PLAIN = (90, 100, 110)
CROWD = ((0, 500, 400), (420, 500, 400), (840, 500, 400), (1240, 540, 360), (100, 100, 330), (560, 80, 340),
         (1000, 110, 330))
"""Left, top and width of each picture of the group, in the order in which one lies over another."""


@pytest.fixture(scope="module")
def head() -> np.ndarray:
    return np.ascontiguousarray(open_photo(ASTRONAUT).pixels[:330, 90:410])


@pytest.fixture(scope="module")
def crowd(head) -> Portrait:
    """Seven pictures on a plain canvas, three above four, every other one in a mirror."""
    canvas = np.full((900, 1600, 3), PLAIN, np.uint8)
    for number, (x, y, width) in enumerate(CROWD):
        picture = cv2.resize(head if number % 2 else head[:, ::-1], (width, width * 33 // 32))[:900 - y]
        canvas[y:y + len(picture), x:x + width] = picture
    return Portrait(canvas)


def from_the_left(portrait: Portrait, number: int, models) -> Portrait:
    order = np.argsort([face.box[0] for face in faces_of(portrait, models)])
    return portrait.with_face(int(order[number]))


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


@pytest.mark.parametrize("number, picture", [(5, 6), (3, 5), (1, 4)])
def test_nothing_of_a_face_in_the_upper_row_is_labelled_beyond_its_picture(crowd, models, number, picture):
    labels = labels_of(from_the_left(crowd, number, models), models).copy()
    x, y, width = CROWD[picture]
    assert labels[y:y + width * 33 // 32, x:x + width].any()
    rim = 6                                     # two pixels of the copy that clothes beyond the crop are found on
    labels[y - rim:y + width * 33 // 32 + rim, x - rim:x + width + rim] = 0
    assert not labels.any()


@pytest.mark.parametrize("number, picture", [(5, 6), (3, 5), (1, 4)])
def test_clothes_in_the_upper_row_go_on_down_to_the_heads_below(crowd, models, number, picture):
    x, y, width = CROWD[picture]
    strip = np.s_[y + width - 30:y + width, x:x + width]
    red, green, blue = np.moveaxis(crowd.image[strip].astype(int), -1, 0)
    suit = (red > 180) & (green < 140) & (blue < 90)
    labels = labels_of(from_the_left(crowd, number, models), models)[strip]
    assert suit.sum() > 3000 and (labels[suit] == IDS["cloth"]).mean() > 0.99


def test_a_face_of_a_group_gets_the_labels_that_it_gets_alone(crowd, models):
    found = labels_of(from_the_left(crowd, 5, models), models)
    x, y, width = CROWD[6]
    box = np.s_[y:y + width * 33 // 32, x:x + width]
    alone = np.full_like(crowd.image, PLAIN)
    alone[box] = crowd.image[box]
    expected = labels_of(Portrait(alone), models)
    for name in ("skin", "hair", "neck", "cloth"):
        assert agreement(found == IDS[name], expected == IDS[name]) > 0.95, name


def test_a_neighbour_is_background_in_the_crop_and_beyond_it(head, models):
    side = np.ascontiguousarray(head[:, 50:220])
    pair = Portrait(np.concatenate([side, side], 1))
    for face, theirs in ((0, np.s_[:, 180:]), (1, np.s_[:, :160])):
        chosen = from_the_left(pair, face, models)
        assert not labels_of(chosen, models)[theirs].any()
        others = nearer_to_others(chosen, models, np.eye(2, 3), pair.image.shape[1::-1])
        assert others[theirs].all() and not others[:, 85 + 170 * face].any()
        assert (label_crop_of(chosen, models)[0] == IDS["hair"]).any()


def test_a_neighbour_is_background_whatever_parser_reads_the_labels(head, hub):
    fetched = Models()
    (own,), _ = fetched.store.adopt(STORED / "bisenet.pth", "mine", "here")
    side = np.ascontiguousarray(head[:, 50:220])
    chosen = from_the_left(Portrait(np.concatenate([side, side], 1)), 0, fetched)
    labels = labels_by(chosen, fetched, own.id)
    assert labels[:, :160].any() and not labels[:, 180:].any()


def test_who_is_alone_has_no_others_and_small_faces_far_behind_are_none(head, models):
    assert nearer_to_others(Portrait(head), models, np.eye(2, 3), (320, 330)) is None
    canvas = np.full((400, 560, 3), PLAIN, np.uint8)
    canvas[70:400, :320] = head
    canvas[20:103, 400:480] = cv2.resize(head, (80, 83), interpolation=cv2.INTER_AREA)
    portrait = Portrait(canvas)
    assert len(faces_of(portrait, models)) == 2
    assert nearer_to_others(portrait, models, np.eye(2, 3), (560, 400)) is None
