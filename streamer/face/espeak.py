"""Other languages by espeak-ng, a program of its own that is used where it is found on the PATH: text to phones."""

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from protocols.errors import DecodeError
from protocols.voices import arpabet
from streamer.face.sounds import SILENCE, VOWELS
from streamer.face.timing import Spoken

# The voice for a script, by how the names of its letters begin; Latin letters are read in the settings' language.
_VOICES: Final = {"CYRILLIC": "ru", "GREEK": "el", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARABIC": "ar",
                  "HEBREW": "he", "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te", "GEORGIAN": "ka",
                  "ARMENIAN": "hy", "THAI": "th"}  # fmt: skip
_TIMEOUT: Final = 3.0  # seconds; a line takes some milliseconds
_CLAUSE: Final = 0.3  # seconds of silence after each
_FOREIGN: Final = re.compile(r"\([a-z-]+\)")  # espeak's mark of a word from another language


@cache
def program() -> str | None:
    """Where espeak-ng is, or None."""
    return shutil.which("espeak-ng")


def voice_for(text: str, language: str) -> str | None:
    """The voice that reads a text: of its script, else of the language; None where our own reading does as well."""
    if program() is None:
        return None
    for letter in text[:200]:
        if letter.isalpha() and not letter.isascii():
            voice = _VOICES.get(unicodedata.name(letter, "").split(" ")[0])
            if voice:
                return voice
    return language if not language.startswith("en") and any(letter.isalpha() for letter in text) else None


@lru_cache(256)
def read(text: str, voice: str) -> tuple[Spoken, ...]:
    """The words of a text; raises ValueError where espeak-ng cannot read it."""
    command = [program() or "espeak-ng", "-q", "--ipa", "--sep=_", "-v", voice, "--stdin"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(f"espeak-ng cannot read this in {voice}: {error}") from error
    if done.stderr:  # an unknown voice is told there, and a default one speaks
        raise ValueError(f"espeak-ng cannot read this in {voice}: {done.stderr.decode(errors='replace')[:80].strip()}")
    words: list[Spoken] = []
    for clause in _FOREIGN.sub("", done.stdout.decode(errors="replace")).splitlines():
        said = [tuple(_phones(word)) for word in clause.split()]
        said = [phones for phones in said if phones]
        words += [Spoken(phones) for phones in said[:-1]] + [Spoken(phones, _CLAUSE) for phones in said[-1:]]
    if not words:
        raise ValueError(f"espeak-ng found nothing to say in {voice}")
    return tuple(words)


def _phones(word: str) -> Iterator[str]:
    """ARPAbet for a word in IPA; sounds that have none are left out."""
    for symbol in word.split("_"):
        plain = re.sub(r"[^\wˈˌ]|\d", "", symbol)
        if not plain.strip("ˈˌ"):
            continue
        try:
            phone, stress = arpabet(plain[:8])
        except DecodeError:
            continue
        if phone != SILENCE:
            yield phone + ("1" if stress == 1.0 else "0") if phone in VOWELS else phone
