"""How long a line takes to say when the game does not tell."""

import re
from typing import Final

SYLLABLES_PER_SECOND: Final = 4.5  # everyday English, short pauses included
SHORTEST: Final = 0.6  # even "No." is acted
REACTION: Final = 2.0  # a silent reaction
_VOWELS: Final = re.compile(r"[aeiouyàâäáãåæèéêëìíîïòóôöõøœùúûüýÿαεηιουωаеёиоуыэюя]+", re.IGNORECASE)
_SYLLABIC: Final = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD: Final = re.compile(r"\w+")
_PAUSES: Final[dict[str, float]] = {",": 0.15, ";": 0.2, ":": 0.2, ".": 0.3, "!": 0.3, "?": 0.3, "…": 0.4, "—": 0.25}
_LETTERS_PER_SYLLABLE: Final = 3  # scripts that do not write their vowels


def estimate_duration(text: str) -> float:
    """Seconds that the text takes to speak: its syllables and the pauses of its punctuation, but for the last."""
    syllables = sum(_syllables(word) for word in _WORD.findall(text))
    if not syllables:
        return REACTION
    pauses = sum(_PAUSES.get(mark, 0.0) for mark in text.rstrip(" .!?…,;:—"))
    return max(SHORTEST, syllables / SYLLABLES_PER_SECOND + pauses)


def _syllables(word: str) -> int:
    if syllabic := len(_SYLLABIC.findall(word)):
        return syllabic
    groups = len(_VOWELS.findall(word))
    if not groups:
        return max(1, len(word) // _LETTERS_PER_SYLLABLE)
    is_silent = word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1
    return groups - is_silent
