"""python -m tests.plot_growth GROWTH.json PICTURE.png: how cost grows, from what facecue bench --growth --json told."""

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

Points = list[dict[str, Any]]  # Any: as JSON has them


def plot(growth: Path, picture: Path) -> None:
    """A panel a curve, in powers of ten: the share of a core over how many there are, and how long answers take."""
    told = json.loads(growth.read_text("utf-8"))
    curves = {p["what"]: [q for q in told["growth"] if q["what"] == p["what"]] for p in told["growth"]}
    answered = [points for points in curves.values() if points[0]["answer_ms"] is not None]
    drawing = Figure(figsize=(12, 3.4), layout="constrained")
    panels = drawing.subplots(1, len(curves) + len(answered))
    for panel, (what, points) in zip(panels, curves.items(), strict=False):
        _draw_cost(panel, what, points)
    for panel, points in zip(panels[len(curves) :], answered, strict=True):
        _draw(panel, f"answers by {points[0]['what']}", "ms", points, "answer_ms")
    drawing.suptitle(told["machine"], fontsize=8)
    drawing.savefig(picture, dpi=110)


def _draw_cost(panel: Axes, what: str, points: Points) -> None:
    """The curve over what each costs where it costs least, times how many: it bends where they part."""
    many = [p["many"] for p in points]
    each = min(p["core"] / p["many"] for p in points)
    panel.plot(many, [each * n for n in many], ":", color="#808080", label=f"{each:.2g} % each")
    panel.axhline(100, color="#b03030", linewidth=0.8, label="a core is full")
    _draw(panel, what, "% of a core", points, "core")
    panel.set_ylim(0.5, 200)
    panel.legend(fontsize=7, loc="lower right")


def _draw(panel: Axes, title: str, unit: str, points: Points, key: str) -> None:
    panel.loglog([p["many"] for p in points], [p[key] for p in points], "o-", color="#2f6fb0", markersize=4)
    panel.set(title=title, xlabel="how many", ylabel=unit)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    panel.grid(alpha=0.3)


if __name__ == "__main__":
    plot(Path(sys.argv[1]), Path(sys.argv[2]))
