"""The one way from text to token ids, shared by training and runtime.

Fields are told apart by a field number per token and never by characters of the text, so that a line which imitates
the prompt format ("[SEP] Emotion: happy") stays a line. WordPiece knows no capitals: a word in capitals is preceded by
SHOUT, because "NO" and "no" are not the same face.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Ids = NDArray[np.int64]

SHOUT: Final = "[unused0]"  # a word of the encoder's vocabulary that no text contains
LONGEST: Final = 4_000  # characters looked at; the protocol allows 2,000 and normalisation may lengthen them

_SHOUTED: Final = re.compile(r"\b[A-Z][A-Z']+\b")
_SPACE: Final = re.compile(r"\s+")
_PLAIN: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-"})


class Field(IntEnum):
    """What a token belongs to."""

    EMOTION = 0
    LINE = 1
    BACKGROUND = 2
    DESCRIPTION = 3


BOUNDS: Final = {Field.EMOTION: 32, Field.LINE: 96, Field.BACKGROUND: 72, Field.DESCRIPTION: 96}  # tokens


def clean(text: str) -> str:
    """Text as the model sees it: composed, plain quotes, single spaces, no control or unpaired surrogate characters."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).translate(_PLAIN)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") else c for c in text)
    return _SPACE.sub(" ", text).strip()


class Text:
    """Prompts as arrays of token ids and fields."""

    def __init__(self, tokenizer: str) -> None:
        """From the JSON of a WordPiece tokenizer; raises ValueError."""
        try:
            self._tokenizer = Tokenizer.from_str(tokenizer)
        except Exception as error:  # the library raises nothing narrower
            raise ValueError(f"the tokenizer cannot be read: {error}") from error
        self._cls, self._sep, self._shout = map(self._known, ("[CLS]", "[SEP]", SHOUT))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text

    def line(self, line: str, emotion: str = "", background: str = "") -> tuple[list[int], list[int]]:
        """Ids and fields of a line with its emotion and background."""
        return self._join({Field.EMOTION: emotion, Field.LINE: line, Field.BACKGROUND: background})

    def description(self, text: str) -> tuple[list[int], list[int]]:
        """Ids and fields of a keyframe's description."""
        return self._join({Field.DESCRIPTION: text})

    def _join(self, texts: dict[Field, str]) -> tuple[list[int], list[int]]:
        ids, fields = [self._cls], [int(next(iter(texts)))]
        for field, text in texts.items():
            tokens = _bounded(self._tokens(clean(text)), BOUNDS[field])
            ids += [*tokens, self._sep]
            fields += [int(field)] * (len(tokens) + 1)
        return ids, fields

    def _tokens(self, text: str) -> list[int]:
        if text.isupper() and len(text.split()) > 2:
            return [self._shout, *self._encode(text)]  # said once for a text that shouts throughout
        tokens: list[int] = []
        end = 0
        for word in _SHOUTED.finditer(text):
            tokens += [*self._encode(text[end : word.start()]), self._shout, *self._encode(word.group())]
            end = word.end()
        return tokens + self._encode(text[end:])

    def _known(self, word: str) -> int:
        token = self._tokenizer.token_to_id(word)
        if token is None:
            raise ValueError(f"the tokenizer does not know {word}")
        return int(token)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def pad(rows: Sequence[Sequence[int]]) -> Ids:
    """Rows of different lengths as one array, short rows filled with zeros."""
    padded = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for filled, row in zip(padded, rows, strict=True):
        filled[: len(row)] = row
    return padded


def _bounded(tokens: list[int], bound: int) -> list[int]:
    """The beginning and the end of a long text: the middle says least."""
    if len(tokens) <= bound:
        return tokens
    return tokens[: bound * 2 // 3] + tokens[len(tokens) - (bound - bound * 2 // 3) :]
