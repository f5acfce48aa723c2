"""Reading the fields of a JSON object: each reader checks type and bounds, and says what was got and wanted."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeVar

from protocols.errors import DecodeError

Fields = Mapping[str, Any]  # Any: JSON values before they are checked
T = TypeVar("T", bound=str)
_SHOWN: Final = 40  # characters of what was got that an error repeats
_KINDS: Final = {str: "a string", list: "an array", dict: "an object", bool: "true or false"}


def parse(data: str | bytes, limit: int) -> Fields:
    """The object in a JSON text of at most `limit` bytes of UTF-8; refuses NaN and infinities by name."""
    size = len(data)
    if isinstance(data, str) and size <= limit:  # characters are fewer than bytes: a huge text is not encoded to know
        size = len(data.encode(errors="surrogatepass"))
    if size > limit:
        raise DecodeError(f"message is {size} bytes, expected at most {limit}", code="too_long")
    try:  # json.loads alone would take bytes for UTF-16 and let half a surrogate pair through
        unicode = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        value = json.loads(unicode, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except DecodeError:
        raise
    except RecursionError as error:
        raise DecodeError("message is nested too deeply", code="bad_json") from error
    except ValueError as error:
        raise DecodeError(f"message is not JSON: {str(error)[:80]}", code="bad_json") from error
    if not isinstance(value, dict):
        raise DecodeError(f"message is {shown(value)}, expected an object", code="bad_message")
    return value


def only(fields: Fields, known: Iterable[str], where: str = "") -> None:
    """Refuses fields that are not known, naming them all."""
    unknown = sorted(set(fields) - set(known))
    if unknown:
        names = ", ".join(repr(where + name)[:_SHOWN] for name in unknown[:5])
        raise DecodeError(f"unknown field {names}{', ...' * (len(unknown) > 5)}", code="unknown_field")


def required(fields: Fields, name: str) -> Any:  # Any: a JSON value, checked by the reader that asked
    if name not in fields:
        raise DecodeError(f"{name} is missing", code="missing_field")
    return fields[name]


def text(value: object, name: str, longest: int, shortest: int = 0) -> str:
    """A string of so many characters."""
    given: str = _typed(value, str, name)
    if not shortest <= len(given) <= longest:
        code = "too_long" if len(given) > longest else "too_short"
        raise DecodeError(f"{name} is {len(given)} characters, expected {shortest}..{longest}", code=code)
    if not given.isascii():
        try:
            given.encode()
        except UnicodeEncodeError:
            raise DecodeError(f"{name} holds half a surrogate pair, expected Unicode text", code="wrong_type") from None
    return given


def name(value: object, field: str, longest: int) -> str:
    """A string of 1 to so many UTF-8 bytes without control characters."""
    given = text(value, field, longest, 1)
    if len(given.encode()) > longest:
        raise DecodeError(f"{field} is {len(given.encode())} bytes, expected 1..{longest}", code="too_long")
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in given):
        raise DecodeError(f"{field} holds a control character", code="wrong_type")
    return given


def number(value: object, name: str, lowest: float, highest: float) -> float:
    """A finite number inside its bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _wrong(value, "a number", name)
    if not (math.isfinite(value) if isinstance(value, float) else True) or not lowest <= value <= highest:
        raise DecodeError(f"{name} is {shown(value)}, expected {lowest:g}..{highest:g}", code="out_of_range")
    return float(value)


def integer(value: object, name: str, lowest: int, highest: int) -> int:
    """A whole number inside its bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        _wrong(value, "a whole number", name)
    if not lowest <= value <= highest:
        raise DecodeError(f"{name} is {shown(value)}, expected {lowest}..{highest}", code="out_of_range")
    return value


def choice(value: object, name: str, choices: Sequence[T]) -> T:
    """One of a few words."""
    for word in choices:
        if value == word and isinstance(value, str):
            return word
    raise DecodeError(f"{name} is {shown(value)}, expected one of {', '.join(choices)}",
                      code="out_of_range" if isinstance(value, str) else "wrong_type")  # fmt: skip


def array(value: object, name: str, longest: int) -> list[Any]:  # Any: items are checked one by one
    items: list[Any] = _typed(value, list, name)
    if len(items) > longest:
        raise DecodeError(f"{name} has {len(items)} entries, expected at most {longest}", code="too_long")
    return items


def table(value: object, name: str) -> Fields:
    """A JSON object."""
    fields: Fields = _typed(value, dict, name)
    return fields


def shown(value: object) -> str:
    """What was got, in few characters, for an error."""
    if isinstance(value, (list, dict)):
        return _KINDS[type(value)]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 64:
        return "a number of more than 64 bits"
    shown = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON values before they are checked
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise DecodeError(f"{double[:_SHOWN]!r} stands twice in one object", code="bad_message")
    return fields


def _typed(value: object, kind: type, name: str) -> Any:  # Any: of the kind that was asked for
    if not isinstance(value, kind):
        _wrong(value, _KINDS[kind], name)
    return value


def _wrong(value: object, wanted: str, name: str) -> NoReturn:
    raise DecodeError(f"{name} is {shown(value)}, expected {wanted}", code="wrong_type")


def _refuse_constant(word: str) -> NoReturn:
    raise DecodeError(f"message holds {word}, expected finite numbers", code="bad_json")
