"""From a number and its spread to an Estimate: null with a note where a measure is not defined, never NaN."""

from __future__ import annotations

import math

import numpy as np

from wardround.compare.spread import Spread
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
from wardround.stats.names import base_name, measure_names
from wardround.stats.totals import Fitted

_UNDEFINED = {
    "auroc": "one class only",
    "auprc": "no events",
    "scaled_brier": "one class only",
    "oe": "the scores sum to 0",
    "citl": "one class only",
    "sensitivity": "no events",
    "specificity": "no non-events",
    "ppv": "nobody reaches the threshold",
    "npv": "everybody reaches the threshold",
    "nne": "no event reaches the threshold",
    "alerts_per_day": "the project has no time column",
}
_NO_INTERVAL = "too few subjects for an interval"


def estimates(fitted: Fitted, spread: Spread, confidence: float) -> dict[str, Estimate]:
    """All measures of a model on a group, by name."""
    names, values = measure_names(fitted.thresholds), fitted.values()
    return {
        name: _undefined(name, fitted) if math.isnan(value) else _single(name, k, value, fitted, spread, confidence)
        for k, (name, value) in enumerate(zip(names, values.tolist(), strict=True))
    }


def difference(value: float, spread: Spread, k: int, confidence: float) -> Estimate:
    """Measure ``k`` of head minus reference, with percentiles or a symmetric interval; null if a side is undefined."""
    error, low, high = float(spread.error[k]), float(spread.low[k]), float(spread.high[k])
    if math.isnan(value):
        return Estimate(value=None, note="not defined for both models")
    if math.isnan(error):
        return Estimate(value=value, note=_NO_INTERVAL)
    if math.isnan(low):
        half = quantile(confidence) * error
        low, high = value - half, value + half
    return Estimate(value=value, low=min(low, value), high=max(high, value), method=_method(spread, k))


def _single(  # noqa: PLR0913, PLR0917 - one cell of a table needs its row, column and table
    name: str, k: int, value: float, fitted: Fitted, spread: Spread, confidence: float
) -> Estimate:
    error, low, high = float(spread.error[k]), float(spread.low[k]), float(spread.high[k])
    if math.isnan(error):
        return Estimate(value=value, note=_NO_INTERVAL)
    if error > 0.0 and not math.isnan(low):
        return _estimate(value, (low, high), spread.method)
    measure, z = base_name(name), quantile(confidence)
    if measure in PROPORTIONS or measure == "alerts_per_100":
        scale = 100.0 if measure == "alerts_per_100" else 1.0
        low, high = _wilson(name, fitted, value / scale, error / scale, z)
        return _estimate(value, (low * scale, high * scale), "wilson")
    if measure == "nne":
        low, high = _wilson(name, fitted, 1.0 / value, error / value**2, z)
        return _estimate(value, (1.0 / high, 1.0 / low if low > 0.0 else value), "wilson")
    if measure == "oe":
        events, expected = float(fitted.totals.events[0]), float(fitted.totals.expected[0])
        return _estimate(value, observed_expected(events, expected, error, z), spread.method)
    if measure == "auprc":
        return _estimate(value, logit_interval(value, error, z), spread.method)
    note = "the score separates the classes: the interval has no width" if measure == "auroc" and error == 0.0 else ""
    return _estimate(value, wald(measure, value, error, z), _method(spread, k), note)


def _method(spread: Spread, k: int) -> str:
    return "delong" if k == 0 else spread.method


def _undefined(name: str, fitted: Fitted) -> Estimate:
    measure = base_name(name)
    reason = _UNDEFINED.get(measure, "not defined here")
    if measure in {"slope", "intercept"}:
        one_class = not 0 < fitted.ranked.sample.events < fitted.ranked.sample.n
        reason = "one class only" if one_class else fitted.calibration.line.reason
    return Estimate(value=None, note=reason)


def _wilson(name: str, fitted: Fitted, share: float, error: float, z: float) -> Interval:
    """Wilson's interval of a share; how many subjects it is of matters only at 0 and 1, and is counted only there."""
    measure, _, threshold = name.partition("@")
    ranked, totals = fitted.ranked, fitted.totals
    n, events = float(totals.n[0]), float(totals.events[0])
    alerts = float(totals.alerts[0, fitted.thresholds.index(float(threshold))])
    encounters = {"sensitivity": events, "specificity": n - events, "ppv": alerts, "nne": alerts, "npv": n - alerts}
    subjects = 0
    if error <= 0.0 or not 0.0 < share < 1.0:
        flagged, happened = ranked.probability >= float(threshold), ranked.sample.outcome > 0.5
        chosen = {"sensitivity": happened, "specificity": ~happened, "ppv": flagged, "nne": flagged, "npv": ~flagged}
        subject = ranked.sample.subject[chosen[measure]] if measure in chosen else ranked.sample.subject
        subjects = 1 + int(np.count_nonzero(np.diff(subject)))
    return clustered_wilson(share, error, (encounters.get(measure, n), subjects), z)


def _estimate(value: float, interval: Interval, method: str, note: str = "") -> Estimate:
    low, high = interval
    return Estimate(value=value, low=min(low, value), high=max(high, value), method=method, note=note)
