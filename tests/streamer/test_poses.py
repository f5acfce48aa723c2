import asyncio
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import arkit
from protocols.arkit import CHANNELS, face
from protocols.errors import DecodeError
from protocols.messages import KeyframeCue, Line
from streamer import poses
from streamer.cli import main
from streamer.config import ConfigError
from streamer.poses import Pose
from tests.clock import run
from tests.doubles import running

GRIN = Pose("grin", "strongly smiling", "grin.png", face({"MouthSmileLeft": 0.7, "HeadRoll": -0.125}))
GLARE = Pose("a glare", "brows lowered", "glare.jpg", face({"BrowDownLeft": 0.5, "BrowDownRight": 0.5}))
LIBRARY = {pose.name: pose for pose in (GRIN, GLARE)}
ROW = {"name": "grin", "values": {"MouthSmileLeft": 0.7}}


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = tmp_path / "poses.jsonl"
    poses.save(LIBRARY.values(), path)
    return str(path)


def line(*keyframes: KeyframeCue) -> Line:
    return Line("guard", "Halt!", keyframes=keyframes)


def test_a_library_is_a_pose_a_line_with_what_is_not_zero(library: str) -> None:
    first, _ = Path(library).read_text().splitlines()
    assert first == (
        '{"name": "grin", "text": "strongly smiling", "source": "grin.png", '
        '"values": {"MouthSmileLeft": 0.7, "HeadRoll": -0.125}}'
    )


@given(st.lists(st.integers(-1000, 1000), min_size=61, max_size=61), st.text(max_size=60))
def test_a_pose_that_was_saved_is_read_again(thousandths: list[int], text: str) -> None:
    values = arkit.clamp(np.array(thousandths, np.float32) / np.float32(1000))
    pose = Pose("x", text, "x.png", values)
    try:
        (again,) = poses.decode(io.BytesIO(poses._encode(pose))).values()
    except UnicodeEncodeError:
        return
    assert (again.name, again.text, again.source) == ("x", text, "x.png")
    assert np.abs(again.values - values).max() < 1e-6


@given(st.binary(max_size=200))
def test_any_bytes_are_a_library_or_refused(data: bytes) -> None:
    try:
        poses.decode(io.BytesIO(data))
    except DecodeError as error:
        assert str(error).startswith("line ")


BAD: list[tuple[Any, str]] = [
    ({"values": {}}, "line 1: name is missing"),
    ({"name": "x"}, "line 1: values is missing"),
    ({"name": "", "values": {}}, "name is 0 characters"),
    ({"name": " x", "values": {}}, "expected no blanks around it"),
    ({"name": "x" * 65, "values": {}}, "name is 65 characters, expected 1..64"),
    ({"name": "x", "values": {"Smile": 1}}, "unknown channel 'Smile'"),
    ({"name": "x", "values": {"JawOpen": -0.5}}, "JawOpen is -0.5, expected 0..1"),
    ({"name": "x", "values": {"JawOpen": "much"}}, "values.JawOpen is 'much', expected a number"),
    ({"name": "x", "values": {}, "mood": 1}, "unknown field 'mood'"),
    ([], "message is an array, expected an object"),
]


@pytest.mark.parametrize(("row", "told"), BAD)
def test_a_pose_that_cannot_be_used_is_named_with_its_line(row: Any, told: str) -> None:
    with pytest.raises(DecodeError) as caught:
        poses.decode(io.BytesIO(json.dumps(row).encode()))
    assert told in str(caught.value)


def test_a_name_stands_once_and_poses_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    row = json.dumps(ROW).encode() + b"\n"
    with pytest.raises(DecodeError, match="line 3: pose 'grin' stands there twice"):
        poses.decode(io.BytesIO(row + b"\n" + row))
    monkeypatch.setattr(poses, "MAX_POSES", 0)
    with pytest.raises(DecodeError, match="line 1: more than 0 poses"):
        poses.decode(io.BytesIO(row))
    with pytest.raises(DecodeError, match="message is 16385 bytes"):
        poses.decode(io.BytesIO(b" " * 16_384 + row))


def test_a_keyframe_that_names_a_pose_has_its_values_and_keeps_its_time() -> None:
    posed = poses.posed(line(KeyframeCue("pose: a glare", 0.4, "snap"), KeyframeCue("left brow up")), LIBRARY)
    first, second = posed.keyframes
    assert first == KeyframeCue("pose: a glare", 0.4, "snap", tuple(map(float, GLARE.values)))
    assert second == KeyframeCue("left brow up")


@pytest.mark.parametrize(
    "cue", [KeyframeCue("she poses: grin"), KeyframeCue("pose:"), KeyframeCue("pose: grin", values=(0.0,) * 61)]
)
def test_words_that_name_no_pose_and_values_of_the_game_s_own_stay(cue: KeyframeCue) -> None:
    given = line(cue)
    assert poses.posed(given, LIBRARY) is given


def test_an_unknown_pose_is_refused_with_the_known_ones() -> None:
    wanted = line(KeyframeCue("pose: smirk"))
    with pytest.raises(DecodeError, match=r"^unknown pose 'smirk', expected one of a glare, grin$") as caught:
        poses.posed(wanted, LIBRARY)
    assert caught.value.code == "unknown_pose"
    with pytest.raises(DecodeError, match=r"^unknown pose 'smirk', there is no pose library$"):
        poses.posed(wanted, poses.NONE)
    many = {f"{i:03}": GRIN for i in range(30)}
    with pytest.raises(DecodeError, match=r"018, 019, \.\.\.$"):
        poses.posed(wanted, many)


def test_a_driver_plays_poses_by_name_and_answers_for_those_it_has_not(library: str) -> None:
    async def scene() -> None:
        async with running(poses=library) as host, host.client() as game:
            keyframes = [{"text": "pose: grin", "at": 0.3}, {"text": "left brow up", "at": 0.7}]
            say = {"type": "line", "character": "guard", "text": "Halt!", "id": "a", "keyframes": keyframes}
            await game.send(say)
            planned = (await game.answer())["type"] == "accepted" and await game.answer()
            assert planned["type"] == "planned"
            first, second = planned["keyframes"]
            assert first["text"] == "pose: grin" and first["values"]["MouthSmileLeft"] == 0.7
            assert second["values"]["BrowOuterUpLeft"] > 0.1
            draft = {"type": "plan", "id": "p", "keyframes": [{"text": "pose: a glare"}]}
            await game.send(draft)
            answers = [await game.answer() for _ in range(3)]
            (drafted,) = [answer for answer in answers if answer["type"] == "planned"]
            assert drafted["keyframes"][0]["values"]["BrowDownLeft"] == 0.5
            error = await game.ask(say | {"id": "b", "keyframes": [{"text": "pose: smirk"}]})
            assert (error["type"], error["code"], error["id"]) == ("error", "unknown_pose", "b")
            assert error["message"] == "unknown pose 'smirk', expected one of a glare, grin"

    run(scene())


def test_a_sheet_beside_the_driver_takes_poses_and_tells_of_those_it_lacks(
    library: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheet = tmp_path / "sheet.jsonl"
    rows = [{"id": name, "line": "Halt!", "keyframes": [{"text": f"pose: {name}"}]} for name in ("grin", "smirk")]
    sheet.write_text("".join(json.dumps(row) + "\n" for row in rows))

    async def scene() -> None:
        async with running(poses=library, sheet=str(sheet)) as host, host.client() as game:
            await game.send({"type": "line", "character": "guard", "text": "Halt!", "id": "grin"})
            await asyncio.sleep(0.1)
            planned = [await game.answer() for _ in range(2)][1]
            assert planned["keyframes"][0]["values"]["MouthSmileLeft"] == 0.7

    run(scene())
    assert "line 2: unknown pose 'smirk', expected one of a glare, grin" in caplog.text


def test_a_library_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    async def scene(path: Path) -> None:
        async with running(poses=str(path)):
            pass

    with pytest.raises(ConfigError, match=r"^poses: .*none\.jsonl: No such file"):
        run(scene(tmp_path / "none.jsonl"))
    (tmp_path / "bad.jsonl").write_text("no")
    with pytest.raises(ConfigError, match=r"^poses: .*bad\.jsonl: line 1: message is not JSON"):
        run(scene(tmp_path / "bad.jsonl"))


def test_sheets_are_baked_with_poses_and_read_again_without(
    library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, baked = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": name, "keyframes": [{"text": f"pose: {name}", "at": 0.5}]} for name in ("grin", "smirk")]
    sheet.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["plan", str(sheet), "--model", "rules", "--poses", library, "-o", str(baked)]) == 1
    assert "line 2: unknown pose 'smirk', expected one of a glare, grin" in capsys.readouterr().err
    (row,) = [json.loads(each) for each in baked.read_text().splitlines()]
    (keyframe,) = row["keyframes"]
    assert keyframe["text"] == "pose: grin" and tuple(keyframe["values"]) == CHANNELS
    assert {name: value for name, value in keyframe["values"].items() if value} == poses.shown(GRIN.values)
    assert main(["plan", str(baked), "--model", "rules"]) == 0
    assert json.loads(capsys.readouterr().out) == row


def test_a_sheet_is_rendered_with_poses(library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet, take = tmp_path / "in.jsonl", tmp_path / "take.csv"
    sheet.write_text(json.dumps({"id": "a", "duration": 1, "keyframes": [{"text": "pose: grin", "at": 0.5}]}) + "\n")
    command = ["render", "--jsonl", str(sheet), "-o", str(take), "--model", "rules"]
    assert main(command) == 1
    assert "line 1: unknown pose 'grin', there is no pose library" in capsys.readouterr().err
    assert main([*command, "--poses", library]) == 0
    header, *frames = [row.split(",") for row in take.read_text().splitlines()]
    assert max(float(frame[header.index("MouthSmileLeft")]) for frame in frames) > 0.6


def test_a_missing_library_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "in.jsonl"
    sheet.write_text('{"line": "Halt!"}\n')
    assert main(["plan", str(sheet), "--poses", str(tmp_path / "none.jsonl")]) == 1
    assert capsys.readouterr().err == f"facecue plan: {tmp_path}/none.jsonl: No such file or directory\n"
