"""A comparison on a terminal, in a hundred columns."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from protocols.messages import Line, Planned
from streamer.diff.compare import KINDS, Change, Group, Use
from streamer.diff.report import Report

WIDTH: Final = 100
_FEELINGS: Final = 8
_ACTS: Final = 8
_NAME: Final = 44  # columns of a feeling or an act
_PATH: Final = 48  # of a path
_INDENT: Final = " " * 9


def table(told: Report, most: int) -> Iterator[str]:
    """The summary, the feelings and the acts that changed most, and `most` of the lines (0 for all)."""
    before, after = map(_end, told.names)
    lines = f"{len(told.changes)} lines of {_end(told.lines)}"
    yield f"{before} -> {after}"
    if told.unchanged == 1:
        yield f"no difference on {lines}"
        return
    yield f"{lines}: median change {told.median:.2f}"
    yield f"mean correlation {told.similarity:.2f}, energy x{told.energy:.2f}, {told.unchanged:.0%} unchanged"
    yield from ("", f"{'feeling':{_NAME}} lines  change   corr  energy")
    yield from map(_feeling, told.feelings[:_FEELINGS])
    yield from ("", f"{'act':{_NAME}} seen in lines  strength there")
    yield from map(_act, told.acts[:_ACTS])
    yield from ("", "change   corr  energy        line")
    shown = told.changes[: most or None]
    for change in shown:
        yield from _change(change)
    if left := len(told.changes) - len(shown):
        yield f"... {left} lines that changed less; --most 0 shows them"


def _feeling(group: Group) -> str:
    before, after = group.energy
    name = f"{_start(group.feeling, _NAME):{_NAME}}"
    return f"{name} {group.lines:5}   {group.size:5.2f}  {group.similarity:5.2f}  {before:.2f} -> {after:.2f}"


def _act(use: Use) -> str:
    (old, new), (weak, strong) = use.lines, use.strength
    return f"{_start(use.words, _NAME):{_NAME}} {f'{old} -> {new}':>13}  {weak:.2f} -> {strong:.2f}"


def _change(change: Change) -> Iterator[str]:
    old, new = change.energy
    said = _start(named(change.line), WIDTH - 30)
    yield f" {change.size:5.2f}  {change.similarity:5.2f}  {old:.2f} -> {new:.2f}  {said}"
    if change.is_retimed:
        yield from _wrapped("timing", f"{_times(change.before)} -> {_times(change.after)}")
    for kind in KINDS:
        shifts = [shift for shift in change.shifts if shift.kind == kind]
        if shifts:
            yield from _wrapped(kind, ", ".join(f"{s.words} ({_weights(s.before, s.after)})" for s in shifts))


def named(line: Line) -> str:
    """A line as one tells it apart: its words, or the face that is described, with the feeling."""
    words = line.text or "; ".join(cue.text for cue in line.keyframes if cue.text) or line.id or ""
    feeling = f" [{line.emotion}]" if line.emotion else ""
    return _plain(f"{words}{feeling}")


def _times(planned: Planned) -> str:
    return ", ".join(f"{keyframe.at:.0%} {keyframe.onset}" for keyframe in planned.keyframes)


def _weights(before: float, after: float) -> str:
    return f"{before:.2f} to {after:.2f}"


def _wrapped(name: str, text: str) -> Sequence[str]:
    return wrap(f"{name}: {_plain(text)}", WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "  ")


def _plain(text: str) -> str:
    """Text that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _start(text: str, width: int) -> str:
    text = _plain(text)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _end(text: str) -> str:
    """The end of a path tells more than its beginning."""
    text = _plain(text)
    return text if len(text) <= _PATH else f"...{text[3 - _PATH :]}"
