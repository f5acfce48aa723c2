"""The outputs beside Live Link: what they pick, how often they send, and that none disturbs another."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from protocols import ifacialmocap, livelink, osc, vmc, vrchat, vrm
from protocols.arkit import CHANNELS, INDEX, face
from protocols.frames import Frame
from streamer import config
from streamer.app import make_outputs
from streamer.outputs.ifacialmocap import IFacialMocapOutput
from streamer.outputs.osc import OscOutput
from streamer.outputs.udp import LiveLinkOutput, Output, VmcOutput
from streamer.outputs.vrchat import VrChatOutput
from streamer.stats import Stats
from tests.doubles import Engine

FACE = face({"JawOpen": 0.5, "MouthSmileLeft": 0.25, "HeadYaw": 0.2, "LeftEyeYaw": 0.3})


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def frame(*names: str, number: int = 0) -> Frame:
    values = np.array([FACE / (1 + i) for i in range(len(names))], np.float32).reshape(-1, 61)
    return Frame(number, number, number / 60, names, values)


def send(output: Output, *frames: Frame) -> None:
    for each in frames:
        output.send(each)
    output.close()


def heard(engine: Engine) -> dict[str, list[object]]:
    """The arguments by address, from OSC."""
    messages = [message for datagram in engine.datagrams() for message in osc.messages(osc.decode(datagram))]
    return {message.address: list(message.arguments) for message in messages}


def test_plain_osc_tells_every_channel_of_every_face_and_all_in_a_row(engine: Engine) -> None:
    send(OscOutput(config.Osc(engine.address), Stats()), frame("guard", "the thief"))
    found = heard(engine)
    assert len(found) == 2 * 62
    for name, share in (("guard", 1.0), ("the_thief", 0.5)):
        assert found[f"/face/{name}"] == [float(np.float32(share) * value) for value in FACE]
        assert [found[f"/face/{name}/{channel}"] for channel in CHANNELS] == [[v] for v in found[f"/face/{name}"]]


def test_plain_osc_without_the_character_in_its_prefix_is_the_first_that_is_wanted(engine: Engine) -> None:
    settings = config.Osc(engine.address, characters=("thief", "bard"), prefix="/x", layout="row")
    send(OscOutput(settings, Stats()), frame("guard", "thief", "bard"))
    assert heard(engine) == {"/x": [float(value) for value in FACE * np.float32(0.5)]}


def test_plain_osc_renames_flips_picks_and_counts_in_degrees(engine: Engine) -> None:
    settings = config.Osc(
        engine.address, prefix="/x", layout="channels", spelling="camel", channels=("Jaw*", "Head*", "!JawForward"),
        rename={"JawOpen": "mouth"}, flip=("HeadYaw",), degrees_per_unit=1.0,
    )  # fmt: skip
    send(OscOutput(settings, Stats()), frame("guard"))
    found = heard(engine)
    assert list(found) == ["/x/jawLeft", "/x/jawRight", "/x/mouth", "/x/headYaw", "/x/headPitch", "/x/headRoll"]
    assert found["/x/mouth"] == [0.5]
    assert found["/x/headYaw"] == pytest.approx([-math.degrees(0.2)])


def test_ifacialmocap_is_one_line_of_one_face(engine: Engine) -> None:
    send(IFacialMocapOutput(config.IFacialMocap(engine.address, "guard"), Stats()), frame("thief", "guard"), frame())
    (line,) = engine.datagrams()
    assert line == ifacialmocap.encode(FACE * np.float32(0.5))


def test_ifacialmocap_renames_flips_and_leaves_shapes_out_but_no_turns(engine: Engine) -> None:
    settings = config.IFacialMocap(
        engine.address, channels=("Jaw*", "Head*"), rename={"JawOpen": "open"}, flip=("Head*",), degrees_per_unit=2.0
    )
    send(IFacialMocapOutput(settings, Stats()), frame("guard"))
    (line,) = engine.datagrams()
    read = ifacialmocap.decode(line)
    assert read.shapes == {"jawForward": 0, "jawLeft": 0, "jawRight": 0, "open": 0.5}
    assert read.head[1] == pytest.approx(-math.degrees(0.2) / 2, abs=1e-4) and read.left_eye == (0, 0, 0)


def test_vrchat_gets_the_parameters_of_one_face(engine: Engine) -> None:
    settings = config.VrChat(
        engine.address, channels=("Jaw*", "EyeLeft?"), flip=("EyeLeftX",), rename={"JawOpen": "Open"},
        degrees_per_unit=45.0,
    )  # fmt: skip
    send(VrChatOutput(settings, Stats()), frame("guard", "thief"), frame())
    found = heard(engine)
    flags = [address for address, arguments in found.items() if arguments == [True]]
    assert [flag.removeprefix("/avatar/parameters/") for flag in flags] == list(vrchat.FLAGS)
    sent = {address.removeprefix("/avatar/parameters/FT/v2/"): found[address] for address in found.keys() - set(flags)}
    assert set(sent) == {"Open", "JawLeft", "JawRight", "JawForward", "JawX", "JawZ", "EyeLeftX", "EyeLeftY"}
    assert sent["Open"] == [0.5] and sent["EyeLeftX"] == pytest.approx([-math.degrees(0.3) / 45])


def test_vmc_sends_presets_beside_the_shapes_or_alone(engine: Engine) -> None:
    for settings, count in (
        (config.Vmc(engine.address), 52),
        (config.Vmc(engine.address, presets="vrm0"), 52 + 16),
        (config.Vmc(engine.address, presets="vrm1", channels=()), 32),
        (config.Vmc(engine.address, spelling="camel", channels=("Jaw*",), rename={"JawOpen": "A"}), 4),
    ):
        send(VmcOutput(settings, Stats()), frame("guard"))
        events = [event for datagram in engine.datagrams() for event in vmc.decode(datagram)]
        blends = {event.name: event.value for event in events if isinstance(event, vmc.Blend)}
        assert len(blends) == count and isinstance(events[-1], vmc.Apply)
        if settings.presets != "none":
            assert [blends[name] for name in vrm.VRM0] == vrm.weights(FACE).tolist()
    assert list(blends) == ["jawForward", "jawLeft", "jawRight", "A"] and blends["A"] == 0.5


def test_live_link_leaves_channels_at_rest_and_turns_them_round(engine: Engine) -> None:
    settings = config.LiveLink(engine.address, channels=("*", "!Mouth*"), flip=("HeadYaw",))
    send(LiveLinkOutput(settings, {}, Stats()), frame("guard"))
    (packet,) = engine.packets()
    assert packet.values is not None
    kept = FACE.copy()
    kept[INDEX["MouthSmileLeft"]] = 0
    kept[INDEX["HeadYaw"]] = -FACE[INDEX["HeadYaw"]]
    assert np.array_equal(packet.values, kept)


def kinds(address: config.Address, rate: int) -> config.Settings:
    """One destination of every kind."""
    return config.Settings(
        livelink=(config.LiveLink(address, rate=rate),), vmc=(config.Vmc(address, rate=rate),),
        osc=(config.Osc(address, rate=rate),), ifacialmocap=(config.IFacialMocap(address, rate=rate),),
        vrchat=(config.VrChat(address, rate=rate),),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["livelink", "vmc", "osc", "ifacialmocap", "vrchat"])
def test_every_output_keeps_its_rate_however_many_frames_are_skipped(engine: Engine, kind: str) -> None:
    stats = Stats()
    outputs = {output.name.split()[0]: output for output in make_outputs(kinds(engine.address, 30), stats)}
    output = outputs.pop(kind)
    for other in outputs.values():
        other.close()
    output.send(frame("guard", number=2))
    each = len(engine.datagrams())
    for number in [3, 4, 5, 8, 11, 12, 13]:
        output.send(frame("guard", number=number))
    assert each > 0 and len(engine.datagrams()) == 4 * each  # 4, 8, 11 and 12
    assert stats.sent[output.name] == 5 * each
    output.close()


def test_live_link_counts_the_frames_that_its_rate_leaves_out(engine: Engine) -> None:
    send(LiveLinkOutput(config.LiveLink(engine.address, rate=20), {}, Stats()), *(
        frame("guard", number=number) for number in range(3, 12)
    ))  # fmt: skip
    numbers = [packet.frame for packet in engine.packets()]
    assert np.diff(numbers).tolist() == [3, 3]


def test_a_dead_destination_takes_nothing_from_the_others(engine: Engine) -> None:
    gone = Engine()
    dead = gone.address
    gone.close()
    settings = config.Settings(
        livelink=(config.LiveLink(dead), config.LiveLink(engine.address)),
        osc=(config.Osc(dead), config.Osc(engine.address, prefix="/x", layout="row")),
        ifacialmocap=(config.IFacialMocap(dead), config.IFacialMocap(engine.address)),
    )
    stats = Stats()
    outputs = make_outputs(settings, stats)
    for number in range(100):
        for output in outputs:
            output.send(frame("guard", number=number))
    for output in outputs:
        output.close()
    received = engine.datagrams()
    assert len(received) == 300 and not stats.dropped
    assert [len(livelink.decode(datagram).subject) for datagram in received[::3]] == [5] * 100
    assert {osc.messages(osc.decode(datagram))[0].address for datagram in received[1::3]} == {"/x"}
    assert set(received[2::3]) == {ifacialmocap.encode(FACE)}


def test_what_is_not_finite_goes_nowhere(engine: Engine) -> None:
    broken = Frame(0, 0, 0.0, ("guard",), np.full((1, 61), math.nan, np.float32))
    for output in make_outputs(kinds(engine.address, 60), Stats()):
        send(output, broken)
    datagrams = engine.datagrams()
    for datagram in datagrams:
        if datagram.startswith(b"#bundle"):
            osc.decode(datagram)  # refuses what is not finite
        elif datagram.startswith(b"eye"):
            ifacialmocap.decode(datagram)
        else:
            livelink.decode(datagram)
    assert len(datagrams) > 5
