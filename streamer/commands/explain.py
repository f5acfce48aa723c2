"""facecue explain: which layer makes each channel what it is, at one moment of a line."""

import argparse
import math

from protocols import messages
from protocols.errors import DecodeError
from streamer.arguments import above_zero
from streamer.brain.loading import load
from streamer.cli import FINE, USAGE, UserError
from streamer.face.layers import GROUPS, TABLE
from streamer.face.speech import heard
from streamer.performance import FPS, Performance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="what the character says")
    parser.add_argument("--at", type=float, default=0.5, metavar="T", help="seconds after the line's beginning (0.5)")
    parser.add_argument("--character", default="guard", help="who says it (guard)")
    parser.add_argument("--emotion", default="", help="in your own words")
    parser.add_argument("--background", default="", help="the scene and what lies under the words")
    parser.add_argument("--duration", type=above_zero, help="seconds of the voice; estimated if not given")
    parser.add_argument("--model", default="", metavar="PATH", help='a model file (the shipped one); "rules" for none')
    parser.add_argument("--json", action="store_true", help="print the message that a running driver would send")


def run(options: argparse.Namespace) -> int:
    if not 0 <= options.at <= messages.MAX_DURATION:  # also refuses NaN
        raise UserError(f"--at is {options.at:g}, expected 0..{messages.MAX_DURATION:g}", USAGE)
    line = messages.Line(options.character, options.text, options.emotion, options.background,
                         duration=options.duration)  # fmt: skip
    try:
        messages.decode(messages.encode(line))
    except DecodeError as error:
        raise UserError(str(error), USAGE) from error
    explained = _explain(line, options)
    print(messages.encode(explained) if options.json else table(explained))
    return FINE


def _explain(line: messages.Line, options: argparse.Namespace) -> messages.Explained:
    brain = load(options.model)
    performance = Performance((line.character,))
    performance.handle(line)
    for request in performance.requests():
        performance.deliver(request, brain.plan([request.prompt])[0])
    for take in performance.unheard():
        performance.hear(take, heard(take.line, None, performance.language))
    for number in range(math.ceil(options.at * FPS) + 1):
        performance.frame(number)
    (answer,) = performance.handle(messages.Explain(line.character))
    assert isinstance(answer, messages.Explained)
    return answer


def table(explained: messages.Explained) -> str:
    """The explanation for a person: group by group, each channel with the shares of its layers."""
    rows = [f"{explained.character} at {explained.t:.2f} s"]
    for group, names in GROUPS.items():
        shown = [
            name for name in names if name in explained.channels and not (group == "lips" and name == "MouthClose")
        ]
        if not shown:
            continue
        rows.append(f"\n{group}: " + "; ".join(f"{layer} {rule}" for layer, rule in TABLE[group].items()))
        for name in shown:
            parts = dict(explained.channels[name])
            value = parts.pop("value")
            rows.append(f"  {name:20} {value:6.3f} = " + " ".join(f"{layer} {s:+.3f}" for layer, s in parts.items()))
    return "\n".join(rows)
