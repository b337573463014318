"""The Masks editor keeps its promises: what was not painted stays, what was painted appears, styles go where asked."""

import cv2
import numpy as np
import pytest

from checkpoints.label_painter.edits import EDITS, bald, brows_raised, eye_line, fringe, glasses, hair_grown
from editors import surfaces
from editors.colours import rgb_to_lab
from editors.errors import EditError, FaceError, ImageError, SettingError
from editors.labels import IDS
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.scene import Samples, Scene
from editors.semantic.imagine import fit_mesh, imagine
from editors.semantic.movement import Site, mask_of, movement
from editors.semantic.orders import ORDERS, doubted, from_colours, to_ours
from editors.semantic.repaint import repaint
from editors.semantic.shapes import placed
from editors.semantic.step import BLENDS, MaskEdit

from .tiny import ASTRONAUT, CAT


@pytest.fixture(scope="module")
def portrait():
    return Portrait(np.ascontiguousarray(Portrait.open(ASTRONAUT).image[:300, 90:350]))


@pytest.fixture(scope="module")
def labels(portrait, models):
    return labels_of(portrait, models)


def lab_of(image, labels, *names):
    return rgb_to_lab(image[mask_of(labels, names)]).mean(0)


# --- what was not painted ------------------------------------------------------------------------------------------

def test_unchanged_labels_give_the_photograph_itself(portrait, labels, models):
    assert MaskEdit(labels=labels).apply(portrait, models) is portrait
    assert MaskEdit(labels=labels, seed=7, feather=0.6).apply(portrait, models) is portrait


@pytest.mark.parametrize("name", EDITS)
def test_pixels_beyond_the_feather_are_the_photographs_own(portrait, labels, models, name):
    new = EDITS[name][0](labels)
    step = MaskEdit(labels=new, feather=0.15)
    after = step.apply(portrait, models).image
    away = cv2.distanceTransform((labels == new).astype(np.uint8), cv2.DIST_L2, 5)
    far = away > 0.15 * eye_line(labels)[2] * 1.02 + 1
    assert far.any() and (after[far] == portrait.image[far]).all() and (after != portrait.image).any()


@pytest.mark.parametrize("blend", BLENDS[1:])
def test_a_change_is_joined_as_was_chosen_and_ends_at_the_feather(portrait, labels, models, blend):
    new = fringe(labels)
    plain, after = (MaskEdit(labels=new, blend=way).apply(portrait, models).image.astype(int)
                    for way in ("feather", blend))
    away = cv2.distanceTransform((labels == new).astype(np.uint8), cv2.DIST_L2, 5) / eye_line(labels)[2]
    assert (after[away > 0.27] == portrait.image[away > 0.27]).all()
    apart = np.abs(after - plain)
    assert apart.max() > 4 and apart.mean() < 1                        # another join of the same change


def test_labels_painted_over_older_ones_change_only_what_was_painted(portrait, labels, models):
    older = np.roll(labels, 3, axis=1)
    assert MaskEdit(labels=older, original=older).apply(portrait, models) is portrait
    painted = older.copy()
    painted[:30, :30] = IDS["hair"]
    after = MaskEdit(labels=painted, original=older).apply(portrait, models).image
    assert (after[60:] == portrait.image[60:]).all() and (after != portrait.image).any()


def test_a_seed_changes_what_is_new_and_the_same_seed_repeats_it(portrait, labels, models):
    a, b, c = (MaskEdit(labels=bald(labels), seed=seed).apply(portrait, models).image for seed in (1, 1, 2))
    assert (a == b).all() and (a != c).any()


# --- what was painted ----------------------------------------------------------------------------------------------

def test_movement_follows_a_part_and_ends_at_the_reach():
    old = np.full((80, 80), IDS["skin"], np.uint8)
    old[36:44, 30:50] = IDS["nose"]
    new = np.full_like(old, IDS["skin"])
    new[31:39, 30:50] = IDS["nose"]
    shift = movement(Site(np.zeros((80, 80, 3), np.uint8), old, new, 40.0, 12.0))
    assert shift.shape == (80, 80, 2) and abs(shift[35, 40, 1] - 5) < 0.7 and abs(shift[35, 40, 0]) < 0.3
    away = cv2.distanceTransform((old == new).astype(np.uint8), cv2.DIST_L2, 5)
    assert not shift[away > 13.5].any()


def test_brows_that_were_painted_higher_are_higher(portrait, labels, models):
    painted = brows_raised(labels)
    after = MaskEdit(labels=painted).apply(portrait, models)
    brow, new = (each == IDS["right brow"] for each in (labels, painted))               # the fringe hides the other
    columns = np.nonzero(brow.any(0) & new.any(0))[0][4:-4]
    top, end = np.nonzero(new.any(1))[0][0], np.nonzero(brow.any(1))[0][-1] + 2
    rows = [picture[top:end, columns].mean(2).argmin(0) for picture in (portrait.image, after.image)]     # of the brow
    asked = np.median(np.nonzero(brow)[0]) - np.median(np.nonzero(new)[0])
    assert 0.05 * eye_line(labels)[2] < asked and 0.6 * asked < np.median(rows[0] - rows[1]) < 1.4 * asked


@pytest.mark.parametrize("paint, names, least", [(hair_grown, ("hair",), 0.9), (fringe, ("hair",), 0.85),
                                                 (bald, ("skin",), 0.8)], ids=["grown", "fringe", "bald"])
def test_what_was_painted_is_what_is_parsed(portrait, labels, models, paint, names, least):
    new = paint(labels)
    found = labels_of(MaskEdit(labels=new).apply(portrait, models), models)
    a, b = mask_of(found, names), mask_of(new, names)
    assert (a & b).sum() / (a | b).sum() > least


def test_glasses_have_a_dark_frame_and_the_eyes_are_seen_through_them(portrait, labels, models):
    new = glasses(labels)
    after = MaskEdit(labels=new).apply(portrait, models).image
    where = mask_of(new, ("eyeglasses",))
    darker = portrait.image.astype(int).sum(2) - after.astype(int).sum(2)
    assert (darker[where] > 150).mean() > 0.15
    eyes = cv2.erode(mask_of(new, ("left eye", "right eye")).astype(np.uint8), np.ones((3, 3))) > 0
    assert np.abs(after[eyes].astype(int) - portrait.image[eyes]).mean() < 25


def test_glasses_put_on_move_nothing_behind_them(portrait, labels, models):
    new = placed(labels, "glasses", "soft")
    after = MaskEdit(labels=new).apply(portrait, models).image
    eyes = cv2.erode(mask_of(new, ("left eye", "right eye")).astype(np.uint8), np.ones((3, 3))) > 0
    before, behind = (image[eyes].astype(float).sum(1) for image in (portrait.image, after))
    assert np.corrcoef(before, behind)[0, 1] > 0.97 and (behind / before).min() > 0.75


def test_a_mouth_painted_shut_has_the_photographs_own_lips(portrait, labels, models):
    new = placed(labels, "lips", "full")
    assert not (new == IDS["mouth"]).any() and (labels == IDS["mouth"]).any()
    after = MaskEdit(labels=new).apply(portrait, models).image
    lips = cv2.erode(mask_of(new, ("lower lip",)).astype(np.uint8), np.ones((3, 3))) > 0
    own = lab_of(portrait.image, labels, "lower lip")
    assert np.linalg.norm(rgb_to_lab(after[lips]).mean(0) - own) < 8


def test_a_mouth_painted_wide_open_keeps_its_teeth_as_long_as_they_were_and_is_dark_below(portrait, labels, models):
    inside, new = labels == IDS["mouth"], labels.copy()
    deep = int(inside.sum(0).max())
    for drop in range(3 * deep + 1):
        new[drop:][labels[: len(labels) - drop] == IDS["lower lip"]] = IDS["lower lip"]
        new[drop:][inside[: len(labels) - drop]] = IDS["mouth"]
    after = MaskEdit(labels=new).apply(portrait, models).image
    column = int(np.median(np.nonzero(inside)[1]))
    top = int(np.nonzero(inside[:, column])[0][0])

    def light(image, first, last):
        return image[top + round(first * deep) : top + round(last * deep), column - 4 : column + 5].mean()

    teeth = light(portrait.image, 0.2, 0.6)
    assert abs(light(after, 0.2, 0.6) - teeth) < 0.1 * teeth and light(after, 1.8, 3.0) < 0.6 * teeth


def test_a_neck_that_comes_to_light_beside_hair_is_no_darker_for_strands_that_were_called_so():
    old = np.full((120, 120), IDS["skin"], np.uint8)
    old[60:, :40], old[60:, 40:80], old[60:, 80:] = IDS["hair"], IDS["neck"], IDS["background"]
    image = np.full((120, 120, 3), 170, np.float32)
    image[60:, :44] = 30
    new = np.where((old == IDS["hair"]) & (np.indices(old.shape)[1] >= 24), IDS["neck"], old).astype(np.uint8)
    scene = Scene(image.copy(), new, old != new, image, 40.0, np.random.default_rng(0), own=Samples(image, old, 40.0))
    surfaces.neck(scene, old != new)
    assert scene.image[66:114, 27:76].min() > 120


def test_a_wall_of_which_next_to_nothing_is_plain_is_not_black_behind_what_goes(monkeypatch):
    monkeypatch.setattr(surfaces, "PLAIN", 0.0)                                  # as if nothing were
    image = np.random.default_rng(0).normal(190, 1, (100, 100, 3)).astype(np.float32)
    old = np.full((100, 100), IDS["background"], np.uint8)
    old[30:70, 30:70] = IDS["hair"]
    new = np.full_like(old, IDS["background"])
    scene = Scene(image.copy(), new, old != new, image, 40.0, np.random.default_rng(0), own=Samples(image, old, 40.0))
    surfaces.ground(scene, old != new)
    assert scene.image[30:70, 30:70].min() > 150


def test_behind_hair_that_goes_the_things_on_a_wall_go_on():
    x = np.broadcast_to(np.arange(160), (160, 160))
    wall = np.repeat(np.where(x % 32 < 8, 60, 180).astype(np.float32)[..., None], 3, 2)
    old = np.full((160, 160), IDS["background"], np.uint8)
    old[50:110, 60:110] = IDS["hair"]
    new, image = np.full_like(old, IDS["background"]), wall.copy()
    image[old != new] = 25
    scene = Scene(image.copy(), new, old != new, image, 40.0, np.random.default_rng(0), own=Samples(image, old, 40.0))
    surfaces.ground(scene, old != new)
    assert np.abs(scene.image - wall)[50:110, 60:110].mean() < 10


def test_behind_hair_that_goes_a_wall_with_letters_on_it_is_plain(portrait, labels, models):
    """Letters made it a texture, of which scraps were laid beside the head."""
    wall = np.random.default_rng(0).normal(190, 1.5, portrait.image.shape)
    rows, columns = np.indices(labels.shape)
    wall[(rows % 60 < 14) & (columns % 40 < 12)] = 20
    behind = cv2.GaussianBlur(np.float32(labels == IDS["background"]), (0, 0), 1)[..., None]
    image = np.round(portrait.image + behind * (wall - portrait.image)).clip(0, 255).astype(np.uint8)
    before = Portrait(image)
    labels = labels_of(before, models)
    new = bald(labels)
    after = MaskEdit(labels=new).apply(before, models).image
    bared = cv2.erode(np.uint8((labels == IDS["hair"]) & (new == IDS["background"])), np.ones((7, 7))) > 0
    assert bared.sum() > 500 and np.abs(after[bared].mean(1) - 190).max() < 25


def test_a_bald_head_is_as_light_as_its_face_and_has_ears_with_a_dark_hollow(portrait, labels, models):
    painted = bald(labels)
    after = rgb_to_lab(MaskEdit(labels=painted).apply(portrait, models).image)[..., 0]
    skull = mask_of(labels, ("hair",)) & mask_of(painted, ("skin",))
    inner = cv2.erode(skull.astype(np.uint8), np.ones((9, 9))) > 0
    face = mask_of(labels, ("skin",)) & mask_of(painted, ("skin",))
    assert abs(np.median(after[inner]) - np.median(after[face])) < 6
    for name in ("left ear", "right ear"):
        ear = after[cv2.erode((painted == IDS[name]).astype(np.uint8), np.ones((3, 3))) > 0]
        assert np.percentile(ear, 95) - np.percentile(ear, 5) > 15, name


def test_clothes_that_no_picture_shows_have_a_collar_around_the_neck(labels, models):
    drawn = rgb_to_lab(imagine(labels, 1, models))[..., 0]
    away = cv2.distanceTransform((~mask_of(labels, ("neck", "skin"))).astype(np.uint8), cv2.DIST_L2, 5)
    away, cloth = away / eye_line(labels)[2], labels == IDS["cloth"]
    hem, beside = cloth & (np.abs(away - 0.13) < 0.03), cloth & (away > 0.3) & (away < 0.5)
    assert drawn[hem].mean() < drawn[beside].mean() - 0.5


def test_single_hairs_around_hair_that_goes_go_too(portrait, labels):
    image, eyes = portrait.image.copy(), eye_line(labels)[2]
    away = cv2.distanceTransform((labels != IDS["hair"]).astype(np.uint8), cv2.DIST_L2, 5) / eyes
    ring = (labels == IDS["background"]) & (away > 0.08) & (away < 0.12) & (np.indices(labels.shape)[0] < 90)
    image[ring] = 20
    after = repaint(image, labels, bald(labels), eyes, 0.25, 0)
    assert ring.sum() > 50 and after[ring].mean() > 120


def test_a_brow_that_moved_leaves_bare_skin_and_keeps_its_own_hairs(portrait, labels, models):
    new = brows_raised(labels)
    after = MaskEdit(labels=new).apply(portrait, models).image
    brows = ("right brow",)                                        # the fringe hides a part of the other
    left = mask_of(labels, brows) & mask_of(new, ("skin",))
    beside = cv2.dilate(left.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    beside &= mask_of(new, ("skin",)) & mask_of(labels, ("skin",))
    bare, skin = rgb_to_lab(after[left]), rgb_to_lab(portrait.image[beside])
    assert np.linalg.norm(bare.mean(0) - skin.mean(0)) < 5
    assert bare[:, 0].std() < rgb_to_lab(portrait.image[left])[:, 0].std()
    own, moved = (rgb_to_lab(image[mask_of(where, brows)])[:, 0] for image, where in (
        (portrait.image, labels), (after, new)))
    assert abs(np.percentile(own, 10) - np.percentile(moved, 10)) < 6


@pytest.mark.parametrize("shape", ["flowing", "long", "shoulder"])
def test_new_hair_is_coloured_as_the_photographs_own(portrait, labels, models, shape):
    new = placed(labels, "hair", shape)
    after = MaskEdit(labels=new).apply(portrait, models).image
    anew = mask_of(new, ("hair",)) & ~mask_of(labels, ("hair",))
    own = lab_of(portrait.image, labels, "hair")
    assert np.linalg.norm(rgb_to_lab(after[anew]).mean(0) - own) < 15


@pytest.mark.parametrize("name", ["hat", "earring", "necklace", "mouth", "left eye", "right brow", "cloth", "neck"])
def test_every_label_can_be_painted_anywhere(portrait, labels, models, name):
    new = labels.copy()
    cv2.ellipse(new, (130, 60), (30, 14), 0, 0, 360, IDS[name], -1)
    after = MaskEdit(labels=new).apply(portrait, models).image
    assert (after[60, 130] != portrait.image[60, 130]).any()


# --- styles --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("strength, low, high", [(1.0, 0.85, 1.05), (0.5, 0.4, 0.6), (0.0, 0, 0)])
def test_a_colour_moves_its_region_as_far_as_asked_and_nothing_else(portrait, labels, models, strength, low, high):
    step = MaskEdit(labels=labels, colours={"hair": "#7a2018"}, strength=strength)
    after = step.apply(portrait, models).image
    wanted, had = rgb_to_lab(np.array([0x7A, 0x20, 0x18])), lab_of(portrait.image, labels, "hair")
    share = np.linalg.norm(lab_of(after, labels, "hair") - had) / np.linalg.norm(wanted - had)
    assert low <= share <= high
    for name in ("skin", "background", "cloth", "neck"):
        assert np.linalg.norm(lab_of(after, labels, name) - lab_of(portrait.image, labels, name)) < 2, name


def test_hair_takes_the_colour_of_a_second_photograph(portrait, labels, models):
    dark = portrait.image.copy()
    hair = mask_of(labels, ("hair",))
    dark[hair] = dark[hair] // 3
    other = Portrait(dark)
    after = MaskEdit(labels=labels, reference=dark, regions=("hair",)).apply(portrait, models).image
    wanted, had, has = (lab_of(image, labels_of(each, models), "hair")
                        for image, each in ((dark, other), (portrait.image, portrait), (after, portrait)))
    assert np.linalg.norm(wanted - has) < 0.3 * np.linalg.norm(wanted - had)


def test_sampled_colours_differ_from_seed_to_seed(portrait, labels, models):
    a, b = (MaskEdit(labels=labels, sampled=True, regions=("hair",), seed=seed).apply(portrait, models).image
            for seed in (1, 2))
    assert np.linalg.norm(lab_of(a, labels, "hair") - lab_of(b, labels, "hair")) > 3


# --- labels alone --------------------------------------------------------------------------------------------------

def test_labels_alone_give_a_face_that_agrees_and_another_one_for_each_seed(labels, models):
    large = cv2.resize(labels, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_NEAREST)
    faces = [imagine(large, seed, models) for seed in (0, 1)]
    for face in faces:
        assert face.shape == (*large.shape, 3) and (labels_of(Portrait(face), models) == large).mean() > 0.85
    assert np.abs(faces[0].astype(int) - faces[1]).mean() > 8


def test_the_mesh_is_found_again_from_labels(portrait, labels, models):
    from editors.faces import mesh_of

    found, mesh = fit_mesh(labels, models.get("face_shape")), mesh_of(portrait, models)[:468]
    assert np.linalg.norm(found[:, :2] - mesh[:, :2], axis=1).mean() < 0.12 * eye_line(labels)[2]


def test_a_mesh_from_labels_opens_its_lips_as_far_as_they_were_painted(labels, models):
    shut, (_, _, eyes) = np.where(labels == IDS["mouth"], IDS["upper lip"], labels), eye_line(labels)
    opened, closed = ((mesh[14, 1] - mesh[13, 1]) / eyes for mesh in (
        fit_mesh(each, models.get("face_shape")) for each in (labels, shut)))
    assert opened > 0.1 and abs(closed) < 0.04, (opened, closed)


# --- bad input -----------------------------------------------------------------------------------------------------

def test_bad_labels_are_refused_by_name(portrait, labels, models):
    with pytest.raises(SettingError, match="labels holds 19; labels are 0"):
        MaskEdit(labels=np.where(labels == 1, 19, labels).astype(np.uint8))
    with pytest.raises(SettingError, match="nothing but hair"):
        MaskEdit(labels=np.full_like(labels, 13))
    with pytest.raises(SettingError, match="one label a pixel"):
        MaskEdit(labels=np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(SettingError, match="no region called 'wings'"):
        MaskEdit(labels=labels, regions=("wings",))
    with pytest.raises(SettingError, match="six hexadecimal"):
        MaskEdit(labels=labels, colours={"hair": "brown"})
    with pytest.raises(ImageError, match="260 x 300, labels 260 x 299"):
        MaskEdit(labels=labels[1:]).apply(portrait, models)
    with pytest.raises(FaceError, match="No face"):
        cat = Portrait.open(CAT)
        MaskEdit(labels=np.eye(*cat.image.shape[:2], dtype=np.uint8)).apply(cat, models)
    with pytest.raises(FaceError, match="reference"):
        MaskEdit(labels=labels, reference=Portrait.open(CAT).image).apply(portrait, models)
    with pytest.raises(FaceError, match="no left eye and no upper lip"):
        imagine(np.where(mask_of(labels, ("left eye", "upper lip", "lower lip", "mouth")), 1, labels), 0, models)


@pytest.mark.parametrize("name", ORDERS)
def test_other_orders_are_mapped_by_name_and_recognised(labels, name):
    number = {label: i for i, names in enumerate(ORDERS[name]) for label in names}
    theirs = np.array([number[label] for label in IDS], np.uint8)[labels]
    back = to_ours(theirs, name, labels)
    assert (back == labels).mean() > 0.999
    assert doubted(theirs, labels) == (None if name == "celebamask" else name)
    alone = to_ours(theirs, name)
    for side in ("left eye", "right eye"):
        assert (mask_of(alone, (side,)) & mask_of(labels, (side,))).sum() > 0.9 * mask_of(labels, (side,)).sum()


def test_an_order_refuses_what_it_does_not_count(labels):
    with pytest.raises(EditError, match="counts from 0 to 8"):
        to_ours(labels, "maskfacegan")
    with pytest.raises(EditError, match="celebamask, bisenet"):
        to_ours(labels, "alphabetical")


def test_palette_colours_become_labels_and_others_are_refused(labels):
    from editors.labels import coloured

    assert (from_colours(coloured(labels)) == labels).all()
    with pytest.raises(ImageError, match="#010203"):
        from_colours(np.full((4, 4, 3), (1, 2, 3), np.uint8))
