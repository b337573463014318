"""How directions are corrected, and how their report is written, on made-up numbers."""

import numpy as np
import pytest

from checkpoints.attribute_directions.calibrate import MOST, SHARES, TIED, beside, growth, scaled
from checkpoints.quality import share, table, write


def test_a_direction_is_scaled_until_it_moves_its_share():
    assert growth("face_width", 0.5, 1.0) == pytest.approx(2)
    assert growth("masculine", 0.6, 1.0) == pytest.approx(SHARES["masculine"] / 0.6)
    assert growth("face_width", 1.25, 2.0) == pytest.approx(0.8)


def test_a_direction_grows_no_further_than_faces_stay_faces():
    grown = 1.0
    for _ in range(5):
        grown *= growth("smile", 0.01, grown)
    assert grown == pytest.approx(MOST["smile"])


def test_scaling_a_direction_leaves_the_others_and_what_a_unit_is_in_words():
    arrays = {"yaw.unit": np.array([16.0, 16, 0]), "yaw.range": np.ones(2)}
    arrays |= {"jaw.unit": np.ones(3), "jaw.movement": np.ones(4)}
    after = scaled(scaled(arrays, "yaw", 1.5), "jaw", 3.0)
    assert after["yaw.unit"].tolist() == [16, 24, 0] and after["yaw.range"].tolist() == [1, 1]
    assert after["jaw.movement"].tolist() == [3] * 4 and arrays["jaw.movement"].tolist() == [1] * 4


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
