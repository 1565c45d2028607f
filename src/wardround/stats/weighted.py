"""Measures of weighted encounters, each with the deviation that every subject brings (influence functions).

The formulas are those of ``totals`` with weights in every sum; with equal weights the values are the same. Weights are taken as given: that
they were estimated makes the errors, if anything, too large (Lunceford & Davidian 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.stats.intervals import PROPORTIONS, Interval, clustered_wilson, observed_expected, wald
from wardround.stats.logistic import fit_logistic, logit
from wardround.stats.names import at, base_name
from wardround.stats.treatment import effective_size

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """n encounters: outcome (0 or 1), subject code, weight (at least 0, not all 0)."""

    outcome: Floats
    subject: NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True)
class Measure:
    """A value, and how far each subject moves it. ``trials`` and ``subjects`` are the effective ones that a share is of."""

    value: float
    influence: Floats
    trials: float = 0.0
    subjects: float = 0.0

    @property
    def error(self) -> float:
        """The standard error, clustered by subject, with the factor G / (G - 1)."""
        several = self.influence.size
        if several < 2:
            return float("nan")
        return float(np.sqrt((self.influence**2).sum() * several / (several - 1)))

    def less(self, other: Measure) -> Measure:
        """The difference of two measures of the same encounters."""
        return Measure(self.value - other.value, self.influence - other.influence)

    def interval(self, name: str, z: float) -> Interval:
        """The interval of the measure of that name at ``z`` standard errors."""
        measure = base_name(name)
        if measure in PROPORTIONS or measure == "alerts_per_100":
            scale = 100.0 if measure == "alerts_per_100" else 1.0
            trials = (max(self.trials, 1.0), max(self.subjects, 1.0))
            low, high = clustered_wilson(self.value / scale, self.error / scale, trials, z)
            return low * scale, high * scale
        if measure == "oe":
            return observed_expected(self.value, 1.0, self.error, z) if self.value > 0.0 else (0.0, float("inf"))
        return wald(measure, self.value, self.error, z)


def measures(rows: Rows, probability: Floats, thresholds: tuple[float, ...]) -> dict[str, Measure]:
    """AUROC, O/E, slope and Brier score, and at each threshold sensitivity, specificity, PPV, alerts and net benefit.

    What is not defined is left out. Encounters of weight 0 take no part.
    """
    there = rows.weight > 0.0
    y, w, p = rows.outcome[there], rows.weight[there], probability[there]
    if not y.size:
        return {}
    made = _Made(y, w, np.unique(rows.subject[there], return_inverse=True)[1].astype(np.int64))
    found = {
        "auroc": _auroc(made, p),
        "oe": made.ratio(y, p),
        "slope": _slope(made, p),
        "brier": made.ratio((p - y) ** 2, np.ones_like(p)),
    }
    for threshold in thresholds:
        flagged = (p >= threshold).astype(np.float64)
        hit, odds = flagged * y, threshold / (1.0 - threshold)
        found |= {
            at("sensitivity", threshold): made.ratio(hit, y),
            at("specificity", threshold): made.ratio((1.0 - flagged) * (1.0 - y), 1.0 - y),
            at("ppv", threshold): made.ratio(hit, flagged),
            at("alerts_per_100", threshold): made.ratio(100.0 * flagged, np.ones_like(p)),
            at("net_benefit", threshold): made.ratio(hit - (flagged - hit) * odds, np.ones_like(p)),
        }
    return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class _Made:
    outcome: Floats
    weight: Floats
    codes: NDArray[np.int64]

    def by_subject(self, each: Floats) -> Floats:
        return np.bincount(self.codes, weights=each, minlength=int(self.codes.max()) + 1).astype(np.float64)

    def ratio(self, above: Floats, below: Floats) -> Measure | None:
        """Σ w above / Σ w below."""
        total = float((self.weight * below).sum())
        if total <= 0.0:
            return None
        value = float((self.weight * above).sum()) / total
        of = self.weight[below > 0.0]
        deviation = self.by_subject(self.weight * (above - value * below) / total)
        trials = effective_size(of)
        subjects = np.unique(self.codes[below > 0.0]).size
        return Measure(value, deviation, trials, min(trials, float(subjects)))


def _auroc(made: _Made, probability: Floats) -> Measure | None:
    """The weighted share of pairs in which the event scores higher, ties counting half; its influence are weighted placements."""
    events = made.weight * made.outcome
    others = made.weight - events
    if not events.sum() > 0.0 or not others.sum() > 0.0:
        return None
    scores, place = np.unique(probability, return_inverse=True)
    of_events = np.bincount(place, weights=events, minlength=scores.size)
    of_others = np.bincount(place, weights=others, minlength=scores.size)
    below = (np.cumsum(of_others) - 0.5 * of_others) / others.sum()
    above = 1.0 - (np.cumsum(of_events) - 0.5 * of_events) / events.sum()
    placement = np.where(made.outcome > 0.5, below[place], above[place])
    value = float((events * placement).sum() / events.sum())
    share = np.where(made.outcome > 0.5, events / events.sum(), others / others.sum())
    return Measure(value, made.by_subject(share * (placement - value)))


def _slope(made: _Made, probability: Floats) -> Measure | None:
    design = np.vstack([np.ones_like(probability), logit(probability)])
    fit = fit_logistic(design, made.weight * made.outcome, made.weight)
    if not fit.converged:
        return None
    risk = 1.0 / (1.0 + np.exp(-(fit.coefficients @ design)))
    pull = (fit.inverse_information @ design)[1]
    return Measure(float(fit.coefficients[1]), made.by_subject(pull * made.weight * (made.outcome - risk)))
