"""The OSC addresses that a face is played by, read as messages.

    /facecue/line  character text [emotion [background]]
    /facecue/stop  character [fade]
    /facecue/gaze  character [yaw pitch]       without the angles the eyes are given back
    /facecue/mood  character emotion [intensity]

Where a token is wanted, it stands before the address: /TOKEN/facecue/line.
"""

import hmac
from typing import Final

from protocols import messages, osc
from protocols.errors import DecodeError
from protocols.fields import Fields

_SHOWN: Final = 60  # characters of an address that an error repeats
_FIELDS: Final = {  # in the order of the arguments, and how many of them have to be there
    "line": (("character", "text", "emotion", "background"), 2),
    "stop": (("character", "fade"), 1),
    "gaze": (("character", "yaw", "pitch"), 1),
    "mood": (("character", "emotion", "intensity"), 2),
}
_ADDRESSES: Final = ", ".join(f"/facecue/{kind}" for kind in _FIELDS)


def decode(message: osc.Message, token: str = "") -> messages.ToFacecue:
    """What an OSC message asks for; raises DecodeError."""
    kind = _kind(message.address, token)
    names, fewest = _FIELDS[kind]
    if not fewest <= len(message.arguments) <= len(names):
        raise DecodeError(f"/facecue/{kind} has {len(message.arguments)} arguments, expected {_wanted(names, fewest)}")
    for name, argument in zip(names, message.arguments, strict=False):
        if isinstance(argument, bytes):
            raise DecodeError(f"{name} is a blob of {len(argument)} bytes, expected a string or a number")
    fields: Fields = {"type": kind} | dict(zip(names, message.arguments, strict=False))
    if kind == "gaze" and len(message.arguments) == 1:
        fields = {**fields, "yaw": None, "pitch": None}
    found = messages.from_fields(fields)
    assert isinstance(found, messages.ToFacecue)
    return found


def _kind(address: str, token: str) -> str:
    given, found, kind = address.rpartition("/facecue/")
    if not found or kind not in _FIELDS:
        raise DecodeError(f"address is {address[:_SHOWN]!r}, expected one of {_ADDRESSES}", code="unknown_type")
    if not hmac.compare_digest(given.encode(), f"/{token}".encode() if token else b""):
        place = "the token before it" if token else "nothing before it"
        raise DecodeError(f"address is {len(given)} characters and {found}{kind}, expected {place}", code="forbidden")
    return kind


def _wanted(names: tuple[str, ...], fewest: int) -> str:
    return " ".join(name if i < fewest else f"[{name}]" for i, name in enumerate(names))
