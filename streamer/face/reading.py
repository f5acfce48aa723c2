"""Text to the words that are spoken: numbers, money, dates, times, abbreviations, acronyms and stretched words."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from streamer.face import numerals

MOST_WORDS: Final = 2000  # 2,000 characters of digits are read this far


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is spoken, the silence after it in seconds, and how much weight it gets: 0 plain .. 1 shouted."""

    text: str
    pause: float = 0.0
    emphasis: float = 0.0


PAUSES: Final = {",": 0.15, ";": 0.22, ":": 0.22, ".": 0.34, "!": 0.34, "?": 0.34, "…": 0.5, "-": 0.25, "(": 0.12,
                 ")": 0.12, "\n": 0.34}  # fmt: skip

_ABBREVIATIONS: Final = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "st": "saint", "vs": "versus", "etc": "et cetera",
    "prof": "professor", "capt": "captain", "lt": "lieutenant", "sgt": "sergeant", "gen": "general", "col": "colonel",
    "jr": "junior", "sr": "senior", "no": "number", "approx": "approximately", "dept": "department",
    "eg": "for example", "ie": "that is", "am": "a m", "pm": "p m",
}  # fmt: skip
_DOTTED: Final = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|vs|etc|Prof|Capt|Lt|Sgt|Gen|Col|Jr|Sr|No(?=\.\s*\d)|approx|dept"
                            r"|e\.g|i\.e|[ap]\.m)\.", re.IGNORECASE)  # fmt: skip
_INITIALS: Final = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_UNITS: Final = {
    "km": "kilometers", "cm": "centimeters", "mm": "millimeters", "m": "meters", "kg": "kilograms", "g": "grams",
    "mg": "milligrams", "lb": "pounds", "lbs": "pounds", "oz": "ounces", "ft": "feet", "mph": "miles an hour",
    "kph": "kilometers an hour", "kmh": "kilometers an hour", "ms": "milliseconds", "hz": "hertz", "khz": "kilohertz",
    "ghz": "gigahertz", "mb": "megabytes", "gb": "gigabytes", "hp": "H P", "xp": "X P", "fps": "F P S", "k": "thousand",
    "s": "seconds", "h": "hours", "min": "minutes",
}  # fmt: skip
_MONEY: Final = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "")}
_MANY: Final = {"penny": "pence", "yen": "yen"}
_SYMBOLS: Final = {"&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "#": "number", "*": "",
                   "/": "slash", "°": "degrees", "<": "less than", ">": "greater than"}  # fmt: skip
_MONTHS: Final = "january february march april may june july august september october november december".split()
_MONTH: Final = "|".join(_MONTHS)
_VOWELS: Final = frozenset("aeiouy")
_STRETCHED: Final = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)

# What is read in a way of its own, the first that fits; each pattern leaves words and spaces.
_Reading = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _amount(match: re.Match[str]) -> str:
    sign, whole, part, scale = match.group("sign", "whole", "part", "scale")
    one, small = _MONEY[sign]
    number = whole.replace(",", "")
    words = [*numerals.whole(number), *([scale] if scale else [])]
    words.append(one if number == "1" and not scale else _MANY.get(one, one + "s"))
    if part and small and int(part):
        words += [*numerals.cardinal(int(part)), small if int(part) == 1 else _MANY.get(small, small + "s")]
    return " ".join(words)


def _clock(match: re.Match[str]) -> str:
    hour, minute, half = int(match["hour"]), int(match["minute"]), match["half"]
    words = numerals.cardinal(hour)
    if minute:
        words += (["oh"] if minute < 10 else []) + numerals.cardinal(minute)
    elif not half:
        words.append("o'clock" if hour <= 12 else "hundred")
    return " ".join([*words, *(half.lower().replace(".", "") if half else "")])


def _iso_date(match: re.Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not 1 <= month <= 12:
        return " ".join(numerals.digits(re.sub(r"\D", "", match[0])))
    return " ".join([_MONTHS[month - 1], *numerals.ordinal(day), *numerals.year(int(match["year"]))])


def _day(match: re.Match[str]) -> str:
    day = " ".join(numerals.ordinal(int(match["day"])))
    said = f"the {day} of {match['month']}" if match.re is _DAY_MONTH else f"{match['month']} {day}"
    return said + (" " + " ".join(numerals.year(int(match["year"]))) if match["year"] else "")


def _fraction(match: re.Match[str]) -> str:
    above, below = int(match[1]), int(match[2])
    if below == 2:
        return ("one" if above == 1 else " ".join(numerals.cardinal(above))) + (" half" if above == 1 else " halves")
    parts = "quarter" if below == 4 else " ".join(numerals.ordinal(below)) if below else "zero"
    return " ".join(numerals.cardinal(above)) + " " + parts + "s" * (above != 1)


def _number(match: re.Match[str]) -> str:
    sign, whole, part, ending, unit = match.group("sign", "whole", "part", "ending", "unit")
    plain = whole.replace(",", "")
    words = ["minus"] if sign else []
    if ending:
        return " ".join([*words, *(numerals.ordinal(int(plain)) if len(plain) <= numerals.LONGEST else ())])
    is_year = not (part or unit or sign) and whole == plain and len(plain) == 4 and 1100 <= int(plain) <= 2099
    words += numerals.year(int(plain)) if is_year else numerals.whole(plain)
    if part:
        words += ["point", *numerals.digits(part)]
    if unit:
        words.append("percent" if unit == "%" else _UNITS[unit.lower()])
    return " ".join(words)


def _decade(match: re.Match[str]) -> str:
    *words, last = numerals.year(int(match[1]))
    return " ".join([*words, last[:-1] + "ies" if last.endswith("y") else last + "s"])


_DAY_MONTH: Final = re.compile(
    rf"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b(?:,? (?P<year>[12]\d{{3}})\b)?", re.IGNORECASE
)
_MONTH_DAY: Final = re.compile(
    rf"\b(?P<month>{_MONTH}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,? (?P<year>[12]\d{{3}})\b)?", re.IGNORECASE
)
_READINGS: Final[tuple[_Reading, ...]] = (
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"), _iso_date),
    (_DAY_MONTH, _day),
    (_MONTH_DAY, _day),
    (re.compile(r"(?P<sign>[$€£¥])(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(?P<part>\d\d)\b)?"
                r"(?: (?P<scale>thousand|million|billion)\b)?"), _amount),
    (re.compile(r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b(?:\s?(?P<half>[ap]\.?m)\b\.?)?", re.I), _clock),
    (re.compile(r"\b(\d{1,3})/(\d{1,3})\b"), _fraction),
    (re.compile(r"\b([12]\d\d0)s\b"), _decade),
    (re.compile(r"(?<=\d)\s?[-–]\s?(?=\d)"), lambda _: " to "),
    (re.compile(r"(?P<sign>(?<!\w)[-−](?=\d))?(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<part>\d+))?"
                rf"(?:(?P<ending>st|nd|rd|th)\b|\s?(?P<unit>%|(?:{'|'.join(_UNITS)})\b))?", re.I), _number),
)  # fmt: skip


@lru_cache(256)
def read(text: str) -> tuple[Word, ...]:
    """The words of a text in the order in which they are spoken."""
    plain = _INITIALS.sub(_initials, _undotted(_folded(text)))
    for pattern, reading in _READINGS:
        plain = pattern.sub(lambda m, reading=reading: f" {reading(m)} ", plain)  # type: ignore[misc]
    words: list[Word] = []
    for part in _PARTS.finditer(plain):
        _add(words, part[0])
        if len(words) >= MOST_WORDS:
            break
    return tuple(words)


_PARTS: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\.{2,}|--+|[^\sA-Za-z']|\n")


def _add(words: list[Word], part: str) -> None:
    """Adds what one part of the text says, or the silence that it leaves after the last word."""
    if part[0].isalpha():
        words.extend(_spoken(part) if part.isascii() else [Word(part.lower())])
    elif part in _SYMBOLS:
        words.extend(Word(word) for word in _SYMBOLS[part].split())
    elif words:
        mark = "…" if part.startswith("..") else "-" if part.startswith("--") or part in "—–" else part[0]
        is_shouted = mark == "!" and words[-1].emphasis < 0.5
        pause = 0.0 if part == "-" else PAUSES.get(mark, 0.0)
        last = words[-1]
        words[-1] = Word(last.text, max(last.pause, pause), 0.5 if is_shouted else last.emphasis)


def _spoken(part: str) -> Iterator[Word]:
    lower = part.lower()
    stretched = _STRETCHED.sub(r"\1", lower)
    emphasis = min((len(lower) - len(stretched)) / 4, 1.0)
    if stretched != lower:
        double = _STRETCHED.sub(r"\1\1", lower)
        yield Word(double if double in _DOUBLED else stretched, 0.0, max(emphasis, 0.5))
    elif len(lower) == 1 and lower not in "ai":
        yield Word(_LETTER_NAMES[lower])
    elif part.isupper() and len(part) > 1 and _is_spelled(lower):
        yield from (Word(_LETTER_NAMES[c]) for c in lower if c in _LETTER_NAMES)
    elif lower in _ABBREVIATIONS and lower not in ("no", "am", "st", "gen", "col"):
        yield from (Word(_LETTER_NAMES.get(w, w)) for w in _ABBREVIATIONS[lower].split())
    else:
        yield Word(lower, 0.0, 0.6 if part.isupper() and len(part) > 2 else 0.0)


_DOUBLED: Final = frozenset(
    "soon moon too see wee all well tell bee free three will kill hell good food boo ooh mm hmm".split()
)


def _is_spelled(word: str) -> bool:
    """Whether capital letters are read one by one: no vowel among them, or few letters that make no word."""
    return "'" not in word and (word in _SPELLED or not _VOWELS & set(word))


_SPELLED: Final = frozenset(
    "fbi cia usa uk eu ai vip ufo usb ceo atm iq diy eta faq ios mmo irs api url sos ok ev hud ui".split()
)
_NAMES: Final = (
    "ay bee see dee ee eff gee aitch eye jay kay ell em en oh pee cue are ess tee you vee doubleyou ex why zee"
)
_LETTER_NAMES: Final = dict(zip("abcdefghijklmnopqrstuvwxyz", _NAMES.split(), strict=True))


def _folded(text: str) -> str:
    """The text with straight quotes and its Latin letters without accents; other scripts stay as they are."""
    straight = text.translate(_QUOTES)
    return straight if straight.isascii() else "".join(map(_plain, unicodedata.normalize("NFC", straight)))


@lru_cache(1024)
def _plain(letter: str) -> str:
    if not unicodedata.name(letter, "").startswith("LATIN"):
        return letter
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))


_QUOTES: Final = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "ß": "ss", "æ": "ae", "ø": "o"}
)


def _initials(match: re.Match[str]) -> str:
    return " ".join(_LETTER_NAMES[c] for c in match[0].lower() if c != ".") + " "


def _undotted(text: str) -> str:
    """Abbreviations without their dots, which end no sentence."""
    return _DOTTED.sub(lambda m: _expanded(m[1]), text)


def _expanded(word: str) -> str:
    said = _ABBREVIATIONS[word.lower().replace(".", "")]
    return " " + said + " "
