"""python-osc reads every OSC packet and VMC frame we send, and we read what it builds."""

import pytest

from protocols import osc, vmc
from protocols.arkit import SHAPES, face
from protocols.osc import Argument, Bundle, Message

pytest.importorskip("pythonosc", reason="python-osc, an independent OSC implementation, is missing")

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

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
