"""Groups of a window, measured, with intervals as wide as an alarm needs; and what was validated of the same groups."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from wardround.compare import MeasureSettings, Scored, settings_of
from wardround.compare.estimates import estimates
from wardround.compare.spread import Measured, measure_groups
from wardround.evidence.measures import Estimate, GroupMeasures, Metrics, ScoreTable
from wardround.monitoring.alarms import IntervalAt
from wardround.project.params import Params
from wardround.stats.intervals import quantile
from wardround.values import Population

#: Standard errors of a two-sided 95 % interval.
Z95 = quantile(0.95)
#: Below so many encounters threads cost more than they save.
_SMALL = 50_000


@dataclass(frozen=True)
class Reference:
    """What was validated: everybody and groups, of the population as deployed where there is one."""

    groups: dict[str, GroupMeasures]

    @classmethod
    def of(cls, metrics: Metrics | None) -> Reference:
        """From ``metrics.json``; nothing without it."""
        if metrics is None:
            return cls({})
        found = metrics.population(Population.ALL_COMERS) or metrics.population(Population.NEW_SUBJECTS)
        return cls({item.name: item for item in found.groups} if found else {})

    def measure(self, name: str, measure: str, *, own: bool = False) -> Estimate | None:
        """A group's measure; where the group was not assessed, everybody's, unless ``own`` is demanded."""
        for key in (name,) if own else (name, "all"):
            found = self.groups.get(key)
            estimate = found.measures.get(measure) if found and found.assessed else None
            if estimate is not None and estimate.value is not None:
                return estimate
        return None

    @property
    def table(self) -> ScoreTable | None:
        """Everybody's score bins."""
        everybody = self.groups.get("all")
        return everybody.table if everybody else None


@dataclass(frozen=True)
class Part:
    """A group of a window, measured."""

    measured: Measured
    _made: dict[float, dict[str, Estimate]] = field(default_factory=dict, repr=False)

    @property
    def column(self) -> str:
        """The grouping's column; empty for everybody."""
        return self.measured.part.column

    @property
    def level(self) -> str:
        """The level of the column."""
        return self.measured.part.level

    @property
    def name(self) -> str:
        """``all``, or ``column=level``."""
        return f"{self.column}={self.level}" if self.column else "all"

    def estimate(self, measure: str, z: float = Z95) -> Estimate | None:
        """The measure with its interval at that many standard errors; None where the group is too small."""
        if not self.measured.fitted:
            return None
        if z not in self._made:
            confidence = math.erf(z / math.sqrt(2.0))
            self._made[z] = estimates(self.measured.fitted[0], self.measured.spreads[0], confidence)
        return self._made[z].get(measure)

    def at(self, measure: str) -> IntervalAt | None:
        """The interval as a function of its width in standard errors; None where there is none."""
        told = self.estimate(measure)
        if told is None or told.low is None or told.high is None:
            return None

        def limits(z: float) -> tuple[float, float]:
            found = self.estimate(measure, z)
            if found is None or found.low is None or found.high is None:
                raise ValueError("an interval has limits at each width or at none")
            return found.low, found.high

        return limits


def settings(params: Params) -> MeasureSettings:
    """How a window is measured: as a version is, with intervals from influence functions."""
    return replace(settings_of(params), interval="influence", min_events=params.monitor.outcome.min_events)


def parts(scored: Scored, how: MeasureSettings) -> list[Part]:
    """Everybody, then each group."""
    if scored.n < _SMALL:
        how = replace(how, threads=1)
    return [Part(measured) for measured in measure_groups(scored, [scored.probability], how)]


def error(estimate: Estimate | None) -> float:
    """The standard error behind a 95 % interval; 0 where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2.0 * Z95)
