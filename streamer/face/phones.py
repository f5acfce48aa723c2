"""English words to phones: a small network that reads letters, and a list of common words that it would misread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer.face.sounds import VOWELS

FILE: Final = Path(__file__).parent / "phones.npz"
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'"
_LONGEST: Final = 40  # letters; nobody says more in one word
_CACHED: Final = 8192  # words; a game's vocabulary

# Endings that draw the stress to the vowel before them, and to the second before them.
_DRAWING: Final = (
    "tion",
    "sion",
    "cian",
    "ic",
    "ical",
    "ity",
    "ian",
    "ious",
    "eous",
    "ial",
    "ify",
    "logy",
    "graphy",
    "meter",
)
_UNSTRESSED: Final = (
    "a",
    "be",
    "de",
    "re",
    "un",
    "ex",
    "en",
    "em",
    "con",
    "com",
    "pre",
    "pro",
    "per",
    "in",
    "im",
    "dis",
    "sur",
)
_FULL: Final = VOWELS - {"AH", "ER", "IH"}
# Little words that are hardly ever stressed.
_WEAK: Final = frozenset(
    "a an the and or but of to in on at for from by with as is am are was were be been do does did have has had will "
    "would can could shall should may might must that this it its it's he she we they you i me him her us them my your "
    "his our their if so than then there".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    letters: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    out: Floats
    bias: Floats
    chunks: tuple[tuple[str, ...], ...]
    exceptions: Mapping[str, tuple[str, ...]]


@lru_cache(_CACHED)
def phones(word: str) -> tuple[str, ...]:
    """The ARPAbet phones of a word of English letters, its vowels with the digit of their stress."""
    plain = "".join(c for c in word.lower() if c in LETTERS)[:_LONGEST]
    if not plain.strip("'"):
        return ()
    network = _network()
    said = network.exceptions.get(plain) or _read(network, plain)
    return _stressed(plain, said)


@cache
def _network() -> _Network:
    with np.load(FILE) as file:
        arrays = {name: file[name] for name in file.files}
    about = json.loads(arrays.pop("about").tobytes())
    floats = {name: array.astype(np.float32) for name, array in arrays.items()}
    count = sum(name.startswith("layer") for name in floats)
    return _Network(
        floats["letters"],
        tuple((floats[f"layer{i}"], floats[f"bias{i}"]) for i in range(count)),
        floats["out"],
        floats["out_bias"],
        tuple(tuple(chunk.split()) for chunk in about["chunks"]),
        {word: tuple(said.split()) for word, said in about["exceptions"].items()},
    )


def _read(network: _Network, word: str) -> tuple[str, ...]:
    x = network.letters[[LETTERS.index(c) + 1 for c in word]]
    n, width = x.shape
    for weights, bias in network.layers:
        reach = len(weights) // width
        edge = np.zeros((reach // 2, width), np.float32)
        around = np.concatenate([edge, x, edge])
        seen = np.concatenate([around[i : i + n] for i in range(reach)], axis=1)
        x = x + np.maximum(seen @ weights + bias, 0.0)
    best = (x @ network.out + network.bias).argmax(1)
    return tuple(phone for i in best for phone in network.chunks[i])


def _stressed(word: str, said: tuple[str, ...]) -> tuple[str, ...]:
    """Marks the vowels: 1 for the one that most likely carries the word, 2 for full vowels two away, 0 for the rest."""
    vowels = [i for i, phone in enumerate(said) if phone in VOWELS]
    if not vowels:
        return said
    main = _main(word, [said[i] for i in vowels])
    marks = {}
    for k, i in enumerate(vowels):
        is_second = abs(k - main) >= 2 and said[i] in _FULL and i < len(said) - 1
        marks[i] = ("0" if word in _WEAK else "1") if k == main else "2" if is_second else "0"
    return tuple(phone + marks.get(i, "") for i, phone in enumerate(said))


def _main(word: str, vowels: list[str]) -> int:
    many = len(vowels)
    if many == 1:
        return 0
    for ending in _DRAWING:
        if word.endswith(ending):
            within = 2 if ending in ("ity", "ical", "ify", "logy", "graphy", "meter") else 1
            return max(many - within - 1, 0)
    has_prefix = any(word.startswith(prefix) and len(word) > len(prefix) + 3 for prefix in _UNSTRESSED)
    if has_prefix and vowels[0] in ("AH", "IH", "EH") and many <= 3:
        return 1
    if vowels[0] in ("AH", "ER") and vowels[1] in _FULL:
        return 1
    return 0
