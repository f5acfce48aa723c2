"""Takes in and out: a phone's recordings at every rate, in every format, and back to the engine.

Real recordings are used where FACECUE_RECORDINGS or ../shared/recordings has some; otherwise one that is made here in
the phone's manner: 30 rows a second under a timecode of 60 that creeps, lost rows, values past 1.
"""

import asyncio
import csv
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from protocols import recording, timecodes
from protocols.arkit import CHANNELS, HIGHEST, INDEX, LOWEST, Floats
from protocols.recording import Recording
from protocols.timecodes import RATES, Count
from streamer import config, takes
from streamer.app import make_outputs
from streamer.cli import main
from streamer.outputs.recorder import Recorder, Retimer
from streamer.player import play
from streamer.stats import Stats
from tests import clock
from tests.doubles import Engine, running

RECORDINGS = Path(os.environ.get("FACECUE_RECORDINGS") or Path(__file__).parents[3] / "shared" / "recordings")
REAL = sorted(RECORDINGS.glob("*.csv")) if RECORDINGS.is_dir() else []
HEADER = recording.header().replace("BlendshapeCount", "BlendShapeCount")
RATES_OF_TAKES = [("60", False), ("59.94", False), ("59.94", True), ("30", False), ("29.97", True), ("24", False)]


def phones(path: Path, rows: int = 2_000) -> Path:
    """A recording as the phone writes them, from just before a minute is full."""
    numbers = [n for n in range(rows) if n not in (40, 41, 700)]
    waves = np.sin(np.outer(numbers, np.linspace(0.02, 0.3, 61)) + np.arange(61))
    values = (waves * 0.55 + 0.5).astype(np.float32)
    values[:, 52:] -= 0.5
    first = ((13 * 60 + 13) * 60 + 58) * 60 + 31
    frames = [first + 0.652 + n * 1.99988 for n in numbers]
    lines = [recording.row(timecodes.text(int(f), f % 1, Count()), row) for f, row in zip(frames, values, strict=True)]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=[path.name for path in REAL] or ["made"])
def phone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return RECORDINGS / request.param if REAL else phones(tmp_path_factory.mktemp("phone") / "made.csv")


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def cells(path: Path) -> tuple[list[str], Floats]:
    """Timecodes and values by name as the standard library reads them, clamped as every take is."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = np.array([[float(row[name]) for name in CHANNELS] for row in rows])
    return [row["Timecode"] for row in rows], np.clip(values, LOWEST, HIGHEST).astype(np.float32)


def expected(path: Path, times: recording.Seconds) -> Floats:
    """A phone's face at some seconds, by its timecodes at 60 and straight lines."""
    texts, values = cells(path)
    parts = np.array([[float(part) for part in text.split(":")] for text in texts])
    seconds = parts @ [3600, 60, 1, 1 / 60]
    at = seconds - seconds[0]
    return np.stack([np.interp(times, at, column) for column in values.T.astype(np.float64)], axis=1).astype(np.float32)


def test_a_phones_take_comes_back_cell_by_cell(phone: Path, tmp_path: Path) -> None:
    out = tmp_path / "again.csv"
    assert main(["render", "--take", str(phone), "-o", str(out)]) == 0
    texts, values = cells(phone)
    again, written = cells(out)
    assert again == texts
    assert np.abs(written - values).max() <= 1e-6


@pytest.mark.parametrize(("rate", "is_drop"), RATES_OF_TAKES)
def test_a_phones_take_at_another_rate_shows_the_same_face_at_the_same_moment(
    rate: str, is_drop: bool, phone: Path, tmp_path: Path
) -> None:
    out = tmp_path / "take.csv"
    flags = ["--fps", rate, *(["--drop-frame"] if is_drop else [])]
    assert main(["render", "--take", str(phone), "-o", str(out), *flags]) == 0
    texts, values = cells(out)
    times = np.arange(len(values)) / RATES[rate]
    assert np.abs(values - expected(phone, times)).max() <= 1e-6
    assert texts[0] == "00:00:00:00.000"
    last = timecodes.text(len(texts) - 1, 0.0, Count(RATES[rate], is_drop))
    assert texts[-1] == last
    read = takes.read(str(out), None if is_drop else RATES[rate])
    assert read.times == pytest.approx(times, abs=1e-6) and read.count.is_drop == is_drop
    assert read.times[-1] == pytest.approx(takes.read(str(phone)).times[-1], abs=1 / RATES[rate])


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_a_phones_take_keeps_its_rows_and_times_in_gltf(suffix: str, phone: Path, tmp_path: Path) -> None:
    out = tmp_path / f"take.{suffix}"
    assert main(["render", "--take", str(phone), "-o", str(out)]) == 0
    before, after = takes.read(str(phone)), takes.read(str(out))
    assert after.times == pytest.approx(before.times, abs=1e-5)
    assert np.array_equal(after.values[:, :52], before.values[:, :52])
    assert np.abs(after.values - before.values).max() <= 2e-6


def replayed(take: Recording, engine: Engine, seconds: float, speed: float = 1.0, is_loop: bool = False) -> Floats:
    """What an engine gets in so many seconds, (F, 61)."""
    stats = Stats()
    settings = config.Settings(livelink=(config.LiveLink(engine.address),), character=(config.Character("guard"),))
    outputs = make_outputs(settings, stats)
    received: list[Floats] = []

    async def collect() -> None:
        while True:
            await asyncio.sleep(0.1)
            received.extend(packet.values for packet in engine.packets() if packet.values is not None)

    async def scene() -> None:
        collecting = asyncio.create_task(collect())
        try:
            async with asyncio.timeout(seconds):
                await play(take, outputs, "guard", stats, speed, is_loop)
        except TimeoutError:
            assert is_loop
        await asyncio.sleep(0.2)
        collecting.cancel()

    clock.run(scene())
    for output in outputs:
        output.close()
    return np.stack(received)


@pytest.mark.parametrize("speed", [1.0, 0.5, 2.5])
def test_a_phones_take_is_replayed_by_its_time_at_any_speed(speed: float, phone: Path, engine: Engine) -> None:
    take = takes.read(str(phone))
    short = Recording(take.times[:200], take.values[:200], take.timecodes[:200], take.count)
    sent = replayed(short, engine, 60, speed)
    times = np.minimum(np.arange(len(sent)) / 60 * speed, short.times[-1])
    assert len(sent) == pytest.approx(short.length * 60 / speed, abs=1)
    assert np.abs(sent - expected(phone, times)).max() <= 1e-6


@pytest.mark.parametrize("rate", ["60", "59.94", "30", "24"])
def test_a_take_of_any_rate_is_replayed_in_its_own_time(rate: str, engine: Engine) -> None:
    values = np.zeros((90, 61), np.float32)
    values[:, INDEX["JawOpen"]] = np.linspace(0, 1, 90)
    take = recording.decode(recording.encode(recording.take(values, RATES[rate])), RATES[rate])
    jaw = replayed(take, engine, 60)[:, INDEX["JawOpen"]]
    assert len(jaw) == np.ceil(90 / RATES[rate] * 60 - 1e-6)
    assert jaw == pytest.approx(np.clip(np.arange(len(jaw)) / 60 * RATES[rate] / 89, 0, 1), abs=1e-6)


@pytest.mark.parametrize("rows", [1, 7, 32, 47])  # 32 and 47 sixtieths of a second are rounded up
def test_a_loop_repeats_the_same_rows(rows: int, engine: Engine) -> None:
    values = np.random.default_rng(3).uniform(0, 1, (rows, 61)).astype(np.float32)
    sent = replayed(recording.take(values), engine, 2.5, is_loop=True)
    assert len(sent) > 140
    assert np.abs(sent - values[np.arange(len(sent)) % rows]).max() <= 1e-6


class Rows:
    """A recorder that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, float]] = []

    @property
    def rows(self) -> int:
        return len(self.kept)

    @property
    def span(self) -> int:
        return self.kept[-1][0] + 1 if self.kept else 0

    def write(self, values: Floats, number: int) -> None:
        self.kept.append((number, float(values[0])))

    def close(self) -> None:
        """Nothing is held back."""


def retimed(numbers: list[int], fps: float) -> list[tuple[int, float]]:
    """Rows of a face that goes up by one in a second, from frames of 60 a second."""
    rows: Recorder = Rows()
    retimer = Retimer(rows, 60, fps)
    for number in numbers:
        retimer.write(np.full(61, number / 60, np.float32), number)
    assert isinstance(rows, Rows)
    return rows.kept


@pytest.mark.parametrize("rate", ["60", "59.94", "30", "29.97", "25", "24"])
def test_frames_are_recorded_at_another_rate_by_their_time(rate: str) -> None:
    kept = retimed(list(range(601)), RATES[rate])
    assert [number for number, _ in kept] == list(range(int(10 * RATES[rate] + 1e-6) + 1))
    assert [value for _, value in kept] == pytest.approx([n / RATES[rate] for n, _ in kept], abs=1e-5)


def test_rows_between_lost_frames_are_left_out_and_never_made_up() -> None:
    kept = retimed([0, 1, 2, 3, 4, 5, 9, 10, 4_000_000_000], 30.0)
    assert [number for number, _ in kept] == [0, 1, 2, 5, 2_000_000_000]
    assert [number for number, _ in retimed([0, 1, 2, 3, 4, 8, 9, 10], 24.0)] == [0, 1, 4]


@pytest.mark.parametrize("suffix", ["csv", "glb"])
def test_what_a_driver_played_is_recorded_and_replayed_frame_by_frame(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"take.{suffix}"

    async def scene() -> Floats:
        async with running() as host, host.client() as game:
            url = f"ws://127.0.0.1:{host.port}"
            await game.send({"type": "line", "character": "guard", "text": "Ha!", "emotion": "joy", "duration": 1.0})
            await game.until("accepted")
            assert await asyncio.to_thread(main, ["record", "-o", str(out), "--url", url, "--seconds", "0.7"]) == 0
            return np.stack([packet.values for packet in host.engine.packets() if packet.values is not None])

    played = asyncio.run(scene())
    take = takes.read(str(out))
    assert len(take.values) > 10
    engine = Engine()
    try:
        sent = replayed(take, engine, 60)
    finally:
        engine.close()
    at = np.round(take.times * 60).astype(int)
    assert np.abs(sent[at] - take.values).max() <= 1e-6
    assert take.values[:, INDEX["MouthSmileLeft"]].max() > 0.1
    left = iter(played)  # what the engine got, too, and in this order
    assert all(any(np.abs(packet - row).max() <= 2e-6 for packet in left) for row in take.values)


@pytest.mark.parametrize(("rate", "frames"), [("60", 60), ("59.94", 59.94), ("30", 30), ("24", 24)])
def test_render_and_record_and_replay_agree_on_a_rate(rate: str, frames: float, tmp_path: Path, engine: Engine) -> None:
    csv_file, glb = tmp_path / "take.csv", tmp_path / "take.glb"
    for out in (csv_file, glb):
        assert main(["render", "Get out!", "--emotion", "furious", "--fps", rate, "-o", str(out)]) == 0
    rows, animation = takes.read(str(csv_file), RATES[rate]), takes.read(str(glb))
    assert rows.fps == pytest.approx(frames, rel=1e-5)
    assert np.abs(rows.values - animation.values).max() <= 2e-6
    assert rows.times == pytest.approx(animation.times, abs=1e-6)
    sent = [replayed(take, engine, 60) for take in (rows, animation)]
    assert np.abs(sent[0] - sent[1]).max() <= 1e-5
