"""Strokes of hair beside a face are long hair that hangs from the head, and look like hair."""

import cv2
import numpy as np
import pytest

from editors.labels import IDS, mask_of
from editors.portrait import Portrait
from editors.scene import Samples, Scene
from editors.semantic.hair import hair, lit
from editors.semantic.heads import close_cut
from editors.semantic.meant import meant
from editors.semantic.movement import FACE
from editors.semantic.parts import eye_line, upright
from editors.semantic.shapes import placed
from editors.semantic.step import MaskEdit
from editors.strands import LUMA, look_of_colour, strands

from . import test_semantic as shared
from .test_semantic_meant import bared, rubbed

BEHIND = ("background", "left ear", "right ear")
portrait, labels = shared.portrait, shared.labels


def strokes(labels, sides=(-1, 1), down=1.9):
    """Labels with a stroke of hair beside the face, on some sides of it."""
    for side in sides:
        labels = rubbed(labels, "hair", [(1.15 * side, -0.2), (1.25 * side, 0.8), (1.2 * side, down)], 0.17)
    return labels


def parts_of(mask):
    """How many parts of more than a few pixels a mask has."""
    return int((cv2.connectedComponentsWithStats(mask.astype(np.uint8))[2][1:, cv2.CC_STAT_AREA] > 6).sum())


def test_strokes_on_both_sides_are_one_with_the_hair_and_hide_ears_and_what_is_between(labels):
    old = bared(labels)
    painted, (x, y) = strokes(old), upright(old)
    new = meant(old, painted)
    assert parts_of(new == IDS["hair"]) == 1
    beside = (y > 0) & (y < 1.3) & (np.abs(x) < 1.1)
    assert (mask_of(new, BEHIND) & beside).sum() < 4                       # pixels of its edge
    flesh = mask_of(painted, FACE)
    assert (new == painted)[flesh & (y > 0)].mean() > 0.98


def test_long_hair_is_rounded_from_the_head_and_ends_in_locks(labels):
    old = bared(labels)
    painted, (x, y) = strokes(old), upright(old)
    new = meant(old, painted)
    for side in (-1, 1):
        hair = (new == IDS["hair"]) & (side * x > 0)
        reach = np.array([np.max(side * x[row], initial=0, where=hair[row]) for row in range(len(x))])
        rows = np.array([y[row][hair[row]].mean() if hair[row].any() else 9 for row in range(len(x))])
        down = reach[(rows > -0.6) & (rows < 0.8)]
        assert (np.diff(down) > -0.06).all()                                # wider and wider, and no step
        ends = [y[:, column][hair[:, column]].max() for column in np.flatnonzero(hair[(y > 1.5).any(1)].any(0))]
        assert np.std(ends) > 0.05


def test_the_round_end_of_a_brush_is_none_of_hair_on_clothes(labels):
    old = bared(labels)
    painted, (_, y) = strokes(old, down=2.2), upright(old)
    gone = (painted == IDS["hair"]) & (meant(old, painted) != IDS["hair"])
    assert parts_of(gone & (y > 2)) >= 2 and not gone[y < 1.7].any()


def test_each_side_is_as_long_as_it_was_painted(labels):
    old = bared(labels)
    painted = strokes(strokes(old, (-1,), 1.9), (1,), 1.1)
    (x, y), hair = upright(old), meant(old, painted) == IDS["hair"]
    lowest = [y[hair & (side * x > 0)].max() for side in (-1, 1)]
    assert lowest[0] > 1.8 and 0.9 < lowest[1] < 1.35


def test_a_stroke_on_one_side_is_one_lock_that_hangs_from_the_hair(labels):
    old = bared(labels)
    painted = rubbed(old, "hair", [(1.35, -0.1), (1.35, 1.5)], 0.12)
    new, (x, y) = meant(old, painted), upright(old)
    assert parts_of(painted == IDS["hair"]) == 2 and parts_of(new == IDS["hair"]) == 1
    grown = (new == IDS["hair"]) & (painted != IDS["hair"])
    assert not grown[(x < 0) | (y > 0.6)].sum() > 0.02 * (new == IDS["hair"]).sum()
    assert (new == painted)[mask_of(old, ("right ear",))].all()


def test_strokes_that_are_partly_over_hair_are_long_hair_too(labels):
    old = bared(labels)
    for side in (-1, 1):                                                    # sideburns below which a stroke is wider
        old = rubbed(old, "hair", [(1.05 * side, -0.7), (1.1 * side, 0.9)], 0.13)
    painted, (x, y) = strokes(old), upright(old)
    new = meant(old, painted)
    assert ((painted == IDS["hair"]) & (new != IDS["hair"]) & (y > 1.5)).any()
    assert (mask_of(new, BEHIND) & (y > 0) & (y < 1.2) & (np.abs(x) < 1.1)).sum() < 4


@pytest.mark.parametrize("turn", [-20, 15])
def test_strokes_beside_a_tilted_head_are_long_hair_too(labels, turn):
    middle, _, _ = eye_line(labels)
    way = cv2.getRotationMatrix2D(middle.tolist(), turn, 1)
    old = bared(cv2.warpAffine(labels, way, labels.shape[::-1], flags=cv2.INTER_NEAREST,
                               borderMode=cv2.BORDER_REPLICATE))
    x, y = upright(old)
    new = meant(old, strokes(old, down=1.5))
    assert parts_of(new == IDS["hair"]) == 1
    assert (mask_of(new, BEHIND) & (np.abs(x) < 1.1) & (y > 0) & (y < 1.1)).sum() < 4


@pytest.mark.parametrize("shape", ["bob", "long", "shoulder", "flowing"])
def test_long_hair_of_the_library_is_not_cut_anew(labels, shape):
    new = placed(bared(labels), "hair", shape)
    assert (meant(bared(labels), new) != new).mean() < 1e-3


# --- what it looks like --------------------------------------------------------------------------------------------

def test_long_hair_has_the_light_and_shade_of_the_hair_it_grows_from(portrait, labels, models):
    painted, own = strokes(labels), labels == IDS["hair"]
    new = ((meant(labels, painted) == IDS["hair"]) & ~own).astype(np.uint8)
    grown, before, shades = cv2.erode(new, np.ones((3, 3), np.uint8)) > 0, portrait.image @ LUMA, []
    for seed in range(5):                                                   # locks are lit by chance
        after = MaskEdit(labels=painted, original=labels, seed=seed).apply(portrait, models).image @ LUMA
        assert np.quantile(before[own], 0.3) < np.median(after[grown]) < np.quantile(before[own], 0.85)
        shades.append(np.ptp(np.quantile(after[grown], (0.1, 0.9))))
    assert np.median(shades) > 0.5 * np.ptp(np.quantile(before[own], (0.1, 0.9)))


@pytest.mark.parametrize("shape", ["long", "flowing"])
def test_nothing_shows_between_a_cheek_and_the_hair_that_hides_what_was_beside_it(portrait, labels, models, shape):
    """Ears, walls and collars beside a face are hidden wherever hair was painted over them."""
    own, green = placed(labels, "hair", "bald"), (0, 255, 0)
    beside = mask_of(own, (*BEHIND, "cloth"))
    seen = Portrait(np.where(beside[..., None], green, portrait.image).astype(np.uint8))
    new = placed(own, "hair", shape)
    x, y = upright(own)
    hidden = beside & (new == IDS["hair"]) & (np.abs(x) < 1.15) & (y > -0.5) & (y < 1.2)
    after = MaskEdit(labels=new, original=own).apply(seen, models).image.astype(int)
    assert hidden.sum() > 100 and (after[..., 1] - after[..., [0, 2]].max(2))[hidden].max() < 60


@pytest.mark.parametrize("shape", ["long", "flowing"])
def test_what_is_seen_between_the_ends_of_hair_is_not_lit_with_it(portrait, labels, models, shape):
    behind = mask_of(labels, (*BEHIND, "cloth"))
    seen = Portrait(np.where(behind[..., None], 190, portrait.image).astype(np.uint8))
    new = placed(labels, "hair", shape)
    after = MaskEdit(labels=new, original=labels).apply(seen, models).image @ LUMA
    assert after[behind & (new == IDS["hair"])].max() < 190 + 30


def test_long_hair_is_darker_beside_the_neck_than_at_its_outer_side(portrait, labels):
    new = meant(labels, strokes(labels))
    hair, picture = (new == IDS["hair"]) & (labels != IDS["hair"]), portrait.image.astype(np.float32)
    scene = Scene(picture, new, hair, picture, eye_line(labels)[2], np.random.default_rng(0),
                  own=Samples(picture, labels, eye_line(labels)[2]))
    low, light = hair & (upright(labels)[1] > 0.8), lit(scene, new == IDS["hair"])
    away = cv2.distanceTransform((~mask_of(labels, (*FACE, "neck"))).astype(np.uint8), cv2.DIST_L2, 5) / scene.eyes
    assert np.median(light[low & (away < 0.15)]) < 0.85 * np.median(light[low & (away > 0.25)])


def test_a_fringe_ends_in_locks_on_the_forehead():
    own, picture = np.full((200, 200), IDS["skin"], np.uint8), np.full((200, 200, 3), 200, np.float32)
    own[:60], picture[:60] = IDS["hair"], 60
    new = np.where(np.arange(200)[:, None] < 110, IDS["hair"], own).astype(np.uint8)
    scene = Scene(picture.copy(), new, own != new, picture, 80.0, np.random.default_rng(0),
                  own=Samples(picture, own, 80.0))
    hair(scene, own != new)
    rim = scene.covers["hair"][100:108, 10:-10]
    assert rim.std(1).min() > 0.3 and scene.covers["hair"][70:90, 10:-10].min() > 0.9


def test_black_hair_has_strands(labels):
    flow = np.broadcast_to(np.float32([0, 1]), (160, 120, 2))
    look, light = look_of_colour(np.float32([9, 7, 6])), np.full((160, 120), 7, np.float32)
    drawn = strands(flow, look, light, 60.0, np.random.default_rng(0)) @ LUMA
    assert 3 < drawn.std() < 16 and np.median(drawn) < 26
    across, along = (np.abs(np.diff(drawn, axis=axis)).mean() for axis in (1, 0))
    assert across > 2 * along


def test_cropped_hair_lies_closer_to_the_head_than_any_other_and_leaves_the_ears_free(labels):
    """As the mean of many outlines it stood off like a mushroom."""
    cropped, short = (placed(labels, "hair", shape) for shape in ("cropped", "short"))
    hair, bald = cropped == IDS["hair"], placed(labels, "hair", "bald")
    scalp, off = (bald == IDS["skin"]).astype(np.uint8), 2 * round(0.2 * eye_line(labels)[2]) + 1
    assert not (hair & (cv2.dilate(scalp, np.ones((off, off))) == 0)).any()
    assert 0 < hair.sum() < 0.9 * (short == IDS["hair"]).sum()
    ears = np.isin(bald, [IDS["left ear"], IDS["right ear"]])
    assert (np.isin(cropped, [IDS["left ear"], IDS["right ear"]]) & ears).sum() > 0.6 * ears.sum() > 0


def test_cropped_hair_is_not_cut_off_level_behind_the_ear_of_a_head_that_turns():
    x, y = np.meshgrid(np.linspace(-2, 2, 401, dtype=np.float32), np.linspace(-2, 1, 301, dtype=np.float32))
    face = np.full(x.shape, IDS["background"], np.uint8)
    face[(np.abs(y) < 0.9) & (x > -1.4) & (x < 0.6)] = IDS["skin"]                  # turned: more of one side is seen
    face[(y < -0.5) & (x > -1.6) & (x < 0.7)] = IDS["hair"]
    for name, at in (("right eye", -0.5), ("left eye", 0.5)):
        face[(np.abs(x - at) < 0.15) & (np.abs(y) < 0.06)] = IDS[name]
    cut = close_cut(face, x, y)
    ends = [float(y[cut & (np.abs(x + at) < 0.02)].max()) for at in (1.0, 1.2)]
    assert ends[1] < ends[0] - 0.1
