"""The component for Unity is compiled by Debian's mono against stubs of the engine, and meets our VMC there."""

import shutil
import socket
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from protocols import osc, vmc
from protocols.arkit import SHAPES, Floats
from protocols.osc import Bundle, Message

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not (shutil.which("mcs") and shutil.which("mono")), reason="mono-mcs and mono-runtime are not installed"
    ),
]

COMPONENT = Path(__file__).parents[2] / "examples" / "unity" / "FacecueFace.cs"
STUBS = Path(__file__).parent / "unity"
FACE: Floats = np.random.default_rng(7).random(61).astype(np.float32)


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The component, compiled together with the stubs, warnings as errors."""
    built = tmp_path_factory.mktemp("unity") / "game.exe"
    sources = [COMPONENT, STUBS / "Engine.cs", STUBS / "Game.cs"]
    # 0649: the fields that Unity's inspector fills
    options = ["-langversion:6", "-warnaserror", "-nowarn:0649", f"-out:{built}"]
    done = subprocess.run(["mcs", *options, *map(str, sources)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return built


def run(game: Path, what: str, datagrams: list[bytes]) -> list[str]:
    data = b"".join(struct.pack("<i", len(each)) + each for each in datagrams)
    done = subprocess.run(["mono", str(game), what], input=data, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()


def parse(game: Path, *datagrams: bytes) -> list[dict[str, float]]:
    """The frames that came out."""
    return [weights(line) for line in run(game, "parse", list(datagrams))]


def weights(line: str) -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split("=") for pair in line.split())}


@pytest.mark.parametrize("spelling", ["pascal", "camel"])
@pytest.mark.parametrize("bones", [False, True])
def test_it_reads_every_weight_of_a_vmc_frame(game: Path, spelling: vmc.Spelling, bones: bool) -> None:
    faces = [FACE, 1 - FACE, np.eye(61, dtype=np.float32)[17]]
    datagrams = [each for face in faces for each in vmc.encode(face, 1.0, spelling=spelling, bones=bones)]
    frames = parse(game, *datagrams)
    assert len(frames) == len(faces)
    for face, frame in zip(faces, frames, strict=True):
        assert list(frame) == list(SHAPES)
        assert np.abs(np.array(list(frame.values())) - face[:52]).max() <= 1e-6


def test_a_frame_counts_from_its_apply(game: Path) -> None:
    *before, last = vmc.encode(FACE, 1.0)
    assert parse(game, *before) == []
    assert len(parse(game, *before, last)) == 1


def blend(name: str, *values: osc.Argument) -> Message:
    return Message("/VMC/Ext/Blend/Val", (name, *values))


def test_what_is_broken_or_foreign_changes_nothing(game: Path) -> None:
    good = [blend("jawopen", 0.25), blend("MOUTHCLOSE", 7.0)]
    foreign = [
        blend("JawOpen"),
        blend("JawOpen", 1),
        blend("JawOpenWide", 1.0),
        blend("A", 1.0),
        Message("/other", (1.0,)),
    ]
    apply = Message("/VMC/Ext/Blend/Apply")
    nested = osc.encode(Bundle(1, (*good, Bundle(1, (*foreign, apply)))))
    nan = osc.encode(blend("JawOpen", 0.5))[:-4] + struct.pack(">f", float("nan"))
    cut = [nested[:n] for n in range(len(nested) - 20)]
    deep = osc.encode(blend("JawOpen", 1.0))
    for _ in range(1000):
        deep = osc.bundle([deep])
    hostile = [nan, b"", b"\0", b"#bundle\0", b"#bundle\0" + bytes(8) + b"\x7f\xff\xff\xff", b"\xff" * 64, deep]
    (frame,) = parse(game, *hostile, *cut, nested)
    assert frame.pop("JawOpen") == 0.25
    assert frame.pop("MouthClose") == 1.0
    assert set(frame.values()) == {0.0}


def test_ten_thousand_frames_leave_nothing_to_collect(game: Path) -> None:
    assert run(game, "allocate", vmc.encode(FACE, 1.0)) == ["0"]


def test_the_component_applies_frames_from_its_port_on_the_main_thread(game: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
    with (
        subprocess.Popen(["mono", str(game), "play", str(port)], stdout=subprocess.PIPE, text=True) as unity,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        assert unity.stdout is not None
        assert unity.stdout.readline() == "ready\n"
        for datagram in vmc.encode(FACE, 1.0):
            sender.sendto(datagram, ("127.0.0.1", port))
        out, _ = unity.communicate(timeout=60)
    line, done = out.splitlines()
    applied = weights(line)
    assert done == "done"
    assert [name.removeprefix("blendShape1.").lower() for name in applied] == [name.lower() for name in SHAPES]
    assert np.abs(np.array(list(applied.values())) / 100 - FACE[:52]).max() <= 1e-6
