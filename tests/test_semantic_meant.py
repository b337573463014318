"""Masks means what a thick brush means: what it nearly paints out goes, and what it dabs on is put on whole."""

import cv2
import numpy as np
import pytest

from checkpoints.label_painter.edits import EDITS
from editors.labels import BROWS, EARS, EYES, IDS, mask_of
from editors.semantic.meant import meant
from editors.semantic.movement import FACE
from editors.semantic.parts import eye_line, upright
from editors.semantic.shapes import LIBRARY, placed
from editors.semantic.step import MaskEdit
from editors.semantic.whiskers import beard_of
from editors.strands import LUMA

from . import test_semantic as shared

portrait, labels = shared.portrait, shared.labels
LIPS = ("upper lip", "lower lip", "mouth")


def rubbed(labels, name, points, radius):
    """Labels with a stroke of a round brush through points, x and y in eye distances from the middle of the eyes."""
    (middle, along, eyes), out = eye_line(labels), labels.copy()
    at = [tuple(np.round(middle + eyes * (x * along + y * np.array([-along[1], along[0]]))).astype(int).tolist())
          for x, y in points]
    for start, end in zip(at, at[1:] or at, strict=False):
        cv2.line(out, start, end, IDS[name], max(1, round(2 * radius * eyes)))
    return out


def middle_of(labels, *names):
    """The middle of some labels in eye distances."""
    middle, along, eyes = eye_line(labels)
    away = np.argwhere(mask_of(labels, names))[:, ::-1].mean(0) - middle
    return float(away @ along) / eyes, float(along[0] * away[1] - along[1] * away[0]) / eyes


def bared(labels):
    """Labels of the same head with short hair above a high forehead."""
    return placed(placed(labels, "hair", "bald"), "hair", "short")


# --- what stays as it was painted ----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", EDITS)
def test_a_careful_hand_is_taken_at_its_word(labels, name):
    new = EDITS[name][0](labels)
    assert (meant(labels, new) != new).mean() < 1e-3


@pytest.mark.parametrize("kind, shape", [(kind, shape) for kind, shapes in LIBRARY.items() for shape in shapes])
def test_parts_of_the_library_are_what_they_are(labels, kind, shape):
    new = placed(labels, kind, shape)
    assert (meant(labels, new) != new).mean() < 1e-3


def test_labels_that_nobody_painted_on_stay(labels):
    assert meant(labels, labels) is labels


def test_maps_without_eyes_are_taken_as_they_are(labels):
    blind = np.where(mask_of(labels, ("left eye", "right eye")), np.uint8(IDS["skin"]), labels)
    painted = np.where(blind == IDS["hair"], np.uint8(0), blind)
    assert (meant(blind, painted) == painted).all()


@pytest.mark.parametrize("pair, place", [(BROWS, (0.5, -0.4)), (EYES, (0.5, -0.05)), (EARS, (1.05, 0.2))])
def test_a_part_on_the_other_side_of_a_face_is_the_other_one(labels, pair, place):
    for name, other, side in (pair[::-1] + (1,), pair + (-1,)):
        stroke = [(side * place[0] - 0.1, place[1]), (side * place[0] + 0.1, place[1])]
        wrong, right = (rubbed(labels, each, stroke, 0.06) for each in (name, other))
        assert (wrong != right).any() and (meant(labels, wrong) == meant(labels, right)).all()


# --- hair ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["background", "skin"])
def test_hair_that_is_filled_away_leaves_a_bald_head_and_no_hole_through_it(labels, name):
    new = meant(labels, np.where(labels == IDS["hair"], np.uint8(IDS[name]), labels))
    bald, hair = placed(labels, "hair", "bald"), labels == IDS["hair"]
    _, _, eyes = eye_line(labels)
    middle = eye_line(labels)[0]
    above = hair & (np.indices(labels.shape)[0] < middle[1])
    assert (mask_of(new, FACE) == mask_of(bald, FACE))[above].mean() > 0.93
    assert mask_of(new, ("skin",))[above].sum() > eyes**2


def test_hair_that_is_trimmed_from_outside_leaves_hair_before_the_head(labels):
    away = cv2.distanceTransform((labels != IDS["background"]).astype(np.uint8), cv2.DIST_L2, 5)
    trimmed = np.where((labels == IDS["hair"]) & (away < 0.15 * eye_line(labels)[2]), np.uint8(0), labels)
    assert (meant(labels, trimmed) != trimmed).mean() < 2e-4


def test_hair_that_is_rubbed_away_spares_the_face_and_the_ears_below_the_brush(labels):
    old = bared(labels)
    arch = [(-1.1, 0.1), (-1.0, -0.7), (-0.6, -1.2), (0, -1.35), (0.6, -1.2), (1.0, -0.7), (1.1, 0.1)]
    new = meant(old, rubbed(old, "background", arch, 0.3))
    flesh = mask_of(old, (*FACE, "left ear", "right ear"))
    assert (new[flesh] == old[flesh]).mean() > 0.97


def test_hair_that_is_painted_on_a_forehead_hangs_from_the_head(labels):
    old = bared(labels)
    painted = rubbed(old, "hair", [(-0.5, -0.5), (0, -0.48), (0.5, -0.5)], 0.1)
    new, (middle, _, eyes) = meant(old, painted), eye_line(old)
    above = new[: round(middle[1] - 0.5 * eyes), round(middle[0])]
    hair = np.flatnonzero(above == IDS["hair"])
    assert (painted[hair[0] :, round(middle[0])] == IDS["skin"]).any()
    assert (above[hair[0] :] == IDS["hair"]).all()


def test_a_tuft_that_is_left_before_a_bared_head_goes_too(labels):
    old, (middle, _, eyes) = bared(labels), eye_line(labels)
    old = rubbed(old, "hair", [(-0.3, -1.0), (-0.1, -0.6), (0.1, -0.6)], 0.12)            # a lock on a forehead
    arch = [(-1.0, -0.85), (-0.5, -1.05), (0, -1.1), (0.5, -1.05), (1.0, -0.85)]
    painted = rubbed(old, "background", arch, 0.3)
    lock = np.s_[round(middle[1] - 0.65 * eyes) : round(middle[1] - 0.55 * eyes), round(middle[0])]
    assert (painted[lock] == IDS["hair"]).all() and (meant(old, painted)[lock] == IDS["skin"]).all()


# --- beards --------------------------------------------------------------------------------------------------------

def test_hair_on_a_chin_is_a_beard_and_hair_beside_a_face_is_none(labels):
    chin = rubbed(labels, "hair", [(-0.4, 1.45), (0, 1.65), (0.4, 1.45)], 0.15)
    assert (beard_of(labels, chin) == ((chin == IDS["hair"]) & (labels != IDS["hair"]))).all()
    assert beard_of(labels, EDITS["hair grown by .3"][0](labels)) is None
    assert beard_of(labels, EDITS["fringe added"][0](labels)) is None
    x, y = upright(labels)                                                # as from a head that is turned
    hangs = (labels == IDS["neck"]) & (x > 0.2) | mask_of(labels, ("background", "cloth")) & (x > 0.3) & (x < 1.4)
    assert beard_of(labels, np.where(hangs & (y > -0.5) & (y < 2), np.uint8(IDS["hair"]), labels)) is None


def test_a_face_all_over_which_hair_is_filled_has_no_border_to_a_beard(labels):
    assert beard_of(labels, np.where(labels == IDS["skin"], np.uint8(IDS["hair"]), labels)) is None
    sideburns = rubbed(labels, "hair", [(-0.9, -0.2), (-0.8, 1.0), (0, 1.7), (0.8, 1.0), (0.9, -0.2)], 0.13)
    assert beard_of(labels, sideburns) is not None


def test_a_beard_is_darker_than_the_skin_ends_softly_and_moves_no_lips(portrait, labels, models):
    new = rubbed(labels, "hair", [(-0.4, 1.5), (0, 1.65), (0.4, 1.5)], 0.14)
    after = MaskEdit(labels=new, original=labels).apply(portrait, models).image
    beard = (new == IDS["hair"]) & (labels != IDS["hair"])
    inner = cv2.erode(beard.astype(np.uint8), np.ones((5, 5))) > 0
    before, light = portrait.image @ LUMA, after @ LUMA
    assert np.median(light[inner]) < 0.7 * np.median(before[inner])
    assert np.abs(light - before)[beard & ~inner].mean() < 0.6 * np.abs(light - before)[inner].mean()
    lips = cv2.erode(mask_of(labels, LIPS).astype(np.uint8), np.ones((3, 3))) > 0
    assert np.abs(light - before)[lips].mean() < 4


# --- features ------------------------------------------------------------------------------------------------------

def test_what_is_left_of_a_part_that_was_painted_out_goes_too(labels):
    brow = labels == IDS["left brow"]
    edge = brow & ~np.roll(brow, -1, axis=0)
    painted = np.where(brow & ~edge, np.uint8(IDS["skin"]), labels)           # all of it but its lower edge
    assert (painted == IDS["left brow"]).any() and not (meant(labels, painted) == IDS["left brow"]).any()
    half = labels.copy()
    half[:, : round(np.nonzero(brow.any(0))[0].mean())][brow[:, : round(np.nonzero(brow.any(0))[0].mean())]] = 1
    assert (meant(labels, half) == half).all()


def test_an_eye_that_is_painted_out_is_shut_without_a_ring_around_it(portrait, labels, models):
    eye, eyes = labels == IDS["left eye"], eye_line(labels)[2]
    new = np.where(eye, np.uint8(IDS["skin"]), labels)
    after = MaskEdit(labels=new, original=labels).apply(portrait, models).image @ LUMA
    away = cv2.distanceTransform((~eye).astype(np.uint8), cv2.DIST_L2, 5)
    ring = (away > 0) & (away < 0.1 * eyes) & (new == IDS["skin"])
    skin = (away > 0.14 * eyes) & (away < 0.25 * eyes) & (labels == IDS["skin"])
    rows = np.flatnonzero(eye.any(1))
    above = ring & (np.indices(eye.shape)[0] < rows[0])
    assert np.median(after[above]) > 0.85 * np.median((portrait.image @ LUMA)[skin])     # no lashes of the open eye
    column = round(np.nonzero(eye.any(0))[0].mean())
    line = after[rows[0] : rows[-1] + 2, column - 2 : column + 3].mean(1)
    assert line.min() < 0.8 * np.median(after[skin]) and line.argmin() > 0.4 * len(line)  # the lashes of the lid


def test_an_eye_that_is_painted_on_a_cheek_looks_like_an_eye_and_the_others_stay(portrait, labels, models):
    new = rubbed(labels, "left eye", [(0.5, 0.62)], 0.13)
    after = MaskEdit(labels=new, original=labels).apply(portrait, models).image @ LUMA
    before, eye = portrait.image @ LUMA, labels == IDS["left eye"]
    assert np.abs(after - before)[eye].mean() < 3
    dab = (new == IDS["left eye"]) & ~eye
    assert np.ptp(np.percentile(after[dab], (5, 95))) > 0.5 * np.ptp(np.percentile(before[eye], (5, 95)))
    assert np.median(after[dab]) > 60                                         # not the black of a torn picture


def test_a_mouth_that_is_dabbed_open_keeps_both_lips_from_corner_to_corner(labels):
    shut = placed(labels, "lips", "full")
    dabbed = rubbed(shut, "mouth", [middle_of(shut, "upper lip", "lower lip")], 0.15)
    assert (mask_of(dabbed, LIPS)[mask_of(shut, LIPS)]).all()
    new = meant(shut, dabbed)
    inside = new == IDS["mouth"]
    columns = np.flatnonzero(inside.any(0))
    wide = np.ptp(np.flatnonzero(mask_of(new, LIPS).any(0)))
    assert np.ptp(columns) > 0.6 * wide                                       # an opening, and no hole
    for name in LIPS[:2]:
        assert ((new == IDS[name]).any(0)[columns[2:-2]]).all(), name


def test_a_dab_on_the_teeth_of_a_smile_opens_it_wider_and_makes_no_gap(labels):
    dabbed = rubbed(labels, "mouth", [middle_of(labels, "mouth")], 0.16)
    new = meant(labels, dabbed)
    tall = [(each == IDS["mouth"]).sum(0) for each in (labels, dabbed, new)]
    wide = [(each > 0.6 * each.max()).sum() / (each > 0).sum() for each in tall]
    assert tall[2].max() > tall[0].max() and wide[1] < 0.5 < 0.6 < wide[2]
    assert ((new == IDS["upper lip"]).any(0))[np.flatnonzero(tall[2])[2:-2]].all()


def test_a_speck_beside_a_mouth_opens_none(labels):
    shut = placed(labels, "lips", "full")
    across, down = middle_of(shut, "lower lip")
    speck = rubbed(shut, "mouth", [(across + 0.3, down)], 0.015)
    assert (speck != shut).any() and (meant(shut, speck) == speck).all()


def test_lips_of_a_thick_brush_are_fuller_and_run_out_in_the_corners(labels):
    shut = placed(labels, "lips", "full")
    painted = shut
    for name, down in (("upper lip", 0), ("lower lip", 0.03)):
        across, below = middle_of(shut, name)
        painted = rubbed(painted, name, [(across - 0.3, below + down), (across + 0.3, below + down)], 0.12)
    new = meant(shut, painted)
    tall = [mask_of(each, LIPS).sum(0) for each in (shut, painted, new)]
    ends = [each[each > 0][[2, 3, -4, -3]].mean() / each.max() for each in tall]
    assert ends[1] > 0.5 > 0.45 > ends[2] and mask_of(new, LIPS).sum() > 1.1 * mask_of(shut, LIPS).sum()


# --- faces without holes -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["background", "cloth", "neck", "hat"])
def test_a_face_has_no_holes(labels, name):
    painted = rubbed(labels, name, [(0.45, 0.7)], 0.12)
    assert (painted != labels).any() and (meant(labels, painted) == labels).all()


def test_a_jaw_that_is_cut_by_a_stroke_leaves_no_strip_of_skin_beyond_it(labels):
    painted = rubbed(labels, "background", [(-0.75, 0.75), (-0.7, 1.2), (-0.45, 1.65)], 0.1)
    new = meant(labels, painted)
    count, _, found, _ = cv2.connectedComponentsWithStats((new == IDS["skin"]).astype(np.uint8))
    assert (found[1:, cv2.CC_STAT_AREA] > 4).sum() == 1 and count >= 2
    assert not ((new == IDS["background"]) & (labels == IDS["neck"])).any()


@pytest.mark.parametrize("name", ["skin", "neck"])
def test_skin_on_clothes_is_a_neckline_that_begins_at_the_neck(labels, name):
    (middle, _, eyes), old = eye_line(labels), labels.copy()
    rows = np.indices(labels.shape)[0] - middle[1]
    old[(labels == IDS["neck"]) & (rows > 2.1 * eyes)] = IDS["cloth"]
    painted = rubbed(old, name, [(-0.2, 2.7), (0, 2.8), (0.2, 2.7)], 0.12)
    column = meant(old, painted)[:, round(middle[0])]
    neck = np.flatnonzero(column == IDS["neck"])
    assert np.ptp(neck) + 1 == len(neck) and (column[neck[0] - 1] == IDS["skin"]) and neck[-1] > middle[1] + 2.7 * eyes


def test_skin_below_a_chin_is_a_longer_chin_with_a_round_outline(portrait, labels, models):
    painted = rubbed(labels, "skin", [(-0.2, 1.75), (0, 1.85), (0.2, 1.75)], 0.14)
    new, (middle, _, eyes) = meant(labels, painted), eye_line(labels)
    column = round(middle[0])
    lowest = [np.flatnonzero(mask_of(each[:, column : column + 1], FACE)[:, 0])[-1] for each in (labels, painted, new)]
    assert lowest[0] + 0.1 * eyes < lowest[2] <= lowest[1] + 1
    outlines = [max(cv2.findContours(mask_of(each, FACE).astype(np.uint8), cv2.RETR_EXTERNAL,
                                     cv2.CHAIN_APPROX_NONE)[0], key=len) for each in (painted, new)]
    solid = [cv2.contourArea(each) / cv2.contourArea(cv2.convexHull(each)) for each in outlines]
    assert solid[1] > solid[0]
    after = MaskEdit(labels=painted, original=labels).apply(portrait, models).image @ LUMA
    chin = np.s_[lowest[0] - round(0.1 * eyes) : lowest[0] + round(0.1 * eyes), column - 3 : column + 4]
    assert np.ptp(after[chin].mean(1)) < 0.7 * np.ptp((portrait.image @ LUMA)[chin].mean(1))  # no old jaw across it


# --- things --------------------------------------------------------------------------------------------------------

def test_two_blobs_on_the_eyes_are_glasses_with_a_bridge(labels):
    blobs = [rubbed(labels, "eyeglasses", [(side, 0.03)], 0.3) for side in (-0.5, 0.5)]
    painted = np.where(blobs[0] != labels, *blobs)
    new = meant(labels, painted) == IDS["eyeglasses"]
    assert cv2.connectedComponents((painted == IDS["eyeglasses"]).astype(np.uint8))[0] == 3
    assert cv2.connectedComponents(new.astype(np.uint8))[0] == 2


def test_a_bar_before_both_eyes_is_two_lenses_and_leaves_the_nose_free(labels):
    painted = rubbed(labels, "eyeglasses", [(-0.75, 0.03), (0.75, 0.03)], 0.2)
    new, (middle, _, eyes) = meant(labels, painted) == IDS["eyeglasses"], eye_line(labels)
    tall = new.sum(0) / eyes
    assert tall[round(middle[0])] < 0.15 and min(tall[round(middle[0] + side * 0.5 * eyes)] for side in (-1, 1)) > 0.3


def test_glasses_over_glasses_and_a_blob_over_one_eye_stay_as_they_were_painted(labels):
    patch = rubbed(labels, "eyeglasses", [(0.5, 0.03)], 0.3)
    assert (meant(labels, patch) == patch).all()
    worn = placed(labels, "glasses", "soft")
    bar = rubbed(worn, "eyeglasses", [(-0.7, 0.03), (0.7, 0.03)], 0.2)
    assert (meant(worn, bar) == bar).all()


def test_a_blob_of_a_hat_covers_the_head_above_it(labels):
    painted = rubbed(labels, "hat", [(-0.6, -0.95), (0, -1.1), (0.6, -0.95)], 0.25)
    new, hat = meant(labels, painted), painted == IDS["hat"]
    assert (new[hat] == IDS["hat"]).all()
    columns = np.flatnonzero(hat.any(0))
    for column in columns[len(columns) // 4 : -len(columns) // 4]:
        top = np.flatnonzero(mask_of(new[:, column : column + 1], ("hair", "skin", "hat")))[0]
        assert new[top, column] == IDS["hat"]
