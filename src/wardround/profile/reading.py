"""Numbers read off a profile: mean, standard deviation, quantiles."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from wardround.evidence.profile import NumberSummary
from wardround.profile.buckets import middle
from wardround.profile.exact import read


def mean(summary: NumberSummary) -> float | None:
    """The mean, correctly rounded; None without numbers."""
    return float(read(summary.total) / summary.count) if summary.count else None


def _spread(summary: NumberSummary) -> Fraction | None:
    n = summary.count
    if n < 2:
        return None
    total = read(summary.total)
    return (read(summary.squares) - total * total / n) / (n - 1)


def variance(summary: NumberSummary) -> float | None:
    """The sample variance (n - 1 below), correctly rounded; None with fewer than two numbers or beyond the range of doubles."""
    found = _spread(summary)
    try:
        return None if found is None else float(found)
    except OverflowError:
        return None


def deviation(summary: NumberSummary) -> float | None:
    """The sample standard deviation, also where the variance underflows; None as in :func:`variance`."""
    found = _spread(summary)
    if not found:
        return None if found is None else 0.0
    half = (found.numerator.bit_length() - found.denominator.bit_length()) // 2
    try:
        return math.ldexp(math.sqrt(found / Fraction(4) ** half), half)
    except OverflowError:
        return None


def quantile(summary: NumberSummary, share: float, *, whole: bool = False) -> float | None:
    """The number below which ``share`` of the values lie (rank ⌈share·n⌉, at least 1); None without numbers.

    Told as the middle of its bucket: off by at most 1/128 of its size; with ``whole`` (a column of integers)
    exact below 128.
    """
    if not 0 <= share <= 1:
        msg = "share lies in [0, 1]"
        raise ValueError(msg)
    if not summary.count:
        return None
    keys = sorted(summary.histogram)
    below = np.cumsum([summary.histogram[key] for key in keys])
    rank = max(1, math.ceil(share * summary.count))
    return middle(keys[int(np.searchsorted(below, rank))], whole=whole)
