"""Influence functions of every measure, and variances clustered by subject that follow from them.

Each measure is, to first order, a sum over encounters of its influence (Hampel 1974). Summed within subjects, their
squares give the cluster-robust variance (Liang & Zeger 1986), with the factor G / (G - 1) for G subjects. Every
influence is a linear combination of a few columns, so that the cross products of the subjects' column sums are enough
for all measures of two models and for their differences. For AUROC the same cross products give Obuchowski's form.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from wardround.stats.crossing import add_cross_products, score_order_influences, subject_columns
from wardround.stats.delong import clusters, obuchowski
from wardround.stats.jit import available_threads
from wardround.stats.loadings import AUROC_EVENTS, AUROC_OTHERS, WIDTH, loadings
from wardround.stats.sample import Floats, Sample
from wardround.stats.totals import Fitted

#: Subjects whose sums are held at once; a fixed number, so that sums do not depend on the number of threads.
_BLOCK = 8192


@dataclass(frozen=True)
class PairedErrors:
    """Standard errors of the reference's measures, the head's and head - reference; NaN where not defined."""

    reference: Floats
    head: Floats
    difference: Floats


def standard_errors(fitted: Fitted, threads: int = 0) -> Floats:
    """Standard error of each measure, clustered by subject; NaN where it is not defined (fewer than two subjects)."""
    products = _cross_products([fitted], threads)
    return _errors(fitted.ranked.sample, products, loadings(fitted))


def paired_standard_errors(reference: Fitted, head: Fitted, threads: int = 0) -> PairedErrors:
    """Standard errors of both models and of their differences on the same sample.

    The second half of the columns is head - reference, so that measures that do not differ have an error of exactly 0.
    """
    products = _cross_products([reference, head], threads)
    old, new = loadings(reference), loadings(head)
    sample = head.ranked.sample
    nothing = np.zeros_like(old)
    return PairedErrors(
        _errors(sample, products, old, nothing),
        _errors(sample, products, new, new),
        _errors(sample, products, new - old, new),
    )


def influences(fitted: Fitted) -> Floats:
    """Deviation of each measure that each subject brings, shape (subjects, measures); for inspection and tests."""
    sample = fitted.ranked.sample
    columns = np.empty((sample.subjects, WIDTH + 2 * len(fitted.thresholds)))
    _Columns(fitted).fill(0, sample.subjects, columns)
    return np.asarray(columns @ loadings(fitted).T, dtype=np.float64)


class _Columns:
    """One model's columns, made subject block by subject block."""

    def __init__(self, fitted: Fitted) -> None:
        ranked, calibration = fitted.ranked, fitted.calibration
        self.fitted = fitted
        self.thresholds = np.asarray(fitted.thresholds, dtype=np.float64)
        n = float(ranked.sample.n)
        large, line = calibration.large, calibration.line
        self.line = np.zeros(7)
        if large.converged:
            self.line[:2] = large.coefficients[0], large.inverse_information[0, 0] * n
        if line.converged:
            inverse = line.inverse_information * n
            self.line[2:] = *line.coefficients, inverse[0, 0], inverse[0, 1], inverse[1, 1]
        self.ranked = score_order_influences(
            ranked.order,
            ranked.sorted_event,
            ranked.below_n,
            ranked.below_events,
            calibration.bounds,
            _pool_influences(fitted),
            float(fitted.totals.auroc[0]),
            float(fitted.totals.auprc[0]),
        )

    def fill(self, first: int, last: int, columns: Floats) -> None:
        """The columns of subjects ``first`` to ``last`` (exclusive)."""
        ranked = self.fitted.ranked
        starts = ranked.sample.starts
        end = int(starts[last]) if last < starts.size else ranked.sample.n
        subject_columns(
            starts[first:last],
            end,
            ranked.sample.outcome,
            ranked.probability,
            self.fitted.calibration.logits,
            self.ranked,
            self.line,
            self.thresholds,
            columns,
        )


def _pool_influences(fitted: Fitted) -> Floats:
    """For each pool the ICI's constant and factor of the outcome, and the sign of its group in the ECE."""
    calibration = fitted.calibration
    n = calibration.pool_n.sum()
    observed = calibration.observed
    distance = calibration.pool_mean - observed
    weight = -np.sign(distance) * calibration.pool_n / n * observed * (1.0 - observed)
    gradient = calibration.basis @ weight
    pull = (calibration.spline.inverse_information @ gradient) @ calibration.basis * n
    events, expected = calibration.ece_sums()
    sign = np.repeat(np.sign(events - expected), np.diff(calibration.ece_bounds))
    return np.column_stack([np.abs(distance) - calibration.ici - pull * observed, pull, sign])


def _cross_products(models: Sequence[Fitted], threads: int) -> Floats:
    """Cross products of the subjects' column sums about their mean; with two models, of (first, second - first)."""
    sample = models[0].ranked.sample
    width = WIDTH + 2 * len(models[0].thresholds)
    size = width * len(models)

    def block(first: int) -> tuple[Floats, Floats]:
        last = min(first + _BLOCK, sample.subjects)
        columns = [np.empty((last - first, width)) for _ in models]
        for source, target in zip(sources, columns, strict=True):
            source.fill(first, last, target)
        for later in columns[1:]:
            np.subtract(later, columns[0], out=later)
        total, products = np.zeros(size), np.zeros((size, size))
        add_cross_products(np.hstack(columns), total, products)
        return total, products

    with ThreadPoolExecutor(threads or available_threads()) as pool:
        sources = list(pool.map(_Columns, models))
        parts = list(pool.map(block, range(0, sample.subjects, _BLOCK)))
    total = np.sum([part[0] for part in parts], axis=0)
    upper = np.sum([part[1] for part in parts], axis=0)
    return np.asarray(upper + np.triu(upper, 1).T - np.outer(total, total) / sample.subjects, dtype=np.float64)


def _errors(sample: Sample, products: Floats, *matrices: Floats) -> Floats:
    """Errors of measures whose loadings on each block of columns are the matrices."""
    matrix = np.hstack(matrices)
    if sample.subjects < 2:
        return np.full(matrix.shape[0], np.nan)
    variance = np.einsum("ij,jk,ik->i", matrix, products, matrix) * (sample.subjects / (sample.subjects - 1))
    errors: Floats = np.sqrt(np.maximum(variance, 0.0))
    events, others = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    for k, part in enumerate(matrices):
        first = k * part.shape[1]
        events[first + AUROC_EVENTS] = part[0, AUROC_EVENTS]
        others[first + AUROC_OTHERS] = part[0, AUROC_OTHERS]
    parts = (events @ products @ events, others @ products @ others, events @ products @ others)
    errors[0] = obuchowski(clusters(sample), *map(float, parts))
    return errors
