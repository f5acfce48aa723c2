"""Frames as datagrams: Live Link for Unreal, VMC for Unity and VTuber software."""

import asyncio
import contextlib
import datetime
import errno
import itertools
import logging
import socket
import struct
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from protocols import livelink, vmc
from protocols.frames import Frame
from streamer import config
from streamer.performance import FPS
from streamer.stats import Stats

_log = logging.getLogger(__name__)
_DEVICES: Final = uuid.UUID("5f0c1a2e-7d57-4c3a-9c58-facec0efacee")  # namespace of our device ids
_SOL_UDP, _UDP_SEGMENT = 17, 103  # udp(7): the kernel cuts one buffer into packets of one length
_SEGMENTS: Final = 64  # packets a call, as many as every kernel takes
_SPREAD: Final = 0.6  # of a tick over which the packets of a crowd leave
_CANNOT: Final = (errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP)
_DRIFT: Final = FPS // 2  # frames off the wall clock before the timecode jumps ahead to it


class Output(Protocol):
    """Where frames go."""

    @property
    def name(self) -> str: ...

    def send(self, frame: Frame) -> None: ...

    def close(self) -> None: ...


def device_id(character: str) -> str:
    """The device id of a character that was given none: the same on every start."""
    return str(uuid.uuid5(_DEVICES, character)).upper()


@dataclass(frozen=True, slots=True)
class Subject:
    """How a character shows in Unreal."""

    name: str
    device_id: str


class Wire:
    """A connected datagram socket that loses rather than waits."""

    def __init__(self, name: str, address: config.Address, stats: Stats) -> None:
        self.name = f"{name} {address}"
        self._stats = stats
        self._socket = _connect(address)
        self._cuts = False
        self.cut(sys.platform == "linux")

    def cut(self, can_cut: bool) -> None:
        """Chooses whether the system is to cut many packets out of one buffer."""
        self._cuts = can_cut
        self._stats.methods[self.name] = "segmentation offload" if can_cut else "one packet a call"
        _log.info("%s: %s", self.name, self._stats.methods[self.name])

    def send(self, datagram: bytes | memoryview) -> None:
        try:
            self._send(datagram)
        except OSError:  # the buffer is full, or the network is gone
            self._stats.dropped[self.name] += 1
        else:
            self._stats.sent[self.name] += 1

    def send_rows(self, packets: NDArray[np.uint8]) -> None:
        """Sends the rows of a matrix (n, length), many in one call where the system can cut them apart itself."""
        if not self._cuts or len(packets) == 1:
            for row in packets:
                self.send(row.data)
            return
        chunks = [packets[i : i + _SEGMENTS] for i in range(0, len(packets), _SEGMENTS)]
        self._send_chunk(chunks[0])
        if len(chunks) > 1:
            self._spread(chunks[1:])

    def _spread(self, chunks: Sequence[NDArray[np.uint8]]) -> None:
        """Sends chunks over the most of a tick, so that a receiver's buffer holds them."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            for chunk in chunks:
                self._send_chunk(chunk)
            return
        for k, chunk in enumerate(chunks, 1):
            loop.call_later(k * _SPREAD / FPS / len(chunks), self._send_chunk, chunk)

    def _send_chunk(self, packets: NDArray[np.uint8]) -> None:
        length = struct.pack("H", packets.shape[1])
        try:
            try:
                self._socket.sendmsg([packets.data], [(_SOL_UDP, _UDP_SEGMENT, length)])
            except ConnectionRefusedError:
                self._socket.sendmsg([packets.data], [(_SOL_UDP, _UDP_SEGMENT, length)])
        except OSError as error:
            if error.errno in _CANNOT:
                self.cut(False)
                self.send_rows(packets)
            else:
                self._stats.dropped[self.name] += len(packets)
        else:
            self._stats.sent[self.name] += len(packets)

    def _send(self, datagram: bytes | memoryview) -> None:
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:  # about the datagram before: nobody listened there yet
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.send(datagram)

    def close(self) -> None:
        self._socket.close()


class Timecode:
    """Frames since midnight: taken from the wall clock at first, then one more for every frame, never backwards.

    Past midnight it counts on, as the phone app does. Only when the clock is half a second ahead does it jump.
    """

    def __init__(self, wall: Callable[[], datetime.datetime]) -> None:
        self._wall = wall
        self._midnight: datetime.datetime | None = None
        self._frame = 0
        self._subframe = 0.0

    def next(self) -> tuple[int, float]:
        now = self._wall()
        if self._midnight is None:
            self._midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            frames = (now - self._midnight).total_seconds() * FPS
            self._frame, self._subframe = int(frames), frames % 1
            return self._frame, self._subframe
        clock = int((now - self._midnight).total_seconds() * FPS)
        self._frame = clock if clock - self._frame > _DRIFT else self._frame + 1
        return self._frame, self._subframe


class LiveLinkOutput:
    """One packet a tick for each character, stamped as it leaves."""

    def __init__(
        self,
        settings: config.LiveLink,
        subjects: Mapping[str, Subject],
        stats: Stats,
        wall: Callable[[], datetime.datetime] = datetime.datetime.now,
    ) -> None:
        self._wire = Wire("livelink", settings.address, stats)
        self.name = self._wire.name
        self._subjects = subjects
        self._wanted = None if "*" in settings.characters else frozenset(settings.characters)
        self._wiring = livelink.Wiring(
            swap_jaw=settings.swap_jaw, swap_mouth=settings.swap_mouth, rotation_unit=settings.rotation_unit
        )
        self._timecode = Timecode(wall)
        self._seen = 0  # characters of the frames so far
        self._rows: list[int] = []  # of the frame that this destination gets
        self._packets = livelink.Packets()

    def send(self, frame: Frame) -> None:
        for row, name in enumerate(itertools.islice(frame.names, self._seen, None), self._seen):
            if self._wanted is None or name in self._wanted:
                subject = self._subjects.get(name) or Subject(name, device_id(name))
                self._packets.add(livelink.prefix(subject.device_id, subject.name))
                self._rows.append(row)
        self._seen = len(frame.names)
        number, subframe = self._timecode.next()
        if not self._rows:
            return
        values = frame.values if len(self._rows) == len(frame.values) else frame.values[self._rows]
        for packets in self._packets.fill(number, subframe, livelink.wire_values(values, self._wiring)):
            self._wire.send_rows(packets)

    def close(self) -> None:
        self._wire.close()


class VmcOutput:
    """One avatar's frame a tick, split into datagrams that fit."""

    def __init__(self, settings: config.Vmc, stats: Stats) -> None:
        self._wire = Wire("vmc", settings.address, stats)
        self.name = self._wire.name
        self._settings = settings

    def send(self, frame: Frame) -> None:
        character = self._settings.character or (frame.names[0] if frame.names else "")
        if character not in frame.names:
            return
        row = frame.values[frame.names.index(character)]
        for datagram in vmc.encode(row, frame.t, spelling=self._settings.spelling, bones=self._settings.bones):
            self._wire.send(datagram)

    def close(self) -> None:
        self._wire.close()


def _connect(address: config.Address) -> socket.socket:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError) as error:
        raise config.ConfigError(f"unknown host {address.host!r}") from error
    connected = socket.socket(family, kind, protocol)
    try:
        connected.setblocking(False)
        connected.connect(where)
    except OSError as error:
        connected.close()
        raise config.ConfigError(f"cannot send to {address}: {error.strerror}") from error
    return connected
