"""Many faces: their mathematics, their packets, and how many of these arrive."""

import itertools
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from protocols import livelink, vmc
from protocols.arkit import HIGHEST, LOWEST, SHAPES
from protocols.frames import Frame
from protocols.messages import Line
from streamer import config
from streamer.face.speech import speech_of
from streamer.face.stage import Stage
from streamer.face.track import Track
from streamer.measures.figures import LINE, ROUNDS, Figure, alone, beside, timed
from streamer.measures.outside import counted, receiver, serving
from streamer.outputs.batches import CHUNK, Messages
from streamer.outputs.udp import LiveLinkOutput, Wire
from streamer.performance import FPS
from streamer.stats import Stats

TICK: Final = 1 / FPS
_SIZES: Final = (1, 100, 1000, 2000)
_SECONDS: Final = 5  # of counting what arrives


def faces() -> Iterator[Figure]:
    """Speaking, living faces and their packets, beside a sender with an object a face."""
    with drain() as address:
        for many in _SIZES:
            shares = [100 * spent / TICK for spent in (crowd(many, address) for _ in range(ROUNDS))]
            yield alone(f"{many} faces, of a core", "%", shares, "<= 25 % of a core" if many == 2000 else "")
        theirs = [most(lambda n: objects(n, address), 200) for _ in range(ROUNDS)]
        yield alone(
            "living faces a core holds", "", [most(lambda n: crowd(n, address, 12), 4000) for _ in range(ROUNDS)]
        )
        ours = [most(lambda n: expressions(n, address), 4000) for _ in range(ROUNDS)]
        yield beside("faces a core holds, curves alone", "", ours, theirs, "an object a face", ">= 10x")
        ours = [mathematics(1000) * 1e6 for _ in range(ROUNDS)]
        theirs = [pure(100) * 10 * 1e6 for _ in range(ROUNDS)]
        yield beside("curves and packets of 1000 faces", "us", ours, theirs, "pure Python", "<= 0.01x")


def datagrams() -> Iterator[Figure]:
    """Packets out of a socket: cut by the system, or many in a call, beside the plain calls."""
    packets = np.zeros((1024, 302), np.uint8)
    with drain() as address:
        plain = [timed(lambda: _sent_one_by_one(packets, address), 5) / len(packets) * 1e6 for _ in range(ROUNDS)]
        wire = Wire("bench", address, Stats())
        for way, reference, against, goal in (
            ("segmentation offload", plain, "a sendto loop", "<= 0.25x"),
            ("sendmmsg", [_raw(packets, address) for _ in range(ROUNDS)], "a raw sendmmsg loop", "<= 1.25x"),
        ):
            if way not in wire.ways:
                continue
            wire.descend(way)
            ours = [timed(lambda: wire.send_rows([packets]), 5) / len(packets) * 1e6 for _ in range(ROUNDS)]
            yield beside(f"a packet by {way}", "us", ours, reference, against, goal)
        wire.close()


def osc() -> Iterator[Figure]:
    """A VMC frame of one face, beside python-osc's builders where they are installed."""
    face = np.random.default_rng(0).uniform(0, 1, 61).astype(np.float32)
    template = vmc.template()
    floats = np.concatenate([[0.0], face[: len(SHAPES)]], dtype=np.float32)
    ours = [timed(lambda: template.fill(floats), 2000) * 1e6 for _ in range(ROUNDS)]
    try:
        from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
        from pythonosc.osc_message_builder import OscMessageBuilder
    except ImportError:
        yield alone("a VMC frame patched", "us", ours)
        return

    def build() -> list[bytes]:
        bundle = OscBundleBuilder(IMMEDIATELY)
        for name, weight in zip(SHAPES, face.tolist(), strict=False):
            message = OscMessageBuilder("/VMC/Ext/Blend/Val")
            message.add_arg(name)
            message.add_arg(weight, "f")
            bundle.add_content(message.build())
        return [bundle.build().dgram]

    theirs = [timed(build, 20) * 1e6 for _ in range(ROUNDS)]
    yield beside("a VMC frame patched", "us", ours, theirs, "python-osc", "<= 0.00334x")
    whole = [timed(lambda: vmc.encode(face, 0.0), 2000) * 1e6 for _ in range(ROUNDS)]
    yield beside("a VMC frame from a face", "us", whole, theirs, "python-osc")


def delivery() -> Iterator[Figure]:
    """What a receiver with a buffer of the default size gets of a driver's packets."""
    for many, goal in ((500, ">= 100 %"), (2000, ">= 99.5 %")):
        with receiver() as (address, process), serving([f"c{n:04}" for n in range(many)], address):
            counted(process), counted(process)  # while it starts
            shares = []
            for _ in range(_SECONDS):
                seen = counted(process)
                shares.append(100 * seen["packets"] / (many * seen["frames"]))
        yield alone(f"packets of {many} faces that arrive", "%", shares, goal)


def crowd(many: int, address: config.Address, ticks: int = 40) -> float:
    """Processor seconds a tick for so many speaking, living faces and their packets."""
    stage, output = Stage(), LiveLinkOutput(config.LiveLink(address), {}, Stats())
    curves = speech_of(Line("guard", LINE)).curves()
    for n in range(many):
        stage.add(f"c{n:05}")
        stage.say(f"c{n:05}", curves, n % FPS / FPS, 0.0)
    spent = []
    for n in range(1, ticks + 1):
        began = time.process_time()
        output.send(Frame(n, n, n / FPS, stage.names, stage.frame(n / FPS)))
        spent.append(time.process_time() - began)
    output.close()
    return float(np.median(spent))


def expressions(many: int, address: config.Address, ticks: int = 12) -> float:
    """Processor seconds a tick for the curves of so many faces and their packets, sent."""
    track, output = Track(LOWEST, HIGHEST), LiveLinkOutput(config.LiveLink(address), {}, Stats())
    names = tuple(f"c{n:05}" for n in range(many))
    for _ in names:
        track.add()
    spent = []
    for n in range(ticks):
        began = time.process_time()
        output.send(Frame(n, n, n / FPS, names, track.sample(n / FPS)))
        spent.append(time.process_time() - began)
    output.close()
    return float(np.median(spent))


def most(tick: Callable[[int], float], first: int) -> float:
    """How many faces fill a tick: from the last two of ever larger crowds, the second of which is too large."""
    counts, spent = [0], [0.0]
    for many in (first * 2**n for n in itertools.count()):
        counts.append(many)
        spent.append(tick(many))
        if spent[-1] > TICK:
            break
    return float(np.interp(TICK, spent[-2:], counts[-2:]))


def objects(many: int, address: config.Address, ticks: int = 5) -> float:
    """Processor seconds a tick for a sender with an object a face that evaluates, packs and sends each by itself."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    where = (address.host, address.port)
    people = [_Face(n) for n in range(many)]
    began = time.process_time()
    for n in range(ticks):
        for person in people:
            plain.sendto(person.packet(n), where)
    plain.close()
    return (time.process_time() - began) / ticks


class _Face:
    """One face as an object of its own: cubic curves in numpy, packed by struct."""

    _TIME: Final = struct.Struct(">ifii")
    _VALUES: Final = struct.Struct(">B61f")

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        self._curves = chance.uniform(0, 0.25, (4, 61)).astype(np.float32)
        self._head = livelink.prefix("0" * 36, f"c{seed:05}")

    def packet(self, tick: int) -> bytes:
        u = np.float32(tick % FPS / FPS)
        a, b, c, d = self._curves
        values = np.clip(((a * u + b) * u + c) * u + d, 0, 1)
        return self._head + self._TIME.pack(tick, 0.0, FPS, 1) + self._VALUES.pack(61, *values.tolist())


def mathematics(many: int) -> float:
    """Seconds a tick for the curves of so many faces and their packets, without speech, life or sockets."""
    track, packets = Track(LOWEST, HIGHEST), livelink.Packets()
    for n in range(many):
        track.add()
        packets.add(livelink.prefix("0" * 36, f"c{n:05}"))
    return timed(lambda: packets.fill(1, 0.0, livelink.wire_values(track.sample(0.5), livelink.Wiring())), 30)


def pure(many: int) -> float:
    """Seconds a tick for the same in plain Python."""
    rows = [[(0.1, 0.2, 0.3, 0.1)] * 61 for _ in range(many)]
    pack = struct.Struct(">61f").pack
    began = time.perf_counter()
    for row in rows:
        pack(*(min(max(((a * 0.5 + b) * 0.5 + c) * 0.5 + d, 0.0), 1.0) for a, b, c, d in row))
    return time.perf_counter() - began


def _sent_one_by_one(packets: np.ndarray[Any, Any], address: config.Address) -> None:
    where = (address.host, address.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        for packet in packets:
            plain.sendto(packet.data, where)


def _raw(packets: np.ndarray[Any, Any], address: config.Address) -> float:
    """Microseconds a packet for sendmmsg and nothing around it: the same 64 packets again and again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connected:
        connected.connect((address.host, address.port))
        batch = Messages(connected)
        batch.send(packets[:CHUNK])
        return timed(lambda: batch.call(CHUNK), 5 * len(packets) // CHUNK) / CHUNK * 1e6


@contextmanager
def drain() -> Iterator[config.Address]:
    """A socket that takes what is sent, on this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox:
        inbox.bind(("127.0.0.1", 0))
        yield config.Address("127.0.0.1", inbox.getsockname()[1])
