"""Lines from a photograph: five detectors, one slider each; the edge detector is the published one."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from editors.errors import SettingError
from editors.faces import find_faces, mesh_of
from editors.images import open_photo
from editors.labels import IDS
from editors.mesh_points import CHIN
from editors.models import Models
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.sketch.hair import hair_of
from editors.sketch.lines import DETECTORS, lines_of
from editors.sketch.scale import Blank

from .tiny import ASTRONAUT

STORED = Path(__file__).parent / "stored" / "hed.npz"


@pytest.fixture(scope="module")
def astronaut():
    return np.ascontiguousarray(open_photo(ASTRONAUT).pixels[20:276, 100:356])


def test_the_edge_detector_is_the_published_one(models):
    stored = np.load(STORED)
    with torch.inference_mode():
        edges = models.get("hed")(torch.tensor(stored["picture"]).permute(2, 0, 1)[None].float())[0, 0].numpy()
    assert np.abs(edges - stored["edges"]).max() < 2e-3 and np.ptp(stored["edges"]) > 0.9


@pytest.mark.parametrize("method", DETECTORS)
def test_more_detail_is_more_lines(method, astronaut, models):
    drawn = [lines_of(astronaut, method, detail, models).mean() for detail in (0.0, 0.5, 1.0)]
    assert 0 < drawn[0] < drawn[1] < drawn[2] < 128


def test_the_edge_detector_looks_once_at_a_picture_however_much_detail_is_wanted(astronaut):
    loader, seen = Models(), []
    loader.get("hed").register_forward_hook(lambda *_: seen.append(1))
    lines = [lines_of(astronaut.copy(), "hed", detail, loader) for detail in (0.2, 0.8, 0.2)]
    assert len(seen) == 1 and (lines[0] == lines[2]).all() and (lines[0] != lines[1]).any()
    lines_of(255 - astronaut, "hed", 0.2, loader)
    assert len(seen) == 2


@pytest.mark.parametrize("method", DETECTORS)
def test_lines_lie_where_a_shape_ends_and_nowhere_else(method, models):
    picture = np.full((96, 128, 3), 200, np.uint8)
    cv2.circle(picture, (64, 48), 28, (40, 60, 70), -1, cv2.LINE_AA)
    lines = lines_of(picture, method, 0.5, models)
    rows, columns = np.indices(lines.shape)
    away = np.abs(np.hypot(columns - 64, rows - 48) - 28)
    assert lines[away < 2].mean() > 30 and lines[(away > 10) & (rows > 8) & (rows < 88)].mean() < 3


@pytest.mark.parametrize("method", [name for name in DETECTORS if name != "hed"])
def test_a_larger_photograph_gives_the_same_drawing_at_its_own_size(method, astronaut, models):
    large = cv2.resize(astronaut, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    lines = lines_of(large, method, 0.5, models)
    assert lines.shape == large.shape[:2] and lines.dtype == np.uint8
    small = cv2.resize(lines, (64, 64), interpolation=cv2.INTER_AREA).astype(float)
    same = cv2.resize(lines_of(astronaut, method, 0.5, models), (64, 64), interpolation=cv2.INTER_AREA).astype(float)
    assert np.corrcoef(small.ravel(), same.ravel())[0, 1] > 0.6


@pytest.mark.parametrize("method", [name for name in DETECTORS if name != "hed"])
def test_a_face_that_is_small_in_a_photograph_is_drawn_as_finely_as_by_itself(method, astronaut, models):
    group = np.full((1000, 1400, 3), 150, np.uint8)
    group[300:556, 200:456] = astronaut
    faces = find_faces(group, models)
    alone = lines_of(astronaut, method, 0.5, models)[70:190, 60:200].astype(float)
    close, coarse = (lines_of(group, method, 0.5, models, given)[370:490, 260:400].astype(float)
                     for given in (faces, ()))
    assert np.corrcoef(close.ravel(), alone.ravel())[0, 1] > 0.7 > np.corrcoef(coarse.ravel(), alone.ravel())[0, 1]
    outside = lines_of(group, method, 0.5, models, faces)[:, 700:]
    assert (outside == lines_of(group, method, 0.5, models)[:, 700:]).all()


def test_an_unknown_detector_is_refused_by_name(astronaut, models):
    with pytest.raises(SettingError, match="method is 'pencil'; it can be hed, canny"):
        lines_of(astronaut, "pencil", 0.5, models)


def test_lines_of_a_whole_photograph_are_hair_on_its_head_alone(models):
    """They hang together, from a head over clothes to what stands behind: hair would cover all of it."""
    portrait = Portrait(open_photo(ASTRONAUT).pixels)
    mesh, lines = mesh_of(portrait, models), lines_of(portrait.image, "hed", 0.5, models)
    hole = cv2.dilate((lines > 0).astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    hair = hair_of(Blank(portrait.image, lambda _: labels_of(portrait, models)), lines / np.float32(255), hole, mesh)
    assert hair is None or not hair.area[int(mesh[CHIN, 1]):].any()


def test_around_the_lines_of_a_portrait_hair_grows_only_beside_hair_that_is_seen(models):
    portrait = Portrait(np.ascontiguousarray(open_photo(ASTRONAUT).pixels[:300, 90:350]))
    mesh, lines = mesh_of(portrait, models), lines_of(portrait.image, "hed", 0.5, models)
    hole, labels = cv2.dilate((lines > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0, labels_of(portrait, models)
    hair = hair_of(Blank(portrait.image, lambda _: labels), lines / np.float32(255), hole, mesh)
    own = cv2.dilate((labels == IDS["hair"]).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (hair.area & ~own).sum() < 0.05 * hair.area.sum() and not hair.area[int(mesh[CHIN, 1]):].any()
