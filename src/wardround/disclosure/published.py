"""The values that may leave the trust boundary: renderers accept these and nothing else (DESIGN §8, *Disclosure by type*).

Only ``wardround.disclosure`` makes them: every constructor takes the package's key first, so that no other code builds
one by accident. All are frozen; :meth:`Disclosed.plain` gives JSON types. Whatever is not shown carries a reason
(:class:`Why`) in its place, never a number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import KW_ONLY, InitVar, dataclass
from enum import StrEnum
from typing import Any, Final


class Key:
    """What a constructor of this module asks for; the package's own is :data:`KEY`."""


#: For modules of this package only; a test looks for other uses.
KEY: Final = Key()


class Why(StrEnum):
    """Why a number is not shown. The words stand in reports, and do not tell which of several counts was small."""

    SHOWN = ""
    #: The count, or one that it is made of, is small; or it would reveal another that is.
    SMALL = "withheld: small numbers"
    #: The same encounters, nearly, are shown elsewhere: the difference would be a small number.
    NEARLY_SHOWN = "withheld: nearly the same encounters are shown elsewhere"
    #: At the stated precision the number would leave no room for the people it must hide.
    PRECISE = "withheld: too precise for the size of the group"
    NOT_ASSESSED = "not assessed: too few encounters or events"
    UNDEFINED = "not defined here"
    #: The auditing program could not prove in its time that it is safe.
    UNPROVEN = "withheld: not proven safe"


@dataclass(frozen=True)
class Disclosed:
    """Base of all published values. ``key`` must be the package's own."""

    key: InitVar[Key]

    def __post_init__(self, key: Key) -> None:
        """Refuses to be built by anything but the package.

        Raises:
            TypeError: with another key.
        """
        if key is not KEY:
            msg = f"{type(self).__name__} values are made by wardround.disclosure alone"
            raise TypeError(msg)

    def plain(self) -> dict[str, Any]:
        """The value as JSON types, fields in declared order."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Disclosed):
        return value.plain()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, StrEnum) else value


@dataclass(frozen=True)
class Count(Disclosed):
    """A number of encounters, events or subjects, rounded to the next multiple of 10 (halves up); or why it is withheld."""

    value: int | None
    withheld: Why = Why.SHOWN

    @property
    def shown(self) -> bool:
        """Whether there is a number."""
        return self.value is not None

    def __str__(self) -> str:
        return f"{self.value:,}" if self.value is not None else str(self.withheld)


@dataclass(frozen=True)
class Quantity(Disclosed):
    """A statistic with its two-sided 95 % interval at ``decimals`` decimals; or why it is withheld.

    ``origin`` is ``table`` (computed from the published, rounded table alone), ``scores`` (from full-precision evidence,
    then rounded) or ``parameter`` (a number that somebody wrote, not a patient's). The interval may be withheld alone
    (``low`` and ``high`` None, ``interval_withheld`` says why).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    withheld: Why = Why.SHOWN
    interval_withheld: Why = Why.SHOWN
    origin: str = "table"

    @property
    def shown(self) -> bool:
        """Whether there is a number."""
        return self.value is not None

    def number(self, value: float | None, *, sign: bool = False) -> str:
        """One number as reports write it; empty when there is none. Minus zero is zero."""
        if value is None:
            return ""
        value = round(value, self.decimals) + 0.0
        return f"{value:{'+' if sign else ''}.{self.decimals}f}"

    def __str__(self) -> str:
        if self.value is None:
            return str(self.withheld)
        if self.low is None or self.high is None:
            return self.number(self.value)
        return f"{self.number(self.value)} ({self.number(self.low)} to {self.number(self.high)})"


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


@dataclass(frozen=True)
class FactView(Disclosed):
    """One fact of a finding: a count, a quantity (proportion, measure or margin), or a text; exactly one is set."""

    name: str
    type: str
    group: str = ""
    count: Count | None = None
    quantity: Quantity | None = None
    text: str = ""

    def __str__(self) -> str:
        return str(self.count if self.count is not None else self.quantity if self.quantity is not None else self.text)


@dataclass(frozen=True)
class FindingView(Disclosed):
    """What one rule found."""

    rule: str
    verdict: str
    subject: str
    summary: str
    advice: str
    facts: tuple[FactView, ...]


@dataclass(frozen=True)
class DecisionView(Disclosed):
    """The judgement: verdict, headline and findings. Digests and commits are those of the evidence."""

    project: str
    verdict: str
    outcome: str
    subject_digest: str
    head_commit: str
    base_commit: str
    anchor_commit: str
    judged_by: str
    judge_changes: tuple[str, ...]
    findings: tuple[FindingView, ...]
    evidence: tuple[tuple[str, str], ...]

    def of(self, rule: str) -> tuple[FindingView, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)


@dataclass(frozen=True)
class LevelCount(Disclosed):
    """A count for one level of a margin (a site, a month), and its share of the level's rows."""

    level: str
    count: Count
    share: Quantity


@dataclass(frozen=True)
class FailureView(Disclosed):
    """How often one rule failed in one column (empty: table-wide)."""

    rule: str
    column: str
    verdict: str
    count: Count
    share: Quantity
    tolerance: float | None = None
    by_site: tuple[LevelCount, ...] = ()
    by_month: tuple[LevelCount, ...] = ()


@dataclass(frozen=True)
class ValidationView(Disclosed):
    """What the contract said about the table."""

    verdict: str
    rows: Count
    failures: tuple[FailureView, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShareChange(Disclosed):
    """The share of one category or interval of a column, base and head."""

    label: str
    base: Quantity
    head: Quantity


@dataclass(frozen=True)
class ColumnView(Disclosed):
    """One column's profile in head (and base): share missing, distribution by category or interval, stability index."""

    column: str
    kind: str
    missing: ShareChange
    cells: tuple[ShareChange, ...]
    psi: Quantity
    withheld: Why = Why.SHOWN


@dataclass(frozen=True)
class ProfileView(Disclosed):
    """The head's table, column by column, beside the base's where there is one."""

    rows_base: Count
    rows_head: Count
    columns: tuple[ColumnView, ...]


@dataclass(frozen=True)
class BaselineView(Disclosed):
    """A simple model beside ours, everybody only: measures at three decimals by population."""

    name: str
    population: str
    measures: Mapping[str, Quantity]


@dataclass(frozen=True)
class ImportanceView(Disclosed):
    """The fall in AUROC when one feature is shuffled."""

    feature: str
    drop: Quantity


@dataclass(frozen=True)
class PerturbationView(Disclosed):
    """How AUROC and probabilities move under one disturbance."""

    name: str
    description: str
    auroc: Quantity
    mean_absolute_change: Quantity


@dataclass(frozen=True)
class HeldOutSiteView(Disclosed):
    """The model fitted without ``site``, measured on it."""

    site: str
    n: Count
    events: Count
    measures: Mapping[str, Quantity]
    withheld: Why = Why.SHOWN


@dataclass(frozen=True)
class Published(Disclosed):
    """Everything that a report, figure, comment or log may show. Made by :func:`wardround.disclosure.disclose`.

    ``cohorts`` are the head's own test populations (from ``metrics``); those of comparisons are under ``against``. A cohort whose
    encounters are shown in a comparison already is withheld here, so look in ``against`` first.
    """

    _: KW_ONLY
    min_cell: int
    thresholds: tuple[float, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    against: tuple[AgainstView, ...] = ()
    baseline: bool = False
    baselines: tuple[BaselineView, ...] = ()
    importance: tuple[ImportanceView, ...] = ()
    robustness: tuple[PerturbationView, ...] = ()
    held_out_sites: tuple[HeldOutSiteView, ...] = ()
    limitations: tuple[str, ...] = ()
    decision: DecisionView | None = None
    validation: ValidationView | None = None
    profile: ProfileView | None = None

    def versus(self, reference: str, test_set: str = "head") -> AgainstView | None:
        """The comparison with that reference on that test set, if there is one."""
        return next((item for item in self.against if (item.reference, item.test_set) == (reference, test_set)), None)

    def cohort(self, population: str) -> Cohort | None:
        """Where that population is shown: the first comparison that shows it, else the head's own; None if nowhere."""
        found = (cohort for item in self.against for cohort in item.cohorts)
        both = [cohort for cohort in (*found, *self.cohorts) if cohort.population == population]
        return next((cohort for cohort in both if not cohort.withheld), None)
