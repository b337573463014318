"""How directions are corrected, and how their report is written, on made-up numbers."""

import numpy as np
import pytest

from checkpoints.attribute_directions.calibrate import SHARES, corrected, correction
from checkpoints.quality import share, table, write

NAMES = ["smile", "mouth_open", "eyes_open", "brows_raised", "face_width", "jaw", "nose_width", "lips_full",
         "face_height", "skin_light", "hair_light", "age", "yaw"]  # fmt: skip


def moves(**strays):
    """Responses in which every direction moves its own measure by .5, with these exceptions: a_moves_b=amount."""
    found = {name: 0.5 * np.eye(len(NAMES))[index] for index, name in enumerate(NAMES)}
    for pair, amount in strays.items():
        mover, moved = pair.split("__")
        found[mover][NAMES.index(moved)] = amount
    return found


def test_a_correction_brings_a_direction_to_its_share():
    assert correction("smile", NAMES, moves())[0] == pytest.approx(2, abs=0.01)
    assert correction("age", NAMES, moves())[0] == pytest.approx(2 * SHARES["age"], abs=0.01)


def test_a_correction_cancels_what_a_direction_moves_beside_its_own_measure():
    found = moves(smile__lips_full=-0.3)
    factor, weights = correction("smile", NAMES, found)
    after = factor * found["smile"] + sum(weight * found[name] for name, weight in weights.items())
    assert abs(after[NAMES.index("lips_full")]) < 0.1 * after[NAMES.index("smile")]
    assert weights["lips_full"] > 0.5 and max(abs(w) for name, w in weights.items() if name != "lips_full") < 0.01


def test_a_turn_of_the_head_is_scaled_and_never_balanced():
    assert correction("yaw", NAMES, moves(yaw__face_width=0.3)) == (2.0, {})


def test_a_direction_that_hardly_answers_grows_by_steps_and_not_for_ever():
    found, grown = moves(smile__smile=0.01), dict.fromkeys(NAMES, 1.0)
    arrays = {f"{name}.unit": np.ones(3) for name in NAMES}
    arrays |= {f"{name}.movement": np.ones((468, 3)) for name in NAMES[:9]}
    arrays |= {"skin_light.tone.skin": np.ones(3), "hair_light.tone.hair": np.ones(3)}
    for _ in range(20):
        arrays = corrected(arrays, found, grown)
    assert 2 < grown["smile"] <= 8 and np.isfinite(arrays["smile.movement"]).all()


def test_a_report_replaces_what_stood_between_its_marks_and_nothing_else(tmp_path):
    page = tmp_path / "CARD.md"
    page.write_text("before\n<!-- quality -->\nold\n<!-- /quality -->\nafter\n", "utf-8")
    write(page, "quality", table(["what", "how"], [["smile", share(np.array([True, True, False, True]))]]))
    assert page.read_text("utf-8") == (
        "before\n<!-- quality -->\n| what | how |\n| --- | --- |\n| smile | 75 % |\n<!-- /quality -->\nafter\n"
    )
