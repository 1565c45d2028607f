"""Concept drift: the same inputs, another outcome. Calibration by region of the inputs, after the rate of the whole window was allowed for.

A change of who comes moves the scores and leaves calibration alone. A change of the rate alone (prior shift) moves the logits of all
encounters by one amount: after that shift every region has as many events as are expected. What is left in a region, and a loss of AUROC
that the scores themselves do not announce, is a change of what the inputs mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wardround.compare import Scored
from wardround.evidence.measures import Estimate, ScoreTable
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import REGION, Candidate, IntervalAt
from wardround.monitoring.estimating.auroc import expected_auroc
from wardround.monitoring.performance.parts import Z95, Part, error
from wardround.monitoring.performance.regions import Region
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.stats.discrimination import auroc
from wardround.stats.logistic import logit
from wardround.stats.recalibration import fit_intercept
from wardround.stats.sample import make_sample, rank

CONCEPT, UNANNOUNCED = "calibration.concept", "auroc_unannounced"
_STEPS = 30


@dataclass(frozen=True)
class Against:
    """``validated`` is AUROC less the announced one at validation: a model that never knew its own ranking has not lost it."""

    section: MonitorOutcomesSection
    validated: float = 0.0


def validated_gap(table: ScoreTable | None) -> float:
    """AUROC less the announced one, both from the validated score bins after one shift to their own rate; 0 where they do not tell."""
    if table is None or not 0 < sum(table.events) < sum(table.n):
        return 0.0
    n, events = np.asarray(table.n), np.asarray(table.events)
    mean = np.divide(np.asarray(table.expected), n, out=np.zeros(n.size), where=n > 0)
    probability, outcome = np.repeat(mean, n), np.zeros(int(n.sum()), np.int8)
    first = np.cumsum(n) - n
    for k in range(n.size):
        outcome[first[k] : first[k] + events[k]] = 1
    try:
        moved = fit_intercept(probability, outcome).apply(probability)
    except ValueError:
        return 0.0
    sample, _ = make_sample(outcome, np.arange(outcome.size))
    announced = expected_auroc(moved, np.arange(outcome.size))
    return 0.0 if announced is None else auroc(rank(sample, moved)) - announced.value


def shifted(scored: Scored) -> NDArray[np.float64] | None:
    """The probabilities after one shift of all logits to the window's own rate; None with one class only."""
    try:
        return fit_intercept(scored.probability, scored.outcome).apply(scored.probability)
    except ValueError:
        return None


def candidates(
    scored: Scored, parts: Sequence[Part], regions: Iterable[Region], keep: NDArray[np.bool_], against: Against
) -> Iterator[Candidate]:
    """AUROC of each group against what its scores announce, and the worst level of each region. ``keep`` are the rows of ``regions`` that are scored."""
    probability = shifted(scored)
    if probability is None:
        return
    yield from (_discrimination(scored, part, against) for part in parts)
    for region in regions:
        found = _worst(region, region.codes[keep], scored, probability, against.section)
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
    enough = np.flatnonzero((expected >= section.min_events) & (n - expected >= section.min_events))
    if enough.size < 2:
        return None
    rows = Rows(scored.subject[inside], place, scored.outcome[inside].astype(np.float64), logit(probability[inside]))
    shift, errors = odds(rows, size)
    limits = section.region_odds

    def beyond(k: int) -> float:
        middle, half = float(shift[k]), Z95 * float(errors[k])
        return max(middle - half - math.log(limits[1]), math.log(limits[0]) - middle - half)

    worst = max(map(int, enough), key=beyond)
    interval = _interval(float(shift[worst]), float(errors[worst]))
    low, high = interval(Z95)
    return Candidate(
        rule=CONCEPT,
        measure=REGION,
        column=region.column,
        level=region.levels[worst],
        n=int(n[worst]),
        minimum=section.min_events,
        events=int(observed[worst]),
        estimate=Estimate(value=math.exp(shift[worst]), low=low, high=high, method="influence"),
        at=interval,
        limits=limits,
        far=(limits[0] ** 2, limits[1] ** 2),
        note="observed odds over expected ones, after the rate of the whole window was allowed for",
        tests=int(enough.size),
    )


def _interval(shift: float, spread: float) -> IntervalAt:
    return lambda z: (math.exp(shift - z * spread), math.exp(shift + z * spread))


@dataclass(frozen=True)
class Rows:
    """Encounters with the level (``place``) that each lies in, and the logit that is expected."""

    subject: NDArray[np.int64]
    place: NDArray[np.int64]
    outcome: NDArray[np.float64]
    logits: NDArray[np.float64]


def odds(rows: Rows, levels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each level the shift of all its logits that makes as many events expected as happened, and its standard error.

    Newton's method, all levels at once; half an event, and half a non-event, is the least that is taken to have happened. The error is
    clustered by subject, and never below the one of independent encounters.
    """
    place = rows.place
    n = np.bincount(place, minlength=levels)
    happened = np.clip(np.bincount(place, weights=rows.outcome, minlength=levels), 0.5, np.maximum(n - 0.5, 0.5))
    shift = np.zeros(levels)
    risk = np.asarray(expit(rows.logits), dtype=np.float64)
    for _ in range(_STEPS):
        information = np.bincount(place, weights=risk * (1.0 - risk), minlength=levels)
        excess = happened - np.bincount(place, weights=risk, minlength=levels)
        step = np.divide(excess, information, out=np.zeros(levels), where=information > 0.0)
        shift += np.clip(step, -2.0, 2.0)
        risk = np.asarray(expit(rows.logits + shift[place]), dtype=np.float64)
        if np.abs(step).max() < 1e-8:
            break
    information = np.bincount(place, weights=risk * (1.0 - risk), minlength=levels)
    subjects = np.unique(rows.subject, return_inverse=True)[1].astype(np.int64)
    cells, where = np.unique(subjects * levels + place, return_inverse=True)
    sums = np.bincount(where, weights=rows.outcome - risk)
    clustered = np.bincount(cells % levels, weights=sums * sums, minlength=levels)
    spread = np.sqrt(np.maximum(clustered, information))
    return shift, np.divide(spread, information, out=np.full(levels, np.inf), where=information > 0.0)


def _discrimination(scored: Scored, part: Part, against: Against) -> Candidate:
    """A group's realised AUROC less what its scores would give if only who comes and the rate had changed, less the same at validation."""
    section, cut = against.section, part.measured.part
    outcome, given, subject = cut.of(scored.outcome), cut.of(scored.probability), cut.of(scored.subject)
    few = min(cut.events, cut.n - cut.events) < section.min_events
    realised = part.estimate("auroc")
    announced = None if few else expected_auroc(fit_intercept(given, outcome).apply(given), subject)
    if realised is None or realised.value is None or announced is None:
        return Candidate(
            rule=CONCEPT,
            measure=UNANNOUNCED,
            column=part.column,
            level=part.level,
            n=cut.n,
            minimum=section.min_events,
            estimate=Estimate(value=None, note="too few of one kind"),
            state=State.TOO_FEW,
        )
    value = realised.value - announced.value - against.validated
    spread = math.hypot(error(realised), announced.error)

    def limits(z: float) -> tuple[float, float]:
        return value - z * spread, value + z * spread

    low, high = limits(Z95)
    return Candidate(
        rule=CONCEPT,
        measure=UNANNOUNCED,
        column=part.column,
        level=part.level,
        n=cut.n,
        minimum=section.min_events,
        estimate=Estimate(value=value, low=low, high=high, method="delong"),
        at=limits,
        limits=(-section.auroc_loss, None),
        far=(-2 * section.auroc_loss, None),
        note="AUROC less the one that the scores announce",
    )
