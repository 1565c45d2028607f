"""Alerts a day against what people can answer, and the distribution of the scores against the validated one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import Estimate, ScoreTable
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate, IntervalAt
from wardround.monitoring.performance.parts import Z95

CAPACITY, SCORES = "workload.capacity", "workload.scores"
#: Fewest days for an interval from the days' own spread; with fewer, alerts are taken to come independently (Poisson).
_DAYS = 5
#: Bins of the scores are merged until each holds this share of the validated ones (project choice: ten bins or fewer).
_SHARE = 0.1


def alerts(by_day: NDArray[np.int64], encounters: int, capacity: float | None) -> Candidate:
    """Alerts a day of all versions of the stage; days of the week differ, so that the interval comes from the days."""
    total, days = int(by_day.sum()), int(by_day.size)
    if not days:
        return Candidate(
            CAPACITY, "alerts_per_day", encounters, Estimate(value=None, note="no day has passed"), state=State.TOO_FEW
        )
    mean = total / days
    poisson = math.sqrt(max(total, 1)) / days
    spread = max(poisson, float(by_day.std(ddof=1)) / math.sqrt(days)) if days >= _DAYS else poisson

    def at(z: float) -> tuple[float, float]:
        return max(0.0, mean - z * spread), mean + z * spread

    low, high = at(Z95)
    return Candidate(
        rule=CAPACITY,
        measure="alerts_per_day",
        n=encounters,
        events=total,
        estimate=Estimate(value=mean, low=low, high=high, method="influence"),
        at=at,
        limits=(None, capacity),
        far=(None, None if capacity is None else 2 * capacity),
        note="" if capacity is not None else "no capacity is declared (gate.utility.alerts_per_day)",
    )


def scores(
    probability: NDArray[np.float64],
    validated: ScoreTable | None,
    limit: float,
    least: int,
    subjects: int | None = None,
) -> Candidate:
    """Population stability index of the window's scores against the validated ones, less what chance alone gives.

    With b bins chance gives (b - 1)(1 / n + 1 / m) on average (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14:89). The window is
    worth as many independent encounters as it has ``subjects`` (None: each is one), as for the inputs: patients come again with scores like theirs.
    """
    n = int(probability.size)
    if validated is None or sum(validated.n) < 10 * least or n < 10 * least:
        why = "nothing was validated to compare with" if validated is None else f"fewer than {10 * least} encounters"
        state = State.UNAVAILABLE if validated is None else State.TOO_FEW
        return Candidate(
            SCORES, "score_psi", n, Estimate(value=None, note=why), minimum=10 * least, state=state, note=why
        )
    edges, expected = _merged(validated)
    place = np.minimum(np.searchsorted(edges, probability, side="right") - 1, expected.size - 1)
    found = np.bincount(place, minlength=expected.size).astype(np.float64)
    value, at = _stability(found, expected, float(min(n, subjects or n)))
    low, high = at(Z95)
    return Candidate(
        rule=SCORES,
        measure="score_psi",
        n=n,
        minimum=10 * least,
        estimate=Estimate(value=value, low=low, high=high, method="influence"),
        at=at,
        limits=(None, limit),
        far=(None, None),
    )


def _merged(table: ScoreTable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges and validated counts, adjacent bins merged until each is large enough."""
    least = _SHARE * sum(table.n)
    edges, counts, held = [table.edges[0]], [0.0], 0.0
    for upper, n in zip(table.edges[1:], table.n, strict=True):
        held += n
        if held >= least:
            edges.append(upper)
            counts.append(held)
            held = 0.0
    if len(edges) == 1:
        return np.asarray([0.0, 1.0]), np.asarray([held])
    counts[-1] += held
    edges[-1] = table.edges[-1]
    return np.asarray(edges), np.asarray(counts[1:])


def _stability(found: NDArray[np.float64], expected: NDArray[np.float64], worth: float) -> tuple[float, IntervalAt]:
    """The index and its interval by the delta method for two multinomials; half an encounter is added to every bin. ``found`` is ``worth`` so many."""
    n, m = worth, expected.sum()
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * counts.size) for counts in (found, expected))
    ratio = np.log(p / q)
    value = max(0.0, float(np.sum((p - q) * ratio)) - (found.size - 1) * (1.0 / n + 1.0 / m))
    of_p, of_q = ratio + 1.0 - q / p, -ratio + 1.0 - p / q
    variance = (np.sum(p * of_p**2) - np.sum(p * of_p) ** 2) / n + (np.sum(q * of_q**2) - np.sum(q * of_q) ** 2) / m
    spread = math.sqrt(max(float(variance), 0.0))
    return value, lambda z: (max(0.0, value - z * spread), value + z * spread)
