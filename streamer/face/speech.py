"""From a line to its sounds: what the game's voice service timed, or else the text, read, pronounced and timed."""

import re
from functools import lru_cache
from typing import Final

from protocols.messages import Line
from streamer.face.foreign import approximated
from streamer.face.phones import phones
from streamer.face.reading import read
from streamer.face.sounds import PHONES, SILENCE, VOWELS, Sound
from streamer.face.timing import Spoken, stretched, time

REACTION: Final = 2.0  # seconds of a silent reaction
SHORTEST: Final = 0.6  # even "No." is acted
_CACHED: Final = 256  # texts; games repeat their barks


def sounds_of(line: Line) -> tuple[Sound, ...]:
    """The sounds of a line, from the start of its voice; none where nothing is said."""
    if line.phones:
        return tuple(_sound(phone.symbol, phone.start, phone.end) for phone in line.phones)
    sounds = pronounced(line.text)
    return stretched(sounds, line.duration) if line.duration and sounds else sounds


def duration_of(line: Line, sounds: tuple[Sound, ...]) -> float:
    """Seconds that the voice of a line lasts."""
    if line.duration is not None:
        return line.duration
    if line.phones:
        return max(line.phones[-1].end, 0.1)
    return max(SHORTEST, sounds[-1].end) if sounds else REACTION


@lru_cache(_CACHED)
def pronounced(text: str) -> tuple[Sound, ...]:
    """The sounds of a text at an ordinary pace, without the pause after its end."""
    spoken = [Spoken(_phones(word.text), word.pause, word.emphasis) for word in read(text)]
    sounds = time([word for word in spoken if word.phones])
    return sounds[:-1] if sounds and sounds[-1].phone == SILENCE else sounds


def _phones(word: str) -> tuple[str, ...]:
    return phones(word) if word.isascii() else approximated(word)


def _sound(symbol: str, begin: float, end: float) -> Sound:
    """A sound as voice services write it: ARPAbet, its vowels with or without the digit of their stress."""
    phone = re.sub(r"\d", "", symbol.upper())
    if phone not in PHONES:
        return Sound(SILENCE, begin, end)
    stress = {"1": 1.0, "2": 0.5, "0": 0.0}.get(symbol[-1:], 0.5)
    return Sound(phone, begin, end, stress if phone in VOWELS else 0.0)
