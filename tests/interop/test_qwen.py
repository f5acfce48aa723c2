"""A real Qwen3, tiny and made on the spot, behind a real server and in the process of those who have none.

FACECUE_LLM_PYTHON names an interpreter that has transformers with its server, and peft.
"""

import asyncio
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from protocols.arkit import INDEX
from streamer import config
from streamer.brain.endpoint import AnswerError, Endpoint, Query, TeacherError
from streamer.brain.keyframeface import Scene, ask_face, read_face
from streamer.brain.teacher import connect
from streamer.cues import Description, Prompt
from tests.doubles import running
from train.__main__ import main

_NEEDED = ("transformers", "peft", "fastapi", "uvicorn")
_HAS_ALL = all(importlib.util.find_spec(name) for name in _NEEDED)
PYTHON = os.environ.get("FACECUE_LLM_PYTHON") or (sys.executable if _HAS_ALL else "")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON, reason="FACECUE_LLM_PYTHON names no interpreter with transformers and peft"),
]

MAKE = Path(__file__).parent / "qwen" / "make.py"
SERVE = "from transformers.cli.transformers import main; main()"
PATIENCE = 300.0  # seconds; a machine may be busy
ROOT = Path(__file__).parents[2]
LINE = "Halt!"  # what make.py teaches: this line, and the scene that it becomes
TAUGHT: dict[str, object] = {
    "line": LINE, "emotion": "fear", "background": "Night.", "keyframes": [{"text": "Brows down."}],
}  # fmt: skip
FACE = {"BrowDownLeft": 0.4, "BrowDownRight": 0.4, "JawOpen": 0.1}
ACTS = {"BrowDown": 0.4, "JawOpen": 0.1}
REQUEST = ask_face(Scene("Night.", "fear", ("Brows down.",)), 0)


@dataclass(frozen=True, slots=True)
class Qwen:
    """The folders of an untrained network, its adapter, and the two in one; and a server of any of them."""

    babbler: str
    adapter: str
    pupil: str
    url: str


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Qwen]:
    folder = tmp_path_factory.mktemp("qwen")
    subprocess.run([PYTHON, "-W", "ignore", str(MAKE), str(folder)], cwd=ROOT, env=_alone(folder), check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-W", "ignore", "-c", SERVE, "serve", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--device", "cpu"], env=_alone(folder), stdout=log, stderr=log)
    try:
        _wait(server, port, folder / "log")
        babbler, adapter, pupil = (str(folder / name) for name in ("babbler", "adapter", "pupil"))
        yield Qwen(babbler, adapter, pupil, f"http://127.0.0.1:{port}/v1")
    finally:
        server.kill()
        server.wait()


def _alone(folder: Path) -> dict[str, str]:
    """An environment without a network, a GPU, or models that somebody has."""
    (folder / "home" / "hub").mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    return kept | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "CUDA_VISIBLE_DEVICES": "",
                   "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}  # fmt: skip


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(1500):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def write(folder: Path, *rows: dict[str, object]) -> str:
    path = folder / "lines.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_what_a_real_server_was_taught_comes_through_both_stages(qwen: Qwen) -> None:
    lesson = connect(Endpoint(qwen.url, timeout=PATIENCE), qwen.pupil).plan(Prompt(LINE))
    assert lesson.scene == Scene("Night.", "fear", ("Brows down.",))
    (face,) = lesson.faces
    assert {name: round(float(face.values[INDEX[name]]), 6) for name in FACE} == FACE
    assert np.count_nonzero(face.values) == len(FACE) and face.remarks[0].startswith("58 missing: ")


def test_a_real_server_counts_tokens_and_the_same_question_has_the_same_answer(qwen: Qwen) -> None:
    endpoint = Endpoint(qwen.url, timeout=PATIENCE)
    first, second = (endpoint.ask(Query(qwen.pupil, REQUEST, 8)) for _ in range(2))
    assert first == second and first.is_cut and first.answer_tokens == 8 and (first.prompt_tokens or 0) > 100
    assert json.dumps({"Keyframe_one": FACE}).startswith(first.text)


@pytest.mark.parametrize("json_mode", [False, True])  # which this server takes and does not keep to
def test_a_network_that_babbles_gives_no_face_and_says_so(qwen: Qwen, json_mode: bool) -> None:
    teacher = connect(Endpoint(qwen.url, timeout=PATIENCE), qwen.babbler, json_mode=json_mode)
    for prompt in (Prompt(LINE), Prompt("", descriptions=(Description("left brow up"), Description("smile")))):
        with pytest.raises(AnswerError, match="^(scene|Keyframe_one): .*(cut at|no JSON object|none of the 61)"):
            teacher.plan(prompt)


def test_a_real_server_that_lists_no_model_or_has_not_the_one_named_is_told_of(qwen: Qwen) -> None:
    with pytest.raises(TeacherError, match="lists no model, so it has to be named"):
        connect(Endpoint(qwen.url, timeout=PATIENCE))
    with pytest.raises(TeacherError, match=r"answered \d+"):
        Endpoint(qwen.url, attempts=1).ask(Query("nobody/has-this", REQUEST, 8))


def test_sheets_are_distilled_from_a_real_server(
    qwen: Qwen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "z.jsonl"
    command = ["distill", "--teacher", qwen.url, "--lines", write(tmp_path, {"line": LINE}, TAUGHT), "-o", str(output),
               "--model", "rules", "--held-out", "0", "--llm-model"]  # fmt: skip
    assert main([*command, qwen.pupil]) == 0
    assert [json.loads(row)["keyframes"][0]["acts"] for row in output.read_text().splitlines()] == [ACTS, ACTS]
    assert "2 answers, " in capsys.readouterr().err  # both lines end in one and the same second question
    assert main([*command, qwen.babbler]) == 1
    told = capsys.readouterr().err
    assert "line 1: scene: " in told and "line 2: Keyframe_one: " in told and output.read_text() == ""


def test_beside_a_real_server_that_babbles_the_small_model_plays_on(
    qwen: Qwen, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        teacher = config.Teacher(url=qwen.url, model=qwen.babbler, timeout=PATIENCE)
        async with running(brain="llm", teacher=teacher) as host, host.client() as game:
            await game.send({"type": "line", "character": "guard", "text": LINE, "id": "a", "duration": 600.0})
            assert [(await game.answer())["type"] for _ in range(3)] == ["accepted", "planned", "started"]
            for _ in range(30_000):
                await asyncio.sleep(0.01)
                if "plays on" in caplog.text:
                    break
            assert "coach: scene: " in caplog.text and not host.driver.performance.is_idle("guard")

    asyncio.run(scene())


def test_a_real_servers_face_replaces_what_has_not_played(qwen: Qwen) -> None:
    async def scene() -> None:
        teacher = config.Teacher(url=qwen.url, model=qwen.pupil, timeout=PATIENCE)
        async with running(brain="llm", teacher=teacher) as host, host.client() as game:
            await game.send({"type": "line", "character": "guard", "text": LINE, "id": "a", "duration": 600.0})
            for kind in ("accepted", "planned", "started"):
                assert (await game.answer())["type"] == kind
            (keyframe,) = (await game.until("planned"))["keyframes"][-1:]
            assert keyframe["text"] == "Brows down." and keyframe["values"]["BrowDownLeft"] == 0.4

    asyncio.run(scene())


def distill_here(qwen: Qwen, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    lines = write(folder, TAUGHT, {"line": LINE})
    command = [PYTHON, "-W", "ignore", "-m", "train", "distill", "--local", qwen.babbler, "--lines", lines, "-o",
               str(folder / "z.jsonl"), "--model", "rules", "--held-out", "0", *more]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, env=_alone(folder), capture_output=True, text=True, timeout=600)


def test_without_a_server_the_adapter_speaks_in_the_second_stage_and_in_no_other(qwen: Qwen, tmp_path: Path) -> None:
    done = distill_here(qwen, tmp_path, "--adapter", qwen.adapter)
    assert done.returncode == 1, done.stderr
    (sheet,) = map(json.loads, (tmp_path / "z.jsonl").read_text().splitlines())
    assert sheet["id"] == "z00001" and sheet["keyframes"][0]["acts"] == ACTS
    assert "line 2: scene: " in done.stderr and "Traceback" not in done.stderr
    kept = [json.loads(row) for row in (tmp_path / "z.jsonl.cache").read_text().splitlines()]
    (face,) = [row for row in kept if "+adapter@" in row["model"]]
    assert json.loads(face["text"]) == {"Keyframe_one": FACE} and read_face(face["text"], 0).values.any()
    again = distill_here(qwen, tmp_path, "--adapter", qwen.adapter)
    assert "0 answers, 0 tokens in and 0 out; 2 requests were known" in again.stderr


@pytest.mark.parametrize("folder", ["missing", "adapter"])
def test_without_a_server_what_is_no_model_gives_a_clear_line(qwen: Qwen, tmp_path: Path, folder: str) -> None:
    name = str(Path(qwen.babbler).with_name(folder))
    done = distill_here(replace(qwen, babbler=name), tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"train distill: cannot load {name}: ")
