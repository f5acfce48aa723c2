"""Numbers in words, as they are read aloud in English."""

from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS: Final = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS: Final = ("", "thousand", "million", "billion", "trillion")
_ORDINALS: Final = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
                    "nine": "ninth", "twelve": "twelfth"}  # fmt: skip
LONGEST: Final = 15  # digits; longer ones are read digit by digit


def cardinal(number: int) -> list[str]:
    """12 -> twelve; 345 -> three hundred forty five."""
    if number == 0:
        return ["zero"]
    words: list[str] = []
    for power in range(len(_THOUSANDS) - 1, -1, -1):
        part = number // 1000**power % 1000
        if part:
            words += _below_thousand(part) + [_THOUSANDS[power]] * (power > 0)
    return words


def ordinal(number: int) -> list[str]:
    """3 -> third; 21 -> twenty first."""
    *words, last = cardinal(number)
    if last in _ORDINALS:
        return [*words, _ORDINALS[last]]
    return [*words, last[:-1] + "ieth" if last.endswith("y") else last + "th"]


def year(number: int) -> list[str]:
    """1984 -> nineteen eighty four; 1905 -> nineteen oh five; 2007 -> two thousand seven; 2026 -> twenty twenty six."""
    century, rest = divmod(number, 100)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else [*cardinal(century), "hundred"]
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]


def digits(text: str) -> list[str]:
    """007 -> zero zero seven."""
    return [_ONES[int(c)] for c in text]


def whole(text: str) -> list[str]:
    """Digits as a number where anyone would read them so, else one by one."""
    is_code = len(text) > LONGEST or (text.startswith("0") and len(text) > 1)
    return digits(text) if is_code else cardinal(int(text))


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    if rest < 20:
        return words + ([_ONES[rest]] if rest else [])
    tens, ones = divmod(rest, 10)
    return [*words, _TENS[tens], *([_ONES[ones]] if ones else [])]
