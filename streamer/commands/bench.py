"""facecue bench: the figures of this machine, each beside a reference of the same run."""

import argparse
import importlib
import json
import platform
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamer.cli import FINE, UserError
from streamer.progress import Progress

if TYPE_CHECKING:
    from streamer.measures.figures import Figure
    from streamer.measures.growth import Point

# What is measured: the module of streamer.measures and its function, and about how many seconds it takes.
MEASURES: Final = {
    "clock": ("clock", 34), "datagrams": ("crowd", 1), "osc": ("crowd", 1), "faces": ("crowd", 30),
    "delivery": ("crowd", 24), "websocket": ("fanout", 14), "model": ("lines", 3), "speech": ("lines", 1),
    "answer": ("lines", 4), "start": ("lines", 5),
}  # fmt: skip
FUNCTIONS: Final = {"websocket": "fanout"}  # where a function has a name of its own
_WORSE: Final = 1.25  # a figure that grew by more than this is named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), metavar="WHAT",
                        help=f"some of {', '.join(MEASURES)} (all)")  # fmt: skip
    parser.add_argument("--growth", action="store_true", help="how cost grows with faces, clients and lines instead")
    parser.add_argument("--soak", type=int, metavar="MINUTES", help="memory of a full house for some minutes instead")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="name what became slower since then")


def run(options: argparse.Namespace) -> int:
    old = _read(options.compare) if options.compare else {}
    if options.growth:
        points = list(_grown())
        told = {"machine": machine(), "growth": [asdict(point) for point in points]}
        print(json.dumps(told, indent=1) if options.json else "\n".join(curves(points)))
        return FINE
    figures = list(_soaked(options.soak) if options.soak else _measured(options.only))
    if options.json:
        print(json.dumps({"machine": machine(), "figures": [_plain(figure) for figure in figures]}, indent=1))
    else:
        print("\n".join(table(figures, old)))
    return FINE


def machine() -> str:
    """The hardware and the Python that figures belong to."""
    name = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        name = f"{len(names)} x {names[0]}" if names else name
    return f"{name}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def table(figures: "list[Figure]", old: dict[str, float]) -> list[str]:
    """A row a figure; with an old run beside it, what became of it."""
    rows = [machine(), ""]
    for f in figures:
        row = f"{f.name:36} {f.ours:9.2f} ±{f.spread:<8.2f}{f.unit:3}"
        if f.ratio is not None:
            row += f" {f.ratio:8.4g}x of {f.against} ({f.reference:.2f})"
        if f.goal:
            row += f"   goal {f.goal}, {'reached' if f.is_reached else 'MISSED'}"
        if old.get(f.name):
            change = (f.ratio if f.ratio is not None else f.ours) / old[f.name]
            is_worse = change < 1 / _WORSE if f.goal.startswith(">") else change > _WORSE
            row += f"   {change:.2f} of before" + "  WORSE" * is_worse
        rows.append(row)
    return rows


def curves(points: "list[Point]") -> list[str]:
    """A row a point, and where each curve bends."""
    from streamer.measures.growth import bends

    rows = [machine(), "", f"{'':14} {'many':>6} {'of a core':>10} {'each':>10} {'answer':>9}"]
    for p in points:
        answer = "" if p.answer_ms is None else f"{p.answer_ms:6.1f} ms"
        rows.append(f"{p.what:14} {p.many:6} {p.core:8.1f} % {p.core / p.many:8.4f} % {answer:>9}")
    return [*rows, "", *(f"{what}: {bend}" for what, bend in bends(points).items())]


def _measured(names: list[str]) -> "Iterator[Figure]":
    whole, done = sum(MEASURES[name][1] for name in names), 0
    with Progress("measures") as progress:
        for name in names:
            module, seconds = MEASURES[name]
            measure = getattr(importlib.import_module(f"streamer.measures.{module}"), FUNCTIONS.get(name, name))
            yield from measure()
            done += seconds
            progress.advance(1, done / whole)


def _grown() -> "Iterator[Point]":
    from streamer.measures.growth import CLIENTS, FACES, LINES, growth

    whole = len(FACES) + len(CLIENTS) + len(LINES)
    with Progress("points") as progress:
        for done, point in enumerate(growth(), 1):
            yield point
            progress.advance(1, done / whole)


def _soaked(minutes: int) -> "Iterator[Figure]":
    from streamer.measures.soak import soak

    with Progress("minutes") as progress:
        for done, figure in enumerate(soak(minutes), 1):
            yield figure
            progress.advance(1, min(done / minutes, 1.0))


def _read(path: Path) -> dict[str, float]:
    """The figures of an earlier run by name: their ratio, or themselves where they have none."""
    try:
        figures = json.loads(path.read_text("utf-8"))["figures"]
        return {f["name"]: float(f["ratio"] if f["ratio"] is not None else f["ours"]) for f in figures}
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not what facecue bench --json writes") from error


def _plain(figure: "Figure") -> dict[str, object]:
    return asdict(figure) | {"ratio": figure.ratio, "is_reached": figure.is_reached}
