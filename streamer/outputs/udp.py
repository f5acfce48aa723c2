"""Frames as datagrams: Live Link for Unreal, VMC for Unity and VTuber software."""

import contextlib
import datetime
import itertools
import logging
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from protocols import livelink, vmc, vrm
from protocols.arkit import CHANNELS, Floats
from protocols.frames import Frame
from protocols.selection import select
from streamer import config
from streamer.outputs.batches import CANNOT, Packets, ladder
from streamer.outputs.procession import Procession
from streamer.outputs.shares import Turns, face_of
from streamer.performance import FPS
from streamer.stats import Stats

_log = logging.getLogger(__name__)
_DEVICES: Final = uuid.UUID("5f0c1a2e-7d57-4c3a-9c58-facec0efacee")  # namespace of our device ids
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
        self._ways = ladder(self._socket)
        self._procession = Procession(self._send_chunk)
        self._tell()

    @property
    def ways(self) -> list[str]:
        """How crowds can leave here, the way that is used first."""
        return [way.name for way in self._ways]

    def descend(self, name: str = "") -> None:
        """Sends by the next way, or by the one of that name, from now on."""
        self._ways = next((self._ways[i:] for i, way in enumerate(self._ways) if way.name == name), self._ways[1:])
        self._tell()

    def send(self, datagram: bytes | memoryview) -> None:
        try:
            self._send(datagram)
        except OSError:  # the buffer is full, or the network is gone
            self._stats.dropped[self.name] += 1
        else:
            self._stats.sent[self.name] += 1

    def keep(self) -> None:
        """Copies the rows that have not left, as their matrices are about to be filled anew."""
        self._procession.keep()

    def send_rows(self, matrices: Sequence[Packets]) -> None:
        """Sends the rows of matrices (n, length), many in a call, spread over the most of a tick."""
        if len(matrices) == 1 and len(matrices[0]) == 1:
            self.send(matrices[0][0].data)
        elif matrices:
            self._procession.start(matrices)

    def _send_chunk(self, packets: Packets) -> None:
        taken = 0
        try:
            try:
                taken = self._ways[0].send(packets)
            except ConnectionRefusedError:  # about the datagram before: nobody listened there yet
                taken = self._ways[0].send(packets)
        except OSError as error:
            if error.errno in CANNOT and len(self._ways) > 1:
                self.descend()
                self._send_chunk(packets)
                return
        self._stats.sent[self.name] += taken
        if taken < len(packets):
            self._stats.dropped[self.name] += len(packets) - taken

    def _send(self, datagram: bytes | memoryview) -> None:
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:  # see above
            with contextlib.suppress(ConnectionRefusedError):
                self._socket.send(datagram)

    def _tell(self) -> None:
        self._stats.methods[self.name] = self._ways[0].name
        _log.info("%s: %s", self.name, self._ways[0].name)

    def close(self) -> None:
        self._procession.close()
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
        self._turns = Turns(settings.rate)
        self._chosen = select(CHANNELS, settings.channels, flip=settings.flip)
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
        if not (self._turns.is_next(frame.number) and self._rows):  # frames left out are counted in the timecode
            return
        values = frame.values if len(self._rows) == len(frame.values) else frame.values[self._rows]
        if not self._chosen.is_plain:
            values = values * self._chosen.gains
        self._wire.keep()
        self._wire.send_rows(self._packets.fill(number, subframe, livelink.wire_values(values, self._wiring)))

    def close(self) -> None:
        self._wire.close()


class VmcOutput:
    """One avatar's frame a tick, split into datagrams that fit."""

    def __init__(self, settings: config.Vmc, stats: Stats) -> None:
        self._wire = Wire("vmc", settings.address, stats)
        self.name = self._wire.name
        self._settings = settings
        self._turns = Turns(settings.rate)
        chosen = select(CHANNELS, settings.channels, flip=settings.flip, rename=config.renamed(settings))
        is_plain = chosen.is_plain and settings.presets == "none" and not settings.rename
        self._avatar = None if is_plain else vrm.Avatar(chosen, settings.presets, settings.bones)

    def send(self, frame: Frame) -> None:
        if not self._turns.is_next(frame.number):
            return
        face = face_of(frame, self._settings.character)
        if face is None:
            return
        for datagram in self._encode(face, frame.t):
            self._wire.send(datagram)

    def _encode(self, face: Floats, time: float) -> Sequence[bytes | memoryview]:
        if self._avatar is not None:
            return self._avatar.encode(face, time)
        return vmc.encode(face, time, spelling=self._settings.spelling, bones=self._settings.bones)

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
