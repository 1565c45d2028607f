"""Concept drift: the same inputs, another outcome. Calibration by region of the inputs, after the rate of the whole window was allowed for.

A change of who comes moves the scores and leaves calibration alone. A change of the rate alone (prior shift) moves the logits of all
encounters by one amount: after that shift every region has as many events as are expected. What is left in a region, and a loss of AUROC
that the scores themselves do not announce, is a change of what the inputs mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from wardround.compare import Scored
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import REGION, Candidate, IntervalAt
from wardround.monitoring.estimating.auroc import expected_auroc
from wardround.monitoring.performance.parts import Z95, Part, error
from wardround.monitoring.performance.regions import Region
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.stats.intervals import observed_expected
from wardround.stats.recalibration import fit_intercept

CONCEPT = "calibration.concept"


def shifted(scored: Scored) -> NDArray[np.float64] | None:
    """The probabilities after one shift of all logits to the window's own rate; None with one class only."""
    try:
        return fit_intercept(scored.probability, scored.outcome).apply(scored.probability)
    except ValueError:
        return None


def candidates(
    scored: Scored, everybody: Part, regions: Iterable[Region], keep: NDArray[np.bool_], section: MonitorOutcomesSection
) -> Iterator[Candidate]:
    """The worst level of each region, and AUROC against what the scores announce. ``keep`` are the rows of ``regions`` that are scored."""
    probability = shifted(scored)
    if probability is None:
        return
    yield _discrimination(scored, everybody, probability, section)
    for region in regions:
        found = _worst(region, region.codes[keep], scored, probability, section)
        if found is not None:
            yield found


def _worst(
    region: Region,
    codes: NDArray[np.int16],
    scored: Scored,
    probability: NDArray[np.float64],
    section: MonitorOutcomesSection,
) -> Candidate | None:
    size = len(region.levels)
    inside = codes >= 0
    place = codes[inside].astype(np.int64)
    n = np.bincount(place, minlength=size)
    observed = np.bincount(place, weights=scored.outcome[inside], minlength=size)
    expected = np.bincount(place, weights=probability[inside], minlength=size)
    errors = _errors(scored.subject[inside], place, (scored.outcome - probability)[inside], size)
    enough = np.flatnonzero((expected >= section.min_events) & (n - expected >= section.min_events))
    if enough.size < 2:
        return None
    limits = section.region_observed_expected
    intervals = {int(k): _interval(float(observed[k]), float(expected[k]), float(errors[k])) for k in enough}

    def beyond(k: int) -> float:
        low, high = intervals[k](Z95)
        return max(math.log(max(low, 1e-9) / limits[1]), math.log(limits[0] / max(high, 1e-9)))

    worst = max(intervals, key=beyond)
    low, high = intervals[worst](Z95)
    return Candidate(
        rule=CONCEPT,
        measure=REGION,
        column=region.column,
        level=region.levels[worst],
        n=int(n[worst]),
        minimum=section.min_events,
        events=int(observed[worst]),
        estimate=Estimate(value=float(observed[worst] / expected[worst]), low=low, high=high, method="influence"),
        at=intervals[worst],
        limits=limits,
        far=(limits[0] ** 2, limits[1] ** 2),
        note="observed/expected after the rate of the whole window was allowed for",
        tests=int(enough.size),
    )


def _errors(
    subject: NDArray[np.int64], place: NDArray[np.int64], rest: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Standard error of observed less expected in each level, clustered by subject."""
    subjects = np.unique(subject, return_inverse=True)[1].astype(np.int64)
    cells, where = np.unique(subjects * size + place, return_inverse=True)
    sums = np.bincount(where, weights=rest)
    return np.sqrt(np.bincount(cells % size, weights=sums * sums, minlength=size))


def _interval(observed: float, expected: float, spread: float) -> IntervalAt:
    return lambda z: observed_expected(observed, expected, spread / expected, z)


def _discrimination(
    scored: Scored, everybody: Part, probability: NDArray[np.float64], section: MonitorOutcomesSection
) -> Candidate:
    """Realised AUROC less what the scores would give if only who comes and the rate had changed."""
    realised, announced = everybody.estimate("auroc"), expected_auroc(probability, scored.subject)
    events = int(np.count_nonzero(scored.outcome))
    few = min(events, scored.n - events) < section.min_events
    if realised is None or realised.value is None or announced is None or few:
        return Candidate(
            rule=CONCEPT,
            measure="auroc_unannounced",
            n=scored.n,
            minimum=section.min_events,
            estimate=Estimate(value=None, note="too few of one kind"),
            state=State.TOO_FEW,
        )
    value = realised.value - announced.value
    spread = math.hypot(error(realised), announced.error)

    def limits(z: float) -> tuple[float, float]:
        return value - z * spread, value + z * spread

    low, high = limits(Z95)
    return Candidate(
        rule=CONCEPT,
        measure="auroc_unannounced",
        n=scored.n,
        minimum=section.min_events,
        estimate=Estimate(value=value, low=low, high=high, method="delong"),
        at=limits,
        limits=(-section.auroc_loss, None),
        far=(-2 * section.auroc_loss, None),
        note="AUROC less the one that the scores announce",
    )
