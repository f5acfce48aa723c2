import numpy as np
import pytest

from streamer.cues import Keyframe, Onset
from streamer.face.curves import APEX, FASTEST, LEAD, RISE_TIME, Segment, release, schedule

FACE = np.full(61, 0.5, np.float32)


def keyframe(at: float, onset: Onset = "ease") -> Keyframe:
    return Keyframe(at, onset, "", FACE)


def plan(
    *keyframes: Keyframe,
    begin: float = 10.0,
    voice: float | None = 10.0,
    duration: float = 4.0,
    anticipate: bool = False,
) -> list[Segment]:
    segments = schedule(keyframes, begin, voice, duration, anticipate=anticipate)
    begins = [segment.begin for segment in segments]
    assert begins == sorted(begins) and begins[0] >= begin
    assert all(segment.duration >= FASTEST for segment in segments)
    return segments


def peaks(segments: list[Segment]) -> list[float]:
    return [s.begin + s.duration for s in segments if s.weight == 1.0 and s.values is not None]


@pytest.mark.parametrize("onset", ["snap", "ease", "slow"])
def test_a_keyframe_peaks_at_its_time_after_a_rise_of_its_onset(onset: Onset) -> None:
    segment = plan(keyframe(0.5, onset))[0]
    assert segment.begin == pytest.approx(12.0 - RISE_TIME[onset])
    assert segment.begin + segment.duration == pytest.approx(12.0)


def test_keyframes_before_and_after_the_line_are_all_played() -> None:
    first, second, third = peaks(plan(keyframe(-0.2), keyframe(-0.1), keyframe(1.2)))
    assert (first, third) == pytest.approx((10.3, 14.8)) and first < second < 11.0


def test_a_keyframe_at_the_very_start_rises_in_its_own_time() -> None:
    assert peaks(plan(keyframe(0.0)))[0] == pytest.approx(10.3)


def test_the_first_keyframe_does_not_wait_for_a_delayed_voice_but_the_next_does() -> None:
    assert peaks(plan(keyframe(0.1), keyframe(0.9), voice=11.0)) == pytest.approx([10.4, 14.6])


def test_while_the_voice_is_unknown_only_the_first_keyframe_is_played() -> None:
    segments = plan(keyframe(0.2), keyframe(0.9), voice=None)
    assert len(segments) == 1 and segments[0].begin == 10.0


def test_keyframes_too_close_are_late_rather_than_faster_than_a_snap() -> None:
    first, second = peaks(plan(keyframe(0.5), keyframe(0.51, "slow")))
    assert first == pytest.approx(12.0)
    assert second == pytest.approx(12.0 + RISE_TIME["slow"] / 2)


def test_the_last_keyframe_is_seen_even_when_the_line_ends_with_it() -> None:
    last = plan(keyframe(1.0), duration=1.0)[-1]
    assert last.values is None and last.begin == pytest.approx(11.0 + APEX)


def test_a_face_that_acts_late_hints_at_it_at_once() -> None:
    hint = plan(keyframe(0.8), anticipate=True)[0]
    assert hint.begin == 10.0 and hint.weight == LEAD
    assert plan(keyframe(0.0), anticipate=True)[0].weight == 1.0


def test_a_keyframe_that_nothing_follows_for_long_softens_but_is_not_given_up() -> None:
    weights = [segment.weight for segment in plan(keyframe(0.0), duration=20.0) if segment.values is not None]
    assert len(weights) == 2 and 0.5 < weights[1] < 1.0


def test_a_resumed_line_goes_back_to_the_keyframe_that_was_showing() -> None:
    other = Keyframe(0.9, "ease", "", np.zeros(61, np.float32))
    segments = plan(keyframe(0.1), keyframe(0.3), other, begin=10.0, voice=8.0)
    assert segments[0].begin == 10.0 and segments[0].values is FACE
    assert peaks(segments)[-1] == pytest.approx(11.6)


def test_no_release_is_faster_than_a_snap() -> None:
    assert release(0.0, 0.0).duration == FASTEST
