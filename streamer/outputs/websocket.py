"""Frames for WebSocket clients: one message for all who want the same, built once a tick; slow clients lose frames."""

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.frames import Frame as Packet
from websockets.frames import Opcode
from websockets.protocol import State

from protocols import frames, messages
from protocols.frames import Frame
from streamer.outputs.shares import Turns
from streamer.stats import Stats

_log = logging.getLogger(__name__)
_HIGH_WATER: Final = 256 * 1024  # bytes a client has not read; above it the client loses frames
_OVERFLOW: Final = 4 * 1024 * 1024  # bytes of unread answers after which a client is let go


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """One connection of an audience."""

    connection: ServerConnection
    audience: "Audience"

    def tell(self, answer: messages.FromFacecue, text: str) -> None:
        """Sends an answer; a client that has stopped reading its answers is let go."""
        self.audience.tell({self}, text)


@dataclass(slots=True)
class Group:
    """One subscription with its clients: characters, format and rate."""

    wanted: messages.Subscribe
    clients: set[Client] = field(default_factory=set)
    seq: Iterator[int] = field(default_factory=itertools.count)
    names: frozenset[str] = field(init=False)
    turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self.names = frozenset(self.wanted.characters)
        self.turns = Turns(self.wanted.rate)

    def select(self, frame: Frame) -> Frame:
        """The part of a frame that this group wants, numbered for it."""
        seq = next(self.seq)
        if "*" in self.wanted.characters:
            return Frame(seq, frame.number, frame.t, frame.names, frame.values)
        rows = [row for row, name in enumerate(frame.names) if name in self.names]
        return Frame(seq, frame.number, frame.t, tuple(frame.names[row] for row in rows), frame.values[rows])


class Audience:
    """Everyone who is connected, and what they asked to see."""

    name: Final = "websocket"

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._groups: dict[messages.Subscribe, Group] = {}
        self._seats: dict[Client, messages.Subscribe | None] = {}

    def __len__(self) -> int:
        return len(self._seats)

    def join(self, connection: ServerConnection) -> Client:
        client = Client(connection, self)
        self._seats[client] = None
        return client

    def leave(self, client: Client) -> None:
        self._unsubscribe(client)
        self._seats.pop(client, None)

    def subscribe(self, client: Client, wanted: messages.Subscribe) -> None:
        """Gives a client these frames from now on, instead of any that it had asked for."""
        self._unsubscribe(client)
        self._seats[client] = wanted
        self._groups.setdefault(wanted, Group(wanted)).clients.add(client)

    def listeners(self, character: str) -> set[Client]:
        """The clients that see a character."""
        groups = (g for g in self._groups.values() if "*" in g.names or character in g.names)
        return {client for group in groups for client in group.clients}

    def tell(self, clients: Iterable[Client], text: str) -> None:
        """Sends an answer; a client that has stopped reading its answers is let go."""
        ready = []
        for client in clients:
            if _unread(client) <= _OVERFLOW:
                ready.append(client.connection)
            elif client in self._seats:
                _log.warning("websocket: %s does not read its answers, closing", client.connection.remote_address)
                self.leave(client)
                client.connection.transport.abort()
        broadcast(ready, text)

    def send(self, frame: Frame) -> None:
        for group in self._groups.values():
            if group.turns.is_next(frame.number):
                self._send(group, frame)

    def close(self) -> None:
        """Nothing to do: the server closes its connections."""

    def _send(self, group: Group, frame: Frame) -> None:
        ready = [client for client in group.clients if _unread(client) <= _HIGH_WATER]
        self._stats.dropped[self.name] += len(group.clients) - len(ready)
        self._stats.sent[self.name] += len(ready)
        packet = _packet(group.select(frame), group.wanted.format)
        for client in ready:
            if client.connection.state is State.OPEN:
                client.connection.transport.write(packet)

    def _unsubscribe(self, client: Client) -> None:
        wanted = self._seats.get(client)
        if wanted is None:
            return
        group = self._groups[wanted]
        group.clients.discard(client)
        if not group.clients:
            del self._groups[wanted]


def _packet(frame: Frame, form: str) -> bytes:
    """A frame as it stands on the wire, the same for every client: nothing is masked or compressed on the way out."""
    if form == "binary":
        return Packet(Opcode.BINARY, frames.encode_binary(frame)).serialize(mask=False)
    return Packet(Opcode.TEXT, frames.encode_json(frame).encode()).serialize(mask=False)


def _unread(client: Client) -> int:
    return int(client.connection.transport.get_write_buffer_size())
