"""When a voice says the sounds of a text: forced alignment where it succeeds, else the text's own timing fitted."""

import importlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from streamer.face.audio import RATE, Audio
from streamer.face.sounds import SILENCE, Sound

_log = logging.getLogger(__name__)

_FRAME: Final = 0.01  # seconds, of the aligner
_BEAM: Final = "1e-200"  # wide: the words are known, and one that is pruned fails the line
_MAX_WORDS: Final = 1000  # 2,000 characters have fewer
_LEAD: Final = 0.1  # seconds of silence around the voice that the aligner expects
_NEAR: Final = 0.5  # seconds between a pause of the text and one of the voice that may be the same

Word = tuple[str, tuple[str, ...]]
Part = tuple[float, float]


def align(audio: Audio, words: Sequence[Word]) -> tuple[Sound, ...] | None:
    """The sounds of the words as the audio has them, silences between; None where they cannot be found.

    Each word is its spelling and its ARPAbet phones, the vowels with the digit of their stress if it is known.
    Takes some hundredths of the audio's length; shares nothing, so that any thread may call it.
    """
    spoken = [word for word in words if word[1]]
    if not 0 < len(spoken) <= _MAX_WORDS:
        return None
    try:
        return _found(audio, spoken)
    except ImportError:
        _log.warning("audio is fitted, not aligned: pocketsphinx is missing, pip install 'facecue[audio]'")
    except (RuntimeError, ValueError, TypeError, OSError) as error:
        _log.info("audio is fitted, not aligned: %s", error)
    return None


def spread(sounds: Sequence[Sound], parts: Sequence[Part]) -> tuple[Sound, ...]:
    """A text's own timing fitted onto the voiced parts of its audio, both ascending, in seconds.

    A pause of the text that is near a pause of the voice becomes it; pauses that the voice does not make vanish.
    """
    spoken = [sound for sound in sounds if sound.phone != SILENCE and sound.end > sound.begin]
    lasting = [(begin, end) for begin, end in parts if end > begin]
    if not spoken or not lasting:
        return ()
    cuts = _cuts(sounds, spoken, lasting)
    fitted: list[Sound] = []
    for (first, last), part in zip(pairwise([0, *cuts, len(spoken)]), lasting, strict=True):
        fitted += _fitted(spoken[first:last], part)
    return tuple(_with_silences(fitted))


def _found(audio: Audio, words: Sequence[Word]) -> tuple[Sound, ...]:
    """The alignment in two passes, words then phones; raises RuntimeError where a word was not found."""
    spelled = {f"w{i}": phones for i, (_, phones) in enumerate(words)}  # any spelling will do, and these are plain
    decoder = _decoder(spelled)
    pcm = _pcm(audio)
    decoder.set_align_text(" ".join(spelled))
    _listen(decoder, pcm)
    decoder.set_alignment()
    _listen(decoder, pcm)
    heard = {name: times for name, times in _heard(decoder) if name in spelled}
    if list(heard) != list(spelled):
        raise RuntimeError(f"{len(heard)} of {len(words)} words were found")
    sounds = [sound for name, times in heard.items() for sound in _sounds(spelled[name], times)]
    return tuple(_with_silences(_within(sounds, audio.seconds)))


def _decoder(spelled: dict[str, tuple[str, ...]]) -> Any:  # Any: pocketsphinx has no types
    pocketsphinx = importlib.import_module("pocketsphinx")
    with tempfile.TemporaryDirectory(prefix="facecue-") as folder:
        dictionary = Path(folder) / "words.dict"
        lines = [f"{name} {' '.join(_plain(phone) for phone in phones)}" for name, phones in spelled.items()]
        dictionary.write_text("\n".join(lines) + "\n", encoding="ascii")
        return pocketsphinx.Decoder(
            dict=str(dictionary), lm=None, loglevel="FATAL", beam=_BEAM, wbeam=_BEAM, pbeam=_BEAM, bestpath=False
        )


def _listen(decoder: Any, pcm: bytes) -> None:  # Any: pocketsphinx has no types
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _pcm(audio: Audio) -> bytes:
    """16-bit samples with silence around them, as loud as speech is when it is recorded."""
    loudest = max(float(np.abs(audio.samples).max(initial=0)), 1e-4)
    quiet = np.zeros(round(_LEAD * RATE), np.int16)
    speech = np.round(audio.samples * (20_000 / loudest)).astype("<i2")
    return np.concatenate((quiet, speech, quiet)).tobytes()


def _heard(decoder: Any) -> Iterator[tuple[str, list[Part]]]:  # Any: pocketsphinx has no types
    """Each word with the seconds of its phones; an entry is dead memory once the aligner's iterator goes on."""
    for word in decoder.get_alignment() or ():
        yield word.name, [(phone.start * _FRAME, (phone.start + phone.duration) * _FRAME) for phone in word]


def _sounds(phones: Sequence[str], times: Sequence[Part]) -> Iterator[Sound]:
    for phone, (begin, end) in zip(phones, times, strict=True):
        yield Sound(_plain(phone), begin - _LEAD, end - _LEAD, _stress(phone))


def _plain(phone: str) -> str:
    return phone.rstrip("012")


def _stress(phone: str) -> float:
    return {"1": 1.0, "2": 0.5}.get(phone[-1:], 0.0)


def _within(sounds: Sequence[Sound], seconds: float) -> Iterator[Sound]:
    for sound in sounds:
        begin, end = max(0.0, sound.begin), min(seconds, sound.end)
        if begin < end:
            yield Sound(sound.phone, begin, end, sound.stress)


def _cuts(sounds: Sequence[Sound], spoken: Sequence[Sound], parts: Sequence[Part]) -> list[int]:
    """How many of the spoken sounds come before each gap between the parts, ascending."""
    clock = np.cumsum([0.0, *(sound.end - sound.begin for sound in spoken)])
    voice = np.cumsum([end - begin for begin, end in parts])
    places = voice[:-1] * (clock[-1] / voice[-1])  # of the gaps, on the clock of the spoken sounds
    pauses = _pauses(sounds)
    cuts: list[int] = []
    for place in places:
        free = [k for k in pauses if k > (cuts[-1] if cuts else 0)]
        nearest = min(free, key=lambda k: abs(clock[k] - place), default=None)
        if nearest is None or abs(clock[nearest] - place) > _NEAR:
            nearest = int(np.abs(clock - place).argmin())
        cuts.append(max(nearest, cuts[-1] if cuts else 0))
    return cuts


def _pauses(sounds: Sequence[Sound]) -> list[int]:
    """The pauses between spoken sounds, each as how many of them come before it."""
    counts: list[int] = []
    count, ended = 0, 0.0
    for sound in sounds:
        if sound.phone == SILENCE or sound.end <= sound.begin:
            continue
        if count and sound.begin > ended + 1e-6:
            counts.append(count)
        count, ended = count + 1, sound.end
    return counts


def _fitted(sounds: Sequence[Sound], part: Part) -> Iterator[Sound]:
    """The sounds one after the other, stretched alike to fill the part."""
    if not sounds:
        return
    edges = np.cumsum([0.0, *(sound.end - sound.begin for sound in sounds)])
    edges = part[0] + edges * ((part[1] - part[0]) / edges[-1])
    for sound, begin, end in zip(sounds, edges[:-1].tolist(), [*edges[1:-1].tolist(), part[1]], strict=True):
        yield Sound(sound.phone, begin, end, sound.stress)


def _with_silences(sounds: Sequence[Sound] | Iterator[Sound]) -> Iterator[Sound]:
    """The sounds from second 0 without holes: what is between them is silence."""
    ended = 0.0
    for sound in sounds:
        if sound.begin > ended + 1e-6:
            yield Sound(SILENCE, ended, sound.begin)
        yield sound
        ended = sound.end
