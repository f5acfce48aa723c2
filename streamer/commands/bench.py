"""facecue bench: the figures of this machine, each beside a reference of the same run."""

import argparse
import json
import platform
from dataclasses import asdict
from pathlib import Path

from streamer.cli import FINE, UserError
from streamer.measures import MEASURES, Figure
from streamer.progress import Progress

_WORSE = 1.25  # a figure that grew by more than this is named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), metavar="WHAT",
                        help=f"some of {', '.join(MEASURES)} (all)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="name what became slower since then")


def run(options: argparse.Namespace) -> int:
    old = _read(options.compare) if options.compare else {}
    figures: list[Figure] = []
    with Progress("measures") as progress:
        for done, what in enumerate(options.only, 1):
            figures += MEASURES[what]()
            progress.advance(1, done / len(options.only))
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


def table(figures: list[Figure], old: dict[str, float]) -> list[str]:
    """A row a figure; with an old run beside it, what became of it."""
    rows = [machine(), ""]
    for f in figures:
        row = f"{f.name:28} {f.ours:9.2f} ±{f.spread:<8.2f}{f.unit:3}"
        if f.ratio is not None:
            row += f" {f.ratio:6.2f}x of {f.against} ({f.reference:.2f})"
        row += f"   goal {f.goal}" * bool(f.goal)
        if f.name in old:
            change = (f.ratio if f.ratio is not None else f.ours) / old[f.name]
            row += f"   {change:.2f} of before" + "  WORSE" * (change > _WORSE)
        rows.append(row)
    return rows


def _read(path: Path) -> dict[str, float]:
    """The figures of an earlier run by name: their ratio, or themselves where they have none."""
    try:
        figures = json.loads(path.read_text("utf-8"))["figures"]
        return {f["name"]: float(f["ratio"] if f["ratio"] is not None else f["ours"]) for f in figures}
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not what facecue bench --json writes") from error


def _plain(figure: Figure) -> dict[str, object]:
    return asdict(figure) | {"ratio": figure.ratio}
