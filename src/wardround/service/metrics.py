"""What a service counts of itself, in Prometheus' text format (version 0.0.4). No label ever holds a value of a request."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

#: Upper bounds in seconds, and in rows.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROWS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)


class Histogram:
    """Counts by upper bound."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Counts one value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def lines(self, name: str, about: str) -> list[str]:
        """The histogram as text."""
        text = [f"# HELP {name} {about}", f"# TYPE {name} histogram"]
        total = 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            total += count
            text.append(f'{name}_bucket{{le="{"+Inf" if bound == float("inf") else f"{bound:g}"}"}} {total}')
        return [*text, f"{name}_sum {self._sum!r}", f"{name}_count {total}"]


class Metrics:
    """Everything that is counted while requests are answered."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.predictions = 0
        self.alerts = 0
        self.warnings = 0
        self.seconds = Histogram(SECONDS)
        self.feature_seconds = Histogram(SECONDS)
        self.model_seconds = Histogram(SECONDS)
        self.batch = Histogram(ROWS)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        key = (route, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        self.seconds.observe(seconds)

    def text(self, now: Mapping[str, tuple[float, str, str]], info: Mapping[str, str]) -> str:
        """All of it. ``now`` maps a name to a value, its type and what it means; ``info`` are labels of what runs here."""
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in info.items())
        lines = [
            "# HELP wardround_service_info What runs here.",
            "# TYPE wardround_service_info gauge",
            f"wardround_service_info{{{labels}}} 1",
            "# HELP wardround_requests_total Requests answered, by route and status.",
            "# TYPE wardround_requests_total counter",
        ]
        for (route, status), count in sorted(self.requests.items()):
            lines.append(f'wardround_requests_total{{route="{route}",status="{status}"}} {count}')
        counted = {
            "wardround_predictions_total": (self.predictions, "counter", "Probabilities answered."),
            "wardround_alerts_total": (self.alerts, "counter", "Of these, at or above the operating threshold."),
            "wardround_warned_total": (self.warnings, "counter", "Of these, with a value outside the training range."),
        }
        for name, (value, kind, about) in {**counted, **now}.items():
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}", f"{name} {value!r}"]
        lines += self.seconds.lines("wardround_request_seconds", "From the request's head to its answer.")
        lines += self.feature_seconds.lines("wardround_feature_seconds", "From encounters to the matrix, a batch.")
        lines += self.model_seconds.lines("wardround_model_seconds", "From the matrix to probabilities, a batch.")
        lines += self.batch.lines("wardround_batch_encounters", "Encounters that were answered together.")
        return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
