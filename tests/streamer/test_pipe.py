import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.director import MAX_WAITING
from streamer.inputs import door, pipe
from streamer.inputs.pipe import Splitter
from tests.clock import run
from tests.doubles import Running, running

LINE = {"type": "line", "character": "guard", "text": "Halt!", "duration": 0.2}


class Shell:
    """What stands at both ends of the pipe."""

    def __init__(self) -> None:
        self.source, self._input = os.pipe()
        self._output, self.sink = os.pipe()
        self._answers = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def write(self, *rows: object) -> None:
        for row in rows:
            data = row if isinstance(row, bytes) else json.dumps(row).encode()
            os.write(self._input, data + b"\n")

    def end(self) -> None:
        os.close(self._input)

    def close(self) -> None:
        for end in (self.source, self.sink):
            os.close(end)
        self._reader.join()
        os.close(self._output)

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._answers.splitlines()]

    def kinds(self) -> list[str]:
        return [answer["type"] for answer in self.answers]

    def _read(self) -> None:
        while data := os.read(self._output, 65536):
            self._answers += data


@asynccontextmanager
async def piped(shell: Shell) -> AsyncIterator[Running]:
    async with running() as host:
        with closing(shell):
            async with pipe.listen(host.driver, host.stopping, shell.source, shell.sink):
                yield host


def test_lines_are_played_and_the_driver_leaves_after_the_last_one() -> None:
    shell = Shell()

    async def scene() -> None:
        async with piped(shell) as host:
            shell.write(LINE | {"id": "a"}, b"", LINE | {"id": "b"})
            shell.end()
            await host.stopping.wait()
            assert host.driver.stats.finished == {"done": 2}

    run(scene())
    assert shell.kinds()[:2] == ["hello", "accepted"] and len(shell.answers[0]["names"]) == 61
    assert [answer["id"] for answer in shell.answers if answer["type"] == "finished"] == ["a", "b"]


def test_a_bad_line_is_answered_and_stops_nothing() -> None:
    shell = Shell()

    async def scene() -> None:
        async with piped(shell) as host:
            shell.write(b"{", b"\xff\xfe", b"[1]", {"type": "dance"}, {"type": "subscribe"}, {"type": "accepted"}, LINE)
            shell.end()
            await host.stopping.wait()

    run(scene())
    codes = [answer["code"] for answer in shell.answers if answer["type"] == "error"]
    assert codes == ["bad_json", "bad_json", "bad_message", "unknown_type", "unexpected", "missing_field"]
    assert shell.kinds()[-1] == "finished"


def test_a_script_longer_than_the_queue_is_played_to_its_end() -> None:
    shell = Shell()
    count = MAX_WAITING * 2 + 10

    async def scene() -> None:
        async with piped(shell) as host:
            shell.write(*[LINE] * count)
            shell.end()
            await host.stopping.wait()
            assert host.driver.stats.finished == {"done": count}

    run(scene())


def test_when_nobody_reads_the_answers_any_more_the_driver_leaves() -> None:
    source, game = os.pipe()
    reader, sink = os.pipe()

    async def scene() -> None:
        async with running() as host:
            async with pipe.listen(host.driver, host.stopping, source, sink):
                os.close(reader)
                os.write(game, json.dumps(LINE).encode() + b"\n")
                await host.stopping.wait()
            os.close(game)
            await asyncio.sleep(0.1)

    run(scene())
    for end in (source, sink):
        os.close(end)


def test_answers_that_nobody_reads_are_lost_and_hold_up_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pipe, "_MAX_UNREAD", 8)
    source, game = os.pipe()
    reader, sink = os.pipe()
    os.set_blocking(sink, False)
    with suppress(BlockingIOError):
        while os.write(sink, b"x" * 65536):
            pass
    os.set_blocking(sink, True)

    async def scene() -> None:
        async with running() as host, pipe.listen(host.driver, host.stopping, source, sink):
            os.write(game, (json.dumps(LINE).encode() + b"\n") * 9)
            os.close(game)
            await host.stopping.wait()
            assert host.driver.stats.finished == {"done": 9}

    run(scene())
    assert "nobody reads the answers" in caplog.text
    for end in (reader, source, sink):
        os.close(end)


@given(st.lists(st.binary(max_size=30)), st.integers(1, 40))
def test_lines_are_the_same_however_they_come(chunks: list[bytes], longest: int) -> None:
    splitter = Splitter(longest)
    whole = b"".join(chunks)
    found = [line for chunk in chunks if chunk for line in splitter.feed(chunk)] + splitter.feed(b"")
    expected = whole.split(b"\n")
    assert found == [line[: longest + 1] for line in (expected if expected[-1] else expected[:-1])]


def test_a_line_without_end_is_refused_without_being_kept() -> None:
    splitter = Splitter(100)
    for _ in range(1000):
        assert splitter.feed(b"x" * 1000) == []
    assert splitter.feed(b"\nshort\n") == [b"x" * 101, b"short"]


def test_a_pipe_takes_what_a_socket_takes() -> None:
    shell = Shell()

    async def scene() -> None:
        async with piped(shell) as host:
            huge = b'{"type": "line", "text": "' + b"x" * (door.MAX_BYTES + 10) + b'"}'
            await asyncio.to_thread(shell.write, huge, LINE | {"id": "a"})
            shell.end()
            await host.stopping.wait()

    run(scene())
    assert shell.answers[1]["code"] == "too_long" and shell.kinds()[-1] == "finished"
