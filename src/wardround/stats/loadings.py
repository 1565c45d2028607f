"""How each measure moves with the columns of ``crossing.subject_columns``: the gradient of every formula in totals."""

from __future__ import annotations

import numpy as np

from wardround.stats.names import SCORE_MEASURES, THRESHOLD_MEASURES
from wardround.stats.sample import Floats
from wardround.stats.totals import Fitted

_ONE, _Y, _P, _E2, AUROC_EVENTS, AUROC_OTHERS, _AUPRC, _CITL, _SLOPE, _INTERCEPT, _ICI, _ECE = range(12)
#: Columns before those of the thresholds.
WIDTH = 12

Terms = dict[int, float]


def loadings(fitted: Fitted) -> Floats:
    """Shape (measures, columns): a measure deviates by the sum over subjects of this row times their columns.

    A row of a measure that is not defined is 0.
    """
    matrix = np.zeros(
        (len(SCORE_MEASURES) + len(THRESHOLD_MEASURES) * len(fitted.thresholds), WIDTH + 2 * len(fitted.thresholds))
    )
    _score_rows(fitted, matrix)
    for k in range(len(fitted.thresholds)):
        first = len(SCORE_MEASURES) + len(THRESHOLD_MEASURES) * k
        _threshold_rows(fitted, k, matrix[first : first + len(THRESHOLD_MEASURES)])
    return matrix


def _score_rows(fitted: Fitted, matrix: Floats) -> None:
    totals = fitted.totals
    n, events, expected = (float(each[0]) for each in (totals.n, totals.events, totals.expected))
    row = {name: matrix[k] for k, name in enumerate(SCORE_MEASURES)}
    if 0 < events < n:
        row["auroc"][AUROC_EVENTS], row["auroc"][AUROC_OTHERS] = 1.0 / events, 1.0 / (n - events)
    for name, column in (("auprc", _AUPRC), ("citl", _CITL), ("slope", _SLOPE), ("intercept", _INTERCEPT)):
        row[name][column] = 1.0 / n
    row["ici"][_ICI] = 1.0 / n
    row["ece"][_ECE], row["ece"][_ONE] = 1.0 / n, -float(totals.ece[0]) / n
    brier, prevalence = float(totals.squared_error[0]) / n, events / n
    row["brier"][_E2], row["brier"][_ONE] = 1.0 / n, -brier / n
    spread = prevalence * (1.0 - prevalence)
    if spread > 0.0:
        pull = brier * (1.0 - 2.0 * prevalence) / (spread**2 * n)
        row["scaled_brier"][:] = -row["brier"] / spread
        row["scaled_brier"][_Y] += pull
        row["scaled_brier"][_ONE] -= pull * prevalence
    if expected > 0.0:
        row["oe"][_Y], row["oe"][_P] = 1.0 / expected, -events / expected**2


def _threshold_rows(fitted: Fitted, k: int, matrix: Floats) -> None:
    totals = fitted.totals
    n, events = float(totals.n[0]), float(totals.events[0])
    alerts, hits = float(totals.alerts[0, k]), float(totals.hits[0, k])
    flagged, caught = WIDTH + 2 * k, WIDTH + 2 * k + 1
    sums = {_ONE: n, _Y: events, flagged: alerts, caught: hits}
    odds = fitted.thresholds[k] / (1.0 - fitted.thresholds[k])
    spared = {_ONE: 1.0, _Y: -1.0, flagged: -1.0, caught: 1.0}
    quotients: dict[str, tuple[Terms, Terms]] = {
        "sensitivity": ({caught: 1.0}, {_Y: 1.0}),
        "specificity": (spared, {_ONE: 1.0, _Y: -1.0}),
        "ppv": ({caught: 1.0}, {flagged: 1.0}),
        "npv": (spared, {_ONE: 1.0, flagged: -1.0}),
        "alerts_per_100": ({flagged: 100.0}, {_ONE: 1.0}),
        "nne": ({flagged: 1.0}, {caught: 1.0}),
        "net_benefit": ({caught: 1.0 + odds, flagged: -odds}, {_ONE: 1.0}),
    }
    for name, (above, below) in quotients.items():
        top, bottom = (sum(weight * sums[column] for column, weight in terms.items()) for terms in (above, below))
        if bottom > 0.0:
            row = matrix[THRESHOLD_MEASURES.index(name)]
            for column, weight in above.items():
                row[column] += weight / bottom
            for column, weight in below.items():
                row[column] -= weight * top / bottom**2
    if fitted.days:
        matrix[THRESHOLD_MEASURES.index("alerts_per_day"), flagged] = 1.0 / fitted.days
