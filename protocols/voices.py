"""What voice services say about their speech: timed phones, visemes, blend shapes or letters, read from JSON values.

ARPAbet timings, Azure viseme ids and blend-shape chunks, ElevenLabs and Inworld alignments. Seconds count from the
start of the voice. Keys may be in snake, camel or Pascal case, as each service's libraries print them.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any, Final

import numpy as np

from protocols import fields as read
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, Floats
from protocols.errors import DecodeError
from protocols.fields import Fields

MAX_PHONES: Final = 4000  # 2,000 characters have fewer
MAX_PHONE: Final = 8  # characters: ARPAbet has 3, IPA with its marks a few more
MAX_LETTERS: Final = 8000  # 2,000 characters, with their numbers written out
MAX_WORD: Final = 100  # characters; the longest token of a text is a long word or a web address
MAX_SECONDS: Final = 600.0  # three times the longest text
MAX_FRAMES: Final = 36_000  # as many seconds of blend shapes
TRIMMED: Final = 0.02  # seconds of overlap that rounding causes; more is an error
LAST: Final = 0.1  # seconds that the last viseme lasts, as nothing follows that would end it
TICKS: Final = 10_000_000  # Azure's in a second: 100 ns each
AZURE_RATE: Final = 60.0  # Hz, of blend shapes
OVERSHOOT: Final = 1.0  # how far a blend shape may leave its range and is clipped; further out it is no blend shape
UNKNOWN_STRESS: Final = 0.5  # of a vowel without a digit: loud enough to be seen, not shouted

PHONES: Final = frozenset(
    "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
)
_VOWEL_LETTERS: Final = "AEIOU"  # that the symbols of vowels begin with, and no consonant's
_SILENCES: Final = frozenset(("", "SIL", "SP", "SPN", "PAU"))
_STRESS: Final[Mapping[str, float]] = {"0": 0.0, "1": 1.0, "2": 0.5}

# Azure's 22 visemes (learn.microsoft.com: how-to-speech-synthesis-viseme): of the sounds that share one, the plainest.
_VISEMES: Final = ("", *"AH AA AO EH ER IY UW OW AW OY AY HH R L S SH DH F T K P".split())
_SIDED: Final = ("Left", "Right")
# The 55 columns of Azure's BlendShapes, in the order of the same page.
_AZURE: Final[tuple[str, ...]] = (
    *(f"Eye{part}{side}" for side in _SIDED
      for part in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")),
    "JawForward", "JawLeft", "JawRight", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker", "MouthLeft",
    "MouthRight",
    *(f"Mouth{part}{side}" for part in ("Smile", "Frown", "Dimple", "Stretch") for side in _SIDED),
    "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper",
    *(f"Mouth{part}{side}" for part in ("Press", "LowerDown", "UpperUp") for side in _SIDED),
    "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "CheekPuff",
    *(f"{part}{side}" for part in ("CheekSquint", "NoseSneer") for side in _SIDED),
    "TongueOut", "HeadRoll", "LeftEyeRoll", "RightEyeRoll",
)  # fmt: skip
_COLUMNS: Final = tuple(INDEX[name] for name in _AZURE)

_IPA: Final[Mapping[str, str]] = {
    ipa: phone
    for phone, sounds in {
        "AA": "ɑ a ɒ ɑ̃", "AE": "æ", "AH": "ʌ ə ɐ", "AO": "ɔ", "AW": "aʊ aw", "AY": "aɪ aj", "EH": "ɛ e œ",
        "ER": "ɝ ɚ ɜ ɜɹ əɹ", "EY": "eɪ ej", "IH": "ɪ ɨ ᵻ", "IY": "i", "OW": "oʊ o əʊ ow", "OY": "ɔɪ ɔj",
        "UH": "ʊ ø ɵ", "UW": "u y ʉ ɯ", "B": "b", "CH": "tʃ ʧ tɕ", "D": "d ɾ ɖ", "DH": "ð", "F": "f ɸ",
        "G": "ɡ g ɣ ɟ", "HH": "h ɦ x ç χ ħ ʔ", "JH": "dʒ ʤ dʑ", "K": "k q c", "L": "l ɫ ʎ ɭ", "M": "m ɱ",
        "N": "n ɲ ɳ", "NG": "ŋ", "P": "p", "R": "ɹ r ʁ ɻ ʀ", "S": "s ts", "SH": "ʃ ɕ ʂ", "T": "t ʈ", "TH": "θ",
        "V": "v β ʋ", "W": "w ʍ ɥ", "Y": "j", "Z": "z dz", "ZH": "ʒ ʑ ʐ",
    }.items()
    for ipa in sounds.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phone:
    """A speech sound as the service names it (`arpabet` reads it), and its seconds from the start of the voice."""

    symbol: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Faces at a steady rate in Hz, from the start of the voice."""

    rate: float
    values: Floats  # (T, 61), ARKit order

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Shapes):
            return NotImplemented
        return self.rate == other.rate and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.rate, self.values.tobytes()))


@dataclass(frozen=True, slots=True)
class Letters:
    """The characters of a text and the seconds in which each is spoken; silent ones may last none."""

    characters: tuple[str, ...]
    begins: tuple[float, ...]
    ends: tuple[float, ...]


Timing = tuple[Phone, ...] | Shapes | Letters


def decode(value: object, field: str = "phones") -> Timing:
    """What a service's JSON value says of its speech; raises DecodeError naming the entry that is wrong."""
    if isinstance(value, dict):
        return _object(value, field)
    if not isinstance(value, list):
        raise DecodeError(f"{field} is {read.shown(value)}, expected an array or an object", code="wrong_type")
    if not value or not isinstance(value[0], dict):
        return _timings(value, field)
    return _chunks(value, field) if "blend_shapes" in _snake(value[0], f"{field}[0]") else _visemes(value, field)


def encode(timing: Timing) -> object:
    """The JSON value that is decoded to the same again; phones as ARPAbet timings, whichever service they came from."""
    if isinstance(timing, Shapes):  # the shortest digits that give the same float32
        rows = [[float(str(number)) for number in row] for row in timing.values[:, _COLUMNS]]
        return {"FrameIndex": 0, "BlendShapes": rows}
    if isinstance(timing, Letters):
        return {
            "characters": timing.characters,
            "character_start_times_seconds": timing.begins,
            "character_end_times_seconds": timing.ends,
        }
    return [[phone.symbol, phone.start, phone.end] for phone in timing]


def length(timing: Timing) -> float:
    """Seconds from the start of the voice to the end of the last sound; 0 where there is none."""
    if isinstance(timing, Shapes):
        return len(timing.values) / timing.rate
    if isinstance(timing, Letters):
        return max(timing.ends, default=0.0)
    return timing[-1].end if timing else 0.0


def arpabet(symbol: str) -> tuple[str, float]:
    """The ARPAbet phone ("" is silence) and the stress 0..1 in a symbol of ARPAbet or IPA; raises DecodeError."""
    if symbol.upper() in _SILENCES:
        return "", 0.0
    digit = symbol[-1] if symbol[-1] in _STRESS else ""
    bare = symbol.removesuffix(digit) if digit else symbol
    plain = "".join(c for c in bare if unicodedata.category(c) not in ("Mn", "Lm", "Sk"))  # lengths, ties, accents
    phone = bare if bare in PHONES else _IPA.get(plain, bare.upper())
    is_vowel = phone[:1] in _VOWEL_LETTERS
    if phone not in PHONES or (digit and not is_vowel):
        raise DecodeError(f"unknown phone {symbol[:MAX_PHONE]!r}, expected ARPAbet or IPA", code="out_of_range")
    if not is_vowel:
        return phone, 0.0
    return phone, _STRESS[digit] if digit else 1.0 if "ˈ" in bare else UNKNOWN_STRESS


def _timings(value: object, field: str) -> tuple[Phone, ...]:
    return _in_order([_timing(item, f"{field}[{i}]") for i, item in enumerate(read.array(value, field, MAX_PHONES))])


def _timing(item: object, where: str) -> tuple[Phone, str]:
    entry = read.array(item, where, 3)
    if len(entry) != 3:
        raise DecodeError(f"{where} has {len(entry)} entries, expected [symbol, start, end]", code="wrong_type")
    start, end = (read.number(v, where, 0, MAX_SECONDS) for v in entry[1:])
    return Phone(read.text(entry[0], where, MAX_PHONE), start, end), where


def _in_order(entries: Sequence[tuple[Phone, str]]) -> tuple[Phone, ...]:
    """The phones, each lasting, after the one before and known; a small overlap goes to the later one."""
    for phone, where in entries:
        if phone.end <= phone.start:
            said = "runs backwards" if phone.end < phone.start else "lasts 0 seconds, expected more"
            raise DecodeError(f"{where} {said}", code="out_of_range")
    for (before, _), (after, where) in pairwise(entries):
        _check_order(before.start, before.end, after.start, where)
        if after.start <= before.start:
            raise DecodeError(f"{where} starts where the phone before does", code="out_of_range")
    for phone, where in entries:
        _check_symbol(phone.symbol, where)
    ends = [after.start for (after, _) in entries[1:]]
    return tuple(
        phone if end is None or phone.end <= end else Phone(phone.symbol, phone.start, end)
        for (phone, _), end in zip_longest(entries, ends)
    )


def _check_symbol(symbol: str, where: str) -> None:
    try:
        arpabet(symbol)
    except DecodeError as error:
        raise DecodeError(f"{where}: {error}", code=error.code) from None


def _check_order(begin: float, end: float, following: float, where: str) -> None:
    if following < begin:
        raise DecodeError(f"{where} runs backwards", code="out_of_range")
    if end - following >= TRIMMED:
        raise DecodeError(
            f"{where} overlaps what is before it by {1000 * (end - following):.0f} ms, expected less than "
            f"{1000 * TRIMMED:.0f} ms",
            code="out_of_range",
        )


def _visemes(value: list[Any], field: str) -> tuple[Phone, ...]:
    events = [_viseme(item, f"{field}[{i}]") for i, item in enumerate(read.array(value, field, MAX_PHONES))]
    starts = [start for _, start, _ in events]
    return _in_order(
        [
            (Phone(symbol, start, min(start + LAST, MAX_SECONDS) if end is None else end), where)
            for (symbol, start, where), end in zip_longest(events, starts[1:])
        ]
    )


def _viseme(item: object, where: str) -> tuple[str, float, str]:
    event = _snake(read.table(item, where), where)
    read.only(event, ("viseme_id", "audio_offset", "result_id", "animation"), f"{where}.")
    if event.get("animation"):
        raise DecodeError(
            f"{where}.animation is not empty, expected its FrameIndex and BlendShapes instead of visemes",
            code="unknown_field",
        )
    viseme = read.integer(_given(event, "viseme_id", where), f"{where}.viseme_id", 0, len(_VISEMES) - 1)
    most = int(MAX_SECONDS * TICKS)
    ticks = read.integer(_given(event, "audio_offset", where), f"{where}.audio_offset", 0, most)
    return _VISEMES[viseme], ticks / TICKS, where


def _chunks(chunks: Sequence[object], field: str, *, is_one: bool = False) -> Shapes:
    blocks: list[Floats] = []
    count = 0
    for i, chunk in enumerate(read.array(list(chunks), field, MAX_FRAMES)):
        where = field if is_one else f"{field}[{i}]"
        rows, index = _chunk(chunk, where)
        if index != count:
            raise DecodeError(
                f"{where}.FrameIndex is {index}, expected {count} as so many frames are before it", code="out_of_range"
            )
        blocks.append(_frames(rows, f"{where}.BlendShapes"))
        count += len(rows)
        if count > MAX_FRAMES:
            raise DecodeError(f"{where} is frame {count}, expected at most {MAX_FRAMES}", code="too_long")
    values = np.concatenate(blocks)
    values.setflags(write=False)
    return Shapes(AZURE_RATE, values)


def _chunk(value: object, where: str) -> tuple[list[Any], int]:
    chunk = _snake(read.table(value, where), where)
    read.only(chunk, ("frame_index", "blend_shapes"), f"{where}.")
    index = read.integer(chunk.get("frame_index", 0), f"{where}.FrameIndex", 0, MAX_FRAMES)
    rows = read.array(_given(chunk, "blend_shapes", where), f"{where}.BlendShapes", MAX_FRAMES)
    if not rows:
        raise DecodeError(f"{where}.BlendShapes is empty, expected frames", code="too_short")
    return rows, index


def _frames(rows: list[Any], where: str) -> Floats:
    for i, row in enumerate(rows):
        _check_row(row, f"{where}[{i}]")
    try:
        given = np.array(rows, np.float64)
    except OverflowError:
        raise DecodeError(f"{where} holds a number of more than 64 bits", code="out_of_range") from None
    lowest, highest = LOWEST[list(_COLUMNS)] - OVERSHOOT, HIGHEST[list(_COLUMNS)] + OVERSHOOT
    is_bad = ~((given >= lowest) & (given <= highest))  # also what is not a number
    if is_bad.any():
        i, j = (int(k) for k in np.argwhere(is_bad)[0])
        bounds = f"{lowest[j]:g}..{highest[j]:g}"
        raise DecodeError(f"{where}[{i}][{j}] ({_AZURE[j]}) is {given[i, j]:g}, expected {bounds}", code="out_of_range")
    values = np.zeros((len(rows), len(CHANNELS)), np.float32)
    values[:, _COLUMNS] = given
    return np.clip(values, LOWEST, HIGHEST)


def _check_row(row: object, where: str) -> None:
    numbers = read.array(row, where, len(_AZURE))
    if len(numbers) != len(_AZURE):
        raise DecodeError(f"{where} has {len(numbers)} numbers, expected {len(_AZURE)}", code="wrong_type")
    if not set(map(type, numbers)) <= {int, float}:
        raise DecodeError(f"{where} holds what is not a number", code="wrong_type")


def _object(value: Fields, field: str) -> Timing:
    given = {name: item for name, item in _snake(value, field).items() if item is not None}
    known: dict[str, Callable[[Any, str], Timing]] = {
        "blend_shapes": lambda _, where: _chunks([value], where, is_one=True),
        "characters": lambda _, where: _letters(given, where),
        "character_alignment": lambda inner, where: _letters(inner, f"{where}.character_alignment"),
        "word_alignment": lambda inner, where: _words(inner, f"{where}.word_alignment"),
    }
    names = [name for name in known if name in given]
    if len(names) != 1:
        raise DecodeError(f"{field} has {len(names)} of {', '.join(known)}, expected one", code="missing_field")
    if names[0].endswith("alignment"):
        read.only(given, names, f"{field}.")
    return known[names[0]](given[names[0]], field)


def _letters(value: object, where: str) -> Letters:
    given = _singular(value, where)
    names = ("characters", "character_start_time_seconds", "character_end_time_seconds")
    read.only(given, names, f"{where}.")
    characters, begins, ends = _parallel(given, names, where, MAX_PHONE)
    return Letters(characters, begins, _trimmed(begins, ends, f"{where}.characters"))


def _words(value: object, where: str) -> Timing:
    given = _singular(value, where)
    names = ("words", "word_start_time_seconds", "word_end_time_seconds")
    read.only(given, (*names, "phonetic_details"), f"{where}.")
    words, begins, ends = _parallel(given, names, where, MAX_WORD)
    if details := given.get("phonetic_details"):
        return _phonetic(details, f"{where}.phonetic_details")
    return _spelled(words, begins, _trimmed(begins, ends, f"{where}.words"), where)


def _singular(value: object, where: str) -> Fields:
    """The fields of an alignment under Inworld's names; ElevenLabs says start_times where Inworld says start_time."""
    return {name.replace("_times_", "_time_"): item for name, item in _snake(read.table(value, where), where).items()}


def _parallel(
    given: Fields, names: tuple[str, str, str], where: str, longest: int
) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]:
    texts, begins, ends = (read.array(_given(given, name, where), f"{where}.{name}", MAX_LETTERS) for name in names)
    if not len(texts) == len(begins) == len(ends):
        counts = f"{len(texts)}, {len(begins)} and {len(ends)}"
        raise DecodeError(f"{where} has {counts} {names[0]}, starts and ends, expected as many", code="wrong_type")
    return (
        tuple(read.text(text, f"{where}.{names[0]}[{i}]", longest) for i, text in enumerate(texts)),
        tuple(read.number(begin, f"{where}.{names[1]}[{i}]", 0, MAX_SECONDS) for i, begin in enumerate(begins)),
        tuple(read.number(end, f"{where}.{names[2]}[{i}]", 0, MAX_SECONDS) for i, end in enumerate(ends)),
    )


def _trimmed(begins: tuple[float, ...], ends: tuple[float, ...], where: str) -> tuple[float, ...]:
    """The ends, none before its begin or after the next begin; spaces and punctuation may last no time."""
    for i, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if end < begin:
            raise DecodeError(f"{where}[{i}] runs backwards", code="out_of_range")
        if i:
            _check_order(begins[i - 1], ends[i - 1], begin, f"{where}[{i}]")
    return tuple(end if after is None else min(end, after) for end, after in zip_longest(ends, begins[1:]))


def _spelled(words: Sequence[str], begins: Sequence[float], ends: Sequence[float], where: str) -> Letters:
    """Words as letters that share the time of their word evenly, with spaces between where the service has none."""
    is_spaced = any(word and not word.strip() for word in words)
    letters: list[tuple[str, float, float]] = []
    for i, (word, begin, end) in enumerate(zip(words, begins, ends, strict=True)):
        if i and not is_spaced:
            letters.append((" ", ends[i - 1], begin))
        times = np.linspace(begin, end, len(word) + 1).tolist()
        letters.extend(zip(word, times[:-1], times[1:], strict=True))
        if len(letters) > MAX_LETTERS:
            raise DecodeError(
                f"{where}.words[{i}] is letter {len(letters)}, expected at most {MAX_LETTERS}", code="too_long"
            )
    return Letters(*(tuple(column) for column in zip(*letters, strict=True))) if letters else Letters((), (), ())


def _phonetic(value: object, where: str) -> tuple[Phone, ...]:
    entries: list[tuple[Phone, str]] = []
    for i, item in enumerate(read.array(value, where, MAX_LETTERS)):
        word = _snake(read.table(item, f"{where}[{i}]"), f"{where}[{i}]")
        read.only(word, ("word_index", "phones", "is_partial"), f"{where}[{i}].")
        phones = read.array(_given(word, "phones", f"{where}[{i}]"), f"{where}[{i}].phones", MAX_PHONES)
        named = [_phonetic_phone(phone, f"{where}[{i}].phones[{j}]") for j, phone in enumerate(phones)]
        entries += [(phone, at) for phone, at in named if phone.symbol or phone.end > phone.start]
        if len(entries) > MAX_PHONES:
            raise DecodeError(f"{where}[{i}] is phone {len(entries)}, expected at most {MAX_PHONES}", code="too_long")
    return _in_order(entries)


def _phonetic_phone(value: object, where: str) -> tuple[Phone, str]:
    given = _snake(read.table(value, where), where)
    read.only(given, ("phone_symbol", "start_time_seconds", "duration_seconds", "viseme_symbol"), f"{where}.")
    symbol = read.text(_given(given, "phone_symbol", where), f"{where}.phone_symbol", MAX_WORD)
    start = read.number(_given(given, "start_time_seconds", where), f"{where}.start_time_seconds", 0, MAX_SECONDS)
    lasting = read.number(_given(given, "duration_seconds", where), f"{where}.duration_seconds", 0, MAX_SECONDS)
    is_silence = symbol.startswith("[") and symbol.endswith("]")  # "[silence]"
    end = read.number(start + lasting, f"the end of {where}", 0, MAX_SECONDS)
    return Phone("" if is_silence else read.text(symbol, f"{where}.phone_symbol", MAX_PHONE), start, end), where


def _given(given: Fields, name: str, where: str) -> Any:  # Any: a JSON value, checked by the reader that asked
    if name not in given:
        raise DecodeError(f"{where}.{name} is missing", code="missing_field")
    return given[name]


def _snake(given: Fields, where: str) -> dict[str, Any]:  # Any: JSON values before they are checked
    """The same fields with their names in snake case."""
    named = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): item for name, item in given.items()}
    if len(named) != len(given):
        raise DecodeError(f"{where} has a field twice, in two spellings", code="unknown_field")
    return named
