"""The measures of one fix on the judging half: of all alike, or of the untreated as they weigh."""

from __future__ import annotations

import math

import numpy as np

from wardround.compare import MeasureSettings, compare_population, measure_population, score_edges
from wardround.evidence.measures import Estimate
from wardround.monitoring.performance.weighted_parts import WEIGHTED, estimated
from wardround.monitoring.retraining.rows import Floats, Half
from wardround.stats.intervals import quantile
from wardround.stats.names import at
from wardround.stats.weighted import Measure, Rows, measures
from wardround.values import Population

#: The measures that an attempt keeps, beside those at its threshold.
_KEPT = ("auroc", "oe", "slope", "brier")
_AT = ("sensitivity", "ppv", "alerts_per_100", "alerts_per_day", "net_benefit")
#: Alerts among 100 encounters, treated ones too: what people are asked to answer.
WORKLOAD = "workload_per_100"
Estimates = dict[str, Estimate]
_Z = quantile(0.95)


def measured(
    half: Half, probability: Floats, thresholds: tuple[float, ...], *, paired: bool
) -> tuple[Estimates, Estimates]:
    """The measures of these probabilities, and (``paired``) their differences from the model as it is; at the first of ``thresholds``."""
    names = (*_KEPT, *(at(name, thresholds[0]) for name in _AT))
    if half.weight is not None:
        made, less = _weighted(half, probability, thresholds[0], names)
        return made, less if paired else {}
    settings = MeasureSettings(thresholds, score_edges(thresholds), min_events=1, interval="influence")
    scored = half.scored(probability)
    (everybody, *_) = measure_population(Population.NEW_SUBJECTS.value, scored, settings).groups
    found: Estimates = {}
    if paired:
        compared = compare_population(Population.NEW_SUBJECTS.value, scored, half.probability, settings)
        found = {item.measure: item.difference for item in compared.groups[0].differences}
    return _of(everybody.measures, names), _of(found, names)


def _of(found: Estimates, names: tuple[str, ...]) -> Estimates:
    return {name: found[name] for name in names if name in found}


def _weighted(half: Half, probability: Floats, threshold: float, names: tuple[str, ...]) -> tuple[Estimates, Estimates]:
    assert half.weight is not None
    rows = Rows(half.outcome.astype(np.float64), half.subject, half.weight)
    own, before = (measures(rows, each, (threshold,)) for each in (probability, half.probability))
    alike = np.ptp(half.weight[half.counts]) == 0.0  # the treated were left out, and no more
    method = "influence" if alike else WEIGHTED
    made = {name: estimated(name, own[name], _Z, method) for name in names if name in own}
    flagged = probability >= threshold
    made[at(WORKLOAD, threshold)] = Estimate(value=100.0 * float(flagged.mean()))
    if half.days:
        made[at("alerts_per_day", threshold)] = Estimate(value=float(flagged.sum()) / half.days)
    both = [name for name in names if name in own and name in before]
    return made, {name: _difference(own[name].less(before[name]), method) for name in both}


def _difference(found: Measure, method: str) -> Estimate:
    if math.isnan(found.error):
        return Estimate(value=found.value, note="too few subjects for an interval")
    half = _Z * found.error
    return Estimate(value=found.value, low=found.value - half, high=found.value + half, method=method)
