"""Lines from an MQTT 5 broker, and answers back to it.

    PREFIX/in, PREFIX/in/line ...   messages; one that names no type takes the last level of its topic
    PREFIX/out/accepted ...         answers, unless the message named a response topic
    PREFIX/frames                   frames, where they are wanted
    PREFIX/status/CLIENT            online or offline, retained; the broker says offline when we cannot

Answers wait for the broker's receipt, through any number of connections, so that none is lost when it is restarted. As
ever with QoS 1, one may come twice.
"""

import asyncio
import itertools
import logging
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from protocols import frames, messages
from protocols.errors import DecodeError
from protocols.frames import Frame
from streamer import broker
from streamer.broker import Broker
from streamer.config import ConfigError, Mqtt
from streamer.inputs import door
from streamer.outputs.websocket import Group
from streamer.stats import Stats

_log = logging.getLogger(__name__)
_MAX_WAITING: Final = 4096  # answers that wait for the broker; those above it are lost
_MAX_COMING: Final = 8192  # messages that wait to be read; a broker's own queue is shorter
_BATCH: Final = 32  # answers that are on their way at once
_SESSION: Final = 3600  # seconds that the broker keeps what comes while we are away
_TIMEOUT: Final = 5.0  # seconds that the broker has for an answer
_UNSURE: Final = 2.0  # seconds before a break in which a broker may have lost what it gave a receipt for
_MAX_UNSURE: Final = 512  # answers that are sent again for that
_GOODBYE: Final = 0.5  # seconds for the last answers when the driver stops
_SHORTEST_PAUSE: Final = 0.5  # seconds between two attempts to connect, doubled each time ...
_LONGEST_PAUSE: Final = 30.0  # ... up to here
_STEADY: Final = 5.0  # seconds after which a connection counts as one, and the pauses start over
_REFUSED: Final = 128  # the first of the reason codes that are failures
_ONLINE, _OFFLINE = b"online", b"offline"


class House(door.House, Protocol):
    """What a broker leads to."""

    stats: Stats

    def attach(self, output: "Film") -> None:
        """Sends every frame there from now on."""


@asynccontextmanager
async def correspond(settings: Mqtt, client_id: str, house: House) -> AsyncIterator[None]:
    """Keeps up a connection until the block is left. Raises ConfigError when the certificates cannot be read."""
    place = broker.parse(settings.url)
    post = _Post(settings, place, client_id, house, _certificates(settings, place))
    task = asyncio.create_task(post.keep_connected(), name=f"mqtt {place}")
    try:
        yield
    finally:
        post.outbox.put(Letter(post.status, _OFFLINE, is_retained=True))
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await post.outbox.until_empty()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to publish; `correlation` tells its reader what it answers."""

    topic: str
    text: bytes
    correlation: bytes | None = None
    is_retained: bool = False


class Outbox:
    """Letters that wait for the broker's receipt; when it is full, new ones are lost and counted."""

    def __init__(self, name: str, stats: Stats) -> None:
        self._name, self._stats = name, stats
        self._loop = asyncio.get_running_loop()
        self._letters: deque[Letter] = deque()
        self._recent: deque[tuple[float, Letter]] = deque(maxlen=_MAX_UNSURE)
        self._has_letters = asyncio.Event()
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def put(self, letter: Letter) -> None:
        if len(self._letters) >= _MAX_WAITING:
            self._stats.dropped[self._name] += 1
            return
        self._letters.append(letter)
        self._has_letters.set()
        self._is_empty.clear()

    async def batch(self) -> list[Letter]:
        """The first letters, which stay until they are `sent`."""
        await self._has_letters.wait()
        return list(itertools.islice(self._letters, _BATCH))

    def sent(self, count: int) -> None:
        for _ in range(count):
            self._recent.append((self._loop.time(), self._letters.popleft()))
        self._stats.sent[self._name] += count
        if not self._letters:
            self._has_letters.clear()
            self._is_empty.set()

    def doubt(self) -> None:
        """Takes back what was sent in the last moments: a killed broker has not written it down."""
        since = self._loop.time() - _UNSURE
        unsure = [letter for time, letter in self._recent if time >= since]
        self._recent.clear()
        self._letters.extendleft(reversed(unsure))
        if unsure:
            self._has_letters.set()
            self._is_empty.clear()

    async def until_empty(self) -> None:
        await self._is_empty.wait()


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Whoever published a message, and where its answers are read."""

    outbox: Outbox
    prefix: str
    response_topic: str | None = None
    correlation: bytes | None = None

    def tell(self, answer: messages.FromFacecue, text: str) -> None:
        topic = self.response_topic or f"{self.prefix}/out/{messages.kind_of(answer)}"
        self.outbox.put(Letter(topic, text.encode(), self.correlation))


class Film:
    """Frames for a topic, at a rate of their own; a frame that is not gone when the next one comes is lost."""

    def __init__(self, name: str, wanted: messages.Subscribe, stats: Stats) -> None:
        self.name = name
        self.is_wanted = False  # while somebody is there to send them on
        self._group = Group(wanted)
        self._stats = stats
        self._latest: bytes | None = None
        self._is_new = asyncio.Event()

    def send(self, frame: Frame) -> None:
        if not self.is_wanted or not self._group.turns.is_next(frame.number):
            return
        self._stats.dropped[self.name] += self._latest is not None
        chosen = self._group.select(frame)
        is_binary = self._group.wanted.format == "binary"
        self._latest = frames.encode_binary(chosen) if is_binary else frames.encode_json(chosen).encode()
        self._is_new.set()

    async def next(self) -> bytes:
        await self._is_new.wait()
        self._is_new.clear()
        latest, self._latest = self._latest, None
        assert latest is not None
        return latest

    def close(self) -> None:
        """Nothing to do: the connection belongs to the post."""


class _Post:
    """The connection to one broker, made anew whenever it breaks."""

    def __init__(
        self, settings: Mqtt, place: Broker, client_id: str, house: House, certificates: ssl.SSLContext | None
    ) -> None:
        self.status = f"{settings.prefix}/status/{client_id}"
        self.outbox = Outbox(f"mqtt {place}", house.stats)
        self._settings, self._place, self._client_id, self._house = settings, place, client_id, house
        self._certificates = certificates
        self._complaint = ""
        self._film: Film | None = None
        if settings.frames != "off":
            wanted = messages.Subscribe(format=settings.frames, rate=settings.rate)
            self._film = Film(f"mqtt frames {place}", wanted, house.stats)
            house.attach(self._film)

    async def keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        pause = _SHORTEST_PAUSE
        while True:
            began = loop.time()
            try:
                await self._stay()
            except* aiomqtt.MqttError as errors:
                self._complain(_reason(errors))
            except* Exception:
                _log.exception("mqtt: %s: the connection failed", self._place)
            self.outbox.doubt()
            if loop.time() - began > _STEADY:
                pause = _SHORTEST_PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _stay(self) -> None:
        """One connection, from its beginning to its end."""
        async with self._client() as client:
            client.pending_calls_threshold = 2 * _BATCH
            await self._subscribe(client)
            await client.publish(self.status, _ONLINE, qos=1, retain=True)
            hello = messages.encode(self._house.hello())
            await client.publish(f"{self._settings.prefix}/out/hello", hello, qos=1, retain=True)
            self._rejoice()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(client), name="mqtt messages")
                tasks.create_task(self._answer(client), name="mqtt answers")
                if self._film is not None:
                    tasks.create_task(self._show(client, self._film), name="mqtt frames")

    def _client(self) -> aiomqtt.Client:
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = _SESSION
        session.MaximumPacketSize = door.MAX_BYTES
        return aiomqtt.Client(
            self._place.host, self._place.port, username=self._place.user, password=self._place.password,
            identifier=self._client_id, protocol=aiomqtt.ProtocolVersion.V5, clean_start=False, properties=session,
            will=aiomqtt.Will(self.status, _OFFLINE, qos=1, retain=True), tls_context=self._certificates,
            timeout=_TIMEOUT, max_queued_incoming_messages=_MAX_COMING, logger=_wire(),
        )  # fmt: skip

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        prefix, group = self._settings.prefix, self._settings.group
        for topic in self._settings.topics or (f"{prefix}/in", f"{prefix}/in/+"):
            wanted = f"$share/{group}/{topic}" if group else topic
            options = SubscribeOptions(qos=self._settings.qos)
            for code in await client.subscribe(wanted, options=options):
                if (code if isinstance(code, int) else code.value) >= _REFUSED:
                    raise aiomqtt.MqttError(f"subscription to {wanted} refused: {code}")

    async def _receive(self, client: aiomqtt.Client) -> None:
        try:
            async for message in client.messages:
                await self._take(message)
                await asyncio.sleep(0)  # a thousand messages that came together do not hold up a frame
        except aiomqtt.MqttError as error:
            raise aiomqtt.MqttError("the connection broke") from error

    async def _take(self, message: aiomqtt.Message) -> None:
        sender = self._sender(message)
        if message.retain:
            reason = f"message on {message.topic.value[:60]!r} is retained, expected one that is sent as it happens"
            self._house.reject(DecodeError(reason, code="retained"), sender)
            return
        last = message.topic.value.rpartition("/")[2]
        data = message.payload if isinstance(message.payload, bytes) else b""
        await door.submit(self._house, data, sender, kind=last if last in messages.TYPES else "")

    def _sender(self, message: aiomqtt.Message) -> Correspondent:
        topic = getattr(message.properties, "ResponseTopic", None)  # paho's way to say what a packet holds
        if topic is None or not broker.is_topic(topic):
            return Correspondent(self.outbox, self._settings.prefix)
        return Correspondent(
            self.outbox, self._settings.prefix, topic, getattr(message.properties, "CorrelationData", None)
        )

    async def _answer(self, client: aiomqtt.Client) -> None:
        while True:
            letters = await self.outbox.batch()
            async with asyncio.TaskGroup() as tasks:
                for letter in letters:
                    tasks.create_task(self._publish(client, letter), name="mqtt answer")
            self.outbox.sent(len(letters))

    async def _publish(self, client: aiomqtt.Client, letter: Letter) -> None:
        _log.debug("> %s %s", letter.topic, letter.text[:500])
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if letter.correlation is not None:
            properties.CorrelationData = letter.correlation
        await client.publish(letter.topic, letter.text, self._settings.qos, letter.is_retained, properties=properties)

    async def _show(self, client: aiomqtt.Client, film: Film) -> None:
        film.is_wanted = True
        try:
            while True:
                await client.publish(f"{self._settings.prefix}/frames", await film.next(), qos=0)
                self._house.stats.sent[film.name] += 1
        finally:
            film.is_wanted = False

    def _complain(self, reason: str) -> None:
        """Says once why there is no connection, however often it is tried."""
        if reason != self._complaint:
            _log.warning("mqtt: %s: %s; trying again", self._place, reason)
        self._complaint = reason

    def _rejoice(self) -> None:
        _log.log(logging.WARNING if self._complaint else logging.INFO, "mqtt: %s: connected", self._place)
        self._complaint = ""


def _wire() -> logging.Logger:
    """The library's log without its errors, which reach us as exceptions."""
    wire = logging.getLogger(f"{__name__}.wire")
    wire.addFilter(_is_news)
    return wire


def _is_news(record: logging.LogRecord) -> bool:
    return record.levelno != logging.ERROR


def _certificates(settings: Mqtt, place: Broker) -> ssl.SSLContext | None:
    if not place.is_secure:
        return None
    try:
        return ssl.create_default_context(cafile=settings.ca or None)
    except OSError as error:
        raise ConfigError(f"mqtt.ca: cannot read {settings.ca}: {error.strerror or error}") from error


def _reason(error: BaseException) -> str:
    """The first thing that went wrong, without the codes before it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error).rpartition("] ")[2] or type(error).__name__
