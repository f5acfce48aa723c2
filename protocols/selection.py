"""Which values a destination gets, under which names, and with which factors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import Floats, clamp
from protocols.errors import DecodeError

MAX_NAME_BYTES: Final = 64  # of a name on the wire; the longest of any format here has 31
DEGREES: Final = 180 / math.pi  # of a radian
EVERYTHING: Final = ("*",)

Spelling = Literal["pascal", "camel"]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Some of a format's values: their names as they are sent, where they stand, and what multiplies them."""

    names: tuple[str, ...]
    indices: NDArray[np.intp]
    gains: Floats  # of all values; 0 for those that are left out

    @property
    def is_plain(self) -> bool:
        """Whether every value goes out as it is; the names may differ."""
        return bool((self.gains == 1).all())

    def pick(self, values: Floats) -> Floats:
        """The chosen ones of values (N,), in the order of `names`."""
        return np.asarray((values * self.gains)[self.indices], np.float32)


def select(
    names: Sequence[str],
    wanted: Sequence[str] = EVERYTHING,
    *,
    flip: Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    gains: Mapping[str, float] | None = None,
) -> Selection:
    """The values whose names match the patterns, "!" before a pattern taking away; raises DecodeError."""
    chosen = matching(names, wanted, "channels")
    turned = set(matching(names, flip, "flip"))
    sent = _renamed(names, chosen, rename or {})
    factors = [(gains or {}).get(name, 1.0) * (-1 if name in turned else 1) for name in names]
    kept = np.isin(names, chosen)
    return Selection(sent, np.flatnonzero(kept), np.where(kept, factors, 0).astype(np.float32))


def matching(names: Sequence[str], patterns: Sequence[str], what: str) -> list[str]:
    """The names that patterns such as "Mouth*" and "!MouthClose" leave, in their own order; raises DecodeError."""
    chosen: set[str] = set()
    for pattern in patterns:
        found = {name for name in names if fnmatchcase(name, pattern.removeprefix("!"))}
        if not found:
            raise DecodeError(f"{what} has {pattern[:MAX_NAME_BYTES]!r}, which is none of the names")
        chosen = chosen - found if pattern.startswith("!") else chosen | found
    return [name for name in names if name in chosen]


def spell(names: Sequence[str], spelling: Spelling) -> dict[str, str]:
    """Names as they are, or with a small first letter, by name."""
    return {name: name if spelling == "pascal" else name[0].lower() + name[1:] for name in names}


def radian(degrees_per_unit: float) -> float:
    """A radian in a unit of so many degrees; of 0 degrees: in radians."""
    return DEGREES / degrees_per_unit if degrees_per_unit else 1.0


def safe(values: Floats) -> Floats:
    """A face (61,) inside the channels' limits; what is not finite is 0."""
    return clamp(np.where(np.isfinite(values), values, np.float32(0)))


def _renamed(names: Sequence[str], chosen: Sequence[str], rename: Mapping[str, str]) -> tuple[str, ...]:
    for old, new in rename.items():
        if old not in names:
            raise DecodeError(f"rename has {old[:MAX_NAME_BYTES]!r}, which is none of the names")
        if not (new.isprintable() and 1 <= len(new.encode(errors="replace")) <= MAX_NAME_BYTES):
            raise DecodeError(f"rename.{old} is {new[:MAX_NAME_BYTES]!r}, expected 1..{MAX_NAME_BYTES} bytes of text")
    sent = tuple(rename.get(name, name) for name in chosen)
    if len(set(sent)) < len(sent):
        twice = next(name for name in sent if sent.count(name) > 1)
        raise DecodeError(f"rename gives the name {twice!r} twice")
    return sent
