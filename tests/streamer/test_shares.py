import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.frames import Frame
from streamer.outputs.shares import Turns, face_of


def taken(rate: int, numbers: list[int]) -> list[int]:
    turns = Turns(rate)
    return [number for number in numbers if turns.is_next(number)]


@pytest.mark.parametrize("rate", [60, 59, 50, 30, 25, 24, 15, 10, 1])
def test_a_second_has_as_many_frames_as_its_rate_says(rate: int) -> None:
    numbers = taken(rate, list(range(600)))
    assert len(numbers) in (10 * rate, 10 * rate - 1)  # the very first frame may not be due
    assert set(np.diff(numbers)) <= {60 // rate, 60 // rate + 1}


def test_a_skipped_frame_is_made_up_for_by_the_next() -> None:
    assert taken(30, [1, 2, 3, 5, 6, 9, 10]) == [2, 5, 6, 9, 10]


@given(st.sampled_from([30, 24, 20, 7]), st.sets(st.integers(0, 300), min_size=1))
def test_whatever_is_skipped_no_period_gets_two_frames_and_none_that_has_one_goes_without(
    rate: int, numbers: set[int]
) -> None:
    played = sorted(numbers)
    periods = [number * rate // 60 for number in taken(rate, played)]
    assert len(set(periods)) == len(periods)
    assert {number * rate // 60 for number in played} - set(periods) <= {played[0] * rate // 60}


def test_a_full_rate_takes_every_frame() -> None:
    assert taken(60, [7, 7, 3]) == [7, 7, 3]


def test_a_face_is_found_by_name_or_is_the_first_on_stage() -> None:
    frame = Frame(0, 0, 0.0, ("a", "b"), np.array([[1.0], [2.0]], np.float32))
    found = [face_of(frame, name) for name in ("", "a", "b")]
    assert [face.tolist() for face in found if face is not None] == [[1.0], [1.0], [2.0]]
    assert face_of(frame, "c") is None
    assert face_of(Frame(0, 0, 0.0, (), np.zeros((0, 1), np.float32)), "") is None
