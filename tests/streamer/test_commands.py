"""plan, render, record, replay and doctor, as a user calls them."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from protocols import recording
from protocols.arkit import INDEX
from streamer.cli import main
from streamer.commands.doctor import winks
from tests.doubles import Engine, running

SHEET = [
    {"id": "a", "line": "Halt!", "emotion": "furious", "background": "Night."},
    {"id": "b", "keyframes": [{"text": "inner brows up, lips pressed"}, {"text": "smirk on the left"}]},
    {"id": "c", "keyframes": [{"at": 0.5, "acts": {"MouthSmile": 0.4}, "text": "a smile"}]},
    {"text": "No id, no emotion."},
]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in SHEET) + "\n", encoding="utf-8")
    return path


def test_plan_turns_lines_and_descriptions_into_keyframes(sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["plan", str(sheet), "-o", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c", "line-4"]
    assert all(
        len(k["values"]) == 61 and set(k) == {"at", "onset", "text", "values"} for r in rows for k in r["keyframes"]
    )
    assert rows[0]["keyframes"][0]["values"]["BrowDownLeft"] > 0.5
    assert rows[1]["keyframes"][0]["values"]["BrowInnerUp"] > 0.3
    assert (
        rows[1]["keyframes"][1]["values"]["MouthSmileLeft"] > 0.3 > rows[1]["keyframes"][1]["values"]["MouthSmileRight"]
    )
    assert rows[2]["keyframes"][0]["values"]["MouthSmileLeft"] == 0.4


def test_render_writes_a_take_from_rest_to_rest(tmp_path: Path) -> None:
    out = tmp_path / "take.csv"
    assert main(["render", "Get out!", "--emotion", "furious", "--duration", "1.5", "-o", str(out)]) == 0
    take = recording.decode(out.read_bytes())
    assert take.fps == 60 and len(take.values) == pytest.approx(60 * 2.5, abs=2)
    assert not take.values[0].any() and not take.values[-1].any()
    assert take.values[:, INDEX["BrowDownLeft"]].max() > 0.5
    assert np.diff(take.times) == pytest.approx(np.full(len(take.times) - 1, 1 / 60))


def test_render_is_the_same_every_time(tmp_path: Path) -> None:
    takes = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for take in takes:
        main(["render", "Well... perhaps.", "-o", str(take)])
    assert takes[0].read_bytes() == takes[1].read_bytes()


@pytest.mark.parametrize("fps", [24, 25, 29.97, 30, 59.94])
def test_render_at_another_rate_has_the_same_motion(tmp_path: Path, fps: float) -> None:
    peaks = []
    for rate in (fps, 60):
        out = tmp_path / f"{rate}.csv"
        main(["render", "Get out!", "--emotion", "joy", "--duration", "2", "--fps", f"{rate:g}", "-o", str(out)])
        values = recording.decode(out.read_bytes()).values
        assert len(values) == pytest.approx(3 * rate, abs=2)
        peaks.append(values[:, INDEX["CheekSquintLeft"]].max())
    assert peaks[0] == pytest.approx(peaks[1], abs=1e-3)


def test_render_of_a_sheet_is_a_file_a_line_or_one_take(sheet: Path, tmp_path: Path) -> None:
    with sheet.open("a", encoding="utf-8") as file:
        file.write('{"id":"../A","line":"x"}\n{"id":"../a","line":"y"}\n')
    assert main(["render", "--jsonl", str(sheet), "-o", f"{tmp_path}/takes/"]) == 0
    names = sorted(path.name for path in (tmp_path / "takes").iterdir())
    assert names == sorted(["a.csv", "b.csv", "c.csv", "line-4.csv", "_A.csv", "_a-2.csv"])
    assert main(["render", "--jsonl", str(sheet), "-o", str(tmp_path / "all.csv")]) == 0
    rows = [len(recording.decode(p.read_bytes()).values) for p in (tmp_path / "takes").iterdir()]
    assert len(recording.decode((tmp_path / "all.csv").read_bytes()).values) == sum(rows)


def test_record_writes_what_a_driver_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "take.csv"

    async def scene() -> None:
        async with running() as host, host.client() as game:
            url = f"ws://127.0.0.1:{host.port}"
            await game.send({"type": "line", "character": "guard", "text": "Ha!", "emotion": "joy", "duration": 1.0})
            await game.until("started")
            command = ["record", "-o", str(out), "--url", url, "--seconds", "0.6"]
            assert await asyncio.to_thread(main, command) == 0
            nobody = ["record", "-o", str(tmp_path / "no.csv"), "--url", url, "--seconds", "0.1", "--character", "x"]
            assert await asyncio.to_thread(main, nobody) == 1

    asyncio.run(scene())
    take = recording.decode(out.read_bytes())
    assert 10 < len(take.values) <= 40 and take.values[:, INDEX["MouthSmileLeft"]].max() > 0.1
    assert not (tmp_path / "no.csv").exists()


def test_replay_sends_a_take_row_by_row(tmp_path: Path) -> None:
    values = np.zeros((12, 61), np.float32)
    values[:, INDEX["JawOpen"]] = np.linspace(0, 0.55, 12)
    path = tmp_path / "take.csv"
    path.write_text(recording.encode(recording.take(values)))
    engine = Engine()
    try:
        where = f"127.0.0.1:{engine.address.port}"
        assert main(["replay", str(path), "--livelink", where, "--subject", "Läufer"]) == 0
        packets = engine.packets()
    finally:
        engine.close()
    assert {packet.subject for packet in packets} == {"Läufer"} and 10 <= len(packets) <= 12
    jaws = [float(p.values[INDEX["JawOpen"]]) for p in packets if p.values is not None]
    assert jaws == sorted(jaws) and set(np.round(jaws, 4)) <= set(
        np.round(values[:, INDEX["JawOpen"]].astype(float), 4)
    )


def test_doctor_tells_what_listens_and_winks(capsys: pytest.CaptureFixture[str]) -> None:
    engine = Engine()
    try:
        where = f"127.0.0.1:{engine.address.port}"
        assert main(["doctor", "--port", "1", "--livelink", where, "--seconds", "0.5"]) == 0
        packets = engine.packets()
    finally:
        engine.close()
    told = capsys.readouterr().out
    assert "something listens there" in told and "no driver runs" in told and "LLink Face Subj" in told
    assert {packet.subject for packet in packets} == {"Facecue"} and len(packets) >= 28
    assert max(float(p.values[INDEX["EyeBlinkLeft"]]) for p in packets if p.values is not None) > 0.9


def test_a_wink_is_of_the_left_eye_alone_and_ends_open() -> None:
    faces = winks(3.0)
    left, right = faces[:, INDEX["EyeBlinkLeft"]], faces[:, INDEX["EyeBlinkRight"]]
    assert left.max() == 1.0 and right.max() == 0.0 and left[-1] < 0.01
    assert ((left[1:] > 0.5) & (left[:-1] <= 0.5)).sum() >= 2


def test_doctor_knows_a_driver(capsys: pytest.CaptureFixture[str]) -> None:
    async def scene() -> None:
        async with running(livelink=()) as host:
            command = ["doctor", "--port", str(host.port), "--livelink", "off"]
            assert await asyncio.to_thread(main, command) == 0

    asyncio.run(scene())  # the doctor asks from a thread, in real time
    assert "a driver: 0 characters" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["plan", "none.jsonl"], 1, "none.jsonl: No such file"),
        (["plan", "."], 1, "directory"),
        (["render", "-o", "x.csv"], 2, "expected one of a TEXT, --jsonl SHEET and --take TAKE"),
        (["render", "", "-o", "x.csv"], 2, "text is blank"),
        (["render", "Hi.", "-o", "no/such/folder/x.csv"], 1, "cannot write"),
        (["render", "Hi.", "-o", "."], 1, "cannot write"),
        (["render", "--jsonl", "none.jsonl", "-o", "x.csv"], 1, "No such file"),
        (["render", "Hi.", "-o", "x.fbx"], 2, "cannot write x.fbx as .fbx, expected one of .csv, .glb, .gltf"),
        (["render", "Hi.", "-o", "x.csv", "--drop-frame"], 2, "--drop-frame is for 29.97 and 59.94 frames a second"),
        (["render", "Hi.", "--take", "empty.csv", "-o", "x.csv"], 2, "expected one of a TEXT, --jsonl SHEET and"),
        (["render", "--take", "none.csv", "-o", "x.csv"], 1, "cannot read none.csv"),
        (["render", "--take", "noise.csv", "-o", "x.glb"], 1, "noise.csv: file is not CSV"),
        (["render", "--take", "empty.csv", "-o", "x.mp4"], 2, "cannot write x.mp4 as .mp4"),
        (["record", "-o", "x.bvh"], 2, "cannot write x.bvh as .bvh"),
        (["record", "-o", "x.csv", "--fps", "30", "--drop-frame"], 2, "--drop-frame is for 29.97 and 59.94"),
        (["replay", "empty.csv", "--config", "none.toml"], 2, "none.toml: No such file"),
        (["replay", "none.csv"], 1, "No such file"),
        (["replay", "empty.csv"], 1, "empty.csv"),
        (["replay", "noise.csv"], 1, "noise.csv"),
        (["doctor", "--livelink", "no.such.host.invalid:1"], 1, ""),
        (["record", "-o", "x.csv", "--url", "ws://127.0.0.1:1"], 1, "no driver answers"),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 20)
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert said in error and error.count("\n") <= 1 and "Traceback" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.csv", "noise.csv"]


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_is_a_number_above_zero(speed: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(tmp_path / "x.csv"), "--speed", speed])
    assert ended.value.code == 2


def test_explain_names_the_layers_of_every_channel_that_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Mamma mia!", "--emotion", "joy", "--at", "0.4"]) == 0
    told = capsys.readouterr().out
    assert "jaw: speech owns" in told and "MouthSmileLeft" in told and "expression +" in told
    assert main(["explain", "Mamma mia!", "--at", "0.4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "explained"
    assert main(["explain", "Mamma mia!", "--at", "-1"]) == 2
