"""Speech with known times for the tests: Debian's espeak-ng library, which tells when each word begins."""

import ctypes
import functools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_RETRIEVAL, _CHARS_UTF8 = 1, 1  # of espeak_AUDIO_OUTPUT and the flags, speak_lib.h
_END_OF_LIST, _WORD = 0, 1  # event types
_LEAD: Final = 0.1  # seconds of silence before the voice, as recordings have


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said: its samples, and each word's place in the text with the second at which it begins."""

    samples: NDArray[np.int16]
    rate: int
    onsets: dict[int, float]


@functools.cache
def library() -> tuple[Any, int] | None:  # Any: ctypes
    """espeak-ng and the rate it speaks at, or None where it is not installed."""
    try:
        espeak = ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return None
    rate = espeak.espeak_Initialize(_RETRIEVAL, 0, None, 0)
    return (espeak, rate) if rate > 0 else None


def speak(text: str, voice: str = "en-us", words_per_minute: int = 160) -> Speech:
    """The text as spoken, with a little silence before it."""
    found = library()
    assert found is not None
    espeak, rate = found
    blocks = [np.zeros(round(_LEAD * rate), np.int16)]
    onsets: dict[int, float] = {}

    def receive(wav: Any, count: int, events: Any) -> int:  # Any: ctypes
        if wav and count:
            blocks.append(np.ctypeslib.as_array(wav, (count,)).astype(np.int16))
        k = 0
        while events[k].type != _END_OF_LIST:
            if events[k].type == _WORD:
                onsets.setdefault(events[k].text_position - 1, _LEAD + events[k].audio_position / 1000)
            k += 1
        return 0

    callback = _Callback(receive)
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_SetVoiceByName(voice.encode())
    espeak.espeak_SetParameter(1, words_per_minute, 0)  # espeakRATE
    data = text.encode()
    espeak.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
    espeak.espeak_Synchronize()
    return Speech(np.concatenate(blocks), rate, onsets)
