import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from protocols import recording, vmc
from protocols.arkit import CHANNELS, INDEX
from protocols.recording import Recording
from streamer.cli import main
from streamer.stopping import until_stopped
from tests import clock
from tests.doubles import Engine

JAW = INDEX["JawOpen"]


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def ramp(rows: int, fps: float = 60) -> Recording:
    """A jaw that opens from 0 to 1."""
    values = np.zeros((rows, len(CHANNELS)), np.float32)
    values[:, JAW] = np.linspace(0, 1, rows)
    return recording.take(values, fps)


def write(path: Path, take: Recording) -> str:
    path.write_text(recording.encode(take), encoding="utf-8")
    return str(path)


def jaws(engine: Engine) -> list[float]:
    return [round(float(packet.values[JAW]), 3) for packet in engine.packets() if packet.values is not None]


def test_every_row_of_a_take_is_a_packet(tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(tmp_path / "take.csv", ramp(6))
    assert main(["replay", name, "--livelink", str(engine.address), "--subject", "Wächter"]) == 0
    packets = engine.packets()
    told = capsys.readouterr().out
    assert {packet.subject for packet in packets} == {"Wächter"}
    sent = [float(p.values[JAW]) for p in packets if p.values is not None]
    assert sent[0] == 0 and sent == sorted(sent) and set(np.round(sent, 3)) <= {0, 0.2, 0.4, 0.6, 0.8, 1}
    assert f"livelink {engine.address}: {len(packets)} packets sent, 0 dropped" in told


def test_speed_passes_over_rows(tmp_path: Path, engine: Engine) -> None:
    name = write(tmp_path / "take.csv", ramp(61))
    assert main(["replay", name, "--livelink", str(engine.address), "--speed", "20"]) == 0
    assert set(jaws(engine)) <= {0.0, 0.333, 0.667, 1.0}


def test_a_vmc_receiver_gets_the_take_too_and_then_live_link_has_to_be_asked_for(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    name = write(tmp_path / "take.csv", ramp(3))
    assert main(["replay", name, "--vmc", str(engine.address)]) == 0
    events = [event for datagram in engine.datagrams() for event in vmc.decode(datagram)]
    assert vmc.fold(events)["JawOpen"] == 1 and "livelink" not in capsys.readouterr().out


def test_a_take_of_a_single_row_is_a_frame(tmp_path: Path, engine: Engine) -> None:
    assert main(["replay", write(tmp_path / "take.csv", ramp(1)), "--livelink", str(engine.address)]) == 0
    assert len(engine.datagrams()) == 1


def test_a_loop_goes_on_until_it_is_told_to_stop(tmp_path: Path, engine: Engine) -> None:
    name = write(tmp_path / "take.csv", ramp(3))
    previous = signal.getsignal(signal.SIGALRM)

    def stop(number: int, frame: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        assert main(["replay", name, "--livelink", str(engine.address), "--loop"]) == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    sent = jaws(engine)
    assert len(sent) > 4 and sent.count(1.0) > 1 and sent.count(0.0) > 1


def test_a_block_ends_when_its_time_is_up_and_other_errors_pass() -> None:
    async def scene() -> float:
        async with until_stopped(5.0):
            await asyncio.sleep(100)
        with pytest.raises(TimeoutError):
            async with until_stopped(5.0):
                raise TimeoutError
        return asyncio.get_running_loop().time()

    assert clock.run(scene()) == pytest.approx(1005.0)


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--speed", "0"), ("--speed", "-1"), ("--speed", "nan"), ("--speed", "inf"), ("--speed", "fast"),
     ("--livelink", "nowhere"), ("--vmc", "localhost:0")],
)  # fmt: skip
def test_bad_flags_are_named(flag: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", write(tmp_path / "take.csv", ramp(1)), flag, value])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and flag in error and value in error


def test_bad_files_hosts_and_names_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "take.csv", ramp(2))
    empty, binary, other, broken = (tmp_path / name for name in ("empty", "binary", "other.csv", "broken.csv"))
    empty.touch()
    binary.write_bytes(b"\xff\x00" * 100)
    other.write_text("a,b\n1,2\n")
    broken.write_text(Path(good).read_text().replace(",1.0000000000,", ",nan,"))
    for arguments, code, said in (
        ([str(tmp_path / "none.csv")], 1, "cannot read"),
        ([str(tmp_path)], 1, "cannot read"),
        ([str(empty)], 1, "file is empty"),
        ([str(binary)], 1, "not CSV"),
        ([str(other)], 1, "no column Timecode"),
        ([str(broken)], 1, "row 3, column JawOpen is nan"),
        ([good, "--livelink", "no.such.host.invalid:1"], 1, "unknown host"),
        ([good, "--subject", ""], 2, "--subject"),
        ([good, "--subject", "x" * 65], 2, "--subject"),
    ):
        assert main(["replay", *arguments]) == code
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, error
