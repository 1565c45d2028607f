"""Shares of a window's encounters against a tolerated one: intervals and exact or careful tests."""

from __future__ import annotations

import math

from scipy import special

from wardround.stats.intervals import quantile, wilson

#: The confidence of intervals that are shown.
CONFIDENCE = 0.95


def interval(count: float, n: float, worth: float) -> tuple[float, float]:
    """Wilson's interval of ``count`` in ``n`` encounters that are ``worth`` so many independent ones. Needs n > 0."""
    return wilson(count / n * worth, worth, quantile(CONFIDENCE))


def more_than(count: float, n: float, worth: float, limit: float) -> float:
    """One-sided p-value of the true share being at most ``limit``: the binomial tail, exact where every encounter counts as one."""
    found = count / n * worth
    if found <= 0.0:
        return 1.0
    return float(special.betainc(found, max(worth - found + 1.0, 1e-9), min(max(limit, 0.0), 1.0)))


def fewer_than(count: float, n: float, worth: float, limit: float) -> float:
    """One-sided p-value of the true share being at least ``limit``."""
    return more_than(n - count, n, worth, 1.0 - limit)


def differs(own: tuple[float, float, float], reference: tuple[float, float], limit: float) -> float:
    """p-value of the two shares differing by at most ``limit``; ``own`` is (count, n, worth), ``reference`` (count, n).

    Agresti and Caffo's (2000) standard error: one success and one failure are added to each side.
    """
    count, n, worth = own
    one, two = worth + 2.0, reference[1] + 2.0
    p = (count / n * worth + 1.0) / one
    q = (reference[0] + 1.0) / two
    error = math.sqrt(p * (1.0 - p) / one + q * (1.0 - q) / two)
    gap = abs(count / n - reference[0] / reference[1])
    return float(min(1.0, special.ndtr((limit - gap) / error) + special.ndtr((-limit - gap) / error)))
