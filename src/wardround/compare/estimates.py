"""From a number and its standard error or resamples to an Estimate: null with a note where a measure is not defined."""

from __future__ import annotations

import math

import numpy as np

from wardround.evidence.measures import Estimate
from wardround.stats.intervals import (
    PROPORTIONS,
    Interval,
    clustered_wilson,
    logit_interval,
    observed_expected,
    quantile,
    wald,
)
from wardround.stats.names import base_name
from wardround.stats.sample import Floats
from wardround.stats.totals import Fitted

_NO_DENOMINATOR = {
    "auroc": "one class only",
    "auprc": "no events",
    "scaled_brier": "one class only",
    "oe": "the scores sum to 0",
    "sensitivity": "no events",
    "specificity": "no non-events",
    "ppv": "nobody reaches the threshold",
    "npv": "everybody reaches the threshold",
    "nne": "no event reaches the threshold",
    "alerts_per_day": "the project has no time column",
}


def undefined(name: str, fitted: Fitted) -> Estimate:
    """The null estimate of a measure that is not defined on this sample, with the reason."""
    measure = base_name(name)
    reason = _NO_DENOMINATOR.get(measure, "not defined here")
    if measure == "citl":
        reason = "one class only"
    elif measure in {"slope", "intercept"}:
        one_class = not 0 < fitted.ranked.sample.events < fitted.ranked.sample.n
        reason = "one class only" if one_class else fitted.calibration.line.reason
    return Estimate(value=None, note=reason)


def from_error(name: str, fitted: Fitted, value: float, error: float, confidence: float, method: str) -> Estimate:
    """An estimate with its interval from a clustered standard error, on the scale that suits the measure."""
    if math.isnan(value):
        return undefined(name, fitted)
    if math.isnan(error):
        return Estimate(value=value, note="too few subjects for an interval")
    measure, z = base_name(name), quantile(confidence)
    totals, sample = fitted.totals, fitted.ranked.sample
    if measure in PROPORTIONS or measure == "alerts_per_100":
        scale = 100.0 if measure == "alerts_per_100" else 1.0
        low, high = clustered_wilson(value / scale, error / scale, _trials(name, fitted), z)
        return _estimate(value, (low * scale, high * scale), "wilson")
    if measure == "nne":
        low, high = clustered_wilson(1.0 / value, error / value**2, _trials(name, fitted), z)
        return _estimate(value, (1.0 / high, 1.0 / low), "wilson")
    if measure == "oe":
        interval = observed_expected(float(totals.events[0]), float(totals.expected[0]), error, z)
        return _estimate(value, interval, method)
    if measure == "auprc":
        return _estimate(value, logit_interval(value, error, z), method)
    note = "no spread: the scores separate the classes" if measure == "auroc" and error == 0 and sample.n else ""
    return _estimate(value, wald(measure, value, error, z), method, note)


def difference_from_error(value: float, error: float, confidence: float, method: str) -> Estimate:
    """A difference with its symmetric interval; null if a side is not defined."""
    if math.isnan(value):
        return Estimate(value=None, note="not defined for one of the two models")
    if math.isnan(error):
        return Estimate(value=value, note="too few subjects for an interval")
    half = quantile(confidence) * error
    return Estimate(value=value, low=value - half, high=value + half, method=method)


def _trials(name: str, fitted: Fitted) -> float:
    """Number of subjects in the denominator of a proportion, the most independent units that it can have."""
    measure, _, threshold = name.partition("@")
    ranked = fitted.ranked
    flagged = ranked.probability >= float(threshold)
    happened = ranked.sample.outcome > 0.5
    chosen = {
        "sensitivity": happened,
        "specificity": ~happened,
        "ppv": flagged,
        "nne": flagged,
        "npv": ~flagged,
    }.get(measure)
    subject = ranked.sample.subject if chosen is None else ranked.sample.subject[chosen]
    return float(1 + np.count_nonzero(np.diff(subject)))


def _estimate(value: float, interval: Interval, method: str, note: str = "") -> Estimate:
    return Estimate(value=value, low=interval[0], high=interval[1], method=method, note=note)


__all__ = ["Floats", "difference_from_error", "from_error", "undefined"]
