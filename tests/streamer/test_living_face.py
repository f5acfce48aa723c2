"""The whole face in motion: expression, speech and life together."""

import random

import numpy as np
import pytest

from protocols import messages
from protocols.arkit import INDEX
from protocols.messages import AudioStarted, Clock, Explain, Fit, Line, Listen, Mood, Stop
from protocols.profiles import Profile
from streamer.face.layers import LAYERS
from streamer.face.speech import pronounced
from streamer.performance import FPS
from tests.streamer.test_performance import Show

SPEAKING = Profile(still=0.0)
ALIVE = Profile()
MOUTH = [i for name, i in INDEX.items() if name.startswith(("Jaw", "Mouth", "Tongue"))]
LIDS = [INDEX["EyeBlinkLeft"], INDEX["EyeBlinkRight"]]
JAW, CLOSE = INDEX["JawOpen"], INDEX["MouthClose"]


def test_the_mouth_speaks_and_is_at_rest_again_soon_after() -> None:
    show = Show("guard", profile=SPEAKING)
    text = "Open the big door!"
    show.tell(Line("guard", text, emotion="neutral"))
    jaw = show.run(pronounced(text)[-1].end)[:, 0, JAW]
    openings = int(((jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] >= jaw[2:])).sum())
    assert jaw.max() > 0.2 and 4 <= openings <= 8
    assert show.run(0.45)[-1, 0, JAW] < 0.02


def test_the_face_acts_at_once_and_the_lips_wait_for_the_voice() -> None:
    for line, start in (
        (Line("guard", "Mamma mia!", emotion="joy", delay=1.0, id="a"), None),
        (Line("guard", "Mamma mia!", emotion="joy", delay="signal", id="a"), AudioStarted("a")),
    ):
        show = Show("guard", profile=SPEAKING)
        show.tell(line)
        waiting = show.run(0.75)[:, 0]
        assert waiting[:, INDEX["CheekSquintLeft"]].max() > 0.1 and waiting[:, CLOSE].max() == 0.0
        if start:
            show.tell(start)
        assert show.run(1.2)[:, 0, CLOSE].max() > 0.01  # the lips meet for M


def test_the_lips_keep_to_the_time_of_the_voice() -> None:
    show = Show("guard", profile=SPEAKING)
    phones = tuple(messages.Phone(p, t, t + 0.2) for p, t in (("AA", 0.5), ("M", 0.7), ("AA", 0.9)))
    show.tell(Line("guard", "ama", phones=phones, delay=0.3))
    frames = show.run(2.0)[:, 0]
    closed = (frames[:, CLOSE] > 0.8 * frames[:, JAW]) & (frames[:, JAW] > 0.01)
    middle = np.flatnonzero(closed)[len(np.flatnonzero(closed)) // 2] / FPS
    assert middle == pytest.approx(0.3 + 0.8, abs=2.5 / FPS)


def test_a_held_smile_stays_at_least_half_as_strong_while_the_mouth_speaks() -> None:
    smile = {"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6}
    cue = messages.KeyframeCue(text="", at=0.0, values=tuple(smile.get(name, 0.0) for name in INDEX))
    shown = []
    for profile in (SPEAKING, Profile(still=0.0, articulation=0.0)):
        show = Show("guard", profile=profile)
        show.tell(Line("guard", "Who would not want to move to Boston for a while?", keyframes=(cue,)))
        shown.append(show.run(2.5)[:, 0, INDEX["MouthSmileLeft"]])
    assert (shown[0] >= 0.5 * shown[1]).all() and shown[1].max() == pytest.approx(0.6)


@pytest.mark.long
def test_ten_thousand_interrupts_while_speaking_leave_no_stuck_mouth() -> None:
    chance = random.Random(4)
    show = Show("guard", profile=ALIVE)
    texts = ("Stop that right now!", "Maybe I will.", "What? No!", "By my beard, a wolf.", "Mmm. Pumpkin pie.")
    stops = 0
    for k in range(10_000):
        when = "interrupt" if chance.random() < 0.9 else "queue"
        show.tell(Line("guard", chance.choice(texts), emotion=chance.choice(("joy", "rage", "sad")), when=when))
        frames = [show.run(chance.randint(1, 3) / FPS)]
        if k % 100 == 99:
            show.tell(Stop("guard", 0.25))
            frames.append(show.run(0.4))
            assert frames[-1][-1, 0, MOUTH].max() < 0.02, k
            stops += 1
        values = np.concatenate(frames)
        assert values[:, 0, LIDS].max() <= 1.0 and (values[:, 0, CLOSE] <= values[:, 0, JAW] + 1e-6).all()
        show.answers.clear()
    assert stops == 100


def test_an_interrupt_breaks_neither_value_nor_speed_of_the_mouth() -> None:
    show = Show("guard", profile=SPEAKING)
    last = np.zeros(61)
    for k in range(300):
        show.tell(Line("guard", ("Oh no, mother!", "Quick, move!")[k % 2], when="interrupt"))
        for frame in show.run(0.15)[:, 0]:
            assert np.abs(frame - last)[JAW] < 0.22
            last = frame


def test_two_faces_never_live_in_step_and_the_same_one_lives_again() -> None:
    takes = []
    for _ in range(2):
        show = Show("guard", "thief", profile=ALIVE)
        show.tell(Mood("guard", "weary"))
        takes.append(show.run(20.0))
    assert (takes[0] == takes[1]).all()
    lids = takes[0][:, :, LIDS[0]]
    assert abs(np.corrcoef(lids[:, 0], lids[:, 1])[0, 1]) < 0.3


def test_the_games_clock_pauses_and_slows_everything() -> None:
    show = Show("guard", profile=ALIVE)
    show.tell(Line("guard", "Wherever you may roam, my friend.", emotion="joy", id="a", duration=2.0))
    show.run(0.5)
    show.tell(Clock(0.0))
    paused = show.run(3.0)
    assert (paused == paused[0]).all() and not show.endings()
    show.tell(Clock(0.5))
    show.run(2.0)
    assert not show.endings()
    show.run(1.2)
    assert show.endings() == {"a": ["done"]}


def test_a_listener_turns_to_the_speaker() -> None:
    show = Show("guard", "thief", profile=ALIVE)
    assert show.tell(Listen("guard", "thief", yaw=0.3, pitch=0.0)) == []
    yaw = show.run(10.0)[300:, 0, INDEX["LeftEyeYaw"]] - show.run(0.1)[0, 0, INDEX["HeadYaw"]]
    assert np.median(yaw) > 0.12
    (answer,) = show.tell(Listen("guard", "nobody"))
    assert isinstance(answer, messages.Error) and answer.code == "unknown_character"
    assert show.tell(Listen("guard", None)) == []


def test_a_profile_can_be_changed_while_running() -> None:
    show = Show("guard", profile=ALIVE)
    show.run(1.0)
    show.tell(Fit("guard", Profile(still=0.0)))
    show.run(1.0)
    assert not show.run(5.0).any()
    show.tell(Fit("guard", Profile(expressiveness=0.5, still=0.0, articulation=0.0)))
    show.tell(Line("guard", "Ha!", emotion="joy", duration=1.0))
    half = show.run(1.0).max()
    show.tell(Stop("*")), show.run(2.0)
    show.tell(Fit("guard", Profile(still=0.0, articulation=0.0)))
    show.tell(Line("guard", "Ha!", emotion="joy", duration=1.0))
    assert half == pytest.approx(show.run(1.0).max() / 2, rel=0.05)


def test_an_explanation_adds_up_to_what_is_shown() -> None:
    show = Show("guard", profile=ALIVE)
    show.tell(Line("guard", "Mamma mia, what a day!", emotion="joy"))
    frame = show.run(0.6)[-1, 0]
    (explained,) = show.tell(Explain("guard"))
    assert isinstance(explained, messages.Explained)
    seen = set()
    for name, parts in explained.channels.items():
        shares = {layer: share for layer, share in parts.items() if layer != "value"}
        assert set(shares) <= set(LAYERS)
        assert sum(shares.values()) == pytest.approx(parts["value"], abs=0.03)
        assert parts["value"] == pytest.approx(float(frame[INDEX[name]]), abs=1e-3)
        seen |= set(shares)
    assert {"expression", "speech", "idle"} <= seen
    (error,) = show.tell(Explain("nobody"))
    assert isinstance(error, messages.Error)


def test_the_stage_fades_to_neutral_when_it_closes() -> None:
    show = Show("guard", profile=ALIVE)
    show.tell(Mood("guard", "sad"))
    show.tell(Line("guard", "Mamma mia, what a long day this has been!", emotion="joy"))
    show.run(1.0)
    show.performance.close(0.25)
    assert not show.run(0.3)[-1].any()


@pytest.mark.parametrize("fade", [0.0, 0.25, 0.5, 1.0, 5.0])
def test_a_stop_in_mid_word_never_opens_the_mouth_further(fade: float) -> None:
    for frames in range(5, 60, 3):
        show = Show("guard", profile=SPEAKING)
        show.tell(Line("guard", "Father, far hot halls. Far away from all of the hollow halls."))
        before = show.run(frames / FPS)[:, 0, JAW]
        show.tell(Stop("guard", fade))
        after = show.run(max(fade, 0.2) + 0.1)[:, 0, JAW]
        assert after.max() <= before[-1] + 0.1, frames
        assert np.abs(np.diff(np.concatenate([before[-1:], after]))).max() < 0.25
        assert after[-1] < 0.01


def test_a_second_stop_can_be_quicker_than_the_first() -> None:
    show = Show("guard", profile=SPEAKING)
    show.tell(Line("guard", "Father, far hot halls. Far away from all of the hollow halls."))
    show.run(0.65)
    show.tell(Stop("guard", 5.0))
    show.run(0.1)
    show.tell(Stop("guard", 0.25))
    assert show.run(0.4)[-1, 0, JAW] < 0.01


@pytest.mark.parametrize(
    "line",
    [
        Line("guard", "Halt! Who goes there?", duration=8.0),
        Line("guard", "Hello there. You go.", duration=60.0),
        Line("guard", "a", phones=(messages.Phone("AA1", 0, 0.2), messages.Phone("AA1", 10, 10.2))),
        Line("guard", "a", phones=(messages.Phone("M", 0, 0.1), messages.Phone("AA1", 0.1, 5.1))),
    ],
)
def test_long_pauses_and_long_sounds_are_held_without_jumps(line: Line) -> None:
    show = Show("guard", profile=SPEAKING)
    show.tell(line)
    frames = show.run(11.0)[:, 0]
    assert np.abs(np.diff(frames[:, MOUTH], axis=0)).max() < 0.3
    if line.text == "a" and line.phones and len(line.phones) == 2:
        quiet = frames[round(0.8 * FPS) : round(4.5 * FPS), JAW]
        assert quiet.max() < 0.02 if line.phones[1].start > 5 else quiet.min() > 0.3


def test_a_line_shorter_than_its_sounds_falls_silent_at_its_end() -> None:
    show = Show("guard", profile=SPEAKING)
    phones = tuple(messages.Phone("AA1", 0.2 * n, 0.2 * n + 0.2) for n in range(19))
    show.tell(Line("guard", "aa", duration=0.5, phones=phones, id="a"))
    show.run(0.8)
    assert show.endings() == {"a": ["done"]} and show.run(0.1)[:, 0, JAW].max() < 0.02


def test_a_paused_face_goes_to_rest_when_the_stage_closes() -> None:
    show = Show("guard", profile=SPEAKING)
    show.tell(Line("guard", "Far away from all of the halls."))
    show.run(0.6)
    show.tell(Clock(0.0))
    show.run(0.5)
    show.performance.close(0.25)
    assert not show.run(0.3)[-1].any()


@pytest.mark.parametrize(
    "profile", [Profile(gain={"JawOpen": 0.5}), Profile(speed={"JawOpen": 2.0}), Profile(offset={"MouthClose": 1.0})]
)
def test_lips_close_in_any_profile(profile: Profile) -> None:
    show = Show("guard", profile=profile)
    show.tell(Line("guard", "Bob may bump my papa, mama.", emotion="joy"))
    frames = show.run(2.0)[:, 0]
    assert (frames[:, CLOSE] <= frames[:, JAW] + 1e-6).all()
    shut = np.abs(frames[:, CLOSE] - frames[:, JAW]) < 1e-3
    assert int((shut[1:] & ~shut[:-1]).sum()) >= 5


def test_a_new_profile_is_taken_up_without_a_jolt() -> None:
    show = Show("guard", profile=SPEAKING)
    show.tell(Line("guard", "Father, far hot halls.", emotion="rage"))
    last = show.run(0.6)[-1, 0]
    for profile in (Profile(still=0.0, gain={"JawOpen": 4.0}), Profile(still=0.0, expressiveness=0.0)):
        show.tell(Fit("guard", profile))
        for frame in show.run(0.3)[:, 0]:
            assert np.abs(frame - last).max() < 0.35
            last = frame


def test_a_face_told_not_to_blink_does_not() -> None:
    show = Show("guard", profile=Profile(blinks=0.0))
    show.tell(Line("guard", "Hello. " * 20, emotion="neutral"))
    assert show.run(60.0)[:, 0, LIDS].max() < 0.3
