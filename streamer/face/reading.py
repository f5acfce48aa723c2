"""Text to the words that are said aloud: numbers, money, dates, times, abbreviations, acronyms and stretched words.

The text is read once from left to right; at each place the first of the kinds below that fits is read. Every repetition
in a pattern is bounded or begins at the edge of a word, so that no text makes the reader slow.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from streamer.face import numerals
from streamer.face.phones import most_common

LONGEST: Final = 4_000  # characters; the protocol allows 2,000 and composing may lengthen them
MOST_WORDS: Final = 500  # three minutes of speech; 2,000 characters of English are 400, a heap of digits is cut
_CACHED: Final = 256  # lines


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is said, the seconds of silence after it, and its weight: 0 plain .. 1 shouted."""

    text: str
    pause: float = 0.0
    emphasis: float = 0.0


PAUSES: Final = {
    ",": 0.15, "،": 0.15, "、": 0.15, ";": 0.22, "؛": 0.22, ":": 0.22, "(": 0.12, ")": 0.12, "—": 0.22, ".": 0.32,
    "!": 0.32, "?": 0.32, "。": 0.32, "؟": 0.32, "।": 0.32, "۔": 0.32, "\n": 0.32, "…": 0.45,
}  # fmt: skip
_CAPITALS: Final = 0.6
_STRETCH: Final = (0.4, 0.1)  # for three letters in a row, and more for each letter above them
_EXCLAIMED: Final = (0.3, 0.2)  # of the last word before one !, and more for each further one

_UNITS: Final = {
    "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "m": "meter", "kg": "kilogram", "g": "gram",
    "mg": "milligram", "t": "ton", "lb": "pound", "lbs": "pound", "oz": "ounce", "ft": "foot", "in": "inch",
    "mi": "mile", "yd": "yard", "l": "liter", "ml": "milliliter", "ms": "millisecond", "s": "second", "sec": "second",
    "min": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte",
    "mph": "mile per hour", "kph": "kilometer per hour", "kmh": "kilometer per hour", "km/h": "kilometer per hour",
    "m/s": "meter per second", "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz",
    "k": "thousand", "bn": "billion", "x": "times", "w": "watt", "kw": "kilowatt", "v": "volt", "%": "percent",
    "°": "degree", "°c": "degree celsius", "°f": "degree fahrenheit", "px": "pixel", "fps": "frame per second",
}  # fmt: skip
_UNCOUNTED: Final = frozenset("hertz kilohertz megahertz gigahertz thousand billion times percent".split())
_GLUED: Final = frozenset("m g t l s h k x w v in".split())  # units only right after the number: "5 in a row"
_COINS: Final = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", ""),
                 "₹": ("rupee", "paisa"), "₩": ("won", ""), "₽": ("ruble", "kopek")}  # fmt: skip
_MANY: Final = {"penny": "pence", "yen": "yen", "won": "won", "paisa": "paise", "foot": "feet", "inch": "inches"}
_SCALES: Final = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
_TITLES: Final = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "prof": "professor", "capt": "captain",
    "lt": "lieutenant", "sgt": "sergeant", "cpl": "corporal", "gen": "general", "col": "colonel", "maj": "major",
    "rev": "reverend", "hon": "honorable", "gov": "governor", "sen": "senator", "st": "saint", "mt": "mount",
    "ft": "fort",
}  # fmt: skip
_REFERENCES: Final = {"no": "number", "nos": "numbers", "fig": "figure", "vol": "volume", "pt": "part", "ch": "chapter"}
_SHORTENED: Final = {
    "vs": "versus", "etc": "et cetera", "jr": "junior", "sr": "senior", "approx": "approximately",
    "dept": "department", "inc": "incorporated", "ltd": "limited", "co": "company", "corp": "corporation",
    "ave": "avenue", "blvd": "boulevard", "rd": "road", "est": "established", "misc": "miscellaneous",
    "lt": "lieutenant", "sgt": "sergeant", "capt": "captain", "prof": "professor", "dr": "doctor",
    "e.g": "for example", "i.e": "that is", "eg": "for example", "ie": "that is", "cf": "compare", "aka": "A K A",
}  # fmt: skip
_BARE: Final = frozenset("mr mrs dr prof capt sgt cpl vs etc jr approx dept blvd aka lt".split())  # without a dot too
_SYMBOLS: Final = {"&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent", "×": "times", "÷": "divided by",
                   "/": "slash", "°": "degrees", "$": "dollars", "€": "euros", "£": "pounds", "±": "plus or minus",
                   "<": "less than", ">": "greater than", "≈": "about", "\\": "backslash", "§": "section",
                   "^": "to the power of"}  # fmt: skip
_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()  # fmt: skip
_DOMAINS: Final = "com|org|net|edu|gov|io|dev|gg|tv|ai|app|uk|de|fr|eu|us|ca|info"
_SPELLED: Final = frozenset(
    "fbi cia usa uk eu un ai vip ufo usb ceo cfo cto atm iq diy eta faq ios mmo irs api url sos ok ui ux id pr hr ev "
    "hud gpa ymca aka ufc nba nfl nhl mlb asap omg afk ip pe ac dc aoe rpg mmorpg dlc ddos isbn ssd lgbt lgbtq usps "
    "adhd ocd iv er ta tba oem iou mia kia asmr hdmi isp led lcd cpu gpu roi mba nyc ussr faa fda cdc epa nsa".split()
)
_SAID: Final = frozenset("nasa laser radar nato scuba yolo swat sim pin rom ram gif jpeg unesco unicef".split())
_VOICED: Final = re.compile(r"h+m+|m+|s+h+|b+r+|g+r+|p+s+t+|p+f+t*|t+s+k+|z+|n+g+h*", re.IGNORECASE)
_ONSETS: Final = frozenset(
    " b bl br c ch chr cl cr d dr dw f fl fr g gh gl gn gr gw h j k kl kn kr l m n p ph phl phr pl pr ps q r rh s sc "
    "sch scr sh shr sk sl sm sn sp spl spr sq sr st str sv sw t th thr tr ts tw v vl w wh wr x z".split(" ")
)
# Spelled so that streamer/face/phones.py says them right.
_NAMES: Final = (
    "ay bee see dee ee eff gee aitch eye jay kay ell em en oh pee cue ar ess tee yoo vee doubleyou ex why zee"
)  # fmt: skip
_LETTERS: Final = dict(zip("abcdefghijklmnopqrstuvwxyz", _NAMES.split(), strict=True))

_PLAIN: Final = str.maketrans(
    {
        "‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "…", "⁄": "/",
        "−": "-", "‑": "-", "‐": "-", "―": "—", "–": "–", "²": " squared", "³": " cubed", "ß": "ss", "æ": "ae",
        "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ð": "th", "Þ": "Th",
        "þ": "th", "ı": "i", "！": "!", "？": "?", "½": " 1/2", "¼": " 1/4", "¾": " 3/4",
    }
)  # fmt: skip

Reading = list[Word]
_Kind = tuple[str, str, Callable[[re.Match[str]], Reading]]  # a name, a pattern and what is said for it

_NUMBER: Final = r"\d{1,3}(?:,\d{3}){1,5}(?![\d])|\d+"
_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0980-\u0dff\u0e31-\u0e4e"
_LETTER: Final = rf"(?:[^\W\d_]|[{_MARKS}])"
_EITHER: Final = [*_MONTHS, *(name.lower() for name in _MONTHS if name not in ("May", "March"))]
_MONTH: Final = "|".join([*_EITHER, *(rf"{name[:3]}\.?(?![a-z])" for name in _MONTHS), "Sept\\.?(?![a-z])"])
_YEAR: Final = r"(?:,? (?P<{0}>[12]\d{{3}})(?!\d))?"


@lru_cache(_CACHED)
def read(text: str) -> tuple[Word, ...]:
    """The words of a text in the order in which they are said."""
    plain = folded(text)
    words: list[Word] = []
    for match in _SCANNER.finditer(plain):
        kind = match.lastgroup or ""
        if kind == "mark":
            _mark(words, match)
        else:
            words += _READERS[kind](match)
        if len(words) >= MOST_WORDS:
            break
    return tuple(words[:MOST_WORDS])


def folded(text: str) -> str:
    """The text composed, with plain quotes, and its Latin letters without accents."""
    text = text[:LONGEST].translate(_PLAIN)
    if text.isascii():
        return text
    return "".join(c if c < "\x80" else _plain(c) for c in unicodedata.normalize("NFC", text))[:LONGEST]


@lru_cache(4096)
def _plain(letter: str) -> str:
    """What a letter stands for in plain ones: é as e, ﬁ as fi; but no sentences, which Arabic has as one sign."""
    plain = unicodedata.normalize("NFKC", letter).translate(_PLAIN)
    if len(plain) > 4:
        return letter
    return "".join(bare if (bare := unicodedata.normalize("NFD", c)[0]).isascii() else c for c in plain)


def _said(words: str | Iterable[str]) -> Reading:
    """Words as they are; a single capital letter stands for its name."""
    parts = words.split() if isinstance(words, str) else words
    return [Word(_LETTERS[word.lower()] if len(word) == 1 and word.isupper() else word) for word in parts]


def _spelled(letters: str, emphasis: float = 0.0) -> Reading:
    return [Word(_LETTERS[c], 0.0, emphasis) for c in letters.lower() if c in _LETTERS]


def _counted(one: str, is_one: bool) -> list[str]:
    """A unit or a coin after its number: miles per hour, feet, percent."""
    first, *rest = one.split()
    if is_one or first in _UNCOUNTED:
        return [first, *rest]
    return [_MANY.get(first, first + "s"), *rest]


def _address(match: re.Match[str]) -> Reading:
    text = re.sub(r"^https?://", "", match[0], flags=re.IGNORECASE).rstrip(".,!?;:")
    names = {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "+": "plus", "=": "equals"}
    words: Reading = []
    for part in re.findall(r"[A-Za-z]+|\d+|[./@_+=-]", text)[:40]:  # nobody says a longer one
        if part in names:
            words.append(Word(names[part]))
        else:
            words += _said(numerals.digits(part)) if part.isdecimal() else _spelled_if_one(part.lower())
    return words


def _spelled_if_one(part: str) -> Reading:
    return _spelled(part) if len(part) == 1 or part == "www" else _plain_word(part)


def _iso_date(match: re.Match[str]) -> Reading:
    year, month, day = (int(match[name]) for name in ("iso_year", "iso_month", "iso_day"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and year >= 1000):
        return _said(numerals.digits(match[0]))
    return _said([_MONTHS[month - 1].lower(), *numerals.ordinal(day), *numerals.year(year)])


def _slashed_date(match: re.Match[str]) -> Reading:
    first, second, year = re.split(r"[/.]", match[0])
    last = numerals.year(int(year)) if len(year) == 4 and int(year) >= 1000 else numerals.number(year)
    return _said([*numerals.number(str(int(first))), *numerals.number(str(int(second))), *last])


def _month_name(text: str) -> str:
    return next(name.lower() for name in _MONTHS if name[:3].lower() == text[:3].lower())


def _day_month(match: re.Match[str]) -> Reading:
    year = numerals.year(int(match["dm_year"])) if match["dm_year"] else []
    day = numerals.ordinal(int(match["dm_day"]))
    return _said(["the", *day, "of", _month_name(match["dm_month"]), *year])


def _month_day(match: re.Match[str]) -> Reading:
    year = numerals.year(int(match["md_year"])) if match["md_year"] else []
    return _said([_month_name(match["md_month"]), *numerals.ordinal(int(match["md_day"])), *year])


def _clock(match: re.Match[str]) -> Reading:
    hour, minute = int(match["hour"] or match["full"]), int(match["minute"] or 0)
    half = (match["half"] or match["full_half"] or "").upper().replace(".", "")
    words = numerals.cardinal(hour)
    if minute:
        words += [*(["oh"] if minute < 10 else []), *numerals.cardinal(minute)]
    elif not half:
        words += ["o'clock"] if 1 <= hour <= 12 else ["hundred"]
    return _said([*words, *half])


def _money(match: re.Match[str]) -> Reading:
    coin, small = _COINS[match["coin"] or match["coin_after"]]
    whole = (match["whole"] or match["whole_after"] or "0").replace(",", "")
    part, scale = match["part"] or match["part_after"], match["scale"]
    sign = ["minus"] if match["debt"] else []
    if scale:
        return _said([*sign, *numerals.decimal(whole, part), _SCALES.get(scale.lower(), scale), *_counted(coin, False)])
    if part and (len(part) != 2 or not small):
        return _said([*sign, *numerals.decimal(whole, part), *_counted(coin, False)])
    words = [*numerals.number(whole), *_counted(coin, whole == "1")]
    if part and int(part):
        change = [*numerals.cardinal(int(part)), *_counted(small, int(part) == 1)]
        words = [*words, "and", *change] if whole.strip("0") else change
    return _said([*sign, *words])


def _fraction(match: re.Match[str]) -> Reading:
    above, below = int(match["above"]), int(match["below"])
    wholes = [*numerals.number(match["wholes"]), "and"] if match["wholes"] else []
    if below in (10, 100) and not wholes:  # a mark
        return _said([*numerals.cardinal(above), "out", "of", *numerals.cardinal(below)])
    if above >= below or below < 2:
        return _said([*wholes, *numerals.cardinal(above), *numerals.cardinal(below)])  # 24/7, 50/50
    if below == 2:
        return _said([*wholes, *(["a"] if wholes else ["one"]), "half"])
    name = ["quarter"] if below == 4 else numerals.ordinal(below)
    return _said([*wholes, *numerals.cardinal(above), *(name if above == 1 else numerals.plural(name))])


def _dialled(match: re.Match[str]) -> Reading:
    """A telephone number: its groups with a little silence between them."""
    words: Reading = []
    for group in re.findall(r"\d+", match[0]):
        digits = numerals.digits(group)
        words += [*_said(digits[:-1]), Word(digits[-1], 0.1)]
    return [*words[:-1], Word(words[-1].text)]


def _points(match: re.Match[str]) -> Reading:
    first, *rest = match[0].split(".")
    return _said([*numerals.number(first), *(word for part in rest for word in ("point", *numerals.number(part)))])


def _quantity(match: re.Match[str]) -> Reading:
    whole, part, unit = match["number"] or "", match["decimals"], (match["unit"] or "").lower().strip()
    words = ["minus"] if match["minus"] else ["number"] if match["numbered"] else []
    if match["range"]:
        words.append("to")
    if match["ending"] and len(whole.replace(",", "")) <= numerals.LONGEST:
        return _said([*words, *numerals.ordinal(int(whole.replace(",", "")))])
    words += _figures(whole, part, bool(unit or words))
    if match["decade"]:
        words = numerals.plural(words)
    if unit:
        words += _counted(_UNITS[unit], whole == "1" and not part)
    return _said(words)


def _figures(whole: str, part: str | None, is_counted: bool) -> list[str]:
    is_year = not part and not is_counted and len(whole) == 4 and 1100 <= int(whole) <= 2099
    return numerals.year(int(whole)) if is_year else numerals.decimal(whole, part)


def _ranged(match: re.Match[str]) -> Reading:
    first, last = re.split(r"\s?[-–—]\s?", match[0])
    return _said([*_figures(first, None, False), "to", *_figures(last, None, False)])


def _initials(match: re.Match[str]) -> Reading:
    """U.S.A.: the dot of the last letter ends a sentence only where the text ends."""
    return _ended(_spelled(match[0]), match)


def _title(match: re.Match[str]) -> Reading:
    word = match["title_word"].lower()
    if word == "st" and _NAMED.search(match.string, max(0, match.start() - 30), match.start()):
        return _ended(_said("street"), match)
    return _said(_TITLES[word])


_NAMED: Final = re.compile(r"(?:\b[A-Z][\w']{3,}|\d(?:st|nd|rd|th)) $")  # Baker St., but In St. Albans


def _reference(match: re.Match[str]) -> Reading:
    return _said(_REFERENCES[match["reference_word"].lower()])


def _street(match: re.Match[str]) -> Reading:
    return _ended(_said("street"), match)


def _shortened(match: re.Match[str]) -> Reading:
    return _ended(_said(_SHORTENED[match["short_word"].lower()]), match)


def _ended(words: Reading, match: re.Match[str]) -> Reading:
    """The dot of an abbreviation ends the sentence too where nothing or a capital follows."""
    if match[0].endswith(".") and _SENTENCE.match(match.string, match.end()):
        words[-1] = Word(words[-1].text, PAUSES["."], words[-1].emphasis)
    return words


_SENTENCE: Final = re.compile(r"[\"')\]]*(?:\s*$|\s+[A-Z][a-z])")


def _word(match: re.Match[str]) -> Reading:
    text = match[0].rstrip("'") if not match[0].startswith("'") else match[0]
    lower = text.lower()
    if lower in _BARE:
        return _said(_TITLES.get(lower) or _SHORTENED[lower])
    if len(text) == 1:
        return _letter(text)
    if plural := _ACRONYMS.fullmatch(text):
        *letters, last = _capitals(plural[1], is_shouted=False)
        return [*letters, Word(last.text + "'s", 0.0, last.emphasis)]
    if text.isupper() and text.isascii():
        if len(text) <= 3 and match.string[match.end() : match.end() + 1].isdecimal():
            return _spelled(text)  # H2O
        return _capitals(text, is_shouted=_is_shouted(match.string))
    return _plain_word(lower)


_ACRONYMS: Final = re.compile(r"([A-Z]{2,})'?s")


@lru_cache(_CACHED)
def _is_shouted(text: str) -> bool:
    return text.isupper() and " " in text.strip()


def _letter(text: str) -> Reading:
    return [Word(text.lower())] if text in "aAI" or not text.isascii() else _spelled(text)


def _capitals(text: str, is_shouted: bool) -> Reading:
    """A word in capitals: an acronym, letter by letter or as a word, or a plain word that is shouted."""
    lower = text.lower()
    stem, owned = (lower[:-2], "'s") if lower.endswith("'s") else (lower, "")
    if stem in _SAID:
        return [Word(lower)]
    if _is_spelled(stem, is_shouted):
        letters = _spelled(stem)
        return [*letters[:-1], Word(letters[-1].text + owned)]
    return [Word(word.text, word.pause, max(word.emphasis, _CAPITALS)) for word in _plain_word(lower)]


def _is_spelled(word: str, is_shouted: bool) -> bool:
    if not word.isalpha() or _VOICED.fullmatch(word) or re.search(r"(.)\1\1", word):
        return False
    if word in _SPELLED or not _VOWEL.search(word) or (word == "us" and not is_shouted):
        return True
    if is_shouted or most_common((word,)):
        return False
    return len(word) <= 3 or not _is_pronounceable(word)


def _is_pronounceable(word: str) -> bool:
    """Whether letters that are no known word can be said as one: it begins as English does, and no cluster is long."""
    onset = re.match(r"[^aeiouy]*", word)
    return onset is not None and onset[0] in _ONSETS and not re.search(r"[^aeiouy]{4}|[aeiou]{4}", word)


def _plain_word(lower: str) -> Reading:
    runs = [len(run[0]) for run in _RUN.finditer(lower)]
    if not runs:
        return _spelled(lower) if _is_bare(lower) else [Word(lower)]
    first, more = _STRETCH
    return [Word(unstretched(lower), 0.0, min(1.0, round(first + more * (sum(runs) - 3 * len(runs)), 2)))]


def _is_bare(word: str) -> bool:
    """Whether a word cannot be said for want of a vowel: btw, mc."""
    return (
        word.isascii()
        and len(word) <= 5
        and not (_VOWEL.search(word) or _VOICED.fullmatch(word) or most_common((word,)))
    )


_VOWEL: Final = re.compile("[aeiouy]")
_RUN: Final = re.compile(r"([^\W\d_])\1{2,}")
_MOST_RUNS: Final = 4  # spellings double with every run


def unstretched(word: str) -> str:
    """nooooo as no, coool as cool: the most common word with each run of letters written once or twice."""
    if _VOICED.fullmatch(word):
        return _RUN.sub(r"\1\1", word)
    parts = _RUN.split(word)  # what is not stretched and the letter that is, in turn
    runs = len(parts) // 2
    if runs > _MOST_RUNS:
        return _RUN.sub(r"\1", word)
    spellings = (
        "".join(part * times for part, times in zip(parts, _times(counts), strict=True))
        for counts in product((1, 2), repeat=runs)
    )
    return most_common(spellings) or _RUN.sub(r"\1", word)


def _times(counts: tuple[int, ...]) -> list[int]:
    """Counts for the stretched letters, with 1 for the parts around them."""
    return [1, *(times for count in counts for times in (count, 1))]


def _symbol(match: re.Match[str]) -> Reading:
    return _said(_SYMBOLS[match[0]])


def _nothing(_: re.Match[str]) -> Reading:
    return []


def _mark(words: Reading, match: re.Match[str]) -> None:
    """The silence, or the weight, that punctuation gives the word before it."""
    if not words:
        return
    marks, last = match[0], words[-1]
    if marks.startswith("..") or marks == "…":
        pause = PAUSES["…"]
    else:
        pause = max((PAUSES.get(c, PAUSES["—"] if c in "-–" else 0.0) for c in marks), default=0.0)
    emphasis = last.emphasis
    if count := marks.count("!"):
        first, more = _EXCLAIMED
        emphasis = min(1.0, round(emphasis + first + more * (count - 1), 2))
    words[-1] = Word(last.text, max(last.pause, pause), emphasis)


def _cased(words: Iterable[str]) -> str:
    """A pattern of words in the usual cases; literal spellings fail faster than (?i)."""
    spellings = {
        form for word in words for form in (word, word.upper(), word.capitalize(), word[:-1] + word[-1:].upper())
    }
    return "|".join(re.escape(form) for form in sorted(spellings, key=lambda form: (-len(form), form)))


_UNIT: Final = rf" (?:{_cased(set(_UNITS) - _GLUED)})|{_cased(_UNITS)}"
_COIN: Final = "".join(_COINS)
_MEANT: Final = re.escape("".join([*PAUSES, *_SYMBOLS, *_COINS]))
_KINDS: Final[tuple[_Kind, ...]] = (
    ("idle", rf"[^\w\n!-~–{_MARKS}{_MEANT}]+|['\"]+(?!\w)|[\"_~]+", _nothing),
    ("address", rf"(?<![\w.@+-])(?:https?://\S{{1,200}}|[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{2,63}}){{1,4}}"
                rf"|(?:[A-Za-z][\w-]{{0,62}}\.){{1,4}}(?:{_DOMAINS})\b(?![.']\w)(?:/[\w./?=&%-]{{0,100}})?)", _address),
    ("face", r"(?<![\w:])(?:[:;=]['-]?[)(\]\[DPpOo3|]+(?!\w)|<3+|\^_*\^|[xX]D(?!\w))", _nothing),
    ("mark", r"\.{2,}|(?:[!?…]|\.(?!\d))+|--+|[—,،、;؛:)。؟।۔\n]|\((?!\d{3}\))|(?<!\w)-(?=\s)|(?<=\w)-(?=\s|$|[\"'])"
             r"|–(?!\d)|(?<!\d)–", _nothing),
    ("iso", r"(?<!\d)(?P<iso_year>\d{4})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)(?!\d)", _iso_date),
    ("slashed", r"(?<!\d)\d{1,2}(?P<cut>[/.])\d{1,2}(?P=cut)(?:\d{4}|\d\d)(?![\d.]\d)", _slashed_date),
    ("day_month", rf"(?<![\d.,])(?:\b[Tt]he )?(?P<dm_day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?: of)? "
                  rf"(?=[A-Za-z])(?P<dm_month>{_MONTH})\b{_YEAR.format('dm_year')}", _day_month),
    ("month_day", rf"\b(?P<md_month>{_MONTH}) (?P<md_day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
                  rf"{_YEAR.format('md_year')}", _month_day),
    ("clock", r"(?<![\d:.])(?:(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])"
              r"(?: ?(?P<half>[AaPp](?:[Mm]\b|\.[Mm]\.)))?"
              r"|(?P<full>0?[1-9]|1[0-2]) ?(?P<full_half>[AaPp](?:[Mm]\b|\.[Mm]\.)))", _clock),
    ("money", rf"(?P<debt>(?<!\w)-)?(?P<coin>[{_COIN}]) ?(?P<whole>{_NUMBER}|(?=\.\d))(?:\.(?P<part>\d+))?"
              r"(?: ?(?P<scale>[Tt]housand|[Mm]illion|[Bb]illion|[Tt]rillion|[KkMmBb]n?)\b)?"
              rf"|(?P<whole_after>{_NUMBER})(?:[.,](?P<part_after>\d\d))? ?(?P<coin_after>[€£₽₩₹])", _money),
    ("dialled", r"(?<![\d-])(?:\+\d{1,3}[ -])?(?:\(\d{3}\) ?|\d{3}-)(?:\d{3}-)?\d{4}(?![\d-])", _dialled),
    ("points", r"(?<![\d.])\d{1,4}(?:\.\d{1,4}){2,4}(?![\d]|\.\d)", _points),
    ("fraction", r"(?<![\d/.,])(?:(?P<wholes>\d{1,3}) {1,2})?(?P<above>\d{1,3})/(?P<below>\d{1,3})(?![\d/]|\.\d)",
     _fraction),
    ("ranged", r"(?<![\w.,-])\d{1,4} ?[-–—] ?\d{1,4}(?![\w-]|[.,]\d)", _ranged),
    ("quantity", rf"(?P<range>(?<=\d)–)?(?:(?P<minus>(?<![\w.)])-)|(?P<numbered>#))?(?P<number>{_NUMBER}|(?=\.\d))"
                 r"(?:\.(?P<decimals>\d+))?"
                 rf"(?:(?P<ending>(?:st|nd|rd|th)\b)|(?P<decade>'?s\b)|(?P<unit>{_UNIT})(?!\w))?", _quantity),
    ("title", rf"(?<!\w)(?P<title_word>{_cased(_TITLES)})\.(?= ?[A-Z])", _title),
    ("reference", rf"(?<!\w)(?P<reference_word>{_cased(_REFERENCES)})\.(?= ?\d)", _reference),
    ("street", r"(?<=\w )[Ss]t\.", _street),
    ("shortened", rf"(?<![\w.])(?P<short_word>{_cased(_SHORTENED)})\.(?!\w)", _shortened),
    ("initials", r"(?<![\w.])(?:[A-Za-z]\.){2,12}(?!\w)", _initials),
    ("word", rf"(?:(?<!\w)'(?=(?:em|til|cause|bout|tis|twas)\b))?{_LETTER}+(?:'{_LETTER}+)*", _word),
    ("symbol", f"[{re.escape(''.join(_SYMBOLS))}]", _symbol),
)  # fmt: skip
_READERS: Final = {name: reader for name, _, reader in _KINDS}
_SCANNER: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern, _ in _KINDS))
