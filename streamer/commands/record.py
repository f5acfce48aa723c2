"""facecue record: what a running driver plays, as a take: Live Link Face CSV or glTF."""

import argparse
import asyncio

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from protocols import frames, messages, recording
from protocols.errors import DecodeError
from streamer import files, takes
from streamer.arguments import above_zero
from streamer.cli import FINE, USAGE, UserError
from streamer.client import DEFAULT_URL, visit
from streamer.outputs.recorder import Recorder, Retimer
from streamer.performance import FPS
from streamer.progress import Progress
from streamer.stopping import until_stopped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", required=True, metavar="TAKE.csv", help="the take, .csv, .glb or .gltf; - for standard output"
    )
    parser.add_argument("--character", default="guard", help="whose face (guard)")
    takes.add_count_arguments(parser, "the driver's")
    parser.add_argument("--seconds", type=above_zero, help="how long; until Ctrl-C if not given")
    parser.add_argument("--url", default=DEFAULT_URL, help=f"the driver ({DEFAULT_URL})")
    parser.add_argument("--token", default="", help="what the driver asks for")


def run(options: argparse.Namespace) -> int:
    try:
        messages.check_character(options.character, "--character")
    except DecodeError as error:
        raise UserError(str(error), USAGE) from error
    takes.format_of(options.output)
    takes.count(options.fps, options.drop_frame, FPS)
    return asyncio.run(_record(options))


async def _record(options: argparse.Namespace) -> int:
    async with visit(options.url, options.token) as (connection, hello):
        await connection.send(messages.encode(messages.Subscribe((options.character,), "binary", hello.fps)))
        count = takes.count(options.fps, options.drop_frame, hello.fps)
        with takes.writing(options.output, count) as recorder:
            retimed = recorder if count.fps == hello.fps else Retimer(recorder, hello.fps, count.fps)
            lost = ""
            try:
                async with until_stopped(options.seconds):
                    lost = await _write_all(connection, retimed)
            except ConnectionClosed:
                lost = "the driver went away"
            except DecodeError as error:
                lost = f"the driver sent what is no frame: {error}"
            if lost and not recorder.rows:
                raise UserError(lost)
            if not recorder.rows:
                there = ", ".join(hello.characters) or "nobody"
                raise UserError(f"{options.character} was not on stage; there when it began: {there}")
    if options.output != files.STANDARD:
        print(f"{options.output}: {recorder.rows} frames of {options.character}, {recorder.span - recorder.rows} lost")
    if lost:
        raise UserError(lost)
    return FINE


async def _write_all(connection: ClientConnection, recorder: Recorder | Retimer) -> str:
    """Writes frames for as long as they come and a take can hold them; says why no more were written."""
    first: int | None = None
    with Progress("frames") as progress:
        async for data in connection:
            frame = frames.decode_binary(data) if isinstance(data, bytes) else None
            if frame is None or not frame.names:
                continue
            first = frame.number if first is None else first
            if recorder.rows == recording.MAX_ROWS:
                return f"a take holds {recording.MAX_ROWS} frames; record again for what follows"
            recorder.write(frame.values[0], frame.number - first)
            progress.advance()
    return "the driver went away"
