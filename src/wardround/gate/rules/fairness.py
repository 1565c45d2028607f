"""The gap between groups of patients at the operating threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from wardround.evidence.measures import GroupMeasures
from wardround.gate.facts import Interval, Z, interval, margin, measure
from wardround.gate.family import Test, gap_error, shown, verdict
from wardround.gate.groups import (
    Sorted,
    blocked,
    columns,
    left_out,
    mandatory_levels,
    measured,
    sort_groups,
    unmeasured,
)
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.params import Params
from wardround.values import Verdict


@rule(
    "fairness.gap",
    "Patients of different groups are found equally often",
    params=("gate.fairness.gap", "gate.fairness.min_events", "evaluate.subgroups", "evaluate.thresholds"),
    needs=("metrics",),
)
def gap(request: JudgeRequest) -> Iterator[Said]:
    """The largest difference in sensitivity at the operating threshold between two levels of a grouping."""
    params = request.base_params
    declared = columns(params)
    if not declared:
        yield not_applicable("No grouping is declared (evaluate.subgroups).")
        return
    key = f"sensitivity@{params.evaluate.thresholds[0]!r}"
    family: list[Test] = []
    sorted_columns: dict[str, Sorted] = {}
    unknown: dict[str, list[str]] = {}
    for column in declared:
        levels = mandatory_levels(params, column)
        found = sorted_columns[column] = sort_groups(measured(request), column, levels, params.gate.fairness.min_events)
        unknown[column] = [group.name for group in found.judged if interval(group.measures.get(key)) is None]
        known = [(group, limits) for group in found.judged if (limits := interval(group.measures.get(key)))]
        family += [_pair(one, other, levels, params.gate.fairness.gap) for one, other in combinations(known, 2)]
    proven = shown(family)
    for column in declared:
        mine = [(test, proof) for test, proof in zip(family, proven, strict=True) if test.column == column]
        yield _gap_said(column, mine, sorted_columns[column], unknown[column], params)


def _pair(
    one: tuple[GroupMeasures, Interval], other: tuple[GroupMeasures, Interval], mandatory: Sequence[str], most: float
) -> Test:
    (high, first), (low, second) = sorted((one, other), key=lambda item: item[1].value, reverse=True)
    return Test(
        label=f"{high.name} over {low.name}",
        column=high.column,
        mandatory=high.level in mandatory and low.level in mandatory,
        excess=first.value - second.value - most,
        error=gap_error(first, second, Z),
        facts=(*measure("sensitivity", first, high.name), *measure("sensitivity", second, low.name)),
    )


def _gap_said(column: str, tests: list[tuple[Test, bool]], found: Sorted, unknown: list[str], params: Params) -> Said:
    if not found.judged and not found.small and not found.blocking:
        return unmeasured(column, column)
    worst = max((test for test, _ in tests), key=lambda test: test.excess, default=None)
    answer = verdict([test for test, _ in tests], [proof for _, proof in tests])
    refused = [test for test, proof in tests if proof]
    limit = margin("tolerated gap", params.gate.fairness.gap)
    if answer is Verdict.REFUSE:
        first = max(refused, key=lambda test: test.excess)
        return refuses(
            f"The model finds events in some groups of {column} much more often than in others, beyond chance.",
            "Look at the groups in the report: missing inputs, another case mix, a threshold that suits one group only?",
            *first.facts,
            limit,
            subject=column,
        )
    if found.blocking or unknown:
        return blocked(column, [*found.blocking, *unknown])
    if worst is None:
        return not_applicable(
            f"Fewer than two groups of {column} are large enough to be compared.{left_out(found.small)}", subject=column
        )
    facts = (*worst.facts, limit)
    if answer is Verdict.CANNOT_TELL:
        return cannot_tell(
            f"The gap between mandatory groups of {column} is above the limit, within chance.",
            "Add encounters to the test block, and look at the groups in the report.",
            *facts,
            subject=column,
        )
    if worst.excess > 0:
        return passes(
            f"A gap above the limit was measured in {column}, but chance explains it.{left_out(found.small)}",
            *facts,
            subject=column,
            advice="Watch these groups; declare them mandatory if a gap must never pass unproven.",
        )
    return passes(
        f"The gap between the groups of {column} is within the limit.{left_out(found.small)}", *facts, subject=column
    )


RULES = (gap,)
