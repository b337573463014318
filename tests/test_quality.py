"""How directions are corrected, and how their report is written, on made-up numbers."""

import numpy as np
import pytest

from checkpoints.attribute_directions.calibrate import MOST, SHARES, TIED, beside, growth, sides_kept_sharp
from checkpoints.quality import share, table, write
from editors.attributes.directions import direction_of, edit_of


def test_a_direction_is_scaled_until_it_moves_its_share():
    assert growth("face_width", 0.5, 1.0) == pytest.approx(2)
    assert growth("masculine", 0.6, 1.0) == pytest.approx(SHARES["masculine"] / 0.6)
    assert growth("face_width", 1.25, 2.0) == pytest.approx(0.8)


def test_a_direction_grows_no_further_than_faces_stay_faces():
    grown = 1.0
    for _ in range(5):
        grown *= growth("jaw", 0.01, grown)
    assert grown == pytest.approx(MOST["jaw"])


def test_each_side_may_have_its_own_limit():
    """Less beard than none is no beard at all: the side below zero ends sooner."""
    below, above = (growth("beard", 0.01, 1.0, side) for side in (0, 1))
    assert (below, above) == pytest.approx(MOST["beard"])


def test_each_side_may_have_its_own_share():
    down, up = (growth("age", 1.0, 1.0, side) for side in (0, 1))
    assert (down, up) == pytest.approx(SHARES["age"])


def test_each_side_of_a_direction_has_its_own_scale(models):
    shape = models.get("face_shape")
    arrays = {"jaw.unit": np.ones(3), "jaw.range": np.array([-2.0, 2]), "jaw.movement": np.ones_like(shape.mean_mesh)}
    jaw = direction_of(arrays | {"jaw.sides": np.array([0.5, 3])}, shape, "", "shape", "jaw")
    moved = [edit_of({"jaw": amount}, (jaw,)).movement[0, 0] for amount in (-2.0, -1.0, 1.0, 2.0)]
    assert moved == pytest.approx([-1, -0.5, 3, 6])


def test_what_two_units_would_sharpen_is_scaled_back_until_they_do_not(portrait, models):
    """A face pressed to half its width: the side that presses is scaled back, the other stays."""
    arrays = {key: value for key, value in models.get("attribute_directions").items() if key.startswith("face_width.")}
    arrays |= {"face_width.sides": np.array([6.0, 0.1])}
    kept = sides_kept_sharp(arrays, [portrait], models)["face_width.sides"]
    assert kept[0] < 4 and kept[1] == pytest.approx(0.1)


def test_what_moves_beside_is_not_what_is_tied():
    moved = {"smile": 1.0, "lips_full": -0.9, "jaw": 0.1, "yaw": -0.2}
    assert "lips_full" in TIED["smile"] and beside("smile", moved) == ("yaw", -0.2)


def test_a_report_replaces_what_stood_between_its_marks_and_nothing_else(tmp_path):
    page = tmp_path / "CARD.md"
    page.write_text("before\n<!-- quality -->\nold\n<!-- /quality -->\nafter\n", "utf-8")
    write(page, "quality", table(["what", "how"], [["smile", share(np.array([True, True, False, True]))]]))
    assert page.read_text("utf-8") == (
        "before\n<!-- quality -->\n| what | how |\n| --- | --- |\n| smile | 75 % |\n<!-- /quality -->\nafter\n"
    )
