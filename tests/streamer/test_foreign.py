import pytest

from streamer.face.foreign import approximated
from streamer.face.sounds import PHONES


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
