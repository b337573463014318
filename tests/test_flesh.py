"""Where skin is lightened or darkened it runs into hair and chest softly, and neither fur nor hair turns with it."""

import cv2
import numpy as np

from editors.flesh import flesh, hanging

EYES, SKIN, WALL, FUR = 40.0, (196, 150, 126), (90, 130, 90), (206, 226, 222)
DARK_HAIR, FAIR_HAIR = (46, 34, 30), (190, 168, 132)
ROWS, COLUMNS = np.indices((200, 160))
FACE = np.hypot((ROWS - 90) / 55, (COLUMNS - 80) / 40) < 1
ABOVE = ROWS < 60
NECK = (ROWS >= 90) & (ROWS < 165) & (abs(COLUMNS - 80) < 25) & ~FACE
HAIR = (ROWS < 100) & (np.hypot((ROWS - 80) / 75, (COLUMNS - 80) / 62) < 1) & ~FACE
CHEST = ROWS >= 165


def seen(hair=DARK_HAIR, neck=SKIN, chest=WALL, called_skin=None):
    """A head in flat colours, a little soft, and how much of it is skin when the labels call `called_skin` so."""
    picture = np.full((200, 160, 3), WALL, np.float32)
    for where, colour in ((HAIR, hair), (NECK, neck), (CHEST, chest), (FACE, SKIN)):
        picture[where] = colour
    picture = cv2.GaussianBlur(picture, (0, 0), 1).round().astype(np.uint8)
    skin = FACE | NECK if called_skin is None else called_skin
    masks = (skin, (HAIR | FACE) & ~skin, CHEST)
    return flesh(picture, *(mask.astype(np.float32) for mask in masks), FACE, ABOVE, EYES)


def inner(mask: np.ndarray) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), np.ones((9, 9))) > 0


def test_face_and_neck_are_skin_and_hair_and_wall_are_not():
    found = seen()
    assert found[inner(FACE | NECK)].min() > 0.95 and found[inner(HAIR)].max() < 0.05
    assert not found[~(FACE | NECK | HAIR | CHEST)].any()


def test_fur_that_is_called_neck_is_no_skin():
    assert seen(neck=FUR)[inner(NECK)].max() < 0.1


def test_hair_that_is_called_skin_is_none_above_the_brows():
    assert seen(called_skin=FACE | NECK | (HAIR & (ROWS < 40)))[inner(HAIR & (ROWS < 32))].max() < 0.2


def test_hair_that_hangs_before_the_face_is_no_skin_of_it():
    """Labels call the whole face skin, also where hair from above lies on its side."""
    picture = np.full((200, 160, 3), WALL, np.float32)
    strand = FACE & (COLUMNS > 106)
    for where, colour in ((HAIR | strand, DARK_HAIR), (NECK, SKIN), (FACE & ~strand, SKIN)):
        picture[where] = colour
    picture = cv2.GaussianBlur(picture, (0, 0), 1).round().astype(np.uint8)
    masks = [mask.astype(np.float32) for mask in (FACE | NECK, HAIR, CHEST)]
    found, hair = (find(picture, *masks, FACE, ABOVE, EYES) for find in (flesh, hanging))
    assert hair[strand & (COLUMNS > 113) & (ROWS < 82)].min() > 0.6 and not hair[inner(FACE & ~strand)].any()
    assert found[strand & (COLUMNS > 113) & (ROWS < 82)].max() < 0.3
    assert found[inner(FACE & ~strand) & (COLUMNS > 60)].min() > 0.95


def test_a_shade_beside_an_eye_is_no_hair_that_hangs_before_the_face():
    picture = np.full((200, 160, 3), WALL, np.float32)
    shade = np.hypot((ROWS - 80) / 5, (COLUMNS - 100) / 9) < 1
    for where, colour in ((HAIR, DARK_HAIR), (FACE | NECK, SKIN), (shade, (70, 48, 40))):
        picture[where] = colour
    masks = (mask.astype(np.float32) for mask in (FACE | NECK, HAIR, CHEST))
    assert not hanging(picture.astype(np.uint8), *masks, FACE, ABOVE, EYES)[shade].any()


def test_a_bare_forehead_that_is_called_hair_is_skin():
    patch = FACE & (ROWS < 56) & (abs(COLUMNS - 80) < 6)
    assert seen(called_skin=(FACE | NECK) & ~patch)[inner(patch)].mean() > 0.7


def test_a_chest_that_is_called_clothes_is_skin_beside_the_neck_and_fades_with_distance():
    down = seen(chest=SKIN)[165:, 76:84].mean(1)
    assert down[2] > 0.6 and down[-1] < 0.2 and np.abs(np.diff(down)).max() < 0.15
    assert seen(chest=WALL)[168:].max() < 0.1


def test_between_skin_and_hair_of_its_colour_there_is_no_edge():
    across = {hair: seen(hair=hair)[70, 80:] for hair in (DARK_HAIR, FAIR_HAIR)}
    steps = {hair: np.abs(np.diff(row)).max() for hair, row in across.items()}
    assert steps[FAIR_HAIR] < 0.5 * steps[DARK_HAIR] and across[FAIR_HAIR][:20].min() > 0.95
