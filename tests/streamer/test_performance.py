import random

import numpy as np
import pytest

from protocols import messages
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, face
from protocols.messages import AudioStarted, Gaze, KeyframeCue, Line, Mood, Stop
from protocols.profiles import Profile
from streamer.brain.rules import Rules
from streamer.cues import CueSheet, Keyframe
from streamer.face.curves import FASTEST, PEAK_SLOPE
from streamer.performance import FPS, Answer, Performance
from tests.doubles import STATUE

BRAIN = Rules()
SMILE = tuple(float(v) for v in face({"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6}))


class Show:
    """A performance with the rules for a brain, run frame by frame."""

    def __init__(self, *characters: str, max_characters: int = 100, profile: Profile = STATUE) -> None:
        self.performance = Performance(characters, max_characters, profile=profile)
        self.answers: list[Answer] = []

    def tell(self, message: messages.ToFacecue) -> list[Answer]:
        answers = self.performance.handle(message)
        for request in self.performance.requests():
            (sheet,) = BRAIN.plan([request.prompt])
            answers += self.performance.deliver(request, sheet)
        self.answers += answers
        return answers

    def run(self, seconds: float) -> np.ndarray:
        """The frames of the next seconds: (frames, characters, 61)."""
        frames = []
        for number in range(self.performance.number + 1, self.performance.number + round(seconds * FPS) + 1):
            frame, answers = self.performance.frame(number)
            self.answers += answers
            frames.append(frame.values.copy())
        return np.array(frames)

    def endings(self) -> dict[str, list[str]]:
        ends: dict[str, list[str]] = {}
        for answer in self.answers:
            if isinstance(answer, messages.Finished):
                ends.setdefault(answer.id, []).append(answer.reason)
        return ends


def kinds(answers: list[Answer]) -> list[str]:
    return [type(answer).__name__ for answer in answers]


def test_a_line_is_accepted_planned_and_started_at_once_and_the_next_frame_shows_it() -> None:
    show = Show("guard")
    show.run(1.0)
    answers = show.tell(Line("guard", "I am so happy!", emotion="joy", id="q1"))
    assert kinds(answers) == ["Accepted", "Planned", "Started"]
    assert show.run(1 / FPS)[0].any()


def test_the_next_frame_moves_for_any_line_emotion_and_length() -> None:
    for emotion in ("suspicious", "sad", "terrified", "", "bored", "cold anger"):
        for duration in (0.3, 1.0, 1.4, 1.6, 1.8, 2.0, 5.0, 30.0):
            show = Show("guard")
            show.run(0.5)
            show.tell(Line("guard", "The door is over there.", emotion=emotion, duration=duration))
            assert np.abs(show.run(1 / FPS)).max() > 1e-5


def test_a_line_says_its_captions_and_all_61_values_by_name() -> None:
    planned = Show().tell(Line("guard", "Get out!", emotion="furious"))[1]
    assert isinstance(planned, messages.Planned)
    for keyframe in planned.keyframes:
        assert keyframe.text and len(keyframe.values) == 61


def test_after_a_line_the_face_is_back_at_rest() -> None:
    show = Show("guard")
    show.tell(Line("guard", "No!", emotion="rage", duration=1.0, id="q1"))
    frames = show.run(4.0)
    assert frames.max() > 0.2
    assert not frames[-1].any()
    assert show.endings() == {"q1": ["done"]}


def test_the_games_own_keyframes_are_played_as_they_are() -> None:
    show = Show("guard")
    cues = (KeyframeCue(at=0.5, values=SMILE), KeyframeCue(text="left brow up", at=1.0))
    planned = show.tell(Line("guard", "Hm.", duration=2.0, keyframes=cues))[1]
    assert isinstance(planned, messages.Planned)
    assert planned.keyframes[0].values["MouthSmileLeft"] == pytest.approx(0.6)
    assert planned.keyframes[1].values["BrowOuterUpLeft"] > planned.keyframes[1].values["BrowOuterUpRight"]
    assert show.run(1.0)[-1, 0] == pytest.approx(np.float32(SMILE), abs=1e-6)


def test_a_queued_line_waits_and_an_interrupt_does_not() -> None:
    show = Show("guard")
    show.tell(Line("guard", "One.", duration=1.0, id="a"))
    assert kinds(show.tell(Line("guard", "Two.", id="b"))) == ["Accepted", "Planned"]
    answers = show.tell(Line("guard", "Three.", id="c", when="interrupt"))
    assert kinds(answers) == ["Accepted", "Planned", "Finished", "Started"]
    show.run(20.0)
    assert show.endings() == {"a": ["interrupted"], "b": ["done"], "c": ["done"]}


def test_a_refused_line_is_finished_with_the_reason() -> None:
    show = Show("guard")
    show.tell(Line("guard", "One.", id="a"))
    (answer,) = show.tell(Line("guard", "Two.", id="b", when="if_idle"))
    assert answer == messages.Finished("b", "refused", "guard is not idle")


def test_a_stop_brings_the_face_to_rest_within_its_fade() -> None:
    show = Show("guard")
    show.tell(Line("guard", "Get out!", emotion="furious", duration=5.0, id="a"))
    show.run(1.0)
    assert show.tell(Stop("guard", fade=0.25)) == [messages.Finished("a", "stopped")]
    frames = show.run(0.4)
    assert frames[0].any() and not frames[15:].any()


def test_a_mood_is_what_the_face_returns_to() -> None:
    show = Show("guard")
    show.tell(Mood("guard", "sad", 1.0))
    mood = show.run(2.0)[-1, 0]
    assert mood[INDEX["BrowInnerUp"]] > 0.1
    show.tell(Line("guard", "Ha!", emotion="joy", duration=1.0))
    assert (show.run(4.0)[-1, 0] == mood).all()
    show.tell(Mood("guard", "sad", 0.0))
    assert not show.run(2.0)[-1].any()


def test_no_mood_is_neutral_without_asking_the_brain() -> None:
    show = Show("guard")
    show.tell(Mood("guard", "sad"))
    assert show.run(2.0)[-1].any()
    show.performance.handle(Mood("guard", " "))
    assert show.performance.requests() == []
    assert not show.run(2.0)[-1].any()


def test_the_intensity_of_a_line_scales_its_faces() -> None:
    peaks = []
    for intensity in (0.5, 1.0):
        show = Show("guard")
        show.tell(Line("guard", "Ha!", emotion="joy", duration=2.0, intensity=intensity))
        peaks.append(show.run(2.0)[:, 0, INDEX["MouthSmileLeft"]].max())
    assert peaks[0] == pytest.approx(peaks[1] / 2, rel=1e-3)


def test_a_signalled_line_acts_at_once_and_goes_on_with_the_voice() -> None:
    show = Show("guard")
    cues = (KeyframeCue(at=0.0, values=SMILE), KeyframeCue(at=1.0, values=tuple(np.zeros(61))))
    show.tell(Line("guard", "Hi.", id="a", delay="signal", duration=1.0, keyframes=cues))
    assert show.run(5.0)[-1, 0, INDEX["MouthSmileLeft"]] == pytest.approx(0.6)
    show.tell(AudioStarted("a"))
    show.run(1.0)
    assert show.endings() == {"a": ["done"]}
    (answer,) = show.tell(AudioStarted("a"))
    assert isinstance(answer, messages.Error) and answer.code == "unknown_id"


def test_a_signal_that_never_comes_gives_the_face_back() -> None:
    show = Show("guard")
    show.tell(Line("guard", "Hi.", id="a", delay="signal", keyframes=(KeyframeCue(at=0.0, values=SMILE),)))
    assert show.run(29.0)[-1].any()
    assert not show.run(3.0)[-1].any()
    assert show.endings() == {"a": ["expired"]}


def test_there_is_a_limit_to_the_characters_and_the_others_play_on() -> None:
    show = Show("guard", max_characters=2)
    show.tell(Line("thief", "Me?"))
    (answer,) = show.tell(Line("mayor", "And me?", id="x"))
    assert isinstance(answer, messages.Error) and answer.code == "too_many_characters" and answer.id == "x"
    (unknown,) = show.tell(Stop("nobody"))
    assert isinstance(unknown, messages.Error) and unknown.code == "unknown_character"
    assert show.run(0.1).shape == (6, 2, 61)


def test_the_same_messages_at_the_same_frames_give_the_same_faces_bit_for_bit() -> None:
    def play() -> bytes:
        show = Show("guard")
        first = show.run(0.5)
        show.tell(Line("guard", "You again? Well... I suppose.", emotion="weary amusement"))
        second = show.run(1.2)
        show.tell(Line("guard", "WATCH OUT!", when="interrupt"))
        return first.tobytes() + second.tobytes() + show.run(3.0).tobytes()

    assert play() == play()


@pytest.mark.long
def test_ten_thousand_random_orders_leave_every_face_sound() -> None:
    chance = random.Random(11)
    show = Show("a", "b", "c")
    accepted: set[str] = set()
    fastest = PEAK_SLOPE / FASTEST / FPS * (HIGHEST - LOWEST) + 1e-5
    before = show.run(1 / FPS)[-1]
    for number in range(10_000):
        for answer in show.tell(_order(chance, number)):
            if isinstance(answer, messages.Accepted):
                accepted.add(answer.id)
        for values in show.run(chance.choice([0, 1, 1, 2, 5, 12]) / FPS):
            assert (values >= LOWEST).all() and (values <= HIGHEST).all()
            assert (np.abs(values - before) <= fastest).all()
            before = values
    show.tell(Stop("*", fade=0.25))
    for character in "abc":
        show.tell(Mood(character, "", 0.0)), show.tell(Gaze(character, None, None))
    assert not show.run(2.0)[-1].any()
    assert all(show.performance.is_idle(character) for character in "abc")
    ends = {id: reasons for id, reasons in show.endings().items() if reasons != ["refused"]}
    assert set(ends) == accepted and all(len(reasons) == 1 for reasons in ends.values())
    assert {reason for (reason,) in ends.values()} == {"done", "interrupted", "stopped", "expired"}


def _order(chance: random.Random, number: int) -> messages.ToFacecue:
    character = chance.choice("abc")
    match chance.choices(["line", "stop", "mood", "gaze", "audio"], [70, 8, 5, 10, 7])[0]:
        case "stop":
            return Stop(chance.choice([character, "*"]), chance.choice([0.0, 0.1, 0.25, 1.0]))
        case "mood":
            return Mood(character, chance.choice(["weary", "happy", "angry"]), chance.random())
        case "gaze":
            away = chance.random() < 0.3
            return Gaze(character, *((None, None) if away else (chance.uniform(-0.7, 0.7), chance.uniform(-0.5, 0.5))))
        case "audio":
            return AudioStarted(str(number - chance.randrange(1, 10)))
    values = tuple(float(v) for v in face({"JawOpen": chance.choice([0, 1]), "HeadYaw": chance.choice([-1, 1])}))
    return Line(
        character,
        chance.choice(["Halt!", "Well... maybe.", "I am so happy to see you!", "NO!", "What is that?"]),
        emotion=chance.choice(["", "furious", "joy turning to fear", "slightly sad"]),
        id=str(number),
        when=chance.choice(["queue", "queue", "interrupt", "if_idle"]),
        duration=chance.choice([None, 0.1, 0.5, 2.0]),
        delay=chance.choice([0.0, 0.3, "signal"]),
        priority=chance.choice([0, 0, 1]),
        ttl=chance.choice([None, 0.5, 3.0]),
        keyframes=chance.choice([(), (KeyframeCue(onset="snap", values=values),)]),
    )


def test_a_plan_is_answered_with_keyframes_and_seconds_and_moves_no_face() -> None:
    show = Show("guard")
    show.run(0.1)
    (answer,) = show.tell(messages.Plan("p1", "I am so happy!", emotion="joy"))
    assert isinstance(answer, messages.Planned) and answer.id == "p1"
    assert any(value for keyframe in answer.keyframes for value in keyframe.values.values())
    assert answer.duration is not None and 0.3 < answer.duration < 5
    assert not show.run(0.5).any() and show.performance.is_idle("guard")


def test_a_plan_keeps_the_values_that_are_given_and_finds_those_of_words() -> None:
    given = tuple(0.123456 if name == "JawOpen" else 0.0 for name in CHANNELS)
    (answer,) = Show().tell(
        messages.Plan("p1", keyframes=(KeyframeCue("a smile", 0.1), KeyframeCue("own", 0.7, "slow", given)))
    )
    assert isinstance(answer, messages.Planned)
    drawn, kept = answer.keyframes
    assert (drawn.at, drawn.text) == (0.1, "a smile") and drawn.values["MouthSmileLeft"] > 0.1
    assert (kept.at, kept.onset, kept.text) == (0.7, "slow", "own") and tuple(kept.values.values()) == given


def test_a_plan_cannot_take_the_id_of_a_line_that_plays() -> None:
    show = Show("guard")
    show.tell(Line("guard", "Halt!", id="q1"))
    (answer,) = show.tell(messages.Plan("q1", "Halt!"))
    assert isinstance(answer, messages.Error) and (answer.code, answer.id) == ("duplicate_id", "q1")


def sheet(*keyframes: tuple[float, dict[str, float]]) -> CueSheet:
    return CueSheet(tuple(Keyframe(at, "ease", "a face", face(values)) for at, values in keyframes))


class Late(Show):
    """A show whose second brain answers when the test says so."""

    def begin(self, line: Line, first: CueSheet) -> None:
        self.answers += self.performance.handle(line)
        (self.request,) = self.performance.requests()
        self.answers += self.performance.deliver(self.request, first)

    def revise(self, better: CueSheet) -> list[Answer]:
        return self.performance.revise(self.request, better)


FROWN, BROWS, PUFF, SMILES = {"MouthFrownLeft": 0.5}, {"BrowInnerUp": 0.5}, {"CheekPuff": 0.5}, {"MouthSmileLeft": 0.5}
TWO = sheet((0.1, FROWN), (0.8, FROWN))


def peaks(frames: np.ndarray, *names: str) -> list[float]:
    return [round(float(frames[:, 0, INDEX[name]].max()), 3) for name in names]


def test_a_better_sheet_replaces_the_keyframes_that_have_not_begun() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=4.0), TWO)
    before = show.run(1.5)
    (planned,) = show.revise(sheet((0.1, PUFF), (0.8, BROWS)))
    assert isinstance(planned, messages.Planned)
    assert [k.values["CheekPuff"] for k in planned.keyframes] == [0.0, 0.0]
    after = show.run(3.0)
    assert peaks(before, "MouthFrownLeft", "BrowInnerUp") == [0.5, 0.0]
    assert peaks(after[90:], "MouthFrownLeft", "BrowInnerUp", "CheekPuff")[1:] == [0.5, 0.0]
    assert after[round(1.7 * FPS), 0, INDEX["MouthFrownLeft"]] == pytest.approx(0.0, abs=1e-4)


def test_what_has_begun_plays_on_as_if_nothing_had_come() -> None:
    frames = []
    for better in (None, sheet((0.1, PUFF), (0.8, BROWS))):
        show = Late("guard")
        show.begin(Line("guard", "Well... no.", duration=4.0), TWO)
        first = show.run(0.3)
        if better:
            show.revise(better)
        frames.append(np.concatenate([first, show.run(2.5)]))
    assert (frames[0] == frames[1]).all()


@pytest.mark.parametrize("when", [0.0, 1 / FPS, 0.2, 0.5, 1.0, 2.0, 2.85, 3.0, 3.3, 3.9])
@pytest.mark.parametrize("better", [1, 2, 3])
def test_a_face_never_jumps_whenever_a_better_sheet_comes(when: float, better: int) -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=4.0, id="a"), TWO)
    frames = [show.run(when)]
    show.revise(sheet(*[((i + 0.5) / better, BROWS) for i in range(better)]))
    frames.append(show.run(6.0))
    motion = np.concatenate(frames) if when else frames[1]
    assert np.abs(np.diff(motion, axis=0)).max() <= 0.5 * PEAK_SLOPE / 0.15 / FPS + 1e-5  # half an easy rise
    assert np.abs(np.diff(motion, n=2, axis=0)).max() < 0.04  # nor does its speed
    assert not motion[-1].any()
    assert show.endings() == {"a": ["done"]}


def test_a_hint_is_no_beginning() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=4.0), sheet((0.8, FROWN)))
    assert peaks(show.run(1.0), "MouthFrownLeft") == [0.1]
    assert show.revise(sheet((0.8, BROWS)))
    assert peaks(show.run(3.0), "BrowInnerUp") == [0.5]


def test_of_a_better_sheet_only_what_can_still_be_reached_is_taken() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=4.0), sheet((0.8, FROWN)))
    show.run(1.0)
    (planned,) = show.revise(sheet((0.1, PUFF), (0.9, BROWS)))
    assert isinstance(planned, messages.Planned) and [k.at for k in planned.keyframes] == [0.9]
    assert peaks(show.run(4.0), "CheekPuff", "BrowInnerUp") == [0.0, 0.5]


def test_a_first_keyframe_too_near_for_a_hint_has_begun_with_its_line() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=4.0), sheet((0.0875, FROWN)))
    show.run(1 / FPS)
    assert show.revise(sheet((0.0875, BROWS))) == []
    assert peaks(show.run(3.0), "MouthFrownLeft", "BrowInnerUp") == [0.5, 0.0]


def test_a_better_sheet_that_comes_too_late_changes_nothing() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Well... no.", duration=2.0), TWO)
    show.run(1.5)
    assert show.revise(sheet((0.1, PUFF), (0.8, BROWS))) == []
    assert show.revise(sheet((0.5, PUFF))) == []
    assert not peaks(show.run(2.0), "CheekPuff", "BrowInnerUp")[0]
    assert show.revise(sheet((0.1, PUFF))) == []  # the line is over


def test_a_line_that_waits_or_has_not_been_seen_is_replaced_whole() -> None:
    show = Late("guard")
    show.begin(Line("guard", "First.", duration=1.0), TWO)
    show.begin(Line("guard", "Second.", duration=2.0), TWO)
    show.revise(sheet((0.2, PUFF)))
    assert peaks(show.run(0.9), "CheekPuff") == [0.0]
    assert peaks(show.run(2.0), "CheekPuff") == [0.5]
    at_once = Late("guard")
    at_once.begin(Line("guard", "Now.", duration=2.0), TWO)
    at_once.revise(sheet((0.1, PUFF), (0.8, PUFF)))
    assert peaks(at_once.run(2.0), "CheekPuff", "MouthFrownLeft") == [0.5, 0.0]


def test_the_games_own_keyframes_are_never_replaced() -> None:
    cues = (KeyframeCue(at=0.5, values=SMILE), KeyframeCue(text="worried", at=0.5), KeyframeCue(at=1.0, values=SMILE))
    show = Late("guard")
    show.begin(Line("guard", "Hm.", duration=4.0, keyframes=cues), sheet((0.9, FROWN)))
    show.run(0.5)
    (planned,) = show.revise(sheet((0.1, BROWS)))
    assert isinstance(planned, messages.Planned)
    assert [(k.at, k.values["MouthSmileLeft"], k.values["BrowInnerUp"]) for k in planned.keyframes] == [
        (0.5, pytest.approx(0.6), 0.0), (0.5, 0.0, 0.5), (1.0, pytest.approx(0.6), 0.0)
    ]  # fmt: skip


def test_a_signalled_line_keeps_its_first_keyframe_and_goes_on_with_the_better_ones() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Hi.", id="a", delay="signal", duration=2.0), TWO)
    show.run(1.0)
    show.revise(sheet((0.1, PUFF), (0.8, BROWS)))
    assert peaks(show.run(1.0), "CheekPuff", "MouthFrownLeft") == [0.0, 0.5]
    show.tell(AudioStarted("a"))
    assert peaks(show.run(2.0), "CheekPuff", "BrowInnerUp") == [0.0, 0.5]


def test_a_preempted_line_resumes_with_what_has_been_bettered() -> None:
    show = Late("guard")
    show.begin(Line("guard", "Low.", duration=4.0), TWO)
    request = show.request
    show.run(1.0)
    show.begin(Line("guard", "High!", duration=4.0, priority=1), sheet((0.2, SMILES)))
    show.run(3.0)  # longer than the first line had left
    assert show.performance.revise(request, sheet((0.1, PUFF), (0.8, BROWS)))
    assert peaks(show.run(6.0), "CheekPuff", "BrowInnerUp") == [0.0, 0.5]
