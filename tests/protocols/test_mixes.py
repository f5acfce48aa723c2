import numpy as np
import pytest

from protocols.mixes import mixes

INPUTS = ("OpenLeft", "OpenRight", "Wide")


def test_a_sum_is_a_constant_and_names_with_factors() -> None:
    made = mixes({"Lid": "0.75 -0.5*OpenLeft +0.25*Wide", "Wide": "Wide", "Minus": "-Wide +OpenRight"}, INPUTS)
    assert made.names == ("Lid", "Wide", "Minus")
    assert made.of(np.array([1, 0.5, 0.4], np.float32)).tolist() == pytest.approx([0.35, 0.4, 0.1])


def test_an_at_sign_stands_for_left_and_for_right() -> None:
    made = mixes({"Shut@": "1 -Open@", "Both": "OpenLeft +OpenRight"}, INPUTS)
    assert made.names == ("ShutLeft", "ShutRight", "Both")
    assert made.of(np.array([0.25, 0.5, 0], np.float32)).tolist() == [0.75, 0.5, 0.75]


def test_a_name_that_is_no_input_is_found_when_the_table_is_read() -> None:
    with pytest.raises(KeyError, match="Opne"):
        mixes({"Shut": "1 -Opne"}, INPUTS)
