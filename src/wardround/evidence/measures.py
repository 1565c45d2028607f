"""Evidence about how well scores predict: estimates with intervals, per group, and the tables that curves come from."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class Estimate(Frozen):
    """A number with its two-sided 95 % interval.

    ``value`` is null when the measure is not defined here (one class only, an empty denominator); ``note`` then says
    why. ``method`` names how the interval was made: ``delong``, ``influence``, ``bootstrap``, ``wilson``, ``weighted``, ``none``.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = "none"
    note: str = ""


class ScoreTable(Frozen):
    """Counts of encounters and of events by score bin. Bin ``i`` is ``edges[i] <= p < edges[i + 1]``; the last is closed.

    ``edges`` has one more element than ``n`` and ``events``, starts at 0 and ends at 1, and contains every declared
    threshold, so that confusion counts at thresholds are sums of bins. ``expected`` is the sum of the probabilities.
    """

    edges: tuple[float, ...]
    n: tuple[int, ...]
    events: tuple[int, ...]
    expected: tuple[float, ...]


class GroupMeasures(Frozen):
    """The measures of one model on one group of encounters.

    ``column`` and ``level`` are empty for everybody. Measure names: ``auroc``, ``auprc``, ``brier``, ``scaled_brier``,
    ``oe`` (observed/expected), ``citl`` (calibration-in-the-large: logit intercept with slope fixed at 1),
    ``slope``, ``intercept``, ``ici``, ``ece``, and at each declared threshold t, written ``name@t`` with t as
    ``repr`` gives it: ``sensitivity``, ``specificity``, ``ppv``, ``npv``, ``alerts_per_100``, ``alerts_per_day``,
    ``nne`` (number needed to evaluate), ``net_benefit``.
    """

    column: str = ""
    level: str = ""
    n: int
    events: int
    subjects: int
    assessed: bool = True
    reason: str = ""
    measures: dict[str, Estimate] = Field(default_factory=dict)
    table: ScoreTable | None = None

    @property
    def name(self) -> str:
        """How the group is written: ``all``, or ``column=level``."""
        return f"{self.column}={self.level}" if self.column else "all"


class PopulationMeasures(Frozen):
    """One population: everybody first, then each declared group in the declared order."""

    population: str
    days: float | None
    groups: tuple[GroupMeasures, ...]

    def group(self, name: str) -> GroupMeasures | None:
        """The group of that name, if there is one."""
        return next((group for group in self.groups if group.name == name), None)


class Importance(Frozen):
    """Permutation importance of one feature: the fall in AUROC when its values are shuffled, with its interval."""

    feature: str
    drop: Estimate


class Perturbation(Frozen):
    """How measures move under one disturbance: ``noise`` (small input noise), ``missing`` (one more missing value a row), ``seed N``."""

    name: str
    description: str
    auroc: Estimate
    mean_absolute_change: float


class Baseline(Frozen):
    """A simple model on the same encounters: ``prevalence``, ``logistic_regression`` or a named clinical score."""

    name: str
    populations: tuple[PopulationMeasures, ...]


#: The level that holds all sites but the largest, where there are too many for a group each.
OTHER_SITES = "other sites"


class HeldOutSite(Frozen):
    """Leave-one-site-out: the model fitted without ``site``, measured on it."""

    site: str
    measures: GroupMeasures


class Metrics(Evidence):
    """What ``evaluate`` writes to ``reports/metrics.json``."""

    KIND: ClassVar[str] = "metrics"

    thresholds: tuple[float, ...]
    populations: tuple[PopulationMeasures, ...]
    baselines: tuple[Baseline, ...] = ()
    importance: tuple[Importance, ...] = ()
    robustness: tuple[Perturbation, ...] = ()
    held_out_sites: tuple[HeldOutSite, ...] = ()
    limitations: tuple[str, ...] = ()

    def population(self, name: str) -> PopulationMeasures | None:
        """The population of that name, if it was measured."""
        return next((item for item in self.populations if item.population == name), None)
