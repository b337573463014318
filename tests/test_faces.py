"""Faces are found, measured and put back, with the real models on a real photograph."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from editors.attributes.step import ShiftAttributes
from editors.crops import align, sample, transform
from editors.errors import FaceError
from editors.faces import _check as check
from editors.faces import eye_distance, face_of, faces_of, find_faces, find_mesh, mesh_of, yaw_of
from editors.mesh_points import CHIN, LEFT_EYE, LEFT_IRIS, LIPS_OUTER, MIRROR, NOSE_TIP, OVAL, RIGHT_EYE, RIGHT_IRIS
from editors.portrait import Portrait

PORTRAITS = Path(__file__).resolve().parent.parent / "examples" / "portraits"


def read(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PORTRAITS / name)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return read("astronaut.png")


@pytest.fixture(scope="module")
def mesh(astronaut, models) -> np.ndarray:
    return find_mesh(astronaut, find_faces(astronaut, models)[0], models)


def moved(image: np.ndarray, angle: float = 0, scale: float = 1, shift: tuple = (0, 0), size: tuple | None = None):
    """The picture turned about its middle, scaled and shifted, and the affine that did it."""
    size = size or image.shape[1::-1]
    affine = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), angle, scale)
    affine[:, 2] += shift
    if scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return cv2.warpAffine(image, affine, size, borderValue=(128, 128, 128)), affine


def distance(mesh: np.ndarray, expected: np.ndarray) -> float:
    """Root mean square distance in pixels."""
    return float(np.sqrt(((mesh[:, :2] - expected) ** 2).sum(1).mean()))


def test_the_face_of_the_astronaut_is_found_where_it_is(astronaut, models):
    (face,) = find_faces(astronaut, models)
    x0, y0, x1, y1 = face.box
    assert 160 < x0 < 190 and 60 < y0 < 90 and 260 < x1 < 290 and 165 < y1 < 190
    assert 0.5 < face.score <= 1
    right_eye, left_eye, nose, mouth = face.points[:4]
    assert right_eye[0] < nose[0] < left_eye[0] and right_eye[1] < nose[1] < mouth[1]


def test_a_face_that_is_cut_off_from_a_transparent_picture_is_none(astronaut, models):
    twins = np.hstack([astronaut, astronaut])
    alpha = np.full(twins.shape[:2], 255, np.uint8)
    alpha[:, : astronaut.shape[1]] = 0
    (face,) = faces_of(Portrait(twins, alpha), models)
    assert face.box[0] > astronaut.shape[1] and len(faces_of(Portrait(twins), models)) == 2


def test_a_cat_and_a_flat_picture_have_no_face(models):
    for image in (read("chelsea.png"), np.full((300, 400, 3), 128, np.uint8)):
        assert faces_of(Portrait(image), models) == ()
        with pytest.raises(FaceError, match="No face was found.*4 %"):
            face_of(Portrait(image), models)


def test_a_picture_of_a_single_pixel_has_no_face(models):
    assert find_faces(np.zeros((1, 1, 3), np.uint8), models) == ()


@pytest.mark.parametrize("angle", [-25, 25])
def test_a_turned_face_is_found_and_its_mesh_turns_along(astronaut, models, mesh, angle):
    turned, affine = moved(astronaut, angle)
    found = find_mesh(turned, find_faces(turned, models)[0], models)
    assert distance(found, transform(mesh[:, :2], affine)) < 0.03 * eye_distance(mesh)


@pytest.mark.parametrize("place", [(0.1, 0.1), (0.5, 0.5), (0.87, 0.9), (0.33, 0.62)])
def test_a_face_of_four_per_cent_of_the_long_side_is_found_anywhere(astronaut, models, place):
    head = astronaut[30:230, 130:330]  # its face is half as high as it is
    canvas = np.full((900, 1600, 3), (120, 130, 140), np.uint8)
    side = round(2 * 0.04 * 1600)
    y, x = (int(share * (length - side)) for share, length in zip(place[::-1], canvas.shape[:2]))
    canvas[y:y + side, x:x + side] = cv2.resize(head, (side, side), interpolation=cv2.INTER_AREA)
    (face,) = find_faces(canvas, models)
    assert abs((face.box[0] + face.box[2]) / 2 - (x + side / 2)) < 0.1 * side
    assert abs((face.box[3] - face.box[1]) - 0.04 * 1600) < 0.2 * 0.04 * 1600


def test_several_faces_come_largest_first_and_are_chosen_by_number(astronaut, models):
    head, canvas = astronaut[0:300, 80:380], np.full((700, 1000, 3), 90, np.uint8)
    for side, x, y in ((200, 30, 400), (440, 500, 100), (300, 100, 40)):
        canvas[y:y + side, x:x + side] = cv2.resize(head, (side, side), interpolation=cv2.INTER_AREA)
    portrait = Portrait(canvas)
    widths = [face.box[2] - face.box[0] for face in faces_of(portrait, models)]
    assert len(widths) == 3 and widths == sorted(widths, reverse=True)
    assert 500 < mesh_of(portrait, models)[NOSE_TIP, 0] < 940
    assert 100 < mesh_of(portrait.with_face(1), models)[NOSE_TIP, 0] < 400
    with pytest.raises(FaceError, match="Face 3 was asked for; the photograph has 3 faces, numbers 0 to 2"):
        face_of(portrait.with_face(3), models)


def test_the_chosen_face_stays_the_one_it_was_whichever_an_edit_makes_the_largest(astronaut, models):
    def beside(*sides: int) -> np.ndarray:
        canvas = np.full((420, 900, 3), 90, np.uint8)
        for x, side in zip((30, 470), sides, strict=True):
            canvas[30:30 + side, x:x + side] = cv2.resize(astronaut[:300, 80:380], (side, side))
        return canvas

    portrait = Portrait(beside(330, 320))
    for face, left in ((0, True), (1, False)):
        edited = portrait.with_face(face).with_image(beside(320, 330))
        small = edited.with_image(cv2.resize(beside(310, 340), (675, 315)))  # as it is seen while a slider moves
        assert (face_of(edited, models).box[0] < 450) == (face_of(small, models).box[0] < 337) == left
    with pytest.raises(FaceError, match="^The chosen face is no longer found after the edits before"):
        face_of(portrait.with_face(1).with_image(beside(330, 1)), models)
    assert face_of(Portrait(np.full((420, 900, 3), 128, np.uint8)).with_image(portrait.image), models).box[0] < 450


def test_a_small_face_that_was_changed_a_lot_is_found_where_it_was(astronaut, models):
    canvas = np.full((760, 1620, 3), 150, np.uint8)
    canvas[:198, 1440:] = cv2.resize(astronaut[:330, 80:380], (180, 198), interpolation=cv2.INTER_AREA)
    amounts = {"hair_light": 2.5, "yaw": 2.0, "eyes_open": -4.0, "nose_width": -4.0, "beard": 4.0}
    edited = ShiftAttributes(amounts=amounts).apply(Portrait(canvas), models)
    assert abs(face_of(edited, models).box[0] - face_of(Portrait(canvas), models).box[0]) < 25


def test_a_grey_photograph_has_a_face_too(astronaut, models, mesh):
    grey = cv2.cvtColor(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    found = find_mesh(grey, find_faces(grey, models)[0], models)
    assert distance(found, mesh[:, :2]) < 0.03 * eye_distance(mesh)


def test_the_mesh_has_478_points_in_their_places(mesh):
    assert mesh.shape == (478, 3) and mesh.dtype == np.float32
    middle = {name: mesh[list(points), :2].mean(0) for name, points in
              {"right": RIGHT_EYE, "left": LEFT_EYE, "lips": LIPS_OUTER}.items()}
    assert middle["right"][0] < mesh[NOSE_TIP, 0] < middle["left"][0]  # the person's right is at the picture's left
    assert middle["right"][1] < mesh[NOSE_TIP, 1] < middle["lips"][1] < mesh[CHIN, 1]
    assert mesh[NOSE_TIP, 2] < mesh[list(OVAL), 2].min()  # the nose is nearest
    for iris, eye in ((RIGHT_IRIS, RIGHT_EYE), (LEFT_IRIS, LEFT_EYE)):
        contour = mesh[list(eye), :2]
        assert cv2.pointPolygonTest(contour[:, None], tuple(map(float, mesh[iris, :2])), False) > 0
        right, top, left, bottom = mesh[iris + 1:iris + 5, :2]
        assert right[0] > left[0] and top[1] < bottom[1]
        assert 0.7 < (right[0] - left[0]) / (bottom[1] - top[1]) < 1.4


def test_the_irises_lie_on_the_dark_of_the_eyes(astronaut, mesh):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    for iris, eye in ((RIGHT_IRIS, RIGHT_EYE), (LEFT_IRIS, LEFT_EYE)):
        x, y = np.round(mesh[iris, :2]).astype(int)
        corner = np.round(mesh[eye[8], :2]).astype(int)
        assert grey[y - 1:y + 2, x - 1:x + 2].mean() < 0.7 * grey[corner[1] - 3:corner[1] + 4, corner[0]].max()


def test_the_mesh_moves_along_with_the_picture_to_a_fraction_of_a_pixel(astronaut, models):
    large = cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    first = find_mesh(large, find_faces(large, models)[0], models)
    for scale, shift in ((1, (3.5, -2.25)), (0.96, (0, 0)), (1.05, (6, 4))):
        other, affine = moved(large, 0, scale, shift)
        found = find_mesh(other, find_faces(other, models)[0], models)
        assert distance(found, transform(first[:, :2], affine)) < 1


def test_the_mesh_of_the_mirrored_picture_is_the_mirrored_mesh(astronaut, models, mesh):
    mirror = np.ascontiguousarray(astronaut[:, ::-1])
    found = find_mesh(mirror, find_faces(mirror, models)[0], models)[list(MIRROR), :2]
    assert distance(mesh, np.array([astronaut.shape[1] - 1, 0]) + found * (-1, 1)) < 0.4


def test_the_mesh_is_the_same_every_time_and_cannot_be_written(astronaut, models):
    first, second = mesh_of(Portrait(astronaut), models), mesh_of(Portrait(astronaut), models)
    assert np.array_equal(first, second) and not first.flags.writeable


def test_a_face_under_forty_pixels_from_eyes_to_chin_is_refused(astronaut, models):
    small = cv2.resize(astronaut, (210, 210), interpolation=cv2.INTER_AREA)
    assert len(faces_of(Portrait(small), models)) == 1
    with pytest.raises(FaceError, match=r"The face is \d+ pixels from eyes to chin; at least 40 are needed"):
        face_of(Portrait(small), models)


def test_a_face_that_could_be_edited_goes_on_being_edited_whatever_an_edit_made_of_it(astronaut, models):
    small = Portrait(cv2.resize(astronaut, None, fx=0.545, fy=0.545, interpolation=cv2.INTER_AREA))
    narrow = ShiftAttributes(amounts={"jaw": -1.0}).apply(small, models)
    assert mesh_of(narrow, models).shape == mesh_of(small, models).shape
    with pytest.raises(FaceError, match="at least 40 are needed"):      # as a photograph it would be too small
        mesh_of(Portrait(narrow.image), models)


def test_a_head_turned_into_profile_is_refused_and_a_three_quarter_view_is_not(mesh):
    def turned(degrees: float) -> np.ndarray:
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        centred = mesh - mesh.mean(0)
        return centred @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) * 3
    check(turned(0))
    check(turned(35))
    check(turned(-35))
    assert abs(yaw_of(turned(35)) - yaw_of(turned(-35))) > 50
    for degrees in (75, -75):
        with pytest.raises(FaceError, match="full profile.*both eyes have to be seen"):
            check(turned(degrees))


def test_an_aligned_face_is_upright_with_the_eyes_where_ffhq_has_them(astronaut, models):
    turned, _ = moved(astronaut, 20)
    mesh = find_mesh(turned, find_faces(turned, models)[0], models)
    crop, affine = align(turned, mesh, 256)
    assert crop.shape == (256, 256, 3)
    points = transform(mesh[:, :2], affine) / 256
    right, left = points[list(RIGHT_EYE)].mean(0), points[list(LEFT_EYE)].mean(0)
    assert abs(right[1] - left[1]) < 0.02
    assert abs((right[0] + left[0]) / 2 - 0.5) < 0.03 and 0.4 < right[1] < 0.52 and 0.2 < left[0] - right[0] < 0.28


def test_alignment_beyond_the_edge_is_filled_with_the_mirrored_picture(astronaut, models, mesh):
    tight = np.maximum(astronaut[40:210, 140:300], 20)
    crop, _ = align(tight, mesh - [140, 40, 0], 256)
    assert (crop.max(-1) < 10).mean() < 0.001 and crop[:8].std() > 5


def test_an_aligned_crop_shows_each_place_where_its_affine_leads(astronaut, mesh):
    crop, affine = align(astronaut, mesh, 512)
    middle = np.zeros((512, 512), np.float32)
    middle[128:384, 128:384] = 1
    back, here = (sample(layer, affine, astronaut.shape[1::-1], interpolation=cv2.INTER_CUBIC)
                  for layer in (crop, middle))
    error = np.abs(back.astype(int) - astronaut) * (here > 0.999)[..., None]
    assert (here > 0.999).mean() > 0.02 and error.mean() < 0.1 and np.percentile(error, 99.9) < 15
