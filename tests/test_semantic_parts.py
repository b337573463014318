"""Parts of a label map are objects: placed, moved, resized, mirrored, taken away, and what hangs together follows."""

import cv2
import numpy as np
import pytest

from editors.errors import SettingError
from editors.labels import IDS
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.semantic.movement import FACE, mask_of
from editors.semantic.parts import PLACED, eye_line, moved, upright
from editors.semantic.shapes import LIBRARY, OUTLINES, placed, removed

from .tiny import ASTRONAUT

EYES = (("left eye",), ("right eye",))
SHAPES = [(kind, shape) for kind, shapes in LIBRARY.items() for shape in shapes]
DRAWS = {"glasses": "eyeglasses", "hat": "hat", "earrings": "earring", "hair": "hair", "brows": "left brow",
         "lips": "lower lip", "nose": "nose"}


@pytest.fixture(scope="module")
def labels(models):
    return labels_of(Portrait(np.ascontiguousarray(Portrait.open(ASTRONAUT).image[:300, 90:350])), models)


def middle(labels, name):
    return np.argwhere(labels == IDS[name])[:, ::-1].mean(0)


@pytest.mark.parametrize("kind, shape", SHAPES)
def test_every_shape_of_the_library_can_be_placed_and_leaves_eyes_and_mouth(labels, kind, shape):
    out = placed(labels, kind, shape)
    assert out.dtype == np.uint8 and out.shape == labels.shape and (out != labels).any()
    assert (out == IDS[DRAWS[kind]]).any() != (shape == "bald")
    kept = mask_of(labels, ("left eye", "right eye", *(() if kind == "lips" else ("mouth", "upper lip", "lower lip"))))
    assert (out[kept] == labels[kept]).all()


def test_where_hair_goes_that_hid_the_ears_a_face_that_looks_ahead_has_both(labels):
    out, (x, y) = placed(labels, "hair", "bald"), upright(labels)
    for name, side in (("left ear", 1), ("right ear", -1)):
        ear = out == IDS[name]
        assert ear.sum() > 0.1 * eye_line(labels)[2] ** 2 > 3 * (labels == IDS[name]).sum()
        assert 0.8 < side * x[ear].mean() < 1.4 and abs(y[ear].mean() - 0.25) < 0.15


def test_an_ear_that_is_seen_stays_as_it_is(labels):
    bald = placed(labels, "hair", "bald")
    again = placed(bald, "hair", "bald")
    assert (again == bald).all()


def test_an_ear_whose_top_was_under_hair_is_whole_and_round_once_that_goes(labels):
    """It was cut off level, as of an elf."""
    bald, (x, y) = placed(labels, "hair", "bald"), upright(labels)
    around = (y > -1) & (y < 0.15) & (np.abs(x) < 1.6)
    covered = np.where(mask_of(bald, ("left ear", "right ear", "background")) & around, IDS["hair"], bald)
    out = placed(covered.astype(np.uint8), "hair", "bald")
    for name in ("left ear", "right ear"):
        whole, cut, ear = (each == IDS[name] for each in (bald, covered, out))
        assert cut.sum() < 0.75 * whole.sum() and ear.sum() > 0.75 * whole.sum()
        rows = np.flatnonzero(ear.any(1))
        wide = ear.sum(1)[rows]
        assert wide[1] < 0.75 * wide.max() and (np.diff(wide[: len(wide) // 4]) >= -1).all()


def test_behind_long_hair_that_goes_is_no_neck_as_wide_as_the_hair(labels):
    wide = placed(labels, "hair", "flowing")
    wide[(wide == IDS["cloth"]) & (upright(labels)[1] < 2.2)] = IDS["hair"]
    out, (x, y) = placed(wide, "hair", "bald"), upright(labels)
    beside = (wide == IDS["hair"]) & (np.abs(x) > 1.1) & (y > 0.8) & (y < 2)
    assert beside.sum() > 200 and (out[beside] == IDS["background"]).all()


@pytest.mark.parametrize("kind", OUTLINES)
def test_a_part_of_the_library_takes_the_place_of_the_one_that_is_there(labels, kind):
    names, _ = PLACED[kind]
    eyes = eye_line(labels)[2]
    for shape in OUTLINES[kind]:
        out = placed(labels, kind, shape)
        before, after = mask_of(labels, names or ("hair",)), mask_of(out, names or ("hair",))
        if names:
            away = (np.argwhere(after).mean(0) - np.argwhere(before).mean(0)) / eyes
            assert np.abs(away).max() < 0.08
        larger, lower = placed(labels, kind, shape, size=1.25), placed(labels, kind, shape, shift=(0, 0.06))
        assert mask_of(larger, names or ("hair",)).sum() > 1.1 * after.sum()
        if names:
            assert 0.02 < (np.argwhere(mask_of(lower, names)).mean(0) - np.argwhere(after).mean(0))[0] / eyes < 0.09


def test_shapes_are_means_and_small():
    sizes = [len(points) for shapes in OUTLINES.values() for labels in shapes.values() for outlines in labels.values()
             for points in outlines]
    assert max(sizes) < 250 and len(OUTLINES) == 4


def test_glasses_sit_on_the_eyes_and_follow_them(labels):
    worn = placed(labels, "glasses", "round")
    assert np.linalg.norm(middle(worn, "eyeglasses") - eye_line(labels)[0]) < 0.15 * eye_line(labels)[2]
    lower = moved(worn, (("left eye", "right eye"),), shift=(0, 0.1))
    fell = middle(lower, "eyeglasses")[1] - middle(worn, "eyeglasses")[1]
    assert 0.05 < fell / eye_line(labels)[2] < 0.15


def test_earrings_hang_below_the_ears_one_on_each_side(labels):
    out = placed(labels, "earrings", "drop")
    x, y = upright(labels)
    rings = out == IDS["earring"]
    assert (rings & (x > 0.5)).any() and (rings & (x < -0.5)).any() and not (rings & (np.abs(x) < 0.5)).any()
    assert y[rings].min() > 0.3                                    # where lobes end, which her hair hides


def test_parts_are_moved_resized_and_mirrored(labels):
    eyes = eye_line(labels)[2]
    up = moved(labels, (("nose",),), shift=(0, -0.1))
    assert abs((middle(labels, "nose") - middle(up, "nose"))[1] / eyes - 0.1) < 0.03
    wide = moved(labels, (("nose",),), scale=(1.3, 1))
    assert 1.2 < (wide == IDS["nose"]).sum() / (labels == IDS["nose"]).sum() < 1.4
    tilted = labels.copy()
    tilted[: labels.shape[0] // 2][labels[: labels.shape[0] // 2] == IDS["left brow"]] = IDS["skin"]
    tilted[20:30, 150:160], tilted[20:40, 160:164] = IDS["left brow"], IDS["left brow"]
    turned = moved(tilted, (("left brow",),), mirror=True)
    long = np.argwhere(turned == IDS["left brow"])
    assert len(long) and long[long[:, 0] > long[:, 0].min() + 14, 1].mean() < long[:, 1].mean()


def test_size_shift_and_mirror_of_a_placed_part(labels):
    small, large = (placed(labels, "earrings", "hoop", size=size) for size in (0.9, 1.1))
    assert (large == IDS["earring"]).sum() > (small == IDS["earring"]).sum()
    low = placed(labels, "glasses", "square", shift=(0, 0.1))
    here = placed(labels, "glasses", "square")
    assert middle(low, "eyeglasses")[1] > middle(here, "eyeglasses")[1]
    assert (placed(labels, "hair", "swept", mirror=True) != placed(labels, "hair", "swept")).any()


def test_a_part_that_is_taken_away_leaves_its_neighbours(labels):
    worn = placed(labels, "hat", "brim")
    assert not (removed(worn, "hat") == IDS["hat"]).any() and not (removed(labels, "hair") == IDS["hair"]).any()
    assert (removed(placed(labels, "earrings", "stud"), "earring") == labels).mean() > 0.999


def test_what_is_not_in_the_library_is_refused_by_name(labels):
    with pytest.raises(SettingError, match="glasses: round, square"):
        placed(labels, "glasses", "oval")
    with pytest.raises(SettingError, match="size is 9"):
        placed(labels, "glasses", "round", size=9)
    with pytest.raises(SettingError, match="'wings'"):
        removed(labels, "wings")
    with pytest.raises(SettingError, match="both eyes"):
        placed(np.where(labels == IDS["left eye"], 1, labels), "hat", "cap")


# --- hair of the library on any head -------------------------------------------------------------------------------

LONG = ("bob", "long", "shoulder", "flowing")


def seen_from_a_side(labels, near, far):
    """Labels as of a head that turned: beyond the eyes more of it to the picture's right, less to their left."""
    (middle, _), _, eyes = eye_line(labels)
    x, y = np.meshgrid(np.arange(-400, 401) / eyes, np.arange(labels.shape[0]))
    x = np.interp(x, (-9, -far, -0.7, 0.7, near, 9), (-10, -1, -0.7, 0.7, 1, 10))
    return cv2.remap(labels, np.float32(middle + x * eyes), np.float32(y), cv2.INTER_NEAREST,
                     borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("shape", LONG)
def test_hair_of_the_library_meets_the_cheeks_and_hides_the_ears(labels, shape):
    out = placed(removed(labels, "hair"), "hair", shape)
    x, y = upright(labels)
    assert not mask_of(out, ("left ear", "right ear")).any()
    beside = (y > -0.3) & (y < 0.8) & (np.abs(x) < 1.05)
    assert (mask_of(out, ("background",)) & beside).sum() < 4


@pytest.mark.parametrize("shape", (*LONG, "short"))
def test_under_hair_of_the_library_a_fringe_and_a_hairline_stay_ones_own(labels, shape):
    out, (x, y) = placed(labels, "hair", shape), upright(labels)
    forehead = (np.abs(x) < 0.7) & (y > -1) & (y < -0.3)
    assert (out == labels)[forehead].all()


@pytest.mark.parametrize("shape", LONG)
def test_hair_of_the_library_lies_round_a_head_that_is_turned(labels, shape):
    old = seen_from_a_side(labels, 1.5, 0.8)
    out, (x, _) = placed(old, "hair", shape), upright(old)
    face = mask_of(old, FACE)
    reach = x[face].max()
    assert (out == IDS["hair"])[face & (x > 0) & (x < 0.8 * reach)].sum() < 4
    assert x[out == IDS["hair"]].max() > 1.2 * reach


@pytest.mark.parametrize("shape", LIBRARY["hat"])
def test_a_hat_covers_the_head_of_a_face_that_is_turned_whole(labels, shape):
    """It sat before the eyes' middle: of the side that is seen, the skull showed bare beside it."""
    turned = seen_from_a_side(labels, 1.9, 0.8)
    hat, bare = placed(turned, "hat", shape) == IDS["hat"], placed(turned, "hair", "bald")
    high = upright(turned)[1] < -0.9
    scalp = (bare == IDS["skin"]) & (turned == IDS["hair"]) & high
    assert scalp.any() and (hat & scalp).sum() > 0.99 * scalp.sum()


def test_beside_a_profile_no_hair_hangs_in_the_air(labels):
    old = seen_from_a_side(removed(labels, "hair"), 2.4, 0.75)
    out, (x, y) = placed(old, "hair", "flowing"), upright(old)
    assert not ((out == IDS["hair"]) & (x < 0) & (y > -0.2) & (y < 1)).any()
    assert ((out == IDS["hair"]) & (x > 0) & (y > -0.5) & (y < 1)).any()


@pytest.mark.parametrize("shape", ["long", "flowing"])
def test_long_hair_only_adds_to_the_hair_that_is_there(labels, shape):
    out, (x, y) = placed(labels, "hair", shape), upright(labels)
    assert (out == IDS["hair"])[labels == IDS["hair"]].all()
    widest = [np.ptp(x[(out == IDS["hair"]) & (np.abs(y - down) < 0.05)]) for down in np.arange(-0.4, 1.5, 0.1)]
    assert np.abs(np.diff(widest)).max() < 0.2                                # it falls without a step in its outline
    middle, _, eyes = eye_line(labels)
    cut = np.s_[: int(middle[1] + 1.2 * eyes)]                                # in a close picture, too
    assert (placed(labels[cut], "hair", shape) == IDS["hair"])[labels[cut] == IDS["hair"]].all()


@pytest.mark.parametrize("shape", ["bob", "short"])
def test_a_haircut_leaves_a_crown_that_is_somewhat_higher_than_its_own(labels, shape):
    high = cv2.warpAffine(labels, np.float32([[1, 0, 0], [0, 1.12, -18]]), labels.shape[::-1], flags=cv2.INTER_NEAREST)
    (x, y), own = upright(high), high == IDS["hair"]
    crown = own & (y > -1.9) & (y < -1) & (np.abs(x) < 0.6)
    assert (y[crown] < -1.8).sum() > 20 and (placed(high, "hair", shape) == IDS["hair"])[crown].all()


@pytest.mark.parametrize("turn", [-20, 20])
def test_long_hair_hangs_straight_down_from_a_tilted_head(labels, turn):
    middle = eye_line(labels)[0]
    way = cv2.getRotationMatrix2D(tuple(map(float, middle)), turn, 1)
    tilted = removed(cv2.warpAffine(labels, way, labels.shape[::-1], flags=cv2.INTER_NEAREST,
                                    borderMode=cv2.BORDER_REPLICATE), "hair")
    rows, columns = np.nonzero(placed(tilted, "hair", "long") == IDS["hair"])
    eyes = eye_line(tilted)[2]
    for edge in (np.min, np.max):
        there = [edge(columns[rows == row]) for row in (middle[1] + eyes * np.array([0.9, 1.7])).astype(int)]
        assert abs(there[1] - there[0]) < 0.2 * eyes
