"""What the driver counts, and how it tells: a Prometheus page, and a line in the log for each second with losses."""

import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

_log = logging.getLogger(__name__)
_LATENESS_WINDOW: Final = 600  # frames: ten seconds


@dataclass(slots=True)
class Stats:
    """Counters of a running driver; `sent` and `dropped` are by output, `finished` by reason, `lessons` by result."""

    frames: int = 0
    skipped: int = 0
    lines: int = 0
    errors: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    lessons: Counter[str] = field(default_factory=Counter)  # of the large model
    methods: dict[str, str] = field(default_factory=dict)  # how an output's datagrams leave
    lateness: deque[float] = field(default_factory=lambda: deque(maxlen=_LATENESS_WINDOW))
    _told: Counter[str] = field(default_factory=Counter)

    def log_losses(self) -> None:
        """Logs what was lost since the last call, once for each place."""
        losses = Counter(self.dropped)
        losses["clock"] = self.skipped
        for place, count in (losses - self._told).items():
            _log.warning("%s: dropped %d frames", place, count)
        self._told = losses

    def page(self, characters: int, clients: int) -> str:
        """The counters in Prometheus' text format."""
        p50, p95 = np.percentile(self.lateness, [50, 95]) if self.lateness else (0.0, 0.0)
        lines = [
            _metric("frames_total", "counter", "Frames that were played.", {"": self.frames}),
            _metric("frames_skipped_total", "counter", "Frames that came too late, left out.", {"": self.skipped}),
            _metric("lines_total", "counter", "Lines that came in.", {"": self.lines}),
            _metric("errors_total", "counter", "Messages that were answered with an error.", {"": self.errors}),
            _metric("finished_total", "counter", "Lines that ended, by reason.", _labels("reason", self.finished)),
            _metric("lessons_total", "counter", "Lines for the large model, by result.",
                    _labels("result", self.lessons)),
            _metric("packets_total", "counter", "Packets and messages sent.", _labels("output", self.sent)),
            _metric("dropped_total", "counter", "Packets and messages not sent.", _labels("output", self.dropped)),
            _metric("sender_info", "gauge", "How datagrams leave.",
                    {f'{{output="{name}",method="{method}"}}': 1 for name, method in sorted(self.methods.items())}),
            _metric("characters", "gauge", "Characters on stage.", {"": characters}),
            _metric("clients", "gauge", "WebSocket connections.", {"": clients}),
            _metric("frame_lateness_seconds", "gauge", "Lateness of the last frames.",
                    {'{quantile="0.5"}': p50, '{quantile="0.95"}': p95}),
        ]  # fmt: skip
        return "".join(lines)


def _labels(label: str, counts: Counter[str]) -> dict[str, float]:
    return {f'{{{label}="{name}"}}': count for name, count in sorted(counts.items())}


def _metric(name: str, kind: str, text: str, values: dict[str, float]) -> str:
    rows = "".join(f"facecue_{name}{labels} {value:.15g}\n" for labels, value in values.items())
    return f"# HELP facecue_{name} {text}\n# TYPE facecue_{name} {kind}\n{rows}"
