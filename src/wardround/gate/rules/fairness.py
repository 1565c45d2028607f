"""The gap between groups of patients at the operating threshold.

Sensitivity at a threshold follows the risk in a group, so that some gaps (between ages, say) are there in every honest model: the
owners declare those, with the reason, as a limit of the grouping's own. A version after the first is refused only for a gap that
is above the limit *and* that it widens: otherwise no change could ever be merged, the one that narrows the gap included. A first
version, which has nothing to be compared with, is not refused for a gap that a lower risk may explain: that is for its owners to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from wardround.evidence.comparison import Against, Comparison
from wardround.evidence.decision import Fact
from wardround.evidence.measures import GroupMeasures
from wardround.gate.facts import Interval, Z, interval, margin, measure, text
from wardround.gate.family import Test, gap_error, shown, verdict
from wardround.gate.freshness import unusable
from wardround.gate.groups import (
    Sorted,
    blocked,
    columns,
    declared_gap,
    left_out,
    mandatory_levels,
    measured,
    sort_groups,
    unmeasured,
)
from wardround.gate.noninferiority import POPULATION, paired_limits
from wardround.gate.request import JudgeRequest
from wardround.gate.risk import may_explain
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.params import Params
from wardround.values import Verdict

Known = tuple[GroupMeasures, Interval]


@dataclass(frozen=True)
class _Pair:
    """The test of one pair of groups, and how far the gap itself is above the limit, widened or not."""

    test: Test
    above: float
    #: Of a first version: whether a lower risk alone may be the reason.
    by_risk: bool = False


@rule(
    "fairness.gap",
    "Patients of different groups are found equally often",
    params=(
        "gate.fairness.gap",
        "gate.fairness.gaps",
        "gate.fairness.worst_group_margin",
        "gate.fairness.min_events",
        "gate.calibration.observed_expected",
        "evaluate.subgroups",
        "evaluate.thresholds",
    ),
    needs=("metrics",),
)
def gap(request: JudgeRequest) -> Iterator[Said]:
    """The largest difference in sensitivity at the operating threshold between two levels of a grouping."""
    params = request.base_params
    declared = columns(params)
    if not declared:
        yield not_applicable("No grouping is declared (evaluate.subgroups).")
        return
    key = _key(params)
    family: list[_Pair] = []
    sorted_columns: dict[str, Sorted] = {}
    unknown: dict[str, list[str]] = {}
    for column in declared:
        levels = mandatory_levels(params, column)
        found = sorted_columns[column] = sort_groups(measured(request), column, levels, params.gate.fairness.min_events)
        unknown[column] = [group.name for group in found.judged if interval(group.measures.get(key)) is None]
        known = [(group, limits) for group in found.judged if (limits := interval(group.measures.get(key)))]
        family += [_pair(request, one, other, levels) for one, other in combinations(known, 2)]
    proven = shown([pair.test for pair in family])
    for column in declared:
        mine = [(pair, proof) for pair, proof in zip(family, proven, strict=True) if pair.test.column == column]
        yield _said(column, mine, (sorted_columns[column], unknown[column]), params)


def _key(params: Params) -> str:
    return f"sensitivity@{params.evaluate.thresholds[0]!r}"


def _limit(params: Params, column: str) -> float:
    declared = declared_gap(params, column)
    return declared.gap if declared else params.gate.fairness.gap


def _tolerated(params: Params, column: str) -> tuple[Fact, ...]:
    """The limit, and the owners' words where it is one of the grouping's own."""
    limit = margin("tolerated gap", _limit(params, column))
    declared = declared_gap(params, column)
    return (limit, text("declared, because", declared.because)) if declared else (limit,)


def _pair(request: JudgeRequest, one: Known, other: Known, mandatory: Sequence[str]) -> _Pair:
    """Above the limit, and widened where there is a base: both must be shown, so the weaker evidence of the two counts."""
    (high, first), (low, second) = sorted((one, other), key=lambda item: item[1].value, reverse=True)
    above = first.value - second.value - _limit(request.base_params, high.column)
    tested = [(above, gap_error(first, second, Z)), *_widened(request, high.name, low.name)]
    tests = [
        Test(
            label=f"{high.name} over {low.name}",
            column=high.column,
            mandatory=high.level in mandatory and low.level in mandatory,
            excess=excess,
            error=error,
            facts=(*measure("sensitivity", first, high.name), *measure("sensitivity", second, low.name)),
        )
        for excess, error in tested
    ]
    by_risk = request.baseline and may_explain(high, low, request.base_params.gate.calibration.observed_expected)
    return _Pair(max(tests, key=lambda test: (test.p, -test.excess)), above, by_risk)


def _widened(request: JudgeRequest, high: str, low: str) -> list[tuple[float, float]]:
    """How far the change widens the gap beyond what is tolerated, with its standard error: the worst of all comparisons.

    Nothing when that is not known for each reference on each test set: then the limit alone decides.
    """
    comparison = request.comparison.value
    if request.baseline or unusable("comparison", request) or not isinstance(comparison, Comparison):
        return []
    references = ("base", *(("anchor",) if request.anchor_commit else ()))
    if not all(comparison.versus(reference) for reference in references):
        return []
    found = [_change(item, (high, low), request.base_params) for item in comparison.against]
    known = [change for change in found if change is not None]
    if len(known) < len(found):
        return []
    return [min(known, key=lambda change: Test("", "", False, *change).p)]


def _change(against: Against, names: tuple[str, str], params: Params) -> tuple[float, float] | None:
    population = against.population(POPULATION) if against.comparable else None
    limits = []
    for name in names:
        group = population.group(name) if population else None
        difference = group.of(_key(params)) if group else None
        paired = paired_limits(difference) if difference else None
        if paired is None:
            return None
        limits.append(paired)
    high, low = limits
    error = math.hypot(high.width, low.width) / (2 * Z)
    return high.value - low.value - params.gate.fairness.worst_group_margin, error


def _said(column: str, pairs: list[tuple[_Pair, bool]], groups: tuple[Sorted, list[str]], params: Params) -> Said:
    found, unknown = groups
    if not found.judged and not found.small and not found.blocking:
        return unmeasured(column, column)
    limit = _tolerated(params, column)
    proven = [pair for pair, proof in pairs if proof]
    refused = [pair for pair in proven if not pair.by_risk]
    if proven and not refused:
        return cannot_tell(
            f"The model finds events in some groups of {column} much more often than in others, beyond chance; a risk that "
            "differs between them may be the reason.",
            "Sensitivity at one threshold follows the risk. Look at observed/expected and AUROC of the groups in the report; those who "
            f"own the decision then declare a gap for {column}, and why (gate.fairness.gaps), or the model is mended.",
            *max(proven, key=lambda pair: pair.above).test.facts,
            *limit,
            subject=column,
        )
    if refused:
        return refuses(
            f"The model finds events in some groups of {column} much more often than in others, beyond chance.",
            "Look at the groups in the report: missing inputs, another case mix, a threshold that suits one group only? "
            f"Where the risk itself differs, its owners may declare a gap for {column}, and why: gate.fairness.gaps.",
            *max(refused, key=lambda pair: pair.above).test.facts,
            *limit,
            subject=column,
        )
    if found.blocking or unknown:
        return blocked(column, [*found.blocking, *unknown])
    worst = max((pair for pair, _ in pairs), key=lambda pair: pair.above, default=None)
    if worst is None:
        return not_applicable(
            f"Fewer than two groups of {column} are large enough to be compared.{left_out(found.small)}", subject=column
        )
    facts = (*worst.test.facts, *limit)
    if verdict([pair.test for pair, _ in pairs], [False] * len(pairs)) is Verdict.CANNOT_TELL:
        return cannot_tell(
            f"The gap between mandatory groups of {column} is above the limit, within chance.",
            "Add encounters to the test block, and look at the groups in the report.",
            *facts,
            subject=column,
        )
    if worst.above <= 0:
        own = " that is declared for it" if declared_gap(params, column) else ""
        summary = f"The gap between the groups of {column} is within the limit{own}."
    elif all(pair.test.excess <= 0 for pair, _ in pairs):
        summary = f"There is a gap above the limit in {column}, but it is the base's, and the change does not widen it."
    else:
        summary = f"A gap above the limit was measured in {column}, but chance explains it."
    advice = "Watch these groups; declare them mandatory if a gap must never pass unproven." if worst.above > 0 else ""
    return passes(summary + left_out(found.small), *facts, subject=column, advice=advice)


RULES = (gap,)
