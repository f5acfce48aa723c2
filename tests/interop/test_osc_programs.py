"""npm's osc and liblo's oscdump, over the network: every name and every value of every frame of every OSC output."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from protocols import vrchat, vrm
from protocols.arkit import CHANNELS, SHAPES
from streamer import config
from tests.interop import receivers
from tests.interop.receivers import FRAMES, Heard

pytestmark = pytest.mark.long

FACES = receivers.faces()
Hear = Callable[[receivers.Settings], list[Heard]]


@pytest.fixture(scope="module", params=["npm osc", "oscdump"])
def hear(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hear:
    if request.param == "oscdump":
        if shutil.which("oscdump") is None:
            pytest.skip("oscdump of Debian's liblo-tools is missing")
        return lambda settings: asyncio.run(receivers.hear(receivers.by_oscdump, receivers.read_oscdump, settings))
    folder: Path = tmp_path_factory.mktemp("npm")
    if (reason := receivers.npm_osc(folder)) is not None:
        pytest.skip(reason)
    return lambda settings: asyncio.run(receivers.hear(receivers.by_node(folder), receivers.read_json, settings))


def close(heard: list[object], wanted: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bool:
    return len(heard) == len(wanted) and float(np.abs(np.array(heard, np.float64) - wanted).max()) <= 1e-6


def test_plain_osc_arrives_whole(hear: Hear) -> None:
    frames = hear(lambda address: config.Settings(livelink=(), osc=(config.Osc(address),)))
    assert len(frames) == FRAMES
    for face, messages in zip(FACES, frames, strict=True):
        *channels, (prefix, row) = messages
        assert [name for name, _ in channels] == [f"/face/guard/{name}" for name in CHANNELS]
        assert close([value for _, (value,) in channels], face)
        assert prefix == "/face/guard" and close(row, face)


def test_vrchat_s_parameters_arrive_whole(hear: Hear) -> None:
    frames = hear(lambda address: config.Settings(livelink=(), vrchat=(config.VrChat(address),)))
    for face, messages in zip(FACES, frames, strict=True):
        flags, parameters = messages[:3], messages[3:]
        assert [name for name, _ in flags] == [f"/avatar/parameters/{name}" for name in vrchat.FLAGS]
        assert [name for name, _ in parameters] == [f"/avatar/parameters/FT/v2/{name}" for name in vrchat.NAMES]
        assert close([value for _, (value,) in parameters], np.clip(vrchat.parameters(face), -1, 1))


def test_vmc_with_presets_arrives_whole(hear: Hear) -> None:
    frames = hear(lambda address: config.Settings(livelink=(), vmc=(config.Vmc(address, presets="vrm1", bones=True),)))
    for number, (face, messages) in enumerate(zip(FACES, frames, strict=True)):
        (ok, loaded), (time, seconds), *rest = messages
        assert (ok, loaded, time) == ("/VMC/Ext/OK", [1], "/VMC/Ext/T")
        assert seconds == [pytest.approx(number / 60, abs=1e-6)]
        blends = [arguments for address, arguments in rest if address == "/VMC/Ext/Blend/Val"]
        assert tuple(name for name, _ in blends) == SHAPES + vrm.VRM0 + vrm.VRM1
        assert close([value for _, value in blends], np.concatenate([face[:52], vrm.weights(face), vrm.weights(face)]))
        bones = [arguments[0] for address, arguments in rest if address == "/VMC/Ext/Bone/Pos"]
        assert bones == ["Head", "LeftEye", "RightEye"]
        assert [address for address, _ in rest].index("/VMC/Ext/Blend/Apply") == len(rest) - 1


def test_a_dead_neighbour_and_a_slower_one_change_nothing(hear: Hear) -> None:
    gone = config.Address("127.0.0.1", 9)  # discard: nobody listens
    frames = hear(lambda address: config.Settings(livelink=(), osc=(
        config.Osc(gone), config.Osc(address, prefix="/all", layout="row"),
        config.Osc(address, prefix="/half", layout="row", rate=30),
    )))  # fmt: skip
    for number, (face, messages) in enumerate(zip(FACES, frames, strict=True)):
        names = [address for address, _ in messages]
        assert names == (["/all", "/half"] if number % 2 == 0 else ["/all"])
        assert all(close(values, face) for _, values in messages)
