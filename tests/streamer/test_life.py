import math

import numpy as np
import pytest

from streamer.face.life import Life

FPS = 60
SILENT = np.zeros(1)
Lived = dict[str, np.ndarray]


def lived(seconds: float, name: str = "guard", speaking: float = 0.0, **listening: tuple[float, float]) -> Lived:
    life = crowd(seconds, {name: speaking}, **listening)
    return {key: values[:, 0] for key, values in life.items()}


def crowd(seconds: float, speaking: dict[str, float], **listening: tuple[float, float]) -> Lived:
    """What life adds frame by frame (F, names, ...) to those who speak so much."""
    life = Life()
    for name in speaking:
        life.add(name, 0.0)
    if listening:
        life.listen(0, 0.0, listening["toward"])
    said = np.array(list(speaking.values()))
    frames = [life.at(n / FPS, said) for n in range(round(seconds * FPS))]
    return {key: np.array([getattr(frame, key) for frame in frames]) for key in
            ("lids", "gaze", "head", "follow", "brows", "smile")}  # fmt: skip


def count_blinks(lids: np.ndarray) -> int:
    return int(((lids[1:] > 0.4) & (lids[:-1] <= 0.4)).sum())


def test_blinks_come_as_often_as_peoples_and_more_in_speech() -> None:
    idle, speech = (
        np.mean([count_blinks(lids) / 5 for lids in crowd(300, dict.fromkeys("abc", much))["lids"].T])
        for much in (0.0, 1.0)
    )
    assert 8 < idle < 21 < speech < 32.5


def test_a_blink_closes_faster_than_it_opens_and_is_often_incomplete() -> None:
    lids = lived(300)["lids"]
    rising, falling = (lids[1:] > lids[:-1]).sum(), (lids[1:] < lids[:-1]).sum()
    assert 1.3 < falling / rising < 2.2
    tops = [lids[i] for i in range(1, len(lids) - 1) if lids[i - 1] < lids[i] >= lids[i + 1]]
    assert 0.55 < min(tops) < 0.8 and max(tops) > 0.95


def test_eyes_jump_and_rest_and_the_head_follows_later() -> None:
    life = lived(120)
    speed = np.hypot(*np.diff(life["gaze"], axis=0).T) * FPS
    assert math.degrees(speed.max()) > 100
    assert np.mean(speed < 1e-3) > 0.85  # fixations
    turns = np.flatnonzero(np.hypot(*np.diff(life["follow"], axis=0).T) > 1e-4)
    first = turns[0]
    assert np.abs(life["gaze"][first] - life["gaze"][first - 6]).max() > math.radians(2)  # the eyes had gone before


def test_the_same_name_lives_the_same_life_and_no_two_are_in_step() -> None:
    one, again, other = lived(60, "guard"), lived(60, "guard"), lived(60, "thief")
    assert all((one[key] == again[key]).all() for key in one)
    assert abs(np.corrcoef(one["lids"], other["lids"])[0, 1]) < 0.2
    assert abs(np.corrcoef(one["head"][:, 0], other["head"][:, 0])[0, 1]) < 0.9


def test_a_face_never_freezes_and_a_statue_never_moves() -> None:
    life = lived(20)
    assert (np.abs(np.diff(life["head"][60:], axis=0)).max(1) > 0).all()
    statue = Life()
    statue.add("guard", 0.0)
    statue.calm(0, 0.0, 0.0, 0.1)
    for n in range(10, 1200):
        now = statue.at(n / FPS, SILENT)
        assert not any(np.any(getattr(now, key)) for key in ("lids", "gaze", "head", "follow"))


def test_a_listener_looks_where_the_other_is_and_nods() -> None:
    there = lived(120, toward=(0.3, 0.1))
    assert np.median(there["gaze"][120:, 0]) == pytest.approx(0.3, abs=0.05)
    dips = there["head"][:, 1] < lived(120)["head"][:, 1].min() - 0.01
    assert 3 < int((dips[1:] & ~dips[:-1]).sum()) < 80
    assert there["brows"].max() > 0.05 and there["smile"].max() > 0.05
    assert not lived(60)["brows"].any()


def test_rows_join_at_any_time_without_a_jolt() -> None:
    life = Life()
    for n in range(200):
        life.add(f"c{n}", n / FPS)
        now = life.at(n / FPS, np.zeros(n + 1))
        assert now.lids.shape == (n + 1,) and not now.head[-1].any()
