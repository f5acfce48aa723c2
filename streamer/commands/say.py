"""facecue say: one line to a running driver, and what it answers."""

import argparse
import asyncio

from websockets.exceptions import ConnectionClosed

from protocols import messages
from protocols.errors import DecodeError
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.client import DEFAULT_URL, visit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="what the character says")
    parser.add_argument("--character", default="guard", help="who says it (guard)")
    parser.add_argument("--emotion", default="", help="in your own words: angry, relief with guilt, ...")
    parser.add_argument("--background", default="", help="the scene and what lies under the words")
    parser.add_argument("--url", default=DEFAULT_URL, help=f"the driver ({DEFAULT_URL})")
    parser.add_argument("--token", default="", help="what the driver asks for")
    parser.add_argument("--interrupt", action="store_true", help="cut short what the character is saying")
    parser.add_argument("--json", action="store_true", help="print the answers as they come, JSON")


def run(options: argparse.Namespace) -> int:
    line = messages.Line(
        character=options.character,
        text=options.text,
        emotion=options.emotion,
        background=options.background,
        when="interrupt" if options.interrupt else "queue",
    )
    try:
        messages.decode(messages.encode(line))
    except DecodeError as error:
        raise UserError(str(error), USAGE) from error
    return asyncio.run(_say(options, line))


async def _say(options: argparse.Namespace, line: messages.Line) -> int:
    async with visit(options.url, options.token) as (connection, _):
        await connection.send(messages.encode(line))
        try:
            async for text in connection:
                answer = messages.decode(text)
                print(text if options.json else describe(answer), flush=True)
                if isinstance(answer, messages.Error):
                    return FAILED
                if isinstance(answer, messages.Finished):
                    return FINE if answer.reason in ("done", "interrupted", "stopped") else FAILED
        except ConnectionClosed:
            pass
    raise UserError("the driver went away")


def describe(answer: messages.Message) -> str:
    """An answer for a person to read."""
    match answer:
        case messages.Accepted(line_id, position):
            return f"accepted  {line_id}, {f'{position} before it' if position else 'next'}"
        case messages.Planned(keyframes=keyframes):
            rows = [f"  {k.at:4.0%}  {k.onset:<4}  {k.text}" for k in keyframes]
            return "\n".join([f"planned   {len(keyframes)} keyframe{'s' * (len(keyframes) > 1)}", *rows])
        case messages.Started(_, frame, time):
            return f"started   frame {frame}, {time:.3f} s"
        case messages.Finished(_, reason, message):
            return f"finished  {reason}" + (f": {message}" if message else "")
        case messages.Error(code, message, _):
            return f"error     {code}: {message}"
    return messages.encode(answer)
