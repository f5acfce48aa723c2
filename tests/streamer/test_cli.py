"""The command as a user runs it: real processes in real time, so few and short."""

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from streamer import config
from streamer.cli import COMMANDS, main
from streamer.commands import serve

FACECUE = [sys.executable, "-c", "import sys; from streamer.cli import main; sys.exit(main())"]


def facecue(*arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*FACECUE, *arguments], capture_output=True, text=True, timeout=timeout, check=False)


@contextmanager
def serving(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [*FACECUE, "serve", "--port", "0", "--livelink", "off", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            found = re.search(r"ws://127\.0\.0\.1:(\d+).*brain: rules, ready in", told)
            assert found, told + (process.stderr.read() if process.stderr and process.poll() is not None else "")
            yield process, int(found[1])
        finally:
            process.kill()


def test_serve_say_and_a_graceful_end() -> None:
    with serving() as (process, port):
        url = f"ws://127.0.0.1:{port}"
        said = facecue("say", "No!", "--emotion", "angry", "--url", url)
        assert said.returncode == 0, said.stderr
        assert [line.split()[0] for line in said.stdout.splitlines() if line[0] != " "] == [
            "accepted", "planned", "started", "finished",
        ]  # fmt: skip
        raw = facecue("say", "No!", "--url", url, "--json", "--interrupt")
        assert [json.loads(line)["type"] for line in raw.stdout.splitlines()][-1] == "finished"
        taken = facecue("serve", "--port", str(port))
        assert (taken.returncode, taken.stderr.count("\n")) == (1, 1) and "the port is in use" in taken.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert process.stderr is not None
        told = process.stderr.read().splitlines()
        assert [line for line in told if "clock: dropped" not in line] == []  # a busy machine leaves frames out


def test_lines_on_standard_input_are_played_and_nothing_but_answers_is_on_standard_output() -> None:
    line = '{"type": "line", "character": "guard", "text": "No!", "duration": 0.2}'
    command = [*FACECUE, "serve", "--port", "0", "--livelink", "off", "--stdin"]
    done = subprocess.run(command, input=f"{line}\nnonsense\n", capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0 and "listening on" in done.stderr, done.stderr
    kinds = [json.loads(answer)["type"] for answer in done.stdout.splitlines()]
    assert sorted(kinds) == ["accepted", "error", "finished", "hello", "planned", "started"]


def test_serving_loads_nothing_heavy() -> None:
    code = (
        "import sys, streamer.app, streamer.commands.serve\n"
        "heavy = {'aiomqtt', 'paho', 'torch', 'transformers', 'numba', 'scipy', 'pandas', 'matplotlib'}\n"
        "later = {'onnxruntime', 'tokenizers', 'streamer.brain.loading', 'streamer.brain.rules'}\n"
        "heavy = (heavy | later) & set(sys.modules)\n"
        "print(heavy); sys.exit(len(heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0 and capsys.readouterr().out == f"facecue {version('facecue')}\n"


def test_the_demo_moves_a_face_three_times() -> None:
    shown = facecue("demo", "--port", "0", timeout=60)
    assert shown.returncode == 0, shown.stderr
    delays = re.findall(r"first changed packet ([\d.]+) ms after", shown.stdout)
    assert len(delays) == 3 and all(float(delay) < 1000 for delay in delays)
    assert shown.stdout.count("█") > 20


def test_nobody_at_the_address_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert main(["say", "Hi.", "--url", f"ws://127.0.0.1:{free.getsockname()[1]}"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "no driver answers" in error and "facecue serve" in error


def test_every_destination_has_a_flag_that_may_be_repeated() -> None:
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    flags = [word for kind in ("vmc", "osc", "ifacialmocap", "vrchat") for word in (f"--{kind}", "127.0.0.1:19")]
    settings = serve.read_settings(parser.parse_args(["--livelink", "off", *flags, "--osc", "[::1]:20"]))
    assert [f"{kind} {address}" for kind, address in config.destinations(settings)] == [
        "vmc 127.0.0.1:19", "osc 127.0.0.1:19", "osc [::1]:20", "ifacialmocap 127.0.0.1:19", "vrchat 127.0.0.1:19",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["say", "", "--url", "ws://127.0.0.1:1"], 2, "text is blank"),
        (["say", "x", "--url", "nonsense"], 2, "no WebSocket address"),
        (["serve", "--port", "70000"], 2, "port is 70000"),
        (["serve", "--host", "0.0.0.0"], 2, "a token is required"),
        (["serve", "--livelink", "nowhere"], 2, "--livelink is 'nowhere'"),
        (["serve", "--osc", "nowhere"], 2, "--osc is 'nowhere'"),
        (["serve", "--vrchat", "127.0.0.1:0"], 2, "--vrchat is '127.0.0.1:0'"),
        (["serve", "--port", "0", "--livelink", "no.such.host.invalid:1"], 1, "unknown host"),
        (["serve", "--config", "none.toml"], 2, "No such file"),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and "Traceback" not in error


def test_a_bad_key_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "facecue.toml"
    path.write_text("prot = 1\n")
    assert main(["serve", "--config", str(path)]) == 2
    assert "unknown key prot" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["say"], ["serve", "--what"]])
def test_bad_usage_is_exit_code_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0 and "usage: facecue" in capsys.readouterr().out
