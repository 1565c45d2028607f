"""Influence functions of every measure, and variances clustered by subject that follow from them.

Each measure is, to first order, a sum over encounters of its influence (Hampel 1974). Summed within subjects, their
squares give the cluster-robust variance (Liang & Zeger 1986), with the factor G / (G - 1) for G subjects. Most
measures are smooth functions of a few sums, so that it is enough to know the cross products of the subjects' sums.
"""

from __future__ import annotations

import numpy as np

from wardround.stats.discrimination import average_precision_influence, placements
from wardround.stats.names import measure_names
from wardround.stats.sample import Floats, Sample
from wardround.stats.totals import Fitted, ratio

#: Columns before those of the thresholds: one, outcome, score, squared error, then influences of what is no sum.
_ONE, _Y, _P, _E2, _AUROC, _AUPRC, _CITL, _SLOPE, _INTERCEPT, _ICI, _ECE = range(11)
_FIRST_THRESHOLD = 11
_BLOCK = 65_536


def standard_errors(fitted: Fitted) -> Floats:
    """Standard error of each measure, clustered by subject; NaN where it is not defined (fewer than two subjects)."""
    return _errors(_cross_products([fitted]), loadings(fitted), fitted.ranked.sample.subjects)


def paired_standard_errors(reference: Fitted, head: Fitted) -> tuple[Floats, Floats, Floats]:
    """Standard errors of the reference's measures, the head's, and head - reference on the same sample."""
    subjects = head.ranked.sample.subjects
    products = _cross_products([reference, head])
    of_reference, of_head = loadings(reference), loadings(head)
    width = of_head.shape[1]
    return (
        _errors(products[:width, :width], of_reference, subjects),
        _errors(products[width:, width:], of_head, subjects),
        _errors(products, np.hstack([-of_reference, of_head]), subjects),
    )


def influence(fitted: Fitted) -> Floats:
    """Influence of each encounter on each measure, shape (n, measures), sample order; for inspection and tests."""
    return np.asarray(np.column_stack(columns(fitted)) @ loadings(fitted).T, dtype=np.float64)


def columns(fitted: Fitted) -> list[Floats]:
    """The sums' terms for each encounter, in sample order; a column whose measure is not defined is 0."""
    ranked, calibration = fitted.ranked, fitted.calibration
    y, p, n = ranked.sample.outcome, ranked.probability, ranked.sample.n
    zeros = np.zeros(n)
    two_classes = 0 < ranked.sample.events < n
    listed = [np.ones(n), y, p, (p - y) ** 2]
    listed.append(_auroc_influence(fitted) if two_classes else zeros)
    listed.append(average_precision_influence(ranked) if ranked.sample.events else zeros)
    listed += _line_influences(fitted)
    ici, ece = _pool_influences(fitted)
    pool = np.empty(n, dtype=np.int64)
    pool[ranked.order] = np.repeat(np.arange(calibration.pool_n.size), np.diff(calibration.bounds))
    listed.append(ici[0][pool] + ici[1][pool] * y)
    listed.append(ece[0][pool] + ece[1][pool] * (y - p))
    for threshold in fitted.thresholds:
        flagged = (p >= threshold).astype(np.float64)
        listed += [flagged, flagged * y]
    return listed


def loadings(fitted: Fitted) -> Floats:
    """Shape (measures, columns): the influence of an encounter on a measure is this row times its columns, over n.

    Divided by n already: the deviation of a measure is the sum over encounters of row @ columns.
    """
    totals = fitted.totals
    n, events, expected = (float(each[0]) for each in (totals.n, totals.events, totals.expected))
    names = measure_names(fitted.thresholds)
    values = dict(zip(names, fitted.values(), strict=True))
    matrix = np.zeros((len(names), _FIRST_THRESHOLD + 2 * len(fitted.thresholds)))
    for row, column in ((0, _AUROC), (1, _AUPRC), (5, _CITL), (6, _SLOPE), (7, _INTERCEPT), (8, _ICI), (9, _ECE)):
        matrix[row, column] = 1.0 / n
    brier, prevalence = values["brier"], events / n
    matrix[2, [_E2, _ONE]] = 1.0 / n, -brier / n
    spread = prevalence * (1.0 - prevalence)
    if spread > 0:
        matrix[3] = -matrix[2] / spread
        matrix[3, [_Y, _ONE]] += np.array([1.0, -prevalence]) * brier * (1.0 - 2.0 * prevalence) / (spread**2 * n)
    if expected > 0:
        matrix[4, [_Y, _P]] = 1.0 / expected, -values["oe"] / expected
    for k, threshold in enumerate(fitted.thresholds):
        flagged, hits = float(totals.alerts[0, k]), float(totals.hits[0, k])
        a, h = _FIRST_THRESHOLD + 2 * k, _FIRST_THRESHOLD + 2 * k + 1
        block = matrix[len(names) - 8 * (len(fitted.thresholds) - k) :]
        others, odds = n - events, threshold / (1.0 - threshold)
        quotients = (
            (0, {h: 1.0}, {_Y: 1.0}, hits, events),
            (1, {_ONE: 1.0, _Y: -1.0, a: -1.0, h: 1.0}, {_ONE: 1.0, _Y: -1.0}, others - flagged + hits, others),
            (2, {h: 1.0}, {a: 1.0}, hits, flagged),
            (3, {_ONE: 1.0, _Y: -1.0, a: -1.0, h: 1.0}, {_ONE: 1.0, a: -1.0}, others - flagged + hits, n - flagged),
            (4, {a: 100.0}, {_ONE: 1.0}, 100.0 * flagged, n),
            (6, {a: 1.0}, {h: 1.0}, flagged, hits),
            (7, {h: 1.0 + odds, a: -odds}, {_ONE: 1.0}, hits - (flagged - hits) * odds, n),
        )
        for row, above, below, top, bottom in quotients:
            if bottom > 0:
                for column, weight in above.items():
                    block[row, column] += weight / bottom
                for column, weight in below.items():
                    block[row, column] -= weight * top / bottom**2
        if fitted.days:
            block[5, a] = 1.0 / fitted.days
    return matrix


def _auroc_influence(fitted: Fitted) -> Floats:
    sample = fitted.ranked.sample
    share = np.where(sample.outcome > 0.5, sample.n / sample.events, sample.n / (sample.n - sample.events))
    return np.asarray((placements(fitted.ranked) - fitted.totals.auroc[0]) * share, dtype=np.float64)


def _line_influences(fitted: Fitted) -> list[Floats]:
    from scipy.special import expit

    calibration, sample = fitted.calibration, fitted.ranked.sample
    zeros = np.zeros(sample.n)
    large = slope = intercept = zeros
    if calibration.large.converged:
        residual = sample.outcome - expit(calibration.logits + calibration.large.coefficients[0])
        large = residual * (calibration.large.inverse_information[0, 0] * sample.n)
    if calibration.line.converged:
        constant, factor = calibration.line.coefficients
        residual = sample.outcome - expit(constant + factor * calibration.logits)
        inverse = calibration.line.inverse_information * sample.n
        intercept = residual * (inverse[0, 0] + inverse[0, 1] * calibration.logits)
        slope = residual * (inverse[1, 0] + inverse[1, 1] * calibration.logits)
    return [large, slope, intercept]


def _pool_influences(fitted: Fitted) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """ICI and ECE influences as (constant, factor) of each pool, times 1 and y (ICI), or 1 and y - p (ECE)."""
    calibration = fitted.calibration
    n = calibration.pool_n.sum()
    observed = calibration.observed
    distance = calibration.pool_mean - observed
    slope = calibration.basis @ (-np.sign(distance) * calibration.pool_n / n * observed * (1.0 - observed))
    pull = (calibration.spline.inverse_information @ slope) @ calibration.basis * n
    ici = (np.abs(distance) - calibration.ici - pull * observed, pull)
    events, expected = calibration.ece_sums()
    sign = np.repeat(np.sign(events - expected), np.diff(calibration.ece_bounds))
    return ici, (np.full(sign.size, -calibration.ece), sign)


def _cross_products(models: list[Fitted]) -> Floats:
    """Cross products of the subjects' column sums about their mean, times G / (G - 1)."""
    sample = models[0].ranked.sample
    listed = [column for model in models for column in columns(model)]
    sums = np.vstack([_by_subject(sample, column) for column in listed])
    sums -= sums.mean(axis=1, keepdims=True)
    subjects = sample.subjects
    if subjects < 2:
        return np.full((len(listed), len(listed)), np.nan)
    return np.asarray(sums @ sums.T * (subjects / (subjects - 1)), dtype=np.float64)


def _by_subject(sample: Sample, column: Floats) -> Floats:
    return column if sample.subjects == sample.n else np.add.reduceat(column, sample.starts)


def _errors(products: Floats, matrix: Floats, subjects: int) -> Floats:
    if subjects < 2:
        return np.full(matrix.shape[0], np.nan)
    variance = np.einsum("ij,jk,ik->i", matrix, products, matrix)
    return np.sqrt(np.maximum(variance, 0.0))


__all__ = ["columns", "influence", "loadings", "paired_standard_errors", "ratio", "standard_errors"]
