"""Evidence of the contract: how many rows fail which rule, where and when, and never with which value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen
from wardround.values import Verdict, worst


class CheckResult(Frozen):
    """One rule of one column; of the whole table when ``column`` is empty.

    ``failures`` and ``share`` are null when they could not be told, and ``reason`` says why. ``share`` is of ``rows``. An ``advisory``
    rule is printed and refuses nothing. ``by_site`` and ``by_month`` hold only where failures are.
    """

    rule: str
    column: str = ""
    failures: int | None
    rows: int
    share: float | None
    tolerance: float = 0.0
    verdict: Verdict
    by_site: dict[str, int] = Field(default_factory=dict)
    by_month: dict[str, int] = Field(default_factory=dict)
    hint: str = ""
    reason: str = ""
    advisory: bool = False

    @property
    def name(self) -> str:
        """How the check is written in ``contract.tolerance``: ``rule.column``, or the rule alone."""
        return f"{self.rule}.{self.column}" if self.column else self.rule


class Validation(Evidence):
    """What ``validate`` writes to ``reports/validation.json``: every rule and column that was checked, failing or not."""

    KIND: ClassVar[str] = "validation"

    contract: str
    rows: int
    columns: int
    rows_by_site: dict[str, int] = Field(default_factory=dict)
    rows_by_month: dict[str, int] = Field(default_factory=dict)
    checks: tuple[CheckResult, ...]
    verdict: Verdict

    def check(self, rule: str, column: str = "") -> CheckResult | None:
        """The result of one rule and column, if it was checked."""
        return next((item for item in self.checks if (item.rule, item.column) == (rule, column)), None)


def judged(result: CheckResult, tolerance: float) -> CheckResult:
    """The same counts under another tolerance (a share of rows); equality is tolerated."""
    if result.verdict is Verdict.NOT_APPLICABLE:
        verdict = Verdict.NOT_APPLICABLE
    elif result.advisory:
        verdict = Verdict.PASS
    elif result.share is None:
        verdict = Verdict.CANNOT_TELL
    else:
        verdict = Verdict.PASS if result.share <= tolerance else Verdict.REFUSE
    return result.model_copy(update={"tolerance": tolerance, "verdict": verdict})


def rejudged(validation: Validation, tolerance: Mapping[str, float]) -> Validation:
    """The validation under other tolerances: a change that loosens them is judged by the base's (DESIGN §8).

    A rule that ``tolerance`` does not name keeps nothing of its own: it gets its default.
    """
    checks = tuple(judged(item, tolerance_of(item, tolerance)) for item in validation.checks)
    return validation.model_copy(update={"checks": checks, "verdict": worst([item.verdict for item in checks])})


#: Tolerances of rules that params do not name; all other rules tolerate nothing. Project choices.
DEFAULT_TOLERANCE = {
    # labels arrive late: a fifth may still be open when a window is read
    "missing_outcome": 0.2,
}


def tolerance_of(result: CheckResult, tolerance: Mapping[str, float]) -> float:
    """The tolerance of one result: by rule and column, else by rule, else the default."""
    for key in (result.name, result.rule):
        if key in tolerance:
            return tolerance[key]
    return DEFAULT_TOLERANCE.get(result.rule, 0.0)


@dataclass(frozen=True)
class FailureRow:
    """One line of the failure table. ``share`` is in [0, 1]; ``site`` and ``months`` say where and when most of it happened."""

    rule: str
    column: str
    failures: int | None
    share: float | None
    tolerance: float
    verdict: Verdict
    sites: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    hint: str


def failure_table(validation: Validation) -> tuple[FailureRow, ...]:
    """Every check that failed or could not be told, the refusing ones first, then by falling share.

    Counts are exact and unsuppressed: whatever leaves the trust boundary goes through disclosure control first.
    """
    order = {Verdict.REFUSE: 0, Verdict.CANNOT_TELL: 1, Verdict.PASS: 2, Verdict.NOT_APPLICABLE: 3}
    rows = [
        FailureRow(
            item.rule,
            item.column,
            item.failures,
            item.share,
            item.tolerance,
            item.verdict,
            tuple(item.by_site.items()),
            tuple(item.by_month.items()),
            item.reason or item.hint,
        )
        for item in validation.checks
        if item.failures or item.verdict.blocks
    ]
    return tuple(sorted(rows, key=lambda row: (order[row.verdict], -(row.share or 0.0), row.rule, row.column)))
