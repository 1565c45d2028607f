"""The stage ``validate``: the contract, the table-level checks and the profile, in one pass over the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.contract import Contract, load
from wardround.contract.checking import Checker, RuleCount
from wardround.contract.grouping import Counts
from wardround.contract.rules import hint
from wardround.evidence.validation import CheckResult, Validation, judged, tolerance_of
from wardround.stages.validate.snapshot import Snapshot
from wardround.values import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.project.layout import Project


def run(project: Project) -> Validation:
    """Validates the snapshot and writes ``reports/validation.json`` and ``reports/profile.json``.

    A contract that is not satisfied is a verdict. Raises :class:`UsageError` when there is nothing to check.
    """
    contract = load(project.layout.contract)
    tolerance = project.params.contract.tolerance
    snapshot = Snapshot(project.layout.snapshot)
    checker = Checker(contract, rows=snapshot.rows)
    everyone = Counts()
    for batch in snapshot.batches():
        groups = checker.grouper.of(batch)
        everyone.add(groups)
        checker.look(batch, groups)
    again = checker.again
    if again:
        for batch in snapshot.batches(again):
            checker.look_again(batch)
    validation = conclude(contract, checker, everyone, tolerance)
    validation.write(project.layout.evidence("validation"))
    return validation


def conclude(contract: Contract, checker: Checker, everyone: Counts, tolerance: Mapping[str, float]) -> Validation:
    """Judges the counts."""
    outcome = checker.outcome()
    checks = [judge(count, tolerance) for count in outcome.counts]
    return Validation(
        contract=contract.name,
        rows=outcome.rows,
        columns=len(contract.columns),
        rows_by_site=checker.grouper.by_site(everyone),
        rows_by_month=checker.grouper.by_month(everyone),
        checks=tuple(checks),
        verdict=worst([check.verdict for check in checks]),
    )


def judge(count: RuleCount, tolerance: Mapping[str, float]) -> CheckResult:
    """One count as a result with its verdict."""
    share = None if count.failures is None else count.failures / count.rows if count.rows else 0.0
    result = CheckResult(
        rule=count.rule,
        column=count.column,
        failures=count.failures,
        rows=count.rows,
        share=share,
        verdict=Verdict.PASS,
        by_site=count.by_site,
        by_month=count.by_month,
        hint=hint(count.rule) if count.failures else "",
        reason=count.reason,
        advisory=count.advisory,
    )
    return judged(result, tolerance_of(result, tolerance))
