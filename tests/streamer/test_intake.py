import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from streamer.inputs import intake
from tests.clock import run
from tests.doubles import Running, running

LINE = {"type": "line", "character": "guard", "text": "Halt!"}
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LARGE = 100_000  # bytes of a message that is never whole
TRY_LATER, TOO_BIG = (code.to_bytes(2, "big") for code in (1013, 1009))


@asynccontextmanager
async def stopping_short(
    host: Running, sent: int = LARGE, whole: int = 16_000_000
) -> AsyncIterator[asyncio.StreamReader]:
    """A client that stops in the middle of a message."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\xff" + whole.to_bytes(8, "big") + bytes(4) + bytes(sent))
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()


async def last_words(reader: asyncio.StreamReader) -> bytes:
    """What a client hears before its connection ends."""
    try:
        return await asyncio.wait_for(reader.read(-1), 60)
    except ConnectionError:
        return b""


def test_a_crowd_that_stops_in_the_middle_of_its_messages_is_let_go_the_oldest_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(intake, "MAX_UNTAKEN", 3 * LARGE + LARGE // 2)

    async def scene() -> None:
        async with running() as host, host.client() as game, stopping_short(host) as first:
            await asyncio.sleep(1)
            async with stopping_short(host) as second, stopping_short(host), stopping_short(host):
                assert TRY_LATER + intake._REASON.encode() in await last_words(first)
                assert (await game.ask(LINE))["type"] == "accepted"
                assert not second.at_eof()

    run(scene())
    assert sum("holds" in record.message for record in caplog.records) == 1


def test_what_clients_have_said_to_the_end_is_not_held_against_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_UNTAKEN", 2 * LARGE)
    message = json.dumps(LINE | {"background": "ü" * 1000, "when": "interrupt"}, ensure_ascii=False)

    async def scene() -> None:
        async with running() as host, host.client() as game:
            for _ in range(300):
                await game.send(message)
                await game.until("accepted")
            async with stopping_short(host, 2 * LARGE - 10_000):
                await game.send(b"\0" * 5000)
                assert (await game.until("error"))["code"] == "bad_message"
                await (await game.connection.ping())

    run(scene())


def test_a_message_above_the_limit_still_gets_its_own_answer_and_one_beyond_the_frame_its_own_close() -> None:
    async def scene() -> None:
        async with running() as host, host.client() as game:
            error = await game.ask(json.dumps(LINE | {"background": "x" * 10_000_000}))
            assert error["type"] == "error" and error["code"] == "too_long"
            async with stopping_short(host, 0, 17 * 1024 * 1024) as reader:
                assert TOO_BIG in await last_words(reader)

    run(scene())


def test_a_client_that_is_gone_holds_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(intake, "MAX_UNTAKEN", 2 * LARGE)

    async def scene() -> None:
        async with running() as host, host.client() as game:
            for _ in range(5):
                async with stopping_short(host):
                    pass
                for _ in range(100):
                    await asyncio.sleep(0.01 if len(host.driver.audience) > 1 else 0)
            async with stopping_short(host, LARGE // 2) as last:
                assert (await game.ask(LINE))["type"] == "accepted"
                assert not last.at_eof()

    run(scene())
    assert not [record for record in caplog.records if "holds" in record.message]
