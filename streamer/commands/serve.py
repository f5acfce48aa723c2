"""facecue serve: the driver, until it is told to stop."""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from streamer import app, config
from streamer.cli import FAILED, FINE, USAGE, UserError

OUTPUTS: Final[Mapping[str, tuple[Callable[[config.Address], config.Destination], str]]] = {
    "vmc": (config.Vmc, "where a VMC receiver listens (port 39539)"),
    "osc": (config.Osc, "where plain OSC goes: /face/NAME/JawOpen and its kin"),
    "ifacialmocap": (config.IFacialMocap, "where a receiver of iFacialMocap listens (port 49983)"),
    "vrchat": (config.VrChat, "where VRChat listens (port 9000)"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; flags go over it")
    parser.add_argument("--host", help="listen here (127.0.0.1); any but this machine's own needs a token")
    parser.add_argument("--port", type=int, help="WebSocket, /health and /metrics (8765); 0 takes a free one")
    parser.add_argument(
        "--livelink",
        action="append",
        metavar="HOST:PORT",
        help='where Unreal listens (127.0.0.1:11111), once for each engine; "off" for none',
    )
    add_outputs(parser)
    parser.add_argument("--osc-in", action="append", metavar="PORT", help="take lines by OSC (/facecue/line ...) there")
    parser.add_argument("--mqtt", action="append", metavar="URL", help="take lines from this broker, mqtt://HOST:1883")
    parser.add_argument("--sheet", metavar="FILE", help="plan the lines of this CSV or JSONL file ahead, and watch it")
    parser.add_argument("--poses", metavar="FILE", help='the pose library of keyframes that say "pose: NAME"')
    parser.add_argument("--stdin", action="store_true", help="JSON lines on standard input, answers on standard "
                        "output; leaves when the input ends")  # fmt: skip
    parser.add_argument("--token", help="what clients have to show")
    parser.add_argument("--model", metavar="PATH", help='a model file (the shipped weights); "rules" for none')
    parser.add_argument("--brain", choices=("small", "llm"), help="llm: a large model betters what has not yet played")
    parser.add_argument("--url", help="the large model's OpenAI-compatible endpoint: http://HOST:PORT/v1")
    parser.add_argument("--llm-model", metavar="NAME", help="its model (the first that the endpoint lists)")
    parser.add_argument("--max-characters", type=int, metavar="N", help="faces on stage at most (4096)")


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """The flags of the destinations that are not Live Link, each once for each receiver."""
    for flag, (_, text) in OUTPUTS.items():
        parser.add_argument(f"--{flag}", action="append", metavar="HOST:PORT", help=text)


def run(options: argparse.Namespace) -> int:
    try:
        settings = _with_inputs(read_settings(options), options)
    except config.ConfigError as error:
        raise UserError(str(error), USAGE) from error

    def tell(port: int, driver: app.Driver) -> None:
        seconds = time.perf_counter() - options.began
        where = f"ws://{settings.host}:{port}{_destinations(settings)}"
        told = f"facecue: listening on {where}, brain: {driver.hello().model}, ready in {seconds:.2f} s"
        print(told, file=sys.stderr if settings.stdin else sys.stdout, flush=True)

    try:
        asyncio.run(_serve(settings, tell))
    except config.ConfigError as error:
        raise UserError(str(error), FAILED) from error
    return FINE


def read_settings(options: argparse.Namespace) -> config.Settings:
    """The file's settings with the flags over them; raises ConfigError."""
    settings = config.load(options.config) if options.config else config.Settings()
    flags = {key: getattr(options, key) for key in ("host", "port", "token", "model", "brain", "max_characters")}
    settings = replace(settings, **{key: value for key, value in flags.items() if value is not None})
    if options.livelink:
        links = [config.LiveLink(address) for address in parse_addresses(options.livelink, "--livelink")]
        settings = replace(settings, livelink=tuple(links))
    teacher = {"url": options.url, "model": options.llm_model}
    teacher = {key: value for key, value in teacher.items() if value is not None}
    settings = replace(settings, teacher=replace(settings.teacher, **teacher))
    if teacher and settings.brain != "llm":
        raise config.ConfigError("--url and --llm-model are the large model's: --brain llm is missing")
    given: dict[str, Any] = {}  # Any: each flag has its own kind of destination
    for flag, (kind, _) in OUTPUTS.items():
        if texts := getattr(options, flag):
            given[flag] = tuple(kind(address) for address in parse_addresses(texts, f"--{flag}"))
    settings = replace(settings, **given)
    config.check(settings)
    return settings


def _with_inputs(settings: config.Settings, options: argparse.Namespace) -> config.Settings:
    if options.sheet:
        settings = replace(settings, sheet=options.sheet)
    if options.poses:
        settings = replace(settings, poses=options.poses)
    if options.stdin:
        settings = replace(settings, stdin=True)
    if options.mqtt:
        settings = replace(settings, mqtt=tuple(config.Mqtt(url) for url in options.mqtt))
    if options.osc_in:
        settings = replace(settings, osc_in=tuple(config.OscIn(_local_address(text)) for text in options.osc_in))
    config.check(settings)
    return settings


def _local_address(text: str) -> config.Address:
    """PORT on this machine, or HOST:PORT."""
    return config.parse_address(text if ":" in text else f"127.0.0.1:{text}", "--osc-in")


async def _serve(settings: config.Settings, tell: app.Ready) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows: Ctrl-C ends asyncio.run instead
            break
    await app.run(settings, stopping, tell)


def parse_addresses(texts: Sequence[str], flag: str) -> list[config.Address]:
    return [] if "off" in texts else [config.parse_address(text, flag) for text in texts]


def _destinations(settings: config.Settings) -> str:
    return "".join(f", {kind} to {address}" for kind, address in config.destinations(settings))
