"""The group that loses most by the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wardround.evidence.comparison import Against, Comparison, GroupDifferences
from wardround.evidence.measures import GroupMeasures
from wardround.gate.facts import Z, listed, margin, measure
from wardround.gate.family import Test, shown, verdict
from wardround.gate.groups import Sorted, blocked, columns, left_out, mandatory_levels, sort_groups, unmeasured
from wardround.gate.noninferiority import ENDPOINT, POPULATION, paired_limits
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.params import Params
from wardround.values import Verdict


@rule(
    "fairness.worst_group",
    "No group pays for the change",
    params=("gate.fairness.worst_group_margin", "gate.fairness.min_events", "evaluate.subgroups"),
    needs=("comparison",),
)
def worst_group(request: JudgeRequest) -> Iterator[Said]:
    """The change in AUROC of each group against the base, on each of its test sets."""
    params = request.base_params
    if request.baseline:
        yield not_applicable("The first version has no base to lose against.")
        return
    declared = columns(params)
    if not declared:
        yield not_applicable("No grouping is declared (evaluate.subgroups).")
        return
    comparison = request.comparison.value
    assert isinstance(comparison, Comparison)
    versus = comparison.versus("base")
    if not versus or not all(item.comparable for item in versus):
        yield cannot_tell(
            "Groups could not be compared with the base.", "See performance.non_inferiority: it says why."
        )
        return
    losses = [_losses(item, params, column) for item in versus for column in declared]
    family = [test for found in losses for test in found.tests]
    proven = iter(shown(family))
    for found in losses:
        yield _loss_said(found, [next(proven) for _ in found.tests], params)


@dataclass(frozen=True)
class _Losses:
    """The tests of one grouping on one test set, and what stands in the way of more."""

    subject: str
    column: str
    found: Sorted
    tests: list[Test] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def _losses(against: Against, params: Params, column: str) -> _Losses:
    population = against.population(POPULATION)
    groups = {group.name: group for group in (population.groups if population else ()) if group.column == column}
    levels = mandatory_levels(params, column)
    shells = [_shell(group) for group in groups.values()]
    found = sort_groups(shells, column, levels, params.gate.fairness.min_events)
    losses = _Losses(f"{column}, {against.test_set} test set", column, found)
    for group in found.judged:
        difference = groups[group.name].of(ENDPOINT)
        limits = paired_limits(difference) if difference else None
        if limits is None:
            losses.unknown.append(group.name)
            continue
        losses.tests.append(
            Test(
                label=group.name,
                column=column,
                mandatory=group.level in levels,
                excess=-params.gate.fairness.worst_group_margin - limits.value,
                error=limits.width / (2 * Z),
                facts=measure("difference in AUROC", limits, group.name),
            )
        )
    return losses


def _shell(group: GroupDifferences) -> GroupMeasures:
    return GroupMeasures(
        column=group.column,
        level=group.level,
        n=group.n,
        events=group.events,
        subjects=group.subjects,
        assessed=group.assessed,
        reason=group.reason,
    )


def _loss_said(losses: _Losses, proven: list[bool], params: Params) -> Said:
    found, column, subject = losses.found, losses.column, losses.subject
    limit = margin("tolerated loss", params.gate.fairness.worst_group_margin)
    if not found.judged and not found.small and not found.blocking:
        return unmeasured(subject, column)
    refused = [test for test, proof in zip(losses.tests, proven, strict=True) if proof]
    if refused:
        return refuses(
            f"The change costs groups of {column} more discrimination than is tolerated: "
            f"{listed([test.label for test in refused])}.",
            "Look at the groups in the report; undo what harms them, or add what describes them.",
            *(fact for test in refused for fact in test.facts),
            limit,
            subject=subject,
        )
    if found.blocking or losses.unknown:
        return blocked(subject, [*found.blocking, *losses.unknown])
    worst = max(losses.tests, key=lambda test: test.excess, default=None)
    if worst is None:
        return not_applicable(
            f"No group of {column} is large enough to be judged.{left_out(found.small)}", subject=subject
        )
    facts = (*worst.facts, limit)
    beyond = [test for test in losses.tests if test.excess > 0]
    if verdict(losses.tests, proven) is Verdict.CANNOT_TELL:
        return cannot_tell(
            f"A mandatory group of {column} lost more than is tolerated, within chance: "
            f"{listed([test.label for test in beyond if test.mandatory])}.",
            "Add encounters to the test block, and look at the group in the report.",
            *facts,
            subject=subject,
        )
    if beyond:
        return passes(
            f"Groups of {column} lost more than is tolerated, but chance explains it: "
            f"{listed([test.label for test in beyond])}.{left_out(found.small)}",
            *facts,
            subject=subject,
            advice="Watch these groups; declare them mandatory if a loss must never pass unproven.",
        )
    return passes(f"No group of {column} lost more than is tolerated.{left_out(found.small)}", *facts, subject=subject)


RULES = (worst_group,)
