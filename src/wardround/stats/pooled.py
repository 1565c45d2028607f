"""ICI and ECE of many resamples from the counts in the pools of the whole sample."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from wardround.stats.calibration import SPLINE_RIDGE, Calibration
from wardround.stats.sample import Floats
from wardround.stats.totals import ratio

#: Newton steps from the fit on the whole sample. One is exact to first order; the second makes small samples agree too.
STEPS = 2


def pooled_measures(calibration: Calibration, pool_n: Floats, pool_events: Floats) -> tuple[Floats, Floats]:
    """ICI and ECE for weighted counts of encounters and events, each of shape (resamples, pools)."""
    observed = expit(calibration.offset + _refit(calibration, pool_n, pool_events) @ calibration.basis)
    n = pool_n.sum(axis=1)
    ici = ratio((pool_n * np.abs(calibration.pool_mean - observed)).sum(axis=1), n)
    first = calibration.ece_bounds[:-1]
    excess = np.add.reduceat(pool_events - pool_n * calibration.pool_mean, first, axis=1)
    return ici, ratio(np.abs(excess).sum(axis=1), n)


def _refit(calibration: Calibration, pool_n: Floats, pool_events: Floats) -> Floats:
    basis = calibration.basis
    size, pools = basis.shape
    squares = (basis[:, None, :] * basis[None, :, :]).reshape(size * size, pools)
    beta = np.repeat(calibration.spline.coefficients[None, :], pool_n.shape[0], axis=0)
    for _ in range(STEPS):
        observed = expit(calibration.offset + beta @ basis)
        gradient = (pool_events - pool_n * observed) @ basis.T - SPLINE_RIDGE * beta
        weight = pool_n * observed * (1.0 - observed)
        information = (weight @ squares.T).reshape(-1, size, size) + SPLINE_RIDGE * np.eye(size)
        beta += np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
    return beta
