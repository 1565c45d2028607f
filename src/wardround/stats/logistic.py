"""Logits, and small logistic fits by Newton's method that either converge or say that they did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wardround.stats.kernels import line_sums

Vector = NDArray[np.float64]

#: Probabilities are kept this far from 0 and 1 before a logit is taken (project choice): isotonic recalibration and
#: some models answer exactly 0 or 1, whose logit is infinite.
LOGIT_CLIP = 1e-6
_MAX_STEPS = 60
_QUICK_STEPS = 8
#: Newton's error after a step of this size is about its square, so that no further pass is needed.
_QUICK_TOLERANCE = 1e-6
_TOLERANCE = 1e-10
#: A coefficient this large means that the outcome is separated by the score: the likelihood has no maximum.
_SEPARATED = 1e3


def logit(probability: NDArray[np.float64]) -> Vector:
    """Log odds, after clipping to [``LOGIT_CLIP``, 1 - ``LOGIT_CLIP``]."""
    clipped = np.clip(probability, LOGIT_CLIP, 1.0 - LOGIT_CLIP)
    return np.asarray(np.log(clipped) - np.log1p(-clipped), dtype=np.float64)


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients and the inverse of the (penalised) information; ``reason`` is empty when the fit converged."""

    coefficients: Vector
    inverse_information: NDArray[np.float64]
    reason: str = ""

    @property
    def converged(self) -> bool:
        """Whether there is a maximum and it was found."""
        return not self.reason


def fit_logistic(
    design: NDArray[np.float64],
    events: Vector,
    trials: Vector,
    *,
    offset: Vector | None = None,
    ridge: float = 0.0,
) -> LogisticFit:
    """Maximum (or ridge-penalised) likelihood of a binomial model with logit link.

    Args:
        design: columns of the model, shape (k, m): one row a coefficient, so that each is contiguous.
        events: number of events of each of the m units.
        trials: number of trials of each unit (1 for single encounters).
        offset: known part of the linear predictor.
        ridge: penalty ``ridge / 2 · |coefficients|²``; above 0 the maximum always exists.

    Newton's method with step halving; it stops when the step is below 1e-10.
    """
    size = design.shape[0]
    beta = np.zeros(size)
    known = np.zeros(design.shape[1]) if offset is None else offset

    def value_at(coefficients: Vector) -> float:
        linear = known + coefficients @ design
        likelihood = np.sum(events * linear - trials * np.logaddexp(0.0, linear))
        return float(likelihood - 0.5 * ridge * coefficients @ coefficients)

    objective = value_at(beta)
    for _ in range(_MAX_STEPS):
        fitted = expit(known + beta @ design)
        gradient = design @ (events - trials * fitted) - ridge * beta
        weights = trials * fitted * (1.0 - fitted)
        information = (design * weights) @ design.T + ridge * np.eye(size)
        inverse = _inverse(information)
        if inverse is None or np.abs(beta).max() > _SEPARATED:
            return _failed(
                size, "the score separates events from non-events or is constant: no maximum of the likelihood"
            )
        step = inverse @ gradient
        for _ in range(30):
            candidate = beta + step
            value = value_at(candidate)
            if value >= objective - 1e-9 * (1.0 + abs(objective)):
                break
            step *= 0.5
        beta, objective = beta + step, value
        if np.abs(step).max() < _TOLERANCE * (1.0 + np.abs(beta).max()):
            return LogisticFit(beta, inverse)
    return _failed(size, "the logistic fit did not converge")


def _inverse(information: NDArray[np.float64]) -> NDArray[np.float64] | None:
    scale = np.sqrt(np.diag(information))
    if not np.all(scale > 0.0) or not np.all(np.isfinite(information)):
        return None
    correlation = information / np.outer(scale, scale)
    if np.linalg.cond(correlation) > 1e12:
        return None
    inverse: NDArray[Any] = np.linalg.inv(correlation) / np.outer(scale, scale)
    return inverse


def _failed(size: int, reason: str) -> LogisticFit:
    return LogisticFit(np.full(size, np.nan), np.full((size, size), np.nan), reason)


def fit_line(x: Vector, events: Vector, start: Vector, *, slope_fixed: bool) -> LogisticFit:
    """Logistic regression of 0/1 ``events`` on intercept and ``x`` (slope 1 if fixed), from a good ``start``.

    Full Newton steps by one fused pass over the rows each; without quick convergence the careful fit decides.
    """
    beta = np.array([start[0], 1.0 if slope_fixed else start[1]])
    for _ in range(_QUICK_STEPS):
        g0, g1, h00, h01, h11 = line_sums(x, events, beta[0], beta[1])
        determinant = h00 * h11 - h01 * h01
        if not h00 > 0.0 or (not slope_fixed and not determinant > 1e-12 * h00 * h11):
            break
        if slope_fixed:
            inverse, step = np.array([[1.0 / h00]]), np.array([g0 / h00, 0.0])
        else:
            inverse = np.array([[h11, -h01], [-h01, h00]]) / determinant
            step = inverse @ np.array([g0, g1])
        beta = beta + step
        if np.abs(step).max() < _QUICK_TOLERANCE * (1.0 + np.abs(beta).max()):
            return LogisticFit(beta[:1] if slope_fixed else beta, inverse)
    ones = np.ones(x.size)
    if slope_fixed:
        return fit_logistic(ones[None, :], events, ones, offset=x)
    return fit_logistic(np.vstack([ones, x]), events, ones)
