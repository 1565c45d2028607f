"""When an outcome counts as known: the delays until outcomes are recorded, allowing for those that are still to come.

A delay is seen only when the outcome was recorded before the look: delays are truncated on the right. The share that is recorded after
d days is estimated by the product of reverse hazards (Kalbfleisch & Lawless 1989, Journal of the American Statistical Association 84:360;
Lynden-Bell's estimator in reversed time). It is a share of what is recorded within the longest age that was seen: what comes later still, nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Fewest delays from which a maturity is estimated (project choice).
LEAST = 100


@dataclass(frozen=True)
class Delays:
    """``share[d]`` of all outcomes are recorded within d days, for d = 0 … ``longest``; empty when too few delays were seen."""

    share: NDArray[np.float64]
    n: int

    @property
    def longest(self) -> int:
        """The greatest age, in days, up to which delays could be seen."""
        return self.share.size - 1

    def until(self, share: float) -> int | None:
        """The fewest days within which that share is recorded; None when delays were not seen well enough."""
        found = np.flatnonzero(self.share >= share)
        return int(found[0]) if found.size else None

    def at(self, days: int) -> float | None:
        """The share recorded within so many days."""
        if not self.share.size or days < 0:
            return None
        return float(self.share[min(days, self.longest)])


def delays(delay: NDArray[np.int64], age: NDArray[np.int64]) -> Delays:
    """From delays of recorded outcomes and the ages of their answers at the look, both in whole days; delay <= age.

    Negative delays (clocks that disagree) count as 0.
    """
    if delay.size < LEAST:
        return Delays(np.empty(0), delay.size)
    waited = np.maximum(delay, 0)
    longest = int(age.max())
    exactly = np.bincount(waited, minlength=longest + 1).astype(np.float64)
    # at risk in reversed time at x: recorded by x, and old enough that x could have been seen
    recorded = np.cumsum(exactly)
    young = np.cumsum(np.bincount(np.maximum(age, 0), minlength=longest + 1))
    at_risk = recorded - np.append(0, young[:-1])
    hazard = np.divide(exactly, at_risk, out=np.zeros_like(exactly), where=at_risk > 0)
    # share within d is the product over x > d of (1 - hazard)
    kept = np.append(np.cumprod((1.0 - hazard)[::-1])[::-1][1:], 1.0)
    return Delays(kept, delay.size)
