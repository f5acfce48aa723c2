import pytest

from streamer.face.foreign import approximated
from streamer.face.phones import phones
from streamer.face.sounds import PHONES, VOWELS


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hello", "HH AH0 L OW1"), ("the", "DH AH0"), ("through", "TH R UW1"), ("enough", "IH0 N AH1 F"),
        ("knight", "N AY1 T"), ("one", "W AH1 N"), ("don't", "D OW1 N T"), ("nation", "N EY1 SH AH0 N"),
        ("goblin", "G AA1 B L IH0 N"), ("queen", "K W IY1 N"), ("electricity", "IH0 L EH0 K T R IH1 S AH0 T IY0"),
    ],
)  # fmt: skip
def test_words_are_pronounced(word: str, said: str) -> None:
    assert " ".join(phones(word)) == said


def test_invented_names_have_a_vowel_and_sound_as_they_are_spelled() -> None:
    for word, first in (("zanthor", "Z"), ("grimbold", "G"), ("eldoria", "EH1"), ("brimstone", "B"), ("facecue", "F")):
        said = phones(word)
        assert said[0] == first and any(phone[-1] == "1" for phone in said)


def test_every_word_gives_known_phones_and_one_main_stress_at_most() -> None:
    for word in ("a", "bcd", "xyzzy", "rhythm", "aeiou", "zzz", "supercalifragilistic", "q" * 60, "it's", "the"):
        said = phones(word)
        assert {phone.rstrip("012") for phone in said} <= PHONES
        assert sum(phone.endswith("1") for phone in said) <= 1
        assert all((phone[-1] in "012") == (phone.rstrip("012") in VOWELS) for phone in said)


def test_what_has_no_letters_is_not_pronounced() -> None:
    assert phones("") == phones("'") == phones("123") == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("\u043f\u0440\u0438\u0432\u0435\u0442", "P R IY1 V EH1 T"),
        ("\u3053\u3093\u306b\u3061\u306f", "K OW1 N N IY1 T IY1 HH AA1"),
        ("\uc548\ub155", "AA1 N N IY1 EH1 OW1 NG"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", "N AA1 M AA1 S AA1 T AA1 EH1"),
    ],
)
def test_other_scripts_sound_as_their_letters_are_named(word: str, said: str) -> None:
    assert " ".join(approximated(word)) == said


def test_a_script_without_vowels_still_has_syllables() -> None:
    for word in (
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u4f60\u597d\u4e16\u754c",
        "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    ):
        said = approximated(word)
        assert 1 <= sum(phone.endswith("1") for phone in said) <= 6
        assert {phone.rstrip("1") for phone in said} <= PHONES
