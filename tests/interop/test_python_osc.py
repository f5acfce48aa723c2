"""python-osc reads every OSC packet and VMC frame we send, and we read what it builds."""

from collections.abc import Iterable

import numpy as np
import pytest

from protocols import osc, plain, vmc, vrchat, vrm
from protocols.arkit import CHANNELS, SHAPES, Floats, face
from protocols.osc import Argument, Bundle, Message
from tests.interop.receivers import faces

pytest.importorskip("pythonosc", reason="python-osc, an independent OSC implementation, is missing")

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

FACES = faces()
FACE = face({"JawOpen": 0.5, "MouthSmileLeft": 1.0, "HeadYaw": 0.4})
ARGUMENTS: tuple[Argument, ...] = (
    7,
    -(2**31),
    2**40,
    0.25,
    -1e-6,
    "Ünïçødé",
    "",
    b"\1\2\3\4\5",
    True,
    False,
    None,
)


def built(address: str, *arguments: tuple[str, object]) -> OscMessage:
    builder = OscMessageBuilder(address)
    for tag, value in arguments:
        builder.add_arg(value, tag)  # type: ignore[arg-type]  # takes any value that fits the tag
    return builder.build()


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_it_reads_every_argument_we_send(argument: Argument) -> None:
    message = OscMessage(osc.encode(Message("/facecue/x", (argument,))))
    assert message.address == "/facecue/x"
    assert message.params == [pytest.approx(argument) if isinstance(argument, float) else argument]


def test_it_reads_many_arguments_at_once() -> None:
    assert len(OscMessage(osc.encode(Message("/many", ARGUMENTS))).params) == len(ARGUMENTS)


def test_it_reads_our_nested_bundles() -> None:
    outer = OscBundle(osc.encode(Bundle(osc.IMMEDIATE, (Message("/a", (1,)), Bundle(1, (Message("/b"),))))))
    assert outer.timestamp == 0  # its word for "immediately"
    assert outer.num_contents == 2
    assert outer.content(0).params == [1]
    assert outer.content(1).content(0).address == "/b"


@pytest.mark.parametrize("bones", [False, True])
def test_it_reads_every_bundle_of_a_vmc_frame(bones: bool) -> None:
    bundles = [OscBundle(datagram) for datagram in vmc.encode(FACE, 1.5, bones=bones)]
    messages = [message for bundle in bundles for message in bundle]
    assert all(bundle.timestamp == 0 for bundle in bundles)
    assert [(message.address, message.params) for message in messages[:2]] == [
        ("/VMC/Ext/OK", [1]),
        ("/VMC/Ext/T", [1.5]),
    ]
    values = [message.params for message in messages if message.address == "/VMC/Ext/Blend/Val"]
    assert values == [[name, float(FACE[i])] for i, name in enumerate(SHAPES)]
    assert [message.address for message in messages].count("/VMC/Ext/Blend/Apply") == 1
    assert messages[-1].address == "/VMC/Ext/Blend/Apply"
    found = [message.params for message in messages if message.address == "/VMC/Ext/Bone/Pos"]
    assert [params[0] for params in found] == (["Head", "LeftEye", "RightEye"] if bones else [])
    assert all(len(params) == 8 for params in found)


def params(datagrams: Iterable[memoryview | bytes]) -> dict[str, list[object]]:
    """What it reads of each address."""
    return {message.address: message.params for datagram in datagrams for message in OscBundle(bytes(datagram))}


@pytest.mark.parametrize("face", FACES)
def test_it_reads_every_channel_of_plain_osc(face: Floats) -> None:
    found = params(plain.Messages("/face/guard", CHANNELS).fill(face))
    assert list(found) == [*(f"/face/guard/{name}" for name in CHANNELS), "/face/guard"]
    assert found["/face/guard"] == [value for name in CHANNELS for value in found[f"/face/guard/{name}"]]
    assert np.abs(np.array(found["/face/guard"]) - face).max() <= 1e-6


@pytest.mark.parametrize("face", FACES)
def test_it_reads_every_parameter_of_vrchat(face: Floats) -> None:
    parameters = vrchat.parameters(face)
    found = params(vrchat.Messages(vrchat.NAMES).fill(parameters))
    assert [found.pop(vrchat.FLAG_PREFIX + flag) for flag in vrchat.FLAGS] == [[True]] * 3
    assert list(found) == [vrchat.PREFIX + name for name in vrchat.NAMES]
    assert np.abs(np.array(list(found.values()))[:, 0] - np.clip(parameters, -1, 1)).max() <= 1e-6


@pytest.mark.parametrize("face", FACES)
def test_it_reads_every_preset_beside_the_shapes(face: Floats) -> None:
    bundles = [OscBundle(bytes(datagram)) for datagram in vrm.Avatar(presets="vrm1").encode(face, 1.5)]
    messages = [message for bundle in bundles for message in bundle]
    found = dict(message.params for message in messages if message.address == "/VMC/Ext/Blend/Val")
    assert tuple(found) == SHAPES + vrm.VRM0 + vrm.VRM1
    wanted = np.concatenate([face[:52], vrm.weights(face), vrm.weights(face)])
    assert np.abs(np.array(list(found.values())) - wanted).max() <= 1e-6
    assert [message.address for message in messages].index("/VMC/Ext/Blend/Apply") == len(messages) - 1


def test_we_read_every_argument_it_builds() -> None:
    message = built(
        "/x", ("i", 7), ("f", 0.25), ("s", "Ünïçødé"), ("b", b"\1\2\3\4\5"), ("h", 2**40), ("d", 0.1),
        ("T", True), ("F", False), ("N", None),
    )  # fmt: skip
    expected = (7, 0.25, "Ünïçødé", b"\1\2\3\4\5", 2**40, 0.1, True, False, None)
    assert osc.decode(message.dgram) == Message("/x", expected)


def test_we_read_the_bundles_it_builds() -> None:
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(IMMEDIATELY)
    inner.add_content(built("/VMC/Ext/Blend/Val", ("s", "JawOpen"), ("f", 0.5)))
    inner.add_content(built("/VMC/Ext/Blend/Apply"))
    outer.add_content(inner.build())
    datagram = outer.build().dgram
    expected = Message("/VMC/Ext/Blend/Val", ("JawOpen", 0.5)), Message("/VMC/Ext/Blend/Apply")
    assert osc.decode(datagram) == Bundle(osc.IMMEDIATE, (Bundle(osc.IMMEDIATE, expected),))
    assert vmc.fold(vmc.decode(datagram))["JawOpen"] == 0.5
