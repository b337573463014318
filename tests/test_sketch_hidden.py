"""Holes without lines: the face is found by what is around them, and eyes that nobody drew are eyes."""

import cv2
import numpy as np
import pytest
import torch

from checkpoints.data import TrainingFace
from checkpoints.hidden_mesh.train import Lesson, Recipe
from checkpoints.training import Plan
from editors.blend import without_hole
from editors.detail import Scene
from editors.faces import eye_distance, find_faces, mesh_of
from editors.images import open_photo
from editors.mesh_points import LEFT_BROW, LEFT_EYE, LIPS_OUTER, OVAL, RIGHT_BROW, RIGHT_EYE
from editors.networks.face_shape import Similarity
from editors.networks.hidden_mesh import SIDE, HiddenMesh, square_of
from editors.portrait import Portrait
from editors.sketch.eyes import undrawn
from editors.sketch.fill import blank_of
from editors.sketch.finer import skin_shown
from editors.sketch.found_face import place
from editors.sketch.paint import Drawing, positions
from editors.sketch.scale import KIND_OF, labels_at
from editors.sketch.step import SketchFill

from .sheets import head
from .tiny import CAT

LIDS = list(RIGHT_EYE + LEFT_EYE)


@pytest.fixture(scope="module")
def mesh(portrait, models):
    return mesh_of(portrait, models)[:468].astype(np.float64)


@pytest.fixture(scope="module")
def eyes(portrait, mesh):
    """A brush's stroke across both eyes, bool (H, W)."""
    ends = [tuple(int(v) for v in mesh[list(lids), :2].mean(0)) for lids in (RIGHT_EYE, LEFT_EYE)]
    wide = round(0.45 * eye_distance(mesh))
    return cv2.line(np.zeros(portrait.image.shape[:2], np.uint8), *ends, 1, wide) > 0


@pytest.fixture(scope="module")
def face(portrait, mesh):
    """A hole over all of the face, bool (H, W)."""
    hull = cv2.convexHull(np.round(mesh[list(OVAL), :2]).astype(np.int32))
    return cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8), hull, 1) > 0


def placed(image, hole, models, face=0):
    empty = np.zeros((*hole.shape, 4), np.uint8)
    return place(without_hole(image, hole), Drawing(hole, np.zeros(hole.shape, np.float32), empty), models, face)


def test_eyes_brushed_out_without_lines_are_looked_for_where_they_were(portrait, mesh, eyes, models):
    found = placed(portrait.image, eyes, models)
    off = (found - mesh)[LIDS, :2].mean(0) / eye_distance(mesh)
    assert np.hypot(*off) < 0.05


def test_a_brow_brushed_out_without_lines_is_looked_for_where_it_was(portrait, mesh, models):
    off = []
    for brow in (RIGHT_BROW, LEFT_BROW):
        hull = cv2.convexHull(np.round(mesh[list(brow), :2]).astype(np.int32))
        hole = cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8), hull, 1)
        found = placed(portrait.image, cv2.dilate(hole, np.ones((11, 11))) > 0, models)
        off += list(np.hypot(*(found - mesh)[list(brow), :2].T) / eye_distance(mesh))
    assert np.mean(off) < 0.015


def test_a_face_wholly_brushed_out_is_found_by_hair_and_neck(portrait, mesh, face, models):
    found = placed(portrait.image, face, models)
    off = (found - mesh)[:, :2].mean(0) / eye_distance(mesh)
    assert np.hypot(*off) < 0.15
    assert eye_distance(found) == pytest.approx(eye_distance(mesh), rel=0.2)


def test_a_face_brushed_out_with_a_round_brush_is_found(portrait, mesh, models):
    middle, wide = (mesh[4, :2] + mesh[LIDS, :2].mean(0) * 2) / 3, np.linalg.norm(mesh[33, :2] - mesh[263, :2])
    for aside, size in ((-0.1, 1.7), (0, 1.7), (0.1, 1.7), (0, 2.0)):
        hole = np.zeros(portrait.image.shape[:2], np.uint8)
        cv2.ellipse(hole, ((middle[0] + aside * wide, middle[1]), (size * wide, 1.3 * size * wide), 0.0), 1, -1)
        assert placed(portrait.image, hole > 0, models) is not None


@pytest.mark.parametrize("side", [1, -1])
def test_a_face_is_found_by_the_half_that_is_left_where_no_face_is_seen_in_that(side, models):
    """The mesh network takes what is left for no face; by hair and neck alone it lies a fifth of the eyes away."""
    picture = head()
    mesh = mesh_of(picture, models)[:468].astype(np.float64)
    wide = cv2.convexHull(np.round(mesh[list(OVAL), :2]).astype(np.int32))
    hole = cv2.fillConvexPoly(np.zeros(picture.image.shape[:2], np.uint8), wide, 1)
    hole = cv2.dilate(hole, np.ones((31, 31))) > 0
    beyond = np.arange(hole.shape[1]) - mesh[4, 0] + side * 0.3 * eye_distance(mesh)
    hole &= side * beyond > 0
    assert not find_faces(without_hole(picture.image, hole), models)
    found = placed(picture.image, hole, models)
    assert np.hypot(*(found - mesh)[:, :2].T).mean() < 0.16 * eye_distance(mesh)


def test_of_two_faces_the_chosen_one_is_meant_if_it_is_in_the_hole_and_else_the_one_that_is(portrait, models):
    head = portrait.image[:300, 90:350]
    smaller = cv2.copyMakeBorder(cv2.resize(head, (208, 240)), 60, 0, 0, 0, cv2.BORDER_REPLICATE)
    both, middles = np.hstack([head, smaller]), np.array([135, 260 + 108])
    holes = [cv2.line(np.zeros(both.shape[:2], np.uint8), *ends, 1, 24) > 0
             for ends in (((110, 155), (390, 185)), ((110, 155), (160, 155)), ((345, 185), (390, 185)))]
    for hole, meant in zip(holes, ((0, 1), (0, 0), (1, 1)), strict=True):
        for face in (0, 1):
            found = placed(both, hole, models, face)
            assert np.abs(found[:, 0].mean() - middles).argmin() == meant[face]


def test_no_face_is_imagined_where_nobody_is(models):
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8), (0, 0), 8)
    hole = cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 45, 1, -1) > 0
    assert placed(image, hole, models) is None


@pytest.mark.parametrize("place", [(220, 120, 140), (225, 150, 150), (215, 110, 135), (200, 140, 120)])
def test_no_human_face_is_imagined_on_a_cat(models, place):
    image = open_photo(CAT).pixels
    hole = cv2.circle(np.zeros(image.shape[:2], np.uint8), place[:2], place[2], 1, -1) > 0
    assert placed(image, hole, models) is None


def test_eyes_that_nobody_drew_have_irises_in_white(portrait, eyes, models):
    filled = SketchFill(hole=eyes.astype(np.uint8) * 255).apply(Portrait(portrait.image), models)
    grey = cv2.cvtColor(filled.image, cv2.COLOR_RGB2GRAY).astype(float)
    there = mesh_of(filled, models)
    for lids in (RIGHT_EYE, LEFT_EYE):
        points = np.round(there[list(lids), :2]).astype(np.int32)
        levels = np.percentile(grey[cv2.fillConvexPoly(np.zeros(grey.shape, np.uint8), points, 1) > 0], [5, 90])
        assert levels[1] - levels[0] > 55


def test_brows_that_nobody_drew_are_seen(portrait, mesh, models):
    hole = np.zeros(portrait.image.shape[:2], np.uint8)
    for part in (RIGHT_BROW, LEFT_BROW, LIDS):
        cv2.fillConvexPoly(hole, cv2.convexHull(np.round(mesh[list(part), :2]).astype(np.int32)), 255)
    filled = SketchFill(hole=cv2.dilate(hole, np.ones((11, 11)))).apply(Portrait(portrait.image), models)
    grey, there = cv2.cvtColor(filled.image, cv2.COLOR_RGB2GRAY).astype(float), mesh_of(filled, models)[:, :2]
    for brow, lids in ((RIGHT_BROW, RIGHT_EYE), (LEFT_BROW, LEFT_EYE)):
        area = cv2.convexHull(np.round(there[list(brow)]).astype(np.int32))
        dark = np.percentile(grey[cv2.fillConvexPoly(np.zeros(grey.shape, np.uint8), area, 1) > 0], 10)
        x, y = np.round((there[list(brow)].mean(0) + there[list(lids)].mean(0)) / 2).astype(int)
        assert grey[y - 2 : y + 3, x - 4 : x + 5].mean() - dark > 35


def test_lips_that_nobody_drew_meet_in_a_line(portrait, mesh, models):
    hole = cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8),
                              cv2.convexHull(np.round(mesh[list(LIPS_OUTER), :2]).astype(np.int32)), 255)
    filled = SketchFill(hole=cv2.dilate(hole, np.ones((15, 15)))).apply(Portrait(portrait.image), models)
    grey, there = cv2.cvtColor(filled.image, cv2.COLOR_RGB2GRAY).astype(float), mesh_of(filled, models)[:, :2]
    drops = []
    for upper, meeting in ((0, 13), (37, 82), (267, 312)):                       # down from the upper lip's border
        (x, y0), (_, y1) = np.round(there[[upper, meeting]]).astype(int)
        column = grey[y0 : y1 + 4, x - 1 : x + 2].mean(1)
        drops.append(column[: len(column) // 2].mean() - column[len(column) // 2 :].min())
    assert np.mean(drops) > 35


def test_lines_of_eyes_and_brows_are_only_added_where_both_are_hidden_and_nothing_is_drawn(models):
    frame = models.get("face_shape").frame
    everywhere, nothing = frame.inside, np.zeros(frame.inside.shape, np.float32)
    added = undrawn(frame, everywhere, nothing)
    columns = np.flatnonzero(added.any(0))
    middle = int(columns.mean())
    assert added[:, :middle].any() and added[:, middle:].any()
    half = everywhere & (np.arange(frame.size) < middle)
    assert not undrawn(frame, half, nothing).any()
    drawn = np.where(np.arange(frame.size) < middle, added, 0).astype(np.float32)
    rest = undrawn(frame, everywhere, drawn)
    assert not rest[:, :middle].any() and rest[:, middle:].any()


def test_what_is_around_a_hole_is_parsed_once_and_never_by_what_was_in_it(portrait, models):
    mesh = np.float64(mesh_of(portrait, models)[:468])
    hole = np.zeros(portrait.image.shape[:2], bool)
    hole[60:140, 180:260] = True
    told = labels_at(without_hole(portrait.image, hole), mesh, models)
    assert (blank_of(portrait, hole, models).labels(mesh) == told).all()
    assert (blank_of(portrait, hole, None).labels(mesh) == told).all()                    # without a model to look with
    other = Portrait(np.where(hole[..., None], 255, portrait.image).astype(np.uint8))
    assert (blank_of(other, hole, models).labels(mesh) == told).all()


def test_skin_takes_its_detail_from_around_only_where_there_is_skin_enough(portrait, mesh, eyes, face, models):
    kinds = KIND_OF[labels_at(portrait.image, mesh, models)]
    assert skin_shown(Scene(eyes, 1.0, kinds)) == 1
    wide = cv2.dilate(face.astype(np.uint8), np.ones((25, 25))) > 0
    assert skin_shown(Scene(wide, 1.0, kinds)) < 0.3


def test_no_single_pixel_of_a_face_is_taken_from_far_beside_its_neighbours(portrait, face, models):
    found = placed(portrait.image, face, models)
    x0, y0, width, height = cv2.boundingRect(face.astype(np.uint8))
    window = x0 - 30, y0 - 30, x0 + width + 30, y0 + height + 30
    where = positions(found, models.get("face_shape").frame, window)
    around = np.dstack([cv2.medianBlur(np.ascontiguousarray(where[..., axis]), 3) for axis in (0, 1)])
    inside = face[window[1] : window[3], window[0] : window[2]]
    assert np.hypot(*(where - around)[inside].T).max() < 12


# --- the network ---------------------------------------------------------------------------------------------------

def test_what_is_under_a_hole_is_not_in_the_square(portrait, mesh, eyes, models):
    shape, other = models.get("face_shape"), portrait.image.copy()
    other[eyes] = 7
    start = shape.similarity(mesh)
    squares = [square_of(image, eyes, start, shape) for image in (portrait.image, other)]
    assert (squares[0] == squares[1]).all() and squares[0][3].any()


def test_the_square_shows_a_face_alike_at_any_size(portrait, mesh, models):
    shape, whole = models.get("face_shape"), np.zeros(portrait.image.shape[:2], bool)
    small = cv2.resize(portrait.image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    halved = np.column_stack([(mesh[:, :2] + 0.5) / 2 - 0.5, mesh[:, 2] / 2])
    one = square_of(portrait.image, whole, shape.similarity(mesh), shape)
    two = square_of(small, whole[::2, ::2], shape.similarity(halved), shape)
    assert np.abs(one - two)[:3].mean() < 0.02


def test_a_network_that_has_learned_nothing_leaves_the_square_where_it_is(portrait, mesh, eyes, models):
    shape, start = models.get("face_shape"), Similarity(0.02 + 0.001j, 1 - 2j)
    network = HiddenMesh(8, 4).eval()
    torch.nn.init.zeros_(network.say.weight)
    place, found = network.find(portrait.image, eyes, start, shape)
    assert place == start
    assert np.abs(start.to_model(found) - shape.mean_mesh).max() < 1e-6


def test_what_is_learned_brings_the_points_nearer(portrait, mesh, models):
    torch.manual_seed(0)
    small = cv2.resize(portrait.image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    points = np.column_stack([(mesh[:, :2] + 0.5) / 4 - 0.5, mesh[:, 2] / 4])
    plan = Plan(batch=16)
    lesson = Lesson([TrainingFace(1, False, small, points)], models.get("face_shape"), Recipe(width=8), plan)
    training = lesson.begin()
    distances = [float(lesson.step(training, plan)["distance"].detach()) for _ in range(30)]
    assert np.mean(distances[-5:]) < 0.8 * np.mean(distances[:5])
    assert lesson.example(np.random.default_rng(0))[0].shape == (4, SIDE, SIDE)
