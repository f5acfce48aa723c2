"""From a line to its sounds: what the game's voice service timed, or else the text, read, pronounced and timed."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from protocols import voices
from protocols.arkit import Floats
from protocols.messages import Line
from protocols.voices import Letters, Phone, Shapes
from streamer.face import espeak, mouth
from streamer.face.alignment import align, spread
from streamer.face.audio import load, loudness, voiced
from streamer.face.foreign import approximated
from streamer.face.phones import phones
from streamer.face.reading import read
from streamer.face.sounds import SILENCE, Sound
from streamer.face.timing import Spoken, stretched, time

_log = logging.getLogger(__name__)
REACTION: Final = 2.0  # seconds of a silent reaction
SHORTEST: Final = 0.6  # even "No." is acted
_CACHED: Final = 256  # texts; games repeat their barks


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """What the voice of a line says and how long it lasts; curves where the game or the audio gave the mouth itself."""

    duration: float
    sounds: tuple[Sound, ...] = ()
    given: Floats | None = None  # (T, columns of the mouth)

    @property
    def outlasts(self) -> bool:
        """Whether its sounds go on after the line that they belong to."""
        end = self.sounds[-1].end if self.sounds else 0.0 if self.given is None else len(self.given) / mouth.RATE - 0.6
        return end > self.duration + 0.05

    def curves(self) -> Floats:
        """The mouth's curves, as streamer/face/mouth.py has them."""
        return _moved(self.sounds) if self.given is None else self.given


@lru_cache(_CACHED)
def _moved(sounds: tuple[Sound, ...]) -> Floats:
    curves = mouth.curves(sounds)
    curves.setflags(write=False)
    return curves


def speech_of(line: Line) -> Speech:
    """The speech of a line by its phones or its text, from the start of its voice."""
    match line.phones:
        case Shapes(rate, values):
            return Speech(line.duration or max(voices.length(line.phones), SHORTEST), given=mouth.shaped(values, rate))
        case Letters():
            sounds = by_letters(line.phones)
        case (_, *_):
            sounds = tuple(_sound(phone) for phone in line.phones)
        case _:
            return _timed(pronounced(line.text), line)
    return Speech(line.duration or max(voices.length(line.phones), 0.1), sounds)


def wants_hearing(line: Line, language: str) -> bool:
    """Whether more can be known of a line's speech than there is time for now: see `heard`."""
    return line.audio is not None or (line.phones is None and espeak.voice_for(line.text, language) is not None)


def heard(line: Line, folder: Path | None, language: str) -> Speech:
    """The speech of a line by its audio, or as espeak-ng reads its language; takes its time; raises ValueError."""
    if line.audio is None:
        return _timed(_foreign(line.text, language), line)
    audio = load(line.audio, folder)
    seconds = line.duration or max(audio.seconds, 0.1)
    words = [(word.text, _phones(word.text)) for word in read(line.text)]
    words = [word for word in words if word[1]]
    if not words:
        return Speech(seconds, given=mouth.loud(loudness(audio, mouth.RATE)))
    aligned = align(audio, words)
    return Speech(seconds, spread(pronounced(line.text), voiced(audio)) if aligned is None else aligned)


def _foreign(text: str, language: str) -> tuple[Sound, ...]:
    try:
        sounds = time(espeak.read(text, espeak.voice_for(text, language) or language))
    except ValueError as error:
        _log.warning("speech: %s; read by its letters", error)
        return pronounced(text)
    return sounds[:-1] if sounds[-1].phone == SILENCE else sounds


def _timed(sounds: tuple[Sound, ...], line: Line) -> Speech:
    if line.duration is not None:
        return Speech(line.duration, stretched(sounds, line.duration) if sounds else ())
    return Speech(max(SHORTEST, sounds[-1].end) if sounds else REACTION, sounds)


def by_letters(letters: Letters) -> tuple[Sound, ...]:
    """The sounds of words whose letters a voice service has timed: each word fills the time of its letters."""
    words = [(*span, _spoken("".join(letters.characters[slice(*span)]))) for span in _words(letters.characters)]
    words = [word for word in words if word[2]]
    said = iter(time([Spoken(phones) for _, _, phones in words]))
    sounds: list[Sound] = []
    for first, last, phones_ in words:
        begin, end = letters.begins[first], max(letters.ends[last - 1], letters.begins[first] + 0.02)
        if sounds and begin > sounds[-1].end:
            sounds.append(Sound(SILENCE, sounds[-1].end, begin))
        own = [next(said) for _ in phones_]
        start = own[0].begin
        own = [replace(s, begin=s.begin - start, end=s.end - start) for s in own]
        sounds += [replace(s, begin=begin + s.begin, end=begin + s.end) for s in stretched(own, end - begin)]
    return tuple(sounds)


def warm() -> None:
    """Loads what reads and times text, so that the first line does not wait for it."""
    pronounced("Ready.")


@lru_cache(_CACHED)
def pronounced(text: str) -> tuple[Sound, ...]:
    """The sounds of a text at an ordinary pace, without the pause after its end."""
    spoken = [Spoken(_phones(word.text), word.pause, word.emphasis) for word in read(text)]
    sounds = time([word for word in spoken if word.phones])
    return sounds[:-1] if sounds and sounds[-1].phone == SILENCE else sounds


def _phones(word: str) -> tuple[str, ...]:
    return phones(word) if word.isascii() else approximated(word)


def _spoken(text: str) -> tuple[str, ...]:
    return tuple(phone for word in read(text) for phone in _phones(word.text))


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
