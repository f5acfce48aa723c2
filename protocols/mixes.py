"""Tables that say what a value of another format is made of: sums of ours that one can read.

A sum is words such as `0.75 -0.75*EyeBlinkLeft +JawOpen`: a constant, and names with their factors. An @ in a name
and its sum stands for Left and for Right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from protocols.arkit import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Mixes:
    """Named sums over other named values."""

    names: tuple[str, ...]
    constants: Floats  # (M,)
    factors: Floats  # (M, N)

    def of(self, values: Floats) -> Floats:
        """The sums (M,) of values (N,)."""
        return np.asarray(self.constants + self.factors @ values, np.float32)


def mixes(table: Mapping[str, str], inputs: Sequence[str]) -> Mixes:
    """The sums of a table over these inputs; raises KeyError for a name that is none of them."""
    rows = dict(_sides(table))
    index = {name: i for i, name in enumerate(inputs)}
    constants, factors = np.zeros(len(rows), np.float32), np.zeros((len(rows), len(inputs)), np.float32)
    for row, words in enumerate(rows.values()):
        for word in words.split():
            factor, name = _term(word)
            if name:
                factors[row, index[name]] += factor
            else:
                constants[row] += factor
    return Mixes(tuple(rows), constants, factors)


def _sides(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, words in table.items():
        for side in ("Left", "Right") if "@" in name else ("",):
            yield name.replace("@", side), words.replace("@", side)


def _term(word: str) -> tuple[float, str]:
    """The factor and the name of a word; a constant has no name."""
    factor, star, name = word.rpartition("*")
    if star:
        return float(factor), name
    if name.lstrip("+-")[0].isalpha():
        return -1.0 if name.startswith("-") else 1.0, name.lstrip("+-")
    return float(name), ""
