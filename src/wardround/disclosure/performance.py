"""Published performance: tables, curves and measures of models on groups, and their differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from wardround.disclosure.values import Count, Disclosed, Quantity, Why


@dataclass(frozen=True)
class Bin(Disclosed):
    """One score bin, ``low <= p < high`` (the last is closed): rounded counts, and the mean probability.

    ``predicted`` is rounded to a multiple of ``precision``, which is coarser where a finer mean would tell how many people lie
    near one end; None where every precision would.
    """

    low: float
    high: float
    events: int
    non_events: int
    predicted: float | None = None
    precision: float | None = None

    @property
    def n(self) -> int:
        """Encounters in the bin (the sum of rounded counts)."""
        return self.events + self.non_events


@dataclass(frozen=True)
class CalibrationPoint(Disclosed):
    """Mean predicted against observed risk in one bin, with the Wilson interval of the observed share."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float
    observed_low: float
    observed_high: float


@dataclass(frozen=True)
class RocPoint(Disclosed):
    """False-positive and true-positive share when everybody at or above ``threshold`` is alerted."""

    threshold: float
    false_positive: float
    true_positive: float


@dataclass(frozen=True)
class DecisionPoint(Disclosed):
    """Net benefit at ``threshold`` of the model and of alerting for everybody (for nobody it is 0)."""

    threshold: float
    model: float
    everybody: float


@dataclass(frozen=True)
class AtThreshold(Disclosed):
    """Confusion counts at one declared threshold and the measures made of them.

    Measure names: ``sensitivity``, ``specificity``, ``ppv``, ``npv``, ``alerts_per_100``, ``alerts_per_day``, ``nne``,
    ``net_benefit``. When ``withheld`` there are neither counts nor measures.
    """

    threshold: float
    tp: Count
    fp: Count
    fn: Count
    tn: Count
    measures: Mapping[str, Quantity]
    withheld: Why = Why.SHOWN


@dataclass(frozen=True)
class GroupView(Disclosed):
    """One model on one group: ``column`` and ``level`` are empty for everybody.

    ``measures`` are those that belong to no threshold (``auroc``, ``auprc``, ``brier``, ``scaled_brier``, ``oe``, ``citl``,
    ``slope``, ``intercept``, ``ici``, ``ece``, and ``event_rate``). With ``withheld`` everything else is empty or withheld.
    """

    column: str
    level: str
    n: Count
    events: Count
    withheld: Why = Why.SHOWN
    measures: Mapping[str, Quantity] = dataclasses.field(default_factory=dict)
    thresholds: tuple[AtThreshold, ...] = ()
    #: Sum of the probabilities, rounded to 10: what O/E divides by.
    expected: Count | None = None
    bins: tuple[Bin, ...] = ()
    roc: tuple[RocPoint, ...] = ()
    calibration: tuple[CalibrationPoint, ...] = ()
    decision_curve: tuple[DecisionPoint, ...] = ()

    @property
    def name(self) -> str:
        """How the group is written: ``all``, or ``column=level``."""
        return f"{self.column}={self.level}" if self.column else "all"


@dataclass(frozen=True)
class ModelView(Disclosed):
    """One model (``head``, ``base``, ``anchor``) on one cohort: everybody first, then each declared group."""

    role: str
    groups: tuple[GroupView, ...]

    def group(self, name: str) -> GroupView | None:
        """The group of that name, if there is one."""
        return next((group for group in self.groups if group.name == name), None)


@dataclass(frozen=True)
class DifferenceView(Disclosed):
    """Head minus reference for one measure (names as in evidence, ``sensitivity@0.2`` and so on), paired.

    ``better``: ``up``, ``down``, ``one`` or ``zero``, as in evidence.
    """

    measure: str
    better: str
    reference: Quantity
    head: Quantity
    difference: Quantity


@dataclass(frozen=True)
class GroupChange(Disclosed):
    """All differences of one group."""

    column: str
    level: str
    n: Count
    events: Count
    withheld: Why = Why.SHOWN
    differences: tuple[DifferenceView, ...] = ()

    @property
    def name(self) -> str:
        """How the group is written: ``all``, or ``column=level``."""
        return f"{self.column}={self.level}" if self.column else "all"

    def of(self, measure: str) -> DifferenceView | None:
        """The difference in that measure, if it is published."""
        return next((item for item in self.differences if item.measure == measure), None)


@dataclass(frozen=True)
class Cohort(Disclosed):
    """A set of encounters (a population on a test set) with every model that was scored on it.

    ``population`` is ``new_subjects`` or ``all_comers``. With ``withheld`` there are no models and no changes.
    """

    population: str
    withheld: Why = Why.SHOWN
    models: tuple[ModelView, ...] = ()
    changes: tuple[GroupChange, ...] = ()

    def model(self, role: str) -> ModelView | None:
        """The model of that role, if it was scored."""
        return next((model for model in self.models if model.role == role), None)

    def change(self, group: str) -> GroupChange | None:
        """The differences in the group of that name, if there are any."""
        return next((change for change in self.changes if change.name == group), None)


@dataclass(frozen=True)
class ExclusionsView(Disclosed):
    """Counts of encounters that were left out, as in evidence."""

    test_encounters: Count
    seen_by_head: Count
    seen_by_reference: Count
    compared: Count


@dataclass(frozen=True)
class AgainstView(Disclosed):
    """The comparison with one reference (``base`` or ``anchor``) on one test set (``head`` or ``reference``)."""

    reference: str
    commit: str
    test_set: str
    comparable: bool
    reason: str
    exclusions: ExclusionsView | None
    cohorts: tuple[Cohort, ...]
    score_correlation: Quantity

    def cohort(self, population: str) -> Cohort | None:
        """The cohort of that population, if there is one."""
        return next((cohort for cohort in self.cohorts if cohort.population == population), None)
