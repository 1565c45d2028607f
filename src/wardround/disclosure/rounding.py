"""How numbers are rounded before they leave: counts to 10, shares and ratios from rounded counts alone (DESIGN §9.4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Published counts are multiples of this.
BASE = 10
#: Two-sided 95 %, the level of all evidence.
Z = 1.959963984540054
#: Decimals of measures: of groups, and of everybody.
GROUP_DECIMALS, OVERALL_DECIMALS = 2, 3


def to_ten(count: float) -> int:
    """The nearest multiple of 10, halves up: a published ``r`` stands for ``r - 5`` to ``r + 4``."""
    return BASE * math.floor((count + BASE / 2) / BASE)


@dataclass(frozen=True)
class Ratio:
    """A number with its interval, not rounded yet."""

    value: float
    low: float
    high: float


def wilson(events: float, n: float) -> Ratio:
    """A share with its Wilson score interval (Wilson 1927), from rounded counts. ``n`` must be positive."""
    share = events / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Ratio(share, max(0.0, middle - half), min(1.0, middle + half))


def observed_expected(observed: int, expected: int) -> Ratio:
    """O/E with the interval of Byar's approximation to the Poisson (Breslow and Day 1987, p. 69), from rounded counts."""
    low = observed * (1 - 1 / (9 * observed) - Z / (3 * math.sqrt(observed))) ** 3
    more = observed + 1
    high = more * (1 - 1 / (9 * more) + Z / (3 * math.sqrt(more))) ** 3
    return Ratio(observed / expected, low / expected, high / expected)
