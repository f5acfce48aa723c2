"""What a language model says, read tolerantly: the last JSON object in a text, whatever stands around it.

Models think aloud first, wrap their JSON in fences, comment it, leave a comma behind the last entry, or write NaN.
"""

import json
import re
from typing import Any, Final

from protocols.errors import DecodeError

MAX_ANSWER: Final = 2_000_000  # characters looked at: 100,000 tokens are about a quarter of it
MAX_OBJECT: Final = 32_768  # characters of an object: 61 named and commented values are a sixth of it
MAX_TRIES: Final = 8  # closing braces, from the end, that are tried

_THOUGHT: Final = ("<think>", "</think>")
_STRING: Final = r'("(?:[^"\\\n]|\\.)*+"?)'  # or one that never ends: nothing in it is looked at twice
_STRING_OR_COMMENT: Final = re.compile(_STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING_OR_LAST_COMMA: Final = re.compile(_STRING + r"|,(?=\s*[}\]])")


def last_object(text: str) -> dict[str, Any]:  # Any: JSON before it is checked
    """The last balanced JSON object in a model's answer; raises DecodeError."""
    if len(text) > MAX_ANSWER:
        raise DecodeError(f"answer is {len(text)} characters, expected at most {MAX_ANSWER}", code="too_long")
    said = _spoken(text)
    for source in (said, _STRING_OR_COMMENT.sub(r"\1", said[-MAX_OBJECT:])):
        end = len(source)
        for _ in range(MAX_TRIES):
            end = source.rfind("}", 0, end)
            if end < 0:
                break
            found = _object(source, end)
            if found is not None:
                return found
    raise DecodeError(f"answer of {len(text)} characters holds no JSON object: {text[-60:]!r}", code="no_object")


def _spoken(text: str) -> str:
    """What follows the thinking; a thought that never ended says nothing."""
    opened, closed = _THOUGHT
    _, ended, spoken = text.rpartition(closed)
    if ended:
        return spoken
    return text.partition(opened)[0]


def _object(text: str, end: int) -> dict[str, Any] | None:  # Any: see last_object
    """The object that ends with the brace at `end`; None where there is none."""
    start = _opening(text, end)
    if start is None:
        return None
    whole = text[start : end + 1]
    for source in (whole, _STRING_OR_COMMENT.sub(r"\1", whole)):  # before an object inside of it is taken for it
        try:
            found = json.loads(_STRING_OR_LAST_COMMA.sub(r"\1", source))
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _opening(text: str, end: int) -> int | None:
    """Where the brace opened that closes at `end`; braces inside strings do not count."""
    depth, is_quoted = 0, False
    for i in range(end, max(end - MAX_OBJECT, -1), -1):
        match text[i]:
            case '"' if not _is_escaped(text, i):
                is_quoted = not is_quoted
            case "}" if not is_quoted:
                depth += 1
            case "{" if not is_quoted:
                depth -= 1
                if depth == 0:
                    return i
    return None


def _is_escaped(text: str, i: int) -> bool:
    slashes = 0
    while i - slashes > 0 and text[i - slashes - 1] == "\\" and slashes < MAX_OBJECT:
        slashes += 1
    return slashes % 2 == 1
