import threading

import pytest

from protocols import messages
from streamer.inputs import websocket
from tests.clock import run
from tests.doubles import running


def test_a_frame_of_the_socket_holds_a_line_with_all_its_audio() -> None:
    assert (
        websocket._MAX_FRAME >= messages.MAX_MESSAGE_BYTES + messages.MAX_AUDIO * 65 / 64
    )  # where slashes are escaped


def test_a_line_with_ten_megabytes_of_audio_is_accepted_over_the_socket() -> None:
    async def scene() -> None:
        async with running() as host, host.client() as game:
            answer = await game.ask(
                {"type": "line", "character": "guard", "text": "Halt!", "audio": "A" * messages.MAX_AUDIO}
            )
            assert answer["type"] == "accepted"

    run(scene())


def test_a_long_message_is_read_beside_the_frames_and_those_after_it_wait_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decode, readers = messages.decode, []

    def watched(data: str | bytes, kind: str = "") -> messages.Message:
        readers.append(threading.current_thread() is threading.main_thread())
        return decode(data, kind=kind)

    monkeypatch.setattr(messages, "decode", watched)

    async def scene() -> None:
        async with running() as host, host.client() as game:
            line = {"type": "line", "character": "guard", "text": "Halt!"}
            await game.send(line | {"id": "long", "audio": "A" * 1_000_000})
            await game.send(line | {"id": "short"})
            assert [(await game.until("accepted"))["id"] for _ in range(2)] == ["long", "short"]

    run(scene())
    assert readers == [False, True]
