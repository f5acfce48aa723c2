"""The `facecue` command: reads its arguments and hands over to the command's own module."""

import argparse
import importlib
import importlib.metadata
import logging
import sys
import time
from collections.abc import Sequence
from typing import Final

COMMANDS: Final = {
    "demo": "the first minute: three lines acted, with the time each took to move the face",
    "serve": "run the driver next to the game",
    "say": "send a line to a running driver",
    "plan": "turn lines or keyframe descriptions into keyframes, JSON lines in and out",
    "prefer": "show two takes of every line side by side and keep which is liked better",
    "render": "act lines offline into a take: Live Link Face CSV or glTF; convert a take",
    "pose": "make keyframes of pictures of faces, in a pose library that lines can name",
    "explain": "tell which layer makes each channel of a face what it is, at one moment of a line",
    "diff": "tell what a refreshed model changed: two models on a fixed set of lines, or yours",
    "record": "write what a running driver plays to a take: Live Link Face CSV or glTF",
    "replay": "send a take, ours or a phone's, to the outputs of the settings",
    "bench": "measure this machine: frame clock, packets, faces a core, model, start",
    "doctor": "tell what runs where, and wink at the engine",
}
FINE, FAILED, USAGE = 0, 1, 2


class UserError(Exception):
    """A mistake that is the user's to mend; the message is all they see."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    began = time.perf_counter()
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(arguments)
    options = parser.parse_args(arguments, argparse.Namespace(began=began))
    logging.basicConfig(
        level=logging.DEBUG if options.verbose > 1 else logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        return int(options.run(options) or FINE)
    except UserError as error:
        print(f"facecue {options.command}: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:  # the reader of a pipe has gone
        sys.stderr.close()
        return FAILED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="facecue", description="Real-time acting for game characters.")
    parser.add_argument("--version", action="version", version=f"facecue {importlib.metadata.version('facecue')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in arguments if word in COMMANDS), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("-v", "--verbose", action="count", default=0, help="log more; twice for a wire trace")
        if name == chosen:  # only the chosen command's module is loaded
            module = importlib.import_module(f"streamer.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser
