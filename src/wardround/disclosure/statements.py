"""Published statements beside performance: the decision, the contract, the data, simple models and disturbances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wardround.disclosure.values import Count, Disclosed, Quantity, Why


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
