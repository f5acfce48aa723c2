import asyncio
import datetime
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from protocols.arkit import INDEX
from protocols.frames import Frame
from streamer.config import Address, ConfigError, LiveLink, Vmc
from streamer.outputs.udp import LiveLinkOutput, Subject, Timecode, VmcOutput, device_id
from streamer.stats import Stats
from tests.clock import run
from tests.doubles import Engine


class Wall:
    """A wall clock that a test sets."""

    def __init__(self, *at: int) -> None:
        self.now = datetime.datetime(2026, 3, 1, *at)

    def __call__(self) -> datetime.datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += datetime.timedelta(seconds=seconds)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def frame(*names: str, value: float = 0.5) -> Frame:
    return Frame(0, 0, 0.0, names, np.full((len(names), 61), value, np.float32))


def test_a_timecode_starts_at_the_time_of_day_and_counts_every_packet() -> None:
    wall = Wall(1, 2, 3, 500_000)
    timecode = Timecode(wall)
    numbers = []
    for _ in range(100):
        number, subframe = timecode.next()
        numbers.append(number)
        assert 0 <= subframe < 1
        wall.pass_by(1 / 60 + 0.0005)  # a clock that runs a little fast
    assert numbers == list(range(3723 * 60 + 30, 3723 * 60 + 130))


def test_a_timecode_goes_on_past_midnight() -> None:
    wall = Wall(23, 59, 59, 950_000)
    timecode = Timecode(wall)
    numbers = []
    for _ in range(10):
        numbers.append(timecode.next()[0])
        wall.pass_by(1 / 60)
    assert wall.now.day == 2 and (np.diff(numbers) == 1).all()


def test_a_timecode_never_goes_backwards_and_jumps_only_when_far_behind() -> None:
    wall = Wall(12)
    timecode = Timecode(wall)
    first = timecode.next()[0]
    wall.pass_by(-3600)
    assert timecode.next()[0] == first + 1
    wall.pass_by(3600 + 10)
    assert timecode.next()[0] == first + 600


def test_every_character_has_its_subject_its_device_and_the_same_timecode(engine: Engine) -> None:
    subjects = {"guard": Subject("Wächter", "A" * 36)}
    output = LiveLinkOutput(LiveLink(engine.address), subjects, Stats(), Wall(12))
    output.send(frame("guard"))
    output.send(frame("guard", "thief"))
    output.close()
    first, second, third = engine.packets()
    assert (first.subject, first.device_id) == ("Wächter", "A" * 36)
    assert (third.subject, third.device_id) == ("thief", device_id("thief"))
    assert second.frame == third.frame == first.frame + 1
    assert (first.fps_numerator, first.fps_denominator) == (60, 1)


def test_only_the_wanted_characters_go_out(engine: Engine) -> None:
    output = LiveLinkOutput(LiveLink(engine.address, characters=("thief",)), {}, Stats(), Wall(12))
    output.send(frame("guard", "thief"))
    output.close()
    assert [packet.subject for packet in engine.packets()] == ["thief"]


def test_a_rig_with_the_jaw_the_other_way_round_gets_it_so(engine: Engine) -> None:
    output = LiveLinkOutput(LiveLink(engine.address, swap_jaw=True), {}, Stats(), Wall(12))
    one_sided = frame("guard", value=0.0)
    one_sided.values[0, INDEX["JawLeft"]] = 0.5
    output.send(one_sided)
    output.close()
    (packet,) = engine.packets()
    assert packet.values is not None and packet.values[INDEX["JawRight"]] == 0.5


def test_a_vmc_output_plays_the_first_on_stage_unless_told(engine: Engine) -> None:
    stats = Stats()
    for settings in (Vmc(engine.address), Vmc(engine.address, character="nobody")):
        output = VmcOutput(settings, stats)
        output.send(frame())
        output.send(frame("guard"))
        output.close()
    assert len(engine.datagrams()) == stats.sent[f"vmc {engine.address}"] > 0


def test_nobody_listening_is_no_loss() -> None:
    gone = Engine()
    address = gone.address
    gone.close()
    stats = Stats()
    output = LiveLinkOutput(LiveLink(address), {}, stats, Wall(12))
    for _ in range(20):
        output.send(frame("guard"))
    output.close()
    assert not stats.dropped and stats.sent[output.name] == 20


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(ConfigError, match="unknown host 'no.such.host.invalid'"):
        LiveLinkOutput(LiveLink(Address("no.such.host.invalid", 1)), {}, Stats())


@pytest.mark.parametrize("way", ["segmentation offload", "sendmmsg", "one packet a call"])
def test_a_crowd_arrives_whole_and_in_order_however_it_is_sent(engine: Engine, way: str) -> None:
    names = (*(f"c{n:03}" for n in range(200)), "a longer name")
    stats = Stats()
    output = LiveLinkOutput(LiveLink(engine.address), {}, stats, Wall(12))
    if way not in output._wire.ways:
        pytest.skip(f"this system has no {way}")
    output._wire.descend(way)
    values = np.random.default_rng(2).uniform(0, 1, (201, 61)).astype(np.float32)
    for number in range(3):
        output.send(Frame(number, number, number / 60, names, values))
    packets = engine.packets()
    assert stats.methods[output.name] == way
    assert len(packets) == 603 and stats.sent[output.name] == 603 and not stats.dropped
    for name, row in zip(names, values, strict=True):
        mine = [packet for packet in packets if packet.subject == name]
        assert np.diff([packet.frame for packet in mine]).tolist() == [1, 1]
        assert all((packet.values == row).all() for packet in mine if packet.values is not None)
    output.close()


def test_a_crowd_is_spread_over_the_tick_while_a_loop_runs(engine: Engine) -> None:
    async def scene() -> tuple[int, int]:
        output = LiveLinkOutput(LiveLink(engine.address), {}, Stats(), Wall(12))
        output.send(frame(*(f"c{n:03}" for n in range(200))))
        at_once = len(engine.packets())
        await asyncio.sleep(1 / 60)
        output.close()
        return at_once, at_once + len(engine.packets())

    at_once, all_in_all = run(scene())
    assert all_in_all == 200 and (at_once == 96 or sys.platform != "linux")
