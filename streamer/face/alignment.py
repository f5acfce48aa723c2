"""When a voice says the sounds of a text: forced alignment where it succeeds, else the text's own timing fitted."""

import importlib.util
import json
import logging
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from streamer.face import aligner
from streamer.face.audio import RATE, Audio, voiced
from streamer.face.sounds import PHONES, SILENCE, Sound

_log = logging.getLogger(__name__)

_FRAME: Final = 0.01  # seconds, of the aligner
_LEAD: Final = 0.1  # seconds of silence around the voice that the aligner expects
_LONGEST: Final = 90.0  # seconds; what the aligner needs grows with the square: 250 MB
_MAX_WORDS: Final = 500  # so many in as long would be five a second
_PATIENCE: Final = 5.0  # seconds, and half of the audio's: ten times what the aligner takes
_OUTSIDE: Final = 2  # sounds that may lie in the silence around: closures before the first sound and after the last
_NEAR: Final = 0.5  # seconds between a pause of the text and one of the voice that may be the same

Word = tuple[str, tuple[str, ...]]
Part = tuple[float, float]


def align(audio: Audio, words: Sequence[Word]) -> tuple[Sound, ...] | None:
    """The sounds of the words as the audio has them, silences between; None where they cannot be found.

    Each word is its spelling and its ARPAbet phones, the vowels with the digit of their stress if it is known.
    Waits for another process, a tenth of a second and a twentieth of the audio's: call it in a thread, in any.
    """
    spoken = [phones for _, phones in words if phones]
    try:
        _check(audio, spoken)
        return _found(audio, spoken)
    except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
        _log.warning("audio is fitted, not aligned: %s", error)
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


def _check(audio: Audio, spoken: Sequence[Sequence[str]]) -> None:
    if importlib.util.find_spec("pocketsphinx") is None:
        raise RuntimeError("pocketsphinx is missing: pip install 'facecue[audio]'")
    if not 0 < len(spoken) <= _MAX_WORDS or audio.seconds > _LONGEST:
        raise RuntimeError(
            f"{len(spoken)} words in {audio.seconds:.0f} seconds, expected 1..{_MAX_WORDS} in up to {_LONGEST:g}"
        )
    if unknown := {_plain(phone) for phones in spoken for phone in phones} - PHONES:
        raise RuntimeError(f"unknown phone {min(unknown)[:8]!r}")
    if not voiced(audio):
        raise RuntimeError("nobody speaks in it")


def _found(audio: Audio, spoken: Sequence[Sequence[str]]) -> tuple[Sound, ...]:
    spelled = {
        f"w{i}": " ".join(map(_plain, phones)) for i, phones in enumerate(spoken)
    }  # any names do: these are safe
    heard = {name: times for name, times in _listen(spelled, audio) if name in spelled}
    if list(heard) != list(spelled):
        raise RuntimeError(f"{len(heard)} of {len(spelled)} words were found")
    sounds = [sound for phones, name in zip(spoken, spelled, strict=True) for sound in _sounds(phones, heard[name])]
    inside = list(_within(sounds, audio.seconds))
    if len(inside) < len(sounds) - _OUTSIDE:
        raise RuntimeError("its words are not in it")
    return tuple(_with_silences(inside))


def _listen(spelled: dict[str, str], audio: Audio) -> list[tuple[str, aligner.Times]]:
    done = subprocess.run(
        [sys.executable, "-P", aligner.__file__],
        input=json.dumps(spelled).encode() + b"\n" + _pcm(audio),
        capture_output=True, timeout=_PATIENCE + audio.seconds / 2, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(said[-1][:200] if said else f"the aligner ended with {done.returncode}")
    heard: list[tuple[str, aligner.Times]] = json.loads(done.stdout)
    return heard


def _sounds(phones: Sequence[str], times: aligner.Times) -> Iterator[Sound]:
    for phone, (first, count) in zip(phones, times, strict=True):
        begin = first * _FRAME - _LEAD
        yield Sound(_plain(phone), begin, begin + count * _FRAME, _stress(phone))


def _pcm(audio: Audio) -> bytes:
    """16-bit samples with silence around them, as loud as speech is when it is recorded."""
    loudest = max(float(np.abs(audio.samples).max(initial=0)), 1e-4)
    quiet = np.zeros(round(_LEAD * RATE), np.int16)
    speech = np.round(audio.samples * (20_000 / loudest)).astype("<i2")
    return np.concatenate((quiet, speech, quiet)).tobytes()


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


def _with_silences(sounds: Iterable[Sound]) -> Iterator[Sound]:
    """The sounds from second 0 without holes: what is between them is silence."""
    ended = 0.0
    for sound in sounds:
        if sound.begin > ended + 1e-6:
            yield Sound(SILENCE, ended, sound.begin)
        yield sound
        ended = sound.end
