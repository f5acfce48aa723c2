import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from protocols import recording, timecodes
from protocols.arkit import CHANNELS, INDEX, SHAPES, Floats, face
from protocols.errors import DecodeError
from protocols.recording import Recording
from protocols.timecodes import Count

# The app's own header, typed out from a real file.
HEADER = (
    "Timecode,BlendshapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,EyeLookUpLeft,"
    "EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,EyeLookOutRight,EyeLookUpRight,"
    "EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,JawOpen,MouthClose,MouthFunnel,MouthPucker,"
    "MouthRight,MouthLeft,MouthSmileLeft,MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,"
    "MouthDimpleRight,MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,MouthUpperUpLeft,"
    "MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,BrowOuterUpRight,CheekPuff,"
    "CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,TongueOut,HeadYaw,HeadPitch,HeadRoll,"
    "LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,RightEyePitch,RightEyeRoll\n"
)
# JawRight 0.25 stands before JawLeft 0.5, MouthRight 0.75 before MouthLeft 1; HeadYaw is -0.125.
ZERO = "0.0000000000"
LINE = ",".join(
    ["13:13:04:31.652", "61"] + [ZERO] * 15 + ["0.2500000000", "0.5000000000"] + [ZERO] * 4
    + ["0.7500000000", "1.0000000000"] + [ZERO] * 29 + ["-0.1250000000"] + [ZERO] * 8
) + "\n"  # fmt: skip
FACE = face({"JawRight": 0.25, "JawLeft": 0.5, "MouthRight": 0.75, "MouthLeft": 1, "HeadYaw": -0.125})


def table(
    timecodes: Sequence[str], names: Sequence[str] = CHANNELS, cells: dict[tuple[int, str], str] | None = None
) -> str:
    """A file with zeros everywhere but in `cells`, by row from 0 and column."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Timecode", "BlendShapeCount", *names])
    for i, timecode in enumerate(timecodes):
        writer.writerow([timecode, 61, *[(cells or {}).get((i, name), "0.0") for name in names]])
    return out.getvalue()


def times(*timecodes: str) -> list[float]:
    return [round(float(time), 9) for time in recording.decode(table(timecodes)).times]


def ticks(count: int, fps: int, step: int = 1) -> list[str]:
    return [timecodes.text(i * step, 0.0, Count(fps)) for i in range(count)]


def test_a_recording_is_this_text() -> None:
    assert recording.header() == HEADER
    assert recording.row(timecodes.text(((13 * 60 + 13) * 60 + 4) * 60 + 31, 0.652, Count()), FACE) == LINE
    take = Recording(np.zeros(1), FACE[None], ("13:13:04:31.652",))
    assert recording.encode(take) == HEADER + LINE


def test_this_text_is_a_recording() -> None:
    take = recording.decode((HEADER + LINE).encode())
    assert np.array_equal(take.values, FACE[None])
    assert take.values.dtype == np.float32
    assert take.times.tolist() == [0.0]
    assert take.timecodes == ("13:13:04:31.652",)
    assert take.fps == 60


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 4), st.just(61)), elements=st.floats(0, 1, width=32)))
@settings(max_examples=50)
def test_decoding_what_was_encoded_gives_the_take_back(values: Floats) -> None:
    take = recording.take(values, first=5_183_998)  # over midnight
    again = recording.decode(recording.encode(take))
    assert again.values == pytest.approx(take.values, abs=1e-9)  # the text has ten decimals
    assert again.times == pytest.approx(take.times, abs=1e-9)
    assert (again.timecodes, again.count) == (take.timecodes, take.count)


def test_rows_written_one_by_one_are_the_file() -> None:
    values = np.stack([FACE, FACE / 2])
    lines = [recording.row(f"00:00:0{i}:{(59 + i) % 60:02d}.000", row) for i, row in enumerate(values)]
    assert recording.header() + "".join(lines) == recording.encode(recording.take(values, first=59))


def test_a_negative_zero_is_written_as_zero() -> None:
    assert "-" not in recording.row("00:00:00:00.000", -face({}))


@pytest.mark.parametrize("names", [CHANNELS, CHANNELS[::-1], recording.COLUMNS])
def test_columns_are_found_by_name_in_any_order(names: Sequence[str]) -> None:
    cells = {(0, name): f"{i / 64}" for i, name in enumerate(CHANNELS)}
    values = recording.decode(table(["00:00:00:00.000"], names, cells)).values
    assert values[0].tolist() == [i / 64 for i in range(61)]


@pytest.mark.parametrize("spelling", ["BlendShapeCount", "BlendshapeCount"])
def test_either_spelling_of_the_count_is_read(spelling: str) -> None:
    text = (HEADER + LINE).replace("BlendshapeCount", spelling)
    assert np.array_equal(recording.decode(text).values, FACE[None])


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_are_read() -> None:
    data = b"\xef\xbb\xbf" + (HEADER + LINE + "\n").replace("\n", "\r\n").encode()
    assert np.array_equal(recording.decode(data).values, FACE[None])
    assert np.array_equal(recording.decode("\ufeff" + HEADER + LINE).values, FACE[None])


def test_a_file_of_the_52_shapes_has_rotations_of_zero() -> None:
    take = recording.decode(table(["00:00:00:00.000"], SHAPES, {(0, "TongueOut"): "0.5"}))
    assert np.array_equal(take.values, face({"TongueOut": 0.5})[None])


def test_channels_are_found_in_the_spelling_of_other_tools() -> None:
    camel = [name[0].lower() + name[1:] for name in CHANNELS]
    text = table(["00:00:00:00.000"], camel, {(0, "jawLeft"): "0.25", (0, "headYaw"): "-0.5"})
    assert np.array_equal(recording.decode(text).values, face({"JawLeft": 0.25, "HeadYaw": -0.5})[None])


def test_unknown_columns_are_ignored() -> None:
    text = table(["00:00:00:00.000"], [*CHANNELS, "Note"], {(0, "Note"): "not a number", (0, "JawOpen"): "0.5"})
    assert np.array_equal(recording.decode(text).values, face({"JawOpen": 0.5})[None])


def test_values_past_the_bounds_are_clamped() -> None:
    cells = {
        (0, "JawOpen"): "1.0533",
        (0, "CheekPuff"): "-0.01",
        (0, "HeadYaw"): "-1.4",
        (0, "HeadRoll"): "1e300",
    }
    row = recording.decode(table(["00:00:00:00.000"], cells=cells)).values[0]
    assert [row[INDEX[name]] for name in ("JawOpen", "CheekPuff", "HeadYaw", "HeadRoll")] == [1, 0, -1, 1]


def test_times_count_from_the_first_row() -> None:
    assert times("13:13:04:31.500", "13:13:04:33.500", "13:13:05:00.000") == [0, 0.033333333, 0.475]


def test_times_run_on_over_midnight() -> None:
    assert times("23:59:59:30.000", "00:00:00:00.000", "00:00:01:00.000") == [0, 0.5, 1.5]


def test_dropped_frames_leave_their_gap() -> None:
    assert times("00:00:00:00.000", "00:00:00:01.000", "00:00:00:09.000") == [0, 0.016666667, 0.15]


def test_a_clock_set_back_goes_on_by_the_usual_step() -> None:
    assert times("10:00:00:00.000", "10:00:00:06.000", "09:00:00:00.000", "09:00:00:06.000") == [
        0,
        0.1,
        0.2,
        0.3,
    ]


def test_a_day_may_have_more_than_24_hours() -> None:
    assert times("24:53:24:00.000", "24:53:25:00.000") == [0, 1]


def test_seconds_that_never_carry_into_minutes_are_read() -> None:
    assert times("00:00:59:00.000", "00:00:60:00.000", "00:00:61:00.000") == [0, 1, 2]
    assert recording.decode(table([f"00:00:{i}:00.000" for i in range(90)])).fps == 60


@pytest.mark.parametrize("fps", [24, 25, 30, 48, 50, 60, 100])
def test_the_rate_of_the_timecode_is_told_from_its_rhythm(fps: int) -> None:
    take = recording.decode(table(ticks(2 * fps, fps)))
    assert take.fps == fps
    assert np.diff(take.times) == pytest.approx(1 / fps)


def test_rows_at_30_under_a_timecode_of_60_keep_their_pace() -> None:
    take = recording.decode(table(ticks(60, 60, step=2)))
    assert take.fps == 60
    assert take.times[-1] == pytest.approx(118 / 60)


def test_too_few_rows_to_tell_the_rate_are_taken_as_60() -> None:
    assert recording.decode(table(ticks(12, 24))).fps == 60
    assert recording.decode(table(["00:00:00:00.000", "00:00:00:12.000", "00:00:01:00.000"])).fps == 60
    assert recording.decode(table(["00:00:00:75.000"])).fps == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file is empty"),
        ("\n\n", "file is empty"),
        (HEADER, "file has no rows"),
        (table([], [name for name in CHANNELS if name != "JawOpen"]), "row 1 has no column JawOpen"),
        (HEADER.replace("Timecode", "Time") + LINE, "row 1 has no column Timecode"),
        (table([], [*CHANNELS, "JawOpen"]), "row 1 has column JawOpen 2 times"),
        (table([], [*CHANNELS, "jawOpen"]), "row 1 has column JawOpen 2 times"),
        (table([], [f"CTRL_expressions_{name}" for name in CHANNELS]), "row 1 has no column EyeBlinkLeft"),
        (HEADER + LINE + LINE[:-14] + "\n", "row 3 has 62 cells, expected 63"),
        (HEADER + LINE[:-1] + ",0\n", "row 2 has 64 cells, expected 63"),
        (table(["00:00:00:00.000"] * 2, cells={(1, "JawOpen"): "wide"}), "row 3, column JawOpen is 'wide'"),
        (table(["00:00:00:00.000"] * 2, cells={(1, "HeadYaw"): ""}), "row 3, column HeadYaw is ''"),
        (table(["00:00:00:00.000"] * 2, cells={(0, "MouthLeft"): "nan"}), "row 2, column MouthLeft is nan"),
        (table(["00:00:00:00.000"] * 2, cells={(1, "JawLeft"): "-inf"}), "row 3, column JawLeft is -inf"),
        (table(["00:00:00:00.000", "1.5"]), "row 3, column Timecode is '1.5', expected HH:MM:SS:FF.mmm"),
        (
            table(["00:00:00:00.000", "00:00:00:120.0"]),
            "row 3, frame of the timecode is 120, expected below 120",
        ),
        (",".join(["Timecode"] * 257), "row 1 has 257 columns, expected at most 256"),
        (HEADER + '"' + "x" * 200_000, "file is not CSV"),
    ],
)
def test_a_bad_file_says_where(text: str, message: str) -> None:
    with pytest.raises(DecodeError) as error:
        recording.decode(text)
    assert message in str(error.value)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(DecodeError, match="file is not CSV in UTF-8"):
        recording.decode((HEADER + LINE).encode("utf-16"))


def test_a_file_with_too_many_bytes_or_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_ROWS", 2)
    with pytest.raises(DecodeError, match="file has more than 2 rows"):
        recording.decode(HEADER + LINE * 3)
    monkeypatch.setattr(recording, "MAX_BYTES", 1_000)
    with pytest.raises(DecodeError, match=r"file is \d+ bytes, expected at most 1000"):
        recording.decode(HEADER + LINE)


def test_every_truncation_is_read_or_refused() -> None:
    data = (HEADER + LINE).encode()
    for length in range(0, len(data), 7):
        try:
            recording.decode(data[:length])
        except DecodeError:
            continue


@given(
    st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda data: (HEADER + LINE).encode() + data)
    | st.text("0123456789:.,\n-e\"'", max_size=200).map(lambda text: (HEADER + LINE[:40] + text).encode())
)
def test_any_bytes_raise_nothing_but_a_decode_error(data: bytes) -> None:
    try:
        recording.decode(data)
    except DecodeError:
        return


@given(st.lists(st.from_regex(timecodes.TIMECODE, fullmatch=True), min_size=1, max_size=30))
@settings(max_examples=50)
def test_whatever_the_timecodes_times_never_fall(timecodes: list[str]) -> None:
    try:
        take = recording.decode(table(timecodes))
    except DecodeError:
        return
    assert take.times[0] == 0
    assert (np.diff(take.times) >= 0).all()


def test_resampling_draws_straight_lines_between_rows() -> None:
    cells = {(0, "JawOpen"): "0", (1, "JawOpen"): "1", (2, "JawOpen"): "0.5"}
    take = recording.decode(table(["00:00:00:00.000", "00:00:00:30.000", "00:00:01:00.000"], cells=cells))
    frames = recording.resample(take, 8).values
    assert frames.shape == (9, 61)
    assert frames.dtype == np.float32
    jaw = frames[:, INDEX["JawOpen"]].tolist()
    assert jaw == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5])


def test_a_take_is_sampled_by_its_time() -> None:
    values = np.zeros((4, 61), np.float32)
    values[:, INDEX["JawOpen"]] = np.linspace(0, 1, 4)
    take = Recording(np.array([0.0, 0.1, 0.1, 0.3]), values, ("",) * 4)
    sampled = recording.sample(take, np.array([-1.0, 0.0, 0.05, 0.1, 0.2, 0.3, 9.0]))
    assert sampled[:, INDEX["JawOpen"]].tolist() == pytest.approx([0, 0, 1 / 6, 2 / 3, 5 / 6, 1, 1])


def test_resampling_at_the_same_rate_gives_the_rows_back() -> None:
    values = np.linspace(0, 1, 100 * 61, dtype=np.float32).reshape(100, 61)
    assert recording.resample(recording.take(values), 60).values == pytest.approx(values, abs=1e-6)


def test_a_last_row_that_rounding_puts_before_its_frame_is_kept() -> None:
    take = recording.take(np.zeros((101, 61), np.float32))
    early = Recording(np.nextafter(take.times, 0), take.values, take.timecodes)
    assert early.times[-1] * 60 < 100
    assert len(recording.resample(early, 60).values) == 101


def test_of_rows_at_one_time_the_last_counts() -> None:
    twice = [*ticks(3, 60), ticks(3, 60)[-1]]
    take = recording.decode(table(twice, cells={(2, "JawOpen"): "0.25", (3, "JawOpen"): "0.75"}))
    jaw = recording.resample(take, 60).values[:, INDEX["JawOpen"]]
    assert jaw.tolist() == [0, 0, 0.75]


@pytest.mark.parametrize(
    ("texts", "length"), [(ticks(60, 60, step=2), 2.0), (ticks(48, 24), 2.0), (ticks(1, 60), 1 / 60)]
)
def test_a_take_is_as_long_as_its_rows_stand(texts: list[str], length: float) -> None:
    assert recording.decode(table(texts)).length == pytest.approx(length)


def test_resampling_goes_by_time_and_not_by_rows() -> None:
    """A second with every other row lost shows the same face at the same moment."""
    whole = np.zeros((61, 61), np.float32)
    whole[:, INDEX["JawOpen"]] = np.linspace(0, 1, 61)
    texts = ticks(61, 60)
    kept = [*range(0, 30, 2), *range(30, 61)]
    thin = table(
        [texts[i] for i in kept], cells={(n, "JawOpen"): str(whole[i, INDEX["JawOpen"]]) for n, i in enumerate(kept)}
    )
    for fps in (24, 30, 60_000 / 1001, 60):
        expected = recording.resample(recording.take(whole), fps)
        again = recording.resample(recording.decode(thin), fps)
        assert again.timecodes == expected.timecodes
        assert again.values == pytest.approx(expected.values, abs=1e-6)


def test_a_single_row_resamples_to_itself() -> None:
    assert np.array_equal(recording.resample(recording.take(FACE[None]), 60).values, FACE[None])


@pytest.mark.parametrize("fps", [0.0, -60.0, float("nan"), 1e9, float("inf")])
def test_resampling_refuses_a_senseless_rate(fps: float) -> None:
    with pytest.raises(DecodeError, match="expected a rate above 0 and at most 216000"):
        recording.resample(recording.take(np.stack([FACE, FACE])), fps)
