"""What the page shows is ready before anyone asks, whichever editors there are."""

import base64
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from editors.attributes.step import ShiftAttributes
from editors.desk import QUICK_SIDE, Desk
from editors.images import encode, on_white, open_photo
from editors.models import Models
from editors.portrait import Portrait
from editors.session import Session
from editors.step import EDITORS, steps_of

from .tiny import ASTRONAUT, display_p3


def test_warming_up_loads_what_every_editor_needs_of_the_embedded_models():
    models = Models()
    Desk(models).warm_up()
    needed = {model for editor in EDITORS for step in steps_of(editor) for model in step.needs}
    embedded = {model for model in needed if not models.card(model).repo}
    assert len(embedded) > 5 and embedded <= set(models.held())


def seen(url: str) -> np.ndarray:
    """The picture of a data URL, uint8 (H, W, 3)."""
    return cv2.imdecode(np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize("times", [1, 3])
def test_a_transparent_photograph_is_white_where_it_is_transparent_at_rest_and_while_a_slider_moves(models, times):
    pixels = cv2.resize(open_photo(ASTRONAUT).pixels, None, fx=times, fy=times)
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:, : 80 * times] = 0
    desk, session = Desk(models), Session(portrait=Portrait(pixels, alpha))
    assert (max(alpha.shape) > QUICK_SIDE) == (times == 3)
    resting, moving = desk.show(session, True)["before"], desk.quick(session, ShiftAttributes(amounts={"smile": 1}))
    for picture in (seen(resting), seen(moving)):
        width = picture.shape[1]
        assert picture[:, : width // 8].min() > 240 and picture[:, width // 2].mean() < 230


def test_half_transparent_pixels_lie_between_their_colour_and_white():
    picture = np.full((1, 3, 3), (100, 0, 200), np.uint8)
    result = on_white(picture, np.array([[255, 128, 0]], np.uint8))[0]
    assert result.tolist() == [[100, 0, 200], pytest.approx([177, 127, 227], abs=1), [255, 255, 255]]
    assert on_white(picture, np.full((1, 3), 255, np.uint8)) is picture and on_white(picture, None) is picture


def profile_of(url: str) -> bytes | None:
    """The colour profile of a data URL's picture."""
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).info.get("icc_profile")


@pytest.mark.parametrize("profile", [None, display_p3()])
def test_every_picture_of_a_photograph_is_shown_with_the_profile_that_explains_its_numbers(models, profile):
    desk, session = Desk(models), Session(portrait=Portrait(open_photo(ASTRONAUT).pixels, profile=profile))
    moved = ShiftAttributes(amounts={"smile": 1})
    session.put(moved)
    shown, cells = desk.show(session, True), desk.cells(session)
    pictures = (shown["before"], shown["after"], desk.quick(session, moved), cells["photo"], cells["cells"][0]["thumb"])
    assert [profile_of(picture) for picture in pictures] == [profile] * len(pictures)


def test_a_profile_too_large_to_go_along_with_every_picture_leaves_it_a_picture():
    picture = np.zeros((4, 6, 3), np.uint8)
    for size, kept in ((65_000, True), (70_000, False)):
        jpeg = Image.open(io.BytesIO(encode(picture, "jpeg", profile=b"p" * size)))
        assert jpeg.size == (6, 4) and ("icc_profile" in jpeg.info) == kept
