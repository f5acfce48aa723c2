import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from protocols import frames, messages, recording
from protocols.arkit import CHANNELS, INDEX, face
from protocols.timecodes import RATES, Count
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


def test_a_recording_ends_when_a_take_can_hold_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recording, "MAX_ROWS", 3)
    path = tmp_path / "take.csv"

    async def talk(client: ServerConnection) -> None:
        await client.send(messages.encode(messages.Hello(1, 60, CHANNELS, {}, ("guard",), "none")))
        await client.recv()
        for number in range(7, 20):
            await client.send(frames.encode_binary(frames.Frame(0, number, 0.1, ("guard",), face({})[None])))
        await client.wait_closed()

    async def scene() -> None:
        async with serve(talk, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            assert await asyncio.to_thread(main, ["record", "-o", str(path), "--url", f"ws://127.0.0.1:{port}"]) == 1

    asyncio.run(scene())
    assert "a take holds 3 frames" in capsys.readouterr().err
    assert len(recording.decode(path.read_bytes()).values) == 3


@pytest.mark.parametrize(("flags", "rows"), [(["--fps", "30"], 11), (["--fps", "24"], 9), (["--fps", "59.94"], 20)])
def test_a_driver_is_recorded_at_the_rate_that_is_asked_for(flags: list[str], rows: int, tmp_path: Path) -> None:
    path = tmp_path / "take.csv"

    async def talk(client: ServerConnection) -> None:
        await client.send(messages.encode(messages.Hello(1, 60, CHANNELS, {}, ("guard",), "none")))
        await client.recv()
        for number in range(21):
            values = face({"JawOpen": number / 20})[None]
            await client.send(frames.encode_binary(frames.Frame(0, 700 + number, 0.1, ("guard",), values)))

    async def scene() -> None:
        async with serve(talk, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            command = ["record", "-o", str(path), "--url", f"ws://127.0.0.1:{port}", *flags]
            assert await asyncio.to_thread(main, command) == 1  # for the driver went away

    asyncio.run(scene())
    fps = RATES[flags[1]]
    take = recording.decode(path.read_bytes(), fps)
    assert take.timecodes == tuple(f"00:00:00:{n:02d}.000" for n in range(rows))
    assert take.values[:, INDEX["JawOpen"]] == pytest.approx(np.arange(rows) * 3 / fps, abs=1e-6)
