"""Further distances of two distributions, with intervals: Jensen-Shannon, Kolmogorov-Smirnov and Wasserstein."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import Estimate
from wardround.monitoring.drift.bins import Keys, Numbers, middles
from wardround.monitoring.drift.shares import CONFIDENCE
from wardround.profile.distance import jensen_shannon
from wardround.stats.intervals import quantile

Floats = NDArray[np.float64]


def divergence(a: Floats, b: Floats, worth: float) -> Estimate:
    """Jensen-Shannon divergence to base 2, in [0, 1], of two vectors of counts; interval by the delta method."""
    value = jensen_shannon(a, b)
    p, q = a / a.sum(), b / b.sum()
    middle = (p + q) / 2
    spread = 0.0
    for x, size in ((p, float(a.sum())), (q, worth)):
        some = x > 0
        gradient = np.log2(x[some] / middle[some]) / 2
        spread += max(0.0, float(np.sum(x[some] * gradient**2) - np.sum(x[some] * gradient) ** 2)) / size
    half = quantile(CONFIDENCE) * math.sqrt(spread)
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half), method="delta")


def along(reference: Numbers, keys: Keys, counts: Floats, worth: float) -> tuple[Estimate, Estimate | None]:
    """The Kolmogorov-Smirnov distance, and the Wasserstein-1 distance in standard deviations of the reference (None if that is 0).

    Both are of the histograms, so values within a bucket (1/64 of their size) are not told apart. The first has the interval of Dvoretzky, Kiefer and
    Wolfowitz (Massart 1990), which holds for every distribution and is wide; the second that of its influence function.
    """
    places = np.union1d(reference.keys, keys)
    p, q = np.zeros(len(places)), np.zeros(len(places))
    p[np.searchsorted(places, reference.keys)] = reference.counts / reference.total
    q[np.searchsorted(places, keys)] = counts / counts.sum()
    gap = np.cumsum(q - p)
    furthest = float(np.abs(gap).max())
    width = math.sqrt(math.log(4.0 / (1.0 - CONFIDENCE)) / 2.0)
    half = width * (1.0 / math.sqrt(reference.total) + 1.0 / math.sqrt(worth))
    smirnov = Estimate(
        value=min(1.0, furthest), low=max(0.0, furthest - half), high=min(1.0, furthest + half), method="dkw"
    )
    value = middles(places, whole=reference.whole)
    spread = _spread(value, p)
    if not spread or not math.isfinite(spread):
        return smirnov, None
    steps = np.diff(value)
    distance = float(np.sum(np.abs(gap[:-1]) * steps)) / spread
    influence = np.append(np.cumsum((np.sign(gap[:-1]) * steps)[::-1])[::-1], 0.0) / spread
    error = math.sqrt(_spread(influence, p) ** 2 / reference.total + _spread(influence, q) ** 2 / worth)
    half = quantile(CONFIDENCE) * error
    return smirnov, Estimate(value=distance, low=max(0.0, distance - half), high=distance + half, method="influence")


def _spread(value: Floats, shares: Floats) -> float:
    centre = float(np.sum(shares * value))
    return math.sqrt(max(0.0, float(np.sum(shares * (value - centre) ** 2))))
