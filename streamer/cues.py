"""What a line becomes: a cue sheet of one to eight semantic keyframes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from protocols.arkit import Floats

Onset = Literal["snap", "ease", "slow"]
MAX_KEYFRAMES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Keyframe:
    """A face to reach: `at` is a fraction of the line's duration, `text` its caption, `values` the 61 channels.

    A little below 0 or above 1, the face leads its line or follows it.
    """

    at: float
    onset: Onset
    text: str
    values: Floats  # (61,), wire order


@dataclass(frozen=True, slots=True)
class CueSheet:
    """The keyframes of one line, in order of `at`."""

    keyframes: tuple[Keyframe, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A keyframe in words that still wants its values; `at` and `onset` are None where the game left them open."""

    text: str
    at: float | None = None
    onset: Onset | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the brain is asked: the line with its emotion and background, or keyframes described in words."""

    line: str
    emotion: str = ""
    background: str = ""
    descriptions: tuple[Description, ...] = ()
    seed: int = 0


class Brain(Protocol):
    """Anything that turns prompts into cue sheets: the rules, the trained model, a language model."""

    @property
    def name(self) -> str: ...

    def plan(self, prompts: list[Prompt]) -> list[CueSheet]: ...
