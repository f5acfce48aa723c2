"""Words in other scripts, roughly: each letter sounds as its Unicode name says, so that the mouth moves in rhythm.

This is no pronunciation of a language. It gives as many syllables as are written, open and round where the letters are.
"""

import unicodedata
from functools import lru_cache
from typing import Final

_VOWELS: Final = {"a": "AA1", "e": "EH1", "i": "IY1", "o": "OW1", "u": "UW1", "y": "IY1"}
_CONSONANTS: Final = {
    "sh": "SH", "ch": "CH", "th": "TH", "zh": "ZH", "kh": "K", "ph": "F", "gh": "G", "ts": "T", "dh": "DH", "ng": "NG",
    "b": "B", "c": "K", "d": "D", "f": "F", "g": "G", "h": "HH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N",
    "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "v": "V", "w": "W", "x": "K", "z": "Z",
}  # fmt: skip
# Letters whose names begin otherwise than they sound.
_NAMED: Final = {"ALEF": "a", "AIN": "a", "AYIN": "a", "WAW": "u", "YEH": "i", "ALPHA": "a", "ETA": "i", "IOTA": "i",
                 "OMEGA": "o", "OMICRON": "o", "EPSILON": "e", "UPSILON": "i", "XI": "ks", "PSI": "ps", "CHI": "h",
                 "IE": "e", "IO": "o", "YU": "yu", "YA": "ya", "YERU": "i", "SOFT": "", "HARD": "", "SHORT": "i",
                 "ER": "r", "EL": "l", "EM": "m", "EN": "n",
                 "ES": "s", "EF": "f", "ZHE": "zh", "TSE": "ts", "CHE": "ch", "SHA": "sh", "SHCHA": "sh"}  # fmt: skip
_SYLLABIC: Final = ("HIRAGANA", "KATAKANA", "HANGUL", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "ETHIOPIC")
_ANY: Final = ("ma", "shi", "to", "ke", "lu", "na", "wo", "di")  # a syllable for a sign that says how it is meant


@lru_cache(4096)
def approximated(word: str) -> tuple[str, ...]:
    """Phones for the letters of a word in any script."""
    latin = "".join(_sound(c) for c in word)
    phones: list[str] = []
    at = 0
    while at < len(latin):
        pair = latin[at : at + 2]
        if pair in _CONSONANTS:
            phones.append(_CONSONANTS[pair])
            at += 2
            continue
        if phone := _CONSONANTS.get(latin[at]) or _VOWELS.get(latin[at]):
            phones.append(phone)
        at += 1
    return _voiced(phones)


def _sound(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if name.startswith("CJK"):
        return _ANY[ord(letter) % len(_ANY)]
    script, *rest = name.split()
    if not rest:
        return ""
    spoken = rest[rest.index("LETTER") + 1 :] if "LETTER" in rest else rest[1:]
    if "SIGN" in rest and "VOWEL" not in rest:
        return ""
    word = next((w for w in spoken if w not in ("SMALL", "CAPITAL", "FINAL", "SIGN", "VOWEL", "KIYEOK")), "")
    if word in _NAMED:
        return _NAMED[word]
    plain = word.lower()
    if script in _SYLLABIC or len(plain) <= 1:
        return plain
    return plain if plain[0] in _VOWELS and len(plain) == 1 else _beginning(plain)


def _beginning(name: str) -> str:
    """The sound that a letter's name begins with: its consonant, or its vowel."""
    return name[:2] if name[:2] in _CONSONANTS else name[0]


def _voiced(phones: list[str]) -> tuple[str, ...]:
    """The phones with a vowel at least after every two consonants: scripts that write none still have syllables."""
    out: list[str] = []
    bare = 0
    for phone in phones:
        bare = 0 if phone[-1].isdigit() else bare + 1
        if bare > 2:
            out.append("AA1")
            bare = 1
        out.append(phone)
    if out and not any(phone[-1].isdigit() for phone in out):
        out.append("AA1")
    return tuple(out)
