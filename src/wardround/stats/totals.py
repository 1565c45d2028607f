"""From sums to measures: one formula a measure, for one sample and for many resamples alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wardround.stats.calibration import Calibration, calibrate
from wardround.stats.discrimination import auroc, average_precision
from wardround.stats.sample import Floats, Ranked


@dataclass(frozen=True)
class Totals:
    """Sums over encounters, each of shape (r,) for r resamples (r = 1 for the sample itself).

    ``alerts`` and ``hits`` (flagged encounters, flagged events) have shape (r, thresholds). What is not a function of
    sums alone (AUROC, AUPRC, calibration) is given as it is.
    """

    n: Floats
    events: Floats
    expected: Floats
    squared_error: Floats
    alerts: Floats
    hits: Floats
    auroc: Floats
    auprc: Floats
    citl: Floats
    slope: Floats
    intercept: Floats
    ici: Floats
    ece: Floats


@dataclass(frozen=True)
class Fitted:
    """One model on one sample: the sorted scores, its calibration and its totals."""

    ranked: Ranked
    calibration: Calibration
    thresholds: tuple[float, ...]
    days: float | None
    totals: Totals

    def values(self) -> Floats:
        """The measures in the order of ``names.measure_names``; NaN where one is not defined."""
        return np.asarray(measures(self.totals, self.thresholds, self.days)[0], dtype=np.float64)


def fit(ranked: Ranked, thresholds: tuple[float, ...], days: float | None) -> Fitted:
    """All sums and fits of one model on a sample of at least one encounter."""
    calibration = calibrate(ranked)
    sample = ranked.sample
    at = ranked.positions(thresholds)
    one = np.ones(1)
    totals = Totals(
        n=one * sample.n,
        events=one * sample.events,
        expected=one * ranked.probability.sum(),
        squared_error=one * float(((ranked.probability - sample.outcome) ** 2).sum()),
        alerts=(sample.n - at).astype(np.float64)[None, :],
        hits=(sample.events - ranked.events_before(at)).astype(np.float64)[None, :],
        auroc=one * auroc(ranked),
        auprc=one * average_precision(ranked),
        citl=one * calibration.large.coefficients[0],
        slope=one * calibration.line.coefficients[1],
        intercept=one * calibration.line.coefficients[0],
        ici=one * calibration.ici,
        ece=one * calibration.ece,
    )
    return Fitted(ranked, calibration, thresholds, days, totals)


def measures(totals: Totals, thresholds: tuple[float, ...], days: float | None) -> Floats:
    """All measures, shape (r, measures), in the order of ``names.measure_names``; NaN where one is not defined.

    Scaled Brier is 1 - Brier / (prevalence (1 - prevalence)) (Steyerberg et al. 2010). Net benefit at threshold t is
    (TP - FP t / (1 - t)) / n (Vickers & Elkin 2006). The number needed to evaluate is 1 / PPV.
    """
    n, events = totals.n, totals.events
    prevalence = ratio(events, n)
    brier = ratio(totals.squared_error, n)
    columns = [
        totals.auroc,
        totals.auprc,
        brier,
        1.0 - ratio(brier, prevalence * (1.0 - prevalence)),
        ratio(events, totals.expected),
        totals.citl,
        totals.slope,
        totals.intercept,
        totals.ici,
        totals.ece,
    ]
    others = n - events
    for k, threshold in enumerate(thresholds):
        flagged, hits = totals.alerts[:, k], totals.hits[:, k]
        false_alerts = flagged - hits
        columns += [
            ratio(hits, events),
            ratio(others - false_alerts, others),
            ratio(hits, flagged),
            ratio(others - false_alerts, n - flagged),
            100.0 * ratio(flagged, n),
            flagged / days if days else np.full(n.shape, np.nan),
            ratio(flagged, hits),
            ratio(hits - false_alerts * (threshold / (1.0 - threshold)), n),
        ]
    return np.column_stack(columns)


def ratio(above: Floats, below: Floats) -> Floats:
    """Division that gives NaN, without a warning, where the denominator is not above 0."""
    result = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=result, where=below > 0.0)
    return result
