"""How long each phone lasts: a line's phones laid out in time, as a voice would say them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from streamer.face.sounds import CONSONANTS, SILENCE, VOWELS, Sound

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

SHORTEST: Final = 0.03  # two frames: less is not seen
LONGEST: Final = 0.4
LONGEST_EMPHASISED: Final = 0.7  # a vowel of a shouted word
_STRETCH_OF_VOWEL: Final = 0.6  # a shouted vowel lasts 1.6 times as long
_STRETCH_OF_CONSONANT: Final = 0.25

ORDER: Final = (SILENCE, *sorted(VOWELS), *sorted(CONSONANTS))  # the weights' rows; silence is what lies past an edge
_CLASSES: Final = (
    "AE AA AO AW AY EY ER IY OW OY UW",  # long vowels
    "AH EH IH UH",
    "P T K CH",
    "B D G JH",
    "F S SH TH HH",
    "V Z ZH DH",
    "M N NG",
    "L R W Y",
)
_CLASS_OF: Final = np.array([next((k + 1 for k, c in enumerate(_CLASSES) if p in c.split()), 0) for p in ORDER])
_FIRST_CONSONANT: Final = 1 + len(VOWELS)
_STRESSES: Final = {"": 0, "0": 0, "2": 1, "1": 2}
_HEIGHTS: Final = (0.0, 0.5, 1.0)
_CODES: Final = {phone: (i, 0) for i, phone in enumerate(ORDER) if i} | {
    ORDER[i] + digit: (i, stress) for i in range(1, _FIRST_CONSONANT) for digit, stress in _STRESSES.items()
}
_P, _C = len(ORDER), len(_CLASSES) + 1


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as it is said: its phones, the seconds of silence after it, and its emphasis from 0 to 1 (shouted)."""

    phones: tuple[str, ...]  # ARPAbet, vowels with the digit of their stress
    pause: float = 0.0
    emphasis: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What training learned: log seconds are a sum of one weight a feature."""

    table: Floats  # (sum of SIZES,)
    bias: float
    rate: float  # stretches the teacher's voice to everyday English
    pauses: dict[str, float]  # mark -> seconds of silence as the teacher makes them


@dataclass(frozen=True, slots=True)
class Layout:
    """The phones of a line side by side; every array has one entry a phone."""

    phone: Ints  # place in ORDER
    stress: Ints  # 0 none, 1 second, 2 main
    word: Ints  # which word it belongs to
    first: Ints  # of the word, as a place in the line
    last: Ints
    start: Ints  # of the phrase: what lies between two silences
    end: Ints


def time(words: Sequence[Spoken]) -> tuple[Sound, ...]:
    """The words' sounds one after the other from 0; raises ValueError for a phone that is not ARPAbet."""
    spoken = [word for word in words if word.phones]
    if not spoken:
        return ()
    layout = lay_out(spoken)
    emphasis = np.clip([word.emphasis for word in spoken], 0, 1)[layout.word]
    lengths = _lengths(layout, emphasis).tolist()
    heights = _heights(layout, emphasis).tolist()
    sounds: list[Sound] = []
    now = 0.0
    for i, (phone, word) in enumerate(zip(layout.phone.tolist(), layout.word.tolist(), strict=True)):
        sounds.append(Sound(ORDER[phone], now, now + lengths[i], heights[i]))
        now = sounds[-1].end
        if i == layout.last[i] and spoken[word].pause > 0:
            sounds.append(Sound(SILENCE, now, now + spoken[word].pause))
            now = sounds[-1].end
    return tuple(sounds)


def stretched(sounds: Sequence[Sound], duration: float) -> tuple[Sound, ...]:
    """The sounds, which follow one another, from 0 to exactly `duration` seconds; ValueError unless that is positive.

    Consonants scale by x where vowels and silences scale by x squared, as speakers hurry and drawl; x solves
    loose x^2 + firm x = duration.
    """
    if not (duration > 0 and math.isfinite(duration)):
        raise ValueError(f"duration is {duration}, expected a positive number of seconds")
    if not sounds:
        return ()
    lengths = [max(sound.end - sound.begin, 1e-6) for sound in sounds]
    is_firm = [sound.phone in CONSONANTS for sound in sounds]
    firm = sum(length for length, held in zip(lengths, is_firm, strict=True) if held)
    loose = sum(lengths) - firm if not all(is_firm) else 0.0
    x = 2 * duration / (firm + math.sqrt(firm * firm + 4 * loose * duration))
    scaled = [length * (x if held else x * x) for length, held in zip(lengths, is_firm, strict=True)]
    # The last sum may miss by a rounding error: the end is what the caller's clock compares.
    edges = [0.0, *(min(edge, duration) for edge in accumulate(scaled[:-1])), duration]
    return tuple(
        Sound(sound.phone, begin, end, sound.stress)
        for sound, (begin, end) in zip(sounds, pairwise(edges), strict=True)
    )


def pauses() -> dict[str, float]:
    """Seconds of silence that a voice makes at each punctuation mark."""
    return dict(_weights().pauses)


def lay_out(words: Sequence[Spoken]) -> Layout:
    """Words, none of them empty, as arrays; a phrase ends where a word has a pause and where the line ends."""
    counts = np.array([len(word.phones) for word in words])
    ends = np.cumsum(counts)
    word = np.repeat(np.arange(len(words)), counts)
    codes = np.array([_code(phone) for spoken in words for phone in spoken.phones])
    is_end = np.array([spoken.pause > 0 for spoken in words])
    is_end[-1] = True
    stops = ends[is_end]
    phrase = np.searchsorted(stops, np.arange(len(word)), side="right")
    starts = np.concatenate(([0], stops[:-1]))
    first, last = (ends - counts)[word], (ends - 1)[word]
    return Layout(codes[:, 0], codes[:, 1], word, first, last, starts[phrase], (stops - 1)[phrase])


def describe(layout: Layout) -> Ints:
    """Each phone's features as places in the table of weights: (phones, len(SIZES))."""
    phone, at = layout.phone, np.arange(len(layout.phone))
    kind = _CLASS_OF[phone]
    is_vowel = _is_vowel(phone).astype(np.intp)
    before, after = _beside(layout, -1), _beside(layout, 1)
    vowels = np.concatenate(([0], np.cumsum(is_vowel)))
    later = vowels[layout.end + 1] - vowels[at]  # vowels from here to the phrase's end, this one too
    syllables = vowels[layout.last + 1] - vowels[layout.first]
    is_last_word = layout.last == layout.end
    is_final = np.where(is_last_word & (later <= is_vowel), 1 + (at == layout.end), 0)
    place = 2 * (at == layout.first) + (at == layout.last)
    inner = np.where(at > layout.first, _CLASS_OF[before], 0)
    outer = np.where(at < layout.last, _CLASS_OF[after], 0)
    words = layout.word[layout.end] - layout.word[layout.start]
    columns = (
        before * _P + phone,
        after * _P + phone,
        (is_final * 3 + layout.stress) * _P + phone,
        (place * 3 + layout.stress) * _P + phone,
        (np.minimum(layout.end - at, 5) * 2 + is_last_word) * _C + kind,
        (inner * _C + kind) * _C + outer,
        np.minimum(layout.last - layout.first, 11) * 2 + is_vowel,
        (np.minimum(syllables, 5) * 3 + layout.stress) * 2 + is_vowel,
        np.minimum(at - layout.start, 5) * _C + kind,
        np.minimum(words, 11) * 2 + is_vowel,
        _CLASS_OF[_beside(layout, -2)] * _C + kind,
        _CLASS_OF[_beside(layout, 2)] * _C + kind,
        (_stress_beside(layout, -1) * 3 + _stress_beside(layout, 1)) * _C + kind,
    )
    return np.stack(columns, 1) + _OFFSETS


SIZES: Final = (
    _P * _P,  # the phone after each other phone
    _P * _P,  # and before
    9 * _P,  # in the phrase's last syllable, by stress
    12 * _P,  # first, last or only phone of the word, by stress
    12 * _C,  # phones until the pause
    _C * _C * _C,  # clusters
    24,  # phones in the word
    36,  # syllables in the word
    6 * _C,  # phones since the pause
    24,  # words in the phrase
    _C * _C,  # two phones back
    _C * _C,  # two phones on
    9 * _C,  # whether the neighbours are stressed
)
_OFFSETS: Final = np.concatenate(([0], np.cumsum(SIZES)[:-1]))


def predict(table: Floats, bias: float, places: Ints) -> Floats:
    """Log seconds of the phones described."""
    summed: Floats = table[places].sum(1, dtype=np.float32) + np.float32(bias)
    return summed


def _lengths(layout: Layout, emphasis: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    weights = _weights()
    is_vowel = _is_vowel(layout.phone)
    seconds = np.exp(predict(weights.table, weights.bias, describe(layout)).astype(np.float64)) * weights.rate
    seconds *= 1 + emphasis * np.where(is_vowel, _STRETCH_OF_VOWEL, _STRETCH_OF_CONSONANT)
    longest = LONGEST + is_vowel * emphasis * (LONGEST_EMPHASISED - LONGEST)
    clipped: npt.NDArray[np.float64] = np.clip(seconds, SHORTEST, longest)
    return clipped


def _heights(layout: Layout, emphasis: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    height = np.array(_HEIGHTS)[layout.stress]
    is_only = (layout.stress == 0) & _is_vowel(layout.phone) & (layout.last - layout.first < 3)
    # A little word such as "the" has no stress of its own, but a shouted one has.
    raised: npt.NDArray[np.float64] = np.where(is_only, emphasis, height * (1 + emphasis / 2))
    return raised


def _code(phone: str) -> tuple[int, int]:
    code = _CODES.get(phone)
    if code is None:
        raise ValueError(f"phone is {phone!r}, expected ARPAbet such as 'OW1'")
    return code


def _is_vowel(phone: Ints) -> npt.NDArray[np.bool_]:
    return phone < _FIRST_CONSONANT


def _beside(layout: Layout, steps: int) -> Ints:
    """The phone some steps away, silence past the phrase's edge."""
    at = np.arange(len(layout.phone)) + steps
    is_inside = (at >= layout.start) & (at <= layout.end)
    return np.where(is_inside, layout.phone[np.clip(at, 0, len(at) - 1)], 0)


def _stress_beside(layout: Layout, steps: int) -> Ints:
    at = np.arange(len(layout.phone)) + steps
    is_inside = (at >= layout.start) & (at <= layout.end)
    return np.where(is_inside, layout.stress[np.clip(at, 0, len(at) - 1)], 0)


@cache
def _weights() -> Weights:
    with (files("streamer.face") / "durations.npz").open("rb") as file, np.load(file) as stored:
        silences = dict(zip(stored["marks"].tolist(), stored["pauses"].tolist(), strict=True))
        return Weights(stored["table"].astype(np.float32), float(stored["bias"]), float(stored["rate"]), silences)
