"""Calibration: in the large, slope and intercept, and two smooth distances (ICI, ECE).

The observed risk at a score is estimated by logistic regression of the outcome on a restricted cubic spline of the
logit of the score (Austin & Steyerberg 2019, Statistics in Medicine 38:4051, name loess and splines as the two usual
smoothers). A spline is the stable one: it has four coefficients, no bandwidth, and never leaves [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from wardround.stats.logistic import LogisticFit, fit_line, fit_logistic, logit
from wardround.stats.sample import Floats, Ints, Ranked

#: Scores are pooled in at most this many groups of equal size before the spline is fitted (project choice): the fit
#: then costs nothing, and is a function of counts. With up to 200 distinct scores nothing is pooled.
POOLS = 200
#: Groups of the expected calibration error; they are unions of pools (10 is customary: deciles of risk).
ECE_GROUPS = 10
#: Knots of the spline at these quantiles of the score (Harrell 2015, table 2.3, four knots).
KNOT_QUANTILES = (0.05, 0.35, 0.65, 0.95)
#: Penalty on the distance of the spline from the identity: a normal prior with standard deviation 10 on each
#: standardised coefficient (project choice). It is negligible unless the score separates the classes.
SPLINE_RIDGE = 0.01


@dataclass(frozen=True)
class Calibration:
    """Calibration of one model on one sample, with the parts that influence functions and resampling need.

    ``bounds`` cut the sorted rows into pools (equal scores stay together): pool b is ``bounds[b] .. bounds[b + 1]``.
    ``pool_n``, ``pool_events`` and ``pool_mean`` (mean score) describe them. ``basis`` has shape (4, pools): constant,
    logit and two spline terms, standardised; the spline model is logit(pool_mean) + coefficients @ basis.
    ``ece_bounds`` are positions in ``bounds``.
    """

    logits: Floats
    large: LogisticFit
    line: LogisticFit
    bounds: Ints
    pool_n: Floats
    pool_events: Floats
    pool_mean: Floats
    offset: Floats
    basis: Floats
    spline: LogisticFit
    ece_bounds: Ints

    @cached_property
    def observed(self) -> Floats:
        """Smoothed observed risk of each pool."""
        return np.asarray(expit(self.offset + self.spline.coefficients @ self.basis), dtype=np.float64)

    @property
    def ici(self) -> float:
        """Integrated calibration index: mean absolute distance between score and smoothed observed risk."""
        return float(self.pool_n @ np.abs(self.pool_mean - self.observed) / self.pool_n.sum())

    def ece_sums(self) -> tuple[Floats, Floats]:
        """Events and summed scores of each group of the ECE."""
        first = self.ece_bounds[:-1]
        return np.add.reduceat(self.pool_events, first), np.add.reduceat(self.pool_n * self.pool_mean, first)

    @property
    def ece(self) -> float:
        """Expected calibration error over groups of equal size."""
        observed, expected = self.ece_sums()
        return float(np.abs(observed - expected).sum() / self.pool_n.sum())


def calibrate(ranked: Ranked) -> Calibration:
    """Fits all calibration models of one model on one sample (at least one encounter)."""
    y = ranked.sample.outcome
    bounds = equal_mass_bounds(ranked, POOLS)
    ece_bounds = np.searchsorted(bounds, equal_mass_bounds(ranked, ECE_GROUPS))
    pool_n = np.diff(bounds).astype(np.float64)
    pool_events = np.diff(ranked.events_before(bounds)).astype(np.float64)
    pool_mean = np.add.reduceat(ranked.sorted_probability, bounds[:-1]) / pool_n
    offset = logit(pool_mean)
    basis = spline_basis(offset, pool_n)
    spline = fit_logistic(basis, pool_events, pool_n, offset=offset, ridge=SPLINE_RIDGE)
    logits = logit(ranked.probability)
    # the fits on pools are close, so that the fits on all rows need two or three passes
    near_large = fit_logistic(basis[:1], pool_events, pool_n, offset=offset)
    near_line = fit_logistic(np.vstack([basis[0], offset]), pool_events, pool_n)
    large = fit_line(logits, y, near_large.coefficients, slope_fixed=True)
    line = fit_line(logits, y, near_line.coefficients, slope_fixed=False)
    return Calibration(logits, large, line, bounds, pool_n, pool_events, pool_mean, offset, basis, spline, ece_bounds)


def equal_mass_bounds(ranked: Ranked, groups: int) -> Ints:
    """Bounds of at most that many groups of equal size in the sorted rows; equal scores are never parted."""
    n = ranked.sample.n
    wanted = (np.arange(1, groups + 1) * n) // groups
    snapped = ranked.below_n[np.searchsorted(ranked.below_n, wanted)]
    return np.unique(np.append(0, snapped))


def spline_basis(x: Floats, weight: Floats) -> Floats:
    """Constant, x and the restricted cubic spline terms, shape (4, m), each but the first standardised by ``weight``.

    Without four distinct knots (few distinct scores) the spline terms are 0; without spread, so is x.
    """
    place = np.cumsum(weight) / weight.sum()
    knots = x[np.minimum(np.searchsorted(place, KNOT_QUANTILES), x.size - 1)]
    total = weight.sum()

    def standardised(column: Floats) -> Floats:
        centred = column - weight @ column / total
        spread = np.sqrt(weight @ centred**2 / total)
        return centred / spread if spread > 1e-9 else np.zeros_like(centred)

    return np.vstack([np.ones_like(x), *map(standardised, [x, *_restricted_cubic(x, knots)])])


def _restricted_cubic(x: Floats, knots: Floats) -> list[Floats]:
    if np.any(np.diff(knots) < 1e-9):
        return [np.zeros_like(x), np.zeros_like(x)]
    before, last = knots[-2], knots[-1]

    def cube(knot: float) -> Floats:
        return np.maximum(x - knot, 0.0) ** 3

    return [
        cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
