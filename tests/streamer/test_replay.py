import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from protocols import gltf, recording, vmc
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


def test_a_take_goes_to_every_output_of_the_settings(tmp_path: Path, engine: Engine) -> None:
    avatar, other = Engine(), Engine()
    settings = tmp_path / "facecue.toml"
    settings.write_text(
        f'[[livelink]]\naddress = "{engine.address}"\nswap_jaw = true\n'
        f'[[livelink]]\naddress = "{other.address}"\ncharacters = ["somebody else"]\n'
        f'[[vmc]]\naddress = "{avatar.address}"\n'
        '[[character]]\nname = "guard"\nsubject = "Guard_BP"\n[[character]]\nname = "thief"\n'
    )
    values = np.zeros((3, len(CHANNELS)), np.float32)
    values[:, INDEX["JawLeft"]] = 0.5
    name = write(tmp_path / "take.csv", recording.take(values))
    try:
        assert main(["replay", name, "--config", str(settings)]) == 0
        packets = engine.packets()
        assert {packet.subject for packet in packets} == {"Guard_BP"} and not other.datagrams()
        assert {float(p.values[INDEX["JawRight"]]) for p in packets if p.values is not None} == {0.5}
        events = [event for datagram in avatar.datagrams() for event in vmc.decode(datagram)]
        assert vmc.fold(events)["JawLeft"] == 0.5
        flags = ["--character", "somebody else", "--subject", "Else", "--vmc", str(avatar.address)]
        assert main(["replay", name, "--config", str(settings), *flags]) == 0
        assert {packet.subject for packet in other.packets()} == {"Else"} == {p.subject for p in engine.packets()}
        assert avatar.datagrams()
    finally:
        avatar.close()
        other.close()


def test_settings_without_an_output_are_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facecue.toml").write_text("livelink = []")
    name = write(tmp_path / "take.csv", ramp(1))
    assert main(["replay", name, "--config", str(tmp_path / "facecue.toml")]) == 2
    assert "the settings have no output to send the take to" in capsys.readouterr().err


def test_a_gltf_animation_is_replayed_too(tmp_path: Path, engine: Engine) -> None:
    take = ramp(6)
    for name, encode in (("take.glb", gltf.encode_binary), ("take.gltf", gltf.encode_json)):
        (tmp_path / name).write_bytes(encode(take.times, take.values))
        assert main(["replay", str(tmp_path / name), "--livelink", str(engine.address)]) == 0
        sent = jaws(engine)
        assert sent and sent == sorted(sent) and set(sent) <= {0, 0.2, 0.4, 0.6, 0.8, 1}


def test_a_take_of_a_single_row_is_a_frame(tmp_path: Path, engine: Engine) -> None:
    assert main(["replay", write(tmp_path / "take.csv", ramp(1)), "--livelink", str(engine.address)]) == 0
    assert len(engine.datagrams()) == 1


def test_a_loop_goes_on_until_it_is_told_to_stop(tmp_path: Path, engine: Engine) -> None:
    name = write(tmp_path / "take.csv", ramp(3))
    previous = signal.getsignal(signal.SIGALRM)

    def stop(number: int, frame: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.8)  # seconds; a loop takes 0.05
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
     ("--livelink", "nowhere"), ("--vmc", "localhost:0"), ("--fps", "61")],
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
    rig, mesh = tmp_path / "rig.csv", tmp_path / "mesh.glb"
    rig.write_text(Path(good).read_text().replace("JawOpen", "CTRL_C_jaw"))
    mesh.write_bytes(b"glTF" + bytes(40))
    broken.write_text(Path(good).read_text().replace(",1.0000000000,", ",nan,"))
    for arguments, code, said in (
        ([str(tmp_path / "none.csv")], 1, "cannot read"),
        ([str(tmp_path)], 1, "cannot read"),
        ([str(empty)], 1, "file is empty"),
        ([str(binary)], 1, "not CSV"),
        ([str(other)], 1, "no column Timecode"),
        ([str(broken)], 1, "row 3, column JawOpen is nan"),
        ([str(rig)], 1, "row 1 has no column JawOpen"),
        ([str(mesh)], 1, "glTF has version 0"),
        ([good, "--fps", "60", "--character", "x" * 200], 2, "character"),
        ([good, "--livelink", "no.such.host.invalid:1"], 1, "unknown host"),
        ([good, "--subject", ""], 2, "--subject"),
        ([good, "--subject", "x" * 65], 2, "--subject"),
    ):
        assert main(["replay", *arguments]) == code
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, error
