import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from protocols import frames, messages, recording
from protocols.arkit import CHANNELS, INDEX, face
from protocols.timecodes import Count
from streamer.cli import main
from streamer.outputs.recorder import CsvRecorder


def test_rows_come_back_by_name_with_their_time() -> None:
    file = io.BytesIO()
    recorder = CsvRecorder(file, Count())
    faces = [face({"JawLeft": 0.1 * n, "MouthRight": 0.5, "HeadYaw": -0.2}) for n in range(4)]
    for number, values in enumerate(faces):
        recorder.write(values, number)
    take = recording.decode(file.getvalue())
    assert np.allclose(take.values, faces, atol=1e-6)
    assert take.timecodes == tuple(f"00:00:00:0{n}.000" for n in range(4))
    assert (recorder.rows, recorder.span) == (4, 4)


def test_frames_that_never_came_leave_a_gap_in_the_timecode() -> None:
    file = io.BytesIO()
    recorder = CsvRecorder(file, Count())
    for number in (0, 1, 5, 60):
        recorder.write(face({}), number)
    assert recording.decode(file.getvalue()).timecodes[-2:] == ("00:00:00:05.000", "00:00:01:00.000")
    assert recorder.span - recorder.rows == 57


@pytest.mark.parametrize(("fps", "second"), [(59.94, 60), (29.97, 30), (24, 24)])
def test_broadcast_rates_count_whole_frames(fps: float, second: int) -> None:
    file = io.BytesIO()
    recorder = CsvRecorder(file, Count(fps))
    recorder.write(face({}), second - 1)
    recorder.write(face({}), second)
    first, last = recording.decode(file.getvalue()).timecodes
    assert (first, last) == (f"00:00:00:{second - 1}.000", "00:00:01:00.000")


def test_a_row_is_in_the_file_as_soon_as_it_is_written_and_the_header_once() -> None:
    file = io.BytesIO()
    recorder = CsvRecorder(file, Count())
    sizes = []
    for number in range(3):
        recorder.write(face({"JawOpen": 0.5}), number)
        sizes.append(file.getvalue().count(b"\n"))
    assert sizes == [2, 3, 4] and file.getvalue().count(b"Timecode") == 1
    assert recording.decode(file.getvalue()).values[:, INDEX["JawOpen"]] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("sent", "rows", "said"),
    [
        ([], None, "the driver went away"),
        ([b"junk"], None, "the driver sent what is no frame: frame is 4 bytes"),
        ([frames.encode_binary(frames.Frame(0, 7, 0.1, ("guard",), face({})[None]))], 1, "the driver went away"),
    ],
)
def test_a_driver_that_fails_is_said_and_what_it_sent_is_kept(
    sent: list[bytes], rows: int | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "take.csv"

    async def talk(client: ServerConnection) -> None:
        await client.send(messages.encode(messages.Hello(1, 60, CHANNELS, {}, ("guard",), "none")))
        await client.recv()
        for message in sent:
            await client.send(message)

    async def scene() -> None:
        async with serve(talk, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            assert await asyncio.to_thread(main, ["record", "-o", str(path), "--url", f"ws://127.0.0.1:{port}"]) == 1

    asyncio.run(scene())
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert (len(recording.decode(path.read_bytes()).values) if path.exists() else None) == rows
