"""Measures that are functions of one published, rounded table (DESIGN §9.2 and 9.4): nothing else enters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.disclosure.published import (
    KEY,
    AtThreshold,
    Bin,
    CalibrationPoint,
    Count,
    DecisionPoint,
    Quantity,
    RocPoint,
    Why,
)
from wardround.disclosure.rounding import Ratio, Z, wilson

#: Measures that need a threshold.
AT_THRESHOLD = ("sensitivity", "specificity", "ppv", "npv", "alerts_per_100", "alerts_per_day", "nne", "net_benefit")


@dataclass(frozen=True)
class Confusion:
    """Counts at one threshold, sums of published cells."""

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        """Everybody."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def net_benefit(self) -> float:
        """Net benefit per encounter (Vickers and Elkin 2006)."""
        return self.tp / self.n - self.fp / self.n * self.threshold / (1 - self.threshold)


def confusion(bins: Sequence[Bin], threshold: float) -> Confusion:
    """Counts when everybody in a bin at or above ``threshold`` is alerted; ``threshold`` must be an edge."""
    above = [item for item in bins if item.low >= threshold]
    below = [item for item in bins if item.low < threshold]
    return Confusion(
        threshold,
        sum(item.events for item in above),
        sum(item.non_events for item in above),
        sum(item.events for item in below),
        sum(item.non_events for item in below),
    )


def inner_edges(bins: Sequence[Bin]) -> tuple[float, ...]:
    """Edges between bins: the only thresholds about which the table says anything."""
    return tuple(item.low for item in bins[1:])


def roc(bins: Sequence[Bin]) -> tuple[RocPoint, ...]:
    """The ROC points of the inner edges, by rising threshold."""
    points = [confusion(bins, edge) for edge in inner_edges(bins)]
    return tuple(
        RocPoint(KEY, c.threshold, round(c.fp / (c.fp + c.tn), 3), round(c.tp / (c.tp + c.fn), 3)) for c in points
    )


def calibration(bins: Sequence[Bin]) -> tuple[CalibrationPoint, ...]:
    """Observed against predicted risk in each bin whose mean probability is shown."""
    points = []
    for item in bins:
        if item.predicted is not None:
            share = wilson(item.events, item.n)
            limits = (round(number, 3) for number in (share.value, share.low, share.high))
            points.append(CalibrationPoint(KEY, item.low, item.high, item.n, item.predicted, *limits))
    return tuple(points)


def decision_curve(bins: Sequence[Bin]) -> tuple[DecisionPoint, ...]:
    """Net benefit at the inner edges."""
    points = []
    for edge in inner_edges(bins):
        found = confusion(bins, edge)
        rate = (found.tp + found.fn) / found.n
        everybody = rate - (1 - rate) * edge / (1 - edge)
        points.append(DecisionPoint(KEY, edge, round(found.net_benefit, 4), round(everybody, 4)))
    return tuple(points)


def at_threshold(bins: Sequence[Bin], threshold: float, days: float | None, decimals: int) -> AtThreshold:
    """Confusion counts and measures at a declared threshold; withheld when it is no edge of the table (DESIGN §9.3)."""
    if threshold not in inner_edges(bins):
        hidden = Count(KEY, None, Why.SMALL)
        return AtThreshold(KEY, threshold, hidden, hidden, hidden, hidden, {}, Why.SMALL)
    found = confusion(bins, threshold)
    alerts = found.tp + found.fp
    alerted = wilson(alerts, found.n)
    precision = wilson(found.tp, alerts)
    measures = {
        "sensitivity": _share(wilson(found.tp, found.tp + found.fn), decimals),
        "specificity": _share(wilson(found.tn, found.tn + found.fp), decimals),
        "ppv": _share(precision, decimals),
        "npv": _share(wilson(found.tn, found.tn + found.fn), decimals),
        "alerts_per_100": _share(Ratio(*(100 * x for x in (alerted.value, alerted.low, alerted.high))), 1),
        "nne": _share(Ratio(1 / precision.value, 1 / precision.high, 1 / precision.low), 1),
        "net_benefit": _share(_net_benefit(found), decimals + 1),
    }
    if days:
        per_day = found.n / days
        limits = (per_day * x for x in (alerted.value, alerted.low, alerted.high))
        measures["alerts_per_day"] = _share(Ratio(*limits), 1)
    tp, fp, fn, tn = (Count(KEY, number) for number in (found.tp, found.fp, found.fn, found.tn))
    return AtThreshold(KEY, threshold, tp, fp, fn, tn, measures)


def _net_benefit(found: Confusion) -> Ratio:
    """Net benefit with the normal interval of its multinomial variance, from the rounded counts."""
    weight = found.threshold / (1 - found.threshold)
    tp, fp = found.tp / found.n, found.fp / found.n
    value = tp - weight * fp
    error = ((tp + weight**2 * fp - value**2) / found.n) ** 0.5
    return Ratio(value, value - Z * error, value + Z * error)


def _share(ratio: Ratio, decimals: int) -> Quantity:
    return Quantity(
        KEY, round(ratio.value, decimals), round(ratio.low, decimals), round(ratio.high, decimals), decimals=decimals
    )
