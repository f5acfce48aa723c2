import subprocess
import sys
import time

import numpy as np
import pytest

from streamer.face.phones import FILE, LETTERS, LONGEST, load, marked, most_common, phones, pronounce
from streamer.face.sounds import PHONES, VOWELS

NETWORK = load(FILE)
INVENTED = "zenthrak mirelda quorvane blorptastic wyrmling grommash thessaly thornwick spellforge dragonsbane".split()


def plain(said: tuple[str, ...]) -> str:
    return " ".join(phone.rstrip("012") for phone in said)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hello", "HH AH0 L OW1"),
        ("Hello", "HH AH0 L OW1"),
        ("don't", "D OW1 N T"),
        ("don’t", "D OW1 N T"),
        ("one", "W AH1 N"),
        ("through", "TH R UW1"),
        ("people", "P IY1 P AH0 L"),
        ("the", "DH AH0"),
        ("myself", "M AY0 S EH1 L F"),
        ("information", "IH2 N F ER0 M EY1 SH AH0 N"),
        ("shh", "SH"),
    ],
)
def test_common_words_are_known(word: str, said: str) -> None:
    assert " ".join(phones(word)) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("mother's", "M AH DH ER Z"),
        ("cat's", "K AE T S"),
        ("boss's", "B AA S IH Z"),
        ("'em", "AH M"),
        ("'hello'", "HH AH L OW"),
    ],
)
def test_apostrophes_are_heard_where_they_say_something(word: str, said: str) -> None:
    assert plain(phones(word)) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("glim", "G L IH M"),
        ("blick", "B L IH K"),
        ("thrantic", "TH R AE N T IH K"),
        ("grommash", "G R AA M AE SH"),
        ("splarking", "S P L AA R K IH NG"),
        ("vexation", "V EH K S EY SH AH N"),
    ],
)
def test_words_that_nobody_has_heard_are_read_by_their_letters(word: str, said: str) -> None:
    assert word not in NETWORK.common
    assert plain(phones(word)) == said


@pytest.mark.parametrize("ending", ["ation", "icity"])
def test_endings_draw_the_stress_to_them(ending: str) -> None:
    for word in ("bland" + ending, "mord" + ending, "fren" + ending):
        digits = [phone[-1] for phone in phones(word) if phone[-1].isdigit()]
        assert digits[-3 if ending == "icity" else -2] == "1", word


def test_every_phone_is_of_the_alphabet_and_every_vowel_is_marked() -> None:
    for word in [*NETWORK.common, *INVENTED]:
        for phone in phones(word):
            assert phone.rstrip("012") in PHONES, word
            assert (phone[-1] in "012") == (phone.rstrip("012") in VOWELS), word


def test_a_word_of_the_network_has_one_main_stress() -> None:
    for word in INVENTED:
        assert sum(phone.endswith("1") for phone in pronounce(NETWORK, word)) == 1, word


def test_a_letter_that_says_two_vowels_stresses_the_first() -> None:
    scores = np.array([[0, 9, 0], [0, 1, 2]], np.float32)
    assert marked([("AY", "AH"), ("OW",)], scores) == ("AY1", "AH0", "OW2")


@pytest.mark.parametrize("word", ["", "'", "''", "123", "你好", "🙂", "-", "\ud800"])
def test_what_has_no_letters_says_nothing(word: str) -> None:
    assert phones(word) == ()


def test_any_letters_are_read() -> None:
    for word in ("q", "xqzjk", "a" * 500, "'".join("abc"), "aeiou" * 20):
        assert len(phones(word)) <= 2 * LONGEST


def test_the_network_sees_letters_beyond_the_next_ones() -> None:
    assert plain(pronounce(NETWORK, "hat")) != plain(pronounce(NETWORK, "hate"))
    assert plain(pronounce(NETWORK, "x"))  # a word shorter than what a letter sees


def test_common_spellings_are_preferred() -> None:
    assert most_common(["god", "good"]) == "good"
    assert most_common(["xq", "hello"]) == "hello"
    assert most_common(["xq", "zzqx"]) == ""


def test_the_file_is_small_enough_to_ship_and_says_where_it_comes_from() -> None:
    assert FILE.stat().st_size <= 2_500_000
    with np.load(FILE) as stored:
        about = bytes(stored["about"]).decode()
    assert "BSD" in about and "Apache-2.0" in about and "phone_error_rate" in about
    assert len(NETWORK.common) >= 3000
    assert set("".join(NETWORK.common)) <= set(LETTERS)


def test_ten_unseen_words_take_less_than_two_milliseconds() -> None:
    def seconds() -> float:
        begin = time.perf_counter()
        for word in INVENTED:
            pronounce(NETWORK, word)
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(50)) < 0.002


def test_the_file_is_not_read_on_import() -> None:
    code = "import streamer.face.phones as p; assert p._shipped.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
