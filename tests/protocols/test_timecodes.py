import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import timecodes
from protocols.errors import DecodeError
from protocols.timecodes import DROPPED, RATES, Count

NTSC = RATES["59.94"]
DROP = Count(NTSC, is_drop=True)
MINUTE = 60 * 60 - 4  # frames of a minute that leaves numbers out
COUNTS = [Count(rate, is_drop) for rate in RATES.values() for is_drop in {False, timecodes.can_drop(rate)}]


def read(texts: list[str], fps: float | None = None) -> tuple[list[float], Count]:
    times, count = timecodes.read(texts, range(2, 2 + len(texts)), fps)
    return times.tolist(), count


def run(first: int, frames: int, count: Count, step: int = 1) -> list[str]:
    return [timecodes.text(first + i, 0.0, count) for i in range(0, frames, step)]


@pytest.mark.parametrize(
    ("frame", "subframe", "count", "text"),
    [
        (0, 0.0, Count(), "00:00:00:00.000"),
        (5_183_999, 0.9999, Count(), "23:59:59:59.999"),
        (5_184_000, 0.0, Count(), "00:00:00:00.000"),
        (24 * 3600 * 30 + 31, 0.5, Count(30), "00:00:01:01.500"),
        (61, 0.0, Count(NTSC), "00:00:01:01.000"),
        (3600, 0.0, Count(NTSC), "00:01:00:00.000"),
        (3599, 0.0, DROP, "00:00:59:59.000"),
        (3600, 0.0, DROP, "00:01:00:04.000"),
        (3600 + MINUTE - 1, 0.0, DROP, "00:01:59:59.000"),
        (3600 + MINUTE, 0.0, DROP, "00:02:00:04.000"),
        (3600 + 9 * MINUTE, 0.0, DROP, "00:10:00:00.000"),
        (1800, 0.0, Count(RATES["29.97"], is_drop=True), "00:01:00:02.000"),
        (17_982, 0.0, Count(RATES["29.97"], is_drop=True), "00:10:00:00.000"),
        (215_784, 0.0, DROP, "01:00:00:00.000"),
        (5_178_815, 0.0, DROP, "23:59:59:59.000"),
        (5_178_816, 0.0, DROP, "00:00:00:00.000"),
    ],
)
def test_a_frame_has_this_timecode(frame: int, subframe: float, count: Count, text: str) -> None:
    assert timecodes.text(frame, subframe, count) == text


@given(st.sampled_from(COUNTS), st.integers(0, 5_184_000), st.integers(2, 40))
def test_frames_come_back_as_their_time_when_the_count_is_known(count: Count, first: int, frames: int) -> None:
    texts = run(first, frames, count)
    marked = [text[:8] + ";" + text[9:] for text in texts] if count.is_drop else texts
    times, told = read(marked, count.fps)
    assert times == pytest.approx([i / count.fps for i in range(frames)], abs=1e-9)
    assert told.is_drop == count.is_drop and told.fps == pytest.approx(count.fps, rel=1e-12)


@given(st.sampled_from([count for count in COUNTS if count.is_drop]), st.integers(0, 5_184_000))
def test_numbers_that_drop_frame_leaves_out_are_never_written(count: Count, frame: int) -> None:
    minutes, seconds, frames = (float(part) for part in timecodes.text(frame, 0.0, count).split(":")[1:])
    assert seconds or minutes % 10 == 0 or frames >= DROPPED[count.nominal]


@given(st.sampled_from(COUNTS), st.integers(0, 5_178_000))
def test_timecodes_never_repeat_nor_fall_back_within_a_day(count: Count, frame: int) -> None:
    frame %= count.day - 1
    assert timecodes.text(frame, 0.0, count) < timecodes.text(frame + 1, 0.0, count)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("name", ["29.97", "59.94"])
def test_drop_frame_is_told_from_the_numbers_that_are_missing(name: str, step: int) -> None:
    count = Count(RATES[name], is_drop=True)
    frames = 15 * 60 * count.nominal
    times, told = read(run(0, frames, count, step))
    assert told.is_drop and told.fps == pytest.approx(count.fps, rel=1e-12)
    assert times == pytest.approx([i / count.fps for i in range(0, frames, step)], abs=1e-6)


def test_frames_lost_at_the_turn_of_a_minute_are_no_drop_frame() -> None:
    texts = [text for text in run(0, 3 * 3600, Count()) if text not in run(3600, 4, Count())]
    times, told = read(texts)
    assert told == Count(60)
    assert times[-1] == pytest.approx((3 * 3600 - 1) / 60)


def test_plain_5994_takes_the_time_it_took_when_it_is_told() -> None:
    texts = run(0, 3601, Count(NTSC))
    assert read(texts)[0][-1] == pytest.approx(60.0)
    assert read(texts, NTSC)[0][-1] == pytest.approx(60.06)


def test_a_day_of_drop_frame_is_a_day() -> None:
    times, _ = read(["23:59:59;59.000", "00:00:00;00.000", "00:00:00;01.000"])
    assert times == pytest.approx([0, 1 / NTSC, 2 / NTSC])
    assert DROP.day / NTSC == pytest.approx(24 * 3600, abs=0.1)


def test_a_frame_that_the_told_rate_does_not_count_is_named() -> None:
    with pytest.raises(DecodeError, match="row 3, frame of the timecode is 29, expected below 24"):
        read(["00:00:00:00.000", "00:00:00:29.000"], 24.0)


@given(
    st.lists(st.from_regex(timecodes.TIMECODE, fullmatch=True), min_size=1, max_size=40),
    st.sampled_from([None, *RATES.values()]),
)
def test_whatever_is_read_times_never_fall(texts: list[str], fps: float | None) -> None:
    try:
        times, _ = timecodes.read(texts, range(len(texts)), fps)
    except DecodeError:
        return
    assert times[0] == 0 and (np.diff(times) >= 0).all() and np.isfinite(times).all()
