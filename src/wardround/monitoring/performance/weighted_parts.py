"""Groups of a window whose encounters weigh differently: the same measures, from weighted sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wardround.compare import Scored
from wardround.evidence.measures import Estimate
from wardround.monitoring.performance.parts import Z95, Part
from wardround.stats.treatment import effective_size
from wardround.stats.weighted import Measure, Rows, measures

#: How an interval of weighted encounters is called in evidence.
WEIGHTED = "weighted"


@dataclass(frozen=True)
class WeightedPart(Part):
    """A group measured with weights. ``measured`` is the same group with equal ones: what it counts are encounters."""

    made: dict[str, Measure] = field(default_factory=dict, repr=False)

    def estimate(self, measure: str, z: float = Z95) -> Estimate | None:
        """The weighted measure; None where it is not defined, or too little weighs."""
        found = self.made.get(measure)
        if found is None or (measure == "oe" and found.value <= 0.0):
            return None
        return estimated(measure, found, z, WEIGHTED)


def estimated(name: str, found: Measure, z: float, method: str) -> Estimate:
    """A weighted measure with its interval at ``z`` standard errors, none where too few subjects or events bear it."""
    if math.isnan(found.error) or (name == "oe" and found.value <= 0.0):
        return Estimate(value=found.value, note="too few subjects or events for an interval")
    low, high = found.interval(name, z)
    return Estimate(value=found.value, low=min(low, found.value), high=max(high, found.value), method=method)


def weighted(
    parts: Sequence[Part], scored: Scored, weight: NDArray[np.float64], thresholds: tuple[float, ...], least: int
) -> list[Part]:
    """The parts with weights. A group whose events or non-events weigh less than ``least`` encounters has no measures."""
    found: list[Part] = []
    for part in parts:
        cut = part.measured.part
        rows = Rows(cut.of(scored.outcome).astype(np.float64), cut.of(scored.subject), cut.of(weight))
        happened = rows.outcome > 0.5
        enough = min(effective_size(rows.weight[happened]), effective_size(rows.weight[~happened])) >= least
        made = measures(rows, cut.of(scored.probability), thresholds) if enough and part.measured.fitted else {}
        found.append(WeightedPart(part.measured, made=made))
    return found
