"""ICI and ECE of many resamples from the counts in the pools of the whole sample."""

from __future__ import annotations

import numpy as np

from wardround.stats.calibration import SPLINE_RIDGE, Calibration
from wardround.stats.jit import compiled
from wardround.stats.sample import Floats
from wardround.stats.totals import ratio

#: Newton steps from the fit on the whole sample. One is exact to first order; the second makes small samples agree too.
STEPS = 2


def pooled_measures(calibration: Calibration, pool_n: Floats, pool_events: Floats) -> tuple[Floats, Floats]:
    """ICI and ECE for weighted counts of encounters and events, each of shape (resamples, pools)."""
    n = pool_n.sum(axis=1)
    distance = _distances(
        np.ascontiguousarray(calibration.basis.T),
        calibration.offset,
        calibration.pool_mean,
        calibration.spline.coefficients,
        np.ascontiguousarray(pool_n),
        np.ascontiguousarray(pool_events),
        SPLINE_RIDGE,
        STEPS,
    )
    first = calibration.ece_bounds[:-1]
    excess = np.add.reduceat(pool_events - pool_n * calibration.pool_mean, first, axis=1)
    return ratio(distance, n), ratio(np.abs(excess).sum(axis=1), n)


@compiled
def _distances(  # noqa: C901, PLR0913, PLR0917 - a kernel is one loop and takes its arrays one by one
    basis: Floats,
    offset: Floats,
    mean: Floats,
    start: Floats,
    n: Floats,
    events: Floats,
    ridge: float,
    steps: int,
) -> Floats:
    """Summed distance between score and refitted observed risk, for each resample; plain loops, so the same bits always."""
    resamples, pools = n.shape
    size = start.size
    result = np.zeros(resamples)
    information = np.empty((size, size))
    gradient = np.empty(size)
    for r in range(resamples):
        beta = start.copy()
        for _ in range(steps):
            for i in range(size):
                gradient[i] = -ridge * beta[i]
                for j in range(size):
                    information[i, j] = ridge if i == j else 0.0
            for b in range(pools):
                linear = offset[b]
                for i in range(size):
                    linear += beta[i] * basis[b, i]
                fitted = 1.0 / (1.0 + np.exp(-linear))
                residual = events[r, b] - n[r, b] * fitted
                weight = n[r, b] * fitted * (1.0 - fitted)
                for i in range(size):
                    gradient[i] += residual * basis[b, i]
                    for j in range(i + 1):
                        information[i, j] += weight * basis[b, i] * basis[b, j]
            _add_solution(information, gradient, beta)
        for b in range(pools):
            linear = offset[b]
            for i in range(size):
                linear += beta[i] * basis[b, i]
            result[r] += n[r, b] * abs(mean[b] - 1.0 / (1.0 + np.exp(-linear)))
    return result


@compiled
def _add_solution(information: Floats, gradient: Floats, beta: Floats) -> None:
    """Adds the solution of a positive definite system (lower triangle given) to ``beta``, by Cholesky, in place."""
    size = gradient.size
    for i in range(size):
        for j in range(i + 1):
            value = information[i, j]
            for k in range(j):
                value -= information[i, k] * information[j, k]
            information[i, j] = np.sqrt(value) if i == j else value / information[j, j]
    for i in range(size):
        for k in range(i):
            gradient[i] -= information[i, k] * gradient[k]
        gradient[i] /= information[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            gradient[i] -= information[k, i] * gradient[k]
        gradient[i] /= information[i, i]
        beta[i] += gradient[i]
