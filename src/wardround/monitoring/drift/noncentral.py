"""Tests and limits of the population stability index: is the shift larger than a tolerated one?

Near no shift, n·PSI is a noncentral chi-square with bins - 1 degrees of freedom and noncentrality n·(true PSI), where 1/n = 1/n_a + 1/n_b
(Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14:4, for the central case; Pearson's and the symmetrised likelihood ratio are equal to first order).
Far from it the delta method is right. Both are asked, and the more careful answer counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from wardround.profile.distance import PSEUDO_COUNT

Floats = NDArray[np.float64]
#: Beyond this the chi-square is as good as normal, and its exact series is slow.
_LARGE = 5e3


@dataclass(frozen=True)
class Index:
    """The index of two vectors of counts: ``value`` as the gate computes it, ``error`` by the delta method, at ``n`` effective encounters."""

    value: float
    error: float
    n: float
    freedom: int

    @property
    def statistic(self) -> float:
        """n·PSI."""
        return self.n * self.value


def index(a: Floats, b: Floats, size: float) -> Index:
    """PSI of counts ``b`` against ``a``; ``size`` is what ``b`` is worth in independent encounters. Neither is all zero."""
    p, q = ((x + PSEUDO_COUNT) / (x + PSEUDO_COUNT).sum() for x in (a, b))
    ratio = np.log(q / p)
    value = float(np.sum((q - p) * ratio))
    size_a = float(a.sum())
    spread = _variance(p, -ratio + 1.0 - q / p) / size_a + _variance(q, ratio + 1.0 - p / q) / size
    return Index(value, math.sqrt(spread), 1.0 / (1.0 / size_a + 1.0 / size), max(1, len(a) - 1))


def _variance(shares: Floats, gradient: Floats) -> float:
    return max(0.0, float(np.sum(shares * gradient**2) - np.sum(shares * gradient) ** 2))


def exceeds(found: Index, limit: float) -> float:
    """One-sided p-value of the true index being at most ``limit``."""
    careful = above(found.statistic, found.freedom, limit * found.n)
    if found.error > 0.0:
        corrected = found.value - found.freedom / found.n
        careful = max(careful, float(special.ndtr((limit - corrected) / found.error)))
    return careful


def above(statistic: float, freedom: int, noncentrality: float) -> float:
    """Probability that a noncentral chi-square is at least ``statistic``."""
    if statistic + noncentrality > _LARGE:
        centre, spread = freedom + noncentrality, math.sqrt(2.0 * (freedom + 2.0 * noncentrality))
        return float(special.ndtr((centre - statistic) / spread))
    return float(np.clip(1.0 - special.chndtr(statistic, freedom, noncentrality), 0.0, 1.0))


def limits(found: Index, confidence: float) -> tuple[float, float]:
    """Two-sided interval of the true index, never below 0."""
    tail = (1.0 - confidence) / 2.0
    low = _noncentrality(found.statistic, found.freedom, 1.0 - tail) / found.n
    high = _noncentrality(found.statistic, found.freedom, tail) / found.n
    if found.error > 0.0:
        z = float(special.ndtri(1.0 - tail))
        corrected = max(0.0, found.value - found.freedom / found.n)
        low = min(low, max(0.0, corrected - z * found.error))
        high = max(high, corrected + z * found.error)
    return low, high


def _noncentrality(statistic: float, freedom: int, probability: float) -> float:
    """The noncentrality with which the chi-square stays at or below ``statistic`` with ``probability``; 0 if none does so seldom."""
    if statistic > _LARGE:  # (statistic - freedom - x) / sqrt(2 (freedom + 2x)) = z, solved for x
        z = float(special.ndtri(probability))
        gap = statistic - freedom
        root = math.sqrt(max(0.0, z * z * (2.0 * freedom + 4.0 * gap + 4.0 * z * z)))
        return max(0.0, gap + 2.0 * z * z - math.copysign(root, z))
    if float(special.chndtr(statistic, freedom, 0.0)) <= probability:
        return 0.0
    return max(0.0, float(special.chndtrinc(statistic, freedom, probability)))


def visible(n: float, freedom: int, limit: float, alpha: float, power: float) -> float:
    """The smallest true index that is found to exceed ``limit`` at level ``alpha`` with chance ``power``."""
    bound = limit * n
    if bound > _LARGE:
        spread = math.sqrt(2.0 * (freedom + 2.0 * bound))
        critical = freedom + bound + float(special.ndtri(1.0 - alpha)) * spread
    else:
        critical = float(special.chndtrix(1.0 - alpha, freedom, bound))
    return _noncentrality(critical, freedom, 1.0 - power) / n
