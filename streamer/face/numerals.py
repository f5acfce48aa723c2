"""Numbers in words, as they are said aloud in English."""

from typing import Final

LONGEST: Final = 15  # digits; a longer number is a code, and read digit by digit

_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES: Final = ("", "thousand", "million", "billion", "trillion")
_IRREGULAR: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> list[str]:
    """345 as three hundred forty five; 0 <= number < 10**15."""
    if number < 1000:
        return _hundreds(number)
    words: list[str] = []
    for power in range(len(_SCALES) - 1, -1, -1):
        if part := number // 1000**power % 1000:
            words += [*_hundreds(part), _SCALES[power]] if power else _hundreds(part)
    return words


def ordinal(number: int) -> list[str]:
    """21 as twenty first."""
    *words, last = cardinal(number)
    if last in _IRREGULAR:
        return [*words, _IRREGULAR[last]]
    return [*words, last[:-1] + "ieth" if last.endswith("y") else last + "th"]


def year(number: int) -> list[str]:
    """1984 as nineteen eighty four, 1905 as nineteen oh five, 2007 as two thousand seven; 1000 <= number < 10000."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]


def digits(text: str) -> list[str]:
    """007 as zero zero seven; what is no digit is left out."""
    return [_SMALL[int(c)] for c in text if c.isdecimal()]


def number(text: str) -> list[str]:
    """Digits, with or without separators of thousands, as a quantity; those of a code one by one."""
    plain = text.replace(",", "")
    is_code = len(plain) > LONGEST or (len(plain) > 1 and int(plain[0]) == 0)
    return digits(plain) if is_code else cardinal(int(plain))


def decimal(whole: str, part: str | None) -> list[str]:
    """12 and 05 as twelve point zero five."""
    return [*(number(whole) if whole else ["zero"]), *(["point", *digits(part)] if part else [])]


def plural(words: list[str]) -> list[str]:
    """The last word in the plural: thirds, eighties, dollars."""
    *words, last = words
    if last.endswith(("ch", "sh", "x")):
        return [*words, last + "es"]
    return [*words, last[:-1] + "ies" if last.endswith("ty") else last + "s"]


def _hundreds(number: int) -> list[str]:
    if number < 20:
        return [_SMALL[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [_TENS[tens - 2], *([_SMALL[ones]] if ones else [])]
    hundreds, rest = divmod(number, 100)
    return [_SMALL[hundreds], "hundred", *(_hundreds(rest) if rest else [])]
