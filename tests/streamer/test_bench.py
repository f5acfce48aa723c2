import json
from pathlib import Path

import pytest

from streamer import measures
from streamer.cli import main
from streamer.commands.bench import table
from streamer.measures import Figure


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "ROUNDS", 1)
    monkeypatch.setattr(measures, "_TICKS", 5)


def test_bench_prints_figures_beside_their_references(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "clock", "datagrams", "speech", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert set(figures) == {"frame lateness p50", "frame lateness p95", "a packet", "text to mouth, 20 words p50"}
    packet = figures["a packet"]
    assert packet["ours"] > 0 and packet["ratio"] == pytest.approx(packet["ours"] / packet["reference"])
    assert "Python" in told["machine"]


def test_a_run_can_be_compared_with_an_older_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.json"
    main(["bench", "--only", "speech", "--json"])
    figures = json.loads(capsys.readouterr().out)
    figures["figures"][0]["ours"] = 1e-6
    old.write_text(json.dumps(figures))
    assert main(["bench", "--only", "speech", "--compare", str(old)]) == 0
    assert "WORSE" in capsys.readouterr().out
    old.write_text("[]")
    assert main(["bench", "--only", "speech", "--compare", str(old)]) == 1
    assert main(["bench", "--only", "speech", "--compare", str(tmp_path / "none")]) == 1


def test_the_table_names_what_became_slower_only() -> None:
    rows = table([Figure("a", "us", 2.0, 0.1, 1.0, "c", "<= 3x"), Figure("b", "ms", 1.0, 0.1)], {"a": 1.0, "b": 1.0})
    assert "WORSE" in rows[2] and "2.00x of c" in rows[2] and "goal <= 3x" in rows[2]
    assert "WORSE" not in rows[3]
