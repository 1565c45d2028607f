"""Answers a day from the log: a service that falls silent leaves no error in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.performance.parts import Z95

THROUGHPUT = "service.throughput"
#: Earlier windows that have answers, from which a usual day is known (project choice).
_EARLIER = 2


def candidate(by_day: NDArray[np.int64], earlier: Sequence[NDArray[np.int64]], fall: float) -> Candidate:
    """Answers a day of a window; the limit is the share ``fall`` of the median of earlier windows that had any."""
    usual = [float(days.mean()) for days in earlier if days.size and days.sum()]
    total, days = int(by_day.sum()), int(by_day.size)
    if not days:
        nothing = Estimate(value=None, note="no day has passed")
        return Candidate(THROUGHPUT, "answers_per_day", 0, nothing, state=State.TOO_FEW)
    mean = total / days
    spread = math.sqrt(max(total, 1)) / days
    if days > 1:
        spread = max(spread, float(by_day.std(ddof=1)) / math.sqrt(days))

    def at(z: float) -> tuple[float, float]:
        if not total:
            return 0.0, 0.0
        return max(0.0, mean - z * spread), mean + z * spread

    low, high = at(Z95)
    limit = fall * float(np.median(usual)) if len(usual) >= _EARLIER else None
    return Candidate(
        rule=THROUGHPUT,
        measure="answers_per_day",
        n=total,
        estimate=Estimate(value=mean, low=low, high=high, method="influence"),
        at=at,
        limits=(limit, None),
        far=(None if limit is None else limit / 2, None),
        note="" if limit is not None else "too few earlier windows to know what is usual",
    )


def silence(hours: float, answers: int, most: float | None) -> Candidate:
    """The longest time of a window without an answer."""
    return Candidate(
        rule=THROUGHPUT,
        measure="silent_hours",
        n=answers,
        estimate=Estimate(value=hours, low=hours, high=hours),
        at=lambda _: (hours, hours),
        limits=(None, most),
        far=(None, None if most is None else 2 * most),
    )
