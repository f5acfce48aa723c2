import importlib
import json
from pathlib import Path

import pytest

from streamer.cli import main
from streamer.commands.bench import FUNCTIONS, MEASURES, curves, table
from streamer.measures import clock, crowd, fanout, growth, lines
from streamer.measures.figures import Figure
from streamer.measures.growth import Point


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clock, crowd, fanout, lines):
        monkeypatch.setattr(module, "ROUNDS", 1)
    monkeypatch.setattr(clock, "_WINDOW", 0.5)
    monkeypatch.setattr(clock, "_CLIENTS", 3)
    monkeypatch.setattr(fanout, "_CLIENTS", 8)
    monkeypatch.setattr(fanout, "_STALLED", 1)
    monkeypatch.setattr(fanout, "_TICKS", 5)
    monkeypatch.setattr(lines, "_SPOKEN", 2)


def test_bench_prints_figures_beside_their_references(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "clock", "datagrams", "osc", "websocket", "speech", "answer", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert {"frame lateness p50", "frame lateness p95", "a VMC frame patched", "a frame to one of 8 clients",
            "line to first packet p50", "text to mouth, 20 words p50"} <= set(figures)  # fmt: skip
    packet = figures["a VMC frame patched"]
    assert packet["ours"] > 0 and packet["ratio"] == pytest.approx(packet["ours"] / packet["reference"])
    assert packet["is_reached"] is True
    assert "Python" in told["machine"]


@pytest.mark.parametrize("what", MEASURES)
def test_everything_that_can_be_measured_has_its_function(what: str) -> None:
    module, seconds = MEASURES[what]
    assert callable(getattr(importlib.import_module(f"streamer.measures.{module}"), FUNCTIONS.get(what, what)))
    assert 0 < seconds < 60


@pytest.mark.parametrize(
    ("goal", "ours", "reference", "is_reached"),
    [("<= 2x", 4.0, 2.0, True), ("<= 2x", 4.1, 2.0, False), (">= 10x", 20.0, 2.0, True), ("<= 5 ms", 5.1, None, False),
     (">= 99.5 %", 99.6, None, True), ("", 1.0, None, None), ("<= 2x", 1.0, None, False)],
)  # fmt: skip
def test_a_goal_is_of_the_ratio_where_it_has_an_x(
    goal: str, ours: float, reference: float | None, is_reached: bool | None
) -> None:
    figure = Figure("a", "ms", ours, 0.0, reference, goal=goal)
    assert figure.is_reached is (None if goal.endswith("x") and reference is None else is_reached)


def test_a_curve_bends_where_one_more_costs_half_as_much_again() -> None:
    points = [
        Point("faces", 1, 2.0),
        Point("faces", 100, 10.0),
        Point("faces", 1000, 120.0),
        Point("faces", 2000, 400.0),
    ]
    assert growth.bends(points) == {"faces": "cheapest at 100, half as dear again from 2000, a core is full by 1000"}
    assert curves(points)[-1] == "faces: cheapest at 100, half as dear again from 2000, a core is full by 1000"


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
    assert "WORSE" in rows[2] and "2x of c" in rows[2] and "goal <= 3x" in rows[2]
    assert "WORSE" not in rows[3]
