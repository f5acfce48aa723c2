"""Blender itself, as PyPI's wheel, runs the add-on; FACECUE_BPY_PYTHON names an interpreter that has it."""

import importlib.util
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from protocols import livelink, vmc
from protocols.arkit import SHAPES, Floats
from protocols.livelink import Packet

PYTHON = os.environ.get("FACECUE_BPY_PYTHON") or (sys.executable if importlib.util.find_spec("bpy") else "")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON, reason="FACECUE_BPY_PYTHON names no interpreter with bpy"),
]

ADDON = Path(__file__).parents[2] / "examples" / "blender" / "facecue_blender.py"
ACT = Path(__file__).parent / "blender" / "act.py"
FACES: Floats = np.random.default_rng(5).random((4, 61)).astype(np.float32)


class Blender:
    """Blender, as it runs, and a sender to its port."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self._patience = threading.Timer(60, process.kill)
        self._patience.start()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self._socket.send(datagram)

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, self._process.stderr and self._process.stderr.read()
        return line

    def weights(self) -> Floats:
        """The shape keys of the next frame."""
        values = json.loads(self.line())
        return np.array([values[name.lower()] for name in SHAPES], np.float32)

    def keyframes(self) -> dict[str, list[list[float]]]:
        return dict(json.loads(self.line()))

    def close(self) -> None:
        self._patience.cancel()
        self._socket.close()
        self._process.kill()
        self._process.communicate()


@contextmanager
def blender(frames: int) -> Iterator[Blender]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [PYTHON, str(ACT), str(ADDON), str(port), ",".join(SHAPES), str(frames)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    engine = Blender(process, port)
    try:
        assert engine.line() == "ready"
        yield engine
    finally:
        engine.close()


def packet(subject: str, values: Floats) -> bytes:
    return livelink.encode(Packet("5A1F0B3C-0001-0002-0003-000000000004", subject, 1, 0.0, 60, 1, values))


@pytest.mark.parametrize("form", ["live link", "vmc"])
def test_shape_keys_follow_and_are_recorded(form: str) -> None:
    with blender(len(FACES)) as engine:
        for face in FACES:
            engine.send(*([packet("guard", face)] if form == "live link" else vmc.encode(face, 1.0)))
            assert np.abs(engine.weights() - face[:52]).max() <= 1e-6
        recorded = engine.keyframes()
        assert engine.line() == "done"
    for name, value in zip(SHAPES, FACES[-1], strict=False):
        frames = [at for at, _ in recorded[name.lower()]]
        assert frames == sorted(set(frames)) and frames[0] == 10
        assert abs(recorded[name.lower()][-1][1] - value) <= 1e-6


def test_other_subjects_and_broken_packets_move_nothing() -> None:
    good = packet("guard", FACES[0])
    bundle, *_ = vmc.encode(FACES[1], 1.0)
    nan = struct.pack(">f", float("nan")) * 61
    with blender(1) as engine:
        engine.send(b"\6", packet("thief", FACES[1]), good + b"\0", b"\5" + good[1:], good[:-244] + nan)
        engine.send(*(good[:n] for n in range(1, len(good), 29)), *(bundle[:n] for n in range(1, len(bundle), 101)))
        engine.send(b"\6" + b"\xff" * 400, b"#bundle\0" + b"\x7f" * 64, b"/VMC/Ext/Blend/Val\0\0,sf\0")
        engine.send(good)
        assert np.abs(engine.weights() - FACES[0][:52]).max() <= 1e-6
