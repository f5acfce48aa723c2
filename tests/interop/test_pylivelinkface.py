"""The published PyLiveLinkFace reads what we send, and we read what it sends.

Its quirks: a device id of exactly 36 bytes, kept with the low byte of its length ("$") in front; the version
read as four bytes; names measured in characters when it encodes; a rate denominator of 0 below 60 fps.
"""

import numpy as np
import pytest

from protocols import livelink
from protocols.arkit import CHANNELS, Floats
from protocols.errors import DecodeError
from protocols.livelink import Packet

published = pytest.importorskip("pylivelinkface", reason="pylivelinkface, the published receiver, is missing")

DEVICE = "5A1F0B3C-0001-0002-0003-000000000004"
VALUES: Floats = np.concatenate([np.linspace(0, 1, 52), np.linspace(-1, 1, 9)]).astype(np.float32)


@pytest.mark.parametrize("subject", ["A", "Face_1", "Face_01", "x" * 64, "Ünïçødé", "顔"])
def test_it_reads_every_field_we_send(subject: str) -> None:
    sent = Packet(DEVICE, subject, 2_855_071, 0.25, 60, 1, VALUES)
    has_face, received = published.PyLiveLinkFace.decode(livelink.encode(sent))
    assert has_face
    assert received.uuid == "$" + DEVICE
    assert received.name == subject
    assert (received._frames, received._sub_frame) == (2_855_071, 0.25)
    assert (received.fps, received._denominator) == (60, 1)
    for shape in published.FaceBlendShape:
        assert shape.name == CHANNELS[shape.value]
        assert abs(received.get_blendshape(shape) - float(VALUES[shape.value])) <= 1e-6
    assert len(published.FaceBlendShape) == len(CHANNELS)


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_it_reads_rates_with_a_denominator_of_one(fps: int) -> None:
    _, received = published.PyLiveLinkFace.decode(livelink.encode(Packet(DEVICE, "A", 1, 0.0, fps, 1, VALUES)))
    assert (received.fps, received._denominator) == (fps, 1)


def test_it_takes_our_heartbeat_for_no_face() -> None:
    has_face, _ = published.PyLiveLinkFace.decode(livelink.encode(Packet(DEVICE, "Face1", 1, 0.0)))
    assert not has_face


def sender(fps: int) -> object:
    face = published.PyLiveLinkFace("Face1", DEVICE, fps=fps)
    for shape in published.FaceBlendShape:
        face.set_blendshape(shape, float(VALUES[shape.value]), True)
    return face


def test_we_read_every_field_it_sends() -> None:
    packet = livelink.decode(sender(60).encode())  # type: ignore[attr-defined]
    assert (packet.device_id, packet.subject) == (DEVICE, "Face1")
    assert (packet.fps_numerator, packet.fps_denominator) == (60, 1)
    assert packet.subframe == pytest.approx(0.47304153)  # always: it packs the constant 1056060032
    assert packet.values is not None
    assert np.array_equal(packet.values, VALUES)


def test_we_refuse_the_rate_it_sends_below_60() -> None:
    with pytest.raises(DecodeError, match="frame rate is 30/0"):
        livelink.decode(sender(30).encode())  # type: ignore[attr-defined]
