"""Counts become results with verdicts, under the tolerances of ``contract.tolerance``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wardround.contract.custom import rule_of
from wardround.contract.model import Contract
from wardround.contract.outcome import RuleCount
from wardround.contract.rules import STANDARD, hint
from wardround.errors import Problem, UsageError
from wardround.evidence.profile import Profile
from wardround.evidence.validation import CheckResult, Validation, judged, tolerance_of
from wardround.stages.validate import counts as rules
from wardround.values import Verdict, worst

if TYPE_CHECKING:
    from wardround.stages.validate.passes import TableChecks


def conclude(checks: TableChecks, profile: Profile, tolerance: Mapping[str, float]) -> Validation:
    """The validation of a snapshot whose passes are done."""
    outcome = checks.checker.outcome()
    rows = outcome.rows
    found = [
        rules.all_or_none(rules.EMPTY_TABLE, "", rows, failed=not rows),
        *outcome.counts,
        *_emptiness(profile),
        *checks.duplicates.results(rows),
        *checks.outcomes.results(rows),
        *checks.units.results(rows),
    ]
    results = tuple(judge(count, tolerance) for count in found)
    return Validation(
        contract=checks.contract.name,
        rows=rows,
        columns=len(checks.contract.columns),
        rows_by_site=checks.grouper.by_site(checks.everyone),
        rows_by_month=checks.grouper.by_month(checks.everyone),
        checks=results,
        verdict=worst([result.verdict for result in results]),
    )


def _emptiness(profile: Profile) -> Iterator[RuleCount]:
    for column in profile.columns:
        if column.rows:
            yield rules.all_or_none(rules.ALL_MISSING, column.name, column.rows, failed=column.missing == column.rows)


def judge(count: RuleCount, tolerance: Mapping[str, float]) -> CheckResult:
    """One count as a result with its verdict; a rule that has nothing to look at is *not applicable*."""
    share = (
        None
        if count.failures is None
        else min(1.0, count.failures / count.rows)
        if count.rows
        else float(count.failures > 0)
    )
    absent = count.failures is None and count.reason == rules.NEEDS.get(count.rule)
    result = CheckResult(
        rule=count.rule,
        column=count.column,
        failures=count.failures,
        rows=count.rows,
        share=share,
        verdict=Verdict.NOT_APPLICABLE if absent else Verdict.PASS,
        by_site=count.by_site,
        by_month=count.by_month,
        hint=(rules.HINTS.get(count.rule) or hint(count.rule)) if count.failures else "",
        reason=count.reason,
        advisory=count.advisory,
    )
    return judged(result, tolerance_of(result, tolerance))


def known_tolerances(contract: Contract, tolerance: Mapping[str, float]) -> None:
    """A misspelt tolerance would silently tolerate nothing. Raises :class:`UsageError` that lists all of them."""
    names = set(STANDARD) | set(rules.HINTS) | {rule_of(check) for check in contract.table_checks}
    names |= {rule_of(check) for column in contract.columns for check in column.checks}
    known = names | {f"{rule}.{column}" for rule in names for column in contract.names}
    labels = {f"unique.{', '.join(columns)}" for columns in contract.unique_together}
    problems = []
    for key in tolerance:
        if key not in known | labels:
            near = difflib.get_close_matches(key, sorted(known | labels), n=1)
            problems.append(
                Problem(
                    f"no rule or column is called {key!r}",
                    where="params.yaml: contract.tolerance",
                    wanted="a rule, or rule.column",
                    next=f"did you mean {near[0]!r}?" if near else "remove it",
                )
            )
    if problems:
        raise UsageError(problems=problems)
