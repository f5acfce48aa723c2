"""Words for feelings: which feeling a word or a phrase names, how strongly, and whether it is denied."""

import re
from dataclasses import dataclass
from typing import Final

from streamer.brain.prototypes import ROWS
from streamer.cues import Onset

WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|,")


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling's face as the plain word has it, and how fast it comes."""

    name: str
    onset: Onset
    acts: dict[str, float]


@dataclass(slots=True)
class Named:
    """A feeling that a text names: 1 is as the plain word has it; a feigned one is put on; a turn follows a "but"."""

    feeling: Feeling
    strength: float
    is_feigned: bool = False
    is_turn: bool = False


def _feeling(name: str, onset: Onset, acts: str) -> Feeling:
    pairs = acts.split()
    weights = {act: float(weight) for act, weight in zip(pairs[::2], pairs[1::2], strict=True)}
    return Feeling(name, onset, weights)


def _inflected(word: str) -> list[str]:
    """A word with its usual endings; forms that do not exist cost nothing."""
    if word.startswith("="):
        return [word[1:]]
    if "_" in word:
        return [word.replace("_", " ")]
    forms = [word, *(word + ending for ending in ("s", "es", "ed", "d", "ing", "ly", "ness", "ment"))]
    if word.endswith("e"):
        forms += [word[:-1] + "ing", word[:-1] + "y"]
    if word.endswith("y"):
        forms += [word[:-1] + ending for ending in ("ies", "ied", "ily", "iness", "ier")]
    if word.endswith("ic"):
        forms.append(word + "ally")
    return forms


FEELINGS: Final = {name: _feeling(name, onset, acts) for name, onset, acts, _ in ROWS}
_EXACT: Final = {
    word.removeprefix("=").replace("_", " "): FEELINGS[name]
    for name, _, _, words in reversed(ROWS)
    for word in words.split()
} | FEELINGS
_BY_WORD: Final = {
    form: FEELINGS[name] for name, _, _, words in reversed(ROWS) for word in words.split() for form in _inflected(word)
} | _EXACT  # a word that a row spells out wins over a form of another
_BEGINNINGS: Final = frozenset(phrase.split()[0] for phrase in _BY_WORD if " " in phrase)
_LONGEST: Final = max(phrase.count(" ") + 1 for phrase in _BY_WORD)

_STRENGTHS: Final = {
    0.36: "barely hardly scarcely slightest",
    0.48: "faint faintly hint touch trace flicker slight slightly little bit half almost vague vaguely ghost",
    0.6: "mild mildly somewhat small subtle subtly quiet quietly soft softly light lightly muted dull",
    0.9: "moderate moderately fairly rather quite",
    1.25: "very really deep deeply so strong strongly intense intensely real great open openly fierce raw big bitterly",
    1.45: "extremely extreme utterly utter totally total absolutely absolute pure sheer wild wildly overwhelming complete "
          "completely huge enormous burning blind helpless violent violently unbearable abject mortal boundless",
}  # fmt: skip
STRENGTHS: Final = {word: strength for strength, words in _STRENGTHS.items() for word in words.split()}
_NEGATIONS: Final = frozenset("not no never without isn't aren't wasn't nor neither lacking free".split())
_FEIGNED: Final = frozenset(
    "false fake faked forced feigned pretend pretended pretending affected hollow staged put-on strained brittle".split()
)
_TURNS: Final = frozenset(["but", "yet", "though", "although"])


def feeling(word: str) -> Feeling | None:
    """The feeling that a lower-case word or phrase names."""
    return _BY_WORD.get(word)


def find(text: str, ignored: frozenset[str] = frozenset()) -> tuple[list[Named], set[str]]:
    """The feelings that a lower-case text names, in order, and the names of those that it denies."""
    words = WORD.findall(text.replace("’", "'"))
    found: list[Named] = []
    denied: set[str] = set()
    strength, is_denied, is_feigned, is_turn, i = 1.0, False, False, False, 0
    while i < len(words):
        felt, length = _longest(words, i)
        word = words[i]
        if felt is not None and (length > 1 or word not in ignored):
            if is_denied:
                denied.add(felt.name)
            elif all(felt is not other.feeling for other in found):
                found.append(Named(felt, strength, is_feigned, is_turn and bool(found)))
            strength, is_feigned = 1.0, False
        elif word in STRENGTHS:
            strength = STRENGTHS[word] if strength == 1.0 else min(strength, STRENGTHS[word])
        elif word in _NEGATIONS:
            is_denied = True
        elif word in _FEIGNED:
            is_feigned = True
        elif word in _TURNS or word == ",":
            is_denied, is_turn = False, is_turn or word != ","
        i += length
    if found and strength != 1.0 and words[-1] in STRENGTHS:  # "boredom, extreme"
        found[-1].strength *= strength
    return found, denied - {named.feeling.name for named in found}


def _longest(words: list[str], i: int) -> tuple[Feeling | None, int]:
    """The feeling that begins at a word, and over how many words its name goes."""
    if words[i] in _BEGINNINGS:
        for length in range(min(_LONGEST, len(words) - i), 1, -1):
            felt = _BY_WORD.get(" ".join(words[i : i + length]))
            if felt is not None:
                return felt, length
    felt = _BY_WORD.get(words[i])
    if felt is None and "-" in words[i]:
        felt = _BY_WORD.get(words[i].rpartition("-")[2])
    return felt, 1
