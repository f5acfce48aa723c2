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
