"""How long each sound of a text lasts, and how sounds are fitted to a given length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from streamer.face.sounds import SILENCE, VOWELS, Sound

# Seconds of each phone in running speech, unstressed and inside a word.
_LONG: Final = {
    "AA": 0.105, "AE": 0.105, "AH": 0.055, "AO": 0.105, "AW": 0.13, "AY": 0.125, "EH": 0.075, "ER": 0.085, "EY": 0.105,
    "IH": 0.055, "IY": 0.08, "OW": 0.11, "OY": 0.14, "UH": 0.06, "UW": 0.085, "B": 0.062, "CH": 0.1, "D": 0.05,
    "DH": 0.04, "F": 0.085, "G": 0.062, "HH": 0.055, "JH": 0.085, "K": 0.075, "L": 0.058, "M": 0.066, "N": 0.056,
    "NG": 0.07, "P": 0.08, "R": 0.055, "S": 0.095, "SH": 0.1, "T": 0.06, "TH": 0.085, "V": 0.058, "W": 0.058,
    "Y": 0.055, "Z": 0.078, "ZH": 0.085,
}  # fmt: skip
_PACE: Final = 0.93  # makes the table's phones 4 to 5 syllables a second of everyday lines, pauses in
_STRESS: Final = {"1": 1.28, "2": 1.12, "0": 0.95}
_LAST: Final = 1.45  # of the last syllable before a pause
_CLUSTERED: Final = 0.85  # of consonants side by side
_EMPHASIS: Final = 0.5  # longer by this where a word is shouted or stretched
_SHORTEST: Final = 0.03
_YIELD: Final = {"consonant": 0.6, "vowel": 1.0, "silence": 1.3}  # how readily sounds give when a line is fitted


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as phones with the digits of their stress, the silence after it, and its weight."""

    phones: tuple[str, ...]
    pause: float = 0.0
    emphasis: float = 0.0


def time(words: Sequence[Spoken]) -> tuple[Sound, ...]:
    """The sounds of words in time, at an ordinary pace."""
    sounds: list[Sound] = []
    at = 0.0
    for i, word in enumerate(words):
        is_last = word.pause > 0 or i == len(words) - 1
        for phone, stress, seconds in _word(word, is_last):
            sounds.append(Sound(phone, at, at + seconds, stress))
            at += seconds
        if word.pause:
            sounds.append(Sound(SILENCE, at, at + word.pause))
            at += word.pause
    return tuple(sounds)


def _word(word: Spoken, is_last: bool) -> Iterator[tuple[str, float, float]]:
    plain = [phone.rstrip("012") for phone in word.phones]
    last_vowel = max((i for i, phone in enumerate(plain) if phone in VOWELS), default=0)
    for i, phone in enumerate(plain):
        digit = word.phones[i][-1] if phone in VOWELS else ""
        seconds = _PACE * _LONG[phone] * _STRESS.get(digit, 1.0)
        beside = plain[max(i - 1, 0) : i] + plain[i + 1 : i + 2]
        if phone not in VOWELS and any(other not in VOWELS for other in beside):
            seconds *= _CLUSTERED
        if is_last and i >= last_vowel:
            seconds *= _LAST
        stress = {"1": 1.0, "2": 0.5}.get(digit, 0.0)
        if phone in VOWELS:
            seconds *= 1 + _EMPHASIS * word.emphasis
            stress *= 1 + 0.3 * word.emphasis
        yield phone, stress, max(seconds, _SHORTEST)


def stretched(sounds: Sequence[Sound], duration: float) -> tuple[Sound, ...]:
    """The sounds fitted to a duration: silences and vowels give most, consonants least; the end is exact."""
    if not sounds:
        return ()
    given = [(s.end - s.begin) for s in sounds]
    change = duration / sum(given)
    wanted = [length * change ** _YIELD[_kind(s)] for length, s in zip(given, sounds, strict=True)]
    share = duration / sum(wanted)
    fitted: list[Sound] = []
    at = 0.0
    for sound, length in zip(sounds, wanted, strict=True):
        fitted.append(replace(sound, begin=at, end=at + length * share))
        at += length * share
    fitted[-1] = replace(fitted[-1], end=duration)
    return tuple(fitted)


def _kind(sound: Sound) -> str:
    return "silence" if sound.phone == SILENCE else "vowel" if sound.phone in VOWELS else "consonant"
