import numpy as np
import pytest

from protocols.arkit import INDEX
from protocols.messages import Line, Phone
from protocols.voices import Letters, Shapes
from streamer.face.mouth import COLUMN, LEAD, RATE
from streamer.face.sounds import SILENCE, VOWELS, Sound
from streamer.face.speech import REACTION, pronounced, speech_of


def test_everyday_lines_have_four_to_five_syllables_a_second() -> None:
    lines = ("Halt! Who goes there?", "The door is over there, behind the old mill.",
             "I told you not to come back here.",
             "Well, I suppose we could ask the captain about it tomorrow morning.", "You have got to be kidding me.",
             "Take the left path, then follow the river until you see the bridge.")  # fmt: skip
    rates = [sum(s.phone in VOWELS for s in pronounced(t)) / pronounced(t)[-1].end for t in lines]
    assert 4.0 <= sum(rates) / len(rates) <= 5.0 and min(rates) > 2.5 and max(rates) < 6.5


def test_a_line_is_spoken_as_its_voice_service_says() -> None:
    line = Line("guard", "Hi", phones=(Phone("HH", 0.1, 0.2), Phone("AY1", 0.2, 0.5), Phone("sp", 0.5, 0.6)))
    speech = speech_of(line)
    assert speech.sounds == (Sound("HH", 0.1, 0.2), Sound("AY", 0.2, 0.5, 1.0), Sound(SILENCE, 0.5, 0.6))
    assert speech.duration == pytest.approx(0.6)


def test_a_line_fills_the_duration_that_the_game_gives() -> None:
    line = Line("guard", "Who goes there?", duration=4.0)
    assert speech_of(line).sounds[-1].end == 4.0 == speech_of(line).duration
    assert 0.6 <= speech_of(Line("guard", "Who goes there?")).duration < 1.6


def test_nothing_to_say_is_a_silent_reaction() -> None:
    for text in ("", "...", "\U0001f600", "?!"):
        speech = speech_of(Line("guard", text))
        assert speech.sounds == () and speech.duration == REACTION and not speech.curves().any()


def test_words_fill_the_time_of_their_letters() -> None:
    text = "hi you"
    times = [0.1 * i for i in range(len(text) + 1)]
    letters = Letters(tuple(text), tuple(times[:-1]), tuple(times[1:]))
    sounds = speech_of(Line("guard", text, phones=letters)).sounds
    assert [s.phone for s in sounds] == ["HH", "AY", SILENCE, "Y", "UW"]
    assert sounds[0].begin == 0.0 and sounds[1].end == pytest.approx(0.2)
    assert sounds[3].begin == pytest.approx(0.3) and sounds[4].end == pytest.approx(0.6)


def test_blend_shapes_of_a_service_are_the_mouth_as_it_is() -> None:
    values = np.zeros((60, 61), np.float32)
    values[:, INDEX["JawOpen"]] = np.sin(np.linspace(0, np.pi, 60))
    speech = speech_of(Line("guard", "Ah", phones=Shapes(60.0, values)))
    jaw = speech.curves()[:, COLUMN["JawOpen"]]
    assert speech.duration == pytest.approx(1.0, abs=0.02) and jaw.max() == pytest.approx(1.0, abs=0.01)
    assert np.argmax(jaw) / RATE - LEAD == pytest.approx(0.5, abs=0.02) and jaw[0] == jaw[-1] == 0.0
