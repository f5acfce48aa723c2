import base64
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from protocols.recording import COLUMNS
from streamer import poses
from streamer.brain import semanticface
from streamer.cli import main
from tests.school import MODEL, School, failing, lying, saying, school

SMILE = {"MouthSmileLeft": 0.6, "MouthSmileRight": 0.6, "EyeLookOutLeft": 0.5, "EyeLookInRight": 0.5, "HeadRoll": -0.2}
ANSWER = json.dumps({"analysis": {"symmetry": "even"}, "arkit": {name: SMILE.get(name, 0.0) for name in COLUMNS}})
SIGHT = "strongly smiling, looking left, head slightly tilted left"


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[School]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FACECUE_LLM_KEY", raising=False)
    with school() as pupil:
        pupil.sight = ANSWER
        yield pupil


def draw(*names: str) -> list[str]:
    for name in names:
        Image.new("RGB", (64, 64), (200, 150, 120)).save(name)
    return list(names)


def test_a_picture_is_shown_to_the_model_and_its_face_becomes_a_pose(
    taught: School, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACECUE_LLM_KEY", "sesame")
    assert main(["pose", *draw("grin.png"), "--url", taught.url]) == 0
    (asked,) = taught.asked
    assert asked["model"] == MODEL and asked["temperature"] == 0 and asked["max_tokens"] == semanticface.TOKENS
    url = asked["messages"][1]["content"][0]["image_url"]["url"]
    assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == Path("grin.png").read_bytes()
    assert taught.headers[0]["Authorization"] == "Bearer sesame"
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == f"grin: {SIGHT}" and told.err == ""
    assert "  MouthSmileLeft       0.600" in told.out and "JawOpen" not in told.out
    pose = poses.load(Path("poses.jsonl"))["grin"]
    assert (pose.text, pose.source) == (SIGHT, "grin.png")
    assert poses.shown(pose.values) == SMILE | {"LeftEyeYaw": -0.3, "RightEyeYaw": -0.3}


def test_the_pose_and_its_library_can_be_named_and_the_head_left_out(taught: School) -> None:
    chosen = ["--library", "faces.jsonl", "--name", "warm smile", "--no-head", "--model", "eyes"]
    taught.model = "eyes"
    assert main(["pose", *draw("grin.png"), "--url", taught.url, *chosen]) == 0
    pose = poses.load(Path("faces.jsonl"))["warm smile"]
    assert pose.source == "grin.png" and "HeadRoll" not in poses.shown(pose.values)
    assert taught.asked[0]["model"] == "eyes"


def test_a_file_whose_name_is_no_unicode_makes_a_pose_when_it_is_given_another(taught: School) -> None:
    name = os.fsdecode(b"gr\xffin.png")
    try:
        draw(name)
    except OSError:
        pytest.skip("file names are Unicode here")
    assert main(["pose", name, "--url", taught.url, "--name", "grin"]) == 0
    assert poses.load(Path("poses.jsonl"))["grin"].source == "gr?in.png"


def test_a_pose_is_written_over_when_it_is_forced_and_no_model_is_asked_otherwise(
    taught: School, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["pose", *draw("grin.png"), "--url", taught.url]
    assert main(command) == 0
    taught.sight = '{"arkit": {"JawOpen": 0.5}}'
    assert main(command) == 1
    assert capsys.readouterr().err == (
        "facecue pose: grin.png: poses.jsonl has a pose 'grin', expected another --name, or --force\n"
    )
    assert len(taught.asked) == 1
    assert main([*command, "--force"]) == 0
    assert poses.shown(poses.load(Path("poses.jsonl"))["grin"].values) == {"JawOpen": 0.5}


def test_the_library_is_listed_in_its_order(taught: School, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pose", *draw("b.png", "aa.png"), "--url", taught.url]) == 0
    capsys.readouterr()
    assert main(["pose", "--list"]) == 0
    assert capsys.readouterr().out == f"b   {SIGHT}  (b.png)\naa  {SIGHT}  (aa.png)\n"
    assert main(["pose", "--list", "--library", "none.jsonl"]) == 1
    assert capsys.readouterr().err == "facecue pose: none.jsonl has no poses\n"


def test_pictures_that_fail_are_told_and_the_others_kept(taught: School, capsys: pytest.CaptureFixture[str]) -> None:
    images = draw("a.png", "garbage.png", "cut.png", "refused.png", "b.png")
    Path("empty.png").touch()
    Path("note.png").write_text("no picture")
    taught.tricks.extend(
        [
            saying(ANSWER),
            saying("I see a wall."),
            saying(ANSWER[:900], finish_reason="length"),
            failing(400),
            saying('{"arkit": {"JawOpen": 0.5}}'),
        ]
    )
    assert main(["pose", *images, "empty.png", "note.png", "none.png", "--url", taught.url]) == 1
    told = capsys.readouterr()
    assert list(poses.load(Path("poses.jsonl"))) == ["a", "b"]
    (garbage, cut, refused, missing, empty, note, none) = told.err.splitlines()
    assert garbage == (
        "facecue pose: garbage.png: answer: answer of 13 characters holds no JSON object: 'I see a wall.'"
    )
    assert cut == "facecue pose: cut.png: answer: the answer was cut at 300 tokens"
    assert refused.startswith(f"facecue pose: refused.png: {taught.url} answered 400")
    assert missing.startswith("facecue pose: b.png: 60 missing: ")
    assert empty == "facecue pose: empty.png: file is empty, expected a picture"
    assert note.startswith("facecue pose: note.png: file begins with b'no pictu', expected JPEG")
    assert none == "facecue pose: none.png: No such file or directory"


def test_a_model_that_lies_about_its_name_ends_the_work_and_what_was_done_stays(
    taught: School, capsys: pytest.CaptureFixture[str]
) -> None:
    taught.tricks.extend([saying(ANSWER), lying])
    assert main(["pose", *draw("a.png", "b.png", "c.png"), "--url", taught.url]) == 1
    assert list(poses.load(Path("poses.jsonl"))) == ["a"] and len(taught.asked) == 2
    assert capsys.readouterr().err == (
        f"facecue pose: b.png: {taught.url}: asked {MODEL!r}, answered as 'something-cheap-3b'\n"
    )


def test_an_answer_with_words_but_no_numbers_is_one_clear_line(
    taught: School, capsys: pytest.CaptureFixture[str]
) -> None:
    taught.sight = json.dumps({"analysis": {"expression_category": "joy", "symmetry": "even"}})
    assert main(["pose", *draw("a.png"), "--url", taught.url]) == 1
    assert "a.png: answer: answer names none of the 61 channels, but " in capsys.readouterr().err
    assert not Path("poses.jsonl").exists()


def test_a_broken_library_is_named_and_left_alone(taught: School, capsys: pytest.CaptureFixture[str]) -> None:
    Path("poses.jsonl").write_text("{}\nmine\n")
    assert main(["pose", *draw("a.png"), "--url", taught.url]) == 1
    assert capsys.readouterr().err == "facecue pose: poses.jsonl: line 1: values is missing\n"
    assert Path("poses.jsonl").read_text() == "{}\nmine\n" and not taught.asked


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([], "expected one or more IMAGE, or --list"),
        (["a.png", "--list"], "expected one or more IMAGE, or --list"),
        (["a.png", "b.png", "--name", "x"], "--name is for one IMAGE"),
        (["a.png", "--name", ""], "--name is 0 characters, expected 1..64"),
        (["a.png", "--name", " x"], "--name is ' x', expected no blanks around it"),
        (["a.png", "--model", "x"], "--model and --timeout are the vision model's: --url is missing"),
    ],
)
def test_bad_usage_is_one_line(flags: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pose", *flags]) == 2
    assert capsys.readouterr().err == f"facecue pose: {told}\n"


def test_an_address_that_nobody_answers_at_is_one_line(taught: School, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pose", *draw("a.png"), "--url", "ftp://x"]) == 1
    assert capsys.readouterr().err == "facecue pose: url is 'ftp://x', expected http://HOST:PORT/v1 or https://\n"


@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is not None, reason="the landmarker is installed")
def test_without_the_extra_the_two_ways_on_are_told(taught: School, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pose", *draw("a.png")]) == 1
    assert capsys.readouterr().err == (
        "facecue pose: the landmarker wants the package mediapipe: "
        'pip install "facecue[pose]", or ask a vision model with --url\n'
    )
