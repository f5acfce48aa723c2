import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

aiomqtt = pytest.importorskip("aiomqtt", reason="aiomqtt, of facecue[mqtt], is missing")

import streamer.inputs  # noqa: E402
from streamer import broker  # noqa: E402
from streamer.config import ConfigError, Mqtt, Settings, check  # noqa: E402
from streamer.inputs import mqtt  # noqa: E402
from streamer.stats import Stats  # noqa: E402
from tests.clock import run  # noqa: E402
from tests.doubles import running  # noqa: E402

LINE = {"type": "line", "character": "guard", "text": "Halt!", "duration": 0.3}


@dataclass
class Broker:
    """A broker in a few lines: refuses, breaks and takes what a test tells it to."""

    refusals: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connected: list[float] = field(default_factory=list)  # when it was asked
    subscribed: list[str] = field(default_factory=list)
    is_deaf: bool = False  # gives no receipts
    breaks: asyncio.Event = field(default_factory=asyncio.Event)
    wire: asyncio.Lock = field(default_factory=asyncio.Lock)  # what is published arrives in order
    coming: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)

    def client(self, *_: object, **options: Any) -> "Client":
        return Client(self, options)

    def say(self, payload: object, topic: str = "facecue/in", retain: bool = False) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.coming.put_nowait(aiomqtt.Message(topic, data, 1, retain, 1, None))

    def kinds(self) -> list[str]:
        return [topic.rpartition("/")[2] for topic, _ in self.taken if topic.startswith("facecue/out/")]


class Client:
    """One connection of aiomqtt's."""

    def __init__(self, at: Broker, options: dict[str, Any]) -> None:
        self._broker, self.options = at, options

    async def __aenter__(self) -> "Client":
        self._broker.connected.append(asyncio.get_running_loop().time())
        if len(self._broker.connected) <= self._broker.refusals:
            raise aiomqtt.MqttError("[code:135] Not authorized")
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def subscribe(self, topic: str, **_: object) -> list[int]:
        self._broker.subscribed.append(topic)
        return [1]

    async def publish(self, topic: str, payload: bytes | str, *_: object, **__: object) -> None:
        is_greeting = topic.endswith("/hello") or "/status/" in topic
        if not is_greeting:
            async with self._broker.wire:
                await asyncio.sleep(0.01)
                while self._broker.is_deaf:  # noqa: ASYNC110 - a test sets it without ado
                    await asyncio.sleep(0.01)
        self._broker.taken.append((topic, payload.encode() if isinstance(payload, str) else payload))

    @property
    async def messages(self) -> AsyncIterator[Any]:
        while True:
            coming = asyncio.ensure_future(self._broker.coming.get())
            broken = asyncio.ensure_future(self._broker.breaks.wait())
            await asyncio.wait({coming, broken}, return_when=asyncio.FIRST_COMPLETED)
            broken.cancel()
            if not coming.done():
                coming.cancel()
                self._broker.breaks.clear()
                raise aiomqtt.MqttError("Disconnected during message iteration")
            yield coming.result()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setattr(aiomqtt, "Client", made.client)
    return made


def driver(**fields: Any) -> Any:
    return running(mqtt=(Mqtt(**fields),))


def messages_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "streamer.inputs.mqtt"]


def test_a_broker_that_refuses_is_asked_again_ever_later_and_told_of_once(
    at: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    at.refusals = 9

    async def scene() -> None:
        async with driver():
            await asyncio.sleep(200)

    run(scene())
    pauses = [b - a for a, b in zip(at.connected, at.connected[1:], strict=False)]
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30, 30])
    assert messages_of(caplog) == [
        "mqtt: 127.0.0.1:1883: Not authorized; trying again",
        "mqtt: 127.0.0.1:1883: connected",
    ]


def test_a_connection_that_held_is_renewed_without_delay(at: Broker) -> None:
    at.refusals = 4

    async def scene() -> None:
        async with driver():
            await asyncio.sleep(60)
            at.breaks.set()
            await asyncio.sleep(1)

    run(scene())
    assert len(at.connected) == 6


def test_answers_wait_for_a_receipt_through_any_number_of_connections(at: Broker) -> None:
    async def scene() -> None:
        async with driver():
            await asyncio.sleep(1)
            at.say(LINE)
            at.is_deaf = True
            for _ in range(3):
                await asyncio.sleep(1)
                at.breaks.set()
            await asyncio.sleep(5)
            assert at.kinds() == ["hello"] * 4
            at.is_deaf = False
            await asyncio.sleep(10)
            kinds = [kind for kind in at.kinds() if kind != "hello"]
            assert kinds == ["accepted", "planned", "started", "finished"]

    run(scene())


def test_the_last_answers_and_the_farewell_are_sent_when_the_driver_stops(at: Broker) -> None:
    async def scene() -> None:
        async with driver(client_id="driver") as host:
            at.say(LINE | {"duration": 30.0})
            await asyncio.sleep(2)
            host.stopping.set()
            await host.task

    run(scene())
    assert at.kinds()[-1] == "finished" and at.taken[-1] == ("facecue/status/driver", b"offline")


def test_a_broker_that_hangs_does_not_hold_up_the_end(at: Broker) -> None:
    async def scene() -> None:
        async with driver() as host:
            await asyncio.sleep(1)
            at.is_deaf = True
            at.say(LINE)
            await asyncio.sleep(1)
            host.stopping.set()
            began = asyncio.get_running_loop().time()
            await host.task
            assert asyncio.get_running_loop().time() - began < 2

    run(scene())


def test_a_full_outbox_loses_what_is_new_and_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "_MAX_WAITING", 3)

    async def scene() -> None:
        stats = Stats()
        outbox = mqtt.Outbox("mqtt", stats)
        for number in range(5):
            outbox.put(mqtt.Letter(str(number), b""))
        assert [letter.topic for letter in await outbox.batch()] == ["0", "1", "2"]
        assert stats.dropped["mqtt"] == 2
        outbox.sent(2)
        assert [letter.topic for letter in await outbox.batch()] == ["2"]
        outbox.sent(1)
        await outbox.until_empty()

    run(scene())


def test_what_was_sent_just_before_a_break_is_sent_again() -> None:
    async def scene() -> None:
        outbox = mqtt.Outbox("mqtt", Stats())
        for number in range(4):
            outbox.put(mqtt.Letter(str(number), b""))
        outbox.sent(1)
        await asyncio.sleep(3)
        outbox.sent(2)
        await asyncio.sleep(1)
        outbox.doubt()
        outbox.doubt()
        assert [letter.topic for letter in await outbox.batch()] == ["1", "2", "3"]

    run(scene())


def test_frames_that_are_not_gone_in_time_are_lost_and_counted(at: Broker) -> None:
    async def scene() -> None:
        async with driver(frames="json", rate=30) as host:
            await asyncio.sleep(2)
            at.is_deaf = True
            before = len(at.taken)
            await asyncio.sleep(2)
            lost = host.driver.stats.dropped["mqtt frames 127.0.0.1:1883"]
            at.is_deaf = False
            await asyncio.sleep(1)
            assert before > 50 and 55 <= lost <= 60
            assert 25 <= len(at.taken) - before <= 35

    run(scene())


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, ["facecue/in", "facecue/in/+"]),
        ({"group": "cast", "prefix": "a/b"}, ["$share/cast/a/b/in", "$share/cast/a/b/in/+"]),
        ({"topics": ("game/+/lines", "all/#")}, ["game/+/lines", "all/#"]),
    ],
)
def test_topics_are_those_of_the_settings(at: Broker, fields: dict[str, Any], wanted: list[str]) -> None:
    async def scene() -> None:
        async with driver(**fields):
            await asyncio.sleep(1)

    run(scene())
    assert at.subscribed == wanted


def test_a_subscription_that_is_refused_is_said(
    at: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*_: object, **__: object) -> list[int]:
        return [135]

    monkeypatch.setattr(Client, "subscribe", refuse)

    async def scene() -> None:
        async with driver():
            await asyncio.sleep(5)

    run(scene())
    assert messages_of(caplog) == ["mqtt: 127.0.0.1:1883: subscription to facecue/in refused: 135; trying again"]


def test_what_else_goes_wrong_is_logged_and_tried_again(
    at: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object, **__: object) -> list[int]:
        raise ZeroDivisionError

    async def scene() -> None:
        with monkeypatch.context() as broken:
            broken.setattr(Client, "subscribe", fail)
            async with driver() as host:
                await asyncio.sleep(3)
                broken.undo()
                await asyncio.sleep(10)
                at.say(LINE)
                await asyncio.sleep(5)
                assert host.driver.stats.finished == {"done": 1}

    run(scene())
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mqtt://h", broker.Broker("h", 1883)),
        ("mqtt://h:1/", broker.Broker("h", 1)),
        ("mqtts://[::1]", broker.Broker("::1", 8883, True)),
        ("mqtt://u:p%40%2F@h", broker.Broker("h", 1883, False, "u", "p@/")),
        ("mqtt://u@h", broker.Broker("h", 1883, False, "u")),
    ],
)
def test_a_url_is_a_broker(url: str, found: broker.Broker) -> None:
    assert broker.parse(url) == found


@pytest.mark.parametrize("url", ["", "h", "h:1883", "http://h", "mqtt://", "mqtt://h/x", "mqtt://h?x", "mqtt://h:0x1"])
def test_another_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"mqtt.url .*expected mqtt://") as caught:
        check(Settings(mqtt=(Mqtt(url.replace("//", "//user:secret@")),)))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"prefix": "a/+"}, "mqtt.prefix is 'a/\\+', expected a topic"),
        ({"prefix": ""}, "mqtt.prefix is ''"),
        ({"group": "a/b"}, "mqtt.group is 'a/b', expected a name without"),
        ({"client_id": "a#"}, "mqtt.client_id is 'a#'"),
        ({"topics": ("a/#/b",)}, r"mqtt.topics\[1\] is 'a/#/b', expected a topic filter"),
        ({"topics": ("a", "b+")}, r"mqtt.topics\[2\] is 'b\+'"),
        ({"rate": 61}, "mqtt.rate is 61, expected 1..60"),
    ],
)
def test_a_mistake_in_the_settings_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(Settings(mqtt=(Mqtt(**fields),)))


def test_certificates_that_are_not_there_are_named(at: Broker) -> None:
    async def scene() -> None:
        async with driver(url="mqtts://h", ca="/nowhere/ca.pem"):
            pass

    with pytest.raises(ConfigError, match="mqtt.ca: cannot read /nowhere/ca.pem: No such file"):
        run(scene())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(streamer.inputs, "mqtt", raising=False)
    monkeypatch.delitem(sys.modules, "streamer.inputs.mqtt", raising=False)
    monkeypatch.setitem(sys.modules, "aiomqtt", None)

    async def scene() -> None:
        async with driver():
            pass

    with pytest.raises(ConfigError, match=r'mqtt wants the package aiomqtt: pip install "facecue\[mqtt\]"'):
        run(scene())
