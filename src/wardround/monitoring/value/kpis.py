"""Declared KPIs of a window, each with an interval that follows from the measures', and the assumptions that it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.compare import Scored
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.performance.parts import Z95
from wardround.project.monitor_outcomes import Kpi

KPI = "value.kpi"
Weight = NDArray[np.float64] | None


@dataclass(frozen=True)
class _Sums:
    """What a threshold gives: shares of encounters, and the rows behind them summed by subject."""

    n: int
    flagged: int
    hits: int


def candidates(
    scored: Scored, kpis: tuple[Kpi, ...], operating: float, least: int, weight: Weight = None
) -> Iterator[Candidate]:
    """Each declared KPI. With ``weight`` (n,) every sum is weighted; what is counted are encounters all the same.

    Net benefit is (TP - FP t / (1 - t)) / n per 100 encounters (Vickers & Elkin 2006); cost per true positive is the cost of an alert times
    alerts per found event; averted events are found events times the effect, per 100 encounters.
    """
    for kpi in kpis:
        threshold = operating if kpi.threshold is None else kpi.threshold
        flagged = scored.probability >= threshold
        happened = scored.outcome > 0
        sums = _Sums(scored.n, int(np.count_nonzero(flagged)), int(np.count_nonzero(flagged & happened)))
        if min(int(np.count_nonzero(happened)), sums.flagged) < least or not sums.hits:
            yield Candidate(
                KPI,
                _measure(kpi),
                scored.n,
                Estimate(value=None, note="too few alerts or events"),
                minimum=least,
                state=State.TOO_FEW,
                note=kpi.because,
            )
            continue
        of = np.ones(scored.n) if weight is None else weight
        yield _candidate(kpi, sums, *_value(kpi, threshold, of, flagged, happened, scored.subject), least)


def _measure(kpi: Kpi) -> str:
    """The KPI's name, with its unit."""
    return kpi.name if kpi.kind == "cost_per_true_positive" else f"{kpi.name}_per_100"


def _value(  # noqa: PLR0913, PLR0917 - a ratio and the rows that it is of
    kpi: Kpi,
    threshold: float,
    weight: NDArray[np.float64],
    flagged: np.ndarray,
    happened: np.ndarray,
    subject: np.ndarray,
) -> tuple[float, float]:
    """The KPI and its standard error, clustered by subject (influence functions)."""
    hit = (flagged & happened).astype(np.float64)
    if kpi.kind == "cost_per_true_positive":
        cost, hits = kpi.cost_per_alert or 0.0, float((weight * hit).sum())
        value = cost * float((weight * flagged).sum()) / hits
        influence = weight * (cost * flagged - value * hit) / hits
    else:
        if kpi.kind == "net_benefit":
            each = 100.0 * (hit - (flagged & ~happened) * threshold / (1.0 - threshold))
        else:
            each = 100.0 * hit * (kpi.effect or 0.0)
        value = float((weight * each).sum() / weight.sum())
        influence = weight * (each - value) / weight.sum()
    codes = np.unique(subject, return_inverse=True)[1]
    by_subject = np.bincount(codes, weights=influence)
    return value, float(np.sqrt(np.sum(by_subject**2)))


def _candidate(kpi: Kpi, sums: _Sums, value: float, spread: float, least: int) -> Candidate:
    def at(z: float) -> tuple[float, float]:
        return value - z * spread, value + z * spread

    low, high = at(Z95)
    cost = kpi.kind == "cost_per_true_positive"
    return Candidate(
        KPI,
        _measure(kpi),
        sums.flagged if cost else sums.n,
        Estimate(value=value, low=low, high=high, method="influence"),
        at=at,
        limits=(kpi.low, kpi.high),
        minimum=least,
        events=None if kpi.kind == "net_benefit" else sums.hits,
        note=kpi.because,
    )
