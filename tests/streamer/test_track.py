import numpy as np
import pytest

from protocols.arkit import CHANNELS, HIGHEST, LOWEST
from streamer.face.curves import FASTEST, PEAK_SLOPE, Segment, release
from streamer.face.track import Track

FINE = 3000  # samples a second, to see slopes
ONE = np.ones(1, np.float32)
ZERO = np.zeros(1, np.float32)


def track(channels: int = 1, rows: int = 1) -> Track:
    made = Track(np.zeros(channels, np.float32), np.ones(channels, np.float32))
    for _ in range(rows):
        made.add()
    return made


def values(made: Track, times: np.ndarray) -> np.ndarray:
    return np.array([made.sample(time)[0].copy() for time in times], np.float64)


def test_a_rise_ends_on_its_target_exactly_and_stays() -> None:
    made = track()
    target = np.float32([0.3])
    made.follow(0, [Segment(1.0, 0.3, "rise", target)])
    assert made.sample(1.0)[0, 0] == 0.0
    assert made.sample(1.3)[0, 0] == target
    assert made.sample(9.0)[0, 0] == target


def test_a_rise_is_a_minimum_jerk_curve() -> None:
    made = track()
    made.follow(0, [Segment(0.0, 1.0, "rise", ONE)])
    assert values(made, np.array([0.25, 0.5, 0.75]))[:, 0] == pytest.approx([0.103515625, 0.5, 0.896484375])


def test_a_release_does_not_mirror_the_rise() -> None:
    made = track()
    made.follow(0, [Segment(0.0, 1.0, "rise", ONE), release(2.0, 1.0)])
    rise = values(made, np.linspace(0, 1, 61))[:, 0]
    fall = values(made, np.linspace(2, 3, 61))[:, 0]
    assert fall[0] == 1.0 and fall[-1] == 0.0
    assert np.abs(fall[::-1] - rise).max() > 0.15
    assert np.argmin(np.diff(fall)) < np.argmax(np.diff(rise))  # it lets go early and has a long tail


def test_a_turn_in_mid_motion_breaks_neither_value_nor_velocity() -> None:
    made = track()
    made.follow(0, [Segment(0.0, 0.1, "rise", ONE), Segment(0.05, 0.3, "rise", ZERO)])
    motion = values(made, np.arange(0, 0.4, 1 / FINE))[:, 0]
    velocity = np.diff(motion) * FINE
    assert velocity.max() == pytest.approx(PEAK_SLOPE / 0.1, rel=0.01)
    assert np.abs(np.diff(velocity)).max() < 0.04 * velocity.max()


def test_a_turn_at_a_limit_does_not_pass_it() -> None:
    made = track()
    made.follow(0, [Segment(0.0, 0.1, "rise", ONE), Segment(0.08, 0.9, "rise", ONE)])
    motion = values(made, np.arange(0, 1.2, 1 / FINE))[:, 0]
    assert motion.max() <= 1.0
    assert np.abs(np.diff(np.diff(motion) * FINE)).max() < 1.0


def test_random_turns_stay_inside_the_limits_smooth_and_no_faster_than_a_snap() -> None:
    rng = np.random.default_rng(5)
    made = Track(LOWEST, HIGHEST)
    for _ in range(4):
        made.add()
    fastest = PEAK_SLOPE / FASTEST * (HIGHEST - LOWEST)
    before = velocity_before = None
    for tick in range(4 * FINE):
        now = tick / FINE
        if rng.random() < 0.02:
            target = np.clip(np.where(rng.random(61) < 0.6, rng.integers(-1, 2, 61), rng.random(61)), LOWEST, HIGHEST)
            turn = Segment(now, float(rng.choice([0.1, 0.3, 0.9])), "rise", target.astype(np.float32))
            made.follow(int(rng.integers(4)), [turn, release(now + 0.2)] if rng.random() < 0.7 else [release(now, 0.1)])
        value = made.sample(now).astype(np.float64)
        assert (value >= LOWEST).all() and (value <= HIGHEST).all()
        if before is not None:
            velocity = (value - before) * FINE
            assert (np.abs(velocity) <= fastest * 1.001).all()
            if velocity_before is not None:
                assert np.abs(velocity - velocity_before).max() < 0.1 * fastest.max()
            velocity_before = velocity
        before = value


def test_rows_do_not_disturb_each_other_and_may_be_added_at_any_time() -> None:
    made = track()
    made.follow(0, [Segment(0.0, 0.3, "rise", ONE)])
    alone = made.sample(0.1)[0].copy()
    for row in range(1, 40):
        assert made.add() == row
    made.follow(39, [Segment(0.1, 0.1, "rise", ONE)])
    together = made.sample(0.15)
    assert together.shape == (40, 1) and together[39, 0] > 0 and not together[1:39].any()
    assert made.sample(0.3)[0, 0] == 1.0 and alone[0] > 0


def test_a_segment_that_begins_between_two_samples_begins_when_it_says() -> None:
    coarse, fine = track(), track()
    for made in (coarse, fine):
        made.follow(0, [Segment(0.0, 0.3, "rise", ONE), Segment(0.1234, 0.3, "rise", ZERO)])
    values(fine, np.arange(0, 0.3, 1 / FINE))
    assert coarse.sample(0.3)[0, 0] == pytest.approx(fine.sample(0.3)[0, 0], abs=1e-6)


def test_rest_is_where_a_release_ends() -> None:
    made = track(len(CHANNELS))
    made.rest[0] = 0.25
    made.follow(0, [Segment(0.0, 0.1, "rise", np.ones(61, np.float32)), release(0.2, 0.2)])
    assert not made.is_resting(0) or made.sample(0.1).any()
    made.sample(0.15)
    assert not made.is_resting(0)
    assert made.sample(0.4)[0] == pytest.approx(np.full(61, 0.25))
    assert made.is_resting(0)
