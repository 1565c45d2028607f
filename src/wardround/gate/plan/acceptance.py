"""The acceptance criteria of a modification, judged on the evidence: met, not met, or too little to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.evidence.comparison import Comparison, Difference
from wardround.evidence.measures import GroupMeasures, Metrics
from wardround.gate.facts import Interval, interval
from wardround.gate.limits import at_least, between
from wardround.gate.noninferiority import POPULATION, paired_limits
from wardround.gate.plan.schema import Criterion
from wardround.values import Verdict, worst


@dataclass(frozen=True)
class Judged:
    """One criterion and what the evidence says; ``why`` in words where it is not met."""

    criterion: Criterion
    verdict: Verdict
    why: str = ""

    @property
    def words(self) -> str:
        """The criterion, and where it is not met."""
        return f"{self.criterion.words}{f' ({self.why})' if self.why else ''}"


def judged(criterion: Criterion, metrics: Metrics | None, comparison: Comparison | None) -> Judged:
    """The criterion on this evidence. Whatever is missing is *cannot tell*."""
    found = list(_paired(criterion, comparison) if criterion.reference else _own(criterion, metrics))
    if not found:
        return Judged(criterion, Verdict.CANNOT_TELL, "it was not measured")
    verdict = worst([one for one, _ in found])
    return Judged(criterion, verdict, next((why for one, why in found if one is verdict and why), ""))


def _paired(criterion: Criterion, comparison: Comparison | None) -> Iterator[tuple[Verdict, str]]:
    """Against every test set on which the reference was compared: each must hold."""
    if comparison is None or criterion.reference is None:
        return
    for against in comparison.versus(criterion.reference):
        population = against.population(POPULATION)
        if not against.comparable or population is None:
            yield Verdict.CANNOT_TELL, f"it could not be compared with the {criterion.reference}"
            continue
        groups = [group for group in population.groups if (criterion.groups == "all") == (group.name == "all")]
        for group in groups:
            if criterion.groups == "each" and not group.assessed:
                continue
            difference = group.of(criterion.measure)
            if difference is None:
                yield Verdict.CANNOT_TELL, f"it was not measured in {group.name}"
            else:
                verdict = _loss(difference, criterion.margin or 0.0)
                yield verdict, "" if verdict is Verdict.PASS else f"in {group.name}"


def _loss(difference: Difference, margin: float) -> Verdict:
    """Whether the interval excludes a loss of the margin; a measure with a target has no loss, so that nothing can be told."""
    limits = paired_limits(difference)
    if limits is None or difference.better not in ("up", "down"):
        return Verdict.CANNOT_TELL
    gain = limits if difference.better == "up" else Interval(-limits.value, -limits.high, -limits.low)
    if gain.low > -margin:
        return Verdict.PASS
    return Verdict.REFUSE if gain.high <= -margin else Verdict.CANNOT_TELL


def _own(criterion: Criterion, metrics: Metrics | None) -> Iterator[tuple[Verdict, str]]:
    population = metrics.population(POPULATION) if metrics is not None else None
    for group in population.groups if population else ():
        if (criterion.groups == "all") != (group.name == "all") or not (group.assessed or criterion.groups == "all"):
            continue
        verdict = _level(criterion, group)
        yield verdict, "" if verdict is Verdict.PASS else f"in {group.name}"


def _level(criterion: Criterion, group: GroupMeasures) -> Verdict:
    limits = interval(group.measures.get(criterion.measure))
    if limits is None:
        return Verdict.CANNOT_TELL
    if criterion.between is not None:
        return between(limits, *criterion.between)
    assert criterion.at_least is not None
    return at_least(limits, criterion.at_least)
