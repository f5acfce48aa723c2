import json
from pathlib import Path

import numpy as np
import pytest

from protocols import gltf, recording
from protocols.arkit import INDEX
from streamer.cli import main

LATE = {
    "id": "late",
    "duration": 0.6,
    "keyframes": [
        {"at": 0.2, "values": {"MouthSmileLeft": 0.5}},
        {"at": 0.9, "onset": "slow", "values": {"JawOpen": 0.9}},
        {"at": 1.0, "onset": "slow", "values": {"BrowInnerUp": 0.9}},
    ],
}


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_a_take_ends_at_rest_even_when_its_last_keyframe_is_late(tmp_path: Path) -> None:
    assert main(["render", "--jsonl", write(tmp_path / "in", LATE), "-o", str(tmp_path / "take.csv")]) == 0
    take = recording.decode((tmp_path / "take.csv").read_bytes())
    assert not take.values[0].any() and not take.values[-1].any() and take.times[-1] < 0.6 + 3
    assert take.values[:, INDEX["BrowInnerUp"]].max() == pytest.approx(0.9, abs=0.01)


def test_no_channel_leaps_from_row_to_row(tmp_path: Path) -> None:
    write(tmp_path / "in", LATE, {"line": "Get out! Now!", "emotion": "furious"})
    assert main(["render", "--jsonl", str(tmp_path / "in"), "-o", str(tmp_path / "take.csv")]) == 0
    values = recording.decode((tmp_path / "take.csv").read_bytes()).values
    assert np.abs(np.diff(values, axis=0)).max() < 0.35


def test_the_take_begins_at_timecode_zero_and_can_go_to_standard_output(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert main(["render", "Ha!", "--duration", "0.5", "-o", "-"]) == 0
    take = recording.decode(capsysbinary.readouterr().out)
    assert take.timecodes[0] == "00:00:00:00.000"


def test_ids_that_cannot_be_file_names_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": name, "line": "x", "duration": 0.1} for name in ("a/b", "A:B", "plain")]
    assert main(["render", "--jsonl", write(tmp_path / "in", *rows), "-o", f"{tmp_path}/out/"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["A_B-2.csv", "a_b.csv", "plain.csv"]
    told = capsys.readouterr().err
    assert "'a/b' goes to a_b.csv" in told and "'A:B' goes to A_B-2.csv" in told and "plain" not in told


def test_bad_lines_are_named_and_the_rest_is_rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = write(tmp_path / "in", '{"line": 3}', {"id": "good", "line": "x", "duration": 0.1})
    assert main(["render", "--jsonl", name, "-o", f"{tmp_path}/out/"]) == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.csv"]
    assert "line 1: line is 3" in capsys.readouterr().err


def test_a_take_that_could_not_be_read_back_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recording, "MAX_ROWS", 30)
    assert main(["render", "Ha!", "-o", str(tmp_path / "take.csv")]) == 1
    assert "take is longer than 30 rows" in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("duration", "code"), [("nan", 2), ("0", 2), ("-1", 2), ("1e9", 2)])
def test_a_duration_out_of_bounds_is_bad_usage(duration: str, code: int, tmp_path: Path) -> None:
    try:
        ended = main(["render", "Ha!", "--duration", duration, "-o", str(tmp_path / "take.csv")])
    except SystemExit as error:
        assert isinstance(error.code, int)
        ended = error.code
    assert ended == code and not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_a_take_is_an_animation_where_its_name_says_so(suffix: str, tmp_path: Path) -> None:
    outs = [tmp_path / f"take.{kind}" for kind in ("csv", suffix)]
    for out in outs:
        assert main(["render", "Get out!", "--emotion", "furious", "--fps", "30", "-o", str(out)]) == 0
    rows, animation = recording.decode(outs[0].read_bytes()), gltf.decode(outs[1].read_bytes())
    assert animation.values == pytest.approx(rows.values, abs=2e-6)
    assert animation.timecodes == rows.timecodes and animation.fps == rows.fps == 30


def test_a_sheet_is_a_directory_of_animations(tmp_path: Path) -> None:
    name = write(tmp_path / "in", {"id": "a", "line": "x", "duration": 0.1}, {"id": "b", "line": "y", "duration": 0.1})
    assert main(["render", "--jsonl", name, "-o", f"{tmp_path}/out/", "--format", "glb"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.glb", "b.glb"]
    assert all(gltf.is_gltf(path.read_bytes()) for path in (tmp_path / "out").iterdir())


def test_drop_frame_leaves_its_numbers_out_of_a_take(tmp_path: Path) -> None:
    minute = np.zeros((3700, 61), np.float32)
    (tmp_path / "in.csv").write_text(recording.encode(recording.take(minute)))
    command = ["render", "--take", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--fps", "59.94"]
    assert main([*command, "--drop-frame"]) == 0
    take = recording.decode((tmp_path / "out.csv").read_bytes())
    assert take.timecodes[3599:3601] == ("00:00:59:59.000", "00:01:00:04.000")
    assert take.fps == pytest.approx(60_000 / 1001) and take.times[-1] == pytest.approx(3699 / 60, abs=1 / 60)
    assert main(command) == 0
    assert recording.decode((tmp_path / "out.csv").read_bytes()).timecodes[3600] == "00:01:00:00.000"


def test_a_take_that_is_too_long_at_its_new_rate_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text(recording.encode(recording.take(np.zeros((50, 61), np.float32), 24)))
    monkeypatch.setattr(recording, "MAX_ROWS", 60)
    assert main(["render", "--take", str(tmp_path / "in.csv"), "--fps", "60", "-o", str(tmp_path / "out.csv")]) == 1
    assert "in.csv: take is 122 frames at 60 fps" in capsys.readouterr().err and not (tmp_path / "out.csv").exists()
