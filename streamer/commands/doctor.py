"""facecue doctor: what runs where, and a wink to the engine, so that one can see whether anything arrives."""

import argparse
import asyncio
import errno
import http.client
import importlib.metadata
import json
import platform
import socket
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import numpy as np

from protocols.arkit import Floats, face
from protocols.frames import Frame
from streamer import config
from streamer.app import make_outputs
from streamer.arguments import above_zero
from streamer.brain.loading import load
from streamer.cli import FAILED, FINE, USAGE, UserError
from streamer.clock import ticks
from streamer.commands.serve import add_outputs, read_settings
from streamer.face.curves import Segment, release
from streamer.face.stage import Stage
from streamer.outputs.udp import Output
from streamer.performance import FPS
from streamer.stats import Stats
from streamer.stopping import until_stopped

SUBJECT: Final = "Facecue"
_WINK: Final = face({"EyeBlinkLeft": 1.0, "CheekSquintLeft": 0.4, "MouthSmileLeft": 0.5, "MouthSmileRight": 0.3})
_LONGEST: Final = 600.0  # seconds of winking
_BEAT: Final = 0.8  # seconds from one wink to the next
_ADVICE: Final = {
    "live link": """If no face winks in Unreal:
  1. are the plugins Live Link and Apple ARKit Face Support enabled?
  2. is the subject chosen in the MetaHuman's blueprint (LLink Face Subj), and LLink Face Head ticked?
  3. does a firewall or another program hold UDP port 11111?""",
    "vmc": "If no avatar winks: has it Perfect Sync's clips? If not, `presets` in the settings moves VRM's own.",
    "vrchat": "If no avatar winks in VRChat: is OSC on in the action menu, and does the avatar have face tracking?",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, as for facecue serve")
    parser.add_argument("--port", type=int, help="WebSocket port (8765)")
    parser.add_argument(
        "--livelink", action="append", metavar="HOST:PORT", help="Unreal (127.0.0.1:11111); off for none"
    )
    add_outputs(parser)
    parser.add_argument("--model", metavar="PATH", help='a model file (the shipped one); "rules" for none')
    parser.add_argument("--seconds", type=above_zero, default=3.0, help="how long to wink (3)")
    parser.add_argument("--wink", action=argparse.BooleanOptionalAction, default=True,
                        help="wink to every destination (the default), or only look and send nothing")  # fmt: skip
    parser.set_defaults(host=None, token=None, max_characters=None, brain=None, url=None, llm_model=None)


def run(options: argparse.Namespace) -> int:
    if options.seconds > _LONGEST:
        raise UserError(f"--seconds is {options.seconds:g}, expected at most {_LONGEST:g}", USAGE)
    try:
        settings = read_settings(options)
    except config.ConfigError as error:
        raise UserError(str(error), USAGE) from error
    for package in ("facecue", "numpy", "websockets"):
        _tell(package, importlib.metadata.version(package))
    _tell("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    _tell("brain", f"{load(settings.model).name}, on the CPU")
    _tell(f"port {settings.port}", driver_at(settings.port, settings.token))
    destinations = list(config.destinations(settings))
    reachable = [_tell(f"{kind} {address}", listener_at(address)) for kind, address in destinations]
    if "unknown host" in reachable:
        return FAILED
    if destinations and options.wink:
        _wink(settings, options.seconds)
    return FINE


def driver_at(port: int, token: str = "") -> str:
    """What answers on a port of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health", headers={"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        if response.status == http.client.UNAUTHORIZED:
            return "something that asks for a token, as a driver does"
        health = json.loads(response.read(65536))
        return f"a driver: {health['characters']} characters, {health['clients']} clients, brain {health['model']}"
    except ConnectionRefusedError:
        return "free: no driver runs; start one with facecue serve"
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return "taken by another program"
    finally:
        connection.close()


def listener_at(address: config.Address) -> str:
    """Whether something on this machine listens for datagrams at an address."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError):
        return "unknown host"
    with socket.socket(family, kind, protocol) as probe:
        try:
            probe.bind(where)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "something listens there"
            return "on another machine: whether it listens cannot be seen from here"
    return "nothing listens there yet"


def winks(seconds: float) -> Floats:
    """A face that winks with its left eye, again and again: (frames, 61)."""
    stage = Stage()
    stage.add(SUBJECT)
    begins = np.arange(0.2, max(seconds - 0.4, 0.3), _BEAT)
    stage.play(SUBJECT, [s for at in begins for s in (Segment(at, 0.12, "rise", _WINK), release(at + 0.3, 0.25))])
    return np.array([stage.frame(n / FPS)[0].copy() for n in range(max(1, round(seconds * FPS)))])


def _wink(settings: config.Settings, seconds: float) -> None:
    everyone = config.for_everyone(settings)
    print(f'winking with the left eye for {seconds:g} s, as the character "{SUBJECT}" ...', flush=True)
    stats = Stats()
    with ExitStack() as stack:
        try:
            outputs = [stack.enter_context(closing(output)) for output in make_outputs(everyone, stats)]
        except config.ConfigError as error:
            raise UserError(str(error)) from error
        asyncio.run(_play(winks(seconds), outputs))
    for name, count in stats.sent.items():
        print(f"  {name}: {count} packets sent")
    for kind in dict(config.destinations(settings)):
        if kind in _ADVICE:
            print(_ADVICE[kind])


async def _play(faces: Floats, outputs: Sequence[Output]) -> None:
    async with until_stopped():
        async for tick in ticks(FPS):
            if tick.number > len(faces):
                return
            frame = Frame(tick.number, tick.number, tick.number / FPS, (SUBJECT,), faces[tick.number - 1][None])
            for output in outputs:
                output.send(frame)


def _tell(what: str, found: str) -> str:
    print(f"{what:<28} {found}")
    return found
