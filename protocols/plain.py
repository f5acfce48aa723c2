"""A face as plain OSC: a message with one float for each channel, one message with all of them, or both."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from protocols import osc
from protocols.arkit import Floats
from protocols.errors import DecodeError

BUNDLE_BYTES: Final = 1_400  # bundles stay under what a network carries in one piece
CHARACTER: Final = "{character}"  # in a prefix: the name of the face
RESERVED: Final = str.maketrans(dict.fromkeys(" #*,/?[]{}", "_"))  # what OSC 1.0 keeps out of the parts of an address

Layout = Literal["channels", "row", "both"]


class Messages:
    """What is the same in every frame of one face; the floats change."""

    def __init__(self, prefix: str, names: Sequence[str], layout: Layout = "both") -> None:
        """`PREFIX/name f` for each name, then `PREFIX ff..f`; raises DecodeError for what is no address."""
        check_prefix(prefix)
        one_by_one = [(osc.text(f"{prefix}/{part(name)}") + osc.text(",f"), 1) for name in names]
        row = [(osc.text(prefix) + osc.text("," + "f" * len(names)), len(names))]
        messages = {"channels": one_by_one, "row": row, "both": one_by_one + row}[layout]
        self._copies = 2 if layout == "both" else 1
        self._template = osc.Template(messages, BUNDLE_BYTES)

    def fill(self, values: Floats) -> list[memoryview]:
        """The bundles with these values, in the order of the names; valid until the next call."""
        return self._template.fill(np.tile(values, self._copies))


def address(prefix: str, character: str) -> str:
    """The prefix of a character's messages."""
    return prefix.replace(CHARACTER, part(character))


def part(name: str) -> str:
    """A name as a part of an address."""
    return name.translate(RESERVED)


def check_prefix(prefix: str) -> None:
    """Raises DecodeError unless it begins with a slash, ends with none and holds nothing that OSC reserves."""
    parts = prefix.replace(CHARACTER, "x").split("/")
    if parts[0] or len(parts) < 2 or not all(each and each == part(each) and each.isprintable() for each in parts[1:]):
        raise DecodeError(f"prefix is {prefix!r}, expected an OSC address such as /face")
