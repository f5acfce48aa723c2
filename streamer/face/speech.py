"""From a line to its sounds: what the game's voice service timed, or else the text, read, pronounced and timed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from protocols import voices
from protocols.messages import Line
from protocols.voices import Letters, Phone, Shapes
from streamer.face.foreign import approximated
from streamer.face.phones import phones
from streamer.face.reading import read
from streamer.face.sounds import SILENCE, Sound
from streamer.face.timing import Spoken, stretched, time

REACTION: Final = 2.0  # seconds of a silent reaction
SHORTEST: Final = 0.6  # even "No." is acted
_CACHED: Final = 256  # texts; games repeat their barks


def sounds_of(line: Line) -> tuple[Sound, ...]:
    """The sounds of a line, from the start of its voice; none where nothing is said or where shapes say it all."""
    match line.phones:
        case Shapes():
            return ()
        case Letters() as letters:
            return by_letters(letters)
        case (_, *_) as timed:
            return tuple(_sound(phone) for phone in timed)
    sounds = pronounced(line.text)
    return stretched(sounds, line.duration) if line.duration and sounds else sounds


def duration_of(line: Line, sounds: tuple[Sound, ...]) -> float:
    """Seconds that the voice of a line lasts."""
    if line.duration is not None:
        return line.duration
    if line.phones:
        return max(voices.length(line.phones), 0.1)
    return max(SHORTEST, sounds[-1].end) if sounds else REACTION


def by_letters(letters: Letters) -> tuple[Sound, ...]:
    """The sounds of words whose letters a voice service has timed: each word fills the time of its letters."""
    sounds: list[Sound] = []
    for first, last in _words(letters.characters):
        begin, end = letters.begins[first], max(letters.ends[last - 1], letters.begins[first] + 0.02)
        spoken = [Spoken(_phones(word.text)) for word in read("".join(letters.characters[first:last]))]
        said = time([word for word in spoken if word.phones])
        if not said:
            continue
        if sounds and begin > sounds[-1].end:
            sounds.append(Sound(SILENCE, sounds[-1].end, begin))
        sounds += [replace(s, begin=begin + s.begin, end=begin + s.end) for s in stretched(said, end - begin)]
    return tuple(sounds)


@lru_cache(_CACHED)
def pronounced(text: str) -> tuple[Sound, ...]:
    """The sounds of a text at an ordinary pace, without the pause after its end."""
    spoken = [Spoken(_phones(word.text), word.pause, word.emphasis) for word in read(text)]
    sounds = time([word for word in spoken if word.phones])
    return sounds[:-1] if sounds and sounds[-1].phone == SILENCE else sounds


def _phones(word: str) -> tuple[str, ...]:
    return phones(word) if word.isascii() else approximated(word)


def _words(characters: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where words, with whatever stands between blanks, begin and end."""
    first = 0
    for i, character in enumerate([*characters, " "]):
        if character.isspace():
            if i > first:
                yield first, i
            first = i + 1


def _sound(timed: Phone) -> Sound:
    phone, stress = voices.arpabet(timed.symbol)
    return Sound(phone, timed.start, timed.end, stress)
