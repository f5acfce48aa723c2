import time as clock
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.face import timing
from streamer.face.sounds import CONSONANTS, SILENCE, VOWELS, Sound
from streamer.face.timing import Spoken, pauses, stretched, time

HELLO = Spoken(("HH", "AH0", "L", "OW1"))
WORLD = Spoken(("W", "ER1", "L", "D"), pause=0.3)

phones = st.sampled_from([*sorted(CONSONANTS), *(vowel + digit for vowel in sorted(VOWELS) for digit in "012")])
words = st.builds(
    Spoken,
    st.lists(phones, max_size=12).map(tuple),
    st.one_of(st.just(0.0), st.floats(0.01, 2)),
    st.floats(0, 1),
)
seconds = st.floats(1e-3, 1e3)


def lengths(sounds: tuple[Sound, ...], kind: frozenset[str]) -> float:
    return sum(sound.end - sound.begin for sound in sounds if sound.phone in kind)


def length_of(sounds: tuple[Sound, ...], phone: str) -> float:
    return next(sound.end - sound.begin for sound in sounds if sound.phone == phone)


def test_each_phone_is_a_sound_and_each_pause_a_silence() -> None:
    sounds = time([HELLO, WORLD, HELLO])
    assert [sound.phone for sound in sounds] == [*"HH AH L OW W ER L D".split(), SILENCE, *"HH AH L OW".split()]
    assert [sound.stress for sound in sounds[:4]] == [0, 0, 0, 1]
    assert sounds[8].end - sounds[8].begin == pytest.approx(0.3)


@given(st.lists(words, max_size=12))
def test_sounds_follow_one_another_within_the_bounds(line: list[Spoken]) -> None:
    sounds = time(line)
    assert [sound.begin for sound in sounds] == [0.0, *(sound.end for sound in sounds)][: len(sounds)]
    for sound in sounds:
        longest = 2 if sound.phone == SILENCE else 0.7 if sound.phone in VOWELS else 0.4
        shortest = 0 if sound.phone == SILENCE else 0.03
        assert shortest - 1e-9 <= sound.end - sound.begin <= longest + 1e-9


@given(st.lists(words.filter(lambda word: not word.emphasis), min_size=1, max_size=6))
def test_without_emphasis_no_phone_is_longer_than_400_ms(line: list[Spoken]) -> None:
    assert all(sound.end - sound.begin <= 0.4 + 1e-9 for sound in time(line) if sound.phone)


def test_nothing_to_say_takes_no_time() -> None:
    assert time([]) == time([Spoken(())]) == stretched((), 1.0) == ()


def test_a_phone_that_english_lacks_is_named() -> None:
    with pytest.raises(ValueError, match="phone is 'QQ', expected ARPAbet"):
        time([Spoken(("QQ",))])


def test_the_last_word_of_a_phrase_is_drawn_out() -> None:
    within = time([HELLO, WORLD])
    final = time([WORLD, HELLO])
    assert length_of(final, "OW") > 1.2 * length_of(within, "OW")


def test_a_stressed_vowel_is_longer_than_an_unstressed_one() -> None:
    stressed, weak = (time([Spoken(("B", f"AA{digit}", "T")), WORLD]) for digit in "10")
    assert length_of(stressed, "AA") > length_of(weak, "AA")


def test_emphasis_lengthens_and_stresses_the_word() -> None:
    calm, shouted = (time([Spoken(HELLO.phones, emphasis=emphasis), WORLD]) for emphasis in (0, 1))
    assert length_of(shouted, "OW") > 1.4 * length_of(calm, "OW")
    assert shouted[3].stress > calm[3].stress
    assert shouted[4].stress == calm[4].stress


def test_a_shouted_little_word_has_stress() -> None:
    assert time([Spoken(("DH", "AH0"), emphasis=1.0)])[1].stress == 1


def test_a_voice_rests_at_commas_and_at_the_ends_of_sentences() -> None:
    assert pauses()["."] >= 0.2
    assert pauses()[","] >= 0.1


def test_twenty_words_take_well_under_a_millisecond() -> None:
    line = [HELLO, WORLD] * 10
    time(line)

    def once() -> float:
        begin = clock.perf_counter()
        time(line)
        return clock.perf_counter() - begin

    assert min(once() for _ in range(50)) < 0.001


@given(st.lists(words, min_size=1, max_size=8), seconds)
def test_stretched_sounds_end_exactly_and_keep_their_order(line: list[Spoken], duration: float) -> None:
    before = time(line)
    after = stretched(before, duration)
    assert [(sound.phone, sound.stress) for sound in after] == [(sound.phone, sound.stress) for sound in before]
    if after:
        edges = [after[0].begin, *(sound.end for sound in after)]
        assert edges[0] == 0.0
        assert edges[-1] == duration
        assert edges == sorted(edges)


@given(seconds)
def test_consonants_give_less_than_vowels_and_pauses(duration: float) -> None:
    before = time([HELLO, WORLD, HELLO])
    after = stretched(before, duration)
    firm = abs(np.log(lengths(after, CONSONANTS) / lengths(before, CONSONANTS)))
    for kind in (VOWELS, frozenset({SILENCE})):
        assert firm <= abs(np.log(lengths(after, kind) / lengths(before, kind))) + 1e-6


def test_stretching_to_the_same_length_changes_nothing() -> None:
    before = time([HELLO, WORLD])
    after = stretched(before, before[-1].end)
    assert [sound.end for sound in after] == pytest.approx([sound.end for sound in before])


@pytest.mark.parametrize("duration", [1e-300, 1e-9, 1e9, 1e300])
def test_any_positive_duration_works(duration: float) -> None:
    assert stretched(time([HELLO, WORLD]), duration)[-1].end == duration


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf")])
def test_a_duration_that_is_not_positive_is_refused(duration: float) -> None:
    with pytest.raises(ValueError, match="expected a positive number of seconds"):
        stretched(time([HELLO]), duration)


def test_the_weights_fit_the_features_and_say_where_they_come_from() -> None:
    path = files("streamer.face") / "durations.npz"
    with path.open("rb") as file, np.load(file) as stored:
        assert stored["table"].shape == (sum(timing.SIZES),)
        assert "CC0" in str(stored["about"])
    assert len(path.read_bytes()) < 100_000
