"""Repainting a hole: what was under it plays no part, lines and colours are followed, seeds differ and repeat."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from editors.__main__ import main
from editors.blend import without_hole
from editors.colours import rgb_to_lab
from editors.errors import ImageError
from editors.faces import eye_distance, mesh_of
from editors.images import open_photo, save_mask, save_photo
from editors.labels import IDS
from editors.likely import filled, likely_face, trust_of
from editors.mesh_points import LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_EYE
from editors.networks.sketch_painter import SIZE, Sketch
from editors.parsing import labels_of
from editors.portrait import Portrait
from editors.sketch.beyond import going_on
from editors.sketch.doodle import mesh_by_lines
from editors.sketch.fill import canvas
from editors.sketch.found_face import place
from editors.sketch.glasses import drawn_glasses
from editors.sketch.paint import Drawing, in_colours_of
from editors.sketch.place import complete_mesh, thin, trust_in
from editors.sketch.step import BLENDS, SketchFill
from editors.sketch.surroundings import flow, match_grain, slope_across

from .sheets import head
from .tiny import ASTRONAUT, CAT


@pytest.fixture(scope="module")
def portrait():
    return head()


@pytest.fixture(scope="module")
def mouth(portrait, models):
    """A hole over the mouth, uint8 (H, W)."""
    points = mesh_of(portrait, models)[list(LIPS_OUTER), :2]
    around = cv2.convexHull(np.round(points).astype(np.int32))
    hole = cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8), around, 255)
    return cv2.dilate(hole, np.ones((15, 15), np.uint8))


@pytest.fixture(scope="module")
def smile(mouth):
    """One line across the hole, uint8 (H, W)."""
    rows, columns = np.nonzero(mouth)
    lines = np.zeros_like(mouth)
    middle = (int(columns.mean()), int(rows.mean()) - 3)
    cv2.ellipse(lines, middle, (int(np.ptp(columns) * 0.33), 6), 0, 0, 180, 255, 2, cv2.LINE_AA)
    return lines


@pytest.fixture(scope="module")
def filled_mouth(portrait, mouth, smile, models):
    """The portrait with that line across a filled hole."""
    return fill(portrait, models, hole=mouth, lines=smile)


def fill(portrait, models, **settings):
    return SketchFill(**settings).apply(Portrait(portrait.image), models).image


def fill_more(portrait, models, **settings):
    """As `fill`, with what was found for the filling before."""
    return SketchFill(**settings).apply(portrait, models).image


def test_what_is_under_the_hole_plays_no_part(portrait, mouth, smile, filled_mouth, models):
    other = portrait.image.copy()
    other[mouth > 0] = np.random.default_rng(0).integers(0, 256, (int((mouth > 0).sum()), 3))
    assert (filled_mouth == SketchFill(hole=mouth, lines=smile).apply(Portrait(other), models).image).all()
    assert (filled_mouth[mouth == 0] == portrait.image[mouth == 0]).all()
    assert (filled_mouth[mouth > 0] != other[mouth > 0]).any()


def test_seeds_differ_visibly_and_repeat(portrait, mouth, smile, models):
    fillings = [fill_more(portrait, models, hole=mouth, lines=smile, seed=seed) for seed in (0, 1, 2)]
    assert (fillings[1] == fill(portrait, models, hole=mouth, lines=smile, seed=1)).all()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        apart = fillings[one].astype(int) - fillings[other]
        assert np.abs(apart[mouth > 0]).mean() > 3 and not apart[mouth == 0].any()


def test_variants_lie_nearer_to_their_seed_than_other_seeds_do(portrait, mouth, smile, models):
    asked = ({"seed": 3}, {"seed": 3, "variant": 1}, {"seed": 3, "variant": 2}, {"seed": 4})
    chosen, *variants, other = (
        fill_more(portrait, models, hole=mouth, lines=smile, grain=0.0, **each)[mouth > 0].astype(int) for each in asked
    )
    near = [np.abs(variant - chosen).mean() for variant in variants]
    assert min(near) > 1 and max(near) < 0.7 * np.abs(other - chosen).mean()


def edges_along(image, lines):
    """Share of line pixels that have an edge of the picture in the line's direction within two pixels."""
    steep = slope_across(image, lines / np.float32(255)) > 4
    return float((cv2.dilate(steep.astype(np.uint8), np.ones((5, 5))) > 0)[lines > 127].mean())


def test_lines_are_followed_even_where_no_face_has_any(portrait, models):
    brow = tuple(int(v) for v in np.round(mesh_of(portrait, models)[9, :2]))
    hole = cv2.circle(np.zeros(portrait.image.shape[:2], np.uint8), brow, 16, 255, -1)
    ends = [(brow[0] + way * 4, brow[1] + way * 9) for way in (-1, 1)]
    lines = cv2.line(np.zeros_like(hole), *ends, 255, 2, cv2.LINE_AA)
    drawn, plain = (fill(portrait, models, hole=hole, grain=0.0, **each) for each in ({"lines": lines}, {}))
    assert edges_along(drawn, lines) >= 0.7 > 0.5 > edges_along(plain, lines)


def test_what_is_too_large_to_be_painted_at_its_size_is_painted_smaller(
    portrait, mouth, smile, filled_mouth, models, monkeypatch
):
    whole = filled_mouth
    monkeypatch.setattr("editors.sketch.fill.MOST", 60 * 60)
    small = fill(portrait, models, hole=mouth, lines=smile)
    assert (small == whole)[mouth == 0].all() and (small != whole)[mouth > 0].any()
    soft = [cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 2)[mouth > 0] for picture in (small, whole)]
    assert np.abs(soft[0] - soft[1]).mean() < 8


def test_a_scar_on_a_cheek_is_seen(portrait, models):
    place = tuple(map(int, mesh_of(portrait, models)[205, :2]))
    hole, scar = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(2))
    cv2.circle(hole, place, 13, 255, -1)
    cv2.line(scar, (place[0] - 5, place[1] - 8), (place[0] + 5, place[1] + 8), 255, 2, cv2.LINE_AA)
    grey = fill(portrait, models, hole=hole, lines=scar).astype(float).mean(2)
    beside = (cv2.dilate(scar, np.ones((9, 9))) > 0) & (cv2.dilate(scar, np.ones((5, 5))) == 0) & (hole > 0)
    assert grey[scar > 200].mean() < 0.87 * grey[beside].mean()


def test_glasses_that_are_drawn_are_worn_in_their_colour(portrait, models):
    mesh = mesh_of(portrait, models)
    eyes, far = [mesh[list(eye), :2].mean(0) for eye in (RIGHT_EYE, LEFT_EYE)], eye_distance(mesh)
    hole, rims, bridge = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(3))
    colours = np.zeros((*hole.shape, 4), np.uint8)
    for eye in eyes:
        cv2.ellipse(hole, tuple(map(int, eye)), (int(0.75 * far), int(0.55 * far)), 0, 0, 360, 255, -1)
        cv2.ellipse(rims, tuple(map(int, eye)), (int(0.42 * far), int(0.36 * far)), 0, 0, 360, 255, 2, cv2.LINE_AA)
    cv2.line(bridge, *(tuple(map(int, eye + [side * 0.42 * far, 0])) for eye, side in zip(eyes, (1, -1), strict=True)),
             255, 2)
    rims[hole == 0] = 0
    worn = fill(portrait, models, hole=hole, lines=rims | bridge)
    assert worn[rims > 200].mean() < 80 and (worn == portrait.image)[hole == 0].all()
    assert fill(portrait, models, hole=hole, lines=rims)[rims > 200].mean() > 110        # two rings are large eyes
    colours[rims > 0] = (200, 30, 30, 255)
    red = fill(portrait, models, hole=hole, lines=rims | bridge, colours=colours)[rims > 200].mean(0)
    assert red[0] > 150 and red[1] < 90


def test_a_hand_may_leave_small_gaps_in_glasses(portrait, models):
    mesh = mesh_of(portrait, models)
    eyes, far = [mesh[list(eye), :2].mean(0) for eye in (RIGHT_EYE, LEFT_EYE)], eye_distance(mesh)
    rims, bridge = (np.zeros(portrait.image.shape[:2], np.uint8) for _ in range(2))
    for eye in eyes:
        cv2.ellipse(rims, tuple(map(int, eye)), (int(0.38 * far), int(0.3 * far)), 0, 20, 372, 255, 2)
    cv2.line(bridge, *(tuple(map(int, eye + [side * 0.46 * far, 0])) for eye, side in zip(eyes, (1, -1), strict=True)),
             255, 2)
    assert (drawn_glasses((rims | bridge) / np.float32(255), mesh).lines > 0)[(rims | bridge) > 0].mean() > 0.95
    assert drawn_glasses(rims / np.float32(255), mesh) is None


def test_what_is_drawn_keeps_the_colours_of_the_filling_under_it():
    filling = torch.tensor([0.6, 0.4, 0.3])[:, None, None].expand(3, SIZE, SIZE)
    drawn = filling.clone()
    drawn[:, 40:80, 40:80] = torch.tensor([0.1, 0.3, 0.4])[:, None, None]
    before, after = (rgb_to_lab(np.round(each.permute(1, 2, 0).numpy() * 255).astype(np.uint8).reshape(-1, 3))
                     for each in (filling, in_colours_of(filling, drawn)))
    assert np.abs(after[:, 1:] - before[:, 1:]).max() < 1.5
    assert np.ptp(after[:, 0]) > 5 and not np.ptp(before[:, 0])


def test_a_mouth_drawn_wide_open_is_dark_below_its_teeth(portrait, mouth, models):
    hole = cv2.dilate(mouth, np.ones((21, 9), np.uint8))
    rows, columns = np.nonzero(mouth)
    middle, across = (int(columns.mean()), int(rows.mean())), int(np.ptp(columns))
    lines = np.zeros_like(mouth)
    for size in ((0.3, 0.3), (0.22, 0.21)):
        cv2.ellipse(lines, middle, tuple(round(across * each) for each in size), 0, 0, 360, 255, 2, cv2.LINE_AA)
    after = fill(portrait, models, hole=hole, lines=lines).astype(float).mean(2)
    column = cv2.GaussianBlur(after, (0, 0), 2)[middle[1] - across // 4 : middle[1] + across // 4, middle[0]]
    cheek = np.median(portrait.image[middle[1] - 5 : middle[1] + 5, columns.min() - 25 : columns.min() - 10])
    assert column.min() < 0.55 * cheek


def test_colours_are_followed(portrait, mouth, models):
    colours = np.zeros((*mouth.shape, 4), np.uint8)
    rows, columns = np.nonzero(mouth)
    stroke = cv2.ellipse(np.zeros_like(mouth), (int(columns.mean()), int(rows.mean())), (14, 5), 0, 0, 360, 1, -1) > 0
    colours[stroke] = (170, 30, 60, 255)
    result = fill(portrait, models, hole=mouth, colours=colours)
    lab = [cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[stroke].mean(0)
           for picture in (result, np.ascontiguousarray(colours[..., :3]))]
    assert np.linalg.norm(lab[0] - lab[1]) < 12


def test_a_stroke_keeps_its_colour_where_it_comes_close_to_the_border_of_its_hole(models):
    portrait = Portrait.open(ASTRONAUT)
    around = cv2.convexHull(np.round(mesh_of(portrait, models)[list(RIGHT_EYE), :2]).astype(np.int32))
    stroke = cv2.fillConvexPoly(np.zeros(portrait.image.shape[:2], np.uint8), around, 255)
    colours = np.dstack([np.full(portrait.image.shape, (60, 90, 170), np.uint8), stroke])
    hole = cv2.dilate(stroke, np.ones((13, 13)))
    result = fill(portrait, models, hole=hole, colours=colours)
    lab = [cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[stroke > 0].mean(0)
           for picture in (result, np.ascontiguousarray(colours[..., :3]))]
    assert np.linalg.norm(lab[0] - lab[1]) < 4
    assert (result[hole == 0] == portrait.image[hole == 0]).all()


def test_lines_outside_the_hole_are_ignored(portrait, mouth, smile, filled_mouth, models):
    more = smile.copy()
    more[5:20] = 255
    assert (filled_mouth == fill(portrait, models, hole=mouth, lines=more)).all()


def test_dark_hair_whose_crown_is_in_a_hole_goes_on_beyond_the_face_as_dark(portrait, models):
    mesh, hair = mesh_of(portrait, models), labels_of(portrait, models) == IDS["hair"]
    eyes, (across, down) = eye_distance(mesh), mesh[[*LEFT_EYE, *RIGHT_EYE], :2].mean(0)
    image = np.where(hair[..., None], portrait.image // 6, np.maximum(portrait.image, 90))
    around = (round(across), round(down - 1.5 * eyes)), (round(1.25 * eyes), round(0.9 * eyes))
    hole = cv2.ellipse(np.zeros(hair.shape, np.uint8), *around, 0, 0, 360, 255, -1)
    drawn = SketchFill(hole=hole).apply(Portrait(image), models).image
    y, x = np.indices(hair.shape)
    crown = (np.abs(x - across) < 0.4 * eyes) & (np.abs(y - down + 1.8 * eyes) < 0.2 * eyes)
    assert np.median(drawn[crown]) < 80 and np.median(image[~hair & (y < down)]) > 120


def test_a_hole_outside_any_face_is_filled_from_around_it(models):
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:, :80], picture[:, 80:] = (200, 60, 50), (40, 80, 200)
    hole, lines = np.zeros((120, 160), np.uint8), np.zeros((120, 160), np.uint8)
    hole[30:90, 50:110] = 255
    lines[30:90, 79:81] = 255
    result = SketchFill(hole=hole, lines=lines).apply(Portrait(picture), models).image.astype(int)
    assert np.abs(result[60, 65] - picture[0, 0]).max() < 30 and np.abs(result[60, 95] - picture[0, 159]).max() < 30


def test_a_cat_is_answered_too(models):
    cat = Portrait.open(CAT)
    hole = np.zeros(cat.image.shape[:2], np.uint8)
    hole[100:160, 150:220] = 255
    result = SketchFill(hole=hole).apply(cat, models).image
    assert (result[hole == 0] == cat.image[hole == 0]).all() and (result[hole > 0] != cat.image[hole > 0]).any()


@pytest.mark.parametrize("blend", BLENDS)
def test_a_hole_of_one_pixel_in_a_corner_is_filled(blend, models):
    picture = np.random.default_rng(0).integers(60, 190, (90, 120, 3), np.uint8)
    hole = np.zeros((90, 120), np.uint8)
    hole[-1, -1] = 255
    result = SketchFill(hole=hole, blend=blend).apply(Portrait(picture), models).image
    assert (result != picture).any(2)[hole > 0].all() and (result == picture)[hole == 0].all()


def test_lines_alone_give_a_face(models):
    from editors.faces import find_faces

    mesh = mesh_by_lines(np.zeros((256, 224), np.float32), models.get("face_shape"))
    lines = np.zeros((256, 224), np.uint8)
    for contour in (LIPS_OUTER, range(10)):
        cv2.polylines(lines, [np.round(mesh[list(contour), :2]).astype(np.int32)], False, 255, 1)
    image = SketchFill(lines=lines).apply(canvas(256, 224), models).image
    assert image.shape == (256, 224, 3) and len(find_faces(image, models)) == 1


def test_hidden_points_of_a_mesh_are_guessed_from_the_others(portrait, models):
    mesh = mesh_of(portrait, models).astype(float)
    hidden = np.zeros(468, bool)
    hidden[list(LIPS_OUTER)] = True
    wrong = mesh.copy()
    wrong[:468][hidden] += 50
    guessed = [complete_mesh(each, hidden, models.get("face_shape")) for each in (mesh, wrong)]
    eyes = np.linalg.norm(mesh[33, :2] - mesh[263, :2])
    assert np.allclose(*guessed) and (guessed[0][~hidden] == mesh[:468][~hidden]).all()
    assert np.linalg.norm((guessed[0] - mesh[:468])[hidden, :2], axis=1).mean() < 0.06 * eyes


def test_thin_lines_are_alike_whatever_brush_drew_them():
    drawn = [cv2.line(np.zeros((60, 60), np.float32), (8, 30), (52, 34), 1.0, width, cv2.LINE_AA) for width in (2, 5)]
    thinned = [thin(lines) for lines in drawn]
    assert all((lines > 0.2).sum(0)[15:45].max() <= 4 and (lines.max(0)[15:45] > 0.2).all() for lines in thinned)
    assert np.abs(np.argmax(thinned[0], 0) - np.argmax(thinned[1], 0))[15:45].max() <= 1


def test_colours_flow_up_to_lines_and_no_further():
    picture, hole = np.full((80, 100, 3), 90, np.uint8), np.zeros((80, 100), bool)
    hole[10:70, 10:90] = True
    lines, colours = np.zeros((80, 100), np.float32), np.zeros((80, 100, 4), np.uint8)
    lines[5:75, 49:52] = 1
    colours[38:42, 20:40] = (220, 40, 40, 255)
    flowed = flow(picture, hole, lines, colours)
    assert flowed[40, 44, 0] > 130 and flowed[40, 60, 0] < 105


def test_grain_is_that_of_the_surroundings():
    noise = np.random.default_rng(0).normal(128, 9, (100, 100, 1)).clip(0, 255).astype(np.uint8).repeat(3, 2)
    hole = np.zeros((100, 100), bool)
    hole[30:70, 30:70] = True
    smooth = np.where(hole[..., None], 128.0, noise).astype(np.float32)
    grained = match_grain(smooth, noise, hole, seed=1)
    assert 6 < grained[35:65, 35:65].std() < 12 and (match_grain(smooth, noise, hole, seed=1) == grained).all()


@pytest.mark.parametrize("layers, said", [
    ({"hole": np.zeros((300, 340), np.uint8)}, "hole is empty"),
    ({"hole": np.full((300, 340), 255, np.uint8)}, "covers the whole picture"),
    ({"hole": np.full((30, 34), 255, np.uint8)}, "The photograph is 340 x 300, the hole 34 x 30"),
    ({"lines": np.zeros((300, 341), np.uint8)}, "the lines 341 x 300"),
    ({"colours": np.zeros((300, 340), np.uint8)}, "The colours are"),
])  # fmt: skip
def test_layers_that_do_not_fit_are_refused_in_a_sentence(portrait, models, layers, said):
    with pytest.raises(ImageError, match=said):
        SketchFill(**layers).apply(portrait, models)


# --- the command line ----------------------------------------------------------------------------------------------

def test_the_sketch_command_writes_the_photograph_with_its_hole_filled(portrait, mouth, smile, tmp_path):
    save_photo(tmp_path / "photo.png", portrait.image)
    save_mask(tmp_path / "hole.png", mouth)
    save_mask(tmp_path / "lines.png", smile)
    names = [str(tmp_path / name) for name in ("photo.png", "hole.png", "lines.png", "out.png")]
    assert main(["sketch", names[0], "--hole", names[1], "--lines", names[2], "--seed", "3", "-o", names[3]]) == 0
    result = open_photo(names[3]).pixels
    assert (result[mouth == 0] == portrait.image[mouth == 0]).all() and (result != portrait.image).any()
    assert main(["sketch", "--lines", names[2], "-o", str(tmp_path / "face.png")]) == 0
    assert open_photo(tmp_path / "face.png").pixels.shape == portrait.image.shape


@pytest.mark.parametrize("words, said", [
    (["photo.png", "--hole", "small.png"], "draw on the photograph"),
    (["photo.png", "--hole", "empty.png"], "hole is empty"),
    (["photo.png", "--hole", "nothing.png"], "nothing.png"),
    (["photo.png"], "without --hole"),
    ([], "Neither PHOTO nor --lines"),
    (["photo.png", "--hole", "empty.png", "--strength", "2"], "strength is 2"),
])  # fmt: skip
def test_bad_input_is_one_sentence_and_nothing_is_written(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_photo("photo.png", np.full((40, 50, 3), 90, np.uint8))
    save_mask("empty.png", np.zeros((40, 50), np.uint8))
    save_mask("small.png", np.full((4, 5), 255, np.uint8))
    assert main(["sketch", *words, "-o", "out.png"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "out.png").exists()


def test_the_edges_command_draws_white_on_black(tmp_path, capsys):
    assert main(["edges", str(ASTRONAUT), "--method", "sobel", "-o", str(tmp_path / "lines.png")]) == 0
    lines = open_photo(tmp_path / "lines.png").pixels
    assert lines.shape == open_photo(ASTRONAUT).pixels.shape and 0 < lines.mean() < 100
    assert main(["edges", str(ASTRONAUT), "--method", "pencil", "-o", str(tmp_path / "no.png")]) == 2
    assert "method is 'pencil'" in capsys.readouterr().err and not (tmp_path / "no.png").exists()


def face_and_hole(models, across):
    """The mean face with one brighter eye, in the frame, and a hole over the other eye or over everything `across`."""
    shape = models.get("face_shape")
    picture = shape.draw(np.zeros(5)) / np.float32(255)
    right, left = (shape.frame.mean[list(eye)] * SIZE for eye in (RIGHT_EYE, LEFT_EYE))
    for point in right:
        cv2.circle(picture, tuple(int(v) for v in point), 2, (0.9, 0.9, 0.2), -1)
    hole = np.zeros((SIZE, SIZE), np.float32)
    cv2.circle(hole, tuple(int(v) for v in left.mean(0)), 14, 1.0, -1)
    hole = np.maximum(hole, hole[:, ::-1]) if across else hole
    layers = torch.from_numpy(picture.transpose(2, 0, 1).copy()), torch.from_numpy(hole.copy())[None]
    return shape, Sketch(*layers, torch.zeros(1, SIZE, SIZE), torch.zeros(4, SIZE, SIZE)), left.round().astype(int)


def test_what_only_the_other_half_of_the_face_shows_is_taken_from_it(models):
    seen = []
    for across in (False, True):
        shape, sketch, eye = face_and_hole(models, across)
        picture = filled(shape, sketch, likely_face(shape, sketch).mean)
        seen.append(float((picture[1] - picture[2])[eye[:, 1], eye[:, 0]].mean()))
    assert seen[0] > seen[1] + 0.1


def test_the_most_likely_face_is_told_by_what_lies_beside_a_hole_and_hardly_by_what_lies_far_off(models):
    shape, sketch, _ = face_and_hole(models, across=True)
    hole = sketch.hole[0].numpy() > 0
    trust, away = trust_of(shape, hole), cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)
    assert not trust[hole].any() and trust[(away > 0) & (away < 3)].mean() > 10 * trust[away > 60].mean() > 0
    filled_beside = []
    for near in (True, False):
        other = torch.where(torch.from_numpy((away < 12) == near), sketch.picture + 0.3, sketch.picture)
        filled_beside.append(shape.draw(likely_face(shape, replace(sketch, picture=other)).mean)[hole].mean())
    plain = shape.draw(likely_face(shape, sketch).mean)[hole].mean()
    assert filled_beside[0] - plain > 2 * (filled_beside[1] - plain)


def test_the_most_likely_face_hardly_changes_when_fewer_pixels_are_looked_at(models, monkeypatch):
    shape, sketch, _ = face_and_hole(models, across=True)
    few = shape.draw(likely_face(shape, sketch).mean)
    monkeypatch.setattr("editors.likely.THINNED", ((1000, 1),))
    assert np.abs(few - shape.draw(likely_face(shape, sketch).mean))[sketch.hole[0].numpy() > 0].mean() < 3


def test_a_mouth_of_smiling_form_is_filled_with_teeth_and_a_plain_one_with_lips(portrait, models):
    shape, form = models.get("face_shape"), models.get("sketch_painter").form
    lips, between = (shape.frame.mean[list(points)] * SIZE for points in (LIPS_OUTER, LIPS_INNER))
    hole = cv2.fillConvexPoly(np.zeros((SIZE, SIZE), np.float32), np.rint(lips).astype(np.int32), 1)
    hole = cv2.dilate(hole, np.ones((7, 7)))
    layers = torch.from_numpy((shape.draw(np.zeros(5)) / 255).transpose(2, 0, 1).copy()), torch.from_numpy(hole)[None]
    sketch = Sketch(*layers, torch.zeros(1, SIZE, SIZE), torch.zeros(4, SIZE, SIZE))
    (x, y), seen = between.mean(0).round().astype(int), []
    for mesh in (shape.mean_mesh, mesh_of(portrait, models)):
        told = form.tells(shape.shape_code(mesh))
        seen.append(filled(shape, sketch, likely_face(shape, sketch, told).mean)[:, y, x])
    plain, smiling = seen
    assert smiling.mean() > plain.mean() + 0.1 and smiling[0] - smiling[1] < plain[0] - plain[1]


def test_a_form_is_evidence_as_far_as_it_was_seen_or_drawn():
    hidden = np.arange(468) < 234
    assert trust_in(hidden, drawn=True) == 1 and trust_in(~hidden | hidden, drawn=False) == 0
    assert trust_in(hidden, drawn=False) < 0.5 < trust_in(np.arange(468) < 40, drawn=False) < 1


def test_drawn_eyes_are_laid_where_their_lines_are(models):
    portrait = Portrait.open(ASTRONAUT)
    mesh = mesh_of(portrait, models)[:468, :2]
    hole, lines = np.zeros((2, *portrait.image.shape[:2]), np.uint8)
    around = cv2.convexHull(np.round(mesh[list(RIGHT_EYE + LEFT_EYE)]).astype(np.int32))
    hole = cv2.dilate(cv2.fillConvexPoly(hole, around, 255), np.ones((25, 25)))
    for eye in (RIGHT_EYE, LEFT_EYE):
        cv2.polylines(lines, [np.round(mesh[list(eye)] * 8).astype(np.int32)], True, 255, 2, cv2.LINE_AA, 3)
    blank, inside = without_hole(portrait.image, hole > 0), hole > 0
    drawing = Drawing(inside, lines / np.float32(255) * inside, np.zeros((*hole.shape, 4), np.uint8))
    off = (place(blank, drawing, models, 0)[:, :2] - mesh)[list(RIGHT_EYE + LEFT_EYE)]
    assert np.linalg.norm(off, axis=1).mean() < 0.04 * np.linalg.norm(mesh[33] - mesh[263])


def test_what_is_brushed_out_beside_a_face_gives_way_to_what_is_around():
    """It was a blur of the colours around, with scraps of skin on it."""
    rows, columns = np.indices((200, 240))
    wall = np.repeat(np.where(columns % 30 < 7, 70, 190).astype(np.uint8)[..., None], 3, 2)
    hole = (np.abs(rows - 100) < 30) & (np.abs(columns - 120) < 40)
    picture = wall.copy()
    picture[hole] = (200, 40, 40)
    drawn = Drawing(hole, np.zeros(hole.shape, np.float32), np.zeros((*hole.shape, 4), np.uint8))
    empty = np.full((*hole.shape, 3), 128, np.float32)
    filled = going_on(empty, picture, drawn, hole.astype(np.float32), (0, 0), None)
    assert np.abs(filled - wall)[hole].mean() < 12 and np.array_equal(filled[~hole], empty[~hole])
    lines = np.zeros(hole.shape, np.float32)
    lines[100, 90:150] = 1
    for image, asked in ((picture, replace(drawn, lines=lines)), (np.full_like(picture, 190), drawn)):
        assert np.array_equal(going_on(empty, image, asked, hole.astype(np.float32), (0, 0), None), empty)
