"""python -m tests.plot_growth GROWTH.json PICTURE.png: how cost grows, from what facecue bench --growth --json told."""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure


def plot(growth: Path, picture: Path) -> None:
    """One panel a curve: the share of a core over how many there are, both in powers of ten."""
    told = json.loads(growth.read_text("utf-8"))
    curves = list(dict.fromkeys(point["what"] for point in told["growth"]))
    drawing = Figure(figsize=(10, 3.2), layout="constrained")
    for panel, what in zip(drawing.subplots(1, len(curves)), curves, strict=True):
        points = [point for point in told["growth"] if point["what"] == what]
        panel.loglog([p["many"] for p in points], [p["core"] for p in points], "o-", color="#2f6fb0")
        panel.axhline(100, color="#b03030", linewidth=0.8)
        panel.set(title=what, xlabel="how many", ylabel="% of a core")
        panel.grid(alpha=0.3)
    drawing.suptitle(told["machine"], fontsize=8)
    drawing.savefig(picture, dpi=110)


if __name__ == "__main__":
    plot(Path(sys.argv[1]), Path(sys.argv[2]))
