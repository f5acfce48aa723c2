"""English words to phones: a small network that reads letters, and the common words, which it need not guess."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import Floats
from streamer.face.sounds import VOWELS

FILE: Final = Path(__file__).parent / "phones.npz"  # written by train/phones.py
LETTERS: Final = "'abcdefghijklmnopqrstuvwxyz"
LONGEST: Final = 40  # letters; nobody says more in one word
_CACHED: Final = 8192  # words; more than a game says in an evening
_HISSING: Final = frozenset("S Z SH ZH CH JH".split())
_VOICELESS: Final = frozenset("P T K F TH".split())

Chunk = tuple[str, ...]  # what one letter says: none, one or two phones


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Letters to chunks and stress; every array is float32."""

    letters: Floats  # (reach, 28, width): what a letter, or none, adds to its neighbours; farthest before first
    layers: tuple[tuple[Floats, Floats], ...]  # (reach * width, width) and (width,)
    chunk: tuple[Floats, Floats]  # (width, chunks) and (chunks,)
    stress: tuple[Floats, Floats]  # (width, 3) and (3,)
    chunks: tuple[Chunk, ...]
    common: Mapping[str, Chunk]  # the phones of common words, with stress


@lru_cache(_CACHED)
def phones(word: str) -> tuple[str, ...]:
    """The ARPAbet phones of an English word, its vowels with the digit of their stress; none if it has no letters."""
    quoted = "".join(c for c in word.lower().replace("’", "'") if c in LETTERS)[:LONGEST]
    plain = quoted.strip("'")
    if not plain:
        return ()
    network = _shipped()
    common = network.common.get(quoted) or network.common.get(plain)  # 'em is not em
    return common or _owned(network, plain) or pronounce(network, plain)


def load(file: Path) -> Network:
    """The network of a file that train/phones.py wrote."""
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    about = json.loads(arrays.pop("about").tobytes())
    floats = {name: array.astype(np.float32) for name, array in arrays.items()}
    return Network(
        np.pad(floats["letters"], ((0, 0), (0, 1), (0, 0))),
        tuple(zip(floats["layers"], floats["biases"], strict=True)),
        (floats["chunk"], floats["chunk_bias"]),
        (floats["stress"], floats["stress_bias"]),
        tuple(tuple(chunk.split()) for chunk in about["chunks"]),
        {word: tuple(said.split()) for word, said in about["common"].items()},
    )


def pronounce(network: Network, word: str) -> tuple[str, ...]:
    """What the network makes of a word of LETTERS."""
    seen = _seen(network, [LETTERS.index(c) for c in word])
    best = (seen @ network.chunk[0] + network.chunk[1]).argmax(1)
    return marked([network.chunks[i] for i in best], seen @ network.stress[0] + network.stress[1])


def marked(said: Sequence[Chunk], scores: Floats) -> tuple[str, ...]:
    """The phones of letters, their vowels marked by the scores (letters, 3) of stress 0, 1 and 2: one 1 in a word."""
    speaking = [i for i, chunk in enumerate(said) if any(phone in VOWELS for phone in chunk)]
    main = max(speaking, key=lambda i: float(scores[i, 1] - scores[i, 0]), default=-1)
    out: list[str] = []
    for i, chunk in enumerate(said):
        digit = "1" if i == main else "2" if scores[i, 2] > scores[i, 0] else "0"
        for phone in chunk:
            out.append(phone + digit if phone in VOWELS else phone)
            digit = "0" if phone in VOWELS else digit  # a letter that says two vowels stresses the first
    return tuple(out)


def most_common(spellings: Iterable[str]) -> str:
    """The most common word among spellings; empty if none of them is a common word."""
    ranks = _ranks()
    return min((word for word in spellings if word in ranks), key=ranks.__getitem__, default="")


@cache
def _shipped() -> Network:
    return load(FILE)


@cache
def _ranks() -> Mapping[str, int]:
    return {word: rank for rank, word in enumerate(_shipped().common)}


def _seen(network: Network, letters: list[int]) -> Floats:
    """What the network sees at each letter.  # (letters, width)"""
    reach, row = len(network.letters), network.letters.shape[1]
    edge = [row - 1] * (reach // 2)
    window = np.arange(len(letters))[:, None] + np.arange(reach)
    around = np.array([*edge, *letters, *edge])[window]
    tables = network.letters.reshape(reach * row, -1)
    x: Floats = tables[around + np.arange(reach) * row].sum(1)
    np.maximum(x, 0.0, out=x)
    wide = np.zeros((len(x), 3, x.shape[1]), np.float32)  # before, at and after each letter
    for weights, bias in network.layers:
        wide[1:, 0], wide[:, 1], wide[:-1, 2] = x[:-1], x, x[1:]
        x += np.maximum(wide.reshape(len(x), -1) @ weights + bias, 0.0)
    return x


def _owned(network: Network, word: str) -> tuple[str, ...]:
    """A common word with 's, by the sound before it."""
    said = network.common.get(word[:-2], ()) if word.endswith("'s") else ()
    if not said:
        return ()
    if said[-1] in _HISSING:
        return (*said, "IH0", "Z")
    return (*said, "S" if said[-1] in _VOICELESS else "Z")
